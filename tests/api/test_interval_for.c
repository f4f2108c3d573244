/* SPDX-License-Identifier: BSD-3-Clause */
/* Intervals of other kinds and levels: what they are, against published answers, and which questions are refused. */
#include "api.h"
#include <math.h>

TestSuite(interval_for, .timeout = 60);

/* Trial i is a hit if i < arg, and reports i % 10 and 0.1 * (i % 10). */
static int digits(mcpar_rng *rng, double *values, void *arg)
{
    const uint64_t *hits = arg, i = mcpar_trial_number(rng);

    values[0] = (double)(i % 10);
    values[1] = 0.1 * (double)(i % 10);
    return i < *hits;
}

static mcpar *reduced(uint64_t hits, uint64_t trials)
{
    mcpar_options options = options_for(places[0]);
    const char *names[] = { "digit", "tenth" };
    mcpar *mc;

    MUST(mc, mcpar_init(&mc, &options));
    MUST(mc, mcpar_observe(mc, 2, names));
    MUST(mc, mcpar_sample(mc, trials, digits, &hits));
    MUST(mc, mcpar_reduce(mc, NULL));
    return mc;
}

static int refused(mcpar *mc, size_t observable, int kind, double c, double *lower, double *upper)
{
    const int err = mcpar_interval_for(mc, observable, (mcpar_interval)kind, c, lower, upper);

    return err == MCPAR_ERR_ARGUMENT && *mcpar_message(mc);
}

static void expect(mcpar *mc, size_t observable, mcpar_interval kind, double c, double lower, double upper)
{
    double got_lower = -1, got_upper = -1;

    MUST(mc, mcpar_interval_for(mc, observable, kind, c, &got_lower, &got_upper));
    cr_expect(fabs(got_lower - lower) < 6e-7 && fabs(got_upper - upper) < 6e-7, "%d at %g: %.7f %.7f", (int)kind, c,
              got_lower, got_upper);
}

/* Computed with mpmath from the definitions: Wilson's roots, quantiles of Beta(7.5, 13.5), of Student's t and of the
 * normal distribution. */
Test(interval_for, two_sided)
{
    mcpar *mc = reduced(7, 20);

    expect(mc, MCPAR_HITS, MCPAR_INTERVAL_CLOPPER_PEARSON, 0.95, 0.1539092, 0.5921885);
    expect(mc, MCPAR_HITS, MCPAR_INTERVAL_WILSON, 0.95, 0.1811918, 0.5671457);
    expect(mc, MCPAR_HITS, MCPAR_INTERVAL_JEFFREYS, 0.95, 0.1722762, 0.5677661);
    /* mean 4.5, variance 8.25 * 20/19, std_error 0.6589465 */
    expect(mc, 0, MCPAR_INTERVAL_NORMAL, 0.95, 4.5 - 1.9599640 * 0.6589465, 4.5 + 1.9599640 * 0.6589465);
    expect(mc, 0, MCPAR_INTERVAL_STUDENT, 0.95, 4.5 - 2.0930241 * 0.6589465, 4.5 + 2.0930241 * 0.6589465);
    expect(mc, 1, MCPAR_INTERVAL_STUDENT, 0.99, 0.45 - 2.8609346 * 0.06589465, 0.45 + 2.8609346 * 0.06589465);
    close_handle(mc);
    mc = reduced(682, 925);
    expect(mc, MCPAR_HITS, MCPAR_INTERVAL_WILSON, 0.95, 0.7079960, 0.7646358);
    close_handle(mc);
}

/* Hall's interval is the one that mcpar_mean tells, at any level; values that were all equal have none. */
static int skewed(mcpar_rng *rng, double *values, void *arg)
{
    (void)arg;
    values[0] = mcpar_exponential(rng);
    values[1] = 3;
    return 0;
}

