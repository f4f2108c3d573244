/* SPDX-License-Identifier: BSD-3-Clause */
/* rank_means.c - the mean of 10,000 normal draws around each number, and its error
 *
 * In the tutorials, rank r draws around r, from a generator with the seed 1235 + r. The draws then belong to the
 * process: another rank makes other draws, and a second run with the seed 1236 repeats most of them. Here the draws
 * belong to the number. Number k uses stream k, and all ranks or workers share its draws. The result does not depend on
 * how many ranks or workers there are, and there can be more numbers than ranks.
 *
 * Run the program alone or with mpirun -n 4; it prints the same lines. (MCPAR_SEED selects other draws; MCPAR_STREAM is
 * not used.)
 */
#include <mcpar.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int draw(mcpar_rng *rng, double *values, void *arg)
{
    const uint32_t *number = arg;
    values[0] = *number + mcpar_normal(rng);
    return 0;
}

/* A whole number from `least` to `most`; 0 for anything else. */
static uint64_t whole(const char *text, uint64_t least, uint64_t most)
{
    size_t digits = strspn(text, "0123456789");
    uint64_t n = digits > 0 && digits <= 16 && text[digits] == '\0' ? strtoull(text, NULL, 10) : 0;
    return n >= least && n <= most ? n : 0;
}

int main(int argc, char **argv)
{
    uint64_t numbers = argc > 1 ? whole(argv[1], 1, 1 << 24) : 4;      /* there are 2^24 streams */
    uint64_t draws = argc > 2 ? whole(argv[2], 2, 1000000000000) : 10000;
    if (numbers == 0 || draws == 0 || argc > 3) {
        fprintf(stderr, "usage: rank_means [numbers [draws]]    4 numbers and 10000 draws if not given\n");
        return 2;
    }

    mcpar *mc;
    mcpar_estimate e;
    int err = mcpar_init(&mc, NULL);
    if (!err) err = mcpar_observe(mc, 1, (const char *const[]){ "draw" });
    for (uint32_t k = 0; k < numbers && !err; k++) {
        err = mcpar_reset(mc, k);                /* discards the results so far; the next draws are from stream k */
        if (!err) err = mcpar_sample(mc, draws, draw, &k);
        if (!err) err = mcpar_reduce(mc, NULL);  /* NULL: there are no hits to read */
        if (!err) err = mcpar_mean(mc, 0, &e);
        if (!err && mcpar_rank(mc) == 0)
            printf("number %u: mean %.6f +- %.6f\n", (unsigned)k, e.mean, e.std_error);
    }
    if (err && mcpar_rank(mc) <= 0)
        fprintf(stderr, "rank_means: %s\n", mcpar_message(mc));
    mcpar_finalize(&mc);
    return err != 0;
}
