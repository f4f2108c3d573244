/* SPDX-License-Identifier: BSD-3-Clause */
/* The trial loop: the same tally by callback and by block however trials are cut. */
#include "pieces.h"
#include <stdlib.h>
#include <string.h>

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
        mcpar__tally_add(tally, values, t, 1, last < 0.3, work);
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
