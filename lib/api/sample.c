/* SPDX-License-Identifier: BSD-3-Clause */
/* sample.c - the calls that add trials, and the one that empties the handle */
#include "run/agree.h"
#include "run/checkpoint.h"
#include "run/sampling.h"

int mcpar_sample(mcpar *mc, uint64_t n, mcpar_trial_fn trial, void *arg)
{
    return mcpar__sampling(mc, n, NULL, trial, NULL, arg);
}

int mcpar_sample_block(mcpar *mc, uint64_t n, mcpar_block_fn block, void *arg)
{
    return mcpar__sampling(mc, n, NULL, NULL, block, arg);
}

int mcpar_reset(mcpar *mc, uint32_t stream)
{
    int err = mcpar__begin(mc);

    if (err)
        return err;
    if (stream >= MCPAR__STREAMS)
        (void)mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "stream is %lu, not from 0 to %d", (unsigned long)stream,
                          MCPAR__STREAMS - 1);
    err = mcpar__agree(mc, &(struct mcpar__said){ .call = MCPAR__RESET, .stream = stream }, NULL);
    if (err)
        return mcpar__end(mc, err);
    mcpar__checkpoint_keep(mc);
    mc->checkpoint.adopted = false;
    mcpar__tally_clear(&mc->mine);
    mcpar__ledger_clear(&mc->wanted);
    mcpar__ledger_clear(&mc->held);
    mc->asked = 0;
    mc->unfinished = mc->towards_goal = mc->unsaved = false;
    mc->stopping = (struct mcpar__stopping){ 0 };
    mc->first.known = mc->check.known = false;
    mc->merged.n = mc->merged.known = 0;
    mc->failed.code = 0;
    mc->combined = 0;
    mc->settings.in_force.stream = stream;
    mc->settings.origin[MCPAR__STREAM] = MCPAR_ORIGIN_PROGRAM;
    return mcpar__end(mc, MCPAR_OK);
}
