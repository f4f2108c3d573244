/* SPDX-License-Identifier: BSD-3-Clause */
/* diagnosis.h - what the values of an observable look like, and whether to trust the error of their mean */
#ifndef MCPAR__DIAGNOSIS_H
#define MCPAR__DIAGNOSIS_H

#include "result/tally.h"
#include <mcpar.h>

/* All of it, of a canonical tally of so many trials. The same bits on every CPU and in any floating-point environment,
 * which it leaves as it is. */
mcpar_diagnosis mcpar__diagnose(const struct mcpar__tally *tally, size_t observable, uint64_t trials);

/* Its doubts alone: bits of enum mcpar_doubt, 0 if there is none. */
unsigned int mcpar__doubts_of(const struct mcpar__tally *tally, size_t observable, uint64_t trials);

#endif
