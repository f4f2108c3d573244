/* SPDX-License-Identifier: BSD-3-Clause */
/* chunk_queue.c - hands out the chunks of a round, below the mark above which no trial needs to run */
#include "base/clock.h"
#include "schedule/chunk_queue.h"
#include "schedule/plan.h"

void mcpar__queue_fill(struct mcpar__chunk_queue *queue, uint64_t end, uint64_t n, uint64_t takers)
{
    atomic_store(&queue->end, end);
    atomic_store(&queue->n, n);
    atomic_store(&queue->takers, takers);
}

bool mcpar__queue_take(struct mcpar__chunk_queue *queue, uint64_t size, uint64_t *first, uint64_t *n)
{
    uint64_t at = atomic_load(&queue->cursor);

    do {
        uint64_t end = atomic_load(&queue->end), lowest = atomic_load(&queue->lowest);

        end = lowest < end ? lowest : end;
        if (at >= end || atomic_load(&queue->halt) || atomic_load(&queue->cut))
            return false;
        *n = mcpar__chunk(size, end - at, atomic_load(&queue->takers));
    } while (!atomic_compare_exchange_weak(&queue->cursor, &at, at + *n));
    *first = at;
    return true;
}

int mcpar__queue_work(struct mcpar__chunk_queue *queue, uint64_t *size,
                      int (*run)(void *arg, uint64_t first, uint64_t n, uint64_t *ran), void *arg)
{
    uint64_t first, n;

    while (mcpar__queue_take(queue, *size, &first, &n)) {
        uint64_t start = mcpar__nanoseconds(), ran = 0, end;
        int stop = run(arg, first, n, &ran);

        if (stop)
            return stop;
        end = mcpar__nanoseconds();
        ran = ran ? ran : end;
        *size = mcpar__chunk_size(*size, n, ran - start, end - ran, atomic_load(&queue->n), atomic_load(&queue->takers));
    }
    return 0;
}

void mcpar__queue_lower(struct mcpar__chunk_queue *queue, uint64_t trial)
{
    uint64_t now = atomic_load(&queue->lowest);

    while (trial < now && !atomic_compare_exchange_weak(&queue->lowest, &now, trial))
        ;
}
