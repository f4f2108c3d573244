/* SPDX-License-Identifier: BSD-3-Clause */
/* One answer: the same trials give the same bits, in whatever form, pieces and pools they are run. */
#include "api.h"

#include <math.h>

TestSuite(answer, .timeout = 30);

enum { TRIALS = 20011 };

/* ---- The programs of the design ---- */

static int dart(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_uniform(rng), y = mcpar_uniform(rng);

    (void)values;
    (void)arg;
    return x * x + y * y < 1.0;
}

static int darts(mcpar_block *b, void *arg)
{
    const double *x = mcpar_uniforms(b), *y = mcpar_uniforms(b);

    (void)arg;
    for (size_t i = 0; i < b->n; i++)
        b->hits += x[i] * x[i] + y[i] * y[i] < 1.0;
    return 0;
}

/* Every kind of draw, four observables, and hits. */
static int sampler(mcpar_rng *rng, double *values, void *arg)
{
    uint64_t bound = *(const uint64_t *)arg, word;

    values[0] = mcpar_uniform(rng);
    word = mcpar_word(rng);
    values[1] = (double)(word >> 11) - 0x1p52;
    values[2] = mcpar_normal(rng) * 1e200;
    values[3] = mcpar_exponential(rng) * 1e-200;
    return mcpar_below(rng, bound) % 3 == 0;
}

static int samplers(mcpar_block *b, void *arg)
{
    uint64_t bound = *(const uint64_t *)arg;
    const double *uniform = mcpar_uniforms(b);
    const uint64_t *word = mcpar_words(b);
    const double *normal = mcpar_normals(b), *exponential = mcpar_exponentials(b);
    const uint64_t *below = mcpar_belows(b, bound);

    for (size_t i = 0; i < b->n; i++) {
        b->values[0][i] = uniform[i];
        b->values[1][i] = (double)(word[i] >> 11) - 0x1p52;
        b->values[2][i] = normal[i] * 1e200;
        b->values[3][i] = exponential[i] * 1e-200;
        b->hits += below[i] % 3 == 0;
    }
    return 0;
}

static uint64_t a_bound = (UINT64_C(1) << 63) + 12345;    /* nearly every other word is refused by Lemire's method */

static void observe(mcpar *mc)
{
    static const char *const names[] = { "uniform", "word", "normal", "exponential" };
    static const size_t pairs[][2] = { { 0, 1 }, { 2, 3 }, { 3, 0 } };

    MUST(mc, mcpar_observe(mc, 4, names));
    MUST(mc, mcpar_observe_pairs(mc, 3, pairs[0]));
}

/* ---- How the same trials are run: in pieces of which sizes; block or not, by turns or always ---- */

enum form { TRIAL, BLOCK, BOTH };

static void run_darts(mcpar *mc, uint64_t n, enum form form, unsigned int turn)
{
    if (form == BLOCK || (form == BOTH && turn % 2))
        MUST(mc, mcpar_sample_block(mc, n, darts, NULL));
    else
        MUST(mc, mcpar_sample(mc, n, dart, NULL));
}

static void run_samplers(mcpar *mc, uint64_t n, enum form form, unsigned int turn)
{
    if (form == BLOCK || (form == BOTH && turn % 2))
        MUST(mc, mcpar_sample_block(mc, n, samplers, &a_bound));
    else
        MUST(mc, mcpar_sample(mc, n, sampler, &a_bound));
}

/* pieces: sizes, the last one takes all that is left; NULL: one. */
static struct outcome answer(struct place place, enum form form, const uint64_t *pieces, size_t n, bool observed)
{
    mcpar *mc = open_at(place);
    uint64_t left = TRIALS;
    struct outcome out;

    if (observed)
        observe(mc);
    for (unsigned int turn = 0; left > 0; turn++) {
        uint64_t piece = pieces && turn < n && pieces[turn] < left ? pieces[turn] : left;

        (observed ? run_samplers : run_darts)(mc, piece, form, turn);
        left -= piece;
        if (turn % 3 == 2)                 /* reading changes nothing */
            MUST(mc, mcpar_reduce(mc, NULL));
    }
    out = outcome_of(mc, observed ? 4 : 0);
    close_handle(mc);
    return out;
}

Test(answer, hits_are_those_of_a_scalar_loop)
{
    static const uint64_t seeds[] = { 0, 1, MCPAR_SEED_DEFAULT, UINT64_MAX - 1 };
    static const uint32_t streams[] = { 0, 7, (1u << 24) - 1 };
    enum { N = 30000 };

    for (size_t s = 0; s < 4; s++)
        for (size_t t = 0; t < 3; t++) {
            mcpar_options options = options_for(places[t]);
            mcpar_estimate e;
            uint64_t hits = 0;
            mcpar *mc;

            for (uint64_t i = 0; i < N; i++) {
                double x = scalar_uniform(seeds[s], streams[t], i, 0), y = scalar_uniform(seeds[s], streams[t], i, 1);

                hits += x * x + y * y < 1.0;
            }
            options.seed = seeds[s];
            options.stream = streams[t];
            MUST(mc, mcpar_init(&mc, &options));
            MUST(mc, mcpar_sample(mc, N, dart, NULL));
            MUST(mc, mcpar_reduce(mc, &e));
            cr_assert(e.hits == hits && e.trials == N, "%llu hits", (unsigned long long)e.hits);
            cr_assert(e.mean == (double)hits / N && fabs(4 * e.mean - 3.14159) < 8 * 4 * e.std_error);
            close_handle(mc);
        }
}

