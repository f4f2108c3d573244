/* SPDX-License-Identifier: BSD-3-Clause */
/* comm_mpi.c - the communicator MPI: the table that libmcpar_mpi exports */
#define MCPAR_NO_INLINE                    /* nothing of libmcpar is wanted in here */
#include "comm/comm.h"
#include "mpi/life.h"
#include "mpi/node.h"
#include <mcpar_mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A long message is cut, so that MPI's own buffers stay small and its counts (int) far away. */
enum { PIECE = 1 << 20, WORDS = 2 * MCPAR__AGREE };

_Static_assert(sizeof(struct mcpar__agreement) == WORDS * sizeof(uint64_t), "an agreement is 16 words, nothing else");

struct communicator {
    MPI_Comm comm;                         /* a duplicate: no message of ours meets one of the host's */
    MPI_Datatype agreement;
    MPI_Op combine;
    struct mcpar__node node;
    int rank, size;
    pid_t pid;                             /* where it was opened: a child has no MPI */
    int error;                             /* of the first collective call that failed; MPI_SUCCESS */
    const char *failed;                    /* which that was */
};

/* Minimum of one half, sum (mod 2^64) of the other: associative and commutative, so the order does not matter. */
/* cppcheck-suppress constParameter ; the parameters are MPI's */
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

/* ---- open and close ---------------------------------------------------------------------------------------------- */

/* The host's error handler, which ends the job unless the host chose another, is set aside meanwhile. */
static int duplicate(MPI_Comm whole, MPI_Comm *own, char *message, size_t room)
{
    MPI_Errhandler hosts;
    int inter = 0, code = 0, error;

    if (whole == MPI_COMM_NULL) {
        (void)snprintf(message, room, "the communicator is MPI_COMM_NULL");
        return MCPAR_ERR_ARGUMENT;
    }
    error = MPI_Comm_get_errhandler(whole, &hosts);
    if (error != MPI_SUCCESS)
        return mcpar__mpi_failed(error, "MPI_Comm_get_errhandler", message, room);
    (void)MPI_Comm_set_errhandler(whole, MPI_ERRORS_RETURN);
    error = MPI_Comm_test_inter(whole, &inter);
    if (error != MPI_SUCCESS) {
        code = mcpar__mpi_failed(error, "MPI_Comm_test_inter", message, room);
    } else if (inter) {
        (void)snprintf(message, room, "the communicator is an intercommunicator: merge it (MPI_Intercomm_merge), or "
                       "pass the local one");
        code = MCPAR_ERR_ARGUMENT;
    } else {
        error = MPI_Comm_dup(whole, own);
        if (error != MPI_SUCCESS)
            code = mcpar__mpi_failed(error, "MPI_Comm_dup", message, room);
    }
    (void)MPI_Comm_set_errhandler(whole, hosts);
    (void)MPI_Errhandler_free(&hosts);     /* our reference to it, which the get made */
    return code;
}

static int furnish(struct communicator *c, char *message, size_t room)
{
    int error;

    if ((error = MPI_Comm_rank(c->comm, &c->rank)) != MPI_SUCCESS ||
        (error = MPI_Comm_size(c->comm, &c->size)) != MPI_SUCCESS ||
        (error = MPI_Type_contiguous(WORDS, MPI_UINT64_T, &c->agreement)) != MPI_SUCCESS ||
        (error = MPI_Type_commit(&c->agreement)) != MPI_SUCCESS ||
        (error = MPI_Op_create(combine, 1, &c->combine)) != MPI_SUCCESS)
        return mcpar__mpi_failed(error, "preparing the communicator", message, room);
    return 0;
}

/* Only freeing communicators has to do with other ranks, and does not wait for them. A broken communicator is left as it is, and stays open:
 * freeing it, or MPI_Finalize at exit, may wait for ranks that are gone. */
