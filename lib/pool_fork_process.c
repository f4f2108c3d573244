/* pool_fork_process.c - worker processes as the parent handles them: fork, hear, kill, bury
 *
 * Nothing here needs waitpid to work: a death shows at the worker's socket and pidfd, its cause stands in the
 * seat. Children are reaped one by one, by pidfd or pid, never with -1, and it is fine if the host was faster or
 * ignores SIGCHLD. A pid is used only while waitid says that it is a child of ours: it cannot have been given to
 * another process then. (Without pidfds, a host that reaps our worker itself and forks a child that gets the same
 * number, both within the moment between two calls, could still fool us. Linux has pidfds since 5.4.) */
#define _GNU_SOURCE                        /* SOCK_CLOEXEC, P_PIDFD */
#include "pool_fork.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/syscall.h>
#endif

#ifdef MCPAR_HOOKS
void (*mcpar__step)(const char *step, int seat);
int (*mcpar__refuse)(const char *call);
#endif

enum { PATIENCE_MS = 250, LOOK_MS = 100, MOMENT_MS = 1 };

uint64_t mcpar__nanoseconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

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

void mcpar__worker_kill(const struct mcpar__worker *worker)
{
#ifdef SYS_pidfd_send_signal
    if (worker->pidfd >= 0) {
        (void)syscall(SYS_pidfd_send_signal, worker->pidfd, SIGKILL, NULL, 0);
        return;
    }
#endif
    siginfo_t info = { 0 };

    if (waitid(P_PID, (id_t)worker->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
        (void)kill(worker->pid, SIGKILL);  /* alive, or a zombie that still owns its pid */
}

/* Reaps a worker if it has ended and nobody else has. True if it is not there any more; *cause as bury tells. */
static bool reaped(const struct mcpar__worker *worker, int *cause)
{
    siginfo_t info = { 0 };
    idtype_t type = P_PID;
    id_t id = (id_t)worker->pid;

#ifdef __linux__
    if (worker->pidfd >= 0) {
        type = (idtype_t)3;                /* P_PIDFD, which not every C library's header knows */
        id = (id_t)worker->pidfd;
    }
#endif
    while (waitid(type, id, &info, WEXITED | WNOHANG) < 0) {
        if (errno == EINVAL && type != P_PID) {    /* Linux 5.3 has pidfds, but cannot wait for one */
            type = P_PID;
            id = (id_t)worker->pid;
        } else if (errno != EINTR) {
            return true;
        }
    }
    if (info.si_pid == 0)
        return false;
    if (*cause == MCPAR__CAUSE_UNKNOWN)
        *cause = info.si_code == CLD_EXITED ? MCPAR__CAUSE_EXIT : info.si_status;
    return true;
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

int mcpar__worker_start(struct mcpar__fork *pool, int index, const char **call)
{
    struct mcpar__worker *worker = &pool->worker[index];
    pid_t parent = getpid(), pid;
    sigset_t all, host;
    int end[2], error;

    *call = "mmap";
    if (!worker->seat)
        worker->seat = mcpar__seat_map(pool->job->schema);
    if (!worker->seat)
        return errno;
    *call = "socketpair";
    if (!open_sockets(end))
        return errno;
    mcpar__seat_clear(worker->seat);
    mcpar__seat_inherit(worker->seat, pool->job->schema, true);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &host);
    *call = "fork";
    pid = MCPAR__REFUSED("fork") ? -1 : fork();
    error = errno;
    if (pid == 0) {
        (void)close(end[0]);
        if (!mcpar__child_settle(pool, index, parent))
            _exit(1);
        mcpar__worker_main(pool, index, end[1]);
    }
    if (pid > 0)
        worker->pidfd = lifted(pidfd_of(pid));     /* before a handler of the host's can reap it */
    (void)pthread_sigmask(SIG_SETMASK, &host, NULL);
    mcpar__seat_inherit(worker->seat, pool->job->schema, false);
    (void)close(end[1]);
    if (pid < 0) {
        (void)close(end[0]);
        return error;
    }
    worker->pid = pid;
    worker->socket = end[0];
    worker->busy = worker->answered = worker->gone = false;
    pool->living++;
    return 0;
}

bool mcpar__worker_command(struct mcpar__worker *worker, const struct mcpar__command *command)
{
    ssize_t sent;

    do
        sent = send(worker->socket, command, sizeof *command, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)sizeof *command;
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

/* Without a pidfd only: a process that a trial left behind can hold the dead worker's end of the socket open. */
static bool ended(const struct mcpar__worker *worker)
{
    siginfo_t info = { 0 };

    return waitid(P_PID, (id_t)worker->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ? errno == ECHILD
                                                                                    : info.si_pid != 0;
}

void mcpar__fork_wait(struct mcpar__fork *pool, int ms)
{
    bool look = false;

    for (int i = 0; i < pool->seats; i++) {
        const struct mcpar__worker *worker = &pool->worker[i];
        struct pollfd *fd = pool->poll + 2 * (size_t)i;

        fd[0] = (struct pollfd){ .fd = worker->pid ? worker->socket : -1, .events = POLLIN };
        fd[1] = (struct pollfd){ .fd = worker->pid ? worker->pidfd : -1, .events = POLLIN };
        look = look || (worker->pid && worker->pidfd < 0);
        if (worker->pid && worker->gone)
            ms = 0;                        /* known already */
    }
    if (look && (ms < 0 || ms > LOOK_MS))
        ms = LOOK_MS;
    if (poll(pool->poll, (nfds_t)pool->seats * 2, ms) < 0)
        return;                            /* EINTR: the host's handler has run; the caller waits again */
    for (int i = 0; i < pool->seats; i++) {
        struct mcpar__worker *worker = &pool->worker[i];
        const struct pollfd *fd = pool->poll + 2 * (size_t)i;

        if (!worker->pid)
            continue;
        if (fd[0].revents)
            hear(worker);
        if (fd[1].revents || (worker->pidfd < 0 && ended(worker)))
            worker->gone = true;
    }
}

/* ---- Bury ---- */

static bool dead(const struct mcpar__worker *worker)
{
    struct pollfd fd = { .fd = worker->pidfd, .events = POLLIN };

    if (worker->pidfd < 0) {
        if (ended(worker))
            return true;
        (void)poll(NULL, 0, MOMENT_MS);
        return false;
    }
    return poll(&fd, 1, LOOK_MS) > 0;
}

int mcpar__worker_bury(struct mcpar__fork *pool, int index)
{
    struct mcpar__worker *worker = &pool->worker[index];
    uint64_t since = mcpar__nanoseconds();
    bool closed_it = false;
    int cause;

    /* Its socket closes a moment before it is dead; but a trial may also have closed it, and live on. */
    while (!dead(worker)) {
        if (!closed_it && mcpar__nanoseconds() - since > (uint64_t)PATIENCE_MS * 1000000) {
            closed_it = true;
            mcpar__worker_kill(worker);
        }
    }
    cause = atomic_load(&worker->seat->cause);
    (void)reaped(worker, &cause);
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
