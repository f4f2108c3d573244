/* SPDX-License-Identifier: BSD-3-Clause */
/* The pool of threads: what its threads have of their own, what ends them, and what a round gives. */
#include "base/report.h"
#include "pool/pool.h"
#include "unit.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

TestSuite(threads, .timeout = 60);

static const struct mcpar__pool *const table = &mcpar__pool_threads;
static const struct mcpar__schema none;
static struct mcpar__report report;
static struct mcpar__failure failure;

static int dart(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_uniform(rng), y = mcpar_uniform(rng);

    (void)values, (void)arg;
    return x * x + y * y < 1.0;
}

static struct mcpar__job job_of(mcpar_trial_fn trial, void *arg)
{
    return (struct mcpar__job){ .trial = trial, .arg = arg, .seed = 3, .schema = &none,
                                .digest_of = { UINT64_MAX, UINT64_MAX } };
}

static void *open_pool(const struct mcpar__job *job, int workers)
{
    void *pool = NULL;

    memset(&report, 0, sizeof report);
    cr_assert_eq(table->open(&pool, job, workers, &report), 0, "%s", report.text);
    cr_assert_eq(table->workers(pool), workers);
    return pool;
}

static uint64_t hits_of(void *pool, uint64_t first, uint64_t n)
{
    struct mcpar__result into;
    uint64_t hits, all = n;

    cr_assert_eq(mcpar__result_open(&into, &none), 0);
    cr_assert_eq(table->round(pool, first, &n, 0, &into, &failure, &report), 0, "%s", report.text);
    cr_assert(failure.code == 0 && n == all && mcpar__ledger_trials(&into.ledger) == n && into.ledger.n == 1 &&
              into.ledger.range[0].first == first);
    hits = into.tally.hits;
    mcpar__result_close(&into);
    return hits;
}

Test(threads, rounds_of_any_size_give_the_serial_sum)
{
    static const uint64_t rounds[] = { 1, 2, 100, 5000, 1, 20000 };
    struct mcpar__job job = job_of(dart, NULL);

    for (int workers = 1; workers < 18; workers += 4) {
        void *pool = open_pool(&job, workers), *serial;
        uint64_t first = 7;

        cr_assert_eq(mcpar__pool_serial.open(&serial, &job, 1, &report), 0);
        for (size_t i = 0; i < sizeof rounds / sizeof *rounds; first += rounds[i++]) {
            struct mcpar__result into;
            uint64_t n = rounds[i];

            cr_assert_eq(mcpar__result_open(&into, &none), 0);
            cr_assert_eq(mcpar__pool_serial.round(serial, first, &n, 0, &into, &failure, &report), 0);
            cr_assert_eq(hits_of(pool, first, rounds[i]), into.tally.hits);
            mcpar__result_close(&into);
        }
        mcpar__pool_serial.close(serial);
        table->close(pool);
    }
}

/* ---- What each thread has of its own ---- */

static atomic_int made, freed, alien;

static void *make(void *arg)
{
    pthread_t *self = malloc(sizeof *self);

    (void)arg;
    *self = pthread_self();
    (void)atomic_fetch_add(&made, 1);
    return self;
}

static void end(void *scratch, void *arg)
{
    (void)arg;
    if (!pthread_equal(*(pthread_t *)scratch, pthread_self()))
        (void)atomic_fetch_add(&alien, 1);
    (void)atomic_fetch_add(&freed, 1);
    free(scratch);
}

static int look(mcpar_rng *rng, double *values, void *arg)
{
    sigset_t blocked;

    (void)values;
    (void)pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    if (!pthread_equal(*(pthread_t *)mcpar_scratch(rng), pthread_self()) || pthread_equal(*(pthread_t *)arg, pthread_self()) ||
        sigismember(&blocked, SIGINT) != 1 || sigismember(&blocked, SIGALRM) != 1 || sigismember(&blocked, SIGSEGV) != 0)
        (void)atomic_fetch_add(&alien, 1);
    return 1;
}

