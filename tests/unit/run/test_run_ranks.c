/* SPDX-License-Identifier: BSD-3-Clause */
/* Ranks that differ, fail or cannot communicate: the same code on all ranks, and nobody left waiting.
 *
 * To be linked with -Wl,--wrap=calloc. */
#include "sampling.h"
#include "wrapped.h"

/* ---- Ranks that differ ---- */

static void differ(struct fake_process *p)
{
    static const char *const names[] = { "x", "y" }, *const others[] = { "x", "z" };
    static const size_t pairs[][2] = { { 0, 1 }, { 1, 1 } };
    int odd = p->seat.rank == p->job->world.size - 1, what = *(int *)p->job->arg, err = 0;

    switch (what) {
    case 0: (void)fake_note(p, mcpar_sample(p->mc, odd ? 11 : 10, trial, NULL)); break;
    case 1:
        (void)fake_note(p, odd ? mcpar_sample(p->mc, 10, trial, NULL) : mcpar_sample_block(p->mc, 10, block, NULL));
        break;
    case 2:
        err = mcpar_observe(p->mc, 2, odd ? names : others);
        (void)fake_note(p, err ? err : mcpar_sample(p->mc, 10, trial, NULL));
        break;
    case 3:
        err = mcpar_observe(p->mc, odd ? 1 : 2, names);
        (void)fake_note(p, err ? err : mcpar_sample(p->mc, 10, trial, NULL));
        break;
    case 4:
        err = mcpar_observe(p->mc, 2, names);
        err = err ? err : mcpar_observe_pairs(p->mc, 1, pairs[odd]);
        (void)fake_note(p, err ? err : mcpar_sample(p->mc, 10, trial, NULL));
        break;
    case 5: (void)fake_note(p, mcpar_reset(p->mc, odd ? 3 : 4)); break;
    case 6: (void)fake_note(p, odd ? mcpar_sample(p->mc, 10, trial, NULL) : mcpar_reduce(p->mc, NULL)); break;
    case 7: (void)fake_note(p, odd ? mcpar_reset(p->mc, 0) : mcpar_reduce(p->mc, NULL)); break;
    case 8:
        err = mcpar_observe(p->mc, 2, odd ? names : others);
        (void)fake_note(p, err ? err : mcpar_reduce(p->mc, NULL));
        break;
    default: (void)fake_note(p, mcpar_sample(p->mc, odd ? 0 : 10, trial, NULL));
    }
    /* The handle goes on. */
    if (p->mc->schema.observables)
        err = mcpar_observe(p->mc, 0, NULL);
    err = err ? err : mcpar_reset(p->mc, 0);
    err = err ? err : mcpar_sample(p->mc, 100, trial, NULL);
    (void)fake_note(p, err ? err : mcpar_reduce(p->mc, &p->hits));
}

/* What all ranks are told: # stands for the number of the odd one. */
static const char *const differences[] = {
    ": rank 0: mcpar_sample, n = 10; rank #: n = 11 (n is the number of trials of all ranks together)",
    ": rank 0: mcpar_sample_block, n = 10; rank #: mcpar_sample, n = 10",
    ": rank 0: mcpar_sample, observables = 2 (x, z); rank #: observables = 2 (x, y)",
    ": rank 0: mcpar_sample, observables = 2 (x, y); rank #: observables = 1 (x)",
    ": rank 0: mcpar_sample, its observables or pairs; rank #: other observables or pairs",
    ": rank 0: mcpar_reset, stream = 4; rank #: stream = 3",
    ": rank 0: mcpar_reduce; rank #: mcpar_sample, n = 10",
    ": rank 0: mcpar_reduce; rank #: mcpar_reset",
    ": rank 0: mcpar_reduce, observables = 2 (x, z); rank #: observables = 2 (x, y)",
    ": rank 0: mcpar_sample, n = 10; rank #: n = 0 (n is the number of trials of all ranks together)"
};

Test(run, other_arguments_or_another_call_give_a_mismatch_everywhere_and_the_handle_goes_on)
{
    for (int what = 0; what < 10; what++)
        for EACH(i, sizes)
            if (sizes[i] > 1) {
                char words[200];

                (void)snprintf(words, sizeof words, "%s", differences[what]);
                *strchr(words, '#') = (char)('0' + sizes[i] - 1);
                fake_prepare(&job, sizes[i], differ, &what);
                fake_run(&job);
                all_say(0, 0, NULL);
                all_say(1, MCPAR_ERR_MISMATCH, NULL);
                for (int r = 0; r < sizes[i]; r++)
                    cr_assert_str_eq(job.rank[r].message[1] + strlen(mcpar_strerror(MCPAR_ERR_MISMATCH)), words);
                all_say(2, 0, NULL);
                for (int r = 0; r < sizes[i]; r++) {
                    cr_assert_eq(job.rank[r].hits.trials, 100);
                    cr_assert_eq(job.rank[r].hits.hits, job.rank[0].hits.hits);
                }
            }
}

