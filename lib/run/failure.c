/* SPDX-License-Identifier: BSD-3-Clause */
/* failure.c - reports the lowest failing trial of a round in the same words on all ranks, and keeps it for the
 * program */
#include "run/agree.h"
#include <stdio.h>

void mcpar__failure_words(const mcpar *mc, const struct mcpar__failure *f, bool alone, char *what, size_t room)
{
    unsigned long long trial = f->trial, n = f->n;

    switch (f->code) {
    case MCPAR_ERR_TRIAL:
        if (f->n > 1)
            (void)snprintf(what, room, "the block of trials %llu to %llu returned %d%s", trial, trial + n - 1, f->returned,
                           alone ? "" : ", but none of its trials does alone");
        else
            (void)snprintf(what, room, "trial %llu returned %d", trial, f->returned);
        break;
    case MCPAR_ERR_VALUE:
        (void)snprintf(what, room, "trial %llu, observable %zu (%.255s)", trial, f->observable,
                       mc->schema.name[f->observable]);
        break;
    case MCPAR_ERR_HITS:
        (void)snprintf(what, room, "%llu hits in the %llu trials from trial %llu", (unsigned long long)f->hits, n, trial);
        break;
    case MCPAR_ERR_CRASH:
        if (f->null && !mc->schema.observables)
            (void)snprintf(what, room, "trial %llu, run alone three times, by signal %d at a null pointer: "
                           "values is NULL because no observables were declared with mcpar_observe", trial, f->signal);
        else if (f->signal)
            (void)snprintf(what, room, "trial %llu, run alone three times, by signal %d", trial, f->signal);
        else
            (void)snprintf(what, room, "trial %llu, run alone three times, by an exit", trial);
        break;
    case MCPAR_ERR_LEFT:
        if (f->n > 1)
            (void)snprintf(what, room, "the block of trials %llu to %llu was left by an exception or longjmp", trial,
                           trial + n - 1);
        else
            (void)snprintf(what, room, "trial %llu was left by an exception or longjmp", trial);
        break;
    case MCPAR_ERR_STUCK:
        (void)snprintf(what, room, "trial %llu, run alone three times, took longer than stuck_seconds", trial);
        break;
    default:
        (void)snprintf(what, room, "trial %llu", trial);
    }
}

void mcpar__failed_at(mcpar *mc, int code, uint64_t trial)
{
    const mcpar_options *o = &mc->settings.in_force;

    mc->failed.code = code;
    mc->failed.seed = o->seed;
    mc->failed.stream = o->stream;
    mc->failed.trial = trial;
}

/* The message says which trial failed, why, and which call runs it alone: for a block that fails only as a whole, the
 * whole block. */
int mcpar__tell_failure(mcpar *mc, const struct mcpar__job *job, const struct mcpar__failure *f)
{
    const mcpar_options *o = &mc->settings.in_force;
    char what[400], call[80];

    mcpar__failed_at(mc, f->code, f->trial);
    mcpar__failure_words(mc, f, false, what, sizeof what);
    if (job->block)
        (void)snprintf(call, sizeof call, "mcpar_replay_block(mc, %llu, %llu, ...)", (unsigned long long)f->trial,
                       f->n > 1 ? (unsigned long long)f->n : 1);
    else
        (void)snprintf(call, sizeof call, "mcpar_replay(mc, %llu, ...)", (unsigned long long)f->trial);
    return mcpar__fail(&mc->report, f->code, "%s; %s runs it alone, with seed %llu and stream %lu", what, call,
                       (unsigned long long)o->seed, (unsigned long)o->stream);
}

/* The rank that ran the trial sends the reason to all ranks, so that all report the same. */
int mcpar__share_failure(mcpar *mc, uint64_t lowest, struct mcpar__failure *failure)
{
    struct mcpar__agreement a = { { 0 }, { 0 } };
    int here = failure->code && failure->trial == lowest;

    if (mc->size == 1)
        return 0;
    a.min[MCPAR__WHY_CODE] = here ? (uint64_t)failure->code << 32 | (uint32_t)failure->returned : UINT64_MAX;
    a.min[MCPAR__WHY_PLACE] = here ? (uint64_t)failure->observable << 32 | (uint32_t)failure->signal : UINT64_MAX;
    a.min[MCPAR__WHY_HITS] = here ? failure->hits : UINT64_MAX;
    a.min[MCPAR__WHY_TRIALS] = here ? failure->n : UINT64_MAX;
    if (mcpar__agree(mc, &(struct mcpar__said){ .call = MCPAR__ROUND, .n = lowest }, &a))
        return mc->report.code;
    *failure = (struct mcpar__failure){ .code = (int)(a.min[MCPAR__WHY_CODE] >> 32), .trial = lowest,
                                        .returned = (int)(uint32_t)a.min[MCPAR__WHY_CODE],
                                        .observable = (size_t)(a.min[MCPAR__WHY_PLACE] >> 32),
                                        .signal = (int)(uint32_t)a.min[MCPAR__WHY_PLACE], .hits = a.min[MCPAR__WHY_HITS],
                                        .n = a.min[MCPAR__WHY_TRIALS] };
    return 0;
}
