/* SPDX-License-Identifier: BSD-3-Clause */
/* Sampling calls over several ranks and a pool that loses chunks: the same answer as one serial process. Ranks are
 * threads: see fake.h. */
#include "sampling.h"

/* ---- One answer ---- */

Test(run, any_number_of_ranks_gives_the_serial_answer)
{
    static const uint64_t trials[] = { 0, 1, 2, 7, 100, 1000, 30000 };

    for EACH(t, trials)
        for EACH(i, sizes)
            for (int seen = 0; seen < 2; seen++) {
                struct sampling s = { trials[t], seen, 0 };

                as_reference(&s, sizes[i], 0, 0);
            }
}

Test(run, ranks_that_come_late_and_workers_that_die_do_not_matter)
{
    static const uint64_t chunks[] = { 1, 3, 64, 1000 };

    fake_plan.deaths = 25;
    for EACH(c, chunks)
        for EACH(i, sizes) {
            struct sampling s = { 3000 + 100 * c, 1, 0 };

            fake_plan.chunk = chunks[c];
            as_reference(&s, sizes[i], 1, 1);
        }
}

Test(run, calls_of_any_sizes_and_both_forms_add_up)
{
    for EACH(i, sizes)
        for (int pool = 0; pool < 2; pool++) {
            struct sampling s = { 20001, 1, 1 };

            as_reference(&s, sizes[i], pool, 0);
        }
}

/* ---- What travels ---- */

static void reduce_twice(struct fake_process *p)
{
    mcpar_estimate again;
    char print[MCPAR_FINGERPRINT_SIZE];

    sample_all(p);
    (void)fake_note(p, mcpar_reduce(p->mc, &again));
    same_estimate(&again, &p->hits);
    (void)fake_note(p, mcpar_fingerprint(p->mc, print));
    if (strcmp(print, p->print))
        (void)fake_note(p, -1);
}

/* A reduce is one small message, and one sum where there are observables. */
Test(run, a_reduce_is_one_small_message_and_one_sum_and_changes_nothing)
{
    for (int seen = 0; seen < 2; seen++) {
        struct sampling s = { 5, seen, 0 };
        uint64_t agreed;

        fake_prepare(&job, 3, sample_all, &s);
        fake_run(&job);
        no_errors(&job);
        agreed = job.world.met[FAKE_AGREE];
        cr_assert_eq(job.world.met[FAKE_ADD], (uint64_t)seen);
        fake_prepare(&job, 3, reduce_twice, &s);
        fake_run(&job);
        no_errors(&job);
        cr_assert_eq(job.world.met[FAKE_AGREE], agreed + 1);
        cr_assert_eq(job.world.met[FAKE_ADD], 2 * (uint64_t)seen);
    }
}

/* Trials whose values are zero but for one, or on some ranks only, or everywhere: windows that are empty or differ. */
static int sparse(mcpar_rng *rng, double *values, void *arg)
{
    uint64_t t = mcpar_trial_number(rng);

    (void)arg;
    switch (*(const int *)arg) {
    case 0: break;
    case 1: values[1] = t == 3 ? 1e300 : 0.0; break;
    case 2: values[0] = t == 79 ? 5e-324 : 0.0; break;
    case 3: values[0] = t < 40 ? 1e-300 : 1e300, values[2] = t < 40 ? -1e300 : 1e-300; break;
    case 4: values[0] = t % 2 ? DBL_MAX : -DBL_MAX; break;       /* sums that cancel, squares that do not */
    default: values[2] = t == 0 ? -DBL_MAX : -5e-324;
    }
    return 0;
}

static void sample_sparse(struct fake_process *p)
{
    int err = observe(p->mc);

    (void)fake_note(p, err ? err : mcpar_sample(p->mc, 80, sparse, p->job->arg));
    read_off(p);
}

Test(run, windows_of_ranks_that_have_nothing_or_something_else)
{
    for (int what = 0; what < 6; what++) {
        static struct fake_process wanted;

        fake_prepare(&job, 1, sample_sparse, &what);
        fake_run(&job);
        no_errors(&job);
        wanted = job.rank[0];
        for EACH(i, sizes) {
            fake_prepare(&job, sizes[i], sample_sparse, &what);
            fake_run(&job);
            no_errors(&job);
            for (int r = 0; r < sizes[i]; r++)
                same_answer(&job.rank[r], &wanted);
            /* One value or cube uses a limb or three, a square up to five. 3 sums of values, 3 of cubes and 5 of products
             * travel, and for each observable whether the cubes are known. */
            cr_assert(what > 2 || job.world.limbs <= 6 * 3 + 5 * 5 + 3, "%zu limbs", job.world.limbs);
            cr_assert(what > 0 || job.world.limbs == 3);
        }
    }
}

/* A rank's speed is its speed: with more than one round it is no longer the 1 that all begin with. */
Test(run, ranks_weigh_what_they_showed)
{
    struct sampling s = { 30000, 0, 0 };

    fake_prepare(&job, 3, sample_all, &s);
    fake_run(&job);
    no_errors(&job);
    cr_assert_gt(job.world.met[FAKE_SHARE], 1);
    for (int r = 0; r < 3; r++)
        cr_assert_gt(job.rank[r].seat.speed, 1, "rank %d: %llu", r, (unsigned long long)job.rank[r].seat.speed);
}

/* ---- Reset ---- */

static void reset_and_sample(struct fake_process *p)
{
    int err = observe(p->mc);

    if (!err)
        err = mcpar_sample(p->mc, 777, trial, NULL);
    if (!err)
        err = mcpar_reset(p->mc, 5);
    (void)fake_note(p, err ? err : mcpar_sample(p->mc, 1234, trial, NULL));
    read_off(p);
}

Test(run, after_a_reset_it_is_the_answer_of_that_stream)
{
    struct sampling s = { 1234, 1, 0 };
    static struct fake_process wanted;

    fake_prepare(&job, 2, sample_all, &s);
    job.rank[0].options.stream = job.rank[1].options.stream = 5;
    fake_run(&job);
    no_errors(&job);
    wanted = job.rank[0];
    fake_prepare(&job, 3, reset_and_sample, NULL);
    fake_run(&job);
    no_errors(&job);
    for (int r = 0; r < 3; r++)
        same_answer(&job.rank[r], &wanted);
}
