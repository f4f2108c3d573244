/* SPDX-License-Identifier: BSD-3-Clause */
/* binomial.c - the number of successes among a independent attempts, a up to 10^15, of probability b each
 *
 * Above 1/2, the failures are counted. If a * b is then below 10: inversion of the word (table.c). From 10 on:
 * W. Hoermann, "The generation of binomial random variates", J. Stat. Comput. Simul. 46 (1993) 101, algorithm BTRS. The
 * numbers below are his. What was changed: the probability is computed without cancellation (stirling.c), u comes from
 * an exact integer and v has 64 bits. After 127 rejections (probability below 2^-250), the value is the integer part of
 * the mean. */
#include "base/elementary.h"
#include "random/dist/dist.h"
#include "random/dist/hat.h"
#include <math.h>      /* sqrt, which every CPU rounds correctly */

static void fill_table(struct mcpar__table *table, double n, double p, double q, bool whole)
{
    const double odds = p / q, mean = n * p;
    double f[MCPAR__TABLE];
    uint32_t k = 0;

    f[0] = mcpar__exp(n * mcpar__log1p(-p));
    while (k < MCPAR__TABLE - 1 && (double)k < n && ((double)k < mean || f[k] >= 0x1p-70)) {
        k++;
        f[k] = f[k - 1] * ((n - (double)(k - 1)) * odds / (double)k);
    }
    mcpar__table_fill(table, f, k, whole);
}

static double log_probability(const struct mcpar__hat *hat, double k)
{
    const double rest = hat->n - k;

    if (k == 0.0)
        return hat->n * mcpar__log1p(-hat->p);
    if (rest == 0.0)
        return hat->n * mcpar__log(hat->p);
    return mcpar__count_deviance(k, hat->np) + mcpar__count_deviance(rest, hat->nq)
           + (mcpar__stirling_rest(hat->n) - mcpar__stirling_rest(k) - mcpar__stirling_rest(rest))
           - 0.5 * mcpar__log(k * (rest / hat->n)) - 0x1.d67f1c864beb5p-1;      /* log(2 pi) / 2 */
}

static bool prepare(struct mcpar__dist *d, bool whole)
{
    struct mcpar__hat *hat = &d->u.hat;
    double p = d->b, q, spread, mode, n = d->a;

    if (!(n >= 0.0 && n <= 1e15 && n == mcpar__floor(n) && p >= 0.0 && p <= 1.0))
        return false;
    d->x = p > 0.5 ? 1.0 : 0.0;            /* whether failures are counted */
    if (p > 0.5)
        p = 1.0 - p;
    q = 1.0 - p;
    if (n * p < 10.0) {
        d->how = whole ? MCPAR__BY_GUIDE : MCPAR__BY_TABLE;
        fill_table(&d->u.table, n, p, q, whole);
        return true;
    }
    d->how = MCPAR__BY_HAT;
    hat->n = n;
    hat->p = p;
    hat->q = q;
    hat->np = n * p;
    hat->nq = n * q;
    spread = sqrt(hat->np * q);
    hat->b = 1.15 + 2.53 * spread;
    hat->a = -0.0873 + 0.0248 * hat->b + 0.01 * p;
    hat->two_a = 2.0 * hat->a;
    hat->centre = hat->np + 0.5;
    hat->accept = 0.92 - 4.2 / hat->b;
    hat->alpha = (2.83 + 5.1 / hat->b) * spread;
    hat->last = n;
    mode = mcpar__floor((n + 1.0) * p);
    hat->mode_log = log_probability(hat, mode);
    if (whole) {
        d->how = MCPAR__BY_SQUEEZE;
        mcpar__squeeze_fill(d, log_probability, mode, spread);
    }
    return true;
}

static double one(const struct mcpar__dist *d, const struct mcpar__site *at, uint64_t w)
{
    const double k = mcpar__count_one(d, log_probability, at, w);

    return d->x > 0.0 ? d->a - k : k;
}

static void many(const struct mcpar__dist *d, const struct mcpar__many *m, const uint64_t *w, double *out, size_t n)
{
    mcpar__count_many(d, log_probability, m, w, out, n);
    if (d->x > 0.0)
        for (size_t i = 0; i < n; i++)
            out[i] = d->a - out[i];
}

const struct mcpar__recipe mcpar__recipe_binomial = { prepare, one, many, 2 };
