/* SPDX-License-Identifier: BSD-3-Clause */
/* poisson.c - the Poisson distribution with mean a, up to 10^15
 *
 * Means below 10: inversion of the word (table.c). From 10 on: W. Hoermann, "The transformed rejection method for
 * generating Poisson random variables", Insurance: Mathematics and Economics 12 (1993) 39, algorithm PTRS. The numbers
 * below are his. What was changed: the probability is computed without cancellation (stirling.c), u comes from an exact
 * integer and v has 64 bits. After 127 rejections (probability below 2^-250), the value is the integer part of the
 * mean. */
#include "base/elementary.h"
#include "random/dist/dist.h"
#include "random/dist/hat.h"
#include <math.h>      /* sqrt, which every CPU rounds correctly */

static void fill_table(struct mcpar__table *table, double mean, bool whole)
{
    double p[MCPAR__TABLE];
    uint32_t k = 0;

    p[0] = mcpar__exp(-mean);
    while (k < MCPAR__TABLE - 1 && ((double)k < mean || p[k] >= 0x1p-70)) {
        k++;
        p[k] = p[k - 1] * (mean / (double)k);
    }
    mcpar__table_fill(table, p, k, whole);
}

#define HALF_LOG_2PI 0x1.d67f1c864beb5p-1

static double log_probability(const struct mcpar__hat *hat, double k)
{
    if (k == 0.0)
        return -hat->np;
    return mcpar__count_deviance(k, hat->np) - mcpar__stirling_rest(k) - 0.5 * mcpar__log(k) - HALF_LOG_2PI;
}

static bool prepare(struct mcpar__dist *d, bool whole)
{
    struct mcpar__hat *hat = &d->u.hat;

    if (!(d->a >= 0.0 && d->a <= 1e15))
        return false;
    if (d->a < 10.0) {
        d->how = whole ? MCPAR__BY_GUIDE : MCPAR__BY_TABLE;
        fill_table(&d->u.table, d->a, whole);
        return true;
    }
    d->how = MCPAR__BY_HAT;
    hat->np = d->a;
    hat->b = 0.931 + 2.53 * sqrt(d->a);
    hat->a = -0.059 + 0.02483 * hat->b;
    hat->two_a = 2.0 * hat->a;
    hat->centre = d->a + 0.43;
    hat->accept = 0.9277 - 3.6224 / (hat->b - 2.0);
    hat->alpha = 1.1239 + 1.1328 / (hat->b - 3.4);
    hat->mode_log = 0.0;                   /* the hat is for the probability itself */
    hat->last = 0x1p51;
    if (whole) {
        d->how = MCPAR__BY_SQUEEZE;
        mcpar__squeeze_fill(d, log_probability, mcpar__floor(d->a), sqrt(d->a));
    }
    return true;
}

static double one(const struct mcpar__dist *d, const struct mcpar__site *at, uint64_t w)
{
    return mcpar__count_one(d, log_probability, at, w);
}

static void many(const struct mcpar__dist *d, const struct mcpar__many *m, const uint64_t *w, double *out, size_t n)
{
    mcpar__count_many(d, log_probability, m, w, out, n);
}

const struct mcpar__recipe mcpar__recipe_poisson = { prepare, one, many, 1 };
