/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * moments.h - mean, variance, standard error and covariance from exact sums
 *
 * Each is computed as a fraction of integers and rounded once, to nearest, ties to even. So it is the double nearest to
 * the exact statistic of the doubles that were added, also when it is denormal (a negative one may round to -0.0), and
 * +-infinity where IEEE rounding gives that. The code uses only integers, works in any floating-point environment and
 * leaves it as it is.
 *
 * s, s2 and sxy are canonical accumulators (sum/exact.h) of x, of x * x and of x * y, over the same n values. An exact
 * zero gives +0.0. What is not defined is NaN: without values, for one value all except the mean, or for sums that no
 * values can have (n S2 < S^2).
 */
#ifndef MCPAR__MOMENTS_H
#define MCPAR__MOMENTS_H

#include <stdint.h>

/* S / n */
double mcpar__mean(const int64_t *s, uint64_t n);

/* (n S2 - S^2) / (n (n - 1)), the unbiased estimate */
double mcpar__variance(const int64_t *s, const int64_t *s2, uint64_t n);

/* sqrt((n S2 - S^2) / (n^2 (n - 1))), the error of the mean */
double mcpar__std_error(const int64_t *s, const int64_t *s2, uint64_t n);

/* (n Sxy - Sx Sy) / (n (n - 1)), the unbiased estimate */
double mcpar__covariance(const int64_t *sx, const int64_t *sy, const int64_t *sxy, uint64_t n);

/* The same for an observable that was 1 in h trials and 0 in the other n - h. */
double mcpar__hit_mean(uint64_t h, uint64_t n);
double mcpar__hit_variance(uint64_t h, uint64_t n);
double mcpar__hit_std_error(uint64_t h, uint64_t n);

#endif
