/* SPDX-License-Identifier: BSD-3-Clause */
/* philox.h - the generator: Philox4x32-10 by contract v1
 *
 * Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011,
 * doi 10.1145/2063384.2063405. Key: the seed, low word first. Counter: trial low, trial high, block, and
 * stream + 2^24 * purpose. A block gives two 64-bit words, 2^32 out0 + out1 and 2^32 out2 + out3. */
#ifndef MCPAR__PHILOX_H
#define MCPAR__PHILOX_H

#include <stddef.h>
#include <stdint.h>

#ifdef __FAST_MATH__
#error "libmcpar promises bits: do not compile it with -ffast-math"
#endif

struct mcpar__key {                        /* whose numbers: a seed and one of its streams */
    uint32_t low, high, stream;
};

struct mcpar__words {                      /* one block */
    uint64_t word[2];
};

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
        k0 += 0x9E3779B9u;                 /* golden ratio and sqrt(3) - 1, the paper's Weyl sequence */
        k1 += 0xBB67AE85u;
    }
    out.word[0] = (uint64_t)c0 << 32 | c1;
    out.word[1] = (uint64_t)c2 << 32 | c3;
    return out;
}

/* A word as a uniform double in [0, 1): exact in every rounding mode, never denormal. */
static inline double mcpar__unit(uint64_t word)
{
    return (double)(int64_t)(word >> 11) * 0x1p-53;
}

/* The bulk makers, one implementation a CPU path.
 * window, word_window: the first 2 * blocks draws of each of n trials, trial after trial.
 * sequence, word_sequence: draws of one trial, 2 * blocks of them from block `block` of a purpose.
 * uniforms, words: both draws of one block for each of n trials, an array each.
 * darts: of n trials, how many have x * x + y * y < 1, x and y the draws of a block: the reference workload. */
struct mcpar__philox {
    const char *name;
    size_t lanes;                          /* blocks that cost no more than one */
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

/* The path that this process uses: MCPAR_CPU if that names a usable one, else the best that the CPU has. */
const struct mcpar__philox *mcpar__philox_path(void);

/* NULL if there is no such path or this CPU cannot run it. */
const struct mcpar__philox *mcpar__philox_named(const char *name);

#endif
