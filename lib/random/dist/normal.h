/* SPDX-License-Identifier: BSD-3-Clause */
/* normal.h - the normal distribution by inversion
 *
 * The draw is the quantile of p = (k + 0.5) 2^-64, k = min(w, ~w): negative where the top bit of w is 0, its mirror
 * image where it is 1. It is never infinite and never 0: its magnitude is between 2^-65 sqrt(2 pi) = 6.8e-20 and 9.16.
 * Within 0.6 ulp. */
#ifdef SHAPE
SHAPE(NORMAL, normal)
#else

/* p = v 2^-65 is the distance to the nearer end of (0, 1), with v = first + second in exact arithmetic. In the same
 * unit, d = 2^64 - v = d_first - second is the distance from p to 1/2. The arguments v and d are these values, rounded.
 *
 * Below p = 1/4, a row of the table (quantile.h) gives the quantile itself. From 1/4 on it gives the quantile divided
 * by d, so that the relative error stays small as p goes to 1/2. */
INLINE void normal_piece(struct place *p, real v, real first, real second, real d_first, real d)
{
    /* A v within 2^10 of 2^64 rounds up to it; its row is the last one. */
    const real u = r_min(v, r_all(0x1.fffffffffffffp63));
    const mask central = m_at_least(u, r_all(0x1p63));

    /* Bits 48 and up, minus those of 1.0, times the size of a row. */
    v_store(p->at, (v_of(u) >> 42 & ~(ROW_BYTES - 1)) - 1023 * 16 * ROW_BYTES);
    p->t = (first - middle_of(u)) + second;
    p->m = r_choose(central, d, r_all(1.0));
    p->tail = r_keep(central, (d_first - head_of(p->m)) - second);
}

/* All of these are integers times a common power of 2. So both halves of v and their distances to middle_of(u) and 2^64
 * are exact, and v - middle_of(u) is rounded only once. */
INLINE void normal_place(struct place *p, vec w)
{
    const vec v = (w ^ v_sign(w)) << 1 | 1;
    const real first = r_first(v), second = r_second(v), d_first = 0x1p64 - first;

    normal_piece(p, first + second, first, second, d_first, d_first - second);
    p->rest = r_of(~w & UINT64_C(1) << 63);     /* the sign */
}

INLINE real normal_value(const struct place *p)
{
    real c[8];

    rows(c, mcpar__normal_table, p->at);
    return r_of(v_of(row_value(c, c[0], upper_half(c[6]), p)) ^ v_of(p->rest));
}

#endif
