/* SPDX-License-Identifier: BSD-3-Clause */
/* comm_mpi.c - the MPI communicator: the table of functions that libmcpar_mpi exports */
#define MCPAR_NO_INLINE                    /* this library must not depend on libmcpar */
#include "comm/comm.h"
#include "mpi/life.h"
#include "mpi/node.h"
#include <mcpar_mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Long messages are sent in pieces, which limits the memory that MPI needs for them and keeps counts within an int. */
enum { PIECE = 1 << 20, WORDS = 2 * MCPAR__AGREE };

_Static_assert(sizeof(struct mcpar__agreement) == WORDS * sizeof(uint64_t), "an agreement is 16 words without padding");

struct communicator {
    MPI_Comm comm;                         /* a duplicate, so that our messages never meet the host's */
    MPI_Datatype agreement, pair;
    MPI_Op combine, lesser;
    struct mcpar__node node;
    int rank, size;
    pid_t pid;                             /* the process that opened it; its children cannot use MPI */
    int error;                             /* of the first collective call that failed, or MPI_SUCCESS */
    const char *failed;                    /* the MPI function that failed */
};

/* MPI_Op for an agreement: the minimum of each word of one half, the sum (mod 2^64) of each word of the other. Both are
 * associative and commutative, so the result does not depend on the order in which MPI combines the ranks. */
/* cppcheck-suppress constParameter ; MPI prescribes the parameters */
static void combine(void *in, void *inout, int *n, MPI_Datatype *type)
{
    const struct mcpar__agreement *a = in;
    struct mcpar__agreement *b = inout;

    (void)type;
    for (int i = 0; i < *n; i++)
        for (int k = 0; k < MCPAR__AGREE; k++) {
            if (a[i].min[k] < b[i].min[k])
                b[i].min[k] = a[i].min[k];
            b[i].sum[k] += a[i].sum[k];
        }
}

/* MPI_Op for pairs: the lesser one. */
/* cppcheck-suppress constParameter ; MPI prescribes the parameters */
static void lesser(void *in, void *inout, int *n, MPI_Datatype *type)
{
    const uint64_t (*a)[2] = in;
    uint64_t (*b)[2] = inout;

    (void)type;
    for (int i = 0; i < *n; i++)
        if (a[i][0] < b[i][0] || (a[i][0] == b[i][0] && a[i][1] < b[i][1])) {
            b[i][0] = a[i][0];
            b[i][1] = a[i][1];
        }
}

/* ---- open and close ---------------------------------------------------------------------------------------------- */

