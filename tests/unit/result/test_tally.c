/* SPDX-License-Identifier: BSD-3-Clause */
/* Tallies: where each sum is, that any split of the trials gives the same limbs, and packing for other ranks. */
#include "sum/sums.h"
#include "unit.h"
#include "result/tally.h"
#include <math.h>
#include <mcpar.h>

static double work[MCPAR__SUMS_ROOM];      /* for the sums to work in */

enum { TRIALS = 700, OBSERVABLES = 3, PAIRS = 4, EACH = MCPAR__SUM_LIMBS + MCPAR__PRODUCT_LIMBS };

static size_t pair[PAIRS][2] = { { 0, 1 }, { 2, 0 }, { 1, 1 }, { 2, 1 } };
static char *name[OBSERVABLES] = { (char[]){ "a" }, (char[]){ "b" }, (char[]){ "c" } };
static const struct mcpar__schema schema = { OBSERVABLES, PAIRS, name, pair };
static const struct mcpar__schema nothing = { 0, 0, NULL, NULL };

static double column[OBSERVABLES][TRIALS];

/* All scales and signs; the last trials are the hard ones. */
static void fill(uint64_t state)
{
    static const double hard[] = { DBL_MAX, -DBL_MAX, 5e-324, -5e-324, 0.0, -0.0, 1e308, 1e-300, DBL_MIN, -1.0 };

    for (size_t k = 0; k < OBSERVABLES; k++)
        for (size_t i = 0; i < TRIALS; i++) {
            uint64_t bits = golden_random(&state) & ~(UINT64_C(0x7ff) << 52);

            bits |= (golden_random(&state) % 2047) << 52;
            memcpy(&column[k][i], &bits, 8);
            if (i >= TRIALS - 100)
                column[k][i] = hard[golden_random(&state) % 10];
        }
}

static void add(struct mcpar__tally *tally, size_t first, size_t n, uint64_t hits)
{
    double *values[OBSERVABLES] = { column[0] + first, column[1] + first, column[2] + first };

    mcpar__tally_add(tally, values, first, n, hits, work);
}

static struct mcpar__tally opened(void)
{
    struct mcpar__tally tally;

    cr_assert_eq(mcpar__tally_open(&tally, &schema), 0);
    return tally;
}

static void assert_same(const struct mcpar__tally *a, const struct mcpar__tally *b, const char *what)
{
    CHECK(a->hits == b->hits, "%s: hits %llu and %llu", what, (unsigned long long)a->hits, (unsigned long long)b->hits);
    for (size_t i = 0; i < mcpar__limbs(&schema); i++)
        CHECK(a->limb[i] == b->limb[i], "%s: limb %zu", what, i);
    for (size_t k = 0; k < OBSERVABLES; k++)
        CHECK(!memcmp(mcpar__profile_of(a, k), mcpar__profile_of(b, k), sizeof(struct mcpar__profile)), "%s: profile %zu", what, k);
}

