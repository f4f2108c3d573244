/* SPDX-License-Identifier: BSD-3-Clause */
/* fork_guard.h - tells the process that made an object from a forked child that has a copy of it
 *
 * getpid is a system call and takes as long as a message between the ranks of a node. So the guard asks the kernel
 * once to give children an empty page instead of a copy of a marked one (Linux can since 4.14). Where that does not
 * work, it calls getpid each time. */
#ifndef MCPAR__FORK_GUARD_H
#define MCPAR__FORK_GUARD_H

#include <stdbool.h>
#include <sys/types.h>
#include <unistd.h>

struct mcpar__fork_guard {
    pid_t process;
    const volatile unsigned char *mark;    /* 1 in this process, 0 in children; NULL: no such page */
};

/* This process is the guard. Cannot fail. */
void mcpar__fork_guard_open(struct mcpar__fork_guard *guard);

/* May be called in any process that has a copy of *guard. */
void mcpar__fork_guard_close(struct mcpar__fork_guard *guard);

static inline bool mcpar__fork_guard_here(const struct mcpar__fork_guard *guard)
{
    return guard->mark ? *guard->mark : guard->process == getpid();
}

#endif
