/* SPDX-License-Identifier: BSD-3-Clause */
/* result.c - merges results */
#include "result/result.h"

int mcpar__result_open(struct mcpar__result *result, const struct mcpar__schema *schema)
{
    result->ledger = (struct mcpar__ledger){ 0 };
    return mcpar__tally_open(&result->tally, schema);
}

void mcpar__result_close(struct mcpar__result *result)
{
    mcpar__ledger_close(&result->ledger);
    mcpar__tally_close(&result->tally);
}

void mcpar__result_clear(struct mcpar__result *result)
{
    mcpar__ledger_clear(&result->ledger);
    mcpar__tally_clear(&result->tally);
}

int mcpar__result_merge(struct mcpar__result *into, const struct mcpar__result *from)
{
    int err = mcpar__ledger_merge(&into->ledger, &from->ledger);

    if (!err)
        mcpar__tally_merge(&into->tally, &from->tally);
    return err;
}
