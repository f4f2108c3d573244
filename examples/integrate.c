/* SPDX-License-Identifier: BSD-3-Clause */
/* integrate.c - an integral over a cube, as an observable of trials that run in blocks
 *
 * The integral of (x1 + ... + x5)^2 over the five-dimensional unit cube is 5/12 + 25/4 = 20/3. The integrand uses only
 * + and *, so its bits are the same on every CPU if it is compiled with -ffp-contract=off. One call of mcpar_uniforms
 * returns one draw for every trial of the block, so the block function works coordinate by coordinate.
 */
#include <mcpar.h>
#include <stdio.h>

enum { DIMENSIONS = 5 };

static int integrand(mcpar_block *b, void *arg)
{
    double *value = b->values[0];                /* set to zero before each block */

    for (int k = 0; k < DIMENSIONS; k++) {
        const double *x = mcpar_uniforms(b);
        for (size_t i = 0; i < b->n; i++)
            value[i] += x[i];
    }
    for (size_t i = 0; i < b->n; i++)
        value[i] *= value[i];
    return 0;
}

int main(void)
{
    mcpar *mc;
    mcpar_estimate integral;
    int err = mcpar_init(&mc, NULL);
    if (!err) err = mcpar_observe(mc, 1, (const char *const[]){ "integrand" });
    if (!err) err = mcpar_sample_block(mc, 10000000, integrand, NULL);
    if (!err) err = mcpar_reduce(mc, NULL);      /* NULL: there are no hits to read */
    if (!err) err = mcpar_mean(mc, 0, &integral);
    if (err && mcpar_rank(mc) <= 0)
        fprintf(stderr, "integrate: %s\n", mcpar_message(mc));
    else if (mcpar_rank(mc) == 0)
        printf("integral = %.6f +- %.6f, exact 6.666667\n", integral.mean, integral.std_error);
    mcpar_finalize(&mc);
    return err != 0;
}
