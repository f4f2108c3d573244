/* SPDX-License-Identifier: BSD-3-Clause */
/* mpi_bench.c - measurements that need ranks. Every rank runs this program.
 *     mpi_bench --seat           a contender of bench: darts on these ranks (seat.c has the protocol)
 *     mpi_bench --time FILE [seconds turns]   cost of a reduce; uneven trials over the ranks
 *     mpi_bench --count FILE     messages and bytes of a reduce on these ranks
 */
#include "mpi_bench.h"
#include "uneven.h"
#include <mcpar_mpi.h>
#include <stdlib.h>
#include <string.h>

struct settings settings = { .seconds = 0.15, .turns = 7 };

/* ---- MPI's profiling interface: these functions intercept every collective call of libmcpar_mpi ---- */

static uint64_t calls, bytes;

static void count(int n, MPI_Datatype type)
{
    int one = 0;

    (void)MPI_Type_size(type, &one);
    calls++;
    bytes += (uint64_t)n * (uint64_t)one;
}

int MPI_Allreduce(const void *in, void *out, int n, MPI_Datatype type, MPI_Op op, MPI_Comm comm)
{
    count(n, type);
    return PMPI_Allreduce(in, out, n, type, op, comm);
}

int MPI_Exscan(const void *in, void *out, int n, MPI_Datatype type, MPI_Op op, MPI_Comm comm)
{
    count(n, type);
    return PMPI_Exscan(in, out, n, type, op, comm);
}

int MPI_Allgather(const void *in, int n, MPI_Datatype type, void *out, int m, MPI_Datatype out_type, MPI_Comm comm)
{
    count(n, type);
    return PMPI_Allgather(in, n, type, out, m, out_type, comm);
}

int MPI_Bcast(void *data, int n, MPI_Datatype type, int root, MPI_Comm comm)
{
    count(n, type);
    return PMPI_Bcast(data, n, type, root, comm);
}

/* ---- The cost of a reduce ---- */

enum { REDUCES = 2000 };

static mcpar *held;

