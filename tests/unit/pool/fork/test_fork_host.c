/* SPDX-License-Identifier: BSD-3-Clause */
/* test_fork_host.c - a good guest: the host's children, signals, handlers, output and descriptors are its own */
#include "test_fork.h"
#include <fenv.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/time.h>

TestSuite(pool_fork_host, .init = share, .timeout = 120);

/* Kills a worker now and then, so that what hosts do with dead children matters. */
static void kill_some(const char *step, int mailbox)
{
    record(step, mailbox);
    if (!strcmp(step, "run") && atomic_fetch_add(&shared->count, 1) % 7 == 3)
        (void)kill(getpid(), SIGKILL);
}

static void expect_bits(int workers)
{
    struct mcpar__job job = job_of(values_of, &sums);

    cr_expect(compare(&job, workers, 0, 3000, 3), "%d workers: %s", workers, answer.report.text);
}

static void refer_to_bits(void)
{
    struct mcpar__job job = job_of(values_of, &sums);

    refer(&job, 0, 3000);
}

/* ---- Children ---- */

Test(pool_fork_host, ignores_sigchld)
{
    struct traces before = traces();

    refer_to_bits();
    (void)signal(SIGCHLD, SIG_IGN);
    mcpar__step = kill_some;
    for (int workers = 1; workers < 5; workers++)
        expect_bits(workers);
    expect_no_traces(before);
}

static _Atomic int handled;

static void reaps_all(int flags)
{
    struct sigaction action = { .sa_handler = host_reap_all };
    struct traces before = traces();

    refer_to_bits();
    action.sa_flags = flags;
    (void)sigaction(SIGCHLD, &action, NULL);
    mcpar__step = kill_some;
    for (int workers = 1; workers < 5; workers++)
        expect_bits(workers);
    expect_no_traces(before);
}

Test(pool_fork_host, reaps_every_child)
{
    reaps_all(0);
    cr_expect_gt(atomic_load(&host_reaped), 0);
}

Test(pool_fork_host, reaps_every_child_and_restarts)
{
    reaps_all(SA_RESTART);
    cr_expect_gt(atomic_load(&host_reaped), 0);
}

Test(pool_fork_host, wants_no_zombies)
{
    reaps_all(SA_NOCLDWAIT);
}

Test(pool_fork_host, its_own_children_stay)
{
    pid_t quick, slow;
    int status;

    refer_to_bits();
    quick = fork();
    if (quick == 0)
        _exit(41);
    slow = fork();
    if (slow == 0) {
        (void)pause();
        _exit(1);
    }
    mcpar__step = kill_some;
    expect_bits(3);
    cr_expect_eq(waitpid(slow, &status, WNOHANG), 0, "the host's running child was disturbed");
    cr_expect_eq(waitpid(quick, &status, 0), quick);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 41);
    (void)kill(slow, SIGUSR1);
    cr_expect_eq(waitpid(slow, &status, 0), slow);
    cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1);
}

/* ---- Signals ---- */

static void count_signal(int signal)
{
    (void)signal;
    (void)atomic_fetch_add(&handled, 1);
}

static int slow(mcpar_rng *rng, double *values, void *arg)
{
    sleep_us(100);
    return values_of(rng, values, arg);
}

static void count_started(const char *step, int mailbox)
{
    (void)mailbox;
    (void)atomic_fetch_add(&shared->deaths, !strcmp(step, "started"));
}

/* The handler runs in the host while the call goes on, and not in the workers. */
Test(pool_fork_host, signals_run_its_handlers)
{
    struct itimerval every = { { 0, 2000 }, { 0, 2000 } }, off = { 0 };
    struct mcpar__job job = job_of(slow, &sums);

    refer_to_bits();
    for (int restart = 0; restart < 2; restart++) {
        struct sigaction action = { .sa_handler = count_signal };

        action.sa_flags = restart ? SA_RESTART : 0;
        (void)sigaction(SIGALRM, &action, NULL);
        atomic_store(&handled, 0);
        atomic_store(&shared->deaths, 0);
        mcpar__step = count_started;
        (void)setitimer(ITIMER_REAL, &every, NULL);
        cr_expect(compare(&job, 2, 0, 3000, 3), "%s", answer.report.text);
        (void)setitimer(ITIMER_REAL, &off, NULL);
        cr_expect_gt(atomic_load(&handled), 10, "ran %d times", atomic_load(&handled));
        cr_expect_eq(atomic_load(&shared->deaths), 2, "a worker had to be replaced");
    }
}

