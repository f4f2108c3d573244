/* SPDX-License-Identifier: BSD-3-Clause */
/* quantile_vector.h - turns words into uniforms and distributions, with vectors: included once by each kind of CPU,
 * which defines the vectors
 *
 * Each formula is written once, and every kind of CPU does its operations in the order written, so all give the same
 * bits. They differ in how they convert integers to doubles and how they choose one of two values, and both are exact.
 *
 * vec and real are vectors of the compiler (GNU C) or scalars: + - * & | ^ ~ << >> act on each lane, -ffp-contract=off
 * applies as to scalars, and v >> n shifts in zeros.
 *
 * The including file defines the following, all functions with the attribute INLINE:
 *   vec, real, LANES                LANES unsigned 64-bit integers; as many doubles
 *   vec v_load(const uint64_t *), void v_store(uint64_t *, vec), void r_store(double *, real)
 *   real r_all(double)              the same in each lane
 *   vec v_of(real), real r_of(vec)  the same bits
 *   vec v_sign(vec)                 all ones where the top bit is 1, else 0
 *   real r_first(vec), real r_second(vec)    the upper half times 2^32; the lower half; both exact
 *   real r_min(real, real)          the smaller
 *   mask, mask m_sign(vec)          the lanes whose top bit is 1
 *   mask m_at_least(real x, real y) the lanes where x >= y, both positive
 *   real r_choose(mask, real x, real y), real r_keep(mask, real x)    x in these lanes, elsewhere y or 0
 *   void rows(real c[8], const struct mcpar__row *table, const uint64_t *at)
 *                                   lane i of c[j]: double j of the row that is at[i] bytes into the table
 *   r_unit, a macro                 real r_unit(vec): (w >> 11) 2^-53; only if this CPU has a quicker way
 *   PATH (the table's name), NAME (its string), TARGET (attribute for code of this CPU)
 */
#define ROW_BYTES UINT64_C(64)
_Static_assert(sizeof(struct mcpar__row) == ROW_BYTES, "ROW_BYTES is the size of a row");

enum { BATCH = 8 };                        /* vectors */

/* Where a vector's rows are, and what it needs besides them. */
struct place {
    uint64_t at[LANES];                    /* the rows, in bytes from the table's start */
    real t, m, tail;                       /* as in row_value */
    real rest;                             /* for use by the distribution */
};

/* The middle of the piece that u lies in: u's exponent and next four bits, then a one. */
INLINE real middle_of(real u)
{
    return r_of((v_of(u) & UINT64_C(0xffff000000000000)) | UINT64_C(0x0000800000000000));
}

/* The first 11 significant bits of m, so that its product with a c0 of 42 bits is exact. */
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

/* (head + tail) * (c0 + c0_rest + c1 t + ... + c8 t^8), where m is head + tail, rounded. Either head * c0 is exact, or
 * head is 1 and tail is 0. */
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

#include "random/dist/shapes.h"

INLINE size_t start(size_t i, size_t n)
{
    return i < n - LANES ? i : n - LANES;
}

#ifndef r_unit
/* Works in any rounding mode: all is exact, but where the host rounds down, 0 comes out as -0; its sign is cleared. */
INLINE real r_unit(vec w)
{
    const vec kept = w & ~UINT64_C(0x7ff);
    const real x = (r_first(kept) + r_second(kept)) * r_all(0x1p-64);

    return r_of(v_of(x) & (UINT64_MAX >> 1));
}
#endif

TARGET static void uniforms(const uint64_t *restrict w, double *restrict out, size_t n)
{
    if (LANES > 1 && n < LANES) {
        mcpar__quantile_portable.uniforms(w, out, n);
        return;
    }
    for (size_t i = 0; i < n; i += LANES)
        r_store(out + start(i, n), r_unit(v_load(w + start(i, n))));
}

/* Goes over a batch in two passes. From a word to its rows and from the rows to the value are two long chains of
 * operations; a CPU looks far enough ahead to overlap one of them with the next vector's, but not both. One pass took
 * 1.5 times as long. The last vector ends where the words end, and so overlaps the one before. */
#define SHAPE(NAME, name)                                                                       \
    TARGET static void name##s(const uint64_t *restrict w, double *restrict out, size_t n)      \
    {                                                                                           \
        struct place p[BATCH];                                                                  \
                                                                                                \
        if (LANES > 1 && n < LANES) {                                                           \
            mcpar__quantile_portable.shaped[MCPAR__##NAME](w, out, n);                          \
            return;                                                                             \
        }                                                                                       \
        for (size_t from = 0; from < n; from += BATCH * LANES) {                                \
            size_t left = (n - from + LANES - 1) / LANES, vectors = left < BATCH ? left : BATCH; \
                                                                                                \
            for (size_t i = 0; i < vectors; i++)                                                \
                name##_place(&p[i], v_load(w + start(from + i * LANES, n)));                    \
            for (size_t i = 0; i < vectors; i++)                                                \
                r_store(out + start(from + i * LANES, n), name##_value(&p[i]));                 \
        }                                                                                       \
    }
#include "random/dist/shapes.h"

const struct mcpar__quantile PATH = {
    NAME, uniforms, {
#define SHAPE(NAME, name) name##s,
#include "random/dist/shapes.h"
    }
};
