/* SPDX-License-Identifier: BSD-3-Clause */
/* sequence.c - stopping at a number of hits, and sequences of intervals for hits and for means
 *
 * The sequence for hits tests each probability p by a mixture of binomials: if p is true, the likelihood of all hits
 * and misses so far, averaged over probabilities drawn from Beta(a, b), over the likelihood of p is a martingale of mean 1.
 * By Ville's inequality the chance that it ever exceeds 1/alpha is at most alpha. a and b may depend on p, because each
 * p is tested on its own: here Beta(a, b) has the mean p, and its weight r = a + b is the one that excludes wrong
 * probabilities first at the trial count at which the goal would be met if p were true. That is H. Robbins' mixture
 * (Ann. Math. Stat. 41 (1970) 1397), whose normal form is
 *
 *     n v = (1 + x) / x * ln((1 + x) / alpha^2)   with x = n / r,
 *
 * for values of variance 1 and intervals of half width 1/sqrt(v). The x that makes n smallest has x - ln(1 + x) =
 * 2 ln(1/alpha), and there n v = 1 + x. A mixture tuned for thousands of hits says little where there are few. So the
 * evidence is 7/8 of that mixture and 1/8 of the one with r = 1, which costs ln(8/7) of the threshold at the goal and
 * ln 8 far from it. (Half and half would need 1.13 times the trials at the goal.) The x is computed for 7/8 alpha.
 */
#include "estimate/sequence.h"

#include <math.h> /* NAN */

#include "base/elementary.h"
#include "estimate/deviance.h"
#include "estimate/interval.h"

#define GOAL_SHARE 0.875    /* of the evidence that is from the mixture for the goal */

/* Any weight gives valid evidence, and this keeps all terms finite. */
#define LEAST_WEIGHT 1e-100
#define MOST_WEIGHT 1e100

/* ---- Stopping at a number of hits ---- */

/* (G(1 - alpha/2; m) - G(alpha/2; m)) / (2 m). Gamma(m, 1) is the limit of n p for hits that need n trials. Up to 2^20
 * hits Clopper and Pearson's limits for 2^64 trials differ from it by a relative 1e-13. Above, the expansion of R. A.
 * Fisher and E. A. Cornish, Technometrics 2 (1960) 209, has an error of (z^2 / m)^3 / 1000. */
static double relative_half_width(uint64_t m, double confidence)
{
    const double hits = (double)m;
    if (m >> 20 == 0) {
        double lower, upper;
        mcpar__inverse_binomial(m, UINT64_MAX, confidence, &lower, &upper);
        return (upper - lower) * (0x1p63 / hits);
    }
    const double z = mcpar__normal_z(confidence), z2 = z * z;
    const double second = (z2 - 7.0) / 36.0;
    const double third = (z2 * (9.0 * z2 + 256.0) - 433.0) / 38880.0;
    return z / __builtin_sqrt(hits) * (1.0 + (second + third / hits) / hits);
}

uint64_t mcpar__hits_needed(double relative, double confidence)
{
    uint64_t few = 0, enough = UINT64_C(1) << 63;    /* few is too few, or 0 */
    if (!(confidence > 0.0 && confidence < 1.0) || !(relative_half_width(enough, confidence) <= relative))
        return UINT64_MAX;
    while (enough - few > 1) {
        const uint64_t middle = few + (enough - few) / 2;
        if (relative_half_width(middle, confidence) <= relative)
            enough = middle;
        else
            few = middle;
    }
    return enough;
}

void mcpar__inverse_binomial(uint64_t hits, uint64_t trials, double confidence, double *lower, double *upper)
{
    double unused;
    mcpar__clopper_pearson(hits, trials, confidence, lower, upper);
    if (hits > 0)
        mcpar__clopper_pearson(hits - 1, trials - 1, confidence, &unused, upper);
}

/* ---- The tuning ---- */

/* The x with x - ln(1 + x) = 2 ln(1/alpha), for alpha in (0, 1), by Newton's method. The left side is convex and is at
 * least x - 1 - x/2, so the iteration starts on the right of the root and stays there. */
static double best_ratio(double alpha)
{
    const double target = -2.0 * mcpar__log(alpha);
    double x = 2.0 * target + 2.0;
    for (int i = 0; i < 60; i++) {
        const double step = (-mcpar__log1p_minus(x) - target) * (1.0 + x) / x;
        x -= step;
        if (!(step > 1e-15 * x))
            break;
    }
    return x;
}

/* ---- Evidence ---- */

/* Seen from the end that is looked for: trials, hits and the probability if that is the lower end; for the upper end
 * misses take the place of hits, and 1 - p that of p. So the probability looked for is always below the share. */
