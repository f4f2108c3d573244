/* SPDX-License-Identifier: BSD-3-Clause */
/* stopped.h - the intervals of results whose number of trials was chosen by looking at them (result/stopping.h) */
#ifndef MCPAR__STOPPED_H
#define MCPAR__STOPPED_H

#include "result/stopping.h"
#include <mcpar.h>

/* Put the interval that holds for this way of stopping into an estimate of the hits, or of the mean of an observable,
 * that is otherwise complete. Without a goal they change nothing. */
void mcpar__stopped_hits(mcpar_estimate *e, const struct mcpar__stopping *stopping);
void mcpar__stopped_mean(mcpar_estimate *e, const struct mcpar__stopping *stopping);

/* The standard deviation of the values, also where their variance is too large or too small for a double. Expects the
 * default floating-point environment. */
double mcpar__std_dev(const mcpar_estimate *e);

#endif
