/* trial.c - the trial loop: batches of trials through the user's function, checked, into the tally */
#include "trial.h"
#include "block.h"
#include "fpenv.h"
#include "rng.h"
#include <stdlib.h>
#include <string.h>

enum {
    BATCH = 512,                           /* trials in a batch: a few columns of doubles stay in the first cache */
    COLUMNS = 2048,                        /* numbers in all columns of a block, likewise */
    LEAST = 128,                           /* trials in a block whose columns are too many for that */
    LONGEST = 4096,                        /* trials in a block that has no columns */
    VALUES = 131072,                       /* values in a batch, unless one trial has more */
    FORESEEN = 16,                         /* the most draws of a trial that are made with its neighbours' */
    PROBE = 16                             /* trials of a batch whose draws are counted to foresee the next ones' */
};

struct mcpar__runner {
    struct mcpar__job job;
    struct mcpar__rng rng;
    struct mcpar__block block;
    size_t longest, batch;                 /* trials in a full batch: at most, and now */
    size_t foreseen;                       /* draws, even */
    double *window;                        /* longest * FORESEEN ready numbers */
    double *row;                           /* one trial's values, where it has more than one */
    double *matrix;                        /* the values of a batch, a column each */
    double **column;
    void *scratch;
};

/* ---- The batch through a trial function ---- */

/* How many draws to have ready for each trial of the next batch: what all but an eighth of the probed ones took, so
 * that one long trial does not widen its neighbours. */
static size_t foresee(size_t used[PROBE], size_t n)
{
    size_t most = 0;

    for (size_t rank = n / 8 + 1; rank > 0; rank--) {
        size_t top = 0;

        for (size_t i = 1; i < n; i++)
            if (used[i] > used[top])
                top = i;
        most = used[top];
        used[top] = 0;
    }
    return (most + 1) & ~(size_t)1;
}

static void refuse(struct mcpar__failure *failure, uint64_t trial, int returned)
{
    *failure = (struct mcpar__failure){ .trial = trial, .returned = returned, .n = 1 };
    failure->code = returned == 0 || returned == 1 ? MCPAR_ERR_DRAWS : MCPAR_ERR_TRIAL;
}

/* Runs trials [begin, end) of a batch that begins with trial `first`; used, if not NULL, learns how many draws each
 * took. Returns where it stopped: before `end` if that trial failed. Inlined with constants for observables, for most
 * trials are over in a few nanoseconds. */
__attribute__((always_inline)) static inline size_t
run_span(struct mcpar__runner *runner, uint64_t first, size_t begin, size_t end, size_t observables, size_t *used,
         uint64_t *hits, struct mcpar__failure *failure)
{
    const mcpar_trial_fn trial = runner->job.trial;
    void *const arg = runner->job.arg;
    const size_t ready = runner->foreseen;
    const double *numbers = runner->window + begin * ready;
    struct mcpar__rng *rng = &runner->rng;
    uint64_t sum = 0;
    size_t i;

    for (i = begin; i < end; i++, numbers += ready) {
        double *values = observables == 0 ? NULL : observables == 1 ? runner->column[0] + i : runner->row;
        int returned;

        if (observables > 1)
            memset(values, 0, observables * sizeof *values);
        mcpar__rng_next(rng, first + i, numbers, ready);
        returned = trial(&rng->open, values, arg);
        mcpar__fpenv_again();
        if (!MCPAR_LIKELY((returned == 0 || returned == 1) && !rng->past_last)) {
            refuse(failure, first + i, returned);
            break;
        }
        sum += (uint64_t)returned;
        for (size_t k = 0; k < observables && observables > 1; k++)
            runner->column[k][i] = values[k];
        if (used)
            used[i] = (size_t)(mcpar__rng_draw(rng) < FORESEEN ? mcpar__rng_draw(rng) : FORESEEN);
    }
    *hits += sum;
    return i;
}

/* Runs trials [first, first + n) of a batch. Returns how many are good; fewer than n: the next one failed. */
static size_t run_trials(struct mcpar__runner *runner, uint64_t first, size_t n, uint64_t *hits,
                         struct mcpar__failure *failure)
{
    size_t observables = runner->job.schema->observables, probed = n < PROBE ? n : PROBE, good;
    size_t used[PROBE] = { 0 };

    mcpar__philox_path()->window(runner->window, runner->rng.key, first, n, runner->foreseen / 2);
    runner->rng.moved = 1;
    good = run_span(runner, first, 0, probed, observables, used, hits, failure);
    if (good < probed)
        return good;
    if (observables == 0)
        good = run_span(runner, first, probed, n, 0, NULL, hits, failure);
    else if (observables == 1)
        good = run_span(runner, first, probed, n, 1, NULL, hits, failure);
    else
        good = run_span(runner, first, probed, n, observables, NULL, hits, failure);
    runner->foreseen = foresee(used, probed);
    return good;
}

/* ---- The batch through a block function ---- */

/* As many trials as keep their columns of draws and values in the cache. */
static void fit_batch(struct mcpar__runner *runner, size_t columns)
{
    size_t fit = columns ? COLUMNS / columns : LONGEST;

    fit = fit < LEAST ? LEAST : fit;
    runner->batch = fit < runner->longest ? fit : runner->longest;
}

/* One call of the block function; sets the code of a failure that is not told by the values. */
static int call_block(struct mcpar__runner *runner, uint64_t first, size_t n, struct mcpar__failure *failure)
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
    mcpar__fpenv_again();
    failure->hits = block->open.hits;
    fit_batch(runner, block->used + observables);
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

