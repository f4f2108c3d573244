/* SPDX-License-Identifier: BSD-3-Clause */
/* progress.h - what a sampling call tells its caller while it runs, on rank 0 */
#ifndef MCPAR__PROGRESS_H
#define MCPAR__PROGRESS_H

#include "run/handle.h"

enum { MCPAR__MARKS = 5 };

struct mcpar__watcher {
    uint64_t every_ns;                     /* 0: nobody wants to know */
    uint64_t start_ns, next_ns, told_ns;   /* of the call; of the next and the last time it was told, of the clock */
    uint64_t hits;                         /* of all ranks */
    struct {
        uint64_t ns, held;
    } mark[MCPAR__MARKS];                  /* the last times, for the rate; a ring */
    uint64_t marks;
};

/* At the beginning of a call. hits: of all ranks so far. */
void mcpar__watcher_open(struct mcpar__watcher *watcher, const mcpar *mc, uint64_t hits);

/* Between rounds, on all ranks: tells if that is due, or if it is the last time in this call. Returns true if the caller
 * wants to stop. The callback may leave the call (guard.h). */
bool mcpar__watcher_tell(struct mcpar__watcher *watcher, mcpar *mc, bool last);

#endif
