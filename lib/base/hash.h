/* SPDX-License-Identifier: BSD-3-Clause */
/* hash.h - mixes numbers into a hash that is the same on all systems but not cryptographic */
#ifndef MCPAR__HASH_H
#define MCPAR__HASH_H

#include <stdint.h>

/* Mixes a value into a hash by the finalizer of splitmix64 (Steele, Lea, Flood, OOPSLA 2014,
 * doi 10.1145/2660193.2660195). */
static inline uint64_t mcpar__mix(uint64_t hash, uint64_t value)
{
    uint64_t z = hash * UINT64_C(0x9e3779b97f4a7c15) + value + 1;

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

#endif
