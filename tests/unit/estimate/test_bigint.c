/* SPDX-License-Identifier: BSD-3-Clause */
/* Big integers: identities for random numbers of every size in use, and the ends of the ranges by hand. test_moments
 * checks that statistics are right. */
#include "estimate/bigint.h"
#include "unit.h"

static uint64_t state = 20260101;

static void random_number(mcpar__bigint *r, size_t words)
{
    static const uint64_t ends[] = { 0, 1, UINT64_MAX, UINT64_C(1) << 63 };

    r->used = words;
    for (size_t i = 0; i < words; i++) {
        uint64_t word = golden_random(&state);

        r->word[i] = word % 8 < 4 ? ends[word % 4] : word;   /* words through which carries and borrows run far */
    }
    while (r->used > 0 && r->word[r->used - 1] == 0)
        r->used--;
    r->negative = r->used > 0 && golden_random(&state) % 2;
}

static bool equal(const mcpar__bigint *a, const mcpar__bigint *b)
{
    return a->used == b->used && a->negative == b->negative && !memcmp(a->word, b->word, a->used * sizeof *a->word);
}

static void check_form(const mcpar__bigint *a)
{
    CHECK(a->used <= MCPAR__BIGINT_WORDS, "%zu words", a->used);
    CHECK(a->used == 0 || a->word[a->used - 1] != 0, "a leading zero");
    CHECK(a->used > 0 || !a->negative, "a negative zero");
}

static void negate(mcpar__bigint *a)
{
    a->negative = a->used > 0 && !a->negative;
}

Test(bigint, set)
{
    mcpar__bigint a;

    mcpar__bigint_set(&a, 0);
    cr_assert(a.used == 0 && !a.negative);
    cr_assert_eq(mcpar__bigint_bits(&a), 0);
    mcpar__bigint_set(&a, UINT64_MAX);
    cr_assert(a.used == 1 && a.word[0] == UINT64_MAX && !a.negative);
    cr_assert_eq(mcpar__bigint_bits(&a), 64);
}

/* (a + b)(a - b) = a^2 - b^2, with the sum as a - (-b). */
Test(bigint, multiply_and_subtract_obey_an_identity)
{
    for (int i = 0; i < 20000; i++) {
        static mcpar__bigint a, b, minus_b, sum, difference, left, aa, bb;

        random_number(&a, golden_random(&state) % 30);
        random_number(&b, golden_random(&state) % 30);
        minus_b = b;
        negate(&minus_b);
        sum = difference = a;
        mcpar__bigint_subtract(&sum, &minus_b);
        mcpar__bigint_subtract(&difference, &b);
        mcpar__bigint_multiply(&left, &sum, &difference);
        mcpar__bigint_multiply(&aa, &a, &a);
        mcpar__bigint_multiply(&bb, &b, &b);
        mcpar__bigint_subtract(&aa, &bb);
        check_form(&sum);
        check_form(&difference);
        check_form(&left);
        check_form(&aa);
        CHECK(equal(&left, &aa), "number %d", i);
    }
}

Test(bigint, a_number_minus_itself_is_zero)
{
    for (size_t words = 0; words < 40; words++) {
        static mcpar__bigint a, b;

        random_number(&a, words);
        b = a;
        mcpar__bigint_subtract(&a, &b);
        CHECK(a.used == 0 && !a.negative, "%zu words", words);
    }
}

/* a d + r divided by d gives a, and says whether there was a remainder. */
Test(bigint, divide_undoes_multiply)
{
    for (int i = 0; i < 20000; i++) {
        static mcpar__bigint a, d, product, minus_rest;
        uint64_t divisor = golden_random(&state) >> golden_random(&state) % 64, rest;

        divisor = divisor ? divisor : 1;
        rest = golden_random(&state) % 2 ? golden_random(&state) % divisor : 0;
        random_number(&a, golden_random(&state) % 40);
        a.negative = false;
        mcpar__bigint_set(&d, divisor);
        mcpar__bigint_multiply(&product, &a, &d);
        mcpar__bigint_set(&minus_rest, rest);
        negate(&minus_rest);
        mcpar__bigint_subtract(&product, &minus_rest);
        CHECK(mcpar__bigint_divide(&product, divisor) == (rest != 0), "number %d", i);
        CHECK(equal(&product, &a), "number %d", i);
    }
}

