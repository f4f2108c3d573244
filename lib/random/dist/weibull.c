/* SPDX-License-Identifier: BSD-3-Clause */
/* weibull.c - the Weibull distribution with shape a and scale b: b e^(1/a), where e is the exponential draw of the
 * word. Its relative error is about 2^-53 (2 + 2 |log e| / a). */
#include "base/elementary.h"
#include "random/dist/dist.h"
#include "random/dist/distributions.h"
#include "random/dist/loops.h"

static bool prepare(struct mcpar__dist *d, bool whole)
{
    (void)whole;
    return d->a > 0.0 && mcpar__finite(d->a) && d->b > 0.0 && mcpar__finite(d->b);
}

static inline double value(const struct mcpar__dist *d, double e)
{
    return d->b * mcpar__exp(mcpar__log(e) / d->a);
}

static double one(const struct mcpar__dist *d, const struct mcpar__site *at, uint64_t w)
{
    (void)at;
    return value(d, mcpar__exponential_of(w));
}

static void many(const struct mcpar__dist *d, const struct mcpar__many *m, const uint64_t *w, double *out, size_t n)
{
    double x[MCPAR__CHUNK];

    (void)m;
    mcpar__shape_words(MCPAR__EXPONENTIAL, w, x, n);
    for (size_t i = 0; i < n; i++)
        x[i] = mcpar__log(x[i]) / d->a;
    mcpar__loops_path()->exps(x, out, n);
    for (size_t i = 0; i < n; i++)
        out[i] = d->b * out[i];
}

const struct mcpar__recipe mcpar__recipe_weibull = { prepare, one, many, 2 };
