/* SPDX-License-Identifier: BSD-3-Clause */
/* progress.c - how far a sampling call is: trials, rate, time left and the estimate so far, to the program's callback */
#include "base/clock.h"
#include "base/fpenv.h"
#include "estimate/estimate.h"
#include "run/progress.h"
#include <math.h>

uint64_t mcpar__every_ns(const mcpar *mc)
{
    const mcpar_options *o = &mc->settings.in_force;
    uint64_t progress = o->progress ? mcpar__nanoseconds_of(&o->progress_seconds) : 0, checkpoint = mc->checkpoint.every_ns;

    if (mc->rank > 0)
        return 0;
    return checkpoint == 0 || (progress > 0 && progress < checkpoint) ? progress : checkpoint;
}

/* Trials that this process was asked to hold, and holds. */
static void count(const mcpar *mc, uint64_t *held, uint64_t *asked)
{
    *asked = mcpar__ledger_trials(&mc->wanted);
    *held = *asked - mcpar__ledger_lacking(&mc->wanted, &mc->held);
}

void mcpar__watcher_open(struct mcpar__watcher *watcher, const mcpar *mc, uint64_t hits)
{
    const mcpar_options *o = &mc->settings.in_force;
    uint64_t held, asked;

    *watcher = (struct mcpar__watcher){ .hits = hits };
    if (!o->progress)
        return;
    count(mc, &held, &asked);
    watcher->every_ns = mcpar__nanoseconds_of(&o->progress_seconds);
    watcher->start_ns = watcher->told_ns = mcpar__nanoseconds();
    watcher->next_ns = watcher->start_ns + watcher->every_ns;
    watcher->mark[0].ns = watcher->start_ns;
    watcher->mark[0].held = held;
    watcher->marks = 1;
}

static void estimate(mcpar_estimate *e, const mcpar *mc, uint64_t hits)
{
    const struct mcpar__tally tally = { .hits = hits };

    mcpar__estimate_hits_anytime(e, &tally, mcpar__ledger_trials(&mc->held), mc->settings.in_force.confidence);
    mcpar__tell_status(mc, e);
}

/* Computed outside the host's floating-point environment; marks: the oldest mark, and now. */
__attribute__((noinline)) static void fill(mcpar_progress *p, const struct mcpar__watcher *watcher, uint64_t now)
{
    uint64_t oldest = watcher->marks > MCPAR__MARKS ? watcher->marks % MCPAR__MARKS : 0;
    uint64_t ns = now - watcher->mark[oldest].ns, trials = p->held - watcher->mark[oldest].held;
    mcpar__fpenv host = mcpar__fpenv_enter();
    const double asked = watcher->towards_goal ? watcher->forecast : (double)p->asked, held = (double)p->held;
    volatile double seconds = (double)(now - watcher->start_ns) * 1e-9;
    volatile double since = (double)(now - watcher->told_ns) * 1e-9;
    volatile double rate = ns ? (double)trials / ((double)ns * 1e-9) : 0.0;
    volatile double remaining = asked <= held || p->held == p->asked ? 0.0 : trials ? (asked - held) / rate : (double)NAN;

    p->seconds = seconds;
    p->since = since;
    p->rate = rate;
    p->remaining = remaining;
    mcpar__fpenv_leave(host);
}

bool mcpar__watcher_tell(struct mcpar__watcher *watcher, mcpar *mc, bool last)
{
    const mcpar_options *o = &mc->settings.in_force;
    uint64_t now;
    mcpar_progress p = { .size = sizeof p, .last = last };
    size_t at;

    if (watcher->every_ns == 0 || mc->rank > 0)
        return false;
    now = mcpar__nanoseconds();
    if (now < watcher->next_ns && !last)
        return false;
    count(mc, &p.held, &p.asked);
    fill(&p, watcher, now);
    if (watcher->towards_goal && (!last || p.held < p.asked))
        p.asked = 0;                       /* a call that is stopped does not know it either */
    estimate(&p.estimate, mc, watcher->hits);
    if (watcher->goal.trials > 0)
        p.estimate = watcher->goal;
    at = watcher->marks++ % MCPAR__MARKS;
    watcher->mark[at].ns = now;
    watcher->mark[at].held = p.held;
    watcher->told_ns = now;
    watcher->next_ns = now + watcher->every_ns;
    return o->progress(&p, o->progress_arg) != 0;
}
