/* SPDX-License-Identifier: BSD-3-Clause */
/* job.h - what the handle tells those who run trials (trial/trial.h): made anew in each call */
#ifndef MCPAR__JOB_H
#define MCPAR__JOB_H

#include "run/handle.h"

/* What a trial sees of the handle, without what concerns workers and stops. One of trial and block is NULL. */
struct mcpar__job mcpar__trial_job(const mcpar *mc, mcpar_trial_fn trial, mcpar_block_fn block, void *arg);

/* The same for a pool, with its limits and stops. Which trials the job is about is left open. */
struct mcpar__job mcpar__pool_job(mcpar *mc, mcpar_trial_fn trial, mcpar_block_fn block, void *arg);

#endif
