/* SPDX-License-Identifier: BSD-3-Clause */
/* sums_vector.h - exact sums with vectors: included once by each kind of CPU, which defines the vectors
 *
 * A block of up to 512 values is cut on common grids (multiples of powers of two), and the parts and their products are
 * added as doubles, without error; sums_grid.h has the proof. Values that do not fit the grids are left over and added
 * by integers: single values, the rest of a block once many have been left over, or a whole block whose exponents are
 * out of range.
 *
 * The including file defines the following, all functions with the attribute INLINE:
 *   vec                             LANES doubles
 *   vec v_load(const double *), void v_store(double *, vec), vec v_all(double)
 *   vec v_load_some(const double *, size_t n)   n < LANES doubles, then zeros; touches no other memory
 *   vec v_min(vec, vec), v_max(vec, vec)   with a NaN, either of them
 *   vec v_mul(vec, vec), v_add(vec, vec), v_sub(vec, vec)
 *   vec v_fma(vec x, vec y, vec z)    x * y + z, rounded once or twice
 *   vec v_most(vec m, vec x)        the larger of m and |x|
 *   vec v_least(vec m, vec x)       the smaller of m and |x|
 *   double v_highest(vec), v_lowest(vec)    the largest and smallest of the lanes
 *   double v_sum(vec)               of all lanes, in any order
 *   vec v_sums(const vec[LANES])    lane i: v_sum of vector i
 *   lanes                           a set of lanes
 *   lanes l_differ(vec, vec)        those that are not equal, or NaN
 *   unsigned int l_bits(lanes)      lane i: bit i
 *   vec l_clear(vec, lanes)         zero in these lanes
 *   lanes l_or(lanes, lanes)        those in either set
 *   LANES, PATH (the table's name), NAME (its string), TARGET (attribute for code of this CPU)
 */
#include "sum/sums_cut.h"

enum { FEW = 2 * LANES + 8, TOTALS = 9 };  /* fewer values are not worth a block; how many sums a block makes */

/* Zero times a value is a zero, or a NaN if the value is infinite or a NaN, and a NaN stays in a sum. There are four
 * sums, because each has to wait for its last addition. If one is a NaN, a search by bits finds the value. */
TARGET static size_t first_nonfinite(const double *x, size_t n)
{
    const vec zero = v_all(0);
    vec a = zero, b = zero, c = zero, d = zero;
    size_t i = 0;

    for (; i + 4 * LANES <= n; i += 4 * LANES) {
        a = v_fma(v_load(x + i), zero, a);
        b = v_fma(v_load(x + i + LANES), zero, b);
        c = v_fma(v_load(x + i + 2 * LANES), zero, c);
        d = v_fma(v_load(x + i + 3 * LANES), zero, d);
    }
    if (l_bits(l_differ(v_add(v_add(a, b), v_add(c, d)), zero)))
        i = 0;
    return i + mcpar__first_nonfinite(x + i, n - i);
}

INLINE void total_up(double total[TOTALS], const vec v[TOTALS])
{
    size_t i = 0;

    for (; i + LANES <= TOTALS; i += LANES)
        v_store(total + i, v_sums(v + i));
    for (; i < TOTALS; i++)
        total[i] = v_sum(v[i]);
}

/* ---- A column: its sum and the sum of its squares ---- */

/* Adds by integers, with this CPU's instructions. Not inlined, so that no vectors are kept in registers meanwhile. */
TARGET __attribute__((noinline)) static void column_digits(int64_t *sum, int64_t *squares, const double *x, size_t n)
{
    mcpar__add_column(sum, squares, x, n);
}

struct column_totals {
    vec h, m, l, hh, hm, hl, mm, ml, ll;
};

/* Some additions are written as multiplications by one and an addition. That spreads the work over CPUs' different
 * units, some of which can only add. */
INLINE struct column_totals with_part(struct column_totals t, struct cut c)
{
    const vec one = v_all(1);

    t.h = v_fma(c.h, one, t.h);
    t.m = v_fma(c.m, one, t.m);
    t.l = v_add(c.l, t.l);
    t.hh = v_fma(c.h, c.h, t.hh);
    t.hm = v_fma(c.h, c.m, t.hm);
    t.hl = v_fma(c.h, c.l, t.hl);
    t.mm = v_fma(c.m, c.m, t.mm);
    t.ml = v_fma(c.m, c.l, t.ml);
    t.ll = v_fma(c.l, c.l, t.ll);
    return t;
}

