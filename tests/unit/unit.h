/* SPDX-License-Identifier: BSD-3-Clause */
/* What these unit tests share: a check that costs nothing while it holds, bits of doubles, strange hosts
 * (host.h), and a second opinion on draws. */
#ifndef UNIT_H
#define UNIT_H

#include "golden.h"
#include "random/philox/philox.h"
#include "host.h"
#include <criterion/criterion.h>
#include <float.h>

/* Criterion tells its parent of every cr_assert that holds, which is too slow in loops of millions. */
#define CHECK(condition, ...)      \
    do {                           \
        if (!(condition))          \
            cr_assert(0, __VA_ARGS__); \
    } while (0)

#define LAST_DRAW (UINT64_C(1) << 32)      /* one past it */

/* ---- A second opinion ---- */

/* Word `draw` of a trial by the sentence of the contract. mcpar__philox itself is judged by test_philox. */
static inline uint64_t expected_word(uint64_t seed, uint32_t stream, uint64_t trial, uint64_t draw)
{
    uint32_t purpose = 0;

    if (draw >= LAST_DRAW) {
        purpose = 255 - (uint32_t)((draw - LAST_DRAW) / (2 * LAST_DRAW));
        draw = (draw - LAST_DRAW) % (2 * LAST_DRAW);
    }
    return mcpar__philox(mcpar__key(seed, stream), trial, (uint32_t)(draw / 2), purpose).word[draw % 2];
}

static inline double expected_uniform(uint64_t seed, uint32_t stream, uint64_t trial, uint64_t draw)
{
    return (double)(expected_word(seed, stream, trial, draw) >> 11) / 9007199254740992.0;
}

/* Lemire's method by quotient and remainder. */
static inline uint64_t expected_below(uint64_t seed, uint32_t stream, uint64_t trial, uint64_t draw, uint64_t bound)
{
    __extension__ typedef unsigned __int128 wide;
    uint64_t w = expected_word(seed, stream, trial, draw);

    if (bound == 0)
        return w;
    for (uint32_t r = 0; (uint64_t)((wide)w * bound) < (uint64_t)(((wide)1 << 64) % bound); r++)
        w = mcpar__philox(mcpar__key(seed, stream), trial, (uint32_t)draw, 1 + r / 2).word[r % 2];
    return (uint64_t)((wide)w * bound >> 64);
}

#endif
