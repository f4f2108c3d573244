/* SPDX-License-Identifier: BSD-3-Clause */
/* test_fork_crash.c - trials that end their process or fail: the lowest is named, on any number of workers */
#include "test_fork.h"
#include <pthread.h>
#include <setjmp.h>

TestSuite(pool_fork_crash, .init = share, .timeout = 120);

static const int counts[] = { 1, 2, 3, 7 };

/* ---- All the ways to go ---- */

enum way { SEGFAULT, ABORT, DIVIDE, ILLEGAL, EXIT, RAW_EXIT, QUICK_EXIT, OVERFLOW, BUS, THREAD_EXIT, JUMP,
           TERMINATE, PIPE, ALARM, USER };

static const struct {
    const char *name;
    int signal;
} ways[] = {
    { "segfault", SIGSEGV }, { "abort", SIGABRT }, { "divide", SIGFPE },       { "illegal", SIGILL }, { "exit", 0 },
    { "_exit", 0 },          { "quick_exit", 0 },  { "overflow", SIGSEGV },    { "bus", SIGBUS },     { "pthread_exit", 0 },
    { "longjmp", 0 },        { "terminate", SIGTERM }, { "pipe", SIGPIPE },    { "alarm", SIGALRM },
    { "user", SIGUSR2 },
};

static jmp_buf outside;                    /* of the sampling call */

static int code_of(enum way way)
{
#if defined(__SANITIZE_THREAD__)
    if (way == THREAD_EXIT)
        return MCPAR_ERR_CRASH;
#endif
    return way == THREAD_EXIT || way == JUMP ? MCPAR_ERR_LEFT : MCPAR_ERR_CRASH;
}

static volatile int zero;
static int *volatile nowhere;

WRONG_ON_PURPOSE static int deep(volatile char *from)
{
    volatile char frame[4096];

    frame[0] = *from;
    frame[4095] = 1;
    return frame[0] == 77 ? 0 : deep(frame) + frame[4095];
}

WRONG_ON_PURPOSE static void go(enum way way)
{
    volatile char one = 1;

    switch (way) {
    case SEGFAULT: *nowhere = 1; break;
    case ABORT: abort();
    case DIVIDE:
#if defined(__x86_64__)
        zero = 1 / zero;
#endif
        (void)raise(SIGFPE);
        break;
    case ILLEGAL: (void)raise(SIGILL); break;
    case EXIT: exit(3);
    case RAW_EXIT: _exit(3);
    case QUICK_EXIT: quick_exit(3);
    case OVERFLOW: zero = deep(&one); break;
    case BUS: (void)raise(SIGBUS); break;
    case THREAD_EXIT:
#if defined(__SANITIZE_THREAD__)
        exit(3);                           /* its own thread would keep the process alive */
#endif
        pthread_exit(NULL);
    case JUMP: longjmp(outside, 1);
    case TERMINATE: (void)raise(SIGTERM); break;
    case PIPE: {
        int end[2];

        (void)!pipe(end);
        (void)close(end[0]);
        (void)!write(end[1], "x", 1);
        break;
    }
    case ALARM: (void)raise(SIGALRM); break;
    case USER: (void)kill(getpid(), SIGUSR2); break;
    }
}

struct plan {
    uint64_t crash[3], fail[3];            /* UINT64_MAX: none */
    enum way way;
    int times;                             /* how often a crash happens; 0: always */
};

#define NONE UINT64_MAX

static bool among(uint64_t trial, const uint64_t *list)
{
    return trial == list[0] || trial == list[1] || trial == list[2];
}

static int planned(mcpar_rng *rng, double *values, void *arg)
{
    const struct plan *plan = arg;
    uint64_t trial = mcpar_trial_number(rng);

    if (among(trial, plan->crash) && (plan->times == 0 || atomic_fetch_add(&shared->count, 1) < plan->times))
        go(plan->way);
    if (among(trial, plan->fail)) {
        sleep_us((long)(getpid() % 7) * 300);
        return -(int)trial;
    }
    return dart(rng, values, NULL);
}

/* Runs 2,000 trials and expects that they fail so. */
static void expect(struct plan *plan, int workers, int code, uint64_t trial, int detail)
{
    struct mcpar__job job = job_of(planned, &hits_only);

    job.arg = plan;
    cr_expect_not(compare(&job, workers, 0, 2000, 1));
    cr_expect_eq(answer.code, code, "%s, %d workers: code %d (%s)", ways[plan->way].name, workers, answer.code,
                 answer.report.text);
    cr_expect_eq(answer.failure.code, code);
    cr_expect_eq(answer.failure.trial, trial, "%s, %d workers: trial %d instead of %d", ways[plan->way].name, workers,
                 (int)answer.failure.trial, (int)trial);
    if (code == MCPAR_ERR_LEFT)
        return;
    if (code == MCPAR_ERR_CRASH)
        cr_expect_eq(answer.failure.signal, detail, "%s: signal %d", ways[plan->way].name, answer.failure.signal);
    else
        cr_expect_eq(answer.failure.returned, detail);
}

