/* SPDX-License-Identifier: BSD-3-Clause */
/* reduce.c - combines the results of all ranks, and reads estimates from the combined result */
#include "estimate/estimate.h"
#include "run/agree.h"
#include <stdlib.h>

/* A window is the range of limbs (64-bit words of the exact sums) in use. The ranks find the one that covers all of
 * theirs as minima: of the lower ends, and of the complements of the upper ends. A rank whose sums are all zero has
 * none. */
static void offer(struct mcpar__agreement *a, struct mcpar__windows w)
{
    a->min[MCPAR__SUM_LIMB_LOW] = w.sum_high ? w.sum_low : UINT64_MAX;
    a->min[MCPAR__SUM_LIMB_HIGH] = w.sum_high ? ~(uint64_t)w.sum_high : UINT64_MAX;
    a->min[MCPAR__PRODUCT_LIMB_LOW] = w.product_high ? w.product_low : UINT64_MAX;
    a->min[MCPAR__PRODUCT_LIMB_HIGH] = w.product_high ? ~(uint64_t)w.product_high : UINT64_MAX;
}

static struct mcpar__windows agreed(const struct mcpar__agreement *a)
{
    struct mcpar__windows w = { 0, (size_t)~a->min[MCPAR__SUM_LIMB_HIGH], 0, (size_t)~a->min[MCPAR__PRODUCT_LIMB_HIGH] };

    w.sum_low = w.sum_high ? (size_t)a->min[MCPAR__SUM_LIMB_LOW] : 0;
    w.product_low = w.product_high ? (size_t)a->min[MCPAR__PRODUCT_LIMB_LOW] : 0;
    return w;
}

/* Exchanges one small message of fixed size and, if there are observables, one sum over the limbs in use on any
 * rank. */
static int combine(mcpar *mc)
{
    const struct mcpar__said said = { .call = MCPAR__REDUCE, .observables = mc->schema.observables,
                                      .pairs = mc->schema.pairs, .schema = mc->schema_hash, 
                                      .held = mcpar__ledger_trials(&mc->held),
                                      .ledger = mcpar__ledger_edges(&mc->held), .asked = mc->asked };
    struct mcpar__agreement a = { { 0 }, { 0 } };
    size_t limbs = mcpar__limbs(&mc->schema);
    int64_t *packed = limbs ? malloc(limbs * sizeof *packed) : NULL;
    struct mcpar__windows w;
    int err;

    if (limbs && !packed)
        (void)mcpar__fail(&mc->report, MCPAR_ERR_MEMORY, "for the sums of all ranks");
    offer(&a, mcpar__tally_windows(&mc->mine));
    a.sum[MCPAR__SUM_HITS] = mc->mine.hits;
    err = mcpar__agree(mc, &said, &a);
    w = agreed(&a);
    if (!err && limbs) {
        mcpar__tally_pack(&mc->mine, w, packed);
        if (mc->comm->add(mc->ranks, packed, mcpar__packed(&mc->schema, w)))
            err = mcpar__fail(&mc->report, MCPAR_ERR_COMM, "in the sum over all ranks");
        else
            mcpar__tally_unpack(&mc->all, w, packed);
    }
    free(packed);
    if (!err) {
        mc->all.hits = a.sum[MCPAR__SUM_HITS];
        mc->combined = 1;
    }
    return err;
}

/* Whether trials are held that nobody asked for: they were read from a file. */
static bool is_ahead(const mcpar *mc)
{
    const struct mcpar__ledger *held = &mc->held;

    return held->n > 0 && held->range[held->n - 1].first + held->range[held->n - 1].n > mc->asked;
}

static void tell_status(const mcpar *mc, mcpar_estimate *e)
{
    if (e->trials == 0)
        return;                            /* empty */
    if (mcpar__missing(mc).n > 0)
        e->status = MCPAR_STATUS_PARTIAL;
    else if (mc->settings.in_force.parts > 1)
        e->status = MCPAR_STATUS_PART;
    else if (is_ahead(mc))
        e->status = MCPAR_STATUS_AHEAD;
}

int mcpar_reduce(mcpar *mc, mcpar_estimate *hits)
{
    int err = mcpar__begin(mc);

    if (err)
        return err;
    err = combine(mc);
    if (!err && hits) {
        mcpar__estimate_hits(hits, &mc->all, mcpar__ledger_trials(&mc->held), mc->settings.in_force.confidence);
        tell_status(mc, hits);
    }
    return mcpar__end(mc, err);
}

/* Opens a call that reads the combined result. */
static int begin_reading(mcpar *mc)
{
    int err = mcpar__begin(mc);

    if (err || mc->combined)
        return err;
    return mcpar__end(mc, mcpar__fail(&mc->report, MCPAR_ERR_STALE, "the handle holds %llu trials",
                                      (unsigned long long)mcpar__ledger_trials(&mc->held)));
}

int mcpar_mean(mcpar *mc, size_t observable, mcpar_estimate *mean)
{
    int err = begin_reading(mc);

    if (err)
        return err;
    if (!mean)
        return mcpar__end(mc, mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "mean is NULL"));
    if (observable >= mc->schema.observables)
        return mcpar__end(mc, mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "observable is %zu, but there are %zu",
                                          observable, mc->schema.observables));
    mcpar__estimate_mean(mean, &mc->all, observable, mcpar__ledger_trials(&mc->held), mc->settings.in_force.confidence);
    tell_status(mc, mean);
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
