/* SPDX-License-Identifier: BSD-3-Clause */
/* Fingerprints: frozen, and different wherever something that decides the result is different. */
#include "api.h"

TestSuite(fingerprint, .timeout = 30);

/* ---- The problems of tests/api/make_fingerprints.py ---- */

static int darts(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_uniform(rng), y = mcpar_uniform(rng);

    (void)values;
    (void)arg;
    return x * x + y * y < 1.0;
}

static int moderate(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_uniform(rng), y = mcpar_uniform(rng);

    (void)arg;
    values[0] = x;
    values[1] = x * y;
    values[2] = -1.0 / 3.0 + y;
    return x < y;
}

static double any_double(uint64_t word)
{
    uint64_t exponent = (word >> 52 & 0x7ff) % 2047;

    return from_bits((word & ~(UINT64_C(0x7ff) << 52)) | exponent << 52);
}

static int wild(mcpar_rng *rng, double *values, void *arg)
{
    const mcpar_options *o = arg;
    uint64_t i = mcpar_trial_number(rng), a, b;
    mcpar_rng_space space;

    (void)mcpar_word(rng);
    b = mcpar_word(rng);
    a = mcpar_word(mcpar_rng_open(&space, o->seed, o->stream, i & ~UINT64_C(1)));
    values[0] = i % 2 ? -any_double(a) : any_double(a);
    values[1] = any_double(b);
    return (int)((a ^ b) & 1);
}

static const struct {
    const char *name;
    mcpar_trial_fn trial;
    size_t observables, pairs;
    const char *names[3];
    size_t pair[3][2];
} problems[] = { { "darts", darts, 0, 0, { NULL, NULL, NULL }, { { 0, 0 } } },
                 { "moderate", moderate, 3, 3, { "x", "xy", "y - 1/3" }, { { 0, 1 }, { 2, 0 }, { 1, 1 } } },
                 { "wild", wild, 2, 1, { "cancels", "any double, \303\244\303\266\303\274", NULL }, { { 0, 1 } } } };

static char *next_word(char **rest)
{
    char *word = strtok_r(NULL, " \n", rest);

    cr_assert(word != NULL);
    return word;
}

static void check_line(char *line, struct place place)
{
    char *rest, *name = strtok_r(line, " \n", &rest), fingerprint[MCPAR_FINGERPRINT_SIZE];
    mcpar_options options = options_for(place);
    uint64_t trials, hits;
    mcpar_estimate e;
    const char *tag;
    size_t p = 0;
    mcpar *mc;

    while (strcmp(name, problems[p].name) != 0)
        cr_assert(++p < sizeof problems / sizeof *problems);
    options.seed = strtoull(next_word(&rest), NULL, 10);
    options.stream = (uint32_t)strtoull(next_word(&rest), NULL, 10);
    tag = next_word(&rest);
    options.tag = strcmp(tag, "-") ? tag : NULL;
    trials = strtoull(next_word(&rest), NULL, 10);
    hits = strtoull(next_word(&rest), NULL, 10);
    MUST(mc, mcpar_init(&mc, &options));
    MUST(mc, mcpar_observe(mc, problems[p].observables, problems[p].names));
    MUST(mc, mcpar_observe_pairs(mc, problems[p].pairs, problems[p].pair[0]));
    MUST(mc, mcpar_sample(mc, trials, problems[p].trial, &options));
    MUST(mc, mcpar_reduce(mc, &e));
    MUST(mc, mcpar_fingerprint(mc, fingerprint));
    cr_assert_str_eq(fingerprint, next_word(&rest), "%s, %llu trials", name, (unsigned long long)trials);
    cr_assert(e.hits == hits && e.trials == trials);
    for (size_t k = 0; k < problems[p].observables; k++) {
        MUST(mc, mcpar_mean(mc, k, &e));
        cr_assert(same(e.mean, strtod(next_word(&rest), NULL)), "%s %zu: mean %a", name, k, e.mean);
        cr_assert(same(e.variance, strtod(next_word(&rest), NULL)), "%s %zu: variance %a", name, k, e.variance);
        cr_assert(same(e.std_error, strtod(next_word(&rest), NULL)), "%s %zu: std_error %a", name, k, e.std_error);
    }
    for (size_t k = 0; k < problems[p].pairs; k++) {
        double covariance, back, wanted = strtod(next_word(&rest), NULL);

        MUST(mc, mcpar_covariance(mc, problems[p].pair[k][0], problems[p].pair[k][1], &covariance));
        MUST(mc, mcpar_covariance(mc, problems[p].pair[k][1], problems[p].pair[k][0], &back));
        cr_assert(same(covariance, wanted) && same(back, wanted), "%s pair %zu: %a, %a", name, k, covariance, back);
    }
    cr_assert(strtok_r(NULL, " \n", &rest) == NULL);
    close_handle(mc);
}

