/* philox_avx2.c - the bulk makers with AVX2: 4 blocks a vector */
#include "philox.h"

#ifdef __x86_64__
#include <immintrin.h>
#include <stdbool.h>

#define TARGET __attribute__((target("avx2")))
#define INLINE TARGET __attribute__((always_inline)) static inline
#define PATH mcpar__philox_avx2
#define NAME "avx2"
enum { LANES = 4, SETS = 4 };

typedef __m256i vec;
typedef __m256d real;
typedef __m256i tally;

INLINE vec v_all(uint64_t x)
{
    return _mm256_set1_epi64x((long long)x);
}

INLINE vec v_lanes(void)
{
    return _mm256_set_epi64x(3, 2, 1, 0);
}

INLINE vec v_add(vec x, vec y)
{
    return _mm256_add_epi64(x, y);
}

INLINE vec v_swap(vec x)
{
    return _mm256_shuffle_epi32(x, 0xB1);
}

INLINE vec v_multiply(vec x, vec y)
{
    return _mm256_mul_epu32(x, y);
}

INLINE vec v_mix(vec p, vec s, vec k)
{
    return _mm256_xor_si256(_mm256_xor_si256(p, k), _mm256_and_si256(s, _mm256_set1_epi64x((long long)0xffffffff00000000)));
}

/* There is no conversion from 64-bit integers: the 21 upper and the 32 lower bits are put below the exponents of 2^84
 * and 2^52 and come out as exact doubles; their sum is a whole number below 2^53. */
INLINE real v_real(vec x)
{
    const vec m84 = _mm256_set1_epi64x(0x4530000000000000), m52 = _mm256_set1_epi64x(0x4330000000000000);
    vec w = _mm256_srli_epi64(x, 11);
    vec high = _mm256_or_si256(_mm256_srli_epi64(x, 43), m84), low = _mm256_blend_epi32(w, m52, 0xAA);

    return _mm256_add_pd(_mm256_sub_pd(_mm256_castsi256_pd(high), _mm256_set1_pd(0x1p84 + 0x1p52)),
                         _mm256_castsi256_pd(low));
}

INLINE real r_scale(real x)
{
    return _mm256_mul_pd(x, _mm256_set1_pd(0x1p-53));
}

INLINE void v_store(uint64_t *to, vec x)
{
    _mm256_storeu_si256((__m256i *)(void *)to, x);
}

INLINE void r_store(double *to, real x)
{
    _mm256_storeu_pd(to, x);
}

INLINE void v_pairs(uint64_t *to, vec x, vec y)
{
    vec low = _mm256_unpacklo_epi64(x, y), high = _mm256_unpackhi_epi64(x, y);

    v_store(to, _mm256_permute2x128_si256(low, high, 0x20));
    v_store(to + 4, _mm256_permute2x128_si256(low, high, 0x31));
}

INLINE void r_pairs(double *to, size_t stride, real x, real y)
{
    real low = _mm256_unpacklo_pd(x, y), high = _mm256_unpackhi_pd(x, y);

    if (stride == 2) {
        _mm256_storeu_pd(to, _mm256_permute2f128_pd(low, high, 0x20));
        _mm256_storeu_pd(to + 4, _mm256_permute2f128_pd(low, high, 0x31));
    } else {
        _mm_storeu_pd(to, _mm256_castpd256_pd128(low));
        _mm_storeu_pd(to + stride, _mm256_castpd256_pd128(high));
        _mm_storeu_pd(to + 2 * stride, _mm256_extractf128_pd(low, 1));
        _mm_storeu_pd(to + 3 * stride, _mm256_extractf128_pd(high, 1));
    }
}

INLINE tally t_zero(void)
{
    return _mm256_setzero_si256();
}

INLINE tally t_hits(tally t, real x, real y)
{
    real r = _mm256_add_pd(_mm256_mul_pd(x, x), _mm256_mul_pd(y, y));

    return _mm256_sub_epi64(t, _mm256_castpd_si256(_mm256_cmp_pd(r, _mm256_set1_pd(0x1p106), _CMP_LT_OQ)));
}

INLINE uint64_t t_sum(tally t)
{
    uint64_t lane[4];

    _mm256_storeu_si256((__m256i *)(void *)lane, t);
    return lane[0] + lane[1] + lane[2] + lane[3];
}

#include "philox_vector.h"
#endif
