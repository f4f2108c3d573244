/* SPDX-License-Identifier: BSD-3-Clause */
/* normal.c - the normal distribution with mean a and standard deviation b: a + b z */
#include "random/dist/dist.h"
#include "random/dist/distributions.h"

static bool prepare(struct mcpar__dist *d, bool whole)
{
    (void)whole;
    return mcpar__finite(d->a) && d->b >= 0.0 && mcpar__finite(d->b);
}

static inline double value(const struct mcpar__dist *d, double x)
{
    return d->a + d->b * x;
}

MCPAR__RECIPE_BY_SHAPE(normal, 2, MCPAR__NORMAL, mcpar__normal_of);