Test(fingerprint, and_all_numbers_are_the_frozen_ones, .timeout = 60)
{
    static char line[16384];

    for (size_t place = 0; place < PLACES; place += 2) {
        FILE *file = golden_open("fingerprints.txt");
        int lines = 0;

        while (golden_line(file, line, sizeof line)) {
            check_line(line, places[place]);
            lines++;
        }
        cr_assert(lines >= 17);
        (void)fclose(file);
    }
}

/* ---- What makes a difference, and what does not ---- */

struct variant {
    const char *what;
    uint64_t seed, trials;
    uint32_t stream;
    const char *tag;
    size_t observables, pairs;
    const char *names[2];
    size_t pair[2][2];
    uint64_t trial, add;                   /* this trial's value has `add` more in its bits */
    int miss;                              /* the trial of this number is no hit (-1: none) */
};

static int vary(mcpar_rng *rng, double *values, void *arg)
{
    const struct variant *v = arg;
    uint64_t i = mcpar_trial_number(rng);
    double x = mcpar_uniform(rng);

    for (size_t k = 0; k < v->observables; k++)
        values[k] = from_bits(bits_of(x + (double)k) + (i == v->trial ? v->add : 0));
    return i % 2 == 0 && i != (uint64_t)v->miss;
}

static void fingerprint_of(const struct variant *v, struct place place, char out[MCPAR_FINGERPRINT_SIZE])
{
    mcpar_options options = options_for(place);
    mcpar *mc;

    options.seed = v->seed;
    options.stream = v->stream;
    options.tag = v->tag;
    MUST(mc, mcpar_init(&mc, &options));
    MUST(mc, mcpar_observe(mc, v->observables, v->names));
    MUST(mc, mcpar_observe_pairs(mc, v->pairs, v->pair[0]));
    MUST(mc, mcpar_sample(mc, v->trials, vary, (void *)(uintptr_t)v));
    MUST(mc, mcpar_reduce(mc, NULL));
    MUST(mc, mcpar_fingerprint(mc, out));
    cr_assert(strlen(out) == 32 && strspn(out, "0123456789abcdef") == 32);
    close_handle(mc);
}

#define BASE .seed = 1, .trials = 1000, .observables = 2, .pairs = 1, .names = { "a", "b" }, .pair = { { 0, 1 } }, .miss = -1

