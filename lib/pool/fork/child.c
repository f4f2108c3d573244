/* SPDX-License-Identifier: BSD-3-Clause */
/* child.c - turns a forked copy of the host into a worker, without the host's handlers, output or descriptors
 *
 * The statics below are set in the child only, for handlers that get no argument. */
#include "pool/fork/fork.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef __linux__
#include <stdio_ext.h>
#include <sys/prctl.h>
#endif

enum { NULL_PAGES = 65536 };               /* bytes at the bottom of memory in which nothing is ever mapped */

static struct mcpar__mailbox *own_mailbox;
static const struct mcpar__fork *own_pool;
static pid_t own_pid;

/* ---- A worker records why it dies in its mailbox, where the parent sees it even if it cannot wait for it ---- */

/* A process that a trial forked has the handlers, too, but no mailbox. */
static bool is_worker(void)
{
    return own_mailbox && getpid() == own_pid;
}

bool mcpar__child_dies(int cause)
{
    if (!is_worker())
        return false;
    atomic_store(&own_mailbox->cause, cause);
    return true;
}

static void on_fatal(int signal, siginfo_t *info, void *context)
{
    (void)context;
    if (mcpar__child_dies(signal) && signal == SIGSEGV && info->si_code == SEGV_MAPERR &&
        (uintptr_t)info->si_addr < NULL_PAGES)
        atomic_store(&own_mailbox->null, 1);
    (void)raise(signal);                   /* SA_RESETHAND has restored the default action */
}

/* A terminal, a batch system or an administrator signals all processes of a job: the parent decides what happens,
 * and the worker ignores it. A signal that the trial's code sends to its own process (SIGPIPE from a write, for
 * example) has its default effect. So has every signal in a process that the trial forked; a program it executes has
 * no handlers. */
static void on_request(int signal, siginfo_t *info, void *context)
{
    static const struct sigaction standard = { .sa_handler = SIG_DFL };
    int error = errno;

    (void)context;
    if (is_worker() && !(info->si_code <= 0 && info->si_pid == own_pid)) {
        errno = error;
        return;
    }
    (void)mcpar__child_dies(MCPAR__CAUSE_OWN + signal);
    (void)sigaction(signal, &standard, NULL);
    (void)raise(signal);                   /* SA_NODEFER */
    MCPAR__EXIT(1);
}

/* Runs when a trial calls exit, before the host's own exit functions, none of which may run in a worker. It also runs
 * when a host closes a pool, and that host may be a worker of another pool. */
static void on_exit_call(void *pool)
{
    if ((pool && pool != own_pool) || !mcpar__child_dies(MCPAR__CAUSE_EXIT))
        return;
    mcpar__child_flush();
    MCPAR__EXIT(1);
}

/* The C library's list of exit functions has a lock, which another thread of the host may hold at the fork. So the
 * parent registers the function and removes it again. It registers as late as it can, because functions registered
 * later run earlier. */
#ifdef __GLIBC__

extern int __cxa_atexit(void (*function)(void *), void *arg, void *object);
extern int __cxa_at_quick_exit(void (*function)(void *), void *object);
extern void __cxa_finalize(void *object);

void mcpar__child_forget(struct mcpar__fork *pool)
{
    __cxa_finalize(pool);                  /* the address stands for a shared object: no other one can have it */
    pool->expected = false;
}

bool mcpar__child_expect(struct mcpar__fork *pool)
{
    if (pool->expected)
        mcpar__child_forget(pool);
    pool->expected = true;
    return __cxa_atexit(on_exit_call, pool, pool) == 0 && __cxa_at_quick_exit(on_exit_call, pool) == 0;
}

#else                                      /* functions cannot be removed: register once per process */

static void on_any_exit(void)
{
    on_exit_call(NULL);
}

void mcpar__child_forget(struct mcpar__fork *pool)
{
    pool->expected = false;
}

bool mcpar__child_expect(struct mcpar__fork *pool)
{
    static atomic_int registered;

    pool->expected = true;
    return atomic_exchange(&registered, 1) || atexit(on_any_exit) == 0;
}

#endif

/* ---- The host's dispositions, streams and descriptors ---- */

/* What a worker does with a signal. It reports a fatal one to the parent, leaves requests from outside to the host, and
 * lets every other one have its default effect. */
static struct sigaction disposition(int signal)
{
    struct sigaction action = { .sa_handler = SIG_DFL };

    (void)sigemptyset(&action.sa_mask);
    switch (signal) {
    case SIGSEGV: case SIGBUS: case SIGILL: case SIGFPE: case SIGABRT:
        action.sa_sigaction = on_fatal;
        action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | (int)SA_RESETHAND;
        break;
    case SIGINT: case SIGQUIT: case SIGHUP: case SIGTERM: case SIGUSR1: case SIGUSR2: case SIGPIPE:
        action.sa_sigaction = on_request;
        action.sa_flags = SA_SIGINFO | SA_RESTART | SA_NODEFER;
        break;
    default:
        break;
    }
    return action;
}

/* Signals that the host ignores stay ignored. A terminal stop that the host handles is ignored, too, because nobody
 * would continue the worker. */
