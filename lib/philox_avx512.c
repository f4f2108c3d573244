/* philox_avx512.c - the bulk makers with AVX-512 F and DQ: 8 blocks a vector, a round in 6 instructions */
#include "philox.h"

#ifdef __x86_64__
#include <immintrin.h>
#include <stdbool.h>

#define TARGET __attribute__((target("avx512f,avx512dq")))
#define INLINE TARGET __attribute__((always_inline)) static inline
#define PATH mcpar__philox_avx512
#define NAME "avx512"
enum { LANES = 8, SETS = 8 };

typedef __m512i vec;
typedef __m512d real;
typedef uint64_t tally;

INLINE vec v_all(uint64_t x)
{
    return _mm512_set1_epi64((long long)x);
}

INLINE vec v_lanes(void)
{
    return _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
}

INLINE vec v_add(vec x, vec y)
{
    return _mm512_add_epi64(x, y);
}

INLINE vec v_swap(vec x)
{
    return _mm512_shuffle_epi32(x, (_MM_PERM_ENUM)0xB1);
}

INLINE vec v_multiply(vec x, vec y)
{
    return _mm512_mul_epu32(x, y);
}

/* One instruction: the mask keeps the lower halves as they are. */
INLINE vec v_mix(vec p, vec s, vec k)
{
    return _mm512_mask_ternarylogic_epi32(p, 0xAAAA, s, k, 0x96);
}

INLINE real v_real(vec x)
{
    return _mm512_cvtepu64_pd(_mm512_srli_epi64(x, 11));
}

INLINE real r_scale(real x)
{
    return _mm512_mul_pd(x, _mm512_set1_pd(0x1p-53));
}

INLINE void v_store(uint64_t *to, vec x)
{
    _mm512_storeu_si512(to, x);
}

INLINE void r_store(double *to, real x)
{
    _mm512_storeu_pd(to, x);
}

INLINE void v_pairs(uint64_t *to, vec x, vec y)
{
    _mm512_storeu_si512(to, _mm512_permutex2var_epi64(x, _mm512_set_epi64(11, 3, 10, 2, 9, 1, 8, 0), y));
    _mm512_storeu_si512(to + 8, _mm512_permutex2var_epi64(x, _mm512_set_epi64(15, 7, 14, 6, 13, 5, 12, 4), y));
}

INLINE void r_pairs(double *to, size_t stride, real x, real y)
{
    if (stride == 2) {
        _mm512_storeu_pd(to, _mm512_permutex2var_pd(x, _mm512_set_epi64(11, 3, 10, 2, 9, 1, 8, 0), y));
        _mm512_storeu_pd(to + 8, _mm512_permutex2var_pd(x, _mm512_set_epi64(15, 7, 14, 6, 13, 5, 12, 4), y));
    } else {
        real low = _mm512_unpacklo_pd(x, y), high = _mm512_unpackhi_pd(x, y);

        _mm_storeu_pd(to, _mm512_castpd512_pd128(low));
        _mm_storeu_pd(to + stride, _mm512_castpd512_pd128(high));
        _mm_storeu_pd(to + 2 * stride, _mm512_extractf64x2_pd(low, 1));
        _mm_storeu_pd(to + 3 * stride, _mm512_extractf64x2_pd(high, 1));
        _mm_storeu_pd(to + 4 * stride, _mm512_extractf64x2_pd(low, 2));
        _mm_storeu_pd(to + 5 * stride, _mm512_extractf64x2_pd(high, 2));
        _mm_storeu_pd(to + 6 * stride, _mm512_extractf64x2_pd(low, 3));
        _mm_storeu_pd(to + 7 * stride, _mm512_extractf64x2_pd(high, 3));
    }
}

INLINE tally t_zero(void)
{
    return 0;
}

INLINE tally t_hits(tally t, real x, real y)
{
    real r = _mm512_add_pd(_mm512_mul_pd(x, x), _mm512_mul_pd(y, y));

    return t + (uint64_t)__builtin_popcount(_mm512_cmp_pd_mask(r, _mm512_set1_pd(0x1p106), _CMP_LT_OQ));
}

INLINE uint64_t t_sum(tally t)
{
    return t;
}

#include "philox_vector.h"
#endif
