/* SPDX-License-Identifier: BSD-3-Clause */
/* mean_interval.c - confidence intervals for means, from a number of values fixed beforehand */
#include "estimate/interval.h"

#include "base/elementary.h"

void mcpar__normal_interval(double mean, double std_error, double confidence,
                            double *lower, double *upper)
{
    const double half = mcpar__normal_z(confidence) * std_error;
    *lower = mean - half;
    *upper = mean + half;
}

void mcpar__student_interval(double mean, double std_error, uint64_t n, double confidence,
                             double *lower, double *upper)
{
    const double half = mcpar__student_t(n, confidence) * std_error;
    *lower = mean - half;
    *upper = mean + half;
}

/* The T with T + k T^2 / 3 + k^2 T^3 / 27 + k / 6 = h. Three times k times the left side, plus 1, is a cube, and so its
 * inverse is (3/k) (cbrt(1 + y) - 1) with y = k (h - k / 6); cbrt(1 + y) - 1 is about y / 3 for a small y. */
static double hall_inverse(double k, double h)
{
    const double y = k * (h - k / 6.0);
    if (y < 1e-20 && y > -1e-20) /* also where k is 0 */
        return h - k / 6.0;
    if (y > -1.0)
        return 3.0 / k * mcpar__expm1(mcpar__log1p(y) / 3.0);
    return -3.0 / k * (mcpar__exp(mcpar__log(-1.0 - y) / 3.0) + 1.0);
}

/* (mean - mu) / std_error, transformed to be nearly symmetric, is between -t and t with this confidence. */
void mcpar__hall_interval(double mean, double std_error, double skewness, uint64_t n, double confidence,
                          double *lower, double *upper)
{
    const double t = mcpar__student_t(n, confidence);
    const double k = skewness == skewness ? skewness / __builtin_sqrt((double)n) : 0.0;
    *lower = mean - std_error * hall_inverse(k, t);
    *upper = mean - std_error * hall_inverse(k, -t);
}
