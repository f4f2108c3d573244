/* SPDX-License-Identifier: BSD-3-Clause */
/* node.c - ranks that share memory: their queues, their speeds and their order
 *
 * Loads and stores are ordered by C11 atomics and, between rounds, by the messages of the agreement (comm.h). The
 * memory is shared only within a node. */
#include "mpi/node.h"
#include "schedule/chunk_queue.h"

struct contents {                          /* of the shared memory */
    struct mcpar__chunk_queue queue[2];
    _Atomic uint64_t speed[];
};

/* ---- open and close ---------------------------------------------------------------------------------------------- */

static void share_nothing(struct mcpar__node *node)
{
    node->queue = NULL;
    node->speed = node->alone;
    node->rank = 0;
    node->size = 1;
    atomic_store(&node->alone[0], 1);
    atomic_store(&node->alone[1], 1);
}

/* Sets *low to the rank, in `own`, of the first rank of this node. Nodes are ordered by it. */
static int lowest(MPI_Comm own, MPI_Comm shared, int *low)
{
    MPI_Group all = MPI_GROUP_NULL, here = MPI_GROUP_NULL;
    int first = 0, error = MPI_Comm_group(own, &all);

    if (error == MPI_SUCCESS)
        error = MPI_Comm_group(shared, &here);
    if (error == MPI_SUCCESS)
        error = MPI_Group_translate_ranks(here, 1, &first, all, low);
    if (here != MPI_GROUP_NULL)
        (void)MPI_Group_free(&here);
    if (all != MPI_GROUP_NULL)
        (void)MPI_Group_free(&all);
    return error;
}

/* Finds the ranks that can share memory, and makes the communicator `order`. If a call fails on one rank, that rank
 * still makes the remaining collective calls, all of which are over `own`; the last one tells all ranks. */
static int group(struct mcpar__node *node, MPI_Comm own, MPI_Comm *shared)
{
    int low = 0, place = 0, good, all = 0, error;

    good = MPI_Comm_split_type(own, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, shared) == MPI_SUCCESS &&
           lowest(own, *shared, &low) == MPI_SUCCESS;
    if (MPI_Comm_split(own, 0, low, &node->order) != MPI_SUCCESS ||
        MPI_Comm_rank(node->order, &place) != MPI_SUCCESS)
        good = 0;
    error = MPI_Allreduce(&good, &all, 1, MPI_INT, MPI_MIN, own);
    if (error == MPI_SUCCESS && all) {
        node->place = place;
        return MPI_SUCCESS;
    }
    if (*shared != MPI_COMM_NULL)
        (void)MPI_Comm_free(shared);
    if (node->order != MPI_COMM_NULL)
        (void)MPI_Comm_free(&node->order);
    return error;
}

static void set_up(void *at, size_t bytes)
{
    struct contents *contents = at;

    for (int i = 0; i < 2; i++)
        mcpar__queue_clear(&contents->queue[i], 0);
    for (size_t i = 0; i < (bytes - sizeof *contents) / sizeof(uint64_t); i++)
        atomic_store(&contents->speed[i], 1);
}

/* Sets up the memory that the ranks of a node share. If one of them cannot have it, none uses it. */
static int furnish(struct mcpar__node *node, MPI_Comm shared, int rank, int size)
{
    struct contents *contents;
    size_t bytes = sizeof *contents + 2 * (size_t)size * sizeof(uint64_t);
    int error = mcpar__memory_open(&node->memory, shared, bytes, set_up);

    contents = node->memory.at;
    if (error != MPI_SUCCESS || !contents)
        return error;
    node->queue = contents->queue;
    node->speed = contents->speed;
    node->rank = rank;
    node->size = size;
    return MPI_SUCCESS;
}

int mcpar__node_open(struct mcpar__node *node, MPI_Comm own)
{
    MPI_Comm shared = MPI_COMM_NULL;
    int rank = 0, size = 1, error;

    node->own = own;
    node->order = MPI_COMM_NULL;
    node->memory = (struct mcpar__memory){ .at = NULL };
    node->round = 0;
    share_nothing(node);
    if ((error = MPI_Comm_rank(own, &node->place)) != MPI_SUCCESS ||
        (error = MPI_Comm_size(own, &node->places)) != MPI_SUCCESS || node->places == 1)
        return error;
    error = group(node, own, &shared);
    if (error != MPI_SUCCESS || shared == MPI_COMM_NULL)
        return error;
    (void)MPI_Comm_rank(shared, &rank);
    (void)MPI_Comm_size(shared, &size);
    if (size > 1)
        error = furnish(node, shared, rank, size);
    (void)MPI_Comm_free(&shared);
    return error;
}

void mcpar__node_close(struct mcpar__node *node)
{
    mcpar__memory_close(&node->memory);
    if (node->order != MPI_COMM_NULL)
        (void)MPI_Comm_free(&node->order);
}

/* ---- in use ------------------------------------------------------------------------------------------------------ */

static _Atomic uint64_t *row(struct mcpar__node *node, uint64_t round)
{
    return node->speed + (round % 2 ? node->size : 0);
}

void mcpar__node_set_speed(struct mcpar__node *node, uint64_t speed)
{
    atomic_store(&row(node, node->round)[node->rank], speed);
}

/* Two queues and two rows of speeds are enough, for this reason. A rank uses the queue and the row of round k from its
 * call of share for round k until it enters the agreement that ends round k. This function writes the other queue and
 * the other row, those of round k + 1. No rank still uses them for round k - 1: a rank gets to round k only after all
 * ranks have entered the agreement that ended round k - 1. No rank uses them for round k + 1 yet: a rank gets there
 * only after all ranks, this one included, have entered the agreement that ends round k, which they do after this
 * function. An agreement also makes everything that was written before it visible to all ranks. (mcpar__node_set_speed
 * writes the speed of round k + 1 to the same row, after this function and before that agreement.) */
static void prepare_next(struct mcpar__node *node)
{
    atomic_store(&row(node, node->round + 1)[node->rank], atomic_load(&row(node, node->round)[node->rank]));
    if (node->queue && node->rank == 0)
        mcpar__queue_clear(&node->queue[(node->round + 1) % 2], 0);
}

/* The first rank of each node contributes the speed of the whole node, the others contribute 0. For a first rank, the
 * sum over the ranks before it is therefore the speed of the nodes before; for the others it also includes their own
 * node's speed. */
static int nodes_before(const struct mcpar__node *node, uint64_t mine, uint64_t *before)
{
    uint64_t given = node->rank == 0 ? mine : 0;
    int error = MPI_Exscan(&given, before, 1, MPI_UINT64_T, MPI_SUM,
                           node->order == MPI_COMM_NULL ? node->own : node->order);

    if (node->place == 0)
        *before = 0;                       /* MPI leaves it undefined on the first rank */
    else if (node->rank > 0)
        *before -= mine;
    return error;
}

int mcpar__node_share(struct mcpar__node *node, struct mcpar__split *split)
{
    uint64_t mine = 0;
    int error = MPI_SUCCESS;

    *split = (struct mcpar__split){ .takers = (uint64_t)node->size };
    for (int i = 0; i < node->size; i++)
        mine += atomic_load(&row(node, node->round)[i]);
    split->mine = mine;
    if (node->queue)
        split->queue = &node->queue[node->round % 2];
    prepare_next(node);
    node->round++;
    if (node->size < node->places)
        error = nodes_before(node, mine, &split->before);
    return error;
}
