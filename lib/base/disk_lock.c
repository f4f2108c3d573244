/* SPDX-License-Identifier: BSD-3-Clause */
/* disk_lock.c - one writer of a file at a time
 *
 * The lock is on an open file description. Unlike the older locks of fcntl, it does not belong to a process and is not
 * lost when another descriptor of the file is closed; unlike flock, it works between the hosts of all network file
 * systems that have locks.
 * Its file is never removed, because two processes could then hold locks on two files of the same name. */
#include "base/clock.h"
#include "base/disk.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { HOLDER = 320 };

static int open_lock(const char *name, int *fd)
{
    struct stat about;
    int err = 0;

    do
        *fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0666);
    while (*fd < 0 && errno == EINTR);
    if (*fd < 0)
        return errno;
    err = mcpar__disk_raise(fd);
    if (err)
        return err;
    if (fstat(*fd, &about) < 0)
        err = errno;
    else if (!S_ISREG(about.st_mode))
        err = EINVAL;
    if (err)
        (void)close(*fd);
    return err;
}

/* Some network file systems are mounted without locks. */
static bool no_locks(int err)
{
    return err == ENOLCK || err == ENOSYS || err == ENOTSUP || err == EOPNOTSUPP;
}

/* EAGAIN: another one holds it. ENOLCK: this file system has no locks. */
static int try_lock(int fd)
{
    int err = EINVAL;

#ifdef F_OFD_SETLK
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    do
        err = fcntl(fd, F_OFD_SETLK, &whole) < 0 ? errno : 0;
    while (err == EINTR);
#endif
    if (err == EINVAL || no_locks(err))    /* an old kernel, or a file system that has only the other kind */
        do
            err = flock(fd, LOCK_EX | LOCK_NB) < 0 ? errno : 0;
        while (err == EINTR);
    return err == EACCES || err == EWOULDBLOCK ? EAGAIN : no_locks(err) ? ENOLCK : err;
}

/* Somebody may have removed the file between open and lock: EAGAIN. Another errno: nobody can say. */
static int check_current(int fd, const char *name)
{
    struct stat locked, named;

    if (fstat(fd, &locked) < 0)
        return errno;
    if (lstat(name, &named) < 0)
        return errno == ENOENT ? EAGAIN : errno;
    return locked.st_dev == named.st_dev && locked.st_ino == named.st_ino ? 0 : EAGAIN;
}

/* The old text is overwritten before the rest is cut off, so that the first line is never empty. It only serves
 * messages: the lock holds without it. */
static void sign(int fd)
{
    char host[256] = "", text[HOLDER];
    int n;

    if (gethostname(host, sizeof host - 1) < 0 || !*host)
        memcpy(host, "unknown", sizeof "unknown");
    n = snprintf(text, sizeof text, "host %s, process %ld\n", host, (long)getpid());
    if (n > 0 && (size_t)n < sizeof text && mcpar__disk_write(fd, text, (size_t)n) == 0 && ftruncate(fd, n) < 0)
        errno = 0;
}

/* The first line, in which another program may have written anything. */
static void read_holder(int fd, char *holder, size_t room)
{
    char text[HOLDER];
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    size_t end = 0;

    text[n > 0 ? n : 0] = 0;
    for (; text[end] && text[end] != '\n'; end++)
        if (text[end] < ' ' || text[end] > '~')
            text[end] = '?';
    text[end] = 0;
    if (room > 0)
        (void)snprintf(holder, room, "%s", end ? text : "another process");
}

/* Waits, but not past `until`. */
static void nap(uint64_t ns, uint64_t until)
{
    uint64_t now = mcpar__nanoseconds(), left = now < until ? until - now : 0;
    struct timespec time = { 0, (long)(ns < left ? ns : left) };

    (void)nanosleep(&time, NULL);
}

int mcpar__disk_lock(const char *path, int seconds, int *fd, char *holder, size_t room)
{
    const uint64_t until = mcpar__nanoseconds() + (uint64_t)(seconds > 0 ? seconds : 0) * 1000000000u;
    uint64_t pause = 5000000;
    char *name;
    int err = mcpar__disk_beside(path, ".lock", &name);

    *fd = -1;
    if (room > 0)
        *holder = 0;
    if (err)
        return err;
    for (;;) {
        int file, lost;

        err = open_lock(name, &file);
        if (err)
            break;
        err = try_lock(file);
        lost = !err || err == ENOLCK ? check_current(file, name) : 0;
        if (lost) {
            err = lost;
        } else if (!err || err == ENOLCK) {
            sign(file);
            *fd = file;
            if (room > 0)
                *holder = 0;               /* nobody holds it any more */
            break;
        }
        if (err == EAGAIN && !lost)
            read_holder(file, holder, room);
        (void)close(file);
        if (err != EAGAIN || mcpar__nanoseconds() >= until)
            break;
        nap(pause, until);
        pause = pause < 250000000 ? 2 * pause : pause;
    }
    free(name);
    return err;
}

/* Closing alone would not free the lock while another process has a copy of the descriptor, perhaps a child that the
 * host forked for something else. */
void mcpar__disk_unlock(int fd)
{
#ifdef F_OFD_SETLK
    struct flock whole = { .l_type = F_UNLCK, .l_whence = SEEK_SET };
#endif

    if (fd < 0)
        return;
#ifdef F_OFD_SETLK
    (void)fcntl(fd, F_OFD_SETLK, &whole);
#endif
    (void)flock(fd, LOCK_UN);
    (void)close(fd);
}
