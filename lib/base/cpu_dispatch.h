/* SPDX-License-Identifier: BSD-3-Clause */
/* cpu_dispatch.h - chooses the kind of CPU for vector code, once for all tables; the choice never changes the answer
 *
 * A table of code by kind of CPU is an array with one entry per kind, NULL where this build has none. */
#ifndef MCPAR__CPU_DISPATCH_H
#define MCPAR__CPU_DISPATCH_H

enum mcpar__cpu { MCPAR__CPU_PORTABLE, MCPAR__CPU_NEON, MCPAR__CPU_AVX2, MCPAR__CPU_AVX512, MCPAR__CPUS };

/* The kind that this process uses: the one that MCPAR_CPU names, if it is usable, else the best that the CPU has. */
enum mcpar__cpu mcpar__cpu_kind(void);

/* MCPAR__CPUS if there is no such kind or this CPU cannot run it. */
enum mcpar__cpu mcpar__cpu_named(const char *name);

/* One entry of such an array, if the target can have that kind. */
#ifdef __aarch64__
#define MCPAR__ON_NEON(...) __VA_ARGS__
#else
#define MCPAR__ON_NEON(...)
#endif
#ifdef __x86_64__
#define MCPAR__ON_X86(...) __VA_ARGS__
#else
#define MCPAR__ON_X86(...)
#endif

/* Defines two functions for a struct mcpar__TABLE, of which each kind has an instance mcpar__TABLE_KIND:
 *   mcpar__TABLE_path()           the instance that this process uses
 *   mcpar__TABLE_named(name)      the instance of a name; NULL if there is none or this CPU cannot run it
 * The header of the table declares both. */
#define MCPAR__DISPATCH(table)                                                                          \
    static const struct mcpar__##table *const by_kind[MCPAR__CPUS] = {                                  \
        [MCPAR__CPU_PORTABLE] = &mcpar__##table##_portable,                                             \
        MCPAR__ON_NEON([MCPAR__CPU_NEON] = &mcpar__##table##_neon,)                                     \
        MCPAR__ON_X86([MCPAR__CPU_AVX2] = &mcpar__##table##_avx2,)                                      \
        MCPAR__ON_X86([MCPAR__CPU_AVX512] = &mcpar__##table##_avx512,)                                  \
    };                                                                                                  \
                                                                                                        \
    const struct mcpar__##table *mcpar__##table##_named(const char *name)                               \
    {                                                                                                   \
        enum mcpar__cpu kind = mcpar__cpu_named(name);                                                  \
                                                                                                        \
        return kind < MCPAR__CPUS ? by_kind[kind] : NULL;                                               \
    }                                                                                                   \
                                                                                                        \
    const struct mcpar__##table *mcpar__##table##_path(void)                                            \
    {                                                                                                   \
        return by_kind[mcpar__cpu_kind()];                                                              \
    }

#endif
