/* SPDX-License-Identifier: BSD-3-Clause */
/* first.c - the digest of what a trial returned */
#include "result/first.h"
#include "base/sha256.h"
#include <string.h>

static void add(struct mcpar__sha256 *sha, uint64_t value)
{
    uint8_t little[8];

    for (size_t i = 0; i < 8; i++)
        little[i] = (uint8_t)(value >> 8 * i);
    mcpar__sha256_add(sha, little, 8);
}

uint64_t mcpar__digest(uint64_t hit, const double *values, size_t n)
{
    struct mcpar__sha256 sha;
    uint8_t digest[32];
    uint64_t first = 0;

    mcpar__sha256_start(&sha);
    add(&sha, hit);
    for (size_t i = 0; i < n; i++) {
        uint64_t bits;

        memcpy(&bits, values + i, sizeof bits);
        add(&sha, bits);
    }
    mcpar__sha256_end(&sha, digest);
    for (size_t i = 0; i < 8; i++)
        first |= (uint64_t)digest[i] << 8 * i;
    return first;
}
