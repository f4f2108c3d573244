/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The accumulators against an oracle that shares no code with them: residues modulo 2^61 - 1, where 2^k is
 * 2^(k mod 61). A wrong sum passes with a probability of 2^-61.
 */
#include "sum/exact.h"

#include "host.h"
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { GUARD = 4, VALUES = 3000 };

__extension__ typedef unsigned __int128 uint128;

static const uint64_t prime = (UINT64_C(1) << 61) - 1;

static uint64_t times_power(uint64_t v, unsigned int power)
{
    return (uint64_t)(((uint128)(v % prime) << power % 61) % prime);
}

static uint64_t residue_of_limbs(const int64_t *limb, size_t limbs)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < limbs; i++) {
        uint64_t size = limb[i] < 0 ? 0 - (uint64_t)limb[i] : (uint64_t)limb[i];
        uint64_t r = times_power(size, (unsigned int)i * 32);
        sum = (sum + (limb[i] < 0 ? prime - r : r)) % prime;
    }
    return sum;
}

/* x / 2^-1074, by frexp and ldexp, all exact */
static uint64_t residue_of_double(double x)
{
    int exponent;
    double fraction = frexp(fabs(x), &exponent);
    uint64_t mantissa = (uint64_t)ldexp(fraction, 53);
    int power = exponent - 53 + 1074;    /* negative for denormals, whose mantissa ends in as many zeros */
    uint64_t r = power < 0 ? mantissa >> -power : times_power(mantissa, (unsigned int)power);
    return x < 0 ? (prime - r) % prime : r;
}

static uint64_t residue_of_product(double x, double y)
{
    return (uint64_t)((uint128)residue_of_double(x) * residue_of_double(y) % prime);
}

