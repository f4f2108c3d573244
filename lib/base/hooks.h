/* hooks.h - places where tests interfere: in builds with MCPAR_HOOKS only, nothing at all otherwise */
#ifndef MCPAR__STEPS_H
#define MCPAR__STEPS_H

#ifdef MCPAR_HOOKS
/* Called in the worker (or the parent) at the named step; a test sets it, and kills, stops or delays there. */
extern void (*mcpar__step)(const char *step, int seat);
#define MCPAR__STEP(step, seat) ((void)(mcpar__step ? mcpar__step(step, seat) : (void)0))
#else
#define MCPAR__STEP(step, seat) ((void)0)
#endif

#endif
