/* SPDX-License-Identifier: BSD-3-Clause */
/* The elementary functions for trials: frozen bits, exact values, special values; and the code for each kind of CPU
 * gives the bits of the scalar functions, for any arguments, any number of them and any place in memory. */
#include "math/functions.h"
#include "unit.h"
#include <math.h>
#include <mcpar.h>

enum { MOST = 4096, GUARD = 8, FUNCTIONS = 5, POW = 4 };
#define MARK (-7.0)
#define COUNT(array) (sizeof(array) / sizeof *(array))

typedef void array_fn(double *y, const double *x, size_t n);
typedef double one_fn(double x);

static const char *const names[FUNCTIONS] = { "exp", "log", "sin", "cos", "pow" };
static one_fn *const ones[POW] = { mcpar_exp, mcpar_log, mcpar_sin, mcpar_cos };

static double one(size_t f, double x, double y)
{
    return f == POW ? mcpar_pow(x, y) : ones[f](x);
}

static void many(const struct mcpar__functions *path, size_t f, double *z, const double *x, const double *y, size_t n)
{
    array_fn *const arrays[POW] = { path->exp, path->log, path->sin, path->cos };

    if (f == POW)
        path->pow(z, x, y, n);
    else
        arrays[f](z, x, n);
}

static size_t number_of(const char *name)
{
    for (size_t f = 0; f < FUNCTIONS; f++)
        if (!strcmp(names[f], name))
            return f;
    cr_assert(0, "%s is no function", name);
    return 0;
}

static double unit_random(uint64_t *state)
{
    return (double)(golden_random(state) >> 11) * 0x1p-53;
}

/* Scales by a power of 2 without libm. */
static double times_2_to(double x, int e)
{
    for (; e > 0; e--)
        x *= 2;
    for (; e < 0; e++)
        x *= 0.5;
    return x;
}

/* Number i of the arguments of a function: what trials pass, and then everything that is a double. */
static void arguments(size_t f, unsigned int i, uint64_t *state, double *x, double *y)
{
    const double u = unit_random(state), v = unit_random(state);
    const uint64_t word = golden_random(state);
    double any;

    memcpy(&any, &word, sizeof any);
    *y = 40 * v - 20;
    if (i % 8 == 7) {
        *x = any;
        return;
    }
    switch (f) {
    case 0:
        *x = i % 2 ? 1500 * u - 750 : 8 * u - 4;
        break;
    case 1:
        *x = i % 2 ? 1 + times_2_to(u - 0.5, -(int)(i / 8 % 40)) : 10 * u;
        break;
    case POW:
        *x = i % 2 ? 1 + 0.02 * (u - 0.5) : 10 * u;
        if (i % 2)
            *y *= 4000;
        break;
    default:
        *x = i % 2 ? times_2_to(u - 0.5, (int)(i / 8 % 80) - 20) : 7 * u;
    }
}

/* ---- One number ---- */

/* With an error below 1 ulp, a result is one of the two doubles next to the exact value, so 1 apart at most. */
Test(functions, golden)
{
    FILE *file = golden_open("functions.txt");
    char line[256], name[16];
    int lines = 0;

    cr_assert_not_null(file, "tests/golden/functions.txt is not under $srcdir");
    for (; golden_line(file, line, (int)sizeof line); lines++) {
        double x, y, exact, frozen, got;

        cr_assert_eq(sscanf(line, "%15s %la %la %la %la", name, &x, &y, &exact, &frozen), 5, "%s", line);
        got = one(number_of(name), x, y);
        cr_expect_eq(golden_bits(got), golden_bits(frozen), "%s(%a, %a) = %a, frozen as %a", name, x, y, got, frozen);
        cr_expect_leq(golden_ulps(got, exact), 1, "%s(%a, %a) = %a, exactly %a", name, x, y, got, exact);
    }
    (void)fclose(file);
    cr_assert_geq(lines, 1000);
}

