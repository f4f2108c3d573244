/* SPDX-License-Identifier: BSD-3-Clause */
/* hit_interval.c - intervals for a probability whose coverage is close to the confidence, on both sides of it */
#include "estimate/interval.h"

#include "base/elementary.h"
#include "estimate/deviance.h"

/* ---- Wilson ---- */

/* How far the lower end is below the share p. The ends are the roots of (p - x)^2 = z^2 x (1 - x) / n. */
static struct mcpar__point wilson_below(double p, double q, double n, double z)
{
    const double z2n = z * z / n, root = __builtin_sqrt(z2n * (p * q + 0.25 * z2n));
    struct mcpar__point at;
    at.r = p / (p + 0.5 * z2n + root);    /* the product of the roots is p^2 / (1 + z^2/n) */
    at.w = (root - z2n * (0.5 - p)) / (p * (1.0 + z2n));
    if (at.r < 0.5)
        at.w = 1.0 - at.r;
    else
        at.r = 1.0 - at.w;
    return at;
}

void mcpar__wilson(uint64_t hits, uint64_t trials, double confidence, double *lower, double *upper)
{
    *lower = 0.0;
    *upper = 1.0;
    if (trials == 0 || !(confidence > 0.0 && confidence < 1.0))
        return;
    const double n = (double)trials, z = mcpar__normal_z(confidence);
    const double p = mcpar__ratio(hits, trials), q = mcpar__ratio(trials - hits, trials);
    if (hits == 0)
        *upper = z * z / (n + z * z);
    else if (hits == trials)
        *lower = n / (n + z * z);
    else
        mcpar__ends(p, q, wilson_below(p, q, n, z), wilson_below(q, p, n, z), lower, upper);
}

/* ---- Jeffreys ---- */

/* From here on, for both counts, Temme's expansion is used. */
#define LARGE_COUNT 100000

/* The integral of (1 - x e^-v)^(b-1) / y^(b-1) e^(-a v) over v >= 0, which is I_x(a, b) B(a, b) / (x^a y^(b-1)), by
 * the rule of H. Takahasi and M. Mori (Publ. RIMS 9 (1974) 721): v = scale exp(t - exp(-t)). */
static double tail_integral(double a, double b, double x, double y)
{
    const double slope = a - (b - 1.0) * x / y;
    const double scale = 1.0 / ((slope > 0.0 ? slope : -slope) + __builtin_sqrt(a / y));
    const double step = 0.0625;
    double sum = 0.0;
    for (int i = -64; i <= 112; i++) {
        const double t = step * (double)i, inverse = mcpar__exp(-t);
        const double v = scale * mcpar__exp(t - inverse);
        const double log_value = (b - 1.0) * mcpar__log1p(-x / y * mcpar__expm1(-v)) - a * v;
        const double term = v * (1.0 + inverse) * mcpar__exp(log_value);
        sum += term;
        if (i > 0 && term < 1e-18 * sum)
            break;
    }
    return sum * step;
}

/* The place below hits/n of the x with I_x(hits + 1/2, misses + 1/2) = tail, by Newton's method for log I as a function
 * of log x. That is concave, so the iteration stays on the left of the root after its first step. */
static struct mcpar__point jeffreys_below(uint64_t hits, uint64_t n, double log_tail, double z)
{
    const double h = (double)hits, m = (double)(n - hits), a = h + 0.5, b = m + 0.5, nu = (double)n + 1.0;
    const double x0 = a / nu, y0 = b / nu;
    struct mcpar__point at;
    if (hits >= LARGE_COUNT && n - hits >= LARGE_COUNT) {
        at.w = mcpar__temme(a, b, nu, z, 1e-3);
    } else {
        const double constant = 0.5 * (mcpar__log(x0 * b) - MCPAR__LOG_2PI)
                                + (mcpar__stirling(nu) - mcpar__stirling(a) - mcpar__stirling(b));
        at = mcpar__at_deviance(a, b, z);
        for (int i = 0; i < 40; i++) {
            const double y = y0 + x0 * at.w, integral = tail_integral(a, b, x0 * at.r, y);
            const double log_i = constant - mcpar__deviance(a, b, at) - mcpar__log(y) + mcpar__log(integral);
            double newton = (log_tail - log_i) * integral;
            const double most = 0.5 * mcpar__log1p(y / (x0 * at.r)); /* half of the way to x = 1 */
            if (newton > most)
                newton = most;
            const double change = at.r * mcpar__expm1(newton), r = at.r + change;
            at.w = r < 0.5 ? 1.0 - r : at.w - change;
            at.r = r < 0.5 ? r : 1.0 - at.w;
            if (newton < 1e-13 * (at.w < 0.0 ? -at.w : at.w) && newton > -1e-13 * (at.w < 0.0 ? -at.w : at.w))
                break;
        }
    }
    /* Move the centre from (h + 1/2) / (n + 1) to h/n. */
    at.w = ((h - m) / (2.0 * h) + at.w * ((double)n + 0.5 * (double)n / h)) / nu;
    at.r = at.w > 0.5 ? at.r * (x0 / mcpar__ratio(hits, n)) : 1.0 - at.w;
    return at;
}

void mcpar__jeffreys(uint64_t hits, uint64_t trials, double confidence, double *lower, double *upper)
{
    const struct mcpar__point end = { 1.0, 0.0 };
    *lower = 0.0;
    *upper = 1.0;
    if (trials == 0 || !(confidence > 0.0 && confidence < 1.0))
        return;
    const double log_tail = mcpar__log(0.5 * (1.0 - confidence)), z = mcpar__normal_z(confidence);
    const double p = mcpar__ratio(hits, trials), q = mcpar__ratio(trials - hits, trials);
    const struct mcpar__point below = hits ? jeffreys_below(hits, trials, log_tail, z) : end;
    const struct mcpar__point above = hits < trials ? jeffreys_below(trials - hits, trials, log_tail, z) : end;
    mcpar__ends(p, q, below, above, lower, upper);
}
