/* SPDX-License-Identifier: BSD-3-Clause */
/* The trial loop: the same tally by callback and by block however trials are cut, what each bad trial is told as, and
 * that nothing of the user's or the host's floating-point environment gets into a sum. */
#include "sum/sums.h"
#include "unit.h"
#include "random/block.h"
#include "random/rng.h"
#include "trial/runner.h"
#include "trial/trial.h"
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static double work[MCPAR__SUMS_ROOM];      /* for the sums to work in */

enum { SEED = 20240229, STREAM = 17 };

static char *names[] = { (char[]){ "a" }, (char[]){ "b" }, (char[]){ "c" } };
static size_t pairs[][2] = { { 0, 2 } };
static const struct mcpar__schema hits_only = { 0, 0, NULL, NULL }, one_value = { 1, 0, names, NULL }, three_values = { 3, 1, names, pairs };

static struct mcpar__job job_of(const struct mcpar__schema *schema, mcpar_trial_fn trial, mcpar_block_fn block, void *arg)
{
    struct mcpar__job job = { .trial = trial, .block = block, .arg = arg, .seed = SEED, .stream = STREAM, .schema = schema };

    return job;
}

/* Runs [first, first + n) in pieces, all by one runner, and makes the tally canonical. */
static int run_pieces(const struct mcpar__job *job, uint64_t first, uint64_t n, uint64_t piece, struct mcpar__tally *tally,
                      struct mcpar__failure *failure)
{
    struct mcpar__runner *runner;
    int err = 0;

    cr_assert_eq(mcpar__tally_open(tally, job->schema), 0);
    cr_assert_eq(mcpar__runner_open(&runner, job), 0);
    for (uint64_t done = 0; done < n && !err; done += piece)
        err = mcpar__runner_run(runner, first + done, n - done < piece ? n - done : piece, tally, failure);
    mcpar__runner_close(runner);
    mcpar__tally_canonical(tally);
    return err;
}

static void assert_same(const struct mcpar__tally *a, const struct mcpar__tally *b, const char *what, uint64_t at)
{
    CHECK(a->hits == b->hits, "%s %llu: %llu hits, not %llu", what, (unsigned long long)at, (unsigned long long)a->hits,
          (unsigned long long)b->hits);
    for (size_t i = 0; i < mcpar__limbs(a->schema); i++)
        CHECK(a->limb[i] == b->limb[i], "%s %llu: limb %zu", what, (unsigned long long)at, i);
}

/* ---- One answer, however trials are cut ---- */

/* What trial t takes and gives, by the contract: a number of draws that differs from trial to trial. */
static uint64_t draws_of(const char *kind, uint64_t trial)
{
    uint64_t state = trial;

    if (kind[0] == 'g') {                  /* geometric, now and then very many */
        uint64_t n = 0;

        while (golden_random(&state) % 3)
            n++;
        return trial % 97 == 0 ? 300 : n;
    }
    return strtoull(kind, NULL, 10);
}

static int by_draws(mcpar_rng *rng, double *values, void *arg)
{
    uint64_t n = draws_of(arg, mcpar_trial_number(rng));
    double sum = 0, last = 0.25;

    for (uint64_t j = 0; j < n; j++) {
        last = mcpar_uniform(rng);
        sum += last;
    }
    if (values) {
        values[0] = sum;
        values[1] = last - 0.5;
        values[2] = last * 1e300;
    }
    return last < 0.3;
}

static int by_draws_in_blocks(mcpar_block *block, void *arg)
{
    const double *column[400];
    uint64_t most = 0;

    for (size_t i = 0; i < block->n; i++) {
        uint64_t n = draws_of(arg, block->first + i);

        most = n > most ? n : most;
    }
    for (uint64_t j = 0; j < most; j++)
        column[j] = mcpar_uniforms(block);
    for (size_t i = 0; i < block->n; i++) {
        uint64_t n = draws_of(arg, block->first + i);
        double sum = 0, last = 0.25;

        for (uint64_t j = 0; j < n; j++) {
            last = column[j][i];
            sum += last;
        }
        if (block->values) {
            block->values[0][i] = sum;
            block->values[1][i] = last - 0.5;
            block->values[2][i] = last * 1e300;
        }
        block->hits += last < 0.3;
    }
    return 0;
}

/* The expected tally straight from the contract's words. */
static void expected_tally(struct mcpar__tally *tally, const char *kind, uint64_t first, uint64_t n)
{
    for (uint64_t t = first; t < first + n; t++) {
        uint64_t draws = draws_of(kind, t);
        double sum = 0, last = 0.25, v[3], *values[3] = { &v[0], &v[1], &v[2] };

        for (uint64_t j = 0; j < draws; j++) {
            last = expected_uniform(SEED, STREAM, t, j);
            sum += last;
        }
        v[0] = sum;
        v[1] = last - 0.5;
        v[2] = last * 1e300;
        mcpar__tally_add(tally, values, 1, last < 0.3, work);
    }
    mcpar__tally_canonical(tally);
}

static void check_cuts(char *kind, uint64_t first, uint64_t n)
{
    static const uint64_t pieces[] = { 1, 2, 7, 16, 511, 512, 1000, 1024, 1025, 4096, UINT64_MAX };
    const struct mcpar__schema *const schemas[] = { &three_values, &hits_only };

    for (size_t s = 0; s < 2; s++) {
        struct mcpar__tally wanted;

        cr_assert_eq(mcpar__tally_open(&wanted, schemas[s]), 0);
        expected_tally(&wanted, kind, first, n);
        for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++)
            for (int form = 0; form < 2; form++) {
                struct mcpar__job job = job_of(schemas[s], form ? NULL : by_draws, form ? by_draws_in_blocks : NULL, kind);
                struct mcpar__failure failure;
                struct mcpar__tally got;

                cr_assert_eq(run_pieces(&job, first, n, pieces[p], &got, &failure), 0);
                assert_same(&got, &wanted, form ? "blocks by" : "trials by", pieces[p]);
                mcpar__tally_close(&got);
            }
        mcpar__tally_close(&wanted);
    }
}

