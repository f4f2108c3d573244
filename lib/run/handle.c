/* SPDX-License-Identifier: BSD-3-Clause */
/* handle.c - opens and closes every public call */
#include "run/handle.h"

int mcpar__own(const mcpar *mc)
{
    return mc && mcpar__fork_guard_here(&mc->guard);
}

struct mcpar__range mcpar__missing(const mcpar *mc)
{
    return mcpar__ledger_gap(&mc->wanted, &mc->held);
}

int mcpar__begin(mcpar *mc)
{
    if (!mc)
        return MCPAR_ERR_ARGUMENT;
    if (!mcpar__own(mc))
        return MCPAR_ERR_FORKED;
    if (atomic_exchange(&mc->busy, 1))
        return MCPAR_ERR_BUSY;
    mc->report.code = 0;
    return mc->broken ? mcpar__end(mc, mc->broken) : 0;
}

int mcpar__end(mcpar *mc, int code)
{
    atomic_store(&mc->busy, 0);
    return code;
}
