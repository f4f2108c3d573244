/* SPDX-License-Identifier: BSD-3-Clause */
/* loops.h - the first attempt of many draws by rejection, with vectors
 *
 * Private to random/dist. A loop makes the candidates and says of each whether it is accepted; what it leaves undecided
 * is decided as for a single draw. So loops decide nothing that a single draw would decide otherwise. */
#ifndef MCPAR__LOOPS_H
#define MCPAR__LOOPS_H

#include "random/dist/dist.h"

enum { MCPAR__UNDECIDED, MCPAR__ACCEPTED, MCPAR__REJECTED };

/* For each kind of CPU, all with the same bits. n is at most MCPAR__CHUNK; arrays need not be aligned. */
struct mcpar__loops {
    const char *name;
    /* Gamma: normals z and words of uniforms give out and the verdict. */
    void (*gamma)(const struct mcpar__gamma *g, const double *z, const uint64_t *u, double *out, uint64_t *verdict,
                  size_t n);
    /* Counts by a hat with a squeeze: the words of u and v. */
    void (*count)(const struct mcpar__hat *hat, const struct mcpar__squeeze *squeeze, const uint64_t *w,
                  const uint64_t *v, double *out, uint64_t *verdict, size_t n);
    /* mcpar__exp of each x. out must not overlap x. */
    void (*exps)(const double *x, double *out, size_t n);
};

extern const struct mcpar__loops mcpar__loops_portable, mcpar__loops_avx2, mcpar__loops_avx512;
#define mcpar__loops_neon mcpar__loops_portable            /* every aarch64 has NEON: the compiler uses it */

const struct mcpar__loops *mcpar__loops_path(void);
const struct mcpar__loops *mcpar__loops_named(const char *name);

#endif