Test(answer, is_the_same_in_every_pool_and_form, .timeout = 60)
{
    struct outcome hits = answer(places[0], TRIAL, NULL, 0, false);
    struct outcome all = answer(places[0], TRIAL, NULL, 0, true);

    for (size_t p = 0; p < PLACES; p++)
        for (int form = TRIAL; form <= BLOCK; form++) {
            struct outcome other = answer(places[p], (enum form)form, NULL, 0, false);

            MUST_EQUAL(hits, other, "hits: place %zu, form %d", p, form);
            other = answer(places[p], (enum form)form, NULL, 0, true);
            MUST_EQUAL(all, other, "observables: place %zu, form %d", p, form);
        }
}

Test(answer, is_the_same_in_any_number_of_calls, .timeout = 60)
{
    static const uint64_t ones[] = { 1, 1, 1, 1, 1, 1, 1 }, blocks[] = { 511, 512, 513, 1, 1024, 4096 },
                          halves[] = { 10005, 10006 }, rising[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024 };
    static const struct {
        const uint64_t *piece;
        size_t n;
    } cuts[] = { { ones, 7 }, { blocks, 6 }, { halves, 2 }, { rising, 11 } };
    struct outcome hits = answer(places[0], TRIAL, NULL, 0, false);
    struct outcome all = answer(places[0], TRIAL, NULL, 0, true);

    for (size_t c = 0; c < 4; c++)
        for (size_t p = 0; p < PLACES; p += 3)
            for (int form = TRIAL; form <= BOTH; form++) {
                struct outcome other = answer(places[p], (enum form)form, cuts[c].piece, cuts[c].n, false);

                MUST_EQUAL(hits, other, "hits: cut %zu, place %zu, form %d", c, p, form);
                other = answer(places[p], (enum form)form, cuts[c].piece, cuts[c].n, true);
                MUST_EQUAL(all, other, "observables: cut %zu, place %zu, form %d", c, p, form);
            }
}

Test(answer, of_a_thousand_calls_of_one_trial)
{
    mcpar *one = open_serial(), *many = open_serial();
    struct outcome a, b;

    MUST(one, mcpar_sample(one, 1000, dart, NULL));
    for (int i = 0; i < 1000; i++) {
        MUST(many, mcpar_sample(many, 1, dart, NULL));
        MUST(many, mcpar_sample(many, 0, dart, NULL));
    }
    a = outcome_of(one, 0);
    b = outcome_of(many, 0);
    MUST_EQUAL(a, b, "1000 and 1000 * 1");
    close_handle(one);
    close_handle(many);
}

static int one_draw(mcpar_rng *rng, double *values, void *arg)
{
    (void)arg;
    values[0] = mcpar_uniform(rng);
    return values[0] < 0.5;
}

/* Calls of every size up to beyond two batches: the library cuts each of them in its own way. */
Test(answer, of_calls_of_every_size)
{
    static const char *const names[] = { "x" };
    enum { LARGEST = 1100 };
    mcpar *one = open_serial(), *many = open_serial();
    struct outcome a, b;

    MUST(one, mcpar_observe(one, 1, names));
    MUST(many, mcpar_observe(many, 1, names));
    MUST(one, mcpar_sample(one, LARGEST * (LARGEST + 1) / 2, one_draw, NULL));
    for (uint64_t n = 1; n <= LARGEST; n++)
        MUST(many, mcpar_sample(many, n, one_draw, NULL));
    a = outcome_of(one, 1);
    b = outcome_of(many, 1);
    MUST_EQUAL(a, b, "sizes from 1 to %d", LARGEST);
    close_handle(one);
    close_handle(many);
}

Test(answer, long_enough_for_many_rounds, .timeout = 60)
{
    enum { N = 3000000 };
    struct outcome first = { .fingerprint = "" };

    for (size_t p = 0; p < PLACES; p += 2) {
        mcpar *mc = open_at(places[p]);
        struct outcome out;

        MUST(mc, mcpar_sample_block(mc, N, darts, NULL));
        MUST(mc, mcpar_sample(mc, N / 3, dart, NULL));
        out = outcome_of(mc, 0);
        if (p == 0)
            first = out;
        MUST_EQUAL(first, out, "place %zu", p);
        close_handle(mc);
    }
}

/* Trials that cost from nothing to a thousand draws each, and none of them the same number. */
static int uneven(mcpar_rng *rng, double *values, void *arg)
{
    uint64_t n = mcpar_below(rng, 4) == 0 ? mcpar_below(rng, 1000) : mcpar_trial_number(rng) % 20;

    (void)arg;
    for (uint64_t i = 0; i < n; i++)
        values[0] += i % 7 ? mcpar_uniform(rng) : mcpar_normal(rng);
    return n % 2 == 1;
}

