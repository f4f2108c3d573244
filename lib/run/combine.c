/* SPDX-License-Identifier: BSD-3-Clause */
/* combine.c - adds up the tallies of all ranks */
#include "run/agree.h"
#include "run/combine.h"
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

/* Exchanges one small message of fixed size and, if there are observables, one sum over the limbs in use on any rank,
 * and one minimum over the extremes. */
int mcpar__combine(mcpar *mc, enum mcpar__call call, struct mcpar__tally *into)
{
    const struct mcpar__said said = mcpar__say(mc, call);
    struct mcpar__agreement a = { { 0 }, { 0 } };
    size_t words = mcpar__words(&mc->schema), observables = mc->schema.observables;
    int64_t *packed = words ? malloc(words * sizeof *packed) : NULL;
    uint64_t (*extreme)[2] = words ? malloc(2 * observables * sizeof *extreme) : NULL;
    struct mcpar__windows w;
    int err;

    if (words && (!packed || !extreme))
        (void)mcpar__fail(&mc->report, MCPAR_ERR_MEMORY, "for the sums of all ranks");
    offer(&a, mcpar__tally_windows(&mc->mine));
    a.sum[MCPAR__SUM_HITS] = mc->mine.hits;
    err = mcpar__agree(mc, &said, &a);
    w = agreed(&a);
    if (!err && words) {
        mcpar__tally_pack(&mc->mine, w, packed);
        mcpar__extremes_pack(&mc->mine, extreme);
        if (mc->comm->add(mc->ranks, packed, mcpar__packed(&mc->schema, w)) ||
            mc->comm->least(mc->ranks, extreme, 2 * observables)) {
            err = mcpar__fail(&mc->report, MCPAR_ERR_COMM, "in the sum over all ranks");
        } else {
            mcpar__tally_unpack(into, w, packed);
            mcpar__extremes_unpack(into, extreme);
        }
    }
    free(packed);
    free(extreme);
    if (!err)
        into->hits = a.sum[MCPAR__SUM_HITS];
    return err;
}
