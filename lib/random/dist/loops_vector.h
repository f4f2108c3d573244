/* SPDX-License-Identifier: BSD-3-Clause */
/* loops_vector.h - the loops, with vectors of the compiler (GNU C): included once by each kind of CPU, which defines
 * TARGET (attribute for code of this CPU), PATH (the table's name) and NAME (its string)
 *
 * Each line of arithmetic stands in the same order in gamma.c, hat.c or base/elementary.c, so the bits are the same;
 * tests compare them. */
#include "base/elementary.h"
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

/* mcpar__exp where the result and all between are normal numbers; the rest is left to mcpar__exp. */
TARGET static void exp_loop(const double *x, double *out, size_t n)
{
    for (size_t i = 0; i < n; i += LANES) {
        const size_t at = i + LANES <= n ? i : n - LANES;
        real from, t, k, high, low, y, rest, y2, y4, a, b, c, cubic, scale;
        mask usual;
        int64_t lane[LANES];

        memcpy(&from, x + at, sizeof from);
        usual = (mask)(from > -708.0) & (mask)(from < 709.0);
        t = (real)((vec)from & (vec)usual);
        k = t * 0x1.71547652b82fep+0
            + (real)(UINT64_C(0x3fe0000000000000) | ((vec)(mask)(t < 0.0) & UINT64_C(1) << 63));
        y = (k + 0x1.8p52) - 0x1.8p52;     /* rounded to nearest, then back towards 0 */
        y = y - (real)((vec)((mask)(y > k) & (mask)(k > 0.0)) & UINT64_C(0x3ff0000000000000));
        k = y + (real)((vec)((mask)(y < k) & (mask)(k < 0.0)) & UINT64_C(0x3ff0000000000000));
        high = t - k * 0x1.62e42fefa38p-1;
        low = k * 0x1.ef35793c7673p-45;
        y = high - low;
        rest = (high - y) - low;
        y2 = y * y;
        y4 = y2 * y2;
        a = (0x1.5555555555555p-3 + y * 0x1.5555555555556p-5)
            + y2 * (0x1.1111111111111p-7 + y * 0x1.6c16c16c162d6p-10);
        b = (0x1.a01a01a019b2bp-13 + y * 0x1.a01a01a6d7808p-16)
            + y2 * (0x1.71de3a5904934p-19 + y * 0x1.27e4db67b429fp-22);
        c = (0x1.ae64344d7f47cp-26 + y * 0x1.1f72fc73183dep-29) + y2 * 0x1.61b2b016b76d1p-33;
        cubic = (y2 * y) * (a + y4 * (b + y4 * c));
        scale = (real)(((vec)(k + 0x1.8p52) + 1023) << 52);
        y = (1.0 + (y + (0.5 * y2 + (cubic + rest * (1.0 + y))))) * scale;
        memcpy(out + at, &y, sizeof y);
        memcpy(lane, &usual, sizeof usual);
        for (size_t j = 0; j < LANES; j++)
            if (!lane[j])
                out[at + j] = mcpar__exp(x[at + j]);
    }
}

TARGET static void exps(const double *x, double *out, size_t n)
{
    double x8[LANES] = { 0 }, out8[LANES];

    if (n >= LANES) {
        exp_loop(x, out, n);
        return;
    }
    memcpy(x8, x, n * sizeof *x);
    exp_loop(x8, out8, LANES);
    memcpy(out, out8, n * sizeof *out);
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

const struct mcpar__loops PATH = { NAME, gammas, counts, exps };
