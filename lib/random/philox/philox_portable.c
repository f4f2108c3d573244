/* SPDX-License-Identifier: BSD-3-Clause */
/* philox_portable.c - the generator in bulk, in portable C: the reference for all other kinds of CPU */
#include "random/philox/philox.h"
#include <math.h>
#include <string.h>

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 12
#pragma GCC optimize("tree-vectorize")     /* from version 12 on, -O2 includes it */
#endif

enum { ROUNDS = 10, LANES = 16 };

#define M0 UINT64_C(0xD2511F53)
#define M1 UINT64_C(0xCD9E8D57)

/* LANES blocks at a time, in loops of a fixed length over plain arrays: most compilers turn these into vector code (gcc
 * from version 12 on at -O2), with the instructions that every CPU of the architecture has. */
struct state {
    uint32_t c0[LANES], c1[LANES], c2[LANES], c3[LANES];
};

static inline void turn(struct state *s, uint32_t k0, uint32_t k1)
{
    for (int i = 0; i < LANES; i++) {
        uint64_t p0 = M0 * s->c0[i], p1 = M1 * s->c2[i];

        s->c0[i] = (uint32_t)(p1 >> 32) ^ s->c1[i] ^ k0;
        s->c1[i] = (uint32_t)p1;
        s->c2[i] = (uint32_t)(p0 >> 32) ^ s->c3[i] ^ k1;
        s->c3[i] = (uint32_t)p0;
    }
}

static inline void turns(struct state *s, struct mcpar__key key)
{
    uint32_t k0 = key.low, k1 = key.high;

    for (int round = 0; round < ROUNDS; round++) {
        turn(s, k0, k1);
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
}

/* Makes one block of each of LANES trials. */
static inline void make_across(struct state *s, struct mcpar__key key, uint64_t first, uint32_t block)
{
    for (int i = 0; i < LANES; i++) {
        uint64_t trial = first + (uint64_t)i;

        s->c0[i] = (uint32_t)trial;
        s->c1[i] = (uint32_t)(trial >> 32);
        s->c2[i] = block;
        s->c3[i] = key.stream;
    }
    turns(s, key);
}

/* Makes LANES blocks of one trial. */
static inline void make_along(struct state *s, struct mcpar__key key, uint64_t trial, uint32_t block, uint32_t purpose)
{
    for (int i = 0; i < LANES; i++) {
        s->c0[i] = (uint32_t)trial;
        s->c1[i] = (uint32_t)(trial >> 32);
        s->c2[i] = block + (uint32_t)i;
        s->c3[i] = key.stream + (purpose << 24);
    }
    turns(s, key);
}

/* Does the same as mcpar__unit: the upper 32 bits of a word and the next 21 are written below the exponents of 2^20 and
 * 1/2, which makes them multiples of 2^-32 and 2^-53. The difference and the sum are exact. Where the host rounds down,
 * 0 comes out as -0; fabs clears its sign. */
static inline void units(double *out, const uint32_t *upper, const uint32_t *lower)
{
    for (int i = 0; i < LANES; i++) {
        uint64_t h = UINT64_C(0x4130000000000000) | upper[i], l = UINT64_C(0x3FE0000000000000) | lower[i] >> 11;
        double x, y;

        memcpy(&x, &h, sizeof x);
        memcpy(&y, &l, sizeof y);
        out[i] = fabs((x - (0x1p20 + 0.5)) + y);
    }
}

static inline uint64_t word_of(uint32_t upper, uint32_t lower)
{
    return (uint64_t)upper << 32 | lower;
}

/* Both draws of each block of a state, in two arrays. */
static inline void put_units(double *even, double *odd, const struct state *s)
{
    units(even, s->c0, s->c1);
    units(odd, s->c2, s->c3);
}

static inline void put_words(uint64_t *even, uint64_t *odd, const struct state *s)
{
    for (size_t i = 0; i < LANES; i++) {
        even[i] = word_of(s->c0[i], s->c1[i]);
        odd[i] = word_of(s->c2[i], s->c3[i]);
    }
}

/* The same in pairs, each of which stands `stride` numbers after the one before. */
static inline void put_unit_pairs(double *out, size_t stride, const struct state *s)
{
    double even[LANES], odd[LANES];

    put_units(even, odd, s);
    for (size_t i = 0; i < LANES; i++) {
        out[i * stride] = even[i];
        out[i * stride + 1] = odd[i];
    }
}

static inline void put_word_pairs(uint64_t *out, size_t stride, const struct state *s)
{
    for (size_t i = 0; i < LANES; i++) {
        out[i * stride] = word_of(s->c0[i], s->c1[i]);
        out[i * stride + 1] = word_of(s->c2[i], s->c3[i]);
    }
}

static inline uint64_t hits_of(const double *x, const double *y)
{
    uint64_t hits = 0;

    for (int i = 0; i < LANES; i++)
        hits += x[i] * x[i] + y[i] * y[i] < 1.0 ? UINT64_C(1) : UINT64_C(0);
    return hits;
}

#define NUMBER double
#define PUT put_units
#define PUT_PAIRS put_unit_pairs
#define NUMBER_OF(word) mcpar__unit(word)
#define NAMED(name) unit_##name
#include "random/philox/philox_portable_numbers.h"

#define NUMBER uint64_t
#define PUT put_words
#define PUT_PAIRS put_word_pairs
#define NUMBER_OF(word) (word)
#define NAMED(name) word_##name
#include "random/philox/philox_portable_numbers.h"

static uint64_t darts(struct mcpar__key key, uint64_t first, size_t n, uint32_t block)
{
    uint64_t hits = 0;
    size_t i = 0;

    for (; i + LANES <= n; i += LANES) {
        struct state s;
        double x[LANES], y[LANES];

        make_across(&s, key, first + i, block);
        put_units(x, y, &s);
        hits += hits_of(x, y);
    }
    for (; i < n; i++) {
        struct mcpar__words w = mcpar__philox(key, first + i, block, MCPAR__DRAWS);
        double x = mcpar__unit(w.word[0]), y = mcpar__unit(w.word[1]);

        hits += x * x + y * y < 1.0;
    }
    return hits;
}

const struct mcpar__philox mcpar__philox_portable = {
    "portable", 2, unit_window, word_window, unit_sequence, word_sequence, unit_columns, word_columns, darts
};
