/* SPDX-License-Identifier: BSD-3-Clause */
/* deviance.h - what the exact intervals and sequences for probabilities are made of
 *
 * Pure functions with the same bits on every CPU. They expect the default floating-point environment.
 */
#ifndef MCPAR__DEVIANCE_H
#define MCPAR__DEVIANCE_H

#include <stdint.h>

#define MCPAR__LOG_2PI 0x1.d67f1c864beb5p+0

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

/* The ends of an interval from their places below the share p of hits and below the share q = 1 - p of misses. */
void mcpar__ends(double p, double q, struct mcpar__point below, struct mcpar__point above,
                 double *lower, double *upper);

/* 1 - x / x0 for the x that a variable of the distribution Beta(a, b) is below as often as a normal variable is below
 * -z; x0 = a / nu, nu = a + b. For a and b of at least 1e5 and z < 9, or for z below the standard deviation. */
double mcpar__temme(double a, double b, double nu, double z, double reach);

/* log(Gamma(x)) - log(sqrt(2 pi / x) (x/e)^x) for x > 0: 1/(12 x) and so on. The absolute error is at most 2e-14. */
double mcpar__stirling(double x);

#endif