static void bare(int n)
{
    static int64_t word[64];

    for (int i = 0; i < REDUCES; i++)
        (void)PMPI_Allreduce(MPI_IN_PLACE, word, n, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
}

static void reduces(int with_estimate)
{
    mcpar_estimate e;

    for (int i = 0; i < REDUCES; i++)
        sample_must(held, mcpar_reduce(held, with_estimate ? &e : NULL));
    sample_must(held, mcpar_reduce(held, &e));
    if (e.hits != known_hits(1000))
        give_up("a reduce gave another answer");
}

static void section_reduce(void)
{
    static struct contender c[] = {
        { .name = "bare MPI_Allreduce, 64 int64" }, { .name = "bare MPI_Allreduce, 1 int64" },
        { .name = "mcpar_reduce, NULL" }, { .name = "mcpar_reduce, estimate" },
    };

    if (rank == 0)
        say_section("mpi_reduce", "a reduce of hits, wall time");
    held = opened(0);
    sample_must(held, mcpar_sample(held, 1000, user_dart, NULL));
    for (int t = -1; t < settings.turns; t++)
        for (int i = 0; i < 4; i++) {
            double start, hz = clock_hz();

            (void)MPI_Barrier(MPI_COMM_WORLD);
            start = wall_now();
            if (i < 2)
                bare(i == 0 ? 64 : 1);
            else
                reduces(i == 3);
            if (t < 0)
                continue;
            c[i].seconds[t] = (wall_now() - start) / REDUCES;
            c[i].cycles[t] = c[i].seconds[t] * hz;
        }
    (void)mcpar_finalize(&held);
    if (rank)
        return;
    for (int i = 0; i < 4; i++) {
        c[i].unit = "reduce";
        c[i].n = REDUCES;
    }
    say_contenders(c, 4);
    say_bar("mcpar_reduce(NULL) / bare MPI_Allreduce of 64", median_ratio(&c[2], &c[0]), AT_MOST, 3);
    say_bar("mcpar_reduce(estimate) / bare MPI_Allreduce of 64", median_ratio(&c[3], &c[0]), AT_MOST, 3);
}

/* ---- Uneven trials ---- */

static double uneven_turn(uint64_t n, uint64_t *hits)
{
    uint64_t mine[2], busy = 0, longest = 0;
    double start, makespan, ideal;

    atomic_store(&uneven->busy_ns, 0);
    atomic_store(&uneven->longest_ns, 0);
    (void)MPI_Barrier(MPI_COMM_WORLD);
    start = wall_now();
    *hits = sampled(n, uneven_trial, NULL);
    makespan = wall_now() - start;
    mine[0] = atomic_load(&uneven->busy_ns);
    mine[1] = atomic_load(&uneven->longest_ns);
    (void)PMPI_Allreduce(&mine[0], &busy, 1, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD);
    (void)PMPI_Allreduce(&mine[1], &longest, 1, MPI_UINT64_T, MPI_MAX, MPI_COMM_WORLD);
    ideal = 1e-9 * (double)busy / size;
    return makespan / (ideal > 1e-9 * (double)longest ? ideal : 1e-9 * (double)longest);
}

static void section_uneven(void)
{
    uint64_t n = (uint64_t)(8 * settings.seconds * size / UNEVEN_MEAN_SECONDS), expected, hits;
    double loops = UNEVEN_MEAN_SECONDS * clock_hz();

    if (rank == 0)
        say_section("mpi_uneven", "uneven trials over the ranks, wall time, init to finalize");
    uneven_open();                         /* on each rank */
    (void)MPI_Bcast(&loops, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD);
    for (int kind = 0; kind < UNEVEN_KINDS; kind++) {
        double ratio[MOST_TURNS];
        char name[96];

        uneven->kind = (enum uneven_kind)kind;
        uneven->loops = 0;
        (void)uneven_turn(n, &expected);
        uneven->loops = loops;
        for (int t = 0; t < settings.turns; t++) {
            ratio[t] = uneven_turn(n, &hits);
            if (hits != expected)
                give_up("uneven trials: another answer");
        }
        (void)snprintf(name, sizeof name, "%s, %d ranks: makespan / ideal", uneven_name[kind], size);
        if (rank == 0)
            say_bar(name, median(ratio, settings.turns), AT_MOST, 1.05);
    }
}

/* ---- Messages and bytes ---- */

static int no_trial(mcpar_rng *rng, double *values, void *arg)
{
    (void)arg;
    values[0] = mcpar_uniform(rng);
    return 1;
}

static void count_reduce(size_t observables)
{
    mcpar *mc = opened(observables);
    enum { TIMES = 20 };
    double start;
    char name[96];
    int steps = 0;

    sample_must(mc, mcpar_sample(mc, 1000, observables ? no_trial : user_dart, NULL));
    sample_must(mc, mcpar_reduce(mc, NULL));
    (void)MPI_Barrier(MPI_COMM_WORLD);
    calls = bytes = 0;
    start = wall_now();
    for (int i = 0; i < TIMES; i++)
        sample_must(mc, mcpar_reduce(mc, NULL));
    start = (wall_now() - start) / TIMES;
    while (1 << steps < size)
        steps++;
    if (rank == 0) {
        (void)snprintf(name, sizeof name, "%d ranks, %zu observables: collective calls", size, observables);
        say_value(name, (double)calls / TIMES, "a reduce");
        (void)snprintf(name, sizeof name, "%d ranks, %zu observables: bytes handed in by a rank", size, observables);
        say_value(name, (double)bytes / TIMES, "a reduce");
        (void)snprintf(name, sizeof name, "%d ranks, %zu observables: messages by a rank", size, observables);
        say_value(name, (double)calls / TIMES * steps, "a reduce, by recursive doubling");
        (void)snprintf(name, sizeof name, "%d ranks, %zu observables: time", size, observables);
        say_value(name, 1e6 * start, "us");
    }
    (void)mcpar_finalize(&mc);
}

int main(int argc, char **argv)
{
    (void)MPI_Init(&argc, &argv);
    (void)MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    (void)MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (argc > 1 && !strcmp(argv[1], "--seat")) {
        serve();
    } else {
        if (argc > 2 && rank == 0)
            settings.json = fopen(argv[2], "w");
        if (argc > 3)
            settings.seconds = atof(argv[3]);
        if (argc > 4)
            settings.turns = atoi(argv[4]) < MOST_TURNS ? atoi(argv[4]) : MOST_TURNS;
        if (argc > 1 && !strcmp(argv[1], "--count")) {
            if (rank == 0)
                say_section("mpi_growth", "messages and bytes of a reduce");
            count_reduce(0);
            count_reduce(1);
            count_reduce(16);
        } else {
            section_reduce();
            section_uneven();
        }
    }
    return MPI_Finalize();
}