/* Returns how many values are left over. */
TARGET static size_t column_block(int64_t *sum, int64_t *squares, const struct block *b, struct top top, double *left)
{
    const struct grids g = grids_at(top.e);
    const vec zero = v_all(0);
    struct column_totals t = { zero, zero, zero, zero, zero, zero, zero, zero, zero };
    double total[TOTALS];
    size_t lefts = 0, i = 0;

    for (; top.sure && i < b->full; i += LANES)
        t = with_part(t, cut(v_load(b->x + i), g));
    for (; i < b->n; i += LANES) {
        const double *from = at(b, i);
        struct cut c = cut(v_load(from), g);
        lanes off = off_grid(c, g);

        if (__builtin_expect(l_bits(off) != 0, 0)) {
            if (hopeless(lefts, i)) {
                lefts = leave_rest(left, lefts, b, i);
                break;
            }
            lefts = leave(left, lefts, from, l_bits(off));
            c = without(c, off);
        }
        t = with_part(t, c);
    }
    total_up(total, (const vec[TOTALS]){ t.h, t.m, t.l, t.hh, t.hm, t.hl, t.mm, t.ml, t.ll });
    mcpar__settle_sum(sum, total, top.e);
    mcpar__settle_squares(squares, total + 3, top.e);
    return lefts;
}

/* ---- The sum of the cubes of a column ---- */

TARGET __attribute__((noinline)) static bool cubes_digits(int64_t *cubes, const double *x, size_t n)
{
    return mcpar__add_cubes(cubes, x, n);
}

INLINE vec cube(vec x)
{
    return v_mul(x, v_mul(x, x));
}

INLINE struct grids cube_grids_at(int e)
{
    struct grids g = {
        v_all(0x1.8p52 * mcpar__power(e - MCPAR__CUBE_TOP)),
        v_all(0x1.8p52 * mcpar__power(e - MCPAR__CUBE_MIDDLE)),
        v_all(0x1.8p52 * mcpar__power(e - MCPAR__CUBE_LOW))
    };

    return g;
}

/* All cubes in full vectors are on the first two grids. Adds those of pairs of full vectors, and returns how many
 * values these are. There are two sums of each part, because each has to wait for its last addition. */
INLINE size_t sure_cubes(struct cut *total, const struct block *b, struct grids g)
{
    const vec zero = v_all(0), one = v_all(1);
    vec h0 = zero, h1 = zero, m0 = zero, m1 = zero;
    size_t i = 0;

    for (; i + 2 * LANES <= b->full; i += 2 * LANES) {
        vec c0 = cube(v_load(b->x + i)), c1 = cube(v_load(b->x + i + LANES));
        vec p0 = v_sub(v_add(c0, g.h), g.h), p1 = v_sub(v_add(c1, g.h), g.h);

        h0 = v_fma(p0, one, h0);
        h1 = v_fma(p1, one, h1);
        m0 = v_add(m0, v_sub(c0, p0));
        m1 = v_add(m1, v_sub(c1, p1));
    }
    *total = (struct cut){ v_add(h0, h1), v_add(m0, m1), zero };
    return i;
}

/* |e| is at most MCPAR__CUBE_MOST, so no cube overflows. */
TARGET static void cubes_block(int64_t *cubes, const struct block *b, struct top top, double *left)
{
    const int e = 3 * top.e;
    const struct grids g = cube_grids_at(e);
    struct cut t = { v_all(0), v_all(0), v_all(0) };
    size_t lefts = 0, i = top.cubes_sure ? sure_cubes(&t, b, g) : 0;

    for (; i < b->n; i += LANES) {
        vec x = cube(v_load(at(b, i)));
        struct cut c = cut(x, g);
        lanes off = off_grid(c, g);

        if (__builtin_expect(l_bits(off) != 0, 0)) {
            double each[LANES];

            if (hopeless(lefts, i)) {
                (void)cubes_digits(cubes, b->x + i, b->n - i);
                break;
            }
            v_store(each, x);
            lefts = leave(left, lefts, each, l_bits(off));
            c = without(c, off);
        }
        t.h = v_fma(c.h, v_all(1), t.h);
        t.m = v_add(c.m, t.m);
        t.l = v_add(c.l, t.l);
    }
    mcpar__settle_cubes(cubes, (const double[3]){ v_sum(t.h), v_sum(t.m), v_sum(t.l) }, e);
    mcpar__sum_add(cubes, left, lefts);
}

/* ---- A column ---- */

/* Adds the values above the grids by integers, and puts zeros in their places. */
TARGET static void column_above(struct mcpar__column *to, struct block *b, int e, double *below, double *left)
{
    size_t lefts = 0;

    for (size_t i = 0; i < b->n; i += LANES) {
        const double *from = at(b, i);
        vec x = v_load(from);
        lanes out = above(x, e);

        lefts = leave(left, lefts, from, l_bits(out));
        v_store(below + i, l_clear(x, out));
    }
    column_digits(to->sum, to->squares, left, lefts);
    to->overflow |= cubes_digits(to->cubes, left, lefts);
    open_block(b, below, b->n);
}

