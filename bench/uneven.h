/* SPDX-License-Identifier: BSD-3-Clause */
/* uneven.h - trials of uneven length that record how long they took, for a pool and for ranks */
#ifndef UNEVEN_H
#define UNEVEN_H

#include <mcpar.h>
#include <stdatomic.h>

enum uneven_kind { UNEVEN_CONSTANT, UNEVEN_EXPONENTIAL, UNEVEN_LOGNORMAL, UNEVEN_SELDOM, UNEVEN_KINDS };
extern const char *const uneven_name[UNEVEN_KINDS];

#define UNEVEN_MEAN_SECONDS 40e-6          /* of a trial, about */

/* Shared by the processes of one machine. */
struct uneven {
    _Atomic uint64_t busy_ns, longest_ns;
    enum uneven_kind kind;
    double loops;                          /* dependent adds of a mean trial */
    double makespan;
};
extern struct uneven *uneven;

void uneven_open(void);
int uneven_trial(mcpar_rng *rng, double *values, void *arg);

#endif
