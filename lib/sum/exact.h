/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * exact.h - exact sums of doubles and of products of two doubles
 *
 * An accumulator holds a sum as one long integer, in units of the smallest positive double (2^-1074), or of its square
 * (2^-2148) for products. It is an array of limbs, the digits of this integer, which is the sum of limb[i] * 2^(32 i).
 * So addition is exact, associative and commutative, and accumulators are added limb by limb. A limb has 64 bits
 * for a digit of 32, so that carries can wait (Neal 2015, arXiv 1505.05571, section 2; the idea is from Kulisch,
 * "Computer Arithmetic and Validity"). All zeros is an empty sum.
 *
 * Width. A double is below 2^1024 in magnitude, and 2^64 - 1 of them sum to below 2^1088, or 2^2162 units. Of the 68
 * limbs, the lower 67 hold 2144 bits, which leaves less than 2^18 + 1 for the top one. A product is below 2^2048, and
 * 2^64 - 1 of them sum to below 2^2112, or 2^4260 units. Of the 134 limbs, the lower 133 hold 4256 bits, which leaves
 * at most 2^4 for the top one.
 *
 * Carries. One value adds less than 2^32 in magnitude to any limb, and n values in blocks (sums.h) less than n * 2^33.
 * A limb of the canonical form (below) is at most 2^31 in magnitude. So:
 * - call mcpar__canonical at least once every 2^29 values: the limbs then stay below 2^62 + 2^31;
 * - up to 2^31 canonical accumulators (say, of 10^5 ranks) can be added without a carry: the limbs stay within 2^62.
 * - Both together (2^29 values into a sum of 2^30 canonical accumulators) still stay below 2^63.
 */
#ifndef MCPAR__EXACT_H
#define MCPAR__EXACT_H

#include <stddef.h>
#include <stdint.h>

enum {
    MCPAR__SUM_LIMBS = 68,        /* unit 2^-1074 */
    MCPAR__PRODUCT_LIMBS = 134    /* unit 2^-2148 */
};

/* The index of the first infinity or NaN; n if there is none. Works on the bits, in any floating-point environment;
 * sums.h has faster code. */
size_t mcpar__first_nonfinite(const double *x, size_t n);

/*
 * Add n finite doubles, or n products x[i] * y[i] of finite doubles (squares: y == x), to an accumulator. An infinity
 * or NaN adds a meaningless number, but writes no memory beyond the limbs. They use only integers and work in any
 * floating-point environment. They are the reference, and fine for a few values; sums.h has faster code.
 */
void mcpar__sum_add(int64_t *limb, const double *x, size_t n);
void mcpar__product_add(int64_t *limb, const double *x, const double *y, size_t n);

/*
 * Brings an accumulator into canonical form, the only one of its value in which each limb below the top is in
 * [-2^31, 2^31 - 1]; the top limb has the rest. Digits can be negative so that small negative sums use few limbs, too.
 * Limbs below the top may hold anything before, but the rest must fit into the top one ("Width" above).
 */
void mcpar__canonical(int64_t *limb, size_t limbs);

/* Finds the window of a canonical accumulator: the limbs in use are lo <= i < hi. lo = hi = 0 if it is zero. */
void mcpar__window(const int64_t *limb, size_t limbs, size_t *lo, size_t *hi);

/* into += from, limb by limb, without carries */
void mcpar__accumulate(int64_t *into, const int64_t *from, size_t limbs);

#endif
