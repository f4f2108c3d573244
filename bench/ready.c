/* SPDX-License-Identifier: BSD-3-Clause */
/* ready.c - a trial callback over stored numbers: what remains of the cost of a draw if making it costs nothing
 *
 * bench/run compiles it twice: into the bench, and into a shared library. When a library calls a user's function,
 * the call goes from one mapping into another, which some CPUs predict less well than a call within a program (Zen
 * 4: 3 to 4 cycles). So the second copy shows what libmcpar.so could reach. */
#include "bench.h"

#ifdef READY_SHARED
#define OVER_READY over_ready_shared
#define ANYWHERE over_ready_anywhere_shared
#else
#define OVER_READY over_ready_near
#define ANYWHERE over_ready_anywhere_near
#endif

/* Trial i begins at number (i * stride) % size. */
uint64_t OVER_READY(const double *ready, const double *end, mcpar_trial_fn trial, size_t stride, size_t size, uint64_t n)
{
    mcpar_trial_fn volatile pointer = trial;
    mcpar_trial_fn call = pointer;
    mcpar_rng rng = { ready, end, 0 };
    uint64_t hits = 0;
    size_t at = 0;

    for (uint64_t i = 0; i < n; i++) {
        rng.next = ready + at;
        rng.end = end;
        hits += (uint64_t)call(&rng, NULL, NULL);
        at = at + stride < size ? at + stride : 0;
    }
    return hits;
}

/* A trial begins at a random number below size, a power of 2 (Knuth's MMIX generator), so that no CPU
 * can learn how trials branch on their numbers. */
uint64_t ANYWHERE(const double *ready, const double *end, mcpar_trial_fn trial, size_t size, uint64_t n)
{
    mcpar_trial_fn volatile pointer = trial;
    mcpar_trial_fn call = pointer;
    mcpar_rng rng = { ready, end, 0 };
    uint64_t hits = 0, x = 1;

    for (uint64_t i = 0; i < n; i++) {
        rng.next = ready + ((size_t)(x >> 33) & (size - 1));
        rng.end = end;
        hits += (uint64_t)call(&rng, NULL, NULL);
        x = x * 6364136223846793005u + 1442695040888963407u;
    }
    return hits;
}