/* Read off x86-64: every other CPU must find them again. */
Test(functions, same_bits_everywhere)
{
    static const uint64_t expected[FUNCTIONS] = {
        UINT64_C(0xd630ac19ee55c297), UINT64_C(0x17c611746241d524), UINT64_C(0x31e6f049092c48a3),
        UINT64_C(0x58447231a5afaecd), UINT64_C(0xe60c17fb110d14fe)
    };

    for (size_t f = 0; f < FUNCTIONS; f++) {
        uint64_t state = 10 + f, hash = UINT64_C(0xcbf29ce484222325);

        for (unsigned int i = 0; i < 100000; i++) {
            double x, y;

            arguments(f, i, &state, &x, &y);
            hash = (hash ^ golden_bits(one(f, x, y))) * UINT64_C(0x100000001b3);
        }
        cr_expect_eq(hash, expected[f], "%s: hash %016llx", names[f], (unsigned long long)hash);
    }
}

static void check(const char *what, double got, double wanted)
{
    if (wanted != wanted)
        cr_expect_eq(golden_bits(got), UINT64_C(0x7ff8000000000000), "%s is %a, not the one NaN", what, got);
    else
        cr_expect_eq(golden_bits(got), golden_bits(wanted), "%s is %a, not %a", what, got, wanted);
}
#define IS(call, wanted) check(#call, call, wanted)
#define NOT_A_NUMBER ((double)NAN)
#define INF ((double)INFINITY)

/* C11, F.10.1.5 and .6, F.10.3.1 and .7. */
Test(functions, special_values)
{
    const double negative_nan = -NOT_A_NUMBER;

    IS(mcpar_exp(0.0), 1.0);
    IS(mcpar_exp(-0.0), 1.0);
    IS(mcpar_exp(-INF), 0.0);
    IS(mcpar_exp(INF), INF);
    IS(mcpar_exp(NOT_A_NUMBER), NOT_A_NUMBER);
    IS(mcpar_exp(negative_nan), NOT_A_NUMBER);
    IS(mcpar_exp(0x1.62e42fefa39efp+9), 0x1.fffffffffff2ap+1023);
    IS(mcpar_exp(0x1.62e42fefa39f0p+9), INF);          /* the next double */
    IS(mcpar_exp(1e300), INF);
    IS(mcpar_exp(-0x1.74910d52d3051p+9), 0x1p-1074);
    IS(mcpar_exp(-0x1.74910d52d3052p+9), 0.0);
    IS(mcpar_exp(-1e300), 0.0);
    IS(mcpar_exp(0x1p-1074), 1.0);

    IS(mcpar_log(0.0), -INF);
    IS(mcpar_log(-0.0), -INF);
    IS(mcpar_log(1.0), 0.0);
    IS(mcpar_log(-1.0), NOT_A_NUMBER);
    IS(mcpar_log(-0x1p-1074), NOT_A_NUMBER);
    IS(mcpar_log(-INF), NOT_A_NUMBER);
    IS(mcpar_log(INF), INF);
    IS(mcpar_log(NOT_A_NUMBER), NOT_A_NUMBER);
    IS(mcpar_log(negative_nan), NOT_A_NUMBER);

    IS(mcpar_sin(0.0), 0.0);
    IS(mcpar_sin(-0.0), -0.0);
    IS(mcpar_sin(0x1p-1074), 0x1p-1074);
    IS(mcpar_sin(-0x1p-1022), -0x1p-1022);
    IS(mcpar_cos(0.0), 1.0);
    IS(mcpar_cos(-0.0), 1.0);
    IS(mcpar_cos(0x1p-1074), 1.0);
    IS(mcpar_sin(INF), NOT_A_NUMBER);
    IS(mcpar_sin(-INF), NOT_A_NUMBER);
    IS(mcpar_cos(INF), NOT_A_NUMBER);
    IS(mcpar_cos(-INF), NOT_A_NUMBER);
    IS(mcpar_sin(NOT_A_NUMBER), NOT_A_NUMBER);
    IS(mcpar_sin(negative_nan), NOT_A_NUMBER);
    IS(mcpar_cos(negative_nan), NOT_A_NUMBER);
}

