/* SPDX-License-Identifier: BSD-3-Clause */
/* interval.c - confidence intervals: Clopper-Pearson, by the incomplete beta function, and normal
 *
 * C. J. Clopper and E. S. Pearson, Biometrika 26 (1934) 404: the lower limit L for h hits of n solves
 * P(X >= h | L) = I_L(a, b) = alpha/2 with a = h, b = n - h + 1, and the upper limit is 1 minus the lower limit for
 * n - h hits. So all code here is about the lower limit. It computes w = 1 - L / (h/n), because rounding L itself would
 * lose its distance from h/n.
 */
#include "estimate/interval.h"

#include <math.h> /* NAN */

#include "base/elementary.h"
#include "estimate/deviance.h"
#include "random/dist/distributions.h"

/* If there are at least this many hits and this many misses, the error of the asymptotic inversion is below 1e-12 of
 * the distance (measured; it shrinks as the counts grow). For fewer, the continued fraction takes at most a few hundred
 * terms. */
#define LARGE_COUNT 100000

/* No valid argument needs nearly as many: this limits the time, whatever the arguments. */
#define MANY_TERMS 100000

/* log(n!) - log(sqrt(2 pi n) (n/e)^n), by a table and then Stirling's series: C. Loader, "Fast and accurate computation
 * of binomial probabilities" (2000), section 2. */
static double stirling_error(uint64_t n)
{
    static const double table[16] = {
        0.0,
        0x1.4c071bcda0a5bp-4, 0x1.52a9b923ea649p-5, 0x1.c579a268d80b3p-6,
        0x1.54a2662fd78a9p-6, 0x1.10b4e513fcbedp-6, 0x1.c6b167bebdf36p-7,
        0x1.85d4d612e4a86p-7, 0x1.552805e7b3076p-7, 0x1.2f4871b12ab64p-7,
        0x1.10f9d4c0743a7p-7, 0x1.f0593088014f8p-8, 0x1.c7018733aa9c6p-8,
        0x1.a40514700f36cp-8, 0x1.86076c002d4a7p-8, 0x1.6c08f6f194a10p-8,
    };
    if (n < 16)
        return table[n];
    const double x = (double)n, y = 1.0 / (x * x);
    return (1.0 / 12 - y * (1.0 / 360 - y * (1.0 / 1260 - y * (1.0 / 1680 - y / 1188)))) / x;
}

/* I_x(a, b) / (x^a (1-x)^b / B(a, b)) for x <= a/(a+b), by the continued fraction of A. R. DiDonato and A. H. Morris,
 * ACM TOMS 18 (1992) 360, equation (9). All its terms are positive, and it ends after b terms. lambda = a - (a+b) x.
 * Numerators and denominators are computed side by side, so that no term has to wait for a division. */
static double beta_fraction(double a, double b, double x, double y, double lambda)
{
    double inverse = 1.0 / (a + 1.0);
    double above = 1.0, above_last = 0.0;
    double below = a * inverse * (lambda + 1.0), below_last = 1.0;
    const int most = b < MANY_TERMS ? (int)b : MANY_TERMS; /* b is a whole number */
    for (int i = 1; i < most; i++) {
        const double n = (double)i;
        const double x_e = x * inverse; /* over e = a + 2 n - 1 */
        const double f = n * (b - n) * x_e;
        inverse = 1.0 / (a + 2.0 * n + 1.0);
        const double alpha = (a + n - 1.0) * ((a + b + n - 1.0) * x_e) * f;
        const double beta = n + f + (a + n) * inverse * (lambda + 1.0 + n * (1.0 + y));
        const double above_next = beta * above + alpha * above_last;
        const double below_next = beta * below + alpha * below_last;
        const double one = above_next * below, other = above * below_next;
        above_last = above;
        below_last = below;
        above = above_next;
        below = below_next;
        if (i % 2)
            continue; /* the test costs as much as a term */
        if (!(one > other * (1.0 + 1e-15) || one < other * (1.0 - 1e-15))) /* a NaN ends it, too */
            break;
        if (below > 0x1p300) {
            above *= 0x1p-300;
            above_last *= 0x1p-300;
            below *= 0x1p-300;
            below_last *= 0x1p-300;
        }
    }
    return above / below;
}

/* The lower limit for many hits and misses. */
static struct mcpar__point by_temme(uint64_t hits, uint64_t n, double z, double reach)
{
    const double nu = (double)n + 1.0, w = mcpar__temme((double)hits, (double)(n - hits) + 1.0, nu, z, reach);

    /* Move the centre from h/(n+1) to h/n. */
    struct mcpar__point at;
    at.w = (1.0 + (double)n * w) / nu;
    at.r = 1.0 - at.w;
    return at;
}

/* A first guess: by the series, if these converge and have at least one digit. */
static struct mcpar__point guess(uint64_t hits, uint64_t n, double z)
{
    const double h = (double)hits, m = (double)(n - hits);
    const double deviation = __builtin_sqrt(h * (m / (h + m)));
    if (z < 0.5 * deviation)
        return by_temme(hits, n, z, 1.0);
    return mcpar__at_deviance(h, m, z);
}

