/* SPDX-License-Identifier: BSD-3-Clause */
/* quantile_dispatch.c - chooses this CPU's code that turns words into uniforms and distributions */
#include "base/cpu_dispatch.h"
#include "random/dist/quantile.h"

MCPAR__DISPATCH(quantile)

void mcpar__uniforms_of(const uint64_t *restrict w, double *restrict out, size_t n)
{
    mcpar__quantile_path()->uniforms(w, out, n);
}

void mcpar__shape_words(enum mcpar__shape shape, const uint64_t *restrict w, double *restrict out, size_t n)
{
    mcpar__quantile_path()->shaped[shape](w, out, n);
}
