/* SPDX-License-Identifier: BSD-3-Clause */
/* uniform.c - the uniform distribution between a and b: a + (b - a) u */
#include "random/dist/dist.h"

static bool prepare(struct mcpar__dist *d, bool whole)
{
    (void)whole;
    d->x = d->b - d->a;
    return mcpar__finite(d->a) && d->x >= 0.0 && mcpar__finite(d->x);
}

static inline double value(const struct mcpar__dist *d, uint64_t w)
{
    return d->a + d->x * mcpar__unit(w);
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

const struct mcpar__recipe mcpar__recipe_uniform = { prepare, one, many, 2 };