Test(interval_for, hall)
{
    mcpar_options options = options_for(places[0]);
    const char *names[] = { "x", "y" };
    double lower, upper, other_lower, other_upper;
    mcpar_estimate e;
    mcpar *mc;

    options.confidence = 0.9;
    MUST(mc, mcpar_init(&mc, &options));
    MUST(mc, mcpar_observe(mc, 2, names));
    MUST(mc, mcpar_sample(mc, 100, skewed, NULL));
    MUST(mc, mcpar_reduce(mc, NULL));
    MUST(mc, mcpar_mean(mc, 0, &e));
    cr_assert_eq(e.interval, MCPAR_INTERVAL_HALL);
    MUST(mc, mcpar_interval_for(mc, 0, MCPAR_INTERVAL_HALL, 0.9, &lower, &upper));
    cr_expect(same(lower, e.lower) && same(upper, e.upper));
    MUST(mc, mcpar_interval_for(mc, 0, MCPAR_INTERVAL_HALL, 0.95, &other_lower, NULL));
    MUST(mc, mcpar_interval_for(mc, 0, MCPAR_INTERVAL_HALL, 0.95, NULL, &other_upper));
    cr_expect(fabs(lower - other_lower) < 1e-14 && fabs(upper - other_upper) < 1e-14);
    for (int k = 0; k < 3; k++) {
        static const mcpar_interval kinds[] = { MCPAR_INTERVAL_NORMAL, MCPAR_INTERVAL_STUDENT, MCPAR_INTERVAL_HALL };

        MUST(mc, mcpar_interval_for(mc, 1, kinds[k], 0.9, &lower, &upper));
        cr_expect(isnan(lower) && isnan(upper));
    }
    close_handle(mc);
}

/* A result of mcpar_run has the kind of its goal, at any level, and no other one of these. */
Test(interval_for, after_a_goal)
{
    mcpar_options options = options_for(places[0]);
    mcpar_goal goal = MCPAR_GOAL_INIT;
    const char *names[] = { "digit", "tenth" };
    double lower, upper;
    uint64_t hits = 300;
    mcpar_estimate e;
    mcpar *mc;

    goal.half_width = 0.1;
    goal.most = 1000000;
    MUST(mc, mcpar_init(&mc, &options));
    MUST(mc, mcpar_observe(mc, 2, names));
    MUST(mc, mcpar_run(mc, digits, &hits, &goal));
    MUST(mc, mcpar_reduce(mc, &e));
    cr_assert_eq(e.interval, MCPAR_INTERVAL_BETA_BINOMIAL);
    MUST(mc, mcpar_interval_for(mc, MCPAR_HITS, MCPAR_INTERVAL_BETA_BINOMIAL, e.confidence, &lower, &upper));
    cr_expect(same(lower, e.lower) && same(upper, e.upper));
    cr_expect(refused(mc, MCPAR_HITS, MCPAR_INTERVAL_BETA_BINOMIAL, 0.5, NULL, &upper));
    MUST(mc, mcpar_interval_for(mc, MCPAR_HITS, MCPAR_INTERVAL_BETA_BINOMIAL, 0.999, &lower, NULL));
    cr_expect_lt(lower, e.lower);
    cr_expect(refused(mc, MCPAR_HITS, MCPAR_INTERVAL_INVERSE_BINOMIAL, 0.95, &lower, &upper));
    MUST(mc, mcpar_mean(mc, 0, &e));
    cr_assert_eq(e.interval, MCPAR_INTERVAL_MEAN_SEQUENCE);
    MUST(mc, mcpar_interval_for(mc, 0, MCPAR_INTERVAL_MEAN_SEQUENCE, e.confidence, &lower, &upper));
    cr_expect(same(lower, e.lower) && same(upper, e.upper));
    cr_expect(refused(mc, 0, MCPAR_INTERVAL_BETA_BINOMIAL, 0.95, &lower, &upper));
    close_handle(mc);
}

/* Alone, each end has all of the error: it is that of an interval with twice the error. */
Test(interval_for, one_sided)
{
    static const mcpar_interval kinds[] = { MCPAR_INTERVAL_CLOPPER_PEARSON, MCPAR_INTERVAL_WILSON,
                                            MCPAR_INTERVAL_JEFFREYS, MCPAR_INTERVAL_NORMAL, MCPAR_INTERVAL_STUDENT };
    mcpar *mc = reduced(7, 20);

    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        const size_t observable = k < 3 ? MCPAR_HITS : 0;
        double lower, upper, low = -1, high = -1;

        MUST(mc, mcpar_interval_for(mc, observable, kinds[k], 0.875, &lower, &upper));
        MUST(mc, mcpar_interval_for(mc, observable, kinds[k], 0.9375, &low, NULL));
        MUST(mc, mcpar_interval_for(mc, observable, kinds[k], 0.9375, NULL, &high));
        cr_expect(same(lower, low) && same(upper, high), "%d", (int)kinds[k]);
    }
    for (int k = 0; k < 2; k++) {
        const mcpar_interval kind = k ? MCPAR_INTERVAL_MAURER_PONTIL : MCPAR_INTERVAL_HOEFFDING;
        double lower, upper, low = -1, high = -1;

        MUST(mc, mcpar_interval_within(mc, 0, kind, 0.875, 0, 1000, &lower, &upper));
        MUST(mc, mcpar_interval_within(mc, 0, kind, 0.9375, 0, 1000, &low, NULL));
        MUST(mc, mcpar_interval_within(mc, 0, kind, 0.9375, 0, 1000, NULL, &high));
        cr_expect(same(lower, low) && same(upper, high), "%d", (int)kind);
    }
    {   /* A sequence keeps its ends. */
        double lower, upper, low = -1;

        MUST(mc, mcpar_interval_for(mc, MCPAR_HITS, MCPAR_INTERVAL_MIXTURE, 0.9, &lower, &upper));
        MUST(mc, mcpar_interval_for(mc, MCPAR_HITS, MCPAR_INTERVAL_MIXTURE, 0.9, &low, NULL));
        cr_expect(same(lower, low));
        MUST(mc, mcpar_interval_within(mc, 0, MCPAR_INTERVAL_BOUNDED_MIXTURE, 0.9, 0, 9, &lower, &upper));
        MUST(mc, mcpar_interval_within(mc, 0, MCPAR_INTERVAL_BOUNDED_MIXTURE, 0.9, 0, 9, &low, NULL));
        cr_expect(same(lower, low));
    }
    close_handle(mc);
}