Test(trial, any_cut_and_form_and_number_of_draws_give_the_same_tally)
{
    static char none_at_all[] = "0", single[] = "1", two[] = "2", some[] = "3", window[] = "16", more[] = "17", many[] = "100";
    static char geometric[] = "geometric", all_foreseen[] = "256", one_more[] = "257";
    char *const kinds[] = { none_at_all, single, two, some, window, more, many, geometric, all_foreseen, one_more };

    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        check_cuts(kinds[k], 0, 1500);
    check_cuts(some, UINT32_MAX - 700, 1500);
    check_cuts(geometric, UINT32_MAX - 700, 1500);
    check_cuts(some, UINT64_MAX - 1500, 1500);                   /* up to the very last trial */
    check_cuts(geometric, UINT64_MAX - 5000, 5000);
}

/* How many draws the loop has ready for a trial after it has seen 5,000 of them. */
static size_t prefetched(mcpar_trial_fn trial, void *arg)
{
    struct mcpar__job job = job_of(&hits_only, trial, NULL, arg);
    struct mcpar__runner *runner;
    struct mcpar__failure f;
    struct mcpar__tally tally;
    size_t draws;

    cr_assert_eq(mcpar__tally_open(&tally, &hits_only), 0);
    cr_assert_eq(mcpar__runner_open(&runner, &job), 0);
    cr_assert_eq(mcpar__runner_run(runner, 0, 5000, &tally, &f), 0);
    draws = runner->prefetched;
    mcpar__runner_close(runner);
    mcpar__tally_close(&tally);
    return draws;
}

static int seldom_many(mcpar_rng *rng, double *values, void *arg)
{
    uint64_t n = mcpar_trial_number(rng) % 16 == 5 ? 5000 : 2;
    double x = 0;

    (void)values, (void)arg;
    while (n--)
        x = mcpar_uniform(rng);
    return x < 0.5;
}

Test(trial, foresees_what_most_trials_take_and_no_long_one_widens_its_neighbours)
{
    static const struct {
        char kind[4];
        size_t draws;
    } same[] = { { "0", 0 }, { "1", 2 }, { "2", 2 }, { "3", 4 }, { "100", 100 }, { "255", 256 } };
    static char geometric[] = "geometric";
    size_t draws;

    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        char kind[4];

        memcpy(kind, same[i].kind, sizeof kind);
        draws = prefetched(by_draws, kind);
        cr_assert(draws == same[i].draws, "%s draws: %zu prefetched", kind, draws);
    }
    draws = prefetched(seldom_many, NULL);
    cr_assert(draws == 2, "%zu prefetched", draws);
    draws = prefetched(by_draws, geometric);
    cr_assert(draws >= 2 && draws <= 12, "%zu prefetched", draws);
}

/* A trial that takes draws of all shapes, as many as its number says, and compares each with its stream opened by hand. */
static int any_shape(mcpar_rng *rng, double *values, void *arg)
{
    uint64_t trial = mcpar_trial_number(rng), state = trial, phase = trial / 3000;
    int n = (int)(golden_random(&state) % (phase % 3 ? 5 : 40)), same = 1;
    mcpar_rng_space space;
    mcpar_rng *alone = mcpar_rng_open(&space, SEED, STREAM, trial);

    (void)values, (void)arg;
    for (int i = 0; i < n; i++)
        switch ((golden_random(&state) % 8 < 3 ? golden_random(&state) : phase) % 5) {
        case 0: same &= golden_bits(mcpar_uniform(rng)) == golden_bits(mcpar_uniform(alone)); break;
        case 1: same &= golden_bits(mcpar_normal(rng)) == golden_bits(mcpar_normal(alone)); break;
        case 2: same &= golden_bits(mcpar_exponential(rng)) == golden_bits(mcpar_exponential(alone)); break;
        case 3: same &= mcpar_word(rng) == mcpar_word(alone); break;
        default: same &= mcpar_below(rng, UINT64_C(3) << 62) == mcpar_below(alone, UINT64_C(3) << 62);
        }
    return same;
}

Test(trial, draws_of_any_shape_are_those_of_the_stream)
{
    static const uint64_t pieces[] = { 1, 17, 700, 40000 };

    for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
        struct mcpar__job job = job_of(&hits_only, any_shape, NULL, NULL);
        struct mcpar__tally tally;
        struct mcpar__failure f;

        cr_assert_eq(run_pieces(&job, 0, 40000, pieces[p], &tally, &f), 0);
        cr_assert(tally.hits == 40000, "pieces of %llu: %llu", (unsigned long long)pieces[p], (unsigned long long)tally.hits);
        mcpar__tally_close(&tally);
    }
}

static int all_normal(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_normal(rng) + mcpar_normal(rng);

    (void)values, (void)arg;
    return mcpar_trial_number(rng) % 100 == 0 ? mcpar_exponential(rng) < x : x < 0;
}

Test(trial, shapes_are_made_ahead_where_many_trials_ask_for_them)
{
    struct mcpar__job job = job_of(&hits_only, all_normal, NULL, NULL);
    struct mcpar__runner *runner;
    struct mcpar__failure f;
    struct mcpar__tally tally;

    cr_assert_eq(mcpar__tally_open(&tally, &hits_only), 0);
    cr_assert_eq(mcpar__runner_open(&runner, &job), 0);
    cr_assert_eq(mcpar__runner_run(runner, 0, 10000, &tally, &f), 0);
    cr_assert(runner->wanted[MCPAR__NORMAL] && !runner->wanted[MCPAR__EXPONENTIAL] && !runner->wanted[MCPAR__WORD]);
    cr_assert(runner->rng.window.made[MCPAR__NORMAL] > 0 && runner->rng.window.made[MCPAR__EXPONENTIAL] == 0);
    mcpar__runner_close(runner);
    mcpar__tally_close(&tally);
}

