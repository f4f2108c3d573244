/* SPDX-License-Identifier: BSD-3-Clause */
/* Trials that fail, on any number of ranks: the lowest is told by all of them, and what is below it is held. */
#include "sampling.h"
#include <math.h>

/* ---- Failing trials ---- */

struct failing {
    uint64_t n, bad[3];
    int value;                             /* a NaN, else a return of -5 */
};

static int failing_trial(mcpar_rng *rng, double *values, void *arg)
{
    const struct failing *f = arg;
    int hit = trial(rng, values, NULL);

    for (int i = 0; i < 3; i++)
        if (mcpar_trial_number(rng) == f->bad[i]) {
            if (!f->value)
                return -5;
            values[1] = (double)NAN;
        }
    return hit;
}

static uint64_t held_by[FAKE_RANKS];      /* trials, after the failure */

static void sample_failing(struct fake_process *p)
{
    struct failing *f = p->job->arg;
    int err = observe(p->mc);

    (void)fake_note(p, err ? err : mcpar_sample(p->mc, f->n, failing_trial, f));
    held_by[p->seat.rank] = mcpar__ledger_trials(&p->mc->held);
    (void)fake_note(p, mcpar_reduce(p->mc, &p->hits));
    (void)fake_note(p, mcpar_sample(p->mc, 0, trial, NULL));       /* what is missing, with good trials, as if nothing */
    read_off(p);                           /* had been */
}

static void check_failing(struct failing *f, int size, int nodes, int pool)
{
    struct sampling s = { f->n, 1, 0 };
    static struct fake_process wanted;
    uint64_t lowest = UINT64_MAX;
    char number[40];
    int told = 0;

    for (int i = 0; i < 3; i++)
        lowest = f->bad[i] < lowest ? f->bad[i] : lowest;
    (void)snprintf(number, sizeof number, "trial %llu", (unsigned long long)lowest);
    wanted = reference(&s);
    fake_prepare(&job, size, sample_failing, f);
    job.world.nodes = nodes;
    job.pool = pool;
    fake_run(&job);
    all_say(1, f->value ? MCPAR_ERR_VALUE : MCPAR_ERR_TRIAL, number);
    for (int r = 0; r < size; r++) {
        const struct fake_process *p = &job.rank[r];

        cr_assert_eq(p->codes, 11, "rank %d made %d calls", r, p->codes);
        for (int i = 2; i < p->codes; i++)
            cr_assert_eq(p->code[i], 0, "rank %d, call %d: %s", r, i, p->message[i]);
        told += strstr(p->message[1], "...) runs it alone, with seed 99 and stream 0") != NULL;
        cr_assert_not_null(strstr(p->message[1], f->value ? "observable 1 (large)" : "returned -5"), "%s", p->message[1]);
        same_answer(p, &wanted);
        cr_assert_eq(held_by[r], lowest, "rank %d of %d: holds %llu trials, not %llu", r, size,
                     (unsigned long long)held_by[r], (unsigned long long)lowest);
        cr_assert(p->mc == NULL && p->done == f->n);
    }
    cr_assert_eq(told, size, "%d of %d ranks say how to run it alone", told, size);
}

Test(run, the_lowest_failing_trial_on_any_number_of_ranks)
{
    struct failing cases[] = {
        { 20000, { 19999, UINT64_MAX, UINT64_MAX }, 0 }, { 20000, { 0, 1, 2 }, 0 }, { 20000, { 9000, 9100, 9200 }, 0 },
        { 20000, { 9200, 9100, 9000 }, 1 }, { 20000, { 15, 31, 47 }, 1 }, { 5, { 4, 3, UINT64_MAX }, 0 }
    };

    memset(&fake_plan, 0, sizeof fake_plan);
    fake_plan.chunk = 100;
    fake_plan.deaths = 10;
    for EACH(c, cases)
        for EACH(i, sizes)
            for EACH(j, layouts)
                for (int pool = 0; pool < 2 && layouts[j] <= sizes[i]; pool++)
                    check_failing(&cases[c], sizes[i], layouts[j], pool);
}

/* In one round a trial fails on each of several ranks, each in another way: what is told is all of the lowest. */
static int failing_in_many_ways(mcpar_rng *rng, double *values, void *arg)
{
    uint64_t t = mcpar_trial_number(rng);
    int lowest = *(int *)arg;

    if (t >= 20 && t % 10 == 0) {
        int way = (int)(t / 10 + (uint64_t)lowest) % 4;

        if (way < 2)
            values[way + 1] = (double)INFINITY;
        return way == 2 ? INT32_MIN : way == 3 ? 77 : 0;
    }
    return 0;
}

