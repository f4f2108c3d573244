/* SPDX-License-Identifier: BSD-3-Clause */
/* Piecewise polynomials by table: how the normal and the exponential turn a
 * word into a value. Private to normal.c, exponential.c and their tables, which
 * lib/random/dist/tables/make_quantiles.py derives.
 *
 * A piece is found from the exponent and the next four bits of a number, its
 * polynomial of degree 8 is evaluated at the exact distance t from the middle of
 * the piece, and the value is put together as  m * c0 + m * (rest),  where m * c0
 * is exact. So the one rounding that counts is the last addition.
 *
 * Why this and not a rational function of sqrt(-log p) (Wichura, AS 241, 1988):
 * one path for every word, no division, root, logarithm or branch, 0.55 ulp,
 * and nothing that AVX2, AVX-512 or NEON would have to do otherwise: a row
 * is one cache line, so a vector is loads and a transposition. The table of the
 * normal has 64 KiB, of which three of four draws touch 2 KiB and 99 of 100 draws
 * 7 KiB.
 *
 * Every operation is an IEEE 754 addition or multiplication in the order written
 * here; build with -ffp-contract=off. quantile_vector.h keeps this order.
 */
#ifndef MCPAR__QUANTILE_H
#define MCPAR__QUANTILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/bits.h"

/* One piece. c[0] to c[5] are doubles; what needs no more than 21 bits is kept as
 * the upper half of a double: packed[0] holds the rest of c0 (upper 32 bits) and
 * c6 (lower), packed[1] holds c7 and c8. */
struct mcpar__row {
    double c[6];
    uint64_t packed[2];
};

extern const struct mcpar__row mcpar__normal_table[64 * 16];
extern const struct mcpar__row mcpar__exponential_table[2 * 16];

/* log 2 in two parts: 65 MCPAR__LN2_HIGH is a multiple of 2^-44 below 2^6, so exact. */
#define MCPAR__LN2_HIGH 0x1.62e42fefa3ap-1
#define MCPAR__LN2_LOW -0x1.0ca86c3898dp-49

/* mcpar__uniforms_of, mcpar__normals_of and mcpar__exponentials_of as each CPU path has them: the same bits. */
struct mcpar__quantile {
    const char *name;
    void (*uniforms)(const uint64_t *restrict w, double *restrict out, size_t n);
    void (*normals)(const uint64_t *restrict w, double *restrict out, size_t n);
    void (*exponentials)(const uint64_t *restrict w, double *restrict out, size_t n);
};

extern const struct mcpar__quantile mcpar__quantile_portable, mcpar__quantile_avx2, mcpar__quantile_avx512, mcpar__quantile_neon;

/* The path that this process uses, and one by name: NULL if there is none or this CPU cannot run it. */
const struct mcpar__quantile *mcpar__quantile_path(void);
const struct mcpar__quantile *mcpar__quantile_named(const char *name);

/* The portable path's, in rows_path.c, normal.c and exponential.c. */
void mcpar__portable_uniforms(const uint64_t *restrict w, double *restrict out, size_t n);
void mcpar__portable_normals(const uint64_t *restrict w, double *restrict out, size_t n);
void mcpar__portable_exponentials(const uint64_t *restrict w, double *restrict out, size_t n);

static inline double mcpar__upper_half(uint64_t packed)
{
    return mcpar__double_of(packed & UINT64_C(0xffffffff00000000));
}

static inline double mcpar__lower_half(uint64_t packed)
{
    return mcpar__double_of(packed << 32);
}

/* Both halves of v as exact doubles, the upper one times 2^32: put below the exponents
 * of 2^84 and 2^52. Not by a cast: x86's conversion from integers leaves the upper half
 * of its register and so waits for what was there last, the result of the call before.
 * clang does nothing about that, and a call took 20 ns instead of 8. */
static inline double mcpar__first_of(uint64_t v)
{
    return mcpar__double_of(v >> 32 | UINT64_C(0x4530000000000000)) - 0x1p84;
}

static inline double mcpar__second_of(uint64_t v)
{
    return mcpar__double_of((v & UINT64_C(0xffffffff)) | UINT64_C(0x4330000000000000)) - 0x1p52;
}

/* a where mask is all ones, b where it is 0: words are random, so branches on them
 * would be mispredicted every other time. */
static inline double mcpar__choose(uint64_t mask, double a, double b)
{
    return mcpar__double_of((mcpar__bits_of(a) & mask) | (mcpar__bits_of(b) & ~mask));
}

/* The middle of the piece that holds u: its exponent and four bits, then a one. */
static inline double mcpar__middle_of(double u)
{
    const uint64_t kept = mcpar__bits_of(u) & UINT64_C(0xffff000000000000);
    return mcpar__double_of(kept | UINT64_C(0x0000800000000000));
}

/* The first 11 significant bits of m: exact when multiplied by a c0 of 42 bits. */
static inline double mcpar__head_of(double m)
{
    return mcpar__double_of(mcpar__bits_of(m) & UINT64_C(0xfffffc0000000000));
}

/* (head + tail) * (c0 + c0_rest + c1 t + ... + c8 t^8), where m = head + tail,
 * rounded. Either head * c0 is exact, or head is 1 and tail is 0. */
static inline double mcpar__row_value(const struct mcpar__row *row, double c0, double c0_rest,
                                      double t, double m, double head, double tail)
{
    const double *c = row->c;
    const double c6 = mcpar__lower_half(row->packed[0]);
    const double c7 = mcpar__upper_half(row->packed[1]);
    const double c8 = mcpar__lower_half(row->packed[1]);
    const double t2 = t * t;
    const double t4 = t2 * t2;
    const double low = (c[1] + t * c[2]) + t2 * (c[3] + t * c[4]);
    const double high = (c[5] + t * c6) + t2 * (c7 + t * c8);
    const double rest = c0_rest + t * (low + t4 * high);
    return head * c0 + (tail * c0 + m * rest);
}

#endif
