/* SPDX-License-Identifier: BSD-3-Clause */
/* alone.c - runs a trial or a block by itself */
#include "base/bits.h"
#include "base/cache_line.h"
#include "base/fpenv.h"
#include "base/guard.h"
#include "random/block.h"
#include "random/rng.h"
#include "trial/alone.h"
#include <stdlib.h>
#include <string.h>

enum {
    ROW_MARGIN = 512, COLUMN_MARGIN = 64,  /* doubles around the values of a trial, or each column of a block */
    PAINTED = 256                          /* words of the stack; few, because a thread may have little */
};

struct mcpar__alone {
    _Alignas(MCPAR__LINE) struct mcpar__rng rng;
    struct mcpar__job job;
    struct mcpar__block block;
    double *room;                          /* the values and their margins */
    size_t rooms, margin, longest;         /* doubles in it, and in a margin; trials in a block at most */
    double **column;
    void *scratch;
};

/* ---- The margin ---- */

static void put(double *at, uint64_t bits)
{
    memcpy(at, &bits, sizeof bits);
}

static void prepare(struct mcpar__alone *alone, size_t n, uint64_t fill)
{
    for (size_t i = 0; i < alone->rooms; i++)
        put(alone->room + i, fill);
    for (size_t k = 0; k < alone->job.schema->observables; k++)
        memset(alone->column[k], 0, n * sizeof(double));
}

/* The first of n doubles that are no longer what they were; n: none. */
static size_t changed(const double *at, size_t n, uint64_t fill)
{
    size_t i = 0;

    while (i < n && mcpar__bits_of(at[i]) == fill)
        i++;
    return i;
}

static void stray(struct mcpar__answer *answer, size_t observable, ptrdiff_t index)
{
    answer->strayed = true;
    answer->observable = observable;
    answer->index = index;
}

static void look(const struct mcpar__alone *alone, size_t n, uint64_t fill, struct mcpar__answer *answer)
{
    size_t observables = alone->job.schema->observables, at;

    for (at = alone->margin; at > 0 && mcpar__bits_of(alone->room[at - 1]) == fill; at--)
        ;
    if (at > 0)
        stray(answer, 0, (ptrdiff_t)at - (ptrdiff_t)alone->margin - 1);
    if (!alone->job.block) {
        at = changed(alone->column[0] + observables, alone->margin, fill);
        if (at < alone->margin)
            stray(answer, 0, (ptrdiff_t)(observables + at));
        return;
    }
    for (size_t k = 0; k < observables; k++) {
        size_t rest = alone->longest - n + alone->margin;

        at = changed(alone->column[k] + n, rest, fill);
        if (at < rest) {
            stray(answer, k, (ptrdiff_t)(n + at));
            return;
        }
    }
}

/* ---- Running ---- */

/* The function's variables will be where these words are. So if it reads a variable that it has not set, what it reads
 * is known, and can be another time something else. */
__attribute__((noinline)) static void paint(uint64_t fill)
{
    uint64_t stack[PAINTED];

    for (size_t i = 0; i < PAINTED; i++)
        stack[i] = fill;
    __asm__ volatile("" : : "r"(stack) : "memory");        /* somebody might read it */
}

__attribute__((noinline)) static int call_trial(struct mcpar__alone *alone, uint64_t fill)
{
    paint(fill);
    return alone->job.trial(&alone->rng.open, alone->column ? alone->column[0] : NULL, alone->job.arg);
}

__attribute__((noinline)) static int call_block(struct mcpar__alone *alone, uint64_t fill)
{
    paint(fill);
    return alone->job.block(&alone->block.open, alone->job.arg);
}

static void run_trial(struct mcpar__alone *alone, uint64_t trial, uint64_t fill, struct mcpar__answer *answer)
{
    mcpar__rng_start(&alone->rng, trial, alone->rng.ready, 0);
    answer->returned = answer->failure.returned = call_trial(alone, fill);
    answer->draws = mcpar__rng_draw(&alone->rng);
    answer->hits = answer->returned == 1;
    if (answer->returned != 0 && answer->returned != 1)
        answer->failure.code = MCPAR_ERR_TRIAL;
    else if (alone->rng.past_last)
        answer->failure.code = MCPAR_ERR_DRAWS;
}

static void run_block(struct mcpar__alone *alone, uint64_t first, size_t n, uint64_t fill, struct mcpar__answer *answer)
{
    struct mcpar__block *block = &alone->block;

    mcpar__block_start(block, first, n);
    block->open.values = alone->column;
    block->open.scratch = alone->scratch;
    answer->returned = answer->failure.returned = call_block(alone, fill);
    answer->draws = block->draw;
    answer->hits = answer->failure.hits = block->open.hits;
    if (block->short_of_memory)
        answer->failure.code = MCPAR_ERR_MEMORY;
    else if (answer->returned)
        answer->failure.code = MCPAR_ERR_TRIAL;
    else if (block->past_last)
        answer->failure.code = MCPAR_ERR_DRAWS;
    else if (answer->hits > n)
        answer->failure.code = MCPAR_ERR_HITS;
}

