/* SPDX-License-Identifier: BSD-3-Clause */
/* The ratio of two observables: its error by two passes over the values in long double, its coverage, refusals. */
#include "api.h"
#include <math.h>

TestSuite(ratio, .timeout = 120);

enum { N = 2000 };

struct model {
    double slope, noise, scale;            /* numerator = scale * (slope * denominator + noise * uniform) */
};

static int linear(mcpar_rng *rng, double *values, void *arg)
{
    const struct model *m = arg;
    const double y = 1.0 + mcpar_uniform(rng);

    values[1] = y;
    values[0] = m->scale * (m->slope * y + m->noise * (mcpar_uniform(rng) - 0.5));
    return 0;
}

static mcpar *reduced(mcpar_trial_fn trial, void *arg, uint64_t n, double confidence)
{
    static const char *const names[] = { "x", "y", "z" };
    static const size_t pair[] = { 1, 0 };
    mcpar_options options = options_for(places[0]);
    mcpar *mc;

    options.confidence = confidence;
    MUST(mc, mcpar_init(&mc, &options));
    MUST(mc, mcpar_observe(mc, 3, names));
    MUST(mc, mcpar_observe_pairs(mc, 1, pair));
    MUST(mc, mcpar_sample(mc, n, trial, arg));
    MUST(mc, mcpar_reduce(mc, NULL));
    return mc;
}

/* The error by the definition, from the values themselves. */
static long double two_passes(const struct model *m, uint64_t seed, long double *ratio)
{
    static double x[N], y[N];
    long double sum_x = 0, sum_y = 0, squares = 0;

    for (uint64_t i = 0; i < N; i++) {
        y[i] = 1.0 + scalar_uniform(seed, 0, i, 0);
        x[i] = m->scale * (m->slope * y[i] + m->noise * (scalar_uniform(seed, 0, i, 1) - 0.5));
        sum_x += (long double)x[i];
        sum_y += (long double)y[i];
    }
    *ratio = sum_x / sum_y;
    for (int i = 0; i < N; i++) {
        const long double rest = (long double)x[i] - *ratio * (long double)y[i];

        squares += rest * rest;
    }
    return sqrtl(squares / (N - 1) / N) / (sum_y / N);
}

/* Also where the two go together to eight digits, and where numbers are huge or tiny. */
Test(ratio, error_is_that_of_two_passes)
{
    static const struct model models[] = { { 3, 1, 1 }, { -3, 1e-4, 1 }, { 0.7, 1e-8, 1 }, { 3, 1, 1e200 },
                                           { 3, 1e-3, 1e-200 }, { 0, 1, 1 } };

    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        struct model model = models[i];
        mcpar *mc = reduced(linear, &model, N, 0.95);
        mcpar_options options = MCPAR_OPTIONS_INIT;
        mcpar_estimate e;
        long double ratio, error;

        MUST(mc, mcpar_options_in_force(mc, &options));
        error = two_passes(&model, options.seed, &ratio);
        MUST(mc, mcpar_ratio(mc, 0, 1, &e));
        cr_expect(fabsl((long double)e.mean - ratio) <= 1e-15L * fabsl(ratio) + 1e-13L * error, "%zu: %.17g", i,
                  e.mean);
        cr_expect(fabsl((long double)e.std_error - error) <= 1e-9L * error, "%zu: %.17g, not %.17Lg", i,
                  e.std_error, error);
        cr_expect(same(e.variance, e.std_error * e.std_error * N));
        cr_expect(e.trials == N && e.status == MCPAR_STATUS_COMPLETE && e.interval == MCPAR_INTERVAL_STUDENT);
        cr_expect(e.guarantee == MCPAR_GUARANTEE_ASYMPTOTIC && e.lower < e.mean && e.mean < e.upper);
        close_handle(mc);
    }
}

