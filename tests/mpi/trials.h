/* SPDX-License-Identifier: BSD-3-Clause */
/* trials.h - the problem of the tests and its answer: hits, two observables and their covariance, one fingerprint */
#ifndef TRIALS_H
#define TRIALS_H

#include "tap.h"
#include <mcpar_mpi.h>
#include <string.h>

enum { TRIALS = 30000 };

struct answer {
    mcpar_estimate hits, mean[2];
    mcpar_diagnosis diagnosis[2];
    double covariance;
    char print[MCPAR_FINGERPRINT_SIZE];
};

static int trial(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_uniform(rng), y = mcpar_exponential(rng);

    (void)arg;
    if (values) {
        values[0] = x * y;
        values[1] = (x - 0.5) * 1e200;     /* the sums cancel over 200 decimal places */
    }
    return y < x;
}

/* The same trials as a block. */
static int block(mcpar_block *b, void *arg)
{
    const double *x = mcpar_uniforms(b), *y = mcpar_exponentials(b);

    (void)arg;
    for (size_t i = 0; i < b->n; i++) {
        b->values[0][i] = x[i] * y[i];
        b->values[1][i] = (x[i] - 0.5) * 1e200;
        b->hits += y[i] < x[i];
    }
    return 0;
}

static inline int observe(mcpar *mc)
{
    static const size_t pairs[][2] = { { 0, 1 } };
    int err = mcpar_observe(mc, 2, (const char *const[]){ "product", "wide" });

    return err ? err : mcpar_observe_pairs(mc, 1, pairs[0]);
}

static inline int read_answer(mcpar *mc, struct answer *a)
{
    int err;

    memset(a, 0, sizeof *a);
    err = mcpar_reduce(mc, &a->hits);
    for (size_t k = 0; k < 2 && !err; k++) {
        a->diagnosis[k] = (mcpar_diagnosis)MCPAR_DIAGNOSIS_INIT;
        err = mcpar_mean(mc, k, &a->mean[k]);
        err = err ? err : mcpar_diagnose(mc, k, &a->diagnosis[k]);
    }
    if (!err)
        err = mcpar_covariance(mc, 0, 1, &a->covariance);
    return err ? err : mcpar_fingerprint(mc, a->print);
}

/* Bit for bit; an estimate has no padding between its doubles and counts. */
static inline int same_estimate(const mcpar_estimate *a, const mcpar_estimate *b)
{
    return !memcmp(a, b, offsetof(mcpar_estimate, interval)) && a->interval == b->interval &&
           a->guarantee == b->guarantee && a->status == b->status;
}

static inline int same_diagnosis(const mcpar_diagnosis *a, const mcpar_diagnosis *b)
{
    return a->trials == b->trials && a->doubts == b->doubts && a->minimum_trial == b->minimum_trial &&
           a->maximum_trial == b->maximum_trial && !memcmp(&a->skewness, &b->skewness, sizeof a->skewness) &&
           !memcmp(&a->largest_share, &b->largest_share, sizeof a->largest_share) &&
           !memcmp(&a->minimum, &b->minimum, sizeof a->minimum) && !memcmp(&a->maximum, &b->maximum, sizeof a->maximum);
}

static inline int same(const struct answer *a, const struct answer *b)
{
    return same_estimate(&a->hits, &b->hits) && same_estimate(&a->mean[0], &b->mean[0]) &&
           same_estimate(&a->mean[1], &b->mean[1]) && !memcmp(&a->covariance, &b->covariance, sizeof a->covariance) &&
           same_diagnosis(&a->diagnosis[0], &b->diagnosis[0]) && same_diagnosis(&a->diagnosis[1], &b->diagnosis[1]) &&
           !strcmp(a->print, b->print);
}

/* What one process alone finds, in the calling thread. */
static inline struct answer serial(uint32_t stream)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;
    struct answer a = { .covariance = 0 };
    mcpar *mc;
    int err;

    options.comm = MCPAR_COMM_SELF;
    options.pool = MCPAR_POOL_SERIAL;
    options.stream = stream;
    err = mcpar_init(&mc, &options);
    if (!err)
        err = observe(mc);
    if (!err)
        err = mcpar_sample(mc, TRIALS, trial, NULL);
    if (!err)
        err = read_answer(mc, &a);
    check(!err && a.hits.trials == TRIALS && a.hits.hits > TRIALS / 3 && a.hits.hits < TRIALS / 2,
          "the serial answer: %s", err ? mcpar_message(mc) : a.print);
    (void)mcpar_finalize(&mc);
    return a;
}

#endif
