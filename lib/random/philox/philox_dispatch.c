/* philox_dispatch.c - the bulk makers by kind of CPU */
#include "base/cpu_dispatch.h"
#include "random/philox/philox.h"

static const struct mcpar__philox *const paths[MCPAR__CPUS] = {
    [MCPAR__CPU_PORTABLE] = &mcpar__philox_portable,
#ifdef __aarch64__
    [MCPAR__CPU_NEON] = &mcpar__philox_neon,
#endif
#ifdef __x86_64__
    [MCPAR__CPU_AVX2] = &mcpar__philox_avx2,
    [MCPAR__CPU_AVX512] = &mcpar__philox_avx512,
#endif
};

const struct mcpar__philox *mcpar__philox_named(const char *name)
{
    enum mcpar__cpu kind = mcpar__cpu_named(name);

    return kind < MCPAR__CPUS ? paths[kind] : NULL;
}

const struct mcpar__philox *mcpar__philox_path(void)
{
    return paths[mcpar__cpu_kind()];
}
