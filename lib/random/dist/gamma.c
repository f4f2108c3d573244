/* SPDX-License-Identifier: BSD-3-Clause */
/* gamma.c - the gamma distribution with shape a and scale b, and chi-square, which is one
 *
 * G. Marsaglia, W. W. Tsang, "A simple method for generating gamma variables", ACM TOMS 26 (2000) 363, doi
 * 10.1145/358407.358414: with d = shape - 1/3, c = 1 / sqrt(9 d), a normal z and a uniform u, d (1 + c z)^3 is accepted
 * if log u < z^2 / 2 + d - d v + d log v with v = (1 + c z)^3. More than 95 of 100 are accepted. A shape below 1 is
 * raised by 1, and the value multiplied by u^(1/shape) = exp(-e/shape) with an exponential e. What was changed: the
 * normal is the library's, so the tails are right to about 2^-64, and the exponent is computed without cancellation for
 * large shapes. After 63 rejections (probability below 2^-270), the value is d. */
#include "base/elementary.h"
#include "random/dist/dist.h"
#include "random/dist/distributions.h"
#include "random/dist/loops.h"
#include <math.h>      /* sqrt, which every CPU rounds correctly */

enum { ATTEMPTS = 63 };

bool mcpar__gamma_prepare(struct mcpar__gamma *g, double shape, double scale)
{
    if (!(shape >= 0x1p-1000 && shape <= 0x1p1000 && scale > 0.0 && mcpar__finite(scale)))
        return false;
    g->power = shape < 1.0 ? 1.0 / shape : 0.0;
    g->shape = (shape < 1.0 ? shape + 1.0 : shape) - 1.0 / 3.0;
    g->c = 1.0 / (3.0 * sqrt(g->shape));
    g->scaled = g->shape * scale;
    return mcpar__finite(g->scaled);
}

static inline double cube(double x)
{
    return x * x * x;
}

/* Whether a normal z is accepted with a uniform u by the test that needs no logarithm. */
static inline bool surely(double c, double z, double u)
{
    const double square = z * z;

    return 1.0 + c * z > 0.0 && u < 1.0 - 0.0331 * (square * square);
}

/* d - d v + d log v = d (3 (log(1 + t) - t) - t^2 (3 + t)) with t = c z. */
static bool accepted(const struct mcpar__gamma *g, double z, double u)
{
    const double t = g->c * z;

    if (!(1.0 + t > 0.0))
        return false;
    return surely(g->c, z, u)
           || mcpar__log(u) < 0.5 * (z * z) + g->shape * (3.0 * mcpar__log1p_minus(t) - t * t * (3.0 + t));
}

/* The pairs of further words: for the first attempt 0 and, for a shape below 1, the odd word there; the second gamma of
 * a draw has 1 for its normal and uniform, and 2. Attempt i > 0 has pair 2 i + 1 or 2 i + 2. */
static double again(const struct mcpar__gamma *g, uint32_t which, const struct mcpar__site *at)
{
    for (uint32_t i = 1; i < ATTEMPTS; i++) {
        const struct mcpar__words pair = mcpar__further(at, 2 * i + 1 + which);
        const double z = mcpar__normal_of(pair.word[0]);

        if (accepted(g, z, mcpar__open(pair.word[1])))
            return g->scaled * cube(1.0 + g->c * z);
    }
    return g->scaled;
}

double mcpar__gamma_one(const struct mcpar__gamma *g, uint32_t which, const struct mcpar__site *at, uint64_t w,
                        double *fall)
{
    struct mcpar__words pair = mcpar__further(at, which);
    const double z = mcpar__normal_of(which ? pair.word[0] : w), u = mcpar__open(pair.word[which]);

    *fall = 0.0;
    if (g->power > 0.0) {
        if (which)
            pair = mcpar__further(at, 2);
        *fall = mcpar__exponential_of(pair.word[!which]) * g->power;
    }
    return accepted(g, z, u) ? g->scaled * cube(1.0 + g->c * z) : again(g, which, at);
}

bool mcpar__gamma_many(const struct mcpar__gamma *g, uint32_t which, const struct mcpar__many *many, const uint64_t *w,
                       double *out, double *fall, size_t n)
{
    uint64_t even[MCPAR__CHUNK], odd[MCPAR__CHUNK], verdict[MCPAR__CHUNK];
    const uint64_t *second = which ? odd : even;
    double z[MCPAR__CHUNK];

    mcpar__further_words(many, which, even, odd, n);
    mcpar__shape_words(MCPAR__NORMAL, which ? even : w, z, n);
    mcpar__loops_path()->gamma(g, z, second, out, verdict, n);
    for (size_t i = 0; i < n; i++)
        if (verdict[i] == MCPAR__UNDECIDED && !accepted(g, z[i], mcpar__open(second[i]))) {
            const struct mcpar__site at = mcpar__site_of(many, i);

            out[i] = again(g, which, &at);
        }
    if (!(g->power > 0.0))
        return false;
    if (which)
        mcpar__further_words(many, 2, odd, even, n);
    mcpar__shape_words(MCPAR__EXPONENTIAL, odd, fall, n);
    for (size_t i = 0; i < n; i++)
        fall[i] = fall[i] * g->power;
    return true;
}

static bool prepare(struct mcpar__dist *d, bool whole)
{
    (void)whole;
    return mcpar__gamma_prepare(&d->u.gamma[0], d->a, d->b);
}

static bool prepare_chi_square(struct mcpar__dist *d, bool whole)
{
    (void)whole;
    return mcpar__gamma_prepare(&d->u.gamma[0], 0.5 * d->a, 2.0);
}

static double one(const struct mcpar__dist *d, const struct mcpar__site *at, uint64_t w)
{
    double fall, x = mcpar__gamma_one(&d->u.gamma[0], 0, at, w, &fall);

    return fall > 0.0 ? x * mcpar__exp(-fall) : x;
}

static void many(const struct mcpar__dist *d, const struct mcpar__many *m, const uint64_t *w, double *out, size_t n)
{
    double fall[MCPAR__CHUNK], factor[MCPAR__CHUNK];

    if (!mcpar__gamma_many(&d->u.gamma[0], 0, m, w, out, fall, n))
        return;
    for (size_t i = 0; i < n; i++)
        fall[i] = -fall[i];
    mcpar__loops_path()->exps(fall, factor, n);
    for (size_t i = 0; i < n; i++)
        out[i] = out[i] * factor[i];
}

const struct mcpar__recipe mcpar__recipe_gamma = { prepare, one, many, 2 };
const struct mcpar__recipe mcpar__recipe_chi_square = { prepare_chi_square, one, many, 1 };
