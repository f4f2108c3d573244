/* SPDX-License-Identifier: BSD-3-Clause */
/* single.c - a batch trial by trial: numbers made ahead for many trials at once, then one call each */
#include "base/cache_line.h"
#include "base/fpenv.h"
#include "trial/runner.h"
#include <stdlib.h>
#include <string.h>

enum {
    WINDOW = 2048,                         /* ready numbers: they stay in the first cache */
    OTHERS = 8,                            /* a shape is made ahead if one of so many ready numbers is taken in it */
    PREFETCHED = 256,                        /* the most draws of a trial that are made with its neighbours' */
    REFILL = 48                            /* a refill costs about as much as so many draws that are made ahead */
};

int mcpar__singles_open(struct mcpar__runner *runner)
{
    runner->prefetched = 2;
    runner->window = mcpar__cache_lines((1 + MCPAR__SHAPES) * WINDOW, sizeof(double));
    return runner->window ? 0 : MCPAR_ERR_MEMORY;
}

/* ---- The window ---- */

static double *numbers_of(struct mcpar__runner *runner, int shape)
{
    return runner->window + (1 + (size_t)shape) * WINDOW;
}

static bool wants_others(const struct mcpar__runner *runner)
{
    for (int shape = 0; shape < MCPAR__SHAPES; shape++)
        if (runner->wanted[shape])
            return true;
    return false;
}

/* What the next n trials from `trial` on draw first, in each shape that is wanted. */
static void make_window(struct mcpar__runner *runner, uint64_t trial, size_t n)
{
    const struct mcpar__philox *path = mcpar__philox_path();
    const size_t blocks = runner->prefetched / 2, numbers = n * runner->prefetched;
    uint64_t *word = (uint64_t *)(void *)numbers_of(runner, MCPAR__WORD);
    struct mcpar__window *window = &runner->rng.window;

    *window = (struct mcpar__window){ .uniform = runner->window };
    if (wants_others(runner)) {
        path->word_window(word, runner->rng.key, trial, n, blocks);
        mcpar__uniforms_of(word, runner->window, numbers);
        window->words = (const char *)word - (const char *)runner->window;
    } else {
        path->window(runner->window, runner->rng.key, trial, n, blocks);
    }
    for (int shape = 0; shape < MCPAR__DISTRIBUTIONS; shape++)
        if (runner->wanted[shape]) {
            double *out = numbers_of(runner, shape);

            mcpar__shape_words((enum mcpar__shape)shape, word, out, numbers);
            window->shaped[shape] = out;
            window->made[shape] = numbers;
        }
    mcpar__rng_rest(&runner->rng, runner->prefetched);
}

/* ---- Foresight ---- */

/* What it would have cost, in draws, to have w ready for each of these trials: those that were made, and for a trial
 * that took more a refill and the rest. */
static size_t cost(const size_t *used, size_t n, size_t w)
{
    size_t sum = n * w;

    for (size_t i = 0; i < n; i++)
        sum += used[i] > w ? REFILL + used[i] - w : 0;
    return sum;
}

/* How many draws to have ready for each trial of the next batch, an even number: what would have been best for the
 * probed ones. So one long trial does not widen its neighbours. */
static size_t foresee(const size_t *used, size_t n)
{
    size_t best = 0, least = SIZE_MAX, last = SIZE_MAX;

    for (size_t i = 0; i < n; i++) {
        size_t w = used[i] < PREFETCHED ? (used[i] + 1) & ~(size_t)1 : PREFETCHED, c;

        if (w == last)
            continue;                      /* most trials take as many as their neighbours */
        last = w;
        c = cost(used, n, w);
        if (c < least || (c == least && w < best)) {
            least = c;
            best = w;
        }
    }
    return best;
}

/* ---- The loop ---- */

static void refuse(struct mcpar__failure *failure, uint64_t trial, int returned)
{
    *failure = (struct mcpar__failure){ .trial = trial, .returned = returned, .n = 1 };
    failure->code = returned == 0 || returned == 1 ? MCPAR_ERR_DRAWS : MCPAR_ERR_TRIAL;
}

enum { DRAWS = 1, ENVIRONMENT = 2 };       /* what is looked at after each trial */

struct span {                              /* some trials, and where their numbers and values stand */
    uint64_t trial, end;
    const double *numbers;                 /* draw 0 of the first */
    size_t at;                             /* in the columns */
};

/* Runs the trials of a span; span->trial is then the first that is not good, or the end. Inlined with constants for
 * observables and watch, for most trials are over in a few nanoseconds. */
__attribute__((always_inline)) static inline void
run_span(struct mcpar__runner *runner, struct span *span, size_t observables, unsigned int watch,
         struct mcpar__failure *failure)
{
    const mcpar_trial_fn call = runner->job.trial;
    const size_t ready = runner->prefetched;
    const double *numbers = span->numbers;
    const uint64_t end = span->end;
    double *values = observables == 0 ? NULL : observables == 1 ? runner->column[0] + span->at : runner->row;
    struct mcpar__rng *rng = &runner->rng;
    unsigned int hits = 0;                 /* of less than 2^32 trials */
    uint64_t trial;