/* splitmix64 (Steele, Lea, Flood, OOPSLA 2014) */
static uint64_t random_word(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static double from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Any finite double of either sign, with all exponents equally likely. */
static double random_double(uint64_t *state)
{
    uint64_t bits = random_word(state), exponent = random_word(state) % 2047;
    return from_bits((bits & ~(UINT64_C(0x7ff) << 52)) | exponent << 52);
}

static void fill(double *x, size_t n, uint64_t seed)
{
    for (size_t i = 0; i < n; i++)
        x[i] = random_double(&seed);
}

/* Every exponent with the smallest, the largest and a middle mantissa and both signs: 2047 * 6 values. */
static double each(size_t i)
{
    static const uint64_t mantissa[3] = { 0, (UINT64_C(1) << 52) - 1, UINT64_C(0x8000100020001) };
    return from_bits((uint64_t)(i % 2) << 63 | (uint64_t)(i / 6) << 52 | mantissa[i / 2 % 3]);
}

enum { EACH = 2047 * 6 };

Test(exact, first_nonfinite)
{
    static const uint64_t bad[4] = { UINT64_C(0x7ff) << 52, UINT64_C(0xfff) << 52, UINT64_C(0x7ff8) << 48,
                                     (UINT64_C(0xfff) << 52) + 1 };
    double x[67];
    for (size_t n = 0; n <= 67; n++) {
        for (size_t i = 0; i < n; i++)
            x[i] = i % 2 ? -DBL_MAX : 5e-324;
        cr_assert(mcpar__first_nonfinite(x, n) == n);
        for (size_t i = n; i-- > 0;) {
            x[i] = from_bits(bad[i % 4]);    /* those after it are already bad */
            for (unsigned int e = 0; e < HOST_FLAGS; e++) {
                host_set(e);
                size_t first = mcpar__first_nonfinite(x, n);
                fesetenv(FE_DFL_ENV);
                cr_assert(first == i);
            }
        }
    }
}

Test(exact, one_value_of_each_exponent)
{
    for (size_t i = 0; i < EACH; i++) {
        double x = each(i);
        int64_t limb[MCPAR__SUM_LIMBS] = { 0 };
        mcpar__sum_add(limb, &x, 1);
        cr_assert(residue_of_limbs(limb, MCPAR__SUM_LIMBS) == residue_of_double(x), "%a", x);
        for (size_t j = 0; j < MCPAR__SUM_LIMBS; j++)
            cr_assert(limb[j] < INT64_C(1) << 32 && limb[j] > -(INT64_C(1) << 32), "carry rule: %a", x);
    }
}

Test(exact, products_of_each_exponent)
{
    for (size_t i = 0; i < EACH; i++) {
        for (size_t j = i % 59; j < EACH; j += j % 7 + 83) {
            double x = each(i), y = each(j);
            int64_t limb[MCPAR__PRODUCT_LIMBS] = { 0 };
            mcpar__product_add(limb, &x, &y, 1);
            cr_assert(residue_of_limbs(limb, MCPAR__PRODUCT_LIMBS) == residue_of_product(x, y), "%a %a", x, y);
            for (size_t k = 0; k < MCPAR__PRODUCT_LIMBS; k++)
                cr_assert(limb[k] < INT64_C(1) << 32 && limb[k] > -(INT64_C(1) << 32), "carry rule: %a %a", x, y);
        }
    }
}

Test(exact, squares_of_each_exponent)
{
    for (size_t i = 0; i < EACH; i++) {
        double x = each(i);
        int64_t limb[MCPAR__PRODUCT_LIMBS] = { 0 };
        mcpar__product_add(limb, &x, &x, 1);
        cr_assert(residue_of_limbs(limb, MCPAR__PRODUCT_LIMBS) == residue_of_product(x, x), "%a", x);
    }
}

Test(exact, nothing_is_written_outside)
{
    double x[3] = { DBL_MAX, -HUGE_VAL, (double)NAN }, y[3] = { -DBL_MAX, HUGE_VAL, (double)NAN };
    int64_t limb[GUARD + MCPAR__PRODUCT_LIMBS + GUARD] = { 0 };
    mcpar__product_add(limb + GUARD, x, y, 3);
    for (size_t i = 0; i < GUARD; i++)
        cr_assert(limb[i] == 0 && limb[GUARD + MCPAR__PRODUCT_LIMBS + i] == 0);
    memset(limb, 0, sizeof limb);
    mcpar__sum_add(limb + GUARD, x, 3);
    for (size_t i = 0; i < GUARD; i++)
        cr_assert(limb[i] == 0 && limb[GUARD + MCPAR__SUM_LIMBS + i] == 0);
}

static void assert_canonical(const int64_t *limb, size_t limbs)
{
    int64_t again[MCPAR__PRODUCT_LIMBS];
    memcpy(again, limb, limbs * sizeof *limb);
    mcpar__canonical(again, limbs);
    cr_assert_arr_eq(again, limb, limbs * sizeof *limb);
    for (size_t i = 0; i + 1 < limbs; i++)
        cr_assert(limb[i] >= INT32_MIN && limb[i] <= INT32_MAX);
}

Test(exact, random_sums)
{
    static double x[VALUES], y[VALUES];
    fill(x, VALUES, 1);
    fill(y, VALUES, 2);
    int64_t sum[MCPAR__SUM_LIMBS] = { 0 }, products[MCPAR__PRODUCT_LIMBS] = { 0 };
    uint64_t sum_residue = 0, products_residue = 0;
    mcpar__sum_add(sum, x, VALUES);
    mcpar__product_add(products, x, y, VALUES);
    for (size_t i = 0; i < VALUES; i++) {
        sum_residue = (sum_residue + residue_of_double(x[i])) % prime;
        products_residue = (products_residue + residue_of_product(x[i], y[i])) % prime;
    }
    for (int pass = 0; pass < 2; pass++) {    /* before and after carries */
        cr_assert(residue_of_limbs(sum, MCPAR__SUM_LIMBS) == sum_residue);
        cr_assert(residue_of_limbs(products, MCPAR__PRODUCT_LIMBS) == products_residue);
        mcpar__canonical(sum, MCPAR__SUM_LIMBS);
        mcpar__canonical(products, MCPAR__PRODUCT_LIMBS);
    }
    assert_canonical(sum, MCPAR__SUM_LIMBS);
    assert_canonical(products, MCPAR__PRODUCT_LIMBS);
}

static void shuffle(double *x, size_t n, uint64_t *state)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)(random_word(state) % i);
        double t = x[j];
        x[j] = x[i - 1];
        x[i - 1] = t;
    }
}

