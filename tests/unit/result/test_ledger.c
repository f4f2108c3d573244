/* SPDX-License-Identifier: BSD-3-Clause */
/* Checks the ledger (the ranges of trials held) against a bitmap, and that merging results counts no trial twice. */
#include "sum/sums.h"
#include "unit.h"
#include "result/ledger.h"
#include "result/result.h"
#include <mcpar.h>

static double work[MCPAR__SUMS_ROOM];      /* for the sums to work in */

enum { TRIALS = 96 };

static void assert_sound(const struct mcpar__ledger *ledger)
{
    for (size_t i = 0; i < ledger->n; i++) {
        CHECK(ledger->range[i].n > 0, "range %zu is empty", i);
        CHECK(ledger->range[i].n <= UINT64_MAX - ledger->range[i].first, "range %zu goes past the end", i);
        CHECK(i == 0 || ledger->range[i - 1].first + ledger->range[i - 1].n < ledger->range[i].first,
              "ranges %zu and %zu are not apart", i - 1, i);
    }
    CHECK(ledger->n <= ledger->room, "more than there is room for");
}

static void assert_same(const struct mcpar__ledger *ledger, const char *held, uint64_t base)
{
    uint64_t trials = 0;
    size_t at = 0;

    assert_sound(ledger);
    for (uint64_t t = 0; t < TRIALS; t++) {
        int in;

        while (at < ledger->n && ledger->range[at].first + ledger->range[at].n <= base + t)
            at++;
        in = at < ledger->n && ledger->range[at].first <= base + t;
        CHECK(in == held[t], "trial %llu: held %d, in the ledger %d", (unsigned long long)t, held[t], in);
        trials += (uint64_t)held[t];
    }
    CHECK(mcpar__ledger_trials(ledger) == trials, "%llu trials", (unsigned long long)trials);
}

static int any_held(const char *held, uint64_t first, uint64_t n)
{
    for (uint64_t t = first; t < first + n; t++)
        if (held[t])
            return 1;
    return 0;
}

static void add_at_random(struct mcpar__ledger *ledger, char *held, uint64_t base, uint64_t *state)
{
    uint64_t first = golden_random(state) % TRIALS, n = golden_random(state) % 9;
    int err, twice;

    n = n > TRIALS - first ? TRIALS - first : n;
    twice = any_held(held, first, n);
    err = mcpar__ledger_add(ledger, base + first, n);
    CHECK(err == (twice ? MCPAR_ERR_STATE : 0), "adding %llu + %llu gives %d", (unsigned long long)first,
          (unsigned long long)n, err);
    if (!err)
        memset(held + first, 1, n);
}

static void check_missing(const struct mcpar__ledger *ledger, const char *held, uint64_t base, uint64_t *state)
{
    uint64_t first = golden_random(state) % TRIALS, n = golden_random(state) % (TRIALS - first + 1);
    struct mcpar__ledger missing = { 0 };
    char gaps[TRIALS] = { 0 };

    for (uint64_t t = first; t < first + n; t++)
        gaps[t] = !held[t];
    cr_assert_eq(mcpar__ledger_missing(ledger, base + first, n, &missing), 0);
    assert_same(&missing, gaps, base);
    mcpar__ledger_close(&missing);
}

/* Low trials, trials around 2^32, and up to the very last, where the end of the last range is 2^64 - 1. */
static const uint64_t bases[] = { 0, 1, (UINT64_C(1) << 32) - TRIALS / 2, UINT64_MAX - TRIALS };

Test(ledger, random_adds_against_a_bitmap)
{
    uint64_t state = 1;

    for (int round = 0; round < 2000; round++) {
        uint64_t base = bases[round % 4];
        struct mcpar__ledger ledger = { 0 };
        char held[TRIALS] = { 0 };

        for (int i = 0; i < 60; i++) {
            add_at_random(&ledger, held, base, &state);
            assert_same(&ledger, held, base);
            check_missing(&ledger, held, base, &state);
        }
        mcpar__ledger_clear(&ledger);
        memset(held, 0, sizeof held);
        assert_same(&ledger, held, base);
        add_at_random(&ledger, held, base, &state);
        assert_same(&ledger, held, base);
        mcpar__ledger_close(&ledger);
        CHECK(ledger.n == 0 && ledger.room == 0 && !ledger.range, "closed");
    }
}

