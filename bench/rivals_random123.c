/* SPDX-License-Identifier: BSD-3-Clause */
/* rivals_random123.c - the same darts by the header-only Random123, one trial after another, if it was found */
#include "bench.h"

#ifdef HAVE_RANDOM123
#include <Random123/philox.h>

static uint64_t philox(uint64_t n)
{
    const philox4x32_key_t key = { { (uint32_t)MCPAR_SEED_DEFAULT, (uint32_t)(MCPAR_SEED_DEFAULT >> 32) } };
    uint64_t hits = 0;

    for (uint64_t i = 0; i < n; i++) {
        philox4x32_ctr_t counter = { { (uint32_t)i, (uint32_t)(i >> 32), 0, 0 } };
        philox4x32_ctr_t out = philox4x32(counter, key);
        uint64_t a = (uint64_t)out.v[0] << 32 | out.v[1], b = (uint64_t)out.v[2] << 32 | out.v[3];
        double x = (double)(a >> 11) * 0x1p-53, y = (double)(b >> 11) * 0x1p-53;

        hits += x * x + y * y < 1.0;
    }
    return hits;
}

work_fn *const rival_random123 = philox;
#else
work_fn *const rival_random123 = NULL;
#endif
