/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fpenv.h - puts the host's floating-point environment aside, and restores it.
 *
 * Between enter and leave arithmetic rounds to nearest, keeps denormals and traps nothing, whatever the host had set;
 * leave restores the host's control bits and exception flags exactly. There is one pair per block of trials: with the
 * usual settings, it costs two reads, and a write only if the work raised a flag.
 *
 * The compiler does not know that arithmetic depends on these calls. They stop loads and stores from crossing, not
 * arithmetic on values that are in registers already. So the code in between must be a function that is not inlined, or
 * must read its operands from memory after enter and store its results before leave.
 *
 * The library computes in double, which on x86-64 is SSE; only the user's code may need the x87 unit (the `whole` pair).
 */
#ifndef MCPAR__FPENV_H
#define MCPAR__FPENV_H

#include <stdbool.h>

#if defined(__x86_64__)

#include <xmmintrin.h>

typedef struct {
    unsigned int mxcsr;
} mcpar__fpenv;

enum {
    MCPAR__MXCSR_FLAGS = 0x003f,    /* exceptions since they were last cleared */
    MCPAR__MXCSR_DEFAULT = 0x1f80   /* traps masked, to nearest, no FTZ, no DAZ */
};

static inline mcpar__fpenv mcpar__fpenv_enter(void)
{
    mcpar__fpenv saved = { _mm_getcsr() };
    if ((saved.mxcsr & ~(unsigned int)MCPAR__MXCSR_FLAGS) != MCPAR__MXCSR_DEFAULT)
        _mm_setcsr(MCPAR__MXCSR_DEFAULT);
    __asm__ volatile("" ::: "memory");
    return saved;
}

static inline void mcpar__fpenv_leave(mcpar__fpenv saved)
{
    __asm__ volatile("" ::: "memory");
    if (_mm_getcsr() != saved.mxcsr)
        _mm_setcsr(saved.mxcsr);
}

/* For the user's code, which may compute in long double: the x87 unit's control word and flags too, by a full reset
 * and reload of the unit (its stack is empty wherever a function is called). Once a chunk of trials. */
typedef struct {
    mcpar__fpenv sse;
    struct {
        unsigned int word[7];
    } x87;
} mcpar__fpenv_whole;

static inline mcpar__fpenv_whole mcpar__fpenv_enter_whole(void)
{
    mcpar__fpenv_whole saved;
    __asm__ volatile("fnstenv %0\n\tfninit" : "=m"(saved.x87) : : "memory");
    saved.sse = mcpar__fpenv_enter();
    return saved;
}

static inline void mcpar__fpenv_leave_whole(mcpar__fpenv_whole saved)
{
    mcpar__fpenv_leave(saved.sse);
    __asm__ volatile("fldenv %0" : : "m"(saved.x87) : "memory");
}

/* Called after the user's code; true if it changed the environment for the next trial, which is then set back.
 * fesetround, feenableexcept and similar functions set both units, so looking at one is enough. */
static inline bool mcpar__fpenv_again(void)
{
    if ((_mm_getcsr() & ~(unsigned int)MCPAR__MXCSR_FLAGS) == MCPAR__MXCSR_DEFAULT)
        return false;
    _mm_setcsr(MCPAR__MXCSR_DEFAULT);
    __asm__ volatile("fninit" : : : "memory");
    return true;
}

#elif defined(__aarch64__)

#include <stdint.h>

typedef struct {
    uint64_t fpcr;    /* rounding, flush to zero, default NaN, traps: all zero by default */
    uint64_t fpsr;    /* the flags */
} mcpar__fpenv;

static inline mcpar__fpenv mcpar__fpenv_enter(void)
{
    mcpar__fpenv saved;
    __asm__ volatile("mrs %0, fpcr" : "=r"(saved.fpcr) : : "memory");
    __asm__ volatile("mrs %0, fpsr" : "=r"(saved.fpsr) : : "memory");
    if (saved.fpcr != 0)
        __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)0) : "memory");
    return saved;
}

static inline void mcpar__fpenv_leave(mcpar__fpenv saved)
{
    uint64_t now;
    __asm__ volatile("mrs %0, fpsr" : "=r"(now) : : "memory");
    if (now != saved.fpsr)
        __asm__ volatile("msr fpsr, %0" : : "r"(saved.fpsr) : "memory");
    __asm__ volatile("mrs %0, fpcr" : "=r"(now) : : "memory");
    if (now != saved.fpcr)
        __asm__ volatile("msr fpcr, %0" : : "r"(saved.fpcr) : "memory");
}

static inline bool mcpar__fpenv_again(void)
{
    return mcpar__fpenv_enter().fpcr != 0;
}

#else

#include <fenv.h>

typedef struct {
    fenv_t host;
} mcpar__fpenv;

static inline mcpar__fpenv mcpar__fpenv_enter(void)
{
    mcpar__fpenv saved;
    (void)fegetenv(&saved.host);
    (void)fesetenv(FE_DFL_ENV);
    __asm__ volatile("" ::: "memory");
    return saved;
}

static inline void mcpar__fpenv_leave(mcpar__fpenv saved)
{
    __asm__ volatile("" ::: "memory");
    (void)fesetenv(&saved.host);
}

/* Looks only at what standard C can query. */
static inline bool mcpar__fpenv_again(void)
{
    bool changed = fegetround() != FE_TONEAREST;

    (void)fesetenv(FE_DFL_ENV);
    return changed;
}

#endif

#ifndef __x86_64__                         /* there is only one unit */
typedef mcpar__fpenv mcpar__fpenv_whole;

static inline mcpar__fpenv_whole mcpar__fpenv_enter_whole(void)
{
    return mcpar__fpenv_enter();
}

static inline void mcpar__fpenv_leave_whole(mcpar__fpenv_whole saved)
{
    mcpar__fpenv_leave(saved);
}

#endif

#endif