/* The canonical sum of squares of x, added in parts that end at random, some of them made canonical first. */
static void squares_in_parts(int64_t *limb, const double *x, size_t n, uint64_t *state)
{
    memset(limb, 0, MCPAR__PRODUCT_LIMBS * sizeof *limb);
    for (size_t done = 0; done < n;) {
        size_t m = (size_t)(random_word(state) % 700) % (n - done + 1);
        int64_t part[MCPAR__PRODUCT_LIMBS] = { 0 };
        mcpar__product_add(part, x + done, x + done, m);
        if (random_word(state) % 2)
            mcpar__canonical(part, MCPAR__PRODUCT_LIMBS);
        mcpar__accumulate(limb, part, MCPAR__PRODUCT_LIMBS);
        done += m;
    }
    mcpar__canonical(limb, MCPAR__PRODUCT_LIMBS);
}

static void sum_in_parts(int64_t *limb, const double *x, size_t n, uint64_t *state)
{
    memset(limb, 0, MCPAR__SUM_LIMBS * sizeof *limb);
    for (size_t done = 0; done < n;) {
        size_t m = (size_t)(random_word(state) % 700) % (n - done + 1);
        int64_t part[MCPAR__SUM_LIMBS] = { 0 };
        mcpar__sum_add(part, x + done, m);
        if (random_word(state) % 2)
            mcpar__canonical(part, MCPAR__SUM_LIMBS);
        mcpar__accumulate(limb, part, MCPAR__SUM_LIMBS);
        done += m;
    }
    mcpar__canonical(limb, MCPAR__SUM_LIMBS);
}

Test(exact, any_order_split_and_environment_give_the_same_limbs)
{
    static double x[VALUES];
    uint64_t state = 3;
    fill(x, VALUES, 4);
    int64_t sum[MCPAR__SUM_LIMBS] = { 0 }, squares[MCPAR__PRODUCT_LIMBS] = { 0 };
    mcpar__sum_add(sum, x, VALUES);
    mcpar__canonical(sum, MCPAR__SUM_LIMBS);
    mcpar__product_add(squares, x, x, VALUES);
    mcpar__canonical(squares, MCPAR__PRODUCT_LIMBS);
    for (unsigned int e = 0; e < HOST_FLAGS; e++) {
        int64_t other_sum[MCPAR__SUM_LIMBS], other_squares[MCPAR__PRODUCT_LIMBS];
        shuffle(x, VALUES, &state);
        host_set(e);
        sum_in_parts(other_sum, x, VALUES, &state);
        squares_in_parts(other_squares, x, VALUES, &state);
        int flags = fetestexcept(FE_ALL_EXCEPT);
        fesetenv(FE_DFL_ENV);
        cr_assert_arr_eq(other_sum, sum, sizeof sum, "environment %u", e);
        cr_assert_arr_eq(other_squares, squares, sizeof squares, "environment %u", e);
        cr_assert(flags == 0);
    }
}

Test(exact, what_cancels_leaves_nothing)
{
    static double x[2 * VALUES];
    uint64_t state = 5;
    fill(x, VALUES, 6);
    for (size_t i = 0; i < VALUES; i++)
        x[VALUES + i] = -x[i];
    shuffle(x, 2 * VALUES, &state);
    int64_t sum[MCPAR__SUM_LIMBS] = { 0 };
    size_t lo, hi;
    mcpar__sum_add(sum, x, 2 * VALUES);
    mcpar__canonical(sum, MCPAR__SUM_LIMBS);
    mcpar__window(sum, MCPAR__SUM_LIMBS, &lo, &hi);
    cr_assert(lo == 0 && hi == 0);
}

/* Limbs at their bound, as if 2^30 values of one sign had been added, plus further values. */
Test(exact, late_carries)
{
    const int64_t bounds[6] = { INT64_C(1) << 62, -(INT64_C(1) << 62), (INT64_C(1) << 62) + (INT64_C(1) << 31),
                                -(INT64_C(1) << 62) - (INT64_C(1) << 31), INT64_MAX - (INT64_C(1) << 42),
                                INT64_MIN + (INT64_C(1) << 42) };
    static double x[1000];
    fill(x, 1000, 7);
    for (size_t b = 0; b < 6; b++) {
        int64_t limb[MCPAR__PRODUCT_LIMBS] = { 0 };
        for (size_t i = 0; i + 3 < MCPAR__PRODUCT_LIMBS; i++)
            limb[i] = bounds[b];
        mcpar__product_add(limb, x, x, 1000);
        uint64_t residue = residue_of_limbs(limb, MCPAR__PRODUCT_LIMBS);
        mcpar__canonical(limb, MCPAR__PRODUCT_LIMBS);
        cr_assert(residue_of_limbs(limb, MCPAR__PRODUCT_LIMBS) == residue);
        assert_canonical(limb, MCPAR__PRODUCT_LIMBS);
    }
}

