/* SPDX-License-Identifier: BSD-3-Clause */
/* claims.c - distributions with parameters: what an insurer pays in a year
 *
 * The number of claims in a year is Poisson distributed, and each claim is gamma distributed. The sum of k claims is
 * gamma distributed with k times the shape, so a year takes two draws, however many claims there are. The distribution
 * of the number has the same parameters in each trial and is prepared once; that of the sum has not, so it is drawn by
 * name.
 *
 * The draws are the library's own and the trial only adds and compares, so it gives the same bits on every CPU.
 */
#include <math.h>
#include <mcpar.h>
#include <stdio.h>

struct insurer {
    mcpar_dist number;                           /* of claims in a year */
    double shape, scale;                         /* of one claim */
    double reserve;
};

static int year(mcpar_rng *rng, double *values, void *arg)
{
    const struct insurer *in = arg;
    double claims = mcpar_draw(rng, &in->number);

    if (claims > 0)
        values[0] = mcpar_gamma(rng, in->shape * claims, in->scale);
    return values[0] > in->reserve;              /* a hit: the reserve is not enough */
}

int main(void)
{
    static const char *const names[] = { "loss" };
    const double mean_number = 40;
    struct insurer in = { .shape = 0.8, .scale = 1250, .reserve = 60000 };
    mcpar *mc;
    mcpar_estimate ruin, loss;

    int err = mcpar_init(&mc, NULL);
    if (!err) err = mcpar_dist_init(&in.number, MCPAR_DIST_POISSON, mean_number, 0, 0);
    if (!err) err = mcpar_observe(mc, 1, names);
    if (!err) err = mcpar_sample(mc, 1000000, year, &in);
    if (!err) err = mcpar_reduce(mc, &ruin);
    if (!err) err = mcpar_mean(mc, 0, &loss);
    if (err && mcpar_rank(mc) <= 0) {
        fprintf(stderr, "claims: %s\n", mcpar_message(mc));
    } else if (mcpar_rank(mc) == 0) {
        double claim = in.shape * in.scale, square = claim * (claim + in.scale);
        printf("mean      %.1f +- %.1f, exactly %.1f\n", loss.mean, loss.std_error, mean_number * claim);
        printf("spread    %.1f, exactly %.1f\n", sqrt(loss.variance), sqrt(mean_number * square));
        printf("ruin      %.5f to %.5f, exactly 0.02594\n", ruin.lower, ruin.upper);
    }
    mcpar_finalize(&mc);
    return err != 0;
}
