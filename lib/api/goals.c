/* SPDX-License-Identifier: BSD-3-Clause */
/* goals.c - the calls that sample until an estimate is precise enough, and the one that tells how long that takes */
#include "run/goal.h"
#include "run/sampling.h"

static const mcpar_goal none = MCPAR_GOAL_INIT;            /* refused, since it asks for nothing */

int mcpar_run(mcpar *mc, mcpar_trial_fn trial, void *arg, const mcpar_goal *goal)
{
    return mcpar__sampling(mc, 0, goal ? goal : &none, trial, NULL, arg);
}

int mcpar_run_block(mcpar *mc, mcpar_block_fn block, void *arg, const mcpar_goal *goal)
{
    return mcpar__sampling(mc, 0, goal ? goal : &none, NULL, block, arg);
}

int mcpar_forecast(mcpar *mc, const mcpar_goal *goal, double *trials, double *seconds)
{
    int err = mcpar__begin(mc);

    if (err)
        return err;
    err = mcpar__need_combined(mc);
    if (!err)
        err = mcpar__goal_forecast(mc, goal, trials, seconds);
    return mcpar__end(mc, err);
}
