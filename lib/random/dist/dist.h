/* SPDX-License-Identifier: BSD-3-Clause */
/* dist.h - distributions with parameters: what is computed from the parameters once, and a draw from it
 *
 * A draw of such a distribution is a function of the draw's word and, for some, of further words of the same draw. A
 * value in an array has the bits of the single value: each file writes its formulas once, as inline functions of
 * doubles and words, and uses them in both forms. Apart from the words, only + - * / sqrt, exact conversions and
 * base/elementary.h are used, so every CPU gives the same bits. The functions expect the default floating-point
 * environment. */
#ifndef MCPAR__DIST_H
#define MCPAR__DIST_H

#include "base/bits.h"
#include "random/philox/philox.h"
#include <mcpar.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MCPAR__TABLE = 64, MCPAR__GUIDE = 256, MCPAR__CHUNK = 256, MCPAR__SQUEEZE = 256 };

/* The inversion of a distribution on 0, 1, ..., last by one word (table.c). */
struct mcpar__table {
    uint64_t most[MCPAR__TABLE];           /* the value is the least k for which the word is at most most[k] */
    uint8_t guide[MCPAR__GUIDE];           /* by the word's first 8 bits: where the search for k begins */
    uint32_t last;
};

/* Gamma (gamma.c): value = shape' * (1 + c z)^3 with shape' = shape - 1/3, or shape + 2/3 for shapes below 1. */
struct mcpar__gamma {
    double shape, c, scaled;               /* shape', c, shape' times the scale */
    double power;                          /* 1 / shape if the shape is below 1, else 0 */
};

/* Rejection from a hat for counts (poisson.c, binomial.c), with the letters of Hoermann's papers. */
struct mcpar__hat {
    double a, two_a, b, centre, accept, alpha;
    double n, p, q, np, nq;                /* binomial; q = 1 - p. Poisson: np is the mean */
    double mode_log;                       /* log of the probability of the mode */
    double last;                           /* the largest value */
};

/* The probabilities that a hat is compared with, at every count or at equal steps: it saves logarithms where a draw is
 * made often. Only what is further than `guard` from the interpolated value is decided by it (hat.c). */
struct mcpar__squeeze {
    double first, per_step, steps, guard;  /* count of f[0]; 1 / step; how many steps; largest error of f */
    float f[MCPAR__SQUEEZE + 2];
};

struct mcpar__dist {
    uint32_t kind;                         /* enum mcpar_dist_kind, or 0: the parameters were refused; draws are NaN */
    uint32_t how;                          /* for use by the distribution */
    double a, b, c;                        /* the parameters */
    double x, y, z;                        /* what the distribution computes from them */
    union {
        struct mcpar__gamma gamma[2];
        struct {
            struct mcpar__hat hat;
            struct mcpar__squeeze squeeze;
        };
        struct mcpar__table table;
    } u;
};

_Static_assert(sizeof(struct mcpar__dist) <= sizeof(mcpar_dist), "a distribution fits into mcpar_dist");

/* Where a draw's further words come from. */
struct mcpar__site {
    struct mcpar__key key;
    uint64_t trial, draw;
};

/* Further words 2 * pair and 2 * pair + 1 of a draw, pair from 0 to 126. Their counters advance no draws. */
static inline struct mcpar__words mcpar__further(const struct mcpar__site *at, uint32_t pair)
{
    return mcpar__philox(at->key, at->trial, (uint32_t)at->draw, MCPAR__RETRIES + pair);
}

enum { MCPAR__PAIRS = MCPAR__LAST_RETRY - MCPAR__RETRIES + 1 };

/* Many draws at once: element i of an array is the same draw of trial + i, or draw + i of the same trial. */
struct mcpar__many {
    struct mcpar__site first;
    bool along;                            /* draws of one trial */
};

static inline struct mcpar__site mcpar__site_of(const struct mcpar__many *many, size_t i)
{
    struct mcpar__site at = many->first;

    if (many->along)
        at.draw += i;
    else
        at.trial += i;
    return at;
}

/* A pair of further words for each of n draws, n at most MCPAR__CHUNK. */
void mcpar__further_words(const struct mcpar__many *many, uint32_t pair, uint64_t *even, uint64_t *odd, size_t n);

/* How a distribution is drawn. */
struct mcpar__recipe {
    /* Fills *d from d->a, b, c. Returns false if the parameters are out of range. `whole`: also what only speeds up
     * further draws, because *d will be used more than once. */
    bool (*prepare)(struct mcpar__dist *d, bool whole);
    /* The draw at *at, whose word is w. */
    double (*one)(const struct mcpar__dist *d, const struct mcpar__site *at, uint64_t w);
    /* n draws, n at most MCPAR__CHUNK; *d was prepared whole. NULL: each by `one`. */
    void (*many)(const struct mcpar__dist *d, const struct mcpar__many *many, const uint64_t *w, double *out, size_t n);
    uint32_t parameters;
};

/* The recipe of a distribution that takes no further words, from `prepare` and, of its file,
 *   double value(const struct mcpar__dist *d, uint64_t w)     the draw whose word is w; or
 *   double value(const struct mcpar__dist *d, double x)       that whose number of another shape (distributions.h) is x,
 * both as static inline functions. */
