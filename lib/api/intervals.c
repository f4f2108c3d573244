/* SPDX-License-Identifier: BSD-3-Clause */
/* intervals.c - intervals of other kinds, and at other levels, from the combined result */
#include "base/fpenv.h"
#include "estimate/estimate.h"
#include "estimate/interval.h"
#include "estimate/moments.h"
#include "estimate/stopped.h"
#include "run/handle.h"
#include <math.h>

/* What an interval is about, and what it is made from. */
enum about { HITS, MEAN, BOUNDED_MEAN };

struct sample {
    uint64_t trials, hits;
    double mean, variance, std_error, least, most;
};

typedef void interval_fn(const struct sample *s, double confidence, double *lower, double *upper);

static void clopper_pearson(const struct sample *s, double confidence, double *lower, double *upper)
{
    mcpar__clopper_pearson(s->hits, s->trials, confidence, lower, upper);
}

static void mixture(const struct sample *s, double confidence, double *lower, double *upper)
{
    mcpar__anytime_hits(s->hits, s->trials, confidence, lower, upper);
}

static void wilson(const struct sample *s, double confidence, double *lower, double *upper)
{
    mcpar__wilson(s->hits, s->trials, confidence, lower, upper);
}

static void jeffreys(const struct sample *s, double confidence, double *lower, double *upper)
{
    mcpar__jeffreys(s->hits, s->trials, confidence, lower, upper);
}

/* Values that were all equal say nothing about how far the mean may be off: no interval of width zero. */
static double error_of(const struct sample *s)
{
    return s->std_error > 0.0 ? s->std_error : (double)NAN;
}

static void normal(const struct sample *s, double confidence, double *lower, double *upper)
{
    mcpar__normal_interval(s->mean, error_of(s), confidence, lower, upper);
}

static void student(const struct sample *s, double confidence, double *lower, double *upper)
{
    mcpar__student_interval(s->mean, error_of(s), s->trials, confidence, lower, upper);
}

static void hoeffding(const struct sample *s, double confidence, double *lower, double *upper)
{
    mcpar__hoeffding(s->mean, s->trials, s->least, s->most, confidence, lower, upper);
}

static void maurer_pontil(const struct sample *s, double confidence, double *lower, double *upper)
{
    mcpar__maurer_pontil(s->mean, s->variance, s->trials, s->least, s->most, confidence, lower, upper);
}

static void bounded_mixture(const struct sample *s, double confidence, double *lower, double *upper)
{
    mcpar__bounded_mixture(s->mean, s->trials, s->least, s->most, confidence, lower, upper);
}

/* A sequence has no tails of which one could be given to the other end: either of its ends alone has the confidence of
 * both. The others have half of the error on each side. */
static const struct kind {
    mcpar_interval kind;
    enum about about;
    int sequence;
    interval_fn *interval;
} kinds[] = {
    { MCPAR_INTERVAL_CLOPPER_PEARSON, HITS, 0, clopper_pearson },
    { MCPAR_INTERVAL_MIXTURE, HITS, 1, mixture },
    { MCPAR_INTERVAL_WILSON, HITS, 0, wilson },
    { MCPAR_INTERVAL_JEFFREYS, HITS, 0, jeffreys },
    { MCPAR_INTERVAL_NORMAL, MEAN, 0, normal },
    { MCPAR_INTERVAL_STUDENT, MEAN, 0, student },
    { MCPAR_INTERVAL_HOEFFDING, BOUNDED_MEAN, 0, hoeffding },
    { MCPAR_INTERVAL_MAURER_PONTIL, BOUNDED_MEAN, 0, maurer_pontil },
    { MCPAR_INTERVAL_BOUNDED_MIXTURE, BOUNDED_MEAN, 1, bounded_mixture },
};

/* NULL: there is no such kind here. */
static const struct kind *listed(mcpar_interval wanted)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].kind == wanted)
            return &kinds[i];
    return NULL;
}

/* The kind, or NULL with a message. */
static const struct kind *kind_for(mcpar *mc, mcpar_interval wanted, enum about about)
{
    static const char *const takes[] = { "for hits", "for the mean of an observable",
                                         "for values within bounds (mcpar_interval_within)" };
    const struct kind *found = listed(wanted);

    if (!found)
        (void)mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "kind is %d, which cannot be asked for", (int)wanted);
    else if (found->about != about) {
        (void)mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "interval kind %d is %s, not %s", (int)wanted,
                          takes[found->about], takes[about]);
        found = NULL;
    }
    return found;
}

static int check(mcpar *mc, size_t observable, double confidence, const double *lower, const double *upper)
{
    if (!lower && !upper)
        return mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "lower and upper are both NULL");
    if (observable != MCPAR_HITS && observable >= mc->schema.observables)
        return mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "observable is %zu, but there are %zu", observable,
                           mc->schema.observables);
    if (!(confidence > 0.0 && confidence < 1.0))
        return mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "confidence is %g, but must be between 0 and 1",
                           confidence);
    if (!(lower && upper) && !(confidence > 0.5))
        return mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT,
                           "confidence is %g, but must be above 0.5 for a one-sided interval", confidence);
    return 0;
}

static struct sample read_sample(const mcpar *mc, size_t observable)
{
    struct sample s = { .trials = mcpar__ledger_trials(&mc->held), .hits = mc->all.hits, .mean = NAN, .variance = NAN,
                        .std_error = NAN };

