/* rng.h - the inside of an mcpar_rng: one trial's stream
 *
 * The numbers between next and end are ready. What stands at `end` is draw number end_draw, so the draw that
 * comes next is end_draw - (end - next), and the fast path keeps no count. */
#ifndef MCPAR__RNG_H
#define MCPAR__RNG_H

#include "philox.h"
#include <mcpar.h>

enum { MCPAR__AHEAD = 64 };                /* the most numbers that a refill makes */

struct mcpar__rng {
    mcpar_rng open;                        /* must be first: what inlined draws see */
    uint64_t end_draw;
    uint64_t trial;
    struct mcpar__key key;
    uint32_t past_last;                    /* more than 2^32 draws were taken */
    uint32_t moved;                        /* more than `next` has changed since the start of the trial */
    size_t ahead;                          /* blocks that the next refill makes at least */
    void *scratch;
    uint64_t cached;                       /* the block that `words` holds, as its first draw; UINT64_MAX: none */
    struct mcpar__words words;
    double ready[MCPAR__AHEAD];
};

_Static_assert(sizeof(struct mcpar__rng) <= sizeof(mcpar_rng_space), "a stream fits in what the host gives");

/* At draw 0 of a trial, of which the first `n` draws are ready at `ready`. */
static inline void mcpar__rng_start(struct mcpar__rng *rng, uint64_t trial, const double *ready, size_t n)
{
    rng->open.next = ready;
    rng->open.end = ready + n;
    rng->end_draw = n;
    rng->trial = trial;
    rng->past_last = 0;
    rng->moved = 0;
    rng->ahead = 2;
    rng->cached = UINT64_MAX;
}

/* The same for a trial after another of as many ready draws: most trials take only what is ready, and leave all but
 * `next` as it was. */
static inline void mcpar__rng_next(struct mcpar__rng *rng, uint64_t trial, const double *ready, size_t n)
{
    if (rng->moved) {
        mcpar__rng_start(rng, trial, ready, n);
    } else {
        rng->open.next = ready;
        rng->open.end = ready + n;
        rng->trial = trial;
    }
}

static inline uint64_t mcpar__rng_draw(const struct mcpar__rng *rng)
{
    return rng->end_draw - (uint64_t)(rng->open.end - rng->open.next);
}

/* The scalar of mcpar_below, for a word that draw `draw` of a trial gave. */
uint64_t mcpar__below(struct mcpar__key key, uint64_t trial, uint64_t draw, uint64_t word, uint64_t bound);

#endif
