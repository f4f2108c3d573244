/* SPDX-License-Identifier: BSD-3-Clause */
/* The skewness, the share of one value in the variance, and the doubts about the error of a mean. */
#include "estimate/diagnosis.h"
#include "estimate/estimate.h"
#include "estimate/skewness.h"
#include "sum/sums.h"
#include "unit.h"
#include <math.h>

enum { MOST = 3000 };

static double work[MCPAR__SUMS_ROOM], x[MOST];
static char x_name[] = "x", *names[] = { x_name };
static const struct mcpar__schema schema = { 1, 0, names, NULL };

static struct mcpar__tally tally_of(size_t n)
{
    struct mcpar__tally tally;
    double *values[] = { x };

    cr_assert_eq(mcpar__tally_open(&tally, &schema), 0);
    mcpar__tally_add(&tally, values, 0, n, 0, work);
    mcpar__tally_canonical(&tally);
    return tally;
}

static mcpar_diagnosis diagnosis_of(size_t n)
{
    struct mcpar__tally tally = tally_of(n);
    mcpar_diagnosis d = mcpar__diagnose(&tally, 0, n);

    cr_assert_eq(d.doubts, mcpar__doubts_of(&tally, 0, n));
    cr_assert_eq(d.size, sizeof d);
    cr_assert_eq(d.trials, n);
    mcpar__tally_close(&tally);
    return d;
}

/* ---- Figures, against integers of 128 bits ---- */

__extension__ typedef __int128 wide;

static bool near(double found, long double wanted)
{
    return fabsl(found - wanted) <= 4 * (long double)DBL_EPSILON * fabsl(wanted);
}

static int64_t whole[MOST];                /* small enough for every step below */

static void check_figures(size_t n, const char *what)
{
    wide s = 0, s2 = 0, s3 = 0, count = (wide)n, v, m, furthest = 0;
    size_t low = 0, high = 0;
    mcpar_diagnosis d, other;
    int scale;

    for (size_t i = 0; i < n; i++) {
        wide y = whole[i];

        s += y;
        s2 += y * y;
        s3 += y * y * y;
        low = whole[i] < whole[low] ? i : low;
        high = whole[i] > whole[high] ? i : high;
        x[i] = (double)whole[i];
    }
    v = count * s2 - s * s;
    m = count * count * s3 - 3 * count * s * s2 + 2 * s * s * s;
    for (size_t i = 0; i < n; i++) {
        wide y = (count * whole[i] - s) * (count * whole[i] - s);

        furthest = y > furthest ? y : furthest;
    }
    d = diagnosis_of(n);
    cr_assert(near(d.skewness, (long double)m / ((long double)v * sqrtl((long double)v))), "%s: skewness %.17g", what,
              d.skewness);
    cr_assert(near(d.largest_share, (long double)furthest / ((long double)v * (long double)n)), "%s: share %.17g", what,
              d.largest_share);
    cr_assert(d.minimum_trial == low && d.maximum_trial == high, "%s", what);
    cr_assert(!(d.minimum < x[low]) && !(d.minimum > x[low]) && !(d.maximum < x[high]) && !(d.maximum > x[high]));
    for (scale = -330; scale <= 330; scale += 55) {        /* the figures have no unit */
        for (size_t i = 0; i < n; i++)
            x[i] = ldexp((double)whole[i], scale);
        other = diagnosis_of(n);
        cr_assert_eq(golden_bits(other.largest_share), golden_bits(d.largest_share), "%s times 2^%d", what, scale);
        if (fabs(x[low]) < 0x1p341 && fabs(x[high]) < 0x1p341)
            cr_assert_eq(golden_bits(other.skewness), golden_bits(d.skewness), "%s times 2^%d: %.17g", what, scale,
                         other.skewness);
        else if (fabs(x[low]) > 0x1.5p341 || fabs(x[high]) > 0x1.5p341)
            cr_assert(isnan(other.skewness));
        cr_assert_eq(other.doubts | MCPAR_DOUBT_SKEWED, d.doubts | MCPAR_DOUBT_SKEWED);
    }
}

Test(diagnosis, figures_of_whole_numbers)
{
    uint64_t state = 5;

    for (int round = 0; round < 300; round++) {
        size_t n = 2 + (size_t)(golden_random(&state) % (round % 10 ? 40 : 600));
        int64_t range = round % 3 ? 1 + (int64_t)(golden_random(&state) % 2000) : 2, offset = round % 4 ? 0 : 1000;
        char what[64];

        (void)snprintf(what, sizeof what, "round %d, %zu values up to %d", round, n, (int)range);
        for (size_t i = 0; i < n; i++)
            whole[i] = (int64_t)(golden_random(&state) % (uint64_t)range) - range / 2 + offset;
        whole[0] = range + offset;
        whole[1] = -range + offset + (round % 5 == 0);
        check_figures(n, what);
    }
}

