/* SPDX-License-Identifier: BSD-3-Clause */
/* Clopper-Pearson against mpmath, its two methods against each other, and properties that always hold. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>
#include <time.h>

#include "golden.h"
#include "estimate/interval.h"

static double ulp(double x)
{
    return nextafter(fabs(x), INFINITY) - fabs(x);
}

Test(interval, golden)
{
    FILE *file = golden_open("intervals.txt");
    char line[256];
    int lines = 0;
    cr_assert_not_null(file, "tests/golden/intervals.txt is not under $srcdir");
    while (golden_line(file, line, (int)sizeof line)) {
        uint64_t n, h;
        double c, lower, upper, below, above, got_lower, got_upper;
        cr_assert_eq(sscanf(line, "%" SCNu64 " %" SCNu64 " %la %la %la %la %la", &n, &h, &c, &lower,
                            &upper, &below, &above), 7, "%s", line);
        mcpar__clopper_pearson(h, n, c, &got_lower, &got_upper);
        /* 3e-12 of the distance, plus the rounding of h/n and of the limit itself. */
        const double p = (double)h / (double)n;
        cr_expect_leq(fabs(got_lower - lower), 3e-12 * below + ulp(p), "lower %.17g of %s", got_lower, line);
        cr_expect_leq(fabs(got_upper - upper), 3e-12 * above + ulp(upper), "upper %.17g of %s", got_upper, line);
        lines++;
    }
    fclose(file);
    cr_assert_geq(lines, 800);
}

/* A limit that is small compared to h/n keeps its precision. */
Test(interval, small_limits_keep_their_digits)
{
    double lower, upper;
    mcpar__clopper_pearson(1, UINT64_C(1000000000000000000), 1 - 0x1p-40, &lower, &upper);
    /* 1 - (1 - L)^n = 2^-41, so n L = -log(1 - 2^-41) */
    const double exact = 0x1p-41 * (1 + 0x1p-42) * 1e-18;
    cr_expect_leq(fabs(lower - exact), 1e-12 * exact, "%a", lower);
}

Test(interval, ends_and_order)
{
    uint64_t state = 7;
    double lower, upper;
    mcpar__clopper_pearson(0, 0, 0.95, &lower, &upper);
    cr_expect(lower == 0.0 && upper == 1.0);
    for (int i = 0; i < 20000; i++) {
        const uint64_t n = (golden_random(&state) >> (i % 64)) | 1;
        uint64_t h = golden_random(&state) % n;
        if (i % 3 == 0)
            h >>= golden_random(&state) % 64;
        if (i % 7 == 0)
            h = n - h;
        if (i % 50 == 0)
            h = 0;
        if (i % 51 == 0)
            h = n;
        const double u = (double)(golden_random(&state) >> 11) * 0x1p-53;
        double c = i % 2 ? ldexp(u + 0.5, -(i % 30)) : 1 - ldexp(u + 0.5, -1 - i % 52);
        c = c < 1 ? c > 0 ? c : 0.5 : 1 - 0x1p-53;
        mcpar__clopper_pearson(h, n, c, &lower, &upper);
        const double p = (double)((long double)h / (long double)n);
        cr_assert(0.0 <= lower && lower <= p + ulp(p) / 2 && p - ulp(p) / 2 <= upper && upper <= 1.0,
                  "%" PRIu64 " of %" PRIu64 " at %a: %a %a %a", h, n, c, lower, p, upper);
        cr_assert(h != 0 || lower == 0.0);
        cr_assert(h != n || upper == 1.0);
        /* Misses instead of hits give the mirror image. */
        double other_lower, other_upper;
        mcpar__clopper_pearson(n - h, n, c, &other_lower, &other_upper);
        cr_assert_leq(fabs(1 - other_lower - upper), 0x1p-51);
        cr_assert_leq(fabs(1 - other_upper - lower), 0x1p-51);
    }
}

