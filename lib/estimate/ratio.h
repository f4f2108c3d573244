/* SPDX-License-Identifier: BSD-3-Clause */
/* ratio.h - the ratio of the means of two observables, off a tally */
#ifndef MCPAR__RATIO_H
#define MCPAR__RATIO_H

#include "result/tally.h"
#include <mcpar.h>

/* MCPAR_ERR_ARGUMENT if x and y differ and are not a pair of the schema. */
int mcpar__estimate_ratio(mcpar_estimate *e, const struct mcpar__tally *tally, size_t x, size_t y, uint64_t trials,
                          double confidence);

#endif
