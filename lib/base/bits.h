/* SPDX-License-Identifier: BSD-3-Clause */
/* A double as its 64 bits and back. */
#ifndef MCPAR__BITS_H
#define MCPAR__BITS_H

#include <stdint.h>
#include <string.h>

#ifdef __FAST_MATH__
#error "libmcpar's arithmetic is exact to the bit: do not build it with -ffast-math"
#endif

static inline uint64_t mcpar__bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double mcpar__double_of(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

#endif
