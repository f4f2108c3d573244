/* SPDX-License-Identifier: BSD-3-Clause */
/* sums_portable.c - exact sums by integers: the reference for the vector code */
#include "sum/sums.h"
#include "sum/sums_column.h"

static void column(struct mcpar__column *to, const double *x, size_t n, double *room)
{
    (void)room;
    mcpar__open_column(to);
    mcpar__add_column(to->sum, to->squares, x, n);
    mcpar__extremes(to, x, n);
    to->overflow = mcpar__add_cubes(to->cubes, x, n);
    mcpar__close_column(to);
}

static void products(int64_t *limb, const double *x, const double *y, size_t n, double *room)
{
    (void)room;
    mcpar__product_add(limb, x, y, n);
}

const struct mcpar__sums mcpar__sums_portable = { "portable", mcpar__first_nonfinite, column, products };
