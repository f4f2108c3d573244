/* SPDX-License-Identifier: BSD-3-Clause */
/* Distributions with parameters: exact values, exact probabilities, frozen bits, one draw each, and the same bits in
 * every form and on every kind of CPU. */
#include "unit.h"
#include "random/block.h"
#include "base/elementary.h"
#include "random/dist/dist.h"
#include "random/dist/loops.h"
#include "random/rng.h"
#include <criterion/parameterized.h>
#include <inttypes.h>
#include <math.h>
#include <mcpar.h>

static const char *const names[] = {
    NULL,
#define KIND(NAME, name, parameters) #name,
#include "random/dist/kinds.h"
};
enum { KINDS = sizeof names / sizeof *names };

static const uint32_t parameters[] = {
    0,
#define KIND(NAME, name, parameters) parameters,
#include "random/dist/kinds.h"
};

struct test_case {
    uint32_t kind;
    double a, b, c;
    const char *rest;                      /* of the line */
};

/* Reads "WORD NAME A B C ..." if the word is the one asked for. */
static bool read_case(const char *line, const char *word, struct test_case *t)
{
    char first[16], name[32];
    int used;

    if (sscanf(line, "%15s", first) != 1 || strcmp(first, word) != 0)
        return false;
    cr_assert_eq(sscanf(line, "%*s %31s %la %la %la %n", name, &t->a, &t->b, &t->c, &used), 4, "%s", line);
    for (t->kind = 1; t->kind < KINDS && strcmp(name, names[t->kind]) != 0; t->kind++)
        ;
    cr_assert(t->kind < KINDS, "%s", line);
    t->rest = line + used;
    return true;
}

static FILE *open_golden(void)
{
    FILE *file = golden_open("dists.txt");

    cr_assert_not_null(file, "tests/golden/dists.txt is not under $srcdir");
    return file;
}

static double by_name(mcpar_rng *rng, const struct test_case *t)
{
    switch (t->kind) {
    case MCPAR_DIST_LOGNORMAL: return mcpar_lognormal(rng, t->a, t->b);
    case MCPAR_DIST_GAMMA: return mcpar_gamma(rng, t->a, t->b);
    case MCPAR_DIST_CHI_SQUARE: return mcpar_chi_square(rng, t->a);
    case MCPAR_DIST_BETA: return mcpar_beta(rng, t->a, t->b);
    case MCPAR_DIST_STUDENT: return mcpar_student(rng, t->a);
    case MCPAR_DIST_POISSON: return mcpar_poisson(rng, t->a);
    case MCPAR_DIST_BINOMIAL: return mcpar_binomial(rng, t->a, t->b);
    case MCPAR_DIST_BERNOULLI: return mcpar_bernoulli(rng, t->a);
    case MCPAR_DIST_GEOMETRIC: return mcpar_geometric(rng, t->a);
    case MCPAR_DIST_WEIBULL: return mcpar_weibull(rng, t->a, t->b);
    case MCPAR_DIST_CAUCHY: return mcpar_cauchy(rng, t->a, t->b);
    case MCPAR_DIST_LOGISTIC: return mcpar_logistic(rng, t->a, t->b);
    case MCPAR_DIST_TRIANGULAR: return mcpar_triangular(rng, t->a, t->b, t->c);
    default: return NAN;
    }
}

static bool has_name(uint32_t kind)
{
    return kind != MCPAR_DIST_UNIFORM && kind != MCPAR_DIST_NORMAL && kind != MCPAR_DIST_EXPONENTIAL;
}

/* The exponential functions of each kind of CPU are mcpar__exp, at its ends and for NaN too. */
Test(dist, exponentials_by_vector)
{
    static const char *const cpus[] = { "portable", "avx2", "avx512", "neon" };
    static const double ends[] = { 0, -0.0, 709, 709.78, 709.79, 709.8, -708, -708.1, -745.1, -745.2, -746, INFINITY,
                                   -INFINITY, NAN, 0x1p-60, -0x1p-60, 0.34657359027997264, -0.34657359027997264, 1e300 };
    enum { N = 1000, ENDS = sizeof ends / sizeof *ends };
    static double x[N], y[N];
    uint64_t state = 9;

    for (size_t c = 0; c < sizeof cpus / sizeof *cpus; c++) {
        const struct mcpar__loops *loops = mcpar__loops_named(cpus[c]);

        for (int round = 0; loops && round < 200; round++) {
            const size_t n = round < 20 ? (size_t)round + 1 : N;

            for (size_t i = 0; i < n; i++) {
                const double u = (double)(golden_random(&state) >> 11) * 0x1p-53 - 0.5;

                x[i] = golden_random(&state) % 20 == 0 ? ends[golden_random(&state) % ENDS] : u * (round % 2 ? 3 : 1500);
            }
            loops->exps(x, y, n);
            for (size_t i = 0; i < n; i++)
                CHECK(golden_bits(y[i]) == golden_bits(mcpar__exp(x[i])), "%s: exp(%a) is %a", cpus[c], x[i], y[i]);
        }
    }
}

