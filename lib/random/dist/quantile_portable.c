/* SPDX-License-Identifier: BSD-3-Clause */
/* quantile_portable.c - turns words into uniforms and distributions in portable C: one per "vector" */
#include "base/bits.h"
#include "random/dist/quantile.h"
#include "random/philox/philox.h"

#define TARGET
#define INLINE __attribute__((always_inline)) static inline
#define PATH mcpar__quantile_portable
#define NAME "portable"
#define r_unit mcpar__unit
enum { LANES = 1 };

typedef uint64_t vec;
typedef double real;
typedef uint64_t mask;                     /* all ones or 0 */

INLINE vec v_load(const uint64_t *from)
{
    return *from;
}

INLINE void v_store(uint64_t *to, vec x)
{
    *to = x;
}

INLINE void r_store(double *to, real x)
{
    *to = x;
}

INLINE real r_all(double x)
{
    return x;
}

INLINE vec v_of(real x)
{
    return mcpar__bits_of(x);
}

INLINE real r_of(vec x)
{
    return mcpar__double_of(x);
}

INLINE vec v_sign(vec x)
{
    return UINT64_C(0) - (x >> 63);
}

/* The halves are written below the exponents of 2^84 and 2^52. A cast would be slower: x86's conversion from integers
 * keeps the upper half of its register, and so waits for the register's last value, the result of the previous call.
 * clang does not prevent that, and a call took 20 ns instead of 8. */
INLINE real r_first(vec x)
{
    return r_of(x >> 32 | UINT64_C(0x4530000000000000)) - 0x1p84;
}

INLINE real r_second(vec x)
{
    return r_of((x & UINT64_C(0xffffffff)) | UINT64_C(0x4330000000000000)) - 0x1p52;
}

INLINE real r_min(real x, real y)
{
    return x < y ? x : y;
}

INLINE mask m_sign(vec x)
{
    return v_sign(x);
}

/* Compares their bits, which are ordered like the numbers when these are positive. */
INLINE mask m_at_least(real x, real y)
{
    return UINT64_C(0) - (v_of(x) >= v_of(y));
}

/* Words are random, so half of all branches on them would be mispredicted. */
INLINE real r_choose(mask m, real x, real y)
{
    return r_of((v_of(x) & m) | (v_of(y) & ~m));
}

INLINE real r_keep(mask m, real x)
{
    return r_of(v_of(x) & m);
}

INLINE void rows(real c[8], const struct mcpar__row *table, const uint64_t *at)
{
    const struct mcpar__row *row = (const void *)((const char *)table + *at);

    for (int j = 0; j < 6; j++)
        c[j] = row->c[j];
    c[6] = r_of(row->packed[0]);
    c[7] = r_of(row->packed[1]);
}

#include "random/dist/quantile_vector.h"

/* mcpar__normal_of, ...: one word. */
#define SHAPE(NAME, name)                       \
    double mcpar__##name##_of(uint64_t w)       \
    {                                           \
        struct place p;                         \
                                                \
        name##_place(&p, w);                    \
        return name##_value(&p);                \
    }
#include "random/dist/shapes.h"

double mcpar__normal_upper(double tail, double middle)
{
    const double v = tail * 0x1p65, d = middle * 0x1p65;
    struct place p;

    if (tail < 0.25)
        normal_piece(&p, v, v, 0.0, 0x1p64 - v, 0x1p64 - v);
    else
        normal_piece(&p, 0x1p64 - d, 0x1p64, -d, 0.0, d);
    p.rest = 0.0;
    return normal_value(&p);
}
