/* SPDX-License-Identifier: BSD-3-Clause */
/* stopped.h - the intervals of results whose number of trials was chosen by looking at them (result/stopping.h) */
#ifndef MCPAR__STOPPED_H
#define MCPAR__STOPPED_H

#include "result/stopping.h"
#include <mcpar.h>
#include <stdbool.h>

/* Puts the interval that holds for this way of stopping into an estimate of the hits that lacks its interval. Returns
 * false, and changes nothing, where it is the one of a fixed number of trials. Expects the default floating-point
 * environment. */
bool mcpar__stopped_hits(mcpar_estimate *e, const struct mcpar__stopping *stopping);

/* Puts it into a complete estimate of the mean of an observable. Without a goal it changes nothing. */
void mcpar__stopped_mean(mcpar_estimate *e, const struct mcpar__stopping *stopping);

/* The standard deviation of the values, also where their variance is too large or too small for a double. Expects the
 * default floating-point environment. */
double mcpar__std_dev(const mcpar_estimate *e);

#endif
