/* sums_avx512.c - the exact sums with AVX-512 F and DQ: 8 values a vector */
#include "sums.h"

#ifdef __x86_64__
#include "sums_grid.h"
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

INLINE vec v_fma(vec x, vec y, vec z)
{
    return _mm512_fmadd_pd(x, y, z);
}

/* One instruction: the larger magnitude, without its sign. */
INLINE vec v_most(vec m, vec x)
{
    return _mm512_range_pd(m, x, 0xB);
}

INLINE double v_sum(vec x)
{
    return _mm512_reduce_add_pd(x);
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

#include "sums_vector.h"
#endif
