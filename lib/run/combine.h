/* SPDX-License-Identifier: BSD-3-Clause */
/* combine.h - the result of all ranks together: added up, as files have it, and taken from files */
#ifndef MCPAR__COMBINE_H
#define MCPAR__COMBINE_H

#include "result/file.h"
#include "run/agree.h"

/* combine.c. Collective: the sum of `mine` over all ranks. `into` has the handle's schema. */
int mcpar__combine(mcpar *mc, enum mcpar__call call, struct mcpar__tally *into);

/* ---- merge.c ---- */

/* The handle's result with this tally, which is that of all ranks, as files have it. It borrows everything from the
 * handle and the tally: not to be closed. */
struct mcpar__saved mcpar__as_saved(const mcpar *mc, const struct mcpar__tally *tally);

/* Collective, after mcpar__say(mc, call): all ranks get what rank 0 has. `saved` is empty on the other ranks, and stays so
 * if rank 0 has none; `there` says whether it had. A rank that has failed already takes part, and all return its code. */
int mcpar__share_saved(mcpar *mc, const struct mcpar__said *said, struct mcpar__saved *saved, bool *there);

/* Collective: adds a result, which all ranks have and which is the handle's own from before, to what is held, and closes
 * it. source: its name, for messages. All or nothing. MCPAR_ERR_LINEAGE, MCPAR_ERR_OVERLAP, MCPAR_ERR_MEMORY. */
int mcpar__absorb(mcpar *mc, struct mcpar__saved *saved, const char *source);

/* The same with another's result, which is remembered: 0 with a note if the checkpoint that was read at the start has it
 * already. */
int mcpar__merge(mcpar *mc, struct mcpar__saved *saved, const char *source);

/* Collective, while a handle is made: rank 0 has picked a result, or failed. The handle becomes one of its seed, stream,
 * tag and observables, and `agree` is called before it is added. Its trials have been asked for. */
int mcpar__become(mcpar *mc, struct mcpar__saved *saved, const char *source, int (*agree)(mcpar *mc));

/* In rank 0: moves result number `index` of those that fit the options of the program from the file to *saved; SIZE_MAX:
 * the only one. MCPAR_ERR_LINEAGE or MCPAR_ERR_ARGUMENT with a message that lists what is there. */
int mcpar__choose(mcpar *mc, struct mcpar__file *file, const char *source, size_t index, struct mcpar__saved *saved);

/* In rank 0: moves the result of this handle's lineage from the file to *saved; MCPAR_ERR_LINEAGE with a message that
 * names what differs. */
int mcpar__pick(mcpar *mc, struct mcpar__file *file, const char *source, struct mcpar__saved *saved);

#endif
