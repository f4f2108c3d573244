/* SPDX-License-Identifier: BSD-3-Clause */
/* random_walk.c - a trial with many draws and with scratch memory: how far a Brownian bridge strays from 0
 *
 * Each trial walks STEPS normal steps, bends the path so that it ends where it began, and finds its greatest distance
 * from 0. In the limit, this distance has the distribution of the Kolmogorov-Smirnov statistic: its mean is
 * sqrt(pi / 2) ln 2 = 0.8687, and it is above 1.358 in 5 % of cases. Both values are a little smaller here, because the
 * walk misses what happens between its steps. (A. Kolmogorov, Giorn. Ist. Ital. Attuari 4, 83, 1933.)
 *
 * The path can be bent only when it is complete, so a trial has to store it. The memory for it is allocated once per
 * worker, not once per trial.
 */
#include <math.h>
#include <mcpar.h>
#include <stdio.h>
#include <stdlib.h>

enum { STEPS = 1000 };

static void *new_path(void *arg)
{
    return malloc(STEPS * sizeof(double));       /* the library checks for NULL */
}

static void free_path(void *path, void *arg)
{
    free(path);
}

static int bridge(mcpar_rng *rng, double *values, void *arg)
{
    double *path = mcpar_scratch(rng), at = 0, furthest = 0;

    for (int i = 0; i < STEPS; i++)
        path[i] = at += mcpar_normal(rng);
    for (int i = 0; i < STEPS; i++) {
        double distance = fabs(path[i] - at * ((i + 1) / (double)STEPS));
        if (distance > furthest)
            furthest = distance;
    }
    furthest /= sqrt(STEPS);                     /* sqrt, unlike exp, is the same on all CPUs */
    values[0] = furthest;
    return furthest > 1.358;
}

int main(void)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;
    mcpar *mc;
    mcpar_estimate beyond, distance;

    options.scratch_new = new_path;
    options.scratch_free = free_path;
    int err = mcpar_init(&mc, &options);
    if (!err) err = mcpar_observe(mc, 1, (const char *const[]){ "distance" });
    if (!err) err = mcpar_sample(mc, 40000, bridge, NULL);
    if (!err) err = mcpar_reduce(mc, &beyond);
    if (!err) err = mcpar_mean(mc, 0, &distance);
    if (err && mcpar_rank(mc) <= 0) {
        fprintf(stderr, "random_walk: %s\n", mcpar_message(mc));
    } else if (mcpar_rank(mc) == 0) {
        printf("mean distance %.5f +- %.5f\n", distance.mean, distance.std_error);
        printf("beyond 1.358  %.5f, between %.5f and %.5f\n", beyond.mean, beyond.lower, beyond.upper);
    }
    mcpar_finalize(&mc);
    return err != 0;
}
