/* chunk_queue.c - taking chunks of a round, and the mark above which none need be run */
#include "schedule/chunk_queue.h"
#include "schedule/plan.h"

void mcpar__board_fill(struct mcpar__board *board, uint64_t end, uint64_t n, uint64_t takers)
{
    atomic_store(&board->end, end);
    atomic_store(&board->n, n);
    atomic_store(&board->takers, takers);
}

bool mcpar__board_take(struct mcpar__board *board, uint64_t size, uint64_t *first, uint64_t *n)
{
    uint64_t at = atomic_load(&board->cursor);

    do {
        uint64_t end = atomic_load(&board->end), lowest = atomic_load(&board->lowest);

        end = lowest < end ? lowest : end;
        if (at >= end || atomic_load(&board->halt))
            return false;
        *n = mcpar__chunk(size, end - at, atomic_load(&board->takers));
    } while (!atomic_compare_exchange_weak(&board->cursor, &at, at + *n));
    *first = at;
    return true;
}

void mcpar__board_lower(struct mcpar__board *board, uint64_t trial)
{
    uint64_t now = atomic_load(&board->lowest);

    while (trial < now && !atomic_compare_exchange_weak(&board->lowest, &now, trial))
        ;
}
