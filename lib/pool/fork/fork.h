/* SPDX-License-Identifier: BSD-3-Clause */
/* fork.h - the parts of the fork pool, and what they share
 *
 * A sampling call forks workers, which live through its rounds (parts of its trials): one when it starts, the others
 * when its work has taken about as long as forking them would (attend.c). Each worker has a mailbox: memory shared with
 * the parent, into which it writes finished results (mailbox.c). All share a queue (chunk_queue.c), from which they
 * take chunks, a few trials at a time (worker.c). A socket per worker carries commands and answers, and shows a death,
 * as does a pidfd where the kernel has it (process.c). The parent merges the mailboxes, and has the trials of dead
 * workers run again (round.c, rerun.c).
 *
 * One rule holds everywhere: a worker writes its mailbox while it works; the parent writes it only while the worker
 * waits for a command or is known to be dead. */
#ifndef MCPAR__FORK_H
#define MCPAR__FORK_H

#include "base/hooks.h"
#include "pool/fork/mailbox.h"
#include "pool/fork/rerun.h"
#include "pool/pool.h"
#include <poll.h>
#include <sys/types.h>

enum {
    MCPAR__DEATHS = 3,                     /* of one trial run alone, after which it is to blame */
    MCPAR__KILLS = 10                      /* from outside, in a row without progress, that end the run */
};
#define MCPAR__START_NS UINT64_C(10000000000)              /* how long a worker may take to reach scratch_new */

/* ---- process.c: starts workers and hears from them ---- */

struct mcpar__command {                    /* sent down the socket in one message */
    enum { MCPAR__TAKE = 1, MCPAR__RUN, MCPAR__QUIT } kind;
    uint64_t first, n;                     /* MCPAR__RUN */
    bool last;                             /* MCPAR__TAKE: no round follows, so it may exit when all trials are taken */
};

struct mcpar__answer {                     /* sent up the socket: it is done or, if code is not 0, could not start */
    int code;
    bool leaves;                           /* it exits normally, without another command */
};

struct mcpar__worker {                     /* the parent's side */
    struct mcpar__mailbox *mailbox;
    pid_t pid;                             /* 0: no process uses the mailbox */
    int socket, pidfd;                     /* -1: none */
    bool busy;                             /* has a command */
    bool answered, gone;                   /* set by mcpar__fork_wait */
    bool condemned;                        /* killed by the parent: its death is no evidence */
    bool stuck;                            /* killed because it was in one chunk for too long */
    uint64_t at, at_ns;                    /* the first trial of its chunk when last seen, and for how long it was that */
    bool leaves;                           /* has answered that it exits */
    bool served;                           /* has handed in trials */
    bool short_of_memory;                  /* while it ran its last command */
    int unreachable;                       /* errno of a command that could not be sent, or 0 */
    struct mcpar__answer answer;
    struct mcpar__task task;               /* of its command */
    uint64_t since;                        /* pool->deaths when it was last known to be alive */
    uint64_t starting_ns;                  /* how long it has been starting */
    struct { uint64_t own, others; } cpu;  /* watch.c: its own and its descendants', in ticks */
};

struct mcpar__fork {                       /* the pool */
    const struct mcpar__job *job;
    struct mcpar__common *common;
    int asked, tried;                      /* how many workers it may start, and has tried to start */
    int size, living;
    struct mcpar__worker *worker;
    struct pollfd *poll;                   /* 2 per worker */
    uint64_t patience_ns, worked_ns;       /* more are started once worked_ns reaches it */
    struct { const char *call; int error; } refused;       /* the last worker that could not be started */
    uint64_t deaths;                       /* counted so far */
    bool threaded;                         /* the host had other threads at a fork */
    struct { uint64_t stuck_ns, since_ns, committed; } watch;
    bool expected;                         /* child.c: the exit function is registered */
    int cancel;                            /* the calling thread's cancellation state, before and after the call */
    bool broken;                           /* a round ended early: only close may follow */
    void *serial;                          /* the serial pool, if workers cannot be started */
};

/* Forks a worker into mailbox `index`. 0, or errno with the call that failed in *call. */
int mcpar__worker_start(struct mcpar__fork *pool, int index, const char **call);

