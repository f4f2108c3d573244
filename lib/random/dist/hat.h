/* SPDX-License-Identifier: BSD-3-Clause */
/* hat.h - counts by table or by transformed rejection: what the Poisson and the binomial distribution share
 *
 * Private to random/dist. With a uniform u in (-1/2, 1/2) and us = 1/2 - |u|, the candidate is
 * floor((2 a / us + b) u + centre). A second uniform v accepts it at once if us >= 0.07 and v is at most `accept`, and
 * otherwise if log(v alpha / (a / us^2 + b)) is at most the logarithm of the probability, less that of the mode for the
 * binomial. */
#ifndef MCPAR__HAT_H
#define MCPAR__HAT_H

#include "random/dist/dist.h"

enum { MCPAR__BY_GUIDE, MCPAR__BY_TABLE, MCPAR__BY_SQUEEZE, MCPAR__BY_HAT };       /* `how` of a distribution */

typedef double (*mcpar__log_probability)(const struct mcpar__hat *hat, double k);

/* Fills d->u.squeeze from the hat, whose counts lie about `mode` with standard deviation `spread`. */
void mcpar__squeeze_fill(struct mcpar__dist *d, mcpar__log_probability of, double mode, double spread);

double mcpar__count_one(const struct mcpar__dist *d, mcpar__log_probability of, const struct mcpar__site *at,
                        uint64_t w);
void mcpar__count_many(const struct mcpar__dist *d, mcpar__log_probability of, const struct mcpar__many *many,
                       const uint64_t *w, double *out, size_t n);

#endif
