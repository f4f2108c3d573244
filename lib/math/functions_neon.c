/* SPDX-License-Identifier: BSD-3-Clause */
/* functions_neon.c - the elementary functions with NEON (all 64-bit ARM CPUs): 2 per vector */
#include "math/functions.h"

#ifdef __aarch64__
#include <arm_neon.h>
#include <math.h>
#include <mcpar.h>

#define TARGET
#define INLINE __attribute__((always_inline)) static inline
#define PATH mcpar__functions_neon
#define NAME "neon"
enum { LANES = 2 };

typedef uint64x2_t vec;
typedef float64x2_t real;
typedef uint64x2_t mask;

INLINE real r_load(const double *from)
{
    return vld1q_f64(from);
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

INLINE mask m_less(real x, real y)
{
    return vcltq_f64(x, y);
}

INLINE mask m_odd(vec x)
{
    return vtstq_u64(x, vdupq_n_u64(1));
}

INLINE mask m_and(mask x, mask y)
{
    return x & y;
}

INLINE mask m_or(mask x, mask y)
{
    return x | y;
}

INLINE unsigned m_lanes(mask x)
{
    return (unsigned)((vgetq_lane_u64(x, 0) & 1) | (vgetq_lane_u64(x, 1) & 2));
}

INLINE real r_choose(mask m, real x, real y)
{
    return vbslq_f64(m, x, y);
}

#define PICK(odd, x, y) r_choose(odd, r_all(x), r_all(y))

INLINE void rows(real c[4], const double *table, vec row, int columns)
{
    const double *r0 = table + (uint64_t)columns * vgetq_lane_u64(row, 0);
    const double *r1 = table + (uint64_t)columns * vgetq_lane_u64(row, 1);

    for (int j = 0; j < columns; j += 2) {
        const real x = vld1q_f64(r0 + j), y = vld1q_f64(r1 + j);

        c[j] = vzip1q_f64(x, y);
        c[j + 1] = vzip2q_f64(x, y);
    }
}

#include "math/functions_vector.h"
#endif
