/* SPDX-License-Identifier: BSD-3-Clause */
/* farm.c - uneven work, shared in three ways: in equal parts, by a manager, and by libmcpar's own scheduling
 *
 *     mpirun -n 4 farm
 *
 * Each task follows one particle until it is absorbed. The tasks form a scan: the matter absorbs less from task to
 * task, so the average number of collisions grows from about 0 to 200. The number of collisions of a task is not known
 * in advance. A collision takes 50 microseconds. This is a sleep, so the times show which rank waited for which even
 * if there are more ranks than CPUs. Task k draws from the stream of trial k, so its track is the same on every rank,
 * and all three ways print the same total.
 *
 * Why this program cannot hang, on any number of ranks: a worker sends one message and waits for one answer. The
 * manager answers each message at once, with a task or with STOP, and leaves when it has sent STOP to all workers. No
 * two ranks ever wait for each other, no matter how little MPI buffers. With one rank there are no workers, and the
 * manager does the tasks itself.
 */
#define _POSIX_C_SOURCE 200809L
#include <mcpar_mpi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TRACK = 1 << 14 };                        /* most points of a track; never reached: (1 - 1/201)^16384 = 3e-36 */
enum { READY = 1, RESULT, TASK, STOP };          /* tags: workers send the first two, the manager the others */

static uint64_t tasks = 300;
static mcpar_options options = MCPAR_OPTIONS_INIT;
static double track[TRACK];

/* Follows one particle on a random walk. Returns its number of collisions; their mean is 200 (task + 1/2) / tasks. */
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

/* ---- Equal parts: like a loop over int(n / size) tasks, but without losing the remainder ---- */

static uint64_t equal_parts(int rank, int size)
{
    uint64_t r = (uint64_t)rank, s = (uint64_t)size, mine = 0, total = 0;

    for (uint64_t task = tasks * r / s; task < tasks * (r + 1) / s; task++)
        mine += (uint64_t)do_task(task);
    MPI_Reduce(&mine, &total, 1, MPI_UINT64_T, MPI_SUM, 0, MPI_COMM_WORLD);
    return total;
}

/* ---- A manager and workers ---- */

/* Waits for a message like MPI_Probe(source, MPI_ANY_TAG, MPI_COMM_WORLD, status). In most MPIs, that call keeps the
 * CPU busy while it waits. This function sleeps instead. If there are more ranks than CPUs, or other programs use
 * the CPUs too, a rank that sleeps gets a CPU sooner when a message arrives. */
static void probe(int source, MPI_Status *status)
{
    struct timespec nap = { 0, 50000 };

    for (int there = 0; !there;) {
        MPI_Iprobe(source, MPI_ANY_TAG, MPI_COMM_WORLD, &there, status);
        if (!there) nanosleep(&nap, NULL);
    }
}

/* Gives the next task to each worker that is done. The manager does not know which worker this will be, so it receives
 * from MPI_ANY_SOURCE. It does not know either whether the worker sends a track or how long this track is. The probe
 * tells, before the memory is needed. */
static uint64_t manage(int size)
{
    uint64_t next = 0, total = 0;

    for (int working = size - 1; working > 0;) {
        MPI_Status status;
        int points, source;

        probe(MPI_ANY_SOURCE, &status);
        MPI_Get_count(&status, MPI_DOUBLE, &points);
        source = status.MPI_SOURCE;
        /* Receive from the source and with the tag that were probed: another message could have arrived since. */
        MPI_Recv(track, points, MPI_DOUBLE, source, status.MPI_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        if (status.MPI_TAG == RESULT)
            total += (uint64_t)points;           /* a real program would use the points now */
        if (next < tasks) {
            MPI_Send(&next, 1, MPI_UINT64_T, source, TASK, MPI_COMM_WORLD);
            next++;
        } else {
            MPI_Send(NULL, 0, MPI_UINT64_T, source, STOP, MPI_COMM_WORLD);
            working--;
        }
    }
    for (; next < tasks; next++)                 /* there are no workers */
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
        if (status.MPI_TAG == STOP)              /* an empty message: task was not set */
            return;
        points = do_task(task);
        tag = RESULT;
    }
}

/* ---- libmcpar: each task is a trial, and the library distributes the trials ---- */

static int trial(mcpar_rng *rng, double *values, void *arg)
{
    values[0] = follow(rng, mcpar_trial_number(rng));
    return 0;
}

/* ---- All three ways, and their makespans: the time from the start until the last rank is done ---- */

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
