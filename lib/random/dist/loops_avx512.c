/* SPDX-License-Identifier: BSD-3-Clause */
/* loops_avx512.c - loops for AVX-512 F and DQ */
#ifdef __x86_64__
#define TARGET __attribute__((target("avx512f,avx512dq")))
#define PATH mcpar__loops_avx512
#define NAME "avx512"
#include "random/dist/loops_vector.h"
#else
typedef int mcpar__no_loops_avx512;        /* ISO C wants something here */
#endif
