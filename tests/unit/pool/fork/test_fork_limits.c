/* SPDX-License-Identifier: BSD-3-Clause */
/* test_fork_limits.c - no run ends for what is not its fault: refused calls, limits, memory, many deaths */
#include "random/block.h"
#include "test_fork.h"

TestSuite(pool_fork_hang, .init = share, .timeout = 120);

/* ---- Workers above a failing trial ---- */

enum { FAILS = 5 };

static int endless_above(mcpar_rng *rng, double *values, void *arg)
{
    if (mcpar_trial_number(rng) > FAILS)
        for (;;)
            (void)pause();
    if (mcpar_trial_number(rng) == FAILS) {
        sleep_us(200000);
        if (arg)
            abort();
        return -3;
    }
    return dart(rng, values, arg);
}

static void above(int workers)
{
    struct mcpar__job job = job_of(endless_above, &hits_only);
    struct traces before = traces();
    double start = seconds();

    cr_expect_not(compare(&job, workers, 0, 200, 1));
    cr_expect_eq(answer.code, MCPAR_ERR_TRIAL, "%d", answer.code);
    cr_expect_eq(answer.failure.trial, FAILS);
    job.arg = &job;
    cr_expect_not(compare(&job, workers, 0, 200, 1));
    cr_expect_eq(answer.code, MCPAR_ERR_CRASH, "%d", answer.code);
    cr_expect_eq(answer.failure.trial, FAILS);
    cr_expect_lt(seconds() - start, 20);
    expect_no_traces(before);
}

Test(pool_fork_hang, trials_above_one_that_fails_need_not_end)
{
    above(1);
    above(2);
    above(6);
}

/* ---- Calls that are refused ---- */

static struct {
    const char *call;
    int from, to, error;
    _Atomic int n;
} no;

static int refuses(const char *call)
{
    int n;

    if (strcmp(call, no.call))
        return 0;
    n = atomic_fetch_add(&no.n, 1);
    return n >= no.from && n < no.to ? no.error : 0;
}

static void refuse_calls(const char *call, int from, int to, int error)
{
    no.call = call;
    no.from = from;
    no.to = to;
    no.error = error;
    atomic_store(&no.n, 0);
    mcpar__refuse = refuses;
}

enum { ALL = 1000000000 };

Test(pool_fork_hang, a_signal_that_may_not_be_sent_by_pidfd)
{
    refuse_calls("pidfd_send_signal", 0, ALL, EPERM);
    above(3);
    cr_expect_gt(atomic_load(&no.n), 0);
    refuse_calls("waitid", 0, ALL, EPERM);
    above(3);
    cr_expect_gt(atomic_load(&no.n), 0);
}

static void kill_some(const char *step, int mailbox)
{
    record(step, mailbox);
    if (!strcmp(step, "run") && atomic_fetch_add(&shared->count, 1) % 7 == 3)
        (void)kill(getpid(), SIGKILL);
}

Test(pool_fork_hang, poll_that_fails)
{
    struct mcpar__job job = job_of(values_of, &sums);
    struct traces before = traces();

    refer(&job, 0, 3000);
    mcpar__step = kill_some;
    for (int error = 0; error < 2; error++) {
        refuse_calls("poll", 0, ALL, error ? ENOMEM : EINVAL);
        cr_expect(compare(&job, 4, 0, 3000, 3), "%s", answer.report.text);
    }
    expect_no_traces(before);
}

/* poll takes no more entries than there may be open files. */
Test(pool_fork_hang, many_workers_and_few_files)
{
    struct mcpar__job job = job_of(values_of, &sums);
    struct rlimit few = { 0, 0 };

    refer(&job, 0, 3000);
    few.rlim_cur = few.rlim_max = (rlim_t)host_open_files() + 64;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    refuse_calls("pidfd_open", 0, ALL, ENOSYS);
    cr_expect(compare(&job, 60, 0, 3000, 3), "%s", answer.report.text);
}

Test(pool_fork_hang, commands_that_cannot_be_sent)
{
    struct mcpar__job job = job_of(values_of, &sums);
    struct traces before = traces();

    refer(&job, 0, 3000);
    refuse_calls("send", 0, 3, ENOBUFS);
    cr_expect(compare(&job, 4, 0, 3000, 3), "%s", answer.report.text);
    refuse_calls("send", 0, ALL, ENOBUFS);
    for (int workers = 1; workers < 5; workers += 3) {
        cr_expect_not(compare(&job, workers, 0, 3000, 3));
        cr_expect_eq(answer.code, MCPAR_ERR_WORKERS, "%d", answer.code);
        cr_expect(strstr(answer.report.text, "send: "), "%s", answer.report.text);
    }
    mcpar__refuse = NULL;
    expect_no_traces(before);
}

