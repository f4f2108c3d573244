/* SPDX-License-Identifier: BSD-3-Clause */
/* test_guest_signals.c - a good guest: the host's children, and signals in it, in its workers and in programs that
 * trials run */
#include "guest.h"
#include <pthread.h>
#include <sys/time.h>

/* ---- Children and signals ---- */

static int sigchld_ignored(void)
{
    (void)signal(SIGCHLD, SIG_IGN);
    GOOD(run_with(3, NULL));
    GOOD(run_with(3, side(kill_once)));
    NEED(shared->once >= 2, "no worker was killed");
    NEED(signal(SIGCHLD, SIG_DFL) == SIG_IGN, "SIGCHLD is no longer ignored");
    return 0;
}

HOST(sigchld_ignored, "")

static int reaping_handler(void)
{
    (void)on_signal(SIGCHLD, host_reap_all, SA_RESTART);
    GOOD(run_with(3, NULL));
    GOOD(run_with(3, side(kill_once)));
    GOOD(run_with(7, NULL));
    return 0;
}

HOST(reaping_handler, "")

static void *reap_always(void *arg)
{
    (void)arg;
    while (!stop_thread)
        if (waitpid(-1, NULL, 0) < 0)
            (void)usleep(100);
    return NULL;
}

static int reaping_thread(void)
{
    pthread_t thread;
    int err;

    NEED(pthread_create(&thread, NULL, reap_always, NULL) == 0, "thread");
    err = run_with(3, NULL) || run_with(3, side(kill_once));
    stop_thread = 1;
    (void)pthread_join(thread, NULL);
    NEED(err == 0, "a run under a thread that reaps all children");
    return 0;
}

HOST(reaping_thread, "")

/* Two children of the host: one has ended before, one ends later. Both stay its own to wait for. */
static int own_children(void)
{
    int pipe_end[2], status = 0;
    pid_t early = fork(), late;
    char c = 0;

    if (early == 0)
        _exit(11);
    NEED(pipe(pipe_end) == 0, "pipe");
    late = fork();
    if (late == 0) {
        (void)close(pipe_end[1]);
        _exit(read(pipe_end[0], &c, 1) == 0 ? 12 : 13);
    }
    GOOD(run_with(3, NULL));
    (void)close(pipe_end[0]);
    (void)close(pipe_end[1]);
    NEED(waitpid(early, &status, 0) == early && WEXITSTATUS(status) == 11, "%d", status);
    NEED(waitpid(late, &status, 0) == late && WEXITSTATUS(status) == 12, "%d", status);
    NEED(!host_has_child(), "a child is left");
    return 0;
}

HOST(own_children, "")

static void signal_worker(uint64_t trial)
{
    static const int signals[] = { SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGUSR1, SIGUSR2, SIGPIPE };

    pid_t worker = getpid(), other;

    if (trial % 50 != 0 || worker == host)
        return;
    other = fork();                        /* what a worker sends to itself ends it */
    if (other == 0) {
        (void)kill(worker, signals[trial / 50 % 7]);
        _exit(0);
    }
    (void)waitpid(other, NULL, 0);
}

static void interrupt_group(uint64_t trial)
{
    if (trial == 100 && shared->once++ == 0)
        (void)kill(0, SIGINT);
}

static int same_action(const struct sigaction *a, const struct sigaction *b)
{
    for (int s = 1; s < 65; s++)
        if (sigismember(&a->sa_mask, s) != sigismember(&b->sa_mask, s))
            return 0;
    return a->sa_handler == b->sa_handler && a->sa_flags == b->sa_flags;
}

/* Every disposition, the mask, the other stack: as before. Handlers do not run in workers. */
static int signals_as_before(void)
{
    static struct sigaction before[65], after[65];
    static char room[65536];
    stack_t stack = { .ss_sp = room, .ss_size = sizeof room }, found;
    sigset_t mask, mask_after;

    (void)setpgid(0, 0);
    for (int s = 1; s < 32; s++)
        if (s != SIGKILL && s != SIGSTOP && s != SIGSEGV)
            (void)on_signal(s, s % 3 ? count_signal : SIG_IGN, SA_RESTART);
    (void)on_signal(SIGINT, count_signal, 0);
    (void)sigaltstack(&stack, NULL);
    (void)sigemptyset(&mask);
    (void)sigaddset(&mask, SIGUSR2);
    (void)sigaddset(&mask, SIGSEGV);
    (void)sigaddset(&mask, SIGCHLD);
    (void)sigprocmask(SIG_SETMASK, &mask, NULL);
    memset(before, 0, sizeof before);
    memset(after, 0, sizeof after);
    for (int s = 1; s < 65; s++)
        (void)sigaction(s, NULL, &before[s]);
    GOOD(run_with(3, side(signal_worker)));
    GOOD(run_with(3, side(kill_once)));
    NEED(shared->told == 0, "%d handlers ran in workers", shared->told);
    shared->handled = shared->once = 0;
    GOOD(run_with(3, side(interrupt_group)));
    NEED(shared->handled == 1 && shared->told == 0, "%d and %d", shared->handled, shared->told);
    for (int s = 1; s < 65; s++) {
        (void)sigaction(s, NULL, &after[s]);
        NEED(same_action(&before[s], &after[s]), "signal %d: %#x, then %#x", s, (unsigned int)before[s].sa_flags,
             (unsigned int)after[s].sa_flags);
    }
    (void)sigprocmask(SIG_SETMASK, NULL, &mask_after);
    for (int s = 1; s < 65; s++)
        NEED(sigismember(&mask, s) == sigismember(&mask_after, s), "signal %d", s);
    (void)sigaltstack(NULL, &found);
    NEED(found.ss_sp == stack.ss_sp && found.ss_size == stack.ss_size, "stack");
    return 0;
}

