/* SPDX-License-Identifier: BSD-3-Clause */
/* nbody.c - bodies that attract each other: ring exchange, with the same bits on any number of ranks
 *
 *     mpirun -n 4 nbody
 *
 * Each rank owns some of the bodies and needs the sum of the pulls of all bodies on its own. The positions therefore
 * travel round a ring. Each rank passes on the block that it has just received, and adds up the pulls of its bodies
 * while the block is in transit. No rank ever holds more than three blocks. Body k gets its initial state from the
 * stream of trial k, no matter which rank owns it.
 *
 * A sum of doubles depends on the order of its terms, and every rank of the ring receives the blocks in a different
 * order. To add in a fixed order, by the number of the body, a rank would have to wait for all blocks or keep all
 * terms. Sums of integers do not depend on the order. So each pull is truncated to a multiple of 2^-40 and added as an
 * integer, and so is each energy. The error of this is far below that of the time step. It has another advantage: the
 * pull of a on b is exactly minus the pull of b on a, and velocities are integers too, so the total momentum does not
 * change at all.
 *
 * The program uses only + - * / and sqrt. If compiled with -ffp-contract=off, it gives the same bits on every CPU.
 *
 * Why this program cannot hang: each rank starts its send and its receive before it waits for either.
 */
#include <mcpar_mpi.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNIT 0x1p-40                             /* the unit of pulls and energies */
#define TIME_STEP 0x1p-8
#define SPEED (UNIT * TIME_STEP / 2)             /* what a pull of one unit adds in half a time step */
#define SOFTENING 0x1p-8                         /* square of the distance below which the pull gets weak */

struct place { double x[3]; };
struct body { int64_t v[3], pull[3]; };          /* in units of SPEED and UNIT */

static int rank, size;
static uint64_t bodies = 256, steps = 256, messages, bytes;
static struct place *place, *passing, *coming;   /* of this rank's bodies, and the blocks in the ring */
static struct body *body;
static int64_t potential;                        /* twice that of this rank's bodies */
static MPI_Datatype place_type;

static void *need(void *memory)
{
    if (!memory) MPI_Abort(MPI_COMM_WORLD, 1);   /* the other ranks would wait forever: end them too */
    return memory;
}

static uint64_t mix(uint64_t z)                  /* mixes all bits: SplitMix64, doi 10.1145/2660193.2660195 */
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint64_t first(int r) { return bodies * (uint64_t)r / (uint64_t)size; }    /* of rank r; loses no remainder */
static size_t owned(int r) { return (size_t)(first(r + 1) - first(r)); }

static void be_born(void)                        /* in a cube, with random velocities */
{
    mcpar_rng_space space;
    for (size_t i = 0; i < owned(rank); i++) {
        mcpar_rng *rng = mcpar_rng_open(&space, MCPAR_SEED_DEFAULT, 0, first(rank) + i);
        for (int k = 0; k < 3; k++) place[i].x[k] = 2 * mcpar_uniform(rng) - 1;
        for (int k = 0; k < 3; k++) body[i].v[k] = (int64_t)((mcpar_uniform(rng) - 0.5) / SPEED);
    }
}

/* Adds the pull of n bodies on this rank's bodies. A body may be among the n; its distance is then 0, and so is its
 * pull on itself. */
static void pull(const struct place *others, size_t n)
{
    double mass = 1 / (double)bodies;            /* the total mass is 1 */

    for (size_t i = 0; i < owned(rank); i++)
        for (size_t j = 0; j < n; j++) {
            double d[3], square = SOFTENING;
            for (int k = 0; k < 3; k++) {
                d[k] = others[j].x[k] - place[i].x[k];
                square += d[k] * d[k];
            }
            double root = sqrt(square), strength = mass / (square * root) / UNIT;
            for (int k = 0; k < 3; k++)
                body[i].pull[k] += (int64_t)(d[k] * strength);
            if (square > SOFTENING) potential -= (int64_t)(mass * mass / root / UNIT);
        }
}

static void pull_of_all(void)
{
    int right = (rank + 1) % size, left = (rank + size - 1) % size, owner = rank;

    potential = 0;
    for (size_t i = 0; i < owned(rank); i++)
        memset(body[i].pull, 0, sizeof body[i].pull);
    if (owned(rank)) memcpy(passing, place, owned(rank) * sizeof *place);
    for (int hop = 0; hop < size; hop++) {
        MPI_Request send = MPI_REQUEST_NULL, receive = MPI_REQUEST_NULL;
        int next = (owner + size - 1) % size;    /* the owner of the next block */
        if (hop < size - 1) {
            MPI_Irecv(coming, (int)owned(next), place_type, left, 0, MPI_COMM_WORLD, &receive);
            MPI_Isend(passing, (int)owned(owner), place_type, right, 0, MPI_COMM_WORLD, &send);
            messages++;
            bytes += owned(owner) * sizeof *place;
        }
        pull(passing, owned(owner));             /* while it is in transit; both only read it */
        MPI_Wait(&receive, MPI_STATUS_IGNORE);
        MPI_Wait(&send, MPI_STATUS_IGNORE);
        struct place *done = passing;
        passing = coming;
        coming = done;
        owner = next;
    }
}

