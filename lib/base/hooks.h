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

#endif
