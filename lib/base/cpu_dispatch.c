/* SPDX-License-Identifier: BSD-3-Clause */
/* cpu_dispatch.c - chooses the kind of CPU for vector code, once for all tables */
#include "base/cpu_dispatch.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static int always(void)
{
    return 1;
}

#ifdef __x86_64__
/* Every relevant CPU with AVX2 has FMA, which the exact sums use. */
static int has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
}

static int has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq");
}
#endif

/* The best kind comes last. */
static const struct {
    const char *name;
    int (*usable)(void);
} kinds[MCPAR__CPUS] = {
    [MCPAR__CPU_PORTABLE] = { "portable", always },
#ifdef __aarch64__
    [MCPAR__CPU_NEON] = { "neon", always },
#endif
#ifdef __x86_64__
    [MCPAR__CPU_AVX2] = { "avx2", has_avx2 },
    [MCPAR__CPU_AVX512] = { "avx512", has_avx512 },
#endif
};

static int usable(int kind)
{
    return kinds[kind].name && kinds[kind].usable();
}

enum mcpar__cpu mcpar__cpu_named(const char *name)
{
    for (int i = 0; i < MCPAR__CPUS; i++)
        if (usable(i) && !strcmp(kinds[i].name, name))
            return (enum mcpar__cpu)i;
    return MCPAR__CPUS;
}

static int choose(void)
{
    const char *name = getenv("MCPAR_CPU");
    int kind = name ? (int)mcpar__cpu_named(name) : MCPAR__CPUS;

    if (kind == MCPAR__CPUS)
        do
            kind--;
        while (!usable(kind));
    return kind;
}

enum mcpar__cpu mcpar__cpu_kind(void)
{
    static atomic_int chosen;              /* the kind plus one; 0: not chosen yet */
    int kind = atomic_load_explicit(&chosen, memory_order_relaxed) - 1;

    if (kind < 0) {                        /* two threads choose the same */
        kind = choose();
        atomic_store_explicit(&chosen, kind + 1, memory_order_relaxed);
    }
    return (enum mcpar__cpu)kind;
}