Test(bigint, scale_is_a_power_of_two)
{
    for (int i = 0; i < 20000; i++) {
        static mcpar__bigint a, up, power, product;
        int bits = (int)(golden_random(&state) % 300);
        bool odd;

        random_number(&a, golden_random(&state) % 30);
        odd = a.used > 0 && a.word[0] & 1;
        up = a;
        CHECK(!mcpar__bigint_scale(&up, bits), "scaling up loses nothing");
        mcpar__bigint_set(&power, 1);
        for (int j = 0; j < bits; j++) {
            static mcpar__bigint two, twice;

            mcpar__bigint_set(&two, 2);
            mcpar__bigint_multiply(&twice, &power, &two);
            power = twice;
        }
        mcpar__bigint_multiply(&product, &a, &power);
        check_form(&up);
        CHECK(equal(&up, &product), "2^%d", bits);
        CHECK(a.used == 0 || mcpar__bigint_bits(&up) == mcpar__bigint_bits(&a) + (size_t)bits, "2^%d", bits);
        CHECK(!mcpar__bigint_scale(&up, -bits) && equal(&up, &a), "2^%d and back", bits);
        CHECK(mcpar__bigint_scale(&up, -1) == odd, "the lost bit of number %d", i);
        check_form(&up);
    }
}

/* Scaling down and up again gives the number back if and only if scaling down reported no loss. */
Test(bigint, scale_down_tells_of_every_lost_bit)
{
    for (int i = 0; i < 20000; i++) {
        static mcpar__bigint a, b;
        int bits = (int)(golden_random(&state) % 500);
        bool lost;

        random_number(&a, golden_random(&state) % 8);
        b = a;
        lost = mcpar__bigint_scale(&b, -bits);
        check_form(&b);
        (void)mcpar__bigint_scale(&b, bits);
        CHECK(lost == !equal(&a, &b), "number %d, 2^-%d", i, bits);
    }
}

Test(bigint, scale_down_below_one_leaves_zero)
{
    mcpar__bigint a;

    mcpar__bigint_set(&a, 5);
    a.negative = true;
    cr_assert(mcpar__bigint_scale(&a, -3));
    cr_assert(a.used == 0 && !a.negative);
    cr_assert_not(mcpar__bigint_scale(&a, -64));
}

/* Digits have 64 bits with a sign and a weight of 2^32. Whatever they are, the sum is exact, as computed by Horner. */
Test(bigint, set_digits_sums_any_digits)
{
    static const int64_t ends[] = { INT64_MIN, INT64_MAX, -1, 0, 1, INT64_C(1) << 32, -(INT64_C(1) << 32) };

    for (int i = 0; i < 20000; i++) {
        static mcpar__bigint a, expected, radix, product, minus_digit;
        int64_t digit[134];
        size_t digits = 2 * (golden_random(&state) % 20);

        for (size_t j = 0; j < digits; j++)
            digit[j] = golden_random(&state) % 2 ? ends[golden_random(&state) % 7] : (int64_t)golden_random(&state);
        mcpar__bigint_set_digits(&a, digit, digits);
        mcpar__bigint_set(&expected, 0);
        mcpar__bigint_set(&radix, UINT64_C(1) << 32);
        for (size_t j = digits; j-- > 0;) {
            mcpar__bigint_multiply(&product, &expected, &radix);
            mcpar__bigint_set(&minus_digit, digit[j] < 0 ? -(uint64_t)digit[j] : (uint64_t)digit[j]);
            if (digit[j] > 0)
                negate(&minus_digit);
            mcpar__bigint_subtract(&product, &minus_digit);
            expected = product;
        }
        check_form(&a);
        CHECK(equal(&a, &expected), "number %d of %zu digits", i, digits);
    }
}
