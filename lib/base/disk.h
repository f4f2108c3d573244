/* SPDX-License-Identifier: BSD-3-Clause */
/* disk.h - whole files: read, replaced so that a complete one is there at any moment, locked between processes
 *
 * Functions return 0 or an errno (and may change errno itself). Their descriptors are closed on exec. */
#ifndef MCPAR__DISK_H
#define MCPAR__DISK_H

#include <stddef.h>
#include <stdint.h>

/* Larger files are refused (EFBIG): they are no result files, and reading one would exhaust the memory. */
#define MCPAR__DISK_MOST (UINT64_C(1) << 32)

/* The whole file, malloc'd. Only regular files: EISDIR, EINVAL for others. Never waits for a pipe or terminal. */
int mcpar__disk_read(const char *path, uint8_t **bytes, size_t *n);

/* Makes these bytes the content of PATH, and what PATH held before that of PATH~. A reader, or the next process after a
 * crash at any moment, finds PATH with its old or its new content, complete (if there was one). The bytes are written
 * to PATH.new, which is removed on failure. A symbolic link stays, and the file that it leads to is replaced; the
 * permissions stay. More than MCPAR__DISK_MOST bytes are EFBIG. Where hard links cannot be made, there is no
 * PATH~. Two processes must not do this to one file at the same time: take the lock. *step says what failed (static text: "open", "write", "fsync", "rename", ...). Only if
 * *step is "fsync of the folder" is the new content in place although an error is returned. */
int mcpar__disk_replace(const char *path, const uint8_t *bytes, size_t n, const char **step);

/* Locks PATH against other processes and other opens in this one, by PATH.lock, a file that stays. Waits up to
 * `seconds`. Returns 0 and *fd, or an errno with -1 in *fd. EAGAIN: it is held, and *holder says by whom ("host HOST,
 * process PID"), else *holder is "". ENOLCK: the file system has no locks; *fd is open, but nobody is kept out. The
 * kernel frees the lock when all copies of *fd are closed, however their processes end: a forked child must close its
 * copy (with close). */
int mcpar__disk_lock(const char *path, int seconds, int *fd, char *holder, size_t room);

/* Frees the lock, whoever else has a copy of fd, and closes fd. Accepts -1. */
void mcpar__disk_unlock(int fd);

/* The name of the file that PATH leads to through symbolic links, with a suffix, malloc'd: "~" gives the name of PATH~.
 * The file need not exist. */
int mcpar__disk_beside(const char *path, const char *suffix, char **name);

/* Moves a descriptor that has just been opened above those of stdin, stdout and stderr. A host that has closed these
 * would otherwise print into the file. On failure it is closed, and *fd is -1. */
int mcpar__disk_raise(int *fd);

/* Writes all bytes. SIGXFSZ is blocked meanwhile: a limit on the size of files is EFBIG. */
int mcpar__disk_write(int fd, const void *bytes, size_t n);

#endif