static void signal_workers(const char *step, int mailbox)
{
    static const int ignored[] = { SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGUSR1, SIGUSR2, SIGPIPE };

    (void)mailbox;
    if (strcmp(step, "run") != 0)
        return;
    for (size_t i = 0; i < COUNT(ignored); i++) {
        pid_t worker = getpid(), other = fork();

        if (other == 0) {
            (void)kill(worker, ignored[i]);
            _exit(0);
        }
        (void)waitpid(other, NULL, 0);
    }
}

static void tell_shared(int signal)
{
    (void)signal;
    (void)atomic_fetch_add(&shared->count, 1);
}

/* What a batch system sends to all processes of a job is the parent's to decide. */
Test(pool_fork_host, workers_ignore_what_the_parent_decides)
{
    refer_to_bits();
    (void)signal(SIGINT, tell_shared);
    (void)signal(SIGTERM, tell_shared);
    (void)signal(SIGUSR1, tell_shared);
    mcpar__step = signal_workers;
    expect_bits(2);
    cr_expect_eq(atomic_load(&shared->count), 0, "a handler of the host's ran in a worker");
}

static int dispositions(mcpar_rng *rng, double *values, void *arg)
{
    struct sigaction action;
    sigset_t mask;

    if (sigaction(SIGALRM, NULL, &action) || action.sa_handler != SIG_DFL)
        return -1;
    if (sigaction(SIGTSTP, NULL, &action) || action.sa_handler != SIG_IGN)
        return -2;
    if (sigaction(SIGTTIN, NULL, &action) || action.sa_handler != SIG_DFL)
        return -3;
    if (sigprocmask(SIG_BLOCK, NULL, &mask) || sigismember(&mask, SIGALRM) || sigismember(&mask, SIGSEGV))
        return -4;
    return dart(rng, values, arg);
}

Test(pool_fork_host, workers_start_from_default_signals)
{
    struct mcpar__job job = job_of(dispositions, &hits_only);
    sigset_t blocked, after;

    (void)signal(SIGALRM, count_signal);
    (void)signal(SIGTSTP, count_signal);   /* stops by a way of its own: nobody would wake the workers */
    (void)sigemptyset(&blocked);
    (void)sigaddset(&blocked, SIGALRM);
    (void)sigaddset(&blocked, SIGSEGV);
    (void)sigprocmask(SIG_BLOCK, &blocked, NULL);
    (void)compare(&job, 2, 0, 100, 1);
    cr_expect_eq(answer.code, 0, "%d", answer.failure.returned);
    (void)sigprocmask(SIG_BLOCK, NULL, &after);
    cr_expect(sigismember(&after, SIGALRM) && sigismember(&after, SIGSEGV) && !sigismember(&after, SIGCHLD));
}

/* Workers that died between two rounds are found out by writing to them. */
Test(pool_fork_host, no_sigpipe)
{
    struct mcpar__job job = job_of(values_of, &sums);
    struct mcpar__report report = { 0 };
    struct mcpar__result into, all;
    struct mcpar__failure failure;
    void *pool;

    (void)signal(SIGPIPE, SIG_DFL);
    refer_to_bits();
    mcpar__step = record;
    cr_assert_eq(mcpar__result_open(&into, job.schema), 0);
    cr_assert_eq(mcpar__result_open(&all, job.schema), 0);
    cr_assert_eq(mcpar__pool_fork.open(&pool, &job, 3, &report), 0);
    for (uint64_t first = 0; first < 3000; first += 1000) {
        mcpar__result_clear(&into);
        cr_expect_eq(mcpar__pool_fork.round(pool, first, &(uint64_t){ 1000 }, 0, &into, &failure, &report), 0, "%s", report.text);
        cr_expect_eq(mcpar__result_merge(&all, &into), 0);
        for (int i = 0; i < 3; i++)
            if (atomic_load(&shared->pid[i]))      /* 0: the others were done before it began */
                (void)kill(atomic_load(&shared->pid[i]), SIGKILL);
        sleep_us(20000);
    }
    cr_expect(same(&all, &reference.sum));
    mcpar__pool_fork.close(pool);
    mcpar__result_close(&into);
    mcpar__result_close(&all);
}

/* ---- Descriptors and memory ---- */

