/* SPDX-License-Identifier: BSD-3-Clause */
/* What is read off a result: formulas and intervals, against closed forms and published answers. */
#include "api.h"
#include "folder.h"
#include <math.h>

TestSuite(interval, .timeout = 30);
TestSuite(estimate, .timeout = 30);

struct wanted {
    uint64_t hits;
};

static int first_hits(mcpar_rng *rng, double *values, void *arg)
{
    const struct wanted *w = arg;

    (void)values;
    return mcpar_trial_number(rng) < w->hits;
}

static mcpar_estimate hits_of(uint64_t hits, uint64_t trials, double confidence)
{
    mcpar_options options = options_for(places[0]);
    struct wanted wanted = { hits };
    mcpar_estimate e;
    mcpar *mc;

    options.confidence = confidence;
    MUST(mc, mcpar_init(&mc, &options));
    MUST(mc, mcpar_sample(mc, trials, first_hits, &wanted));
    MUST(mc, mcpar_reduce(mc, &e));
    cr_assert(e.hits == hits && e.trials == trials && e.status == MCPAR_STATUS_COMPLETE);
    cr_assert(e.interval == MCPAR_INTERVAL_CLOPPER_PEARSON && e.guarantee == MCPAR_GUARANTEE_EXACT);
    close_handle(mc);
    return e;
}

static bool near(double a, double b, double relative)
{
    return fabs(a - b) <= relative * fabs(b);
}

/* The example in the manual of R's binom.test (Conover 1971, p. 97: 682 of 925), and small cases of textbooks. */
Test(interval, of_hits_is_that_of_binom_test)
{
    static const struct {
        uint64_t hits, trials;
        double confidence, lower, upper;
    } cases[] = { { 682, 925, 0.95, 0.7076683, 0.7654066 },
                  { 1, 10, 0.95, 0.002528579, 0.4450161 },
                  { 5, 10, 0.95, 0.1870860, 0.8129140 },
                  { 7, 20, 0.95, 0.1539092, 0.5921885 } };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mcpar_estimate e = hits_of(cases[i].hits, cases[i].trials, cases[i].confidence);

        cr_assert(near(e.lower, cases[i].lower, 1e-6) && near(e.upper, cases[i].upper, 1e-6), "%zu: %.9g %.9g", i, e.lower,
                  e.upper);
        cr_assert(e.confidence == cases[i].confidence);
    }
}

/* No hits: upper = 1 - (alpha/2)^(1/n); all hits: lower = (alpha/2)^(1/n); and the mirror image of both. */
Test(interval, of_no_hits_and_of_all_hits_is_the_closed_form)
{
    static const uint64_t trials[] = { 1, 2, 3, 10, 1000, 100000 };
    static const double levels[] = { 0.5, 0.9, 0.95, 0.999 };

    for (size_t t = 0; t < 6; t++)
        for (size_t l = 0; l < 4; l++) {
            double log_tail = log((1.0 - levels[l]) / 2), n = (double)trials[t];
            mcpar_estimate none = hits_of(0, trials[t], levels[l]), all = hits_of(trials[t], trials[t], levels[l]);

            cr_assert(none.lower == 0.0 && near(none.upper, -expm1(log_tail / n), 1e-12), "%.17g", none.upper);
            cr_assert(all.upper == 1.0 && near(all.lower, exp(log_tail / n), 1e-12), "%.17g", all.lower);
            cr_assert(none.mean == 0.0 && all.mean == 1.0);
        }
}

Test(interval, of_hits_turns_with_hits_and_misses_and_holds_the_mean)
{
    static const uint64_t trials = 500;

    for (uint64_t hits = 0; hits <= trials; hits += 25) {
        mcpar_estimate a = hits_of(hits, trials, 0.95), b = hits_of(trials - hits, trials, 0.95);
        mcpar_estimate wide = hits_of(hits, trials, 0.99);

        cr_assert(fabs(a.lower - (1.0 - b.upper)) < 1e-15 && fabs(a.upper - (1.0 - b.lower)) < 1e-15);
        cr_assert(a.lower <= a.mean && a.mean <= a.upper);
        cr_assert(wide.lower <= a.lower && wide.upper >= a.upper && wide.confidence == 0.99);
    }
}