Test(pool_fork_crash, every_way)
{
    struct traces before = traces();

    if (setjmp(outside))
        cr_assert_fail("a worker is in the host's code");
    for (size_t way = 0; way < COUNT(ways); way++)
        for (size_t i = 0; i < COUNT(counts); i++) {
            struct plan plan = { { 1234, NONE, NONE }, { NONE, NONE, NONE }, (enum way)way, 0 };

            expect(&plan, counts[i], code_of((enum way)way), 1234, ways[way].signal);
        }
    expect_no_traces(before);
}

/* Nobody can wait for a worker here. Each tells by itself why it dies, but for _exit, which counts as a kill. */
Test(pool_fork_crash, every_way_in_a_host_that_ignores_sigchld)
{
    (void)signal(SIGCHLD, SIG_IGN);
    if (setjmp(outside))
        cr_assert_fail("a worker is in the host's code");
    for (size_t way = 0; way < COUNT(ways); way++) {
        struct plan plan = { { 1234, NONE, NONE }, { NONE, NONE, NONE }, (enum way)way, 0 };
        struct mcpar__job job = job_of(planned, &hits_only);

        job.arg = &plan;
        if (way != RAW_EXIT) {
            expect(&plan, 2, code_of((enum way)way), 1234, ways[way].signal);
        } else {
            cr_expect_not(compare(&job, 2, 0, 2000, 1));
            if (answer.code != MCPAR_ERR_CRASH) {          /* since Linux 6.15 a pidfd tells */
                cr_expect_eq(answer.code, MCPAR_ERR_KILLED);
                cr_expect(strstr(answer.report.text, "_exit"), "%s", answer.report.text);
            }
        }
    }
}

/* A block is cut until the trial that leaves it is alone. */
static int leaves_block(mcpar_block *block, void *arg)
{
    (void)arg;
    if (block->first <= 1234 && 1234 - block->first < block->n)
        longjmp(outside, 1);
    return 0;
}

static void *leaves_at_once(void *arg)
{
    (void)arg;
    longjmp(outside, 1);
}

Test(pool_fork_crash, left_blocks_and_scratch_memory)
{
    struct mcpar__job job = { .block = leaves_block, .schema = &hits_only }, without = job_of(dart, &hits_only);
    struct traces before = traces();

    without.scratch_new = leaves_at_once;
    if (setjmp(outside))
        cr_assert_fail("a worker is in the host's code");
    for (size_t i = 0; i < COUNT(counts); i++) {
        cr_expect_not(compare(&job, counts[i], 0, 2000, 1));
        cr_expect(answer.code == MCPAR_ERR_LEFT && answer.failure.trial == 1234, "%d, trial %d", answer.code,
                  (int)answer.failure.trial);
        cr_expect_not(compare(&without, counts[i], 0, 2000, 1));
        cr_expect_eq(answer.code, MCPAR_ERR_LEFT);
        cr_expect(strstr(answer.report.text, "scratch_new was left"), "%s", answer.report.text);
    }
    expect_no_traces(before);
}

/* ---- Which one is named ---- */

Test(pool_fork_crash, the_first_and_the_last_trial)
{
    for (size_t i = 0; i < COUNT(counts); i++) {
        struct plan first = { { 0, NONE, NONE }, { NONE, NONE, NONE }, SEGFAULT, 0 };
        struct plan last = { { 1999, NONE, NONE }, { NONE, NONE, NONE }, SEGFAULT, 0 };

        expect(&first, counts[i], MCPAR_ERR_CRASH, 0, SIGSEGV);
        expect(&last, counts[i], MCPAR_ERR_CRASH, 1999, SIGSEGV);
    }
}

Test(pool_fork_crash, the_lowest_of_three)
{
    for (size_t i = 0; i < COUNT(counts); i++) {
        struct plan near = { { 702, 700, 701 }, { NONE, NONE, NONE }, ABORT, 0 };
        struct plan far = { { 1900, 300, 1100 }, { NONE, NONE, NONE }, EXIT, 0 };

        expect(&near, counts[i], MCPAR_ERR_CRASH, 700, SIGABRT);
        expect(&far, counts[i], MCPAR_ERR_CRASH, 300, 0);
    }
}

