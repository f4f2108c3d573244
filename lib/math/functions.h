/* SPDX-License-Identifier: BSD-3-Clause */
/* functions.h - exp, log, pow, sin and cos for trials: the same bits on every CPU
 *
 * Private to lib/math. mcpar.h declares what users call; functions_vector.h has the formulas. Everything expects the
 * floating-point environment of trials: round to nearest, no flush to zero, traps masked.
 *
 * A libm chooses its code by CPU and differs from other versions and other libms, so trials that call it do not give
 * the same bits everywhere. base/elementary.h has other functions, from which the bits of the intervals come; they are
 * less exact.
 */
#ifndef MCPAR__FUNCTIONS_H
#define MCPAR__FUNCTIONS_H

#include <stddef.h>
#include <stdint.h>

enum {
    MCPAR__FUNCTION_ROWS = 128,
    MCPAR__TWO_OVER_PI_WORDS = 21
};

extern const double mcpar__exp_table[2 * MCPAR__FUNCTION_ROWS], mcpar__log_table[4 * MCPAR__FUNCTION_ROWS];
extern const uint64_t mcpar__two_over_pi[MCPAR__TWO_OVER_PI_WORDS];

/* The functions of arrays, for each kind of CPU (base/cpu_dispatch.h). y may be x, or an array that does not overlap
 * it. */
struct mcpar__functions {
    const char *name;
    void (*exp)(double *y, const double *x, size_t n);
    void (*log)(double *y, const double *x, size_t n);
    void (*sin)(double *y, const double *x, size_t n);
    void (*cos)(double *y, const double *x, size_t n);
    void (*pow)(double *z, const double *x, const double *y, size_t n);
};

extern const struct mcpar__functions mcpar__functions_portable, mcpar__functions_avx2, mcpar__functions_avx512,
    mcpar__functions_neon;

const struct mcpar__functions *mcpar__functions_path(void);
const struct mcpar__functions *mcpar__functions_named(const char *name);

/* What a formula for vectors hands to code for single numbers. None depends on the kind of CPU. */

/* 2^(k / 128) (1 + rest), where row k mod 128 of the table is in rest already. The result may be subnormal, 0 or
 * infinite; k is between -2^18 and 2^18. */
double mcpar__exp_far(int64_t k, double rest);

/* x - n pi / 2 = *r + *rest in [-pi / 4, pi / 4]; returns n mod 4. x is finite and at least 1/2. */
uint64_t mcpar__reduce_far(double x, double *r, double *rest);

/* The one NaN that these functions return: CPUs differ in the NaNs that they make. */
double mcpar__nan(void);

#endif
