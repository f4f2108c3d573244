/* SPDX-License-Identifier: BSD-3-Clause */
/* rng.h - the inside of an mcpar_rng: one trial's stream
 *
 * The numbers between next and end are ready. The draw at `end` would be number end_draw, so the next draw is number
 * end_draw - (end - next), and inlined draws need not count. Code that changes more than `next` also makes `end` point
 * into the rng's own array, so `end` alone tells the trial loop whether it has to reset the rest. */
#ifndef MCPAR__RNG_H
#define MCPAR__RNG_H

#include "random/dist/distributions.h"
#include "random/philox/philox.h"
#include <mcpar.h>
#include <stdbool.h>

enum { MCPAR__AHEAD = 64 };                /* the most numbers that a refill makes; half as many with their words */

/* A window: numbers that the trial loop has made ahead for some trials. They are the uniforms of the first draws and,
 * if trials are known to ask for other shapes (distributions.h), the same draws in those shapes. All zero: none. */
struct mcpar__window {
    const double *uniform;
    ptrdiff_t words;                       /* as in mcpar_rng */
    const double *shaped[MCPAR__DISTRIBUTIONS];
    size_t made[MCPAR__DISTRIBUTIONS];     /* how many of each, from the start of the window */
};

struct mcpar__rng {
    mcpar_rng open;                        /* must be first: what inlined draws see */
    uint64_t end_draw;
    uint64_t trial;
    struct mcpar__key key;
    uint32_t past_last;                    /* more than 2^32 draws were taken */
    size_t ahead;                          /* blocks that the next refill makes at least */
    ptrdiff_t words;                       /* as open.words, but that is 0 while words are counted */
    bool counted;                          /* words are not read inline: a call takes and counts each */
    bool worded;                           /* words were taken: a refill makes them too */
    struct mcpar__window window;
    uint32_t asked[MCPAR__SHAPES];         /* draws taken of each shape; tells the trial loop what to make ahead */
    void *scratch;
    uint64_t cached, cached_trial;         /* `block` has draws 2 * cached and 2 * cached + 1; UINT64_MAX: none */
    struct mcpar__words block;
    union {
        double ready[MCPAR__AHEAD];
        struct {
            double number[MCPAR__AHEAD / 2];
            uint64_t word[MCPAR__AHEAD / 2];
        } both;
    };
};

_Static_assert(sizeof(struct mcpar__rng) <= sizeof(mcpar_rng_space), "a stream fits into mcpar_rng_space");

/* Says where the words of the ready numbers are: how many bytes after each number. 0: there are none. */
static inline void mcpar__rng_words(struct mcpar__rng *rng, ptrdiff_t words)
{
    rng->words = words;
    rng->open.words = rng->counted ? 0 : words;
}

/* To be called first. */
static inline void mcpar__rng_prepare(struct mcpar__rng *rng, struct mcpar__key key, void *scratch)
{
    rng->key = key;
    rng->scratch = scratch;
    rng->cached = UINT64_MAX;
    rng->window = (struct mcpar__window){ .uniform = NULL };
    rng->counted = false;
}

/* Resets what a trial may have changed, except the three members that mcpar__rng_next sets: for draw 0 of a trial with
 * n draws ready. */
static inline void mcpar__rng_rest(struct mcpar__rng *rng, size_t n)
{
    rng->end_draw = n;
    rng->past_last = 0;
    rng->ahead = 2;
    rng->worded = rng->window.words != 0;
    mcpar__rng_words(rng, rng->window.words);
}

/* Goes to draw 0 of a trial, with its first n draws ready at `ready`. mcpar__rng_rest must have set the rest. */
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

/* Skips n draws, with their ready numbers. */
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

/* What mcpar_below returns if draw `draw` of a trial gave this word. */
uint64_t mcpar__below(struct mcpar__key key, uint64_t trial, uint64_t draw, uint64_t word, uint64_t bound);

#endif
