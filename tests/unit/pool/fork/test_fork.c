/* SPDX-License-Identifier: BSD-3-Clause */
/* test_fork.c - the fork pool gives the serial pool's bits, whatever the number of workers and rounds */
#include "test_fork.h"

static const int counts[] = { 1, 2, 3, 7, 16 };

TestSuite(pool_fork, .init = share, .timeout = 120);

Test(pool_fork, hits)
{
    struct mcpar__job job = job_of(dart, &hits_only);
    struct traces before = traces();

    refer(&job, 5, 400000);
    for (size_t i = 0; i < COUNT(counts); i++) {
        cr_expect(compare(&job, counts[i], 5, 400000, 1), "%d workers", counts[i]);
        cr_expect_eq(answer.workers, counts[i]);
        cr_expect(compare(&job, counts[i], 5, 400000, 16), "%d workers, 16 rounds", counts[i]);
    }
    expect_no_traces(before);
}

Test(pool_fork, observables_and_pairs)
{
    struct mcpar__job job = job_of(values_of, &sums);
    struct traces before = traces();

    refer(&job, 0, 60000);
    for (size_t i = 0; i < COUNT(counts); i++) {
        cr_expect(compare(&job, counts[i], 0, 60000, 1), "%d workers", counts[i]);
        cr_expect(compare(&job, counts[i], 0, 60000, 10), "%d workers, 10 rounds", counts[i]);
    }
    expect_no_traces(before);
}

static int darts(mcpar_block *block, void *arg)
{
    const double *x = mcpar_uniforms(block), *y = mcpar_uniforms(block);

    (void)arg;
    for (size_t i = 0; i < block->n; i++)
        block->hits += x[i] * x[i] + y[i] * y[i] < 1.0;
    return 0;
}

Test(pool_fork, blocks)
{
    struct mcpar__job job = job_of(dart, &hits_only);

    refer(&job, 0, 300000);
    job.trial = NULL;
    job.block = darts;
    for (size_t i = 0; i < COUNT(counts); i++)
        cr_expect(compare(&job, counts[i], 0, 300000, 3), "%d workers", counts[i]);
}

Test(pool_fork, few_trials_and_many_workers)
{
    struct mcpar__job job = job_of(values_of, &sums);

    for (uint64_t n = 1; n < 20; n++) {
        refer(&job, n, n);
        for (size_t i = 0; i < COUNT(counts); i++)
            cr_expect(compare(&job, counts[i], n, n, 1), "%d workers, %d trials", counts[i], (int)n);
    }
}

Test(pool_fork, the_last_trials_there_are)
{
    struct mcpar__job job = job_of(dart, &hits_only);
    uint64_t first = UINT64_MAX - 100000;

    refer(&job, first, 100000);
    for (size_t i = 0; i < COUNT(counts); i++)
        cr_expect(compare(&job, counts[i], first, 100000, 1), "%d workers", counts[i]);
}

/* Where a slot is far longer than a page. */
Test(pool_fork, many_observables)
{
    enum { MANY = 700 };
    static char *many[MANY];
    static struct mcpar__schema schema = { MANY, 0, many, NULL };
    struct mcpar__job job = { .seed = 1, .schema = &schema };

    for (size_t i = 0; i < MANY; i++)
        many[i] = names[0];
    job.trial = values_of;
    refer(&job, 0, 3000);
    cr_expect(compare(&job, 3, 0, 3000, 1));
    cr_expect(compare(&job, 2, 0, 3000, 3));
}

/* ---- Uneven trials ---- */

/* Counts what each worker has spent, in units of a plain trial. */
static int uneven(mcpar_rng *rng, double *values, void *arg)
{
    uint64_t trial = mcpar_trial_number(rng);
    long cost = trial == 500 || trial == 600 || trial == 700 || trial == 800 ? 1000 : 1;

    sleep_us(cost * 200);
    for (int i = 0; i < SEATS; i++)
        if (atomic_load(&shared->pid[i]) == (int)getpid())
            (void)atomic_fetch_add(&shared->number[i], (uint64_t)cost);
    return dart(rng, values, arg);
}