/* The formulas of Hoeffding and of Maurer and Pontil; the mixture is that of hits where the values are 0 and 1. */
Test(interval_for, within_bounds)
{
    mcpar *mc = reduced(2500, 10000);
    double lower, upper, other_lower, other_upper, half;

    MUST(mc, mcpar_interval_within(mc, 0, MCPAR_INTERVAL_HOEFFDING, 0.95, 0, 9, &lower, &upper));
    half = 9 * sqrt(log(40) / 20000);
    cr_expect(fabs(lower - (4.5 - half)) < 1e-12 && fabs(upper - (4.5 + half)) < 1e-12, "%.12f %.12f", lower, upper);
    MUST(mc, mcpar_interval_within(mc, 0, MCPAR_INTERVAL_MAURER_PONTIL, 0.95, 0, 9, &lower, &upper));
    half = sqrt(2 * 8.25 * 10000 / 9999 * log(80) / 10000) + 7 * 9 * log(80) / 3 / 9999;
    cr_expect(fabs(lower - (4.5 - half)) < 1e-12 && fabs(upper - (4.5 + half)) < 1e-12, "%.12f %.12f", lower, upper);
    MUST(mc, mcpar_interval_within(mc, MCPAR_HITS, MCPAR_INTERVAL_BOUNDED_MIXTURE, 0.95, 0, 1, &lower, &upper));
    MUST(mc, mcpar_interval_for(mc, MCPAR_HITS, MCPAR_INTERVAL_MIXTURE, 0.95, &other_lower, &other_upper));
    cr_expect(fabs(lower - other_lower) < 1e-11 && fabs(upper - other_upper) < 1e-11);
    /* Never beyond the bounds, and never on one side of the mean. */
    for (int k = 0; k < 3; k++) {
        static const mcpar_interval kinds[] = { MCPAR_INTERVAL_HOEFFDING, MCPAR_INTERVAL_MAURER_PONTIL,
                                                MCPAR_INTERVAL_BOUNDED_MIXTURE };

        MUST(mc, mcpar_interval_within(mc, 0, kinds[k], 1 - 1e-12, 0, 9, &lower, &upper));
        cr_expect(0 <= lower && lower < 4.5 && 4.5 < upper && upper <= 9);
    }
    close_handle(mc);
}

Test(interval_for, few_trials)
{
    double lower, upper;

    for (uint64_t n = 0; n < 2; n++) {
        mcpar *mc = reduced(0, n);

        MUST(mc, mcpar_interval_for(mc, 0, MCPAR_INTERVAL_STUDENT, 0.95, &lower, &upper));
        cr_expect(isnan(lower) && isnan(upper));
        MUST(mc, mcpar_interval_for(mc, 0, MCPAR_INTERVAL_NORMAL, 0.95, &lower, &upper));
        cr_expect(isnan(lower) && isnan(upper));
        MUST(mc, mcpar_interval_for(mc, MCPAR_HITS, MCPAR_INTERVAL_WILSON, 0.95, &lower, &upper));
        cr_expect(lower == 0 && (n || upper == 1));
        MUST(mc, mcpar_interval_for(mc, MCPAR_HITS, MCPAR_INTERVAL_JEFFREYS, 0.95, &lower, &upper));
        cr_expect(lower == 0 && (n || upper == 1));
        MUST(mc, mcpar_interval_within(mc, 0, MCPAR_INTERVAL_MAURER_PONTIL, 0.95, -1, 2, &lower, &upper));
        cr_expect(lower == -1 && upper == 2);
        MUST(mc, mcpar_interval_within(mc, 0, MCPAR_INTERVAL_HOEFFDING, 0.95, -1, 2, &lower, &upper));
        cr_expect(lower == -1 && upper == 2);
        close_handle(mc);
    }
}

