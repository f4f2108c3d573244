/* SPDX-License-Identifier: BSD-3-Clause */
/* Every row of tests/golden/exact.txt, bit for bit, in every floating-point environment of a host. */
#include "sum/exact.h"
#include "estimate/moments.h"

#include "host.h"
#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUES = 1024, ANSWERS = 5 };

enum kind { ONE, TWO, HIT, NIST };

/* A row: its values, and what the library must answer, as bits and residues. */
typedef struct {
    enum kind kind;
    char name[64];
    size_t values;
    double x[VALUES], y[VALUES];
    uint64_t times[VALUES];
    uint64_t hits, n;
    size_t answers;
    uint64_t expected[ANSWERS];
    char deviation[32];
} row;

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double number(const char *word)
{
    cr_assert(word != NULL);
    return strtod(word, NULL);
}

static FILE *open_golden(const char *name)
{
    const char *srcdir = getenv("srcdir");
    char path[4096];
    snprintf(path, sizeof path, "%s/tests/golden/%s", srcdir ? srcdir : ".", name);
    FILE *f = fopen(path, "r");
    cr_assert(f != NULL, "%s is missing", path);
    return f;
}

/* The values of a NIST set are below "Data: Y" and a line of dashes. */
static void read_nist(row *r)
{
    char path[128], line[256];
    snprintf(path, sizeof path, "nist_strd/%s.dat", r->name);
    FILE *f = open_golden(path);
    while (fgets(line, sizeof line, f) && strncmp(line, "Data: Y", 7) != 0)
        ;
    cr_assert(fgets(line, sizeof line, f) != NULL);
    while (fscanf(f, "%255s", line) == 1) {
        r->x[r->values] = number(line);
        r->times[r->values++] = 1;
    }
    fclose(f);
    cr_assert(r->values > 0);
}

/* x*k or x,y*k */
static void read_value(row *r, char *word)
{
    char *end;
    r->x[r->values] = strtod(word, &end);
    r->y[r->values] = *end == ',' ? strtod(end + 1, &end) : 0.0;
    cr_assert(*end == '*');
    r->times[r->values++] = strtoull(end + 1, NULL, 10);
}

static void read_row(row *r, char *line)
{
    static const char *const kinds[4] = { "one", "two", "hit", "nist" };
    static const size_t doubles[4] = { 3, 1, 3, 3 }, residues[4] = { 2, 1, 0, 2 };
    char *rest, *word = strtok_r(line, " \n", &rest);
    int kind = 0;
    while (kind < NIST && strcmp(word, kinds[kind]) != 0)
        kind++;
    r->kind = (enum kind)kind;
    r->values = r->answers = 0;
    snprintf(r->name, sizeof r->name, "%s", strtok_r(NULL, " \n", &rest));
    for (size_t i = 0; i < doubles[kind]; i++)
        r->expected[r->answers++] = bits_of(number(strtok_r(NULL, " \n", &rest)));
    for (size_t i = 0; i < residues[kind]; i++)
        r->expected[r->answers++] = strtoull(strtok_r(NULL, " \n", &rest), NULL, 16);
    if (r->kind == NIST) {
        snprintf(r->deviation, sizeof r->deviation, "%s", strtok_r(NULL, " \n", &rest));
        read_nist(r);
    } else if (r->kind == HIT) {
        r->hits = strtoull(strtok_r(NULL, " \n", &rest), NULL, 10);
        r->n = strtoull(strtok_r(NULL, " \n", &rest), NULL, 10);
    } else {
        while ((word = strtok_r(NULL, " \n", &rest)))
            read_value(r, word);
    }
    if (r->kind != HIT) {
        r->n = 0;
        for (size_t i = 0; i < r->values; i++)
            r->n += r->times[i];
    }
}

/* into += times * value, by doublings, with carries every time */
static void add_times(int64_t *into, int64_t *value, size_t limbs, uint64_t times)
{
    for (;;) {
        if (times & 1)
            mcpar__accumulate(into, value, limbs);
        mcpar__canonical(into, limbs);
        times >>= 1;
        if (times == 0)
            break;
        mcpar__accumulate(value, value, limbs);
        mcpar__canonical(value, limbs);
    }
}

static void sums(int64_t *into, const double *x, const uint64_t *times, size_t n)
{
    memset(into, 0, MCPAR__SUM_LIMBS * sizeof *into);
    for (size_t i = 0; i < n; i++) {
        int64_t value[MCPAR__SUM_LIMBS] = { 0 };
        mcpar__sum_add(value, x + i, 1);
        add_times(into, value, MCPAR__SUM_LIMBS, times[i]);
    }
}

