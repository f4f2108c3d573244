/* SPDX-License-Identifier: BSD-3-Clause */
/* sums_avx2.c - exact sums with AVX2 and FMA: 4 values per vector */
#include "sum/sums_column.h"

#ifdef __x86_64__
#include "sum/sums_grid.h"
#include <immintrin.h>
#include <stdbool.h>

#define TARGET __attribute__((target("avx2,fma,bmi2")))
#define INLINE TARGET __attribute__((always_inline)) static inline
#define PATH mcpar__sums_avx2
#define NAME "avx2"
enum { LANES = 4 };

typedef __m256d vec;
typedef __m256d lanes;                     /* all ones or zero */

INLINE vec v_load(const double *from)
{
    return _mm256_loadu_pd(from);
}

INLINE vec v_load_some(const double *from, size_t n)
{
    const __m256i lane = _mm256_set_epi64x(3, 2, 1, 0);

    return _mm256_maskload_pd(from, _mm256_cmpgt_epi64(_mm256_set1_epi64x((long long)n), lane));
}

INLINE void v_store(double *to, vec x)
{
    _mm256_storeu_pd(to, x);
}

INLINE vec v_all(double x)
{
    return _mm256_set1_pd(x);
}

INLINE vec v_add(vec x, vec y)
{
    return _mm256_add_pd(x, y);
}

INLINE vec v_sub(vec x, vec y)
{
    return _mm256_sub_pd(x, y);
}

INLINE vec v_mul(vec x, vec y)
{
    return _mm256_mul_pd(x, y);
}

INLINE vec v_min(vec x, vec y)
{
    return _mm256_min_pd(x, y);
}

INLINE vec v_max(vec x, vec y)
{
    return _mm256_max_pd(x, y);
}

INLINE vec v_fma(vec x, vec y, vec z)
{
    return _mm256_fmadd_pd(x, y, z);
}

/* Ignores a NaN; off_grid will find it. */
INLINE vec v_most(vec m, vec x)
{
    return _mm256_max_pd(_mm256_andnot_pd(_mm256_set1_pd(-0.0), x), m);
}

INLINE vec v_sums(const vec v[LANES])
{
    vec a = _mm256_hadd_pd(v[0], v[1]), b = _mm256_hadd_pd(v[2], v[3]);

    return _mm256_add_pd(_mm256_permute2f128_pd(a, b, 0x20), _mm256_permute2f128_pd(a, b, 0x31));
}

INLINE double v_sum(vec x)
{
    __m128d half = _mm_add_pd(_mm256_castpd256_pd128(x), _mm256_extractf128_pd(x, 1));

    return _mm_cvtsd_f64(_mm_add_sd(half, _mm_unpackhi_pd(half, half)));
}

INLINE vec v_least(vec m, vec x)
{
    return _mm256_min_pd(_mm256_andnot_pd(_mm256_set1_pd(-0.0), x), m);
}

INLINE double v_highest(vec x)
{
    __m128d half = _mm_max_pd(_mm256_castpd256_pd128(x), _mm256_extractf128_pd(x, 1));

    return _mm_cvtsd_f64(_mm_max_sd(half, _mm_unpackhi_pd(half, half)));
}

INLINE double v_lowest(vec x)
{
    __m128d half = _mm_min_pd(_mm256_castpd256_pd128(x), _mm256_extractf128_pd(x, 1));

    return _mm_cvtsd_f64(_mm_min_sd(half, _mm_unpackhi_pd(half, half)));
}

INLINE lanes l_differ(vec x, vec y)
{
    return _mm256_cmp_pd(x, y, _CMP_NEQ_UQ);
}

INLINE unsigned int l_bits(lanes these)
{
    return (unsigned int)_mm256_movemask_pd(these);
}

INLINE lanes l_or(lanes a, lanes b)
{
    return _mm256_or_pd(a, b);
}

INLINE vec l_clear(vec x, lanes these)
{
    return _mm256_andnot_pd(these, x);
}

#include "sum/sums_vector.h"
#endif