/* C11, F.10.4.4, line by line. */
Test(functions, special_values_of_pow)
{
    static const double odd[] = { 1, 3, 7, 101, 0x1.fffffffffffffp+52 };
    static const double even_or_none[] = { 2, 4, 0.5, 2.5, 1e-300, 0x1p53, 0x1p300, 0x1p-1074, 0x1.0000000000001p+51 };

    for (size_t i = 0; i < COUNT(odd); i++) {
        const double y = odd[i];

        IS(mcpar_pow(0.0, -y), INF);
        IS(mcpar_pow(-0.0, -y), -INF);
        IS(mcpar_pow(0.0, y), 0.0);
        IS(mcpar_pow(-0.0, y), -0.0);
        IS(mcpar_pow(-INF, -y), -0.0);
        IS(mcpar_pow(-INF, y), -INF);
        IS(mcpar_pow(-1.0, y), -1.0);
        IS(mcpar_pow(-1.0, -y), -1.0);
    }
    for (size_t i = 0; i < COUNT(even_or_none); i++) {
        const double y = even_or_none[i];

        IS(mcpar_pow(0.0, -y), INF);
        IS(mcpar_pow(-0.0, -y), INF);
        IS(mcpar_pow(0.0, y), 0.0);
        IS(mcpar_pow(-0.0, y), 0.0);
        IS(mcpar_pow(-INF, -y), 0.0);
        IS(mcpar_pow(-INF, y), INF);
        IS(mcpar_pow(-1.0, y), y == 2 || y == 4 || y >= 0x1p53 ? 1.0 : NOT_A_NUMBER);
    }
    IS(mcpar_pow(0.0, -INF), INF);
    IS(mcpar_pow(-0.0, -INF), INF);
    IS(mcpar_pow(0.0, INF), 0.0);
    IS(mcpar_pow(-0.0, INF), 0.0);
    IS(mcpar_pow(-1.0, INF), 1.0);
    IS(mcpar_pow(-1.0, -INF), 1.0);
    IS(mcpar_pow(1.0, NOT_A_NUMBER), 1.0);
    IS(mcpar_pow(1.0, INF), 1.0);
    IS(mcpar_pow(1.0, -3.5), 1.0);
    IS(mcpar_pow(NOT_A_NUMBER, 0.0), 1.0);
    IS(mcpar_pow(NOT_A_NUMBER, -0.0), 1.0);
    IS(mcpar_pow(-INF, 0.0), 1.0);
    IS(mcpar_pow(0.0, -0.0), 1.0);
    IS(mcpar_pow(-2.0, 0.5), NOT_A_NUMBER);
    IS(mcpar_pow(-0x1p-1074, -1.5), NOT_A_NUMBER);
    IS(mcpar_pow(0.5, -INF), INF);
    IS(mcpar_pow(-0.5, -INF), INF);
    IS(mcpar_pow(1.5, -INF), 0.0);
    IS(mcpar_pow(-1.5, -INF), 0.0);
    IS(mcpar_pow(0.5, INF), 0.0);
    IS(mcpar_pow(-0.5, INF), 0.0);
    IS(mcpar_pow(1.5, INF), INF);
    IS(mcpar_pow(-1.5, INF), INF);
    IS(mcpar_pow(INF, -0.5), 0.0);
    IS(mcpar_pow(INF, 0.5), INF);
    IS(mcpar_pow(INF, INF), INF);
    IS(mcpar_pow(INF, -INF), 0.0);
    IS(mcpar_pow(NOT_A_NUMBER, 1.0), NOT_A_NUMBER);
    IS(mcpar_pow(-NOT_A_NUMBER, -3.0), NOT_A_NUMBER);
    IS(mcpar_pow(2.0, -NOT_A_NUMBER), NOT_A_NUMBER);
    IS(mcpar_pow(0.0, NOT_A_NUMBER), NOT_A_NUMBER);

    /* Results that leave the range, with either sign, and the last ones that do not. */
    IS(mcpar_pow(2.0, 1024.0), INF);
    IS(mcpar_pow(-2.0, 1025.0), -INF);
    IS(mcpar_pow(2.0, 1023.0), 0x1p1023);
    IS(mcpar_pow(2.0, -1074.0), 0x1p-1074);
    IS(mcpar_pow(-2.0, -1073.0), -0x1p-1073);
    IS(mcpar_pow(2.0, -1076.0), 0.0);
    IS(mcpar_pow(-2.0, -1077.0), -0.0);
    IS(mcpar_pow(0x1p-1074, 1.0), 0x1p-1074);
    IS(mcpar_pow(-0x1p-1074, 1.0), -0x1p-1074);
    IS(mcpar_pow(0x1p-1074, -0.5), 0x1p537);
    IS(mcpar_pow(0x1p-1074, -1.0), INF);
    IS(mcpar_pow(1.5, 1e300), INF);
    IS(mcpar_pow(1.5, -1e300), 0.0);
    IS(mcpar_pow(0x1.fffffffffffffp-1, 0x1p1023), 0.0);
    IS(mcpar_pow(1.5, 0x1p-1074), 1.0);
}

