/* SPDX-License-Identifier: BSD-3-Clause */
/* One trial again, alone: what it returns, what it sees, and that it leaves the handle as it was. */
#include "darts.h"
#include <fenv.h>
#include <math.h>
#include <setjmp.h>

TestSuite(replay, .timeout = 30);

/* ---- A trial and a block whose answer is known ---- */

static const char *const names[] = { "x", "y" };

static int walk(mcpar_rng *rng, double *values, void *arg)
{
    const uint64_t *fails = arg;

    values[0] = mcpar_uniform(rng);
    values[1] = values[0] + (double)mcpar_trial_number(rng);
    if (fails && mcpar_trial_number(rng) == *fails)
        return -5;
    return mcpar_word(rng) & 1;
}

static int walks(mcpar_block *b, void *arg)
{
    const uint64_t *fails = arg;
    const double *x = mcpar_uniforms(b);
    const uint64_t *w = mcpar_words(b);

    for (size_t i = 0; i < b->n; i++) {
        b->values[0][i] = x[i];
        b->values[1][i] = x[i] + (double)(b->first + i);
        b->hits += w[i] & 1;
        if (fails && b->first + i == *fails)
            return -5;
    }
    return 0;
}

static mcpar *open_for_walks(struct place place)
{
    mcpar_options options = options_for(place);
    mcpar *mc = NULL;

    options.seed = 77;
    options.stream = 5;
    MUST(mc, mcpar_init(&mc, &options));
    MUST(mc, mcpar_observe(mc, 2, names));
    return mc;
}

static void must_be_walk(mcpar *mc, uint64_t trial)
{
    double values[2] = { -1.0, -1.0 }, x = scalar_uniform(77, 5, trial, 0);
    uint64_t hits = 9, bit = scalar_word(77, 5, trial, 0, 1) & 1;
    int hit = 9;

    MUST(mc, mcpar_replay(mc, trial, walk, NULL, &hit, values));
    cr_assert(hit == (int)bit && same(values[0], x) && same(values[1], x + (double)trial));
    values[0] = values[1] = -1.0;
    MUST(mc, mcpar_replay_block(mc, trial, 1, walks, NULL, &hits, values));
    cr_assert(hits == bit && same(values[0], x) && same(values[1], x + (double)trial));
    MUST(mc, mcpar_replay(mc, trial, walk, NULL, NULL, NULL));
    MUST(mc, mcpar_replay_block(mc, trial, 1, walks, NULL, NULL, NULL));
}

Test(replay, any_trial_before_between_and_after_samplings_and_the_result_stays)
{
    for (size_t p = 0; p < PLACES; p += 2) {
        mcpar *mc = open_for_walks(places[p]), *other = open_for_walks(places[p]);
        struct outcome a, b;

        must_be_walk(mc, 0);
        cr_assert(mcpar_asked(mc) == 0);
        MUST(mc, mcpar_sample(mc, 500, walk, NULL));
        MUST(other, mcpar_sample(other, 500, walk, NULL));
        must_be_walk(mc, 499);
        must_be_walk(mc, 500);
        MUST(mc, mcpar_sample(mc, 500, walk, NULL));
        MUST(other, mcpar_sample(other, 500, walk, NULL));
        must_be_walk(mc, UINT64_MAX);
        must_be_walk(mc, 123456789);
        a = outcome_of(mc, 2);
        must_be_walk(mc, 7);
        cr_assert(mcpar_fingerprint(mc, a.fingerprint) == 0, "what was reduced still is");
        b = outcome_of(other, 2);
        MUST_EQUAL(a, b, "a replay has changed the result");
        close_handle(mc);
        close_handle(other);
    }
}

Test(replay, a_block_of_several_trials)
{
    mcpar *mc = open_for_walks(places[0]);
    enum { MOST = 300 };
    double values[2 * MOST];

    for (size_t n = 1; n <= MOST; n += 13) {
        uint64_t first = 1000 * n, hits = 0, bits = 0;

        MUST(mc, mcpar_replay_block(mc, first, n, walks, NULL, &hits, values));
        for (size_t i = 0; i < n; i++) {
            double x = scalar_uniform(77, 5, first + i, 0);

            cr_assert(same(values[i], x) && same(values[n + i], x + (double)(first + i)));
            bits += scalar_word(77, 5, first + i, 0, 1) & 1;
        }
        cr_assert(hits == bits);
    }
    close_handle(mc);
}

/* ---- Trials that fail ---- */

static int failed_once(mcpar *mc)
{
    return mcpar_failed(mc, NULL, NULL, NULL) == 0;
}

