/* SPDX-License-Identifier: BSD-3-Clause */
/* deviance.c - ratios, deviances of binomial probabilities and Stirling's series */
#include "estimate/deviance.h"

#include "base/bits.h"
#include "base/elementary.h"

__extension__ typedef unsigned __int128 uint128;

#define LARGE 16.0    /* from here on Stirling's series is used directly; its next term is below 2e-16 */

double mcpar__ratio(uint64_t h, uint64_t n)
{
    if (n >> 53 == 0 || h == 0)
        return (double)h / (double)n;
    const int shift = __builtin_clzll(h);
    const uint128 top = (uint128)(h << shift) << 64;
    uint128 quotient = top / n;
    if (quotient * n != top)
        quotient |= 1; /* sticky bit: the quotient has at least 64 bits, so this only breaks ties */
    return (double)quotient * mcpar__double_of((uint64_t)(1023 - 64 - shift) << 52);
}

struct mcpar__point mcpar__point_below(double u)
{
    const struct mcpar__point p = { -mcpar__expm1(-u), mcpar__exp(-u) };
    return p;
}

/* The linear terms cancel; what is left has one sign. */
double mcpar__deviance(double a, double b, struct mcpar__point at)
{
    const double left = at.r < 0.5 ? mcpar__log(at.r) + at.w : mcpar__log1p_minus(-at.w);
    return -(a * left + b * mcpar__log1p_minus(at.w * (a / b)));
}

/* By Newton's method in u = -log(1 - w). sqrt(2 deviance) is concave in
 * u and its tangent at 0 is sqrt(a (a+b) / b) u, so the iteration starts left of the root and stays there. */
struct mcpar__point mcpar__at_deviance(double a, double b, double target)
{
    double u = target / __builtin_sqrt(a * (1.0 + a / b));
    struct mcpar__point p = mcpar__point_below(u);
    if (u < 1e-100) /* the square of the target would underflow */
        return p;
    for (int i = 0; i < 12; i++) {
        const double s = __builtin_sqrt(2.0 * mcpar__deviance(a, b, p));
        const double slope = a * p.w * (1.0 + a / b) / (1.0 + p.w * (a / b));
        const double step = (target - s) * s / slope;
        u += step;
        p = mcpar__point_below(u);
        if (!(step > 1e-15 * u || step < -1e-15 * u))
            break;
    }
    return p;
}

void mcpar__ends(double p, double q, struct mcpar__point below, struct mcpar__point above,
                 double *lower, double *upper)
{
    const double low = below.r < 0.5 ? p * below.r : p - p * below.w;
    const double high = above.r < 0.5 && q > 0.5 ? 1.0 - q * above.r : p + q * above.w;
    *lower = low < p ? low : p;
    *upper = high < p ? p : high < 1.0 ? high : 1.0;
}

/* Below LARGE, Gamma(x) = Gamma(x + k) / (x (x+1) ... (x+k-1)). */
double mcpar__stirling(double x)
{
    double large = x, product = 1.0, steps = 0.0;
    while (large < LARGE) {
        product *= large;
        large += 1.0;
        steps += 1.0;
    }
    const double y = 1.0 / (large * large);
    const double series = (1.0 / 12 - y * (1.0 / 360 - y * (1.0 / 1260 - y * (1.0 / 1680 - y / 1188)))) / large;
    if (steps < 1.0)
        return series;
    return series + ((large - 0.5) * mcpar__log(large) - (x - 0.5) * mcpar__log(x) - steps - mcpar__log(product));
}
