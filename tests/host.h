/* SPDX-License-Identifier: BSD-3-Clause */
/* host.h - strange hosts, for all Criterion tests: every floating-point environment, one that reaps all children, and
 * what can be counted of a process */
#ifndef TESTS_HOST_H
#define TESTS_HOST_H

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fenv.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

/* For functions that crash: they do it by the system's signal in builds with sanitizers too. */
#define WRONG_ON_PURPOSE __attribute__((no_sanitize("undefined")))

/* ---- Floating-point environments ---- */

/* Number e of the hosts: rounding mode e % 4, and these, in all combinations. HOST_FLAGS, the last one: some flags were
 * raised before, so that the hosts below that number have none. (Not all of it can be had on every CPU.) */
enum { HOST_FTZ = 4, HOST_TRAPS = 8, HOST_DAZ = 16, HOST_FLAGS = 32, HOSTS = 64 };

#if defined(__x86_64__)
static inline unsigned int host_mxcsr(unsigned int e)
{
    static const unsigned int rounding[4] = { 0, 0x4000, 0x2000, 0x6000 };
    unsigned int mxcsr = 0x1f80 | rounding[e % 4];

    if (e & HOST_FTZ)
        mxcsr |= 0x8000;
    if (e & HOST_DAZ)
        mxcsr |= 0x40;
    if (e & HOST_TRAPS)
        mxcsr &= ~0x1f80u;                 /* all six, denormal and inexact too */
    if (e & HOST_FLAGS)
        mxcsr |= 0x15;
    return mxcsr;
}
#endif

static inline void host_reset(void)
{
    (void)fesetenv(FE_DFL_ENV);
}

static inline void host_set(unsigned int e)
{
#if defined(__x86_64__)
    unsigned short x87 = (unsigned short)(0x037f | (host_mxcsr(e) & 0x6000) >> 3);

    if (e & HOST_TRAPS)
        x87 &= (unsigned short)~0x1du;     /* all but inexact */
    host_reset();
    __asm__ volatile("fldcw %0" : : "m"(x87));
    _mm_setcsr(host_mxcsr(e));
#else
    static const int rounding[4] = { FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO };

    host_reset();
    (void)fesetround(rounding[e % 4]);
    if (e & HOST_FLAGS)
        (void)feraiseexcept(FE_DIVBYZERO);
#if defined(__aarch64__)
    if (e & (HOST_FTZ | HOST_DAZ)) {
        uint64_t fpcr;

        __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
        __asm__ volatile("msr fpcr, %0" : : "r"(fpcr | 1u << 24));
    }
#endif
#if defined(__GLIBC__)
    if (e & HOST_TRAPS)
        (void)feenableexcept(FE_ALL_EXCEPT & ~FE_INEXACT);
#endif
#endif
}

/* As a trial leaves it behind: not of the x87, which the library neither uses nor touches. */
static inline void host_leave(unsigned int e)
{
#if defined(__x86_64__)
    _mm_setcsr(host_mxcsr(e));
#else
    host_set(e);
#endif
}

/* Control bits and flags, as one number. */
static inline uint64_t host_state(void)
{
#if defined(__x86_64__)
    unsigned short x87;

    __asm__ volatile("fnstcw %0" : "=m"(x87));
    return (uint64_t)x87 << 32 | _mm_getcsr();
#elif defined(__aarch64__)
    uint64_t fpcr, fpsr;

    __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
    __asm__ volatile("mrs %0, fpsr" : "=r"(fpsr));
    return fpcr << 32 | fpsr;
#else
    return (uint64_t)fegetround() << 32 | (uint64_t)fetestexcept(FE_ALL_EXCEPT);
#endif
}

/* Runs `statement`, which is calls of the library and nothing that computes in doubles, in host e; and looks whether
 * it finds its environment as before. */
#define IN_HOST(e, statement)                                                                                \
    do {                                                                                                     \
        uint64_t before_, after_;                                                                            \
        host_set(e);                                                                                         \
        before_ = host_state();                                                                              \
        statement;                                                                                           \
        after_ = host_state();                                                                               \
        host_reset();                                                                                        \
        if (before_ != after_)                                                                               \
            cr_assert(0, "%s made %#llx of the FP environment %#llx of host %u", #statement,                 \
                      (unsigned long long)after_, (unsigned long long)before_, (unsigned int)(e));           \
    } while (0)

/* ---- Processes ---- */

static _Atomic int host_reaped __attribute__((unused));    /* children, by the handler below */

/* A handler of SIGCHLD that waits for every child, also for those that are not the host's own. */
static inline void host_reap_all(int signal)
{
    int error = errno;

    (void)signal;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        host_reaped++;
    errno = error;
}

/* Files of a folder, those with a name that has `word` in it. */
__attribute__((noinline, unused)) static int host_entries(const char *folder, const char *word)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    int n = 0;

    while (dir && (entry = readdir(dir)))
        n += strstr(entry->d_name, word) != NULL;
    if (dir)
        (void)closedir(dir);
    return n;
}

static inline int host_open_files(void)
{
    return host_entries("/proc/self/fd", "");
}

/* Mappings of this process, those with `word` in their line. */
static inline int host_mappings(const char *word)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[4096];
    int n = 0;

    while (maps && fgets(line, sizeof line, maps))
        n += strstr(line, word) != NULL;
    if (maps)
        (void)fclose(maps);
    return n;
}

/* Does the process have a child, ended or not? */
static inline int host_has_child(void)
{
    return waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD;
}

#endif
