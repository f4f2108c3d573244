/* SPDX-License-Identifier: BSD-3-Clause */
/* Confidence intervals, the same bits on every CPU.
 *
 * Pure functions over lib/base/elementary.h and lib/random/dist/distributions.h; they expect the
 * default floating-point environment. A confidence is in (0, 1), ends excluded; for
 * any other the caller has an error to give, and gets z = NaN and [0, 1] here.
 */
#ifndef MCPAR__INTERVAL_H
#define MCPAR__INTERVAL_H

#include <stdint.h>

/* The exact two-sided interval of Clopper and Pearson for a probability after
 * `hits` <= `trials`: both distances from hits/trials within 3e-12 of themselves
 * plus 1 ulp of what is written, and always 0 <= *lower <= hits/trials (rounded)
 * <= *upper <= 1. No trials: [0, 1]. No hits: *lower is 0. All hits: *upper is 1.
 * Any count takes less than 1 ms. */
void mcpar__clopper_pearson(uint64_t hits, uint64_t trials, double confidence,
                            double *lower, double *upper);

/* mean -+ z std_error. */
void mcpar__normal_interval(double mean, double std_error, double confidence,
                            double *lower, double *upper);

/* The z that a normal variable stays within with this probability: 1.9599639845400538 for 0.95 (the double), 8.29
 * for 1 - 2^-53. Within 0.6 ulp for confidences from 2^-1000 on; below that within 3 ulp, since half of a
 * confidence near 2^-1022 is rounded. */
double mcpar__normal_z(double confidence);

#endif