HOST(signals_as_before, "")

/* A timer that interrupts every system call of the host, which asks for no restart. */
static int interrupted_all_the_time(void)
{
    const struct itimerval often = { { 0, 300 }, { 0, 300 } }, never = { { 0, 0 }, { 0, 0 } };
    int err;

    (void)on_signal(SIGALRM, count_signal, 0);
    (void)setitimer(ITIMER_REAL, &often, NULL);
    err = run_with(3, side(slow)) || run_with(2, side(kill_once)) || run_with(0, side(slow));
    (void)setitimer(ITIMER_REAL, &never, NULL);
    NEED(err == 0 && shared->handled > 0 && shared->told == 0, "%d", err);
    return 0;
}

HOST(interrupted_all_the_time, "")

static void tell_pid(uint64_t trial)
{
    (void)trial;
    for (int i = 0; i < shared->pids; i++)
        if (shared->pid[i] == getpid())
            return;
    shared->pid[shared->pids++ % 64] = getpid();
}

static void tell_pid_and_wait(uint64_t trial)
{
    struct timespec nap = { 0, 100000000 };

    tell_pid(trial);
    for (int i = 0; i < 600; i++)
        (void)nanosleep(&nap, NULL);
}

/* The host is killed: its workers do not outlive it by more than a second (here, with a busy machine, by ten). */
static int killed_host(void)
{
    struct timespec nap = { 0, 20000000 };
    pid_t middle = fork();
    int alive = 1;

    if (middle == 0)
        _exit(run_with(3, side(tell_pid_and_wait)) ? 1 : 0);
    for (int i = 0; i < 500 && shared->pids < 3; i++)
        (void)nanosleep(&nap, NULL);
    NEED(shared->pids == 3, "%d workers", shared->pids);
    (void)kill(middle, SIGKILL);
    NEED(waitpid(middle, NULL, 0) == middle, "waitpid");
    for (int i = 0; i < 500 && alive; i++) {
        alive = 0;
        for (int w = 0; w < 3; w++) {
            char path[64], line[512] = "";
            FILE *file;

            (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)shared->pid[w]);
            file = fopen(path, "r");
            if (file) {
                /* a zombie that nobody reaps in this container has ended, too */
                alive += fgets(line, sizeof line, file) && strrchr(line, ')') && !strstr(strrchr(line, ')'), ") Z");
                (void)fclose(file);
            }
        }
        (void)nanosleep(&nap, NULL);
    }
    NEED(alive == 0, "%d workers are left", alive);
    return 0;
}

HOST(killed_host, "")

static void run_programs(uint64_t trial)
{
    static const int mortal[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1 };
    int status;
    pid_t child;

    if (trial % 1000 != 500)
        return;
    if (system("yes | head -1 >/dev/null; kill -TERM $$") == 0)
        shared->told++;                    /* it survived */
    for (size_t i = 0; i < sizeof mortal / sizeof *mortal; i++) {
        child = fork();
        if (child == 0) {
            (void)pause();
            _exit(0);
        }
        (void)kill(child, mortal[i]);
        if (waitpid(child, &status, 0) != child || !WIFSIGNALED(status) || WTERMSIG(status) != mortal[i])
            shared->told++;
    }
    shared->once++;
}

static int programs_of_trials(void)
{
    GOOD(run_with(2, side(run_programs)));
    NEED(shared->told == 0 && shared->once == 3, "%d survived, %d trials", shared->told, shared->once);
    return 0;
}

HOST(programs_of_trials, "")

static void raise_term(uint64_t trial)
{
    if (trial == 7)
        (void)raise(SIGTERM);
}

/* A guard that raises a signal and returns must not lose its work in silence; what the host ignores stays ignored. */
static int signal_of_its_own(void)
{
    mcpar *mc;
    int err;

    NEED(open_pool(&mc, 2) == 0, "%s", mcpar_message(mc));
    err = mcpar_sample(mc, TRIALS, dart, side(raise_term));
    NEED(err == MCPAR_ERR_CRASH && strstr(mcpar_message(mc), "trial 7,"), "%d %s", err, mcpar_message(mc));
    NEED(strstr(mcpar_message(mc), "signal 15"), "%s", mcpar_message(mc));
    (void)signal(SIGTERM, SIG_IGN);
    GOOD(good_run(mc, TRIALS, side(raise_term)));
    NEED(mcpar_finalize(&mc) == 0, "finalize");
    return 0;
}

HOST(signal_of_its_own, "")
