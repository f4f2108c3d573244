/* SPDX-License-Identifier: BSD-3-Clause */
/* test_fork_cut.c - rounds that end by the clock: what was handed out counts, exactly, and the next round goes on there */
#include "base/clock.h"
#include "test_fork.h"

#define MS UINT64_C(1000000)

TestSuite(pool_fork_cut, .init = share, .timeout = 60);

/* Like values_of, but takes a millisecond. */
static int slowly(mcpar_rng *rng, double *values, void *arg)
{
    sleep_us(1000);
    return values_of(rng, values, arg);
}

/* The trials of one round from `first` on, which is cut after so many ns. */
static uint64_t cut(void *pool, uint64_t first, uint64_t n, uint64_t limit_ns, struct mcpar__result *into)
{
    struct mcpar__result part;

    cr_assert_eq(mcpar__result_open(&part, into->tally.schema), 0);
    cr_expect_eq(mcpar__pool_fork.round(pool, first, &n, limit_ns, &part, &answer.failure, &answer.report), 0, "%s",
                 answer.report.text);
    mcpar__tally_canonical(&part.tally);
    if (!answer.failure.code)
        cr_expect_eq(mcpar__result_merge(into, &part), 0);
    mcpar__result_close(&part);
    return n;
}

/* Opens a pool of 3, and the sum of its rounds. */
static void *opened(const struct mcpar__job *job)
{
    void *pool;

    drop(&answer);
    answer = (struct outcome){ 0 };
    cr_assert_eq(mcpar__result_open(&answer.sum, job->schema), 0);
    cr_assert_eq(mcpar__pool_fork.open(&pool, job, 3, &answer.report), 0);
    return pool;
}

static void expect_reference(struct mcpar__job job, mcpar_trial_fn quick, uint64_t first, uint64_t n)
{
    job.trial = quick;
    refer(&job, first, n);
    cr_expect(same(&answer.sum, &reference.sum));
}

Test(pool_fork_cut, a_round_within_its_time_is_whole)
{
    struct mcpar__job job = job_of(values_of, &sums);
    struct traces before = traces();
    void *pool = opened(&job);

    cr_expect_eq(cut(pool, 10, 1000, 30000 * MS, &answer.sum), 1000);
    mcpar__pool_fork.close(pool);
    expect_reference(job, values_of, 10, 1000);
    expect_no_traces(before);
}

Test(pool_fork_cut, the_trials_that_were_begun_count_and_the_next_round_goes_on_with_the_same_workers)
{
    struct mcpar__job job = job_of(slowly, &sums);
    struct traces before = traces();
    void *pool = opened(&job);
    uint64_t done = 0, rounds = 0;

    mcpar__step = record;
    while (done < 300) {
        uint64_t start = mcpar__nanoseconds(), n = cut(pool, 5 + done, UINT64_C(1) << 40, 10 * MS, &answer.sum);

        cr_assert(n >= 3 && n < 20000, "%llu trials", (unsigned long long)n);
        cr_expect_lt(mcpar__nanoseconds() - start, 5000 * MS);
        cr_expect_eq(answer.sum.ledger.n, 1, "no gap");
        done += n;
        rounds++;
    }
    cr_expect_gt(rounds, 1);
    cr_expect_eq(mcpar__pool_fork.workers(pool), 3);
    mcpar__pool_fork.close(pool);
    expect_reference(job, values_of, 5, done);
    expect_no_traces(before);
}

Test(pool_fork_cut, every_worker_gets_to_work_first_however_short_the_time)
{
    struct mcpar__job job = job_of(slowly, &sums);
    void *pool = opened(&job);
    uint64_t n = cut(pool, 0, 100000, 1, &answer.sum);

    cr_expect(n >= 3 && n < 2000, "%llu trials", (unsigned long long)n);
    mcpar__pool_fork.close(pool);
    expect_reference(job, values_of, 0, n);
}

/* Every 40th trial kills its worker the first time. */
static int deadly(mcpar_rng *rng, double *values, void *arg)
{
    uint64_t trial = mcpar_trial_number(rng);

    if (trial % 40 == 17 && trial / 40 < SEATS && !atomic_exchange(&shared->number[trial / 40], 1))
        (void)kill(getpid(), SIGKILL);
    return slowly(rng, values, arg);
}

Test(pool_fork_cut, what_dead_workers_lost_below_the_cut_is_run_again)
{
    struct mcpar__job job = job_of(deadly, &sums);
    struct traces before = traces();
    void *pool = opened(&job);
    uint64_t done = 0;

    while (done < 200) {
        done += cut(pool, done, 1000000, 10 * MS, &answer.sum);
        cr_assert(answer.sum.ledger.n == 1, "%llu ranges", (unsigned long long)answer.sum.ledger.n);
    }
    mcpar__pool_fork.close(pool);
    expect_reference(job, values_of, 0, done);
    expect_no_traces(before);
}

static int fails_at_30(mcpar_rng *rng, double *values, void *arg)
{
    return mcpar_trial_number(rng) >= 30 ? -7 : slowly(rng, values, arg);
}

Test(pool_fork_cut, the_lowest_failing_trial_is_found)
{
    struct mcpar__job job = job_of(fails_at_30, &sums);
    void *pool = opened(&job);
    uint64_t done = 0;

    while (done < 1000 && !answer.failure.code)
        done += cut(pool, done, 1000000, 5 * MS, &answer.sum);
    cr_expect_eq(answer.failure.code, MCPAR_ERR_TRIAL);
    cr_expect_eq(answer.failure.trial, 30);
    mcpar__pool_fork.close(pool);
}

static void never_started(const char *step, int mailbox)
{
    (void)mailbox;
    if (!strcmp(step, "started"))
        for (;;)
            sleep_us(1000000);
}

Test(pool_fork_cut, where_no_worker_starts_the_calling_thread_runs_a_little)
{
    struct mcpar__job job = job_of(values_of, &sums);
    struct traces before = traces();
    void *pool;
    uint64_t n;

    mcpar__step = never_started;
    mcpar__start_ns = 200 * MS;
    job.may_be_serial = true;
    pool = opened(&job);
    n = cut(pool, 0, UINT64_C(1) << 50, 5 * MS, &answer.sum);
    cr_expect(n >= 1 && n < 1000000, "%llu trials", (unsigned long long)n);
    cr_expect_eq(mcpar__pool_fork.workers(pool), 1);
    n += cut(pool, n, 500, 5 * MS, &answer.sum);
    mcpar__pool_fork.close(pool);
    expect_reference(job, values_of, 0, n);
    expect_no_traces(before);
}
