/* SPDX-License-Identifier: BSD-3-Clause */
/* quantile.h - piecewise polynomials by table: how the normal and the exponential turn a word into a value
 *
 * Private to random/dist. lib/random/dist/tables/make_quantiles.py derives the tables.
 *
 * The exponent and the next four bits of a number say in which piece of the range it lies. The table has a row for each
 * piece: a polynomial of degree 8. It is evaluated at t, the exact distance from the middle of the piece, and the value
 * is put together as  m * c0 + m * (rest),  where m * c0 is exact. So only the last addition's rounding counts.
 *
 * Why not a rational function of sqrt(-log p) (Wichura, AS 241, 1988)? Here every word takes the same path, without a
 * division, root, logarithm or branch, within 0.55 ulp, and AVX2, AVX-512 and NEON can all do the same: a row is one
 * cache line, so a vector is loads and a transposition. The table of the normal has 64 KiB, but three of four draws use
 * only 2 KiB of it and 99 of 100 draws 7 KiB.
 *
 * Every operation is an IEEE 754 addition or multiplication, in the order written in quantile_vector.h and the
 * distributions; build with -ffp-contract=off.
 */
#ifndef MCPAR__QUANTILE_H
#define MCPAR__QUANTILE_H

#include "random/dist/distributions.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __FAST_MATH__
#error "libmcpar's numbers are reproducible to the bit: do not compile it with -ffast-math"
#endif

/* One piece. c[0] to c[5] are doubles. Coefficients that need no more than 21 bits are stored as the upper half of a
 * double: packed[0] holds the rest of c0 (in its upper 32 bits) and c6 (lower), packed[1] holds c7 and c8. */
struct mcpar__row {
    double c[6];
    uint64_t packed[2];
};

extern const struct mcpar__row mcpar__normal_table[64 * 16];
extern const struct mcpar__row mcpar__exponential_table[2 * 16];

/* log 2 in two parts: n MCPAR__LN2_HIGH is exact for n up to 65, as a multiple of 2^-44 below 2^6. */
#define MCPAR__LN2_HIGH 0x1.62e42fefa3ap-1
#define MCPAR__LN2_LOW -0x1.0ca86c3898dp-49

/* mcpar__uniforms_of and mcpar__shape_words for each kind of CPU, all with the same bits. */
struct mcpar__quantile {
    const char *name;
    void (*uniforms)(const uint64_t *restrict w, double *restrict out, size_t n);
    void (*shaped[MCPAR__DISTRIBUTIONS])(const uint64_t *restrict w, double *restrict out, size_t n);
};

extern const struct mcpar__quantile mcpar__quantile_portable, mcpar__quantile_avx2, mcpar__quantile_avx512,
    mcpar__quantile_neon;

/* The table that this process uses, and a table by name: NULL if there is none or this CPU cannot run it
 * (cpu_dispatch.h). */
const struct mcpar__quantile *mcpar__quantile_path(void);
const struct mcpar__quantile *mcpar__quantile_named(const char *name);

#endif
