/* SPDX-License-Identifier: BSD-3-Clause */
/* student.c - Student's t with a degrees of freedom: z / sqrt(X / a), z the normal of the word, X a chi-square
 *
 * For few degrees of freedom it may overflow to infinity, as the distribution does: 1e308 is exceeded with probability
 * 1e-3 for a = 0.01, and never that can be seen for a = 0.1 and above. */
#include "base/elementary.h"
#include "random/dist/dist.h"
#include "random/dist/distributions.h"
#include "random/dist/loops.h"
#include <math.h>      /* sqrt, which every CPU rounds correctly */

static bool prepare(struct mcpar__dist *d, bool whole)
{
    (void)whole;
    return d->a > 0.0 && mcpar__gamma_prepare(&d->u.gamma[1], 0.5 * d->a, 2.0 / d->a);
}

static double one(const struct mcpar__dist *d, const struct mcpar__site *at, uint64_t w)
{
    double fall, x = mcpar__gamma_one(&d->u.gamma[1], 1, at, w, &fall);

    x = mcpar__normal_of(w) / sqrt(x);
    return d->u.gamma[1].power > 0.0 ? x * mcpar__exp(0.5 * fall) : x;
}

static void many(const struct mcpar__dist *d, const struct mcpar__many *m, const uint64_t *w, double *out, size_t n)
{
    double x[MCPAR__CHUNK], fall[MCPAR__CHUNK];
    bool falls = mcpar__gamma_many(&d->u.gamma[1], 1, m, w, x, fall, n);

    mcpar__shape_words(MCPAR__NORMAL, w, out, n);
    for (size_t i = 0; i < n; i++)
        out[i] = out[i] / sqrt(x[i]);
    if (falls) {
        for (size_t i = 0; i < n; i++)
            fall[i] = 0.5 * fall[i];
        mcpar__loops_path()->exps(fall, x, n);
        for (size_t i = 0; i < n; i++)
            out[i] = out[i] * x[i];
    }
}

const struct mcpar__recipe mcpar__recipe_student = { prepare, one, many, 1 };
