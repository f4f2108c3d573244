/* SPDX-License-Identifier: BSD-3-Clause */
/* uniform.c - the uniform distribution between a and b: a + (b - a) u */
#include "random/dist/dist.h"

static bool prepare(struct mcpar__dist *d, bool whole)
{
    (void)whole;
    d->x = d->b - d->a;
    return mcpar__finite(d->a) && d->x >= 0.0 && mcpar__finite(d->x);
}

static double one(const struct mcpar__dist *d, const struct mcpar__site *at, uint64_t w)
{
    (void)at;
    return d->a + d->x * mcpar__unit(w);
}

const struct mcpar__recipe mcpar__recipe_uniform = { prepare, one, NULL, 2 };