    if (s.trials && observable == MCPAR_HITS) {
        s.mean = mcpar__hit_mean(s.hits, s.trials);
        s.variance = mcpar__hit_variance(s.hits, s.trials);
    } else if (s.trials) {
        const int64_t *sum = mcpar__sum_of(&mc->all, observable), *squares = mcpar__squares_of(&mc->all, observable);

        s.mean = mcpar__mean(sum, s.trials);
        s.variance = mcpar__variance(sum, squares, s.trials);
        s.std_error = mcpar__std_error(sum, squares, s.trials);
    }
    return s;
}

/* At one end alone, the confidence c is that of both ends at 2 c - 1, which is exact. */
static void read_interval(const struct kind *kind, const struct sample *s, double confidence,
                          double *lower, double *upper)
{
    mcpar__fpenv host = mcpar__fpenv_enter();
    double low, high;

    if (!(lower && upper) && !kind->sequence)
        confidence = 2.0 * confidence - 1.0;
    kind->interval(s, confidence, &low, &high);
    if (lower)
        *lower = low;
    if (upper)
        *upper = high;
    mcpar__fpenv_leave(host);
}

/* Opens a call of this file. */
static int begin(mcpar *mc, size_t observable, double confidence, const double *lower, const double *upper)
{
    int err = mcpar__begin(mc);

    if (err)
        return err;
    err = check(mc, observable, confidence, lower, upper);
    if (!err)
        err = mcpar__need_combined(mc);
    return err ? mcpar__end(mc, err) : 0;
}

/* Hall's interval, and the kinds that mcpar_run leads to: as the estimate has them at this level. */
static int of_estimate(mcpar *mc, size_t observable, mcpar_interval kind, double confidence,
                       double *lower, double *upper)
{
    const int sequence = kind == MCPAR_INTERVAL_BETA_BINOMIAL || kind == MCPAR_INTERVAL_MEAN_SEQUENCE;
    const uint64_t trials = mcpar__ledger_trials(&mc->held);
    mcpar_estimate e;

    if (!(lower && upper) && !sequence)
        confidence = 2.0 * confidence - 1.0;
    if (observable == MCPAR_HITS) {
        mcpar__estimate_hits(&e, &mc->all, trials, confidence, &mc->stopping);
    } else {
        mcpar__estimate_mean(&e, &mc->all, observable, trials, confidence);
        if (kind != MCPAR_INTERVAL_HALL)
            mcpar__stopped_mean(&e, &mc->stopping);
    }
    if (e.interval != kind)
        return mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "the result has no interval of kind %d, but one of kind %d",
                           (int)kind, (int)e.interval);
    if (lower)
        *lower = e.lower;
    if (upper)
        *upper = e.upper;
    return 0;
}

int mcpar_interval_for(mcpar *mc, size_t observable, mcpar_interval kind, double confidence,
                       double *lower, double *upper)
{
    const struct kind *found;
    int err = begin(mc, observable, confidence, lower, upper);

    if (err)
        return err;
    if (!listed(kind))
        return mcpar__end(mc, of_estimate(mc, observable, kind, confidence, lower, upper));
    found = kind_for(mc, kind, observable == MCPAR_HITS ? HITS : MEAN);
    if (found) {
        struct sample s = read_sample(mc, observable);

        read_interval(found, &s, confidence, lower, upper);
    }
    return mcpar__end(mc, found ? MCPAR_OK : MCPAR_ERR_ARGUMENT);
}

/* No values in [least, most] have a larger variance, with the divisor n, than (mean - least) (most - mean). The slack
 * is for the rounding of these differences. */
static int fits(const struct sample *s)
{
    double n = (double)s->trials, largest = (s->mean - s->least) * (s->most - s->mean);
    double slack = 0x1p-50 * (s->most - s->least) * (fabs(s->least) + fabs(s->most));

    if (s->trials == 0)
        return 1;
    if (!(s->mean >= s->least && s->mean <= s->most))
        return 0;
    return s->trials == 1 || s->variance * ((n - 1.0) / n) * (1.0 - 1e-12) <= largest + slack;
}

int mcpar_interval_within(mcpar *mc, size_t observable, mcpar_interval kind, double confidence,
                          double least, double most, double *lower, double *upper)
{
    const struct kind *found;
    int err = begin(mc, observable, confidence, lower, upper);

    if (err)
        return err;
    found = kind_for(mc, kind, BOUNDED_MEAN);
    if (!found)
        return mcpar__end(mc, MCPAR_ERR_ARGUMENT);
    if (!(least < most) || !isfinite(most - least))
        return mcpar__end(mc, mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "the bounds are %g and %g", least, most));
    {
        struct sample s = read_sample(mc, observable);
        mcpar__fpenv host = mcpar__fpenv_enter();
        int fit;

        s.least = least;
        s.most = most;
        fit = fits(&s);
        mcpar__fpenv_leave(host);
        if (!fit)
            return mcpar__end(mc, mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT,
                                              "the values have mean %g and variance %g, so not all are from %g to %g",
                                              s.mean, s.variance, least, most));
        read_interval(found, &s, confidence, lower, upper);
    }
    return mcpar__end(mc, MCPAR_OK);
}
