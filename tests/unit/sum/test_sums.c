/* SPDX-License-Identifier: BSD-3-Clause */
/* The exact sums of each kind of CPU: they must be the same as those of the integer code, which test_exact.c checks
 * against an oracle of its own. */
#include "unit.h"
#include "sum/sums.h"
#include <math.h>

static double work[MCPAR__SUMS_ROOM];      /* for the sums to work in */

enum { MOST = 1100, GUARD = 8 };

/* ---- Values ---- */

static uint64_t state;

static double from_bits(uint64_t bits)
{
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Any mantissa and sign, an exponent in [low, high): 2^(exponent - 1023) and above, or for 0 denormal. */
static double with_exponent(unsigned int low, unsigned int high)
{
    uint64_t bits = golden_random(&state), exponent = low + golden_random(&state) % (high - low);

    return from_bits((bits & ~(UINT64_C(0x7ff) << 52)) | exponent << 52);
}

static double unit(void)
{
    return (double)(int64_t)(golden_random(&state) >> 11) * 0x1p-53;
}

static double normal(void)
{
    return sqrt(-2 * log(1 - unit())) * cos(6.283185307179586 * unit());
}

static double sign(void)
{
    return golden_random(&state) & 1 ? -1 : 1;
}

static double uniform_value(size_t i)
{
    (void)i;
    return unit();
}

static double normal_value(size_t i)
{
    (void)i;
    return normal();
}

static double exponential_value(size_t i)
{
    (void)i;
    return -log(1 - unit());
}

static double lognormal_value(size_t i)
{
    (void)i;
    return exp(2 * normal());
}

static double wide_lognormal_value(size_t i)
{
    (void)i;
    return sign() * exp(9 * normal());
}

static double any_value(size_t i)
{
    (void)i;
    return with_exponent(0, 2047);
}

static double middle_value(size_t i)
{
    (void)i;
    return with_exponent(1023 - 350, 1023 + 350);
}

static double denormal_value(size_t i)
{
    (void)i;
    return with_exponent(0, 1);
}

static double mostly_zero(size_t i)
{
    return i % 97 == 5 ? normal() : sign() * 0.0;
}

static double with_outliers(size_t i)
{
    return golden_random(&state) % 50 == 0 ? any_value(i) : normal();
}

static double whole_number(size_t i)
{
    (void)i;
    return (double)(int64_t)(golden_random(&state) % 1000);
}

/* Each value is followed by its negative, so that the sum is zero or one value. */
static double cancelling(size_t i)
{
    static double last;

    last = i % 2 ? -last : exp(3 * normal());
    return last;
}

/* The largest parts: all values just below a power of two, with the same sign. */
static double nearly_two(size_t i)
{
    (void)i;
    return 2 - unit() * 0x1p-20;
}

static double nearly_minus_two(size_t i)
{
    return -nearly_two(i);
}

/* Half a step of a grid and the doubles next to it, after a leading bit or alone; the largest of the block is 1.5. */
static double tie(size_t i)
{
    static const int step[] = { -21, -22, -23, -44, -45, -46, -52, -66, -67, -68, -69, -70 };
    double half = ldexp(1, step[golden_random(&state) % 12]);
    double x = i % 3 == 0 ? 1.5 + half : i % 3 == 1 ? half : half + ldexp(1, step[golden_random(&state) % 12]);
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    return sign() * from_bits(bits + golden_random(&state) % 3 - 1);
}

/* Half a step away from every grid, so that parts are as large as possible. */
static double deep_tie(size_t i)
{
    (void)i;
    return sign() * (golden_random(&state) % 2 ? 0x1p0 : 0x0.fffffep0) + sign() * 0x1p-22 + sign() * 0x1p-45;
}

static double edge(size_t i)
{
    static const double edges[] = { 0x1p-1074, 0x1p-1022, 0x1.ffffffffffffep-1023, 0x1p-530, 0x1p-537, 0x1p-400,
                                    0x1p400, 0x1p-401, 0x1.fffffffffffffp399, 0x1p-511, 0x1p511, 0x1p-512, 0x1p512,
                                    0x1p1020, 0x1p1023, DBL_MAX, 0, 1, 0x1.fffffffffffffp-1 };

    (void)i;
    return sign() * edges[golden_random(&state) % (sizeof edges / sizeof *edges)];
}

static double (*const kind[])(size_t) = {
    uniform_value, normal_value, exponential_value, lognormal_value, wide_lognormal_value, any_value, middle_value,
    denormal_value, mostly_zero, with_outliers, whole_number, cancelling, nearly_two, nearly_minus_two, tie, deep_tie,
    edge
};

enum { KINDS = sizeof kind / sizeof *kind };

static void fill(double *x, size_t n, size_t which)
{
    for (size_t i = 0; i < n; i++)
        x[i] = kind[which](i);
}

/* ---- What the code for a CPU adds, against the integers ---- */

struct both {
    int64_t sum[GUARD + MCPAR__SUM_LIMBS + GUARD], squares[GUARD + MCPAR__PRODUCT_LIMBS + GUARD];
    int64_t products[GUARD + MCPAR__PRODUCT_LIMBS + GUARD], cubes[GUARD + MCPAR__SUM_LIMBS + GUARD];
};

struct ends {                              /* what else is told of a column */
    double low, high;
    bool overflow;
};

static struct ends add(const struct mcpar__sums *path, struct both *b, const double *x, const double *y, size_t n)
{
    struct mcpar__column to = { .sum = b->sum + GUARD, .squares = b->squares + GUARD, .cubes = b->cubes + GUARD };

    path->column(&to, x, n, work);
    path->products(b->products + GUARD, x, y, n, work);
    return (struct ends){ to.low, to.high, to.overflow };
}

static struct ends add_reference(struct both *b, const double *x, const double *y, size_t n)
{
    struct ends ends = { HUGE_VAL, -HUGE_VAL, false };

    mcpar__sum_add(b->sum + GUARD, x, n);
    mcpar__product_add(b->squares + GUARD, x, x, n);
    mcpar__product_add(b->products + GUARD, x, y, n);
    for (size_t i = 0; i < n; i++) {
        volatile double square = x[i] * x[i];
        double cube = x[i] * square;

        if (isinf(cube))
            ends.overflow = true;
        else
            mcpar__sum_add(b->cubes + GUARD, &cube, 1);
        ends.low = fmin(ends.low, x[i] == 0 ? 0.0 : x[i]);
        ends.high = fmax(ends.high, x[i] == 0 ? 0.0 : x[i]);
    }
    return ends;
}

static void canonical(struct both *b)
{
    mcpar__canonical(b->sum + GUARD, MCPAR__SUM_LIMBS);
    mcpar__canonical(b->squares + GUARD, MCPAR__PRODUCT_LIMBS);
    mcpar__canonical(b->products + GUARD, MCPAR__PRODUCT_LIMBS);
    mcpar__canonical(b->cubes + GUARD, MCPAR__SUM_LIMBS);
}

/* Checks that every limb is within what n values may add. */
static void check_carry_rule(const struct both *b, size_t n, const char *what)
{
    const int64_t most = (int64_t)n << 33, *limb = (const int64_t *)(const void *)b;

    for (size_t i = 0; i < sizeof *b / sizeof *limb; i++)
        CHECK(limb[i] < most && limb[i] > -most, "carry rule: %s, n %zu", what, n);
}

static void check_same(struct both *got, struct both *want, const char *what, size_t n)
{
    canonical(got);
    canonical(want);
    CHECK(!memcmp(got->sum, want->sum, sizeof got->sum), "sum: %s, n %zu", what, n);
    CHECK(!memcmp(got->squares, want->squares, sizeof got->squares), "squares: %s, n %zu", what, n);
    CHECK(!memcmp(got->products, want->products, sizeof got->products), "products: %s, n %zu", what, n);
    CHECK(!memcmp(got->cubes, want->cubes, sizeof got->cubes), "cubes: %s, n %zu", what, n);
}

static void check(const struct mcpar__sums *path, const double *x, const double *y, size_t n, const char *what)
{
    struct both got = { .sum = { 0 } }, want = got;
    struct ends ends = add(path, &got, x, y, n), wanted = add_reference(&want, x, y, n);

    CHECK(!memcmp(&ends.low, &wanted.low, sizeof ends.low), "smallest value: %s, n %zu", what, n);
    CHECK(!memcmp(&ends.high, &wanted.high, sizeof ends.high), "largest value: %s, n %zu", what, n);
    CHECK(ends.overflow == wanted.overflow, "overflow: %s, n %zu", what, n);
    if (n > 0)
        check_carry_rule(&got, n, what);
    check_same(&got, &want, what, n);
}

static double x[MOST + 3], y[MOST + 3];

static void check_sizes(const struct mcpar__sums *path)
{
    for (size_t n = 0; n <= MOST; n++)
        for (size_t k = n % 3; k < KINDS; k += 3) {
            size_t other = golden_random(&state) % KINDS;

            fill(x, n + 2, k);
            fill(y, n + 2, other);
            check(path, x + n % 2, y + n % 3 % 2, n, "sizes");
        }
}

static void check_kinds(const struct mcpar__sums *path)
{
    static const size_t sizes[] = { 1, 2, 16, 31, 512, 513, 1024, 1100 };
    char what[40];

    for (size_t round = 0; round < 30; round++)
        for (size_t k = 0; k < KINDS; k++)
            for (size_t l = 0; l < KINDS; l++) {
                (void)snprintf(what, sizeof what, "kinds %zu and %zu", k, l);
                fill(x, MOST, k);
                fill(y, MOST, l);
                check(path, x, y, sizes[(round + k + l) % 8], what);
            }
    fill(x, MOST, 1);
    check(path, x, x, MOST, "a column with itself");
}

/* Blocks of every scale: each kind with a narrow spread, times 2^k, which may round or overflow. */
static void check_scales(const struct mcpar__sums *path)
{
    static const size_t narrow[] = { 0, 1, 12, 14, 15 };
    char what[40];

    for (int scale = -1074; scale <= 1023; scale++)
        for (size_t k = 0; k < 5; k++) {
            size_t n = 500 + golden_random(&state) % 30;
            int other = scale % 5 ? scale / 2 : -scale;

            fill(x, n, narrow[k]);
            fill(y, n, narrow[(k + (size_t)(scale + 1074)) % 5]);
            for (size_t i = 0; i < n; i++) {
                x[i] = ldexp(x[i], scale);
                y[i] = ldexp(y[i], other);
                x[i] = fabs(x[i]) <= DBL_MAX ? x[i] : DBL_MAX;
                y[i] = fabs(y[i]) <= DBL_MAX ? y[i] : DBL_MAX;
            }
            (void)snprintf(what, sizeof what, "kind %zu times 2^%d", narrow[k], scale);
            check(path, x, y, n, what);
        }
}

/* One value at every distance from the others, in every lane. */
static void check_lone_values(const struct mcpar__sums *path)
{
    for (unsigned int exponent = 0; exponent < 2047; exponent++) {
        size_t n = 40 + exponent % 50;

        fill(x, n, 1);
        fill(y, n, 1);
        x[exponent % n] = with_exponent(exponent, exponent + 1);
        y[(exponent + exponent / 7) % n] = with_exponent(exponent, exponent + 1);
        check(path, x, y, n, "a lone value");
    }
}

/* All values are on the grids, the smallest only just, except one anywhere that is at most half as large. */
static void check_one_small(const struct mcpar__sums *path)
{
    static const double small[] = { 0x1p-15, 0x1.fffffffffffffp-16, 0x1.0000000000001p-16, 0x1p-1022, 0x1p-1074, 0 };
    static const size_t sizes[] = { 24, 31, 77, 512, 530 };

    for (size_t s = 0; s < 5; s++)
        for (size_t i = 0; i < sizes[s]; i++) {
            for (size_t j = 0; j < sizes[s]; j++) {
                x[j] = with_exponent(1023 - 15, 1024);
                y[j] = with_exponent(1023 - 15, 1024);
            }
            (i % 2 ? x : y)[(i + 1) % sizes[s]] = 0x1p-15;
            x[(i + 2) % sizes[s]] = y[(i + 2) % sizes[s]] = 1.5;
            (i % 4 < 3 ? x : y)[i] = sign() * small[golden_random(&state) % 6];
            check(path, x, y, sizes[s], "one small value");
        }
}

/* All cubes are on the first two grids, or only the first three, the smallest only just, except one anywhere; and scales
 * up to which the grids are used for cubes. */
static void check_one_small_cube(const struct mcpar__sums *path)
{
    static const int scales[] = { 0, 1, -289, -290, -291, -300, 288, 289, 290, 291, 340, 341, 342, -340, -360 };

    for (int low = 9; low <= 29; low++)
        for (size_t s = 0; s < sizeof scales / sizeof *scales; s++) {
            size_t n = 24 + golden_random(&state) % 500;

            for (size_t j = 0; j < n; j++)
                x[j] = with_exponent(1023 - (unsigned int)low, 1024);
            x[golden_random(&state) % n] = 0x1.fffffffffffffp0;
            x[golden_random(&state) % n] = sign() * ldexp(1 + unit() * 0x1p-40, -(int)(golden_random(&state) % 60));
            for (size_t j = 0; j < n; j++)
                x[j] = ldexp(x[j], scales[s]);
            check(path, x, x, n, "one small cube");
        }
}

/* The same blocks again and again, without carries in between. */
static void check_repeated(const struct mcpar__sums *path)
{
    for (size_t k = 0; k < KINDS; k++) {
        struct both got = { .sum = { 0 } }, want = got;

        fill(x, MOST, k);
        fill(y, MOST, (k + 5) % KINDS);
        for (size_t i = 0; i < 300; i++) {
            (void)add(path, &got, x, y, MOST);
            (void)add_reference(&want, x, y, MOST);
        }
        check_carry_rule(&got, 300 * MOST, "repeated");
        check_same(&got, &want, "repeated", MOST);
    }
}

/* The result means nothing, but nothing is written outside the limbs. */
static void check_not_finite(const struct mcpar__sums *path)
{
    static const double bad[] = { (double)NAN, HUGE_VAL, -HUGE_VAL, -(double)NAN };

    for (size_t round = 0; round < 200; round++) {
        struct both got = { .sum = { 0 } };
        size_t n = 1 + round * 3;

        fill(x, n, round % KINDS);
        fill(y, n, round % 3);
        for (size_t i = round % 5; i < n; i += 1 + round % 11 * 20)
            (round % 2 ? x : y)[i] = bad[(i + round) % 4];
        (void)add(path, &got, x, y, n);
        (void)add(path, &got, y, x, n);
        for (size_t i = 0; i < GUARD; i++)
            CHECK(!got.sum[i] && !got.squares[i] && !got.products[i] && !got.sum[GUARD + MCPAR__SUM_LIMBS + i] &&
                      !got.cubes[i] && !got.cubes[GUARD + MCPAR__SUM_LIMBS + i] &&
                      !got.squares[GUARD + MCPAR__PRODUCT_LIMBS + i] && !got.products[GUARD + MCPAR__PRODUCT_LIMBS + i],
                  "outside of the limbs");
    }
}

/* Finds each kind anywhere, alone and before others, and never a finite value, however large or small. */
static void check_first_nonfinite(const struct mcpar__sums *path)
{
    static const uint64_t bad[] = { UINT64_C(0x7ff) << 52, UINT64_C(0xfff) << 52, UINT64_C(0x7ff8) << 48,
                                    (UINT64_C(0xfff) << 52) + 1 };

    for (size_t k = 0; k < KINDS; k++) {
        fill(x, MOST, k);
        for (size_t n = 0; n <= MOST; n += 1 + n / 150)
            CHECK(path->first_nonfinite(x + n % 2, n) == n, "all finite: kind %zu, n %zu", k, n);
    }
    for (size_t n = 1; n <= 150; n++)
        for (size_t i = 0; i < n; i++)
            for (size_t others = 0; others < 2; others++) {
                fill(x, n, 16);
                x[i] = from_bits(bad[(n + i) % 4]);
                for (size_t j = i + 1; others && j < n; j += 1 + n % 7)
                    x[j] = from_bits(bad[j % 4]);
                CHECK(path->first_nonfinite(x, n) == i, "n %zu: not finite at %zu", n, i);
            }
}

static void check_named(const char *name)
{
    const struct mcpar__sums *path = mcpar__sums_named(name);

    if (!path)
        cr_skip_test("this CPU cannot run it");
    cr_assert_str_eq(path->name, name);
    state = 1;
    check_sizes(path);
    check_kinds(path);
    check_scales(path);
    check_lone_values(path);
    check_one_small(path);
    check_one_small_cube(path);
    check_repeated(path);
    check_not_finite(path);
    check_first_nonfinite(path);
}

Test(sums, portable)
{
    check_named("portable");
}

Test(sums, avx2)
{
    check_named("avx2");
}

Test(sums, avx512)
{
    check_named("avx512");
}

Test(sums, neon)
{
    check_named("neon");
}

Test(sums, the_path_is_that_of_the_generator)
{
    cr_assert_str_eq(mcpar__sums_path()->name, mcpar__philox_path()->name);
}

Test(sums, the_path_is_the_one_that_is_asked_for)
{
    (void)setenv("MCPAR_CPU", "portable", 1);
    cr_assert_eq(mcpar__sums_path(), &mcpar__sums_portable);
    cr_assert_eq(mcpar__sums_named("portable"), &mcpar__sums_portable);
    cr_assert_null(mcpar__sums_named("avx1024"));
}
