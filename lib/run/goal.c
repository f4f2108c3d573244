/* SPDX-License-Identifier: BSD-3-Clause */
/* goal.c - where a run towards a goal is judged, by what, and how large its rounds may be
 *
 * All ranks compute all of this from the same integers, and must come to the same answer: sizes by integers only,
 * estimates outside of the host's floating-point environment. */
#include "base/fpenv.h"
#include "base/hash.h"
#include "estimate/diagnosis.h"
#include "estimate/estimate.h"
#include "estimate/sequence.h"
#include "estimate/stopped.h"
#include "run/combine.h"
#include "run/goal.h"
#include <float.h>
#include <math.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;

#define LEAST_RELATIVE 1e-8                /* more hits than 10^17 nobody counts */

enum { STEPS = 64 };                       /* from one look to the next the trials grow by 1/STEPS */

/* ---- The goal as the program has set it ---- */

static bool usable(double x)
{
    return x > 0 && x <= DBL_MAX;          /* not a NaN, not infinite */
}

/* Computed outside the host's floating-point environment. */
__attribute__((noinline)) static uint64_t hits_needed(const volatile double *relative, const volatile double *confidence)
{
    mcpar__fpenv host = mcpar__fpenv_enter();
    volatile uint64_t hits = mcpar__hits_needed(*relative, *confidence);

    mcpar__fpenv_leave(host);
    return hits;
}

/* to_run: it is to be run, so it needs all its members, and the handle must allow that. */
static int check(struct mcpar__goal *goal, mcpar *mc, const mcpar_goal *of, bool to_run)
{
    struct mcpar__report *r = &mc->report;
    mcpar_goal *g = &goal->of;

    *goal = (struct mcpar__goal){ .of = MCPAR_GOAL_INIT, .ceiling = UINT64_MAX, .forecast = NAN, .half_width = NAN };
    if (!of)
        return mcpar__fail(r, MCPAR_ERR_ARGUMENT, "goal is NULL");
    if (of->size < offsetof(mcpar_goal, most) + sizeof of->most)
        return mcpar__fail(r, MCPAR_ERR_ARGUMENT, "goal has size %zu: initialize it with MCPAR_GOAL_INIT", of->size);
    memcpy(g, of, of->size < sizeof *g ? of->size : sizeof *g);
    if (g->observable != MCPAR_HITS && g->observable >= mc->schema.observables)
        return mcpar__fail(r, MCPAR_ERR_ARGUMENT, "the goal is about observable %zu, but there are %zu", g->observable,
                           mc->schema.observables);
    if ((g->half_width != 0 && g->relative != 0) || (g->half_width == 0 && g->relative == 0))
        return mcpar__fail(r, MCPAR_ERR_ARGUMENT, "a goal needs either half_width or relative, and the other one 0");
    if (g->half_width != 0 && !usable(g->half_width))
        return mcpar__fail(r, MCPAR_ERR_ARGUMENT, "half_width of the goal is %g, not above 0", g->half_width);
    if (g->relative != 0 && !(g->relative >= LEAST_RELATIVE && g->relative < 1))
        return mcpar__fail(r, MCPAR_ERR_ARGUMENT, "relative of the goal is %g, not from %g to below 1", g->relative,
                           LEAST_RELATIVE);
    if (g->least == 0)
        return mcpar__fail(r, MCPAR_ERR_ARGUMENT, "least of the goal is 0, not at least 1");
    if (g->observable == MCPAR_HITS && g->relative != 0)
        goal->hits = hits_needed(&g->relative, &mc->settings.in_force.confidence);
    if (!to_run)
        return 0;
    if (g->most == 0)
        return mcpar__fail(r, MCPAR_ERR_ARGUMENT, "most of the goal is not set: how many trials may the run take?");
    if (g->most > UINT64_C(1) << 63)
        return mcpar__fail(r, MCPAR_ERR_ARGUMENT, "most of the goal is %llu, above 2^63: is it a negative number?",
                           (unsigned long long)g->most);
    if (g->least > g->most)
        return mcpar__fail(r, MCPAR_ERR_ARGUMENT, "least of the goal is %llu, above most, which is %llu",
                           (unsigned long long)g->least, (unsigned long long)g->most);
    if (mc->settings.in_force.parts > 1)
        return mcpar__fail(r, MCPAR_ERR_STATE, "this is part %d of %d, and a part alone cannot tell when a goal is met: use "
                           "mcpar_sample", mc->settings.in_force.part, mc->settings.in_force.parts);
    if (mc->unfinished && !mc->towards_goal && mcpar__missing(mc).n > 0)
        return mcpar__fail_unfinished(mc, "call mcpar_sample");
    return 0;
}

