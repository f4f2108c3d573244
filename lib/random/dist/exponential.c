/* SPDX-License-Identifier: BSD-3-Clause */
/* The exponential distribution by inversion: one word, one draw. */
#include "random/dist/distributions.h"
#include "random/dist/quantile.h"

/* k = min(w, ~w), v = 2 k + 1, q = v 2^-65 in (0, 1/2).
 *
 * Lower half of the words: q = m 2^-n with m in [1, 2), the value is n log 2 - log m
 * and row 0..15 has -log m. Upper half: the value is -log(1 - q), row 16..31 has it
 * divided by v, so that the relative error stays as small when q comes to 0; adding
 * 2^64 to v makes its leading four bits the place of the row.
 *
 * t is exact up to one rounding for the reasons given in normal.c. */
static inline double exponential_of(uint64_t w)
{
    const uint64_t upper = UINT64_C(0) - (w >> 63);
    const uint64_t v = 2 * (w ^ upper) + 1;
    const double first = mcpar__first_of(v);
    const double second = mcpar__second_of(v);
    const double placed = first + mcpar__choose(upper, 0x1p64, 0.0);
    const double sum = placed + second;
    const double u = sum < 0x1p65 ? sum : 0x1.fffffffffffffp64;
    const uint64_t bits = mcpar__bits_of(u);
    const size_t index = (size_t)(upper & 16) + (size_t)(bits >> 48 & 15);
    const struct mcpar__row *row = &mcpar__exponential_table[index];
    const double scale = mcpar__double_of((UINT64_C(2046) << 52) - (bits & UINT64_C(0x7ff0000000000000)));
    const double t = ((placed - mcpar__middle_of(u)) + second) * scale;
    const double n = mcpar__choose(upper, 0.0, 0x1p52 + (65 + 1023) - mcpar__double_of(bits >> 52 | UINT64_C(0x4330000000000000)));
    const double m = mcpar__choose(upper, first + second, 1.0);
    const double head = mcpar__head_of(m);
    const double tail = mcpar__choose(upper, (first - head) + second, 0.0);
    return mcpar__row_value(row, n * MCPAR__LN2_HIGH + row->c[0],
                            n * MCPAR__LN2_LOW + mcpar__upper_half(row->packed[0]), t, m, head, tail);
}

double mcpar__exponential_of(uint64_t w)
{
    return exponential_of(w);
}

void mcpar__portable_exponentials(const uint64_t *restrict w, double *restrict out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = exponential_of(w[i]);
}
