/* SPDX-License-Identifier: BSD-3-Clause */
/* fork.h - the rooms of the fork pool, and what they share
 *
 * Workers are forked by a sampling call and live through its rounds: one when it starts, the others when its work
 * has taken as long as forking them would (round.c). Each has a mailbox: memory shared with
 * the parent, in which it puts what it has finished (mailbox.c). All share a queue (chunk_queue.c), from which they
 * take chunks of trials themselves (worker.c). A socket each wakes them and tells when they are done, and
 * tells of a death, as does a pidfd where the kernel has it (process.c). The parent merges what the
 * mailboxes hold, and has the trials of dead workers run again (round.c, rerun.c).
 *
 * The one rule behind all of it: a mailbox is written by its worker while that is at work, and by the parent only
 * while the worker waits for a command or is known to be dead. */
#ifndef MCPAR__FORK_H
#define MCPAR__FORK_H

#include "base/hooks.h"
#include "pool/fork/mailbox.h"
#include "pool/fork/rerun.h"
#include "pool/pool.h"
#include <poll.h>
#include <sys/types.h>

enum {
    MCPAR__DEATHS = 3,                     /* of one trial alone that blame it */
    MCPAR__KILLS = 10                      /* from outside in a row without progress that end the run */
};
#define MCPAR__START_NS UINT64_C(10000000000)              /* for a worker to get as far as scratch_new */

/* ---- process.c: starting and hearing workers ---- */

struct mcpar__command {                    /* down the socket, whole */
    enum { MCPAR__TAKE = 1, MCPAR__RUN, MCPAR__QUIT } kind;
    uint64_t first, n;                     /* MCPAR__RUN */
    bool last;                             /* MCPAR__TAKE: no round follows, so it may leave when all trials are taken */
};

struct mcpar__answer {                     /* up the socket: done, or, code not 0, it could not start */
    int code;
    bool leaves;                           /* in order, without another command */
};

struct mcpar__worker {                     /* the parent's side */
    struct mcpar__mailbox *mailbox;
    pid_t pid;                             /* 0: nobody in the mailbox */
    int socket, pidfd;                     /* -1: none */
    bool busy;                             /* has a command */
    bool answered, gone;                   /* what mcpar__fork_wait found out */
    bool condemned;                        /* ended by the parent: its death says nothing */
    bool leaves;                           /* has answered that it does */
    bool served;                           /* has handed in trials */
    bool short_of_memory;                  /* so its last command says */
    int unreachable;                       /* errno of a command that could not be sent, or 0 */
    struct mcpar__answer answer;
    struct mcpar__task task;               /* of its command */
    uint64_t since;                        /* deaths that had been counted when it was last known to be alive */
    uint64_t starting_ns;                  /* for so long it has not been settled */
    struct { uint64_t own, others; } cpu;  /* watch.c: of it and of its descendants, in ticks */
};

struct mcpar__fork {                       /* the pool */
    const struct mcpar__job *job;
    struct mcpar__common *common;
    int asked, tried;                      /* workers that there may be, and that it has tried to start */
    int size, living;
    struct mcpar__worker *worker;
    struct pollfd *poll;                   /* 2 a worker */
    uint64_t patience_ns, worked_ns;       /* more workers are hired when so much time has been worked */
    struct { const char *call; int error; } refused;       /* the last worker that could not be started */
    uint64_t deaths;                       /* that were counted */
    bool threaded;                         /* the host had other threads at a fork */
    struct { uint64_t stuck_ns, since_ns, committed; } watch;
    bool expected;                         /* child.c: exit is taken care of */
    int cancel;                            /* the calling thread's cancellation state, before and after the call */
    bool broken;                           /* a round ended early: nothing but close */
    void *serial;                          /* workers cannot be had: the serial pool, in the calling thread */
};

/* Forks a worker into mailbox `index`. 0 or errno, *call saying what failed. */
int mcpar__worker_start(struct mcpar__fork *pool, int index, const char **call);

/* Tries to start one more of the workers that were asked for, of which some have not been tried yet; what was refused
 * stands in pool->refused. True if there is one more. */
bool mcpar__fork_hire(struct mcpar__fork *pool);

/* What the host should know of those that were hired. */
void mcpar__fork_note(const struct mcpar__fork *pool, struct mcpar__report *report);

/* 0, or the errno with which it could not be told (a worker that is gone mcpar__fork_wait will tell, too). */
int mcpar__worker_command(struct mcpar__worker *worker, const struct mcpar__command *command);

#define MCPAR__FOREVER UINT64_MAX

/* Waits for workers that answer or end, or for so many ns, and marks them. */
void mcpar__fork_wait(struct mcpar__fork *pool, uint64_t ns);

/* ---- bury.c: killing and burying them ---- */

/* Whether it has ended, without a pidfd that tells. */
bool mcpar__worker_ended(const struct mcpar__worker *worker);

/* Makes sure that a worker that is gone is dead, leaves nothing of it, and tells why it died: a signal,
 * MCPAR__CAUSE_EXIT, MCPAR__CAUSE_LIMIT, or MCPAR__CAUSE_UNKNOWN where nobody can say. */
int mcpar__worker_bury(struct mcpar__fork *pool, int index);

/* Sends SIGKILL to a worker, and to no other process. */
void mcpar__worker_kill(const struct mcpar__worker *worker);

/* Ends a worker for nothing that it did; mcpar__fork_wait will tell of its death. */
void mcpar__worker_condemn(struct mcpar__worker *worker);

/* ---- child.c and worker.c: the other side of the fork ---- */

/* First thing in the child, all signals blocked: turns a copy of the host into a process that leaves the host
 * alone. False if that cannot be. */
bool mcpar__child_settle(struct mcpar__fork *pool, int index, pid_t parent);

/* In the parent, before each fork of a pool's and when it closes: what makes exit in a worker end it. False: there is
 * no memory for it. */
bool mcpar__child_expect(struct mcpar__fork *pool);
void mcpar__child_forget(struct mcpar__fork *pool);

/* In the child: writes what the trials have put into any stream. */
void mcpar__child_flush(void);

/* Is this the worker itself, and no process that a trial forked? Then the parent learns of the cause. */
bool mcpar__child_dies(int cause);

/* The rest of a worker's life. */
_Noreturn void mcpar__worker_main(const struct mcpar__fork *pool, int index, int socket);

/* ---- watch.c: is anybody still at work? ---- */

/* How often to look, MCPAR__FOREVER where nothing is to be watched; a look, ns after the one before: true if all workers
 * at work have waited for locks for the time allowed; and what begins that time anew. */
uint64_t mcpar__watch_every(const struct mcpar__fork *pool);
bool mcpar__watch_look(struct mcpar__fork *pool, uint64_t ns);
void mcpar__watch_reset(struct mcpar__fork *pool);

/* How many processes of this one's memory cgroup the kernel has killed for want of memory; 0 if nobody can say. */
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
