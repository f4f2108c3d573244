/* SPDX-License-Identifier: BSD-3-Clause */
/* rng.c - the draws of one trial, and the stream of any trial */
#include "base/fpenv.h"
#include "random/rng.h"
#include <stdbool.h>

__extension__ typedef unsigned __int128 wide;

static struct mcpar__rng *inside(mcpar_rng *rng)
{
    return (struct mcpar__rng *)(void *)rng;
}

/* Finds the block of a draw, and returns its purpose. Past the last draw, numbers come from reserved purposes, from 255
 * downwards, so that the loop of a runaway trial can end and nothing wraps around. */
static uint32_t place(uint64_t draw, uint32_t *block)
{
    uint64_t over = draw - MCPAR__MOST_DRAWS, purpose = over >> 33;

    if (draw < MCPAR__MOST_DRAWS) {
        *block = (uint32_t)(draw / 2);
        return MCPAR__DRAWS;
    }
    *block = (uint32_t)(over / 2);
    return MCPAR__PAST_LAST - (uint32_t)(purpose < 64 ? purpose : 63);
}

static uint64_t word_at(struct mcpar__rng *rng, uint64_t draw)
{
    if (rng->cached != draw / 2 || rng->cached_trial != rng->trial) {
        uint32_t block, purpose = place(draw, &block);

        rng->block = mcpar__philox(rng->key, rng->trial, block, purpose);
        rng->cached = draw / 2;
        rng->cached_trial = rng->trial;
    }
    return rng->block.word[draw & 1];
}

/* Makes numbers from the next draw on, and also their words if words were taken before. */
static void refill(struct mcpar__rng *rng)
{
    const struct mcpar__philox *path = mcpar__philox_path();
    uint64_t draw = mcpar__rng_draw(rng);
    uint32_t block, purpose = place(draw, &block);
    uint64_t most = purpose == MCPAR__DRAWS ? MCPAR__MOST_DRAWS / 2 - block : MCPAR__MOST_DRAWS - block;
    size_t ahead = rng->ahead > path->lanes ? rng->ahead : path->lanes;
    size_t room = rng->worded ? MCPAR__AHEAD / 4 : MCPAR__AHEAD / 2;
    size_t blocks = ahead < room ? ahead : room;

    if (blocks > most)
        blocks = (size_t)most;
    rng->past_last |= purpose != MCPAR__DRAWS;
    if (rng->worded) {
        path->word_sequence(rng->both.word, rng->key, rng->trial, block, purpose, blocks);
        mcpar__uniforms_of(rng->both.word, rng->both.number, 2 * blocks);
        mcpar__rng_words(rng, (const char *)rng->both.word - (const char *)rng->both.number);
    } else {
        path->sequence(rng->ready, rng->key, rng->trial, block, purpose, blocks);
        mcpar__rng_words(rng, 0);
    }
    if (2 * ahead <= MCPAR__AHEAD / 2)
        rng->ahead = 2 * ahead;            /* a trial that came back for more will likely come back again */
    rng->open.next = rng->ready + (draw & 1);
    rng->open.end = rng->ready + 2 * blocks;
    rng->end_draw = (draw & ~UINT64_C(1)) + 2 * blocks;
}

double mcpar_refill(mcpar_rng *open)
{
    refill(inside(open));
    return *open->next++;
}

extern inline double mcpar_uniform(mcpar_rng *rng);
extern inline uint64_t mcpar_word(mcpar_rng *rng);
extern inline uint64_t mcpar_below(mcpar_rng *rng, uint64_t bound);

static uint64_t next_draw(struct mcpar__rng *rng)
{
    uint64_t draw = mcpar__rng_draw(rng);

    mcpar__rng_pass(rng, 1);
    rng->past_last |= draw >= MCPAR__MOST_DRAWS;
    return draw;
}

/* If the window has the next draw ready in this shape, takes it, stores its index in *at and returns true. The index is
 * a difference of addresses; when `next` is not in the window, it is out of range. */
static bool take_ready(struct mcpar__rng *rng, enum mcpar__shape shape, size_t *at)
{
    *at = ((uintptr_t)rng->open.next - (uintptr_t)rng->window.uniform) / sizeof(double);
    rng->asked[shape]++;
    if (*at >= rng->window.made[shape] || rng->open.next == rng->open.end)
        return false;
    rng->open.next++;
    return true;
}