int mcpar__goal_open(struct mcpar__goal *goal, mcpar *mc, const mcpar_goal *of)
{
    return check(goal, mc, of, true);
}

uint64_t mcpar__goal_hash(const struct mcpar__goal *goal)
{
    uint64_t word[5] = { goal->of.observable, goal->of.least, goal->of.most, 0, 0 }, hash = 0;

    memcpy(&word[3], &goal->of.half_width, sizeof word[3]);
    memcpy(&word[4], &goal->of.relative, sizeof word[4]);
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        hash = mcpar__mix(hash, word[i]);
    return hash;
}

/* ---- Where it is judged ---- */

static uint64_t after(uint64_t look)
{
    return look + (look / STEPS ? look / STEPS : 1);
}

/* The lowest look at which no more than its trials are held. */
static uint64_t look_from(const struct mcpar__goal *goal, uint64_t held)
{
    uint64_t look = goal->of.least;

    while (look < held && look < goal->of.most)
        look = after(look);
    look = look < goal->of.most ? look : goal->of.most;
    return look > held ? look : held;
}

/* [0, end) becomes what is asked for; there is room. */
static void ask_to(mcpar *mc, uint64_t end)
{
    mcpar__ledger_clear(&mc->wanted);
    (void)mcpar__ledger_add(&mc->wanted, 0, end);
    mc->asked = end;
}

static bool complete_to(const mcpar *mc, uint64_t trial)
{
    const struct mcpar__ledger *held = &mc->held;

    return held->n == 1 && held->range[0].first == 0 && held->range[0].n == trial;
}

/* How many trials below this one, which is not below the last one held, are missing: a stop may have left gaps. */
static uint64_t gaps_below(const mcpar *mc, uint64_t end)
{
    return end - mcpar__ledger_trials(&mc->held);
}

static uint64_t hits_after_pilot(const mcpar *mc)
{
    return mc->watcher.hits - mc->stopping.pilot_hits;
}

static struct mcpar__precision precision_of(const struct mcpar__goal *goal, const mcpar *mc)
{
    const mcpar_goal *g = &goal->of;

    return (struct mcpar__precision){ g->observable == MCPAR_HITS ? UINT64_MAX : g->observable, g->half_width, g->relative,
                                      mc->settings.in_force.confidence };
}

/* The record of an earlier call that met it, also of a program that was started again and may hold more by now. */
static const struct mcpar__met *met_before(const struct mcpar__goal *goal, const mcpar *mc)
{
    const struct mcpar__stopping *s = &mc->stopping;
    const struct mcpar__precision wanted = precision_of(goal, mc);

    for (uint64_t i = 0; i < s->n; i++)
        if (s->met[i].hits != MCPAR__NOT_MET && !memcmp(&wanted, &s->met[i].goal, sizeof wanted))
            return &s->met[i];
    return NULL;
}

/* The record of another goal that was met and had more hits than this one needs. */
static const struct mcpar__met *met_by_tighter(const struct mcpar__goal *goal, const mcpar *mc)
{
    const struct mcpar__stopping *s = &mc->stopping;

    for (uint64_t i = 0; i < s->n && s->rule == MCPAR__RULE_HITS && goal->hits > 0; i++)
        if (s->met[i].hits != MCPAR__NOT_MET && goal->hits <= s->met[i].hits)
            return &s->met[i];
    return NULL;
}