/* The lowest trial of the first n of a batch whose values are not all finite: n if none. */
static size_t first_bad_value(const struct mcpar__runner *runner, size_t n, size_t *observable)
{
    for (size_t k = 0; k < runner->job.schema->observables; k++) {
        size_t bad = mcpar__first_nonfinite(runner->column[k], n);

        if (bad < n) {
            n = bad;
            *observable = k;
        }
    }
    return n;
}

static int bad_value(struct mcpar__failure *failure, uint64_t trial, size_t observable)
{
    *failure = (struct mcpar__failure){ MCPAR_ERR_VALUE, .trial = trial, .observable = observable, .n = 1 };
    return failure->code;
}

/* A block failed: which of its trials does, alone? */
static int isolate(struct mcpar__runner *runner, uint64_t first, size_t n, struct mcpar__failure *failure)
{
    struct mcpar__failure whole = *failure;
    size_t observable = 0;

    for (size_t i = 0; i < n; i++) {
        if (call_block(runner, first + i, 1, failure))
            return failure->code;
        if (first_bad_value(runner, 1, &observable) < 1)
            return bad_value(failure, first + i, observable);
    }
    *failure = whole;
    return failure->code;
}

/* ---- Both ---- */

static int run_batch(struct mcpar__runner *runner, uint64_t first, size_t n, struct mcpar__tally *into,
                     struct mcpar__failure *failure)
{
    size_t good = n, observable = 0, bad;
    uint64_t hits = 0;

    *failure = (struct mcpar__failure){ 0 };
    if (runner->job.block) {
        if (call_block(runner, first, n, failure))
            return failure->code == MCPAR_ERR_MEMORY ? failure->code : isolate(runner, first, n, failure);
        hits = failure->hits;
    } else {
        if (runner->job.schema->observables == 1)
            memset(runner->column[0], 0, n * sizeof(double));
        good = run_trials(runner, first, n, &hits, failure);
    }
    bad = first_bad_value(runner, good, &observable);
    if (bad < good)
        return runner->job.block ? (bad_value(failure, first + bad, observable), isolate(runner, first, n, failure))
                                 : bad_value(failure, first + bad, observable);
    if (failure->code)
        return failure->code;
    mcpar__tally_add(into, runner->column, n, hits);
    return 0;
}

int mcpar__runner_run(struct mcpar__runner *runner, uint64_t first, uint64_t n, struct mcpar__tally *into,
                      struct mcpar__failure *failure)
{
    mcpar__fpenv_whole host = mcpar__fpenv_enter_whole();
    int err = 0;

    while (n > 0 && !err) {
        size_t batch = n < runner->batch ? (size_t)n : runner->batch;

        err = run_batch(runner, first, batch, into, failure);
        first += batch;
        n -= batch;
    }
    mcpar__fpenv_leave_whole(host);
    return err;
}

/* ---- Making and ending a runner ---- */

static int allocate(struct mcpar__runner *runner)
{
    size_t observables = runner->job.schema->observables;

    runner->longest = runner->job.block ? LONGEST : BATCH;
    if (observables > VALUES / runner->longest)
        runner->longest = VALUES / observables ? VALUES / observables : 1;
    fit_batch(runner, COLUMNS / 64);       /* the first block tells more */
    if (!runner->job.block)
        runner->batch = runner->longest;
    if (runner->job.block) {
        if (mcpar__block_open(&runner->block, mcpar__key(runner->job.seed, runner->job.stream), runner->longest))
            return MCPAR_ERR_MEMORY;
    } else {
        runner->window = malloc(runner->longest * FORESEEN * sizeof(double));
        if (!runner->window)
            return MCPAR_ERR_MEMORY;
    }
    if (observables == 0)
        return 0;
    runner->row = calloc(observables, sizeof(double));
    runner->matrix = calloc(observables * runner->longest, sizeof(double));
    runner->column = calloc(observables, sizeof *runner->column);
    if (!runner->row || !runner->matrix || !runner->column)
        return MCPAR_ERR_MEMORY;
    for (size_t k = 0; k < observables; k++)
        runner->column[k] = runner->matrix + k * runner->longest;
    return 0;
}

int mcpar__runner_open(struct mcpar__runner **out, const struct mcpar__job *job)
{
    struct mcpar__runner *runner = calloc(1, sizeof *runner);
    int err;

    *out = NULL;
    if (!runner)
        return MCPAR_ERR_MEMORY;
    runner->job = *job;
    runner->foreseen = 2;
    runner->rng.key = mcpar__key(job->seed, job->stream);
    err = allocate(runner);
    if (!err && job->scratch_new) {
        runner->scratch = job->scratch_new(job->scratch_arg);
        if (!runner->scratch)
            err = MCPAR_ERR_SCRATCH;
    }
    runner->rng.scratch = runner->scratch;
    if (err) {
        mcpar__runner_close(runner);
        return err;
    }
    *out = runner;
    return 0;
}

void mcpar__runner_close(struct mcpar__runner *runner)
{
    if (!runner)
        return;
    if (runner->scratch && runner->job.scratch_free)
        runner->job.scratch_free(runner->scratch, runner->job.scratch_arg);
    mcpar__block_close(&runner->block);
    free(runner->window);
    free(runner->row);
    free(runner->matrix);
    free(runner->column);
    free(runner);
}
