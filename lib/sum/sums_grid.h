/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sums_grid.h - where the grids of a block are, and how its sums on the grids get to the limbs: scalar code, shared by
 * the vector code for all kinds of CPU
 *
 * A grid is the multiples of a power of two, its step. Demmel and Nguyen ("Parallel reproducible summation", IEEE
 * Trans. Computers 64, 2015; ReproBLAS) and Ogita, Rump and Oishi ("Accurate sum and dot product", SISC 26, 2005) sum
 * on grids, and Dekker (Numer. Math. 18, 1971) cuts a double into short parts whose products are exact. Here, all
 * values of a block are cut on common grids, so that not only the products are exact, but also their sums.
 *
 * Cut. Let |x| <= 2^e for the values of a block. On grids of step 2^(e-22), 2^(e-45) and 2^(e-68)
 *     h = (x + H) - H,  r = x - h,  m = (r + M) - M,  l = r - m,  with H = 1.5 * 2^52 * 2^(e-22), M and L likewise.
 * - x + H is in [2^52, 2^53] steps, where doubles are one step apart, so it rounds x to the nearest multiple of the
 *   step. Subtracting H is then exact: |h| <= 2^22 steps.
 * - r is exact. The step is a multiple of the last bit of x (2^(e-52) at most), so r is a multiple of that bit; and r
 *   is no larger than x: if h = 0 then r = x, otherwise |x| >= step / 2 >= |r|. The same holds for m and l, except that
 *   the last bit may now be larger than the step: then m = r and l = 0.
 * - So |r| <= 2^(e-23), m is at most 2^22 of its steps, and |l| <= 2^(e-46), which is at most 2^22 of its steps, if it
 *   is on its grid at all. That is tested: (l + L) - L is l rounded to the grid. A value that fails the test is left
 *   over, to be added by integers. It can fail only below 2^(e-16): from there on, the last bit of a double is at least
 *   2^(e-68). A block whose smallest value is as large as that needs no tests.
 *
 * Sums. A part is an integer of at most 2^22 times a fixed step, and a product of two parts an integer of at most 2^44
 * times a fixed step: exact. Any sum of at most 2^9 of these, in any order, is at most 2^53 steps: exact again, with or
 * without FMA. FMA is only faster here; nothing depends on the error term that it could give.
 *
 * Exponents. All of this needs powers of two between 2^-1074 and 2^1023: the lowest step is 2^(2e-136) (for a pair, 2e
 * is the sum of both e), the highest number 2^(2e+9), and the largest power on the way back to integers 2^(136-2e).
 * With |e| <= 400 there is room to spare, and only a value that is left over can be denormal: its l is the value
 * itself, and (l + L) - L is 0.
 *
 * Cubes. The cube RN(x RN(x x)) of a value is only summed, not multiplied, so its parts can be longer. Rounding is
 * monotonic, so the cubes are at most 2^E with E = 3e. On grids of step 2^(E-43), 2^(E-87) and 2^(E-131) each part is
 * at most 2^43 steps, and any sum of 2^9 of them at most 2^52 steps: exact, for the same reasons as above. A cube of at
 * least 2^(E-35) has its last bit on the second grid, so that two parts are enough if all values are at least 2^(e-11).
 * All that with |e| <= 290: the lowest step is 2^-1001, and the largest power on the way back 2^1001.
 */
#ifndef MCPAR__SUMS_GRID_H
#define MCPAR__SUMS_GRID_H

#include "sum/sums_digits.h"
#include <stdbool.h>

enum {
    MCPAR__GRID_BLOCK = 512,               /* 2^9 values */
    MCPAR__GRID_TOP = 22,                  /* the first step is 2^(e-22) */
    MCPAR__GRID_STEP = 23,                 /* each further step is 2^23 times smaller */
    MCPAR__GRID_LOW = MCPAR__GRID_TOP + 2 * MCPAR__GRID_STEP,
    MCPAR__GRID_SURE = MCPAR__GRID_LOW - 52,   /* values of at least 2^(e-16) are on the grids */
    MCPAR__GRID_MOST = 400,                /* e is between -400 and 400 */
    MCPAR__CUBE_TOP = 43,                  /* the first step for cubes is 2^(E-43), */
    MCPAR__CUBE_STEP = 44,                 /* and each further step is 2^44 times smaller */
    MCPAR__CUBE_MIDDLE = MCPAR__CUBE_TOP + MCPAR__CUBE_STEP,
    MCPAR__CUBE_LOW = MCPAR__CUBE_MIDDLE + MCPAR__CUBE_STEP,
    MCPAR__CUBE_SURE = 11,
    MCPAR__CUBE_MOST = 290,
    MCPAR__GRID_NONE = 10000,              /* in place of an e: grids cannot be used */
    MCPAR__GRID_SPREAD = 8                 /* e is at most this far above the least of the lanes' largest values */
};

/* 2^k, which must be a normal number. */
static inline double mcpar__power(int k)
{
    union { uint64_t bits; double x; } u = { .bits = (uint64_t)(k + 1023) << 52 };

    return u.x;
}

/* Of the exponents of the largest value in each lane of a block: the largest, and the smallest above 0. */
struct mcpar__tops {
    unsigned int high, low;
};

static inline struct mcpar__tops mcpar__tops_of(const double *most, size_t lanes)
{
    struct mcpar__tops t = { 0, 0x7ff };

    for (size_t i = 0; i < lanes; i++) {
        unsigned int exponent = mcpar__exponent_of(most[i]);

        t.high = exponent > t.high ? exponent : t.high;
        t.low = exponent < t.low && exponent > 0 ? exponent : t.low;
    }
    return t;
}