static int throws(mcpar_rng *rng, double *values, void *arg)
{
    uint64_t sum = mcpar_below(rng, 6) + mcpar_below(rng, 6), word = mcpar_word(rng);
    int *inlined = arg;

    (void)values;
    *inlined += rng->words != 0;
    return sum == (mcpar_uniform(rng) < 0.5 ? 5 : word & 7);
}

Test(trial, words_are_read_inline_where_many_trials_ask_for_them)
{
    int inlined = 0;
    struct mcpar__job job = job_of(&hits_only, throws, NULL, &inlined);
    struct mcpar__runner *runner;
    struct mcpar__failure f;
    struct mcpar__tally tally;

    cr_assert_eq(mcpar__tally_open(&tally, &hits_only), 0);
    cr_assert_eq(mcpar__runner_open(&runner, &job), 0);
    cr_assert_eq(mcpar__runner_run(runner, 0, 50000, &tally, &f), 0);
    cr_assert(runner->wanted[MCPAR__WORD] && !runner->wanted[MCPAR__NORMAL] && runner->prefetched == 4);
    cr_assert_geq(inlined, 45000, "%d", inlined);
    mcpar__runner_close(runner);
    mcpar__tally_close(&tally);
}

/* Trials whose appetite changes after the loop has learned another. */
static int by_phase(mcpar_rng *rng, double *values, void *arg)
{
    static const int draws[] = { 0, 3, 100, 1, 0, 16, 40, 2 };
    int n = draws[mcpar_trial_number(rng) / 600 % 8];
    double x = 0;

    (void)arg;
    for (int j = 0; j < n; j++)
        x = j % 3 == 1 ? (double)(mcpar_word(rng) >> 11) / 0x1p53 : mcpar_uniform(rng);
    values[0] = x;
    return x > 0.5;
}

Test(trial, foreseen_draws_that_change_do_not_change_anything)
{
    struct mcpar__job job = job_of(&one_value, by_phase, NULL, NULL);
    struct mcpar__tally alone, other;
    struct mcpar__failure failure;
    static const uint64_t pieces[] = { 600, 512, 100, 4800, 17 };

    cr_assert_eq(run_pieces(&job, 0, 4800, 1, &alone, &failure), 0);
    for (size_t p = 0; p < 5; p++) {
        cr_assert_eq(run_pieces(&job, 0, 4800, pieces[p], &other, &failure), 0);
        assert_same(&other, &alone, "pieces of", pieces[p]);
        mcpar__tally_close(&other);
    }
    mcpar__tally_close(&alone);
}

/* Jumps in a trial, back and far ahead, and number and scratch as the trial sees them. */
static int jumper(mcpar_rng *rng, double *values, void *arg)
{
    uint64_t t = mcpar_trial_number(rng);
    int good;

    good = mcpar_uniform(rng) == expected_uniform(SEED, STREAM, t, 0);
    good &= mcpar_rng_jump(rng, 1000000 + t) == 0 && mcpar_word(rng) == expected_word(SEED, STREAM, t, 1000000 + t);
    good &= mcpar_rng_jump(rng, 1) == 0 && mcpar_uniform(rng) == expected_uniform(SEED, STREAM, t, 1);
    good &= mcpar_rng_jump(rng, LAST_DRAW - 1) == 0 && mcpar_uniform(rng) == expected_uniform(SEED, STREAM, t, LAST_DRAW - 1);
    good &= mcpar_scratch(rng) == arg && values == NULL;
    return good;
}

static void *give(void *arg)
{
    return arg;
}

Test(trial, jumps_number_and_scratch)
{
    struct mcpar__job job = job_of(&hits_only, jumper, NULL, &job);
    struct mcpar__tally tally;
    struct mcpar__failure failure;

    job.scratch_new = give;                /* without scratch_free: nothing to do at the end */
    job.scratch_arg = &job;
    cr_assert_eq(run_pieces(&job, 1000, 2000, 600, &tally, &failure), 0);
    cr_assert_eq(tally.hits, 2000);
}

/* Whatever one trial does to its stream, the next one starts at its own draw 0. */
static int anything(mcpar_rng *rng, double *values, void *arg)
{
    uint64_t t = mcpar_trial_number(rng), state = t, draw = 0;
    int good = 1, draws = (int)(golden_random(&state) % 5);

    (void)arg;
    for (int i = 0; i < draws; i++) {
        switch (golden_random(&state) % 12) {
        case 0: good &= mcpar_word(rng) == expected_word(SEED, STREAM, t, draw++); break;
        case 1: good &= mcpar_refill(rng) == expected_uniform(SEED, STREAM, t, draw++); break;
        case 2: good &= mcpar_below(rng, 6) == expected_below(SEED, STREAM, t, draw++, 6); break;
        case 3:
            draw = golden_random(&state) % 40;
            good &= mcpar_rng_jump(rng, draw) == 0;
            break;
        case 4:
            for (int j = 0; j < 50; j++)
                good &= mcpar_uniform(rng) == expected_uniform(SEED, STREAM, t, draw++);
            break;
        default: good &= mcpar_uniform(rng) == expected_uniform(SEED, STREAM, t, draw++);
        }
    }
    if (values)
        values[0] = 1.0;
    return good;
}

Test(trial, each_trial_starts_at_its_own_draw_0)
{
    struct mcpar__job with = job_of(&one_value, anything, NULL, NULL), without = job_of(&hits_only, anything, NULL, NULL);
    struct mcpar__failure f;
    struct mcpar__tally tally;

    cr_assert_eq(run_pieces(&with, 0, 60000, 7000, &tally, &f), 0);
    cr_assert_eq(tally.hits, 60000);
    mcpar__tally_close(&tally);
    cr_assert_eq(run_pieces(&without, 0, 60000, 7000, &tally, &f), 0);
    cr_assert_eq(tally.hits, 60000);
}

/* ---- The values ---- */

