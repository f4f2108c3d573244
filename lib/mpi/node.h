/* SPDX-License-Identifier: BSD-3-Clause */
/* node.h - ranks that share memory: the queues from which they take trials, and their speeds
 *
 * Functions that return int return MPI_SUCCESS or an error code of MPI. */
#ifndef MCPAR__MPI_NODE_H
#define MCPAR__MPI_NODE_H

#include "comm/comm.h"
#include "mpi/memory.h"
#include <mpi.h>

struct mcpar__node {
    MPI_Comm own;                          /* the communicator of all ranks */
    MPI_Comm order;                        /* its ranks ordered by node; MPI_COMM_NULL: each rank is its own node */
    struct mcpar__memory memory;           /* if there is none, this rank is a node of its own */
    struct mcpar__chunk_queue *queue;      /* two queues, for even and odd rounds; NULL without shared memory */
    _Atomic uint64_t *speed, alone[2];     /* two rows of speeds, one speed for each rank of the node */
    int rank, size;                        /* on the node */
    int place, places;                     /* this rank's number in `order`, and the number of ranks */
    uint64_t round;
};

/* Collective over `own`. If memory cannot be shared, this is not an error: each rank then gets its own part of a round.
 * It is an error if the ranks could not agree. */
int mcpar__node_open(struct mcpar__node *node, MPI_Comm own);

/* Frees `order` and the memory. Does not wait for other ranks. */
void mcpar__node_close(struct mcpar__node *node);

/* These do what comm.h says of set_speed and share. */
void mcpar__node_set_speed(struct mcpar__node *node, uint64_t speed);
int mcpar__node_share(struct mcpar__node *node, struct mcpar__split *split);

#endif
