/* SPDX-License-Identifier: BSD-3-Clause */
/* rivals_libc.c - darts and normals by the generators of the C library */
#include "bench.h"
#include <math.h>
#include <stdlib.h>

static uint64_t by_rand(uint64_t n)
{
    uint64_t hits = 0;

    srand(1);
    for (uint64_t i = 0; i < n; i++) {
        double x = rand() / (RAND_MAX + 1.0), y = rand() / (RAND_MAX + 1.0);

        hits += x * x + y * y < 1.0;
    }
    return hits;
}

static uint64_t by_rand_r(uint64_t n)
{
    unsigned state = 1;
    uint64_t hits = 0;

    for (uint64_t i = 0; i < n; i++) {
        double x = rand_r(&state) / (RAND_MAX + 1.0), y = rand_r(&state) / (RAND_MAX + 1.0);

        hits += x * x + y * y < 1.0;
    }
    return hits;
}

static uint64_t by_drand48_r(uint64_t n)
{
    struct drand48_data state;
    uint64_t hits = 0;

    (void)srand48_r(1, &state);
    for (uint64_t i = 0; i < n; i++) {
        double x, y;

        (void)drand48_r(&state, &x);
        (void)drand48_r(&state, &y);
        hits += x * x + y * y < 1.0;
    }
    return hits;
}

static uint64_t box_muller(uint64_t n)
{
    struct drand48_data state;
    uint64_t hits = 0;

    (void)srand48_r(1, &state);
    for (uint64_t i = 0; i < n; i += 2) {
        double u, v, radius;

        (void)drand48_r(&state, &u);
        (void)drand48_r(&state, &v);
        radius = sqrt(-2 * log(1 - u));
        v *= 6.283185307179586;
        hits += (uint64_t)(fabs(radius * cos(v)) < 1) + (uint64_t)(fabs(radius * sin(v)) < 1);
    }
    return hits;
}

work_fn *const rival_rand = by_rand;
work_fn *const rival_rand_r = by_rand_r;
work_fn *const rival_drand48_r = by_drand48_r;
work_fn *const rival_box_muller = box_muller;