/* ---- Exact values ---- */

/* How far a value may be from the exact one, in parts of 2^-53 of its distance from the location. Where the logarithm
 * of the value is rounded, its size counts. */
static double allowed(const struct test_case *t, double exact)
{
    const double location = t->kind == MCPAR_DIST_NORMAL || t->kind == MCPAR_DIST_CAUCHY
                                    || t->kind == MCPAR_DIST_LOGISTIC ? fabs(t->a) : 0.0;

    switch (t->kind) {
    case MCPAR_DIST_LOGNORMAL:
        return exact * (2 + 3 * (fabs(t->a) + fabs(log(exact) - t->a)));
    case MCPAR_DIST_WEIBULL:
        return exact * (4 + 4 * fabs(log(exact / t->b)));
    case MCPAR_DIST_TRIANGULAR:
        return 4 * (fabs(t->a) + fabs(t->c));
    case MCPAR_DIST_NORMAL:
    case MCPAR_DIST_EXPONENTIAL:
        return 3 * fabs(exact - location) + 2 * location;
    default:
        return 8 * (fabs(exact) + location);
    }
}

/* Whether a geometric draw stands so near the step between two values that rounding decides. */
static bool on_step(double p, uint64_t w)
{
    const long double steps = logl(((long double)w + 0.5L) * 0x1p-64L) / log1pl(-(long double)p);

    return fabsl(steps - roundl(steps)) < 1e-15L * (1 + steps);
}

Test(dist, exact_values)
{
    FILE *file = open_golden();
    char line[256];
    int lines = 0;

    while (golden_line(file, line, (int)sizeof line)) {
        static const struct mcpar__site nowhere;
        struct mcpar__dist d;
        struct test_case t;
        uint64_t w;
        double exact, x;

        if (!read_case(line, "exact", &t))
            continue;
        cr_assert_eq(sscanf(t.rest, "%" SCNx64 " %la", &w, &exact), 2, "%s", line);
        cr_assert(mcpar__dist_prepare(&d, t.kind, t.a, t.b, t.c, true), "%s", line);
        x = mcpar__dist_one(&d, &nowhere, w);
        if (t.kind == MCPAR_DIST_GEOMETRIC)
            CHECK(x == exact || fabs(x - exact) <= 1e-15 * exact || on_step(t.a, w), "%a: %s", x, line);
        else
            CHECK(fabs(x - exact) <= 0x1p-53 * allowed(&t, exact), "%a, off by %.1f of %.1f: %s", x,
                  fabs(x - exact) * 0x1p53, allowed(&t, exact), line);
        lines++;
    }
    (void)fclose(file);
    cr_assert_geq(lines, 500);
}

/* Counts with a small mean: the limits of the table are P(X <= k) 2^64, in both tails. */
Test(dist, exact_tables)
{
    FILE *file = open_golden();
    char line[256];
    int lines = 0;

    while (golden_line(file, line, (int)sizeof line)) {
        struct mcpar__dist d;
        struct test_case t;
        double lower, upper;
        uint32_t k;

        if (!read_case(line, "table", &t))
            continue;
        cr_assert_eq(sscanf(t.rest, "%" SCNu32 " %la %la", &k, &lower, &upper), 3, "%s", line);
        cr_assert(mcpar__dist_prepare(&d, t.kind, t.a, t.b, t.c, true), "%s", line);
        if (k >= d.u.table.last) {
            CHECK(upper < 0x1p-65, "%s", line);
            continue;
        }
        if (lower < 0.5) {
            const double got = ((double)d.u.table.most[k] + 1) * 0x1p-64;

            CHECK(fabs(got - lower) <= 0x1p-48 * lower + 0x1p-63, "%a: %s", got, line);
        } else {
            const double got = (double)(UINT64_MAX - d.u.table.most[k]) * 0x1p-64;

            CHECK(fabs(got - upper) <= 0x1p-48 * upper + 0x1p-63, "%a: %s", got, line);
        }
        lines++;
    }
    (void)fclose(file);
    cr_assert_geq(lines, 50);
}

