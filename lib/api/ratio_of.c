/* SPDX-License-Identifier: BSD-3-Clause */
/* ratio_of.c - the ratio of two observables, from the combined result */
#include "estimate/ratio.h"
#include "estimate/stopped.h"
#include "run/handle.h"

int mcpar_ratio(mcpar *mc, size_t numerator, size_t denominator, mcpar_estimate *ratio)
{
    int err = mcpar__begin(mc);

    if (err)
        return err;
    err = mcpar__need_combined(mc);
    if (err)
        return mcpar__end(mc, err);
    if (!ratio)
        err = mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "ratio is NULL");
    else if (numerator >= mc->schema.observables || denominator >= mc->schema.observables)
        err = mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "observables %zu and %zu, but there are %zu", numerator,
                          denominator, mc->schema.observables);
    else if (mcpar__estimate_ratio(ratio, &mc->all, numerator, denominator, mcpar__ledger_trials(&mc->held),
                                   mc->settings.in_force.confidence))
        err = mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT,
                          "observables %zu and %zu were not declared as a pair with mcpar_observe_pairs", numerator,
                          denominator);
    else {
        mcpar__stopped_mean(ratio, &mc->stopping);
        mcpar__tell_status(mc, ratio);
    }
    return mcpar__end(mc, err);
}
