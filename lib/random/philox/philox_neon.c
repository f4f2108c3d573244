/* SPDX-License-Identifier: BSD-3-Clause */
/* philox_neon.c - the generator in bulk with NEON (which every 64-bit ARM CPU has): 4 blocks in a pair of vectors
 *
 * A pair (philox_vector.h) is a vector of 4 upper words and a vector of 4 lower words. NEON can multiply either half of
 * such a vector, and gathers the upper words of the products in one instruction and their lower words in another. */
#include "random/philox/philox.h"

#ifdef __aarch64__
#include <arm_neon.h>
#include <stdbool.h>

#define TARGET
#define INLINE __attribute__((always_inline)) static inline
#define PATH mcpar__philox_neon
#define FRESH 0
#define NAME "neon"
enum { LANES = 4, SETS = 4 };

typedef uint32x4_t factor, flip;
typedef uint64x2_t tally;

typedef struct {
    uint64x2_t x, y;                       /* lanes 0 and 1, 2 and 3 */
} wide;

typedef struct {
    uint32x4_t upper, lower;
} pair;

typedef struct {
    float64x2_t x, y;
} reals;

INLINE factor m_all(uint32_t m)
{
    return vdupq_n_u32(m);
}

INLINE flip f_all(uint32_t k)
{
    return vdupq_n_u32(k);
}

INLINE wide w_all(uint64_t x)
{
    return (wide){ vdupq_n_u64(x), vdupq_n_u64(x) };
}

INLINE wide w_lanes(void)
{
    return (wide){ vcombine_u64(vcreate_u64(0), vcreate_u64(1)), vcombine_u64(vcreate_u64(2), vcreate_u64(3)) };
}

INLINE wide w_load(const uint64_t *from)
{
    return (wide){ vld1q_u64(from), vld1q_u64(from + 2) };
}

INLINE void w_store(uint64_t *to, wide w)
{
    vst1q_u64(to, w.x);
    vst1q_u64(to + 2, w.y);
}

INLINE wide w_add(wide v, wide w)
{
    return (wide){ vaddq_u64(v.x, w.x), vaddq_u64(v.y, w.y) };
}

INLINE wide w_xor(wide v, wide w)
{
    return (wide){ veorq_u64(v.x, w.x), veorq_u64(v.y, w.y) };
}

INLINE wide w_raise(wide w)
{
    return (wide){ vshlq_n_u64(w.x, 32), vshlq_n_u64(w.y, 32) };
}

INLINE wide w_fall(wide w)
{
    return (wide){ vshrq_n_u64(w.x, 32), vshrq_n_u64(w.y, 32) };
}

INLINE wide w_times(wide w, factor m)
{
    return (wide){ vmull_u32(vmovn_u64(w.x), vget_low_u32(m)), vmull_u32(vmovn_u64(w.y), vget_low_u32(m)) };
}

INLINE wide w_upper_times(wide w, factor m)
{
    return (wide){ vmull_u32(vshrn_n_u64(w.x, 32), vget_low_u32(m)), vmull_u32(vshrn_n_u64(w.y, 32), vget_low_u32(m)) };
}

INLINE wide p_times(pair p, factor m)
{
    return (wide){ vmull_u32(vget_low_u32(p.upper), vget_low_u32(m)), vmull_high_u32(p.upper, m) };
}

INLINE pair p_of(wide w)
{
    uint32x4_t x = vreinterpretq_u32_u64(w.x), y = vreinterpretq_u32_u64(w.y);

    return (pair){ vuzp2q_u32(x, y), vuzp1q_u32(x, y) };
}

INLINE pair p_mix(pair p, pair s, flip k)
{
    return (pair){ veorq_u32(p.upper, veorq_u32(s.lower, k)), p.lower };
}

INLINE wide word(pair p)
{
    return (wide){ vreinterpretq_u64_u32(vzip1q_u32(p.lower, p.upper)),
                   vreinterpretq_u64_u32(vzip2q_u32(p.lower, p.upper)) };
}

INLINE reals unit(pair p)
{
    wide w = word(p);

    return (reals){ vcvtq_n_f64_u64(vshrq_n_u64(w.x, 11), 53), vcvtq_n_f64_u64(vshrq_n_u64(w.y, 11), 53) };
}

INLINE void p_units(double *to, pair p)
{
    reals u = unit(p);

    vst1q_f64(to, u.x);
    vst1q_f64(to + 2, u.y);
}

INLINE void p_words(uint64_t *to, pair p)
{
    w_store(to, word(p));
}

INLINE void p_unit_pairs(double *to, pair x, pair y)
{
    reals u = unit(x), v = unit(y);

    vst1q_f64(to, vzip1q_f64(u.x, v.x));
    vst1q_f64(to + 2, vzip2q_f64(u.x, v.x));
    vst1q_f64(to + 4, vzip1q_f64(u.y, v.y));
    vst1q_f64(to + 6, vzip2q_f64(u.y, v.y));
}

INLINE void p_word_pairs(uint64_t *to, pair x, pair y)
{
    wide u = word(x), v = word(y);

    vst1q_u64(to, vzip1q_u64(u.x, v.x));
    vst1q_u64(to + 2, vzip2q_u64(u.x, v.x));
    vst1q_u64(to + 4, vzip1q_u64(u.y, v.y));
    vst1q_u64(to + 6, vzip2q_u64(u.y, v.y));
}

INLINE tally t_zero(void)
{
    return vdupq_n_u64(0);
}

INLINE tally two_hits(tally t, float64x2_t x, float64x2_t y)
{
    float64x2_t r = vaddq_f64(vmulq_f64(x, x), vmulq_f64(y, y));

    return vsubq_u64(t, vcltq_f64(r, vdupq_n_f64(1.0)));
}

INLINE tally t_hits(tally t, pair x, pair y)
{
    reals u = unit(x), v = unit(y);

    return two_hits(two_hits(t, u.x, v.x), u.y, v.y);
}

INLINE uint64_t t_sum(tally t)
{
    return vaddvq_u64(t);
}

#include "random/philox/philox_vector.h"
#endif