static void one_ends(struct fake_process *p)
{
    int odd = p->seat.rank == *(int *)p->job->arg;

    for (int i = 0; i < 3 && !odd; i++)
        (void)fake_note(p, i == 1 ? mcpar_reduce(p->mc, NULL) : mcpar_sample(p->mc, 10, trial, NULL));
}

/* Nobody can call together with a rank that has ended: the others' handles say so from then on, and wait for nobody. */
Test(run, a_rank_that_ends_while_the_others_sample)
{
    for (int odd = 0; odd < 3; odd++) {
        fake_prepare(&job, 3, one_ends, &odd);
        fake_run(&job);
        all_say(1, MCPAR_ERR_MISMATCH, NULL);
        for (int r = 0; r < 3; r++)
            if (r != odd) {
                cr_assert_eq(job.rank[r].code[2], MCPAR_ERR_MISMATCH);
                cr_assert_eq(job.rank[r].code[3], MCPAR_ERR_MISMATCH);
                cr_assert_eq(job.rank[r].code[4], 0, "it can be finalized");
            }
    }
}

static void never(struct fake_process *p)
{
    (void)fake_note(p, -1);
}

Test(run, other_options_are_refused_everywhere)
{
    static const char *const words[] = {
        "rank 0: mcpar_init, seed = 99 (the program); rank 2: seed = 98 (the program)",
        "rank 0: mcpar_init, stream = 0 (the default); rank 1: stream = 1 (the program)",
        "rank 0: mcpar_init, confidence = 0.9; rank 1: confidence = 0.95",
        "rank 0: mcpar_init, tag = \"\"; rank 2: tag = \"another\"",
        "rank 0: mcpar_init, tag = \"a\"; rank 1: tag = \"b\""
    };

    for (int what = 0; what < 5; what++) {
        fake_prepare(&job, 3, never, NULL);
        switch (what) {
        case 0: job.rank[2].options.seed = 98; break;
        case 1: job.rank[1].options.stream = 1; break;
        case 2: job.rank[0].options.confidence = 0.9; break;
        case 3: job.rank[2].options.tag = "another"; break;
        default: job.rank[0].options.tag = "a", job.rank[1].options.tag = "b", job.rank[2].options.tag = "c";
        }
        fake_run(&job);
        all_say(0, MCPAR_ERR_MISMATCH, words[what]);
        all_say(1, 0, NULL);               /* and finalize is fine */
    }
}

Test(run, a_bad_option_on_one_rank_is_everybodys)
{
    for (int bad = 0; bad < 3; bad++) {
        fake_prepare(&job, 3, never, NULL);
        job.rank[bad].options.workers = 0;
        fake_run(&job);
        all_say(0, MCPAR_ERR_OPTION, "workers is 0");
        for (int r = 0; r < 3; r++) {
            char who[20];

            (void)snprintf(who, sizeof who, "(rank %d)", bad);
            cr_assert_eq(strstr(job.rank[r].message[0], who) != NULL, r != bad, "rank %d: %s", r, job.rank[r].message[0]);
        }
        all_say(1, 0, NULL);
    }
}

/* A rank that can have no handle takes part in init all the same, and leaves nothing open behind. */
Test(run, a_rank_that_gives_no_address_for_its_handle)
{
    for (int bad = 0; bad < 3; bad++) {
        fake_prepare(&job, 3, never, NULL);
        job.rank[bad].no_handle = 1;
        fake_run(&job);
        all_say(0, MCPAR_ERR_ARGUMENT, NULL);
        for (int r = 0; r < 3; r++)
            cr_assert(r == bad || strstr(job.rank[r].message[0], "the address of the handle is NULL (rank "), "%s",
                      job.rank[r].message[0]);
    }
    cr_assert_eq(mcpar_init_comm(NULL, &fake_comm, NULL, NULL), MCPAR_ERR_ARGUMENT);
    cr_assert_eq(mcpar_init(NULL, NULL), MCPAR_ERR_ARGUMENT);
}

static int without_memory = -1;            /* the rank whose handles find none */

void *__wrap_calloc(size_t n, size_t size)
{
    return fake_here == without_memory && size == sizeof(struct mcpar) ? NULL : __real_calloc(n, size);
}