static int zeroed(mcpar_rng *rng, double *values, void *arg)
{
    size_t n = *(size_t *)arg;
    int clean = 1;

    (void)rng;
    for (size_t k = 0; k < n; k++) {
        clean &= golden_bits(values[k]) == 0;
        values[k] = 1e3 + (double)k;
    }
    return clean;
}

static int zeroed_in_blocks(mcpar_block *block, void *arg)
{
    size_t n = *(size_t *)arg;

    for (size_t i = 0; i < block->n; i++) {
        int clean = 1;

        for (size_t k = 0; k < n; k++) {
            clean &= golden_bits(block->values[k][i]) == 0;
            block->values[k][i] = 1e3 + (double)k;
        }
        block->hits += (uint64_t)clean;
    }
    return 0;
}

/* With few and with so many observables that a batch gets short, and one trial fills it. */
Test(trial, values_are_zero_before_each_trial_and_each_gets_its_own_sum)
{
    static const size_t numbers[] = { 1, 2, 3, 8, 9, 64, 65, 300, 4096 };

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        for (int form = 0; form < 2; form++) {
            size_t n = numbers[i];
            struct mcpar__schema schema = { n, 0, NULL, NULL };
            struct mcpar__job job = job_of(&schema, form ? NULL : zeroed, form ? zeroed_in_blocks : NULL, &n);
            struct mcpar__tally tally;
            struct mcpar__failure failure;

            cr_assert_eq(run_pieces(&job, 0, 1100, 600, &tally, &failure), 0);
            cr_assert_eq(tally.hits, 1100, "%zu observables", n);
            for (size_t k = 0; k < n; k++) {
                int64_t sum[MCPAR__SUM_LIMBS] = { 0 };
                double total = 1100 * (1e3 + (double)k);

                mcpar__sum_add(sum, &total, 1);
                mcpar__canonical(sum, MCPAR__SUM_LIMBS);
                CHECK(memcmp(sum, mcpar__sum_of(&tally, k), sizeof sum) == 0, "observable %zu of %zu", k, n);
            }
            mcpar__tally_close(&tally);
        }
}

/* ---- Failures ---- */

struct bad {                               /* what happens at which trials */
    uint64_t first_trial, second_trial;
    int first_returns, second_returns;
    double first_value, second_value;
    int observable;
    uint64_t calls, later;                 /* calls in all; of trials past the second */
};

static int bad_trial(mcpar_rng *rng, double *values, void *arg)
{
    struct bad *bad = arg;
    uint64_t t = mcpar_trial_number(rng);

    bad->calls++;
    (void)mcpar_uniform(rng);
    if (t == bad->first_trial) {
        values[bad->observable] = bad->first_value;
        return bad->first_returns;
    }
    if (t == bad->second_trial) {
        values[bad->observable] = bad->second_value;
        return bad->second_returns;
    }
    return 1;
}

static struct mcpar__failure fail(mcpar_trial_fn trial, struct bad *bad, int code)
{
    struct mcpar__job job = job_of(&three_values, trial, NULL, bad);
    struct mcpar__failure failure;
    struct mcpar__tally tally;

    memset(&failure, 0x55, sizeof failure);
    cr_assert_eq(run_pieces(&job, 0, 5000, 5000, &tally, &failure), code);
    cr_assert_eq(failure.code, code);
    mcpar__tally_close(&tally);
    return failure;
}

Test(trial, what_a_trial_may_not_return)
{
    static const int returns[] = { -1, 2, 3, INT_MIN, INT_MAX, 256, -256 };
    static const uint64_t trials[] = { 0, 1, 511, 512, 1023, 4999 };

    for (size_t r = 0; r < 7; r++)
        for (size_t t = 0; t < 6; t++) {
            struct bad bad = { trials[t], UINT64_MAX, returns[r], 0, 0.0, 0.0, 0, 0, 0 };
            struct mcpar__failure f = fail(bad_trial, &bad, MCPAR_ERR_TRIAL);

            cr_assert(f.trial == trials[t] && f.returned == returns[r] && f.n == 1, "trial %llu returned %d",
                      (unsigned long long)f.trial, f.returned);
            cr_assert_eq(bad.calls, trials[t] + 1, "none after it");
        }
}

Test(trial, what_a_trial_may_not_report)
{
    const double values[] = { (double)INFINITY, -(double)INFINITY, (double)NAN, -(double)NAN };

    for (size_t v = 0; v < 4; v++)
        for (int k = 0; k < 3; k++) {
            struct bad bad = { 777, UINT64_MAX, 1, 0, values[v], 0.0, k, 0, 0 };
            struct mcpar__failure f = fail(bad_trial, &bad, MCPAR_ERR_VALUE);

            cr_assert(f.trial == 777 && f.observable == (size_t)k && f.n == 1, "trial %llu, observable %zu",
                      (unsigned long long)f.trial, f.observable);
        }
}

/* The lowest of two bad trials in one batch is told, whatever is wrong with each. */
Test(trial, the_lowest_failing_trial_of_a_batch)
{
    struct bad value_then_return = { 600, 601, 1, -1, (double)NAN, 0.0, 2, 0, 0 };
    struct bad return_then_value = { 600, 601, 2, 0, 0.0, (double)INFINITY, 1, 0, 0 };
    struct bad both_in_one = { 700, UINT64_MAX, -7, 0, (double)NAN, 0.0, 0, 0, 0 };
    struct bad two_values = { 600, 601, 0, 0, (double)NAN, (double)NAN, 0, 0, 0 };
    struct mcpar__failure f = fail(bad_trial, &value_then_return, MCPAR_ERR_VALUE);

    cr_assert(f.trial == 600 && f.observable == 2);
    f = fail(bad_trial, &return_then_value, MCPAR_ERR_TRIAL);
    cr_assert(f.trial == 600 && f.returned == 2);
    f = fail(bad_trial, &both_in_one, MCPAR_ERR_TRIAL);
    cr_assert(f.trial == 700 && f.returned == -7);
    f = fail(bad_trial, &two_values, MCPAR_ERR_VALUE);
    cr_assert_eq(f.trial, 600);
}

