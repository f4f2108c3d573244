/* SPDX-License-Identifier: BSD-3-Clause */
/* philox_avx2.c - the generator in bulk with AVX2: 8 blocks in a pair of vectors
 *
 * A pair (philox_vector.h) is two vectors of 8 words, the upper words and the lower words. Shuffles within 128 bits
 * spread words out to be multiplied, and gather the products to words again. So half a round of 8 blocks takes 8
 * instructions, two of them multiplications. The lanes of words are blocks 0 1 4 5 2 3 6 7, so that both halves are in
 * order after they have been spread out. */
#include "random/philox/philox.h"

#ifdef __x86_64__
#include <immintrin.h>
#include <stdbool.h>

#define TARGET __attribute__((target("avx2")))
#define INLINE TARGET __attribute__((always_inline)) static inline
#define PATH mcpar__philox_avx2
#define FRESH 0
#define NAME "avx2"
enum { LANES = 8, SETS = 3 };

typedef __m256i factor, flip;
typedef __m256i tally;

typedef struct {
    __m256i x, y;                          /* lanes 0 to 3, 4 to 7 */
} wide;

typedef struct {
    __m256i upper, lower;
} pair;

typedef struct {
    __m256d x, y;
} reals;

INLINE factor m_all(uint32_t m)
{
    return _mm256_set1_epi32((int)m);
}

INLINE flip f_all(uint32_t k)
{
    return _mm256_set1_epi32((int)k);
}

INLINE wide w_all(uint64_t x)
{
    return (wide){ _mm256_set1_epi64x((long long)x), _mm256_set1_epi64x((long long)x) };
}

INLINE wide w_lanes(void)
{
    return (wide){ _mm256_set_epi64x(3, 2, 1, 0), _mm256_set_epi64x(7, 6, 5, 4) };
}

INLINE wide w_load(const uint64_t *from)
{
    return (wide){ _mm256_loadu_si256((const __m256i *)(const void *)from),
                   _mm256_loadu_si256((const __m256i *)(const void *)(from + 4)) };
}

INLINE void w_store(uint64_t *to, wide w)
{
    _mm256_storeu_si256((__m256i *)(void *)to, w.x);
    _mm256_storeu_si256((__m256i *)(void *)(to + 4), w.y);
}

INLINE wide w_add(wide v, wide w)
{
    return (wide){ _mm256_add_epi64(v.x, w.x), _mm256_add_epi64(v.y, w.y) };
}

INLINE wide w_xor(wide v, wide w)
{
    return (wide){ _mm256_xor_si256(v.x, w.x), _mm256_xor_si256(v.y, w.y) };
}

INLINE wide w_raise(wide w)
{
    return (wide){ _mm256_slli_epi64(w.x, 32), _mm256_slli_epi64(w.y, 32) };
}

INLINE wide w_fall(wide w)
{
    return (wide){ _mm256_srli_epi64(w.x, 32), _mm256_srli_epi64(w.y, 32) };
}

INLINE wide w_times(wide w, factor m)
{
    return (wide){ _mm256_mul_epu32(w.x, m), _mm256_mul_epu32(w.y, m) };
}

INLINE wide w_upper_times(wide w, factor m)
{
    return w_times(w_fall(w), m);
}

INLINE wide p_times(pair p, factor m)
{
    return w_times((wide){ _mm256_shuffle_epi32(p.upper, 0x50), _mm256_shuffle_epi32(p.upper, 0xFA) }, m);
}

/* Takes words 0 and 2, or 1 and 3, of each 128 bits of x and of y. */
#define GATHER(w, which)                                                                                    \
    _mm256_castps_si256(_mm256_shuffle_ps(_mm256_castsi256_ps((w).x), _mm256_castsi256_ps((w).y), which))

INLINE pair p_of(wide w)
{
    pair p = { GATHER(w, 0xDD), GATHER(w, 0x88) };

#ifndef __clang__
    __asm__("" : "+x"(p.lower));
#endif
    return p;
}

INLINE pair p_mix(pair p, pair s, flip k)
{
    return (pair){ _mm256_xor_si256(p.upper, _mm256_xor_si256(s.lower, k)), p.lower };
}

