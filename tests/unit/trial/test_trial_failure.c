/* SPDX-License-Identifier: BSD-3-Clause */
/* What each bad trial and each bad block is told as. */
#include "pieces.h"
#include <limits.h>
#include <math.h>

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
