/* SPDX-License-Identifier: BSD-3-Clause */
/* Ranks of a node that share a queue of chunks. */
#include "sampling.h"

/* ---- Ranks that share a queue ---- */

static _Atomic uint64_t ran[FAKE_RANKS];           /* trials of each rank */
static _Atomic int meddled;

static void pause_ms(long ms)
{
    struct timespec t = { 0, ms * 1000000 };

    (void)nanosleep(&t, NULL);
}

static uint64_t all_ran(void)
{
    uint64_t sum = 0;

    for (int r = 0; r < FAKE_RANKS; r++)
        sum += atomic_exchange(&ran[r], 0);
    return sum;
}

/* Rank 0 sleeps over each of its trials. */
static int slow_on_rank_0(mcpar_rng *rng, double *values, void *arg)
{
    atomic_fetch_add(&ran[fake_here], 1);
    if (fake_here == 0)
        pause_ms(20);
    return trial(rng, values, arg);
}

static void sample_unevenly(struct fake_process *p)
{
    (void)fake_note(p, mcpar_sample(p->mc, 1000, slow_on_rank_0, NULL));
    (void)fake_note(p, mcpar_reduce(p->mc, &p->hits));
    (void)fake_note(p, mcpar_fingerprint(p->mc, p->print));
}

/* While one rank is at a long trial, the others take what it would have had: of 48 trials in the first round it runs a
 * few, and not the 16 of its part. */
Test(run, ranks_of_a_node_take_trials_as_they_come_free)
{
    struct sampling s = { 1000, 0, 0 };
    static struct fake_process wanted;

    wanted = reference(&s);
    fake_prepare(&job, 3, sample_unevenly, NULL);
    job.world.nodes = 1;
    fake_run(&job);
    no_errors(&job);
    for (int r = 0; r < 3; r++)
        cr_assert_str_eq(job.rank[r].print, wanted.print);
    cr_assert_lt(atomic_load(&ran[0]), 16, "%llu trials", (unsigned long long)atomic_load(&ran[0]));
    cr_assert_eq(all_ran(), 1000);
    cr_assert_eq(job.world.met[FAKE_SHARE], 0, "no collective call more on one node");
}

/* The first trial fails at once, all others take a while. */
static int fails_first(mcpar_rng *rng, double *values, void *arg)
{
    (void)values, (void)arg;
    atomic_fetch_add(&ran[fake_here], 1);
    if (mcpar_trial_number(rng) == 0)
        return -1;
    pause_ms(20);
    return 0;
}

static int only_slow(mcpar_rng *rng, double *values, void *arg)
{
    (void)rng, (void)values, (void)arg;
    atomic_fetch_add(&ran[fake_here], 1);
    pause_ms(20);
    return 0;
}

static void sample_what_fails(struct fake_process *p)
{
    (void)fake_note(p, mcpar_sample(p->mc, 48, p->job->arg ? only_slow : fails_first, NULL));
}

/* Of 48 trials the ranks run the first, and what each of them has begun when it fails. */
Test(run, no_trials_are_handed_out_above_one_that_failed)
{
    uint64_t n;

    fake_prepare(&job, 3, sample_what_fails, NULL);
    job.world.nodes = 1;
    fake_run(&job);
    all_say(1, MCPAR_ERR_TRIAL, "trial 0");
    n = all_ran();
    cr_assert(n >= 1 && n < 24, "%llu trials were run", (unsigned long long)n);
}

/* A rank that cannot go on, or cannot start, lets the others of its node know. */
Test(run, what_is_in_vain_is_not_run)
{
    for (int what = 0; what < 2; what++) {
        uint64_t n;

        memset(&fake_plan, 0, sizeof fake_plan);
        fake_plan.chunk = 50;
        fake_plan.on_rank = 1;
        fake_plan.round_fails = what ? 0 : MCPAR_ERR_KILLED;
        fake_plan.open_fails = what ? MCPAR_ERR_KILLED : 0;
        fake_prepare(&job, 3, sample_what_fails, &job);
        job.world.nodes = 1;
        job.pool = 1;
        fake_run(&job);
        all_say(1, MCPAR_ERR_KILLED, NULL);
        n = all_ran();
        cr_assert_lt(n, 24, "%llu trials were run", (unsigned long long)n);
    }
}

/* Trial 10 moves the cursor of its queue: by 3 forwards, so that nobody gets these, or to the beginning, so that others
 * get some that are taken already. What the ranks have then is no whole round, and all of them see it. */
static int meddles(mcpar_rng *rng, double *values, void *arg)
{
    if (mcpar_trial_number(rng) == 10 && !atomic_exchange(&meddled, 1))
        for (int i = 0; i < 2; i++) {
            uint64_t at = atomic_load(&job.world.queue[i][0].cursor);

            atomic_store(&job.world.queue[i][0].cursor, *(const int *)arg ? 0 : at + 3);
        }
    pause_ms(1);
    return trial(rng, values, NULL);
}

static void sample_meddling(struct fake_process *p)
{
    (void)fake_note(p, mcpar_sample(p->mc, 1000, meddles, p->job->arg));
    (void)fake_note(p, mcpar_reduce(p->mc, &p->hits));
}

Test(run, a_queue_that_gives_trials_to_nobody_or_twice)
{
    for (int twice = 0; twice < 2; twice++) {
        atomic_store(&meddled, 0);
        fake_prepare(&job, 3, sample_meddling, &twice);
        job.world.nodes = 1;
        fake_run(&job);
        all_say(1, MCPAR_ERR_WORKERS, "this is a bug in libmcpar");
        cr_assert_leq(job.rank[0].hits.trials, 10, "only the rounds before");
    }
}

/* The speed of a node is that of its ranks, and follows the speed that they showed. */
Test(run, nodes_weigh_what_their_ranks_do)
{
    struct sampling s = { 30000, 0, 0 };

    fake_prepare(&job, 5, sample_all, &s);
    job.world.nodes = 2;
    fake_run(&job);
    no_errors(&job);
    cr_assert_gt(job.world.met[FAKE_SHARE], 1);
    for (int r = 0; r < 5; r++)
        cr_assert(atomic_load(&job.world.speed[0][r]) > 0 && atomic_load(&job.world.speed[1][r]) > 0);
    cr_assert_gt(job.rank[0].seat.speed + job.rank[2].seat.speed + job.rank[4].seat.speed, 3);
}
