/* SPDX-License-Identifier: BSD-3-Clause */
/* reduce.c - combines the results of all ranks, and reads estimates from the combined result */
#include "estimate/diagnosis.h"
#include "estimate/estimate.h"
#include "estimate/stopped.h"
#include "run/checkpoint.h"
#include "run/combine.h"
#include <stddef.h>
#include <string.h>

int mcpar_reduce(mcpar *mc, mcpar_estimate *hits)
{
    int err = mcpar__begin_result(mc);

    if (err)
        return err;
    err = mcpar__combine(mc, MCPAR__REDUCE, &mc->all);
    if (!err)
        mc->combined = 1;
    if (!err && hits) {
        mcpar__estimate_hits(hits, &mc->all, mcpar__ledger_trials(&mc->held), mc->settings.in_force.confidence,
                             &mc->stopping);
        mcpar__tell_status(mc, hits);
    }
    return mcpar__end(mc, err);
}

/* Opens a call that reads the combined result. */
static int begin_reading(mcpar *mc)
{
    int err = mcpar__begin(mc);

    if (err)
        return err;
    err = mcpar__need_combined(mc);
    return err ? mcpar__end(mc, err) : 0;
}

static int no_such(mcpar *mc, size_t observable)
{
    return mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "observable is %zu, but there are %zu", observable,
                       mc->schema.observables);
}

int mcpar_mean(mcpar *mc, size_t observable, mcpar_estimate *mean)
{
    int err = begin_reading(mc);

    if (err)
        return err;
    if (!mean)
        return mcpar__end(mc, mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "mean is NULL"));
    if (observable >= mc->schema.observables)
        return mcpar__end(mc, no_such(mc, observable));
    mcpar__estimate_mean(mean, &mc->all, observable, mcpar__ledger_trials(&mc->held), mc->settings.in_force.confidence);
    mcpar__stopped_mean(mean, &mc->stopping);
    mcpar__tell_status(mc, mean);
    return mcpar__end(mc, MCPAR_OK);
}

int mcpar_diagnose(mcpar *mc, size_t observable, mcpar_diagnosis *diagnosis)
{
    /* The size in version 0.1. */
    const size_t first = offsetof(mcpar_diagnosis, maximum_trial) + sizeof diagnosis->maximum_trial;
    int err = begin_reading(mc);
    mcpar_diagnosis d;

    if (err)
        return err;
    if (!diagnosis)
        return mcpar__end(mc, mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "diagnosis is NULL"));
    if (diagnosis->size < first)
        return mcpar__end(mc, mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT,
                                          "diagnosis->size is %zu: initialize it with MCPAR_DIAGNOSIS_INIT",
                                          diagnosis->size));
    if (observable >= mc->schema.observables)
        return mcpar__end(mc, no_such(mc, observable));
    d = mcpar__diagnose(&mc->all, observable, mcpar__ledger_trials(&mc->held));
    d.size = diagnosis->size < sizeof d ? diagnosis->size : sizeof d;
    memcpy(diagnosis, &d, d.size);
    return mcpar__end(mc, MCPAR_OK);
}

int mcpar_covariance(mcpar *mc, size_t i, size_t j, double *covariance)
{
    int err = begin_reading(mc);

    if (err)
        return err;
    if (!covariance)
        err = mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "covariance is NULL");
    else if (i >= mc->schema.observables || j >= mc->schema.observables)
        err = mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "observables %zu and %zu, but there are %zu", i, j,
                          mc->schema.observables);
    else if (mcpar__estimate_covariance(covariance, &mc->all, i, j, mcpar__ledger_trials(&mc->held)))
        err = mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT,
                          "observables %zu and %zu were not declared as a pair with mcpar_observe_pairs", i, j);
    return mcpar__end(mc, err);
}

int mcpar_fingerprint(mcpar *mc, char fingerprint[MCPAR_FINGERPRINT_SIZE])
{
    int err = begin_reading(mc);

    if (err)
        return err;
    if (!fingerprint)
        return mcpar__end(mc, mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "fingerprint is NULL"));
    {
        const mcpar_options *o = &mc->settings.in_force;
        struct mcpar__lineage lineage = { MCPAR_CONTRACT, o->stream, o->seed, o->tag };

        mcpar__fingerprint(fingerprint, &lineage, &mc->held, &mc->all);
    }
    return mcpar__end(mc, MCPAR_OK);
}
