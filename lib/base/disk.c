/* SPDX-License-Identifier: BSD-3-Clause */
/* disk.c - reads files, follows links, writes bytes */
#include "base/disk.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- Reading ---- */

static int kind(const struct stat *about)
{
    if (S_ISDIR(about->st_mode))
        return EISDIR;
    if (!S_ISREG(about->st_mode))
        return EINVAL;
    return about->st_size > (off_t)MCPAR__DISK_MOST ? EFBIG : 0;
}

/* Looks before it opens, because opening a device may already do something, and afterwards, at what it opened. */
static int open_regular(const char *path, int *fd, struct stat *about)
{
    int err;

    *fd = -1;
    if (stat(path, about) < 0)
        return errno;
    err = kind(about);
    if (err)
        return err;
    do
        *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    while (*fd < 0 && errno == EINTR);
    if (*fd < 0)
        return errno;
    return fstat(*fd, about) < 0 ? errno : kind(about);
}

/* Reads to the end, which need not be where it was when the file was opened. */
static int read_all(int fd, uint8_t **bytes, size_t *n, size_t room)
{
    for (;;) {
        ssize_t got;

        if (*n == room || !*bytes) {
            uint8_t *more;

            room = *bytes ? 2 * room : room;
            if (room > 2 * MCPAR__DISK_MOST)
                return EFBIG;
            more = realloc(*bytes, room);
            if (!more)
                return ENOMEM;
            *bytes = more;
        }
        got = read(fd, *bytes + *n, room - *n);
        if (got < 0 && errno != EINTR)
            return errno;
        if (got == 0)
            return 0;
        *n += got > 0 ? (size_t)got : 0;
    }
}

int mcpar__disk_read(const char *path, uint8_t **bytes, size_t *n)
{
    struct stat about;
    int fd, err = open_regular(path, &fd, &about);

    *bytes = NULL;
    *n = 0;
    if (!err)
        err = read_all(fd, bytes, n, (size_t)about.st_size + 1);
    if (fd >= 0)
        (void)close(fd);
    if (err) {
        free(*bytes);
        *bytes = NULL;
        *n = 0;
    }
    return err;
}

/* ---- Names ---- */

/* Replaces the last part of *name by the target of the link that it is: 0, an errno, or -1 if it is none. What is wrong
 * with the name otherwise is found out by its use. */
static int follow(char **name)
{
    char target[4096], *slash = strrchr(*name, '/'), *next;
    ssize_t n = readlink(*name, target, sizeof target);
    size_t folder;

    if (n < 0)
        return -1;
    if (n == sizeof target)
        return ENAMETOOLONG;
    folder = slash && target[0] != '/' ? (size_t)(slash - *name) + 1 : 0;
    next = malloc(folder + (size_t)n + 1);
    if (!next)
        return ENOMEM;
    memcpy(next, *name, folder);
    memcpy(next + folder, target, (size_t)n);
    next[folder + (size_t)n] = 0;
    free(*name);
    *name = next;
    return 0;
}

int mcpar__disk_beside(const char *path, const char *suffix, char **name)
{
    enum { LINKS = 40 };                   /* as many as Linux follows */
    char *now = strdup(path), *longer = NULL;
    int err = now ? *path ? 0 : ENOENT : ENOMEM;

    for (int i = 0; !err; i++)
        err = i < LINKS ? follow(&now) : ELOOP;
    if (err == -1) {
        size_t n = strlen(now), more = strlen(suffix);

        err = 0;
        longer = malloc(n + more + 1);
        if (longer) {
            memcpy(longer, now, n);
            memcpy(longer + n, suffix, more + 1);
        } else {
            err = ENOMEM;
        }
    }
    free(now);
    *name = longer;
    return err;
}

/* ---- Writing ---- */

int mcpar__disk_raise(int *fd)
{
    int low = *fd, err;

    if (low < 0 || low > STDERR_FILENO)
        return 0;
    *fd = fcntl(low, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    err = *fd < 0 ? errno : 0;
    (void)close(low);
    return err;
}

static int write_all(int fd, const uint8_t *bytes, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, bytes, n);

        if (done < 0 && errno != EINTR)
            return errno;
        if (done == 0)
            return ENOSPC;
        bytes += done > 0 ? done : 0;
        n -= done > 0 ? (size_t)done : 0;
    }
    return 0;
}

int mcpar__disk_write(int fd, const void *bytes, size_t n)
{
    static const struct timespec now = { 0, 0 };
    sigset_t too_large, before, waiting;
    int err;

    (void)sigemptyset(&too_large);
    (void)sigaddset(&too_large, SIGXFSZ);
    (void)pthread_sigmask(SIG_BLOCK, &too_large, &before);
    (void)sigemptyset(&waiting);
    (void)sigpending(&waiting);
    err = write_all(fd, bytes, n);
    if (err == EFBIG && sigismember(&waiting, SIGXFSZ) == 0)
        while (sigtimedwait(&too_large, NULL, &now) < 0 && errno == EINTR)
            ;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return err;
}
