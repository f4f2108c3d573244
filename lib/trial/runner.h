/* SPDX-License-Identifier: BSD-3-Clause */
/* runner.h - the inside of a runner, and the two ways of its batches: trial by trial, and as a block */
#ifndef MCPAR__RUNNER_H
#define MCPAR__RUNNER_H

#include "base/cache_line.h"
#include "random/block.h"
#include "random/rng.h"
#include "trial/trial.h"
#include <stdbool.h>

enum { MCPAR__PROBE = 16 };                /* trials of a batch whose draws are counted to foresee the next ones' */

struct mcpar__runner {
    _Alignas(MCPAR__LINE) struct mcpar__rng rng;    /* first: what a draw touches lies in one line of the cache */
    struct mcpar__job job;
    struct mcpar__block block;
    size_t longest, batch;                 /* trials in a full batch: at most, and now */
    size_t prefetched;                       /* draws, even */
    size_t used[MCPAR__PROBE], probed;     /* draws of the first trials of a batch, and how many trials */
    uint32_t asked[MCPAR__SHAPES];         /* draws of theirs that were other shapes than uniforms */
    uint64_t hits;                         /* of a batch */
    bool careful;                          /* a trial has left a floating-point environment behind: look after each */
    bool wanted[MCPAR__SHAPES];            /* other shapes than uniforms that trials ask for */
    double *window;                        /* the ready numbers of some trials: uniforms, and as many of each shape */
    double *row;                           /* one trial's values, where it has more than one */
    double *matrix;                        /* room for sums.h, then the values of a batch, a column each */
    double **column;
    void *scratch;
    struct { bool known; uint64_t digest; } answer[MCPAR__DIGESTS];    /* of the trials job.digest_of */
};

/* ---- single.c ---- */

/* Room for numbers: 0 or MCPAR_ERR_MEMORY. */
int mcpar__singles_open(struct mcpar__runner *runner);

/* Runs trials [first, first + n) one by one: hits into runner->hits, values into the columns. 0 or failure->code, and
 * *failure then tells of the lowest that failed. */
int mcpar__singles_run(struct mcpar__runner *runner, uint64_t first, size_t n, struct mcpar__failure *failure);

/* ---- trial_block.c: the same by blocks ---- */

int mcpar__blocks_open(struct mcpar__runner *runner);
int mcpar__block_run(struct mcpar__runner *runner, uint64_t first, size_t n, struct mcpar__failure *failure);

/* ---- values.c ---- */

/* Are the values of trials [first, first + n), those in the columns, all finite? Else *failure is the lowest that has
 * one that is not. Returns failure->code. */
int mcpar__check_values(const struct mcpar__runner *runner, uint64_t first, size_t n, struct mcpar__failure *failure);

#endif
