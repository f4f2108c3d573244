/* SPDX-License-Identifier: BSD-3-Clause */
/* pi_mpi.c - pi by darts, third form: the ranks of an MPI job, in a program that uses MPI itself
 *
 *     mpirun -n 4 pi_mpi 500
 *
 * The program computes pi twice. First it works by hand, as the tutorials do: each rank throws its share of the darts
 * and prints its hits, and rank 0 gathers them. Then it uses the library on its own communicator, which is all that a
 * program needs. Both ways count every dart and give the same digits on any number of ranks. These are also the digits
 * of pi_serial.c and pi_pool.c.
 *
 * Lines of different ranks come out in any order. hello.c shows how to print lines in order.
 */
#include <inttypes.h>
#include <mcpar_mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* Counts the hits by hand. Returns the hits of all ranks on rank 0, and 0 on the other ranks. */
static uint64_t by_hand(uint64_t n, const mcpar_options *options, int rank, int size)
{
    /* The first n % size ranks throw one more dart. With int(n / size) darts each, n % size darts would be lost. */
    uint64_t r = (uint64_t)rank, s = (uint64_t)size, more = n % s;
    uint64_t first = n / s * r + (r < more ? r : more), end = first + n / s + (r < more), hits = 0, sum = 0;
    uint64_t *all = rank == 0 ? malloc((size_t)size * sizeof *all) : NULL;
    mcpar_rng_space space;

    if (rank == 0 && !all) {
        fprintf(stderr, "pi_mpi: out of memory\n");
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
    for (uint64_t i = first; i < end; i++)       /* darts are numbered, so a rank needs no seed of its own */
        hits += (uint64_t)dart(mcpar_rng_open(&space, options->seed, options->stream, i), NULL, NULL);

    printf("before gather: rank %d threw %" PRIu64 " darts and has %" PRIu64 " hits\n", rank, end - first, hits);
    MPI_Gather(&hits, 1, MPI_UINT64_T, all, 1, MPI_UINT64_T, 0, MPI_COMM_WORLD);
    if (rank == 0) {
        char *line = malloc((size_t)size * 21 + 1), *end_of_line = line;      /* one piece: other ranks print, too */

        for (int i = 0; line && i < size; i++) {
            end_of_line += sprintf(end_of_line, " %" PRIu64, all[i]);
            sum += all[i];
        }
        printf("after gather:  rank 0 has%s\n", line ? line : " no memory");
        free(line);
    } else {
        printf("after gather:  rank %d has nothing\n", rank);
    }
    free(all);
    return sum;
}

int main(int argc, char **argv)
{
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);

    uint64_t n = argc > 1 ? number_of_darts(argv[1]) : 10000001;
    if (n == 0 || argc > 2) {                    /* all ranks have the same arguments, so all of them end here */
        if (rank == 0) fprintf(stderr, "usage: pi_mpi [darts]    from 2 to 10^15, 10000001 if not given\n");
        MPI_Finalize();
        return 2;
    }

    mcpar *mc;
    mcpar_estimate e;
    mcpar_options options = MCPAR_OPTIONS_INIT;
    uint64_t hits = 0;
    double start = 0, took = 0;
    int err = mcpar_init_mpi(&mc, MPI_COMM_WORLD, NULL);   /* uses a duplicate of the communicator */
    if (!err) err = mcpar_options_in_force(mc, &options);  /* the seed, on which all ranks agree */
    if (!err) {
        hits = by_hand(n, &options, rank, size);
        MPI_Barrier(MPI_COMM_WORLD);             /* only for the timing */
        start = MPI_Wtime();
        err = mcpar_sample(mc, n, dart, NULL);
    }
    if (!err) err = mcpar_reduce(mc, &e);
    took = MPI_Wtime() - start;

    if (err && mcpar_rank(mc) <= 0) {
        fprintf(stderr, "pi_mpi: %s\n", mcpar_message(mc));
    } else if (rank == 0) {
        printf("%" PRIu64 " darts, %" PRIu64 " hits: pi = %.8f +- %.8f\n",
               e.trials, e.hits, 4 * e.mean, 4 * e.std_error);
        fprintf(stderr, "pi_mpi: %d worker%s, %.6f s\n", size, size == 1 ? "" : "s", took);
        if (hits != e.hits) {
            fprintf(stderr, "pi_mpi: by hand there were %" PRIu64 " hits\n", hits);
            err = 1;
        }
    }
    mcpar_finalize(&mc);                         /* before MPI_Finalize, which the program calls itself */
    MPI_Finalize();
    return err != 0;
}
