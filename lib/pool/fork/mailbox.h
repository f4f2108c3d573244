/* SPDX-License-Identifier: BSD-3-Clause */
/* mailbox.h - the memory that a worker shares with the parent, and why it died
 *
 * A worker writes its mailbox while it works; the parent writes it only while the worker waits for a command or is
 * known to be dead. All workers share one `common`, with the queue that they take chunks from. */
#ifndef MCPAR__MAILBOX_H
#define MCPAR__MAILBOX_H

#include "result/result.h"
#include "schedule/chunk_queue.h"
#include "trial/trial.h"

enum { MCPAR__HANDLER_STACK = 65536 };
enum { MCPAR__RANGES = 256 };              /* in a mailbox's ledger (the list of trial ranges held);
                                              a worker that reaches this reports and starts an empty one */

/* Shared by all workers. The parent writes the queue while all of them wait, apart from `halt`, `lowest` and
 * `takers`. */
struct mcpar__common {
    struct mcpar__chunk_queue queue;
    _Atomic uint64_t began;                                /* when the first worker was ready; 0: none was */
    struct {
        _Atomic bool known;
        _Atomic uint64_t digest;
    } answer[MCPAR__DIGESTS];                              /* of the trials job->digest_of */
    _Alignas(MCPAR__LINE) _Atomic uint64_t committed;      /* trials; used only to detect progress */
};

/* Why a worker died, as recorded by itself: one of these, or the signal. */
enum { MCPAR__CAUSE_UNKNOWN = 0, MCPAR__CAUSE_EXIT = -1, MCPAR__CAUSE_LEFT = -2 };
enum { MCPAR__CAUSE_OWN = 1024 };          /* added to the signal if the worker raised it itself */
enum { MCPAR__CAUSE_LIMIT = -10,           /* seen by the parent only: killed at its limit of CPU time, */
       MCPAR__CAUSE_STUCK = -11 };         /* or by the parent, because a trial took too long */

/* The call that kept a new worker from starting, as recorded by itself. */
enum mcpar__refusal { MCPAR__REFUSED_NOTHING, MCPAR__REFUSED_PRCTL, MCPAR__REFUSED_SIGMASK };

/* One worker's mailbox. Two slots follow it, each with room for the limbs (64-bit words) of a tally, and a stack for
 * the worker's signal handlers, which is rarely touched and costs nothing to map along with the rest. */
struct mcpar__mailbox {
    _Alignas(MCPAR__LINE) _Atomic int valid;               /* the slot that counts, 1 or 2; 0: none */
    _Atomic int settled;                                   /* the worker is past the fork, before scratch_new */
    _Atomic int ready;                                     /* the worker got as far as waiting for commands */
    _Atomic int refusal, refusal_errno;                    /* or the kernel refused it this call */
    _Atomic uint64_t at;                                   /* the first trial of the last chunk that it took */
    _Atomic int cause;                                     /* of its death */
    _Atomic int null;                                      /* it died at a null pointer */
    _Atomic int failed;                                    /* `failure` is complete */
    struct mcpar__failure failure;
};

struct mcpar__common *mcpar__common_map(void);            /* NULL and errno */
void mcpar__common_unmap(struct mcpar__common *common);
struct mcpar__mailbox *mcpar__mailbox_map(const struct mcpar__schema *schema); /* NULL and errno */
void mcpar__mailbox_unmap(struct mcpar__mailbox *mailbox, const struct mcpar__schema *schema);

/* Decides whether a child forked now inherits the mapping, so that each worker sees only its own mailbox. */
void mcpar__mailbox_inherit(struct mcpar__mailbox *mailbox, const struct mcpar__schema *schema, bool yes);

/* Where the stack begins; MCPAR__HANDLER_STACK bytes. */
void *mcpar__mailbox_stack(struct mcpar__mailbox *mailbox, const struct mcpar__schema *schema);

/* Empties it for a worker that is about to be forked. */
void mcpar__mailbox_clear(struct mcpar__mailbox *mailbox);

/* In the worker: replaces what it committed before, completely or, if it is killed meanwhile, not at all.
 * tally is canonical, the ledger has at most MCPAR__RANGES ranges. index: the mailbox's number, for tests. */
void mcpar__mailbox_commit(struct mcpar__mailbox *mailbox, const struct mcpar__tally *tally,
                        const struct mcpar__ledger *ledger, int index);

/* In the worker: records a failure, then lowers the queue's mark, so that every mark has a failure that explains it. */
void mcpar__mailbox_fail(struct mcpar__mailbox *mailbox, struct mcpar__chunk_queue *queue, const struct mcpar__failure *failure);

/* In the parent, while the worker waits or is dead: moves what it committed to `into` and empties the mailbox. Returns
 * MCPAR_ERR_STATE for trials outside [first, end) or counted before. *trials: the number of trials moved. */
int mcpar__mailbox_take(struct mcpar__mailbox *mailbox, uint64_t first, uint64_t end, struct mcpar__result *into,
                     uint64_t *trials);

/* In the parent, as above: true if the mailbox holds a failure, which is then moved to *failure. */
bool mcpar__mailbox_failure(struct mcpar__mailbox *mailbox, struct mcpar__failure *failure);

#endif