    for (trial = span->trial; trial < end; trial++) {
        const size_t at = span->at + (size_t)(trial - span->trial);
        unsigned int returned;

        if (observables > 1)
            memset(values, 0, observables * sizeof *values);
        mcpar__rng_next(rng, trial, numbers, ready);
        numbers += ready;
        returned = (unsigned int)call(&rng->open, values, runner->job.arg);
        if (watch & DRAWS)
            runner->used[at] = (size_t)mcpar__rng_draw(rng);
        if (watch & ENVIRONMENT)
            (void)mcpar__fpenv_again();
        if (!MCPAR_LIKELY(returned <= 1 && rng->open.end == numbers)) {
            if (returned > 1 || rng->past_last) {
                refuse(failure, trial, (int)returned);
                break;
            }
            mcpar__rng_rest(rng, ready);
        }
        hits += returned;
        for (size_t k = 0; k < observables && observables > 1; k++)
            runner->column[k][at] = values[k];
        if (observables == 1)
            values++;
    }
    runner->hits += hits;
    span->at += (size_t)(trial - span->trial);
    span->trial = trial;
    span->numbers = numbers;
}

/* A function each, so that few variables are alive in the loop; on a line of their own, for where a loop of a few
 * nanoseconds begins in a line changes what a trial of 3 draws costs by 3 cycles (Zen 4). */
#define SPAN(name, observables, watch)                                                                      \
    __attribute__((noinline, aligned(64))) static void                                                      \
    name(struct mcpar__runner *runner, struct span *span, struct mcpar__failure *failure)                   \
    {                                                                                                       \
        run_span(runner, span, observables, watch, failure);                                                \
    }
SPAN(span_of_hits, 0, 0)
SPAN(span_of_one, 1, 0)
SPAN(span_of_many, runner->job.schema->observables, 0)
SPAN(span_probed, runner->job.schema->observables, DRAWS)
SPAN(span_watched, runner->job.schema->observables, ENVIRONMENT)
SPAN(span_probed_and_watched, runner->job.schema->observables, DRAWS | ENVIRONMENT)

/* ---- The batch ---- */

static void probe(struct mcpar__runner *runner, struct span *span, size_t n, struct mcpar__failure *failure)
{
    if (n > MCPAR__PROBE)
        n = MCPAR__PROBE;
    runner->probed = n;
    span->end = span->trial + n;
    memset(runner->rng.asked, 0, sizeof runner->rng.asked);
    runner->rng.counted = true;
    mcpar__rng_rest(&runner->rng, runner->prefetched);
    (runner->careful ? span_probed_and_watched : span_probed)(runner, span, failure);
    runner->rng.counted = false;
    mcpar__rng_rest(&runner->rng, runner->prefetched);
    memcpy(runner->asked, runner->rng.asked, sizeof runner->asked);
}

/* What the next batch shall have ready. */
static void learn(struct mcpar__runner *runner)
{
    runner->prefetched = foresee(runner->used, runner->probed);
    for (int shape = 0; shape < MCPAR__SHAPES; shape++)
        runner->wanted[shape] = OTHERS * (uint64_t)runner->asked[shape] > runner->probed * runner->prefetched;
}

/* Returns how many are good; *left: one of them left something in the environment. */
static size_t run(struct mcpar__runner *runner, uint64_t first, size_t n, bool *left, struct mcpar__failure *failure)
{
    size_t observables = runner->job.schema->observables, most = wants_others(runner) ? WINDOW / 2 : WINDOW;
    size_t room = runner->prefetched ? most / runner->prefetched : n;
    void (*rest)(struct mcpar__runner *, struct span *, struct mcpar__failure *) =
        runner->careful ? span_watched
        : observables == 0 ? span_of_hits
        : observables == 1 ? span_of_one : span_of_many;
    struct span span = { first, first, runner->window, 0 };

    *failure = (struct mcpar__failure){ 0 };
    runner->hits = 0;
    if (observables == 1)
        memset(runner->column[0], 0, n * sizeof(double));
    while (span.at < n && !failure->code) {
        size_t some = n - span.at < room ? n - span.at : room;
        uint64_t end = span.trial + some;

        make_window(runner, span.trial, some);
        span.numbers = runner->window;
        if (span.at == 0)
            probe(runner, &span, some, failure);
        span.end = end;
        if (!failure->code)
            rest(runner, &span, failure);
        *left |= mcpar__fpenv_again();
    }
    if (!failure->code)
        learn(runner);
    return span.at;
}

/* Looking after each trial at the CPU's control word would cost as much as a short trial (it waits for all arithmetic
 * that is on its way). So it is looked at after each window: if a trial changed it and did not put it back, the batch
 * is run again, and from now on each trial is looked after. */
int mcpar__singles_run(struct mcpar__runner *runner, uint64_t first, size_t n, struct mcpar__failure *failure)
{
    bool left = false;
    size_t good = run(runner, first, n, &left, failure);

    if (left) {
        runner->careful = true;
        good = run(runner, first, n, &left, failure);
    }
    return mcpar__check_values(runner, first, good, failure);
}