Test(run, a_rank_without_memory_for_its_handle)
{
    for (int bad = 0; bad < 3; bad++)
        for (int again = 0; again < 2; again++) {
            fake_prepare(&job, 3, never, NULL);
            without_memory = bad;
            fake_run(&job);
            without_memory = -1;
            all_say(0, MCPAR_ERR_MEMORY, NULL);
            cr_assert_null(job.rank[bad].mc);
            for (int r = 0; r < 3; r++)
                cr_assert(r == bad || strstr(job.rank[r].message[0], "for the handle (rank "), "%s",
                          job.rank[r].message[0]);
        }
}

/* The rank that says self to a communicator must not leave the others waiting in its opening. */
Test(run, comm_self_on_one_rank_is_everybodys_error)
{
    fake_prepare(&job, 3, never, NULL);
    job.rank[1].options.comm = MCPAR_COMM_SELF;
    fake_run(&job);
    all_say(0, MCPAR_ERR_OPTION, NULL);
}

Test(run, pool_fork_under_several_ranks_is_refused)
{
    fake_prepare(&job, 2, never, NULL);
    job.rank[0].options.pool = job.rank[1].options.pool = MCPAR_POOL_FORK;
    fake_run(&job);
    all_say(0, MCPAR_ERR_POOL, NULL);
    fake_prepare(&job, 2, never, NULL);
    job.rank[1].options.pool = MCPAR_POOL_FORK;
    fake_run(&job);
    all_say(0, MCPAR_ERR_POOL, NULL);
}

Test(run, pool_threads_where_other_threads_are_forbidden)
{
    for (int bad = 0; bad < 2; bad++) {
        fake_prepare(&job, 2, never, NULL);
        job.rank[0].options.pool = job.rank[1].options.pool = MCPAR_POOL_THREADS;
        job.rank[bad].seat.single = 1;
        fake_run(&job);
        all_say(0, MCPAR_ERR_MPI_STATE, "pool threads: no threads here");
    }
}

Test(run, a_communicator_that_does_not_open)
{
    fake_prepare(&job, 2, never, NULL);
    job.world.no_open = MCPAR_ERR_MPI_STATE;
    fake_run(&job);
    all_say(0, MCPAR_ERR_MPI_STATE, "as the test wants it");
    all_say(1, 0, NULL);
}

Test(run, another_ABI_is_refused_before_anything_of_the_table_is_called)
{
    struct mcpar_comm_table other = { .abi = MCPAR__COMM_ABI + 1 };
    mcpar *mc;

    cr_assert_eq(mcpar_init_comm(&mc, &other, &other, NULL), MCPAR_ERR_MPI_LIBRARY);
    cr_assert_eq(mcpar_finalize(&mc), 0);
}

/* ---- A rank that fails in a call ---- */

static void fail_alone(struct fake_process *p)
{
    int bad = p->seat.rank == 1, what = *(int *)p->job->arg;

    switch (what) {
    case 0: (void)fake_note(p, mcpar_sample(p->mc, 10, bad ? NULL : trial, NULL)); break;
    case 1: (void)fake_note(p, mcpar_sample_block(p->mc, 10, bad ? NULL : block, NULL)); break;
    case 2: (void)fake_note(p, mcpar_reset(p->mc, bad ? UINT32_C(1) << 24 : 0)); break;
    default:
        (void)fake_note(p, mcpar_sample(p->mc, 5, trial, NULL));
        (void)fake_note(p, mcpar_sample(p->mc, UINT64_MAX - 4, trial, NULL));
    }
    (void)fake_note(p, mcpar_sample(p->mc, 10, trial, NULL));
}

Test(run, a_bad_argument_on_one_rank_is_everybodys)
{
    for (int what = 0; what < 3; what++) {
        fake_prepare(&job, 3, fail_alone, &what);
        fake_run(&job);
        all_say(1, MCPAR_ERR_ARGUMENT, what < 2 ? "the function is NULL" : "stream is 16777216");
        cr_assert_not_null(strstr(job.rank[0].message[1], "rank 1"), "%s", job.rank[0].message[1]);
        cr_assert_null(strstr(job.rank[1].message[1], "rank 1"), "%s", job.rank[1].message[1]);
        all_say(2, 0, NULL);
    }
    {
        int what = 3;

        fake_prepare(&job, 3, fail_alone, &what);
        fake_run(&job);
        all_say(1, 0, NULL);
        all_say(2, MCPAR_ERR_ARGUMENT, "2^63");
        all_say(3, 0, NULL);
        cr_assert_eq(job.rank[0].done, 15);
    }
}

