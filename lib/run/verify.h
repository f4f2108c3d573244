/* SPDX-License-Identifier: BSD-3-Clause */
/* verify.h - checks a trial function: runs a sample of its trials again, in other orders and processes, and compares */
#ifndef MCPAR__VERIFY_H
#define MCPAR__VERIFY_H

#include "run/agree.h"
#include "run/recheck.h"

/* Checks about n of the trials that are held, or all of them if they are fewer. Collective: all ranks have agreed on
 * the call. Returns the same code on all ranks: MCPAR_ERR_CHECK if a trial breaks the rules, MCPAR_STOPPED if not all
 * could be checked, what sampling returns if a trial crashes or the like. */
int mcpar__verify(mcpar *mc, const struct mcpar__job *job, uint64_t n);

/* The option check: checks a few of the trials that mcpar_sample is about to run, n more than were asked for before,
 * and of those that are missing the ones below `end`. As above, but it takes only a few seconds, and if it cannot be
 * finished, because a trial fails or the run is to stop, leaves that to the sampling. */
int mcpar__check(mcpar *mc, const struct mcpar__job *job, uint64_t n, uint64_t end);

/* accuse.c. The trial that breaks a rule, or the first of its block; and the code MCPAR_ERR_CHECK, with a message that
 * says which rule. */
uint64_t mcpar__trial_at_fault(const struct mcpar__item *item);
int mcpar__accuse(mcpar *mc, const struct mcpar__job *job, const struct mcpar__item *item);

#endif