Test(threads, scratch_and_signals)
{
    pthread_t host = pthread_self();
    struct mcpar__job job = job_of(look, &host);
    sigset_t before, after;
    void *pool;

    (void)sigemptyset(&before);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    job.scratch_new = make;
    job.scratch_free = end;
    pool = open_pool(&job, 5);
    cr_assert_eq(hits_of(pool, 0, 10000), 10000);
    cr_assert_eq(hits_of(pool, 10000, 10), 10);
    cr_assert(atomic_load(&made) == 5 && atomic_load(&freed) == 0);
    table->close(pool);
    cr_assert(atomic_load(&freed) == 5 && atomic_load(&alien) == 0, "%d freed, %d wrong", atomic_load(&freed),
              atomic_load(&alien));
    (void)pthread_sigmask(SIG_SETMASK, NULL, &after);
    cr_assert(sigismember(&after, SIGINT) == 0, "the host's mask is as it was");
}

static void *make_late(void *arg)
{
    static const struct timespec moment = { 0, 50000000 };

    (void)nanosleep(&moment, NULL);
    return make(arg);
}

/* A limit that is over before any thread has begun leaves a round with at least one trial. */
Test(threads, a_limit_leaves_a_trial)
{
    struct mcpar__stop stop = { .at_ns = UINT64_MAX };
    struct mcpar__job job = job_of(dart, NULL);
    struct mcpar__result into;
    uint64_t n = 1000;
    void *pool;

    job.stop = &stop;
    job.scratch_new = make_late;
    job.scratch_free = end;
    pool = open_pool(&job, 3);
    cr_assert_eq(mcpar__result_open(&into, &none), 0);
    cr_assert_eq(table->round(pool, 0, &n, 1, &into, &failure, &report), 0, "%s", report.text);
    cr_assert(n > 0 && n <= 1000 && mcpar__ledger_trials(&into.ledger) == n);
    mcpar__result_close(&into);
    table->close(pool);
}

static void *no_scratch(void *arg)
{
    return atomic_fetch_add((atomic_int *)arg, 1) == 2 ? NULL : arg;
}

Test(threads, no_scratch)
{
    atomic_int calls = 0;
    struct mcpar__job job = job_of(dart, NULL);
    struct mcpar__result into;
    uint64_t n = 1000;
    void *pool;

    job.scratch_new = no_scratch;
    job.scratch_arg = &calls;
    pool = open_pool(&job, 4);
    cr_assert_eq(mcpar__result_open(&into, &none), 0);
    cr_assert_eq(table->round(pool, 0, &n, 0, &into, &failure, &report), MCPAR_ERR_SCRATCH);
    mcpar__result_close(&into);
    table->close(pool);
}

/* ---- Failures ---- */

static int bad_at(mcpar_rng *rng, double *values, void *arg)
{
    (void)values;
    return mcpar_trial_number(rng) % 1000 == *(uint64_t *)arg ? -3 : 1;
}

Test(threads, the_lowest_failing_trial)
{
    uint64_t bad = 777;
    struct mcpar__job job = job_of(bad_at, &bad);
    void *pool = open_pool(&job, 7);

    for (int turn = 0; turn < 50; turn++) {
        struct mcpar__result into;
        uint64_t n = 30000;

        cr_assert_eq(mcpar__result_open(&into, &none), 0);
        cr_assert_eq(table->round(pool, 1000, &n, 0, &into, &failure, &report), 0);
        cr_assert(failure.code == MCPAR_ERR_TRIAL && failure.trial == 1777 && failure.returned == -3, "trial %llu",
                  (unsigned long long)failure.trial);
        mcpar__result_close(&into);
        cr_assert_eq(hits_of(pool, 1000, 777), 777, "what is below runs again");
    }
    table->close(pool);
}

static int exits_at(mcpar_rng *rng, double *values, void *arg)
{
    (void)values;
    if (mcpar_trial_number(rng) == *(uint64_t *)arg)
        pthread_exit(NULL);
    return 1;
}

