/* SPDX-License-Identifier: BSD-3-Clause */
/* Intervals for runs that stop at a precision. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>

#include "golden.h"
#include "estimate/interval.h"
#include "estimate/sequence.h"

/* The numbers of hits for the usual goals; for 384 and 1,537 checked with mpmath's incomplete gamma function: one hit
 * fewer gives a half width of 1.0013 and 1.00013 times the goal. */
Test(sequence, hits_needed)
{
    cr_expect_eq(mcpar__hits_needed(0.1, 0.95), 384);
    cr_expect_eq(mcpar__hits_needed(0.05, 0.95), 1537);
    cr_expect_eq(mcpar__hits_needed(0.01, 0.95), 38415);
    cr_expect_eq(mcpar__hits_needed(2.0, 0.95), 1);
    cr_expect_eq(mcpar__hits_needed(1e-12, 0.95), UINT64_MAX);
    cr_expect_eq(mcpar__hits_needed(0.0, 0.95), UINT64_MAX);
    cr_expect_eq(mcpar__hits_needed((double)NAN, 0.95), UINT64_MAX);
    cr_expect_eq(mcpar__hits_needed(0.1, 1.0), UINT64_MAX);
}

/* ---- Against mpmath ---- */

Test(sequence, golden)
{
    FILE *file = golden_open("sequences.txt");
    char line[256];
    int goals = 0, means = 0;

    cr_assert_not_null(file, "tests/golden/sequences.txt is not under $srcdir");
    while (golden_line(file, line, (int)sizeof line)) {
        uint64_t n, hits;
        double c, lower, upper, width, rho2, got_lower, got_upper;
        struct mcpar__tuning tuning;

        if (sscanf(line, "goal %" SCNu64 " %" SCNu64 " %la %la %la %la %la %la %la", &n, &hits, &tuning.relative,
                   &tuning.half_width, &tuning.confidence, &c, &lower, &upper, &width) == 9) {
            mcpar__goal_sequence(hits, n, &tuning, c, &got_lower, &got_upper);
            cr_expect_leq(fabs(got_lower - lower), 1e-12 * width + nextafter(lower, 2) - lower, "%.17g: %s", got_lower,
                          line);
            cr_expect_leq(fabs(got_upper - upper), 1e-12 * width + nextafter(upper, 2) - upper, "%.17g: %s", got_upper,
                          line);
            goals++;
        } else if (sscanf(line, "mean %" SCNu64 " %la %la %la %la", &n, &tuning.half_width, &c, &rho2, &width) == 5) {
            double got = mcpar__mean_rho2(1.0, tuning.half_width, c);

            cr_expect_leq(fabs(got - rho2), 1e-14 * rho2, "%.17g: %s", got, line);
            mcpar__mean_sequence(0.0, 1.0, n, got, c, &got_lower, &got_upper);
            cr_expect(got_lower == -got_upper);
            cr_expect_leq(fabs(got_upper - width), 1e-13 * width, "%.17g: %s", got_upper, line);
            means++;
        }
    }
    fclose(file);
    cr_assert(goals >= 300 && means >= 40, "%d and %d", goals, means);
}

/* An end of the interval is where the evidence meets the threshold, and beyond it all is excluded. */
Test(sequence, ends_meet_the_evidence)
{
    static const struct mcpar__tuning tunings[] = {
        { 0.1, 0, 0.95 }, { 0.01, 0, 0.95 }, { 1e-5, 0, 0.99 }, { 0, 0.05, 0.95 }, { 0, 1e-4, 0.9 },
    };
    static const uint64_t counts[] = { 1, 2, 17, 1000, 123456, UINT64_C(10000000000) };
    const double threshold = log(20.0);

    for (size_t t = 0; t < sizeof tunings / sizeof *tunings; t++)
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
            for (uint64_t part = 0; part <= 16; part++) {
                uint64_t n = counts[i], hits = part < 16 ? n / 16 * part + (n % 16 > part) : n;
                double lower, upper, mean = (double)hits / (double)n;

                mcpar__goal_sequence(hits, n, &tunings[t], 0.95, &lower, &upper);
                cr_assert(0 <= lower && lower <= mean && mean <= upper && upper <= 1);
                for (int k = 1; k < 64 && lower > 0; k++) {
                    double in = mcpar__goal_evidence(hits, n, &tunings[t], lower + (mean - lower) * k / 64);
                    double out = mcpar__goal_evidence(hits, n, &tunings[t], lower * (64 - k) / 64);

                    cr_assert(in < threshold && out > threshold, "%zu %" PRIu64 " %" PRIu64 " %d", t, n, hits, k);
                }
                for (int k = 1; k < 64 && upper < 1; k++) {
                    double in = mcpar__goal_evidence(hits, n, &tunings[t], upper - (upper - mean) * k / 64);
                    double out = mcpar__goal_evidence(hits, n, &tunings[t], upper + (1 - upper) * k / 64);

                    cr_assert(in < threshold && out > threshold, "%zu %" PRIu64 " %" PRIu64 " %d", t, n, hits, k);
                }
            }
}

