/* SPDX-License-Identifier: BSD-3-Clause */
/* test_fork_hang.c - no run hangs: workers that do not get started, locks */
#include "test_fork.h"
#include <pthread.h>
#include <semaphore.h>

TestSuite(pool_fork_hang, .init = share, .timeout = 120);

/* ---- Workers that do not get started ---- */

static int hangs;                          /* the first so many starts */

static void hang(const char *step, int mailbox)
{
    record(step, mailbox);
    if (!strcmp(step, "started") && atomic_fetch_add(&shared->count, 1) < hangs)
        for (;;)
            (void)pause();
}

static void hung(int first, const struct mcpar__job *job, int workers)
{
    hangs = first;
    atomic_store(&shared->count, 0);
    mcpar__step = hang;
    mcpar__start_ns = 200000000;
    (void)compare(job, workers, 0, 1000, 2);
}

Test(pool_fork_hang, a_worker_that_does_not_get_started_is_replaced)
{
    struct mcpar__job job = job_of(values_of, &sums);
    struct traces before = traces();

    refer(&job, 0, 1000);
    for (int workers = 1; workers < 6; workers += 2) {
        hung(2, &job, workers);
        cr_expect(answer.code == 0 && same(&answer.sum, &reference.sum), "%s", answer.report.text);
        cr_expect(noted(&answer.report, "did not get started") || workers > 2);
    }
    expect_no_traces(before);
}

Test(pool_fork_hang, three_times_all_and_the_run_ends)
{
    struct mcpar__job job = job_of(values_of, &sums);
    struct traces before = traces();

    for (int workers = 1; workers < 6; workers += 2) {
        hung(1000000, &job, workers);
        cr_expect_eq(answer.code, MCPAR_ERR_WORKERS, "%d", answer.code);
        cr_expect(strstr(answer.report.text, "did not get started"), "%s", answer.report.text);
        cr_expect_leq(atomic_load(&shared->count), 3 * workers, "%d starts", atomic_load(&shared->count));
    }
    expect_no_traces(before);
}

Test(pool_fork_hang, or_goes_on_in_the_calling_thread)
{
    struct mcpar__job job = job_of(values_of, &sums);
    struct traces before = traces();

    refer(&job, 0, 1000);
    job.may_be_serial = true;
    hung(1000000, &job, 3);
    cr_expect(answer.code == 0 && same(&answer.sum, &reference.sum), "%s", answer.report.text);
    cr_expect_eq(answer.workers, 1);
    cr_expect(noted(&answer.report, "pool serial"));
    expect_no_traces(before);
}

static void *slow_scratch(void *arg)
{
    sleep_us(700000);
    return arg;
}

Test(pool_fork_hang, scratch_memory_may_take_its_time)
{
    struct mcpar__job job = job_of(values_of, &sums);

    refer(&job, 0, 1000);
    job.scratch_new = slow_scratch;
    job.scratch_arg = &job;
    hung(0, &job, 2);
    cr_expect(answer.code == 0 && same(&answer.sum, &reference.sum), "%s", answer.report.text);
    cr_expect_eq(atomic_load(&shared->count), 2, "%d starts", atomic_load(&shared->count));
}

/* ---- Deadlocks ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sem_t locked;

static void *holds(void *arg)
{
    (void)pthread_mutex_lock(&lock);
    (void)sem_post(&locked);
    (void)pause();
    return arg;
}

static void start_holder(void)
{
    pthread_t thread;

    (void)sem_init(&locked, 0, 0);
    cr_assert_eq(pthread_create(&thread, NULL, holds, NULL), 0);
    (void)sem_wait(&locked);
}

static int takes_lock(mcpar_rng *rng, double *values, void *arg)
{
    if (mcpar_trial_number(rng) >= 5) {
        (void)pthread_mutex_lock(&lock);
        (void)pthread_mutex_unlock(&lock);
    }
    return dart(rng, values, arg);
}

Test(pool_fork_hang, a_lock_that_another_thread_holds)
{
    struct mcpar__job job = job_of(takes_lock, &hits_only);
    struct traces before = traces();

    start_holder();
    job.deadlock_ns = 500000000;
    for (int workers = 1; workers < 5; workers += 3) {
        double start = seconds();

        cr_expect_not(compare(&job, workers, 0, 100, 1));
        cr_expect_eq(answer.code, MCPAR_ERR_DEADLOCK, "%d", answer.code);
        cr_expect(strstr(answer.report.text, "omp_pause_hard") && strstr(answer.report.text, "MCPAR_POOL=serial"));
        cr_expect(seconds() - start > 0.5 && seconds() - start < 5);
    }
    expect_no_traces(before);
}

/* Python's way to wait for its lock: again and again, for 5 ms. */
static int looks_again(mcpar_rng *rng, double *values, void *arg)
{
    struct timespec until;

    do {
        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 5000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
    } while (pthread_mutex_timedlock(&lock, &until));
    return dart(rng, values, arg);
}

