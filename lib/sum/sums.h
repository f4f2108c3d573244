/* SPDX-License-Identifier: BSD-3-Clause */
/* sums.h - exact sums of many values at once, one implementation a CPU path; all add the same numbers to the limbs
 *
 * portable is integers alone and runs in any FP environment. The vector paths (sums_vector.h) need round-to-nearest,
 * no FTZ, no DAZ and no traps, which the trial loop sees to (fpenv.h); they raise exception flags.
 *
 * first_nonfinite: the index of the first infinity or NaN in a column, n if there is none.
 * column: the n values of x to an accumulator of MCPAR__SUM_LIMBS, their squares to one of MCPAR__PRODUCT_LIMBS.
 * products: x[i] * y[i] to an accumulator of MCPAR__PRODUCT_LIMBS.
 * room: MCPAR__SUMS_ROOM doubles to work in, whatever they hold; not on the stack, which may be a small one.
 * The values that are added are finite; what is not adds a number without meaning, but stays inside the limbs. n values
 * add less than n * 2^33 in magnitude to any limb: see "Carries" in exact.h. */
#ifndef MCPAR__SUMS_H
#define MCPAR__SUMS_H

#include "sum/exact.h"

enum { MCPAR__SUMS_ROOM = 2048 };

struct mcpar__sums {
    const char *name;
    size_t (*first_nonfinite)(const double *x, size_t n);
    void (*column)(int64_t *sum, int64_t *squares, const double *x, size_t n, double *room);
    void (*products)(int64_t *limb, const double *x, const double *y, size_t n, double *room);
};

extern const struct mcpar__sums mcpar__sums_portable, mcpar__sums_avx2, mcpar__sums_avx512, mcpar__sums_neon;

/* The path that this process uses, and a path by name: NULL if there is none or this CPU cannot run it (cpu_dispatch.h). */
const struct mcpar__sums *mcpar__sums_path(void);
const struct mcpar__sums *mcpar__sums_named(const char *name);

#endif