/* Bits that x86-64 gave; any other CPU must give the same. */
Test(interval, same_bits_everywhere)
{
    uint64_t state = 8, hash = UINT64_C(0xcbf29ce484222325);
    for (int i = 0; i < 10000; i++) {
        const uint64_t n = (golden_random(&state) >> (i % 64)) | 1;
        const uint64_t h = golden_random(&state) % n >> (i % 3 ? 0 : i % 40);
        const double u = (double)(golden_random(&state) >> 11) * 0x1p-53;
        const double c = i % 2 ? 0.95 : 1 - ldexp(0.5 + u / 2, -1 - i % 50);
        double limits[2];
        mcpar__clopper_pearson(h, n, c, &limits[0], &limits[1]);
        for (int m = 0; m < 2; m++)
            hash = (hash ^ golden_bits(limits[m])) * UINT64_C(0x100000001b3);
    }
    cr_expect_eq(hash, UINT64_C(0xcf282bedd17d6c55), "hash %016" PRIx64, hash);
}

Test(interval, tiny_confidence)
{
    /* Tiny intervals are close to the two medians, about (h - 1/3) / (n + 1/3). */
    const double levels[] = { 0x1p-1074, 1e-300, 1e-150, 1e-20 };
    for (size_t i = 0; i < 4; i++) {
        double lower, upper;
        mcpar__clopper_pearson(50, 100, levels[i], &lower, &upper);
        cr_expect_float_eq(lower, (50 - 1.0 / 3) / (100 + 1.0 / 3), 1e-4);
        cr_expect_float_eq(upper, (51 - 1.0 / 3) / (100 + 1.0 / 3), 1e-4);
        mcpar__clopper_pearson(1000000, 3000000, levels[i], &lower, &upper);
        cr_expect(lower < 1.0 / 3 && lower > 1.0 / 3 - 1e-6);
        cr_expect(upper > 1.0 / 3 && upper < 1.0 / 3 + 1e-6);
    }
}

/* At a hundred thousand hits the method changes, but limits must not jump; the third difference would show it. */
Test(interval, no_gap_between_the_methods)
{
    const double levels[] = { 1e-3, 0.5, 0.95, 1 - 1e-12, 1 - 0x1p-53 };
    const uint64_t totals[] = { 200000, 300000, 10000000, UINT64_C(1000000000000) };
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < 4; j++)
            for (int side = 0; side < 2; side++) {
                double d[4], largest = 0;
                for (uint64_t k = 0; k < 4; k++) {
                    const uint64_t few = 99998 + k, n = totals[j];
                    const uint64_t h = side ? n - few : few;
                    double lower, upper;
                    mcpar__clopper_pearson(h, n, levels[i], &lower, &upper);
                    d[k] = (double)h / (double)n - lower;
                    largest = fmax(largest, ulp((double)h / (double)n));
                }
                const double jump = fabs(d[3] - 3 * d[2] + 3 * d[1] - d[0]);
                cr_expect_leq(jump, 4e-11 * d[0] + 8 * largest, "%zu %zu %d: %g", i, j, side, jump / d[0]);
            }
}

Test(interval, fast)
{
    const uint64_t counts[] = { 199999, 10000000, UINT64_C(1000000000000000), UINT64_MAX };
    for (size_t i = 0; i < 4; i++) {
        const uint64_t hits[] = { 2, 1000, 99999, 100000, counts[i] / 2, counts[i] - 99999, counts[i] - 2 };
        for (size_t j = 0; j < 7; j++) {
            double lower, upper;
            const clock_t start = clock();
            for (int k = 0; k < 10; k++)
                mcpar__clopper_pearson(hits[j], counts[i], k ? 0.95 : 0.001, &lower, &upper);
            cr_expect_lt((double)(clock() - start) / CLOCKS_PER_SEC, 0.1);
        }
    }
}

