/* quantile_dispatch.c - words to uniforms, normals and exponentials by kind of CPU */
#include "base/cpu_dispatch.h"
#include "random/dist/distributions.h"
#include "random/dist/quantile.h"
#include "random/philox/philox.h"

static const struct mcpar__quantile *const paths[MCPAR__CPUS] = {
    [MCPAR__CPU_PORTABLE] = &mcpar__quantile_portable,
#ifdef __aarch64__
    [MCPAR__CPU_NEON] = &mcpar__quantile_neon,
#endif
#ifdef __x86_64__
    [MCPAR__CPU_AVX2] = &mcpar__quantile_avx2,
    [MCPAR__CPU_AVX512] = &mcpar__quantile_avx512,
#endif
};

void mcpar__portable_uniforms(const uint64_t *restrict w, double *restrict out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = mcpar__unit(w[i]);
}

const struct mcpar__quantile mcpar__quantile_portable = {
    "portable", mcpar__portable_uniforms, mcpar__portable_normals, mcpar__portable_exponentials
};

const struct mcpar__quantile *mcpar__quantile_named(const char *name)
{
    enum mcpar__cpu kind = mcpar__cpu_named(name);

    return kind < MCPAR__CPUS ? paths[kind] : NULL;
}

void mcpar__uniforms_of(const uint64_t *restrict w, double *restrict out, size_t n)
{
    paths[mcpar__cpu_kind()]->uniforms(w, out, n);
}

void mcpar__normals_of(const uint64_t *restrict w, double *restrict out, size_t n)
{
    paths[mcpar__cpu_kind()]->normals(w, out, n);
}

void mcpar__exponentials_of(const uint64_t *restrict w, double *restrict out, size_t n)
{
    paths[mcpar__cpu_kind()]->exponentials(w, out, n);
}