/* Tries to start one more of the workers asked for, when some are still untried. False if a call was refused: then
 * pool->refused says which. */
bool mcpar__fork_hire(struct mcpar__fork *pool);

/* Notes what the host should know about the workers started. */
void mcpar__fork_note(const struct mcpar__fork *pool, struct mcpar__report *report);

/* Sends a command. 0 or errno. (If the worker is gone, mcpar__fork_wait will notice that, too.) */
int mcpar__worker_command(struct mcpar__worker *worker, const struct mcpar__command *command);

#define MCPAR__FOREVER UINT64_MAX

/* Waits for workers to answer or end, but at most ns, and marks those that did. */
void mcpar__fork_wait(struct mcpar__fork *pool, uint64_t ns);

/* ---- bury.c: kills and buries them ---- */

/* Whether it has ended, for workers without a pidfd. */
bool mcpar__worker_ended(const struct mcpar__worker *worker);

/* Makes sure that a worker that is gone is dead, frees all it held, and returns why it died: a signal,
 * MCPAR__CAUSE_EXIT, MCPAR__CAUSE_LIMIT, or MCPAR__CAUSE_UNKNOWN if that cannot be found out. */
int mcpar__worker_bury(struct mcpar__fork *pool, int index);

/* Sends SIGKILL to a worker, and to no other process. */
void mcpar__worker_kill(const struct mcpar__worker *worker);

/* Kills a worker without blaming it; mcpar__fork_wait will report its death. */
void mcpar__worker_condemn(struct mcpar__worker *worker);

/* ---- child.c and worker.c: the other side of the fork ---- */

/* Called first in the child, with all signals blocked: turns a copy of the host into a process that leaves the host
 * alone. False if it cannot. */
bool mcpar__child_settle(struct mcpar__fork *pool, int index, pid_t parent);

/* In the parent, before each of a pool's forks and when it closes: registers and removes the function that ends a
 * worker whose trial calls exit. False: no memory. */
bool mcpar__child_expect(struct mcpar__fork *pool);
void mcpar__child_forget(struct mcpar__fork *pool);

/* In the child: flushes what the trials have written to any stream. */
void mcpar__child_flush(void);

/* If this is the worker itself, not a process that a trial forked: records the cause for the parent. False if not. */
bool mcpar__child_dies(int cause);

/* The rest of a worker's life. */
_Noreturn void mcpar__worker_main(const struct mcpar__fork *pool, int index, int socket);

/* ---- watch.c: is anybody still at work? ---- */

/* every: how often to look; MCPAR__FOREVER if there is nothing to watch. look, ns after the last one: true if all
 * workers at work have waited for locks for the time allowed. reset: starts that time again. */
uint64_t mcpar__watch_every(const struct mcpar__fork *pool);
bool mcpar__watch_look(struct mcpar__fork *pool, uint64_t ns);
void mcpar__watch_reset(struct mcpar__fork *pool);

/* How many processes of this memory cgroup the kernel has killed for lack of memory; 0 if that is unknown. */
uint64_t mcpar__memory_kills(void);

/* ---- round.c ---- */

int mcpar__fork_round(void *pool, uint64_t first, uint64_t *n, uint64_t limit_ns, struct mcpar__result *into,
                      struct mcpar__failure *failure, struct mcpar__report *report);

/* ---- For tests ---- */

#ifdef MCPAR_HOOKS
/* May refuse a system call ("mmap", "socketpair", "fork", "pidfd_open", "pidfd_send_signal", "waitid", "poll", "send",
 * "prctl", "pidfd_info"): returns the errno, or 0. */
extern int (*mcpar__refuse)(const char *call);
#define MCPAR__REFUSED(call) (mcpar__refuse && (errno = mcpar__refuse(call)) != 0)
/* All workers start with the pool, so that tests find them in their mailboxes. */
extern bool mcpar__hire_at_once;
#define MCPAR__HIRE_AT_ONCE mcpar__hire_at_once
extern uint64_t mcpar__start_ns;           /* MCPAR__START_NS, for tests that cannot wait */
#undef MCPAR__START_NS
#define MCPAR__START_NS mcpar__start_ns
#else
#define MCPAR__REFUSED(call) (0)
#define MCPAR__HIRE_AT_ONCE (false)
#endif

#endif
