/* SPDX-License-Identifier: BSD-3-Clause */
/* again.c - trials once more: one to look at, or a sample to compare */
#include "run/checkpoint.h"
#include "run/job.h"
#include "run/replay.h"
#include "run/verify.h"

static int replay(mcpar *mc, const struct mcpar__job *job, uint64_t first, size_t n, int *returned, uint64_t *hits,
                  double *values)
{
    int err;

    if (!job->trial && !job->block)
        err = mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "the function is NULL");
    else if (n < 1 || n > MCPAR__MAX_BLOCK)
        err = mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "a block of %zu trials: n is not from 1 to %d", n,
                          MCPAR__MAX_BLOCK);
    else if (n - 1 > UINT64_MAX - first)
        err = mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "%zu trials from trial %llu on go past 2^64 - 1", n,
                          (unsigned long long)first);
    else
        err = mcpar__replay(mc, job, first, n, returned, hits, values);
    return mcpar__end(mc, err);
}

int mcpar_replay(mcpar *mc, uint64_t trial, mcpar_trial_fn fn, void *arg, int *hit, double *values)
{
    struct mcpar__job job;
    uint64_t hits = 0;
    int returned = 0, err = mcpar__begin(mc);

    if (err)
        return err;
    job = mcpar__trial_job(mc, fn, NULL, arg);
    err = replay(mc, &job, trial, 1, &returned, &hits, values);
    if (hit)
        *hit = returned;
    return err;
}

int mcpar_replay_block(mcpar *mc, uint64_t first, size_t n, mcpar_block_fn block, void *arg, uint64_t *hits,
                       double *values)
{
    struct mcpar__job job;
    uint64_t mine = 0;
    int returned = 0, err = mcpar__begin(mc);

    if (err)
        return err;
    job = mcpar__trial_job(mc, NULL, block, arg);
    err = replay(mc, &job, first, n, &returned, &mine, values);
    if (hits)
        *hits = mine;
    return err;
}

static int verify(mcpar *mc, uint64_t n, mcpar_trial_fn trial, mcpar_block_fn block, void *arg)
{
    struct mcpar__said said;
    struct mcpar__job job;
    int err = mcpar__begin_result(mc);

    if (err)
        return err;
    if (!trial && !block)
        (void)mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "the function is NULL");
    else if (n == 0)
        (void)mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "n is 0: how many trials are to be checked?");
    else if (mc->held.n == 0)
        (void)mcpar__fail(&mc->report, MCPAR_ERR_STATE, "the handle holds no trials that could be checked");
    said = mcpar__say(mc, MCPAR__VERIFY);
    said.n = n;
    said.block = block != NULL;
    err = mcpar__agree(mc, &said, NULL);
    if (err)
        return mcpar__end(mc, err);
    job = mcpar__pool_job(mc, trial, block, arg);
    return mcpar__end(mc, mcpar__verify(mc, &job, n));
}

int mcpar_verify(mcpar *mc, uint64_t n, mcpar_trial_fn trial, void *arg)
{
    return verify(mc, n, trial, NULL, arg);
}

int mcpar_verify_block(mcpar *mc, uint64_t n, mcpar_block_fn block, void *arg)
{
    return verify(mc, n, NULL, block, arg);
}