Test(sequence, without_trials_or_level)
{
    const struct mcpar__tuning tuning = { 0.01, 0, 0.95 }, none = { 0.01, 0, 1.0 };
    double lower, upper;

    mcpar__goal_sequence(0, 0, &tuning, 0.95, &lower, &upper);
    cr_expect(lower == 0 && upper == 1);
    mcpar__goal_sequence(5, 10, &tuning, 1.0, &lower, &upper);
    cr_expect(lower == 0 && upper == 1);
    mcpar__goal_sequence(5, 10, &none, 0.95, &lower, &upper);
    cr_expect(lower == 0 && upper == 1);
    mcpar__goal_sequence(500, 1000, &tuning, 1e-17, &lower, &upper);       /* 1 less that is 1 */
    cr_expect(lower <= 0.5 && 0.5 <= upper, "%g %g", lower, upper);
    mcpar__inverse_binomial(0, 0, 0.95, &lower, &upper);
    cr_expect(lower == 0 && upper == 1);
    mcpar__inverse_binomial(1, 1, 0.95, &lower, &upper);
    cr_expect(lower > 0 && upper == 1);
    mcpar__mean_sequence(1.0, 1.0, 0, 0.1, 0.95, &lower, &upper);
    cr_expect(isnan(lower) && isnan(upper));
    mcpar__mean_sequence(1.0, 1.0, 10, 0.1, 1.0, &lower, &upper);
    cr_expect(isnan(lower) && isnan(upper));
    cr_expect(isnan(mcpar__mean_rho2(1.0, 0.1, 0.0)));
}

/* Strange goals cost precision far from them, but nothing else. */
Test(sequence, any_goal)
{
    static const double widths[] = { 1e-300, 1e-100, 1e-30, 1e-15, 1.0, 1e3, 1e100, 1e300 };
    static const uint64_t counts[] = { 1, 1000, UINT64_C(1000000000000), UINT64_MAX };

    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++)
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
            for (int k = 0; k < 10; k++) {
                const uint64_t n = counts[i], hits[] = { 0, n > 1, n / 1000, n / 2, n };
                const struct mcpar__tuning tuning = { k < 5 ? widths[w] : 0, k < 5 ? 0 : widths[w], 0.95 };
                double lower, upper, mean = (double)hits[k % 5] / (double)n;

                mcpar__goal_sequence(hits[k % 5], n, &tuning, 0.95, &lower, &upper);
                cr_assert(0 <= lower && lower <= mean && mean <= upper && upper <= 1,
                          "%g, %d, n %" PRIu64 ": %.17g %.17g %.17g", widths[w], k, n, lower, mean, upper);
            }
}

/* Hits and misses change places where the goal is absolute. */
Test(sequence, mirror)
{
    const struct mcpar__tuning tuning = { 0, 0.01, 0.95 };

    for (uint64_t hits = 0; hits <= 500; hits++) {
        double lower, upper, other_lower, other_upper;

        mcpar__goal_sequence(hits, 500, &tuning, 0.95, &lower, &upper);
        mcpar__goal_sequence(500 - hits, 500, &tuning, 0.95, &other_lower, &other_upper);
        cr_assert(fabs(lower + other_upper - 1) < 1e-14 && fabs(upper + other_lower - 1) < 1e-14, "%" PRIu64, hits);
    }
}

/* Bits that x86-64 gave; any other CPU must give the same. */
Test(sequence, same_bits_everywhere)
{
    uint64_t state = 9, hash = UINT64_C(0xcbf29ce484222325);

    for (int i = 0; i < 4000; i++) {
        const uint64_t n = (golden_random(&state) >> (i % 64)) | 1;
        const uint64_t hits = golden_random(&state) % n >> (i % 3 ? 0 : i % 40);
        const double width = ldexp(1.0, -(i % 40));
        const struct mcpar__tuning tuning = { i % 2 ? width : 0, i % 2 ? 0 : width, 0.95 };
        double ends[6];

        mcpar__goal_sequence(hits, n, &tuning, 0.95, &ends[0], &ends[1]);
        mcpar__hall_interval(1.0, 0.1, (i % 21 - 10) / 3.0, n + 1, 0.95, &ends[2], &ends[3]);
        mcpar__mean_sequence(1.0, 0.1, n, mcpar__mean_rho2(0.1, width, 0.95), 0.95, &ends[4], &ends[5]);
        for (int m = 0; m < 6; m++)
            hash = (hash ^ golden_bits(ends[m])) * UINT64_C(0x100000001b3);
    }
    cr_expect_eq(hash, UINT64_C(0x8b5ee30b4437948b), "hash %016" PRIx64, hash);
}

/* ---- Coverage, exactly ---- */

/* The chance that a run up to the m-th hit, but at most `most` trials, has the truth p inside of its interval. */
struct stopped {
    uint64_t m, most;
    double (*at)[2];        /* the interval if the m-th hit is at this trial; m <= trial <= most */
    double (*cap)[2];       /* the interval of this many hits (below m) in `most` trials */
};

