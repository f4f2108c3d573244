/* SPDX-License-Identifier: BSD-3-Clause */
/* stop.h - has the program asked for a stop, or is the time up? */
#ifndef MCPAR__STOP_H
#define MCPAR__STOP_H

#include "base/clock.h"
#include <stdatomic.h>
#include <stdbool.h>

struct mcpar__stop {
    atomic_int requested;                  /* by a signal handler or another thread, at any moment */
    _Atomic(atomic_int *) also;            /* a word that other ranks look at, to be set by the request, too; or NULL */
    bool by_call;                          /* the sampling call asks for one itself: ends with it */
    uint64_t at_ns;                        /* of the clock: when the time is up; UINT64_MAX: never */
};

/* Signal handlers may write to it only if no lock stands behind it. */
_Static_assert(ATOMIC_INT_LOCK_FREE == 2 && ATOMIC_POINTER_LOCK_FREE == 2, "lock-free atomics");

static inline void mcpar__stop_request(struct mcpar__stop *stop)
{
    atomic_int *also;

    atomic_store(&stop->requested, 1);
    also = atomic_load(&stop->also);
    if (also)
        atomic_store(also, 1);
}

/* From now on a request sets that word, too, and so does one that came before. NULL: none. */
static inline void mcpar__stop_sets(struct mcpar__stop *stop, atomic_int *also)
{
    atomic_store(&stop->also, also);
    if (also && atomic_load(&stop->requested))
        atomic_store(also, 1);
}

static inline bool mcpar__stop_requested(struct mcpar__stop *stop)
{
    return atomic_load(&stop->requested) != 0 || stop->by_call;
}

/* Nanoseconds until the time is up, 0 if it is; UINT64_MAX: no limit. */
static inline uint64_t mcpar__stop_left(const struct mcpar__stop *stop)
{
    uint64_t now;

    if (stop->at_ns == UINT64_MAX)
        return UINT64_MAX;
    now = mcpar__nanoseconds();
    return now < stop->at_ns ? stop->at_ns - now : 0;
}

/* NULL: nobody can ask for a stop. */
static inline bool mcpar__stop_due(struct mcpar__stop *stop)
{
    return stop && (mcpar__stop_requested(stop) || mcpar__stop_left(stop) == 0);
}

#endif