static int holds_little(mcpar_rng *rng, double *values, void *arg)
{
    const struct traces *host = arg;

    if (mcpar_trial_number(rng) % 50 == 0 && host_open_files() != host->files + 1)
        return -1;
    if (mcpar_trial_number(rng) % 50 == 0 && host_mappings(" rw-s ") != host->mappings + 2)
        return -2;
    return dart(rng, values, NULL);
}

/* Its socket, its mailbox and the queue: nothing of its siblings', neither in the first workers nor in replacements. */
Test(pool_fork_host, a_worker_holds_its_own_only)
{
    struct mcpar__job job = job_of(dart, &hits_only);
    struct traces before = traces();

    refer(&job, 0, 3000);
    job.trial = holds_little;
    job.arg = &before;
    mcpar__step = kill_some;
    cr_expect(compare(&job, 4, 0, 3000, 3), "%d", answer.failure.returned);
}

/* ---- Output and exit functions ---- */

static void at_exit_of_host(void)
{
    (void)!write(STDOUT_FILENO, "[host exits]", 12);
}

static int prints(mcpar_rng *rng, double *values, void *arg)
{
    if (mcpar_trial_number(rng) % 100 == 0)
        (void)printf("t");
    if (mcpar_trial_number(rng) == 150 && atomic_fetch_add(&shared->count, 1) == 0)
        exit(0);
    return dart(rng, values, arg);
}

/* A host of our own, with output on its way and exit functions, whose bytes can be counted. Returns how many. */
static size_t host_output(void (*host)(void), char *bytes, size_t room)
{
    size_t got = 0;
    ssize_t n;
    pid_t pid;
    int end[2], status;

    cr_assert_eq(pipe(end), 0);
    (void)fflush(NULL);
    pid = fork();
    if (pid == 0) {
        (void)dup2(end[1], STDOUT_FILENO);
        (void)close(end[0]);
        (void)close(end[1]);
        (void)setvbuf(stdout, NULL, _IOFBF, 1 << 16);
        host();
        (void)fflush(stdout);
        at_exit_of_host();
        _exit(0);
    }
    (void)close(end[1]);
    while ((n = read(end[0], bytes + got, room - 1 - got)) > 0)
        got += (size_t)n;
    bytes[got] = 0;
    (void)close(end[0]);
    cr_expect_eq(waitpid(pid, &status, 0), pid);
    cr_expect_eq(status, 0);
    return got;
}

static void host_that_prints(void)
{
    struct mcpar__job job = job_of(prints, &hits_only);

    (void)atexit(at_exit_of_host);
    (void)printf("pending ");
    run_into(&answer, &mcpar__pool_fork, &job, 3, 0, 1000, 5);
    (void)printf(" end %d", answer.code);
}

Test(pool_fork_host, output_and_exit_functions_are_not_repeated)
{
    char bytes[4096];
    size_t trials = 0, pending = 0, exits = 0;

    (void)host_output(host_that_prints, bytes, sizeof bytes);
    for (const char *at = bytes; *at; at++) {
        trials += *at == 't' && strncmp(at, "ts]", 3) != 0;
        pending += !strncmp(at, "pending", 7);
        exits += !strncmp(at, "[host", 5);
    }
    cr_expect_eq(pending, 1, "%s", bytes);
    cr_expect_eq(exits, 1, "%s", bytes);
    /* "host" has one t. 50 from the trials; those around the one that exited are run twice. */
    cr_expect(trials - 1 >= 50 && trials - 1 <= 54, "%d: %s", (int)trials, bytes);
    cr_expect(strstr(bytes, " end 0"), "%s", bytes);
}

static void host_without_streams(void)
{
    struct mcpar__job job = job_of(prints, &hits_only);
    int kept = dup(STDOUT_FILENO);

    kept = kept < 10 ? fcntl(kept, F_DUPFD, 10) : kept;
    for (int fd = 0; fd < 3; fd++)
        (void)close(fd);
    atomic_store(&shared->count, 1);       /* no exit this time */
    mcpar__step = count_started;
    run_into(&answer, &mcpar__pool_fork, &job, 3, 0, 1000, 5);
    (void)dup2(kept, STDOUT_FILENO);
    (void)fflush(stdout);
    (void)printf("code %d, %d workers", answer.code, atomic_load(&shared->deaths));
}

/* Descriptors 0 to 2 are closed: the library's own must not take their place, or trials print into them. */
Test(pool_fork_host, closed_streams)
{
    char bytes[4096];

    (void)host_output(host_without_streams, bytes, sizeof bytes);
    cr_expect(strstr(bytes, "code 0, 3 workers"), "%s", bytes);
}

