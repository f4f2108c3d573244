/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of golden vectors share: the data folder, and doubles as a line of integers. */
#ifndef GOLDEN_H
#define GOLDEN_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline FILE *golden_open(const char *name)
{
    const char *folder = getenv("srcdir");
    char path[4096];
    snprintf(path, sizeof path, "%s/tests/golden/%s", folder ? folder : ".", name);
    return fopen(path, "r");
}

/* The next line that is not a comment; 0 at the end. */
static inline int golden_line(FILE *file, char *line, int size)
{
    while (fgets(line, size, file))
        if (line[0] != '#' && line[0] != '\n')
            return 1;
    return 0;
}

/* Neighbouring doubles map to neighbouring integers, -0 and 0 both to 0. */
static inline int64_t golden_place(double x)
{
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits < 0 ? INT64_MIN - bits : bits;
}

/* How many doubles apart; both finite. */
static inline uint64_t golden_ulps(double a, double b)
{
    const int64_t x = golden_place(a), y = golden_place(b);
    return x < y ? (uint64_t)y - (uint64_t)x : (uint64_t)x - (uint64_t)y;
}

static inline uint64_t golden_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* SplitMix64, for words that depend on nothing of ours. */
static inline uint64_t golden_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

#endif
