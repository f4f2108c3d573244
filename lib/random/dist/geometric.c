/* SPDX-License-Identifier: BSD-3-Clause */
/* geometric.c - the number of independent attempts up to the first success, which has probability a: 1 + floor(e / x),
 * where e is the exponential draw of the word and x = -log(1 - a)
 *
 * From 2^53 on, values are rounded to doubles. */
#include "base/elementary.h"
#include "random/dist/dist.h"
#include "random/dist/distributions.h"

static bool prepare(struct mcpar__dist *d, bool whole)
{
    (void)whole;
    d->x = -mcpar__log1p(-d->a);
    return d->a > 0x1p-1000 && d->a <= 1.0;
}

static inline double value(const struct mcpar__dist *d, double e)
{
    const double x = e / d->x;             /* x is infinite for a = 1 */

    return 1.0 + (x < 0x1p51 ? mcpar__floor(x) : x);
}

MCPAR__RECIPE_BY_SHAPE(geometric, 1, MCPAR__EXPONENTIAL, mcpar__exponential_of);
