/* SPDX-License-Identifier: BSD-3-Clause */
/* stream.c - the random numbers of any trial, outside of sampling: no handle, no allocation, nothing to close
 *
 * This is useful for a program that needs reproducible random numbers of its own (for example, the initial state of
 * particle k, no matter which process owns it). It is also useful to look at a single trial of a run: open its stream
 * and call the trial function.
 */
#include <inttypes.h>
#include <mcpar.h>
#include <stdio.h>

static int dart(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_uniform(rng), y = mcpar_uniform(rng);
    if (arg)
        printf("trial %" PRIu64 ": dart at %.17g, %.17g\n", mcpar_trial_number(rng), x, y);
    return x * x + y * y < 1.0;
}

int main(void)
{
    const uint64_t seed = MCPAR_SEED_DEFAULT;
    mcpar_rng_space space;
    mcpar_rng *rng;
    int hits = 0;

    /* A run by hand, with the same trials and the same hits as mcpar_sample(mc, 1000, dart, NULL). */
    for (uint64_t trial = 0; trial < 1000; trial++)
        hits += dart(mcpar_rng_open(&space, seed, 0, trial), NULL, NULL);
    printf("%d hits in trials 0 to 999\n", hits);

    /* One of these trials again; this time it prints where the dart landed. */
    int hit = dart(mcpar_rng_open(&space, seed, 0, 271), NULL, (void *)&space);
    printf("a %s\n", hit ? "hit" : "miss");

    /* Jump to any draw without making those before it. Draw 1 is the y of that dart. */
    rng = mcpar_rng_open(&space, seed, 0, 271);
    if (!rng || mcpar_rng_jump(rng, 1) != 0)
        return 1;
    printf("draw 1 is %.17g\n", mcpar_uniform(rng));
    if (mcpar_rng_jump(rng, 4000000000) != 0)
        return 1;
    printf("draw 4000000000 is %016" PRIx64 "\n", mcpar_word(rng));
    return 0;
}
