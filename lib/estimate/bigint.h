/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bigint.h - signed integers of up to 4,608 bits, with just the operations that correctly rounded statistics of exact
 * sums need
 *
 * A number has a sign and a magnitude, lowest word first. Only the words in use are touched, so that small numbers are
 * cheap. In its one use, nothing can overflow: the widest number is n S2 - S^2, which has at most 71 words, whatever
 * the sums (moments.c has the proof).
 */
#ifndef MCPAR__BIGINT_H
#define MCPAR__BIGINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

__extension__ typedef unsigned __int128 mcpar__uint128;

enum { MCPAR__BIGINT_WORDS = 72 };

typedef struct {
    size_t used;      /* how many words: the highest of these is not zero, and the number zero has none */
    bool negative;    /* never for zero */
    uint64_t word[MCPAR__BIGINT_WORDS];
} mcpar__bigint;

void mcpar__bigint_set(mcpar__bigint *r, uint64_t value);

/* r = the sum of digit[i] * 2^(32 i), for any values of the digits. There is an even number of them, at most 134. */
void mcpar__bigint_set_digits(mcpar__bigint *r, const int64_t *digit, size_t digits);

/* r = a * b; r is neither a nor b */
void mcpar__bigint_multiply(mcpar__bigint *r, const mcpar__bigint *a, const mcpar__bigint *b);

/* a -= b */
void mcpar__bigint_subtract(mcpar__bigint *a, const mcpar__bigint *b);

/* The number of bits of the magnitude; 0 for zero. */
size_t mcpar__bigint_bits(const mcpar__bigint *a);

/* a *= 2^bits. If bits is negative, the magnitude is rounded down; true if that lost anything. */
bool mcpar__bigint_scale(mcpar__bigint *a, int bits);

/* a /= divisor. The magnitude is rounded down; true if there was a remainder. */
bool mcpar__bigint_divide(mcpar__bigint *a, uint64_t divisor);

#endif
