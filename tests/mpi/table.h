/* table.h - what tests of the table share: MPI functions that count and can fail, and what a communicator computes
 *
 * The MPI functions that are defined here stand before those of MPI (its profiling interface). For one .c file. */
#ifndef TABLE_H
#define TABLE_H

#include "comm.h"
#include "tap.h"
#include <mcpar_mpi.h>
#include <unistd.h>

static char why[512];
static int allreduces, dups, frees, fail_allreduce, fail_dup, fail_op, quiet_finalize;
static pid_t first_process;

int MPI_Allreduce(const void *in, void *out, int n, MPI_Datatype type, MPI_Op op, MPI_Comm comm)
{
    allreduces++;
    return fail_allreduce ? MPI_ERR_OTHER : PMPI_Allreduce(in, out, n, type, op, comm);
}

int MPI_Comm_dup(MPI_Comm comm, MPI_Comm *own)
{
    dups++;
    return fail_dup ? MPI_ERR_OTHER : PMPI_Comm_dup(comm, own);
}

int MPI_Comm_free(MPI_Comm *comm)
{
    frees++;
    return PMPI_Comm_free(comm);
}

int MPI_Op_create(MPI_User_function *function, int commute, MPI_Op *op)
{
    return fail_op ? MPI_ERR_OTHER : PMPI_Op_create(function, commute, op);
}

int MPI_Finalize(void)
{
    if (!quiet_finalize)
        check(getpid() == first_process, "MPI is finalized at exit, in the process that started it");
    return PMPI_Finalize();
}

/* ---- what a communicator must compute ---------------------------------------------------------------------------- */

static void agreements(void *comm, int rank, int size, const char *where)
{
    struct mcpar__agreement a;
    uint64_t ranks = (uint64_t)size, r = (uint64_t)rank, before = 99;
    int good = 1, code = 0, calls = allreduces;

    for (uint64_t k = 0; k < MCPAR__AGREE; k++) {
        a.min[k] = k == 7 ? UINT64_MAX - r : (k << 40) + (r + k) % ranks; /* each rank is the least somewhere */
        a.sum[k] = (k << 33) + r;
    }
    a.sum[7] = UINT64_MAX;
    code = mcpar_mpi_table()->agree(comm, &a);
    check(allreduces == calls + 1, "%s: an agreement is one MPI_Allreduce", where);
    for (uint64_t k = 0; k < MCPAR__AGREE; k++) {
        good &= a.min[k] == (k == 7 ? UINT64_MAX - (ranks - 1) : k << 40);
        good &= a.sum[k] == (k == 7 ? 0 - ranks : ranks * (k << 33) + ranks * (ranks - 1) / 2);
    }
    check(!code && good, "%s: agree on %d ranks: least and sum, modulo 2^64", where, size);
    code = mcpar_mpi_table()->before(comm, (r + 1) << 40, &before);
    check(!code && before == (r * (r + 1) / 2) << 40, "%s: before", where);
}

static void sums(void *comm, int rank, int size, const char *where)
{
    static const size_t length[] = { 0, 1, 17, 4096, (size_t)1 << 20, ((size_t)1 << 20) + 3 };
    static int64_t limb[((size_t)1 << 20) + 4];
    int64_t ranks = size, r = rank;

    for (size_t i = 0; i < sizeof length / sizeof *length; i++) {
        size_t n = length[i], wrong = 0;
        int code;

        for (size_t k = 0; k <= n; k++)
            limb[k] = (k % 2 ? -1 : 1) * ((int64_t)k * 1000003 + (r << 40));
        code = mcpar_mpi_table()->add(comm, limb, n);
        for (size_t k = 0; k < n; k++)
            wrong += limb[k] != (k % 2 ? -1 : 1) * ((int64_t)k * 1000003 * ranks + ((ranks * (ranks - 1) / 2) << 40));
        wrong += limb[n] != (n % 2 ? -1 : 1) * ((int64_t)n * 1000003 + (r << 40)); /* past the end: untouched */
        check(!code && !wrong, "%s: add of %zu limbs", where, n);
    }
}

static void computes(void *comm, int rank, int size, const char *where)
{
    check(mcpar_mpi_table()->rank(comm) == rank && mcpar_mpi_table()->size(comm) == size, "%s: rank and size", where);
    check(!mcpar_mpi_table()->usable(comm, why, sizeof why), "%s: usable", where);
    agreements(comm, rank, size, where);
}

static int opens(const MPI_Comm *host, uint64_t expected)
{
    static char sentinel;
    void *comm = &sentinel;
    int code;

    why[0] = '\0';
    code = mcpar_mpi_table()->open(&comm, host, expected, why, sizeof why);
    if (!code)
        mcpar_mpi_table()->close(comm);
    else
        check(comm == NULL && why[0] != '\0', "a failed open gives no communicator and says why");
    return code;
}

#endif
