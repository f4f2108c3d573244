/* SPDX-License-Identifier: BSD-3-Clause */
/* rare.c - a rare event by importance sampling: how likely is it that a normal number is above 5?
 *
 * Once in 3.5 million draws. To learn that with an error of 1 %, plain trials would need 38,415 hits, and so 1.3e11
 * trials. Importance sampling draws from a normal distribution around 5 instead, where half of the numbers are above 5,
 * and gives each of these the weight f(x) / g(x): f is the density of the distribution that is meant, g that of the one
 * that was drawn from. The mean of the weights is the probability. (J. M. Hammersley and D. C. Handscomb, Monte Carlo
 * Methods, 1964, section 5.4.)
 *
 * mcpar_run ends when the mean has the precision asked for. The weights vary little here. Where a few weights are much
 * larger than all others, neither the mean nor its error can be trusted before these have been seen: choose a better
 * distribution to draw from, and raise `least`.
 *
 * The trial calls mcpar_exp, not exp, whose last bit may differ between CPUs; see mcpar_exp(3).
 */
#include <inttypes.h>
#include <math.h>
#include <mcpar.h>
#include <stdio.h>

#define LEVEL 5.0

static int beyond(mcpar_rng *rng, double *values, void *arg)
{
    double x = LEVEL + mcpar_normal(rng);

    if (x <= LEVEL)
        return 0;                                /* values[0] is 0 */
    values[0] = mcpar_exp(LEVEL * (LEVEL / 2 - x));      /* exp(-x^2 / 2) / exp(-(x - LEVEL)^2 / 2) */
    return 1;
}

int main(void)
{
    mcpar_goal goal = MCPAR_GOAL_INIT;
    mcpar *mc;
    mcpar_estimate p;

    goal.observable = 0;
    goal.relative = 0.01;
    goal.least = 10000;
    goal.most = 1000000000;
    int err = mcpar_init(&mc, NULL);
    if (!err) err = mcpar_observe(mc, 1, (const char *[]){ "weight" });
    if (!err) err = mcpar_run(mc, beyond, NULL, &goal);
    if (!err) err = mcpar_reduce(mc, NULL);
    if (!err) err = mcpar_mean(mc, 0, &p);
    if (err && mcpar_rank(mc) <= 0) {
        fprintf(stderr, "rare: %s\n", mcpar_message(mc));
    } else if (mcpar_rank(mc) == 0) {
        printf("P(X > 5)  %.4e, between %.4e and %.4e, %" PRIu64 " trials\n", p.mean, p.lower, p.upper, p.trials);
        printf("exact     %.4e\n", erfc(LEVEL / sqrt(2.0)) / 2);
    }
    mcpar_finalize(&mc);
    return err != 0;
}
