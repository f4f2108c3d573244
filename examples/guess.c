/* SPDX-License-Identifier: BSD-3-Clause */
/* guess.c - a cooperative guessing game with a slow player: first in step, then with each rank at its own pace
 *
 *     mpirun -n 4 guess 10 20
 *
 * The ranks guess digits until together they have found all digits from 1 to 9; then the next game starts. A guess
 * takes 1 millisecond of thinking, or 20 on the last rank. Thinking is a sleep, so that ranks do not compete for CPUs.
 *
 * Why does a sleeping rank hold back the others? MPI_Allreduce returns a result only after every rank has contributed
 * its part. A round therefore lasts as long as its slowest guess. The other ranks spend the rest of the round inside
 * MPI_Allreduce, where they keep a CPU busy and do not guess. The times on standard error show this.
 *
 * At its own pace, a rank that finds a digit that is new to it sends a message to each of the others and continues at
 * once. Between guesses, it checks for messages. No rank waits for an answer, and the slow rank finds the news when it
 * wakes up.
 *
 * Why both ways end, on any number of ranks: in step, all ranks see the same digits after each round, so all leave the
 * loop in the same round. At its own pace, each rank would find all digits even without messages. It stays until all
 * its messages have been received, which MPI_Issend reports. Then it enters MPI_Ibarrier and receives messages until
 * the barrier is complete. At that point no message is in transit.
 * (Hoefler, Siebert, Lumsdaine, doi 10.1145/1693453.1693476.)
 */
#define _POSIX_C_SOURCE 200809L
#include <mcpar_mpi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DIGITS = 9, ALL = (1 << DIGITS) - 1, NEWS = 1 };
enum { IN_STEP, OWN_PACE };                      /* stream numbers */

static int rank, size;
static uint64_t games = 10, slow = 20;
static struct player {
    double guesses, thinking, waiting, known, end; /* times in s; known: time at which this rank knew all digits */
} me;

static void *need(void *memory)
{
    if (!memory) MPI_Abort(MPI_COMM_WORLD, 1);   /* the other ranks would wait forever: end them too */
    return memory;
}

static void nap(uint64_t microseconds)
{
    struct timespec t = { (time_t)(microseconds / 1000000), (long)(microseconds % 1000000) * 1000 };
    nanosleep(&t, NULL);
}

/* One guess, as a bit. It depends only on the number of the guess, not on the rank that makes it. */
static int digit(uint32_t stream, uint64_t trial, uint64_t draw)
{
    mcpar_rng_space space;
    mcpar_rng *rng = mcpar_rng_open(&space, MCPAR_SEED_DEFAULT, stream, trial);
    if (mcpar_rng_jump(rng, draw) != 0) MPI_Abort(MPI_COMM_WORLD, 1);
    return 1 << mcpar_below(rng, DIGITS);
}

static int guess(uint32_t stream, uint64_t trial, uint64_t draw)
{
    double begun = MPI_Wtime();
    nap(rank == size - 1 ? slow * 1000 : 1000);
    me.thinking += MPI_Wtime() - begun;
    me.guesses++;
    return digit(stream, trial, draw);
}

/* ---- In step: rank k mod size makes guess k of a game, in round k / size ---- */

static uint64_t play_in_step(void)               /* returns the number of rounds */
{
    uint64_t rounds = 0;

    for (uint64_t game = 0; game < games; game++) {
        int found = 0;
        for (uint64_t k = 0; found != ALL; k += (uint64_t)size, rounds++) {
            found |= guess(IN_STEP, game, k + (uint64_t)rank);
            double begun = MPI_Wtime();
            MPI_Allreduce(MPI_IN_PLACE, &found, 1, MPI_INT, MPI_BOR, MPI_COMM_WORLD);
            me.waiting += MPI_Wtime() - begun;
        }
    }
    return rounds;
}

/* The same games, played by a single rank without thinking. Returns how many rounds `size` ranks need. */
static uint64_t known_rounds(uint64_t *guesses)
{
    uint64_t rounds = 0;

    for (uint64_t game = 0; game < games; game++) {
        uint64_t k = 0;
        for (int found = 0; found != ALL; k++)
            found |= digit(IN_STEP, game, k);
        *guesses += k;
        rounds += (k + (uint64_t)size - 1) / (uint64_t)size;
    }
    return rounds;
}

/* ---- At its own pace ---- */

struct news { int game, digit; };

