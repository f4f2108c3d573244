/* SPDX-License-Identifier: BSD-3-Clause */
/* cauchy.c - the Cauchy distribution with median a and half width at half height b: a + b tan(pi (p - 1/2)), by
 * inversion. The tails are right to p = 2^-65. The tangent is within 3 ulp. */
#include "random/dist/dist.h"

static bool prepare(struct mcpar__dist *d, bool whole)
{
    (void)whole;
    return mcpar__finite(d->a) && d->b > 0.0 && mcpar__finite(d->b);
}

/* sin(pi x) / x and cos(pi x) for y = x^2, x at most 1/4: Taylor's series, coefficients rounded to nearest. */
static inline double sine_over(double y)
{
    return 0x1.921fb54442d18p+1 + y * (-0x1.4abbce625be53p+2 + y * (0x1.466bc6775aae2p+1 + y * (-0x1.32d2cce62bd86p-1
           + y * (0x1.50783487ee782p-4 + y * (-0x1.e3074fde8871fp-8 + y * (0x1.e8f434d018d63p-12
           + y * (-0x1.6fadb9f155744p-16 + y * (0x1.aaec32af93359p-21 + y * -0x1.8a404211f9547p-26))))))));
}

static inline double cosine(double y)
{
    return 1.0 + y * (-0x1.3bd3cc9be45dep+2 + y * (0x1.03c1f081b5ac4p+2 + y * (-0x1.55d3c7e3cbffap+0
           + y * (0x1.e1f506891babbp-3 + y * (-0x1.a6d1f2a204a8cp-6 + y * (0x1.f9d38a3763cc3p-10
           + y * (-0x1.b6e24f44b128fp-14 + y * (0x1.20c62c2f2d7f5p-18 + y * -0x1.2a0c591af8314p-23))))))));
}

/* p = (k + 1/2) 2^-64 is the probability of the nearer tail. Below 1/4, the magnitude is cot(pi p); above, it is
 * tan(pi (1/2 - p)), whose argument has its own exact integer, so that nothing is lost near the median. */
static inline double value(const struct mcpar__dist *d, uint64_t w)
{
    const uint64_t k = w ^ mcpar__upper(w);
    const bool tail = !(k >> 62);
    const double x = mcpar__open(tail ? k : (UINT64_MAX >> 1) - k), y = x * x;
    const double sine = x * sine_over(y), other = cosine(y);
    const double t = tail ? other / sine : sine / other;

    return d->a + d->b * (w >> 63 ? t : -t);
}

MCPAR__RECIPE_BY_WORD(cauchy, 2);
