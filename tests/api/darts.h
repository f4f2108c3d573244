/* SPDX-License-Identifier: BSD-3-Clause */
/* darts.h - the trial and the block of the tests of errors */
#ifndef API_DARTS_H
#define API_DARTS_H

#include "api.h"

static inline int dart(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_uniform(rng), y = mcpar_uniform(rng);

    (void)arg;
    if (values)
        values[0] = x;
    return x * x + y * y < 1.0;
}

static inline int darts(mcpar_block *b, void *arg)
{
    const double *x = mcpar_uniforms(b), *y = mcpar_uniforms(b);

    (void)arg;
    for (size_t i = 0; i < b->n; i++)
        b->hits += x[i] * x[i] + y[i] * y[i] < 1.0;
    return 0;
}

static inline int stop_at(mcpar_rng *rng, double *values, void *arg)
{
    const uint64_t *trial = arg;

    (void)values;
    return mcpar_trial_number(rng) >= *trial ? -1 : 1;
}

#endif