static bool is_finite(double x)
{
    return (mcpar__bits_of(x) >> 52 & 0x7ff) != 0x7ff;
}

/* If values are not finite, the failure is that of the lowest trial that reported one. */
static void check_values(const struct mcpar__alone *alone, uint64_t first, size_t n, struct mcpar__failure *failure)
{
    for (size_t i = 0; i < n && !failure->code; i++)
        for (size_t k = 0; k < alone->job.schema->observables && !failure->code; k++)
            if (!is_finite(alone->column[k][i]))
                *failure = (struct mcpar__failure){ MCPAR_ERR_VALUE, .trial = first + i, .observable = k, .n = 1 };
}

/* Called if the user's function does not return. */
static void leave_host(void *host)
{
    mcpar__fpenv_leave_whole(*(mcpar__fpenv_whole *)host);
}

void mcpar__alone_run(struct mcpar__alone *alone, uint64_t first, size_t n, uint64_t fill, struct mcpar__answer *answer)
{
    mcpar__fpenv_whole host;
    MCPAR__GUARD guard = { .left = NULL };

    *answer = (struct mcpar__answer){ .failure = { .trial = first, .n = n } };
    prepare(alone, n, fill);
    host = mcpar__fpenv_enter_whole();
    mcpar__guard_open(&guard, leave_host, &host);
    if (alone->job.block)
        run_block(alone, first, n, fill, answer);
    else
        run_trial(alone, first, fill, answer);
    (void)mcpar__fpenv_again();
    mcpar__guard_close(&guard);
    mcpar__fpenv_leave_whole(host);
    check_values(alone, first, n, &answer->failure);
    if (alone->room)
        look(alone, n, fill, answer);
}

double *const *mcpar__alone_values(const struct mcpar__alone *alone)
{
    return alone->column;
}

/* ---- Opening and closing ---- */

static int allocate(struct mcpar__alone *alone)
{
    const bool block = alone->job.block != NULL;
    size_t observables = alone->job.schema->observables, stride;

    if (block && mcpar__block_open(&alone->block, mcpar__key(alone->job.seed, alone->job.stream), alone->longest))
        return MCPAR_ERR_MEMORY;
    if (observables == 0)
        return 0;
    alone->margin = block ? COLUMN_MARGIN : ROW_MARGIN;
    stride = block ? alone->longest + alone->margin : 1;
    alone->rooms = block ? alone->margin + observables * stride : observables + 2 * alone->margin;
    alone->room = malloc(alone->rooms * sizeof(double));
    alone->column = calloc(observables, sizeof *alone->column);
    if (!alone->room || !alone->column)
        return MCPAR_ERR_MEMORY;
    for (size_t k = 0; k < observables; k++)
        alone->column[k] = alone->room + alone->margin + k * stride;
    return 0;
}

static void close_unready(void *alone)
{
    mcpar__alone_close(alone);
}

int mcpar__alone_open(struct mcpar__alone **out, const struct mcpar__job *job, size_t longest)
{
    struct mcpar__alone *alone = mcpar__cache_lines(1, sizeof *alone);
    int err;

    *out = NULL;
    if (!alone)
        return MCPAR_ERR_MEMORY;
    memset(alone, 0, sizeof *alone);
    alone->job = *job;
    alone->longest = longest;
    err = allocate(alone);
    if (!err && job->scratch_new) {
        MCPAR__GUARD guard = { .left = NULL };

        mcpar__guard_open(&guard, close_unready, alone);
        alone->scratch = job->scratch_new(job->scratch_arg);
        mcpar__guard_close(&guard);
        if (!alone->scratch)
            err = MCPAR_ERR_SCRATCH;
    }
    mcpar__rng_prepare(&alone->rng, mcpar__key(job->seed, job->stream), alone->scratch);
    if (err) {
        mcpar__alone_close(alone);
        return err;
    }
    *out = alone;
    return 0;
}

void mcpar__alone_close(struct mcpar__alone *alone)
{
    void (*scratch_free)(void *scratch, void *scratch_arg);
    void *scratch, *arg;

    if (!alone)
        return;
    scratch = alone->scratch;
    scratch_free = alone->job.scratch_free;
    arg = alone->job.scratch_arg;
    mcpar__block_close(&alone->block);
    free(alone->room);
    free(alone->column);
    free(alone);
    if (scratch && scratch_free)           /* last, because an exception may leave it */
        scratch_free(scratch, arg);
}
