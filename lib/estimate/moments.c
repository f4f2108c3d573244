/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * moments.c - mean, variance, standard error and covariance from exact sums
 *
 * Every result is num * 2^exponent / (a product of up to three counts), or the square root of that. It is cut down to
 * an integer of 60 to 64 bits and one more bit, which says whether anything was cut off ("rest"). They decide every
 * rounding to 53 bits or fewer.
 *
 * Widths: S has at most 35 words and S2 at most 68, whatever their limbs (digits, exact.h) hold. So n S2 has 69, S^2
 * has 70, and their difference 71 of the 72 words of a mcpar__bigint.
 */
#include "estimate/moments.h"

#include "estimate/bigint.h"
#include "sum/exact.h"

enum { SUM_UNIT = -1074, PRODUCT_UNIT = -2148 };    /* exponents of the units of exact.h */

static double from_bits(uint64_t bits)
{
    union { uint64_t bits; double x; } u = { .bits = bits };
    return u.x;
}

static double not_a_number(void)
{
    return from_bits(UINT64_C(0x7ff8) << 48);
}

static int bit_length(uint64_t v)
{
    return v == 0 ? 0 : 64 - __builtin_clzll(v);
}

/*
 * The double nearest to (q + t) * 2^exponent, where t is 0, or if `rest`, anything between 0 and 1. Needs q >= 2^55, so
 * that at least two bits are dropped. The last bit kept has the weight 2^last: it is the 53rd bit, or the last bit of
 * denormals. A carry out of the mantissa correctly moves into the exponent field, up to infinity.
 */
static double round_once(bool negative, uint64_t q, int exponent, bool rest)
{
    const uint64_t infinity = UINT64_C(0x7ff) << 52;
    uint64_t bits = 0;
    int first = exponent + bit_length(q) - 1;
    int last = first - 52 > SUM_UNIT ? first - 52 : SUM_UNIT;
    int drop = last - exponent;
    if (first > 1023) {
        bits = infinity;
    } else if (drop <= 64) {    /* otherwise it is below half of the smallest denormal */
        uint64_t kept = drop < 64 ? q >> drop : 0;
        uint64_t half = UINT64_C(1) << (drop - 1);
        uint64_t dropped = q & (half + (half - 1));
        bool up = dropped > half || (dropped == half && (rest || kept % 2 == 1));
        bits = ((uint64_t)(last - SUM_UNIT) << 52) + kept + up;
    }
    return from_bits((uint64_t)negative << 63 | bits);
}

/* The square root of a 32-bit number, rounded down, by the digit-by-digit method. */
static uint32_t root_of_32(uint32_t a)
{
    uint32_t root = 0;
    for (uint32_t bit = UINT32_C(1) << 30; bit != 0; bit >>= 2) {
        uint32_t trial = root + bit;
        root >>= 1;
        if (a >= trial) {
            a -= trial;
            root += bit;
        }
    }
    return root;
}

/*
 * The square roots of numbers of 64 and 128 bits, one of whose two highest bits is set, rounded down. The root of the
 * upper half gives the upper half of the root; a division gives the lower half, which is right or one too high:
 * P. Zimmermann, "Karatsuba Square Root", INRIA research report 3805 (1999).
 */
static uint64_t root_of_64(uint64_t a)
{
    uint64_t high = a >> 32, root = root_of_32((uint32_t)high), rest = high - root * root;
    uint64_t top = rest << 16 | (a >> 16 & 0xffff), low = top / (2 * root);
    uint64_t left = (top - low * 2 * root) << 16 | (a & 0xffff);
    return (root << 16) + low - (left < low * low);
}

static uint64_t root_of_128(mcpar__uint128 a)
{
    uint64_t high = (uint64_t)(a >> 64), root = root_of_64(high), rest = high - root * root;
    mcpar__uint128 top = (mcpar__uint128)rest << 32 | (uint32_t)(a >> 32);
    mcpar__uint128 low = top / (2 * root);
    mcpar__uint128 left = (top - low * 2 * root) << 32 | (uint32_t)a;
    return (root << 32) + (uint64_t)low - (left < low * low);
}

/* The square root of a number of one or two words, rounded down: true if there was a remainder. */
static bool square_root(const mcpar__bigint *a, uint64_t *root)
{
    mcpar__uint128 whole = a->word[0];
    if (a->used > 1)
        whole |= (mcpar__uint128)a->word[1] << 64;
    int up = (128 - (int)mcpar__bigint_bits(a)) / 2;
    *root = root_of_128(whole << (2 * up)) >> up;
    return whole != (mcpar__uint128)*root * *root;
}

/*
 * The double nearest to num * 2^exponent / (count[0] * ... * count[counts - 1]), or to its square root. Overwrites num.
 *
 * num is first scaled so that the quotient q fits into one word, or two for a root. With L the sum of the counts' bits,
 * the product of up to three counts is in [2^(L - 3), 2^L). So num in [2^(L + 60), 2^(L + 61)) gives q in
 * [2^60, 2^64), and num in [2^(L + 123), 2^(L + 125)) gives q in [2^123, 2^128) and a root in [2^61, 2^64). The root
 * needs an even exponent. Rounding down after each division gives the same as one division by the product, rounded
 * down; and rounding a number down does not change its root, rounded down.
 */
