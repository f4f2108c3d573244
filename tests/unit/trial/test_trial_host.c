/* SPDX-License-Identifier: BSD-3-Clause */
/* What a trial finds and leaves: zeroed values, scratch memory, and that nothing of its floating-point environment or
 * the host's gets into a sum. */
#include "pieces.h"
#include <math.h>
#include <stdlib.h>

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

        mcpar__tally_add(tally, values, t, 1, word & 1, work);
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
            mcpar__tally_add(&wanted, columns, t, 1, 1, work);
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
