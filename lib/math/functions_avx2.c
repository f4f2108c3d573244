/* SPDX-License-Identifier: BSD-3-Clause */
/* functions_avx2.c - the elementary functions with AVX2: 4 per vector */
#include "math/functions.h"

#ifdef __x86_64__
#include <immintrin.h>
#include <math.h>
#include <mcpar.h>

#define TARGET __attribute__((target("avx2")))
#define INLINE TARGET __attribute__((always_inline)) static inline
#define PATH mcpar__functions_avx2
#define NAME "avx2"
enum { LANES = 4 };

typedef uint64_t vec __attribute__((vector_size(32)));
typedef __m256d real;
typedef __m256d mask;                      /* only the top bit of a lane counts */

INLINE real r_load(const double *from)
{
    return _mm256_loadu_pd(from);
}

INLINE void r_store(double *to, real x)
{
    _mm256_storeu_pd(to, x);
}

INLINE real r_all(double x)
{
    return _mm256_set1_pd(x);
}

INLINE vec v_of(real x)
{
    return (vec)x;
}

INLINE real r_of(vec x)
{
    return (real)x;
}

INLINE mask m_less(real x, real y)
{
    return _mm256_cmp_pd(x, y, _CMP_LT_OQ);
}

INLINE mask m_odd(vec x)
{
    return (mask)(x << 63);
}

INLINE mask m_and(mask x, mask y)
{
    return _mm256_and_pd(x, y);
}

INLINE mask m_or(mask x, mask y)
{
    return _mm256_or_pd(x, y);
}

INLINE unsigned m_lanes(mask x)
{
    return (unsigned)_mm256_movemask_pd(x);
}

INLINE real r_choose(mask m, real x, real y)
{
    return _mm256_blendv_pd(y, x, m);
}

#define PICK(odd, x, y) r_choose(odd, r_all(x), r_all(y))

/* A transposition, half of it done by loads. Gathers would be a tenth faster on Sapphire Rapids, but they are slow on
 * many CPUs: AMD's before Zen 4, and Intel's older ones, where microcode guards them (Intel-SA-00828). */
INLINE void rows(real c[4], const double *table, vec row, int columns)
{
    const uint64_t n = (uint64_t)columns;

#define ROW(i) _mm_load_pd(table + n * row[i] + j)
    for (int j = 0; j < columns; j += 2) {
        const real even = _mm256_insertf128_pd(_mm256_castpd128_pd256(ROW(0)), ROW(2), 1);
        const real odd = _mm256_insertf128_pd(_mm256_castpd128_pd256(ROW(1)), ROW(3), 1);

        c[j] = _mm256_unpacklo_pd(even, odd);
        c[j + 1] = _mm256_unpackhi_pd(even, odd);
    }
#undef ROW
}

#include "math/functions_vector.h"
#endif