static void products(int64_t *into, const double *x, const double *y, const uint64_t *times, size_t n)
{
    memset(into, 0, MCPAR__PRODUCT_LIMBS * sizeof *into);
    for (size_t i = 0; i < n; i++) {
        int64_t value[MCPAR__PRODUCT_LIMBS] = { 0 };
        mcpar__product_add(value, x + i, y + i, 1);
        add_times(into, value, MCPAR__PRODUCT_LIMBS, times[i]);
    }
}

/* Modulo 2^61 - 1, where 2^k is 2^(k mod 61). */
static uint64_t residue(const int64_t *limb, size_t limbs)
{
    __extension__ typedef unsigned __int128 uint128;
    const uint64_t prime = (UINT64_C(1) << 61) - 1;
    uint64_t sum = 0;
    for (size_t i = 0; i < limbs; i++) {
        uint64_t size = limb[i] < 0 ? 0 - (uint64_t)limb[i] : (uint64_t)limb[i];
        uint64_t r = (uint64_t)(((uint128)size << i * 32 % 61) % prime);
        sum = (sum + (limb[i] < 0 ? prime - r : r)) % prime;
    }
    return sum;
}

/* What the library answers, in the order of the row. Runs in the host's environment, so it only handles bits. */
static void answer(const row *r, uint64_t *got)
{
    int64_t s[MCPAR__SUM_LIMBS], p[MCPAR__PRODUCT_LIMBS];
    if (r->kind == HIT) {
        got[0] = bits_of(mcpar__hit_mean(r->hits, r->n));
        got[1] = bits_of(mcpar__hit_variance(r->hits, r->n));
        got[2] = bits_of(mcpar__hit_std_error(r->hits, r->n));
        return;
    }
    sums(s, r->x, r->times, r->values);
    if (r->kind == TWO) {
        int64_t sy[MCPAR__SUM_LIMBS];
        sums(sy, r->y, r->times, r->values);
        products(p, r->x, r->y, r->times, r->values);
        got[0] = bits_of(mcpar__covariance(s, sy, p, r->n));
        got[1] = residue(p, MCPAR__PRODUCT_LIMBS);
        return;
    }
    products(p, r->x, r->x, r->times, r->values);
    got[0] = bits_of(mcpar__mean(s, r->n));
    got[1] = bits_of(mcpar__variance(s, p, r->n));
    got[2] = bits_of(mcpar__std_error(s, p, r->n));
    got[3] = residue(s, MCPAR__SUM_LIMBS);
    got[4] = residue(p, MCPAR__PRODUCT_LIMBS);
}

/* Only one NaN may appear: the positive quiet one. */
static uint64_t one_nan(uint64_t bits)
{
    return (bits & UINT64_C(0x7fffffffffffffff)) > UINT64_C(0x7ff) << 52 ? UINT64_C(0x7ff8) << 48 : bits;
}

static int significant_digits(const char *text)
{
    int digits = 0;
    for (text += strspn(text, "0."); *text != '\0'; text++)
        digits += *text != '.';
    return digits;
}

/* What a program would print: the square root of the variance, to as many digits as the table has. */
static void check_deviation(const row *r, uint64_t variance_bits)
{
    char text[32];
    double variance;
    memcpy(&variance, &variance_bits, sizeof variance);
    snprintf(text, sizeof text, "%#.*g", significant_digits(r->deviation), sqrt(variance));
    cr_assert_str_eq(text, r->deviation);
}

static void check_row(const row *r, const char *line, unsigned int e)
{
    uint64_t got[ANSWERS] = { 0 };
    host_set(e);
    answer(r, got);
    int flags = fetestexcept(FE_ALL_EXCEPT);
    fesetenv(FE_DFL_ENV);
    cr_assert(flags == 0);
    for (size_t i = 0; i < r->answers; i++)
        cr_assert(got[i] == one_nan(r->expected[i]), "environment %u, answer %zu is %#" PRIx64 ", not %#" PRIx64 ": %s",
                  e, i, got[i], r->expected[i], line);
    if (r->kind == NIST)
        check_deviation(r, got[1]);
}

static void check_table(unsigned int first, unsigned int end)
{
    static row r;
    static char line[8192], copy[8192];
    FILE *f = open_golden("exact.txt");
    size_t rows = 0;
    while (fgets(line, sizeof line, f)) {
        if (line[0] == '#')
            continue;
        memcpy(copy, line, sizeof copy);
        read_row(&r, copy);
        for (unsigned int e = first; e < end; e++)
            check_row(&r, line, e);
        rows++;
    }
    fclose(f);
    cr_assert(rows > 800, "only %zu rows", rows);
}

