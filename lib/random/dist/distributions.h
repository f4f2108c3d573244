/* SPDX-License-Identifier: BSD-3-Clause */
/* distributions.h - one word of the generator to one draw of a distribution: contract v1
 *
 * These results are frozen: for a given word they are the same bits on every CPU and in every later release. They are
 * pure functions of integers and expect the default floating-point environment (round to nearest, no flush to zero,
 * traps masked): code that calls them from a host's thread brackets a whole block of calls with mcpar__fpenv_enter and
 * mcpar__fpenv_leave. shapes.h says how to add a distribution. */
#ifndef MCPAR__DISTRIBUTIONS_H
#define MCPAR__DISTRIBUTIONS_H

#include <stddef.h>
#include <stdint.h>

/* The shapes that a draw can take if it is not a uniform. */
enum mcpar__shape {
#define SHAPE(NAME, name) MCPAR__##NAME,
#include "random/dist/shapes.h"
    MCPAR__DISTRIBUTIONS,                  /* how many there are */
    MCPAR__WORD = MCPAR__DISTRIBUTIONS,    /* as it is */
    MCPAR__SHAPES
};

/* mcpar__normal_of, ...: the draw that a word gives. */
#define SHAPE(NAME, name) double mcpar__##name##_of(uint64_t w);
#include "random/dist/shapes.h"

/* The same for each of n words, the same bits, by vector where the CPU can. w and out must not overlap. */
void mcpar__shape_words(enum mcpar__shape shape, const uint64_t *restrict w, double *restrict out, size_t n);

/* (w >> 11) 2^-53 of each word, exact in any floating-point environment. */
void mcpar__uniforms_of(const uint64_t *restrict w, double *restrict out, size_t n);

/* The x >= 0 that a standard normal variable exceeds with probability tail, where
 * tail is in [2^-65, 1/2] and middle = 1/2 - tail; the caller gives both, since
 * one of them is the exact figure: tail is read below 1/4, middle from there on.
 * Within 0.6 ulp; within 3 ulp for a middle below 2^-1001. Not part of the contract. */
double mcpar__normal_upper(double tail, double middle);

#endif
