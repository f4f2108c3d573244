/* SPDX-License-Identifier: BSD-3-Clause */
/* student_t.c - quantiles of Student's t distribution, two-sided
 *
 * For few degrees of freedom v, Newton's method for the logarithm of a probability as a function of log t, which is
 * concave (so the iteration stays on one side of the root after its first step). For small t this is the probability C
 * to be within -+t, and for large t the probability A to be outside:
 *
 *     C = I_{t^2/(v+t^2)}(1/2, v/2),   A = I_{v/(v+t^2)}(v/2, 1/2),
 *
 * the one by a power series with positive terms, and the other by a continued fraction. Both start with the same
 * factor, t times the density: f t = (t/sqrt v) (1 + t^2/v)^(-(v+1)/2) / B(1/2, v/2).
 */
#include "estimate/interval.h"

#include <math.h> /* NAN */

#include "base/elementary.h"
#include "estimate/deviance.h"

/* From here on the expansion in 1/v is used. Its next term is below 1e-15, because z is never above 8.3. */
#define MANY_DEGREES 16384.0

#define LOG_PI 0x1.250d048e7a1bdp+0

enum { MOST_TERMS = 5000, MOST_STEPS = 100 };

/* f t, with B(1/2, v/2) = sqrt(pi) Gamma(v/2) / Gamma((v+1)/2) by Stirling's series. */
static double density_times_t(double v, double t)
{
    const double a = 0.5 * v, x = t * t / v;
    const double log_beta = 0.5 * (LOG_PI - mcpar__log(a)) + 0.5 - a * mcpar__log1p(0.5 / a)
                            + (mcpar__stirling(a) - mcpar__stirling(a + 0.5));
    return t / __builtin_sqrt(v) * mcpar__exp(-0.5 * (v + 1.0) * mcpar__log1p(x) - log_beta);
}

/* C / (f t): 2 (1 + 2 (c + 1/2)/3 y + ...), y = t^2 / (v + t^2). */
static double inside(double v, double t)
{
    const double y = t * t / (v + t * t);
    double term = 1.0, sum = 1.0;
    for (int k = 0; k < MOST_TERMS && term > 1e-17 * sum; k++) {
        term *= y * (0.5 * v + 0.5 + (double)k) / (1.5 + (double)k);
        sum += term;
    }
    return 2.0 * sum;
}

/* A / (f t): 2/v times the continued fraction of I_x(a, b), evaluated by the method of Lentz: see W. J. Thompson and
 * A. R. Barnett, J. Comput. Phys. 64 (1986) 490. */
static double outside(double v, double t)
{
    const double a = 0.5 * v, b = 0.5, x = v / (v + t * t);
    double c = 1.0, d = 1.0 - (a + b) * x / (a + 1.0), fraction;
    d = 1.0 / d;
    fraction = d;
    for (int m = 1; m < MOST_TERMS; m++) {
        const double k = (double)m;
        const double even = k * (b - k) * x / ((a + 2.0 * k - 1.0) * (a + 2.0 * k));
        const double odd = -(a + k) * (a + b + k) * x / ((a + 2.0 * k) * (a + 2.0 * k + 1.0));
        d = 1.0 / (1.0 + even * d);
        c = 1.0 + even / c;
        fraction *= d * c;
        d = 1.0 / (1.0 + odd * d);
        c = 1.0 + odd / c;
        const double change = d * c;
        fraction *= change;
        if (change < 1.0 + 1e-15 && change > 1.0 - 1e-15)
            break;
    }
    return 2.0 / v * fraction;
}

/* Both probabilities are `factor` times f t, and d log(probability) / d log(t) is -+2 / factor. */
static double by_newton(double v, double confidence)
{
    const double border = __builtin_sqrt(3.0 * v / (v + 2.0));    /* near it both forms do well */
    const int within = !(1.0 - confidence < density_times_t(v, border) * outside(v, border));
    const double target = mcpar__log(within ? confidence : 1.0 - confidence);
    double t = border;
    for (int i = 0; i < MOST_STEPS; i++) {
        const double factor = within ? inside(v, t) : outside(v, t);
        const double error = target - mcpar__log(density_times_t(v, t) * factor);
        double step = error * factor * (within ? 0.5 : -0.5);
        if (step > 1.0 || step < -100.0) /* a first step may be too long by far, and f t would underflow */
            step = step > 0.0 ? 1.0 : -100.0;
        t *= mcpar__exp(step);
        if (step < 1e-8 && step > -1e-8) /* this step has left about its square */
            break;
    }
    return t;
}

/* M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions (1964), 26.7.5. */
static double by_expansion(double v, double z)
{
    const double z2 = z * z;
    const double first = (z2 + 1.0) / 4.0;
    const double second = ((5.0 * z2 + 16.0) * z2 + 3.0) / 96.0;
    const double third = (((3.0 * z2 + 19.0) * z2 + 17.0) * z2 - 15.0) / 384.0;
    const double fourth = ((((79.0 * z2 + 776.0) * z2 + 1482.0) * z2 - 1920.0) * z2 - 945.0) / 92160.0;
    return z + z * (first + (second + (third + fourth / v) / v) / v) / v;
}

double mcpar__student_t(uint64_t n, double confidence)
{
    if (n < 2 || !(confidence > 0.0 && confidence < 1.0))
        return (double)NAN;
    const double v = (double)(n - 1);
    return v < MANY_DEGREES ? by_newton(v, confidence) : by_expansion(v, mcpar__normal_z(confidence));
}
