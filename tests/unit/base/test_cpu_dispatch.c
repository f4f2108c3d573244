/* SPDX-License-Identifier: BSD-3-Clause */
/* Which kind of CPU the vector code is chosen for. What the tables do with it: test_philox, test_sums, test_quantile. */
#include "base/cpu_dispatch.h"
#include "unit.h"
#include <stdlib.h>

static const char *const names[MCPAR__CPUS] = {
    [MCPAR__CPU_PORTABLE] = "portable",
    [MCPAR__CPU_NEON] = "neon",
    [MCPAR__CPU_AVX2] = "avx2",
    [MCPAR__CPU_AVX512] = "avx512",
};

/* The best kind that this CPU has, from what it says by name. */
static enum mcpar__cpu best(void)
{
    enum mcpar__cpu found = MCPAR__CPU_PORTABLE;

    for (int i = 0; i < MCPAR__CPUS; i++)
        if (mcpar__cpu_named(names[i]) == (enum mcpar__cpu)i)
            found = (enum mcpar__cpu)i;
    return found;
}

Test(cpu_dispatch, portable_can_be_named_everywhere)
{
    cr_assert_eq(mcpar__cpu_named("portable"), MCPAR__CPU_PORTABLE);
}

Test(cpu_dispatch, a_name_gives_its_kind_or_none)
{
    for (int i = 0; i < MCPAR__CPUS; i++) {
        enum mcpar__cpu kind = mcpar__cpu_named(names[i]);

        cr_assert(kind == (enum mcpar__cpu)i || kind == MCPAR__CPUS, "%s gives %d", names[i], (int)kind);
    }
#if defined(__x86_64__)
    cr_assert_eq(mcpar__cpu_named("neon"), MCPAR__CPUS);
#else
    cr_assert_eq(mcpar__cpu_named("avx2"), MCPAR__CPUS);
    cr_assert_eq(mcpar__cpu_named("avx512"), MCPAR__CPUS);
#endif
}

Test(cpu_dispatch, names_are_exact)
{
    static const char *const wrong[] = { "", "PORTABLE", "Avx2", "avx1024", "avx", "avx2 ", "portable,avx2" };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_assert_eq(mcpar__cpu_named(wrong[i]), MCPAR__CPUS, "'%s'", wrong[i]);
}

/* A CPU with AVX-512 has AVX2, too, so a table never lacks the lesser kind. */
Test(cpu_dispatch, avx512_implies_avx2)
{
    if (mcpar__cpu_named("avx512") == MCPAR__CPU_AVX512)
        cr_assert_eq(mcpar__cpu_named("avx2"), MCPAR__CPU_AVX2);
}

Test(cpu_dispatch, takes_the_best_unless_told)
{
    unsetenv("MCPAR_CPU");
    cr_assert_eq(mcpar__cpu_kind(), best());
}

Test(cpu_dispatch, takes_the_one_that_is_named)
{
    setenv("MCPAR_CPU", "portable", 1);
    cr_assert_eq(mcpar__cpu_kind(), MCPAR__CPU_PORTABLE);
}

Test(cpu_dispatch, an_unknown_name_leaves_the_best)
{
    setenv("MCPAR_CPU", "avx1024", 1);
    cr_assert_eq(mcpar__cpu_kind(), best());
}

Test(cpu_dispatch, is_decided_once)
{
    enum mcpar__cpu kind;

    unsetenv("MCPAR_CPU");
    kind = mcpar__cpu_kind();
    setenv("MCPAR_CPU", kind == MCPAR__CPU_PORTABLE ? "avx2" : "portable", 1);
    cr_assert_eq(mcpar__cpu_kind(), kind);
}
