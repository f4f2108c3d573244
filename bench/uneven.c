/* SPDX-License-Identifier: BSD-3-Clause */
/* uneven.c - trials of uneven length: each draws its length from its own stream, and all kinds have the same mean */
#include "uneven.h"
#include "bench.h"
#include <math.h>
#include <sys/mman.h>

const char *const uneven_name[UNEVEN_KINDS] = { "constant trials", "exponential trials", "lognormal trials, sigma 2",
                                                "1 trial in 1000 takes 1000 times as long" };
struct uneven *uneven;

void uneven_open(void)
{
    uneven = mmap(NULL, sizeof *uneven, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (uneven == MAP_FAILED)
        give_up("no shared memory");
}

static double length(mcpar_rng *rng)
{
    switch (uneven->kind) {
    case UNEVEN_EXPONENTIAL:
        return mcpar_exponential(rng);
    case UNEVEN_LOGNORMAL:
        return exp(2 * mcpar_normal(rng) - 2);
    case UNEVEN_SELDOM:
        return (mcpar_uniform(rng) < 0.001 ? 1000 : 1) / 1.999;
    case UNEVEN_CONSTANT:
    default:
        return 1 + 0 * mcpar_uniform(rng);
    }
}

int uneven_trial(mcpar_rng *rng, double *values, void *arg)
{
    double start = wall_now();
    uint64_t loops = (uint64_t)(uneven->loops * length(rng)), x = 1, y = 3, ns, longest;

    (void)values;
    (void)arg;
    for (uint64_t i = 0; i < loops; i++) {
        x += y;
        __asm__ volatile("" : "+r"(x));
    }
    ns = (uint64_t)(1e9 * (wall_now() - start));
    atomic_fetch_add(&uneven->busy_ns, ns);
    longest = atomic_load(&uneven->longest_ns);
    while (ns > longest && !atomic_compare_exchange_weak(&uneven->longest_ns, &longest, ns))
        ;
    return mcpar_uniform(rng) < 0.5;
}