/* The lower limit for any count, by Halley's method for log I as a function of log x, which is concave.
 * I = h (1-x) fraction pmf(h; n, x), with the binomial probability as in Loader. The first derivative is
 * 1 / slope = 1 / ((1-x) fraction); the second divided by the first is h w / (1-x) - 1 / slope. */
static struct mcpar__point by_fraction(uint64_t hits, uint64_t n, double log_tail, double z)
{
    const uint64_t misses = n - hits;
    const double h = (double)hits, m = (double)misses, total = (double)n;
    const double p = mcpar__ratio(hits, n), q = mcpar__ratio(misses, n);
    const double constant = 0.5 * (mcpar__log(h / q) - MCPAR__LOG_2PI)
                            + (stirling_error(n) - stirling_error(hits) - stirling_error(misses));
    struct mcpar__point at = guess(hits, n, z);
    for (int i = 0; i < 20; i++) {
        const double y = q + p * at.w;
        const double lambda = p * ((total + 1.0) * at.w - 1.0);
        const double slope = y * beta_fraction(h, m + 1.0, p * at.r, y, lambda);
        const double log_i = constant + mcpar__log(slope) - mcpar__deviance(h, m, at);
        const double newton = (log_tail - log_i) * slope;
        const double bend = 1.0 + 0.5 * newton * (h * at.w / y - 1.0 / slope);
        const double step = mcpar__expm1(bend > 0.5 ? newton / bend : newton);
        const double change = at.r * step, r = at.r + change;
        at.w = r < 0.5 ? 1.0 - r : at.w - change;
        at.r = r < 0.5 ? r : 1.0 - at.w;
        const double size = 1e-5 * (at.w < at.r ? at.w : at.r); /* such a step leaves about its cube */
        if (change < size && change > -size)
            break;
    }
    return at;
}

/* The lower limit, 1 - L/(h/n) and L/(h/n), for 1 <= h < n. */
static struct mcpar__point lower_limit(uint64_t hits, uint64_t n, double log_tail, double z)
{
    const uint64_t misses = n - hits;
    if (hits >= LARGE_COUNT && misses >= LARGE_COUNT)
        return by_temme(hits, n, z, 1e-3); /* the series has more than 12 digits */
    return by_fraction(hits, n, log_tail, z);
}

void mcpar__clopper_pearson(uint64_t hits, uint64_t trials, double confidence,
                            double *lower, double *upper)
{
    *lower = 0.0;
    *upper = 1.0;
    if (trials == 0 || !(confidence > 0.0 && confidence < 1.0))
        return;
    const double log_tail = mcpar__log(0.5 * (1.0 - confidence));
    if (hits == 0) { /* (1 - U)^n = alpha/2 */
        *upper = -mcpar__expm1(log_tail / (double)trials);
        return;
    }
    if (hits == trials) { /* L^n = alpha/2 */
        *lower = mcpar__exp(log_tail / (double)trials);
        return;
    }
    const double z = mcpar__normal_z(confidence);
    const double p = mcpar__ratio(hits, trials), q = mcpar__ratio(trials - hits, trials);
    mcpar__ends(p, q, lower_limit(hits, trials, log_tail, z), lower_limit(trials - hits, trials, log_tail, z), lower, upper);
}

void mcpar__anytime_hits(uint64_t hits, uint64_t trials, double confidence, double *lower, double *upper)
{
    *lower = 0.0;
    *upper = 1.0;
    if (trials == 0 || !(confidence > 0.0 && confidence < 1.0))
        return;
    const double n = (double)trials, log_tail = mcpar__log(1.0 - confidence) - mcpar__log1p(n);
    if (hits == 0) { /* (n + 1) (1 - U)^n = alpha */
        *upper = -mcpar__expm1(log_tail / n);
        return;
    }
    if (hits == trials) {
        *lower = mcpar__exp(log_tail / n);
        return;
    }
    const double h = (double)hits, m = (double)(trials - hits);
    const double p = mcpar__ratio(hits, trials), q = mcpar__ratio(trials - hits, trials);
    /* log of the binomial probability of these hits at p = h/n, the largest (Loader) */
    const double peak = -0.5 * (MCPAR__LOG_2PI + mcpar__log(h * q))
                        + (stirling_error(trials) - stirling_error(hits) - stirling_error(trials - hits));
    const double target = __builtin_sqrt(2.0 * (peak - log_tail));
    mcpar__ends(p, q, mcpar__at_deviance(h, m, target), mcpar__at_deviance(m, h, target), lower, upper);
}

double mcpar__normal_z(double confidence)
{
    if (!(confidence > 0.0 && confidence < 1.0))
        return (double)NAN;
    return mcpar__normal_upper(0.5 * (1.0 - confidence), 0.5 * confidence);
}