Test(interval, levels_out_of_range, .timeout = 10)
{
    const double levels[] = { (double)NAN, 0.0, 1.0, -1.0, 2.0, INFINITY };
    const uint64_t hits[] = { 0, 2, 5000, 1000000, 9999999 };
    for (size_t i = 0; i < 6; i++) {
        cr_expect(isnan(mcpar__normal_z(levels[i])));
        for (size_t j = 0; j < 5; j++) {
            double lower, upper;
            mcpar__clopper_pearson(hits[j], 10000000, levels[i], &lower, &upper);
            cr_expect(lower == 0.0 && upper == 1.0);
        }
    }
}

Test(interval, normal_z)
{
    /* mpmath, 30 digits, correctly rounded: sqrt(2) erfinv(c) for the double c. */
    static const struct { double confidence, z; } known[] = {
        { 0.5, 0x1.5956b87528a49p-1 },
        { 0.95, 0x1.f5c0331eeff83p+0 },
        { 0.9, 0x1.a515209676abep+0 },
        { 0.99, 0x1.49b4c64d69160p+1 },
        { 0x1.ffffde7210be9p-1, 0x1.39109ad33d363p+2 },
        { 0x1.fffffffffdcd1p-1, 0x1.c85a462a6e23ep+2 },
        { 0x1.fffffffffffffp-1, 0x1.095b059d67c4cp+3 },
        { 0x1.ffffffffffffep-1, 0x1.06b48528cea52p+3 },
        { 0.4999999999, 0x1.5956b873cea43p-1 },
        { 0.50000001, 0x1.5956b8fc50ca7p-1 },
        { 0.25, 0x1.464965bdc7eafp-2 },
        { 0.001, 0x1.488c82900306cp-10 },
        { 1e-17, 0x1.ce642c69ed264p-57 },
        { 1e-300, 0x1.adbd63c1878bap-997 },
        { 9.313225746154785e-10, 0x1.40d931ff62706p-30 },
    };
    /* Confidences for which the middle or the value loses bits, being subnormal. */
    static const struct { double confidence, z; } tiny[] = {
        { 0x1.7ac6b7562f007p-1022, 0x1.dab9c197097cdp-1022 },
        { 0x0.2b2b87340eeb1p-1022, 0x0.361b0955139ccp-1022 },
        { 0x0.0000000000031p-1022, 0x0.000000000003dp-1022 },
        { 0x0.0000000000001p-1022, 0x0.0000000000001p-1022 },
        { 0x1.3b174c488e313p-1001, 0x1.8ae873a426361p-1001 },
    };

    cr_expect_eq(mcpar__normal_z(0.95), 1.9599639845400538);
    for (size_t i = 0; i < sizeof tiny / sizeof *tiny; i++)
        cr_expect_leq(golden_ulps(mcpar__normal_z(tiny[i].confidence), tiny[i].z), 3, "%a: %a", tiny[i].confidence,
                      mcpar__normal_z(tiny[i].confidence));
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        cr_expect_leq(golden_ulps(mcpar__normal_z(known[i].confidence), known[i].z), 1, "%.17g: %.17g",
                      known[i].confidence, mcpar__normal_z(known[i].confidence));
    double lower, upper;
    mcpar__normal_interval(10.0, 2.0, 0.95, &lower, &upper);
    cr_expect_float_eq(lower, 10.0 - 2 * 1.959963984540054, 1e-14);
    cr_expect_float_eq(upper, 10.0 + 2 * 1.959963984540054, 1e-14);
}

/* ---- Anytime ---- */

/* log of (n + 1) P(h; n, p), by the library's other road: the C library's lgamma in long double. */
static long double log_evidence(uint64_t h, uint64_t n, double p)
{
    long double a = (long double)h, b = (long double)(n - h), q = 1.0L - (long double)p;

    return logl((long double)n + 1) + lgammal(a + b + 1) - lgammal(a + 1) - lgammal(b + 1) +
           (h ? a * logl((long double)p) : 0) + (h < n ? b * logl(q) : 0);
}

