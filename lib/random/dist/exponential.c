/* SPDX-License-Identifier: BSD-3-Clause */
/* exponential.c - the exponential distribution with mean a: a e */
#include "random/dist/dist.h"
#include "random/dist/distributions.h"

static bool prepare(struct mcpar__dist *d, bool whole)
{
    (void)whole;
    return d->a >= 0.0 && mcpar__finite(d->a);
}

static double one(const struct mcpar__dist *d, const struct mcpar__site *at, uint64_t w)
{
    (void)at;
    return d->a * mcpar__exponential_of(w);
}

static void many(const struct mcpar__dist *d, const struct mcpar__many *m, const uint64_t *w, double *out, size_t n)
{
    (void)m;
    mcpar__shape_words(MCPAR__EXPONENTIAL, w, out, n);
    for (size_t i = 0; i < n; i++)
        out[i] = d->a * out[i];
}

const struct mcpar__recipe mcpar__recipe_exponential = { prepare, one, many, 1 };
