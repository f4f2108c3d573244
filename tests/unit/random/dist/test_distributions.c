/* SPDX-License-Identifier: BSD-3-Clause */
/* Contract v1, from words to normals and exponentials: exact values, frozen bits, and the shape of the functions. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>

#include "random/dist/distributions.h"
#include "golden.h"
#include "random/dist/quantile.h"

#define TOP (UINT64_C(1) << 63)

Test(distributions, golden)
{
    FILE *file = golden_open("distributions.txt");
    char line[256];
    int lines = 0;
    cr_assert_not_null(file, "tests/golden/distributions.txt is not under $srcdir");
    while (golden_line(file, line, (int)sizeof line)) {
        uint64_t w;
        double normal, normal_v1, exponential, exponential_v1;
        cr_assert_eq(sscanf(line, "%" SCNx64 " %la %la %la %la", &w, &normal, &normal_v1,
                            &exponential, &exponential_v1), 5, "%s", line);
        const double x = mcpar__normal_of(w), y = mcpar__exponential_of(w);
        /* At most one double from the correctly rounded value is at most 1.5 ulp from the exact one. */
        cr_expect_leq(golden_ulps(x, normal), 1, "normal %016" PRIx64 ": %a, exactly %a", w, x, normal);
        cr_expect_leq(golden_ulps(y, exponential), 1, "exponential %016" PRIx64 ": %a, exactly %a", w, y, exponential);
        cr_expect_eq(golden_bits(x), golden_bits(normal_v1), "normal %016" PRIx64 ": %a, v1 %a", w, x, normal_v1);
        cr_expect_eq(golden_bits(y), golden_bits(exponential_v1), "exponential %016" PRIx64 ": %a, v1 %a", w, y,
                     exponential_v1);
        lines++;
    }
    fclose(file);
    cr_assert_geq(lines, 2000);
}

/* Folds values into one number, as FNV-1a does with bytes, but word by word. */
static void fold(uint64_t *hash, uint64_t word)
{
    *hash = (*hash ^ word) * UINT64_C(0x100000001b3);
    *hash ^= *hash >> 32;
}

/* The last bit of a small coefficient changes one result in several thousand, so the golden words alone would not
 * notice a wrong one. */
Test(distributions, tables_are_frozen)
{
    const struct { const struct mcpar__row *rows; size_t n; uint64_t hash; } tables[] = {
        { mcpar__normal_table, 1024, UINT64_C(0xcf3965172d3f6cfd) },
        { mcpar__exponential_table, 32, UINT64_C(0x66be4c72bf6d8316) },
    };
    for (size_t m = 0; m < 2; m++) {
        uint64_t hash = UINT64_C(0xcbf29ce484222325);
        for (size_t i = 0; i < tables[m].n; i++) {
            for (size_t j = 0; j < 6; j++)
                fold(&hash, golden_bits(tables[m].rows[i].c[j]));
            fold(&hash, tables[m].rows[i].packed[0]);
            fold(&hash, tables[m].rows[i].packed[1]);
        }
        cr_expect_eq(hash, tables[m].hash, "table %zu: hash %016" PRIx64, m, hash);
    }
}

/* All 1024 + 32 rows at nine places each. */
Test(distributions, every_row_gives_its_bits)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325), state = 1;
    for (int e = 0; e < 64; e++)
        for (uint64_t i = 0; i < 16; i++)
            for (int j = 0; j < 9; j++) {
                const uint64_t random = golden_random(&state) >> 4;
                const uint64_t v = ((UINT64_C(16) + i) << 59) + (random >> 1);
                const uint64_t k = v >> (63 - e) >> 1;
                const double values[4] = { mcpar__normal_of(k), mcpar__normal_of(~k),
                                           mcpar__exponential_of(k), mcpar__exponential_of(~k) };
                for (int m = 0; m < 4; m++)
                    fold(&hash, golden_bits(values[m]));
            }
    cr_expect_eq(hash, UINT64_C(0x1b05ded1e06ffc77), "hash %016" PRIx64, hash);
}

Test(distributions, ends)
{
    cr_expect_eq(mcpar__normal_of(0), -0x1.24f82aa55eb14p+3);
    cr_expect_eq(mcpar__normal_of(UINT64_MAX), 0x1.24f82aa55eb14p+3);
    cr_expect(mcpar__normal_of(TOP) > 0 && mcpar__normal_of(TOP) < 7e-20);
    cr_expect(mcpar__normal_of(TOP - 1) < 0 && mcpar__normal_of(TOP - 1) > -7e-20);
    cr_expect_eq(mcpar__exponential_of(0), 0x1.686fc0af622d7p+5);
    cr_expect_eq(mcpar__exponential_of(UINT64_MAX), 0x1p-65);
}

Test(distributions, symmetry)
{
    uint64_t state = 2;
    for (int i = 0; i < 1000000; i++) {
        const uint64_t w = golden_random(&state) >> (i & 63);
        cr_assert_eq(golden_bits(mcpar__normal_of(~w)), golden_bits(mcpar__normal_of(w)) ^ TOP, "%016" PRIx64, w);
        cr_assert_eq(mcpar__normal_of(w) > 0, w >= TOP);
    }
}

