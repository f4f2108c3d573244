/* SPDX-License-Identifier: BSD-3-Clause */
#include <mcpar.h>
#include <stdio.h>

static int dart(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_uniform(rng), y = mcpar_uniform(rng);
    return x * x + y * y < 1.0;                  /* 1: hit, 0: miss, negative: stop the run */
}

int main(void)
{
    mcpar *mc;
    mcpar_estimate e;
    int err = mcpar_init(&mc, NULL);             /* NULL: defaults and MCPAR_* environment */
    if (!err) err = mcpar_sample(mc, 1000000000, dart, NULL);
    if (!err) err = mcpar_reduce(mc, &e);
    if (err && mcpar_rank(mc) <= 0)              /* every rank has the error: one prints it */
        fprintf(stderr, "pi: %s\n", mcpar_message(mc));
    else if (mcpar_rank(mc) == 0)
        printf("pi = %.8f +- %.8f\n", 4 * e.mean, 4 * e.std_error);
    mcpar_finalize(&mc);
    return err != 0;
}