/* A guided search finds what a search from 0 finds, and the limits grow. */
Test(dist, tables_are_searched_right)
{
    const double means[] = { 0, 1e-300, 1e-9, 0.1, 1, 3, 9.99 };
    uint64_t state = 3;

    for (size_t m = 0; m < sizeof means / sizeof *means; m++) {
        struct mcpar__dist d;

        cr_assert(mcpar__dist_prepare(&d, MCPAR_DIST_POISSON, means[m], 0, 0, true));
        for (uint32_t k = 0; k < d.u.table.last; k++)
            CHECK(d.u.table.most[k] < d.u.table.most[k + 1] || d.u.table.most[k] == UINT64_MAX, "mean %g, %u",
                  means[m], k);
        for (int i = 0; i < 20000; i++) {
            const uint64_t r = golden_random(&state), w = i % 4 ? r : i % 8 ? r >> (r % 64) : ~(r >> (r % 64));

            CHECK(mcpar__table_value(&d.u.table, d.u.table.guide[w >> 56], w) == mcpar__table_value(&d.u.table, 0, w),
                  "mean %g, word %" PRIx64, means[m], w);
        }
    }
}

/* The two functions that probabilities of counts are made of, by libm's long double. */
Test(dist, logarithms_of_probabilities)
{
    for (double k = 1; k < 1e6; k = k < 40 ? k + 1 : floor(1.1 * k)) {
        const long double exact = lgammal((long double)k + 1)
                                  - ((long double)k * logl((long double)k) - (long double)k
                                     + 0.5L * logl(2 * 3.14159265358979323846264338328L * (long double)k));

        CHECK(fabsl(mcpar__stirling_rest(k) - exact) <= 1e-16L + 2e-19L * lgammal((long double)k + 1), "%g: %g", k,
              mcpar__stirling_rest(k));
        for (int i = -8; i <= 8; i++) {
            const double mean = k + i * sqrt(k);
            long double d;

            if (!(mean > 0))
                continue;
            d = (long double)k * logl((long double)mean / (long double)k) + (long double)k - (long double)mean;
            CHECK(fabsl(mcpar__count_deviance(k, mean) - d) <= 1e-14L * fabsl(d) + 4e-19L * (long double)k * 20, "%g, %g", k,
                  mean);
        }
    }
}

/* ---- Goodness of fit ---- */

/* An upper limit for the quantile of chi-square that is exceeded with probability 1e-6: Wilson and Hilferty's, z =
 * 4.7534, plus one. */
static double limit(int freedom)
{
    const double f = freedom, h = 2 / (9 * f);

    return f * pow(1 - h + 4.7534 * sqrt(h), 3) + 1;
}

/* 40,000 draws of each distribution, by trial and by draw, against exact probabilities of up to 32 bins. There are 60
 * cases, so a right library would fail with another seed in less than one of ten thousand runs. The seed is fixed. */
Test(dist, goodness_of_fit)
{
    FILE *file = open_golden();
    char line[256];
    int cases = 0;

    while (golden_line(file, line, (int)sizeof line)) {
        enum { N = 20000 };
        static double x[2 * N];
        double edge[32], p[32], square = 0;
        size_t count[32] = { 0 };
        struct test_case t;
        mcpar_rng_space space;
        mcpar_rng *rng;
        mcpar_dist d;
        int bins;

        if (!read_case(line, "bins", &t))
            continue;
        cr_assert_eq(sscanf(t.rest, "%d", &bins), 1, "%s", line);
        cr_assert(bins >= 1 && bins <= 32);
        for (int i = 0; i < bins; i++) {
            char at[256];

            cr_assert(golden_line(file, at, (int)sizeof at) && sscanf(at, "%la %la", &edge[i], &p[i]) == 2, "%s", at);
        }
        cr_assert_eq(mcpar_dist_init(&d, (mcpar_dist_kind)t.kind, t.a, t.b, t.c), 0);
        rng = mcpar_rng_open(&space, 4, 0, 0);
        mcpar_fill_draws(rng, &d, x, N);
        for (uint64_t i = 0; i < N; i++)
            x[N + i] = mcpar_draw(mcpar_rng_open(&space, 4, 1, i), &d);
        for (int i = 0; i < 2 * N; i++) {
            int bin = 0;

            while (bin < bins - 1 && !(x[i] <= edge[bin]))
                bin++;
            CHECK(x[i] == x[i], "NaN: %s", line);
            count[bin]++;
        }
        for (int i = 0; i < bins; i++) {
            const double off = (double)count[i] - 2 * N * p[i];

            square += off * off / (2 * N * p[i]);
        }
        if (bins > 1)
            CHECK(square < limit(bins - 1), "chi-square %.1f with %d degrees of freedom: %s a %g, b %g", square, 
                  bins - 1, names[t.kind], t.a, t.b);
        cases++;
    }
    (void)fclose(file);
    cr_assert_geq(cases, 60);
}

