/* SPDX-License-Identifier: BSD-3-Clause */
/* quantile_neon.c - turns words into uniforms and distributions with NEON (all 64-bit ARM CPUs): 2 per vector */
#include "random/dist/quantile.h"

#ifdef __aarch64__
#include <arm_neon.h>

#define TARGET
#define INLINE __attribute__((always_inline)) static inline
#define PATH mcpar__quantile_neon
#define NAME "neon"
enum { LANES = 2 };

typedef uint64x2_t vec;
typedef float64x2_t real;
typedef uint64x2_t mask;

INLINE vec v_load(const uint64_t *from)
{
    return vld1q_u64(from);
}

INLINE void v_store(uint64_t *to, vec x)
{
    vst1q_u64(to, x);
}

INLINE void r_store(double *to, real x)
{
    vst1q_f64(to, x);
}

INLINE real r_all(double x)
{
    return vdupq_n_f64(x);
}

INLINE vec v_of(real x)
{
    return vreinterpretq_u64_f64(x);
}

INLINE real r_of(vec x)
{
    return vreinterpretq_f64_u64(x);
}

INLINE vec v_sign(vec x)
{
    return vcltzq_s64(vreinterpretq_s64_u64(x));
}

INLINE real r_first(vec x)
{
    return vcvtq_f64_u64(x & UINT64_C(0xffffffff00000000));
}

INLINE real r_second(vec x)
{
    return vcvtq_f64_u64(x & UINT64_C(0xffffffff));
}

INLINE real r_min(real x, real y)
{
    return vminq_f64(x, y);
}

INLINE mask m_sign(vec x)
{
    return v_sign(x);
}

INLINE mask m_at_least(real x, real y)
{
    return vcgeq_f64(x, y);
}

INLINE real r_choose(mask m, real x, real y)
{
    return vbslq_f64(m, x, y);
}

INLINE real r_keep(mask m, real x)
{
    return r_of(m & v_of(x));
}

INLINE void rows(real c[8], const struct mcpar__row *table, const uint64_t *at)
{
    const char *byte = (const char *)table;
    const double *r0 = (const double *)(const void *)(byte + at[0]), *r1 = (const double *)(const void *)(byte + at[1]);

#define TWO(j)                                                          \
    {                                                                   \
        const real x = vld1q_f64(r0 + (j)), y = vld1q_f64(r1 + (j));    \
                                                                        \
        c[j] = vzip1q_f64(x, y);                                        \
        c[(j) + 1] = vzip2q_f64(x, y);                                  \
    }
    TWO(0)
    TWO(2)
    TWO(4)
    TWO(6)
#undef TWO
}

#include "random/dist/quantile_vector.h"
#endif
