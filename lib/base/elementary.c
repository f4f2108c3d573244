/* SPDX-License-Identifier: BSD-3-Clause */
/* Logarithms and exponentials: argument reduction, one polynomial each.
 *
 * The reductions are the classical ones: P. T. P. Tang, ACM TOMS 15 (1989) 144 and
 * 16 (1990) 378; K. C. Ng's log(1 + f) = f - (f^2/2 - s (f^2/2 + R)) with
 * s = f / (2 + f), which keeps the large term f exact. Coefficients come from
 * lib/base/make_elementary.py.
 */
#include <math.h>      /* INFINITY and NAN; no function of libm is called */

#include "base/bits.h"
#include "base/elementary.h"

#define SQRT_HALF 0x1.6a09e667f3bcdp-1
#define ONE_OVER_LN2 0x1.71547652b82fep+0

#define TINY 5.551115123125783e-17 /* 2^-54: below it the functions of 1 + x are x */

/* LN2_HIGH has 42 bits: times an exponent (11 bits) it is exact. */
#define LN2_HIGH 0x1.62e42fefa38p-1
#define LN2_LOW 0x1.ef35793c7673p-45

/* 2 atanh(s) = 2 s + s W, z = s^2 <= 0.0295; the polynomial errs by 2^-60 of the sum. */
static double atanh_rest(double z)
{
    const double z2 = z * z;
    const double low = (0x1.5555555555555p-1 + z * 0x1.9999999999a38p-2)
                       + z2 * (0x1.2492492476cccp-2 + z * 0x1.c71c720159177p-3);
    const double high = (0x1.745cf9048dd95p-3 + z * 0x1.3b1c355a8f7a2p-3)
                        + z2 * (0x1.0fbe95d716020p-3 + z * 0x1.0c039c49989c6p-3);
    return z * (low + (z2 * z2) * high);
}

/* k log 2 + log(1 + f) + rest, for 1 + f in [sqrt 1/2, sqrt 2] and a tiny rest. */
static double log_sum(double k, double f, double rest)
{
    const double s = f / (2.0 + f);
    const double half_square = 0.5 * f * f;
    const double correction = s * (half_square + atanh_rest(s * s)) + (k * LN2_LOW + rest);
    return k * LN2_HIGH - ((half_square - correction) - f);
}

/* A positive normal number as 2^k m, m in [sqrt 1/2, sqrt 2); returns m. */
static double split(double x, int *k)
{
    const uint64_t bits = mcpar__bits_of(x);
    const uint64_t above = bits - mcpar__bits_of(SQRT_HALF);
    const int64_t exponent = (int64_t)(above >> 52) - (above >> 63 ? 4096 : 0);
    *k = (int)exponent;
    return mcpar__double_of(bits - ((uint64_t)exponent << 52));
}

static double power_of_2(int k)
{
    return mcpar__double_of((uint64_t)(k + 1023) << 52);
}

double mcpar__log(double x)
{
    int k, shift = 0;
    if (!(x > 0.0))
        return x == 0.0 ? (double)-INFINITY : (double)NAN;
    if (x > 0x1.fffffffffffffp1023)
        return x;
    if (x < 0x1p-1022) {
        x *= 0x1p54;
        shift = 54;
    }
    const double m = split(x, &k);
    return log_sum((double)(k - shift), m - 1.0, 0.0);
}

double mcpar__log1p(double x)
{
    int k;
    if (!(x > -1.0))
        return x < -1.0 ? (double)NAN : x == -1.0 ? (double)-INFINITY : x;
    if (x > 0x1.fffffffffffffp1023)
        return x;
    if (x > -TINY && x < TINY)
        return x;
    if (x > SQRT_HALF - 1.0 && x < 2.0 * SQRT_HALF - 1.0)
        return log_sum(0.0, x, 0.0);
    /* u = 1 + x lost an exact `lost` (Fast2Sum), worth lost / u in the logarithm. */
    const double u = 1.0 + x;
    const double lost = x < 1.0 ? x - (u - 1.0) : 1.0 - (u - x);
    const double m = split(u, &k);
    return log_sum((double)k, m - 1.0, lost / u);
}

double mcpar__log1p_minus(double x)
{
    if (!(x > SQRT_HALF - 1.0 && x < 2.0 * SQRT_HALF - 1.0))
        return mcpar__log1p(x) - x;
    /* 2 s - x = -s x */
    const double s = x / (2.0 + x);
    return s * (atanh_rest(s * s) - x);
}

/* x = k log 2 + r + rest, |r| <= log(2)/2; returns expm1(r + rest) - r, k rounded. */
static double expm1_rest(double x, int *k, double *r)
{
    *k = (int)(x * ONE_OVER_LN2 + (x < 0.0 ? -0.5 : 0.5));
    const double high = x - (double)*k * LN2_HIGH;
    const double low = (double)*k * LN2_LOW;
    *r = high - low;
    const double rest = (high - *r) - low;
    const double y = *r, y2 = y * y, y4 = y2 * y2;
    const double a = (0x1.5555555555555p-3 + y * 0x1.5555555555556p-5)
                     + y2 * (0x1.1111111111111p-7 + y * 0x1.6c16c16c162d6p-10);
    const double b = (0x1.a01a01a019b2bp-13 + y * 0x1.a01a01a6d7808p-16)
                     + y2 * (0x1.71de3a5904934p-19 + y * 0x1.27e4db67b429fp-22);
    const double c = (0x1.ae64344d7f47cp-26 + y * 0x1.1f72fc73183dep-29) + y2 * 0x1.61b2b016b76d1p-33;
    const double cubic = (y2 * y) * (a + y4 * (b + y4 * c));
    return 0.5 * y2 + (cubic + rest * (1.0 + y));
}

double mcpar__exp(double x)
{
    int k;
    double r;
    if (x != x)
        return x;
    if (x > 709.79)
        return (double)INFINITY;
    if (x < -745.2)
        return 0.0;
    const double rest = expm1_rest(x, &k, &r);
    const double y = 1.0 + (r + rest);
    if (k > -1022 && k < 1024)
        return y * power_of_2(k);
    /* In two steps, so that a subnormal result is rounded once and 2^1024 is reached. */
    return y * power_of_2(k / 2) * power_of_2(k - k / 2);
}

double mcpar__expm1(double x)
{
    int k;
    double r;
    if (x != x || (x > -TINY && x < TINY))
        return x;
    if (x > 40.0)
        return mcpar__exp(x) - 1.0;
    if (x < -40.0)
        return -1.0;
    const double rest = expm1_rest(x, &k, &r);
    const double scale = power_of_2(k);
    return k == 0 ? r + rest : (scale - 1.0) + scale * (r + rest);
}
