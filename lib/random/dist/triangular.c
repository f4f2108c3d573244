/* SPDX-License-Identifier: BSD-3-Clause */
/* triangular.c - the triangular distribution from a to c with its mode at b, by inversion from the nearer end */
#include "random/dist/dist.h"
#include <math.h>      /* sqrt, which every CPU rounds correctly */

static bool prepare(struct mcpar__dist *d, bool whole)
{
    const double width = d->c - d->a;

    (void)whole;
    if (!(d->a <= d->b && d->b <= d->c && width > 0.0 && mcpar__finite(width)))
        return false;
    d->x = (d->b - d->a) / width;          /* the probability of values below the mode */
    d->y = sqrt(width) * sqrt(d->b - d->a);
    d->z = sqrt(width) * sqrt(d->c - d->b);
    return true;
}

static inline double value(const struct mcpar__dist *d, uint64_t w)
{
    const double p = mcpar__open(w);
    double x;

    if (p < d->x) {
        x = d->a + d->y * sqrt(p);
        return x < d->b ? x : d->b;        /* rounding must not cross the mode */
    }
    x = d->c - d->z * sqrt(mcpar__open(~w));
    return x > d->b ? x : d->b;
}

MCPAR__RECIPE_BY_WORD(triangular, 3);