struct side {
    double n, share, other;        /* trials, hits / n, misses / n */
    double goal;                   /* weight of the mixture for the goal: times (1 - p)/p if relative, else p (1 - p) */
    int relative, mirrored;
};

static struct side side_of(uint64_t hits, uint64_t trials, const struct mcpar__tuning *tuning, int mirrored)
{
    const uint64_t own = mirrored ? trials - hits : hits;
    const double x = best_ratio(GOAL_SHARE * (1.0 - tuning->confidence));
    const double width = tuning->relative > 0.0 ? tuning->relative : tuning->half_width;
    const struct side s = {
        .n = (double)trials, .share = mcpar__ratio(own, trials), .other = mcpar__ratio(trials - own, trials),
        .goal = (1.0 + 1.0 / x) / width / width, .relative = tuning->relative > 0.0, .mirrored = mirrored,
    };
    return s;
}

/* (1 + u) log(1 + u) - u. The caller knows 1 + u to full precision, too. */
static double divergence(double u, double one_plus_u)
{
    if (one_plus_u > 0.75 && one_plus_u < 1.25)
        return one_plus_u * mcpar__log1p_minus(u) + u * u;
    return one_plus_u > 0.0 ? one_plus_u * mcpar__log(one_plus_u) - u : 1.0;
}

/* log of B(a + hits, b + misses) / (B(a, b) x^hits y^misses) for a = weight x, b = weight y, y = 1 - x. With each Gamma
 * function by Stirling's series, what is left of the powers is the divergence of the probability updated by the hits
 * from x. It has no negative terms; the other terms are few and small. */
static double log_mixture(const struct side *s, struct mcpar__point at, double x, double y, double weight)
{
    const double a = weight * x, b = weight * y, total = weight + s->n;
    const double hits = s->n * s->share, misses = s->n * s->other;
    const double moved = hits * at.w / total;    /* from x to (a + hits) / total */
    const double main = total * (x * divergence(moved / x, (a + hits) / (total * x))
                                 + y * divergence(-moved / y, (b + misses) / (total * y)));
    const double roots = mcpar__log1p(s->n / weight) - mcpar__log1p(hits / a) - mcpar__log1p(misses / b);
    const double series = (mcpar__stirling(a + hits) - mcpar__stirling(a))
                          + (mcpar__stirling(b + misses) - mcpar__stirling(b))
                          - (mcpar__stirling(total) - mcpar__stirling(weight));
    return main + (0.5 * roots + series);
}

static double log_evidence(const struct side *s, struct mcpar__point at, double x, double y)
{
    const double p = s->mirrored ? y : x, q = s->mirrored ? x : y;
    double weight = s->relative ? s->goal * (q / p) : s->goal * p * q;
    if (!(weight > LEAST_WEIGHT))
        weight = LEAST_WEIGHT;
    if (weight > MOST_WEIGHT)
        weight = MOST_WEIGHT;
    const double goal = log_mixture(s, at, x, y, weight), plain = log_mixture(s, at, x, y, 1.0);
    /* log(7/8 e^goal + 1/8 e^plain) */
    if (goal > plain)
        return goal + mcpar__log(GOAL_SHARE + (1.0 - GOAL_SHARE) * mcpar__exp(plain - goal));
    return plain + mcpar__log(GOAL_SHARE * mcpar__exp(goal - plain) + (1.0 - GOAL_SHARE));
}

double mcpar__goal_evidence(uint64_t hits, uint64_t trials, const struct mcpar__tuning *tuning, double p)
{
    if (trials == 0)
        return 0.0;
    /* Measured from the side on which p is, so that share - x is known as well as p is. */
    const int mirrored = p > mcpar__ratio(hits, trials);
    const struct side s = side_of(hits, trials, tuning, mirrored);
    const double x = mirrored ? 1.0 - p : p, y = mirrored ? p : 1.0 - p;
    const double distance = mirrored ? p - s.other : s.share - p;
    const struct mcpar__point at = { distance / s.share, x / s.share };
    return log_evidence(&s, at, x, y);
}

/* ---- The interval ---- */

/* log of the evidence against share e^-u, less the threshold. */
static double excess(const struct side *s, double u, double threshold)
{
    const struct mcpar__point at = mcpar__point_below(u);
    return log_evidence(s, at, s->share * at.r, s->other + s->share * at.w) - threshold;
}

/* The u at which the deviance is this. */
static double at_deviance(const struct side *s, double deviance)
{
    if (!(s->other > 0.0))
        return deviance / s->n;
    const struct mcpar__point at = mcpar__at_deviance(s->n * s->share, s->n * s->other, __builtin_sqrt(2.0 * deviance));
    return at.r < 0.5 ? -mcpar__log(at.r) : -mcpar__log1p(-at.w);
}

