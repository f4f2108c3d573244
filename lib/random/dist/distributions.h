/* SPDX-License-Identifier: BSD-3-Clause */
/* distributions.h - turns one word of the generator into one draw of a distribution, as contract v1 (the frozen
 * definition of the library's random numbers) has it
 *
 * A word gives the same bits on every CPU and in every later release. The functions expect the default floating-point
 * environment (round to nearest, no flush to zero, traps masked); code that calls them in a host's thread puts a block
 * of calls between mcpar__fpenv_enter and mcpar__fpenv_leave. shapes.h says how to add a distribution. */
#ifndef MCPAR__DISTRIBUTIONS_H
#define MCPAR__DISTRIBUTIONS_H

#include <stddef.h>
#include <stdint.h>

/* The shapes of a draw: what a trial can ask for instead of a uniform. */
enum mcpar__shape {
#define SHAPE(NAME, name) MCPAR__##NAME,
#include "random/dist/shapes.h"
    MCPAR__DISTRIBUTIONS,                  /* how many there are */
    MCPAR__WORD = MCPAR__DISTRIBUTIONS,    /* the word itself */
    MCPAR__SHAPES
};

/* mcpar__normal_of, ...: the draw that a word gives. */
#define SHAPE(NAME, name) double mcpar__##name##_of(uint64_t w);
#include "random/dist/shapes.h"

/* Does this for each of n words, with the same bits, using vectors if the CPU has them. w and out must not overlap. */
void mcpar__shape_words(enum mcpar__shape shape, const uint64_t *restrict w, double *restrict out, size_t n);

/* Stores (w >> 11) 2^-53 for each word w. Exact in any floating-point environment. */
void mcpar__uniforms_of(const uint64_t *restrict w, double *restrict out, size_t n);

/* The x >= 0 that a standard normal variable exceeds with probability tail, which is in [2^-65, 1/2]. middle is
 * 1/2 - tail; the caller passes both, because only one of them may be exact: tail is used below 1/4, middle from there
 * on. Within 0.6 ulp; within 3 ulp for a middle below 2^-1001. Not part of the contract. */
double mcpar__normal_upper(double tail, double middle);

#endif
