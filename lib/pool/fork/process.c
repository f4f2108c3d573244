/* SPDX-License-Identifier: BSD-3-Clause */
/* process.c - how the parent forks workers and hears from them (kill and bury: bury.c)
 *
 * Nothing here relies on waitpid: the worker's socket and pidfd show a death, and the mailbox holds its cause. */
#include "base/clock.h"
#include "pool/fork/fork.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/syscall.h>
#endif
#ifdef __has_include
#if __has_include(<sys/single_threaded.h>)
#define HAVE_SYS_SINGLE_THREADED_H 1
#include <sys/single_threaded.h>
#endif
#endif

#ifdef MCPAR_HOOKS
void (*mcpar__step)(const char *step, int mailbox);
int (*mcpar__refuse)(const char *call);
bool mcpar__hire_at_once;
uint64_t mcpar__start_ns = UINT64_C(10000000000);
#endif

enum { LOOK_MS = 100, MOMENT_MS = 1 };
#define MS UINT64_C(1000000)

/* ---- pidfds, where the kernel has them ---- */

static int pidfd_of(pid_t pid)
{
#ifdef SYS_pidfd_open
    return MCPAR__REFUSED("pidfd_open") ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
#else
    (void)pid;
    return -1;
#endif
}

/* ---- Start ---- */

/* Moves a descriptor above the standard streams: the host may have closed those, and trials write to them. */
static int lifted(int fd)
{
    int higher;

    if (fd < 0 || fd > STDERR_FILENO)
        return fd;
    higher = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    (void)close(fd);
    return higher;
}

static bool open_sockets(int end[2])
{
    int error;

    end[0] = end[1] = -1;
    if (MCPAR__REFUSED("socketpair") || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, end) < 0)
        return false;
    end[0] = lifted(end[0]);
    end[1] = lifted(end[1]);
    if (end[0] >= 0 && end[1] >= 0)
        return true;
    error = errno;
    for (int i = 0; i < 2; i++)
        if (end[i] >= 0)
            (void)close(end[i]);
    errno = error;
    return false;
}

/* Whether this process has other threads; false if that cannot be found out. */
static bool has_threads(void)
{
    struct stat tasks;

#ifdef HAVE_SYS_SINGLE_THREADED_H
    if (__libc_single_threaded)            /* false only means that there may have been threads */
        return false;
#endif
    return stat("/proc/self/task", &tasks) == 0 && tasks.st_nlink > 3;
}

int mcpar__worker_start(struct mcpar__fork *pool, int index, const char **call)
{
    struct mcpar__worker *worker = &pool->worker[index];
    pid_t parent = getpid(), pid;
    sigset_t all, host;
    int end[2], error;

    *call = "mmap";
    if (!worker->mailbox)
        worker->mailbox = mcpar__mailbox_map(pool->job->schema);
    if (!worker->mailbox)
        return errno;
    *call = "socketpair";
    if (!open_sockets(end))
        return errno;
    *call = "atexit";
    if (!mcpar__child_expect(pool)) {
        (void)close(end[0]);
        (void)close(end[1]);
        return ENOMEM;
    }
    pool->threaded = pool->threaded || has_threads();
    mcpar__mailbox_clear(worker->mailbox);
    mcpar__mailbox_inherit(worker->mailbox, pool->job->schema, true);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &host);
    *call = "fork";
    pid = MCPAR__REFUSED("fork") ? -1 : fork();
    error = pid < 0 ? errno : 0;
    if (pid == 0) {
        (void)close(end[0]);
        if (!mcpar__child_settle(pool, index, parent))
            MCPAR__EXIT(1);
        mcpar__worker_main(pool, index, end[1]);
    }
    if (pid > 0)
        worker->pidfd = lifted(pidfd_of(pid));     /* before a handler of the host can reap it */
    (void)pthread_sigmask(SIG_SETMASK, &host, NULL);
    mcpar__mailbox_inherit(worker->mailbox, pool->job->schema, false);
    (void)close(end[1]);
    if (pid < 0) {
        (void)close(end[0]);
        return error;
    }
    worker->pid = pid;
    worker->socket = end[0];
    worker->busy = worker->answered = worker->gone = worker->condemned = worker->leaves = false;
    worker->served = worker->short_of_memory = false;
    worker->unreachable = 0;
    worker->starting_ns = 0;
    worker->since = pool->deaths;
    pool->living++;
    return 0;
}

