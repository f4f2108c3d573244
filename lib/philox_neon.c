/* philox_neon.c - the bulk makers with NEON (64-bit ARM, where it is always there): 2 blocks a vector */
#include "philox.h"

#ifdef __aarch64__
#include <arm_neon.h>
#include <stdbool.h>

#define TARGET
#define INLINE __attribute__((always_inline)) static inline
#define PATH mcpar__philox_neon
#define NAME "neon"
enum { LANES = 2, SETS = 6 };

typedef uint64x2_t vec;
typedef float64x2_t real;
typedef uint64x2_t tally;

INLINE vec v_all(uint64_t x)
{
    return vdupq_n_u64(x);
}

INLINE vec v_lanes(void)
{
    return vcombine_u64(vcreate_u64(0), vcreate_u64(1));
}

INLINE vec v_add(vec x, vec y)
{
    return vaddq_u64(x, y);
}

INLINE vec v_swap(vec x)
{
    return vreinterpretq_u64_u32(vrev64q_u32(vreinterpretq_u32_u64(x)));
}

INLINE vec v_multiply(vec x, vec y)
{
    return vmull_u32(vmovn_u64(x), vmovn_u64(y));
}

INLINE vec v_mix(vec p, vec s, vec k)
{
    return veorq_u64(veorq_u64(p, k), vandq_u64(s, vdupq_n_u64(0xffffffff00000000)));
}

INLINE real v_real(vec x)
{
    return vcvtq_f64_u64(vshrq_n_u64(x, 11));
}

INLINE real r_scale(real x)
{
    return vmulq_n_f64(x, 0x1p-53);
}

INLINE void v_store(uint64_t *to, vec x)
{
    vst1q_u64(to, x);
}

INLINE void r_store(double *to, real x)
{
    vst1q_f64(to, x);
}

INLINE void v_pairs(uint64_t *to, vec x, vec y)
{
    vst1q_u64(to, vzip1q_u64(x, y));
    vst1q_u64(to + 2, vzip2q_u64(x, y));
}

INLINE void r_pairs(double *to, size_t stride, real x, real y)
{
    vst1q_f64(to, vzip1q_f64(x, y));
    vst1q_f64(to + stride, vzip2q_f64(x, y));
}

INLINE tally t_zero(void)
{
    return vdupq_n_u64(0);
}

INLINE tally t_hits(tally t, real x, real y)
{
    real r = vaddq_f64(vmulq_f64(x, x), vmulq_f64(y, y));

    return vsubq_u64(t, vcltq_f64(r, vdupq_n_f64(0x1p106)));
}

INLINE uint64_t t_sum(tally t)
{
    return vaddvq_u64(t);
}

#include "philox_vector.h"
#endif
