/* SPDX-License-Identifier: BSD-3-Clause */
/* comm.h - the communicator (which processes take part): a table of functions for each kind, self and MPI
 *
 * libmcpar_mpi exports such a table. libmcpar checks its MCPAR__COMM_ABI, because the two libraries may come from
 * different builds. Functions that return int return 0 or a code of enum mcpar_error. Functions marked "collective"
 * must be called by all ranks in the same order, and may block; the others are local and do not block. */
#ifndef MCPAR__COMM_H
#define MCPAR__COMM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { MCPAR__COMM_ABI = 5, MCPAR__AGREE = 8 };

/* In an agreement, all ranks send one small message of this form, and each gets back the minimum of each min and the
 * sum of each sum over all ranks. */
struct mcpar__agreement {
    uint64_t min[MCPAR__AGREE], sum[MCPAR__AGREE];
};

/* This rank's part of a round. Ranks that share memory also share a part, from whose queue each takes a chunk of trials
 * whenever it is idle. Parts are contiguous, and their sizes are proportional to their speeds. The speed of a part is
 * the sum over the ranks that share it. */
struct mcpar__split {
    uint64_t before, mine;                 /* the speed of all parts before this one, and of this part */
    struct mcpar__chunk_queue *queue;      /* new and empty; NULL: no other rank shares the part */
    uint64_t takers;                       /* how many ranks share the part */
};

struct mcpar_comm_table {
    uint32_t abi;                          /* MCPAR__COMM_ABI when the table was compiled */
    const char *name;                      /* "self", "mpi" */

    /* Collective. Makes a communicator over a duplicate of *host (the program's own communicator). If host is NULL, it
     * is made over all processes of the job, and MPI is started if it has not been. expected: how many processes the
     * launcher says there are; 0 if unknown. On failure, *comm is NULL and message says why. */
    int (*open)(void **comm, const void *host, uint64_t expected, char *message, size_t room);

    /* Frees the duplicate. All ranks must call it in the end, but it does not wait for the others. comm may be NULL.
     * MPI is not finalized here but at exit, if `open` started it. */
    void (*close)(void *comm);

    int (*rank)(const void *comm);
    int (*size)(const void *comm);

    /* Called before each collective call: whether this thread may communicate now, given MPI's state and its thread
     * level. here: the id of this process, which the caller knows already; getpid takes as long as a message. */
    int (*usable)(const void *comm, pid_t here, char *message, size_t room);

    /* Collective. In place. */
    int (*agree)(void *comm, struct mcpar__agreement *agreement);

    /* Sets this rank's speed from the next call of `share` on. It is 1 at first. There must be an agreement between
     * this call and the next `share`, so that all ranks have set their speeds before any of them uses the speeds. */
    void (*set_speed)(void *comm, uint64_t speed);

    /* Collective, but it may return before the other ranks call it. Says how the next round is split. There must be an
     * agreement between two calls, which a rank enters only when it has finished with the queue of the first call. */
    int (*share)(void *comm, struct mcpar__split *split);

    /* Collective. Replaces each of n limbs (64-bit pieces of a sum) by its sum over all ranks. n is the same on all
     * ranks. */
    int (*add)(void *comm, int64_t *limb, size_t n);

    /* Collective. Replaces each of n pairs by the least one over all ranks: that with the least first number, and of
     * those the least second one. n is the same on all ranks. */
    int (*least)(void *comm, uint64_t (*pair)[2], size_t n);

    /* Writes one line for people that names the MPI library, and returns it. Works before a communicator is open. */
    const char *(*library)(char *text, size_t room);

    /* Whether the process may run other threads beside the one that communicates. 0, or a code with the reason. */
    int (*threads)(const void *comm, char *message, size_t room);
};

extern const struct mcpar_comm_table mcpar__comm_self;

/* ---- comm_load.c ---- */

/* How many processes the launcher says there are; 0 if there is no launcher or it says one. */
uint64_t mcpar__launched(void);

/* This process's number among them; 0 without a launcher. */
uint64_t mcpar__launched_rank(void);

/* How many tasks the scheduler says it started without a PMI, the interface through which the processes of an MPI job
 * find each other. Each of these tasks would run a copy of the whole run. 0: there are no such tasks. *variable is the
 * name of the environment variable that says so. */
uint64_t mcpar__strangers(const char **variable);

/* Finds libmcpar_mpi, loads it until the process ends, and sets *table. Returns 0, or MCPAR_ERR_MPI_LIBRARY with a
 * message that says what was tried and what to do. */
int mcpar__comm_load(const struct mcpar_comm_table **table, char *message, size_t room);

/* Whether the program has loaded an MPI library, and whether that MPI has been started. (The choice of the pool depends
 * on it; and if the program is linked to MPI, libmcpar must not start MPI behind its back.) */
enum mcpar__host_mpi { MCPAR__MPI_ABSENT, MCPAR__MPI_LINKED, MCPAR__MPI_STARTED, MCPAR__MPI_FINALIZED };
enum mcpar__host_mpi mcpar__host_mpi(void);

#endif