bool mcpar__fork_hire(struct mcpar__fork *pool)
{
    struct mcpar__worker *worker = &pool->worker[pool->size];
    const char *call;
    int err;

    worker->socket = worker->pidfd = -1;
    pool->tried++;
    err = mcpar__worker_start(pool, pool->size, &call);
    if (err) {
        pool->refused.call = call;
        pool->refused.error = err;
        return false;
    }
    pool->size++;
    return true;
}

int mcpar__worker_command(struct mcpar__worker *worker, const struct mcpar__command *command)
{
    ssize_t sent;

    do
        sent = MCPAR__REFUSED("send") ? -1 : send(worker->socket, command, sizeof *command, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)sizeof *command ? 0 : sent < 0 ? errno : EMSGSIZE;
}

/* ---- Hear ---- */

static void hear(struct mcpar__worker *worker)
{
    ssize_t got;

    do
        got = recv(worker->socket, &worker->answer, sizeof worker->answer, MSG_DONTWAIT);
    while (got < 0 && errno == EINTR);
    if (got == (ssize_t)sizeof worker->answer)
        worker->answered = true;
    else if (got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
        worker->gone = true;
}

static int wait_for_any(struct pollfd *fd, nfds_t n, uint64_t ns)
{
#ifdef __linux__
    struct timespec time = { (time_t)(ns / 1000000000), (long)(ns % 1000000000) };

    return MCPAR__REFUSED("poll") ? -1 : ppoll(fd, n, ns == MCPAR__FOREVER ? NULL : &time, NULL);
#else
    return poll(fd, n, ns == MCPAR__FOREVER ? -1 : (int)((ns < 1000 * MS ? ns : 1000 * MS) / MS));
#endif
}

/* Asks each worker in turn, if poll fails: more workers than open files are allowed (EINVAL), or memory is short. */
static void ask_all(struct mcpar__fork *pool)
{
    for (int i = 0; i < pool->size; i++) {
        struct mcpar__worker *worker = &pool->worker[i];

        if (!worker->pid || worker->gone)
            continue;
        if (!worker->answered)
            hear(worker);
        if (mcpar__worker_ended(worker))
            worker->gone = true;
    }
    (void)nanosleep(&(struct timespec){ 0, MOMENT_MS * 1000000 }, NULL);
}

void mcpar__fork_wait(struct mcpar__fork *pool, uint64_t ns)
{
    const struct pollfd *at = pool->poll;
    nfds_t n = 0;

    for (int i = 0; i < pool->size; i++) {
        const struct mcpar__worker *worker = &pool->worker[i];

        if (!worker->pid)
            continue;
        pool->poll[n++] = (struct pollfd){ .fd = worker->socket, .events = POLLIN };
        if (worker->pidfd >= 0)
            pool->poll[n++] = (struct pollfd){ .fd = worker->pidfd, .events = POLLIN };
        else if (ns > LOOK_MS * MS)
            ns = LOOK_MS * MS;
        if (worker->gone)
            ns = 0;                        /* known already */
    }
    if (wait_for_any(pool->poll, n, ns) < 0) {
        if (errno != EINTR)                /* EINTR: a handler of the host has run; the caller waits again */
            ask_all(pool);
        return;
    }
    for (int i = 0; i < pool->size; i++) {
        struct mcpar__worker *worker = &pool->worker[i];

        if (!worker->pid)
            continue;
        if ((at++)->revents)
            hear(worker);
        if (worker->pidfd >= 0 ? (at++)->revents != 0 : mcpar__worker_ended(worker))
            worker->gone = true;
    }
}
