/* SPDX-License-Identifier: BSD-3-Clause */
/* trial.c - the trial loop: runs batches of trials, checks them and adds them to the tally */
#include "base/cache_line.h"
#include "base/fpenv.h"
#include "base/guard.h"
#include "result/first.h"
#include "sum/sums.h"
#include "trial/runner.h"
#include <stdlib.h>
#include <string.h>

enum {
    BATCH = 1024,                          /* trials in a batch: a few columns of doubles fit into the L1 cache */
    LONGEST = 4096,                        /* trials in a block that has no columns */
    VALUES = 131072                        /* most values in a batch, unless a single trial has more */
};

static int run_batch(struct mcpar__runner *runner, uint64_t first, size_t n, struct mcpar__tally *into,
                     struct mcpar__failure *failure)
{
    int err = runner->job.block ? mcpar__block_run(runner, first, n, failure)
                                : mcpar__singles_run(runner, first, n, failure);

    if (!err)
        mcpar__tally_add(into, runner->column, first, n, runner->hits, runner->matrix);
    return err;
}

/* Which of the digests is to be taken of this trial; MCPAR__DIGESTS: none. */
static int digest_of(const struct mcpar__runner *runner, uint64_t trial)
{
    int which = 0;

    while (which < MCPAR__DIGESTS && runner->job.digest_of[which] != trial)
        which++;
    return which;
}

/* Runs one trial by itself, so that what it returns can be told from what others return. */
static int run_digested(struct mcpar__runner *runner, uint64_t trial, int which, struct mcpar__tally *into,
                        struct mcpar__failure *failure)
{
    size_t observables = runner->job.schema->observables;
    int err = run_batch(runner, trial, 1, into, failure);

    if (err)
        return err;
    for (size_t k = 0; k < observables; k++)
        runner->row[k] = runner->column[k][0];
    runner->answer[which].digest = mcpar__digest(runner->hits, runner->row, observables);
    runner->answer[which].known = true;
    return 0;
}

bool mcpar__runner_digest(const struct mcpar__runner *runner, int which, uint64_t *digest)
{
    *digest = runner->answer[which].digest;
    return runner->answer[which].known;
}

/* Called if the user's function does not return (an exception or longjmp). */
static void leave_host(void *host)
{
    mcpar__fpenv_leave_whole(*(mcpar__fpenv_whole *)host);
}

int mcpar__runner_run(struct mcpar__runner *runner, uint64_t first, uint64_t n, struct mcpar__tally *into,
                      struct mcpar__failure *failure)
{
    mcpar__fpenv_whole host = mcpar__fpenv_enter_whole();
    MCPAR__GUARD guard = { .left = NULL };
    int err = 0, which = n > 0 ? digest_of(runner, first) : MCPAR__DIGESTS;

    mcpar__guard_open(&guard, leave_host, &host);
    if (which < MCPAR__DIGESTS) {
        err = run_digested(runner, first++, which, into, failure);
        n--;
    }
    while (n > 0 && !err) {
        size_t batch = n < runner->batch ? (size_t)n : runner->batch;

        err = run_batch(runner, first, batch, into, failure);
        first += batch;
        n -= batch;
    }
    mcpar__guard_close(&guard);
    mcpar__fpenv_leave_whole(host);
    return err;
}

uint64_t mcpar__runner_trial(const struct mcpar__runner *runner, uint64_t *n)
{
    *n = runner->job.block ? runner->block.open.n : 1;
    return runner->job.block ? runner->block.open.first : mcpar_trial_number(&runner->rng.open);
}

/* ---- Opening and closing a runner ---- */

static int allocate(struct mcpar__runner *runner)
{
    size_t observables = runner->job.schema->observables, stride;

    runner->longest = !runner->job.block ? BATCH : runner->job.longest ? runner->job.longest : LONGEST;
    if (observables > VALUES / runner->longest)
        runner->longest = VALUES / observables ? VALUES / observables : 1;
    runner->batch = runner->longest;
    if (runner->job.block ? mcpar__blocks_open(runner) : mcpar__singles_open(runner))
        return MCPAR_ERR_MEMORY;
    if (observables == 0)
        return 0;
    /* Whole cache lines, and one more: columns that are a power of 2 apart would evict each other from the cache. */
    stride = (runner->longest + 7) / 8 * 8 + 8;
    runner->row = calloc(observables, sizeof(double));
    runner->matrix = mcpar__cache_lines(MCPAR__SUMS_ROOM + observables * stride, sizeof(double));
    runner->column = calloc(observables, sizeof *runner->column);
    if (!runner->row || !runner->matrix || !runner->column)
        return MCPAR_ERR_MEMORY;
    for (size_t k = 0; k < observables; k++)
        runner->column[k] = runner->matrix + MCPAR__SUMS_ROOM + k * stride;
    return 0;
}

static void close_unready(void *runner)
{
    mcpar__runner_close(runner);
}

int mcpar__runner_open(struct mcpar__runner **out, const struct mcpar__job *job)
{
    struct mcpar__runner *runner = mcpar__cache_lines(1, sizeof *runner);
    int err;

    *out = NULL;
    if (!runner)
        return MCPAR_ERR_MEMORY;
    memset(runner, 0, sizeof *runner);
    runner->job = *job;
    err = allocate(runner);
    if (!err && job->scratch_new) {
        MCPAR__GUARD guard = { .left = NULL };

        mcpar__guard_open(&guard, close_unready, runner);
        runner->scratch = job->scratch_new(job->scratch_arg);
        mcpar__guard_close(&guard);
        if (!runner->scratch)
            err = MCPAR_ERR_SCRATCH;
    }
    mcpar__rng_prepare(&runner->rng, mcpar__key(job->seed, job->stream), runner->scratch);
    if (err) {
        mcpar__runner_close(runner);
        return err;
    }
    *out = runner;
    return 0;
}

void mcpar__runner_close(struct mcpar__runner *runner)
{
    void (*scratch_free)(void *scratch, void *scratch_arg);
    void *scratch, *arg;

    if (!runner)
        return;
    scratch = runner->scratch;
    scratch_free = runner->job.scratch_free;
    arg = runner->job.scratch_arg;
    mcpar__block_close(&runner->block);
    free(runner->window);
    free(runner->row);
    free(runner->matrix);
    free(runner->column);
    free(runner);
    if (scratch && scratch_free)           /* last, because an exception may leave it */
        scratch_free(scratch, arg);
}