Test(pool_fork_crash, a_crash_above_and_below_a_failure)
{
    for (size_t i = 0; i < COUNT(counts); i++) {
        struct plan above = { { 901, 1500, NONE }, { 900, NONE, NONE }, SEGFAULT, 0 };
        struct plan below = { { 899, NONE, NONE }, { 900, 1000, NONE }, SEGFAULT, 0 };

        expect(&above, counts[i], MCPAR_ERR_TRIAL, 900, -900);
        expect(&below, counts[i], MCPAR_ERR_CRASH, 899, SIGSEGV);
    }
}

Test(pool_fork_crash, the_lowest_failure)
{
    for (int round = 0; round < 10; round++)
        for (int workers = 1; workers < 8; workers++) {
            struct plan plan = { { NONE, NONE, NONE }, { 777, 301, 300 }, EXIT, 0 };

            expect(&plan, workers, MCPAR_ERR_TRIAL, 300, -300);
        }
}

/* Failures of all kinds come through with their details. */
static int infinite(mcpar_rng *rng, double *values, void *arg)
{
    (void)arg;
    values[1] = mcpar_trial_number(rng) == 555 ? 1.0 / (double)zero : 1.0;
    return 0;
}

Test(pool_fork_crash, a_value_that_is_not_finite)
{
    struct mcpar__job job = job_of(infinite, &sums);

    for (size_t i = 0; i < COUNT(counts); i++) {
        cr_expect_not(compare(&job, counts[i], 0, 2000, 1));
        cr_expect_eq(answer.code, MCPAR_ERR_VALUE);
        cr_expect_eq(answer.failure.trial, 555);
        cr_expect_eq(answer.failure.observable, 1);
    }
}

/* All of them: found at once, not after the whole round has crashed. */
static int all_crash(mcpar_rng *rng, double *values, void *arg)
{
    (void)rng, (void)values, (void)arg;
    (void)atomic_fetch_add(&shared->count, 1);
    abort();
}

Test(pool_fork_crash, every_trial_crashes)
{
    struct mcpar__job job = job_of(all_crash, &hits_only);

    for (size_t i = 0; i < COUNT(counts); i++) {
        atomic_store(&shared->count, 0);
        cr_expect_not(compare(&job, counts[i], 10, 1000000000, 1));
        cr_expect_eq(answer.code, MCPAR_ERR_CRASH);
        cr_expect_eq(answer.failure.trial, 10);
        cr_expect_lt(atomic_load(&shared->count), 8 * counts[i] + 8, "%d crashes", atomic_load(&shared->count));
    }
}

/* ---- Which ones are not ---- */

/* Twice alone is an accident: the run goes on, and its answer is the usual one. */
Test(pool_fork_crash, accidents)
{
    for (int times = 1; times < 4; times++)
        for (size_t i = 0; i < COUNT(counts); i++) {
            struct plan plan = { { 1, 900, 1700 }, { NONE, NONE, NONE }, SEGFAULT, times };
            struct mcpar__job job = job_of(dart, &hits_only);

            atomic_store(&shared->count, 0);
            refer(&job, 0, 2000);
            job.trial = planned;
            job.arg = &plan;
            cr_expect(compare(&job, counts[i], 0, 2000, 1), "%d times, %d workers: %d %s", times, counts[i],
                      answer.code, answer.report.text);
        }
}

/* After a round that failed the pool can run another one. */
Test(pool_fork_crash, the_pool_survives)
{
    struct plan plan = { { 500, NONE, NONE }, { NONE, NONE, NONE }, SEGFAULT, 0 };
    struct mcpar__job job = job_of(planned, &hits_only);
    struct mcpar__report report = { 0 };
    struct mcpar__failure failure;
    struct mcpar__result into;
    void *pool;

    job.arg = &plan;
    cr_assert_eq(mcpar__result_open(&into, job.schema), 0);
    cr_assert_eq(mcpar__pool_fork.open(&pool, &job, 3, &report), 0);
    cr_expect_eq(mcpar__pool_fork.round(pool, 0, &(uint64_t){ 1000 }, 0, &into, &failure, &report), 0);
    cr_expect_eq(failure.code, MCPAR_ERR_CRASH);
    mcpar__result_clear(&into);
    cr_expect_eq(mcpar__pool_fork.round(pool, 1000, &(uint64_t){ 1000 }, 0, &into, &failure, &report), 0);
    cr_expect_eq(failure.code, 0);
    refer(&job, 1000, 1000);
    cr_expect(same(&into, &reference.sum));
    cr_expect_eq(mcpar__pool_fork.workers(pool), 3);
    mcpar__pool_fork.close(pool);
    mcpar__result_close(&into);
}
