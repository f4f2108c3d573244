/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * skewness.c - the skewness of values and the share of one of them in their variance, from exact sums
 *
 * With V = n S2 - S^2 and M = n^2 S3 - 3 n S S2 + 2 S^3, the mean of the squared deviations is V / n^2, and that of the
 * cubed deviations M / n^3. So the skewness is M / V^(3/2). All units cancel, if S3 is brought to the unit 2^-3222 of
 * the other terms.
 *
 * Widths: a value whose cube does not overflow is below 2^342. So n of them have |S| below 2^406, which is 1,480 bits,
 * and S2 below 2^748, which is 2,896 bits; larger sums, which only a forged file has, are refused. S S2 then has 4,376
 * bits, times 3 n 4,442, and 2 S^3 has 4,441. S3 is below 2^1088 whatever it holds: 4,310 bits in its new unit, times
 * n^2 4,438. The sum of the three stays below 2^4445, within the 4,608 bits of a mcpar__bigint.
 */
#include "estimate/skewness.h"
#include "estimate/bigint.h"
#include "sum/exact.h"

enum { MOST_SUM = 1480, MOST_SQUARES = 2896, TO_CUBES = 2148 };    /* bits */

/* value * 2^exponent, with 1 <= |value| <= 2; value 0 for zero */
struct scaled {
    double value;
    int exponent;
};

static double not_a_number(void)
{
    return __builtin_nan("");
}

/* Overwrites a. */
static struct scaled scaled(mcpar__bigint *a)
{
    const int bits = (int)mcpar__bigint_bits(a);
    struct scaled r = { 0, 0 };

    if (bits == 0)
        return r;
    (void)mcpar__bigint_scale(a, 64 - bits);
    r.value = (double)a->word[0] * 0x1p-63;
    if (a->negative)
        r.value = -r.value;
    r.exponent = bits - 1;
    return r;
}

/* x * 2^exponent, 0 where that is tiny. Needs |x| < 2^100 and exponent < 900. */
static double times_power(double x, int exponent)
{
    union { uint64_t bits; double x; } power;

    if (exponent < -900)
        return 0;
    power.bits = (uint64_t)(exponent + 1023) << 52;
    return x * power.x;
}

/* v = n S2 - S^2 */
static void central(mcpar__bigint *v, const mcpar__bigint *sum, const mcpar__bigint *squares, uint64_t n)
{
    mcpar__bigint count, product;

    mcpar__bigint_set(&count, n);
    mcpar__bigint_multiply(v, squares, &count);
    mcpar__bigint_multiply(&product, sum, sum);
    mcpar__bigint_subtract(v, &product);
}

static void set(mcpar__bigint *sum, mcpar__bigint *squares, const int64_t *s, const int64_t *s2)
{
    mcpar__bigint_set_digits(sum, s, MCPAR__SUM_LIMBS);
    mcpar__bigint_set_digits(squares, s2, MCPAR__PRODUCT_LIMBS);
}

/* r *= factor */
static void times(mcpar__bigint *r, uint64_t factor)
{
    mcpar__bigint a = *r, b;

    mcpar__bigint_set(&b, factor);
    mcpar__bigint_multiply(r, &a, &b);
}

/* m = n^2 S3 - 3 n S S2 + 2 S^3 */
static void third(mcpar__bigint *m, const mcpar__bigint *sum, const mcpar__bigint *squares, const int64_t *s3,
                  uint64_t n)
{
    mcpar__bigint product, power, square;

    mcpar__bigint_set_digits(m, s3, MCPAR__SUM_LIMBS);
    (void)mcpar__bigint_scale(m, TO_CUBES);
    times(m, n);
    times(m, n);
    mcpar__bigint_multiply(&product, sum, squares);
    times(&product, n);
    times(&product, 3);
    mcpar__bigint_multiply(&square, sum, sum);
    mcpar__bigint_multiply(&power, &square, sum);
    times(&power, 2);
    mcpar__bigint_subtract(&product, &power);
    mcpar__bigint_subtract(m, &product);
}

/* Whether 2^-53 (|mean| / s)^3 is above 1e-3: (mean / s)^2 is S^2 / V. */
static bool rounded_too_much(struct scaled sum, struct scaled v)
{
    const double most = 432905000.0;       /* (1e-3 * 2^53)^(2/3) */
    const int exponent = 2 * sum.exponent - v.exponent;

    return exponent > 40 || times_power(sum.value * sum.value / v.value, exponent) > most;
}

/* Whether the standard deviation is below about 2^-354, and its cube so small that cubes of values have become denormal
 * or zero. */
static bool too_small(struct scaled v, uint64_t n)
{
    return v.exponent - 2 * (64 - __builtin_clzll(n)) < 2 * 1074 - 2 * 354;
}

double mcpar__skewness(const int64_t *s, const int64_t *s2, const int64_t *s3, uint64_t n)
{
    mcpar__bigint sum, squares, a, b;
    struct scaled m, v;

    if (n < 2)
        return not_a_number();
    set(&sum, &squares, s, s2);
    if (mcpar__bigint_bits(&sum) > MOST_SUM || mcpar__bigint_bits(&squares) > MOST_SQUARES)
        return not_a_number();
    central(&a, &sum, &squares, n);
    v = scaled(&a);
    third(&b, &sum, &squares, s3, n);
    m = scaled(&b);
    if (!(v.value > 0) || rounded_too_much(scaled(&sum), v) || too_small(v, n))
        return not_a_number();
    if (v.exponent % 2 != 0) {
        v.value *= 2;
        v.exponent--;
    }
    if (m.exponent - v.exponent / 2 * 3 > 100)     /* no values have that */
        return not_a_number();
    return times_power(m.value / (v.value * __builtin_sqrt(v.value)), m.exponent - v.exponent / 2 * 3);
}

/* (n x - S)^2 / (n V) */
double mcpar__deviation_share(const int64_t *s, const int64_t *s2, double x, uint64_t n)
{
    mcpar__bigint sum, squares, v, distance, square;
    int64_t digits[MCPAR__SUM_LIMBS] = { 0 };
    struct scaled part, whole;

    set(&sum, &squares, s, s2);
    central(&v, &sum, &squares, n);
    times(&v, n);
    mcpar__sum_add(digits, &x, 1);
    mcpar__bigint_set_digits(&distance, digits, MCPAR__SUM_LIMBS);
    times(&distance, n);
    mcpar__bigint_subtract(&distance, &sum);
    mcpar__bigint_multiply(&square, &distance, &distance);
    part = scaled(&square);
    whole = scaled(&v);
    if (!(whole.value > 0) || part.exponent - whole.exponent > 100)        /* no values have that */
        return not_a_number();
    return times_power(part.value / whole.value, part.exponent - whole.exponent);
}

bool mcpar__varies(const int64_t *s, const int64_t *s2, uint64_t n)
{
    mcpar__bigint sum, squares, v;

    set(&sum, &squares, s, s2);
    central(&v, &sum, &squares, n);
    return v.used > 0;
}