static void hear(int *found)                     /* receives the messages that have arrived; does not wait */
{
    for (;;) {
        MPI_Status status;
        struct news news;
        int there;

        MPI_Iprobe(MPI_ANY_SOURCE, NEWS, MPI_COMM_WORLD, &there, &status);
        if (!there) return;
        MPI_Recv(&news, 2, MPI_INT, status.MPI_SOURCE, NEWS, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        found[news.game] |= news.digit;
    }
}

static uint64_t play_at_own_pace(double begun)   /* returns the number of digits that this rank knows at the end */
{
    size_t told = 0, sent = 0, most = DIGITS * games;
    int *found = need(calloc(games, sizeof *found)), over = 0;
    struct news *news = need(malloc(most * sizeof *news));    /* a message must not move until it is received */
    MPI_Request *sends = need(malloc(most * (size_t)size * sizeof(MPI_Request))), barrier;
    uint64_t digits = 0;

    for (uint64_t game = 0, k = 0; game < games;) {
        hear(found);
        if (found[game] == ALL) { game++; continue; }
        int bit = guess(OWN_PACE, (uint64_t)rank, k++);
        if (found[game] & bit) continue;
        found[game] |= bit;
        news[told] = (struct news){ (int)game, bit };
        for (int other = 0; other < size; other++)
            if (other != rank) MPI_Issend(&news[told], 2, MPI_INT, other, NEWS, MPI_COMM_WORLD, &sends[sent++]);
        told++;
    }
    me.known = MPI_Wtime() - begun;

    for (size_t i = 0; i < sent;) {
        int heard;
        hear(found);
        MPI_Test(&sends[i], &heard, MPI_STATUS_IGNORE);
        if (heard) i++; else nap(100);
    }
    MPI_Ibarrier(MPI_COMM_WORLD, &barrier);
    while (!over) {
        hear(found);
        MPI_Test(&barrier, &over, MPI_STATUS_IGNORE);
        if (!over) nap(100);
    }
    me.waiting = MPI_Wtime() - begun - me.known;
    for (uint64_t i = 0; i < DIGITS * games; i++)
        digits += (uint64_t)(found[i / DIGITS] >> i % DIGITS & 1);
    free(found); free(news); free(sends);
    return digits;
}

/* ---- Both ways, one after the other ---- */

static void tell(const char *form)               /* rank 0 prints what each rank did */
{
    enum { N = sizeof(struct player) / sizeof(double) };
    struct player *all = rank == 0 ? need(malloc((size_t)size * sizeof *all)) : NULL;

    MPI_Gather(&me, N, MPI_DOUBLE, all, N, MPI_DOUBLE, 0, MPI_COMM_WORLD);
    for (int r = 0; all && r < size; r++)
        fprintf(stderr, "%-12s rank %d%s: %.0f guesses, %.3f s thinking, %.3f s waiting, knew all after %.3f s\n", form,
                r, r == size - 1 ? " (slow)" : "", all[r].guesses, all[r].thinking, all[r].waiting, all[r].known);
    if (all && size > 1 && strcmp(form, "in step") == 0) {
        double rounds = all[0].guesses / 1000;
        fprintf(stderr, "a round takes %.2f ms: rank 0 thinks %.2f and waits %.2f, the slow rank thinks %.2f and "
                "waits %.2f\n",
                all[0].end / rounds, all[0].thinking / rounds, all[0].waiting / rounds,
                all[size - 1].thinking / rounds, all[size - 1].waiting / rounds);
    }
    free(all);
}

static int number(const char *word, uint64_t *value)
{
    size_t digits = strspn(word, "0123456789");
    *value = digits > 0 && digits <= 4 && word[digits] == '\0' ? strtoull(word, NULL, 10) : 0;
    return *value >= 1 && *value <= 1000;
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (argc > 3 || (argc > 1 && !number(argv[1], &games)) || (argc > 2 && !number(argv[2], &slow))) {
        if (rank == 0)
            fprintf(stderr, "usage: guess [games [milliseconds of the slow rank]]    "
                    "from 1 to 1000, 10 and 20 if not given\n");
        MPI_Finalize();
        return 2;
    }

    uint64_t guesses = 0, known = known_rounds(&guesses);
    MPI_Barrier(MPI_COMM_WORLD);
    double begun = MPI_Wtime();
    uint64_t rounds = play_in_step();
    me.known = me.end = MPI_Wtime() - begun;
    int failed = rounds != known;
    if (rank == 0) printf("in step: %d games, all digits found by guess %d in all\n", (int)games, (int)guesses);
    tell("in step");

    me = (struct player){ 0 };
    MPI_Barrier(MPI_COMM_WORLD);
    uint64_t digits = play_at_own_pace(MPI_Wtime());
    failed |= digits != DIGITS * games;
    MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    if (rank == 0) printf("own pace: %d games, all digits known to all ranks: %s\n", (int)games, failed ? "no" : "yes");
    tell("own pace");
    MPI_Finalize();
    return failed;
}