/* Rounded cubes still give the skewness, up to means of thousands of standard deviations; beyond it is not known. */
Test(diagnosis, means_far_from_zero)
{
    static const double offsets[] = { 0, 1, -30, 1e3, -1e4, 2.0e4, -2.15e4, 1e5, 1e9, -1e15 };
    double skewness = 0;

    for (size_t k = 0; k < sizeof offsets / sizeof *offsets; k++) {
        mcpar_diagnosis d;
        bool known = fabs(offsets[k]) < 2.05e4;

        for (size_t i = 0; i < MOST; i++) {
            double u = (double)i / MOST;

            x[i] = -log(1 - u) + offsets[k];
        }
        d = diagnosis_of(MOST);
        if (k == 0)
            skewness = d.skewness;
        cr_assert_eq(isnan(d.skewness), !known, "offset %g: %g", offsets[k], d.skewness);
        cr_assert(!known || fabs(d.skewness - skewness) < 4e-3, "offset %g: %g, not %g", offsets[k], d.skewness,
                  skewness);
        cr_assert_eq(d.doubts, 0);
    }
    cr_assert(skewness > 1.8 && skewness < 2);
}

Test(diagnosis, what_is_not_known)
{
    struct mcpar__tally tally;
    mcpar_diagnosis d;

    for (size_t i = 0; i < 100; i++)
        x[i] = i % 2 ? 1e103 : -1e100;     /* cubes overflow, squares do not */
    d = diagnosis_of(100);
    cr_assert(isnan(d.skewness) && d.largest_share > 0.0099 && d.largest_share < 0.0101 && d.doubts == 0);
    for (size_t i = 0; i < 100; i++)
        x[i] = i % 2 ? 1e-110 : -2e-110;   /* cubes underflow */
    d = diagnosis_of(100);
    cr_assert(isnan(d.skewness) && d.largest_share > 0.0099 && d.doubts == 0);
    for (size_t i = 0; i < 100; i++)
        x[i] = (double)i;
    tally = tally_of(100);
    mcpar__profiles_forget(&tally);        /* as read from a file without a section PROF */
    d = mcpar__diagnose(&tally, 0, 100);
    cr_assert(isnan(d.skewness) && isnan(d.largest_share) && isnan(d.minimum) && isnan(d.maximum));
    cr_assert(d.minimum_trial == UINT64_MAX && d.maximum_trial == UINT64_MAX && d.doubts == 0);
    mcpar__tally_close(&tally);
    d = diagnosis_of(1);
    cr_assert(isnan(d.skewness) && isnan(d.largest_share) && fabs(d.minimum) <= 0 && d.maximum_trial == 0 &&
              d.doubts == 0);
    d = diagnosis_of(0);
    cr_assert(isnan(d.skewness) && isnan(d.largest_share) && isnan(d.minimum) && d.maximum_trial == UINT64_MAX &&
              d.doubts == 0);
}

/* Sums that no values have, as a forged file may: any answer, but no memory is overrun. */
Test(diagnosis, forged_sums)
{
    for (size_t i = 0; i < 68; i++) {
        int64_t s[MCPAR__SUM_LIMBS] = { 0 }, s2[MCPAR__PRODUCT_LIMBS] = { 0 }, s3[MCPAR__SUM_LIMBS] = { 0 };

        s[MCPAR__SUM_LIMBS - 1] = i % 2 ? INT64_C(1) << 17 : 0;
        s2[MCPAR__PRODUCT_LIMBS - 1] = i % 3 ? 15 : 0;
        s[i] |= 1;
        s2[134 - 1 - i] |= 3;
        s3[MCPAR__SUM_LIMBS - 1] = i % 5 ? -(INT64_C(1) << 17) : 1;
        (void)mcpar__skewness(s, s2, s3, UINT64_MAX);
        (void)mcpar__skewness(s, s2, s3, 2);
        (void)mcpar__deviation_share(s, s2, DBL_MAX, UINT64_MAX);
        (void)mcpar__deviation_share(s, s2, -5e-324, 2);
        (void)mcpar__varies(s, s2, UINT64_MAX);
    }
}

/* ---- Doubts ---- */

static mcpar_estimate estimate_of(size_t n)
{
    struct mcpar__tally tally = tally_of(n);
    mcpar_estimate e;

    mcpar__estimate_mean(&e, &tally, 0, n, 0.95);
    mcpar__tally_close(&tally);
    return e;
}

