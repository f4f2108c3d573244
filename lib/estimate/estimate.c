/* SPDX-License-Identifier: BSD-3-Clause */
/* estimate.c - reads hits and means, with their intervals, and covariances off a tally */
#include "base/fpenv.h"
#include "estimate/diagnosis.h"
#include "estimate/estimate.h"
#include "estimate/interval.h"
#include "estimate/moments.h"
#include "estimate/stopped.h"
#include <math.h>

static mcpar_estimate empty(const struct mcpar__tally *tally, uint64_t trials, double confidence)
{
    mcpar_estimate e = { .trials = trials, .hits = tally->hits, .mean = NAN, .variance = NAN, .std_error = NAN,
                         .lower = NAN, .upper = NAN, .confidence = confidence };

    e.guarantee = MCPAR_GUARANTEE_NONE;
    e.status = trials ? MCPAR_STATUS_COMPLETE : MCPAR_STATUS_EMPTY;
    return e;
}

/* All but the interval. */
static mcpar_estimate hits_of(const struct mcpar__tally *tally, uint64_t trials, double confidence,
                              mcpar_interval interval, mcpar_guarantee guarantee)
{
    mcpar_estimate e = empty(tally, trials, confidence);

    e.interval = interval;
    if (trials) {
        e.mean = mcpar__hit_mean(tally->hits, trials);
        e.variance = mcpar__hit_variance(tally->hits, trials);
        e.std_error = mcpar__hit_std_error(tally->hits, trials);
        e.guarantee = guarantee;
    }
    return e;
}

void mcpar__estimate_hits(mcpar_estimate *e, const struct mcpar__tally *tally, uint64_t trials, double confidence,
                          const struct mcpar__stopping *stopping)
{
    mcpar__fpenv host = mcpar__fpenv_enter();

    *e = hits_of(tally, trials, confidence, MCPAR_INTERVAL_CLOPPER_PEARSON, MCPAR_GUARANTEE_EXACT);
    if (!stopping || !mcpar__stopped_hits(e, stopping))
        mcpar__clopper_pearson(tally->hits, trials, confidence, &e->lower, &e->upper);
    mcpar__fpenv_leave(host);
}

void mcpar__estimate_hits_anytime(mcpar_estimate *e, const struct mcpar__tally *tally, uint64_t trials, double confidence)
{
    mcpar__fpenv host = mcpar__fpenv_enter();

    *e = hits_of(tally, trials, confidence, MCPAR_INTERVAL_MIXTURE, MCPAR_GUARANTEE_ANYTIME);
    mcpar__anytime_hits(tally->hits, trials, confidence, &e->lower, &e->upper);
    mcpar__fpenv_leave(host);
}

void mcpar__estimate_mean(mcpar_estimate *e, const struct mcpar__tally *tally, size_t observable, uint64_t trials,
                          double confidence)
{
    const int64_t *sum = mcpar__sum_of(tally, observable), *squares = mcpar__squares_of(tally, observable);
    const mcpar_diagnosis diagnosis = mcpar__diagnose(tally, observable, trials);
    mcpar__fpenv host = mcpar__fpenv_enter();

    *e = empty(tally, trials, confidence);
    e->interval = MCPAR_INTERVAL_HALL;
    if (trials) {
        e->mean = mcpar__mean(sum, trials);
        e->variance = mcpar__variance(sum, squares, trials);
        e->std_error = mcpar__std_error(sum, squares, trials);
    }
    if (diagnosis.doubts)
        e->status = MCPAR_STATUS_DOUBTFUL;
    /* Values that were all equal, as that of one trial is, say nothing about how far the mean may be off: there is no
     * interval, also none of zero width, which would be taken for certainty. */
    if (trials > 1 && !(diagnosis.doubts & MCPAR_DOUBT_CONSTANT)) {
        mcpar__hall_interval(e->mean, e->std_error, diagnosis.skewness, trials, confidence, &e->lower, &e->upper);
        e->guarantee = MCPAR_GUARANTEE_ASYMPTOTIC;
    }
    mcpar__fpenv_leave(host);
}

int mcpar__estimate_covariance(double *covariance, const struct mcpar__tally *tally, size_t i, size_t j,
                               uint64_t trials)
{
    const struct mcpar__schema *schema = tally->schema;
    const int64_t *products = i == j ? mcpar__squares_of(tally, i) : NULL;

    for (size_t p = 0; p < schema->pairs && !products; p++) {
        const size_t *pair = schema->pair[p];

        if ((pair[0] == i && pair[1] == j) || (pair[0] == j && pair[1] == i))
            products = mcpar__products_of(tally, p);
    }
    if (!products)
        return MCPAR_ERR_ARGUMENT;
    *covariance = NAN;
    if (trials > 1)
        *covariance = mcpar__covariance(mcpar__sum_of(tally, i), mcpar__sum_of(tally, j), products, trials);
    return 0;
}