static void dismantle(struct communicator *c)
{
    if (c->combine != MPI_OP_NULL)
        (void)MPI_Op_free(&c->combine);
    if (c->agreement != MPI_DATATYPE_NULL)
        (void)MPI_Type_free(&c->agreement);
    if (c->error != MPI_SUCCESS)
        return;
    mcpar__node_close(&c->node);
    (void)MPI_Comm_free(&c->comm);
}

/* Another MPI's launcher starts n processes, of which each believes to be alone. */
static int as_launched(int size, uint64_t expected, char *message, size_t room)
{
    char name[128];

    if (expected == 0 || expected == (uint64_t)size)
        return 0;
    (void)snprintf(message, room,
                   "the launcher says %llu processes and MPI (%s) says %d: probably this is another MPI's launcher. "
                   "Use the mpirun of this MPI, or set MCPAR_MPI_LIBRARY to a libmcpar_mpi that was built with the "
                   "launcher's, or set MCPAR_COMM=self to run independent copies",
                   (unsigned long long)expected, mcpar__mpi_library(name, sizeof name), size);
    return MCPAR_ERR_LAUNCHER;
}

/* If one rank failed, all do, with one code: nobody is left waiting in the next collective call. */
static int together(MPI_Comm comm, int code, char *message, size_t room)
{
    int worst = 0, error = MPI_Allreduce(&code, &worst, 1, MPI_INT, MPI_MAX, comm);

    if (error != MPI_SUCCESS)
        return code ? code : mcpar__mpi_failed(error, "MPI_Allreduce", message, room);
    if (worst != code)
        (void)snprintf(message, room, "opening the communicator failed on another rank");
    return worst;
}

static int open_mpi(void **out, const void *host, uint64_t expected, char *message, size_t room)
{
    MPI_Comm own = MPI_COMM_NULL;
    struct communicator *c;
    int code;

    *out = NULL;
    code = host ? mcpar__mpi_usable(getpid(), message, room) : mcpar__mpi_start(message, room);
    if (!code)
        code = duplicate(host ? *(const MPI_Comm *)host : MPI_COMM_WORLD, &own, message, room);
    if (code)
        return code;
    mcpar__mpi_opened();
    (void)MPI_Comm_set_errhandler(own, MPI_ERRORS_RETURN);
    c = calloc(1, sizeof *c);
    if (c) {
        *c = (struct communicator){ .comm = own, .agreement = MPI_DATATYPE_NULL, .combine = MPI_OP_NULL,
                                    .node = { .order = MPI_COMM_NULL }, .pid = getpid(),
                                    .error = MPI_SUCCESS };
        code = furnish(c, message, room);
        if (!code)
            code = as_launched(c->size, expected, message, room);
    } else {
        (void)snprintf(message, room, "no memory for a communicator");
        code = MCPAR_ERR_MEMORY;
    }
    code = together(own, code, message, room);
    if (!code) {                           /* all are here, and all go on or none */
        int error = mcpar__node_open(&c->node, own);

        if (error != MPI_SUCCESS)
            code = mcpar__mpi_failed(error, "MPI_Allreduce", message, room);
        code = together(own, code, message, room);
    }
    if (!code) {
        *out = c;
        return 0;
    }
    if (c)
        dismantle(c);
    else
        (void)MPI_Comm_free(&own);
    free(c);
    mcpar__mpi_closed();
    return code;
}

static void close_mpi(void *comm)
{
    struct communicator *c = comm;

    if (!c)
        return;
    if (c->pid == getpid()) {              /* in a child, after MPI_Finalize, in a thread that may not: no MPI */
        char why[1];

        if (!mcpar__mpi_usable(c->pid, why, sizeof why))
            dismantle(c);
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

/* What went wrong is kept, and usable tells it. */
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

/* A function gives it, so that no program keeps a copy that is as long as the table was when it was linked. */
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
    .library = mcpar__mpi_library,
};

const struct mcpar_comm_table *mcpar_mpi_table(void)
{
    return &table;
}