Test(tally, each_sum_has_its_place)
{
    struct mcpar__tally tally = opened();

    cr_assert_eq(mcpar__limbs(&schema), OBSERVABLES * EACH + PAIRS * MCPAR__PRODUCT_LIMBS);
    fill(1);
    add(&tally, 0, TRIALS, 123);
    mcpar__tally_canonical(&tally);
    cr_assert_eq(tally.hits, 123);
    for (size_t k = 0; k < OBSERVABLES; k++) {
        int64_t sum[MCPAR__SUM_LIMBS] = { 0 }, squares[MCPAR__PRODUCT_LIMBS] = { 0 };

        mcpar__sum_add(sum, column[k], TRIALS);
        mcpar__canonical(sum, MCPAR__SUM_LIMBS);
        mcpar__product_add(squares, column[k], column[k], TRIALS);
        mcpar__canonical(squares, MCPAR__PRODUCT_LIMBS);
        cr_assert_arr_eq(mcpar__sum_of(&tally, k), sum, sizeof sum);
        cr_assert_arr_eq(mcpar__squares_of(&tally, k), squares, sizeof squares);
        cr_assert_eq(mcpar__sum_of(&tally, k), tally.limb + k * EACH);
    }
    for (size_t p = 0; p < PAIRS; p++) {
        int64_t products[MCPAR__PRODUCT_LIMBS] = { 0 };

        mcpar__product_add(products, column[pair[p][0]], column[pair[p][1]], TRIALS);
        mcpar__canonical(products, MCPAR__PRODUCT_LIMBS);
        cr_assert_arr_eq(mcpar__products_of(&tally, p), products, sizeof products);
    }
    cr_assert_eq(mcpar__products_of(&tally, PAIRS - 1) + MCPAR__PRODUCT_LIMBS, tally.limb + mcpar__limbs(&schema));
    mcpar__tally_close(&tally);
    cr_assert_null(tally.limb);
}

Test(tally, any_split_and_order_give_the_same_limbs)
{
    struct mcpar__tally whole = opened();
    uint64_t state = 2;

    fill(3);
    add(&whole, 0, TRIALS, 77);
    mcpar__tally_canonical(&whole);
    for (int round = 0; round < 200; round++) {
        struct mcpar__tally part[5], sum = opened();
        size_t order[5] = { 0, 1, 2, 3, 4 };

        for (size_t p = 0; p < 5; p++)
            part[p] = opened();
        for (size_t done = 0; done < TRIALS;) {
            size_t n = (size_t)(golden_random(&state) % 200), p = (size_t)(golden_random(&state) % 5);

            n = n > TRIALS - done ? TRIALS - done : n;
            add(&part[p], done, n, done ? 0 : 77);
            if (done == 0 && n == 0)
                part[p].hits = 0;
            if (golden_random(&state) % 4 == 0)
                mcpar__tally_canonical(&part[p]);
            done += n;
        }
        for (size_t p = 5; p > 1; p--) {
            size_t q = (size_t)(golden_random(&state) % p), keep = order[q];

            order[q] = order[p - 1];
            order[p - 1] = keep;
        }
        for (size_t p = 0; p < 5; p++) {
            mcpar__tally_canonical(&part[order[p]]);
            mcpar__tally_merge(&sum, &part[order[p]]);
            CHECK(sum.loose == 0, "a merge leaves it canonical");
            mcpar__tally_close(&part[order[p]]);
        }
        assert_same(&sum, &whole, "parts");
        mcpar__tally_close(&sum);
    }
    mcpar__tally_close(&whole);
}

/* `into` need not be canonical; `from` does not change. */
Test(tally, a_merge_into_a_loose_tally)
{
    struct mcpar__tally whole = opened(), into = opened(), from = opened(), before = opened();

    fill(4);
    add(&whole, 0, TRIALS, 9);
    mcpar__tally_canonical(&whole);
    add(&into, 0, 300, 4);
    add(&from, 300, TRIALS - 300, 5);
    mcpar__tally_canonical(&from);
    mcpar__tally_merge(&before, &from);
    mcpar__tally_merge(&into, &from);
    assert_same(&into, &whole, "merged");
    assert_same(&from, &before, "from");
    mcpar__tally_close(&whole);
    mcpar__tally_close(&into);
    mcpar__tally_close(&from);
    mcpar__tally_close(&before);
}

Test(tally, it_becomes_canonical_before_a_limb_can_overflow)
{
    struct mcpar__tally tally = opened(), once = opened();

    fill(5);
    add(&tally, 0, TRIALS, 0);
    cr_assert_eq(tally.loose, TRIALS);
    tally.loose = UINT64_C(1) << 30;       /* as if that many had been added */
    add(&tally, 0, 1, 0);
    cr_assert_eq(tally.loose, 1, "the limbs were brought to digits first");
    add(&once, 0, TRIALS, 0);
    add(&once, 0, 1, 0);
    mcpar__tally_canonical(&once);
    mcpar__tally_canonical(&tally);
    assert_same(&tally, &once, "in between");
    mcpar__tally_close(&tally);
    mcpar__tally_close(&once);
}

