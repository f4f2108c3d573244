/* SPDX-License-Identifier: BSD-3-Clause */
/* rng.h - the inside of an mcpar_rng: one trial's stream
 *
 * The numbers between next and end are ready. What stands at `end` is draw number end_draw, so the draw that
 * comes next is end_draw - (end - next), and the fast path keeps no count. Whoever changes more than `next` lets `end`
 * point into the rng's own array: so `end` alone tells the trial loop that there is something to put back. */
#ifndef MCPAR__RNG_H
#define MCPAR__RNG_H

#include "random/dist/distributions.h"
#include "random/philox/philox.h"
#include <mcpar.h>
#include <stdbool.h>

enum { MCPAR__AHEAD = 64 };                /* the most numbers that a refill makes; half as many with their words */

/* What the trial loop has ready of a stretch of draws: the uniforms, and in the same places, where trials are known to
 * ask for them, other shapes of the same words. All zero: nothing. */
struct mcpar__window {
    const double *uniform;
    ptrdiff_t words;                       /* as in mcpar_rng */
    const double *shaped[MCPAR__DISTRIBUTIONS];
    size_t made[MCPAR__DISTRIBUTIONS];     /* so many of each, from the beginning on */
};

struct mcpar__rng {
    mcpar_rng open;                        /* must be first: what inlined draws see */
    uint64_t end_draw;
    uint64_t trial;
    struct mcpar__key key;
    uint32_t past_last;                    /* more than 2^32 draws were taken */
    size_t ahead;                          /* blocks that the next refill makes at least */
    ptrdiff_t words;                       /* as open.words, which is 0 while words are counted */
    bool counted;                          /* each word is taken by a call, which counts it */
    bool worded;                           /* words were taken: a refill makes them too */
    struct mcpar__window window;
    uint32_t asked[MCPAR__SHAPES];         /* draws of each shape that were taken; for the trial loop's foresight */
    void *scratch;
    uint64_t cached, cached_trial;         /* whose block `block` holds: half of its first draw, UINT64_MAX: nobody's */
    struct mcpar__words block;
    union {
        double ready[MCPAR__AHEAD];
        struct {
            double number[MCPAR__AHEAD / 2];
            uint64_t word[MCPAR__AHEAD / 2];
        } both;
    };
};

_Static_assert(sizeof(struct mcpar__rng) <= sizeof(mcpar_rng_space), "a stream fits in what the host gives");

/* Where the words of the ready numbers stand: bytes from each number to its word, 0: nowhere. */
static inline void mcpar__rng_words(struct mcpar__rng *rng, ptrdiff_t words)
{
    rng->words = words;
    rng->open.words = rng->counted ? 0 : words;
}

/* Before all else. */
static inline void mcpar__rng_prepare(struct mcpar__rng *rng, struct mcpar__key key, void *scratch)
{
    rng->key = key;
    rng->scratch = scratch;
    rng->cached = UINT64_MAX;
    rng->window = (struct mcpar__window){ .uniform = NULL };
    rng->counted = false;
}

/* Puts what a trial may have changed, but for the three members that mcpar__rng_next sets, where it is at draw 0 of a
 * trial of which `n` draws are ready. */
static inline void mcpar__rng_rest(struct mcpar__rng *rng, size_t n)
{
    rng->end_draw = n;
    rng->past_last = 0;
    rng->ahead = 2;
    rng->worded = rng->window.words != 0;
    mcpar__rng_words(rng, rng->window.words);
}

/* At draw 0 of a trial, of which the first `n` draws are ready at `ready`; the rest is as mcpar__rng_rest left it. */
static inline void mcpar__rng_next(struct mcpar__rng *rng, uint64_t trial, const double *ready, size_t n)
{
    rng->open.next = ready;
    rng->open.end = ready + n;
    rng->trial = trial;
}

/* Both. */
static inline void mcpar__rng_start(struct mcpar__rng *rng, uint64_t trial, const double *ready, size_t n)
{
    mcpar__rng_rest(rng, n);
    mcpar__rng_next(rng, trial, ready, n);
}

static inline uint64_t mcpar__rng_draw(const struct mcpar__rng *rng)
{
    return rng->end_draw - (uint64_t)(rng->open.end - rng->open.next);
}

/* Passes over n draws: ready numbers that these had are not used. */
static inline void mcpar__rng_pass(struct mcpar__rng *rng, size_t n)
{
    uint64_t draw = mcpar__rng_draw(rng) + n;

    if (n <= (size_t)(rng->open.end - rng->open.next)) {
        rng->open.next += n;
    } else {
        rng->open.next = rng->open.end = rng->ready;
        rng->end_draw = draw;
    }
}

/* The scalar of mcpar_below, for a word that draw `draw` of a trial gave. */
uint64_t mcpar__below(struct mcpar__key key, uint64_t trial, uint64_t draw, uint64_t word, uint64_t bound);

#endif
