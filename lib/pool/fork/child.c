/* child.c - a forked copy of the host becomes a worker: no handler, output or descriptor of the host's
 *
 * The statics below are set in the child only, for handlers that get no argument. */
#include "pool/fork/fork.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef __linux__
#include <stdio_ext.h>
#include <sys/prctl.h>
#endif

enum { HANDLER_STACK = 65536, NULL_PAGES = 65536 };       /* bytes; below the second nothing is ever mapped */

static struct mcpar__mailbox *own_mailbox;
static pid_t own_pid;

/* ---- The cause of its own death, told where the parent sees it even if it cannot wait for its children ---- */

/* A process that a trial forked has the handlers, too, but no mailbox. */
static bool is_worker(void)
{
    return own_mailbox && getpid() == own_pid;
}

static void on_fatal(int signal, siginfo_t *info, void *context)
{
    (void)context;
    if (is_worker()) {
        atomic_store(&own_mailbox->cause, signal);
        if (signal == SIGSEGV && info->si_code == SEGV_MAPERR && (uintptr_t)info->si_addr < NULL_PAGES)
            atomic_store(&own_mailbox->null, 1);
    }
    (void)raise(signal);                   /* SA_RESETHAND: now by default */
}

/* A trial called exit. This runs before anything that the host registered, and nothing of that may run here. */
static void on_exit_call(void)
{
    if (!is_worker())
        return;
    atomic_store(&own_mailbox->cause, MCPAR__CAUSE_EXIT);
    (void)fflush(stdout);
    _exit(1);
}

static void catch_fatal(void)
{
    static const int fatal[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
    void *memory = mmap(NULL, HANDLER_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct sigaction action = { .sa_sigaction = on_fatal };

    /* Its own stack, so that a trial's endless recursion is told as well. */
    if (memory != MAP_FAILED) {
        stack_t stack = { .ss_sp = memory, .ss_size = HANDLER_STACK };

        (void)sigaltstack(&stack, NULL);
    }
    (void)sigemptyset(&action.sa_mask);
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | (int)SA_RESETHAND;
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
        (void)sigaction(fatal[i], &action, NULL);
}

/* ---- The host's dispositions, streams and descriptors ---- */

static void reset_signals(void)
{
    /* What a terminal, a batch system or an admin sends to all processes of a job is the parent's to decide. */
    static const int ignored[] = { SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGUSR1, SIGUSR2, SIGPIPE };
    static const int stops[] = { SIGTSTP, SIGTTIN, SIGTTOU };
    struct sigaction standard = { .sa_handler = SIG_DFL }, ignore = { .sa_handler = SIG_IGN }, host;
    sigset_t ignore_stops;

    /* Stops with the host where the host lets the terminal stop it; else nobody would wake the worker again. */
    (void)sigemptyset(&ignore_stops);
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
        if (sigaction(stops[i], NULL, &host) == 0 && (host.sa_flags & SA_SIGINFO || host.sa_handler != SIG_DFL))
            (void)sigaddset(&ignore_stops, stops[i]);
    for (int signal = 1; signal < NSIG; signal++)
        (void)sigaction(signal, sigismember(&ignore_stops, signal) == 1 ? &ignore : &standard, NULL);
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        (void)sigaction(ignored[i], &ignore, NULL);
}

/* What the host has written to its streams and not flushed is the host's to write, and once. */
static void discard_output(void)
{
#ifdef __linux__
    __fpurge(stdin);
    __fpurge(stdout);
    __fpurge(stderr);
#endif
}

/* A sibling whose socket stays open here would not hear that the parent is gone. */
static void close_siblings(struct mcpar__fork *pool, int index)
{
    for (int i = 0; i < pool->size; i++) {
        struct mcpar__worker *worker = &pool->worker[i];

        if (i == index || !worker->pid)
            continue;
        (void)close(worker->socket);
        if (worker->pidfd >= 0)
            (void)close(worker->pidfd);
    }
}

/* Tells the parent which call was refused. */
static bool refused(struct mcpar__mailbox *mailbox, enum mcpar__refusal call, int error)
{
    atomic_store(&mailbox->refusal_errno, error);
    atomic_store(&mailbox->refusal, (int)call);
    return false;
}

bool mcpar__child_settle(struct mcpar__fork *pool, int index, pid_t parent)
{
    sigset_t none;
    int err;

#ifdef __linux__
    if (MCPAR__REFUSED("prctl") || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return refused(pool->worker[index].mailbox, MCPAR__REFUSED_PRCTL, errno);
#endif
    /* The parent may have died before that. 0: it is outside of this process's pid namespace. */
    if (getppid() != parent && getppid() != 0)
        return false;
    own_pid = getpid();
    own_mailbox = pool->worker[index].mailbox;
    reset_signals();
    catch_fatal();
    discard_output();
    close_siblings(pool, index);
    if (atexit(on_exit_call) != 0)
        return false;
#ifdef __GLIBC__
    if (at_quick_exit(on_exit_call) != 0)
        return false;
#endif
    (void)sigemptyset(&none);
    err = MCPAR__REFUSED("sigprocmask") ? errno : pthread_sigmask(SIG_SETMASK, &none, NULL);
    return err ? refused(own_mailbox, MCPAR__REFUSED_SIGMASK, err) : true;
}