/* The record of the same call before the program was started again, which did not meet it: so this one does not, though
 * more trials are held by now. */
static const struct mcpar__met *unmet_before(const struct mcpar__goal *goal, const mcpar *mc)
{
    const struct mcpar__stopping *s = &mc->stopping;
    const struct mcpar__precision wanted = precision_of(goal, mc);
    const uint64_t most = goal->of.most > mc->asked_before ? goal->of.most : mc->asked_before;

    for (uint64_t i = 0; i < mc->checkpoint.goals; i++)
        if (s->met[i].hits == MCPAR__NOT_MET && s->met[i].end >= most && s->met[i].end < mcpar__ledger_end(&mc->held) &&
            !memcmp(&wanted, &s->met[i].goal, sizeof wanted))
            return &s->met[i];
    return NULL;
}

static void note(mcpar *mc, const struct mcpar__met *met)
{
    if (mc->stopping.n == MCPAR__MOST_MET && mc->checkpoint.goals > 0)
        mc->checkpoint.goals--;            /* the oldest one goes */
    mcpar__stopping_add(&mc->stopping, met);
    mc->unsaved = true;
}

static void note_met(struct mcpar__goal *goal, mcpar *mc, uint64_t end, uint64_t hits)
{
    const struct mcpar__met met = { precision_of(goal, mc), end, hits };

    goal->met = true;
    goal->end = end;
    note(mc, &met);
}

/* What is held is all that the goal allows. */
static void note_unmet(const struct mcpar__goal *goal, mcpar *mc)
{
    const struct mcpar__met met = { precision_of(goal, mc), mcpar__ledger_end(&mc->held), MCPAR__NOT_MET };

    for (uint64_t i = 0; i < mc->stopping.n; i++)
        if (!memcmp(&met, &mc->stopping.met[i], sizeof met))
            return;
    note(mc, &met);
}

void mcpar__goal_ask(struct mcpar__goal *goal, mcpar *mc)
{
    struct mcpar__stopping *s = &mc->stopping;
    const struct mcpar__met *met, *unmet;
    uint64_t end = mcpar__ledger_end(&mc->held);

    if (!mc->unfinished || !mc->towards_goal)
        mc->asked_before = mc->asked;
    unmet = unmet_before(goal, mc);
    met = unmet ? NULL : met_before(goal, mc);
    if (!met && !unmet && (met = met_by_tighter(goal, mc)) != NULL) {
        /* By another rule it might not be met when the program is started again. */
        const uint64_t last = s->met[s->n - 1].end;

        note_met(goal, mc, last > mc->asked_before ? last : mc->asked_before, 0);
        met = &s->met[s->n - 1];
    }
    end = end > mc->asked_before ? end : mc->asked_before;
    ask_to(mc, goal->of.most > end ? goal->of.most : end);
    goal->look = look_from(goal, end);
    goal->met = met != NULL;
    goal->unmet = unmet != NULL;
    goal->end = met ? met->end : unmet ? unmet->end : 0;
    if (met || unmet || s->rule != MCPAR__RULE_HITS || goal->of.observable != MCPAR_HITS)
        return;
    if (!goal->hits || hits_after_pilot(mc) + gaps_below(mc, end) >= goal->hits)
        s->rule = MCPAR__RULE_SEQUENCE;    /* that hit may be among trials that other calls added, or none is it */
    else
        goal->look = goal->of.most > end ? goal->of.most : end;
}

bool mcpar__goal_due(const struct mcpar__goal *goal, const mcpar *mc)
{
    return !goal->met && !goal->unmet && mcpar__ledger_end(&mc->held) > 0 && complete_to(mc, goal->look);
}

/* ---- Judging ---- */