static double round_quotient(mcpar__bigint *num, const uint64_t *count, size_t counts, int exponent, bool root)
{
    if (num->used == 0)
        return 0.0;
    int length = root ? 125 : 61;
    for (size_t i = 0; i < counts; i++)
        length += bit_length(count[i]);
    int up = length - (int)mcpar__bigint_bits(num);
    if (root && (exponent - up) % 2 != 0)
        up--;
    bool rest = mcpar__bigint_scale(num, up);
    exponent -= up;
    for (size_t i = 0; i < counts; i++)
        rest |= mcpar__bigint_divide(num, count[i]);
    uint64_t q = num->word[0];
    if (root) {
        rest |= square_root(num, &q);
        exponent /= 2;
    }
    return round_once(num->negative, q, exponent, rest);
}

static double mean(mcpar__bigint *s, uint64_t n, int unit)
{
    if (n == 0)
        return not_a_number();
    return round_quotient(s, &n, 1, unit, false);
}

/* r = n sxy - sx sy, the numerator of all second moments; r is none of the others */
static void central(mcpar__bigint *r, const mcpar__bigint *sx, const mcpar__bigint *sy, const mcpar__bigint *sxy,
                    uint64_t n)
{
    mcpar__bigint count, product;
    mcpar__bigint_set(&count, n);
    mcpar__bigint_multiply(r, sxy, &count);
    mcpar__bigint_multiply(&product, sx, sy);
    mcpar__bigint_subtract(r, &product);
}

enum moment { COVARIANCE, VARIANCE, STD_ERROR };

static double per_counts(enum moment moment, mcpar__bigint *num, uint64_t n, int unit)
{
    const bool root = moment == STD_ERROR;
    const uint64_t count[3] = { n, n - 1, n }, fewer[2] = { n * (n - 1), n };
    if (n >> 32 == 0)
        return round_quotient(num, fewer, root ? 2 : 1, unit, root);
    return round_quotient(num, count, root ? 3 : 2, unit, root);
}

static double second_moment(enum moment moment, const mcpar__bigint *sx, const mcpar__bigint *sy,
                            const mcpar__bigint *sxy, uint64_t n, int unit)
{
    if (n < 2)
        return not_a_number();
    mcpar__bigint num;
    central(&num, sx, sy, sxy, n);
    if (moment != COVARIANCE && num.negative)
        return not_a_number();
    return per_counts(moment, &num, n, unit);
}

static double of_sums(enum moment moment, const int64_t *s, const int64_t *s2, uint64_t n)
{
    mcpar__bigint sum, squares;
    mcpar__bigint_set_digits(&sum, s, MCPAR__SUM_LIMBS);
    mcpar__bigint_set_digits(&squares, s2, MCPAR__PRODUCT_LIMBS);
    return second_moment(moment, &sum, &sum, &squares, n, PRODUCT_UNIT);
}

/* h hits are a sum of h ones, and of h squares of ones, so n S2 - S^2 is h (n - h). */
static double of_hits(enum moment moment, uint64_t h, uint64_t n)
{
    mcpar__bigint hits, misses, num;
    if (n < 2 || h > n)
        return not_a_number();
    mcpar__bigint_set(&hits, h);
    mcpar__bigint_set(&misses, n - h);
    mcpar__bigint_multiply(&num, &hits, &misses);
    return per_counts(moment, &num, n, 0);
}

double mcpar__mean(const int64_t *s, uint64_t n)
{
    mcpar__bigint sum;
    mcpar__bigint_set_digits(&sum, s, MCPAR__SUM_LIMBS);
    return mean(&sum, n, SUM_UNIT);
}

double mcpar__variance(const int64_t *s, const int64_t *s2, uint64_t n)
{
    return of_sums(VARIANCE, s, s2, n);
}

double mcpar__std_error(const int64_t *s, const int64_t *s2, uint64_t n)
{
    return of_sums(STD_ERROR, s, s2, n);
}

double mcpar__covariance(const int64_t *sx, const int64_t *sy, const int64_t *sxy, uint64_t n)
{
    mcpar__bigint x, y, xy;
    mcpar__bigint_set_digits(&x, sx, MCPAR__SUM_LIMBS);
    mcpar__bigint_set_digits(&y, sy, MCPAR__SUM_LIMBS);
    mcpar__bigint_set_digits(&xy, sxy, MCPAR__PRODUCT_LIMBS);
    return second_moment(COVARIANCE, &x, &y, &xy, n, PRODUCT_UNIT);
}

double mcpar__hit_mean(uint64_t h, uint64_t n)
{
    mcpar__bigint hits;
    mcpar__bigint_set(&hits, h);
    return mean(&hits, n, 0);
}

double mcpar__hit_variance(uint64_t h, uint64_t n)
{
    return of_hits(VARIANCE, h, n);
}

double mcpar__hit_std_error(uint64_t h, uint64_t n)
{
    return of_hits(STD_ERROR, h, n);
}
