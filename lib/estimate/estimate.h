/* SPDX-License-Identifier: BSD-3-Clause */
/* estimate.h - an estimate is read off a tally of a number of trials */
#ifndef MCPAR__ESTIMATE_H
#define MCPAR__ESTIMATE_H

#include "result/tally.h"
#include <mcpar.h>

void mcpar__estimate_hits(mcpar_estimate *e, const struct mcpar__tally *tally, uint64_t trials, double confidence);
void mcpar__estimate_mean(mcpar_estimate *e, const struct mcpar__tally *tally, size_t observable, uint64_t trials,
                          double confidence);

/* Of observables i and j; MCPAR_ERR_ARGUMENT if they are no pair of the schema and not the same. */
int mcpar__estimate_covariance(double *covariance, const struct mcpar__tally *tally, size_t i, size_t j,
                               uint64_t trials);

#endif
