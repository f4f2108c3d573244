/* SPDX-License-Identifier: BSD-3-Clause */
/* The normal distribution by inversion: one word, one draw. */
#include "random/dist/distributions.h"
#include "random/dist/quantile.h"

/* v 2^-65 = p is the distance to the nearer end of (0, 1), v = first + second in
 * exact arithmetic, u = v rounded; d = 2^64 - v = d_first - second is what is
 * missing from p to 1/2, in the same unit, and its rounded value.
 *
 * Below p = 1/4 a row gives the quantile itself. From 1/4 on it gives the quantile
 * over d, so that the relative error stays as small when p comes to 1/2. */
static inline double quantile(double u, double first, double second, double d_first, double d)
{
    /* A v within 2^10 of 2^64 rounds up to it; its row is the last one. */
    const double in_table = u < 0x1p64 ? u : 0x1.fffffffffffffp63;
    const size_t index = (size_t)(mcpar__bits_of(in_table) >> 48) - 1023 * 16;
    const struct mcpar__row *row = &mcpar__normal_table[index];
    const double t = (first - mcpar__middle_of(in_table)) + second;
    const uint64_t central = UINT64_C(0) - (index >= 63 * 16);
    const double m = mcpar__choose(central, d, 1.0);
    const double head = mcpar__head_of(m);
    const double tail = mcpar__choose(central, (d_first - head) - second, 0.0);
    return mcpar__row_value(row, row->c[0], mcpar__upper_half(row->packed[0]), t, m, head, tail);
}

static inline double normal_of(uint64_t w)
{
    const uint64_t positive = UINT64_C(0) - (w >> 63);
    const uint64_t v = 2 * (w ^ positive) + 1;
    /* Both halves, their distances to middle_of(u) and 2^64, and v - middle_of(u) up
     * to its one rounding are exact, as all are integers times a common power of 2. */
    const double first = mcpar__first_of(v);
    const double second = mcpar__second_of(v);
    const double d_first = 0x1p64 - first;
    const double x = quantile(first + second, first, second, d_first, d_first - second);
    return mcpar__double_of(mcpar__bits_of(x) ^ (~positive << 63));
}

double mcpar__normal_of(uint64_t w)
{
    return normal_of(w);
}

void mcpar__portable_normals(const uint64_t *restrict w, double *restrict out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = normal_of(w[i]);
}

double mcpar__normal_upper(double tail, double middle)
{
    if (tail < 0.25) {
        const double v = tail * 0x1p65;
        return quantile(v, v, 0.0, 0x1p64 - v, 0x1p64 - v);
    }
    const double d = middle * 0x1p65;
    return quantile(0x1p64 - d, 0x1p64, -d, 0.0, d);
}