INLINE wide word(pair p)
{
    return (wide){ _mm256_unpacklo_epi32(p.lower, p.upper), _mm256_unpackhi_epi32(p.lower, p.upper) };
}

/* AVX2 cannot convert 64-bit integers. Instead, the upper 32 bits of a word and the next 21 are written below the
 * exponents of 2^20 and 1/2, which makes them multiples of 2^-32 and 2^-53. The differences and the sum are exact.
 * Where the host rounds down, 0 comes out as -0. */
INLINE reals either_zero(pair p)
{
    const __m256i exponent = _mm256_set1_epi32(0x41300000), half = _mm256_set1_epi32(0x3FE00000);
    const __m256d both = _mm256_set1_pd(0x1p20 + 0.5);
    __m256i low = _mm256_srli_epi32(p.lower, 11);
    __m256d x = _mm256_castsi256_pd(_mm256_unpacklo_epi32(p.upper, exponent));
    __m256d y = _mm256_castsi256_pd(_mm256_unpackhi_epi32(p.upper, exponent));

    return (reals){
        _mm256_add_pd(_mm256_sub_pd(x, both), _mm256_castsi256_pd(_mm256_unpacklo_epi32(low, half))),
        _mm256_add_pd(_mm256_sub_pd(y, both), _mm256_castsi256_pd(_mm256_unpackhi_epi32(low, half)))
    };
}

INLINE reals unit(pair p)
{
    const __m256d sign = _mm256_set1_pd(-0.0);
    reals u = either_zero(p);

    return (reals){ _mm256_andnot_pd(sign, u.x), _mm256_andnot_pd(sign, u.y) };
}

INLINE void p_units(double *to, pair p)
{
    reals u = unit(p);

    _mm256_storeu_pd(to, u.x);
    _mm256_storeu_pd(to + 4, u.y);
}

INLINE void p_words(uint64_t *to, pair p)
{
    w_store(to, word(p));
}

INLINE void four_pairs(double *to, __m256d x, __m256d y)
{
    __m256d low = _mm256_unpacklo_pd(x, y), high = _mm256_unpackhi_pd(x, y);

    _mm256_storeu_pd(to, _mm256_permute2f128_pd(low, high, 0x20));
    _mm256_storeu_pd(to + 4, _mm256_permute2f128_pd(low, high, 0x31));
}

INLINE void p_unit_pairs(double *to, pair x, pair y)
{
    reals u = unit(x), v = unit(y);

    four_pairs(to, u.x, v.x);
    four_pairs(to + 8, u.y, v.y);
}

INLINE void four_word_pairs(uint64_t *to, __m256i x, __m256i y)
{
    __m256i low = _mm256_unpacklo_epi64(x, y), high = _mm256_unpackhi_epi64(x, y);

    w_store(to, (wide){ _mm256_permute2x128_si256(low, high, 0x20), _mm256_permute2x128_si256(low, high, 0x31) });
}

INLINE void p_word_pairs(uint64_t *to, pair x, pair y)
{
    wide u = word(x), v = word(y);

    four_word_pairs(to, u.x, v.x);
    four_word_pairs(to + 8, u.y, v.y);
}

INLINE tally t_zero(void)
{
    return _mm256_setzero_si256();
}

INLINE tally four_hits(tally t, __m256d x, __m256d y)
{
    __m256d r = _mm256_add_pd(_mm256_mul_pd(x, x), _mm256_mul_pd(y, y));

    return _mm256_sub_epi64(t, _mm256_castpd_si256(_mm256_cmp_pd(r, _mm256_set1_pd(1.0), _CMP_LT_OQ)));
}

INLINE tally t_hits(tally t, pair x, pair y)
{
    reals u = either_zero(x), v = either_zero(y);

    return four_hits(four_hits(t, u.x, v.x), u.y, v.y);
}

INLINE uint64_t t_sum(tally t)
{
    uint64_t lane[4];

    _mm256_storeu_si256((__m256i *)(void *)lane, t);
    return lane[0] + lane[1] + lane[2] + lane[3];
}

#include "random/philox/philox_vector.h"
#endif
