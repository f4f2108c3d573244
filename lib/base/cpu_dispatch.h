/* cpu_dispatch.h - which kind of CPU the vector code is chosen for: once for all tables, for it never matters to the answer
 *
 * A table of code by kind of CPU is an array with one entry a kind, NULL where this build has none. */
#ifndef MCPAR__CPU_DISPATCH_H
#define MCPAR__CPU_DISPATCH_H

enum mcpar__cpu { MCPAR__CPU_PORTABLE, MCPAR__CPU_NEON, MCPAR__CPU_AVX2, MCPAR__CPU_AVX512, MCPAR__CPUS };

/* The kind that this process uses: MCPAR_CPU if that names a usable one, else the best that the CPU has. */
enum mcpar__cpu mcpar__cpu_kind(void);

/* MCPAR__CPUS if there is no such kind or this CPU cannot run it. */
enum mcpar__cpu mcpar__cpu_named(const char *name);

#endif