/* Half the width that the goal allows. */
static double target(const mcpar_goal *g, const mcpar_estimate *e)
{
    return g->relative != 0 ? g->relative * fabs(e->mean) : g->half_width;
}

/* The tuning of the sequences for means, for a run that ends at about so many trials. */
static double tuned(double trials, const struct mcpar__goal *goal, double confidence)
{
    const double most = (double)goal->of.most, least = (double)goal->look;

    trials = trials < least ? least : trials;
    trials = trials < most ? trials : most;
    return mcpar__sequence_rho2(trials, confidence);
}

/* The first trials decide which rule is cheaper, and do not count in its interval: so both rules stay what they are. Where
 * other calls have sampled more than that, leaving all of them out could cost much: then nothing is decided by what was
 * seen, and a sequence counts them all. */
static void decide_hits(struct mcpar__stopping *s, const struct mcpar__goal *goal, uint64_t hits, uint64_t held)
{
    const double p = (double)hits / (double)held;
    double trials;

    if (s->rule != MCPAR__RULE_OPEN)
        return;
    s->rule = MCPAR__RULE_SEQUENCE;
    if (goal->hits && held > goal->of.least) {
        trials = mcpar__sequence_trials(__builtin_sqrt(p * (1 - p)), goal->of.relative * p, s->first.confidence);
    } else if (goal->hits) {
        s->pilot = held;
        s->pilot_hits = hits;
        if (p <= 0.6)
            s->rule = MCPAR__RULE_HITS;
        trials = hits ? (double)goal->hits / p : (double)goal->of.most;
    } else {
        trials = mcpar__sequence_trials(__builtin_sqrt(p * (1 - p)), goal->of.half_width, s->first.confidence);
    }
    if (s->rho2 == 0)
        s->rho2 = tuned(trials, goal, s->first.confidence);
}

/* As many trials as the rule takes that fits what has been seen. NaN: that tells nothing. */
static double trials_for(const struct mcpar__goal *goal, const mcpar_estimate *e)
{
    const double least = (double)goal->of.least;
    double trials;

    if (!(mcpar__std_dev(e) > 0) || !(target(&goal->of, e) > 0))
        return NAN;
    if (goal->hits && e->mean <= 0.6)
        return least + (double)goal->hits / e->mean;
    trials = mcpar__sequence_trials(mcpar__std_dev(e), target(&goal->of, e), e->confidence);
    trials += goal->hits ? least : 0;
    return trials > least ? trials : least;
}

/* At a look that has not met the goal. A sequence is tuned to where the run is likely to end, and far before it is much
 * too wide; close to it, its width tells more than the tuning. */
static double forecast_at(const struct mcpar__goal *goal, const mcpar_estimate *e)
{
    const double ratio = goal->half_width / target(&goal->of, e), held = (double)e->trials;
    const double by_width = ratio < 1e9 ? held * (ratio > 1 ? ratio * ratio : 1) : (double)NAN, by_rule = trials_for(goal, e);

    return by_rule > held && !(by_rule > by_width) ? by_rule : by_width;
}

static void judge_hits(struct mcpar__goal *goal, mcpar *mc, mcpar_estimate *e)
{
    struct mcpar__stopping *s = &mc->stopping;
    const struct mcpar__tally tally = { .hits = mc->watcher.hits };
    const uint64_t held = mcpar__ledger_trials(&mc->held);

    decide_hits(s, goal, tally.hits, held);
    mcpar__estimate_hits(e, &tally, held, mc->settings.in_force.confidence, s);
    if (s->rule == MCPAR__RULE_HITS) {
        if (e->hits)
            goal->forecast = (double)s->pilot + (double)goal->hits / ((double)e->hits / (double)e->trials);
        return;
    }
    goal->met = e->trials > s->pilot && (e->upper - e->lower) / 2 <= target(&goal->of, e);
}