Test(answer, of_trials_that_take_any_number_of_draws)
{
    static const char *const names[] = { "sum" };
    struct outcome first = { .fingerprint = "" };

    for (size_t p = 0; p < PLACES; p++) {
        mcpar *mc = open_at(places[p]);
        struct outcome out;

        MUST(mc, mcpar_observe(mc, 1, names));
        for (uint64_t left = 4000, piece = 1 + p * 997; left; left -= piece) {
            piece = piece < left ? piece : left;
            MUST(mc, mcpar_sample(mc, piece, uneven, NULL));
        }
        out = outcome_of(mc, 1);
        if (p == 0)
            first = out;
        MUST_EQUAL(first, out, "place %zu", p);
        close_handle(mc);
    }
}

/* ---- Problems one after another, side by side, and streams ---- */

Test(answer, after_a_reset_is_that_of_a_fresh_handle)
{
    static const uint32_t streams[] = { 5, 0, (1u << 24) - 1, 5 };
    mcpar *used = open_at(places[3]);

    observe(used);
    MUST(used, mcpar_sample(used, 1234, sampler, &a_bound));
    MUST(used, mcpar_reduce(used, NULL));
    for (size_t s = 0; s < 4; s++) {
        mcpar_options options = options_for(places[0]);
        struct outcome a, b;
        mcpar *fresh;

        options.stream = streams[s];
        MUST(fresh, mcpar_init(&fresh, &options));
        observe(fresh);
        MUST(used, mcpar_reset(used, streams[s]));
        a = outcome_of(used, 4);           /* empty, both of them */
        b = outcome_of(fresh, 4);
        MUST_EQUAL(a, b, "stream %zu, no trials", s);
        MUST(fresh, mcpar_sample(fresh, 100 * s, sampler, &a_bound));
        MUST(used, mcpar_sample(used, 100 * s, sampler, &a_bound));
        a = outcome_of(used, 4);
        b = outcome_of(fresh, 4);
        MUST_EQUAL(a, b, "stream %zu", s);
        close_handle(fresh);
    }
    /* After a reset observables can be others; those of before have left nothing. */
    MUST(used, mcpar_reset(used, 3));
    MUST(used, mcpar_observe(used, 0, NULL));
    MUST(used, mcpar_sample(used, 777, dart, NULL));
    {
        mcpar *fresh = open_serial();
        struct outcome a, b;

        MUST(fresh, mcpar_reset(fresh, 3));
        MUST(fresh, mcpar_sample(fresh, 777, dart, NULL));
        a = outcome_of(used, 0);
        b = outcome_of(fresh, 0);
        MUST_EQUAL(a, b, "no observables any more");
        close_handle(fresh);
    }
    close_handle(used);
}

Test(answer, common_random_numbers_of_two_handles_at_once)
{
    mcpar *one = open_at(places[2]), *two = open_serial(), *third;
    mcpar_options options = options_for(places[0]);
    struct outcome a, b, c;

    options.seed = 99;
    MUST(third, mcpar_init(&third, &options));
    for (int i = 0; i < 5; i++) {
        MUST(one, mcpar_sample(one, 500, dart, NULL));
        MUST(third, mcpar_sample(third, 500, dart, NULL));
        MUST(two, mcpar_sample(two, 500, dart, NULL));
        a = outcome_of(one, 0);
        b = outcome_of(two, 0);
        c = outcome_of(third, 0);
        MUST_EQUAL(a, b, "turn %d", i);
        cr_assert(strcmp(a.fingerprint, c.fingerprint) != 0);
    }
    close_handle(one);
    close_handle(third);
    close_handle(two);
}

/* A handle that is used inside of another one's trial, in both pools. */
static int nested(mcpar_rng *rng, double *values, void *arg)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;
    mcpar *inner = NULL;
    mcpar_estimate e = { 0 };
    int err;

    (void)arg;
    options.pool = MCPAR_POOL_SERIAL;
    options.seed = mcpar_trial_number(rng);
    err = mcpar_init(&inner, &options);
    if (!err)
        err = mcpar_sample(inner, 100, dart, NULL);
    if (!err)
        err = mcpar_reduce(inner, &e);
    (void)mcpar_finalize(&inner);
    values[0] = (double)e.hits + mcpar_uniform(rng);
    return err ? -err : 0;
}

Test(answer, of_a_run_within_a_trial)
{
    static const char *const names[] = { "inner hits" };
    struct outcome first = { .fingerprint = "" };

    for (size_t p = 0; p < 4; p += 3) {
        mcpar *mc = open_at(places[p]);
        struct outcome out;

        MUST(mc, mcpar_observe(mc, 1, names));
        MUST(mc, mcpar_sample(mc, 60, nested, NULL));
        out = outcome_of(mc, 1);
        if (p == 0)
            first = out;
        MUST_EQUAL(first, out, "place %zu", p);
        close_handle(mc);
    }
}