Test(pool_fork_hang, calls_refused_to_a_new_worker)
{
    static const char *const calls[] = { "prctl", "sigprocmask" };
    struct mcpar__job job = job_of(values_of, &sums);

    for (size_t i = 0; i < COUNT(calls); i++) {
        refuse_calls(calls[i], 0, ALL, EPERM);
        cr_expect_not(compare(&job, 2, 0, 3000, 3));
        cr_expect_eq(answer.code, MCPAR_ERR_WORKERS, "%d", answer.code);
        cr_expect(strstr(answer.report.text, calls[i]) && strstr(answer.report.text, strerror(EPERM)), "%s",
                  answer.report.text);
    }
}

/* ---- Deaths that are one event ---- */

static void all_but_one_die_early(const char *step, int mailbox)
{
    record(step, mailbox);
    if (!strcmp(step, "started") && mailbox > 0 && atomic_fetch_add(&shared->number[mailbox], 1) == 0)
        (void)raise(SIGSEGV);
}

Test(pool_fork_hang, fourteen_of_fifteen_die_before_they_begin)
{
    struct mcpar__job job = job_of(values_of, &sums);

    refer(&job, 0, 3000);
    mcpar__step = all_but_one_die_early;
    cr_expect(compare(&job, 15, 0, 3000, 3), "%s", answer.report.text);
}

static void die_always(const char *step, int mailbox)
{
    record(step, mailbox);
    if (!strcmp(step, "started"))
        (void)raise(SIGSEGV);
}

Test(pool_fork_hang, but_three_times_all_of_them_is_enough)
{
    struct mcpar__job job = job_of(values_of, &sums);

    mcpar__step = die_always;
    for (int workers = 1; workers < 16; workers += 7) {
        cr_expect_not(compare(&job, workers, 0, 3000, 3));
        cr_expect_eq(answer.code, MCPAR_ERR_WORKERS);
        cr_expect(strstr(answer.report.text, strsignal(SIGSEGV)), "%s", answer.report.text);
    }
}

/* ---- Limits ---- */

static int signals_limit(mcpar_rng *rng, double *values, void *arg)
{
    if (mcpar_trial_number(rng) == 50)
        (void)raise(SIGXCPU);
    return dart(rng, values, arg);
}

static int spins_for_ever(mcpar_rng *rng, double *values, void *arg)
{
    volatile int one = 1;

    while (mcpar_trial_number(rng) == 50 && one)
        ;
    return dart(rng, values, arg);
}

Test(pool_fork_hang, cpu_time)
{
    struct rusage used;
    struct mcpar__job job = job_of(signals_limit, &hits_only);
    struct rlimit limit = { 1, 2 };

#ifdef __SANITIZE_ADDRESS__
    cr_skip_test("on a busy machine a worker of an instrumented program uses up its second before it is ready");
#endif
    cr_expect_not(compare(&job, 2, 0, 100, 1));
    cr_expect_eq(answer.code, MCPAR_ERR_LIMIT, "%d", answer.code);
    job.trial = spins_for_ever;
    for (int hard = 0; hard < 2; hard++) { /* SIGXCPU; and SIGKILL where both limits are the same, as ulimit -t has them */
        cr_assert_eq(getrusage(RUSAGE_SELF, &used), 0);
        limit.rlim_cur = 1;
        limit.rlim_max = hard ? 1 : 2;
        cr_assert_eq(setrlimit(RLIMIT_CPU, &limit), 0);
        cr_expect_not(compare(&job, 2, 0, 100, 1));
        cr_expect_eq(answer.code, MCPAR_ERR_LIMIT, "%d", answer.code);
        cr_expect(strstr(answer.report.text, "ulimit -t"), "%s", answer.report.text);
    }
}

/* ---- Memory ---- */

static bool poor;                          /* in a worker: no memory is left in it */
static int first_poor;                     /* the mailboxes from this one on are */

static void no_memory(const char *step, int mailbox)
{
    if (!strcmp(step, "waiting"))
        poor = mailbox >= first_poor;
}

/* As mcpar_uniforms does where malloc fails. */
static int short_of_memory(mcpar_block *block, void *arg)
{
    struct mcpar__block *inside = (struct mcpar__block *)(void *)block;
    const struct timespec moment = { 0, 5000000 };

    (void)arg;
    (void)nanosleep(&moment, NULL);        /* long enough that the others are needed */
    inside->short_of_memory = poor;
    block->hits += block->n;
    return 0;
}