/* Calls an MPI function. If it fails, writes which one and why, and returns MCPAR_ERR_COMM. */
#define RETURN_IF_FAILED(function, ...)                                     \
    do {                                                                    \
        int error_ = function(__VA_ARGS__);                                 \
        if (error_ != MPI_SUCCESS)                                          \
            return mcpar__mpi_failed(error_, #function, message, room);     \
    } while (0)

static int duplicate_quietly(MPI_Comm whole, MPI_Comm *own, char *message, size_t room)
{
    int inter = 0;

    RETURN_IF_FAILED(MPI_Comm_test_inter, whole, &inter);
    if (inter) {
        (void)snprintf(message, room, "the communicator is an intercommunicator: merge it (MPI_Intercomm_merge), or "
                       "pass the local one");
        return MCPAR_ERR_ARGUMENT;
    }
    RETURN_IF_FAILED(MPI_Comm_dup, whole, own);
    (void)MPI_Comm_set_errhandler(*own, MPI_ERRORS_RETURN);
    return 0;
}

/* Collective. By default, the host's error handler ends the job. It is replaced until the duplicate is made, so that a
 * failure can be returned. */
static int duplicate(MPI_Comm whole, MPI_Comm *own, char *message, size_t room)
{
    MPI_Errhandler hosts;
    int code;

    if (whole == MPI_COMM_NULL) {
        (void)snprintf(message, room, "the communicator is MPI_COMM_NULL");
        return MCPAR_ERR_ARGUMENT;
    }
    RETURN_IF_FAILED(MPI_Comm_get_errhandler, whole, &hosts);
    (void)MPI_Comm_set_errhandler(whole, MPI_ERRORS_RETURN);
    code = duplicate_quietly(whole, own, message, room);
    (void)MPI_Comm_set_errhandler(whole, hosts);
    (void)MPI_Errhandler_free(&hosts);     /* MPI_Comm_get_errhandler has taken a reference for us */
    return code;
}

/* If this MPI was started by the launcher of another MPI, each process believes that it is the only one. */
static int check_size(int size, uint64_t expected, char *message, size_t room)
{
    char name[128];

    if (expected == 0 || expected == (uint64_t)size)
        return 0;
    (void)snprintf(message, room,
                   "the launcher says %llu processes and MPI (%s) says %d: this is probably the launcher of another "
                   "MPI. Use the mpirun of this MPI, or set MCPAR_MPI_LIBRARY to a libmcpar_mpi that was built with "
                   "the launcher's MPI, or set MCPAR_COMM=self to run independent copies",
                   (unsigned long long)expected, mcpar__mpi_library(name, sizeof name), size);
    return MCPAR_ERR_LAUNCHER;
}

/* Local. Makes the structure around the duplicate. On failure, *out is what has been made so far (NULL without memory),
 * for dismantle. */
static int prepare(struct communicator **out, MPI_Comm own, uint64_t expected, char *message, size_t room)
{
    struct communicator *c = calloc(1, sizeof *c);

    *out = c;
    if (!c) {
        (void)snprintf(message, room, "no memory for a communicator");
        return MCPAR_ERR_MEMORY;
    }
    *c = (struct communicator){ .comm = own, .agreement = MPI_DATATYPE_NULL, .pair = MPI_DATATYPE_NULL,
                                .combine = MPI_OP_NULL, .lesser = MPI_OP_NULL,
                                .node = { .order = MPI_COMM_NULL }, .pid = getpid(), .error = MPI_SUCCESS };
    RETURN_IF_FAILED(MPI_Comm_rank, own, &c->rank);
    RETURN_IF_FAILED(MPI_Comm_size, own, &c->size);
    RETURN_IF_FAILED(MPI_Type_contiguous, WORDS, MPI_UINT64_T, &c->agreement);
    RETURN_IF_FAILED(MPI_Type_commit, &c->agreement);
    RETURN_IF_FAILED(MPI_Op_create, combine, 1, &c->combine);
    RETURN_IF_FAILED(MPI_Type_contiguous, 2, MPI_UINT64_T, &c->pair);
    RETURN_IF_FAILED(MPI_Type_commit, &c->pair);
    RETURN_IF_FAILED(MPI_Op_create, lesser, 1, &c->lesser);
    return check_size(c->size, expected, message, room);
}

/* Collective. Finds the ranks of this node and the memory that they share. */
static int find_node(struct communicator *c, char *message, size_t room)
{
    int error = mcpar__node_open(&c->node, c->comm);

    return error == MPI_SUCCESS ? 0 : mcpar__mpi_failed(error, "MPI_Allreduce", message, room);
}

/* Collective. If a step failed on any rank, returns the same code on all ranks. Every rank calls this after a step that
 * can fail on one rank alone, so that no rank waits in the next step for one that has given up. */
static int agree_on(int code, MPI_Comm own, char *message, size_t room)
{
    int worst = 0, error = MPI_Allreduce(&code, &worst, 1, MPI_INT, MPI_MAX, own);

    if (error != MPI_SUCCESS)
        return code ? code : mcpar__mpi_failed(error, "MPI_Allreduce", message, room);
    if (worst != code)
        (void)snprintf(message, room, "opening the communicator failed on another rank");
    return worst;
}

/* Frees everything but the duplicate. MPI_Comm_free, also the one in mcpar__node_close, is the only call here that
 * concerns other ranks, and it does not wait for them. After a failed collective call even that is not certain, so the
 * node's communicator is then left open. */
static void dismantle(struct communicator *c)
{
    if (c->combine != MPI_OP_NULL)
        (void)MPI_Op_free(&c->combine);
    if (c->agreement != MPI_DATATYPE_NULL)
        (void)MPI_Type_free(&c->agreement);
    if (c->lesser != MPI_OP_NULL)
        (void)MPI_Op_free(&c->lesser);
    if (c->pair != MPI_DATATYPE_NULL)
        (void)MPI_Type_free(&c->pair);
    if (c->error == MPI_SUCCESS)
        mcpar__node_close(&c->node);
}

static int open_mpi(void **out, const void *host, uint64_t expected, char *message, size_t room)
{
    MPI_Comm own = MPI_COMM_NULL;
    struct communicator *c = NULL;
    int code;

    *out = NULL;
    code = host ? mcpar__mpi_usable(getpid(), message, room) : mcpar__mpi_start(message, room);
    if (code)
        return code;
    code = duplicate(host ? *(const MPI_Comm *)host : MPI_COMM_WORLD, &own, message, room);
    if (code)
        return code;
    mcpar__mpi_opened();
    code = agree_on(prepare(&c, own, expected, message, room), own, message, room);
    if (code)
        goto undo;
    code = agree_on(find_node(c, message, room), own, message, room);
    if (code)
        goto undo;
    *out = c;
    return 0;

undo:
    if (c)
        dismantle(c);
    free(c);
    (void)MPI_Comm_free(&own);
    mcpar__mpi_closed();
    return code;
}

/* After a failed collective call the duplicate stays open, and MPI is not finalized at exit: MPI_Comm_free and
 * MPI_Finalize might wait for ranks that are gone. */
static void close_mpi(void *comm)
{
    struct communicator *c = comm;
    char why[1];

    if (!c)
        return;
    if (c->pid == getpid()) {              /* a child must not touch MPI */
        if (!mcpar__mpi_usable(c->pid, why, sizeof why)) { /* not after MPI_Finalize, or in a thread that may not */
            dismantle(c);
            if (c->error == MPI_SUCCESS)
                (void)MPI_Comm_free(&c->comm);
        }
        if (c->error == MPI_SUCCESS)
            mcpar__mpi_closed();
    }
    free(c);
}

/* ---- in use ------------------------------------------------------------------------------------------------------ */

static int rank_mpi(const void *comm)
{
    return ((const struct communicator *)comm)->rank;
}

static int size_mpi(const void *comm)
{
    return ((const struct communicator *)comm)->size;
}

static int usable_mpi(const void *comm, pid_t here, char *message, size_t room)
{
    const struct communicator *c = comm;

    if (c->pid != here) {
        (void)snprintf(message, room, "the communicator belongs to process %ld, the parent of this one", (long)c->pid);
        return MCPAR_ERR_FORKED;
    }
    if (c->error != MPI_SUCCESS)
        return mcpar__mpi_failed(c->error, c->failed, message, room);
    return mcpar__mpi_usable(here, message, room);
}

/* Keeps the first error, which usable_mpi reports. */
static int done(struct communicator *c, int error, const char *function)
{
    if (error == MPI_SUCCESS)
        return 0;
    if (c->error == MPI_SUCCESS) {
        c->error = error;
        c->failed = function;
    }
    return MCPAR_ERR_COMM;
}

static int agree_mpi(void *comm, struct mcpar__agreement *agreement)
{
    struct communicator *c = comm;

    return done(c, MPI_Allreduce(MPI_IN_PLACE, agreement, 1, c->agreement, c->combine, c->comm), "MPI_Allreduce");
}

static void set_speed_mpi(void *comm, uint64_t speed)
{
    struct communicator *c = comm;

    mcpar__node_set_speed(&c->node, speed);
}

static int share_mpi(void *comm, struct mcpar__split *split)
{
    struct communicator *c = comm;

    return done(c, mcpar__node_share(&c->node, split), "MPI_Exscan");
}

static int add_mpi(void *comm, int64_t *limb, size_t n)
{
    struct communicator *c = comm;

    for (size_t first = 0; first < n; first += PIECE) {
        int count = n - first < PIECE ? (int)(n - first) : PIECE;
        int error = MPI_Allreduce(MPI_IN_PLACE, limb + first, count, MPI_INT64_T, MPI_SUM, c->comm);

        if (error != MPI_SUCCESS)
            return done(c, error, "MPI_Allreduce");
    }
    return 0;
}

static int least_mpi(void *comm, uint64_t (*pair)[2], size_t n)
{
    struct communicator *c = comm;

    for (size_t first = 0; first < n; first += PIECE) {
        int count = n - first < PIECE ? (int)(n - first) : PIECE;
        int error = MPI_Allreduce(MPI_IN_PLACE, pair + first, count, c->pair, c->lesser, c->comm);

        if (error != MPI_SUCCESS)
            return done(c, error, "MPI_Allreduce");
    }
    return 0;
}

static int threads_mpi(const void *comm, char *message, size_t room)
{
    (void)comm;
    return mcpar__mpi_threads(message, room);
}

/* The table is reached through a function. If it were an exported variable, a program could contain a copy of it, as
 * long as the table was when the program was linked (a copy relocation). */
static const struct mcpar_comm_table table = {
    .abi = MCPAR__COMM_ABI,
    .name = "mpi",
    .open = open_mpi,
    .close = close_mpi,
    .rank = rank_mpi,
    .size = size_mpi,
    .usable = usable_mpi,
    .agree = agree_mpi,
    .set_speed = set_speed_mpi,
    .share = share_mpi,
    .add = add_mpi,
    .least = least_mpi,
    .library = mcpar__mpi_library,
    .threads = threads_mpi,
};

const struct mcpar_comm_table *mcpar_mpi_table(void)
{
    return &table;
}