static void judge_mean(struct mcpar__goal *goal, mcpar *mc, mcpar_estimate *e)
{
    struct mcpar__stopping *s = &mc->stopping;
    const uint64_t trials = mcpar__ledger_trials(&mc->held);
    const double confidence = mc->settings.in_force.confidence;

    mcpar__estimate_mean(e, &mc->all, goal->of.observable, trials, confidence);
    if (!(mcpar__std_dev(e) > 0) || mcpar__doubts_of(&mc->all, goal->of.observable, trials))
        return;
    if (s->rho2 == 0 && (goal->of.relative == 0 || fabs(e->mean) > 2 * e->std_error))
        s->rho2 = tuned(mcpar__sequence_trials(mcpar__std_dev(e), target(&goal->of, e), s->first.confidence), goal,
                        s->first.confidence);
    if (s->rho2 == 0)
        return;
    mcpar__stopped_mean(e, s);
    goal->met = (e->upper - e->lower) / 2 <= target(&goal->of, e);
}

/* Computed outside the host's floating-point environment. */
__attribute__((noinline)) static void judge(struct mcpar__goal *goal, mcpar *mc)
{
    mcpar__fpenv host = mcpar__fpenv_enter();
    mcpar_estimate e;

    if (mc->stopping.first.confidence == 0)
        mc->stopping.first = precision_of(goal, mc);
    if (goal->of.observable == MCPAR_HITS)
        judge_hits(goal, mc, &e);
    else
        judge_mean(goal, mc, &e);
    goal->half_width = (e.upper - e.lower) / 2;
    if (goal->of.observable != MCPAR_HITS)
        goal->mean = e;
    if (mc->stopping.rule != MCPAR__RULE_HITS || !goal->hits)
        goal->forecast = forecast_at(goal, &e);
    mcpar__fpenv_leave(host);
}

int mcpar__goal_judge(struct mcpar__goal *goal, mcpar *mc)
{
    const struct mcpar__stopping before = mc->stopping;
    const bool pending = mc->stopping.rule == MCPAR__RULE_HITS && goal->hits;
    int err = goal->of.observable == MCPAR_HITS ? 0 : mcpar__combine(mc, MCPAR__LOOK, &mc->all);

    if (err)
        return err;
    if (!pending)                          /* else it is all that the goal allows, and that hit is not in it */
        judge(goal, mc);
    if (goal->met)
        note_met(goal, mc, goal->look, 0);
    if (memcmp(&before, &mc->stopping, sizeof before))
        mc->unsaved = true;
    if (mc->stopping.rule == MCPAR__RULE_HITS && goal->hits)
        goal->look = goal->of.most > goal->look ? goal->of.most : goal->look;
    else if (!goal->met)
        goal->look = look_from(goal, goal->look + 1);
    return 0;
}

/* ---- Before it is run ---- */

__attribute__((noinline)) static void forecast(const struct mcpar__goal *goal, const mcpar *mc, double *trials, double *seconds)
{
    mcpar__fpenv host = mcpar__fpenv_enter();
    const uint64_t held = mcpar__ledger_trials(&mc->held);
    const double confidence = mc->settings.in_force.confidence;
    mcpar_estimate e;

    if (goal->of.observable == MCPAR_HITS)
        mcpar__estimate_hits(&e, &mc->all, held, confidence, NULL);
    else
        mcpar__estimate_mean(&e, &mc->all, goal->of.observable, held, confidence);
    *trials = trials_for(goal, &e);
    *seconds = NAN;
    if (*trials <= (double)held)
        *seconds = 0;
    else if (mc->timed_trials > 0)
        *seconds = (*trials - (double)held) / (double)mc->timed_trials * (double)mc->timed_ns * 1e-9;
    mcpar__fpenv_leave(host);
}

int mcpar__goal_forecast(mcpar *mc, const mcpar_goal *of, double *trials, double *seconds)
{
    struct mcpar__goal goal;
    double unwanted;
    int err;

    if (!trials && !seconds)
        return mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "trials and seconds are NULL");
    err = check(&goal, mc, of, false);
    if (!err)
        forecast(&goal, mc, trials ? trials : &unwanted, seconds ? seconds : &unwanted);
    return err;
}

