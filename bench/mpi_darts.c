/* SPDX-License-Identifier: BSD-3-Clause */
/* mpi_darts.c - darts on MPI ranks, with libmcpar and as in a textbook; a contender of bench */
#include "mpi_bench.h"
#include <inttypes.h>
#include <mcpar_mpi.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int rank, size;

mcpar *opened(size_t observables)
{
    static char text[64][8];
    const char *names[64];
    mcpar *mc;
    int err = mcpar_init_mpi(&mc, MPI_COMM_WORLD, NULL);

    sample_must(mc, err);
    for (size_t k = 0; k < observables; k++) {
        (void)snprintf(text[k], sizeof text[k], "%zu", k);
        names[k] = text[k];
    }
    if (observables)
        sample_must(mc, mcpar_observe(mc, observables, names));
    return mc;
}

uint64_t sampled(uint64_t n, mcpar_trial_fn trial, mcpar_block_fn block)
{
    mcpar *mc = opened(0);
    mcpar_estimate e;

    sample_must(mc, block ? mcpar_sample_block(mc, n, block, NULL) : mcpar_sample(mc, n, trial, NULL));
    sample_must(mc, mcpar_reduce(mc, &e));
    (void)mcpar_finalize(&mc);
    return e.hits;
}

static uint64_t fused(uint64_t n)
{
    return sampled(n, NULL, user_fused);
}

static uint64_t callback(uint64_t n)
{
    return sampled(n, user_dart, NULL);
}

/* As in a textbook: each rank runs a part, and MPI adds the hits. */
static uint64_t everyone(uint64_t mine)
{
    uint64_t all = 0;

    (void)PMPI_Allreduce(&mine, &all, 1, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD);
    return all;
}

static uint64_t part(uint64_t n)
{
    return n * (uint64_t)(rank + 1) / (uint64_t)size - n * (uint64_t)rank / (uint64_t)size;
}

static uint64_t by_drand48(uint64_t n)
{
    uint64_t hits = 0, mine = part(n);

    srand48(rank + 1);
    for (uint64_t i = 0; i < mine; i++) {
        double x = drand48(), y = drand48();

        hits += x * x + y * y < 1.0;
    }
    return everyone(hits);
}

static uint64_t by_rand(uint64_t n)
{
    uint64_t hits = 0, mine = part(n);

    srand((unsigned)rank + 1);
    for (uint64_t i = 0; i < mine; i++) {
        double x = rand() / (RAND_MAX + 1.0), y = rand() / (RAND_MAX + 1.0);

        hits += x * x + y * y < 1.0;
    }
    return everyone(hits);
}

/* Ranks that wait must not use the CPU, because other contenders have their turns meanwhile. */
static void hear(uint64_t order[2])
{
    int there = 0;

    if (rank == 0) {
        for (int r = 1; r < size; r++)
            (void)MPI_Send(order, 2, MPI_UINT64_T, r, 0, MPI_COMM_WORLD);
        return;
    }
    while (!there) {
        (void)usleep(200);
        (void)MPI_Iprobe(0, 0, MPI_COMM_WORLD, &there, MPI_STATUS_IGNORE);
    }
    (void)MPI_Recv(order, 2, MPI_UINT64_T, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

void serve(void)
{
    static const struct {
        const char *name;
        work_fn *work;
    } known[] = { { "drand48", by_drand48 }, { "rand", by_rand }, { "fused", fused }, { "callback", callback } };
    enum { KNOWN = sizeof known / sizeof *known };
    uint64_t order[2] = { 0 };             /* which, how many */

    if (rank == 0) {
        printf("ready\n");
        (void)fflush(stdout);
    }
    for (;;) {
        double start;
        uint64_t hits;
        char name[32];

        if (rank == 0) {
            order[0] = KNOWN;
            if (scanf("%31s %" SCNu64, name, &order[1]) == 2)
                for (order[0] = 0; order[0] < KNOWN && strcmp(known[order[0]].name, name) != 0; order[0]++)
                    ;
        }
        hear(order);
        if (order[0] >= KNOWN)
            return;
        (void)MPI_Barrier(MPI_COMM_WORLD);
        start = wall_now();
        hits = known[order[0]].work(order[1]);
        if (rank == 0) {
            printf("%.9f %.9f 0 %" PRIu64 "\n", wall_now() - start, wall_now() - start, hits);
            (void)fflush(stdout);
        }
    }
}