Test(replay, a_failed_trial_fails_again_and_the_message_has_told_how)
{
    for (size_t p = 0; p < 4; p++) {
        mcpar *mc = open_for_walks(places[p]);
        uint64_t bad = 321, hits = 0;
        double values[2] = { 0.0, 0.0 };
        int hit = 0;

        MUST_FAIL(mc, mcpar_replay(mc, bad, walk, &bad, &hit, values), MCPAR_ERR_TRIAL);
        MUST_SAY(mc, "trial 321 returned -5");
        cr_assert(!strstr(mcpar_message(mc), "replay"), "%s", mcpar_message(mc));
        cr_assert(hit == -5 && same(values[0], scalar_uniform(77, 5, bad, 0)), "and is there to be looked at");
        cr_assert(!failed_once(mc), "that was no sampling");
        MUST_FAIL(mc, mcpar_sample(mc, 1000, walk, &bad), MCPAR_ERR_TRIAL);
        MUST_SAY(mc, "trial 321 returned -5; mcpar_replay(mc, 321, ...) runs it alone, with seed 77 and stream 5");
        MUST_FAIL(mc, mcpar_replay(mc, bad, walk, &bad, &hit, values), MCPAR_ERR_TRIAL);
        cr_assert(mcpar_held(mc) == bad && failed_once(mc));
        MUST(mc, mcpar_sample(mc, 0, walk, NULL));
        cr_assert(mcpar_held(mc) == 1000);
        MUST(mc, mcpar_reset(mc, 5));
        MUST_FAIL(mc, mcpar_sample_block(mc, 1000, walks, &bad), MCPAR_ERR_TRIAL);
        MUST_SAY(mc, "trial 321 returned -5; mcpar_replay_block(mc, 321, 1, ...) runs it alone");
        MUST_FAIL(mc, mcpar_replay_block(mc, bad, 1, walks, &bad, &hits, values), MCPAR_ERR_TRIAL);
        MUST_FAIL(mc, mcpar_replay_block(mc, bad - 10, 20, walks, &bad, &hits, NULL), MCPAR_ERR_TRIAL);
        MUST_SAY(mc, "the block of trials 311 to 330 returned -5");
        cr_assert(!strstr(mcpar_message(mc), "alone"), "%s", mcpar_message(mc));
        close_handle(mc);
    }
}

/* It fails only in a block of several. */
static int only_together(mcpar_block *b, void *arg)
{
    (void)arg;
    return b->n > 1 && b->first <= 40 && 40 < b->first + b->n ? -2 : 0;
}

Test(replay, a_block_that_fails_only_as_a_whole)
{
    mcpar *mc = open_serial();
    unsigned long long first = 0, n = 0;
    const char *at;

    MUST_FAIL(mc, mcpar_sample_block(mc, 1000, only_together, NULL), MCPAR_ERR_TRIAL);
    at = strstr(mcpar_message(mc), "mcpar_replay_block(mc, ");
    cr_assert(at && sscanf(at, "mcpar_replay_block(mc, %llu, %llu, ...)", &first, &n) == 2, "%s", mcpar_message(mc));
    cr_assert(n > 1);
    MUST_FAIL(mc, mcpar_replay_block(mc, first, (size_t)n, only_together, NULL, NULL, NULL), MCPAR_ERR_TRIAL);
    close_handle(mc);
}

static int odd_value(mcpar_rng *rng, double *values, void *arg)
{
    (void)rng;
    values[1] = *(const double *)arg;
    return 0;
}

static int too_many(mcpar_block *b, void *arg)
{
    (void)arg;
    b->hits = b->n + 1;
    return 0;
}

/* It writes `arg` doubles past its values. */
static int strays(mcpar_rng *rng, double *values, void *arg)
{
    values[*(const int *)arg] = mcpar_uniform(rng);
    return 1;
}

static int block_strays(mcpar_block *b, void *arg)
{
    b->values[1][(ptrdiff_t)b->n - 1 + *(const int *)arg] = 1.0;
    return 0;
}

Test(replay, other_failures)
{
    mcpar *mc = open_for_walks(places[0]);
    double infinite = INFINITY, values[8];                 /* of four trials */
    int hit = 7;

    MUST_FAIL(mc, mcpar_replay(mc, 3, odd_value, &infinite, &hit, values), MCPAR_ERR_VALUE);
    MUST_SAY(mc, "trial 3, observable 1 (y)");
    cr_assert(hit == 0 && isinf(values[1]));
    MUST_FAIL(mc, mcpar_replay_block(mc, 3, 4, too_many, NULL, NULL, values), MCPAR_ERR_HITS);
    MUST_SAY(mc, "5 hits in the 4 trials from trial 3");
    for (int at = -512; at < 514; at++) {
        char words[60];

        if (at == 0 || at == 1)
            MUST(mc, mcpar_replay(mc, 9, strays, &at, &hit, values));
        else
            MUST_FAIL(mc, mcpar_replay(mc, 9, strays, &at, &hit, values), MCPAR_ERR_CHECK);
        (void)snprintf(words, sizeof words, "trial 9 writes to values[%d], ", at);
        if (at != 0 && at != 1)
            MUST_SAY(mc, words);
    }
    hit = 0;
    MUST(mc, mcpar_replay_block(mc, 8, 5, block_strays, &hit, NULL, NULL));
    hit = 1;
    MUST_FAIL(mc, mcpar_replay_block(mc, 8, 5, block_strays, &hit, NULL, NULL), MCPAR_ERR_CHECK);
    MUST_SAY(mc, "the block of trials 8 to 12 writes to values[1][5], but it has 5 trials");
    close_handle(mc);
}

