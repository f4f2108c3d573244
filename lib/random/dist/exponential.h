/* SPDX-License-Identifier: BSD-3-Clause */
/* exponential.h - the exponential distribution by inversion
 *
 * The draw is -log((w + 0.5) 2^-64): positive, from 2^-65 = 2.7e-20 to 45.05. Within 0.62 ulp. */
#ifdef SHAPE
SHAPE(EXPONENTIAL, exponential)
#else

/* k = min(w, ~w), v = 2 k + 1, q = v 2^-65 in (0, 1/2). A row of the table (quantile.h) has a polynomial.
 *
 * Lower half of the words: q = m 2^-n with m in [1, 2), and the value is n log 2 - log m. Rows 0 to 15 give -log m.
 * Upper half: the value is -log(1 - q). Rows 16 to 31 give it divided by v, so that the relative error stays small as q
 * goes to 0. Adding 2^64 to v makes its four leading bits the number of the row.
 *
 * t is exact up to one rounding, for the reasons given in normal.h. */
INLINE void exponential_place(struct place *p, vec w)
{
    const mask upper = m_sign(w);
    const vec v = (w ^ v_sign(w)) << 1 | 1;
    const real first = r_first(v), second = r_second(v);
    const real placed = first + r_keep(upper, r_all(0x1p64));
    const real u = r_min(placed + second, r_all(0x1.fffffffffffffp64));
    const vec bits = v_of(u);
    const real scale = r_of((UINT64_C(2046) << 52) - (bits & UINT64_C(0x7ff0000000000000)));
    const real exponent = r_of(bits >> 52 | UINT64_C(0x4330000000000000));

    v_store(p->at, (w >> 63) * (16 * ROW_BYTES) | (bits >> 42 & 15 * ROW_BYTES));
    p->t = ((placed - middle_of(u)) + second) * scale;
    p->m = r_choose(upper, first + second, r_all(1.0));
    p->tail = r_keep(upper, (first - head_of(p->m)) + second);
    p->rest = r_choose(upper, r_all(0.0), 0x1p52 + (65 + 1023) - exponent);     /* n */
}

INLINE real exponential_value(const struct place *p)
{
    const real n = p->rest;
    real c[8];

    rows(c, mcpar__exponential_table, p->at);
    return row_value(c, n * MCPAR__LN2_HIGH + c[0], n * MCPAR__LN2_LOW + upper_half(c[6]), p);
}

#endif
