/* SPDX-License-Identifier: BSD-3-Clause */
/* disk_replace.c - replaces a file so that a complete one is there at any moment
 *
 *   PATH.new is written and brought to the disk; PATH gets a second name, PATH.old, by a hard link, which is renamed to
 *   PATH~; PATH.new is renamed to PATH; the folder is brought to the disk.
 *
 * Each step is atomic, so whenever the process or the machine stops, PATH is complete, and so is PATH~. */
#include "base/disk.h"
#include "base/hooks.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct names {
    char *path, *fresh, *old, *before, *folder;
};

static void close_names(struct names *name)
{
    free(name->path);
    free(name->fresh);
    free(name->old);
    free(name->before);
    free(name->folder);
}

static int open_names(struct names *name, const char *path)
{
    int err = mcpar__disk_beside(path, "", &name->path);
    char *slash;

    if (!err)
        err = mcpar__disk_beside(name->path, ".new", &name->fresh);
    if (!err)
        err = mcpar__disk_beside(name->path, ".old", &name->old);
    if (!err)
        err = mcpar__disk_beside(name->path, "~", &name->before);
    if (err)
        return err;
    slash = strrchr(name->path, '/');
    name->folder = strdup(slash ? name->path : ".");
    if (!name->folder)
        return ENOMEM;
    if (slash)                             /* "/name" stands in "/" */
        name->folder[slash == name->path ? 1 : slash - name->path] = 0;
    return 0;
}

/* Some file systems cannot bring a file to the disk, and say so. */
static int sync_fd(int fd)
{
    int err;

    do
        err = fsync(fd) < 0 ? errno : 0;
    while (err == EINTR);
    return err == EINVAL || err == ENOSYS || err == EOPNOTSUPP ? 0 : err;
}

/* A file of this name was left by a process that was killed. */
static int open_fresh(const char *name, mode_t mode, int *fd)
{
    for (int tries = 0;;) {
        *fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
        if (*fd >= 0)
            return mcpar__disk_raise(fd);
        if (errno == EINTR)
            continue;
        if (errno != EEXIST || tries++ > 0)
            return errno;
        if (unlink(name) < 0 && errno != ENOENT)
            return errno;
    }
}

/* Owner, group and permissions of the file that is replaced. If the group cannot be kept, the new one is allowed what
 * all others are. */
static int keep_access(int fd, const struct stat *old)
{
    mode_t mode = old->st_mode & 0777;
    struct stat now;

    if (fstat(fd, &now) < 0)
        return errno;
    if (now.st_uid != old->st_uid && fchown(fd, old->st_uid, (gid_t)-1) < 0)
        errno = 0;                         /* only root can give files away */
    if (now.st_gid != old->st_gid && fchown(fd, (uid_t)-1, old->st_gid) < 0)
        mode = (mode & ~(mode_t)070) | (mode & 07) << 3;
    if ((now.st_mode & 0777) != mode && fchmod(fd, mode) < 0)
        return errno;
    return 0;
}

/* Whether the name means another file by now, one of a process that does not take the lock. */
static int look_at_name(int fd, const char *name, bool *foreign)
{
    struct stat open_one, named;

    if (fstat(fd, &open_one) < 0 || lstat(name, &named) < 0)
        return errno;
    *foreign = open_one.st_dev != named.st_dev || open_one.st_ino != named.st_ino;
    return *foreign ? ESTALE : 0;
}

static int write_fresh(const struct names *name, const struct stat *old, const uint8_t *bytes, size_t n,
                       const char **step)
{
    bool foreign = false;
    int fd, err;

    *step = "open";
    err = open_fresh(name->fresh, old ? 0600 : 0666, &fd);
    if (err)
        return err;
    MCPAR__STEP("file opened", 0);
    if (old) {
        *step = "chmod";
        err = keep_access(fd, old);
    }
    if (!err) {
        *step = "write";
        err = mcpar__disk_write(fd, bytes, n);
    }
    MCPAR__STEP("file written", 0);
    if (!err) {
        *step = "fsync";
        err = sync_fd(fd);
    }
    if (!err) {
        *step = "stat";
        err = look_at_name(fd, name->fresh, &foreign);
    }
    MCPAR__STEP("file synced", 0);
    if (close(fd) < 0 && errno != EINTR && !err) {
        *step = "close";                   /* network file systems find out here that the disk or the quota is full */
        err = errno;
    }
    if (err && !foreign)
        (void)unlink(name->fresh);
    return err;
}

/* PATH~ becomes what PATH is. If both are already the same file, because an earlier attempt ended here, rename does
 * nothing and PATH.old stays, so it is removed in any case. */
static int keep_generation(const struct names *name, const char **step)
{
    int err;

    *step = "link";
    (void)unlink(name->old);
    if (link(name->path, name->old) < 0)
        switch (errno) {
        case EPERM: case EACCES: case EOPNOTSUPP: case ENOSYS: case EMLINK: case EXDEV:
            return 0;                      /* no hard links here */
        default:
            return errno;
        }
    MCPAR__STEP("file linked", 0);
    *step = "rename";
    err = rename(name->old, name->before) < 0 ? errno : 0;
    (void)unlink(name->old);
    return err;
}

static int sync_folder(const char *folder)
{
    int fd, err;

    do
        fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return errno == EACCES ? 0 : errno;    /* a folder that may be written but not read */
    err = sync_fd(fd);
    (void)close(fd);
    return err;
}

static int replace(const struct names *name, const uint8_t *bytes, size_t n, const char **step)
{
    struct stat old;
    bool exists = lstat(name->path, &old) == 0;
    int err;

    *step = "open";
    if (!exists && errno != ENOENT)
        return errno;
    if (exists && !S_ISREG(old.st_mode))   /* rename would replace a device or a pipe too */
        return S_ISDIR(old.st_mode) ? EISDIR : EINVAL;
    err = write_fresh(name, exists ? &old : NULL, bytes, n, step);
    if (err)
        return err;
    if (exists)
        err = keep_generation(name, step);
    MCPAR__STEP("file kept", 0);
    if (!err) {
        *step = "rename";
        err = rename(name->fresh, name->path) < 0 ? errno : 0;
    }
    if (err) {
        (void)unlink(name->fresh);
        return err;
    }
    *step = "fsync of the folder";
    MCPAR__STEP("file replaced", 0);
    err = sync_folder(name->folder);
    MCPAR__STEP("file done", 0);
    return err;
}

int mcpar__disk_replace(const char *path, const uint8_t *bytes, size_t n, const char **step)
{
    struct names name = { 0 };
    int err = n > MCPAR__DISK_MOST ? EFBIG : open_names(&name, path);      /* nobody could read it */

    *step = "open";
    if (!err)
        err = replace(&name, bytes, n, step);
    close_names(&name);
    if (!err)
        *step = "";
    return err;
}
