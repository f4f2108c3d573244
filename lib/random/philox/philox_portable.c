/* SPDX-License-Identifier: BSD-3-Clause */
/* philox_portable.c - the bulk makers in portable C: the reference for every other CPU path */
#include "random/philox/philox.h"
#include <math.h>
#include <string.h>

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 12
#pragma GCC optimize("tree-vectorize")     /* from version 12 on -O2 has it */
#endif

enum { ROUNDS = 10, LANES = 16 };

#define M0 UINT64_C(0xD2511F53)
#define M1 UINT64_C(0xCD9E8D57)

/* LANES blocks at a time, in loops of a fixed length over plain arrays: most compilers make vector code of them (gcc
 * from version 12 on at -O2) for the instructions that every CPU of its kind has. */
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

/* One block of each of LANES trials. */
static inline void across(struct state *s, uint64_t first, uint32_t block, uint32_t c3)
{
    for (int i = 0; i < LANES; i++) {
        uint64_t trial = first + (uint64_t)i;

        s->c0[i] = (uint32_t)trial;
        s->c1[i] = (uint32_t)(trial >> 32);
        s->c2[i] = block;
        s->c3[i] = c3;
    }
}

/* LANES blocks of one trial. */
static inline void along(struct state *s, uint64_t trial, uint32_t block, uint32_t c3)
{
    for (int i = 0; i < LANES; i++) {
        s->c0[i] = (uint32_t)trial;
        s->c1[i] = (uint32_t)(trial >> 32);
        s->c2[i] = block + (uint32_t)i;
        s->c3[i] = c3;
    }
}