/* ---- Rounds ---- */

/* A power of two that is at least the square root. */
static uint64_t root(uint64_t x)
{
    uint64_t r = 1;

    while (r < UINT64_C(1) << 31 && r * r < x)
        r *= 2;
    return r;
}

/* How many trials are likely not to reach the last hit; if only a few hits are missing, as many as may well do. */
static uint64_t short_of_last_hit(const struct mcpar__goal *goal, const mcpar *mc)
{
    const uint64_t trials = mcpar__ledger_trials(&mc->held), hits = mc->watcher.hits;
    const uint64_t left = goal->hits - hits_after_pilot(mc), spread = 2 * root(left);
    wide n;

    if (hits == 0)
        return trials;                     /* what is known so far says no more */
    n = (wide)(left > 2 * spread ? left - spread : left) * trials / hits;
    n = n < trials ? n : trials;
    return n ? (uint64_t)n : 1;
}

uint64_t mcpar__goal_most(const struct mcpar__goal *goal, const mcpar *mc, uint64_t first, uint64_t missing)
{
    uint64_t n = goal->look > first && goal->look - first < missing ? goal->look - first : missing, most = n;

    if (mc->stopping.rule == MCPAR__RULE_HITS && goal->hits)
        most = goal->ceiling != UINT64_MAX ? (goal->ceiling - first) / 2 : short_of_last_hit(goal, mc);
    most = most ? most : 1;
    return n < most ? n : most;
}

bool mcpar__goal_takes(struct mcpar__goal *goal, mcpar *mc, uint64_t first, uint64_t n, uint64_t hits, uint64_t lacking)
{
    if (mc->stopping.rule != MCPAR__RULE_HITS || !goal->hits || hits_after_pilot(mc) + hits + lacking < goal->hits)
        return true;
    if (lacking)
        return false;                      /* the run was stopped; where that hit is cannot be told */
    if (n > 1) {
        goal->ceiling = first + n;
        return false;
    }
    note_met(goal, mc, first + 1, goal->hits);
    return true;
}

int mcpar__goal_end(const struct mcpar__goal *goal, mcpar *mc)
{
    const mcpar_goal *g = &goal->of;

    if (goal->met || goal->unmet)
        ask_to(mc, goal->end > mc->asked_before ? goal->end : mc->asked_before);
    if (goal->met)
        return 0;
    if (goal->unmet)
        return mcpar__fail(&mc->report, MCPAR_UNMET, "this goal was not met within %llu trials before the program was "
                           "started again", (unsigned long long)goal->end);
    note_unmet(goal, mc);
    if (mc->stopping.rule == MCPAR__RULE_HITS && goal->hits)
        return mcpar__fail(&mc->report, MCPAR_UNMET, "%llu of the %llu hits that a relative error of %g needs were found in "
                           "%llu trials, all that the goal allows", (unsigned long long)hits_after_pilot(mc),
                           (unsigned long long)goal->hits, g->relative, (unsigned long long)mcpar__ledger_trials(&mc->held));
    if (goal->mean.status == MCPAR_STATUS_DOUBTFUL)
        return mcpar__fail(&mc->report, MCPAR_UNMET, "the error of the mean is doubtful (mcpar_diagnose) after %llu "
                           "trials, all that the goal of %s%g allows", (unsigned long long)mcpar__ledger_trials(&mc->held),
                           g->relative != 0 ? "a relative error of " : "", g->relative != 0 ? g->relative : g->half_width);
    return mcpar__fail(&mc->report, MCPAR_UNMET, "half the interval's width is %g after %llu trials, all that the goal of %s%g "
                       "allows", goal->half_width, (unsigned long long)mcpar__ledger_trials(&mc->held),
                       g->relative != 0 ? "a relative error of " : "", g->relative != 0 ? g->relative : g->half_width);
}