/* The lowest trial counts, not the lowest observable. */
static int bad_columns(mcpar_rng *rng, double *values, void *arg)
{
    (void)arg;
    values[0] = mcpar_trial_number(rng) == 900 ? (double)NAN : 0.0;
    values[1] = mcpar_trial_number(rng) == 800 ? (double)NAN : 0.0;
    values[2] = mcpar_trial_number(rng) == 800 ? (double)NAN : 0.0;
    return 0;
}

static int bad_columns_in_blocks(mcpar_block *block, void *arg)
{
    (void)arg;
    for (size_t i = 0; i < block->n; i++) {
        block->values[0][i] = block->first + i == 900 ? (double)NAN : 0.0;
        block->values[1][i] = block->first + i == 800 ? (double)NAN : 0.0;
        block->values[2][i] = block->first + i == 800 ? (double)NAN : 0.0;
    }
    return 0;
}

Test(trial, the_lowest_trial_then_the_lowest_observable)
{
    for (int form = 0; form < 2; form++) {
        struct mcpar__job job = job_of(&three_values, form ? NULL : bad_columns, form ? bad_columns_in_blocks : NULL, NULL);
        struct mcpar__failure f;
        struct mcpar__tally tally;

        cr_assert_eq(run_pieces(&job, 0, 5000, 5000, &tally, &f), MCPAR_ERR_VALUE);
        cr_assert(f.trial == 800 && f.observable == 1, "trial %llu, observable %zu", (unsigned long long)f.trial, f.observable);
        mcpar__tally_close(&tally);
    }
}

/* ---- Past the last draw ---- */

static int glutton(mcpar_rng *rng, double *values, void *arg)
{
    (void)values;
    if (mcpar_trial_number(rng) == 333) {
        cr_assert_eq(mcpar_rng_jump(rng, LAST_DRAW - 1), 0);
        (void)mcpar_uniform(rng);          /* the last that it may take */
        switch (*(int *)arg) {
        case 0: break;
        case 1: (void)mcpar_uniform(rng); break;
        case 2: (void)mcpar_word(rng); break;
        case 3: (void)mcpar_below(rng, 7); break;
        case 4: (void)mcpar_normal(rng); break;
        default:
            for (int i = 0; i < 500; i++)
                (void)mcpar_exponential(rng);
            (void)mcpar_rng_jump(rng, 0);
            (void)mcpar_uniform(rng);
        }
    }
    return 0;
}

Test(trial, a_trial_that_takes_more_than_all_draws_is_refused)
{
    for (int what = 0; what < 6; what++) {
        struct mcpar__job job = job_of(&hits_only, glutton, NULL, &what);
        struct mcpar__failure f = { 0 };
        struct mcpar__tally tally;

        cr_assert_eq(run_pieces(&job, 0, 1000, 1000, &tally, &f), what ? MCPAR_ERR_DRAWS : 0);
        cr_assert(!what || (f.code == MCPAR_ERR_DRAWS && f.trial == 333 && f.n == 1));
    }
}

/* Nobody has the memory to come there by drawing, so the test reaches into the block. */
static int glutton_in_blocks(mcpar_block *block, void *arg)
{
    struct mcpar__block *inside = (struct mcpar__block *)(void *)block;

    inside->draw = LAST_DRAW - 2;
    block->hits += mcpar_darts(block);     /* the last two that it may take, and once more the last */
    inside->draw = LAST_DRAW - 1;
    (void)mcpar_words(block);
    if (*(int *)arg == 1)
        (void)mcpar_uniforms(block);
    if (*(int *)arg == 2)
        (void)mcpar_words(block);
    if (*(int *)arg == 3)
        block->hits += mcpar_darts(block);
    return 0;
}

Test(trial, a_block_that_takes_more_than_all_draws_is_refused)
{
    for (int what = 0; what < 4; what++) {
        struct mcpar__job job = job_of(&hits_only, NULL, glutton_in_blocks, &what);
        struct mcpar__failure f = { 0 };
        struct mcpar__tally tally;

        cr_expect_eq(run_pieces(&job, 10, 100, 1000, &tally, &f), what ? MCPAR_ERR_DRAWS : 0, "case %d", what);
        cr_expect(!what || f.trial == 10, "trial %llu", (unsigned long long)f.trial);
    }
}

/* ---- Blocks that fail ---- */

struct plot {                              /* a block function that fails where one of these trials is in it */
    uint64_t bad[3];
    int returns;
    int hits;                              /* it reports too many hits instead */
    int value;                             /* it reports a NaN instead */
    uint64_t alone;                        /* calls with n = 1 */
    int only_together;                     /* fails only with n > 1 */
    uint64_t lowest_alone;
};

static int plotter(mcpar_block *block, void *arg)
{
    struct plot *plot = arg;
    int bad = 0;

    if (block->n == 1) {
        plot->alone++;
        plot->lowest_alone = block->first < plot->lowest_alone ? block->first : plot->lowest_alone;
    }
    for (size_t i = 0; i < block->n; i++)
        for (int b = 0; b < 3; b++)
            if (block->first + i == plot->bad[b] && !(plot->only_together && block->n == 1)) {
                bad = 1;
                if (plot->value)
                    block->values[1][i] = (double)NAN;
            }
    if (bad && plot->hits)
        block->hits = block->n + 1;
    return bad && !plot->hits && !plot->value ? plot->returns : 0;
}

static struct mcpar__failure fail_block(struct plot *plot, int code)
{
    struct mcpar__job job = job_of(&three_values, NULL, plotter, plot);
    struct mcpar__failure failure;
    struct mcpar__tally tally;

    plot->lowest_alone = UINT64_MAX;
    memset(&failure, 0x55, sizeof failure);
    cr_assert_eq(run_pieces(&job, 0, 20000, 20000, &tally, &failure), code);
    cr_assert_eq(failure.code, code);
    mcpar__tally_close(&tally);
    return failure;
}