/*
 * The e of a block, from the largest magnitude in each lane. A few huge values must not lift the grids too high for all
 * the others. They are in some lanes only, so the lane with the smallest largest value limits e, and values above the
 * grids are left over. Lanes of zeros and denormals do not limit e.
 */
static inline int mcpar__grid_top(struct mcpar__tops t, bool *above)
{
    unsigned int top = t.high;

    *above = top > t.low + MCPAR__GRID_SPREAD;
    if (*above)
        top = t.low + MCPAR__GRID_SPREAD;
    if (top == 0)                          /* zeros, which are on any grid, or denormals, which are on none */
        return 0;
    int e = (int)top - 1022;               /* |x| < 2^(exponent - 1022) */

    return e < -MCPAR__GRID_MOST || e > MCPAR__GRID_MOST ? MCPAR__GRID_NONE : e;
}

/* A sum of a block, in steps. 128 bits, so that what infinities and NaNs leave here can be added without overflow. */
static inline mcpar__int128 mcpar__steps(double x, double per_step)
{
    return (int64_t)(x * per_step);
}

/* Adds the sums of a block to the limbs; total has the sum of each part, in the order h, m, l. */
static inline void mcpar__settle_sum(int64_t *limb, const double total[3], int e)
{
    const mcpar__int128 grid = 1 << MCPAR__GRID_STEP;
    mcpar__int128 h = mcpar__steps(total[0], mcpar__power(MCPAR__GRID_TOP - e));
    mcpar__int128 m = mcpar__steps(total[1], mcpar__power(MCPAR__GRID_TOP + MCPAR__GRID_STEP - e));
    mcpar__int128 l = mcpar__steps(total[2], mcpar__power(MCPAR__GRID_LOW - e));

    mcpar__add_integer(limb, (h * grid + m) * grid + l, (unsigned int)(e - MCPAR__GRID_LOW + 1074));
}

/* The same for the parts of cubes; these are at most 2^e here. */
static inline void mcpar__settle_cubes(int64_t *limb, const double total[3], int e)
{
    const mcpar__int128 grid = INT64_C(1) << MCPAR__CUBE_STEP;
    mcpar__int128 h = mcpar__steps(total[0], mcpar__power(MCPAR__CUBE_TOP - e));
    mcpar__int128 m = mcpar__steps(total[1], mcpar__power(MCPAR__CUBE_MIDDLE - e));
    mcpar__int128 l = mcpar__steps(total[2], mcpar__power(MCPAR__CUBE_LOW - e));

    mcpar__add_integer(limb, h * grid + m, (unsigned int)(e - MCPAR__CUBE_MIDDLE + 1074));
    if (l != 0)
        mcpar__add_integer(limb, l, (unsigned int)(e - MCPAR__CUBE_LOW + 1074));
}

/*
 * p: the sums of the products with steps 2^(ee - 44), 2^(ee - 67), ... 2^(ee - 136), where ee is the sum of both e.
 * Each is below 2^55. The first three make an integer below 2^102, the others one below 2^79, in a unit 2^46 times
 * smaller. They are added to the limbs as one number of three words: of two numbers that overlap, the second would have
 * to wait for the first one's stores, and a whole block takes only 200 ns.
 */
static inline void mcpar__settle_products(int64_t *limb, const mcpar__int128 p[5], int ee)
{
    enum { APART = 2 * MCPAR__GRID_STEP };
    const mcpar__int128 grid = 1 << MCPAR__GRID_STEP;
    mcpar__int128 upper = (p[0] * grid + p[1]) * grid + p[2], lower = p[3] * grid + p[4];

    lower += (uint64_t)upper << APART;
    mcpar__add_wide(limb, (upper >> (64 - APART)) + (lower >> 64), (uint64_t)lower,
                    (unsigned int)(ee - 2 * MCPAR__GRID_LOW + 2148));
}

/* The inverse of each of the five steps of products: 2^(44 - ee) and so on. */
static inline double mcpar__per_step(int ee, int i)
{
    return mcpar__power(2 * MCPAR__GRID_TOP + MCPAR__GRID_STEP * i - ee);
}

static inline void mcpar__settle_squares(int64_t *limb, const double total[6], int e)
{
    enum { HH, HM, HL, MM, ML, LL };
    int ee = 2 * e;
    const mcpar__int128 p[5] = {
        mcpar__steps(total[HH], mcpar__per_step(ee, 0)),
        mcpar__steps(total[HM], 2 * mcpar__per_step(ee, 1)),
        mcpar__steps(total[HL], 2 * mcpar__per_step(ee, 2)) + mcpar__steps(total[MM], mcpar__per_step(ee, 2)),
        mcpar__steps(total[ML], 2 * mcpar__per_step(ee, 3)),
        mcpar__steps(total[LL], mcpar__per_step(ee, 4))
    };

    mcpar__settle_products(limb, p, ee);
}

/* total[3 * i + j]: the sum of part i of x times part j of y */
static inline void mcpar__settle_pairs(int64_t *limb, const double total[9], int ee)
{
    mcpar__int128 p[5] = { 0 };

    for (int i = 0; i < 9; i++)
        p[i / 3 + i % 3] += mcpar__steps(total[i], mcpar__per_step(ee, i / 3 + i % 3));
    mcpar__settle_products(limb, p, ee);
}

#endif