/* Powers that are doubles come out exactly. */
Test(functions, exact_powers)
{
    for (int x = 2; x < 200; x++) {
        double power = 1;

        for (int n = 1; (power *= x) < 0x1p53; n++) {
            CHECK(mcpar_pow(x, n) == power, "%d^%d is %a", x, n, mcpar_pow(x, n));
            CHECK(mcpar_pow(-x, n) == (n % 2 ? -power : power), "(-%d)^%d is %a", x, n, mcpar_pow(-x, n));
        }
    }
    for (int n = -1074; n < 1024; n++) {
        const double power = times_2_to(1.0, n);

        CHECK(mcpar_pow(2.0, n) == power, "2^%d is %a", n, mcpar_pow(2.0, n));
        if (n > -1024)
            CHECK(golden_bits(mcpar_log(1 / power)) == golden_bits(n ? -mcpar_log(power) : 0.0), "log 2^%d", -n);
    }
}

/* ---- Arrays ---- */

static const double strange[] = {
    0.0, -0.0, INFINITY, -INFINITY, NAN, 0x1p-1074, -0x1p-1074, 0x1p-1022, 0x0.fffffffffffffp-1022,
    0x1.fffffffffffffp+1023, -1.0, -2.0, -0.5, 1e10, 1e22, 25735.0, 25734.999, 709.0, 709.5, 710.0, -700.0, -701.0,
    -745.0, -746.0, 3.141592653589793
};

static void check_array(const struct mcpar__functions *path, size_t f, const double *x, const double *y, size_t n)
{
    static double out[MOST + 2 * GUARD];

    for (size_t i = 0; i < n + 2 * GUARD; i++)
        out[i] = MARK;
    many(path, f, out + GUARD, x, y, n);
    for (size_t i = 0; i < n + 2 * GUARD; i++) {
        const bool inside = i >= GUARD && i < GUARD + n;
        const double wanted = inside ? one(f, x[i - GUARD], y[i - GUARD]) : MARK;

        CHECK(golden_bits(out[i]) == golden_bits(wanted), "%s: %zu numbers, %s: place %zu is %a, not %a", path->name, n,
              names[f], i - GUARD, out[i], wanted);
    }
}

