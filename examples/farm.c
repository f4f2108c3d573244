/* SPDX-License-Identifier: BSD-3-Clause */
/* farm.c - uneven work: by equal parts, by a manager that hands it out, and by libmcpar's own scheduling
 *
 *     mpirun -n 4 farm
 *
 * A task follows one particle until it is absorbed. It is a scan: the matter absorbs less from task to task, from
 * about 0 collisions to 200 on average, and nobody knows beforehand how many there will be. Each collision lasts 50
 * microseconds, here a sleep, so that the times say who waited for whom even where ranks outnumber CPUs. Task k draws
 * from the stream of trial k, so its track is the same on every rank, and all three ways print the same total.
 *
 * Why nothing here can hang, on any number of ranks: a worker sends one message and waits for one answer; the
 * manager answers each message at once, with a task or with STOP, and leaves when it has sent STOP to all. No two
 * ever wait for each other, however little MPI buffers. With one rank there are no workers, and the manager works.
 */
#define _POSIX_C_SOURCE 200809L
#include <mcpar_mpi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TRACK = 1 << 14 };                        /* points of a track; (1 - 1/201)^16384 is 3e-36: never reached */
enum { READY = 1, RESULT, TASK, STOP };          /* tags: a worker sends the first two, the manager the others */

static uint64_t tasks = 300;
static mcpar_options options = MCPAR_OPTIONS_INIT;
static double track[TRACK];

/* One particle: a random walk of some collisions, whose mean is 200 (task + 1/2) / tasks. Returns how many. */
static int follow(mcpar_rng *rng, uint64_t task)
{
    int collisions = 0;
    double x = 0, absorbed = 1 / (1 + 200 * ((double)task + 0.5) / (double)tasks);

    while (collisions < TRACK && mcpar_uniform(rng) >= absorbed)
        track[collisions++] = x += mcpar_normal(rng);
    struct timespec lasts = { 0, 50000L * collisions };
    nanosleep(&lasts, NULL);
    return collisions;
}

static int do_task(uint64_t task)
{
    mcpar_rng_space space;
    return follow(mcpar_rng_open(&space, options.seed, options.stream, task), task);
}

/* ---- Equal parts: what a loop over int(n / size) tasks does, but without losing the remainder ---- */

static uint64_t equal_parts(int rank, int size)
{
    uint64_t r = (uint64_t)rank, s = (uint64_t)size, mine = 0, total = 0;

    for (uint64_t task = tasks * r / s; task < tasks * (r + 1) / s; task++)
        mine += (uint64_t)do_task(task);
    MPI_Reduce(&mine, &total, 1, MPI_UINT64_T, MPI_SUM, 0, MPI_COMM_WORLD);
    return total;
}

/* ---- A manager and workers ---- */

/* MPI_Probe(source, MPI_ANY_TAG, MPI_COMM_WORLD, status) does just this, but in most MPIs it waits with its CPU busy.
 * Where ranks outnumber CPUs, or others use them too, who waits asleep is sooner there when a message comes. */
static void probe(int source, MPI_Status *status)
{
    struct timespec nap = { 0, 50000 };

    for (int there = 0; !there;) {
        MPI_Iprobe(source, MPI_ANY_TAG, MPI_COMM_WORLD, &there, status);
        if (!there) nanosleep(&nap, NULL);
    }
}

/* A worker that is done gets the next task. Who that will be is not known: MPI_ANY_SOURCE. Whether it brings a track,
 * and how long a one: the probe tells, before there is need for the memory. */
static uint64_t manage(int size)
{
    uint64_t next = 0, total = 0;

    for (int working = size - 1; working > 0;) {
        MPI_Status status;
        int points, source;

        probe(MPI_ANY_SOURCE, &status);
        MPI_Get_count(&status, MPI_DOUBLE, &points);
        source = status.MPI_SOURCE;
        /* From the source and tag that were probed, not from any: else another message could slip in between. */
        MPI_Recv(track, points, MPI_DOUBLE, source, status.MPI_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        if (status.MPI_TAG == RESULT)
            total += (uint64_t)points;           /* a program with more to do would look at the points now */
        if (next < tasks) {
            MPI_Send(&next, 1, MPI_UINT64_T, source, TASK, MPI_COMM_WORLD);
            next++;
        } else {
            MPI_Send(NULL, 0, MPI_UINT64_T, source, STOP, MPI_COMM_WORLD);
            working--;
        }
    }
    for (; next < tasks; next++)                 /* there are no workers at all */
        total += (uint64_t)do_task(next);
    return total;
}

static void work(void)
{
    int tag = READY, points = 0;

    for (;;) {
        MPI_Status status;
        uint64_t task;

        MPI_Send(track, points, MPI_DOUBLE, 0, tag, MPI_COMM_WORLD);
        probe(0, &status);
        MPI_Recv(&task, 1, MPI_UINT64_T, 0, MPI_ANY_TAG, MPI_COMM_WORLD, &status);
        if (status.MPI_TAG == STOP)              /* an empty message: task was not written to */
            return;
        points = do_task(task);
        tag = RESULT;
    }
}

/* ---- libmcpar: a task is a trial, and the library shares trials out by the speed that each rank shows ---- */

static int trial(mcpar_rng *rng, double *values, void *arg)
{
    values[0] = follow(rng, mcpar_trial_number(rng));
    return 0;
}

/* ---- All three, and their makespans: from the start until the last rank is done ---- */

static void tell(const char *way, uint64_t total, double makespan)
{
    printf("%-11s %llu collisions\n", way, (unsigned long long)total);
    fprintf(stderr, "%-11s %.3f s\n", way, makespan);
}

int main(int argc, char **argv)
{
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);

    uint64_t total = 0;
    if (argc > 1) {
        size_t digits = strspn(argv[1], "0123456789");
        tasks = digits > 0 && digits <= 7 && argv[1][digits] == '\0' ? strtoull(argv[1], NULL, 10) : 0;
    }
    if (tasks < 1 || tasks > 1000000 || argc > 2) {
        if (rank == 0) fprintf(stderr, "usage: farm [tasks]    from 1 to 1000000, 300 if not given\n");
        MPI_Finalize();
        return 2;
    }

    mcpar *mc;
    mcpar_estimate e;
    int err = mcpar_init_mpi(&mc, MPI_COMM_WORLD, NULL);
    if (!err) err = mcpar_observe(mc, 1, (const char *const[]){ "collisions" });
    if (!err) err = mcpar_options_in_force(mc, &options);  /* the seed that all ranks agree on */

    if (!err) {
        MPI_Barrier(MPI_COMM_WORLD);
        double start = MPI_Wtime();
        total = equal_parts(rank, size);
        MPI_Barrier(MPI_COMM_WORLD);
        if (rank == 0) tell("equal parts", total, MPI_Wtime() - start);

        start = MPI_Wtime();
        if (rank == 0)
            total = manage(size);
        else
            work();
        MPI_Barrier(MPI_COMM_WORLD);
        if (rank == 0) tell("manager", total, MPI_Wtime() - start);

        start = MPI_Wtime();
        err = mcpar_sample(mc, tasks, trial, NULL);
        if (!err) err = mcpar_reduce(mc, NULL);
        if (!err) err = mcpar_mean(mc, 0, &e);
        if (!err && rank == 0) tell("mcpar", (uint64_t)(e.mean * (double)tasks + 0.5), MPI_Wtime() - start);
    }
    if (err && mcpar_rank(mc) <= 0)
        fprintf(stderr, "farm: %s\n", mcpar_message(mc));
    mcpar_finalize(&mc);
    MPI_Finalize();
    return err != 0;
}
