/* SPDX-License-Identifier: BSD-3-Clause */
/* bernoulli.c - 1 with probability a, else 0: the probability is right to 2^-65 */
#include "random/dist/dist.h"

static bool prepare(struct mcpar__dist *d, bool whole)
{
    (void)whole;
    return d->a >= 0.0 && d->a <= 1.0;
}

/* Whether w is below a * 2^64, rounded to an integer. From 2^52 on, that is an integer already. */
static inline double value(const struct mcpar__dist *d, uint64_t w)
{
    const double x = d->a * 0x1p64;

    if (d->a == 1.0)
        return 1.0;
    return w < (x < 0x1p52 ? (uint64_t)(x + 0.5) : (uint64_t)x) ? 1.0 : 0.0;
}

MCPAR__RECIPE_BY_WORD(bernoulli, 1);
