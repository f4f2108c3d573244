/* SPDX-License-Identifier: BSD-3-Clause */
/* replay.h - runs single trials again, apart from sampling: to look at one, or to compare what they return */
#ifndef MCPAR__REPLAY_H
#define MCPAR__REPLAY_H

#include "run/handle.h"
#include "trial/alone.h"

/* Runs trials [first, first + n) of job->trial (n = 1) or job->block in this process, by themselves. *returned is what
 * the function returned, *hits the hits of a block; the n values of observable k go to values[k * n] and on. Either may
 * be NULL. Returns the code, with its message; if the function is left by an exception or longjmp, ends the public call
 * with MCPAR_ERR_LEFT. */
int mcpar__replay(mcpar *mc, const struct mcpar__job *job, uint64_t first, size_t n, int *returned, uint64_t *hits,
                  double *values);

/* What a trial, or a block, did that has written outside of its values. */
void mcpar__stray_words(const struct mcpar__job *job, uint64_t first, size_t n, const struct mcpar__answer *answer,
                        char *what, size_t room);

#endif
