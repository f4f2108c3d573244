/* SPDX-License-Identifier: BSD-3-Clause */
/* runner.h - what a runner contains, and the two ways to run a batch of trials: one by one, or as a block */
#ifndef MCPAR__RUNNER_H
#define MCPAR__RUNNER_H

#include "base/cache_line.h"
#include "random/block.h"
#include "random/rng.h"
#include "trial/trial.h"
#include <stdbool.h>

/* In the first trials of each batch, draws are counted to predict how many the trials of the next batch will take. */
enum { MCPAR__PROBE = 16 };

struct mcpar__runner {
    _Alignas(MCPAR__LINE) struct mcpar__rng rng;    /* first, so that a draw uses only one cache line */
    struct mcpar__job job;
    struct mcpar__block block;
    size_t longest, batch;                 /* the largest and the current number of trials in a full batch */
    size_t prefetched;                     /* draws that are made ahead for each trial; an even number */
    size_t used[MCPAR__PROBE], probed;     /* draws that each probed trial took, and the number of probed trials */
    uint32_t asked[MCPAR__SHAPES];         /* their draws of each shape (a distribution, or raw words) */
    uint64_t hits;                         /* in the current batch */
    bool careful;                          /* a trial has not restored its floating-point environment: check each one */
    bool wanted[MCPAR__SHAPES];            /* shapes that are made ahead because trials ask for them often */
    double *window;                        /* numbers made ahead for several trials: uniforms, then each shape */
    double *row;                           /* the values of one trial, if there is more than one observable */
    double *matrix;                        /* work space for sums.h, then the values of a batch, one column for each
                                              observable */
    double **column;
    void *scratch;
    struct { bool known; uint64_t digest; } answer[MCPAR__DIGESTS];    /* of the trials job.digest_of */
};

/* ---- single.c ---- */

/* Allocates the window. Returns 0 or MCPAR_ERR_MEMORY. */
int mcpar__singles_open(struct mcpar__runner *runner);

/* Runs trials [first, first + n) one by one. Their hits go to runner->hits and their values to the columns. Returns 0,
 * or failure->code with *failure describing the lowest trial that failed. */
int mcpar__singles_run(struct mcpar__runner *runner, uint64_t first, size_t n, struct mcpar__failure *failure);

/* ---- trial_block.c: the same for blocks ---- */

int mcpar__blocks_open(struct mcpar__runner *runner);
int mcpar__block_run(struct mcpar__runner *runner, uint64_t first, size_t n, struct mcpar__failure *failure);

/* ---- values.c ---- */

/* Checks that the values of trials [first, first + n) in the columns are finite. If some are not, *failure describes
 * the lowest of these trials. Returns failure->code. */
int mcpar__check_values(const struct mcpar__runner *runner, uint64_t first, size_t n, struct mcpar__failure *failure);

#endif