Test(ledger, random_merges_against_a_bitmap)
{
    uint64_t state = 2;
    int merged = 0, refused = 0;

    for (int round = 0; round < 4000; round++) {
        uint64_t base = bases[round % 4];
        struct mcpar__ledger a = { 0 }, b = { 0 };
        char held_a[TRIALS] = { 0 }, held_b[TRIALS] = { 0 }, both = 0;
        int err;

        for (int i = 0; i < round % 12; i++)
            add_at_random(&a, held_a, base, &state);
        for (int i = 0; i < round % 7; i++)
            add_at_random(&b, held_b, base, &state);
        for (size_t t = 0; t < TRIALS; t++)
            both |= held_a[t] & held_b[t];
        err = mcpar__ledger_merge(&a, &b);
        CHECK(err == (both ? MCPAR_ERR_STATE : 0), "a merge gives %d", err);
        for (size_t t = 0; t < TRIALS && !err; t++)
            held_a[t] |= held_b[t];
        assert_same(&a, held_a, base);     /* unchanged, if refused */
        assert_same(&b, held_b, base);
        both ? refused++ : merged++;
        mcpar__ledger_close(&a);
        mcpar__ledger_close(&b);
    }
    cr_assert(merged > 500 && refused > 500, "%d merged, %d refused", merged, refused);
}

Test(ledger, the_last_trial_and_past_it)
{
    struct mcpar__ledger ledger = { 0 };

    cr_assert_eq(mcpar__ledger_add(&ledger, UINT64_MAX, 0), 0);
    cr_assert_eq(mcpar__ledger_add(&ledger, UINT64_MAX, 1), MCPAR_ERR_STATE);
    cr_assert_eq(mcpar__ledger_add(&ledger, 1, UINT64_MAX), MCPAR_ERR_STATE);
    cr_assert_eq(mcpar__ledger_add(&ledger, UINT64_MAX - 1, 2), MCPAR_ERR_STATE);
    cr_assert_eq(ledger.n, 0);
    cr_assert_eq(mcpar__ledger_add(&ledger, UINT64_MAX - 1, 1), 0);
    cr_assert_eq(mcpar__ledger_add(&ledger, 0, UINT64_MAX), MCPAR_ERR_STATE);
    cr_assert_eq(mcpar__ledger_add(&ledger, 0, UINT64_MAX - 1), 0);
    cr_assert_eq(ledger.n, 1);
    cr_assert_eq(mcpar__ledger_trials(&ledger), UINT64_MAX);
    cr_assert_eq(mcpar__ledger_add(&ledger, 5, 1), MCPAR_ERR_STATE);
    mcpar__ledger_close(&ledger);
    cr_assert_eq(mcpar__ledger_add(&ledger, 0, UINT64_MAX), 0);
    cr_assert_eq(ledger.range[0].n, UINT64_MAX);
    mcpar__ledger_close(&ledger);
}

Test(ledger, what_is_missing_is_added_to_what_is_there)
{
    struct mcpar__ledger ledger = { 0 }, missing = { 0 };

    cr_assert_eq(mcpar__ledger_add(&ledger, 10, 10), 0);
    cr_assert_eq(mcpar__ledger_missing(&ledger, 0, 30, &missing), 0);
    cr_assert_eq(missing.n, 2);
    cr_assert_eq(mcpar__ledger_missing(&ledger, 30, 5, &missing), 0);
    cr_assert(missing.n == 2 && missing.range[1].first == 20 && missing.range[1].n == 15);
    cr_assert_eq(mcpar__ledger_missing(&ledger, 12, 0, &missing), 0);
    cr_assert_eq(mcpar__ledger_missing(&ledger, 29, 3, &missing), MCPAR_ERR_STATE, "told twice");
    mcpar__ledger_close(&missing);
    mcpar__ledger_close(&ledger);
}

