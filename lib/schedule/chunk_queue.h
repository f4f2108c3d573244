/* SPDX-License-Identifier: BSD-3-Clause */
/* chunk_queue.h - the trials of a round (a part of a sampling call) that nobody has yet; takers get a chunk at a time
 *
 * A queue lies in memory that its takers share: the workers of a pool, or the ranks of a node. Chunks go out in
 * ascending order, so that even if a round stops early, every trial below the cursor has been given to some taker. */
#ifndef MCPAR__CHUNK_QUEUE_H
#define MCPAR__CHUNK_QUEUE_H

#include "base/cache_line.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct mcpar__chunk_queue {                      /* its takers number the trials from any start they agree on; words
                                              that different processes write lie on cache lines of their own */
    _Alignas(MCPAR__LINE) _Atomic uint64_t cursor;         /* the next trial to hand out; takers move it up */
    _Alignas(MCPAR__LINE) _Atomic uint64_t lowest;         /* the lowest trial known to fail, UINT64_MAX: none */
    _Atomic uint64_t end, n;                               /* of the round: past its last trial; its trials */
    _Atomic uint64_t takers;                               /* how many there are; used only for chunk sizes */
    _Atomic int halt;                                      /* hand out no more for now */
    _Atomic int cut;                                       /* hand out no more in this round */
};

/* Atomics work between processes only if they are lock-free. */
_Static_assert(ATOMIC_INT_LOCK_FREE == 2 && ATOMIC_LLONG_LOCK_FREE == 2, "lock-free atomics");

/* Makes an empty queue at `first`, before anybody takes from it. Inline, because libmcpar_mpi has queues, too, but
 * links no other code of libmcpar. */
static inline void mcpar__queue_clear(struct mcpar__chunk_queue *queue, uint64_t first)
{
    atomic_store(&queue->cursor, first);
    atomic_store(&queue->end, first);
    atomic_store(&queue->n, 0);
    atomic_store(&queue->lowest, UINT64_MAX);
    atomic_store(&queue->halt, 0);
    atomic_store(&queue->cut, 0);
}

/* Puts n trials into the queue; the last is `end` - 1. Each taker may call it before it takes: all pass the same. */
void mcpar__queue_fill(struct mcpar__chunk_queue *queue, uint64_t end, uint64_t n, uint64_t takers);

/* Takes the next chunk, of about `size` trials. False if there is none: the round has reached its end or the lowest
 * failing trial, or is halted or cut short. */
bool mcpar__queue_take(struct mcpar__chunk_queue *queue, uint64_t size, uint64_t *first, uint64_t *n);

/* Takes chunk after chunk and runs them: run(arg, first, n, &ran) returns 0 to go on. If handing in a
 * chunk's results takes time of its own, run stores in *ran when its trials were done (clock.h). *size, the trials in a
 * chunk, adapts to the time they take; it is 1 at first and kept from round to round. Returns 0 when there are no more
 * chunks, or else what run returned. */
int mcpar__queue_work(struct mcpar__chunk_queue *queue, uint64_t *size,
                      int (*run)(void *arg, uint64_t first, uint64_t n, uint64_t *ran), void *arg);

/* Lowers the queue's mark: trials from this one on need not run. */
void mcpar__queue_lower(struct mcpar__chunk_queue *queue, uint64_t trial);

#endif