static void sample_and_reduce(struct fake_process *p)
{
    (void)fake_note(p, mcpar_sample(p->mc, 1000, trial, NULL));
    (void)fake_note(p, mcpar_reduce(p->mc, &p->hits));
}

static void *no_scratch(void *arg)
{
    return fake_here == *(int *)arg ? NULL : arg;
}

Test(run, a_rank_whose_pool_does_not_open)
{
    for (int bad = 0; bad < 3; bad++) {
        fake_prepare(&job, 3, sample_and_reduce, NULL);
        for (int r = 0; r < 3; r++) {
            job.rank[r].options.scratch_new = no_scratch;
            job.rank[r].options.scratch_arg = &bad;
        }
        fake_run(&job);
        all_say(1, MCPAR_ERR_SCRATCH, NULL);
        all_say(2, 0, NULL);
        for (int r = 0; r < 3; r++)
            cr_assert(job.rank[r].hits.trials == 0 && job.rank[r].hits.status == MCPAR_STATUS_EMPTY);
    }
}

Test(run, a_pool_that_loses_a_chunk_or_fails_on_one_rank)
{
    for (int what = 0; what < 3; what++)
        for (int bad = 0; bad < 3; bad++) {
            memset(&fake_plan, 0, sizeof fake_plan);
            fake_plan.chunk = 2;
            fake_plan.on_rank = bad;
            fake_plan.lose = what == 0;
            fake_plan.round_fails = what == 1 ? MCPAR_ERR_KILLED : 0;
            fake_plan.open_fails = what == 2 ? MCPAR_ERR_WORKERS : 0;
            fake_prepare(&job, 3, sample_and_reduce, NULL);
            job.pool = 1;
            fake_run(&job);
            all_say(1, what == 1 ? MCPAR_ERR_KILLED : MCPAR_ERR_WORKERS, NULL);
            all_say(2, 0, NULL);
            cr_assert_eq(job.rank[0].hits.trials, 0);
        }
}

/* A pool whose ledger has all trials of the share, but also says so of one that is not in it. */
Test(run, alone_with_a_pool_that_loses_a_chunk)
{
    memset(&fake_plan, 0, sizeof fake_plan);
    fake_plan.chunk = 3;
    fake_plan.on_rank = -1;
    fake_plan.lose = 1;
    fake_prepare(&job, 1, sample_and_reduce, NULL);
    job.pool = 1;
    fake_run(&job);
    all_say(1, MCPAR_ERR_WORKERS, "incomplete");
}

/* ---- Communication that breaks ---- */

Test(run, communication_that_breaks_is_told_everywhere_and_the_handle_ends)
{
    for (enum fake_kind kind = FAKE_AGREE; kind <= FAKE_LEAST; kind++)
        for (uint64_t at = 1; at < 8; at++) {
            struct sampling s = { 2000, 1, 0 };
            int told = 0;

            fake_prepare(&job, 3, sample_all, &s);
            job.world.break_kind = kind;
            job.world.break_at = at;
            fake_run(&job);
            for (int i = 0; i < job.rank[0].codes; i++) {
                told += job.rank[0].code[i] == MCPAR_ERR_COMM;
                for (int r = 1; r < 3; r++)
                    cr_assert_eq(job.rank[r].code[i], job.rank[0].code[i], "kind %d at %llu, call %d", kind,
                                 (unsigned long long)at, i);
            }
            cr_assert(told > 0 || at > job.world.met[kind], "kind %d at %llu", kind, (unsigned long long)at);
            cr_assert_null(job.rank[0].mc);
        }
}

static void from_a_forbidden_thread(struct fake_process *p)
{
    if (p->job->world.size == 1)
        p->job->world.unusable = 1;
    (void)fake_note(p, mcpar_sample(p->mc, 10, NULL, NULL));
    (void)fake_note(p, mcpar_reduce(p->mc, NULL));
    p->job->world.unusable = 0;
    (void)fake_note(p, mcpar_sample(p->mc, 10, trial, NULL));
}

/* The code says what is the matter with this thread, also if an argument was bad as well. */
Test(run, where_this_thread_may_not_communicate)
{
    fake_prepare(&job, 1, from_a_forbidden_thread, NULL);
    fake_run(&job);
    all_say(1, MCPAR_ERR_MPI_STATE, "not from this thread");
    all_say(2, MCPAR_ERR_MPI_STATE, "not from this thread");
    all_say(3, 0, NULL);
}
