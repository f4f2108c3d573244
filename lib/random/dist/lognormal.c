/* SPDX-License-Identifier: BSD-3-Clause */
/* lognormal.c - the lognormal distribution: exp(a + b z). It overflows to infinity and underflows to 0 like exp. */
#include "base/elementary.h"
#include "random/dist/dist.h"
#include "random/dist/distributions.h"
#include "random/dist/loops.h"

static bool prepare(struct mcpar__dist *d, bool whole)
{
    (void)whole;
    return mcpar__finite(d->a) && d->b >= 0.0 && mcpar__finite(d->b);
}

static double one(const struct mcpar__dist *d, const struct mcpar__site *at, uint64_t w)
{
    (void)at;
    return mcpar__exp(d->a + d->b * mcpar__normal_of(w));
}

static void many(const struct mcpar__dist *d, const struct mcpar__many *m, const uint64_t *w, double *out, size_t n)
{
    double x[MCPAR__CHUNK];

    (void)m;
    mcpar__shape_words(MCPAR__NORMAL, w, x, n);
    for (size_t i = 0; i < n; i++)
        x[i] = d->a + d->b * x[i];
    mcpar__loops_path()->exps(x, out, n);
}

const struct mcpar__recipe mcpar__recipe_lognormal = { prepare, one, many, 2 };
