/* SPDX-License-Identifier: BSD-3-Clause */
/* result.h - the one thing that moves: a tally with its ledger
 *
 * A worker's answer, a rank's contribution and what the handle holds are all results and combine by the same
 * merge, which refuses to count a trial twice. The lineage (contract, seed, stream, schema, tag) is the handle's. */
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

/* into += from, or MCPAR_ERR_STATE (a trial in both) or MCPAR_ERR_MEMORY with `into` as before. `from` canonical. */
int mcpar__result_merge(struct mcpar__result *into, const struct mcpar__result *from);

#endif