Test(trial, a_block_that_fails_is_run_alone_to_name_its_lowest)
{
    static const int returns[] = { -1, 1, 2, INT_MIN, INT_MAX };

    for (size_t r = 0; r < 5; r++) {
        struct plot plot = { .bad = { 9005, 9003, 9001 }, .returns = returns[r] };
        struct mcpar__failure f = fail_block(&plot, MCPAR_ERR_TRIAL);

        cr_assert(f.trial == 9001 && f.n == 1 && f.returned == returns[r], "trial %llu returned %d",
                  (unsigned long long)f.trial, f.returned);
        cr_assert(plot.alone >= 1 && plot.alone <= 4096);
    }
}

Test(trial, a_block_with_too_many_hits)
{
    struct plot plot = { .bad = { 9005, 9003, 9001 }, .hits = 1 };
    struct mcpar__failure f = fail_block(&plot, MCPAR_ERR_HITS);

    cr_assert(f.trial == 9001 && f.n == 1 && f.hits == 2);
}

Test(trial, a_block_with_a_value_that_is_not_finite)
{
    struct plot plot = { .bad = { 9005, 9003, 9001 }, .value = 1 };
    struct mcpar__failure f = fail_block(&plot, MCPAR_ERR_VALUE);

    cr_assert(f.trial == 9001 && f.n == 1 && f.observable == 1);
}

Test(trial, a_block_that_fails_only_as_a_whole)
{
    struct plot plot = { .bad = { 9001, UINT64_MAX, UINT64_MAX }, .returns = -3, .only_together = 1 };
    struct mcpar__failure f = fail_block(&plot, MCPAR_ERR_TRIAL);

    cr_assert(f.n > 1 && f.trial <= 9001 && f.trial + f.n > 9001 && f.returned == -3);
    cr_assert(plot.alone == f.n && plot.lowest_alone == f.trial, "each was tried alone");
    plot = (struct plot){ .bad = { 9001, UINT64_MAX, UINT64_MAX }, .hits = 1, .only_together = 1 };
    f = fail_block(&plot, MCPAR_ERR_HITS);
    cr_assert(f.n > 1 && f.hits == f.n + 1);
    plot = (struct plot){ .bad = { 9001, UINT64_MAX, UINT64_MAX }, .value = 1, .only_together = 1 };
    f = fail_block(&plot, MCPAR_ERR_VALUE);
    cr_assert(f.trial == 9001 && f.observable == 1);
}

static int exactly_n(mcpar_block *block, void *arg)
{
    block->hits = block->n - (*(int *)arg > 0) + (*(int *)arg < 0);
    return 0;
}

static int minus_one_hit(mcpar_block *block, void *arg)
{
    (void)arg;
    block->hits--;                         /* 2^64 - 1 of them */
    return 0;
}

Test(trial, hits_up_to_n_are_fine)
{
    for (int what = -1; what < 2; what++) {
        struct mcpar__job job = job_of(&hits_only, NULL, exactly_n, &what);
        struct mcpar__tally tally;
        struct mcpar__failure f;

        cr_assert_eq(run_pieces(&job, 0, 999, 999, &tally, &f), what < 0 ? MCPAR_ERR_HITS : 0);
        cr_assert(what != 0 || tally.hits == 999);
    }
    {
        struct mcpar__job job = job_of(&hits_only, NULL, minus_one_hit, NULL);
        struct mcpar__tally tally;
        struct mcpar__failure f;

        cr_assert_eq(run_pieces(&job, 5, 10, 10, &tally, &f), MCPAR_ERR_HITS);
        cr_assert_eq(f.trial, 5);
    }
}

/* What the function finds: at least one trial, one after the other, all in range, its scratch, no values if none. */
struct order { uint64_t next; int good; };

static int in_order(mcpar_block *block, void *arg)
{
    struct order *order = arg;

    order->good &= block->n >= 1 && block->first == order->next && block->hits == 0 && block->scratch == arg &&
                   block->values == NULL;
    order->next += block->n;
    return 0;
}

Test(trial, blocks_come_in_order_and_leave_nothing_out)
{
    struct order order = { 1000, 1 };
    struct mcpar__job job = job_of(&hits_only, NULL, in_order, &order);
    struct mcpar__tally tally;
    struct mcpar__failure f;

    job.scratch_new = give;
    job.scratch_arg = &order;
    cr_assert_eq(run_pieces(&job, 1000, 30001, UINT64_MAX, &tally, &f), 0);
    cr_assert(order.good && order.next == 31001);
}

/* ---- Scratch memory ---- */

static int made, ended;
static void *last_scratch;

static void *scratch_new(void *arg)
{
    made++;
    last_scratch = *(int *)arg ? malloc(16) : NULL;
    return last_scratch;
}

static void scratch_free(void *scratch, void *arg)
{
    ended += scratch == last_scratch && arg != NULL;
    free(scratch);
}

static int nothing(mcpar_rng *rng, double *values, void *arg)
{
    (void)values, (void)arg;
    return mcpar_scratch(rng) == last_scratch;
}

Test(trial, scratch_is_made_once_and_freed_once)
{
    int give_it = 1;
    struct mcpar__job job = job_of(&hits_only, nothing, NULL, NULL);
    struct mcpar__tally tally;
    struct mcpar__failure f;

    job.scratch_new = scratch_new;
    job.scratch_free = scratch_free;
    job.scratch_arg = &give_it;
    cr_assert_eq(run_pieces(&job, 0, 3000, 100, &tally, &f), 0);
    cr_assert_eq(tally.hits, 3000);
    cr_assert(made == 1 && ended == 1, "made %d, freed %d", made, ended);
}

Test(trial, without_scratch_there_is_no_runner)
{
    int give_it = 0;
    struct mcpar__job job = job_of(&hits_only, nothing, NULL, NULL);
    struct mcpar__runner *runner = (struct mcpar__runner *)&job;

    job.scratch_new = scratch_new;
    job.scratch_free = scratch_free;
    job.scratch_arg = &give_it;
    cr_assert_eq(mcpar__runner_open(&runner, &job), MCPAR_ERR_SCRATCH);
    cr_assert_null(runner);
    cr_assert(made == 1 && ended == 0, "NULL is not freed");
    mcpar__runner_close(NULL);
}

