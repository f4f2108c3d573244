/* SPDX-License-Identifier: BSD-3-Clause */
/* bernoulli.c - 1 with probability a, else 0: the probability is right to 2^-65 */
#include "random/dist/dist.h"

static bool prepare(struct mcpar__dist *d, bool whole)
{
    (void)whole;
    return d->a >= 0.0 && d->a <= 1.0;
}

/* Whether w is below a * 2^64, rounded to an integer. From 2^52 on, that is an integer already. */
static inline double value(const struct mcpar__dist *d, uint64_t w)
{
    const double x = d->a * 0x1p64;

    if (d->a == 1.0)
        return 1.0;
    return w < (x < 0x1p52 ? (uint64_t)(x + 0.5) : (uint64_t)x) ? 1.0 : 0.0;
}

static double one(const struct mcpar__dist *d, const struct mcpar__site *at, uint64_t w)
{
    (void)at;
    return value(d, w);
}

static void many(const struct mcpar__dist *d, const struct mcpar__many *m, const uint64_t *w, double *out, size_t n)
{
    (void)m;
    for (size_t i = 0; i < n; i++)
        out[i] = value(d, w[i]);
}

const struct mcpar__recipe mcpar__recipe_bernoulli = { prepare, one, many, 1 };
