/* SPDX-License-Identifier: BSD-3-Clause */
/* philox.h - the generator: Philox4x32-10 as contract v1 has it (the frozen definition of the library's random numbers)
 *
 * Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011,
 * doi 10.1145/2063384.2063405. The key is the seed, low half first. The counter is the low and the high half of the
 * trial's number, a block number, and stream + 2^24 * purpose. Each counter gives a block: two 64-bit words,
 * 2^32 out0 + out1 and 2^32 out2 + out3. Draw j of a trial is word j % 2 of block j / 2, with purpose 0. */
#ifndef MCPAR__PHILOX_H
#define MCPAR__PHILOX_H

#include <stddef.h>
#include <stdint.h>

#ifdef __FAST_MATH__
#error "libmcpar's numbers are reproducible to the bit: do not compile it with -ffast-math"
#endif

struct mcpar__key {                        /* the seed and the stream */
    uint32_t low, high, stream;
};

struct mcpar__words {                      /* a block */
    uint64_t word[2];
};

/* Purposes: a trial's draws; what replaces draws past the last, 255 and down; further words for one draw, 1 to 127. */
enum { MCPAR__DRAWS = 0, MCPAR__PAST_LAST = 255, MCPAR__RETRIES = 1, MCPAR__LAST_RETRY = 127 };

#define MCPAR__MOST_DRAWS (UINT64_C(1) << 32)      /* of one trial */

static inline struct mcpar__key mcpar__key(uint64_t seed, uint32_t stream)
{
    struct mcpar__key key = { (uint32_t)seed, (uint32_t)(seed >> 32), stream };
    return key;
}

static inline struct mcpar__words mcpar__philox(struct mcpar__key key, uint64_t trial, uint32_t block,
                                                uint32_t purpose)
{
    uint32_t c0 = (uint32_t)trial, c1 = (uint32_t)(trial >> 32), c2 = block, c3 = key.stream + (purpose << 24);
    uint32_t k0 = key.low, k1 = key.high;
    struct mcpar__words out;

#if defined(__clang__)
#pragma unroll
#else
#pragma GCC unroll 10
#endif
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;

        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += 0x9E3779B9u;                 /* the paper's Weyl sequences: golden ratio, sqrt(3) - 1 */
        k1 += 0xBB67AE85u;
    }
    out.word[0] = (uint64_t)c0 << 32 | c1;
    out.word[1] = (uint64_t)c2 << 32 | c3;
    return out;
}

/* Turns a word into a uniform double in [0, 1): exact in every rounding mode, never denormal. */
static inline double mcpar__unit(uint64_t word)
{
    return (double)(int64_t)(word >> 11) * 0x1p-53;
}

/* The generator in bulk: a table of functions for each kind of CPU. They make uniforms or, where named so, words.
 * window, word_window: the first 2 * blocks draws of each of n trials, trial after trial.
 * sequence, word_sequence: 2 * blocks draws of one trial, from block `block` of a purpose on.
 * uniforms, words: both draws of block `block` for each of n trials, in one array each.
 * darts: the reference workload: in how many of n trials x * x + y * y < 1, where x and y are the draws of a block. */
struct mcpar__philox {
    const char *name;
    size_t lanes;                          /* how many blocks cost no more than one */
    void (*window)(double *out, struct mcpar__key key, uint64_t first, size_t n, size_t blocks);
    void (*word_window)(uint64_t *out, struct mcpar__key key, uint64_t first, size_t n, size_t blocks);
    void (*sequence)(double *out, struct mcpar__key key, uint64_t trial, uint32_t block, uint32_t purpose,
                     size_t blocks);
    void (*word_sequence)(uint64_t *out, struct mcpar__key key, uint64_t trial, uint32_t block, uint32_t purpose,
                          size_t blocks);
    void (*uniforms)(double *even, double *odd, struct mcpar__key key, uint64_t first, size_t n, uint32_t block);
    void (*words)(uint64_t *even, uint64_t *odd, struct mcpar__key key, uint64_t first, size_t n, uint32_t block);
    uint64_t (*darts)(struct mcpar__key key, uint64_t first, size_t n, uint32_t block);
};

extern const struct mcpar__philox mcpar__philox_portable, mcpar__philox_avx2, mcpar__philox_avx512,
    mcpar__philox_neon;

/* The table that this process uses, and a table by name: NULL if there is none or this CPU cannot run it
 * (cpu_dispatch.h). */
const struct mcpar__philox *mcpar__philox_path(void);
const struct mcpar__philox *mcpar__philox_named(const char *name);

#endif