Test(pool_fork_hang, a_lock_that_is_tried_again_and_again)
{
    struct mcpar__job job = job_of(looks_again, &hits_only);

    start_holder();
    job.deadlock_ns = 500000000;
    cr_expect_not(compare(&job, 2, 0, 100, 1));
    cr_expect_eq(answer.code, MCPAR_ERR_DEADLOCK, "%d", answer.code);
}

/* What only looks like one. */
static int waits_for_program(mcpar_rng *rng, double *values, void *arg)
{
    if (mcpar_trial_number(rng) == 5)
        (void)!system("sleep 1.2");
    return dart(rng, values, arg);
}

static int waits_for_pipe(mcpar_rng *rng, double *values, void *arg)
{
    int end[2];
    char byte;

    if (mcpar_trial_number(rng) == 5 && pipe(end) == 0) {
        pid_t pid = fork();

        if (pid == 0) {
            sleep_us(1200000);
            (void)!write(end[1], "x", 1);
            _exit(0);
        }
        (void)!read(end[0], &byte, 1);
        (void)waitpid(pid, NULL, 0);
    }
    return dart(rng, values, arg);
}

static void *spins(void *arg)
{
    double start = seconds();

    while (seconds() - start < 1.2)
        ;
    return arg;
}

static int waits_for_its_thread(mcpar_rng *rng, double *values, void *arg)
{
    pthread_t thread;

    if (mcpar_trial_number(rng) == 5 && pthread_create(&thread, NULL, spins, NULL) == 0)
        (void)pthread_join(thread, NULL);
    return dart(rng, values, arg);
}

static sem_t *shared_sem;

static int waits_for_its_child(mcpar_rng *rng, double *values, void *arg)
{
    if (mcpar_trial_number(rng) == 5) {
        pid_t pid = fork();

        if (pid == 0) {
            (void)spins(NULL);
            (void)sem_post(shared_sem);
            _exit(0);
        }
        (void)sem_wait(shared_sem);
        (void)waitpid(pid, NULL, 0);
    }
    return dart(rng, values, arg);
}

Test(pool_fork_hang, what_is_no_deadlock)
{
    static const mcpar_trial_fn trials[] = { waits_for_program, waits_for_pipe, waits_for_its_thread,
                                             waits_for_its_child };
    struct mcpar__job job = job_of(dart, &hits_only);

    shared_sem = mmap(NULL, sizeof *shared_sem, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert(shared_sem != MAP_FAILED && sem_init(shared_sem, 1, 0) == 0);
    refer(&job, 0, 100);
    start_holder();
    job.deadlock_ns = 400000000;
    for (size_t i = 0; i < COUNT(trials); i++) {
        job.trial = trials[i];
        cr_expect(compare(&job, 2, 0, 100, 1), "trial %d: %s", (int)i, answer.report.text);
    }
}

static int waits_for_outside(mcpar_rng *rng, double *values, void *arg)
{
    if (mcpar_trial_number(rng) == 5)
        (void)sem_wait(shared_sem);
    return dart(rng, values, arg);
}

/* A lock that nobody can have held at the fork; and one that may have been, where nobody looks. */
static void opened_from_outside(uint64_t deadlock_ns)
{
    struct mcpar__job job = job_of(dart, &hits_only);
    pid_t opener;

    shared_sem = mmap(NULL, sizeof *shared_sem, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert(shared_sem != MAP_FAILED && sem_init(shared_sem, 1, 0) == 0);
    refer(&job, 0, 100);
    job.deadlock_ns = deadlock_ns;
    job.trial = waits_for_outside;
    opener = fork();
    if (opener == 0) {
        sleep_us(1500000);
        (void)sem_post(shared_sem);
        _exit(0);
    }
    cr_expect(compare(&job, 1, 0, 100, 1), "%s", answer.report.text);
    (void)waitpid(opener, NULL, 0);
}

/* In a child, for the test's own process may have a thread. */
Test(pool_fork_hang, a_host_without_threads_has_no_deadlock)
{
    pid_t host = fork();
    int status;

    if (host == 0) {
        opened_from_outside(400000000);
        _exit(answer.code);
    }
    cr_expect_eq(waitpid(host, &status, 0), host);
    cr_expect_eq(status, 0, "status %x", (unsigned int)status);
}

Test(pool_fork_hang, nobody_looks_for_deadlocks)
{
    start_holder();
    opened_from_outside(0);
}