#define MCPAR__RECIPE_BY_WORD(name, parameters)                                                                     \
    static double one(const struct mcpar__dist *d, const struct mcpar__site *at, uint64_t w)                        \
    {                                                                                                               \
        (void)at;                                                                                                   \
        return value(d, w);                                                                                         \
    }                                                                                                               \
    static void many(const struct mcpar__dist *d, const struct mcpar__many *m, const uint64_t *w, double *out,      \
                     size_t n)                                                                                      \
    {                                                                                                               \
        (void)m;                                                                                                    \
        for (size_t i = 0; i < n; i++)                                                                              \
            out[i] = value(d, w[i]);                                                                                \
    }                                                                                                               \
    const struct mcpar__recipe mcpar__recipe_##name = { prepare, one, many, parameters }

#define MCPAR__RECIPE_BY_SHAPE(name, parameters, SHAPE, number_of)                                                  \
    static double one(const struct mcpar__dist *d, const struct mcpar__site *at, uint64_t w)                        \
    {                                                                                                               \
        (void)at;                                                                                                   \
        return value(d, number_of(w));                                                                              \
    }                                                                                                               \
    static void many(const struct mcpar__dist *d, const struct mcpar__many *m, const uint64_t *w, double *out,      \
                     size_t n)                                                                                      \
    {                                                                                                               \
        (void)m;                                                                                                    \
        mcpar__shape_words(SHAPE, w, out, n);                                                                       \
        for (size_t i = 0; i < n; i++)                                                                              \
            out[i] = value(d, out[i]);                                                                              \
    }                                                                                                               \
    const struct mcpar__recipe mcpar__recipe_##name = { prepare, one, many, parameters }

#define KIND(NAME, name, parameters) extern const struct mcpar__recipe mcpar__recipe_##name;
#include "random/dist/kinds.h"

/* Prepares *d. Returns false, and makes *d a distribution whose draws are NaN, if the kind or a parameter is wrong. */
bool mcpar__dist_prepare(struct mcpar__dist *d, uint32_t kind, double a, double b, double c, bool whole);

/* One draw of any distribution. */
double mcpar__dist_one(const struct mcpar__dist *d, const struct mcpar__site *at, uint64_t w);

/* n draws of any distribution; w and out may be the same memory. */
void mcpar__dist_many(const struct mcpar__dist *d, struct mcpar__many many, const uint64_t *w, double *out, size_t n);

/* ---- What several distributions need ---- */

/* The double nearest to (w + 1/2) 2^-64: above 0, at most 1. The sum is rounded once; all else is exact. */
static inline double mcpar__open(uint64_t w)
{
    const double first = mcpar__double_of(w >> 32 | UINT64_C(0x4530000000000000)) - 0x1p84;
    const double second = mcpar__double_of((w & UINT64_C(0xffffffff)) | UINT64_C(0x4330000000000000)) - 0x1p52;

    return (first + (second + 0.5)) * 0x1p-64;
}

/* All ones for words of the upper half, else 0. w ^ upper(w) is the distance from the nearer end. */
static inline uint64_t mcpar__upper(uint64_t w)
{
    return UINT64_C(0) - (w >> 63);
}

/* The largest whole number that is not above x, for |x| < 2^51. */
static inline double mcpar__floor(double x)
{
    const double nearest = (x + 0x1.8p52) - 0x1.8p52;

    return nearest - (nearest > x ? 1.0 : 0.0);
}

/* Whether x is finite (and no NaN). */
static inline bool mcpar__finite(double x)
{
    return x - x == 0.0;
}

/* log(k!) less Stirling's formula k log k - k + log(2 pi k) / 2, for a whole number k > 0 (stirling.c). */
double mcpar__stirling_rest(double k);

/* -k log(k / mean) + k - mean, never above 0, for k > 0 and mean > 0: the exponent of the Poisson and binomial
 * probabilities without cancellation. C. Loader, "Fast and accurate computation of binomial probabilities" (2000). */
double mcpar__count_deviance(double k, double mean);

/* Fills the table for probabilities p[0], ..., p[last] of 0, ..., last. The guide only if asked for. */
void mcpar__table_fill(struct mcpar__table *table, const double *p, uint32_t last, bool guide);

/* The value for a word. */
static inline double mcpar__table_value(const struct mcpar__table *table, uint32_t from, uint64_t w)
{
    uint32_t k = from;

    while (w > table->most[k])
        k++;
    return (double)k;
}

void mcpar__table_values(const struct mcpar__table *table, const uint64_t *w, double *out, size_t n);

bool mcpar__gamma_prepare(struct mcpar__gamma *g, double shape, double scale);

/* Gamma number `which`, 0 or 1, of a draw is the value times exp(-*fall); *fall is 0 for shapes of 1 and above. w is
 * only used for number 0. The form for many returns false if all would be 0, and then leaves fall as it was. */
double mcpar__gamma_one(const struct mcpar__gamma *g, uint32_t which, const struct mcpar__site *at, uint64_t w,
                        double *fall);
bool mcpar__gamma_many(const struct mcpar__gamma *g, uint32_t which, const struct mcpar__many *many, const uint64_t *w,
                       double *out, double *fall, size_t n);

#endif
