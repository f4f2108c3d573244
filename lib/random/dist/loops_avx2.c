/* SPDX-License-Identifier: BSD-3-Clause */
/* loops_avx2.c - loops for AVX2 */
#ifdef __x86_64__
#define TARGET __attribute__((target("avx2")))
#define PATH mcpar__loops_avx2
#define NAME "avx2"
#include "random/dist/loops_vector.h"
#else
typedef int mcpar__no_loops_avx2;          /* ISO C wants something here */
#endif
