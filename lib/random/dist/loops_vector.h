/* SPDX-License-Identifier: BSD-3-Clause */
/* loops_vector.h - the loops, with vectors of the compiler (GNU C): included once by each kind of CPU, which defines
 * TARGET (attribute for code of this CPU), PATH (the table's name) and NAME (its string)
 *
 * Each line of arithmetic stands in the same order in gamma.c or hat.c, so the bits are the same; tests compare them.
 * */
#include "random/dist/loops.h"
#include <string.h>

#define INLINE TARGET __attribute__((always_inline)) static inline
enum { LANES = 8 };

typedef double real __attribute__((vector_size(64)));
typedef uint64_t vec __attribute__((vector_size(64)));
typedef int64_t mask __attribute__((vector_size(64)));     /* of comparisons: all ones or 0 */

/* Functions that pass vectors are always inlined, so it does not matter how such arguments would be passed. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi"
#endif

#define OPEN(w)                                                                                                 \
    ((((real)((w) >> 32 | UINT64_C(0x4530000000000000)) - 0x1p84)                                               \
      + (((real)(((w) & UINT64_C(0xffffffff)) | UINT64_C(0x4330000000000000)) - 0x1p52) + 0.5)) * 0x1p-64)

TARGET static void gamma_loop(const struct mcpar__gamma *g, const double *z, const uint64_t *u, double *out,
                              uint64_t *verdict, size_t n)
{
    for (size_t i = 0; i < n; i += LANES) {
        const size_t at = i + LANES <= n ? i : n - LANES;  /* the last vector ends where the numbers end */
        real x, square, base;
        vec word, told;
        mask sure;

        memcpy(&x, z + at, sizeof x);
        memcpy(&word, u + at, sizeof word);
        base = 1.0 + g->c * x;
        square = x * x;
        sure = (mask)(base > 0.0) & (mask)(OPEN(word) < 1.0 - 0.0331 * (square * square));
        x = g->scaled * (base * base * base);
        told = (vec)sure & MCPAR__ACCEPTED;
        memcpy(out + at, &x, sizeof x);
        memcpy(verdict + at, &told, sizeof told);
    }
}

TARGET static void count_loop(const struct mcpar__hat *hat, const struct mcpar__squeeze *squeeze, const uint64_t *w,
                              const uint64_t *v, double *out, uint64_t *verdict, size_t n)
{
    for (size_t i = 0; i < n; i += LANES) {
        const size_t at = i + LANES <= n ? i : n - LANES;
        real us, second, x, k, side, t, f, more, nearest;
        mask far, sure, inside, yes, no;
        double place[LANES], low[LANES], step[LANES];
        vec word, other, told;

        memcpy(&word, w + at, sizeof word);
        memcpy(&other, v + at, sizeof other);
        told = word ^ (vec)((mask)word >> 63);
        us = OPEN(told);
        second = OPEN(other);
        side = (real)((vec)(0.5 - us) | (~word & UINT64_C(1) << 63));
        x = (hat->two_a / us + hat->b) * side + hat->centre;
        nearest = (x + 0x1.8p52) - 0x1.8p52;
        k = nearest - (real)((vec)(mask)(nearest > x) & UINT64_C(0x3ff0000000000000));

        t = (k - squeeze->first) * squeeze->per_step;
        inside = (mask)(t >= 0.0) & (mask)(t < squeeze->steps) & (mask)(us >= 0.013);
        t = (real)((vec)t & (vec)inside);
        memcpy(place, &t, sizeof t);
        for (int lane = 0; lane < LANES; lane++) {
            const int index = (int)place[lane];

            low[lane] = (double)squeeze->f[index];
            step[lane] = (double)squeeze->f[index + 1] - low[lane];
            place[lane] = (double)index;
        }
        memcpy(&f, low, sizeof f);
        memcpy(&more, step, sizeof more);
        memcpy(&nearest, place, sizeof nearest);
        f = f + (t - nearest) * more;
        far = (mask)(us >= 0.07);
        x = second * hat->alpha / (hat->a / (us * us) + hat->b);
        sure = far & (mask)(second <= hat->accept);
        yes = sure | (inside & (mask)(x <= f - squeeze->guard));
        no = ~yes & inside & (mask)(x > f + squeeze->guard);
        told = ((vec)yes & MCPAR__ACCEPTED) | ((vec)no & MCPAR__REJECTED);
        memcpy(out + at, &k, sizeof k);
        memcpy(verdict + at, &told, sizeof told);
    }
}

TARGET static void gammas(const struct mcpar__gamma *g, const double *z, const uint64_t *u, double *out,
                          uint64_t *verdict, size_t n)
{
    double z8[LANES] = { 0 }, out8[LANES];
    uint64_t u8[LANES] = { 0 }, verdict8[LANES];

    if (n >= LANES) {
        gamma_loop(g, z, u, out, verdict, n);
        return;
    }
    memcpy(z8, z, n * sizeof *z);
    memcpy(u8, u, n * sizeof *u);
    gamma_loop(g, z8, u8, out8, verdict8, LANES);
    memcpy(out, out8, n * sizeof *out);
    memcpy(verdict, verdict8, n * sizeof *verdict);
}

TARGET static void counts(const struct mcpar__hat *hat, const struct mcpar__squeeze *squeeze, const uint64_t *w,
                          const uint64_t *v, double *out, uint64_t *verdict, size_t n)
{
    uint64_t w8[LANES] = { 0 }, v8[LANES] = { 0 }, verdict8[LANES];
    double out8[LANES];

    if (n >= LANES) {
        count_loop(hat, squeeze, w, v, out, verdict, n);
        return;
    }
    memcpy(w8, w, n * sizeof *w);
    memcpy(v8, v, n * sizeof *v);
    count_loop(hat, squeeze, w8, v8, out8, verdict8, LANES);
    memcpy(out, out8, n * sizeof *out);
    memcpy(verdict, verdict8, n * sizeof *verdict);
}

const struct mcpar__loops PATH = { NAME, gammas, counts };
