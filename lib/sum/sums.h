/* SPDX-License-Identifier: BSD-3-Clause */
/* sums.h - exact sums (exact.h) of many values at once: a table of functions for each kind of CPU, all exact
 *
 * first_nonfinite: the index of the first infinity or NaN in x; n if there is none.
 * column: adds the n values of x to struct mcpar__column, which says what is kept of a column.
 * products: adds the products x[i] * y[i] to an accumulator of MCPAR__PRODUCT_LIMBS.
 * room: MCPAR__SUMS_ROOM doubles to work in, with any contents. They are not on the stack, which may be small.
 *
 * The cube of a value is the double RN(x RN(x x)), where RN rounds to nearest. It is rounded, because exact cubes would
 * need accumulators twice as wide for what is only used to correct an interval (estimate/moments.h); but each value
 * has one cube, whatever the block or the CPU, and their sum is exact, so it is the same in any order.
 *
 * Cubes and the vector code (sums_vector.h) need rounding to nearest, denormals (no FTZ or DAZ) and no traps, which the
 * trial loop ensures (fpenv.h); they raise exception flags. All else in the portable code uses only integers and works
 * in any floating-point environment.
 *
 * Values to be added must be finite. Others add a meaningless number, but write no memory beyond the limbs. n values
 * add less than n * 2^33 in magnitude to any limb; see "Carries" in exact.h. */
#ifndef MCPAR__SUMS_H
#define MCPAR__SUMS_H

#include "sum/exact.h"
#include <stdbool.h>

enum { MCPAR__SUMS_ROOM = 2048 };

struct mcpar__column {
    int64_t *sum, *squares, *cubes;        /* accumulators; only that of the squares has MCPAR__PRODUCT_LIMBS */
    double low, high;                      /* set to the smallest and largest of the n values, with 0.0 for -0.0;
                                              n = 0: infinity and -infinity */
    bool overflow;                         /* set to whether some cube overflows (|x| above 2^341.3); it is not added */
};

struct mcpar__sums {
    const char *name;
    size_t (*first_nonfinite)(const double *x, size_t n);
    void (*column)(struct mcpar__column *to, const double *x, size_t n, double *room);
    void (*products)(int64_t *limb, const double *x, const double *y, size_t n, double *room);
};

extern const struct mcpar__sums mcpar__sums_portable, mcpar__sums_avx2, mcpar__sums_avx512, mcpar__sums_neon;

/* The table that this process uses, and a table by name: NULL if there is none or this CPU cannot run it
 * (cpu_dispatch.h). */
const struct mcpar__sums *mcpar__sums_path(void);
const struct mcpar__sums *mcpar__sums_named(const char *name);

#endif
