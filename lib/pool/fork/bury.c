/* SPDX-License-Identifier: BSD-3-Clause */
/* bury.c - ends worker processes: kills one, checks that it has ended, reaps it and finds out why it died
 *
 * Children are reaped one by one, by pidfd or pid, never with -1, and it does no harm if the host reaps them first
 * or ignores SIGCHLD. A pid is used only while waitid says that it is a child of ours, so the kernel cannot have given
 * it to another process. (Without pidfds, a host that reaps our worker itself and forks a child that gets the same
 * number, both within the moment between two calls, could still fool us. Linux has pidfds since 5.4.) */
#include "base/clock.h"
#include "pool/fork/fork.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/ioctl.h>
#include <sys/syscall.h>
#endif

enum { PATIENCE_MS = 250, LOOK_MS = 100, MOMENT_MS = 1 };
#define MS UINT64_C(1000000)

/* ---- Kill ---- */

/* A sandbox may allow pidfd_open but refuse pidfd_send_signal; then kill goes by the pid. */
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

/* waitid with the resource usage of this one process, which only the raw system call returns. */
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

/* Whether the kernel killed it at the hard limit of CPU time. It sends no SIGXCPU first if both limits are the same. */
static bool at_cpu_limit(const struct rusage *used)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_CPU, &limit) == 0 && limit.rlim_max != RLIM_INFINITY &&
           (rlim_t)(used->ru_utime.tv_sec + used->ru_stime.tv_sec) + 1 >= limit.rlim_max &&
           (used->ru_utime.tv_sec + used->ru_stime.tv_sec) * 1000000 + used->ru_utime.tv_usec + used->ru_stime.tv_usec >=
               (long)limit.rlim_max * 1000000 - 100000;
}

/* The cause of death of a process that the host (or the kernel, for it) has reaped. Linux 6.15 keeps it with the
 * pidfd. */
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

/* Reaps a worker unless the host has done so, and returns the cause of its death: `told` if the worker recorded one. */
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

/* ---- Bury ---- */

/* For workers without a pidfd. The socket is not enough: a process that a trial left behind can hold it open. */
bool mcpar__worker_ended(const struct mcpar__worker *worker)
{
    siginfo_t info = { 0 };

    return waitid(P_PID, (id_t)worker->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ? errno == ECHILD
                                                                                    : info.si_pid != 0;
}

static bool dead(const struct mcpar__worker *worker)
{
    struct pollfd fd = { .fd = worker->pidfd, .events = POLLIN };

    if (worker->pidfd >= 0) {
        int n = MCPAR__REFUSED("poll") ? -1 : poll(&fd, 1, LOOK_MS);

        if (n >= 0 || errno == EINTR)
            return n > 0;
    }
    if (mcpar__worker_ended(worker))
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

    /* A dying worker's socket closes a moment before it is dead; but a trial may also have closed it and live on. */
    while (!dead(worker)) {
        if (!closed_it && mcpar__nanoseconds() - since > PATIENCE_MS * MS) {
            closed_it = true;
            mcpar__worker_kill(worker);
        }
    }
    cause = reap(worker, atomic_load(&worker->mailbox->cause));
    if (closed_it && cause == SIGKILL)
        cause = MCPAR__CAUSE_UNKNOWN;      /* our own kill, or a late one from outside: no trial is to blame */
    (void)close(worker->socket);
    if (worker->pidfd >= 0)
        (void)close(worker->pidfd);
    worker->socket = worker->pidfd = -1;
    worker->pid = 0;
    worker->gone = false;
    pool->living--;
    return cause;
}
