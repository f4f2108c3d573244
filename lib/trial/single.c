/* SPDX-License-Identifier: BSD-3-Clause */
/* single.c - runs a batch trial by trial: makes the random numbers of many trials at once, then calls each trial */
#include "base/cache_line.h"
#include "base/fpenv.h"
#include "trial/runner.h"
#include <stdlib.h>
#include <string.h>

enum {
    WINDOW = 2048,                         /* numbers that are made ahead: these fit into the L1 cache */
    OTHERS = 8,                            /* a shape is made ahead if more than 1 in 8 draws asks for it */
    PREFETCHED = 256,                      /* the most draws that are made ahead for one trial */
    REFILL = 48                            /* a refill within a trial costs about as much as 48 draws made ahead */
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

/* Makes the first draws of n trials from `trial` on, in each shape that is wanted. */
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

/* ---- How many draws to make ahead ---- */

/* Returns what it would have cost, in units of one draw, to make w draws ahead for each of these trials: the draws made
 * ahead, and for each trial that took more, a refill and the missing draws. */
static size_t cost(const size_t *used, size_t n, size_t w)
{
    size_t sum = n * w;

    for (size_t i = 0; i < n; i++)
        sum += used[i] > w ? REFILL + used[i] - w : 0;
    return sum;
}

/* Returns how many draws to make ahead for each trial of the next batch: the even number that would have been best for
 * the probed trials. One long trial among short ones therefore does not increase it for all. */
static size_t foresee(const size_t *used, size_t n)
{
    size_t best = 0, least = SIZE_MAX, last = SIZE_MAX;

    for (size_t i = 0; i < n; i++) {
        size_t w = used[i] < PREFETCHED ? (used[i] + 1) & ~(size_t)1 : PREFETCHED, c;

        if (w == last)
            continue;                      /* most trials take as many draws as the one before */
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

enum { DRAWS = 1, ENVIRONMENT = 2 };       /* what to check after each trial */

struct span {                              /* some trials, and where their numbers and values are */
    uint64_t trial, end;
    const double *numbers;                 /* draw 0 of the first trial */
    size_t at;                             /* its index in the columns */
};

/* Runs the trials of a span. Afterwards span->trial is the first trial that failed, or the end. This is inlined with
 * constants for observables and watch, because most trials take only a few nanoseconds. */
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
    unsigned int hits = 0;                 /* enough: a span has fewer than 2^32 trials */
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

/* Each case is a function of its own, so that the loop keeps few variables in registers. The functions are aligned to
 * cache lines, because the position of such a short loop within a line changes the cost of a trial with 3 draws by 3
 * cycles (measured on Zen 4). */
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

/* Decides what to make ahead in the next batch. */
static void learn(struct mcpar__runner *runner)
{
    runner->prefetched = foresee(runner->used, runner->probed);
    for (int shape = 0; shape < MCPAR__SHAPES; shape++)
        runner->wanted[shape] = OTHERS * (uint64_t)runner->asked[shape] > runner->probed * runner->prefetched;
}

/* Runs a batch and returns how many trials were good. Sets *left if a trial changed the floating-point environment and
 * did not restore it. */
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

/* Reading the CPU's floating-point control word takes as long as a short trial, because it waits for all arithmetic in
 * flight. It is therefore read only after each window. If a trial changed it and did not restore it, the batch is run
 * again, and from then on the word is read and restored after each trial. */
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
