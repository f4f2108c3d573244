/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * skewness.h - the skewness of values and the share of one of them in their variance, from exact sums
 *
 * s, s2 and s3 are canonical accumulators (sum/exact.h) of x, of x * x and of the cubes RN(x RN(x x)) of sums.h, over
 * the same n values. Numerators and denominators are exact integers; each is rounded once, and the result is within 4
 * units in the last place of the exact figure of these sums, with the same bits on every CPU. They expect the default
 * floating-point environment.
 */
#ifndef MCPAR__SKEWNESS_H
#define MCPAR__SKEWNESS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The mean of the cubed deviations from the mean, over the cube of the standard deviation, both with the divisor n: the
 * figure that Hall's transformation is made for. NaN if it is not known: for n < 2, where all values are equal, and
 * where cubes were rounded too much. Rounding changes the mean of the cubes by about 2^-53 |mean|^3, which matters
 * unless it is small against the cube of the standard deviation: beyond a thousandth of it (|mean| about 20,000
 * standard deviations) the skewness is not known. Nor is it for standard deviations below about 2^-354, whose cubes are
 * denormal.
 */
double mcpar__skewness(const int64_t *s, const int64_t *s2, const int64_t *s3, uint64_t n);

/* (x - mean)^2 over the sum of the squared deviations of all values. NaN if all are equal. */
double mcpar__deviation_share(const int64_t *s, const int64_t *s2, double x, uint64_t n);

/* Whether there are two values that differ. */
bool mcpar__varies(const int64_t *s, const int64_t *s2, uint64_t n);

#endif
