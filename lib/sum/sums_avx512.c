/* SPDX-License-Identifier: BSD-3-Clause */
/* sums_avx512.c - exact sums with AVX-512 F and DQ: 8 values per vector */
#include "sum/sums_column.h"

#ifdef __x86_64__
#include "sum/sums_grid.h"
#include <immintrin.h>
#include <stdbool.h>

#define TARGET __attribute__((target("avx512f,avx512dq,avx2,fma,bmi2")))
#define INLINE TARGET __attribute__((always_inline)) static inline
#define PATH mcpar__sums_avx512
#define NAME "avx512"
enum { LANES = 8 };

typedef __m512d vec;
typedef __mmask8 lanes;

INLINE vec v_load(const double *from)
{
    return _mm512_loadu_pd(from);
}

INLINE vec v_load_some(const double *from, size_t n)
{
    return _mm512_maskz_loadu_pd((__mmask8)((1u << n) - 1), from);
}

INLINE void v_store(double *to, vec x)
{
    _mm512_storeu_pd(to, x);
}

INLINE vec v_all(double x)
{
    return _mm512_set1_pd(x);
}

INLINE vec v_add(vec x, vec y)
{
    return _mm512_add_pd(x, y);
}

INLINE vec v_sub(vec x, vec y)
{
    return _mm512_sub_pd(x, y);
}

INLINE vec v_mul(vec x, vec y)
{
    return _mm512_mul_pd(x, y);
}

INLINE vec v_min(vec x, vec y)
{
    return _mm512_min_pd(x, y);
}

INLINE vec v_max(vec x, vec y)
{
    return _mm512_max_pd(x, y);
}

INLINE vec v_fma(vec x, vec y, vec z)
{
    return _mm512_fmadd_pd(x, y, z);
}

/* The larger magnitude, without its sign, in one instruction. */
INLINE vec v_most(vec m, vec x)
{
    return _mm512_range_pd(m, x, 0xB);
}

/* Adds neighbours. */
INLINE vec add_pairs(vec x, vec y)
{
    return _mm512_add_pd(_mm512_unpacklo_pd(x, y), _mm512_unpackhi_pd(x, y));
}

/* Adds neighbours of 128 bits each. */
INLINE vec add_quads(vec x, vec y)
{
    return _mm512_add_pd(_mm512_shuffle_f64x2(x, y, 0x88), _mm512_shuffle_f64x2(x, y, 0xdd));
}

INLINE vec v_sums(const vec v[LANES])
{
    vec low = add_quads(add_pairs(v[0], v[1]), add_pairs(v[2], v[3]));
    vec high = add_quads(add_pairs(v[4], v[5]), add_pairs(v[6], v[7]));

    return add_quads(low, high);
}

INLINE double v_sum(vec x)
{
    return _mm512_reduce_add_pd(x);
}

INLINE vec v_least(vec m, vec x)
{
    return _mm512_range_pd(m, x, 0xA);
}

INLINE double v_highest(vec x)
{
    return _mm512_reduce_max_pd(x);
}

INLINE double v_lowest(vec x)
{
    return _mm512_reduce_min_pd(x);
}

INLINE lanes l_differ(vec x, vec y)
{
    return _mm512_cmp_pd_mask(x, y, _CMP_NEQ_UQ);
}

INLINE unsigned int l_bits(lanes these)
{
    return these;
}

INLINE lanes l_or(lanes a, lanes b)
{
    return a | b;
}

INLINE vec l_clear(vec x, lanes these)
{
    return _mm512_mask_mov_pd(x, these, _mm512_setzero_pd());
}

#include "sum/sums_vector.h"
#endif