static bool stays_ignored(int signal, const struct sigaction *host)
{
    bool ignored = !(host->sa_flags & SA_SIGINFO) && host->sa_handler == SIG_IGN;
    bool handled = host->sa_flags & SA_SIGINFO || host->sa_handler != SIG_DFL;

    switch (signal) {
    case SIGTSTP: case SIGTTIN: case SIGTTOU:
        return handled;
    case SIGINT: case SIGQUIT: case SIGHUP: case SIGTERM: case SIGUSR1: case SIGUSR2: case SIGPIPE:
        return ignored;
    default:
        return false;
    }
}

/* Makes one system call per signal where it can, because these calls are a good part of the cost of a short run. All
 * signals are blocked meanwhile. */
static void reset_signals(void)
{
    static const struct sigaction ignore = { .sa_handler = SIG_IGN };

    for (int signal = 1; signal < NSIG; signal++) {
        struct sigaction action = disposition(signal), host;

        if (signal == SIGKILL || signal == SIGSTOP)
            continue;
        if (sigaction(signal, &action, &host) == 0 && stays_ignored(signal, &host))
            (void)sigaction(signal, &ignore, NULL);
    }
}

/* Handlers get a stack of their own, so that the worker can report a trial's endless recursion, too. */
static void set_handler_stack(const struct mcpar__fork *pool)
{
    stack_t stack = { .ss_sp = mcpar__mailbox_stack(own_mailbox, pool->job->schema), .ss_size = MCPAR__HANDLER_STACK };

    (void)sigaltstack(&stack, NULL);
}

/* Calls act for each open stream. glibc can list them; elsewhere only stdout and stderr are known. No lock is needed,
 * because no other thread can open a stream between trials. */
#ifdef __GLIBC__
extern void *_IO_iter_begin(void) __attribute__((weak));
extern void *_IO_iter_end(void) __attribute__((weak));
extern void *_IO_iter_next(void *stream) __attribute__((weak));
extern FILE *_IO_iter_file(void *stream) __attribute__((weak));
#endif

static void each_stream(void (*act)(FILE *stream))
{
#ifdef __GLIBC__
    if (_IO_iter_begin && _IO_iter_end && _IO_iter_next && _IO_iter_file) {
        for (void *at = _IO_iter_begin(); at != _IO_iter_end(); at = _IO_iter_next(at))
            act(_IO_iter_file(at));
        return;
    }
#endif
    act(stdout);
    act(stderr);
}

static bool pending(FILE *stream)
{
#ifdef __linux__
    return __fpending(stream) > 0;
#else
    (void)stream;
    return true;
#endif
}

/* Input that the host has read ahead stays, because a trial may read on; standard input is never a trial's. */
static void discard(FILE *stream)
{
#ifdef __linux__
    if (pending(stream))
        __fpurge(stream);
#else
    (void)stream;
#endif
}

/* Discards what the host has written but not flushed: the host writes it, once. */
static void discard_output(void)
{
#if defined(__GLIBC__)
    if (stdin->_IO_read_ptr != stdin->_IO_read_end)        /* otherwise the purge would only copy a page */
        __fpurge(stdin);
#elif defined(__linux__)
    __fpurge(stdin);
#endif
    each_stream(discard);
}

/* Skips a stream that another thread of the trial has locked; that thread writes it. */
static void flush(FILE *stream)
{
    if (!pending(stream) || ftrylockfile(stream) != 0)
        return;
    (void)fflush(stream);
    funlockfile(stream);
}

static bool any_pending;

static void look_for_pending(FILE *stream)
{
    any_pending = any_pending || pending(stream);
}

/* Blocks SIGPIPE meanwhile: the worker must not die because nobody reads its output. */
void mcpar__child_flush(void)
{
    static const struct timespec now = { 0, 0 };
    sigset_t pipe, before, waiting;

    any_pending = false;
    each_stream(look_for_pending);
    if (!any_pending)
        return;
    (void)sigemptyset(&pipe);
    (void)sigaddset(&pipe, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &pipe, &before);
    (void)sigpending(&waiting);
    each_stream(flush);
    if (sigismember(&waiting, SIGPIPE) == 0)
        while (sigtimedwait(&pipe, NULL, &now) < 0 && errno == EINTR)
            ;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* If this process kept a sibling's socket open, the sibling would not notice that the parent is gone. And if it kept a
 * file locked that the parent writes, another process could not take over. */
static void close_siblings(struct mcpar__fork *pool, int index)
{
    if (pool->job->lock > 0)
        (void)close(pool->job->lock);
    for (int i = 0; i < pool->size; i++) {
        struct mcpar__worker *worker = &pool->worker[i];

        if (i == index || !worker->pid)
            continue;
        (void)close(worker->socket);
        if (worker->pidfd >= 0)
            (void)close(worker->pidfd);
    }
}

/* Records for the parent which call was refused. */
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
    /* The parent may have died before prctl. getppid returns 0 if the parent is outside this process's pid
     * namespace. */
    if (getppid() != parent && getppid() != 0)
        return false;
    own_pid = getpid();
    own_pool = pool;
    own_mailbox = pool->worker[index].mailbox;
    reset_signals();
    set_handler_stack(pool);
    discard_output();
    close_siblings(pool, index);
    (void)sigemptyset(&none);
    err = MCPAR__REFUSED("sigprocmask") ? errno : pthread_sigmask(SIG_SETMASK, &none, NULL);
    return err ? refused(own_mailbox, MCPAR__REFUSED_SIGMASK, err) : true;
}