static void sample_many_ways(struct fake_process *p)
{
    int err = observe(p->mc);

    (void)fake_note(p, err ? err : mcpar_sample(p->mc, 128, failing_in_many_ways, p->job->arg));
}

Test(run, what_is_told_is_all_of_the_lowest)
{
    static const struct { int code; const char *text; } ways[] = {
        { MCPAR_ERR_TRIAL, "trial 20 returned -2147483648;" }, { MCPAR_ERR_TRIAL, "trial 20 returned 77;" },
        { MCPAR_ERR_VALUE, "trial 20, observable 1 (large);" }, { MCPAR_ERR_VALUE, "trial 20, observable 2 (small);" }
    };

    for (int lowest = 0; lowest < 4; lowest++)
        for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
            fake_prepare(&job, sizes[i / 2], sample_many_ways, &lowest);
            job.world.nodes = i % 2;
            fake_run(&job);
            all_say(1, ways[lowest].code, ways[lowest].text);
            for (int r = 1; r < job.world.size; r++)
                cr_assert_str_eq(job.rank[r].message[1], job.rank[0].message[1]);
        }
}

static void sample_failing_once(struct fake_process *p)
{
    struct failing *f = p->job->arg;

    (void)fake_note(p, mcpar_sample(p->mc, f->n, failing_trial, f));
    (void)fake_note(p, mcpar_reduce(p->mc, &p->hits));
    (void)fake_note(p, mcpar_fingerprint(p->mc, p->print));
    (void)fake_note(p, mcpar_sample(p->mc, 1, trial, NULL));       /* not before what is missing has been run */
    (void)fake_note(p, mcpar_observe(p->mc, 0, NULL));             /* and of other trials it cannot be run */
    (void)fake_note(p, mcpar_reduce(p->mc, &p->mean[0]));
    (void)fake_note(p, mcpar_sample(p->mc, 0, trial, NULL));
    (void)fake_note(p, mcpar_sample(p->mc, 1, trial, NULL));
    (void)fake_note(p, mcpar_reduce(p->mc, &p->mean[1]));
}

/* The trials below the one that failed are a valid result, that of a run of so many. It is partial until the others are
 * there, too. */
Test(run, what_stays_after_a_failure)
{
    struct failing f = { 30000, { 25000, UINT64_MAX, UINT64_MAX }, 0 };
    static struct fake_process wanted;
    struct sampling s = { 0, 0, 0 };

    fake_prepare(&job, 3, sample_failing_once, &f);
    fake_run(&job);
    all_say(1, MCPAR_ERR_TRIAL, "trial 25000");
    cr_assert_eq(job.rank[0].hits.trials, 25000);
    cr_assert_eq(job.rank[0].hits.status, MCPAR_STATUS_PARTIAL);
    all_say(4, MCPAR_ERR_STATE, "30000 trials were asked for before, and trial 25000 is missing");
    all_say(5, MCPAR_ERR_STATE, "25000 of 30000 trials");
    cr_assert(job.rank[0].mean[0].status == MCPAR_STATUS_PARTIAL && job.rank[0].mean[0].trials == 25000);
    all_say(7, 0, NULL);
    all_say(8, 0, NULL);
    cr_assert(job.rank[0].mean[1].status == MCPAR_STATUS_COMPLETE && job.rank[0].mean[1].trials == 30001);
    s.n = 25000;
    wanted = reference(&s);
    for (int r = 0; r < 3; r++) {
        cr_assert_str_eq(job.rank[r].print, wanted.print);
        cr_assert_eq(job.rank[r].hits.hits, wanted.hits.hits);
    }
}

/* Where nothing is held, trials are still asked for. */
static void fail_at_once(struct fake_process *p)
{
    struct failing *f = p->job->arg;

    (void)fake_note(p, observe(p->mc));
    (void)fake_note(p, mcpar_sample(p->mc, f->n, failing_trial, f));
    (void)fake_note(p, mcpar_observe(p->mc, 0, NULL));
    (void)fake_note(p, mcpar_observe_pairs(p->mc, 0, NULL));
    (void)fake_note(p, mcpar_sample(p->mc, 1, trial, NULL));
    (void)fake_note(p, mcpar_sample(p->mc, 0, trial, NULL));
    (void)fake_note(p, mcpar_reduce(p->mc, &p->hits));
    p->mc->asked += p->seat.rank == 1;     /* as never happens: the ranks would not end together */
    (void)fake_note(p, mcpar_sample(p->mc, 0, trial, NULL));
    (void)fake_note(p, mcpar_reduce(p->mc, NULL));
}