/* What goes together exactly has an error of 0, and no interval: one of width zero would be taken for certainty. */
Test(ratio, of_multiples_is_exact)
{
    struct model model = { 8, 0, 1 };
    mcpar *mc = reduced(linear, &model, N, 0.95);
    mcpar_estimate e;

    MUST(mc, mcpar_ratio(mc, 0, 1, &e));
    cr_expect(e.mean == 8 && e.std_error == 0, "%g +- %g", e.mean, e.std_error);
    cr_expect(isnan(e.lower) && isnan(e.upper) && e.guarantee == MCPAR_GUARANTEE_NONE);
    MUST(mc, mcpar_ratio(mc, 1, 0, &e));
    cr_expect(e.mean == 0.125 && e.std_error == 0);
    MUST(mc, mcpar_ratio(mc, 1, 1, &e));
    cr_expect(e.mean == 1 && e.std_error == 0);
    close_handle(mc);
}

/* Sums of exponentials with a common part: the ratio of their means is 1.2 / 2. */
static int cycle(mcpar_rng *rng, double *values, void *arg)
{
    const double common = mcpar_exponential(rng);

    (void)arg;
    values[0] = common + 0.2 * mcpar_exponential(rng);
    values[1] = common + mcpar_exponential(rng);
    return 0;
}

/* 4,000 runs at 95 %: four standard errors are 0.014, and the delta method itself errs by some 0.005 at 200 trials. */
Test(ratio, interval_covers)
{
    enum { RUNS = 4000, TRIALS = 200 };
    int covered = 0;
    mcpar *mc = reduced(cycle, NULL, TRIALS, 0.95);

    for (uint32_t run = 1; run <= RUNS; run++) {
        mcpar_estimate e;

        MUST(mc, mcpar_ratio(mc, 0, 1, &e));
        covered += e.lower <= 0.6 && 0.6 <= e.upper;
        MUST(mc, mcpar_reset(mc, run));
        MUST(mc, mcpar_sample(mc, TRIALS, cycle, NULL));
        MUST(mc, mcpar_reduce(mc, NULL));
    }
    cr_expect(covered > 0.931 * RUNS && covered < 0.969 * RUNS, "%d of %d", covered, RUNS);
    close_handle(mc);
}

/* The denominators are 1, -1, 1, ...: their mean is 0, or nearly so. */
static int alternating(mcpar_rng *rng, double *values, void *arg)
{
    (void)arg;
    values[0] = 1;
    values[1] = mcpar_trial_number(rng) % 2 ? -1 : 1;
    return 0;
}

Test(ratio, without_a_denominator)
{
    mcpar *mc = reduced(alternating, NULL, 101, 0.95);
    mcpar_estimate e;

    MUST(mc, mcpar_ratio(mc, 0, 1, &e));
    cr_expect(e.mean > 100 && e.lower < -1e300 && e.upper > 1e300 && e.guarantee == MCPAR_GUARANTEE_NONE);
    close_handle(mc);
    for (uint64_t n = 0; n < 3; n++) {
        mc = reduced(alternating, NULL, n, 0.95);
        MUST(mc, mcpar_ratio(mc, 0, 1, &e));
        cr_expect(n == 1 ? e.mean == 1 : isnan(e.mean));
        cr_expect(isnan(e.std_error) && isnan(e.lower) && isnan(e.upper) && e.guarantee == MCPAR_GUARANTEE_NONE);
        cr_expect_eq(e.status, n ? MCPAR_STATUS_COMPLETE : MCPAR_STATUS_EMPTY);
        close_handle(mc);
    }
}

Test(ratio, refuses)
{
    struct model model = { 3, 1, 1 };
    mcpar *mc = reduced(linear, &model, 10, 0.95);
    mcpar_estimate e;

    cr_expect_eq(mcpar_ratio(mc, 0, 2, &e), MCPAR_ERR_ARGUMENT, "not a pair");
    cr_expect_eq(mcpar_ratio(mc, 0, 3, &e), MCPAR_ERR_ARGUMENT);
    cr_expect_eq(mcpar_ratio(mc, 3, 0, &e), MCPAR_ERR_ARGUMENT);
    cr_expect_eq(mcpar_ratio(mc, 0, 1, NULL), MCPAR_ERR_ARGUMENT);
    cr_expect_eq(mcpar_ratio(NULL, 0, 1, &e), MCPAR_ERR_ARGUMENT);
    MUST(mc, mcpar_sample(mc, 1, linear, &model));
    cr_expect_eq(mcpar_ratio(mc, 0, 1, &e), MCPAR_ERR_STALE);
    close_handle(mc);
}
