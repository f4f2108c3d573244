/* SPDX-License-Identifier: BSD-3-Clause */
/* logistic.c - the logistic distribution with mean a and scale b: a + b log(p / (1 - p)), by inversion
 *
 * With p the probability of the nearer tail and q = 1/2 - p, both from exact integers, the magnitude is
 * log(1 + 2 q / p): within 4 ulp near the mean as in the tails, which are right to p = 2^-65. */
#include "base/elementary.h"
#include "random/dist/dist.h"

static bool prepare(struct mcpar__dist *d, bool whole)
{
    (void)whole;
    return mcpar__finite(d->a) && d->b > 0.0 && mcpar__finite(d->b);
}

static inline double value(const struct mcpar__dist *d, uint64_t w)
{
    const uint64_t k = w ^ mcpar__upper(w);
    const double x = mcpar__log1p(2.0 * mcpar__open((UINT64_MAX >> 1) - k) / mcpar__open(k));

    return d->a + d->b * (w >> 63 ? x : -x);
}

MCPAR__RECIPE_BY_WORD(logistic, 2);
