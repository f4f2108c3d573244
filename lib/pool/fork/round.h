/* SPDX-License-Identifier: BSD-3-Clause */
/* round.h - a round as the parent sees it: what round.c, deaths.c and attend.c share */
#ifndef MCPAR__FORK_ROUND_H
#define MCPAR__FORK_ROUND_H

#include "pool/fork/fork.h"
#include <errno.h>

struct mcpar__round {
    struct mcpar__fork *pool;
    struct mcpar__chunk_queue *queue;
    struct mcpar__result *into;
    struct mcpar__report *report;
    struct mcpar__failure failure;         /* the lowest so far */
    struct mcpar__tasks tasks;
    uint64_t first, end;
    uint64_t start_ns, limit_ns;           /* when it began; how long before it is cut short, 0: never */
    uint64_t before;                       /* trials that workers had committed by then */
    bool directing;                        /* in the second phase, see round.c */
    uint64_t committed;                    /* progress at the last counted death; deaths in a row since then: */
    int kills;                             /* from outside */
    int false_starts;                      /* by their own doing, before they began */
    int idle;                              /* by their own doing while they waited, or they could not be reached */
    int hung;                              /* not deaths by themselves: killed because they did not get started */
    uint64_t oom;                          /* how many the kernel had killed for lack of memory by the first kill */
    uint64_t suspect, suspect_ns;          /* the lowest chunk in which a worker crashed; time since we know */
    uint64_t stopping_ns;                  /* for how long a stop has been due, */
    bool given_up;                         /* too long: what is not handed in is not held */
    bool no_workers;                       /* none gets started, and the calling thread may run the trials */
    uint64_t mark;                         /* at the last look, */
    int fruitless;                         /* and how many looks in a row found it there with nothing to run again */
};

static inline uint64_t mcpar__least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t mcpar__most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static inline uint64_t mcpar__lowest(const struct mcpar__round *round)
{
    return round->failure.code ? round->failure.trial : UINT64_MAX;
}

static inline void mcpar__round_fails(struct mcpar__round *round, const struct mcpar__failure *failure)
{
    if (failure->trial >= mcpar__lowest(round))
        return;
    round->failure = *failure;
    mcpar__queue_lower(round->queue, failure->trial);
}

/* Whether this errno of a send means that the worker is gone. */
static inline bool mcpar__is_gone(int error)
{
    return error == EPIPE || error == ECONNRESET;
}

/* ---- round.c: handles all answers and deaths. 0 or the code that ends the run ---- */

int mcpar__round_hear(struct mcpar__round *round);

/* ---- deaths.c ---- */

/* Counts a death; false if it is not one more in a row. */
bool mcpar__death_counts(struct mcpar__round *round, const struct mcpar__worker *worker);

/* Decides who caused a death and whether it ends the run. 0 or the code that ends it. busy: it had a command. */
int mcpar__judge(struct mcpar__round *round, const struct mcpar__worker *worker, bool busy, int cause);

/* A worker died over a task that the parent gave it: blames the task's trial, or has it run again in halves. null: it
 * died at a null pointer. */
int mcpar__lost_task(struct mcpar__round *round, struct mcpar__task task, int cause, int null);

/* ---- attend.c: waits for news, then does what is due by the clock. 0 or the code that ends the run ---- */

int mcpar__attend(struct mcpar__round *round);

#endif
