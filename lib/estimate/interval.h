/* SPDX-License-Identifier: BSD-3-Clause */
/* interval.h - confidence intervals, with the same bits on every CPU
 *
 * Pure functions, built on base/elementary.h and random/dist/distributions.h. They expect the default floating-point
 * environment. A confidence must be in (0, 1), without the ends. It is for the caller to refuse any other; here, it
 * gives z = NaN and [0, 1].
 */
#ifndef MCPAR__INTERVAL_H
#define MCPAR__INTERVAL_H

#include <stdint.h>

/* The exact two-sided interval of Clopper and Pearson for a probability, from `hits` <= `trials`. The relative error of
 * the distances from hits/trials to both ends is at most 3e-12, plus 1 ulp of the end itself, and always
 * 0 <= *lower <= hits/trials (rounded) <= *upper <= 1. Without trials it is [0, 1]; without hits, *lower is 0; if all
 * trials are hits, *upper is 1. Takes less than 1 ms for any count. */
void mcpar__clopper_pearson(uint64_t hits, uint64_t trials, double confidence,
                            double *lower, double *upper);

/* An interval for a probability that holds at all trial counts at once, however often one looks: with at least this
 * confidence, no count of the run ever has the probability outside. It is the set of all p with
 * (trials + 1) P(hits; trials, p) > 1 - confidence: by Ville's inequality, with the uniform mixture of binomials
 * (H. Robbins, Ann. Math. Stat. 41 (1970) 1397). Same limits as above; relative error as above, but 1e-9. */
void mcpar__anytime_hits(uint64_t hits, uint64_t trials, double confidence, double *lower, double *upper);

/* mean -+ z std_error. */
void mcpar__normal_interval(double mean, double std_error, double confidence,
                            double *lower, double *upper);

/* Student's interval for the mean of n values, mean -+ t std_error: exact for normal values. NaN for n < 2. */
void mcpar__student_interval(double mean, double std_error, uint64_t n, double confidence,
                             double *lower, double *upper);

/* The same, corrected for the skewness of the values (the mean of their cubed deviations over the cube of their standard
 * deviation): P. Hall, J. R. Stat. Soc. B 54 (1992) 221. A skewness of NaN means that it is not known, and of 0 that
 * there is none: both give Student's interval. A std_error of 0 gives [mean, mean]. */
void mcpar__hall_interval(double mean, double std_error, double skewness, uint64_t n, double confidence,
                          double *lower, double *upper);

/* The t such that a variable of Student's distribution with n - 1 degrees of freedom is within -+ t with this
 * probability. NaN for n < 2. The relative error is at most 1e-13. */
double mcpar__student_t(uint64_t n, double confidence);

/* The z such that a standard normal variable is within -+ z with this probability: 1.9599639845400538 for the double
 * 0.95, 8.29 for 1 - 2^-53. Within 0.6 ulp for confidences from 2^-1000 on; below that within 3 ulp, because half of a
 * confidence near 2^-1022 is rounded. */
double mcpar__normal_z(double confidence);

#endif