/* The functions are monotonic up to rounding: the next word's value never goes back by more than one rounding, and
 * never at all where the exact function moves by two ulps or more. */
static void step(uint64_t w, uint64_t next)
{
    const double x0 = mcpar__normal_of(w), x1 = mcpar__normal_of(next);
    const double y0 = mcpar__exponential_of(w), y1 = mcpar__exponential_of(next);
    cr_assert(x1 >= x0 || golden_ulps(x0, x1) <= 1, "normal %016" PRIx64 " %016" PRIx64, w, next);
    cr_assert(y1 <= y0 || golden_ulps(y0, y1) <= 1, "exponential %016" PRIx64 " %016" PRIx64, w, next);
}

static void leap(uint64_t w, uint64_t next)
{
    cr_assert_gt(mcpar__normal_of(next), mcpar__normal_of(w), "normal %016" PRIx64 " %016" PRIx64, w, next);
    cr_assert_lt(mcpar__exponential_of(next), mcpar__exponential_of(w), "exponential %016" PRIx64 " %016" PRIx64, w,
                 next);
}

static void about(uint64_t w)
{
    for (uint64_t d = 1; d < 64; d++) {
        step(w - d, w - d + 1);
        step(w + d - 1, w + d);
    }
    for (int s = 0; s < 40; s++)
        step(w - (UINT64_C(1) << s), w + (UINT64_C(1) << s));
}

Test(distributions, monotonic_across_borders)
{
    for (int e = 41; e < 64; e++)
        for (uint64_t i = 0; i < 16; i++) {
            const uint64_t k = (UINT64_C(16) + i) << 59 >> (63 - e) >> 1;
            if (k < UINT64_C(1) << 41 || k > TOP - 64)
                continue;
            about(k);
            about(~k);
            /* A relative step of 2^-44 in p: at least 2^-51.5 in a normal of size 9. */
            leap(k - (k >> 40), k + (k >> 40));
            leap(~k - (k >> 40), ~k + (k >> 40));
        }
    for (uint64_t i = 1; i < 32; i++)
        about(i << 59);
}

Test(distributions, arrays_have_the_same_bits)
{
    enum { N = 1031 };
    static uint64_t w[N];
    static double x[N + 1], y[N + 1];
    uint64_t state = 3;
    for (size_t i = 0; i < N; i++)
        w[i] = golden_random(&state) >> (i % 64);
    const size_t lengths[] = { 0, 1, 2, 3, 7, 8, 9, 16, 31, N };
    for (size_t m = 0; m < sizeof lengths / sizeof *lengths; m++) {
        const size_t n = lengths[m];
        x[n] = y[n] = 42.0;
        mcpar__shape_words(MCPAR__NORMAL, w, x, n);
        mcpar__shape_words(MCPAR__EXPONENTIAL, w, y, n);
        for (size_t i = 0; i < n; i++) {
            cr_assert_eq(golden_bits(x[i]), golden_bits(mcpar__normal_of(w[i])));
            cr_assert_eq(golden_bits(y[i]), golden_bits(mcpar__exponential_of(w[i])));
        }
        cr_assert(x[n] == 42.0 && y[n] == 42.0, "wrote past %zu", n);
    }
}

/* A million draws: mean and variance within 5 standard errors (one false alarm in 4e5). */
Test(distributions, moments)
{
    enum { N = 1000000 };
    uint64_t state = 4;
    double s1 = 0, s2 = 0, e1 = 0, e2 = 0;
    for (int i = 0; i < N; i++) {
        const uint64_t w = golden_random(&state);
        const double x = mcpar__normal_of(w), y = mcpar__exponential_of(w) - 1;
        s1 += x;
        s2 += x * x;
        e1 += y;
        e2 += y * y;
    }
    cr_expect_lt(fabs(s1 / N), 5e-3);
    cr_expect_lt(fabs(s2 / N - 1), 5e-3 * sqrt(2));
    cr_expect_lt(fabs(e1 / N), 5e-3);
    cr_expect_lt(fabs(e2 / N - 1), 5e-3 * sqrt(8));
}

Test(distributions, upper_point_agrees_with_the_draws)
{
    uint64_t state = 5;
    for (int i = 0; i < 100000; i++) {
        /* p = (2 k + 1) 2^-65 is a double where k has at most 52 bits. */
        const uint64_t k = golden_random(&state) >> (12 + i % 40);
        const double tail = (double)(2 * k + 1) * 0x1p-65;
        cr_assert_eq(mcpar__normal_upper(tail, 0.5 - tail), -mcpar__normal_of(k), "%" PRIx64, k);
        const double middle = tail;                 /* k' = 2^63 - 1 - k: 2^64 - v = 2 k + 1 */
        cr_assert_eq(mcpar__normal_upper(0.5 - middle, middle), -mcpar__normal_of(TOP - 1 - k), "%" PRIx64, k);
    }
    cr_expect_eq(mcpar__normal_upper(0.5, 0.0), 0.0);
}
