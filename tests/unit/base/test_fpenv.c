/* SPDX-License-Identifier: BSD-3-Clause */
/* The host's FP environment is put back bit for bit, and the work in between does not see it. */
#include "base/fpenv.h"

#include "host.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* Operands that no compiler knows, results that it must store. */
static volatile double one = 1.0, three = 3.0, tiny = 5e-324, small = 0x1p-1022, huge = 1.7976931348623157e308;
enum { RESULTS = 8 };

static volatile double zero = 0.0, result[RESULTS];

static __attribute__((noinline)) void work(void)
{
    result[0] = one / three;
    result[1] = -one / three;
    result[2] = tiny + tiny;        /* 0 under DAZ */
    result[3] = small / three;      /* 0 under FTZ */
    result[4] = huge * huge;        /* overflow */
    result[5] = one / zero;         /* division by zero */
    result[6] = one + tiny;         /* inexact: next double above if rounded upward */
    result[7] = zero / -zero;       /* invalid */
}

static void check_work(unsigned int e)
{
    static const double expected[RESULTS - 1] = { 0x1.5555555555555p-2, -0x1.5555555555555p-2, 1e-323,
                                                  0x1.5555555555555p-1024, HUGE_VAL, HUGE_VAL, 1.0 };
    for (int i = 0; i < RESULTS - 1; i++) {
        double got = result[i];
        cr_assert(memcmp(&got, &expected[i], sizeof got) == 0, "environment %u, result %d: %a", e, i, got);
    }
    cr_assert(isnan(result[RESULTS - 1]));
}

Test(fpenv, work_is_the_same_and_the_host_is_put_back)
{
    for (unsigned int e = 0; e < HOSTS; e++) {
        host_set(e);
        uint64_t before = host_state();
        mcpar__fpenv saved = mcpar__fpenv_enter();
        work();
        mcpar__fpenv_leave(saved);
        uint64_t after = host_state();
        fesetenv(FE_DFL_ENV);
        cr_assert(before == after, "environment %u: %#lx became %#lx", e, (unsigned long)before, (unsigned long)after);
        check_work(e);
    }
}

Test(fpenv, flags_of_the_host_stay_and_ours_do_not_leak)
{
    for (unsigned int e = 0; e < HOST_TRAPS; e++) {
        host_set(e);
        result[0] = one / zero;
        uint64_t before = host_state();
        mcpar__fpenv saved = mcpar__fpenv_enter();
        work();
        mcpar__fpenv_leave(saved);
        uint64_t after = host_state();
        int flags = fetestexcept(FE_ALL_EXCEPT);
        fesetenv(FE_DFL_ENV);
        cr_assert(before == after && flags == FE_DIVBYZERO, "environment %u", e);
    }
}

Test(fpenv, pairs_nest)
{
    for (unsigned int e = 0; e < HOSTS; e++) {
        host_set(e);
        uint64_t before = host_state();
        mcpar__fpenv outer = mcpar__fpenv_enter();
        work();
        uint64_t between = host_state();
        mcpar__fpenv inner = mcpar__fpenv_enter();
        work();
        mcpar__fpenv_leave(inner);
        uint64_t between_after = host_state();
        mcpar__fpenv_leave(outer);
        uint64_t after = host_state();
        fesetenv(FE_DFL_ENV);
        cr_assert(before == after && between == between_after, "environment %u", e);
        check_work(e);
    }
}

/* The environments of this file are what they claim: without enter, the work does see them. */
Test(fpenv, the_host_is_really_different)
{
    host_set(1);
    work();
    double upward = result[6];
    host_set(HOST_FTZ);
    work();
    double flushed = result[3];
    fesetenv(FE_DFL_ENV);
    cr_assert(upward > 1.0);
#if defined(__x86_64__) || defined(__aarch64__)
    cr_assert(flushed == 0.0);
#else
    (void)flushed;
#endif
}