Test(pool_fork_hang, a_worker_without_memory_leaves_the_work_to_others)
{
    struct mcpar__job job = job_of(NULL, &hits_only);
    struct traces before = traces();

    job.block = short_of_memory;
    mcpar__step = no_memory;
    first_poor = 1;
    (void)compare(&job, 4, 0, 40, 1);
    cr_expect_eq(answer.code, 0, "%s", answer.report.text);
    cr_expect(answer.sum.ledger.n == 1 && answer.sum.ledger.range[0].n == 40);
    cr_expect(noted(&answer.report, "not enough memory for more"));
    first_poor = 0;
    cr_expect_not(compare(&job, 4, 0, 40, 1));
    cr_expect_eq(answer.code, MCPAR_ERR_MEMORY, "%d", answer.code);
    cr_expect(strstr(answer.report.text, "last worker"), "%s", answer.report.text);
    expect_no_traces(before);
}

/* ---- Kills that nobody can explain ---- */

static int exits(mcpar_rng *rng, double *values, void *arg)
{
    if (mcpar_trial_number(rng) == 50)
        _exit(3);
    return dart(rng, values, arg);
}

Test(pool_fork_hang, an_exit_that_cannot_be_seen_is_named)
{
    struct mcpar__job job = job_of(exits, &hits_only);

    (void)signal(SIGCHLD, SIG_IGN);
    refuse_calls("pidfd_info", 0, ALL, ENOTTY);
    cr_expect_not(compare(&job, 2, 0, 100, 1));
    cr_expect_eq(answer.code, MCPAR_ERR_KILLED);
    cr_expect(strstr(answer.report.text, "_exit"), "%s", answer.report.text);
}

static int killed_always(mcpar_rng *rng, double *values, void *arg)
{
    if (mcpar_trial_number(rng) == 50)
        (void)raise(SIGKILL);
    return dart(rng, values, arg);
}

Test(pool_fork_hang, a_kill_may_be_for_memory)
{
    struct mcpar__job job = job_of(killed_always, &hits_only);

    cr_expect_not(compare(&job, 2, 0, 100, 1));
    cr_expect_eq(answer.code, MCPAR_ERR_KILLED);
    cr_expect(strstr(answer.report.text, "memory"), "%s", answer.report.text);
    cr_expect_eq(mcpar__memory_kills(), mcpar__memory_kills());
}

/* ---- One worker, and more when there is work ---- */

static int slow(mcpar_rng *rng, double *values, void *arg)
{
    sleep_us(2000);
    return dart(rng, values, arg);
}

static void count_started(const char *step, int mailbox)
{
    (void)mailbox;
    (void)atomic_fetch_add(&shared->deaths, !strcmp(step, "started"));
}

Test(pool_fork_hang, a_short_call_has_one_worker_and_a_long_one_all)
{
    struct mcpar__job job = job_of(dart, &hits_only);
    struct traces before = traces();
    int single = 0;

    mcpar__hire_at_once = false;
    mcpar__step = count_started;
    refer(&job, 0, 100);
    for (int i = 0; i < 20; i++) {
        job.end = i % 2 ? 100 : 0;
        atomic_store(&shared->deaths, 0);
        cr_expect(compare(&job, 8, 0, 100, 1), "%s", answer.report.text);
        cr_expect_eq(answer.workers, 8, "%d", answer.workers);
        single += atomic_load(&shared->deaths) == 1;
    }
    cr_expect_gt(single, 5, "%d of 20 short calls had one worker", single);
    refer(&job, 0, 1000);
    job.trial = slow;
    job.end = 1000;
    atomic_store(&shared->deaths, 0);
    cr_expect(compare(&job, 8, 0, 1000, 2), "%s", answer.report.text);
    cr_expect_eq(atomic_load(&shared->deaths), 8, "%d", atomic_load(&shared->deaths));
    refuse_calls("fork", 3, ALL, EAGAIN);
    cr_expect(compare(&job, 8, 0, 1000, 2), "%s", answer.report.text);
    cr_expect_eq(answer.workers, 3, "%d", answer.workers);
    cr_expect(noted(&answer.report, "3 workers instead of 8"));
    mcpar__refuse = NULL;
    expect_no_traces(before);
}

/* In the last round workers leave by themselves; one that dies in it still loses nothing. */
Test(pool_fork_hang, the_last_round_with_deaths)
{
    struct mcpar__job job = job_of(values_of, &sums);
    struct traces before = traces();

    refer(&job, 0, 3000);
    job.end = 3000;
    mcpar__step = kill_some;
    for (int at_once = 0; at_once < 2; at_once++)
        for (int workers = 1; workers < 6; workers++) {
            mcpar__hire_at_once = at_once;
            cr_expect(compare(&job, workers, 0, 3000, 3), "%d workers: %s", workers, answer.report.text);
        }
    expect_no_traces(before);
}