TARGET static void column(struct mcpar__column *to, const double *x, size_t n, double *room)
{
    double *const left = room, *const below = room + BLOCK;

    mcpar__open_column(to);

    while (n >= FEW) {
        size_t size = n < BLOCK ? n : BLOCK, lefts;
        struct block b;
        struct top top;

        open_block(&b, x, size);
        top = top_of(&b);
        to->low = top.low < to->low ? top.low : to->low;
        to->high = top.high > to->high ? top.high : to->high;
        if (top.e == MCPAR__GRID_NONE) {
            column_digits(to->sum, to->squares, x, size);
            to->overflow |= cubes_digits(to->cubes, x, size);
        } else {
            if (top.above)
                column_above(to, &b, top.e, below, left);
            lefts = column_block(to->sum, to->squares, &b, top, left);
            column_digits(to->sum, to->squares, left, lefts);
            if (top.e < -MCPAR__CUBE_MOST || top.e > MCPAR__CUBE_MOST)
                to->overflow |= cubes_digits(to->cubes, b.x, size);
            else
                cubes_block(to->cubes, &b, top, left);
        }
        x += size;
        n -= size;
    }
    column_digits(to->sum, to->squares, x, n);
    to->overflow |= cubes_digits(to->cubes, x, n);
    mcpar__extremes(to, x, n);
    mcpar__close_column(to);
}

/* ---- Products of two columns ---- */

TARGET __attribute__((noinline)) static void products_digits(int64_t *limb, const double *x, const double *y, size_t n)
{
    mcpar__add_products(limb, x, y, n);
}

struct pairs {
    double *x, *y;                         /* BLOCK of each */
};

/* Returns how many pairs are left over. */
TARGET static size_t products_block(int64_t *limb, const struct block b[2], const struct top top[2], struct pairs left)
{
    const struct grids gx = grids_at(top[0].e), gy = grids_at(top[1].e);
    vec hh = v_all(0), hm = hh, hl = hh, mh = hh, mm = hh, ml = hh, lh = hh, lm = hh, ll = hh;
    double total[TOTALS];
    size_t lefts = 0;

    for (size_t i = 0; i < b->n; i += LANES) {
        const double *px = at(&b[0], i), *py = at(&b[1], i);
        struct cut x = cut(v_load(px), gx), y = cut(v_load(py), gy);
        lanes off = l_or(off_grid(x, gx), off_grid(y, gy));

        if (__builtin_expect(l_bits(off) != 0, 0)) {
            if (hopeless(lefts, i)) {
                (void)leave_rest(left.x, lefts, &b[0], i);
                lefts = leave_rest(left.y, lefts, &b[1], i);
                break;
            }
            (void)leave(left.x, lefts, px, l_bits(off));
            lefts = leave(left.y, lefts, py, l_bits(off));
            x = without(x, off);
            y = without(y, off);
        }
        hh = v_fma(x.h, y.h, hh);
        hm = v_fma(x.h, y.m, hm);
        hl = v_fma(x.h, y.l, hl);
        mh = v_fma(x.m, y.h, mh);
        mm = v_fma(x.m, y.m, mm);
        ml = v_fma(x.m, y.l, ml);
        lh = v_fma(x.l, y.h, lh);
        lm = v_fma(x.l, y.m, lm);
        ll = v_fma(x.l, y.l, ll);
    }
    total_up(total, (const vec[TOTALS]){ hh, hm, hl, mh, mm, ml, lh, lm, ll });
    mcpar__settle_pairs(limb, total, top[0].e + top[1].e);
    return lefts;
}

TARGET static void products_above(int64_t *limb, struct block b[2], const struct top top[2], struct pairs below,
                                  struct pairs left)
{
    size_t lefts = 0;

    for (size_t i = 0; i < b->n; i += LANES) {
        const double *px = at(&b[0], i), *py = at(&b[1], i);
        vec x = v_load(px), y = v_load(py);
        lanes out = l_or(above(x, top[0].e), above(y, top[1].e));

        (void)leave(left.x, lefts, px, l_bits(out));
        lefts = leave(left.y, lefts, py, l_bits(out));
        v_store(below.x + i, l_clear(x, out));
        v_store(below.y + i, l_clear(y, out));
    }
    products_digits(limb, left.x, left.y, lefts);
    open_block(&b[0], below.x, b->n);
    open_block(&b[1], below.y, b->n);
}

TARGET static void products(int64_t *limb, const double *x, const double *y, size_t n, double *room)
{
    const struct pairs left = { room, room + BLOCK }, below = { room + 2 * BLOCK, room + 3 * BLOCK };

    while (n >= FEW) {
        size_t size = n < BLOCK ? n : BLOCK, lefts;
        struct block b[2];
        struct top top[2];

        open_block(&b[0], x, size);
        open_block(&b[1], y, size);
        top[0] = top_of(&b[0]);
        top[1] = top_of(&b[1]);
        if (top[0].e == MCPAR__GRID_NONE || top[1].e == MCPAR__GRID_NONE) {
            products_digits(limb, x, y, size);
        } else {
            if (top[0].above || top[1].above)
                products_above(limb, b, top, below, left);
            lefts = products_block(limb, b, top, left);
            products_digits(limb, left.x, left.y, lefts);
        }
        x += size;
        y += size;
        n -= size;
    }
    products_digits(limb, x, y, n);
}

_Static_assert(MCPAR__SUMS_ROOM >= 4 * BLOCK, "two lists of pairs");

const struct mcpar__sums PATH = { NAME, first_nonfinite, column, products };
