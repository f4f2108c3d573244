/* SPDX-License-Identifier: BSD-3-Clause */
/* table.c - counts with a small mean by inversion: one word, compared with sums of probabilities as integers
 *
 * The probability of each value is right to about 2^-50 of itself or 2^-64, whichever is more, in both tails: below the
 * median, limits are made from sums of the lower tail, and above it from sums of the upper tail. */
#include "random/dist/dist.h"

/* x * 2^64, rounded down, for x from 0 to 1/2. */
static uint64_t to_word(double x)
{
    return (uint64_t)(x * 0x1p64);
}

void mcpar__table_fill(struct mcpar__table *table, const double *p, uint32_t last, bool guide)
{
    double lower = 0.0, upper = 0.0;
    uint32_t from = 0, k;

    for (k = 0; k < last && lower + p[k] < 0.5; k++) {
        lower = lower + p[k];
        table->most[k] = to_word(lower) - 1;
    }
    from = k;
    table->most[last] = UINT64_MAX;
    for (k = last; k > from; k--) {
        upper = upper + p[k];
        table->most[k - 1] = UINT64_MAX - to_word(upper < 0.5 ? upper : 0.5);
    }
    table->last = last;
    if (!guide)
        return;
    for (uint32_t g = 0, value = 0; g < MCPAR__GUIDE; g++) {
        while ((uint64_t)g << 56 > table->most[value])
            value++;
        table->guide[g] = (uint8_t)value;
    }
}

void mcpar__table_values(const struct mcpar__table *table, const uint64_t *w, double *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = mcpar__table_value(table, table->guide[w[i] >> 56], w[i]);
}
