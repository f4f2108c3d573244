/* SPDX-License-Identifier: BSD-3-Clause */
/* sampling.c - a sampling call from its arguments to its code: checked, agreed with the other ranks, run, and kept in the
 * checkpoint */
#include "run/agree.h"
#include "run/checkpoint.h"
#include "run/goal.h"
#include "run/job.h"
#include "run/sampling.h"
#include "run/verify.h"

/* Which trials the job is about: where they end, and whose answers are wanted as digests. */
static void aim(const mcpar *mc, struct mcpar__job *job)
{
    struct mcpar__range missing = mcpar__missing(mc);

    if (mc->check.known)
        job->digest_of[MCPAR__DIGEST_OLD] = mc->check.trial;
    if (missing.n == 0)
        return;
    job->end = mcpar__ledger_end(&mc->wanted);
    for (size_t i = 0; i < mc->held.n; i++)            /* the last trials may be held already */
        if (mc->held.range[i].first < job->end && job->end <= mc->held.range[i].first + mc->held.range[i].n)
            job->end = mc->held.range[i].first;
    if (mc->held.n == 0 || missing.first < mc->held.range[0].first)
        job->digest_of[MCPAR__DIGEST_NEW] = missing.first;
}

/* What a call of mcpar_sample cannot ask for. */
static void check_number(mcpar *mc, uint64_t n)
{
    if (n > UINT64_C(1) << 63)
        (void)mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "n = %llu is above 2^63: is it the negative number -%llu?",
                          (unsigned long long)n, (unsigned long long)(0 - n));
    else if (n > UINT64_MAX - mc->asked)
        (void)mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "n = %llu more than %llu trials go past 2^64 - 1",
                          (unsigned long long)n, (unsigned long long)mc->asked);
    else if (n > 0 && mc->unfinished && mcpar__missing(mc).n > 0)
        (void)mcpar__fail_unfinished(mc, "call");
}

/* Checks only trials that a goal is sure to need: beyond those held, and the first look, nobody knows. */
static int check_for_goal(mcpar *mc, const struct mcpar__job *job, const struct mcpar__goal *goal)
{
    const uint64_t least = goal->of.least, held = mcpar__ledger_end(&mc->held);

    return mcpar__check(mc, job, least > mc->asked ? least - mc->asked : 0, least > held ? least : held);
}

int mcpar__sampling(mcpar *mc, uint64_t n, const mcpar_goal *goal, mcpar_trial_fn trial, mcpar_block_fn block, void *arg)
{
    struct mcpar__said said;
    struct mcpar__job job;
    struct mcpar__agreement a = { { 0 }, { 0 } };
    struct mcpar__together all;
    struct mcpar__goal towards;
    int err = mcpar__begin_result(mc);

    if (err)
        return err;
    if (!trial && !block)
        (void)mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "the function is NULL");
    else if (goal)
        (void)mcpar__goal_open(&towards, mc, goal);
    else
        check_number(mc, n);
    if (!mc->report.code && mcpar__ledger_reserve(&mc->wanted, 1))
        (void)mcpar__fail(&mc->report, MCPAR_ERR_MEMORY, "for the list of trials asked for");
    job = mcpar__pool_job(mc, trial, block, arg);
    said = mcpar__say(mc, goal ? MCPAR__RUN : MCPAR__SAMPLE);
    said.n = goal ? 0 : n;
    said.block = block != NULL;
    said.goal = goal && !mc->report.code ? mcpar__goal_hash(&towards) : 0;
    all.stops = mcpar__stops(mc);
    a.sum[MCPAR__SUM_REQUESTED] = all.stops.requested;
    a.sum[MCPAR__SUM_TIMED] = all.stops.timed;
    a.sum[MCPAR__SUM_CHECK] = mc->settings.in_force.check == 1;
    a.min[MCPAR__LEAST_EVERY_NS] = mcpar__every_ns(mc) - 1;        /* 0, for never, becomes the most */
    a.sum[MCPAR__SUM_ROUND_HITS] = mc->mine.hits;
    err = mcpar__agree(mc, &said, &a);
    if (!err && a.sum[MCPAR__SUM_CHECK] > 0)
        err = goal ? check_for_goal(mc, &job, &towards) : mcpar__check(mc, &job, n, UINT64_MAX);
    if (!err) {
        all = (struct mcpar__together){ { a.sum[MCPAR__SUM_REQUESTED], a.sum[MCPAR__SUM_TIMED] },
                                        a.sum[MCPAR__SUM_ROUND_HITS], a.min[MCPAR__LEAST_EVERY_NS] + 1 };
        mc->watcher.hits = all.hits;
        if (goal)
            mcpar__goal_ask(&towards, mc);
        else
            mcpar__ask(mc, n);
        aim(mc, &job);
        if (goal)
            job.end = UINT64_MAX;          /* nobody knows which round is the last */
        if (mcpar__missing(mc).n > 0) {
            mc->combined = 0;
            mc->failed.code = 0;
        }
        mc->towards_goal = goal != NULL;
        mc->unfinished = true;             /* also if it does not return */
        err = mcpar__run(mc, &job, goal ? &towards : NULL, &all);
        mc->unfinished = err != 0 && err != MCPAR_UNMET;       /* that one has run all it may */
        /* A rank whose trial was left is no longer in this call. */
        if (mc->checkpoint.on && err != MCPAR_ERR_COMM && err != MCPAR_ERR_MISMATCH && err != MCPAR_ERR_MPI_STATE &&
            (err != MCPAR_ERR_LEFT || mc->size == 1)) {
            int other = mcpar__checkpoint_settle(mc, err == MCPAR_STOPPED);

            err = err ? err : other;
        }
        mcpar__run_told(mc);
    }
    return mcpar__end(mc, err);
}
