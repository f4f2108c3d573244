/* SPDX-License-Identifier: BSD-3-Clause */
/* One word of the generator to one draw of a distribution: contract v1.
 *
 * These results are frozen: for a given word they are the same bits on every CPU
 * and in every later release. They are pure functions of integers and expect the
 * default floating-point environment (round to nearest, no flush to zero, traps
 * masked): whoever calls them from a host's thread brackets a whole block of
 * calls with fpenv enter and leave.
 */
#ifndef MCPAR__DISTRIBUTIONS_H
#define MCPAR__DISTRIBUTIONS_H

#include <stddef.h>
#include <stdint.h>

/* The normal quantile of p = (k + 0.5) 2^-64, k = min(w, ~w): negative where the
 * top bit of w is 0, its mirror image where it is 1. Never infinite, never 0:
 * between 2^-65 sqrt(2 pi) = 6.8e-20 and 9.16 in size. Within 0.6 ulp. */
double mcpar__normal_of(uint64_t w);

/* -log((w + 0.5) 2^-64): positive, from 2^-65 = 2.7e-20 to 45.05. Within 0.62 ulp. */
double mcpar__exponential_of(uint64_t w);

/* (w >> 11) 2^-53 of each word, exact in any floating-point environment. */
void mcpar__uniforms_of(const uint64_t *w, double *out, size_t n);

/* out[i] = ..._of(w[i]), the same bits, for i < n, by vector where the CPU can. w and out
 * must not overlap. */
void mcpar__normals_of(const uint64_t *w, double *out, size_t n);
void mcpar__exponentials_of(const uint64_t *w, double *out, size_t n);

/* The x >= 0 that a standard normal variable exceeds with probability tail, where
 * tail is in [2^-65, 1/2] and middle = 1/2 - tail; the caller gives both, since
 * one of them is the exact figure: tail is read below 1/4, middle from there on.
 * Within 0.6 ulp; within 3 ulp for a middle below 2^-1001. Not part of the contract. */
double mcpar__normal_upper(double tail, double middle);

#endif