/* Merges copies of a tally into itself: 2^20 times the values, with few carries. */
Test(tally, doublings)
{
    struct mcpar__tally by_merge = opened(), by_limbs = opened();

    fill(6);
    add(&by_merge, 0, 600, 1);
    mcpar__tally_canonical(&by_merge);
    mcpar__tally_merge(&by_limbs, &by_merge);
    for (int i = 0; i < 20; i++) {
        struct mcpar__tally copy = opened();

        mcpar__tally_merge(&copy, &by_merge);
        mcpar__tally_merge(&by_merge, &copy);
        mcpar__tally_close(&copy);
        mcpar__accumulate(by_limbs.limb, by_limbs.limb, mcpar__limbs(&schema));
        for (size_t k = 0; k < OBSERVABLES; k++)
            mcpar__accumulate(mcpar__profile_of(&by_limbs, k)->cubes, mcpar__profile_of(&by_limbs, k)->cubes, MCPAR__SUM_LIMBS);
        by_limbs.hits *= 2;
    }
    by_limbs.loose = 1;
    mcpar__tally_canonical(&by_limbs);
    assert_same(&by_merge, &by_limbs, "2^20 times");
    cr_assert_eq(by_merge.hits, UINT64_C(1) << 20);
    mcpar__tally_close(&by_merge);
    mcpar__tally_close(&by_limbs);
}

Test(tally, hits_only)
{
    struct mcpar__tally tally, other;
    struct mcpar__windows w;
    int64_t packed = 3;

    cr_assert_eq(mcpar__tally_open(&tally, &nothing), 0);
    cr_assert_eq(mcpar__tally_open(&other, &nothing), 0);
    cr_assert_null(tally.limb);
    mcpar__tally_add(&tally, NULL, 0, 1000, 700, NULL);
    mcpar__tally_add(&other, NULL, 1000, UINT64_C(1) << 40, UINT64_C(1) << 39, NULL);
    mcpar__tally_canonical(&tally);
    mcpar__tally_merge(&tally, &other);
    cr_assert_eq(tally.hits, (UINT64_C(1) << 39) + 700);
    w = mcpar__tally_windows(&tally);
    cr_assert(w.sum_low == 0 && w.sum_high == 0 && w.product_low == 0 && w.product_high == 0);
    cr_assert_eq(mcpar__packed(&nothing, w), 0);
    mcpar__tally_pack(&tally, w, &packed);
    mcpar__tally_clear(&tally);
    cr_assert_eq(tally.hits, 0);
    mcpar__tally_close(&tally);
    mcpar__tally_close(&other);
}

/* ---- Shapes ---- */

/* Each profile against what a loop over the values finds: the cubes, and the extremes with their lowest trials. */
static void assert_profile(const struct mcpar__profile *s, const double *x, size_t n, uint64_t first)
{
    int64_t cubes[MCPAR__SUM_LIMBS] = { 0 };
    uint64_t state = MCPAR__PROFILE_SEEN;
    size_t low = 0, high = 0;

    for (size_t i = 0; i < n; i++) {
        volatile double square = x[i] * x[i];
        double cube = square * x[i];

        if (fabs(cube) <= DBL_MAX)
            mcpar__sum_add(cubes, &cube, 1);
        else
            state |= MCPAR__PROFILE_NO_CUBES;
        low = x[i] < x[low] ? i : low;
        high = x[i] > x[high] ? i : high;
    }
    mcpar__canonical(cubes, MCPAR__SUM_LIMBS);
    cr_assert_arr_eq(s->cubes, cubes, sizeof cubes);
    cr_assert_eq(s->state, state);
    cr_assert_float_eq(s->low, x[low], 0);
    cr_assert_float_eq(s->high, x[high], 0);
    cr_assert(!(s->low >= 0 && s->low <= 0 && signbit(s->low)) && !(s->high >= 0 && s->high <= 0 && signbit(s->high)));
    cr_assert_eq(s->low_trial, first + low, "%llu, not %zu", (unsigned long long)s->low_trial, low);
    cr_assert_eq(s->high_trial, first + high, "%llu, not %zu", (unsigned long long)s->high_trial, high);
}

