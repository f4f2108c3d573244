/* SPDX-License-Identifier: BSD-3-Clause */
/* fork_guard.h - is this still the process that made a thing, or a child that has a copy of it?
 *
 * To ask for the process's number takes as long as a message between the ranks of a node, for the kernel has to answer.
 * So the kernel is asked, once, to give children an empty page instead of a copy of a marked one. Where it does not do
 * that (Linux does since 4.14), the number is asked for each time. */
#ifndef MCPAR__FORK_GUARD_H
#define MCPAR__FORK_GUARD_H

#include <stdbool.h>
#include <sys/types.h>
#include <unistd.h>

struct mcpar__fork_guard {
    pid_t process;
    const volatile unsigned char *mark;    /* 1 here, 0 in children; NULL: there is none */
};

/* This process is the guard. Cannot fail. */
void mcpar__fork_guard_open(struct mcpar__fork_guard *guard);

/* In any process that has a copy of *guard. */
void mcpar__fork_guard_close(struct mcpar__fork_guard *guard);

static inline bool mcpar__fork_guard_here(const struct mcpar__fork_guard *guard)
{
    return guard->mark ? *guard->mark : guard->process == getpid();
}

#endif
