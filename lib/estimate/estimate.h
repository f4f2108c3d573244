/* SPDX-License-Identifier: BSD-3-Clause */
/* estimate.h - reads estimates off a tally (the hits and sums of the trials, result/tally.h) */
#ifndef MCPAR__ESTIMATE_H
#define MCPAR__ESTIMATE_H

#include "result/stopping.h"
#include "result/tally.h"
#include <mcpar.h>

/* With the interval that holds for the way in which the run was stopped; NULL: for a fixed number of trials. */
void mcpar__estimate_hits(mcpar_estimate *e, const struct mcpar__tally *tally, uint64_t trials, double confidence,
                          const struct mcpar__stopping *stopping);
/* The same with an interval that holds at all trial counts at once (interval.h). */
void mcpar__estimate_hits_anytime(mcpar_estimate *e, const struct mcpar__tally *tally, uint64_t trials, double confidence);

void mcpar__estimate_mean(mcpar_estimate *e, const struct mcpar__tally *tally, size_t observable, uint64_t trials,
                          double confidence);

/* The covariance of observables i and j. MCPAR_ERR_ARGUMENT if they differ and are not a pair of the schema. */
int mcpar__estimate_covariance(double *covariance, const struct mcpar__tally *tally, size_t i, size_t j,
                               uint64_t trials);

#endif