static void check_random(const struct mcpar__functions *path)
{
    static double x[MOST], y[MOST];
    uint64_t state = 1;

    for (size_t f = 0; f < FUNCTIONS; f++)
        for (int turn = 0; turn < 40; turn++) {
            for (unsigned int i = 0; i < MOST; i++) {
                arguments(f, i, &state, &x[i], &y[i]);
                if (turn % 4 == 0 && golden_random(&state) % 50 == 0)
                    x[i] = strange[golden_random(&state) % COUNT(strange)];
                if (turn % 4 == 1 && golden_random(&state) % 50 == 0)
                    y[i] = strange[golden_random(&state) % COUNT(strange)];
                if (turn % 4 > 1 && i % 8 == 7)    /* whole vectors without any */
                    x[i] = x[i - 1];
            }
            check_array(path, f, x, y, MOST);
        }
}

static void check_strange(const struct mcpar__functions *path)
{
    static double x[COUNT(strange) * COUNT(strange)], y[COUNT(strange) * COUNT(strange)];

    for (size_t i = 0; i < COUNT(x); i++) {
        x[i] = strange[i / COUNT(strange)];
        y[i] = strange[i % COUNT(strange)];
    }
    for (size_t f = 0; f < FUNCTIONS; f++)
        check_array(path, f, x, y, COUNT(x));
}

/* All lengths up to four vectors and a rest, anywhere in memory, and in the place of each argument. */
static void check_sizes(const struct mcpar__functions *path)
{
    double x[64], y[64], z[64];
    uint64_t state = 2;

    for (size_t f = 0; f < FUNCTIONS; f++)
        for (size_t n = 0; n < 40; n++)
            for (size_t from = 0; from < 8; from++) {
                for (unsigned int i = 0; i < n; i++)
                    arguments(f, i, &state, &x[from + i], &y[from + i]);
                check_array(path, f, x + from, y + from, n);
                for (int place = 0; place < (f == POW ? 2 : 1); place++) {
                    double *const in_place = z + from;

                    memcpy(z, place ? y : x, sizeof z);
                    z[from + n] = MARK;
                    many(path, f, in_place, place ? x + from : in_place, place ? in_place : y + from, n);
                    for (size_t i = 0; i < n; i++)
                        CHECK(golden_bits(in_place[i]) == golden_bits(one(f, x[from + i], y[from + i])),
                              "%s: %s in place, number %zu of %zu", path->name, names[f], i, n);
                    CHECK(golden_bits(z[from + n]) == golden_bits(MARK), "%s: %s wrote past %zu numbers", path->name,
                          names[f], n);
                }
            }
}

#define PATH_TEST(cpu)                                                          \
    Test(arrays, cpu)                                                           \
    {                                                                           \
        const struct mcpar__functions *path = mcpar__functions_named(#cpu);     \
                                                                                \
        if (!path)                                                              \
            cr_skip_test("this CPU cannot run it");                             \
        cr_assert_str_eq(path->name, #cpu);                                     \
        check_sizes(path);                                                      \
        check_strange(path);                                                    \
        check_random(path);                                                     \
    }

PATH_TEST(portable)
PATH_TEST(avx2)
PATH_TEST(avx512)
PATH_TEST(neon)

/* What users call goes to the path in use. */
Test(arrays, public)
{
    double x[21], y[21], z[21];

    for (size_t i = 0; i < COUNT(x); i++) {
        x[i] = 0.25 * (double)i;
        y[i] = 1 - 0.5 * (double)i;
    }
    static array_fn *const arrays[POW] = { mcpar_exp_array, mcpar_log_array, mcpar_sin_array, mcpar_cos_array };

    for (size_t f = 0; f < FUNCTIONS; f++) {
        if (f == POW)
            mcpar_pow_array(z, x, y, COUNT(x));
        else
            arrays[f](z, x, COUNT(x));
        for (size_t i = 0; i < COUNT(x); i++)
            cr_expect_eq(golden_bits(z[i]), golden_bits(one(f, x[i], y[i])), "%s of number %zu", names[f], i);
    }
}
