/* SPDX-License-Identifier: BSD-3-Clause */
/* pi_serial.c - pi by darts, first form: one loop in one process
 *
 * This program has three forms, as in the tutorials: pi_serial.c (a loop), pi_pool.c (the workers of one machine), and
 * pi_mpi.c (the ranks of an MPI job). All three print the same digits for the same number of darts, because dart i
 * always draws from the stream of trial i, no matter which process throws it. The loop of a tutorial takes the draws of
 * all darts from one generator, so it cannot be divided into parts without changing the result.
 *
 * Opening a stream for each dart costs a few times as much as the dart itself. The other two programs use mcpar_sample,
 * which generates the numbers in bulk.
 *
 * Results go to stdout and are the same in every run; times go to stderr.
 */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <math.h>
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

/* A whole number from 2 to 10^15; 0 for anything else. */
static uint64_t number_of_darts(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    uint64_t n = digits > 0 && digits <= 16 && text[digits] == '\0' ? strtoull(text, NULL, 10) : 0;
    return n >= 2 && n <= 1000000000000000 ? n : 0;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
    uint64_t n = argc > 1 ? number_of_darts(argv[1]) : 10000001, hits = 0;
    if (n == 0 || argc > 2) {
        fprintf(stderr, "usage: pi_serial [darts]    from 2 to 10^15, 10000001 if not given\n");
        return 2;
    }

    double start = seconds();
    mcpar_rng_space space;                       /* memory for a stream: no handle, no allocation */
    for (uint64_t i = 0; i < n; i++)
        hits += (uint64_t)dart(mcpar_rng_open(&space, MCPAR_SEED_DEFAULT, 0, i), NULL, NULL);
    double took = seconds() - start;

    double mean = (double)hits / (double)n, std_error = sqrt(mean * (1 - mean) / (double)(n - 1));
    fprintf(stderr, "pi_serial: 1 worker, %.6f s\n", took);
    printf("%" PRIu64 " darts, %" PRIu64 " hits: pi = %.8f +- %.8f\n", n, hits, 4 * mean, 4 * std_error);
    return 0;
}
