/* SPDX-License-Identifier: BSD-3-Clause */
/* normal.c - the normal distribution with mean a and standard deviation b: a + b z */
#include "random/dist/dist.h"
#include "random/dist/distributions.h"

static bool prepare(struct mcpar__dist *d, bool whole)
{
    (void)whole;
    return mcpar__finite(d->a) && d->b >= 0.0 && mcpar__finite(d->b);
}

static double one(const struct mcpar__dist *d, const struct mcpar__site *at, uint64_t w)
{
    (void)at;
    return d->a + d->b * mcpar__normal_of(w);
}

static void many(const struct mcpar__dist *d, const struct mcpar__many *m, const uint64_t *w, double *out, size_t n)
{
    (void)m;
    mcpar__shape_words(MCPAR__NORMAL, w, out, n);
    for (size_t i = 0; i < n; i++)
        out[i] = d->a + d->b * out[i];
}

const struct mcpar__recipe mcpar__recipe_normal = { prepare, one, many, 2 };
