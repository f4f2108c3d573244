/* SPDX-License-Identifier: BSD-3-Clause */
/* Sampling calls over several ranks and a pool that loses chunks: the same answer as one serial process, the same code
 * on all ranks, and nobody left waiting. Ranks are threads: see fake.h.
 *
 * To be linked with -Wl,--wrap=calloc. */
#include "base/hash.h"
#include "sum/sums.h"
#include "random/dist/distributions.h"
#include "fake.h"
#include <math.h>

static double work[MCPAR__SUMS_ROOM];      /* for the sums to work in */

static const int sizes[] = { 1, 2, 3, 5, 8 };
static const int layouts[] = { 0, 1, 2, 3 };       /* nodes; 0: each rank its own, without a queue */

#define EACH(i, table) (size_t i = 0; i < sizeof table / sizeof *table; i++)

static struct fake_job job;

/* ---- One answer ---- */

/* Three observables of very different sizes; how long a trial takes depends on the rank that runs it. */
static int trial(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_uniform(rng), y = mcpar_normal(rng);

    (void)arg;
    if (fake_here % 3 == 1)
        for (volatile int i = 0; i < 300; i++)
            continue;
    if (values) {
        values[0] = x - 0.5;
        values[1] = y * 1e200;
        values[2] = mcpar_trial_number(rng) % 1000 == 999 ? 5e-324 : x * 1e-150;
    }
    return x * x + y * y < 1.0;
}

static int block(mcpar_block *b, void *arg)
{
    const double *x = mcpar_uniforms(b), *y = mcpar_normals(b);

    (void)arg;
    for (size_t i = 0; i < b->n; i++) {
        if (b->values) {
            b->values[0][i] = x[i] - 0.5;
            b->values[1][i] = y[i] * 1e200;
            b->values[2][i] = (b->first + i) % 1000 == 999 ? 5e-324 : x[i] * 1e-150;
        }
        b->hits += x[i] * x[i] + y[i] * y[i] < 1.0;
    }
    return 0;
}

struct sampling {
    uint64_t n;
    int observe, pieces;                   /* 0: one call; else calls of random sizes, by trial and by block */
};

static int observe(mcpar *mc)
{
    static const char *const names[] = { "x", "large", "small" };
    static const size_t pairs[][2] = { { 0, 2 }, { 1, 1 } };
    int err = mcpar_observe(mc, 3, names);

    return err ? err : mcpar_observe_pairs(mc, 2, pairs[0]);
}

static void read_off(struct fake_process *p)
{
    if (fake_note(p, mcpar_reduce(p->mc, &p->hits)))
        return;
    (void)fake_note(p, mcpar_fingerprint(p->mc, p->print));
    for (size_t k = 0; k < 3 && p->mc->schema.observables; k++)
        (void)fake_note(p, mcpar_mean(p->mc, k, &p->mean[k]));
    if (p->mc->schema.observables)
        (void)fake_note(p, mcpar_covariance(p->mc, 2, 0, &p->covariance));
}

static void sample_all(struct fake_process *p)
{
    const struct sampling *s = p->job->arg;
    uint64_t state = 7, left = s->n;
    int err = s->observe ? observe(p->mc) : 0;

    if (!s->pieces && !err)
        err = mcpar_sample(p->mc, s->n, trial, NULL);
    while (s->pieces && left && !err) {
        uint64_t n = golden_random(&state) % (s->n / 3 + 2);

        n = n > left ? left : n;
        err = golden_random(&state) % 2 ? mcpar_sample(p->mc, n, trial, NULL) : mcpar_sample_block(p->mc, n, block, NULL);
        left -= n;
    }
    (void)fake_note(p, err);
    read_off(p);
}

static void same_estimate(const mcpar_estimate *a, const mcpar_estimate *b)
{
    cr_assert(a->trials == b->trials && a->hits == b->hits && a->status == b->status && a->interval == b->interval);
    cr_assert(golden_bits(a->mean) == golden_bits(b->mean) && golden_bits(a->variance) == golden_bits(b->variance) &&
              golden_bits(a->std_error) == golden_bits(b->std_error) && golden_bits(a->lower) == golden_bits(b->lower) &&
              golden_bits(a->upper) == golden_bits(b->upper));
}

static void same_answer(const struct fake_process *a, const struct fake_process *b)
{
    cr_assert_str_eq(a->print, b->print);
    same_estimate(&a->hits, &b->hits);
    for (size_t k = 0; k < 3; k++)
        same_estimate(&a->mean[k], &b->mean[k]);
    cr_assert_eq(golden_bits(a->covariance), golden_bits(b->covariance));
}

static void no_errors(const struct fake_job *all)
{
    for (int r = 0; r < all->world.size; r++)
        for (int i = 0; i < all->rank[r].codes; i++)
            cr_assert_eq(all->rank[r].code[i], 0, "rank %d, call %d: %s", r, i, all->rank[r].message[i]);
}

