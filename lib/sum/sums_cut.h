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
    bool sure;                             /* all those in full vectors are on the grids */
};

/* Stores the largest value in each of 2 * LANES lanes, and returns the smallest in each of LANES. */
INLINE vec scan(vec most[2], const struct block *b)
{
    vec m0 = v_all(0), m1 = m0, m2 = m0, m3 = m0, l0 = v_all(DBL_MAX), l1 = l0;
    size_t i = 0;

    for (; i + 4 * LANES <= b->full; i += 4 * LANES) {
        vec x0 = v_load(b->x + i), x1 = v_load(b->x + i + LANES);
        vec x2 = v_load(b->x + i + 2 * LANES), x3 = v_load(b->x + i + 3 * LANES);

        m0 = v_most(m0, x0);
        m1 = v_most(m1, x1);
        m2 = v_most(m2, x2);
        m3 = v_most(m3, x3);
        l0 = v_least(v_least(l0, x0), x2);
        l1 = v_least(v_least(l1, x1), x3);
    }
    for (; i < b->full; i += LANES) {
        m0 = v_most(m0, v_load(b->x + i));
        l0 = v_least(l0, v_load(b->x + i));
    }
    if (b->full < b->n)
        m0 = v_most(m0, v_load(b->last));
    most[0] = v_most(m0, m2);
    most[1] = v_most(m1, m3);
    return v_least(l0, l1);
}

INLINE struct top top_of(const struct block *b)
{
    vec most[2], least = scan(most, b), limit;
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
    limit = v_all(mcpar__power(top.e == MCPAR__GRID_NONE ? 0 : top.e - MCPAR__GRID_SURE));
    top.sure = !l_bits(l_differ(v_least(limit, least), limit));
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
