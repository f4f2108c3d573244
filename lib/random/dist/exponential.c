/* SPDX-License-Identifier: BSD-3-Clause */
/* exponential.c - the exponential distribution with mean a: a e */
#include "random/dist/dist.h"
#include "random/dist/distributions.h"

static bool prepare(struct mcpar__dist *d, bool whole)
{
    (void)whole;
    return d->a >= 0.0 && mcpar__finite(d->a);
}

static inline double value(const struct mcpar__dist *d, double x)
{
    return d->a * x;
}

MCPAR__RECIPE_BY_SHAPE(exponential, 1, MCPAR__EXPONENTIAL, mcpar__exponential_of);
