/* SPDX-License-Identifier: BSD-3-Clause */
/* comm.h - who else takes part: a table of functions for each kind of communicator
 *
 * libmcpar_mpi exports one such table; MCPAR__COMM_ABI is checked where the two meet, for they may be built
 * apart. Functions that return int give 0 or a code of enum mcpar_error. Those marked collective are called by
 * all ranks in the same order and may block; the others do not. */
#ifndef MCPAR__COMM_H
#define MCPAR__COMM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { MCPAR__COMM_ABI = 3, MCPAR__AGREE = 8 };

/* The one small message of every agreement: the least of each min over all ranks, the sum of each sum. */
struct mcpar__agreement {
    uint64_t min[MCPAR__AGREE], sum[MCPAR__AGREE];
};

/* Whose part of a round is which. Ranks that have memory in common share a part, and take chunks of it from a queue as
 * they come free; parts are contiguous and follow the speeds, the sums over the ranks that share them. */
struct mcpar__split {
    uint64_t before, mine;                 /* the speeds of all parts below this rank's, and of its own */
    struct mcpar__chunk_queue *queue;            /* at 0, empty; NULL: the part is this rank's alone */
    uint64_t takers;                       /* how many ranks share it */
};

struct mcpar_comm_table {
    uint32_t abi;                          /* MCPAR__COMM_ABI of the one who compiled the table */
    const char *name;                      /* "self", "mpi" */

    /* Collective. Makes a communicator: over a duplicate of *host (the host's own communicator), or, host NULL,
     * over all processes of the job, for which it starts MPI if nobody has. expected: how many processes the
     * launcher says there are, 0 if not known. On failure *comm is NULL and message says why. */
    int (*open)(void **comm, const void *host, uint64_t expected, char *message, size_t room);

    /* All ranks call it some time, and it waits for none. Frees the duplicate. NULL is fine. MPI that was started here
     * ends at exit, not here. */
    void (*close)(void *comm);

    int (*rank)(const void *comm);
    int (*size)(const void *comm);

    /* Before each collective call: may this thread of process `here`, which is this one, communicate now? (MPI's
     * state and thread level.) The caller knows its number already, and to ask takes as long as a message. */
    int (*usable)(const void *comm, pid_t here, char *message, size_t room);

    /* Collective. In place. */
    int (*agree)(void *comm, struct mcpar__agreement *agreement);

    /* Local. This rank's speed from the next share on, of which at least one agreement lies ahead: all ranks must
     * have said theirs before any of them splits. It is 1 at first, and stays until another is said. */
    void (*set_speed)(void *comm, uint64_t speed);

    /* Collective; it may return before the others call it. How the next round is split. Between two of them lies at
     * least one agreement, which every rank enters when it has done with the queue of the first. */
    int (*share)(void *comm, struct mcpar__split *split);

    /* Collective. In place: the sum over all ranks of each of n limbs, n the same everywhere. */
    int (*add)(void *comm, int64_t *limb, size_t n);

    /* One line that names the library behind, for people; works before anything is open. */
    const char *(*library)(char *text, size_t room);
};

extern const struct mcpar_comm_table mcpar__comm_self;

/* lib/comm/comm_load.c. How many processes a launcher says there are: 0 if there is no launcher or it says one. */
uint64_t mcpar__launched(void);

/* This process's number among them; 0 without a launcher. */
uint64_t mcpar__launched_rank(void);

/* How many tasks a scheduler says it started side by side, without a PMI by which MPI could bring them together: each
 * would be a copy of the whole run. 0: no such thing. *variable names who says so. */
uint64_t mcpar__strangers(const char **variable);

/* Finds libmcpar_mpi, loads it for good and gives its table: 0 or MCPAR_ERR_MPI_LIBRARY with a message that
 * names what was tried and what to do. */
int mcpar__comm_load(const struct mcpar_comm_table **table, char *message, size_t room);

/* Does this process have an MPI in it already, and is it started? For the pool's choice and to refuse to start
 * MPI behind the back of a host that is linked to it. */
enum mcpar__host_mpi { MCPAR__MPI_ABSENT, MCPAR__MPI_LINKED, MCPAR__MPI_STARTED, MCPAR__MPI_FINALIZED };
enum mcpar__host_mpi mcpar__host_mpi(void);

#endif
