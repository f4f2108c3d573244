/* SPDX-License-Identifier: BSD-3-Clause */
/* quantile_vector.h - words to uniforms, normals and exponentials over vectors: included once by each CPU path, which says
 * what a vector is
 *
 * The formulas of normal.c and exponential.c and mcpar__row_value, operation by operation in their order, so their
 * bits. What differs is how a whole number becomes a double and how one of two is chosen, and both are exact.
 *
 * vec and real are the compiler's vectors (GNU C): + - * & | ^ ~ << >> act lane by lane, -ffp-contract=off holds as for
 * scalars, and v >> n brings in zeros.
 *
 * The includer defines, all with the attribute INLINE:
 *   vec, real, LANES                LANES unsigned 64-bit integers, as many doubles
 *   vec v_load(const uint64_t *), void v_store(uint64_t *, vec), void r_store(double *, real)
 *   real r_all(double)              the same in each lane
 *   vec v_of(real), real r_of(vec)  the same bits
 *   vec v_sign(vec)                 all ones where the top bit is 1, else 0
 *   real r_first(vec), real r_second(vec)    as mcpar__first_of, mcpar__second_of
 *   real r_min(real, real)          the smaller
 *   mask, mask m_sign(vec)          the lanes whose top bit is 1
 *   mask m_at_least(real x, real y) the lanes where x >= y
 *   real r_choose(mask, real x, real y), real r_keep(mask, real x)    x in these lanes, elsewhere y or 0
 *   void rows(real c[8], const char *from, const uint64_t *at)    lane i of c[j]: double j of the row at from + at[i]
 *   PATH (the table's name), NAME (its string), TARGET (attribute for code of this CPU)
 */
#define ROW_BYTES UINT64_C(64)
_Static_assert(sizeof(struct mcpar__row) == ROW_BYTES, "the place of a row is a number of bytes");

enum { BATCH = 8 };                        /* vectors */

/* One vector's way to its rows. */
struct place {
    uint64_t at[LANES];                    /* where they stand, in bytes */
    real t, m, tail;                       /* as in row_value */
    real rest;                             /* normal: the bit of its sign; exponential: how many times log 2 */
};

INLINE real middle_of(real u)
{
    return r_of((v_of(u) & UINT64_C(0xffff000000000000)) | UINT64_C(0x0000800000000000));
}

INLINE real head_of(real m)
{
    return r_of(v_of(m) & UINT64_C(0xfffffc0000000000));
}

INLINE real upper_half(real packed)
{
    return r_of(v_of(packed) & UINT64_C(0xffffffff00000000));
}

INLINE real lower_half(real packed)
{
    return r_of(v_of(packed) << 32);
}

INLINE real row_value(const real c[8], real c0, real c0_rest, const struct place *p)
{
    const real t = p->t, m = p->m, head = head_of(m);
    const real c6 = lower_half(c[6]);
    const real c7 = upper_half(c[7]);
    const real c8 = lower_half(c[7]);
    const real t2 = t * t;
    const real t4 = t2 * t2;
    const real low = (c[1] + t * c[2]) + t2 * (c[3] + t * c[4]);
    const real high = (c[5] + t * c6) + t2 * (c7 + t * c8);
    const real rest = c0_rest + t * (low + t4 * high);
    return head * c0 + (p->tail * c0 + m * rest);
}

INLINE void normal_place(struct place *p, vec w)
{
    const vec v = (w ^ v_sign(w)) << 1 | 1;
    const real first = r_first(v), second = r_second(v);
    const real u = r_min(first + second, r_all(0x1.fffffffffffffp63));
    const real d_first = 0x1p64 - first;
    const mask central = m_at_least(u, r_all(0x1p63));

    /* Bits 48 and up, less those of 1.0, times the size of a row. */
    v_store(p->at, (v_of(u) >> 42 & ~(ROW_BYTES - 1)) - 1023 * 16 * ROW_BYTES);
    p->t = (first - middle_of(u)) + second;
    p->m = r_choose(central, d_first - second, r_all(1.0));
    p->tail = r_keep(central, (d_first - head_of(p->m)) - second);
    p->rest = r_of(~w & UINT64_C(1) << 63);
}

INLINE real normal_value(const struct place *p)
{
    real c[8];

    rows(c, (const char *)mcpar__normal_table, p->at);
    return r_of(v_of(row_value(c, c[0], upper_half(c[6]), p)) ^ v_of(p->rest));
}

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
    p->rest = r_choose(upper, r_all(0.0), 0x1p52 + (65 + 1023) - exponent);
}

INLINE real exponential_value(const struct place *p)
{
    const real n = p->rest;
    real c[8];

    rows(c, (const char *)mcpar__exponential_table, p->at);
    return row_value(c, n * MCPAR__LN2_HIGH + c[0], n * MCPAR__LN2_LOW + upper_half(c[6]), p);
}

/* In two passes over a batch: from a word to its rows and from there to the value are two long chains, and a CPU looks
 * far enough ahead to overlap one of them with its neighbours', not both together. In one pass it took 1.5 times as
 * long. The last vector ends where the words end, and has some in common with the one before. */
#define SHAPE(one, many)                                                                        \
    TARGET static void many(const uint64_t *restrict w, double *restrict out, size_t n)         \
    {                                                                                           \
        struct place p[BATCH];                                                                  \
                                                                                                \
        if (n < LANES) {                                                                        \
            mcpar__portable_##many(w, out, n);                                                  \
            return;                                                                             \
        }                                                                                       \
        for (size_t from = 0; from < n; from += BATCH * LANES) {                                \
            size_t left = (n - from + LANES - 1) / LANES, vectors = left < BATCH ? left : BATCH; \
                                                                                                \
            for (size_t i = 0; i < vectors; i++)                                                \
                one##_place(&p[i], v_load(w + start(from + i * LANES, n)));                     \
            for (size_t i = 0; i < vectors; i++)                                                \
                r_store(out + start(from + i * LANES, n), one##_value(&p[i]));                  \
        }                                                                                       \
    }

INLINE size_t start(size_t i, size_t n)
{
    return i < n - LANES ? i : n - LANES;
}

/* In any rounding mode: all is exact, and what is cleared at the end is the sign of a 0 in a host that rounds down. */
TARGET static void uniforms(const uint64_t *restrict w, double *restrict out, size_t n)
{
    if (n < LANES) {
        mcpar__portable_uniforms(w, out, n);
        return;
    }
    for (size_t i = 0; i < n; i += LANES) {
        const vec kept = v_load(w + start(i, n)) & ~UINT64_C(0x7ff);
        const real x = (r_first(kept) + r_second(kept)) * r_all(0x1p-64);

        r_store(out + start(i, n), r_of(v_of(x) & (UINT64_MAX >> 1)));
    }
}

SHAPE(normal, normals)
SHAPE(exponential, exponentials)

const struct mcpar__quantile PATH = { NAME, uniforms, normals, exponentials };
