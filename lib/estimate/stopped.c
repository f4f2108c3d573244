/* SPDX-License-Identifier: BSD-3-Clause */
/* stopped.c - chooses the interval that holds for the way in which a run was stopped */
#include "base/fpenv.h"
#include "estimate/interval.h"
#include "estimate/sequence.h"
#include "estimate/stopped.h"
#include <float.h>
#include <stdbool.h>

static void label(mcpar_estimate *e, mcpar_interval interval, mcpar_guarantee guarantee)
{
    e->interval = interval;
    e->guarantee = guarantee;
}

/* The mean is that of all trials, and the interval may leave some out: in the odd case it would not contain the mean. */
static void include_mean(mcpar_estimate *e)
{
    e->lower = e->mean < e->lower ? e->mean : e->lower;
    e->upper = e->mean > e->upper ? e->mean : e->upper;
}

/* Whether it ended with the last of so many hits. */
static bool ended_at(const struct mcpar__stopping *s, uint64_t trials, uint64_t hits)
{
    for (uint64_t i = 0; i < s->n; i++)
        if (s->met[i].end == trials && s->met[i].hits == hits && hits > 0)
            return true;
    return false;
}

static bool choose_hits(mcpar_estimate *e, const struct mcpar__stopping *s)
{
    const uint64_t hits = e->hits - s->pilot_hits, trials = e->trials - s->pilot;
    const struct mcpar__tuning tuning = { s->first.relative, s->first.half_width, s->first.confidence };

    if (s->rule == MCPAR__RULE_SEQUENCE) {
        label(e, MCPAR_INTERVAL_BETA_BINOMIAL, MCPAR_GUARANTEE_ANYTIME);
        mcpar__goal_sequence(hits, trials, &tuning, e->confidence, &e->lower, &e->upper);
    } else if (s->rule == MCPAR__RULE_HITS && !mcpar__stopping_any_met(s)) {   /* by limits that do not look at hits */
        mcpar__clopper_pearson(hits, trials, e->confidence, &e->lower, &e->upper);
    } else if (s->rule == MCPAR__RULE_HITS && ended_at(s, e->trials, hits)) {
        label(e, MCPAR_INTERVAL_INVERSE_BINOMIAL, MCPAR_GUARANTEE_EXACT);
        mcpar__inverse_binomial(hits, trials, e->confidence, &e->lower, &e->upper);
    } else if (s->rule == MCPAR__RULE_HITS || s->rho2 > 0) {       /* trials were added later, or a mean decided */
        label(e, MCPAR_INTERVAL_MIXTURE, MCPAR_GUARANTEE_ANYTIME);
        mcpar__anytime_hits(hits, trials, e->confidence, &e->lower, &e->upper);
    } else {
        return false;
    }
    return true;
}

bool mcpar__stopped_hits(mcpar_estimate *e, const struct mcpar__stopping *stopping)
{
    if (stopping->first.confidence == 0 || e->trials == 0 || !choose_hits(e, stopping))
        return false;
    include_mean(e);
    return true;
}

double mcpar__std_dev(const mcpar_estimate *e)
{
    if (e->variance >= DBL_MIN && e->variance <= DBL_MAX)
        return __builtin_sqrt(e->variance);
    return e->std_error * __builtin_sqrt((double)e->trials);
}

void mcpar__stopped_mean(mcpar_estimate *e, const struct mcpar__stopping *stopping)
{
    mcpar__fpenv host;

    /* Without a tuning the goal has never been judged, so that nothing seen has stopped the run. */
    if (stopping->rho2 == 0 || e->trials < 2 || e->guarantee == MCPAR_GUARANTEE_NONE)
        return;
    host = mcpar__fpenv_enter();
    label(e, MCPAR_INTERVAL_MEAN_SEQUENCE, MCPAR_GUARANTEE_ANYTIME_ASYMPTOTIC);
    mcpar__mean_sequence(e->mean, mcpar__std_dev(e), e->trials, stopping->rho2, e->confidence, &e->lower, &e->upper);
    mcpar__fpenv_leave(host);
}