/* ---- The floating-point environment ---- */

/* Does double arithmetic round to nearest? (fegetround asks the x87 unit, which double does not use on x86-64.) */
static int rounds_to_nearest(void)
{
    volatile double one = 1.0, little = 0x1p-60;

    return one + little == 1.0 && one - little == 1.0;
}

/* Raises flags without libm, whose feraiseexcept goes by the x87 unit. */
static void raise_flags(void)
{
    volatile double none = 0.0, large = DBL_MAX, least = DBL_MIN, x;

    x = none / none;
    x = 1.0 / none;
    x = large * large;
    x = least * least;
    (void)x;
}

/* Values that no rounding mode changes, from a trial that leaves another environment behind each time. */
static int litterer(mcpar_rng *rng, double *values, void *arg)
{
    uint64_t t = mcpar_trial_number(rng), word = expected_word(SEED, STREAM, t, 0);

    (void)arg;
    values[0] = mcpar_uniform(rng);
    values[1] = (double)(int32_t)word * 0x1p-1074;               /* a denormal, which FTZ and DAZ would lose */
    values[2] = (double)(int32_t)(word >> 32) * 0x1p900;
    raise_flags();
    host_leave((unsigned int)(t % HOSTS));
    return (int)(word & 1);
}

static int litterer_in_blocks(mcpar_block *block, void *arg)
{
    const double *u = mcpar_uniforms(block);

    (void)arg;
    for (size_t i = 0; i < block->n; i++) {
        uint64_t word = expected_word(SEED, STREAM, block->first + i, 0);

        block->values[0][i] = u[i];
        block->values[1][i] = (double)(int32_t)word * 0x1p-1074;
        block->values[2][i] = (double)(int32_t)(word >> 32) * 0x1p900;
        block->hits += word & 1;
    }
    raise_flags();
    host_leave((unsigned int)(block->first % HOSTS));
    return 0;
}

static void litter_expected(struct mcpar__tally *tally, uint64_t n)
{
    for (uint64_t t = 0; t < n; t++) {
        uint64_t word = expected_word(SEED, STREAM, t, 0);
        double v[3] = { (double)(word >> 11) * 0x1p-53, (double)(int32_t)word * 0x1p-1074,
                        (double)(int32_t)(word >> 32) * 0x1p900 };
        double *values[3] = { &v[0], &v[1], &v[2] };

        mcpar__tally_add(tally, values, 1, word & 1, work);
    }
    mcpar__tally_canonical(tally);
}

/* FTZ and DAZ that one trial leaves would change the denormals that the next computes, so each trial runs alone here;
 * what else a runner does goes on in whatever the trial left. */
Test(trial, what_a_trial_leaves_behind_does_not_reach_the_sums_nor_the_host)
{
    enum { N = 1600 };
    struct mcpar__tally wanted;

    cr_assert_eq(mcpar__tally_open(&wanted, &three_values), 0);
    litter_expected(&wanted, N);
    for (unsigned int host = 0; host < HOSTS; host++)
        for (int form = 0; form < 2; form++) {
            struct mcpar__job job = job_of(&three_values, form ? NULL : litterer, form ? litterer_in_blocks : NULL, NULL);
            struct mcpar__runner *runner;
            struct mcpar__failure f;
            struct mcpar__tally tally;
            uint64_t before, after;
            int err = 0;

            cr_assert_eq(mcpar__tally_open(&tally, &three_values), 0);
            cr_assert_eq(mcpar__runner_open(&runner, &job), 0);
            host_set(host);
            before = host_state();
            for (uint64_t t = 0; t < N && !err; t += form ? 100 : 1)
                err = mcpar__runner_run(runner, t, form ? 100 : 1, &tally, &f);
            after = host_state();
            host_reset();
            cr_assert_eq(err, 0);
            cr_assert_eq(before, after, "host %u: %#llx became %#llx", host, (unsigned long long)before,
                         (unsigned long long)after);
            mcpar__runner_close(runner);
            mcpar__tally_canonical(&tally);
            assert_same(&tally, &wanted, "host", host);
            mcpar__tally_close(&tally);
        }
    mcpar__tally_close(&wanted);
}

/* A value that the rounding mode, FTZ and DAZ do change: the trial runs in the default, whatever the host has set and
 * whatever the trial before left, so that it does not matter which trial was before. */
static int sensitive(mcpar_rng *rng, double *values, void *arg)
{
    volatile double x = mcpar_uniform(rng), third = 1.0 / 3.0, least = 5e-324;

    values[0] = x * third;
    values[1] = x / 7.0 + least;
    values[2] = least * 3.0;
    if (arg && mcpar_trial_number(rng) % 5 == 0)
        host_set(1 + (unsigned int)(mcpar_trial_number(rng) % (HOST_TRAPS - 1)));    /* never the default again */
    return rounds_to_nearest() || arg;
}

static void sensitive_tally(struct mcpar__tally *tally, uint64_t piece, void *arg, unsigned int host)
{
    struct mcpar__job job = job_of(&three_values, sensitive, NULL, arg);
    struct mcpar__runner *runner;
    struct mcpar__failure f;
    int err = 0;

    cr_assert_eq(mcpar__tally_open(tally, &three_values), 0);
    cr_assert_eq(mcpar__runner_open(&runner, &job), 0);
    host_set(host);
    for (uint64_t t = 0; t < 2048 && !err; t += piece)
        err = mcpar__runner_run(runner, t, piece, tally, &f);
    host_reset();
    cr_assert_eq(err, 0);
    mcpar__runner_close(runner);
    mcpar__tally_canonical(tally);
}

