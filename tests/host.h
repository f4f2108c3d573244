/* SPDX-License-Identifier: BSD-3-Clause */
/* host.h - hosts with every floating-point environment, and whether a call left it alone */
#ifndef API_HOST_H
#define API_HOST_H

#include "api/api.h"
#include <fenv.h>

/* Number e of the hosts: rounding mode e % 4, and these, in all combinations. HOST_FLAGS: some were raised before. */
enum { HOST_FTZ = 4, HOST_TRAPS = 8, HOST_DAZ = 16, HOST_FLAGS = 32, HOSTS = 64 };

struct host {
#if defined(__x86_64__)
    unsigned int mxcsr;
    unsigned short x87;
#else
    fenv_t all;
#endif
};

#if defined(__x86_64__)
#include <xmmintrin.h>

static inline struct host host_get(void)
{
    struct host h = { _mm_getcsr(), 0 };

    __asm__ volatile("fnstcw %0" : "=m"(h.x87));
    return h;
}

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

static inline void host_set(unsigned int e)
{
    unsigned short x87 = (unsigned short)(0x037f | (host_mxcsr(e) & 0x6000) >> 3);

    _mm_setcsr(host_mxcsr(e));
    __asm__ volatile("fldcw %0" : : "m"(x87));
}

static inline void host_usual(void)
{
    host_set(0);
}

static inline bool host_same(struct host a, struct host b)
{
    return a.mxcsr == b.mxcsr && a.x87 == b.x87;
}

#else

static inline struct host host_get(void)
{
    struct host h;

    memset(&h, 0, sizeof h);
    (void)fegetenv(&h.all);
    return h;
}

static inline void host_set(unsigned int e)
{
    static const int rounding[4] = { FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO };

    (void)fesetenv(FE_DFL_ENV);
    (void)fesetround(rounding[e % 4]);
    if (e & HOST_FLAGS)
        (void)feraiseexcept(FE_DIVBYZERO);
}

static inline void host_usual(void)
{
    (void)fesetenv(FE_DFL_ENV);
}

static inline bool host_same(struct host a, struct host b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}
#endif

/* Runs `statement`, which is calls of the library and nothing that computes in doubles, in host e; and looks whether
 * it finds its environment as before. */
#define IN_HOST(e, statement)                                                                                \
    do {                                                                                                     \
        struct host before_, after_;                                                                         \
        host_set(e);                                                                                         \
        before_ = host_get();                                                                                \
        statement;                                                                                           \
        after_ = host_get();                                                                                 \
        host_usual();                                                                                        \
        cr_assert(host_same(before_, after_), "%s left another FP environment in host %u", #statement,       \
                  (unsigned int)(e));                                                                        \
    } while (0)

#define MUST_IN(e, mc, call)                                                                                 \
    do {                                                                                                     \
        int code_in_ = -1;                                                                                   \
        IN_HOST(e, code_in_ = (call));                                                                       \
        cr_assert(code_in_ == 0, "%s in host %u: %d, %s", #call, (unsigned int)(e), code_in_,                \
                  mcpar_message(mc));                                                                        \
    } while (0)

#endif
