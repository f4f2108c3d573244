/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Exact sums of doubles and of products of two doubles.
 *
 * An accumulator is an array of limbs and stands for the integer sum of limb[i] * 2^(32 i), in units of the smallest
 * positive double (2^-1074), or of its square (2^-2148). So addition is exact, associative and commutative, and adding
 * two accumulators is adding their limbs. A limb holds a digit of 32 bits in 64, so that carries can wait (Neal 2015,
 * arXiv 1505.05571, section 2; Kulisch, "Computer Arithmetic and Validity", for the idea). All zeros is an empty sum.
 *
 * Width. A double is below 2^1024 in magnitude, and 2^64 - 1 of them sum to below 2^1088: 2^2162 units. Of the 68 limbs
 * the lower 67 hold 2144 bits, and the top one is left with less than 2^18 + 1. A product is below 2^2048, 2^64 - 1 of
 * them sum to below 2^2112: 2^4260 units. Of the 134 limbs the lower 133 hold 4256 bits, and the top one is left with
 * at most 2^4.
 *
 * Carries. One value adds less than 2^32 in magnitude to any limb, and n values in blocks (sums.h) less than n * 2^33.
 * A canonical limb is at most 2^31 in magnitude. So:
 * - call mcpar__canonical at least once every 2^29 values: the limbs are then below 2^62 + 2^31;
 * - up to 2^31 canonical accumulators (10^5 ranks, say) can be added without a carry: the limbs stay within 2^62.
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

/* The index of the first infinity or NaN, n if there is none, by bits, in any FP environment; sums.h is the quick way. */
size_t mcpar__first_nonfinite(const double *x, size_t n);

/*
 * Add n finite doubles, or n products x[i] * y[i] of finite doubles (squares: y == x), to an accumulator. An infinity
 * or NaN adds a number without meaning, but stays inside the limbs. By integers alone, in any FP environment: the
 * reference, and good for few values; sums.h is the quick way.
 */
void mcpar__sum_add(int64_t *limb, const double *x, size_t n);
void mcpar__product_add(int64_t *limb, const double *x, const double *y, size_t n);

/*
 * The one canonical form of a number: each digit in [-2^31, 2^31 - 1], the top limb keeps the rest. Digits are balanced
 * so that small negative sums use few limbs too. Limbs below the top may hold anything; the top one must be left with
 * a number that fits, which the width above says.
 */
void mcpar__canonical(int64_t *limb, size_t limbs);

/* The limbs in use are lo <= i < hi; lo = hi = 0 for an empty or zero (canonical) accumulator. */
void mcpar__window(const int64_t *limb, size_t limbs, size_t *lo, size_t *hi);

/* into += from, limb by limb, no carries */
void mcpar__accumulate(int64_t *into, const int64_t *from, size_t limbs);

#endif
