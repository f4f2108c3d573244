/* SPDX-License-Identifier: BSD-3-Clause */
/* machine.c - the clock of the CPU, and how many vector instructions of a kind it executes per cycle */
#include "bench.h"
#include <string.h>
#include <time.h>

static double now(clockid_t clock)
{
    struct timespec t;

    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double wall_now(void)
{
    return now(CLOCK_MONOTONIC);
}

double cpu_now(void)
{
    return now(CLOCK_PROCESS_CPUTIME_ID);
}

/* Adds a register, not a constant, because recent CPUs add small constants at no cost. */
#define ADD x += y; __asm__ volatile("" : "+r"(x));
#define ADD8 ADD ADD ADD ADD ADD ADD ADD ADD

double clock_hz(void)
{
    enum { LOOPS = 50000 };
    uint64_t x = 1, y = 3;
    double from;

    __asm__ volatile("" : "+r"(y));
    from = cpu_now();
    for (int i = 0; i < LOOPS; i++) {
        ADD8 ADD8 ADD8 ADD8 ADD8 ADD8 ADD8 ADD8
    }
    return 64.0 * LOOPS / (cpu_now() - from);
}

#if defined(__x86_64__)
#define CLOBBERED "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", \
                  "xmm12", "xmm13", "xmm14", "xmm15"
#define CLOBBERED_512 CLOBBERED, "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", \
                      "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31", "k1"

#define OF_12(I) I(0) I(1) I(2) I(3) I(4) I(5) I(6) I(7) I(8) I(9) I(10) I(11)
#define OF_24(I) OF_12(I) I(12) I(13) I(14) I(15) I(16) I(17) I(18) I(19) I(20) I(21) I(22) I(23)

/* Each instruction writes its own register and reads none that another one writes. */
#define MUL_512(r) "vpmuludq %%zmm30, %%zmm31, %%zmm" #r "\n\t"
#define SWAP_512(r) "vpshufd $0xb1, %%zmm30, %%zmm" #r "\n\t"
#define MIX_512(r) "vpternlogd $0x96, %%zmm30, %%zmm31, %%zmm" #r "%{%%k1%}\n\t"
#define ROUND_512(a, b, c) SWAP_512(a) MUL_512(b) MIX_512(c)
#define MUL_256(r) "vpmuludq %%ymm12, %%ymm13, %%ymm" #r "\n\t"
#define SWAP_256(r) "vpshufd $0xb1, %%ymm12, %%ymm" #r "\n\t"
#define XOR_256(r) "vpxor %%ymm12, %%ymm13, %%ymm" #r "\n\t"
#define AND_256(r) "vpand %%ymm12, %%ymm13, %%ymm" #r "\n\t"
#define ROUND_256(a, b, c, d, e) SWAP_256(a) MUL_256(b) AND_256(c) XOR_256(d) XOR_256(e)

#define STREAM(name, target_, count, text, ...)                                                 \
    __attribute__((target(target_))) static uint64_t name(uint64_t loops)                       \
    {                                                                                           \
        for (uint64_t i = 0; i < loops; i++)                                                    \
            __asm__ volatile(text : : : __VA_ARGS__);                                           \
        return loops * (count);                                                                 \
    }

STREAM(mul_512, "avx512f", 24, OF_24(MUL_512), CLOBBERED_512)
STREAM(swap_512, "avx512f", 24, OF_24(SWAP_512), CLOBBERED_512)
STREAM(mix_512, "avx512f", 24, OF_24(MIX_512), CLOBBERED_512)
STREAM(round_512, "avx512f", 24,
       ROUND_512(0, 8, 16) ROUND_512(1, 9, 17) ROUND_512(2, 10, 18) ROUND_512(3, 11, 19) ROUND_512(4, 12, 20)
       ROUND_512(5, 13, 21) ROUND_512(6, 14, 22) ROUND_512(7, 15, 23), CLOBBERED_512)
STREAM(mul_256, "avx2", 12, OF_12(MUL_256), CLOBBERED)
STREAM(swap_256, "avx2", 12, OF_12(SWAP_256), CLOBBERED)
STREAM(xor_256, "avx2", 12, OF_12(XOR_256), CLOBBERED)
STREAM(round_256, "avx2", 20, ROUND_256(0, 1, 2, 3, 4) ROUND_256(5, 6, 7, 8, 9) ROUND_256(10, 11, 0, 1, 2)
       ROUND_256(3, 4, 5, 6, 7), CLOBBERED)

const struct stream streams[] = {
    { "avx512", "multiply", mul_512 }, { "avx512", "swap", swap_512 }, { "avx512", "mix", mix_512 },
    { "avx512", "round", round_512 },
    { "avx2", "multiply", mul_256 }, { "avx2", "swap", swap_256 }, { "avx2", "mix", xor_256 },
    { "avx2", "round", round_256 },
};
const size_t streams_n = sizeof streams / sizeof *streams;

bool stream_runs(const struct stream *stream)
{
    if (!strcmp(stream->path, "avx512"))
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq");
    return strcmp(stream->path, "avx2") || __builtin_cpu_supports("avx2");
}
#else
const struct stream streams[] = { { "", "", NULL } };
const size_t streams_n = 0;

bool stream_runs(const struct stream *stream)
{
    (void)stream;
    return false;
}
#endif