/* Carries that run through every digit, and limbs below the top with any content. */
Test(exact, canonical_at_the_edges_of_a_digit)
{
    const int64_t edge[10] = { INT32_MAX, INT32_MIN, INT32_MAX + INT64_C(1), INT32_MIN - INT64_C(1), UINT32_MAX,
                               -(int64_t)UINT32_MAX, INT64_C(1) << 32, -(INT64_C(1) << 32), INT64_MAX, INT64_MIN };
    uint64_t state = 8;
    for (int round = 0; round < 3000; round++) {
        int64_t limb[MCPAR__SUM_LIMBS] = { 0 };
        int choices = round < 10 ? 1 : 10;
        for (size_t i = 0; i + 1 < MCPAR__SUM_LIMBS; i++)
            limb[i] = edge[choices == 1 ? (size_t)round : (size_t)(random_word(&state) % 10)];
        uint64_t residue = residue_of_limbs(limb, MCPAR__SUM_LIMBS);
        mcpar__canonical(limb, MCPAR__SUM_LIMBS);
        cr_assert(residue_of_limbs(limb, MCPAR__SUM_LIMBS) == residue);
        assert_canonical(limb, MCPAR__SUM_LIMBS);
    }
}

/* Adds 2^30 copies of a canonical accumulator without carries, and with carries at every doubling. */
Test(exact, many_accumulators_without_a_carry)
{
    static double x[VALUES];
    fill(x, VALUES, 9);
    int64_t late[MCPAR__PRODUCT_LIMBS] = { 0 }, early[MCPAR__PRODUCT_LIMBS];
    mcpar__product_add(late, x, x, VALUES);
    for (size_t i = 0; i < MCPAR__PRODUCT_LIMBS; i += 2)
        late[i] += INT64_C(0x80000000);
    mcpar__canonical(late, MCPAR__PRODUCT_LIMBS);
    memcpy(early, late, sizeof late);
    for (int i = 0; i < 30; i++) {
        mcpar__accumulate(late, late, MCPAR__PRODUCT_LIMBS);
        mcpar__accumulate(early, early, MCPAR__PRODUCT_LIMBS);
        mcpar__canonical(early, MCPAR__PRODUCT_LIMBS);
    }
    mcpar__canonical(late, MCPAR__PRODUCT_LIMBS);
    cr_assert_arr_eq(late, early, sizeof early);
}

static void assert_window(double x, size_t lo, size_t hi)
{
    int64_t sum[MCPAR__SUM_LIMBS] = { 0 };
    size_t from = 99, to = 99;
    mcpar__sum_add(sum, &x, 1);
    mcpar__canonical(sum, MCPAR__SUM_LIMBS);
    mcpar__window(sum, MCPAR__SUM_LIMBS, &from, &to);
    cr_assert(from == lo && to == hi, "%a: [%zu, %zu)", x, from, to);
}

Test(exact, windows)
{
    assert_window(0.0, 0, 0);
    assert_window(-0.0, 0, 0);
    assert_window(5e-324, 0, 1);
    assert_window(-5e-324, 0, 1);
    assert_window(1.0, 33, 34);       /* 1074 = 33 * 32 + 18 */
    assert_window(-1.0, 33, 34);
    assert_window(8192.0, 33, 35);    /* bit 31 of a digit: -2^31 and a carry */
    assert_window(-8192.0, 33, 34);
    assert_window(DBL_MAX, 63, 66);
    assert_window(-DBL_MAX, 63, 66);
    int64_t limb[3] = { 0, 0, 7 };
    size_t lo, hi;
    mcpar__window(limb, 3, &lo, &hi);
    cr_assert(lo == 2 && hi == 3);
}