enum { STEPS = 32 };
#define SMALL 1e-13    /* about the error of the evidence */

/* The outermost u with no excess, or -1 if there may be one at any u. The evidence is at most e^deviance, so where the
 * deviance is below the threshold there is no excess. The mixture of weight 1 alone excludes all p at and beyond the
 * outer bound, unless there is just one hit: its evidence is at least about e^deviance p / n^(3/2). In between, steps
 * inwards find the outermost change of sign, and the rule of false position ("Illinois": M. Dowell and P. Jarratt, BIT
 * 11 (1971) 168) its place. (Several have never been seen; nor is there a proof that there are none.) */
static double outermost(const struct side *s, double threshold)
{
    const double largest = 2.0 * (threshold + 1.5 * mcpar__log1p(s->n) + 8.0);
    double inner = at_deviance(s, threshold), outer = at_deviance(s, largest);
    const double ratio = mcpar__exp(mcpar__log(outer / inner) / STEPS);
    double far = excess(s, outer, threshold), near = 0.0;
    if (!(far >= 0.0))
        return -1.0;
    const double innermost = inner;
    inner = outer;
    while (inner > innermost) {
        inner /= ratio;
        near = excess(s, inner, threshold);
        if (near < 0.0)
            break;
        outer = inner;
        far = near;
    }
    double u = outer;
    for (int i = 0, last = 0; i < 200; i++) {
        u = inner + (outer - inner) * (near / (near - far));
        if (!(u > inner && u < outer))
            u = 0.5 * (inner + outer);
        const double value = excess(s, u, threshold);
        if ((value < SMALL && value > -SMALL) || !(outer - inner > 1e-15 * outer))
            break;
        const int now = value < 0.0 ? -1 : 1;
        if (now < 0) {
            inner = u;
            near = value;
            far *= last < 0 ? 0.5 : 1.0;
        } else {
            outer = u;
            far = value;
            near *= last > 0 ? 0.5 : 1.0;
        }
        last = now;
    }
    return u;
}

void mcpar__goal_sequence(uint64_t hits, uint64_t trials, const struct mcpar__tuning *tuning, double confidence,
                          double *lower, double *upper)
{
    *lower = 0.0;
    *upper = 1.0;
    if (trials == 0 || !(confidence > 0.0 && confidence < 1.0)
        || !(tuning->confidence > 0.0 && tuning->confidence < 1.0))
        return;
    const double least = 0x1p-53; /* of the next double: near 0 confidences are lost in 1 - confidence */
    const double logarithm = -mcpar__log(1.0 - confidence), threshold = logarithm > least ? logarithm : least;
    for (int mirrored = 0; mirrored <= 1; mirrored++) {
        const struct side s = side_of(hits, trials, tuning, mirrored);
        const double u = s.share > 0.0 ? outermost(&s, threshold) : -1.0;
        if (u < 0.0)
            continue;
        const struct mcpar__point at = mcpar__point_below(u);
        if (mirrored)
            *upper = at.r < 0.5 && s.share > 0.5 ? 1.0 - s.share * at.r : s.other + s.share * at.w;
        else
            *lower = at.r < 0.5 ? s.share * at.r : s.share - s.share * at.w;
    }
    if (*upper > 1.0)
        *upper = 1.0;
}

/* ---- Means ---- */

double mcpar__mean_rho2(double std_dev, double half_width, double confidence)
{
    if (!(confidence > 0.0 && confidence < 1.0))
        return (double)NAN;
    const double x = best_ratio(1.0 - confidence), z = half_width / std_dev;
    return x / (1.0 + x) * z * z;
}

double mcpar__sequence_trials(double std_dev, double half_width, double confidence)
{
    if (!(confidence > 0.0 && confidence < 1.0))
        return (double)NAN;
    const double z = std_dev / half_width;
    return (1.0 + best_ratio(1.0 - confidence)) * z * z;
}

double mcpar__sequence_rho2(double trials, double confidence)
{
    if (!(confidence > 0.0 && confidence < 1.0))
        return (double)NAN;
    return best_ratio(1.0 - confidence) / trials;
}

void mcpar__mean_sequence(double mean, double std_dev, uint64_t n, double rho2, double confidence,
                          double *lower, double *upper)
{
    *lower = *upper = (double)NAN;
    if (!(confidence > 0.0 && confidence < 1.0) || n == 0)
        return;
    const double count = (double)n, weight = count * rho2;
    const double log_term = mcpar__log1p(weight) - 2.0 * mcpar__log(1.0 - confidence);
    const double half = std_dev * __builtin_sqrt((1.0 + 1.0 / weight) / count * log_term);
    *lower = mean - half;
    *upper = mean + half;
}
