/* SPDX-License-Identifier: BSD-3-Clause */
/* sampling.h - what mcpar_sample and mcpar_run, and their forms for blocks, have in common */
#ifndef MCPAR__SAMPLING_H
#define MCPAR__SAMPLING_H

#include <mcpar.h>

/* The whole call. goal is NULL, and n counts; or the run is towards a goal. One of trial and block is NULL. */
int mcpar__sampling(mcpar *mc, uint64_t n, const mcpar_goal *goal, mcpar_trial_fn trial, mcpar_block_fn block, void *arg);

#endif
