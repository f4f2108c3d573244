/* SPDX-License-Identifier: BSD-3-Clause */
/* result.h - a tally (the hits and sums of trials) with its ledger (the list of these trials)
 *
 * A worker's answer, a rank's contribution and what the handle holds are all results. All are combined by the same
 * merge, which refuses to count a trial twice. Their lineage (contract, seed, stream, schema and tag, which must agree)
 * is stored in the handle. */
#ifndef MCPAR__RESULT_H
#define MCPAR__RESULT_H

#include "result/ledger.h"
#include "result/tally.h"

struct mcpar__result {
    struct mcpar__ledger ledger;
    struct mcpar__tally tally;
};

int mcpar__result_open(struct mcpar__result *result, const struct mcpar__schema *schema);
void mcpar__result_close(struct mcpar__result *result);
void mcpar__result_clear(struct mcpar__result *result);

/* into += from; the tally of `from` must be canonical. Returns 0, or MCPAR_ERR_STATE (a trial is in both) or
 * MCPAR_ERR_MEMORY, with `into` unchanged. */
int mcpar__result_merge(struct mcpar__result *into, const struct mcpar__result *from);

#endif