Test(tally, the_shape_of_each_observable)
{
    uint64_t state = 12;

    for (int round = 0; round < 60; round++) {
        struct mcpar__tally tally = opened();
        size_t n = 1 + (size_t)(golden_random(&state) % TRIALS);

        fill(100 + (uint64_t)round);
        for (size_t i = 0; i < TRIALS; i++) {
            column[1][i] = (double)(golden_random(&state) % 5) - 2;        /* each extreme many times, and zeros */
            column[2][i] = round % 2 ? -0.0 : golden_random(&state) % 2 ? 0.0 : -0.0;
        }
        add(&tally, 0, n, 0);
        mcpar__tally_canonical(&tally);
        for (size_t k = 0; k < OBSERVABLES; k++)
            assert_profile(mcpar__profile_of(&tally, k), column[k], n, 0);
        mcpar__tally_close(&tally);
    }
}

/* Trials may come in any order, and the lowest one still counts. */
Test(tally, the_lowest_trial_with_an_extreme)
{
    static const size_t at[][2] = { { 600, 100 }, { 0, 40 }, { 300, 300 }, { 40, 260 } };
    struct mcpar__tally tally = opened(), other = opened();

    memset(column, 0, sizeof column);
    for (size_t i = 13; i < TRIALS; i += 50)
        column[0][i] = column[1][TRIALS - i] = 3;
    for (size_t i = 0; i < 4; i++)
        add(i % 2 ? &other : &tally, at[i][0], at[i][1], 0);
    mcpar__tally_canonical(&tally);
    mcpar__tally_canonical(&other);
    mcpar__tally_merge(&tally, &other);
    for (size_t k = 0; k < OBSERVABLES; k++)
        assert_profile(mcpar__profile_of(&tally, k), column[k], TRIALS, 0);
    mcpar__tally_close(&tally);
    mcpar__tally_close(&other);
}

/* What is not known stays so, whatever is merged, and ranks tell each other. */
Test(tally, shapes_that_are_not_known)
{
    struct mcpar__tally tally = opened(), other = opened();
    uint64_t extreme[2 * OBSERVABLES][2], nothing_seen[2 * OBSERVABLES][2];
    const uint64_t none = MCPAR__PROFILE_SEEN | MCPAR__PROFILE_NO_CUBES | MCPAR__PROFILE_NO_EXTREMES;

    mcpar__extremes_pack(&other, nothing_seen);
    fill(31);
    add(&tally, 0, 100, 0);
    mcpar__tally_canonical(&tally);
    mcpar__profiles_forget(&tally);
    add(&other, 100, 100, 0);
    mcpar__tally_canonical(&other);
    mcpar__tally_merge(&other, &tally);
    for (size_t k = 0; k < OBSERVABLES; k++) {
        const struct mcpar__profile *s = mcpar__profile_of(&other, k);

        cr_assert_eq(s->state, none);
        cr_assert(s->low_trial == 0 && s->high_trial == 0 && fabs(s->low) + fabs(s->high) <= 0);
    }
    mcpar__extremes_pack(&other, extreme);
    mcpar__extremes_unpack(&other, extreme);
    cr_assert_eq(mcpar__profile_of(&other, 0)->state, none);
    mcpar__extremes_unpack(&other, nothing_seen);
    cr_assert_eq(mcpar__profile_of(&other, 0)->state, MCPAR__PROFILE_NO_CUBES);
    mcpar__tally_close(&tally);
    mcpar__tally_close(&other);
}

