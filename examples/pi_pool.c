/* SPDX-License-Identifier: BSD-3-Clause */
/* pi_pool.c - pi by darts, second form: the workers of one machine
 *
 * This is what multiprocessing.Pool does in Python. A tutorial gives each of w workers int(n / w) darts and divides the
 * hits by n. For 500 darts and 8 workers, it throws only 62 * 8 = 496 darts, and counts the other 4 as misses. Here the
 * library distributes the trials, and e.trials says how many the result holds: all n. The program prints the same
 * digits as pi_serial.c.
 */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <mcpar.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int dart(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_uniform(rng), y = mcpar_uniform(rng);
    return x * x + y * y < 1.0;
}

/* A whole number from `least` to `most`; 0 for anything else. */
static uint64_t number(const char *text, uint64_t least, uint64_t most)
{
    size_t digits = strspn(text, "0123456789");
    uint64_t n = digits > 0 && digits <= 16 && text[digits] == '\0' ? strtoull(text, NULL, 10) : 0;
    return n >= least && n <= most ? n : 0;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
    uint64_t n = argc > 1 ? number(argv[1], 2, 1000000000000000) : 10000001;
    uint64_t asked = argc > 2 ? number(argv[2], 1, 4096) : 1;
    if (n == 0 || asked == 0 || argc > 3) {
        fprintf(stderr, "usage: pi_pool [darts [workers]]    10000001 darts and all CPUs if not given\n");
        return 2;
    }

    mcpar *mc;
    mcpar_estimate e;
    mcpar_options options = MCPAR_OPTIONS_INIT;
    if (argc > 2)
        options.workers = (int)asked;            /* default: MCPAR_WORKERS, else the CPUs it may use */
    int err = mcpar_init(&mc, &options);
    double start = seconds();
    if (!err) err = mcpar_sample(mc, n, dart, NULL);   /* forks the workers, and waits for them */
    if (!err) err = mcpar_reduce(mc, &e);
    double took = seconds() - start;

    if (err && mcpar_rank(mc) <= 0) {
        fprintf(stderr, "pi_pool: %s\n", mcpar_message(mc));
    } else if (mcpar_rank(mc) == 0) {            /* the only rank, unless mpirun started the program */
        uint64_t w = (uint64_t)mcpar_workers(mc) * (uint64_t)mcpar_size(mc);
        fprintf(stderr, "pi_pool: %" PRIu64 " worker%s, %.6f s\n", w, w == 1 ? "" : "s", took);
        fprintf(stderr, "darts that int(n / workers) loses: %" PRIu64 "\n", n - n / w * w);
        printf("%" PRIu64 " darts, %" PRIu64 " hits: pi = %.8f +- %.8f\n",
               e.trials, e.hits, 4 * e.mean, 4 * e.std_error);
    }
    mcpar_finalize(&mc);
    return err != 0;
}