/* Equal parts would put all four long trials, 4,496 units, on one of four workers; 1,499 is the best there can be. */
Test(pool_fork, uneven_trials_are_balanced)
{
    struct mcpar__job job = job_of(dart, &hits_only);
    uint64_t most = 0, all = 0;

    refer(&job, 0, 2000);
    job.trial = uneven;
    mcpar__step = record;
    cr_expect(compare(&job, 4, 0, 2000, 1));
    for (int i = 0; i < 4; i++) {
        uint64_t spent = atomic_load(&shared->number[i]);

        all += spent;
        most = spent > most ? spent : most;
    }
    cr_expect_eq(all, 1996 + 4000);
    cr_expect_leq(most, 2700, "one worker spent %d of %d", (int)most, (int)all);
}

/* ---- A ledger that is full ---- */

static int own = -1;                       /* mailbox, in a worker */

static int waits(mcpar_rng *rng, double *values, void *arg)
{
    if (own > 1)
        sleep_us(400000);
    own = 0;
    return dart(rng, values, arg);
}

static void take_turns(const char *step, int mailbox)
{
    if (!strcmp(step, "started")) {
        own = mailbox;
        (void)atomic_fetch_add(&shared->deaths, 1);
    }
    if (!strcmp(step, "taken") && mailbox < 2) {
        uint64_t mine = atomic_fetch_add(&shared->number[mailbox], 1) + 1;

        for (int us = 0; us < 2000 && atomic_load(&shared->number[1 - mailbox]) < mine + (uint64_t)mailbox; us += 20)
            sleep_us(20);
    }
    if (!strcmp(step, "done"))
        (void)atomic_fetch_add(&shared->count, 1);
}

/* All but two of many workers are held up, so chunks are small, and the two take turns, so that none of the chunks of
 * one touch: a full ledger is handed in, its worker goes on, nothing is lost. */
Test(pool_fork, more_chunks_than_a_ledger_holds)
{
    struct mcpar__job job = job_of(dart, &hits_only);

    refer(&job, 0, 1000000);
    job.trial = waits;
    mcpar__step = take_turns;
    cr_expect(compare(&job, 60, 0, 1000000, 1));
    cr_expect_eq(atomic_load(&shared->deaths), 60, "a worker had to be replaced");
    cr_expect_gt(atomic_load(&shared->count), 60, "no ledger was ever full: %d", atomic_load(&shared->count));
}

/* ---- What the trial gets ---- */

static int writes_arg(mcpar_rng *rng, double *values, void *arg)
{
    *(int *)arg += 1;
    return dart(rng, values, NULL);
}

Test(pool_fork, what_a_worker_writes_is_its_own)
{
    struct mcpar__job job = job_of(dart, &hits_only);
    int number = 3;

    refer(&job, 0, 1000);
    job.trial = writes_arg;
    job.arg = &number;
    cr_expect(compare(&job, 3, 0, 1000, 2));
    cr_expect_eq(number, 3);
}

static void *scratch_new(void *arg)
{
    (void)arg;
    (void)atomic_fetch_add(&shared->count, 1);
    return malloc(100);
}

static void scratch_free(void *scratch, void *arg)
{
    (void)arg;
    free(scratch);
    (void)atomic_fetch_add(&shared->deaths, 1);
}

Test(pool_fork, scratch_memory_is_made_and_freed_in_each_worker)
{
    struct mcpar__job job = job_of(dart, &hits_only);

    refer(&job, 0, 1000);
    job.scratch_new = scratch_new;
    job.scratch_free = scratch_free;
    cr_expect(compare(&job, 5, 0, 1000, 2));
    cr_expect_eq(atomic_load(&shared->count), 5);
    cr_expect_eq(atomic_load(&shared->deaths), 5);
}

static void *no_scratch(void *arg)
{
    (void)arg;
    return NULL;
}

static void *deadly_scratch(void *arg)
{
    (void)arg;
    abort();
}

Test(pool_fork, no_scratch_memory)
{
    struct mcpar__job job = job_of(dart, &hits_only);
    struct traces before = traces();

    job.scratch_new = no_scratch;
    cr_expect_not(compare(&job, 3, 0, 1000, 1));
    cr_expect_eq(answer.code, MCPAR_ERR_SCRATCH);
    job.scratch_new = deadly_scratch;
    cr_expect_not(compare(&job, 3, 0, 1000, 1));
    cr_expect_eq(answer.code, MCPAR_ERR_SCRATCH);
    cr_expect(strstr(answer.report.text, "Aborted"), "%s", answer.report.text);
    expect_no_traces(before);
}
