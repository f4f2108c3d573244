/* SPDX-License-Identifier: BSD-3-Clause */
/* guard.c - a handler in the list of the C library, and in the frame of the function that opens it */
#include "base/guard.h"
#include <stddef.h>

/* The functions behind the macros of old C libraries: still there in glibc, whose longjmp runs what was pushed and is
 * jumped over. Weak, for a C library may have none. (pthread.h of some declares them otherwise, so it is not here.) */
extern void _pthread_cleanup_push(void *buffer, void (*routine)(void *), void *arg) __attribute__((weak));
extern void _pthread_cleanup_pop(void *buffer, int execute) __attribute__((weak));

static void jumped(void *opened)
{
    struct mcpar__guard *guard = opened;
    void (*left)(void *) = guard->left;

    guard->left = NULL;                    /* taken off the list by whoever calls this */
    if (left)
        left(guard->arg);
}

void mcpar__guard_open(struct mcpar__guard *guard, void (*left)(void *arg), void *arg)
{
    guard->left = left;
    guard->arg = arg;
    if (_pthread_cleanup_push && _pthread_cleanup_pop)
        _pthread_cleanup_push(guard->buffer, jumped, guard);
}

void mcpar__guard_close(struct mcpar__guard *guard)
{
    guard->left = NULL;
    if (_pthread_cleanup_push && _pthread_cleanup_pop)
        _pthread_cleanup_pop(guard->buffer, 0);
}

void mcpar__guard_unwound(struct mcpar__guard *guard)
{
    void (*left)(void *) = guard->left;

    if (!left)
        return;
    mcpar__guard_close(guard);
    left(guard->arg);
}
