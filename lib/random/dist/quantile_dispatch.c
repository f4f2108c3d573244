/* SPDX-License-Identifier: BSD-3-Clause */
/* quantile_dispatch.c - words to uniforms, normals and exponentials by kind of CPU */
#include "base/cpu_dispatch.h"
#include "random/dist/distributions.h"
#include "random/dist/quantile.h"
#include "random/philox/philox.h"

void mcpar__portable_uniforms(const uint64_t *restrict w, double *restrict out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = mcpar__unit(w[i]);
}

const struct mcpar__quantile mcpar__quantile_portable = {
    "portable", mcpar__portable_uniforms, mcpar__portable_normals, mcpar__portable_exponentials
};

MCPAR__DISPATCH(quantile)

void mcpar__uniforms_of(const uint64_t *restrict w, double *restrict out, size_t n)
{
    mcpar__quantile_path()->uniforms(w, out, n);
}

void mcpar__normals_of(const uint64_t *restrict w, double *restrict out, size_t n)
{
    mcpar__quantile_path()->normals(w, out, n);
}

void mcpar__exponentials_of(const uint64_t *restrict w, double *restrict out, size_t n)
{
    mcpar__quantile_path()->exponentials(w, out, n);
}