static double coverage(const struct stopped *s, double p)
{
    const double log_p = log(p), log_q = log1p(-p), m = (double)s->m;
    double covered = 0;

    for (uint64_t n = s->m; n <= s->most; n++)
        if (p >= s->at[n][0] && p <= s->at[n][1])
            covered += exp(lgamma((double)n) - lgamma(m) - lgamma((double)(n - s->m) + 1) + m * log_p +
                           (double)(n - s->m) * log_q);
    for (uint64_t h = 0; h < s->m; h++)
        if (p >= s->cap[h][0] && p <= s->cap[h][1])
            covered += exp(lgamma((double)s->most + 1) - lgamma((double)h + 1) - lgamma((double)(s->most - h) + 1) +
                           (double)h * log_p + (double)(s->most - h) * log_q);
    return covered;
}

Test(sequence, a_stop_at_a_hit_covers, .timeout = 120)
{
    static const uint64_t pairs[][2] = { { 1, 20 }, { 2, 50 }, { 5, 40 }, { 16, 200 }, { 30, 1000 }, { 100, 300 } };
    static const double levels[] = { 0.5, 0.95, 0.999 };
    static double at[1001][2], cap[101][2];
    double closest = 1;

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        for (size_t c = 0; c < sizeof levels / sizeof *levels; c++) {
            const struct stopped s = { pairs[i][0], pairs[i][1], at, cap };

            for (uint64_t n = s.m; n <= s.most; n++)
                mcpar__inverse_binomial(s.m, n, levels[c], &at[n][0], &at[n][1]);
            for (uint64_t h = 0; h < s.m; h++)
                mcpar__clopper_pearson(h, s.most, levels[c], &cap[h][0], &cap[h][1]);
            for (int k = 1; k < 800; k++) {
                const double odds = exp((k - 400) / 40.0), covered = coverage(&s, odds / (1 + odds));

                cr_assert_geq(covered, levels[c] - 1e-11, "m %" PRIu64 ", cap %" PRIu64 ", p %g: %.12f", s.m, s.most,
                              odds / (1 + odds), covered);
                closest = fmin(closest, covered - levels[c]);
            }
            /* Coverage jumps at ends of intervals. */
            for (uint64_t n = s.m; n <= s.most; n += 1 + s.most / 200)
                for (int side = 0; side < 4; side++) {
                    const double p = at[n][side / 2] * (side % 2 ? 1 + 1e-9 : 1 - 1e-9);

                    if (p > 0 && p < 1) {
                        const double covered = coverage(&s, p);

                        cr_assert_geq(covered, levels[c] - 1e-11, "m %" PRIu64 ", cap %" PRIu64 ", p %g", s.m, s.most,
                                      p);
                        closest = fmin(closest, covered - levels[c]);
                    }
                }
        }
    cr_expect_lt(closest, 0.001, "the test must come close to the level: %g", closest);
}

/* The chance that a run that looks after each trial ever has p excluded, exactly: by the chances of each count of hits
 * among runs that have not. For one n the evidence is log-convex in the hits, so those counts are a range. LOOKS
 * sets the number of trials: tests/README. */
static double ever_excluded(double p, const struct mcpar__tuning *tuning, double confidence, uint64_t looks)
{
    const double threshold = -log(1 - confidence);
    double *chance = calloc(looks + 2, sizeof *chance), gone = 0;
    uint64_t low = 0, high = 0;

    cr_assert_not_null(chance);
    chance[0] = 1;
    for (uint64_t n = 1; n <= looks && low <= high; n++) {
        high++;
        for (uint64_t h = high; h > low; h--)
            chance[h] = chance[h] * (1 - p) + chance[h - 1] * p;
        chance[low] *= 1 - p;
        for (; low <= high && (double)low < p * (double)n && mcpar__goal_evidence(low, n, tuning, p) >= threshold;
             low++) {
            gone += chance[low];
            chance[low] = 0;
        }
        for (; high > low && mcpar__goal_evidence(high, n, tuning, p) >= threshold; high--) {
            gone += chance[high];
            chance[high] = 0;
        }
    }
    free(chance);
    return gone;
}

Test(sequence, covers_at_all_looks_together, .timeout = 3600)
{
    static const struct mcpar__tuning tunings[] = { { 0.1, 0, 0.95 }, { 0.01, 0, 0.95 }, { 0, 0.01, 0.95 } };
    static const double truths[] = { 0.5, 0.1, 0.01, 1e-4 };
    const char *asked = getenv("LOOKS");
    const uint64_t looks = asked ? strtoull(asked, NULL, 10) : 20000;
    double most = 0;

    for (size_t t = 0; t < sizeof tunings / sizeof *tunings; t++)
        for (size_t i = 0; i < sizeof truths / sizeof *truths; i++) {
            const double gone = ever_excluded(truths[i], &tunings[t], 0.95, looks);

            cr_assert_leq(gone, 0.05, "goal %g, %g, p = %g: %g", tunings[t].relative, tunings[t].half_width, truths[i],
                          gone);
            if (asked)
                cr_log_warn("relative %g, absolute %g, p = %g: ever excluded in %.5f", tunings[t].relative,
                            tunings[t].half_width, truths[i], gone);
            most = fmax(most, gone);
        }
    cr_expect_gt(most, 0.01, "the test must come close to the level: %g", most);
}
