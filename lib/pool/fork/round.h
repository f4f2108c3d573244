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
    uint64_t start_ns, limit_ns;           /* when it began, and after how long it is cut short; 0: not */
    uint64_t before;                       /* trials that workers had committed by then */
    bool directing;                        /* second phase */
    uint64_t committed;                    /* the progress when the last death was counted; deaths in a row since: */
    int kills;                             /* from outside */
    int false_starts;                      /* by their own doing, before they began */
    int idle;                              /* by their own doing while they waited, or as they could not be reached */
    int hung;                              /* none: killed by us, for they did not get started */
    uint64_t oom;                          /* what the kernel had killed for want of memory at the first kill */
    uint64_t suspect, suspect_ns;          /* the lowest chunk that a worker crashed in, and for how long it is known */
    bool no_workers;                       /* none gets started: the calling thread may run the trials */
    uint64_t mark;                         /* of the last look, */
    int fruitless;                         /* and how many in a row found it there, and nothing to run again */
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

/* The errno of a command to somebody who is not there any more. */
static inline bool mcpar__is_gone(int error)
{
    return error == EPIPE || error == ECONNRESET;
}

/* ---- round.c: everything that the workers have told. 0 or the code that ends the run ---- */

int mcpar__round_hear(struct mcpar__round *round);

/* ---- deaths.c ---- */

/* Whether a death is one more in a row. */
bool mcpar__death_counts(struct mcpar__round *round, const struct mcpar__worker *worker);

/* Whose doing was it, and is that enough to end the run? 0 or the code that ends it. busy: it had a command. */
int mcpar__judge(struct mcpar__round *round, const struct mcpar__worker *worker, bool busy, int cause);

/* A directed task died with its worker: it blames its trial, or is run again in halves. null: at a null pointer. */
int mcpar__lost_task(struct mcpar__round *round, struct mcpar__task task, int cause, int null);

/* ---- attend.c: waits for news, and does what the time asks for. 0 or the code that ends the run ---- */

int mcpar__attend(struct mcpar__round *round);

#endif
