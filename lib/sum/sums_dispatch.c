/* sums_dispatch.c - the exact sums by kind of CPU */
#include "base/cpu_dispatch.h"
#include "sum/sums.h"

static const struct mcpar__sums *const paths[MCPAR__CPUS] = {
    [MCPAR__CPU_PORTABLE] = &mcpar__sums_portable,
#ifdef __aarch64__
    [MCPAR__CPU_NEON] = &mcpar__sums_neon,
#endif
#ifdef __x86_64__
    [MCPAR__CPU_AVX2] = &mcpar__sums_avx2,
    [MCPAR__CPU_AVX512] = &mcpar__sums_avx512,
#endif
};

const struct mcpar__sums *mcpar__sums_named(const char *name)
{
    enum mcpar__cpu kind = mcpar__cpu_named(name);

    return kind < MCPAR__CPUS ? paths[kind] : NULL;
}

const struct mcpar__sums *mcpar__sums_path(void)
{
    return paths[mcpar__cpu_kind()];
}
