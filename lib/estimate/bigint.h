/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Integers of up to 4,608 bits with a sign: just what reading a correctly rounded statistic off exact sums needs.
 *
 * Sign and magnitude, the lowest word first, and only the words in use are touched, so that small numbers are cheap.
 * Nothing here can overflow in its one use: the widest number is n S2 - S^2 of any limbs at all, 71 words (proof in
 * moments.c).
 */
#ifndef MCPAR__BIGINT_H
#define MCPAR__BIGINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

__extension__ typedef unsigned __int128 mcpar__uint128;

enum { MCPAR__BIGINT_WORDS = 72 };

typedef struct {
    size_t used;      /* the highest word in use is not zero; zero uses none */
    bool negative;    /* never for zero */
    uint64_t word[MCPAR__BIGINT_WORDS];
} mcpar__bigint;

void mcpar__bigint_set(mcpar__bigint *r, uint64_t value);

/* r = the sum of digit[i] * 2^(32 i), whatever the digits are. An even number of digits, at most 134. */
void mcpar__bigint_set_digits(mcpar__bigint *r, const int64_t *digit, size_t digits);

/* r = a * b, r apart from both */
void mcpar__bigint_multiply(mcpar__bigint *r, const mcpar__bigint *a, const mcpar__bigint *b);

/* a -= b */
void mcpar__bigint_subtract(mcpar__bigint *a, const mcpar__bigint *b);

/* the bits of the magnitude: 0 for zero, else its largest power of two plus one */
size_t mcpar__bigint_bits(const mcpar__bigint *a);

/* a *= 2^bits, the magnitude rounded down where bits is negative: true if that lost anything */
bool mcpar__bigint_scale(mcpar__bigint *a, int bits);

/* a /= divisor, the magnitude rounded down: true if there was a remainder */
bool mcpar__bigint_divide(mcpar__bigint *a, uint64_t divisor);

#endif
