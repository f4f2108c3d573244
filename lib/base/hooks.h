/* SPDX-License-Identifier: BSD-3-Clause */
/* hooks.h - places where tests can interfere, only in builds with MCPAR_HOOKS */
#ifndef MCPAR__HOOKS_H
#define MCPAR__HOOKS_H

#ifdef MCPAR_HOOKS
/* Called in the worker (or the parent) at the named step; a test sets it to kill, stop or delay there. */
extern void (*mcpar__step)(const char *step, int mailbox);
#define MCPAR__STEP(step, mailbox) ((void)(mcpar__step ? mcpar__step(step, mailbox) : (void)0))
#else
#define MCPAR__STEP(step, mailbox) ((void)0)
#endif

/* make coverage: a process that ends by _exit must write what it has counted itself. */
#ifdef MCPAR_COVERAGE
extern void __gcov_dump(void);
#define MCPAR__EXIT(status) (__gcov_dump(), _exit(status))
#else
#define MCPAR__EXIT(status) _exit(status)
#endif

#endif