/* Within the quick tests of counts, the exact test accepts too: so the quick tests change nothing. */
Test(dist, quick_tests_accept_nothing_else)
{
    for (double mean = 10; mean < 1e7; mean *= 1.3)
        for (double p = 0; p <= 0.5; p += 0.125) {         /* p = 0: Poisson */
            struct mcpar__dist d;
            const double n = floor(mean / p) + 1, q = 1 - p;

            cr_assert(p > 0 ? mcpar__dist_prepare(&d, MCPAR_DIST_BINOMIAL, n, p, 0, true)
                            : mcpar__dist_prepare(&d, MCPAR_DIST_POISSON, mean, 0, 0, true));
            for (double us = 0.0701; us < 0.5; us += 0.0013)
                for (int side = -1; side <= 1; side += 2) {
                    const struct mcpar__hat *hat = &d.u.hat;
                    const double k = floor((hat->two_a / us + hat->b) * side * (0.5 - us) + hat->centre);
                    const double m = floor((n + 1) * p);
                    const double log_f = p > 0 ? lgamma(m + 1) + lgamma(n - m + 1) - lgamma(k + 1) - lgamma(n - k + 1)
                                                     + (k - m) * log(p / q)
                                               : k * log(mean) - mean - lgamma(k + 1);

                    CHECK(log(hat->accept * hat->alpha / (hat->a / (us * us) + hat->b)) <= log_f + 1e-6,
                          "mean %g, p %g, us %g, k %g", mean, p, us, k);
                }
        }
}