/* Takes the next draw and returns its word. Numbers that are ready without their words are skipped, one per call, and
 * their words made singly; the next refill makes both. */
static uint64_t take_word(struct mcpar__rng *rng)
{
    const char *next;

    rng->worded = true;
    if (rng->open.next == rng->open.end)
        refill(rng);
    if (!rng->words)
        return word_at(rng, next_draw(rng));
    next = (const char *)rng->open.next++;
    return *(const uint64_t *)(const void *)(next + rng->words);
}

uint64_t mcpar_refill_word(mcpar_rng *open)
{
    struct mcpar__rng *rng = inside(open);

    rng->asked[MCPAR__WORD]++;
    return take_word(rng);
}

/* Lemire, "Fast random integer generation in an interval", ACM TOMACS 29 (2019), doi 10.1145/3230636: returns the high
 * half of word * bound, and rejects the low halves that would make some results too frequent. What then replaces the
 * word comes from counters (trial, draw, purpose 1, 2, ...), two words each, so that it is still one draw. */
uint64_t mcpar__below(struct mcpar__key key, uint64_t trial, uint64_t draw, uint64_t word, uint64_t bound)
{
    wide product = (wide)word * bound;
    uint64_t low = (uint64_t)product;

    if (bound == 0)
        return word;
    if (low < bound) {
        uint64_t least = (0 - bound) % bound;

        /* The chance of needing all 254 further words is below 2^-254. */
        for (uint32_t r = 0; low < least && r < 2 * MCPAR__LAST_RETRY; r++) {
            struct mcpar__words more = mcpar__philox(key, trial, (uint32_t)draw, MCPAR__RETRIES + r / 2);

            product = (wide)more.word[r & 1] * bound;
            low = (uint64_t)product;
        }
    }
    return (uint64_t)(product >> 64);
}

uint64_t mcpar_refill_below(mcpar_rng *open, uint64_t bound)
{
    struct mcpar__rng *rng = inside(open);
    uint64_t draw = mcpar__rng_draw(rng);

    return mcpar__below(rng->key, rng->trial, draw, mcpar_refill_word(open), bound);
}

static double shaped(struct mcpar__rng *rng, double (*shape)(uint64_t word))
{
    uint64_t word = take_word(rng);
    mcpar__fpenv host = mcpar__fpenv_enter();
    double x = shape(word);

    mcpar__fpenv_leave(host);
    return x;
}

/* mcpar_normal, ... */
#define SHAPE(NAME, name)                                                                               \
    double mcpar_##name(mcpar_rng *open)                                                                \
    {                                                                                                   \
        struct mcpar__rng *rng = inside(open);                                                          \
        size_t at;                                                                                      \
                                                                                                        \
        return take_ready(rng, MCPAR__##NAME, &at) ? rng->window.shaped[MCPAR__##NAME][at]              \
                                                   : shaped(rng, mcpar__##name##_of);                   \
    }
#include "random/dist/shapes.h"

uint64_t mcpar_trial_number(const mcpar_rng *rng)
{
    return ((const struct mcpar__rng *)(const void *)rng)->trial;
}

void *mcpar_scratch(const mcpar_rng *rng)
{
    return ((const struct mcpar__rng *)(const void *)rng)->scratch;
}

mcpar_rng *mcpar_rng_open(mcpar_rng_space *space, uint64_t seed, uint32_t stream, uint64_t trial)
{
    struct mcpar__rng *rng = (struct mcpar__rng *)(void *)space;

    if (!space || stream >> 24)
        return NULL;
    mcpar__rng_prepare(rng, mcpar__key(seed, stream), NULL);
    mcpar__rng_start(rng, trial, rng->ready, 0);
    return &rng->open;
}

int mcpar_rng_jump(mcpar_rng *open, uint64_t draw)
{
    struct mcpar__rng *rng = inside(open);

    if (!rng || draw >= MCPAR__MOST_DRAWS)
        return MCPAR_ERR_ARGUMENT;
    open->next = open->end = rng->ready;
    rng->end_draw = draw;
    return MCPAR_OK;
}
