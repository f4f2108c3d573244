/* SPDX-License-Identifier: BSD-3-Clause */
/* handle.c - opens and closes every public call */
#include "run/handle.h"
#include "schedule/plan.h"

int mcpar__own(const mcpar *mc)
{
    return mc && mcpar__fork_guard_here(&mc->guard);
}

struct mcpar__range mcpar__missing(const mcpar *mc)
{
    return mcpar__ledger_gap(&mc->wanted, &mc->held);
}

int mcpar__install(mcpar *mc, struct mcpar__schema *next)
{
    struct mcpar__tally mine, all;

    if (mcpar__tally_open(&mine, next))
        return mcpar__fail(&mc->report, MCPAR_ERR_MEMORY, "for the sums of %zu observables and %zu pairs",
                           next->observables, next->pairs);
    if (mcpar__tally_open(&all, next)) {
        mcpar__tally_close(&mine);
        return mcpar__fail(&mc->report, MCPAR_ERR_MEMORY, "for the sums of %zu observables and %zu pairs",
                           next->observables, next->pairs);
    }
    mcpar__tally_close(&mc->mine);
    mcpar__tally_close(&mc->all);
    mc->schema = *next;
    mc->schema_hash = mcpar__schema_hash(&mc->schema);
    mc->mine = mine;
    mc->all = all;
    mc->mine.schema = mc->all.schema = &mc->schema;
    mc->combined = 0;
    mc->checkpoint.adopted = false;        /* that was another result */
    return 0;
}

void mcpar__ask(mcpar *mc, uint64_t n)
{
    const mcpar_options *o = &mc->settings.in_force;
    struct mcpar__range part = mcpar__share(n, (uint64_t)o->part, 1, (uint64_t)o->parts);

    (void)mcpar__ledger_add(&mc->wanted, mc->asked + part.first, part.n);
    mc->asked += n;
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

int mcpar__need_combined(mcpar *mc)
{
    return mc->combined ? 0 : mcpar__fail(&mc->report, MCPAR_ERR_STALE, "the handle holds %llu trials",
                                          (unsigned long long)mcpar__ledger_trials(&mc->held));
}

int mcpar__need_empty(mcpar *mc)
{
    if (mc->asked == 0 && mc->held.n == 0)
        return 0;
    /* Even if none is held: those that were asked for are still to run. */
    return mcpar__fail(&mc->report, MCPAR_ERR_STATE, "the handle holds %llu of %llu trials asked for: call mcpar_reset first",
                       (unsigned long long)mcpar__ledger_trials(&mc->held), (unsigned long long)mc->asked);
}

int mcpar__fail_unfinished(mcpar *mc, const char *call)
{
    return mcpar__fail(&mc->report, MCPAR_ERR_STATE, "%llu trials were asked for before, and trial %llu is missing: %s with "
                       "n = 0 to run what is missing, or call mcpar_reset", (unsigned long long)mc->asked,
                       (unsigned long long)mcpar__missing(mc).first, call);
}

void mcpar__tell_status(const mcpar *mc, mcpar_estimate *e)
{
    if (e->trials == 0)
        return;                            /* empty */
    if (mcpar__missing(mc).n > 0)
        e->status = MCPAR_STATUS_PARTIAL;
    else if (mc->settings.in_force.parts > 1)
        e->status = MCPAR_STATUS_PART;
    else if (mcpar__ledger_end(&mc->held) > mc->asked)     /* they were read from a file */
        e->status = MCPAR_STATUS_AHEAD;
}