Test(threads, a_trial_that_ends_its_thread)
{
    uint64_t trial = 500;
    struct mcpar__job job = job_of(exits_at, &trial);
    void *pool = open_pool(&job, 3);
    struct mcpar__result into;
    uint64_t n = 10000;

    cr_assert_eq(mcpar__result_open(&into, &none), 0);
    cr_assert_eq(table->round(pool, 0, &n, 0, &into, &failure, &report), 0);
    cr_assert(failure.code == MCPAR_ERR_LEFT && failure.trial == 500, "code %d, trial %llu", failure.code,
              (unsigned long long)failure.trial);
    mcpar__result_close(&into);
    cr_assert_eq(hits_of(pool, 0, 500), 500, "another thread is in its place");
    table->close(pool);
}

/* ---- The clock ---- */

static int slow(mcpar_rng *rng, double *values, void *arg)
{
    static const struct timespec moment = { 0, 100000 };

    (void)nanosleep(&moment, NULL);
    return dart(rng, values, arg);
}

Test(threads, a_round_is_cut_by_the_clock_and_by_a_stop)
{
    struct mcpar__stop stop = { .at_ns = UINT64_MAX };
    struct mcpar__job job = job_of(slow, NULL);
    void *pool;

    job.stop = &stop;
    pool = open_pool(&job, 3);
    for (int stops = 0; stops < 2; stops++) {
        struct mcpar__result into;
        uint64_t n = 1000000000, start = mcpar__nanoseconds();

        atomic_store(&stop.requested, stops);
        cr_assert_eq(mcpar__result_open(&into, &none), 0);
        cr_assert_eq(table->round(pool, 0, &n, stops ? UINT64_C(1000000000000) : 50000000, &into, &failure, &report), 0);
        cr_assert(n > 0 && n < 1000000 && mcpar__ledger_trials(&into.ledger) == n && into.ledger.n == 1, "%llu trials",
                  (unsigned long long)n);
        cr_assert_lt(mcpar__nanoseconds() - start, UINT64_C(5000000000));
        mcpar__result_close(&into);
    }
    table->close(pool);
}

Test(threads, what_the_first_trials_returned)
{
    struct mcpar__job job = job_of(dart, NULL);
    uint64_t digest[2], other;
    void *pool, *serial;

    job.digest_of[0] = 40;
    job.digest_of[1] = 1000;
    pool = open_pool(&job, 4);
    cr_assert(!table->digest(pool, 0, &other));
    (void)hits_of(pool, 40, 500);
    cr_assert(table->digest(pool, 0, &digest[0]) && !table->digest(pool, 1, &other));
    (void)hits_of(pool, 1000, 500);
    cr_assert(table->digest(pool, 0, &other) && other == digest[0] && table->digest(pool, 1, &digest[1]));
    table->close(pool);
    cr_assert_eq(mcpar__pool_serial.open(&serial, &job, 1, &report), 0);
    for (int i = 0; i < 2; i++) {
        struct mcpar__result into;
        uint64_t n = 3;

        cr_assert_eq(mcpar__result_open(&into, &none), 0);
        cr_assert_eq(mcpar__pool_serial.round(serial, job.digest_of[i], &n, 0, &into, &failure, &report), 0);
        cr_assert(mcpar__pool_serial.digest(serial, i, &other) && other == digest[i]);
        mcpar__result_close(&into);
    }
    mcpar__pool_serial.close(serial);
}

/* The calling thread cannot be cancelled while threads use its memory, and can be again afterwards. */
Test(threads, the_hosts_cancel_state)
{
    struct mcpar__job job = job_of(dart, NULL);
    int state;

    (void)pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    table->close(open_pool(&job, 2));
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    cr_assert_eq(state, PTHREAD_CANCEL_ENABLE);
    table->close(open_pool(&job, 2));
    (void)pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
    cr_assert_eq(state, PTHREAD_CANCEL_DISABLE);
}
