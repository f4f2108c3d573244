/* SPDX-License-Identifier: BSD-3-Clause */
/* deviance.h - what the exact intervals and sequences for probabilities are made of
 *
 * Pure functions with the same bits on every CPU. They expect the default floating-point environment.
 */
#ifndef MCPAR__DEVIANCE_H
#define MCPAR__DEVIANCE_H

#include <stdint.h>

/* A point x below a centre c, as w = 1 - x/c and r = x/c, both to full precision. */
struct mcpar__point {
    double w, r;
};

/* The point e^-u times the centre. */
struct mcpar__point mcpar__point_below(double u);

/* h/n, correctly rounded; h <= n. */
double mcpar__ratio(uint64_t h, uint64_t n);

/* -log of (x/x0)^a ((1-x)/(1-x0))^b for x0 = a/(a+b), x = x0 (1 - w), a and b above 0. Never negative, to full relative
 * precision. */
double mcpar__deviance(double a, double b, struct mcpar__point at);

/* The point below x0 where 2 deviance = target^2. */
struct mcpar__point mcpar__at_deviance(double a, double b, double target);

/* log(Gamma(x)) - log(sqrt(2 pi / x) (x/e)^x) for x > 0: 1/(12 x) and so on. The absolute error is at most 2e-14. */
double mcpar__stirling(double x);

#endif
