/* SPDX-License-Identifier: BSD-3-Clause */
/* sums.c - what exact sums cost: a block that reports its values as an observable, compared with one that drops the
 * same values; and what normals cost */
#include "bench.h"
#include <math.h>
#include <string.h>

/* ---- Making values ---- */

enum { TABLE = 4096, LONGEST = 65536 };    /* values made in advance; most trials in a block */

static double lognormal[TABLE + LONGEST], whole[TABLE + LONGEST];
static double nowhere[LONGEST];

static uint64_t random_word(void)
{
    static uint64_t x = 88172645463325252u;        /* Marsaglia's xorshift64 */

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return x;
}

/* Values that take long to make come from tables, so that making them does not hide the cost of the sums. */
static void make_tables(void)
{
    for (int i = 0; i < TABLE; i++) {
        uint64_t word = random_word();
        double radius = sqrt(-2 * log(((double)(random_word() >> 11) + 0.5) * 0x1p-53));

        if ((word & UINT64_C(0x7ff0000000000000)) == UINT64_C(0x7ff0000000000000))
            word ^= UINT64_C(0x4000000000000000);
        memcpy(&whole[i], &word, sizeof word);
        lognormal[i] = exp(2 * radius * cos(6.283185307179586 * (double)(random_word() >> 11) * 0x1p-53));
    }
    for (int i = TABLE; i < TABLE + LONGEST; i++) {
        whole[i] = whole[i - TABLE];
        lognormal[i] = lognormal[i - TABLE];
    }
}

enum kind { UNIFORM, NORMAL, EXPONENTIAL, LOGNORMAL, WHOLE };

static const double *values_of(mcpar_block *b, enum kind kind)
{
    switch (kind) {
    case UNIFORM:
        return mcpar_uniforms(b);
    case NORMAL:
        return mcpar_normals(b);
    case EXPONENTIAL:
        return mcpar_exponentials(b);
    case LOGNORMAL:
        return lognormal + b->first % TABLE;
    case WHOLE:
        break;
    }
    return whole + b->first % TABLE;
}

/* Reports the values, or copies them to memory that nobody reads. */
static int values_block(mcpar_block *b, void *arg)
{
    const double *x = values_of(b, *(const enum kind *)arg);
    double *to = b->values ? b->values[0] : nowhere;

    if (b->n > LONGEST)
        return -1;
    memcpy(to, x, b->n * sizeof *x);
    __asm__ volatile("" : : "r"(to) : "memory");
    return 0;
}

#define SUM_WORK(name, kind_)                                                                                       \
    static uint64_t name##_made(uint64_t n)                                                                         \
    {                                                                                                               \
        enum kind kind = kind_;                                                                                     \
        const struct task task = { .block = values_block, .arg = &kind };                                           \
                                                                                                                    \
        return 1 + sample_hits(&task, n);                                                                           \
    }                                                                                                               \
    static uint64_t name##_summed(uint64_t n)                                                                       \
    {                                                                                                               \
        enum kind kind = kind_;                                                                                     \
        const struct task task = { .block = values_block, .arg = &kind, .observables = 1 };                         \
                                                                                                                    \
        return sample_mean_bits(&task, n);                                                                          \
    }
SUM_WORK(uniform, UNIFORM)
SUM_WORK(normal, NORMAL)
SUM_WORK(exponential, EXPONENTIAL)
SUM_WORK(lognormal, LOGNORMAL)
SUM_WORK(whole, WHOLE)

static uint64_t dart(uint64_t n)
{
    const struct task task = { .trial = user_dart };

    return sample_hits(&task, n);
}

static uint64_t dart_observed(uint64_t n)
{
    const struct task task = { .trial = user_observe, .observables = 1 };

    return sample_hits(&task, n);
}

/* ---- Sums ---- */

/* The bits of the mean are the same on every path and in every turn. make check tests that they are right
 * (tests/api/test_sums). */
