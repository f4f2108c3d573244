/* SPDX-License-Identifier: BSD-3-Clause */
/* The library's own elementary functions: the same bits on every CPU.
 *
 * glibc picks its exp and log by CPU and its results differ in the last bit, so
 * nothing that decides a result may call them. These use + - * / and exact
 * conversions only. Build with -ffp-contract=off. They expect the default
 * floating-point environment; special values follow C11 Annex F, errno is left
 * alone, exception flags may be raised as in any arithmetic.
 */
#ifndef MCPAR__ELEMENTARY_H
#define MCPAR__ELEMENTARY_H

/* Natural logarithm, within 0.9 ulp. log(0) = -inf, NaN below 0. */
double mcpar__log(double x);

/* log(1 + x), within 0.9 ulp, for x near 0 too. */
double mcpar__log1p(double x);

/* log(1 + x) - x, never positive, within 6 ulp: an exponent near its
 * maximum, where log1p(x) - x would lose everything. */
double mcpar__log1p_minus(double x);

/* e^x, within 0.8 ulp (subnormal results: 1 ulp). Overflows to inf, underflows to 0. */
double mcpar__exp(double x);

/* e^x - 1, within 1.3 ulp, for x near 0 too. */
double mcpar__expm1(double x);

#endif
