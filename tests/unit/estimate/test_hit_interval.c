/* SPDX-License-Identifier: BSD-3-Clause */
/* Wilson's and Jeffreys' intervals for hits, and the mixture for values within bounds. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>

#include "golden.h"
#include "estimate/interval.h"

typedef void interval_fn(uint64_t, uint64_t, double, double *, double *);

Test(hit_interval, golden)
{
    FILE *file = golden_open("sequences.txt");
    char line[256];
    int lines = 0;

    cr_assert_not_null(file, "tests/golden/sequences.txt is not under $srcdir");
    while (golden_line(file, line, (int)sizeof line)) {
        uint64_t n, hits;
        double c, lower, upper, width, got_lower, got_upper;
        char kind[16];

        if (sscanf(line, "%15s %" SCNu64 " %" SCNu64 " %la %la %la %la", kind, &n, &hits, &c, &lower, &upper,
                   &width) != 7 || (strcmp(kind, "wilson") && strcmp(kind, "jeffreys")))
            continue;
        (*kind == 'w' ? mcpar__wilson : mcpar__jeffreys)(hits, n, c, &got_lower, &got_upper);
        cr_expect_leq(fabs(got_lower - lower), 1e-11 * width + nextafter(lower, 2) - lower, "%.17g: %s", got_lower,
                      line);
        cr_expect_leq(fabs(got_upper - upper), 1e-11 * width + nextafter(upper, 2) - upper, "%.17g: %s", got_upper,
                      line);
        lines++;
    }
    fclose(file);
    cr_assert_geq(lines, 250);
}

Test(hit_interval, ends_and_order)
{
    static interval_fn *const intervals[] = { mcpar__wilson, mcpar__jeffreys };
    static const double levels[] = { 1e-6, 0.5, 0.95, 0.999999, 1 - 0x1p-53 };
    uint64_t state = 3;

    for (int i = 0; i < 4000; i++) {
        const uint64_t n = (golden_random(&state) >> (i % 64)) | 1;
        const uint64_t hits = i % 11 ? golden_random(&state) % n >> (i % 3 ? 0 : i % 40) : i % 2 ? n : 0;
        const double mean = (double)((long double)hits / (long double)n), level = levels[i % 5];
        double lower, upper, other_lower, other_upper;

        intervals[i % 2](hits, n, level, &lower, &upper);
        cr_assert(0 <= lower && lower <= nextafter(mean, 1) && nextafter(mean, 0) <= upper && upper <= 1,
                  "%" PRIu64 " of %" PRIu64 " at %g: %.17g %.17g %.17g", hits, n, level, lower, mean, upper);
        cr_assert((hits > 0 || lower == 0) && (hits < n || upper == 1));
        intervals[i % 2](n - hits, n, level, &other_lower, &other_upper);
        cr_assert(fabs(1 - other_lower - upper) <= 0x1p-51 && fabs(1 - other_upper - lower) <= 0x1p-51,
                  "%" PRIu64 " of %" PRIu64 " at %g", hits, n, level);
    }
}

Test(hit_interval, without_trials_or_level)
{
    double lower, upper;

    for (int k = 0; k < 2; k++) {
        (k ? mcpar__wilson : mcpar__jeffreys)(0, 0, 0.95, &lower, &upper);
        cr_expect(lower == 0 && upper == 1);
        (k ? mcpar__wilson : mcpar__jeffreys)(5, 10, 1.0, &lower, &upper);
        cr_expect(lower == 0 && upper == 1);
    }
}

/* The chance that a run of values 0, 1/2 and 1 ever has its mean outside, exactly, by the chances of all sums among
 * runs that have not. */
static double ever_outside(double half, double one, double confidence, uint64_t looks)
{
    static double chance[2 * 400 + 1];
    const double mean = 0.5 * half + one;
    double gone = 0;

    memset(chance, 0, sizeof chance);
    chance[0] = 1;
    for (uint64_t n = 1; n <= looks; n++)
        for (uint64_t sum = 2 * n + 1; sum-- > 0;) {
            double lower, upper;

            chance[sum] = chance[sum] * (1 - half - one) + (sum > 0 ? chance[sum - 1] * half : 0) +
                          (sum > 1 ? chance[sum - 2] * one : 0);
            if (chance[sum] < 1e-18)
                continue;
            mcpar__bounded_mixture((double)sum / (double)(2 * n), n, 0, 1, confidence, &lower, &upper);
            if (mean < lower || mean > upper) {
                gone += chance[sum];
                chance[sum] = 0;
            }
        }
    return gone;
}

Test(hit_interval, bounded_mixture_covers_at_all_looks_together)
{
    static const double chances[][2] = { { 0, 0.3 }, { 0.3, 0.3 }, { 0.01, 0.01 }, { 0.9, 0.05 }, { 0.4, 0 } };
    double most = 0;

    for (size_t i = 0; i < sizeof chances / sizeof *chances; i++) {
        const double gone = ever_outside(chances[i][0], chances[i][1], 0.95, 400);

        cr_assert_leq(gone, 0.05, "%g and %g: %g", chances[i][0], chances[i][1], gone);
        most = fmax(most, gone);
    }
    cr_expect_gt(most, 0.01, "the test must come close to the level: %g", most);
}

/* The two mixtures are the same for 0 and 1, and shift and scale with the values. */
Test(hit_interval, bounded_mixture_is_that_of_hits)
{
    for (uint64_t hits = 0; hits <= 1000; hits += 10) {
        double lower, upper, other_lower, other_upper;

        mcpar__anytime_hits(hits, 1000, 0.95, &lower, &upper);
        mcpar__bounded_mixture((double)hits / 1000, 1000, 0, 1, 0.95, &other_lower, &other_upper);
        cr_assert(fabs(lower - other_lower) < 1e-13 && fabs(upper - other_upper) < 1e-13, "%" PRIu64 ": %g %g", hits,
                  lower - other_lower, upper - other_upper);
        mcpar__bounded_mixture(5 - 4 * (double)hits / 1000, 1000, 1, 5, 0.95, &other_lower, &other_upper);
        cr_assert(fabs(lower - (5 - other_upper) / 4) < 1e-13 && fabs(upper - (5 - other_lower) / 4) < 1e-13);
    }
}

Test(hit_interval, bounded_mixture_of_any_mean)
{
    static const double means[] = { 0, 5e-324, 1e-300, 1e-101, 1e-99, 1e-20, 1e-9, 0.1, 0.5, 1 - 1e-9, 1 - 0x1p-53, 1 };
    static const uint64_t counts[] = { 1, 2, 1000, UINT64_C(1000000000000), UINT64_MAX };

    for (size_t i = 0; i < sizeof means / sizeof *means; i++)
        for (size_t j = 0; j < sizeof counts / sizeof *counts; j++) {
            double lower, upper;

            mcpar__bounded_mixture(means[i], counts[j], 0, 1, 0.95, &lower, &upper);
            cr_assert(0 <= lower && lower <= means[i] && means[i] <= upper && upper <= 1,
                      "%g, %" PRIu64 ": %.17g %.17g", means[i], counts[j], lower, upper);
        }
}
