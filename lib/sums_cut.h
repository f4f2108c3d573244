/* sums_cut.h - a block of values and its cut on grids: a part of sums_vector.h, which includes it */
#include <string.h>

enum { BLOCK = MCPAR__GRID_BLOCK, PATIENCE = 16 };

struct grids {
    vec h, m, l;                           /* 1.5 * 2^52 steps */
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

/* The lanes whose last part does not lie on its grid. */
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

/* A block of a column with its last vector filled up with zeros, which add nothing. */
struct block {
    const double *x;
    size_t n, full;                        /* values: all, and those in full vectors */
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

/* The e of a block (sums_grid.h). */
INLINE int top_of(const struct block *b, int *above)
{
    vec m0 = v_all(0), m1 = m0, m2 = m0, m3 = m0;
    struct mcpar__tops tops;
    size_t i = 0;

    for (; i + 4 * LANES <= b->full; i += 4 * LANES) {
        m0 = v_most(m0, v_load(b->x + i));
        m1 = v_most(m1, v_load(b->x + i + LANES));
        m2 = v_most(m2, v_load(b->x + i + 2 * LANES));
        m3 = v_most(m3, v_load(b->x + i + 3 * LANES));
    }
    for (; i < b->n; i += LANES)
        m0 = v_most(m0, v_load(at(b, i)));
    m0 = v_most(m0, m2);
    m1 = v_most(m1, m3);
    tops.high = mcpar__exponent_of(v_highest(v_most(m0, m1)));
    tops.low = mcpar__exponent_of(v_lowest(v_least(m0, m1)));
    if (__builtin_expect(tops.low == 0, 0)) {
        double most[2 * LANES];

        v_store(most, m0);
        v_store(most + LANES, m1);
        tops = mcpar__tops_of(most, 2 * LANES);
    }
    return mcpar__grid_top(tops, above);
}

/* The lanes whose value lies above the grids. A NaN may pass; off_grid has it. */
INLINE lanes above(vec x, int e)
{
    const vec limit = v_all(mcpar__power(e));

    return l_differ(v_most(limit, x), limit);
}

/* Whether a block is better left alone: by now a third of it has been left over. */
INLINE bool hopeless(size_t lefts, size_t done)
{
    return lefts > PATIENCE + done / 3;
}

/* Those of a vector's values that are left over, to the end of a list. */
INLINE size_t leave(double *left, size_t n, const double *from, unsigned int these)
{
    for (; these; these &= these - 1)
        left[n++] = from[__builtin_ctz(these)];
    return n;
}

/* All from i on. */
INLINE size_t leave_rest(double *left, size_t lefts, const struct block *b, size_t i)
{
    if (i >= b->n)
        return lefts;
    memcpy(left + lefts, b->x + i, (b->n - i) * sizeof *left);
    return lefts + b->n - i;
}
