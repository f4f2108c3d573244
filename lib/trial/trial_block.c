/* SPDX-License-Identifier: BSD-3-Clause */
/* trial_block.c - runs a batch as a block: one call of the user's function for all of its trials */
#include "base/fpenv.h"
#include "trial/runner.h"
#include <string.h>

enum {
    COLUMNS = 2048,                        /* numbers in all columns of a block: these fit into the L1 cache */
    LEAST = 128,                           /* trials in a block, even if its columns do not fit */
    EVEN = 64, SUMMED = 512                /* draws are made for 64 trials at once, and values are summed 512 at once */
};

/* Sets the number of trials in a block so that its columns of draws and values stay in the cache, rounded so that the
 * code that handles several trials at once has no short remainder. */
static void fit(struct mcpar__runner *runner, size_t columns)
{
    size_t fit = columns ? COLUMNS / columns : runner->longest;

    fit -= fit % (fit < SUMMED ? EVEN : SUMMED);
    fit = fit < LEAST ? LEAST : fit;
    runner->batch = fit < runner->longest ? fit : runner->longest;
}

int mcpar__blocks_open(struct mcpar__runner *runner)
{
    fit(runner, COLUMNS / 64);             /* a guess until the first block shows how many columns it uses */
    return mcpar__block_open(&runner->block, mcpar__key(runner->job.seed, runner->job.stream), runner->longest);
}

/* Makes one call for trials [first, first + n). Fills in *failure and returns its code; the values are not checked. */
static int call(struct mcpar__runner *runner, uint64_t first, size_t n, struct mcpar__failure *failure)
{
    struct mcpar__block *block = &runner->block;
    size_t observables = runner->job.schema->observables;

    mcpar__block_start(block, first, n);
    block->open.values = observables ? runner->column : NULL;
    block->open.scratch = runner->scratch;
    for (size_t k = 0; k < observables; k++)
        memset(runner->column[k], 0, n * sizeof(double));
    *failure = (struct mcpar__failure){ .trial = first, .n = n };
    failure->returned = runner->job.block(&block->open, runner->job.arg);
    (void)mcpar__fpenv_again();
    runner->hits = failure->hits = block->open.hits;
    fit(runner, block->used + observables);
    if (block->short_of_memory)
        failure->code = MCPAR_ERR_MEMORY;
    else if (failure->returned)
        failure->code = MCPAR_ERR_TRIAL;
    else if (block->past_last)
        failure->code = MCPAR_ERR_DRAWS;
    else if (failure->hits > n)
        failure->code = MCPAR_ERR_HITS;
    return failure->code;
}

/* A block failed. Runs its trials alone, to find the lowest one that fails. */
static int isolate(struct mcpar__runner *runner, uint64_t first, size_t n, struct mcpar__failure *failure)
{
    struct mcpar__failure whole = *failure;

    for (size_t i = 0; i < n; i++)
        if (call(runner, first + i, 1, failure) || mcpar__check_values(runner, first + i, 1, failure))
            return failure->code;
    *failure = whole;
    return failure->code;
}

int mcpar__block_run(struct mcpar__runner *runner, uint64_t first, size_t n, struct mcpar__failure *failure)
{
    int err = call(runner, first, n, failure);

    if (!err)
        err = mcpar__check_values(runner, first, n, failure);
    return err && err != MCPAR_ERR_MEMORY ? isolate(runner, first, n, failure) : err;
}
