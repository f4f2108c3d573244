/* SPDX-License-Identifier: BSD-3-Clause */
/* stirling.c - logarithms of probabilities of counts without cancellation
 *
 * C. Loader, "Fast and accurate computation of binomial probabilities" (2000): the factorials by Stirling's formula,
 * and what remains of the exponent as a deviance. */
#include "base/elementary.h"
#include "random/dist/dist.h"

/* The rest for k = 1 to 15, correctly rounded; from 16 on, Stirling's series, which errs by less than 2e-18. */
static const double rest[16] = {
    0,
    0x1.4c071bcda0a5bp-4, 0x1.52a9b923ea649p-5, 0x1.c579a268d80b3p-6, 0x1.54a2662fd78a9p-6, 0x1.10b4e513fcbedp-6,
    0x1.c6b167bebdf36p-7, 0x1.85d4d612e4a86p-7, 0x1.552805e7b3076p-7, 0x1.2f4871b12ab64p-7, 0x1.10f9d4c0743a7p-7,
    0x1.f0593088014f8p-8, 0x1.c7018733aa9c6p-8, 0x1.a40514700f36cp-8, 0x1.86076c002d4a7p-8, 0x1.6c08f6f194a10p-8,
};

double mcpar__stirling_rest(double k)
{
    const double z = 1.0 / (k * k);

    if (k < 16.0)
        return rest[(int)k];
    return (1.0 / 12.0 - z * (1.0 / 360.0 - z * (1.0 / 1260.0 - z * (1.0 / 1680.0 - z * (1.0 / 1188.0 - z
           * (691.0 / 360360.0)))))) / k;
}

double mcpar__count_deviance(double k, double mean)
{
    return k * mcpar__log1p_minus((mean - k) / k);
}