/* The squeeze, which decides where a distribution is drawn often, errs by less than its guard at every count. */
Test(dist, squeezes_err_less_than_their_guard)
{
    static const struct { double n, p; } cases[] = {   /* p = 0: Poisson */
        { 10, 0 }, { 12.3, 0 }, { 100, 0 }, { 333, 0 }, { 340, 0 }, { 1e4, 0 }, { 1e6, 0 }, { 1e15, 0 },
        { 20, 0.5 }, { 40, 0.3 }, { 1000, 0.01 }, { 1e4, 0.4 }, { 1e8, 0.2 }, { 1e15, 0.5 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double n = cases[i].n, p = cases[i].p;
        struct mcpar__dist d;
        double mode, middle;

        cr_assert(mcpar__dist_prepare(&d, p > 0 ? MCPAR_DIST_BINOMIAL : MCPAR_DIST_POISSON, n, p, 0, true));
        mode = floor(p > 0 ? (n + 1) * p : n);
        middle = p > 0 ? d.u.hat.mode_log : 0;
        for (double t = 0; t < d.u.squeeze.steps; t += fmax(1.0 / 16, d.u.squeeze.per_step)) {
            const double k = floor(d.u.squeeze.first + t / d.u.squeeze.per_step);
            const double at = (k - d.u.squeeze.first) * d.u.squeeze.per_step;
            const int j = (int)at;
            const double low = (double)d.u.squeeze.f[j], f = low + (at - j) * ((double)d.u.squeeze.f[j + 1] - low);
            double log_f;

            if (p > 0)
                log_f = mcpar__count_deviance(k > 0 ? k : 1, n * p) + mcpar__count_deviance(n - k > 0 ? n - k : 1, n * (1 - p))
                        + mcpar__stirling_rest(n) - mcpar__stirling_rest(k > 0 ? k : 1)
                        - mcpar__stirling_rest(n - k > 0 ? n - k : 1)
                        - 0.5 * log(6.283185307179586 * (k * ((n - k) / n)));
            else
                log_f = mcpar__count_deviance(k > 0 ? k : 1, n) - mcpar__stirling_rest(k > 0 ? k : 1)
                        - 0.5 * log(6.283185307179586 * k);
            if (k > 0 && k < (p > 0 ? n : INFINITY))
                CHECK(fabs(f - exp(log_f - middle)) < 0.9 * d.u.squeeze.guard, "%g, %g: %g of mode %g", n, p, k, mode);
        }
    }
}

/* ---- Frozen bits, in every form ---- */

/* The draw of a golden line by name, by mcpar_draw, in a block of several trials and among several draws of one trial.
 * */
static void check_forms(const struct test_case *t, uint64_t seed, uint32_t stream, uint64_t trial, uint64_t draw,
                        double expected, const char *line)
{
    enum { AROUND = 40 };
    const uint64_t before = trial < AROUND / 2 ? trial : AROUND / 2, earlier = draw < AROUND / 2 ? draw : AROUND / 2;
    const uint64_t after = UINT64_MAX - trial < AROUND ? UINT64_MAX - trial : AROUND;
    struct mcpar__block block;
    mcpar_rng_space space;
    mcpar_dist d;
    const double *column;
    double x[AROUND];

    cr_assert_eq(mcpar_dist_init(&d, (mcpar_dist_kind)t->kind, t->a, t->b, t->c), 0);
    if (has_name(t->kind)) {
        mcpar_rng *rng = mcpar_rng_open(&space, seed, stream, trial);

        (void)mcpar_rng_jump(rng, draw);
        CHECK(golden_bits(by_name(rng, t)) == golden_bits(expected), "by name: %s", line);
    }
    {
        mcpar_rng *rng = mcpar_rng_open(&space, seed, stream, trial);

        (void)mcpar_rng_jump(rng, draw);
        CHECK(golden_bits(mcpar_draw(rng, &d)) == golden_bits(expected), "single: %s", line);
        rng = mcpar_rng_open(&space, seed, stream, trial);
        (void)mcpar_rng_jump(rng, draw - earlier);
        mcpar_fill_draws(rng, &d, x, AROUND);
        CHECK(golden_bits(x[earlier]) == golden_bits(expected), "filled: %s", line);
    }
    cr_assert_eq(mcpar__block_open(&block, mcpar__key(seed, stream), 2 * AROUND), 0);
    mcpar__block_start(&block, trial - before, before + 1 + (after < AROUND ? 0 : AROUND / 2));
    block.draw = draw;
    column = mcpar_draws(&block.open, &d);
    CHECK(golden_bits(column[before]) == golden_bits(expected), "in a block: %s", line);
    CHECK(block.draw == draw + 1, "one draw: %s", line);
    mcpar__block_close(&block);
}

static void check_golden(const char *cpu)
{
    FILE *file;
    char line[256];
    int lines = 0;

    if (!mcpar__philox_named(cpu))
        cr_skip_test("this CPU has no %s", cpu);
    cr_assert_eq(setenv("MCPAR_CPU", cpu, 1), 0);      /* read when the first number is made */
    cr_assert_eq(mcpar__philox_path(), mcpar__philox_named(cpu));
    file = open_golden();
    while (golden_line(file, line, (int)sizeof line)) {
        uint64_t seed, trial, draw;
        struct test_case t;
        uint32_t stream;
        double expected;

        if (!read_case(line, "draw", &t))
            continue;
        cr_assert_eq(sscanf(t.rest, "%" SCNu64 " %" SCNu32 " %" SCNu64 " %" SCNu64 " %la", &seed, &stream, &trial,
                            &draw, &expected), 5, "%s", line);
        check_forms(&t, seed, stream, trial, draw, expected, line);
        lines++;
    }
    (void)fclose(file);
    cr_assert_geq(lines, 400);
}

Test(dist, golden_portable)
{
    check_golden("portable");
}

Test(dist, golden_avx2)
{
    check_golden("avx2");
}

Test(dist, golden_avx512)
{
    check_golden("avx512");
}

Test(dist, golden_neon)
{
    check_golden("neon");
}

static void fold(uint64_t *hash, uint64_t word)
{
    *hash = (*hash ^ word) * UINT64_C(0x100000001b3);
    *hash ^= *hash >> 32;
}

/* Long arrays, whose rejections and rare branches are met, against single draws; and one hash over all of them. */
Test(dist, arrays_are_single_draws)
{
    enum { N = 3000 };
    static double x[N];
    FILE *file = open_golden();
    char line[256];
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    while (golden_line(file, line, (int)sizeof line)) {
        struct mcpar__block block;
        mcpar_rng_space space;
        struct test_case t;
        const double *column;
        mcpar_rng *rng;
        mcpar_dist d;

        if (!read_case(line, "bins", &t))
            continue;
        cr_assert_eq(mcpar_dist_init(&d, (mcpar_dist_kind)t.kind, t.a, t.b, t.c), 0);
        rng = mcpar_rng_open(&space, 12, 5, 77);
        mcpar_fill_draws(rng, &d, x, 1001);
        mcpar_fill_draws(rng, &d, x + 1001, 1);
        mcpar_fill_draws(rng, &d, x + 1002, N - 1002);
        rng = mcpar_rng_open(&space, 12, 5, 77);
        for (int i = 0; i < N; i++) {
            const double single = i % 2 && has_name(t.kind) ? by_name(rng, &t) : mcpar_draw(rng, &d);

            CHECK(golden_bits(single) == golden_bits(x[i]), "draw %d: %a, %a; %s", i, single, x[i], line);
            fold(&hash, golden_bits(single));
        }
        cr_assert_eq(mcpar__block_open(&block, mcpar__key(12, 5), N), 0);
        mcpar__block_start(&block, 1000, N);
        (void)mcpar_normals(&block.open);
        column = mcpar_draws(&block.open, &d);
        for (uint64_t i = 0; i < N; i++) {
            rng = mcpar_rng_open(&space, 12, 5, 1000 + i);
            (void)mcpar_uniform(rng);
            CHECK(golden_bits(mcpar_draw(rng, &d)) == golden_bits(column[i]), "trial %" PRIu64 ": %s", 1000 + i, line);
        }
        mcpar__block_close(&block);
    }
    (void)fclose(file);
    cr_expect_eq(hash, UINT64_C(0x4c7518d065a0ed38), "hash %016" PRIx64, hash);
}

/* ---- Parameters ---- */

Test(dist, parameters_out_of_range)
{
    static const struct { mcpar_dist_kind kind; double a, b, c; } bad[] = {
        { (mcpar_dist_kind)0, 0, 0, 0 }, { (mcpar_dist_kind)17, 1, 1, 1 }, { (mcpar_dist_kind)-1, 1, 1, 1 },
        { MCPAR_DIST_UNIFORM, 1, 0, 0 }, { MCPAR_DIST_UNIFORM, -DBL_MAX, DBL_MAX, 0 }, { MCPAR_DIST_UNIFORM, 0, 1, 1 },
        { MCPAR_DIST_UNIFORM, 0, INFINITY, 0 },
        { MCPAR_DIST_NORMAL, 0, -1, 0 }, { MCPAR_DIST_NORMAL, INFINITY, 1, 0 }, { MCPAR_DIST_NORMAL, 0, INFINITY, 0 },
        { MCPAR_DIST_LOGNORMAL, 0, -1, 0 }, { MCPAR_DIST_LOGNORMAL, -INFINITY, 1, 0 },
        { MCPAR_DIST_EXPONENTIAL, -1, 0, 0 }, { MCPAR_DIST_EXPONENTIAL, INFINITY, 0, 0 },
        { MCPAR_DIST_EXPONENTIAL, 1, 1, 0 },
        { MCPAR_DIST_GAMMA, 0, 1, 0 }, { MCPAR_DIST_GAMMA, 1, 0, 0 }, { MCPAR_DIST_GAMMA, -1, 1, 0 },
        { MCPAR_DIST_GAMMA, 1, INFINITY, 0 }, { MCPAR_DIST_GAMMA, 0x1p-1001, 1, 0 },
        { MCPAR_DIST_GAMMA, 0x1p1001, 1, 0 },
        { MCPAR_DIST_CHI_SQUARE, 0, 0, 0 }, { MCPAR_DIST_CHI_SQUARE, 3, 1, 0 },
        { MCPAR_DIST_BETA, 0, 1, 0 }, { MCPAR_DIST_BETA, 1, 0, 0 }, { MCPAR_DIST_BETA, 1, INFINITY, 0 },
        { MCPAR_DIST_STUDENT, 0, 0, 0 }, { MCPAR_DIST_STUDENT, -3, 0, 0 }, { MCPAR_DIST_STUDENT, INFINITY, 0, 0 },
        { MCPAR_DIST_POISSON, -1e-300, 0, 0 }, { MCPAR_DIST_POISSON, 1.0001e15, 0, 0 },
        { MCPAR_DIST_POISSON, INFINITY, 0, 0 },
        { MCPAR_DIST_BINOMIAL, 1.5, 0.5, 0 }, { MCPAR_DIST_BINOMIAL, -1, 0.5, 0 }, { MCPAR_DIST_BINOMIAL, 10, 1.1, 0 },
        { MCPAR_DIST_BINOMIAL, 10, -0.1, 0 }, { MCPAR_DIST_BINOMIAL, 2e15, 0.5, 0 },
        { MCPAR_DIST_BERNOULLI, -0.1, 0, 0 }, { MCPAR_DIST_BERNOULLI, 1.1, 0, 0 },
        { MCPAR_DIST_GEOMETRIC, 0, 0, 0 }, { MCPAR_DIST_GEOMETRIC, 1.1, 0, 0 },
        { MCPAR_DIST_GEOMETRIC, 0x1p-1000, 0, 0 },
        { MCPAR_DIST_WEIBULL, 0, 1, 0 }, { MCPAR_DIST_WEIBULL, 1, 0, 0 }, { MCPAR_DIST_WEIBULL, INFINITY, 1, 0 },
        { MCPAR_DIST_CAUCHY, 0, 0, 0 }, { MCPAR_DIST_CAUCHY, INFINITY, 1, 0 },
        { MCPAR_DIST_LOGISTIC, 0, 0, 0 }, { MCPAR_DIST_LOGISTIC, 0, -1, 0 },
        { MCPAR_DIST_TRIANGULAR, 0, 2, 1 }, { MCPAR_DIST_TRIANGULAR, 0, -1, 1 }, { MCPAR_DIST_TRIANGULAR, 1, 1, 1 },
    };
    struct mcpar__block block;
    mcpar_rng_space space;
    mcpar_rng *rng = mcpar_rng_open(&space, 1, 2, 3);
    mcpar_dist d;

    cr_assert_eq(mcpar_dist_init(NULL, MCPAR_DIST_GAMMA, 1, 1, 0), MCPAR_ERR_ARGUMENT);
    cr_assert_eq(mcpar__block_open(&block, mcpar__key(1, 2), 300), 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad + 3 * KINDS; i++) {
        struct test_case t = { 0, 0, 0, 0, NULL };
        const double *column;
        uint64_t draw;
        double x[5] = { 0 };

        if (i < sizeof bad / sizeof *bad) {
            t = (struct test_case){ (uint32_t)bad[i].kind, bad[i].a, bad[i].b, bad[i].c, NULL };
        } else {                           /* NaN for each parameter of each kind, also those that it does not have */
            const size_t j = i - sizeof bad / sizeof *bad;
            const double some[3] = { 0.5, 0.5, 0.5 }, nan = NAN;

            t.kind = (uint32_t)(j / 3);
            t.a = j % 3 == 0 ? nan : parameters[t.kind] > 0 ? some[0] : 0;
            t.b = j % 3 == 1 ? nan : parameters[t.kind] > 1 ? some[1] : 0;
            t.c = j % 3 == 2 ? nan : parameters[t.kind] > 2 ? some[2] : 0;
        }
        cr_assert_eq(mcpar_dist_init(&d, (mcpar_dist_kind)t.kind, t.a, t.b, t.c), MCPAR_ERR_ARGUMENT, "%zu: kind %u", i,
                     t.kind);
        draw = mcpar__rng_draw((struct mcpar__rng *)(void *)rng);
        CHECK(isnan(mcpar_draw(rng, &d)), "%zu", i);
        mcpar_fill_draws(rng, &d, x, 5);
        for (int j = 0; j < 5; j++)
            CHECK(isnan(x[j]), "%zu", i);
        CHECK(mcpar__rng_draw((struct mcpar__rng *)(void *)rng) == draw + 6, "%zu: the draws are taken", i);
        mcpar__block_start(&block, 0, 300);
        column = mcpar_draws(&block.open, &d);
        CHECK(isnan(column[0]) && isnan(column[299]) && block.draw == 1, "%zu", i);
        if (t.c == 0 && (t.b == 0 || parameters[t.kind < KINDS ? t.kind : 0] > 1) && t.kind > 0 && t.kind < KINDS
            && has_name(t.kind))
            CHECK(isnan(by_name(rng, &t)), "%zu", i);
    }
    mcpar__block_close(&block);
}

/* Parameters at the ends of their ranges: numbers, within the range of the distribution. */
Test(dist, extreme_parameters)
{
    static const struct { mcpar_dist_kind kind; double a, b, c, least, most; } edge[] = {
        { MCPAR_DIST_UNIFORM, 2, 2, 0, 2, 2 }, { MCPAR_DIST_NORMAL, 5, 0, 0, 5, 5 },
        { MCPAR_DIST_LOGNORMAL, 0, 0, 0, 1, 1 },
        { MCPAR_DIST_LOGNORMAL, 0, 1e308, 0, 0, INFINITY }, { MCPAR_DIST_EXPONENTIAL, 0, 0, 0, 0, 0 },
        { MCPAR_DIST_GAMMA, 0x1p-1000, 1, 0, 0, 1 },
        { MCPAR_DIST_GAMMA, 0x1p1000, 1, 0, 0.99 * 0x1p1000, 1.01 * 0x1p1000 },
        { MCPAR_DIST_GAMMA, 0.5, 1e307, 0, 0, INFINITY }, { MCPAR_DIST_CHI_SQUARE, 0x1p-999, 0, 0, 0, 1 },
        { MCPAR_DIST_BETA, 0x1p-1000, 0x1p-1000, 0, 0, 1 }, { MCPAR_DIST_BETA, 0x1p1000, 0x1p-1000, 0, 0, 1 },
        { MCPAR_DIST_BETA, 0x1p-1000, 0x1p1000, 0, 0, 1 }, { MCPAR_DIST_BETA, 0x1p1000, 0x1p1000, 0, 0.49, 0.51 },
        { MCPAR_DIST_STUDENT, 0x1p-999, 0, 0, -INFINITY, INFINITY }, { MCPAR_DIST_STUDENT, 0x1p1000, 0, 0, -9.2, 9.2 },
        { MCPAR_DIST_POISSON, 0, 0, 0, 0, 0 }, { MCPAR_DIST_POISSON, 1e15, 0, 0, 1e15 - 4e8, 1e15 + 4e8 },
        { MCPAR_DIST_BINOMIAL, 0, 0.3, 0, 0, 0 }, { MCPAR_DIST_BINOMIAL, 17, 0, 0, 0, 0 },
        { MCPAR_DIST_BINOMIAL, 17, 1, 0, 17, 17 },
        { MCPAR_DIST_BINOMIAL, 1e15, 0, 0, 0, 0 }, { MCPAR_DIST_BINOMIAL, 1e15, 1, 0, 1e15, 1e15 },
        { MCPAR_DIST_BINOMIAL, 1e15, 0.5, 0, 5e14 - 2e8, 5e14 + 2e8 }, { MCPAR_DIST_BINOMIAL, 1, 0.5, 0, 0, 1 },
        { MCPAR_DIST_BINOMIAL, 20, 0.5, 0, 0, 20 }, { MCPAR_DIST_BERNOULLI, 0, 0, 0, 0, 0 },
        { MCPAR_DIST_BERNOULLI, 1, 0, 0, 1, 1 },
        { MCPAR_DIST_GEOMETRIC, 1, 0, 0, 1, 1 }, { MCPAR_DIST_GEOMETRIC, 1e-300, 0, 0, 1, 1e302 },
        { MCPAR_DIST_WEIBULL, 1e-300, 1, 0, 0, INFINITY }, { MCPAR_DIST_WEIBULL, 1e300, 2, 0, 2, 2 },
        { MCPAR_DIST_TRIANGULAR, 0, 0, 1, 0, 1 }, { MCPAR_DIST_TRIANGULAR, 0, 1, 1, 0, 1 },
    };
    static double x[2000];

    for (size_t i = 0; i < sizeof edge / sizeof *edge; i++) {
        static const uint64_t words[] = { 0, 1, UINT64_C(1) << 63, (UINT64_C(1) << 63) - 1, UINT64_MAX };
        static const struct mcpar__site nowhere;
        mcpar_rng_space space;
        mcpar_dist d;

        cr_assert_eq(mcpar_dist_init(&d, edge[i].kind, edge[i].a, edge[i].b, edge[i].c), 0, "%zu", i);
        mcpar_fill_draws(mcpar_rng_open(&space, 1, 2, 3), &d, x, 2000);
        for (int j = 0; j < 5; j++)
            x[j] = mcpar__dist_one((struct mcpar__dist *)(void *)&d, &nowhere, words[j]);
        for (int j = 0; j < 2000; j++)
            CHECK(x[j] >= edge[i].least && x[j] <= edge[i].most, "%zu: %g", i, x[j]);
    }
}

/* Past the last draw, numbers go on, and the stream is marked. */
Test(dist, past_the_last_draw)
{
    mcpar_rng_space space;
    mcpar_rng *rng = mcpar_rng_open(&space, 1, 0, 0);
    double x[600];
    mcpar_dist d;

    cr_assert_eq(mcpar_dist_init(&d, MCPAR_DIST_GAMMA, 0.5, 1, 0), 0);
    (void)mcpar_rng_jump(rng, LAST_DRAW - 300);
    mcpar_fill_draws(rng, &d, x, 300);
    cr_assert_eq(((struct mcpar__rng *)(void *)rng)->past_last, 0);
    (void)mcpar_rng_jump(rng, LAST_DRAW - 300);
    mcpar_fill_draws(rng, &d, x, 600);
    cr_assert_neq(((struct mcpar__rng *)(void *)rng)->past_last, 0);
    (void)mcpar_rng_jump(rng, LAST_DRAW - 300);
    for (int i = 0; i < 600; i++)
        CHECK(golden_bits(x[i]) == golden_bits(mcpar_draw(rng, &d)), "draw %d", i);
}

static void in_host(const void *arg, double *x)
{
    mcpar_rng_space space;
    mcpar_rng *rng = mcpar_rng_open(&space, 8, 0, 0);

    mcpar_fill_draws(rng, arg, x, 20);
    for (int i = 20; i < 40; i++)
        x[i] = mcpar_gamma(rng, 0.7, 2);
}

/* In a host that rounds upwards, and one that flushes subnormals. */
Test(dist, hosts_do_not_change_the_bits)
{
    double plain[40], strange[40];
    mcpar_dist d, again;

    cr_assert_eq(mcpar_dist_init(&d, MCPAR_DIST_POISSON, 30, 0, 0), 0);
    in_host(&d, plain);
    fesetround(FE_UPWARD);
    cr_assert_eq(mcpar_dist_init(&again, MCPAR_DIST_POISSON, 30, 0, 0), 0);
    in_host(&again, strange);
    cr_assert_eq(fegetround(), FE_UPWARD);
    fesetround(FE_TONEAREST);
    cr_assert_arr_eq(plain, strange, sizeof plain);
}