Test(moments, golden_table)
{
    check_table(0, 1);
}

Test(moments, golden_table_in_every_environment)
{
    check_table(1, HOST_FLAGS);
}

Test(moments, where_nothing_is_defined)
{
    const uint64_t quiet = UINT64_C(0x7ff8) << 48;
    int64_t s[MCPAR__SUM_LIMBS] = { 1 }, p[MCPAR__PRODUCT_LIMBS] = { 1 }, negative[MCPAR__PRODUCT_LIMBS] = { -1 };
    cr_assert(bits_of(mcpar__mean(s, 0)) == quiet);
    cr_assert(bits_of(mcpar__hit_mean(0, 0)) == quiet);
    for (uint64_t n = 0; n < 2; n++) {
        cr_assert(bits_of(mcpar__variance(s, p, n)) == quiet);
        cr_assert(bits_of(mcpar__std_error(s, p, n)) == quiet);
        cr_assert(bits_of(mcpar__covariance(s, s, p, n)) == quiet);
        cr_assert(bits_of(mcpar__hit_variance(0, n)) == quiet);
        cr_assert(bits_of(mcpar__hit_std_error(0, n)) == quiet);
    }
    cr_assert(bits_of(mcpar__variance(s, negative, 5)) == quiet);
    cr_assert(bits_of(mcpar__std_error(s, negative, 5)) == quiet);
    cr_assert(bits_of(mcpar__hit_variance(6, 5)) == quiet);
    cr_assert(bits_of(mcpar__hit_std_error(6, 5)) == quiet);
}

/* If half of n = k * k + 1 trials hit, the variance is n / (4 (n - 1)) and the standard error 1 / (2 k), both quotients
 * of two doubles. From 2^32 trials on, the library divides by the counts in another way. */
Test(moments, where_a_product_of_counts_leaves_a_word)
{
    const uint64_t k[] = { 3, 46341, 65533, 65535, 65537, 65539, 92683, 131071 };

    for (size_t i = 0; i < sizeof k / sizeof *k; i++) {
        uint64_t n = k[i] * k[i] + 1;

        cr_assert(bits_of(mcpar__hit_variance(n / 2, n)) == bits_of((double)n / (double)(n - 1) / 4));
        cr_assert(bits_of(mcpar__hit_std_error(n / 2, n)) == bits_of(1 / (2 * (double)k[i])));
    }
}

/* Limbs that no sum of doubles can have (a damaged result) must not make anything write outside its array. */
Test(moments, any_limbs_are_safe)
{
    static const int64_t content[4] = { INT64_MAX, INT64_MIN, -1, UINT32_MAX };
    for (size_t c = 0; c < 16; c++) {
        int64_t s[MCPAR__SUM_LIMBS], p[MCPAR__PRODUCT_LIMBS];
        for (size_t i = 0; i < MCPAR__SUM_LIMBS; i++)
            s[i] = content[c % 4];
        for (size_t i = 0; i < MCPAR__PRODUCT_LIMBS; i++)
            p[i] = content[c / 4];
        (void)mcpar__mean(s, UINT64_MAX);
        (void)mcpar__variance(s, p, UINT64_MAX);
        (void)mcpar__std_error(s, p, 2);
        (void)mcpar__covariance(s, s, p, UINT64_MAX);
    }
}

/* The same trials, as hits and as an observable that is 0 or 1. */
Test(moments, hits_are_an_observable)
{
    for (uint64_t n = 2; n < 40; n++) {
        for (uint64_t h = 0; h <= n; h++) {
            const double x[2] = { 1.0, 0.0 };
            const uint64_t times[2] = { h, n - h };
            int64_t s[MCPAR__SUM_LIMBS], p[MCPAR__PRODUCT_LIMBS];
            sums(s, x, times, 2);
            products(p, x, x, times, 2);
            cr_assert(bits_of(mcpar__mean(s, n)) == bits_of(mcpar__hit_mean(h, n)));
            cr_assert(bits_of(mcpar__variance(s, p, n)) == bits_of(mcpar__hit_variance(h, n)));
            cr_assert(bits_of(mcpar__std_error(s, p, n)) == bits_of(mcpar__hit_std_error(h, n)));
            cr_assert(bits_of(mcpar__covariance(s, s, p, n)) == bits_of(mcpar__hit_variance(h, n)));
        }
    }
}
