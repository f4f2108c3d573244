/* SPDX-License-Identifier: BSD-3-Clause */
/* sequence.h - what a run up to a precision needs: when it may stop, and intervals that allow for the looking
 *
 * Pure functions with the same bits on every CPU. They expect the default floating-point environment, and confidences
 * in (0, 1); any other gives [0, 1], or NaN for means. `hits` is never above `trials`.
 *
 * The interval for a fixed number of trials is wrong for a run that looks at its result and stops when it likes it.
 * There are two ways out. One is to stop at a given number of hits: nothing is looked at but the count itself, and the
 * interval is exact. The other is a sequence of intervals, which holds at all trial counts at once, so that looking is
 * free; it is wider.
 */
#ifndef MCPAR__SEQUENCE_H
#define MCPAR__SEQUENCE_H

#include <stdint.h>

/* ---- Stopping at a number of hits ---- */

/* The least number m of hits for which a run that stops at its m-th hit has an interval of half width `relative` times
 * the estimate, where hits are rare (where they are not, the interval is shorter): the least m with
 * (G(1 - alpha/2; m) - G(alpha/2; m)) / (2 m) <= relative, with G the quantiles of the distribution Gamma(m, 1). At
 * 95 % 384 for 0.1, 1,537 for 0.05 and 38,415 for 0.01. Exact up to about 2^40, and within a relative 1e-14 above.
 * UINT64_MAX if it is above 2^63. */
uint64_t mcpar__hits_needed(double relative, double confidence);

/* The exact interval for a probability after a run that stops at its `hits`-th hit, which trial number `trials` was
 * (counted from 1): the lower end is that of Clopper and Pearson, and the upper end is theirs for one hit and one trial
 * fewer. For a run that reached its last allowed trial before, call mcpar__clopper_pearson instead; runs that end one
 * way or the other are then covered, too. Without hits it is the interval of Clopper and Pearson. */
void mcpar__inverse_binomial(uint64_t hits, uint64_t trials, double confidence, double *lower, double *upper);

/* ---- Sequences for hits ---- */

/* What a sequence is made for: a half width, relative to the estimate or absolute, at a confidence. One of the first
 * two is above 0 and the other one is 0. */
struct mcpar__tuning {
    double relative, half_width, confidence;
};

/* log of the evidence against probability p, which is in (0, 1). For whatever p is true, the chance that the evidence
 * ever exceeds 1/alpha is at most alpha. */
double mcpar__goal_evidence(uint64_t hits, uint64_t trials, const struct mcpar__tuning *tuning, double p);

/* The interval that holds at all trial counts at once: from the smallest to the largest p whose evidence is below
 * 1 / (1 - confidence). Its confidence may differ from the one it is tuned for. 1e-9 of the width, plus 1 ulp of the
 * end; 0 <= *lower <= hits/trials (rounded) <= *upper <= 1. */
void mcpar__goal_sequence(uint64_t hits, uint64_t trials, const struct mcpar__tuning *tuning, double confidence,
                          double *lower, double *upper);

/* ---- Sequences for means ---- */

/* The rho^2 of a sequence that is shortest where its half width reaches half_width, if the standard deviation of the
 * values is std_dev. */
double mcpar__mean_rho2(double std_dev, double half_width, double confidence);

/* About how many trials a sequence takes until its half width is this, and the rho^2 that is best for an end after so many
 * trials. */
double mcpar__sequence_trials(double std_dev, double half_width, double confidence);
double mcpar__sequence_rho2(double trials, double confidence);

/* The asymptotic sequence for the mean of n values with this standard deviation: I. Waudby-Smith, D. Arbour, R. Sinha,
 * E. H. Kennedy and A. Ramdas, Ann. Stat. 52 (2024) 2613, theorem 2.2. */
void mcpar__mean_sequence(double mean, double std_dev, uint64_t n, double rho2, double confidence,
                          double *lower, double *upper);

#endif