/* At an end that is not 0 or 1 the evidence is just 1 - confidence. */
Test(interval, anytime_ends_solve_their_equation)
{
    static const double confidences[] = { 0.5, 0.9, 0.95, 0.999, 0.999999 };
    static const uint64_t counts[] = { 1, 2, 3, 10, 100, 1000, 12345, 100000, 3000000 };

    for (size_t c = 0; c < sizeof confidences / sizeof *confidences; c++)
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
            for (int part = 0; part <= 8; part++) {
                uint64_t n = counts[i], h = n * (uint64_t)part / 8;
                long double wanted = logl(1.0L - (long double)confidences[c]);
                double lower, upper, mean = (double)h / (double)n;

                mcpar__anytime_hits(h, n, confidences[c], &lower, &upper);
                cr_assert(0 <= lower && lower <= mean && mean <= upper && upper <= 1);
                if (h == 0)
                    cr_assert_eq(golden_bits(lower), golden_bits(0.0));
                else
                    cr_assert_lt(fabsl(log_evidence(h, n, lower) - wanted), 1e-8L * (1 + fabsl(wanted)), "%g: %.9Lg", lower,
                                 log_evidence(h, n, lower) - wanted);
                if (h == n)
                    cr_assert_eq(golden_bits(upper), golden_bits(1.0));
                else
                    cr_assert_lt(fabsl(log_evidence(h, n, upper) - wanted), 1e-8L * (1 + fabsl(wanted)), "%g", upper);
            }
}

Test(interval, anytime_without_trials_or_level)
{
    double lower, upper;

    mcpar__anytime_hits(0, 0, 0.95, &lower, &upper);
    cr_assert(golden_bits(lower) == golden_bits(0.0) && golden_bits(upper) == golden_bits(1.0));
    mcpar__anytime_hits(5, 10, 1.0, &lower, &upper);
    cr_assert(golden_bits(lower) == golden_bits(0.0) && golden_bits(upper) == golden_bits(1.0));
    mcpar__anytime_hits(UINT64_C(1) << 62, UINT64_MAX, 0.95, &lower, &upper);
    cr_assert(lower < 0.25 && upper > 0.25 && upper - lower < 1e-8);
}

/* The chance that a run of up to 600 trials ever has the truth outside, exactly, by following the chance of each count of
 * hits among runs that have not. Must be below 1 - confidence; and the interval of Clopper and Pearson, which is for one
 * look, must fail this. */
static double ever_outside(double p, double confidence, void (*interval)(uint64_t, uint64_t, double, double *, double *))
{
    enum { MOST = 600 };
    static double chance[MOST + 2];
    double gone = 0;

    memset(chance, 0, sizeof chance);
    chance[0] = 1;
    for (uint64_t n = 1; n <= MOST; n++)
        for (uint64_t h = n + 1; h-- > 0;) {
            double lower, upper;

            chance[h] = chance[h] * (1 - p) + (h ? chance[h - 1] * p : 0);
            if (chance[h] < 1e-18)
                continue;
            interval(h, n, confidence, &lower, &upper);
            if (p < lower || p > upper) {
                gone += chance[h];
                chance[h] = 0;
            }
        }
    return gone;
}

Test(interval, anytime_covers_at_all_looks_together)
{
    static const double truths[] = { 0.01, 0.1, 0.3, 0.5, 0.785, 0.99 };

    for (size_t i = 0; i < sizeof truths / sizeof *truths; i++) {
        double gone = ever_outside(truths[i], 0.95, mcpar__anytime_hits);

        cr_assert(gone > 0 && gone < 0.05, "p = %g: outside in %g of runs", truths[i], gone);
    }
    cr_assert_gt(ever_outside(0.5, 0.95, mcpar__clopper_pearson), 0.1);
}