/* A leapfrog step: half a push, a flight, the new pull, half a push. */
static void push(void)
{
    for (size_t i = 0; i < owned(rank); i++)
        for (int k = 0; k < 3; k++)
            body[i].v[k] += body[i].pull[k];
}

static void fly(void)
{
    for (size_t i = 0; i < owned(rank); i++)
        for (int k = 0; k < 3; k++)
            place[i].x[k] += (double)body[i].v[k] * (SPEED * TIME_STEP);
}

struct sums { int64_t momentum[3], energy; uint64_t bits; };

static struct sums sum_up(void)                  /* sums over all bodies; all ranks get them */
{
    struct sums s = { .energy = potential / 2 };
    double mass = 1 / (double)bodies;

    for (size_t i = 0; i < owned(rank); i++) {
        double square = 0;
        for (int k = 0; k < 3; k++) {
            double v = (double)body[i].v[k] * SPEED;
            uint64_t bits;
            square += v * v;
            s.momentum[k] += body[i].v[k];
            memcpy(&bits, &place[i].x[k], sizeof bits);
            s.bits += mix(bits + mix(3 * (first(rank) + i) + (uint64_t)k) + (uint64_t)body[i].v[k]);
        }
        s.energy += (int64_t)(mass * square / 2 / UNIT);
    }
    MPI_Allreduce(MPI_IN_PLACE, &s, 4, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
    MPI_Allreduce(MPI_IN_PLACE, &s.bits, 1, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD);
    return s;
}

static int number(const char *word, uint64_t most, uint64_t *value)
{
    size_t digits = strspn(word, "0123456789");
    *value = digits > 0 && digits <= 9 && word[digits] == '\0' ? strtoull(word, NULL, 10) : 0;
    return *value >= 1 && *value <= most;
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (argc > 3 || (argc > 1 && !number(argv[1], 100000, &bodies)) || (argc > 2 && !number(argv[2], 100000, &steps))) {
        if (rank == 0) fprintf(stderr, "usage: nbody [bodies [steps]]    256 and 256 if not given, at most 100000\n");
        MPI_Finalize();
        return 2;
    }
    MPI_Type_contiguous(3, MPI_DOUBLE, &place_type);
    MPI_Type_commit(&place_type);
    size_t most = (size_t)bodies / (size_t)size + 1;
    place = need(calloc(most, sizeof *place));
    passing = need(calloc(most, sizeof *passing));
    coming = need(calloc(most, sizeof *coming));
    body = need(calloc(most, sizeof *body));

    be_born();
    double begun = MPI_Wtime();
    pull_of_all();
    struct sums start = sum_up(), end;
    for (uint64_t step = 0; step < steps; step++) {
        push();
        fly();
        pull_of_all();
        push();
    }
    end = sum_up();
    double seconds = MPI_Wtime() - begun;

    double drift = fabs((double)(end.energy - start.energy) / (double)start.energy);
    int conserved = memcmp(start.momentum, end.momentum, sizeof start.momentum) == 0, kept = drift < 1e-3;
    uint64_t sum[2] = { messages, bytes };
    MPI_Allreduce(MPI_IN_PLACE, sum, 2, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD);
    if (rank == 0) {
        printf("%" PRIu64 " bodies, %" PRIu64 " steps: bodies %016" PRIx64 "\n", bodies, steps, end.bits);
        printf("energy %.9f, at the start %.9f: drift %.1e %s\n",
               (double)end.energy * UNIT, (double)start.energy * UNIT, drift, kept ? "(below 1e-3)" : "(too much)");
        printf("momentum changed by %s\n", conserved ? "exactly 0" : "something");
        fprintf(stderr, "%d ranks: a step takes %.1f messages, %.0f bytes; %.3f s\n", size,
                (double)sum[0] / (double)(steps + 1), (double)sum[1] / (double)(steps + 1), seconds);
    }
    free(place); free(passing); free(coming); free(body);
    MPI_Type_free(&place_type);
    MPI_Finalize();
    return !(conserved && kept);
}