static inline void make(struct state *s, struct mcpar__key key)
{
    uint32_t k0 = key.low, k1 = key.high;

    for (int round = 0; round < ROUNDS; round++) {
        turn(s, k0, k1);
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
}

/* As mcpar__unit: the 32 upper and the 21 next bits of a word are put below the exponents of 2^20 and 1/2, of which
 * they are multiples of 2^-32 and 2^-53. The difference and the sum are exact; 0 is -0 when the host rounds down. */
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

static inline uint64_t hits_of(const double *x, const double *y)
{
    uint64_t hits = 0;

    for (int i = 0; i < LANES; i++)
        hits += x[i] * x[i] + y[i] * y[i] < 1.0 ? UINT64_C(1) : UINT64_C(0);
    return hits;
}

static void sequence(double *out, struct mcpar__key key, uint64_t trial, uint32_t block, uint32_t purpose,
                     size_t blocks)
{
    size_t b = 0;

    for (; b + LANES <= blocks; b += LANES) {
        struct state s;
        double x[LANES], y[LANES];

        along(&s, trial, block + (uint32_t)b, key.stream + (purpose << 24));
        make(&s, key);
        units(x, s.c0, s.c1);
        units(y, s.c2, s.c3);
        for (size_t i = 0; i < LANES; i++) {
            out[2 * (b + i)] = x[i];
            out[2 * (b + i) + 1] = y[i];
        }
    }
    for (; b < blocks; b++) {
        struct mcpar__words w = mcpar__philox(key, trial, block + (uint32_t)b, purpose);

        out[2 * b] = mcpar__unit(w.word[0]);
        out[2 * b + 1] = mcpar__unit(w.word[1]);
    }
}

static void word_sequence(uint64_t *out, struct mcpar__key key, uint64_t trial, uint32_t block, uint32_t purpose,
                          size_t blocks)
{
    size_t b = 0;

    for (; b + LANES <= blocks; b += LANES) {
        struct state s;

        along(&s, trial, block + (uint32_t)b, key.stream + (purpose << 24));
        make(&s, key);
        for (size_t i = 0; i < LANES; i++) {
            out[2 * (b + i)] = word_of(s.c0[i], s.c1[i]);
            out[2 * (b + i) + 1] = word_of(s.c2[i], s.c3[i]);
        }
    }
    for (; b < blocks; b++) {
        struct mcpar__words w = mcpar__philox(key, trial, block + (uint32_t)b, purpose);

        out[2 * b] = w.word[0];
        out[2 * b + 1] = w.word[1];
    }
}

/* Lanes along the blocks of a trial if it has enough of them, else along the trials. */
static void word_window(uint64_t *out, struct mcpar__key key, uint64_t first, size_t n, size_t blocks)
{
    const size_t stride = 2 * blocks;
    size_t i = 0;

    for (; i + LANES <= n && blocks < LANES; i += LANES)
        for (size_t b = 0; b < blocks; b++) {
            struct state s;

            across(&s, first + i, (uint32_t)b, key.stream);
            make(&s, key);
            for (size_t j = 0; j < LANES; j++) {
                out[(i + j) * stride + 2 * b] = word_of(s.c0[j], s.c1[j]);
                out[(i + j) * stride + 2 * b + 1] = word_of(s.c2[j], s.c3[j]);
            }
        }
    for (; i < n; i++)
        word_sequence(out + i * stride, key, first + i, 0, MCPAR__DRAWS, blocks);
}

static void window(double *out, struct mcpar__key key, uint64_t first, size_t n, size_t blocks)
{
    const size_t stride = 2 * blocks;
    size_t i = 0;

    for (; i + LANES <= n && blocks < LANES; i += LANES)
        for (size_t b = 0; b < blocks; b++) {
            struct state s;
            double x[LANES], y[LANES];

            across(&s, first + i, (uint32_t)b, key.stream);
            make(&s, key);
            units(x, s.c0, s.c1);
            units(y, s.c2, s.c3);
            for (size_t j = 0; j < LANES; j++) {
                out[(i + j) * stride + 2 * b] = x[j];
                out[(i + j) * stride + 2 * b + 1] = y[j];
            }
        }
    for (; i < n; i++)
        sequence(out + i * stride, key, first + i, 0, MCPAR__DRAWS, blocks);
}

static void uniforms(double *even, double *odd, struct mcpar__key key, uint64_t first, size_t n, uint32_t block)
{
    struct state s;
    size_t i = 0;

    for (; i + LANES <= n; i += LANES) {
        across(&s, first + i, block, key.stream);
        make(&s, key);
        units(even + i, s.c0, s.c1);
        units(odd + i, s.c2, s.c3);
    }
    for (; i < n; i++) {
        struct mcpar__words w = mcpar__philox(key, first + i, block, MCPAR__DRAWS);

        even[i] = mcpar__unit(w.word[0]);
        odd[i] = mcpar__unit(w.word[1]);
    }
}

static void words(uint64_t *even, uint64_t *odd, struct mcpar__key key, uint64_t first, size_t n, uint32_t block)
{
    struct state s;
    size_t i = 0;

    for (; i + LANES <= n; i += LANES) {
        across(&s, first + i, block, key.stream);
        make(&s, key);
        for (size_t j = 0; j < LANES; j++) {
            even[i + j] = word_of(s.c0[j], s.c1[j]);
            odd[i + j] = word_of(s.c2[j], s.c3[j]);
        }
    }
    for (; i < n; i++) {
        struct mcpar__words w = mcpar__philox(key, first + i, block, MCPAR__DRAWS);

        even[i] = w.word[0];
        odd[i] = w.word[1];
    }
}

static uint64_t darts(struct mcpar__key key, uint64_t first, size_t n, uint32_t block)
{
    uint64_t hits = 0;
    struct state s;
    size_t i = 0;

    for (; i + LANES <= n; i += LANES) {
        double x[LANES], y[LANES];

        across(&s, first + i, block, key.stream);
        make(&s, key);
        units(x, s.c0, s.c1);
        units(y, s.c2, s.c3);
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
    "portable", 2, window, word_window, sequence, word_sequence, uniforms, words, darts
};
