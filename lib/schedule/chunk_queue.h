/* SPDX-License-Identifier: BSD-3-Clause */
/* chunk_queue.h - where the trials of a round hang, and from which those who share it take chunks themselves
 *
 * A queue lies in memory that its takers share: the workers of a pool, or the ranks of a node. Chunks go out in
 * ascending order, so that whatever stops a round early leaves nothing below the cursor that nobody has. */
#ifndef MCPAR__CHUNK_QUEUE_H
#define MCPAR__CHUNK_QUEUE_H

#include "base/cache_line.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct mcpar__chunk_queue {                      /* trials are counted as the takers like, from anywhere; what different
                                              processes write stays a line of the cache apart */
    _Alignas(MCPAR__LINE) _Atomic uint64_t cursor;         /* the next trial to hand out; moves up, by the takers */
    _Alignas(MCPAR__LINE) _Atomic uint64_t lowest;         /* the lowest trial known to fail, UINT64_MAX: none */
    _Atomic uint64_t end, n;                               /* of the round: past its last trial; its trials */
    _Atomic uint64_t takers;                               /* how many there are, for sizes only */
    _Atomic int halt;                                      /* hand out no more for now */
    _Atomic int cut;                                       /* hand out no more in this round */
};

/* Atomics work between processes only if no lock stands behind them. */
_Static_assert(ATOMIC_INT_LOCK_FREE == 2 && ATOMIC_LLONG_LOCK_FREE == 2, "lock-free atomics");

/* An empty queue at `first`, for a round that nobody takes from yet. Inline, because libmcpar_mpi has queues too and
 * nothing else of libmcpar. */
static inline void mcpar__queue_clear(struct mcpar__chunk_queue *queue, uint64_t first)
{
    atomic_store(&queue->cursor, first);
    atomic_store(&queue->end, first);
    atomic_store(&queue->n, 0);
    atomic_store(&queue->lowest, UINT64_MAX);
    atomic_store(&queue->halt, 0);
    atomic_store(&queue->cut, 0);
}

/* Hangs up n trials, of which the last is before `end`. Each taker may do so before it takes: all say the same. */
void mcpar__queue_fill(struct mcpar__chunk_queue *queue, uint64_t end, uint64_t n, uint64_t takers);

/* The next chunk, of about `size` trials; false if there is none: the round is at its end, at the lowest trial that
 * fails, halted or cut short. */
bool mcpar__queue_take(struct mcpar__chunk_queue *queue, uint64_t size, uint64_t *first, uint64_t *n);

/* Takes chunk after chunk and runs them: run(arg, first, n, &ran) returns 0 to go on. If handing in what a chunk gave
 * takes time of its own, it stores in *ran when its trials were done (clock.h). *size, the trials in a chunk, follows
 * the time they take; it is 1 at first and kept from round to round. Returns 0 when there are no more chunks, or what
 * run returned. */
int mcpar__queue_work(struct mcpar__chunk_queue *queue, uint64_t *size,
                      int (*run)(void *arg, uint64_t first, uint64_t n, uint64_t *ran), void *arg);

/* Lowers the queue's mark: no trial from this one on need be run. */
void mcpar__queue_lower(struct mcpar__chunk_queue *queue, uint64_t trial);

#endif
