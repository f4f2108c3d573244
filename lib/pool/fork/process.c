/* SPDX-License-Identifier: BSD-3-Clause */
/* process.c - worker processes as the parent handles them: fork, hear, kill, bury
 *
 * Nothing here needs waitpid to work: a death shows at the worker's socket and pidfd, its cause stands in the
 * mailbox. Children are reaped one by one, by pidfd or pid, never with -1, and it is fine if the host was faster or
 * ignores SIGCHLD. A pid is used only while waitid says that it is a child of ours: it cannot have been given to
 * another process then. (Without pidfds, a host that reaps our worker itself and forks a child that gets the same
 * number, both within the moment between two calls, could still fool us. Linux has pidfds since 5.4.) */
#include "base/clock.h"
#include "pool/fork/fork.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/ioctl.h>
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

enum { PATIENCE_MS = 250, LOOK_MS = 100, MOMENT_MS = 1 };
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

/* A sandbox may allow pidfd_open and refuse to send by it: then by the pid. */
static bool pidfd_killed(const struct mcpar__worker *worker)
{
#ifdef SYS_pidfd_send_signal
    return worker->pidfd >= 0 && !MCPAR__REFUSED("pidfd_send_signal") &&
           (syscall(SYS_pidfd_send_signal, worker->pidfd, SIGKILL, NULL, 0) == 0 || errno == ESRCH);
#else
    (void)worker;
    return false;
#endif
}

void mcpar__worker_kill(const struct mcpar__worker *worker)
{
    siginfo_t info = { 0 };

    if (!pidfd_killed(worker) && waitid(P_PID, (id_t)worker->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
        (void)kill(worker->pid, SIGKILL);  /* alive, or a zombie that still owns its pid */
}

void mcpar__worker_condemn(struct mcpar__worker *worker)
{
    worker->condemned = true;
    mcpar__worker_kill(worker);
}

/* waitid, and what the process has used, which only the system call itself tells of one process. */
static int wait_for(idtype_t type, id_t id, siginfo_t *info, struct rusage *used)
{
    if (type != P_PID && MCPAR__REFUSED("waitid"))
        return -1;
#ifdef SYS_waitid
    return (int)syscall(SYS_waitid, type, id, info, WEXITED | WNOHANG, used);
#else
    (void)used;
    return waitid(type, id, info, WEXITED | WNOHANG);
#endif
}

/* Killed by the kernel at the hard limit of CPU time, which sends no SIGXCPU first where both limits are the same. */
static bool at_cpu_limit(const struct rusage *used)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_CPU, &limit) == 0 && limit.rlim_max != RLIM_INFINITY &&
           (rlim_t)(used->ru_utime.tv_sec + used->ru_stime.tv_sec) + 1 >= limit.rlim_max &&
           (used->ru_utime.tv_sec + used->ru_stime.tv_sec) * 1000000 + used->ru_utime.tv_usec + used->ru_stime.tv_usec >=
               (long)limit.rlim_max * 1000000 - 100000;
}

/* The cause of death of a process that the host has reaped, or the kernel for it: Linux 6.15 keeps it with the pidfd. */
static int cause_by_pidfd(int pidfd)
{
#ifdef __linux__
    struct {
        uint64_t mask, cgroup;
        uint32_t ids[11];
        int32_t status;
    } info;
    enum { GET_INFO = 11, INFO_EXIT = 8, TRIES = 5 };

    for (int i = 0; pidfd >= 0 && i < TRIES; i++) {
        memset(&info, 0, sizeof info);
        info.mask = INFO_EXIT;             /* by syscall: C libraries disagree about the type of a request */
        if (MCPAR__REFUSED("pidfd_info") || syscall(SYS_ioctl, pidfd, _IOWR(0xFF, GET_INFO, info), &info) < 0)
            break;
        if (info.mask & INFO_EXIT)
            return WIFEXITED(info.status) ? MCPAR__CAUSE_EXIT : WTERMSIG(info.status);
        (void)poll(NULL, 0, MOMENT_MS);    /* dead, but not reaped yet */
    }
#else
    (void)pidfd;
#endif
    return MCPAR__CAUSE_UNKNOWN;
}

