/* SPDX-License-Identifier: BSD-3-Clause */
/* sums_cut.h - cuts a block of values on grids: a part of sums_vector.h, which includes it; see sums_grid.h */
#include <float.h>
#include <string.h>

enum { BLOCK = MCPAR__GRID_BLOCK, PATIENCE = 16 };

struct grids {
    vec h, m, l;                           /* 1.5 * 2^52 steps of each grid: H, M and L of sums_grid.h */
};

struct cut {
    vec h, m, l;
};

INLINE struct grids grids_at(int e)
{
    struct grids g = {
        v_all(0x1.8p52 * mcpar__power(e - MCPAR__GRID_TOP)),
        v_all(0x1.8p52 * mcpar__power(e - MCPAR__GRID_TOP - MCPAR__GRID_STEP)),
        v_all(0x1.8p52 * mcpar__power(e - MCPAR__GRID_LOW))
    };

    return g;
}

INLINE struct cut cut(vec x, struct grids g)
{
    struct cut c;

    c.h = v_sub(v_add(x, g.h), g.h);
    x = v_sub(x, c.h);
    c.m = v_sub(v_add(x, g.m), g.m);
    c.l = v_sub(x, c.m);
    return c;
}

/* The lanes whose last part is not on its grid. */
INLINE lanes off_grid(struct cut c, struct grids g)
{
    return l_differ(v_sub(v_add(c.l, g.l), g.l), c.l);
}

INLINE struct cut without(struct cut c, lanes these)
{
    c.h = l_clear(c.h, these);
    c.m = l_clear(c.m, these);
    c.l = l_clear(c.l, these);
    return c;
}

/* A block of values, whose last vector is filled up with zeros, which add nothing. */
struct block {
    const double *x;
    size_t n, full;                        /* how many values there are, and how many in full vectors */
    double last[LANES];
};

INLINE void open_block(struct block *b, const double *x, size_t n)
{
    b->x = x;
    b->n = n;
    b->full = n - n % LANES;
    if (b->full < n)
        v_store(b->last, v_load_some(x + b->full, n - b->full));
}

INLINE const double *at(const struct block *b, size_t i)
{
    return i < b->full ? b->x + i : b->last;
}

/* Where the grids of a block are, and what this says about its values. */
struct top {
    int e;
    bool above;                            /* some are above the grids */
    bool sure;                             /* all those in full vectors are on the grids, */
    bool cubes_sure;                       /* and their cubes are on the first two grids of cubes */
    double low, high;                      /* the smallest and largest value */
};

/* Stores the largest magnitude in each of 2 * LANES lanes, and returns the smallest in each of LANES, of full vectors
 * alone. The magnitudes are read off the smallest and largest values, which are wanted, too. The last values are those
 * of a whole vector, some of them once more; a block has at least that many. */
INLINE vec scan(vec most[2], vec range[2], const struct block *b)
{
    vec low0 = v_load(b->x + b->n - LANES), low1 = low0, high0 = low0, high1 = low0, l0 = v_all(DBL_MAX), l1 = l0;
    size_t i = 0;

    for (; i + 4 * LANES <= b->full; i += 4 * LANES) {
        vec x0 = v_load(b->x + i), x1 = v_load(b->x + i + LANES);
        vec x2 = v_load(b->x + i + 2 * LANES), x3 = v_load(b->x + i + 3 * LANES);

        low0 = v_min(v_min(low0, x0), x2);
        low1 = v_min(v_min(low1, x1), x3);
        high0 = v_max(v_max(high0, x0), x2);
        high1 = v_max(v_max(high1, x1), x3);
        l0 = v_least(v_least(l0, x0), x2);
        l1 = v_least(v_least(l1, x1), x3);
    }
    for (; i < b->full; i += LANES) {
        vec x = v_load(b->x + i);

        low0 = v_min(low0, x);
        high0 = v_max(high0, x);
        l0 = v_least(l0, x);
    }
    most[0] = v_most(v_most(v_all(0), low0), high0);
    most[1] = v_most(v_most(v_all(0), low1), high1);
    range[0] = v_min(low0, low1);
    range[1] = v_max(high0, high1);
    return v_least(l0, l1);
}

/* Whether all of least are at least 2^(e - below). */
INLINE bool all_above(vec least, int e, int below)
{
    const vec limit = v_all(mcpar__power(e == MCPAR__GRID_NONE ? 0 : e - below));

    return !l_bits(l_differ(v_least(limit, least), limit));
}

INLINE struct top top_of(const struct block *b)
{
    vec most[2], range[2], least = scan(most, range, b);
    struct mcpar__tops tops;
    struct top top;

    tops.high = mcpar__exponent_of(v_highest(v_most(most[0], most[1])));
    tops.low = mcpar__exponent_of(v_lowest(v_least(most[0], most[1])));
    if (__builtin_expect(tops.low == 0, 0)) {
        double each[2 * LANES];

        v_store(each, most[0]);
        v_store(each + LANES, most[1]);
        tops = mcpar__tops_of(each, 2 * LANES);
    }
    top.e = mcpar__grid_top(tops, &top.above);
    top.sure = all_above(least, top.e, MCPAR__GRID_SURE);
    top.cubes_sure = top.sure && all_above(least, top.e, MCPAR__CUBE_SURE);
    top.low = v_lowest(range[0]);
    top.high = v_highest(range[1]);
    return top;
}

/* The lanes whose value is above the grids. A NaN may not be seen here; off_grid will find it. */
INLINE lanes above(vec x, int e)
{
    const vec limit = v_all(mcpar__power(e));

    return l_differ(v_most(limit, x), limit);
}

/* Whether to give up on a block: about a third of it has been left over so far. */
INLINE bool hopeless(size_t lefts, size_t done)
{
    return lefts > PATIENCE + done / 3;
}

/* Appends those of a vector's values that are left over to a list. */
INLINE size_t leave(double *left, size_t n, const double *from, unsigned int these)
{
    for (; these; these &= these - 1)
        left[n++] = from[__builtin_ctz(these)];
    return n;
}

/* Appends all values from i on. */
INLINE size_t leave_rest(double *left, size_t lefts, const struct block *b, size_t i)
{
    if (i >= b->n)
        return lefts;
    memcpy(left + lefts, b->x + i, (b->n - i) * sizeof *left);
    return lefts + b->n - i;
}
