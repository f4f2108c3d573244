/* SPDX-License-Identifier: BSD-3-Clause */
/* bigint.c - big integers: multiply, subtract, scale, divide by a word */
#include "estimate/bigint.h"

/* Restores the invariant: no leading zero word, no negative zero. */
static void trim(mcpar__bigint *a)
{
    while (a->used > 0 && a->word[a->used - 1] == 0)
        a->used--;
    if (a->used == 0)
        a->negative = false;
}

void mcpar__bigint_set(mcpar__bigint *r, uint64_t value)
{
    r->used = 1;
    r->negative = false;
    r->word[0] = value;
    trim(r);
}

/* Turns a negative number in two's complement into its magnitude. */
static void negate_words(uint64_t *word, size_t n)
{
    uint64_t carry = 1;
    for (size_t i = 0; i < n; i++) {
        word[i] = ~word[i] + carry;
        carry = carry && word[i] == 0;
    }
}

/*
 * Carries are signed, so the words come out in two's complement. A digit is split before the carry is added, so that
 * nothing overflows, even for digits near 2^63; the carry stays within 2^31 + 1.
 */
void mcpar__bigint_set_digits(mcpar__bigint *r, const int64_t *digit, size_t digits)
{
    const int64_t radix = INT64_C(1) << 32;
    int64_t carry = 0;
    for (size_t i = 0; i < digits; i++) {
        int64_t low = (int64_t)(uint32_t)digit[i];
        int64_t sum = low + carry;
        uint64_t kept = (uint32_t)sum;
        carry = (digit[i] - low) / radix + (sum - (int64_t)kept) / radix;
        if (i % 2 == 0)
            r->word[i / 2] = kept;
        else
            r->word[i / 2] |= kept << 32;
    }
    r->used = digits / 2 + 1;
    r->word[digits / 2] = (uint64_t)carry;
    r->negative = carry < 0;
    if (r->negative)
        negate_words(r->word, r->used);
    trim(r);
}

void mcpar__bigint_multiply(mcpar__bigint *r, const mcpar__bigint *a, const mcpar__bigint *b)
{
    r->used = a->used + b->used;
    r->negative = a->negative != b->negative;
    for (size_t i = 0; i < r->used; i++)
        r->word[i] = 0;
    for (size_t i = 0; i < a->used; i++) {
        uint64_t carry = 0;
        for (size_t j = 0; j < b->used; j++) {
            mcpar__uint128 t = (mcpar__uint128)a->word[i] * b->word[j] + r->word[i + j] + carry;
            r->word[i + j] = (uint64_t)t;
            carry = (uint64_t)(t >> 64);
        }
        r->word[i + b->used] = carry;
    }
    trim(r);
}

static bool magnitude_less(const mcpar__bigint *a, const mcpar__bigint *b)
{
    if (a->used != b->used)
        return a->used < b->used;
    for (size_t i = a->used; i-- > 0;)
        if (a->word[i] != b->word[i])
            return a->word[i] < b->word[i];
    return false;
}

/* Words that are not in use hold no value. */
static uint64_t word_or_zero(const mcpar__bigint *b, size_t i)
{
    return i < b->used ? b->word[i] : 0;
}

static void add_magnitudes(mcpar__bigint *a, const mcpar__bigint *b)
{
    size_t n = a->used > b->used ? a->used : b->used;
    uint64_t carry = 0;
    for (size_t i = 0; i < n; i++) {
        mcpar__uint128 t = (mcpar__uint128)word_or_zero(a, i) + word_or_zero(b, i) + carry;
        a->word[i] = (uint64_t)t;
        carry = (uint64_t)(t >> 64);
    }
    a->word[n] = carry;
    a->used = n + 1;
}

/* r = |large| - |small|; r may be the same as either of them */
static void subtract_magnitudes(mcpar__bigint *r, const mcpar__bigint *large, const mcpar__bigint *small)
{
    uint64_t borrow = 0;
    for (size_t i = 0; i < large->used; i++) {
        mcpar__uint128 t = (mcpar__uint128)large->word[i] - word_or_zero(small, i) - borrow;
        r->word[i] = (uint64_t)t;
        borrow = (uint64_t)(t >> 64) & 1;
    }
    r->used = large->used;
}

void mcpar__bigint_subtract(mcpar__bigint *a, const mcpar__bigint *b)
{
    if (a->negative != b->negative) {
        add_magnitudes(a, b);
    } else if (magnitude_less(a, b)) {
        subtract_magnitudes(a, b, a);
        a->negative = !a->negative;
    } else {
        subtract_magnitudes(a, a, b);
    }
    trim(a);
}

size_t mcpar__bigint_bits(const mcpar__bigint *a)
{
    if (a->used == 0)
        return 0;
    return 64 * a->used - (size_t)__builtin_clzll(a->word[a->used - 1]);
}

static void scale_up(mcpar__bigint *a, size_t bits)
{
    size_t words = bits / 64, n = a->used;
    unsigned int part = (unsigned int)(bits % 64);
    a->used = n + words + 1;
    a->word[a->used - 1] = 0;
    for (size_t i = n; i-- > 0;) {
        mcpar__uint128 t = (mcpar__uint128)a->word[i] << part;
        a->word[i + words + 1] |= (uint64_t)(t >> 64);
        a->word[i + words] = (uint64_t)t;
    }
    for (size_t i = 0; i < words; i++)
        a->word[i] = 0;
}

static bool scale_down(mcpar__bigint *a, size_t bits)
{
    size_t words = bits / 64, n = a->used;
    unsigned int part = (unsigned int)(bits % 64);
    uint64_t lost = 0;
    for (size_t i = 0; i < words && i < n; i++)
        lost |= a->word[i];
    a->used = words < n ? n - words : 0;
    if (a->used > 0)
        lost |= a->word[words] & ((UINT64_C(1) << part) - 1);
    for (size_t i = 0; i < a->used; i++) {
        mcpar__uint128 t = a->word[i + words];
        if (i + words + 1 < n)
            t |= (mcpar__uint128)a->word[i + words + 1] << 64;
        a->word[i] = (uint64_t)(t >> part);
    }
    return lost != 0;
}

bool mcpar__bigint_scale(mcpar__bigint *a, int bits)
{
    bool lost = false;
    if (bits > 0)
        scale_up(a, (size_t)bits);
    else
        lost = scale_down(a, (size_t)-bits);
    trim(a);
    return lost;
}

bool mcpar__bigint_divide(mcpar__bigint *a, uint64_t divisor)
{
    uint64_t rest = 0;
    for (size_t i = a->used; i-- > 0;) {
        mcpar__uint128 t = (mcpar__uint128)rest << 64 | a->word[i];
        a->word[i] = (uint64_t)(t / divisor);
        rest = (uint64_t)t - a->word[i] * divisor;
    }
    trim(a);
    return rest != 0;
}
