/* SPDX-License-Identifier: BSD-3-Clause */
/* profile.h - the extremes of an observable: adding, merging, packing; a part of tally.c */
#ifndef MCPAR__PROFILE_H
#define MCPAR__PROFILE_H

#include "result/tally.h"
#include "sum/sums.h"
#include <string.h>

/* A number that grows with the value, which is not -0.0. In any floating-point environment. */
static inline uint64_t mcpar__key_of(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

/* After the values of trials [first, first + n) have been added to the column, whose cubes are those of the profile. */
void mcpar__profile_add(struct mcpar__profile *profile, const struct mcpar__column *column, const double *values,
                      uint64_t first, size_t n);

/* into += from. The cubes are added without carries. */
void mcpar__profile_merge(struct mcpar__profile *into, const struct mcpar__profile *from);

/* The extremes as two pairs of numbers, of which the least is taken over the ranks. Unpacking sets the bits of the
 * state that are about them, and leaves the other one. */
void mcpar__profile_pack(const struct mcpar__profile *profile, uint64_t pair[2][2]);
void mcpar__profile_unpack(struct mcpar__profile *profile, uint64_t pair[2][2]);

#endif