/* Fingerprint and hits of a sampling straight from the words of the contract. */
static void by_contract(const struct sampling *s, char print[MCPAR_FINGERPRINT_SIZE], uint64_t *hits)
{
    char *names[] = { (char[]){ "x" }, (char[]){ "large" }, (char[]){ "small" } };
    size_t pairs[][2] = { { 0, 2 }, { 1, 1 } };
    const struct mcpar__schema schema = { s->observe ? 3 : 0, s->observe ? 2 : 0, names, pairs };
    const struct mcpar__lineage lineage = { 1, 0, 99, "" };
    struct mcpar__range range = { 0, s->n };
    struct mcpar__ledger ledger = { &range, s->n > 0, 1, 1 };
    struct mcpar__tally tally;

    cr_assert_eq(mcpar__tally_open(&tally, &schema), 0);
    for (uint64_t t = 0; t < s->n; t++) {
        double x = expected_uniform(99, 0, t, 0), y = mcpar__normal_of(expected_word(99, 0, t, 1));
        double v[3] = { x - 0.5, y * 1e200, t % 1000 == 999 ? 5e-324 : x * 1e-150 }, *values[3] = { &v[0], &v[1], &v[2] };

        mcpar__tally_add(&tally, values, 1, x * x + y * y < 1.0, work);
    }
    mcpar__tally_canonical(&tally);
    mcpar__fingerprint(print, &lineage, &ledger, &tally);
    *hits = tally.hits;
    mcpar__tally_close(&tally);
}

/* The serial pool on communicator self: the reference, which is the contract's answer itself. */
static struct fake_process reference(struct sampling *s)
{
    char print[MCPAR_FINGERPRINT_SIZE];
    uint64_t hits;
    static struct fake_job one;
    struct fake_process *p = &one.rank[0];

    fake_prepare(&one, 1, sample_all, s);
    p->options.pool = MCPAR_POOL_SERIAL;
    p->options.comm = MCPAR_COMM_SELF;
    (void)fake_note(p, mcpar_init(&p->mc, &p->options));
    sample_all(p);
    cr_assert_eq(p->mc->done, s->n);
    (void)fake_note(p, mcpar_finalize(&p->mc));
    no_errors(&one);
    by_contract(s, print, &hits);
    cr_assert(p->hits.trials == s->n && p->hits.hits == hits);
    cr_assert_str_eq(p->print, print);
    return *p;
}

static void as_reference(struct sampling *s, int size, int pool, int delays)
{
    static struct fake_process wanted;

    wanted = reference(s);
    for EACH(i, layouts) {
        fake_prepare(&job, size, sample_all, s);
        job.world.nodes = layouts[i];
        job.pool = pool;
        job.world.delays = delays;
        fake_run(&job);
        no_errors(&job);
        for (int r = 0; r < size; r++) {
            same_answer(&job.rank[r], &wanted);
            cr_assert_eq(job.rank[r].done, s->n);
        }
        if (size <= layouts[i])
            break;                         /* more nodes than ranks are no other layout */
    }
}

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
            /* One value uses a limb or three, its square up to five; 3 sums and 5 sums of products of these travel. */
            cr_assert(what > 2 || job.world.limbs <= 3 * 3 + 5 * 5, "%zu limbs", job.world.limbs);
            cr_assert(what > 0 || job.world.limbs == 0);
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

/* ---- Ranks that differ ---- */

static void all_say(int call, int code, const char *word)
{
    for (int r = 0; r < job.world.size; r++) {
        cr_assert_gt(job.rank[r].codes, call, "rank %d did not come to call %d", r, call);
        cr_assert_eq(job.rank[r].code[call], code, "rank %d: code %d, %s", r, job.rank[r].code[call],
                     job.rank[r].message[call]);
        if (word)
            cr_assert_not_null(strstr(job.rank[r].message[call], word), "rank %d: %s", r, job.rank[r].message[call]);
    }
}

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

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
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
            cr_assert(job.rank[r].hits.trials == 0 && job.rank[r].hits.status == MCPAR_STATUS_PARTIAL);
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
        all_say(1, MCPAR_ERR_WORKERS, "this is a bug of libmcpar");
        cr_assert_eq(job.rank[0].hits.trials, 0);
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
    held_by[p->seat.rank] = p->mc->done;
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
        told += strstr(p->message[1], "mcpar_rng_open(&space, 99u, 0u, ") != NULL;
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
    all_say(4, MCPAR_ERR_STATE, "of the 30000 trials asked for before, those from 25000 on are missing");
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
    p->done = p->mc->done;
    (void)fake_note(p, mcpar_reduce(p->mc, &p->hits));
    cr_assert(!p->job->arg || (mcpar_note(p->mc, 0) != NULL) == *(int *)p->job->arg);
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
                cr_assert_eq(job.rank[r].hits.status, MCPAR_STATUS_PARTIAL);
                cr_assert(endless ? job.rank[r].hits.trials <= 400 : job.rank[r].hits.trials == 700, "%llu trials",
                          (unsigned long long)job.rank[r].hits.trials);
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