static void sums_of(const char *path, double factor)
{
    struct seat *seat = seat_fork(path);
    static struct contender made[] = {
        { .name = "uniform, made", .work = uniform_made }, { .name = "uniform, summed", .work = uniform_summed },
        { .name = "normal, made", .work = normal_made }, { .name = "normal, summed", .work = normal_summed },
        { .name = "exponential, made", .work = exponential_made },
        { .name = "exponential, summed", .work = exponential_summed },
        { .name = "lognormal sigma 2, made", .work = lognormal_made },
        { .name = "lognormal sigma 2, summed", .work = lognormal_summed },
        { .name = "exponents over the whole range, made", .work = whole_made },
        { .name = "exponents over the whole range, summed", .work = whole_summed },
        { .name = "callback without observable", .work = dart, .expected = known_hits },
        { .name = "callback with one observable", .work = dart_observed, .expected = known_hits },
    };
    enum { N = sizeof made / sizeof *made };
    static const double bar[] = { 1, 1, 1, 1.5, 6, 2 };
    static const char *const what[] = { "uniform", "normal", "exponential", "lognormal sigma 2",
                                        "exponents over the whole range", "callback with one observable" };
    static uint64_t bits[N];

    for (int i = 0; i < N; i++) {
        made[i].seat = seat;
        made[i].unit = i < 10 ? "value" : "trial";
        made[i].n = i < 10 ? UINT64_C(1) << 24 : UINT64_C(1) << 22;
        made[i].check = bits[i];
    }
    race(made, N);
    say_contenders(made, N);
    for (int i = 0; i < N; i += 2) {
        double more[MOST_TURNS];
        char name[80];

        bits[i + 1] = made[i + 1].check;
        for (int t = 0; t < settings.turns; t++)
            more[t] = 1e9 * (made[i + 1].seconds[t] - made[i].seconds[t]);
        (void)snprintf(name, sizeof name, "%s: %s, ns a %s more", path ? path : "best path", what[i / 2],
                       i < 10 ? "value" : "trial");
        if (factor > 0)
            say_bar(name, median(more, settings.turns), AT_MOST, bar[i / 2] * (i < 10 ? factor : 1));
        else
            say_value(name, median(more, settings.turns), "ns");
    }
    seat_close(seat);
}

void section_sums(void)
{
    say_section("sums", "exact sum and sum of squares, beyond making the values, one core");
    make_tables();
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
        sums_of("avx512", 1);
    if (__builtin_cpu_supports("avx2"))
        sums_of("avx2", 2);
#endif
    sums_of("portable", 0);
}

/* ---- Normals: a hit is one between -1 and 1 ---- */

static int normals_block(mcpar_block *b, void *arg)
{
    const double *x = mcpar_normals(b);

    (void)arg;
    for (size_t i = 0; i < b->n; i++)
        b->hits += fabs(x[i]) < 1;
    return 0;
}

static int normal_trial(mcpar_rng *rng, double *values, void *arg)
{
    (void)values;
    (void)arg;
    return fabs(mcpar_normal(rng)) < 1;
}

static uint64_t block_normals(uint64_t n)
{
    const struct task task = { .block = normals_block };

    return sample_hits(&task, n);
}

static uint64_t callback_normals(uint64_t n)
{
    const struct task task = { .trial = normal_trial };

    return sample_hits(&task, n);
}

#define ONE_SIGMA 0.68268949213708590

void section_normals(void)
{
    struct seat *seat = seat_fork(NULL), *numpy = seat_python("darts.py", "numpy");
    const struct contender c[] = {
        { .name = "mcpar_normals, block", .seat = seat, .work = block_normals },
        { .name = "mcpar_normal, callback", .seat = seat, .work = callback_normals },
        { .name = "Box-Muller, drand48_r and libm", .seat = seat, .work = rival_box_muller },
        { .name = "GSL ziggurat, mt19937", .seat = seat, .work = rival_gsl_ziggurat },
        { .name = "numpy standard_normal, PCG64", .seat = numpy, .remote = "normal" },
    };
    enum { N = sizeof c / sizeof *c };
    static struct contender run[N];
    size_t n = 0;

    say_section("normals", "normal numbers, one core (a hit lies between -1 and 1)");
    for (int i = 0; i < N; i++) {
        if (c[i].remote ? !numpy : !c[i].work) {
            say_absent(c[i].name, "not found");
            continue;
        }
        run[n] = c[i];
        run[n].p = ONE_SIGMA;
        run[n++].unit = "normal";
    }
    race(run, n);
    say_contenders(run, n);
    for (size_t i = 1; i < n; i++) {
        char name[80];

        (void)snprintf(name, sizeof name, "block normals, times as fast as %s", run[i].name);
        say_value(name, median_ratio(&run[i], &run[0]), "");
    }
    seat_close(seat);
    seat_close(numpy);
}