/* The tails by their definition: P(X >= hits | lower) = P(X <= hits | upper) = alpha / 2. */
static double tail(uint64_t n, double p, uint64_t from, uint64_t to)
{
    double sum = 0.0;

    for (uint64_t k = from; k <= to; k++)
        sum += exp(lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1) +
                   (double)k * log(p) + (double)(n - k) * log1p(-p));
    return sum;
}

Test(interval, of_hits_has_the_tails_that_it_claims)
{
    static const uint64_t cases[][2] = { { 1, 2 }, { 3, 10 }, { 99, 100 }, { 50, 400 }, { 1, 1000 }, { 1999, 2000 } };

    for (size_t c = 0; c < 6; c++)
        for (int l = 0; l < 3; l++) {
            double level = l == 0 ? 0.5 : l == 1 ? 0.95 : 0.9999;
            mcpar_estimate e = hits_of(cases[c][0], cases[c][1], level);

            cr_assert(near(tail(e.trials, e.lower, e.hits, e.trials), (1 - level) / 2, 1e-8));
            cr_assert(near(tail(e.trials, e.upper, 0, e.hits), (1 - level) / 2, 1e-8));
        }
}

/* ---- Means ---- */

static int plus_minus(mcpar_rng *rng, double *values, void *arg)
{
    (void)arg;
    values[0] = mcpar_trial_number(rng) % 2 ? 3.0 : 1.0;
    values[1] = 7.0;
    return 0;
}

Test(interval, of_a_mean_without_skewness_is_students)
{
    /* quantiles of Student's distribution with 99 degrees of freedom, by mpmath's incomplete beta function */
    static const struct {
        double level, t;
    } cases[] = { { 0.95, 1.9842169515864171 }, { 0.99, 2.6264054572808272 }, { 0.5, 0.67697598554615263 },
                  { 0.6826894921370859, 1.0050760770100815 } };
    static const char *const names[] = { "x", "constant" };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mcpar_options options = options_for(places[0]);
        mcpar_estimate e;
        double c;
        mcpar *mc;

        options.confidence = cases[i].level;
        MUST(mc, mcpar_init(&mc, &options));
        MUST(mc, mcpar_observe(mc, 2, names));
        MUST(mc, mcpar_sample(mc, 100, plus_minus, NULL));
        MUST(mc, mcpar_reduce(mc, NULL));
        MUST(mc, mcpar_mean(mc, 0, &e));
        cr_assert(e.trials == 100 && e.hits == 0 && e.mean == 2.0 && e.variance == 100.0 / 99.0);
        cr_assert(e.std_error == sqrt(1.0 / 99.0) && e.confidence == cases[i].level);
        cr_assert(near(e.upper - e.mean, cases[i].t * e.std_error, 1e-12), "%.17g", (e.upper - e.mean) / e.std_error);
        cr_assert(near(e.mean - e.lower, cases[i].t * e.std_error, 1e-12));
        cr_assert(e.interval == MCPAR_INTERVAL_HALL && e.guarantee == MCPAR_GUARANTEE_ASYMPTOTIC);
        cr_assert(e.status == MCPAR_STATUS_COMPLETE);
        MUST(mc, mcpar_covariance(mc, 0, 0, &c));
        cr_assert(c == e.variance);
        MUST_FAIL(mc, mcpar_covariance(mc, 0, 1, &c), MCPAR_ERR_ARGUMENT);
        MUST(mc, mcpar_mean(mc, 1, &e));
        cr_assert(e.mean == 7.0 && e.variance == 0.0 && e.std_error == 0.0 && isnan(e.lower) && isnan(e.upper));
        cr_assert(e.guarantee == MCPAR_GUARANTEE_NONE && e.status == MCPAR_STATUS_DOUBTFUL, "never a silent zero width");
        close_handle(mc);
    }
}

/* One trial in 2,000 makes the whole variance, another observable has none, and the third is harmless. */
static int rare(mcpar_rng *rng, double *values, void *arg)
{
    (void)arg;
    values[0] = mcpar_trial_number(rng) == 1234 ? -100.0 : 0.0;
    values[1] = 7.0;
    values[2] = mcpar_trial_number(rng) % 2 ? 0.5 : -0.5;
    return 0;
}