Test(fingerprint, differs_with_everything_that_decides_the_result)
{
    static const struct variant variants[] = {
        { .what = "the base", BASE },
        { .what = "trials", .seed = 1, .trials = 1001, .observables = 2, .pairs = 1, .names = { "a", "b" },
          .pair = { { 0, 1 } }, .miss = -1 },
        { .what = "no trials", .seed = 1, .observables = 2, .pairs = 1, .names = { "a", "b" }, .pair = { { 0, 1 } },
          .miss = -1 },
        { .what = "seed", .seed = 2, .trials = 1000, .observables = 2, .pairs = 1, .names = { "a", "b" },
          .pair = { { 0, 1 } }, .miss = -1 },
        { .what = "seed 2^32", .seed = 1 + (UINT64_C(1) << 32), .trials = 1000, .observables = 2, .pairs = 1,
          .names = { "a", "b" }, .pair = { { 0, 1 } }, .miss = -1 },
        { .what = "stream", BASE, .stream = 1 },
        { .what = "tag", BASE, .tag = "t" },
        { .what = "another tag", BASE, .tag = "u" },
        { .what = "a longer tag", BASE, .tag = "tt" },
        { .what = "a name", .seed = 1, .trials = 1000, .observables = 2, .pairs = 1, .names = { "a", "c" },
          .pair = { { 0, 1 } }, .miss = -1 },
        { .what = "names cut elsewhere", .seed = 1, .trials = 1000, .observables = 2, .pairs = 1,
          .names = { "ab", "" }, .pair = { { 0, 1 } }, .miss = -1 },
        { .what = "names swapped", .seed = 1, .trials = 1000, .observables = 2, .pairs = 1, .names = { "b", "a" },
          .pair = { { 0, 1 } }, .miss = -1 },
        { .what = "one observable", .seed = 1, .trials = 1000, .observables = 1, .names = { "a" }, .miss = -1 },
        { .what = "no observables", .seed = 1, .trials = 1000, .miss = -1 },
        { .what = "no pair", .seed = 1, .trials = 1000, .observables = 2, .names = { "a", "b" }, .miss = -1 },
        { .what = "another pair", .seed = 1, .trials = 1000, .observables = 2, .pairs = 1, .names = { "a", "b" },
          .pair = { { 1, 1 } }, .miss = -1 },
        { .what = "a pair turned", .seed = 1, .trials = 1000, .observables = 2, .pairs = 1, .names = { "a", "b" },
          .pair = { { 1, 0 } }, .miss = -1 },
        { .what = "two pairs", .seed = 1, .trials = 1000, .observables = 2, .pairs = 2, .names = { "a", "b" },
          .pair = { { 0, 1 }, { 0, 1 } }, .miss = -1 },
        { .what = "the last bit of one value", BASE, .trial = 600, .add = 1 },
        { .what = "the last bit of another", BASE, .trial = 601, .add = 1 },
        { .what = "one hit", .seed = 1, .trials = 1000, .observables = 2, .pairs = 1, .names = { "a", "b" },
          .pair = { { 0, 1 } }, .miss = 998 }
    };
    enum { VARIANTS = sizeof variants / sizeof *variants };
    static char print[VARIANTS][MCPAR_FINGERPRINT_SIZE];

    for (size_t v = 0; v < VARIANTS; v++) {
        char again[MCPAR_FINGERPRINT_SIZE];

        fingerprint_of(&variants[v], places[0], print[v]);
        fingerprint_of(&variants[v], places[3], again);
        cr_assert_str_eq(print[v], again, "%s", variants[v].what);
        for (size_t w = 0; w < v; w++)
            cr_assert_str_neq(print[v], print[w], "%s and %s", variants[v].what, variants[w].what);
    }
}

Test(fingerprint, does_not_know_confidence_workers_or_unset_and_explicit_defaults)
{
    mcpar_options options = options_for(places[2]);
    struct outcome a, b;
    mcpar *mc;

    options.confidence = 0.5;
    options.seed = MCPAR_SEED_DEFAULT;
    options.stream = 0;
    options.tag = "";
    MUST(mc, mcpar_init(&mc, &options));
    MUST(mc, mcpar_sample(mc, 1000, darts, NULL));
    a = outcome_of(mc, 0);
    close_handle(mc);
    mc = open_serial();
    MUST(mc, mcpar_sample(mc, 1000, darts, NULL));
    b = outcome_of(mc, 0);
    close_handle(mc);
    cr_assert_str_eq(a.fingerprint, b.fingerprint);
}

Test(fingerprint, after_a_reduce_stays_until_more_trials)
{
    char one[MCPAR_FINGERPRINT_SIZE], two[MCPAR_FINGERPRINT_SIZE];
    mcpar *mc = open_serial();

    MUST(mc, mcpar_sample(mc, 1000, darts, NULL));
    for (int i = 0; i < 3; i++) {
        MUST(mc, mcpar_reduce(mc, NULL));
        MUST(mc, mcpar_fingerprint(mc, i ? two : one));
        MUST(mc, mcpar_fingerprint(mc, two));
        cr_assert_str_eq(one, two);
    }
    MUST(mc, mcpar_sample(mc, 1, darts, NULL));
    MUST_FAIL(mc, mcpar_fingerprint(mc, two), MCPAR_ERR_STALE);
    cr_assert_str_eq(one, two, "a failed call wrote");
    close_handle(mc);
}
