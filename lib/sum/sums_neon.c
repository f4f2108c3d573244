/* SPDX-License-Identifier: BSD-3-Clause */
/* sums_neon.c - exact sums with NEON (which every 64-bit ARM CPU has): 2 values per vector */
#include "sum/sums_column.h"

#ifdef __aarch64__
#include "sum/sums_grid.h"
#include <arm_neon.h>
#include <stdbool.h>

#define TARGET
#define INLINE __attribute__((always_inline)) static inline
#define PATH mcpar__sums_neon
#define NAME "neon"
enum { LANES = 2 };

typedef float64x2_t vec;
typedef uint64x2_t lanes;                  /* all ones or zero */

INLINE vec v_load(const double *from)
{
    return vld1q_f64(from);
}

INLINE vec v_load_some(const double *from, size_t n)
{
    return n ? vsetq_lane_f64(*from, vdupq_n_f64(0), 0) : vdupq_n_f64(0);
}

INLINE void v_store(double *to, vec x)
{
    vst1q_f64(to, x);
}

INLINE vec v_all(double x)
{
    return vdupq_n_f64(x);
}

INLINE vec v_add(vec x, vec y)
{
    return vaddq_f64(x, y);
}

INLINE vec v_sub(vec x, vec y)
{
    return vsubq_f64(x, y);
}

INLINE vec v_mul(vec x, vec y)
{
    return vmulq_f64(x, y);
}

INLINE vec v_min(vec x, vec y)
{
    return vminq_f64(x, y);
}

INLINE vec v_max(vec x, vec y)
{
    return vmaxq_f64(x, y);
}

INLINE vec v_fma(vec x, vec y, vec z)
{
    return vfmaq_f64(z, x, y);
}

/* Keeps a NaN, whose exponent is out of the range of the grids. */
INLINE vec v_most(vec m, vec x)
{
    return vmaxq_f64(m, vabsq_f64(x));
}

INLINE vec v_sums(const vec v[LANES])
{
    return vpaddq_f64(v[0], v[1]);
}

INLINE double v_sum(vec x)
{
    return vaddvq_f64(x);
}

INLINE vec v_least(vec m, vec x)
{
    return vminq_f64(m, vabsq_f64(x));
}

INLINE double v_highest(vec x)
{
    return vmaxvq_f64(x);
}

INLINE double v_lowest(vec x)
{
    return vminvq_f64(x);
}

INLINE lanes l_differ(vec x, vec y)
{
    return veorq_u64(vceqq_f64(x, y), vdupq_n_u64(~UINT64_C(0)));
}

INLINE unsigned int l_bits(lanes these)
{
    return (unsigned int)(vgetq_lane_u64(these, 0) & 1) | (unsigned int)(vgetq_lane_u64(these, 1) & 2);
}

INLINE lanes l_or(lanes a, lanes b)
{
    return vorrq_u64(a, b);
}

INLINE vec l_clear(vec x, lanes these)
{
    return vreinterpretq_f64_u64(vbicq_u64(vreinterpretq_u64_f64(x), these));
}

#include "sum/sums_vector.h"
#endif
