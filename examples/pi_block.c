/* SPDX-License-Identifier: BSD-3-Clause */
/* pi_block.c - the same as pi.c, but with trials in blocks, for speed: the same draws and the same digits */
#include <mcpar.h>
#include <stdio.h>

static int darts(mcpar_block *b, void *arg)
{
    /* the first and the second draw of each of the b->n trials */
    const double *x = mcpar_uniforms(b), *y = mcpar_uniforms(b);
    for (size_t i = 0; i < b->n; i++)
        b->hits += x[i] * x[i] + y[i] * y[i] < 1.0;
    return 0;
}

int main(void)
{
    mcpar *mc;
    mcpar_estimate e;
    int err = mcpar_init(&mc, NULL);
    if (!err) err = mcpar_sample_block(mc, 1000000000, darts, NULL);
    if (!err) err = mcpar_reduce(mc, &e);
    if (err && mcpar_rank(mc) <= 0)
        fprintf(stderr, "pi_block: %s\n", mcpar_message(mc));
    else if (mcpar_rank(mc) == 0)
        printf("pi = %.8f +- %.8f\n", 4 * e.mean, 4 * e.std_error);
    mcpar_finalize(&mc);
    return err != 0;
}
