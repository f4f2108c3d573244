/* SPDX-License-Identifier: BSD-3-Clause */
/* beta.c - the beta distribution with shapes a and b: X / (X + Y) of two gammas
 *
 * It is computed as 1 / (1 + Y / X). The factors exp(-e/shape) of shapes below 1 are kept as exponents up to that
 * point, so two tiny gammas do not become 0 / 0. */
#include "base/elementary.h"
#include "random/dist/dist.h"
#include "random/dist/loops.h"

static bool prepare(struct mcpar__dist *d, bool whole)
{
    (void)whole;
    return mcpar__gamma_prepare(&d->u.gamma[0], d->a, 1.0) && mcpar__gamma_prepare(&d->u.gamma[1], d->b, 1.0);
}

static double one(const struct mcpar__dist *d, const struct mcpar__site *at, uint64_t w)
{
    double fall_x, fall_y, x = mcpar__gamma_one(&d->u.gamma[0], 0, at, w, &fall_x);
    double ratio = mcpar__gamma_one(&d->u.gamma[1], 1, at, w, &fall_y) / x;

    if (d->u.gamma[0].power > 0.0 || d->u.gamma[1].power > 0.0)
        ratio = ratio * mcpar__exp(fall_x - fall_y);
    return 1.0 / (1.0 + ratio);
}

static void many(const struct mcpar__dist *d, const struct mcpar__many *m, const uint64_t *w, double *out, size_t n)
{
    double y[MCPAR__CHUNK], fall_x[MCPAR__CHUNK] = { 0 }, fall_y[MCPAR__CHUNK] = { 0 };
    bool falls = mcpar__gamma_many(&d->u.gamma[0], 0, m, w, out, fall_x, n);

    falls |= mcpar__gamma_many(&d->u.gamma[1], 1, m, w, y, fall_y, n);
    for (size_t i = 0; i < n; i++)
        y[i] = y[i] / out[i];
    if (falls) {
        for (size_t i = 0; i < n; i++)
            fall_x[i] = fall_x[i] - fall_y[i];
        mcpar__loops_path()->exps(fall_x, fall_y, n);
        for (size_t i = 0; i < n; i++)
            y[i] = y[i] * fall_y[i];
    }
    for (size_t i = 0; i < n; i++)
        out[i] = 1.0 / (1.0 + y[i]);
}

const struct mcpar__recipe mcpar__recipe_beta = { prepare, one, many, 2 };
