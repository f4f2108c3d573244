/* SPDX-License-Identifier: BSD-3-Clause */
/* sums_column.h - what is kept of a column, value by value: shared by the code for all kinds of CPU */
#ifndef MCPAR__SUMS_COLUMN_H
#define MCPAR__SUMS_COLUMN_H

#include "sum/sums.h"
#include "sum/sums_digits.h"
#include <math.h>

static inline void mcpar__open_column(struct mcpar__column *to)
{
    to->low = HUGE_VAL;
    to->high = -HUGE_VAL;
    to->overflow = false;
}

static inline void mcpar__extremes(struct mcpar__column *to, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        to->low = x[i] < to->low ? x[i] : to->low;
        to->high = x[i] > to->high ? x[i] : to->high;
    }
}

/* -0.0 + 0.0 is 0.0: the two are equal, so which of them is found depends on the order of the values. */
static inline void mcpar__close_column(struct mcpar__column *to)
{
    to->low += 0.0;
    to->high += 0.0;
}

#endif
