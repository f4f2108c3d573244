/* SPDX-License-Identifier: BSD-3-Clause */
/* node.h - ranks that have memory in common: the queues from which they take trials, and their speeds
 *
 * The functions that return int give MPI_SUCCESS or MPI's error code. */
#ifndef MCPAR__MPI_NODE_H
#define MCPAR__MPI_NODE_H

#include "comm/comm.h"
#include "mpi/memory.h"
#include <mpi.h>

struct mcpar__node {
    MPI_Comm own;                          /* the communicator that it is about */
    MPI_Comm order;                        /* its ranks, node after node; MPI_COMM_NULL: as they are, each a node */
    struct mcpar__memory memory;           /* none: this rank shares nothing and is a node of its own */
    struct mcpar__chunk_queue *queue;            /* two of them, by the parity of `round`; NULL without memory */
    _Atomic uint64_t *speed, alone[2];    /* a row of each parity, as long as the node has ranks */
    int rank, size;                        /* on the node */
    int place, places;                     /* in the order, and how many there are */
    uint64_t round;
};

/* Collective over `own`. Where memory cannot be shared this is no error: ranks then take parts of their own. The error
 * is one of an agreement, as in any other collective call. */
int mcpar__node_open(struct mcpar__node *node, MPI_Comm own);

/* Frees `order`; waits for nobody. */
void mcpar__node_close(struct mcpar__node *node);

/* As set_speed and share of the table (comm.h). */
void mcpar__node_set_speed(struct mcpar__node *node, uint64_t speed);
int mcpar__node_share(struct mcpar__node *node, struct mcpar__split *split);

#endif
