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

/* The score interval: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209. Same limits as above; relative error 1e-12. */
void mcpar__wilson(uint64_t hits, uint64_t trials, double confidence, double *lower, double *upper);

/* Central quantiles of the posterior distribution for the prior Beta(1/2, 1/2), but 0 without hits and 1 if all trials
 * are hits: L. D. Brown, T. T. Cai and A. DasGupta, Stat. Sci. 16 (2001) 101. Same limits as above; relative error
 * 1e-11. If the confidence is tiny, hits/trials may be outside: the interval is then extended to it. */
void mcpar__jeffreys(uint64_t hits, uint64_t trials, double confidence, double *lower, double *upper);

/* For the mean of n values between bounds: with at least this confidence for any distribution of them. W. Hoeffding, J.
 * Am. Stat. Assoc. 58 (1963) 13, theorem 1, and, for n > 1, A. Maurer and M. Pontil, Proc. COLT 2009, theorem 4, which
 * is shorter if the variance is small. Without values, [least, most]. */
void mcpar__hoeffding(double mean, uint64_t n, double least, double most, double confidence,
                      double *lower, double *upper);
void mcpar__maurer_pontil(double mean, double variance, uint64_t n, double least, double most, double confidence,
                          double *lower, double *upper);

/* mcpar__anytime_hits for the sum of such values, scaled to [0, 1]: holds at all counts of values at once. */
void mcpar__bounded_mixture(double mean, uint64_t n, double least, double most, double confidence,
                            double *lower, double *upper);

/* mean -+ z std_error. */
void mcpar__normal_interval(double mean, double std_error, double confidence,
                            double *lower, double *upper);

/* Student's interval for the mean of n values, mean -+ t std_error: exact for normal values. NaN for n < 2. */
void mcpar__student_interval(double mean, double std_error, uint64_t n, double confidence,
                             double *lower, double *upper);

/* The same, corrected for the skewness of the values (the mean of their cubed deviations over the cube of their
 * standard deviation): P. Hall, J. R. Stat. Soc. B 54 (1992) 221. A skewness of NaN means that it is not known, and of
 * 0 that there is none: both give Student's interval. A std_error of 0 gives [mean, mean]. */
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
