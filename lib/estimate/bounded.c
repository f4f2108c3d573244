/* SPDX-License-Identifier: BSD-3-Clause */
/* bounded.c - confidence intervals for the mean of values between bounds that the program knows */
#include "estimate/interval.h"

#include "base/elementary.h"
#include "estimate/deviance.h"

static void around(double mean, double half, double least, double most, double *lower, double *upper)
{
    *lower = mean - half > least ? mean - half : least;
    *upper = mean + half < most ? mean + half : most;
}

void mcpar__hoeffding(double mean, uint64_t n, double least, double most, double confidence,
                      double *lower, double *upper)
{
    *lower = least;
    *upper = most;
    if (n > 0 && confidence > 0.0 && confidence < 1.0)
        around(mean, (most - least) * __builtin_sqrt(-0.5 * mcpar__log(0.5 * (1.0 - confidence)) / (double)n),
               least, most, lower, upper);
}

/* Each end by their theorem 4 for alpha/2. */
void mcpar__maurer_pontil(double mean, double variance, uint64_t n, double least, double most, double confidence,
                          double *lower, double *upper)
{
    *lower = least;
    *upper = most;
    if (n > 1 && confidence > 0.0 && confidence < 1.0) {
        const double count = (double)n, log_term = -mcpar__log(0.25 * (1.0 - confidence));
        const double range = (most - least) * (7.0 / 3.0) * log_term / (count - 1.0);
        around(mean, __builtin_sqrt(2.0 * variance * log_term / count) + range, least, most, lower, upper);
    }
}

/* ---- At all counts of values at once ---- */

/* The likelihood ratio of Bernoulli variables, (t/p)^x ((1-t)/(1-p))^(1-x), is convex in x. So for any x in [0, 1] it
 * is at most what it is on average for a Bernoulli variable of mean x. Its mean is therefore at most 1 where the mean of
 * x is p, and the uniform mixture of mcpar__anytime_hits keeps its promise for a sum of such x in the place of hits.
 * (The lower end for less than half a hit is 0: it may be below all doubles.) */
#define NO_HITS 1e-100

static void mixture_of_sum(double p, double q, double n, double confidence, double *lower, double *upper)
{
    const double log_tail = mcpar__log(1.0 - confidence) - mcpar__log1p(n), h = n * p, m = n * q;
    *lower = 0.0;
    *upper = 1.0;
    if (h < NO_HITS) {
        *upper = -mcpar__expm1(log_tail / n);
        return;
    }
    if (m < NO_HITS) {
        *lower = mcpar__exp(log_tail / n);
        return;
    }
    const double peak = -0.5 * (MCPAR__LOG_2PI + mcpar__log(h * q))
                        + (mcpar__stirling(n) - mcpar__stirling(h) - mcpar__stirling(m));
    const double target = __builtin_sqrt(2.0 * (peak - log_tail));
    mcpar__ends(p, q, mcpar__at_deviance(h, m, target), mcpar__at_deviance(m, h, target), lower, upper);
    if (h < 0.5)
        *lower = 0.0;
    if (m < 0.5)
        *upper = 1.0;
}

/* From the nearer bound, to keep the distance from it. */
static double between(double least, double most, double share)
{
    return share < 0.5 ? least + (most - least) * share : most - (most - least) * (1.0 - share);
}

void mcpar__bounded_mixture(double mean, uint64_t n, double least, double most, double confidence,
                            double *lower, double *upper)
{
    *lower = least;
    *upper = most;
    if (n == 0 || !(confidence > 0.0 && confidence < 1.0) || !(mean >= least && mean <= most && least < most))
        return;
    double low, high;
    mixture_of_sum((mean - least) / (most - least), (most - mean) / (most - least), (double)n, confidence, &low, &high);
    low = between(least, most, low);
    high = between(least, most, high);
    *lower = low < mean ? low : mean;
    *upper = high > mean ? high : mean;
}
