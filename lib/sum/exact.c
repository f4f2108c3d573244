/* SPDX-License-Identifier: BSD-3-Clause */
/* exact.c - accumulators of exact sums: adding to them, by integers, and their canonical form */
#include "sum/exact.h"
#include "sum/sums_digits.h"

size_t mcpar__first_nonfinite(const double *x, size_t n)
{
    enum { BLOCK = 16 };    /* the inner loop has no exit, so that compilers can use vectors */
    const uint64_t exponent = UINT64_C(0x7ff) << 52;
    size_t i = 0;
    for (; n - i >= BLOCK; i += BLOCK) {
        unsigned int found = 0;
        for (size_t j = i; j < i + BLOCK; j++)
            found |= (mcpar__bits_of(x[j]) & exponent) == exponent;
        if (found)
            break;
    }
    while (i < n && (mcpar__bits_of(x[i]) & exponent) != exponent)
        i++;
    return i;
}

void mcpar__sum_add(int64_t *limb, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        mcpar__add_double(limb, mcpar__parts_of(x[i]));
}

/* Squares have a loop of their own, because it takes only one double apart. */
void mcpar__product_add(int64_t *limb, const double *x, const double *y, size_t n)
{
    if (x == y) {
        for (size_t i = 0; i < n; i++) {
            struct mcpar__parts p = mcpar__parts_of(x[i]);
            mcpar__add_product(limb, p, p);
        }
    } else {
        mcpar__add_products(limb, x, y, n);
    }
}

/*
 * A limb is split into high * 2^32 + low before the carry is added, so that nothing overflows, however large the limb.
 * Every division is exact, and the carry stays within 2^31 + 1. The form is unique: the lowest digit is the one in
 * range that agrees with the number modulo 2^32, and so on upwards.
 */
void mcpar__canonical(int64_t *limb, size_t limbs)
{
    const int64_t radix = INT64_C(1) << 32, half = INT64_C(1) << 31;
    int64_t carry = 0;
    for (size_t i = 0; i + 1 < limbs; i++) {
        int64_t low = (int64_t)(uint32_t)limb[i];
        int64_t sum = low + carry;
        int64_t digit = (int64_t)(uint32_t)(sum + half) - half;
        carry = (limb[i] - low) / radix + (sum - digit) / radix;
        limb[i] = digit;
    }
    limb[limbs - 1] += carry;
}

void mcpar__window(const int64_t *limb, size_t limbs, size_t *lo, size_t *hi)
{
    size_t first = 0, end = limbs;
    while (end > 0 && limb[end - 1] == 0)
        end--;
    while (first < end && limb[first] == 0)
        first++;
    *lo = first;
    *hi = end;
}

void mcpar__accumulate(int64_t *into, const int64_t *from, size_t limbs)
{
    for (size_t i = 0; i < limbs; i++)
        into[i] += from[i];
}