/* ---- Shortage ---- */

static struct {
    const char *call;
    int from, to, error;                   /* refuse the calls from number `from` to before `to` */
} shortage;

static int refuse(const char *call)
{
    int n;

    if (strcmp(call, shortage.call))
        return 0;
    n = atomic_fetch_add(&handled, 1);
    return n >= shortage.from && n < shortage.to ? shortage.error : 0;
}

static void with_shortage(const char *call, int from, int to, int error, int workers)
{
    struct mcpar__job job = job_of(values_of, &sums);
    struct traces before = traces();
    bool right;

    shortage.call = call;
    shortage.from = from;
    shortage.to = to;
    shortage.error = error;
    atomic_store(&handled, 0);
    mcpar__refuse = refuse;
    right = compare(&job, 5, 0, 3000, 3);
    mcpar__refuse = NULL;
    if (workers == 0) {
        cr_expect_eq(answer.code, MCPAR_ERR_WORKERS, "%s: code %d", call, answer.code);
        cr_expect(strstr(answer.report.text, call) && strstr(answer.report.text, strerror(error)), "%s",
                  answer.report.text);
    } else {
        cr_expect(right, "%s from %d: %s", call, from, answer.report.text);
        cr_expect_eq(answer.workers, workers, "%s from %d: %d workers", call, from, answer.workers);
    }
    cr_expect_eq(noted(&answer.report, "instead of 5") != NULL, workers > 0 && workers < 5, "%s: a note", call);
    expect_no_traces(before);
}

Test(pool_fork_host, shortage)
{
    enum { ALL = 1000000 };

    refer_to_bits();
    with_shortage("fork", 0, 1, EAGAIN, 4);
    with_shortage("fork", 2, 3, EAGAIN, 4);
    with_shortage("fork", 4, 5, ENOMEM, 4);
    with_shortage("fork", 1, ALL, EAGAIN, 1);
    with_shortage("fork", 0, ALL, EAGAIN, 0);
    with_shortage("socketpair", 0, 1, EMFILE, 4);
    with_shortage("socketpair", 3, ALL, EMFILE, 3);
    with_shortage("socketpair", 0, ALL, ENFILE, 0);
    with_shortage("mmap", 0, 1, ENOMEM, 0);        /* the queue */
    with_shortage("mmap", 1, 2, ENOMEM, 4);
    with_shortage("mmap", 3, ALL, ENOMEM, 2);
    with_shortage("mmap", 1, ALL, ENOMEM, 0);
    with_shortage("pidfd_open", 0, ALL, ENOSYS, 5);
    with_shortage("pidfd_open", 2, 4, EMFILE, 5);
}

/* Workers die and none can be forked: the others do the work; and if there are no others, that is said. */
Test(pool_fork_host, no_replacement)
{
    struct mcpar__job job = job_of(values_of, &sums);
    struct traces before = traces();

    refer_to_bits();
    mcpar__step = kill_some;
    mcpar__refuse = refuse;
    shortage.call = "fork";
    shortage.from = 3;
    shortage.to = 5;
    shortage.error = EAGAIN;
    cr_expect(compare(&job, 3, 0, 3000, 3), "%s", answer.report.text);
    cr_expect(noted(&answer.report, "could not be replaced"));
    shortage.to = 1000000;
    atomic_store(&handled, 0);
    cr_expect_not(compare(&job, 3, 0, 3000, 3));
    cr_expect_eq(answer.code, MCPAR_ERR_WORKERS);
    mcpar__refuse = NULL;
    expect_no_traces(before);
}

/* ---- Threads and the floating-point environment ---- */

static void *idle(void *arg)
{
    (void)arg;
    (void)pause();
    return NULL;
}

Test(pool_fork_host, has_threads)
{
    pthread_t thread;

    refer_to_bits();
    cr_assert_eq(pthread_create(&thread, NULL, idle, NULL), 0);
    mcpar__step = kill_some;
    expect_bits(3);
    cr_expect(noted(&answer.report, "threads"));
}

Test(pool_fork_host, has_any_floating_point_environment)
{
    refer_to_bits();
    (void)fesetround(FE_UPWARD);
    (void)feenableexcept(FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW | FE_INEXACT | FE_UNDERFLOW);
    expect_bits(3);
    cr_expect_eq(fegetround(), FE_UPWARD);
    (void)feclearexcept(FE_ALL_EXCEPT);
    (void)fesetenv(FE_DFL_ENV);
}