/* Reaps a worker if it has ended and nobody else has, and tells the cause of its death, or `told` if that is known. */
static int reap(const struct mcpar__worker *worker, int told)
{
    siginfo_t info = { 0 };
    struct rusage used = { 0 };
    idtype_t type = P_PID;
    id_t id = (id_t)worker->pid;
    int cause;

#ifdef __linux__
    if (worker->pidfd >= 0) {
        type = (idtype_t)3;                /* P_PIDFD, which not every C library's header knows */
        id = (id_t)worker->pidfd;
    }
#endif
    while (wait_for(type, id, &info, &used) < 0 && errno != ECHILD) {
        if (errno != EINTR && type == P_PID)
            break;
        if (errno != EINTR) {              /* Linux 5.3 has pidfds, but cannot wait for one; a sandbox may refuse it */
            type = P_PID;
            id = (id_t)worker->pid;
        }
    }
    if (info.si_pid == 0)
        cause = cause_by_pidfd(worker->pidfd);
    else if (info.si_code == CLD_EXITED)
        cause = MCPAR__CAUSE_EXIT;
    else
        cause = info.si_status == SIGXCPU || (info.si_status == SIGKILL && at_cpu_limit(&used)) ? MCPAR__CAUSE_LIMIT
                                                                                               : info.si_status;
    return told == MCPAR__CAUSE_UNKNOWN ? (cause == SIGXCPU ? MCPAR__CAUSE_LIMIT : cause) : told;
}

/* ---- Start ---- */

/* A descriptor above those of the standard streams, which a host may have closed and our worker writes to. */
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

/* Whether this process has other threads; no, if that cannot be told. */
static bool has_threads(void)
{
    struct stat tasks;

#ifdef HAVE_SYS_SINGLE_THREADED_H
    if (__libc_single_threaded)            /* false says little: there may have been threads */
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
            _exit(1);
        mcpar__worker_main(pool, index, end[1]);
    }
    if (pid > 0)
        worker->pidfd = lifted(pidfd_of(pid));     /* before a handler of the host's can reap it */
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

/* Where no pidfd tells: a process that a trial left behind can hold the dead worker's end of the socket open. */
static bool ended(const struct mcpar__worker *worker)
{
    siginfo_t info = { 0 };

    return waitid(P_PID, (id_t)worker->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ? errno == ECHILD
                                                                                    : info.si_pid != 0;
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

/* poll cannot be had, for more workers than there may be open files (EINVAL), or without memory: asks each. */
static void ask_all(struct mcpar__fork *pool)
{
    for (int i = 0; i < pool->size; i++) {
        struct mcpar__worker *worker = &pool->worker[i];

        if (!worker->pid || worker->gone)
            continue;
        if (!worker->answered)
            hear(worker);
        if (ended(worker))
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
        if (errno != EINTR)                /* else the host's handler has run; the caller waits again */
            ask_all(pool);
        return;
    }
    for (int i = 0; i < pool->size; i++) {
        struct mcpar__worker *worker = &pool->worker[i];

        if (!worker->pid)
            continue;
        if ((at++)->revents)
            hear(worker);
        if (worker->pidfd >= 0 ? (at++)->revents != 0 : ended(worker))
            worker->gone = true;
    }
}

/* ---- Bury ---- */

static bool dead(const struct mcpar__worker *worker)
{
    struct pollfd fd = { .fd = worker->pidfd, .events = POLLIN };

    if (worker->pidfd >= 0) {
        int n = MCPAR__REFUSED("poll") ? -1 : poll(&fd, 1, LOOK_MS);

        if (n >= 0 || errno == EINTR)
            return n > 0;
    }
    if (ended(worker))
        return true;
    (void)nanosleep(&(struct timespec){ 0, MOMENT_MS * 1000000 }, NULL);
    return false;
}

int mcpar__worker_bury(struct mcpar__fork *pool, int index)
{
    struct mcpar__worker *worker = &pool->worker[index];
    uint64_t since = mcpar__nanoseconds();
    bool closed_it = false;
    int cause;

    /* Its socket closes a moment before it is dead; but a trial may also have closed it, and live on. */
    while (!dead(worker)) {
        if (!closed_it && mcpar__nanoseconds() - since > PATIENCE_MS * MS) {
            closed_it = true;
            mcpar__worker_kill(worker);
        }
    }
    cause = reap(worker, atomic_load(&worker->mailbox->cause));
    if (closed_it && cause == SIGKILL)
        cause = MCPAR__CAUSE_UNKNOWN;      /* ours, or one from outside that took its time: no trial is to blame */
    (void)close(worker->socket);
    if (worker->pidfd >= 0)
        (void)close(worker->pidfd);
    worker->socket = worker->pidfd = -1;
    worker->pid = 0;
    worker->gone = false;
    pool->living--;
    return cause;
}
