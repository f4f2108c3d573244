/* SPDX-License-Identifier: BSD-3-Clause */
/* philox_avx512.c - the generator in bulk with AVX-512 F and DQ: 8 blocks per vector, a round in 6 instructions
 *
 * A pair (philox_vector.h) is one vector, in which each upper word stands above its lower word. So the 64-bit products
 * of a round are already where the next state needs them, and the two pairs of a block end as its two words. A round is
 * two swaps of halves, two multiplications and two mixes. */
#include "random/philox/philox.h"

#ifdef __x86_64__
#include <immintrin.h>
#include <stdbool.h>

#define TARGET __attribute__((target("avx512f,avx512dq")))
#define INLINE TARGET __attribute__((always_inline)) static inline
#define PATH mcpar__philox_avx512
#define FRESH 1
#define NAME "avx512"
enum { LANES = 8, SETS = 8, UPPER = 0xAAAA };

typedef __m512i wide, pair, factor, flip;
typedef __m512d real;
typedef uint64_t tally;

INLINE factor m_all(uint32_t m)
{
    return _mm512_set1_epi32((int)m);
}

INLINE flip f_all(uint32_t k)
{
    return _mm512_set1_epi32((int)k);
}

INLINE wide w_all(uint64_t x)
{
    return _mm512_set1_epi64((long long)x);
}

INLINE wide w_lanes(void)
{
    return _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
}

INLINE wide w_load(const uint64_t *from)
{
    return _mm512_loadu_si512(from);
}

INLINE void w_store(uint64_t *to, wide w)
{
    _mm512_storeu_si512(to, w);
}

INLINE wide w_add(wide x, wide y)
{
    return _mm512_add_epi64(x, y);
}

INLINE wide w_xor(wide x, wide y)
{
    return _mm512_xor_si512(x, y);
}

INLINE wide w_raise(wide w)
{
    return _mm512_slli_epi64(w, 32);
}

INLINE wide w_fall(wide w)
{
    return _mm512_srli_epi64(w, 32);
}

INLINE wide swap(wide w)
{
    return _mm512_shuffle_epi32(w, (_MM_PERM_ENUM)0xB1);
}

INLINE wide w_times(wide w, factor m)
{
    return _mm512_mul_epu32(w, m);
}

INLINE wide w_upper_times(wide w, factor m)
{
    return _mm512_mul_epu32(swap(w), m);
}

INLINE wide p_times(pair p, factor m)
{
    return w_upper_times(p, m);
}

INLINE pair p_of(wide w)
{
    return w;
}

/* One instruction, whose mask keeps the lower halves as they are. Without the asm, clang fuses the masking and the next
 * swap into a permutation, which needs a register of indices and copies. */
INLINE pair p_mix(pair p, pair s, flip k)
{
    p = _mm512_mask_ternarylogic_epi32(p, UPPER, swap(s), k, 0x96);
#ifdef __clang__
    __asm__("" : "+v"(p));
#endif
    return p;
}

INLINE real whole(pair p)
{
    return _mm512_cvtepu64_pd(_mm512_srli_epi64(p, 11));
}

INLINE real unit(pair p)
{
    return _mm512_mul_pd(whole(p), _mm512_set1_pd(0x1p-53));
}

INLINE void p_units(double *to, pair p)
{
    _mm512_storeu_pd(to, unit(p));
}

INLINE void p_words(uint64_t *to, pair p)
{
    _mm512_storeu_si512(to, p);
}

INLINE void p_word_pairs(uint64_t *to, pair x, pair y)
{
    w_store(to, _mm512_permutex2var_epi64(x, _mm512_set_epi64(11, 3, 10, 2, 9, 1, 8, 0), y));
    w_store(to + 8, _mm512_permutex2var_epi64(x, _mm512_set_epi64(15, 7, 14, 6, 13, 5, 12, 4), y));
}

INLINE void p_unit_pairs(double *to, pair x, pair y)
{
    real u = unit(x), v = unit(y);

    _mm512_storeu_pd(to, _mm512_permutex2var_pd(u, _mm512_set_epi64(11, 3, 10, 2, 9, 1, 8, 0), v));
    _mm512_storeu_pd(to + 8, _mm512_permutex2var_pd(u, _mm512_set_epi64(15, 7, 14, 6, 13, 5, 12, 4), v));
}

INLINE tally t_zero(void)
{
    return 0;
}

INLINE tally t_hits(tally t, pair x, pair y)
{
    real u = whole(x), v = whole(y), r = _mm512_add_pd(_mm512_mul_pd(u, u), _mm512_mul_pd(v, v));
    unsigned int hits = _mm512_cmp_pd_mask(r, _mm512_set1_pd(0x1p106), _CMP_LT_OQ);

#ifdef __clang__
    __asm__("" : "+r"(hits));              /* or clang gathers eight of them in a vector to count their bits */
#endif
    return t + (uint64_t)__builtin_popcount(hits);
}

INLINE uint64_t t_sum(tally t)
{
    return t;
}

#include "random/philox/philox_vector.h"
#endif