Test(diagnosis, no_variation)
{
    static const double constants[] = { 0.0, 7.0, -1e-300, DBL_MAX };

    for (size_t k = 0; k < 4; k++)
        for (size_t n = 1; n < 50; n += 24) {
            mcpar_estimate e;

            for (size_t i = 0; i < n; i++)
                x[i] = constants[k];
            e = estimate_of(n);
            cr_assert(isnan(e.lower) && isnan(e.upper) && e.guarantee == MCPAR_GUARANTEE_NONE, "no width of zero");
            cr_assert_eq(e.status, n > 1 ? MCPAR_STATUS_DOUBTFUL : MCPAR_STATUS_COMPLETE);
            cr_assert_eq(diagnosis_of(n).doubts, n > 1 ? MCPAR_DOUBT_CONSTANT : 0u);
            cr_assert(n == 1 ? isnan(e.std_error) : fabs(e.std_error) <= 0);
        }
}

/* An event that was seen k times has a skewness / sqrt(n) of about 1 / sqrt(k), and each one about 1 / k of the sum. */
Test(diagnosis, rare_events)
{
    for (size_t k = 0; k <= 60; k++) {
        unsigned int doubts;
        mcpar_estimate e;

        for (size_t i = 0; i < MOST; i++)
            x[i] = i < k;
        doubts = diagnosis_of(MOST).doubts;
        e = estimate_of(MOST);
        cr_assert_eq(e.status, doubts ? MCPAR_STATUS_DOUBTFUL : MCPAR_STATUS_COMPLETE);
        cr_assert_eq(doubts, k == 0   ? MCPAR_DOUBT_CONSTANT
                             : k < 10 ? (unsigned int)(MCPAR_DOUBT_SKEWED | MCPAR_DOUBT_DOMINATED)
                             : k < 25 ? MCPAR_DOUBT_SKEWED : 0, "%zu events: %u", k, doubts);
        cr_assert(k == 0 || (e.lower < e.mean && e.mean < e.upper));
    }
}

/* One value far away, on either side, symmetric or not. */
Test(diagnosis, one_trial_that_makes_the_variance)
{
    for (int side = -1; side <= 1; side += 2)
        for (size_t n = 100; n <= 2900; n += 700) {
            mcpar_diagnosis d;

            for (size_t i = 0; i < n; i++)
                x[i] = i % 2 ? 1 : -1;
            x[n / 2] = side * sqrt(0.12 * (double)n);
            d = diagnosis_of(n);
            cr_assert(d.largest_share > 0.1 && d.doubts & MCPAR_DOUBT_DOMINATED, "%g", d.largest_share);
            cr_assert_eq(side < 0 ? d.minimum_trial : d.maximum_trial, n / 2);
            x[n / 2] = side * sqrt(0.09 * (double)n);
            d = diagnosis_of(n);
            cr_assert(d.largest_share < 0.1 && !(d.doubts & MCPAR_DOUBT_DOMINATED), "%g", d.largest_share);
        }
}

/* Skewed values get a skewed interval, and those of opposite sign its mirror image. */
Test(diagnosis, the_interval_follows_the_skewness)
{
    mcpar_estimate e, mirrored;

    for (size_t i = 0; i < 200; i++)
        x[i] = exp((double)i / 50);
    e = estimate_of(200);
    cr_assert(e.interval == MCPAR_INTERVAL_HALL && e.guarantee == MCPAR_GUARANTEE_ASYMPTOTIC);
    cr_assert(e.upper - e.mean > 1.05 * (e.mean - e.lower), "%g and %g", e.upper - e.mean, e.mean - e.lower);
    for (size_t i = 0; i < 200; i++)
        x[i] = -x[i];
    mirrored = estimate_of(200);
    cr_assert(fabs(mirrored.lower + e.upper) < 1e-12 * e.upper && fabs(mirrored.upper + e.lower) < 1e-12 * e.upper);
}

/* As hits, the same trials have an exact interval, so their status is never doubtful. */
Test(diagnosis, hits_are_not_doubted)
{
    struct mcpar__tally tally;
    double *values[] = { x };
    mcpar_estimate e;

    memset(x, 0, sizeof x);
    cr_assert_eq(mcpar__tally_open(&tally, &schema), 0);
    mcpar__tally_add(&tally, values, 0, 1000, 0, work);
    mcpar__tally_canonical(&tally);
    mcpar__estimate_hits(&e, &tally, 1000, 0.95, NULL);
    cr_assert(e.status == MCPAR_STATUS_COMPLETE && e.guarantee == MCPAR_GUARANTEE_EXACT && e.upper > 0);
    mcpar__estimate_mean(&e, &tally, 0, 1000, 0.95);
    cr_assert_eq(e.status, MCPAR_STATUS_DOUBTFUL);
    mcpar__tally_close(&tally);
}