/* ---- Communication that breaks ---- */

Test(run, communication_that_breaks_is_told_everywhere_and_the_handle_ends)
{
    for (enum fake_kind kind = FAKE_AGREE; kind <= FAKE_ADD; kind++)
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

/* ---- The agreement itself ---- */

struct agreement {
    uint64_t arguments[3];
    int code[3], call[3];
};

static void agree(struct fake_process *p)
{
    const struct agreement *a = p->job->arg;
    struct mcpar__agreement extra = { { 0 }, { 0 } };
    int r = p->seat.rank, code;

    extra.min[MCPAR__LEAST_TRIAL] = 100 - (uint64_t)r;
    extra.min[MCPAR__LEAST_GOES_ON - 1] = (uint64_t)r;
    extra.sum[0] = UINT64_MAX;
    extra.sum[MCPAR__AGREE - 1] = 10 + (uint64_t)r;
    p->mc->report.code = 0;
    if (a->code[r])
        (void)mcpar__fail(&p->mc->report, a->code[r], "of rank %d", r);
    code = mcpar__agree(p->mc, &(struct mcpar__said){ .call = (uint64_t)a->call[r], .n = a->arguments[r] }, &extra);
    cr_assert_eq(code, p->mc->report.code);
    (void)fake_note(p, code);
    p->mc->report.code = 0;
    if (extra.min[MCPAR__LEAST_TRIAL] != 98 || extra.min[MCPAR__LEAST_GOES_ON - 1] != 0 || extra.sum[0] != UINT64_MAX - 2 ||
        extra.sum[MCPAR__AGREE - 1] != 33)
        (void)fake_note(p, -1);
}

static void agreed(struct agreement a, int code)
{
    fake_prepare(&job, 3, agree, &a);
    fake_run(&job);
    all_say(1, code, NULL);
    all_say(2, 0, NULL);                   /* finalize; and what was carried along came out right */
}

Test(run, agreements)
{
    agreed((struct agreement){ { 7, 7, 7 }, { 0, 0, 0 }, { 2, 2, 2 } }, 0);
    agreed((struct agreement){ { 0, 0, 0 }, { 0, 0, 0 }, { 3, 3, 3 } }, 0);
    agreed((struct agreement){ { UINT64_MAX, UINT64_MAX, UINT64_MAX }, { 0, 0, 0 }, { 3, 3, 3 } }, 0);
    agreed((struct agreement){ { 7, 7, 8 }, { 0, 0, 0 }, { 2, 2, 2 } }, MCPAR_ERR_MISMATCH);
    agreed((struct agreement){ { 7, 7, 7 }, { 0, 0, 0 }, { 2, 3, 2 } }, MCPAR_ERR_MISMATCH);
    agreed((struct agreement){ { 7, 8, 9 }, { 0, 0, 0 }, { 2, 2, 2 } }, MCPAR_ERR_MISMATCH);
    /* The lowest rank that failed is everybody's, also before a mismatch. */
    agreed((struct agreement){ { 7, 7, 7 }, { 0, MCPAR_ERR_MEMORY, 0 }, { 2, 2, 2 } }, MCPAR_ERR_MEMORY);
    agreed((struct agreement){ { 7, 7, 8 }, { 0, MCPAR_ERR_MEMORY, MCPAR_ERR_OPTION }, { 2, 2, 2 } }, MCPAR_ERR_MEMORY);
    cr_assert_not_null(strstr(job.rank[1].message[1], "of rank 1"), "%s", job.rank[1].message[1]);
    cr_assert_not_null(strstr(job.rank[2].message[1], "rank 1"), "%s", job.rank[2].message[1]);
    agreed((struct agreement){ { 7, 7, 7 }, { MCPAR_ERR_VALUE, 0, MCPAR_ERR_OPTION }, { 2, 2, 2 } }, MCPAR_ERR_VALUE);
}

/* No two of many small argument lists may mix to the same hash. */
static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

Test(run, mixed_arguments_are_told_apart)
{
    enum { SIDE = 200 };
    static uint64_t hash[SIDE * SIDE];

    for (uint64_t i = 0; i < SIDE; i++)
        for (uint64_t j = 0; j < SIDE; j++)
            hash[i * SIDE + j] = mcpar__mix(mcpar__mix(0, i), j);
    qsort(hash, SIDE * SIDE, sizeof *hash, by_value);
    for (size_t i = 1; i < SIDE * SIDE; i++)
        CHECK(hash[i] != hash[i - 1], "a collision");
}
