/* SPDX-License-Identifier: BSD-3-Clause */
/* checkpoint.h - a file that a handle's result is kept in while it grows, and from which a restarted program goes on
 *
 * Rank 0 has the file; whether there is one is known to all ranks. */
#ifndef MCPAR__CHECKPOINT_H
#define MCPAR__CHECKPOINT_H

#include "run/handle.h"

/* At init, in every rank: rank 0 locks and reads the file. A failure is in the report. */
void mcpar__checkpoint_open(mcpar *mc);

/* Local. Results that were kept for the next write are written, but not what has not been kept. */
void mcpar__checkpoint_close(mcpar *mc);

/* Collective, at the beginning of the first call that needs the handle's result: takes what the file has of this seed,
 * stream, tag and observables. 0 also if there is nothing or no checkpoint. */
int mcpar__checkpoint_adopt(mcpar *mc);

/* Opens a public call that needs the handle's result, as mcpar__begin, and adopts what the checkpoint has of it. */
int mcpar__begin_result(mcpar *mc);

/* Whether a write is due, as rank 0 knows: 1 or 0, to be summed over the ranks. */
uint64_t mcpar__checkpoint_due(const mcpar *mc);

/* Collective. Writes what is held. A failure becomes a note, and the write is tried again when the next one is due. */
void mcpar__checkpoint_write(mcpar *mc);

/* Collective. As above, but only keeps the result for the next write. */
void mcpar__checkpoint_keep(mcpar *mc);

/* Collective, at the end of a call that has sampled: writes if that is due, or `now`. Returns the code of an agreement
 * that failed. */
int mcpar__checkpoint_settle(mcpar *mc, bool now);

/* Collective, at finalize: the last write. Returns its code, on rank 0. */
int mcpar__checkpoint_end(mcpar *mc);

#endif
