/* SPDX-License-Identifier: BSD-3-Clause */
/* guard.c - registers a handler in the C library's list and in the frame of the function that opens it */
#include "base/guard.h"
#include <stddef.h>

/* The functions behind the pthread_cleanup macros of old C libraries. glibc still has them, and its longjmp runs
 * handlers pushed in the frames that it skips. Weak, because a C library may lack them. (Some pthread.h declare them
 * differently, so this file does not include it.) */
extern void _pthread_cleanup_push(void *buffer, void (*routine)(void *), void *arg) __attribute__((weak));
extern void _pthread_cleanup_pop(void *buffer, int execute) __attribute__((weak));

static void jumped(void *opened)
{
    struct mcpar__guard *guard = opened;
    void (*left)(void *) = guard->left;

    guard->left = NULL;                    /* the caller has already removed it from the list */
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
