/* SPDX-License-Identifier: BSD-3-Clause */
/* observe.c - declares what each trial reports: observables by name, and pairs of them */
#include "run/handle.h"
#include <stdlib.h>
#include <string.h>

enum { NAME = MCPAR__MAX_NAME };

static int empty_handle(mcpar *mc)
{
    int err = mcpar__begin(mc);

    if (err)
        return err;
    err = mcpar__need_empty(mc);
    return err ? mcpar__end(mc, err) : 0;
}

static int check_names(mcpar *mc, size_t n, const char *const *names)
{
    if (n > MCPAR_MAX_OBSERVABLES)
        return mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "n = %zu observables, at most %d", n,
                           MCPAR_MAX_OBSERVABLES);
    if (n && !names)
        return mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "names is NULL");
    for (size_t k = 0; k < n; k++) {
        if (!names[k])
            return mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "names[%zu] is NULL", k);
        if (strnlen(names[k], NAME + 1) > NAME)
            return mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "names[%zu] is longer than %d bytes", k, NAME);
        for (size_t i = 0; i < k; i++)
            if (!strcmp(names[i], names[k]))
                return mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "names[%zu] and names[%zu] are both \"%s\"", i, k,
                                   names[k]);
    }
    return 0;
}

int mcpar_observe(mcpar *mc, size_t n, const char *const *names)
{
    struct mcpar__schema next = { 0 }, old;
    int err = empty_handle(mc);

    if (err)
        return err;
    err = check_names(mc, n, names);
    if (err)
        return mcpar__end(mc, err);
    if (n)
        next.name = calloc(n, sizeof *next.name);
    for (; next.name && next.observables < n; next.observables++) {
        next.name[next.observables] = strdup(names[next.observables]);
        if (!next.name[next.observables])
            break;
    }
    if (next.observables < n) {
        mcpar__schema_close(&next);
        return mcpar__end(mc, mcpar__fail(&mc->report, MCPAR_ERR_MEMORY, "for the names of %zu observables", n));
    }
    old = mc->schema;
    err = mcpar__install(mc, &next);
    mcpar__schema_close(err ? &next : &old);
    return mcpar__end(mc, err);
}

static int check_pairs(mcpar *mc, size_t n, const size_t *pairs)
{
    size_t observables = mc->schema.observables;

    if (n > MCPAR_MAX_PAIRS)
        return mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "n = %zu pairs, at most %d", n, MCPAR_MAX_PAIRS);
    if (n == 0)
        return 0;
    if (!pairs)
        return mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "pairs is NULL");
    for (size_t p = 0; p < n; p++)
        if (pairs[2 * p] >= observables || pairs[2 * p + 1] >= observables)
            return mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT,
                               "pairs: pair %zu is (%zu, %zu), but there are %zu observables", p, pairs[2 * p],
                               pairs[2 * p + 1], observables);
    return 0;
}

int mcpar_observe_pairs(mcpar *mc, size_t n, const size_t *pairs)
{
    struct mcpar__schema next;
    size_t(*old)[2];
    int err = empty_handle(mc);

    if (err)
        return err;
    err = check_pairs(mc, n, pairs);
    if (err)
        return mcpar__end(mc, err);
    next = mc->schema;
    next.pairs = n;
    next.pair = NULL;
    if (n) {
        next.pair = malloc(n * sizeof *next.pair);
        if (!next.pair)
            return mcpar__end(mc, mcpar__fail(&mc->report, MCPAR_ERR_MEMORY, "for %zu pairs", n));
        memcpy(next.pair, pairs, n * sizeof *next.pair);
    }
    old = mc->schema.pair;
    err = mcpar__install(mc, &next);
    free(err ? next.pair : old);
    return mcpar__end(mc, err);
}
