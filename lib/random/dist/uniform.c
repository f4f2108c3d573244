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

MCPAR__RECIPE_BY_WORD(uniform, 2);