/* The caller's memory: as in a worker's mailbox, where a ledger cannot grow. */
Test(ledger, borrowed_memory_does_not_grow_and_is_not_freed)
{
    struct mcpar__range room[3] = { { 0, 0 } };
    struct mcpar__ledger ledger = { room, 0, 3, 1 }, other = { 0 };

    for (uint64_t i = 0; i < 3; i++)
        cr_assert_eq(mcpar__ledger_add(&ledger, 10 * i, 5), 0);
    cr_assert_eq(mcpar__ledger_add(&ledger, 30, 5), MCPAR_ERR_MEMORY);
    cr_assert(ledger.n == 3 && room[2].first == 20 && room[2].n == 5);
    cr_assert_eq(mcpar__ledger_add(&ledger, 25, 5), 0, "an old range grows without room");
    cr_assert_eq(mcpar__ledger_add(&ledger, 5, 5), 0);
    cr_assert_eq(mcpar__ledger_add(&ledger, 40, 5), 0, "two became one");
    cr_assert(ledger.n == 3 && ledger.range == room);
    cr_assert_eq(mcpar__ledger_add(&other, 50, 1), 0);
    cr_assert_eq(mcpar__ledger_merge(&ledger, &other), MCPAR_ERR_MEMORY);
    cr_assert(ledger.n == 3 && ledger.range == room);
    mcpar__ledger_close(&other);
    mcpar__ledger_close(&ledger);
    cr_assert_eq(room[0].n, 15);
}

Test(ledger, thousands_of_ranges_and_then_one)
{
    enum { MANY = 5000 };
    struct mcpar__ledger ledger = { 0 };

    for (uint64_t i = MANY; i-- > 0;)
        cr_assert_eq(mcpar__ledger_add(&ledger, 2 * ((i * 3) % MANY), 1), 0);       /* 3 and 5000 share no factor */
    cr_assert_eq(ledger.n, MANY);
    assert_sound(&ledger);
    for (uint64_t i = 0; i < MANY; i++)
        cr_assert_eq(mcpar__ledger_add(&ledger, 2 * ((i * 7) % MANY) + 1, 1), 0);
    cr_assert(ledger.n == 1 && ledger.range[0].first == 0 && ledger.range[0].n == 2 * MANY);
    mcpar__ledger_close(&ledger);
}

/* ---- Results ---- */

static char *one_name[1] = { (char[]){ "x" } };
static const struct mcpar__schema one = { 1, 0, one_name, NULL };

static void add_trials(struct mcpar__result *r, uint64_t first, size_t n, uint64_t hits)
{
    double value[16], *values[1] = { value };

    for (size_t i = 0; i < n; i++)
        value[i] = expected_uniform(1, 2, first + i, 0) - 0.5;
    mcpar__tally_add(&r->tally, values, first, n, hits, work);
    mcpar__tally_canonical(&r->tally);
    cr_assert_eq(mcpar__ledger_add(&r->ledger, first, n), 0);
}

Test(ledger, results_merge_once)
{
    struct mcpar__result whole, a, b;

    cr_assert_eq(mcpar__result_open(&whole, &one), 0);
    cr_assert_eq(mcpar__result_open(&a, &one), 0);
    cr_assert_eq(mcpar__result_open(&b, &one), 0);
    add_trials(&whole, 0, 16, 5);
    add_trials(&a, 0, 7, 2);
    add_trials(&b, 7, 9, 3);
    cr_assert_eq(mcpar__result_merge(&b, &a), 0);
    cr_assert_eq(b.tally.hits, 5);
    cr_assert(b.ledger.n == 1 && b.ledger.range[0].first == 0 && b.ledger.range[0].n == 16);
    cr_assert_arr_eq(b.tally.limb, whole.tally.limb, mcpar__words(&one) * sizeof(int64_t));
    cr_assert_eq(mcpar__result_merge(&b, &a), MCPAR_ERR_STATE);
    cr_assert_eq(b.tally.hits, 5);
    cr_assert_eq(b.ledger.range[0].n, 16);
    cr_assert_arr_eq(b.tally.limb, whole.tally.limb, mcpar__words(&one) * sizeof(int64_t));
    mcpar__result_clear(&b);
    cr_assert(b.ledger.n == 0 && b.tally.hits == 0 && b.tally.limb[33] == 0);
    cr_assert_eq(mcpar__result_merge(&b, &whole), 0);
    cr_assert_arr_eq(b.tally.limb, whole.tally.limb, mcpar__words(&one) * sizeof(int64_t));
    mcpar__result_close(&whole);
    mcpar__result_close(&a);
    mcpar__result_close(&b);
}