/* ---- Packing ---- */

static struct mcpar__windows windows_of(double x, double y)
{
    struct mcpar__tally tally = opened();
    struct mcpar__windows w;

    memset(column, 0, sizeof column);
    column[0][0] = x;
    column[1][1] = y;
    add(&tally, 0, 2, 0);
    mcpar__tally_canonical(&tally);
    w = mcpar__tally_windows(&tally);
    mcpar__tally_close(&tally);
    return w;
}

Test(tally, the_windows_hold_all_limbs_in_use_and_no_more)
{
    struct mcpar__windows w = windows_of(0.0, -0.0);

    cr_assert(w.sum_low == 0 && w.sum_high == 0 && w.product_low == 0 && w.product_high == 0);
    w = windows_of(1.0, 0.0);              /* bit 1074 = 33 * 32 + 18; its square bit 2148 = 67 * 32 + 4 */
    cr_assert(w.sum_low == 33 && w.sum_high == 34 && w.product_low == 67 && w.product_high == 68);
    w = windows_of(0.0, 1.0);
    cr_assert(w.sum_low == 33 && w.sum_high == 34 && w.product_low == 67 && w.product_high == 68);
    w = windows_of(5e-324, 1.0);
    cr_assert(w.sum_low == 0 && w.sum_high == 34 && w.product_low == 0 && w.product_high == 68);
    w = windows_of(1.0, 5e-324);
    cr_assert(w.sum_low == 0 && w.sum_high == 34 && w.product_low == 0 && w.product_high == 68);
    w = windows_of(DBL_MAX, -DBL_MAX);
    cr_assert(w.sum_low == 63 && w.sum_high == 66, "%zu to %zu", w.sum_low, w.sum_high);
}

Test(tally, the_products_of_pairs_count_for_the_window)
{
    struct mcpar__tally tally = opened();
    struct mcpar__windows w;

    mcpar__products_of(&tally, PAIRS - 1)[100] = 7;
    w = mcpar__tally_windows(&tally);
    cr_assert(w.sum_low == 0 && w.sum_high == 0 && w.product_low == 100 && w.product_high == 101);
    mcpar__products_of(&tally, 0)[3] = -7;
    w = mcpar__tally_windows(&tally);
    cr_assert(w.product_low == 3 && w.product_high == 101);
    mcpar__tally_close(&tally);
}

