/* SPDX-License-Identifier: BSD-3-Clause */
/* ledger.c - adds and merges sorted ranges of trials, and finds the missing ones */
#include "base/hash.h"
#include "result/ledger.h"
#include <mcpar.h>
#include <stdlib.h>
#include <string.h>

static uint64_t past(struct mcpar__range r)
{
    return r.first + r.n;
}

/* Finds the first range that ends after `trial`, which is the only one that can hold it. */
static size_t find(const struct mcpar__ledger *ledger, uint64_t trial)
{
    size_t low = 0, high = ledger->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (past(ledger->range[middle]) <= trial)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int mcpar__ledger_reserve(struct mcpar__ledger *ledger, size_t more)
{
    size_t room = ledger->room ? 2 * ledger->room : 8;
    struct mcpar__range *range;

    if (more <= ledger->room - ledger->n)
        return 0;
    if (ledger->borrowed || more > SIZE_MAX / 2 - ledger->n)
        return MCPAR_ERR_MEMORY;
    room = room > ledger->n + more ? room : ledger->n + more;
    if (room > SIZE_MAX / sizeof *range)
        return MCPAR_ERR_MEMORY;
    range = realloc(ledger->range, room * sizeof *range);
    if (!range)
        return MCPAR_ERR_MEMORY;
    ledger->range = range;
    ledger->room = room;
    return 0;
}

int mcpar__ledger_add(struct mcpar__ledger *ledger, uint64_t first, uint64_t n)
{
    size_t at = find(ledger, first);
    int left = at > 0 && past(ledger->range[at - 1]) == first;
    int right = at < ledger->n && ledger->range[at].first == first + n;

    if (n == 0)
        return 0;
    if (n > UINT64_MAX - first || (at < ledger->n && ledger->range[at].first < first + n))
        return MCPAR_ERR_STATE;
    if (left && right) {
        ledger->range[at - 1].n += n + ledger->range[at].n;
        ledger->n--;
        memmove(ledger->range + at, ledger->range + at + 1, (ledger->n - at) * sizeof *ledger->range);
    } else if (left) {
        ledger->range[at - 1].n += n;
    } else if (right) {
        ledger->range[at].first = first;
        ledger->range[at].n += n;
    } else {
        if (mcpar__ledger_reserve(ledger, 1))
            return MCPAR_ERR_MEMORY;
        memmove(ledger->range + at + 1, ledger->range + at, (ledger->n - at) * sizeof *ledger->range);
        ledger->range[at] = (struct mcpar__range){ first, n };
        ledger->n++;
    }
    return 0;
}

int mcpar__ledger_merge(struct mcpar__ledger *into, const struct mcpar__ledger *from)
{
    struct mcpar__ledger sum = { 0 };
    int err = 0;

    for (size_t i = 0; i < into->n && !err; i++)
        err = mcpar__ledger_add(&sum, into->range[i].first, into->range[i].n);
    for (size_t i = 0; i < from->n && !err; i++)
        err = mcpar__ledger_add(&sum, from->range[i].first, from->range[i].n);
    if (err || into->borrowed) {
        mcpar__ledger_close(&sum);
        return err ? err : MCPAR_ERR_MEMORY;
    }
    mcpar__ledger_close(into);
    *into = sum;
    return 0;
}

/* The lowest range of [first, end) that is not held; n = 0: all of it is. */
static struct mcpar__range gap(const struct mcpar__ledger *held, uint64_t first, uint64_t end)
{
    size_t at = find(held, first);

    if (at < held->n && held->range[at].first <= first)
        first = past(held->range[at++]);               /* the next range is apart from it */
    if (first >= end)
        return (struct mcpar__range){ 0, 0 };
    if (at < held->n && held->range[at].first < end)
        end = held->range[at].first;
    return (struct mcpar__range){ first, end - first };
}

uint64_t mcpar__ledger_lacking(const struct mcpar__ledger *wanted, const struct mcpar__ledger *held)
{
    uint64_t lacking = 0;

    for (size_t i = 0; i < wanted->n; i++) {
        uint64_t end = past(wanted->range[i]);

        for (struct mcpar__range g = gap(held, wanted->range[i].first, end); g.n > 0; g = gap(held, past(g), end))
            lacking += g.n;
    }
    return lacking;
}

struct mcpar__range mcpar__ledger_gap(const struct mcpar__ledger *wanted, const struct mcpar__ledger *held)
{
    struct mcpar__range g = { 0, 0 };

    for (size_t i = 0; i < wanted->n && g.n == 0; i++)
        g = gap(held, wanted->range[i].first, past(wanted->range[i]));
    return g;
}

int mcpar__ledger_missing(const struct mcpar__ledger *ledger, uint64_t first, uint64_t n,
                          struct mcpar__ledger *missing)
{
    uint64_t end = first + n;
    int err = 0;

    for (struct mcpar__range g = gap(ledger, first, end); g.n > 0 && !err; g = gap(ledger, past(g), end))
        err = mcpar__ledger_add(missing, g.first, g.n);
    return err;
}

uint64_t mcpar__ledger_edges(const struct mcpar__ledger *ledger)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < ledger->n; i++)
        sum += mcpar__mix(0, past(ledger->range[i])) - mcpar__mix(0, ledger->range[i].first);
    return sum;
}

uint64_t mcpar__ledger_end(const struct mcpar__ledger *ledger)
{
    return ledger->n > 0 ? past(ledger->range[ledger->n - 1]) : 0;
}

uint64_t mcpar__ledger_trials(const struct mcpar__ledger *ledger)
{
    uint64_t n = 0;

    for (size_t i = 0; i < ledger->n; i++)
        n += ledger->range[i].n;
    return n;
}

void mcpar__ledger_clear(struct mcpar__ledger *ledger)
{
    ledger->n = 0;
}

void mcpar__ledger_close(struct mcpar__ledger *ledger)
{
    if (!ledger->borrowed)
        free(ledger->range);
    *ledger = (struct mcpar__ledger){ 0 };
}