static int refused_within(mcpar *mc, mcpar_interval kind, double least, double most)
{
    double lower, upper;
    const int err = mcpar_interval_within(mc, 0, kind, 0.95, least, most, &lower, &upper);

    return err == MCPAR_ERR_ARGUMENT && *mcpar_message(mc);
}

Test(interval_for, refuses)
{
    mcpar *mc = reduced(7, 20);
    double lower = -7, upper = -8;
    uint64_t hits = 7;

    cr_expect(refused(mc, 0, MCPAR_INTERVAL_WILSON, 0.95, &lower, &upper));
    cr_expect(strstr(mcpar_message(mc), "for hits, not for the mean"), "%s", mcpar_message(mc));
    cr_expect(refused(mc, MCPAR_HITS, MCPAR_INTERVAL_NORMAL, 0.95, &lower, &upper));
    cr_expect(refused(mc, 0, MCPAR_INTERVAL_HOEFFDING, 0.95, &lower, &upper));
    cr_expect(strstr(mcpar_message(mc), "mcpar_interval_within"), "%s", mcpar_message(mc));
    cr_expect(refused(mc, 2, MCPAR_INTERVAL_NORMAL, 0.95, &lower, &upper));
    cr_expect(refused(mc, 0, 0, 0.95, &lower, &upper) && refused(mc, 0, 99, 0.95, &lower, &upper));
    cr_expect(refused(mc, 0, MCPAR_INTERVAL_NORMAL, 0.95, NULL, NULL));
    cr_expect(refused(mc, 0, MCPAR_INTERVAL_NORMAL, 0.0, &lower, &upper));
    cr_expect(refused(mc, 0, MCPAR_INTERVAL_NORMAL, 1.0, &lower, &upper));
    cr_expect(refused(mc, 0, MCPAR_INTERVAL_NORMAL, (double)NAN, &lower, &upper));
    cr_expect(refused(mc, 0, MCPAR_INTERVAL_NORMAL, 0.5, &lower, NULL));
    cr_expect(refused_within(mc, MCPAR_INTERVAL_NORMAL, 0, 9));
    cr_expect(refused_within(mc, MCPAR_INTERVAL_HOEFFDING, 9, 0));
    cr_expect(refused_within(mc, MCPAR_INTERVAL_HOEFFDING, 0, INFINITY));
    cr_expect(refused_within(mc, MCPAR_INTERVAL_HOEFFDING, (double)NAN, 9));
    cr_expect(refused_within(mc, MCPAR_INTERVAL_HOEFFDING, 5, 9), "the mean is below");
    cr_expect(refused_within(mc, MCPAR_INTERVAL_HOEFFDING, 3, 6), "the variance is too large");
    cr_expect(lower == -7 && upper == -8, "nothing was written");
    cr_expect_eq(mcpar_interval_for(NULL, 0, MCPAR_INTERVAL_NORMAL, 0.95, &lower, &upper), MCPAR_ERR_ARGUMENT);
    MUST(mc, mcpar_sample(mc, 1, digits, &hits));
    cr_expect_eq(mcpar_interval_for(mc, 0, MCPAR_INTERVAL_NORMAL, 0.95, &lower, &upper), MCPAR_ERR_STALE);
    cr_expect_eq(mcpar_interval_within(mc, 0, MCPAR_INTERVAL_HOEFFDING, 0.95, 0, 9, &lower, &upper), MCPAR_ERR_STALE);
    close_handle(mc);
}

/* Values whose mean is close to a bound that is large: rounding must not make them look impossible. */
static int near_a_bound(mcpar_rng *rng, double *values, void *arg)
{
    (void)arg;
    values[0] = mcpar_trial_number(rng) % 100000 ? 1e8 : 1e8 + 1;
    return 0;
}

Test(interval_for, values_close_to_a_bound_are_accepted)
{
    mcpar_options options = options_for(places[0]);
    const char *names[] = { "x" };
    double lower, upper;
    mcpar *mc;

    MUST(mc, mcpar_init(&mc, &options));
    MUST(mc, mcpar_observe(mc, 1, names));
    MUST(mc, mcpar_sample(mc, 200000, near_a_bound, NULL));
    MUST(mc, mcpar_reduce(mc, NULL));
    MUST(mc, mcpar_interval_within(mc, 0, MCPAR_INTERVAL_HOEFFDING, 0.95, 1e8, 1e8 + 1, &lower, &upper));
    cr_expect(lower == 1e8 && upper > 1e8);
    close_handle(mc);
}
