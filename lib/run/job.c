/* SPDX-License-Identifier: BSD-3-Clause */
/* job.c - the jobs of trials that run alone, and of those that a pool runs */
#include "run/job.h"
#include "run/store.h"

struct mcpar__job mcpar__trial_job(const mcpar *mc, mcpar_trial_fn trial, mcpar_block_fn block, void *arg)
{
    const mcpar_options *o = &mc->settings.in_force;

    return (struct mcpar__job){ .trial = trial, .block = block, .arg = arg, .seed = o->seed, .stream = o->stream,
                                .schema = &mc->schema, .scratch_new = o->scratch_new, .scratch_free = o->scratch_free,
                                .scratch_arg = o->scratch_arg, .digest_of = { UINT64_MAX, UINT64_MAX } };
}

struct mcpar__job mcpar__pool_job(mcpar *mc, mcpar_trial_fn trial, mcpar_block_fn block, void *arg)
{
    const mcpar_options *o = &mc->settings.in_force;
    struct mcpar__job job = mcpar__trial_job(mc, trial, block, arg);

    job.longest = o->block == MCPAR_UNSET ? 0 : (size_t)o->block;
    job.deadlock_ns = mcpar__nanoseconds_of(&o->deadlock_seconds);
    job.stop_ns = mcpar__nanoseconds_of(&o->stop_seconds);
    job.stuck_ns = mcpar__nanoseconds_of(&o->stuck_seconds);
    job.stop = &mc->stop;
    job.lock = mcpar__store_lock(mc->checkpoint.store);
    job.may_be_serial = mc->pool_auto;
    return job;
}