Test(diagnosis, tells_what_is_behind_the_status)
{
    static const char *const names[] = { "rare", "constant", "harmless" };
    mcpar *mc = open_serial();
    mcpar_diagnosis d = MCPAR_DIAGNOSIS_INIT;
    mcpar_estimate e;

    MUST(mc, mcpar_observe(mc, 3, names));
    MUST(mc, mcpar_sample(mc, 2000, rare, NULL));
    MUST_FAIL(mc, mcpar_diagnose(mc, 0, &d), MCPAR_ERR_STALE);
    MUST(mc, mcpar_reduce(mc, &e));
    cr_assert(e.status == MCPAR_STATUS_COMPLETE && e.guarantee == MCPAR_GUARANTEE_EXACT);
    MUST(mc, mcpar_diagnose(mc, 0, &d));
    cr_assert(d.size == sizeof d && d.trials == 2000 && d.doubts == (MCPAR_DOUBT_SKEWED | MCPAR_DOUBT_DOMINATED));
    /* of one event in n: (n - 2) / sqrt(n - 1) */
    cr_assert(near(d.skewness, -1998 / sqrt(1999), 1e-14), "%.17g", d.skewness);
    cr_assert(near(d.largest_share, 0.9995, 1e-14), "%.17g", d.largest_share);
    cr_assert(d.minimum == -100.0 && d.minimum_trial == 1234 && d.maximum == 0.0 && d.maximum_trial == 0);
    MUST(mc, mcpar_mean(mc, 0, &e));
    cr_assert(e.status == MCPAR_STATUS_DOUBTFUL && e.guarantee == MCPAR_GUARANTEE_ASYMPTOTIC && e.lower < e.upper);
    MUST(mc, mcpar_diagnose(mc, 1, &d));
    cr_assert(d.doubts == MCPAR_DOUBT_CONSTANT && isnan(d.skewness) && isnan(d.largest_share) && d.minimum == 7.0);
    MUST(mc, mcpar_diagnose(mc, 2, &d));
    cr_assert(d.doubts == 0 && d.skewness == 0.0 && near(d.largest_share, 1.0 / 2000, 1e-14) && d.maximum_trial == 1);
    MUST(mc, mcpar_mean(mc, 2, &e));
    cr_assert_eq(e.status, MCPAR_STATUS_COMPLETE);
    MUST_FAIL(mc, mcpar_diagnose(mc, 3, &d), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_diagnose(mc, 0, NULL), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(NULL, mcpar_diagnose(NULL, 0, &d), MCPAR_ERR_ARGUMENT);
    d.size = 0;
    MUST_FAIL(mc, mcpar_diagnose(mc, 0, &d), MCPAR_ERR_ARGUMENT);
    MUST_SAY(mc, "MCPAR_DIAGNOSIS_INIT");
    close_handle(mc);
}

/* A program compiled with a later header has a larger struct. */
Test(diagnosis, of_a_larger_struct)
{
    struct {
        mcpar_diagnosis known;
        uint64_t later;
    } d = { MCPAR_DIAGNOSIS_INIT, 5 };
    static const char *const names[] = { "rare", "constant", "harmless" };
    mcpar *mc = open_serial();

    MUST(mc, mcpar_observe(mc, 3, names));
    MUST(mc, mcpar_reduce(mc, NULL));
    d.known.size = sizeof d;
    MUST(mc, mcpar_diagnose(mc, 0, &d.known));
    cr_assert(d.known.size == sizeof d.known && d.later == 5, "size says what was written");
    cr_assert(d.known.trials == 0 && d.known.doubts == 0 && isnan(d.known.minimum));
    cr_assert_eq(d.known.minimum_trial, UINT64_MAX);
    close_handle(mc);
}

/* What a file of version 1 holds in a section PROF or without one; see tests/golden/make_results.py. */
static mcpar_diagnosis opened(const char *golden, size_t index, size_t observable)
{
    static uint8_t bytes[1 << 16];
    FILE *from = golden_open(golden), *to = fopen("copy", "wb");
    mcpar_options options = options_for(places[0]);
    mcpar_diagnosis d = MCPAR_DIAGNOSIS_INIT;
    mcpar *mc;
    size_t n;

    cr_assert(to);
    n = fread(bytes, 1, sizeof bytes, from);
    cr_assert(fwrite(bytes, 1, n, to) == n);
    (void)fclose(from);
    (void)fclose(to);
    MUST(mc, mcpar_open(&mc, "copy", index, &options));
    MUST(mc, mcpar_reduce(mc, NULL));
    MUST(mc, mcpar_diagnose(mc, observable, &d));
    close_handle(mc);
    return d;
}

Test(diagnosis, of_files_with_and_without_what_it_needs)
{
    const char *source = getenv("srcdir");
    char *full = realpath(source ? source : ".", NULL);
    mcpar_diagnosis d;

    cr_assert(full && setenv("srcdir", full, 1) == 0);
    free(full);
    folder_enter();
    d = opened("result-v1-observables.mcpar", MCPAR_ONLY, 0);
    cr_assert(d.trials == 1010 && isnan(d.skewness) && isnan(d.largest_share) && isnan(d.maximum));
    cr_assert_eq(d.minimum_trial, UINT64_MAX);
    d = opened("result-v1-profiles.mcpar", 0, 0);
    cr_assert(d.trials == 1010 && d.skewness == d.skewness && d.largest_share > 0 && d.minimum < d.maximum);
    cr_assert(d.minimum_trial < 1000 && d.maximum_trial < 1000);
    d = opened("result-v1-profiles.mcpar", 1, 0);
    cr_assert(d.trials == 100 && d.skewness == d.skewness && isnan(d.largest_share) && isnan(d.minimum));
    folder_leave();
}

Test(estimate, of_one_trial_has_no_variance)
{
    static const char *const names[] = { "x", "constant" };
    static const size_t pairs[][2] = { { 0, 1 } };
    mcpar *mc = open_serial();
    mcpar_estimate e;
    double c = 0.0;

    MUST(mc, mcpar_observe(mc, 2, names));
    MUST(mc, mcpar_observe_pairs(mc, 1, pairs[0]));
    MUST(mc, mcpar_sample(mc, 1, plus_minus, NULL));
    MUST(mc, mcpar_reduce(mc, &e));
    cr_assert(e.mean == 0.0 && isnan(e.variance) && isnan(e.std_error) && e.lower == 0.0);
    cr_assert(near(e.upper, 0.975, 1e-15) && e.guarantee == MCPAR_GUARANTEE_EXACT);
    MUST(mc, mcpar_mean(mc, 0, &e));
    cr_assert(e.mean == 1.0 && isnan(e.variance) && isnan(e.std_error) && isnan(e.lower) && isnan(e.upper));
    cr_assert(e.guarantee == MCPAR_GUARANTEE_NONE && e.status == MCPAR_STATUS_COMPLETE);
    MUST(mc, mcpar_covariance(mc, 0, 1, &c));
    cr_assert(isnan(c));
    close_handle(mc);
}

/* Hits are an observable of 0 and 1, under the same formulas and to the same bits. */
static int both(mcpar_rng *rng, double *values, void *arg)
{
    (void)arg;
    values[0] = mcpar_uniform(rng) < 0.3;
    return (int)values[0];
}

Test(estimate, of_hits_is_that_of_an_observable_of_0_and_1)
{
    static const char *const names[] = { "hit" };
    mcpar *mc = open_at(places[2]);

    MUST(mc, mcpar_observe(mc, 1, names));
    for (int n = 1; n < 20000; n = 3 * n + 1) {
        mcpar_estimate hits, mean;

        MUST(mc, mcpar_sample(mc, (uint64_t)n, both, NULL));
        MUST(mc, mcpar_reduce(mc, &hits));
        MUST(mc, mcpar_mean(mc, 0, &mean));
        cr_assert(same(hits.mean, mean.mean) && same(hits.variance, mean.variance));
        cr_assert(same(hits.std_error, mean.std_error) && hits.hits == mean.hits);
    }
    close_handle(mc);
}
