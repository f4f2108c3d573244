/* SPDX-License-Identifier: BSD-3-Clause */
/* progress.h - what a sampling call tells its caller while it runs, on rank 0 */
#ifndef MCPAR__PROGRESS_H
#define MCPAR__PROGRESS_H

#include "run/handle.h"

/* At the beginning of a call. hits: of all ranks so far. */
void mcpar__watcher_open(struct mcpar__watcher *watcher, const mcpar *mc, uint64_t hits);

/* Between rounds, on all ranks: tells if that is due, or if it is the last time in this call. Returns true if the caller
 * wants to stop. The callback may leave the call (guard.h). */
bool mcpar__watcher_tell(struct mcpar__watcher *watcher, mcpar *mc, bool last);

#endif
