/* SPDX-License-Identifier: BSD-3-Clause */
/* functions.c - the elementary functions, one number at a time and in arrays, compared with libm */
#include "bench.h"
#include <math.h>
#include <string.h>

/* So many arguments that the CPU's branch predictor cannot memorise what they need. They come in pieces that stay in
 * the first-level cache. */
enum { ARGUMENTS = 65536, PIECE = 512 };

static double angle[ARGUMENTS], exponent[ARGUMENTS], positive[ARGUMENTS], power[ARGUMENTS];

static void make_arguments(void)
{
    uint64_t x = 88172645463325252u;       /* Marsaglia's xorshift64 */

    for (int i = 0; i < ARGUMENTS; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        const double u = (double)(x >> 11) * 0x1p-53, v = (double)(x & 0xffffff) * 0x1p-24;

        angle[i] = 6.283185307179586 * u;
        exponent[i] = 20 * u - 10;
        positive[i] = 0x1p-53 + 2 * u;
        power[i] = 10 * v - 5;
    }
}

/* The bits of each piece's first result, added up. */
static uint64_t bits(const double *x)
{
    uint64_t word;

    __asm__ volatile("" : : "r"(x) : "memory");
    memcpy(&word, x, sizeof word);
    return word;
}

#define WORK(name, piece)                                                               \
    static uint64_t name(uint64_t n)                                                    \
    {                                                                                   \
        static double out[PIECE];                                                       \
        uint64_t sum = 0;                                                               \
                                                                                        \
        for (uint64_t done = 0; done < n; done += PIECE) {                              \
            const size_t at = done % ARGUMENTS;                                         \
            const size_t most = n - done < PIECE ? (size_t)(n - done) : (size_t)PIECE;  \
                                                                                        \
            piece                                                                       \
            sum += bits(out);                                                           \
        }                                                                               \
        return sum;                                                                     \
    }
#define EACH(call)                              \
    for (size_t i = 0; i < most; i++)           \
        out[i] = call;
#define FUNCTION(name, x)                                               \
    WORK(libm_##name, EACH(name(x[at + i])))                            \
    WORK(one_##name, EACH(mcpar_##name(x[at + i])))                     \
    WORK(array_##name, mcpar_##name##_array(out, x + at, most);)
FUNCTION(exp, exponent)
FUNCTION(log, positive)
FUNCTION(sin, angle)
FUNCTION(cos, angle)
WORK(libm_pow, EACH(pow(positive[at + i], power[at + i])))
WORK(one_pow, EACH(mcpar_pow(positive[at + i], power[at + i])))
WORK(array_pow, mcpar_pow_array(out, positive + at, power + at, most);)

void section_functions(void)
{
    enum { LIBM, ONE, ARRAY, ARRAY_AVX2, FORMS };
    static const struct {
        const char *name[FORMS];
        work_fn *work[FORMS - 1];
    } f[] = {
#define ROW(name) { { "libm's " #name, "mcpar_" #name, "mcpar_" #name "_array", "mcpar_" #name "_array, avx2" },  \
                    { libm_##name, one_##name, array_##name } }
        ROW(exp), ROW(log), ROW(pow), ROW(sin), ROW(cos)
    };
    enum { FUNCTIONS = sizeof f / sizeof *f };
    static struct contender c[FUNCTIONS * FORMS];
    struct seat *seat, *avx2 = NULL;
    size_t forms = FORMS - 1;

    say_section("functions", "elementary functions (gcc -O2), one core");
    make_arguments();
    seat = seat_fork(NULL);
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) {
        avx2 = seat_fork("avx2");          /* not what this CPU uses by itself */
        forms = FORMS;
    }
#endif
    for (size_t i = 0; i < FUNCTIONS; i++)
        for (size_t j = 0; j < forms; j++)
            c[i * forms + j] = (struct contender){
                .name = f[i].name[j], .seat = j == ARRAY_AVX2 ? avx2 : seat, .work = f[i].work[j < ARRAY ? j : ARRAY],
                .n = UINT64_C(1) << 24, .unit = "number", .same = j > ONE
            };
    race(c, FUNCTIONS * forms);
    say_contenders(c, FUNCTIONS * forms);
    for (size_t i = 0; i < FUNCTIONS; i++) {
        const struct contender *row = c + i * forms;
        char name[96];

        (void)snprintf(name, sizeof name, "%s / %s", row[ONE].name, row[LIBM].name);
        say_bar(name, median_ratio(&row[ONE], &row[LIBM]), AT_MOST, 2);
        (void)snprintf(name, sizeof name, "%s / %s", row[ARRAY].name, row[LIBM].name);
        say_bar(name, median_ratio(&row[ARRAY], &row[LIBM]), AT_MOST, 1);
    }
    seat_close(seat);
    if (avx2)
        seat_close(avx2);
}