Test(trial, a_host_with_a_strange_environment_gets_the_same_bits)
{
    struct mcpar__tally wanted, got;

    sensitive_tally(&wanted, 2048, NULL, 0);
    cr_assert_eq(wanted.hits, 2048);
    for (unsigned int host = 0; host < HOSTS; host++) {
        sensitive_tally(&got, 512, NULL, host);
        assert_same(&got, &wanted, "host", host);
        mcpar__tally_close(&got);
    }
    mcpar__tally_close(&wanted);
}

/* Else chunk sizes would decide: the first trial of a chunk would run in the default, its neighbours not. */
Test(trial, what_a_trial_leaves_behind_does_not_reach_the_next_trial)
{
    struct mcpar__tally alone, together;

    sensitive_tally(&alone, 1, &alone, 0);
    sensitive_tally(&together, 2048, &alone, 0);
    assert_same(&together, &alone, "chunks of", 2048);
    mcpar__tally_close(&alone);
    mcpar__tally_close(&together);
}

/* A trial before left something behind; what comes of that is no failure, and counts for nothing. */
static int fails_after_a_dirty_one(mcpar_rng *rng, double *values, void *arg)
{
    uint64_t trial = mcpar_trial_number(rng);

    if (!rounds_to_nearest())
        return -1;
    values[0] += 1;
    values[1] = trial % 2 ? *(double *)arg : 0;
    if (trial % 1000 == 3)
        (void)fesetround(FE_UPWARD);
    return 1;
}

Test(trial, what_comes_of_a_left_environment_is_run_again_and_counts_once)
{
    double value = 1;
    struct mcpar__job job = job_of(&three_values, fails_after_a_dirty_one, NULL, &value);
    double one[] = { 1 }, half[] = { 0 }, *columns[] = { one, half, half };
    struct mcpar__tally tally, wanted;
    struct mcpar__failure f;

    for (uint64_t n = 4; n <= 5000; n = 2 * n + 1) {
        cr_assert_eq(run_pieces(&job, 0, n, n, &tally, &f), 0);
        cr_assert(rounds_to_nearest());
        cr_assert_eq(mcpar__tally_open(&wanted, &three_values), 0);
        for (uint64_t t = 0; t < n; t++) {
            half[0] = (double)(t % 2);
            columns[2] = (double[]){ 0 };
            mcpar__tally_add(&wanted, columns, 1, 1, work);
        }
        mcpar__tally_canonical(&wanted);
        assert_same(&tally, &wanted, "trials", n);
        mcpar__tally_close(&tally);
        mcpar__tally_close(&wanted);
    }
    value = (double)INFINITY;              /* but what fails in a clean one does */
    cr_assert_eq(run_pieces(&job, 0, 100, 100, &tally, &f), MCPAR_ERR_VALUE);
    cr_assert(f.trial == 1 && f.observable == 1 && rounds_to_nearest());
    mcpar__tally_close(&tally);
}

static int dirty_block(mcpar_block *block, void *arg)
{
    (void)arg;
    block->hits = rounds_to_nearest() ? block->n : 0;
    (void)fesetround(FE_UPWARD);
    return 0;
}

Test(trial, what_a_block_leaves_behind_does_not_reach_the_next_block)
{
    struct mcpar__job job = job_of(&hits_only, NULL, dirty_block, NULL);
    struct mcpar__tally tally;
    struct mcpar__failure f;

    cr_assert_eq(run_pieces(&job, 0, 50000, 50000, &tally, &f), 0);
    cr_assert(rounds_to_nearest());
    cr_assert_eq(tally.hits, 50000);
}

/* A block that failed may leave anything behind; the trials that are then run alone do not see it. */
static int fails_dirty(mcpar_block *block, void *arg)
{
    int clean = rounds_to_nearest();

    (void)arg;
    if (block->n > 1 || (clean && block->first == 7)) {
        (void)fesetround(FE_UPWARD);
        return block->n > 1 ? -1 : -2;
    }
    return clean ? 0 : -99;
}

Test(trial, what_a_failed_block_leaves_behind_does_not_reach_its_trials_alone)
{
    struct mcpar__job job = job_of(&hits_only, NULL, fails_dirty, NULL);
    struct mcpar__tally tally;
    struct mcpar__failure f;

    cr_assert_eq(run_pieces(&job, 0, 20, 20, &tally, &f), MCPAR_ERR_TRIAL);
    cr_assert(rounds_to_nearest());
    cr_assert(f.trial == 7 && f.returned == -2, "trial %llu returned %d", (unsigned long long)f.trial, f.returned);
}

/* On x86 long double is the x87 unit's, with a control word of its own, which fesetround and feenableexcept set too. */
static int in_long_double(mcpar_rng *rng, double *values, void *arg)
{
    volatile long double one = 1.0L, little = LDBL_EPSILON / 16, none = 0.0L, quotient = one;
    volatile long double up = one + little, down = one - little;

    (void)values, (void)arg;
    if (mcpar_trial_number(rng) == 0)
        quotient = one / none;             /* a host's trap would end the program */
    (void)quotient;
    return up == one && down == one && fegetround() == FE_TONEAREST;
}

Test(trial, long_double_rounds_to_nearest_without_traps_in_any_host)
{
    for (unsigned int host = 0; host < HOSTS; host++) {
        struct mcpar__job job = job_of(&hits_only, in_long_double, NULL, NULL);
        struct mcpar__runner *runner;
        struct mcpar__failure f;
        struct mcpar__tally tally;
        int err, mode, kept;

        cr_assert_eq(mcpar__tally_open(&tally, &hits_only), 0);
        cr_assert_eq(mcpar__runner_open(&runner, &job), 0);
        host_set(host);
        mode = fegetround();
        err = mcpar__runner_run(runner, 0, 10, &tally, &f);
        kept = fegetround() == mode;
        host_reset();
        mcpar__runner_close(runner);
        cr_assert(err == 0 && kept && tally.hits == 10, "host %u: %llu of 10 trials", host, (unsigned long long)tally.hits);
    }
}