Test(run, a_failure_of_the_first_trial)
{
    struct failing f = { 100, { 0, UINT64_MAX, UINT64_MAX }, 0 };

    fake_prepare(&job, 2, fail_at_once, &f);
    fake_run(&job);
    all_say(2, MCPAR_ERR_TRIAL, "trial 0 ");
    all_say(3, MCPAR_ERR_STATE, "0 of 100 trials");
    all_say(4, MCPAR_ERR_STATE, "0 of 100 trials");
    all_say(5, MCPAR_ERR_STATE, "n = 0");
    all_say(6, 0, NULL);
    all_say(7, 0, NULL);
    cr_assert(job.rank[1].hits.trials == 100 && job.rank[1].hits.status == MCPAR_STATUS_COMPLETE);
    all_say(8, MCPAR_ERR_MISMATCH, "trials asked for before = 100; rank 1: trials asked for before = 101");
    all_say(9, MCPAR_ERR_MISMATCH, "mcpar_reduce, trials asked for before = 100");
}

/* A reset forgets what is missing. */
static void reset_after_failure(struct fake_process *p)
{
    struct failing *f = p->job->arg;

    (void)fake_note(p, mcpar_sample(p->mc, f->n, failing_trial, f));
    (void)fake_note(p, mcpar_reset(p->mc, 0));
    (void)fake_note(p, mcpar_sample(p->mc, 20, trial, NULL));
    (void)fake_note(p, mcpar_reduce(p->mc, &p->hits));
}

Test(run, a_reset_after_a_failure)
{
    struct failing f = { 1000, { 500, UINT64_MAX, UINT64_MAX }, 0 };

    fake_prepare(&job, 2, reset_after_failure, &f);
    fake_run(&job);
    all_say(1, MCPAR_ERR_TRIAL, "trial 500");
    all_say(3, 0, NULL);
    all_say(4, 0, NULL);
    cr_assert(job.rank[1].hits.trials == 20 && job.rank[1].hits.status == MCPAR_STATUS_COMPLETE);
}

/* Trials that are not the same each time: 900 fails at first. When those below it are run again, 700 fails, then no
 * other, or always another one. */
static _Atomic int time_of_day;

static int fails_by_time(mcpar_rng *rng, double *values, void *arg)
{
    uint64_t t = mcpar_trial_number(rng), bad = 900 - 100 * (uint64_t)atomic_load(&time_of_day);

    (void)values;
    if (t >= 16 && t == bad && (*(const int *)arg || t > 600)) {
        atomic_fetch_add(&time_of_day, t == 900 ? 2 : 1);
        return -1;
    }
    return 0;
}

static void sample_by_time(struct fake_process *p)
{
    (void)fake_note(p, mcpar_sample(p->mc, 1000, fails_by_time, p->job->arg));
    p->done = mcpar__ledger_trials(&p->mc->held);
    (void)fake_note(p, mcpar_reduce(p->mc, &p->hits));
    if (mcpar_size(p->mc) == 1 || !*(int *)p->job->arg)        /* in small rounds, trials may be held before they fail */
        cr_assert_eq(mcpar_note(p->mc, 0) != NULL, *(int *)p->job->arg);
}

Test(run, trials_below_a_failed_one_that_fail_only_when_they_are_run_again)
{
    for (int endless = 0; endless < 2; endless++)
        for (int size = 1; size < 4; size++) {
            atomic_store(&time_of_day, 0);
            fake_prepare(&job, size, sample_by_time, &endless);
            fake_run(&job);
            all_say(1, MCPAR_ERR_TRIAL, endless ? NULL : "trial 700");
            all_say(2, 0, NULL);
            for (int r = 0; r < size; r++) {
                cr_assert_eq(job.rank[r].hits.status, job.rank[r].hits.trials ? MCPAR_STATUS_PARTIAL : MCPAR_STATUS_EMPTY);
                cr_assert(endless ? job.rank[r].hits.trials <= (size == 1 ? 400 : 700) : job.rank[r].hits.trials == 700,
                          "%llu trials", (unsigned long long)job.rank[r].hits.trials);
            }
        }
}

/* A failed trial on one rank and a pool that breaks on another in the same round: one code for all. */
Test(run, a_trial_fails_while_another_ranks_pool_breaks)
{
    struct failing f = { 1000, { 0, UINT64_MAX, UINT64_MAX }, 0 };

    memset(&fake_plan, 0, sizeof fake_plan);
    fake_plan.chunk = 10;
    fake_plan.on_rank = 2;
    fake_plan.round_fails = MCPAR_ERR_KILLED;
    fake_prepare(&job, 3, sample_failing_once, &f);
    job.pool = 1;
    fake_run(&job);
    all_say(1, MCPAR_ERR_KILLED, NULL);
}
