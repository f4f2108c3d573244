/* SPDX-License-Identifier: BSD-3-Clause */
/* work.c - one run of libmcpar, from init to finalize */
#include "bench.h"
#include <string.h>

/* Ends the process if anything fails; the bench then reports which contender it was. */
void sample_must(mcpar *mc, int err)
{
    if (err)
        give_up("%s", mc ? mcpar_message(mc) : mcpar_strerror(err));
}

static void observe(mcpar *mc, size_t n)
{
    enum { MOST_OBSERVABLES = 1000 };
    static char text[MOST_OBSERVABLES][8];
    const char *name[MOST_OBSERVABLES];

    if (n > MOST_OBSERVABLES)
        give_up("%zu observables", n);
    for (size_t k = 0; k < n; k++) {
        (void)snprintf(text[k], sizeof text[k], "%u", (unsigned)k % MOST_OBSERVABLES);
        name[k] = text[k];
    }
    sample_must(mc, mcpar_observe(mc, n, name));
}

static mcpar *sampled(const struct task *task, uint64_t n, mcpar_estimate *hits)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;
    mcpar *mc;

    options.comm = MCPAR_COMM_SELF;
    options.pool = task->pool ? task->pool : MCPAR_POOL_SERIAL;
    options.stream = task->stream;
    if (task->workers)
        options.workers = task->workers;
    {
        int err = mcpar_init(&mc, &options);

        sample_must(mc, err);
    }
    if (task->observables)
        observe(mc, task->observables);
    sample_must(mc, task->block ? mcpar_sample_block(mc, n, task->block, task->arg)
                         : mcpar_sample(mc, n, task->trial, task->arg));
    sample_must(mc, mcpar_reduce(mc, hits));
    return mc;
}

uint64_t sample_hits(const struct task *task, uint64_t n)
{
    mcpar_estimate e;
    mcpar *mc = sampled(task, n, &e);

    (void)mcpar_finalize(&mc);
    return e.hits;
}

uint64_t sample_mean_bits(const struct task *task, uint64_t n)
{
    mcpar_estimate hits, mean;
    mcpar *mc = sampled(task, n, &hits);
    uint64_t bits;

    sample_must(mc, mcpar_mean(mc, 0, &mean));
    memcpy(&bits, &mean.mean, sizeof bits);
    (void)mcpar_finalize(&mc);
    return bits;
}