Test(replay, arguments)
{
    mcpar *mc = open_serial();

    cr_assert(mcpar_replay(NULL, 0, walk, NULL, NULL, NULL) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_replay_block(NULL, 0, 1, walks, NULL, NULL, NULL) == MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_replay(mc, 0, NULL, NULL, NULL, NULL), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_replay_block(mc, 0, 1, NULL, NULL, NULL, NULL), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_replay_block(mc, 0, 0, walks, NULL, NULL, NULL), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_replay_block(mc, 0, 65537, walks, NULL, NULL, NULL), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_replay_block(mc, UINT64_MAX, 2, walks, NULL, NULL, NULL), MCPAR_ERR_ARGUMENT);
    close_handle(mc);
}

/* ---- What it sees ---- */

static int made, freed;

static void *make(void *arg)
{
    made++;
    return arg;
}

static void unmake(void *scratch, void *arg)
{
    cr_assert(scratch == arg);
    freed++;
}

static void *make_none(void *arg)
{
    (void)arg;
    return NULL;
}

static int see(mcpar_rng *rng, double *values, void *arg)
{
    cr_assert(mcpar_scratch(rng) == arg && values == NULL && fegetround() == FE_TONEAREST);
    (void)fesetround(FE_UPWARD);
    return 1;
}

Test(replay, it_has_scratch_memory_and_the_usual_floating_point_environment)
{
    mcpar_options options = options_for(places[2]);
    mcpar *mc = NULL;
    int hit = 0;

    options.scratch_new = make;
    options.scratch_free = unmake;
    options.scratch_arg = &options;
    MUST(mc, mcpar_init(&mc, &options));
    (void)fesetround(FE_DOWNWARD);
    MUST(mc, mcpar_replay(mc, 1, see, &options, &hit, NULL));
    cr_assert(fegetround() == FE_DOWNWARD && hit == 1 && made == 1 && freed == 1);
    (void)fesetround(FE_TONEAREST);
    close_handle(mc);
    options.scratch_new = make_none;
    MUST(mc, mcpar_init(&mc, &options));
    MUST_FAIL(mc, mcpar_replay(mc, 1, see, &options, &hit, NULL), MCPAR_ERR_SCRATCH);
    close_handle(mc);
}

static jmp_buf out;

static int leave(mcpar_rng *rng, double *values, void *arg)
{
    (void)rng, (void)values, (void)arg;
    longjmp(out, 1);
}

static void *leave_new(void *arg)
{
    (void)arg;
    longjmp(out, 1);
}

Test(replay, a_trial_that_is_left_leaves_the_handle_usable)
{
    mcpar_options options = options_for(places[0]);
    mcpar *mc = NULL;

    options.scratch_new = make;
    options.scratch_free = unmake;
    options.scratch_arg = &options;
    MUST(mc, mcpar_init(&mc, &options));
    (void)fesetround(FE_DOWNWARD);
    if (setjmp(out) == 0) {
        (void)!mcpar_replay(mc, 42, leave, NULL, NULL, NULL);
        cr_assert_fail("it came back");
    }
    cr_assert(fegetround() == FE_DOWNWARD);
    (void)fesetround(FE_TONEAREST);
    MUST_SAY(mc, "trial 42 was left by an exception or longjmp");
    cr_assert(made == 1 && freed == 1, "%d %d", made, freed);
    MUST(mc, mcpar_replay(mc, 1, see, &options, NULL, NULL));
    close_handle(mc);
    options.scratch_new = leave_new;
    MUST(mc, mcpar_init(&mc, &options));
    if (setjmp(out) == 0)
        (void)!mcpar_replay(mc, 42, leave, NULL, NULL, NULL);
    MUST_SAY(mc, "scratch_new was left");
    close_handle(mc);
}

/* A trial may not use the handle that runs it. */
static int calls(mcpar_rng *rng, double *values, void *arg)
{
    (void)rng, (void)values;
    return mcpar_replay(arg, 0, calls, arg, NULL, NULL) == MCPAR_ERR_BUSY;
}

Test(replay, the_handle_is_busy)
{
    mcpar *mc = open_serial();
    int hit = 0;

    MUST(mc, mcpar_replay(mc, 0, calls, mc, &hit, NULL));
    cr_assert(hit == 1);
    close_handle(mc);
}