/* What ranks do: each packs the windows of all ranks, the limbs are added, and the sum is unpacked. */
Test(tally, packed_by_ranks_added_and_unpacked)
{
    uint64_t state = 7;

    for (int round = 0; round < 100; round++) {
        struct mcpar__tally whole = opened(), rank[4], sum = opened();
        struct mcpar__windows all = { SIZE_MAX, 0, SIZE_MAX, 0 };
        size_t done = 0, n;
        int64_t *packed, *total;
        uint64_t extreme[2 * OBSERVABLES][2], other[2 * OBSERVABLES][2];

        memset(extreme, 0xff, sizeof extreme);
        fill(8 + (uint64_t)round);
        if (round % 3)                     /* moderate numbers, so narrow windows */
            for (size_t k = 0; k < OBSERVABLES; k++)
                for (size_t i = 0; i < TRIALS; i++)
                    column[k][i] = (double)(golden_random(&state) % 1000) - 500.0;
        add(&whole, 0, TRIALS, 40);
        mcpar__tally_canonical(&whole);
        for (size_t r = 0; r < 4; r++) {
            size_t part = r == 3 ? TRIALS - done : (size_t)(golden_random(&state) % 200);
            struct mcpar__windows w;

            rank[r] = opened();
            add(&rank[r], done, part, 10);
            mcpar__tally_canonical(&rank[r]);
            done += part;
            w = mcpar__tally_windows(&rank[r]);
            if (w.sum_high) {
                all.sum_low = w.sum_low < all.sum_low ? w.sum_low : all.sum_low;
                all.sum_high = w.sum_high > all.sum_high ? w.sum_high : all.sum_high;
            }
            if (w.product_high) {
                all.product_low = w.product_low < all.product_low ? w.product_low : all.product_low;
                all.product_high = w.product_high > all.product_high ? w.product_high : all.product_high;
            }
        }
        n = mcpar__packed(&schema, all);
        cr_assert_eq(n, 6 * (all.sum_high - all.sum_low) + 7 * (all.product_high - all.product_low) + 3);
        cr_assert(round % 3 == 0 || n < 60, "%zu limbs", n);
        packed = malloc((n + 1) * sizeof *packed);
        total = calloc(n + 1, sizeof *total);
        for (size_t r = 0; r < 4; r++) {
            packed[n] = 12345;
            mcpar__tally_pack(&rank[r], all, packed);
            cr_assert_eq(packed[n], 12345, "no limb more than announced");
            mcpar__accumulate(total, packed, n);
            mcpar__extremes_pack(&rank[r], other);
            for (size_t i = 0; i < 2 * OBSERVABLES; i++)
                if (other[i][0] < extreme[i][0] || (other[i][0] == extreme[i][0] && other[i][1] < extreme[i][1]))
                    memcpy(extreme[i], other[i], sizeof extreme[i]);
        }
        add(&sum, 0, 100, 3);              /* what it holds now must go */
        mcpar__tally_unpack(&sum, all, total);
        mcpar__extremes_unpack(&sum, extreme);
        sum.hits = 40;
        cr_assert_eq(sum.loose, 0);
        assert_same(&sum, &whole, "ranks");
        for (size_t r = 0; r < 4; r++)
            mcpar__tally_close(&rank[r]);
        mcpar__tally_close(&whole);
        mcpar__tally_close(&sum);
        free(packed);
        free(total);
    }
}

Test(tally, unpacking_empties_what_was_outside_of_the_windows)
{
    struct mcpar__tally tally = opened();
    struct mcpar__windows w = { 0, 0, 0, 0 };
    int64_t packed[OBSERVABLES] = { 0 };

    fill(9);
    add(&tally, 0, TRIALS, 5);
    mcpar__tally_unpack(&tally, w, packed);
    for (size_t i = 0; i < mcpar__limbs(&schema); i++)
        CHECK(tally.limb[i] == 0, "limb %zu", i);
    for (size_t k = 0; k < OBSERVABLES; k++)
        CHECK(mcpar__profile_of(&tally, k)->state == MCPAR__PROFILE_NO_EXTREMES, "profile %zu", k);
    mcpar__tally_close(&tally);
}

Test(tally, the_largest_schema)
{
    enum { MOST = 4096 };
    struct mcpar__schema large = { MOST, MCPAR_MAX_PAIRS, calloc(MOST, sizeof(char *)),
                                   calloc(MCPAR_MAX_PAIRS, sizeof *large.pair) };
    struct mcpar__tally tally;

    for (size_t k = 0; k < MOST; k++)
        large.name[k] = strdup("x");
    cr_assert_eq(mcpar__limbs(&large), (size_t)MOST * EACH + (size_t)MCPAR_MAX_PAIRS * MCPAR__PRODUCT_LIMBS);
    cr_assert_eq(mcpar__tally_open(&tally, &large), 0);
    mcpar__products_of(&tally, MCPAR_MAX_PAIRS - 1)[MCPAR__PRODUCT_LIMBS - 1] = 1;
    mcpar__tally_close(&tally);
    mcpar__schema_close(&large);
    cr_assert(large.observables == 0 && large.pairs == 0 && !large.name && !large.pair);
    mcpar__schema_close(&large);
}
