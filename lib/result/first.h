/* SPDX-License-Identifier: BSD-3-Clause */
/* first.h - what the lowest trial of a result returned, so that another trial function is noticed
 *
 * The trial function is not part of the lineage, because a program cannot say which function it is. A result that goes
 * on later, or that is merged, is therefore checked by running its lowest trial again. */
#ifndef MCPAR__FIRST_H
#define MCPAR__FIRST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mcpar__first {
    uint64_t trial;                        /* the lowest trial held */
    uint64_t digest;                       /* of what it returned */
    bool known;
};

/* The first 8 bytes of SHA-256, little-endian, over the hit and the bits of the values, each as 64 bits. By integers
 * alone, in any floating-point environment. */
uint64_t mcpar__digest(uint64_t hit, const double *values, size_t n);

#endif
