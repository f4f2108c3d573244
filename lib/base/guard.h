/* SPDX-License-Identifier: BSD-3-Clause */
/* guard.h - runs a handler if a host function is left by an exception, longjmp, pthread_exit or a cancellation
 *
 * Exceptions, pthread_exit and cancellation unwind the stack and run the cleanup of each frame that they leave; so a
 * file that opens guards is compiled with -fexceptions. longjmp does not unwind, but glibc's runs the handlers
 * pushed in the frames that it leaves before it jumps. With other C libraries, a longjmp goes unnoticed. */
#ifndef MCPAR__GUARD_H
#define MCPAR__GUARD_H

struct mcpar__guard {
    void *buffer[4];                       /* the C library's: routine, argument, type, previous */
    void (*left)(void *arg);               /* NULL: closed */
    void *arg;
};

/* Declares a guard, which starts closed (left NULL). The function that declares it opens it and closes it before it
 * returns. */
#define MCPAR__GUARD __attribute__((cleanup(mcpar__guard_unwound))) struct mcpar__guard

/* From now on, left(arg) runs once if the frame is left. Guards close in reverse order. */
void mcpar__guard_open(struct mcpar__guard *guard, void (*left)(void *arg), void *arg);
void mcpar__guard_close(struct mcpar__guard *guard);

void mcpar__guard_unwound(struct mcpar__guard *guard);

#endif
