/* SPDX-License-Identifier: BSD-3-Clause */
/* sums_portable.c - exact sums by integers: the reference for the vector code */
#include "sum/sums.h"
#include "sum/sums_digits.h"

static void column(int64_t *sum, int64_t *squares, const double *x, size_t n, double *room)
{
    (void)room;
    mcpar__add_column(sum, squares, x, n);
}

static void products(int64_t *limb, const double *x, const double *y, size_t n, double *room)
{
    (void)room;
    mcpar__product_add(limb, x, y, n);
}

const struct mcpar__sums mcpar__sums_portable = { "portable", mcpar__first_nonfinite, column, products };
