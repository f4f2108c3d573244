/* SPDX-License-Identifier: BSD-3-Clause */
/* guard.h - what is to be done if a function of the host's is left: by an exception, longjmp, pthread_exit or a
 * cancellation
 *
 * Exceptions, pthread_exit and cancellation unwind the stack and run the cleanup of each frame that they leave; so a
 * file that opens guards is compiled with -fexceptions. longjmp does not unwind, but glibc's runs the handlers that
 * were pushed in the frames that it leaves, before it jumps. Elsewhere a longjmp goes unnoticed. */
#ifndef MCPAR__GUARD_H
#define MCPAR__GUARD_H

struct mcpar__guard {
    void *buffer[4];                       /* the C library's: routine, argument, type, previous */
    void (*left)(void *arg);               /* NULL: closed */
    void *arg;
};

/* A variable that is a guard, closed at first (left NULL). The function that has it opens it, and closes it before it
 * returns. */
#define MCPAR__GUARD __attribute__((cleanup(mcpar__guard_unwound))) struct mcpar__guard

/* From now on left(arg) is called, once, if the stack is left. Guards close in reverse order. */
void mcpar__guard_open(struct mcpar__guard *guard, void (*left)(void *arg), void *arg);
void mcpar__guard_close(struct mcpar__guard *guard);

void mcpar__guard_unwound(struct mcpar__guard *guard);

#endif
