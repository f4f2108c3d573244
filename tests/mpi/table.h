/* SPDX-License-Identifier: BSD-3-Clause */
/* table.h - what tests of the table share: functions that count and can fail, and what a communicator computes
 *
 * The functions that are defined here stand before those of MPI (its profiling interface) and of the C library. For
 * one .c file, which has defined _GNU_SOURCE. */
#ifndef TABLE_H
#define TABLE_H

#include "schedule/chunk_queue.h"
#include "comm/comm.h"
#include "nodes.h"
#include "tap.h"
#include <errno.h>
#include <fcntl.h>
#include <mcpar_mpi.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char why[512];
static int allreduces, exscans, dups, splits, frees;
static int fail_allreduce, allreduces_left = -1, fail_dup, fail_op, quiet_finalize;
static const char *fails = "";             /* the function that takes part, but says that it failed */
static pid_t first_process;

int MPI_Allreduce(const void *in, void *out, int n, MPI_Datatype type, MPI_Op op, MPI_Comm comm)
{
    allreduces++;
    if (allreduces_left == 0)
        return MPI_ERR_OTHER;
    allreduces_left -= allreduces_left > 0;
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

int MPI_Comm_split(MPI_Comm comm, int color, int key, MPI_Comm *out)
{
    int error = PMPI_Comm_split(comm, color, key, out);

    splits++;
    if (strcmp(fails, "MPI_Comm_split") != 0 || error != MPI_SUCCESS)
        return error;
    (void)PMPI_Comm_free(out);
    return MPI_ERR_OTHER;
}

int MPI_Group_translate_ranks(MPI_Group from, int n, const int *rank, MPI_Group to, int *translated)
{
    return strcmp(fails, "MPI_Group_translate_ranks") ? PMPI_Group_translate_ranks(from, n, rank, to, translated)
                                                      : MPI_ERR_OTHER;
}

/* ---- The ways to memory that is shared ---- */

int memfd_create(const char *name, unsigned int flags)
{
    return strcmp(fails, "memfd_create") ? (int)syscall(SYS_memfd_create, name, flags) : -1;
}

int posix_fallocate(int file, off_t first, off_t n)
{
    if (!strcmp(fails, "mmap"))            /* of a device without memory it does */
        return dup3(open("/dev/null", O_RDWR | O_CLOEXEC), file, O_CLOEXEC) < 0;
    return strcmp(fails, "posix_fallocate") && !fallocate(file, 0, first, n) ? 0 : ENOSPC;
}

ssize_t readlink(const char *path, char *target, size_t room)
{
    return strcmp(fails, "readlink") ? syscall(SYS_readlinkat, AT_FDCWD, path, target, room) : -1;
}

/* A file as the one of the invitation, which nobody may map to write. */
static int sealed(const uint64_t *word)
{
    char path[64];
    struct stat real = { .st_size = 0 };
    int file = (int)syscall(SYS_memfd_create, "mcpar", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    (void)snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)word[0], (int)word[1]);
    check(file >= 0 && !stat(path, &real) && !ftruncate(file, real.st_size) &&
          !fcntl(file, F_ADD_SEALS, F_SEAL_WRITE), "a file that cannot be mapped");
    return file;
}

/* The invitation is of a file that is no memory, of one of another size, of one that cannot be mapped, or comes with
 * another's token. */
static void misguide(uint64_t *word)
{
    if (!strcmp(fails, "mmap") && word[0]) {
        word[1] = (uint64_t)sealed(word);
        word[0] = (uint64_t)getpid();
    }
    if (!strcmp(fails, "the file"))
        word[1] = STDIN_FILENO;
    if (!strcmp(fails, "the token"))
        word[2]++;
    if (!strcmp(fails, "the size")) {
        word[0] = (uint64_t)getpid();
        word[1] = (uint64_t)syscall(SYS_memfd_create, "mcpar", MFD_CLOEXEC);
    }
}

int MPI_Bcast(void *data, int n, MPI_Datatype type, int root, MPI_Comm comm)
{
    int error = PMPI_Bcast(data, n, type, root, comm), rank;

    (void)PMPI_Comm_rank(comm, &rank);
    if (rank != root && n == 3)
        misguide(data);
    return strcmp(fails, "MPI_Bcast") ? error : MPI_ERR_OTHER;
}

/* How many of them this process has. */
static int shared_maps(void)
{
    char line[512];
    int n = 0;
    FILE *file = fopen("/proc/self/maps", "r");

    while (file && fgets(line, sizeof line, file))
        n += strstr(line, "/memfd:mcpar") != NULL;
    if (file)
        (void)fclose(file);
    return n;
}

int MPI_Exscan(const void *in, void *out, int n, MPI_Datatype type, MPI_Op op, MPI_Comm comm)
{
    exscans++;
    return strcmp(fails, "MPI_Exscan") ? PMPI_Exscan(in, out, n, type, op, comm) : MPI_ERR_OTHER;
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
    uint64_t ranks = (uint64_t)size, r = (uint64_t)rank;
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
}

/* Who shares: the ranks of a node, of which there may be one where each rank is by itself; or each rank is, in the order
 * of nodes, or in that of ranks. */
enum { ALL_SHARE = -1, ALL_APART = -2, ALL_APART_IN_ORDER = -3 };
enum { ROUNDS = 8 };                       /* on few CPUs waiting is slow */

static int nodes_of(int size)
{
    int n = nodes() ? nodes() : 1;

    return n < size ? n : size;
}

/* Which part is the rank's: parts stand in the order of these numbers. */
static int part_of(int rank, int size, int apart)
{
    int node = rank % nodes_of(size);

    if (apart == ALL_APART_IN_ORDER)
        return rank;
    return node * 1000 + (apart == ALL_APART || apart == node ? rank : 0);
}

/* The speed of a rank in a round: all begin with 1, and in every third round they keep what they had. */
static uint64_t weight_of(int rank, uint64_t round)
{
    round -= round % 3 == 2;
    return round == 0 ? 1 : (uint64_t)(rank + 1) << (round + 20);
}

static int splits_well(const struct mcpar__split *s, int rank, int size, int apart, uint64_t round)
{
    int part = part_of(rank, size, apart);
    uint64_t before = 0, mine = 0, takers = 0;

    for (int r = 0; r < size; r++) {
        before += part_of(r, size, apart) < part ? weight_of(r, round) : 0;
        mine += part_of(r, size, apart) == part ? weight_of(r, round) : 0;
        takers += part_of(r, size, apart) == part;
    }
    return s->before == before && s->mine == mine && s->takers == takers && (s->queue != NULL) == (takers > 1);
}

/* Takes trials of a queue until there are no more, and leaves marks; the marks of an earlier round must be gone. */
static uint64_t take_all(struct mcpar__chunk_queue *queue, uint64_t round, int *good)
{
    uint64_t taken = 0, lowest = atomic_load(&queue->lowest);
    int halt = atomic_load(&queue->halt);

    *good &= (lowest == UINT64_MAX || lowest == round) && (halt == 0 || halt == (int)round + 1);
    while (atomic_fetch_add(&queue->cursor, 1) < 1000)
        taken++;
    atomic_store(&queue->lowest, round);
    atomic_store(&queue->halt, (int)round + 1);
    return taken;
}

/* Many rounds, the first ones of a communicator. Nothing but the agreements orders what the ranks do. */
static void shares(void *comm, int rank, int size, int apart, const char *where)
{
    int calls = exscans, good = 1, queues = 0, parts = 0;

    for (int r = 0; r < size; r++) {
        int others = 0, below = 0;         /* ranks of the same part */

        for (int q = 0; q < size; q++) {
            others += q > r && part_of(q, size, apart) == part_of(r, size, apart);
            below += q < r && part_of(q, size, apart) == part_of(r, size, apart);
        }
        parts += below == 0;
        queues += below == 0 && others > 0;
    }
    for (uint64_t round = 0; round < ROUNDS; round++) {
        struct mcpar__split s = { 99, 99, NULL, 99 };
        struct mcpar__agreement a = { { 0 }, { 0 } };

        good &= !mcpar_mpi_table()->share(comm, &s) && splits_well(&s, rank, size, apart, round);
        a.sum[0] = s.queue ? take_all(s.queue, round, &good) : 0;
        if ((round + 1) % 3 != 2)
            mcpar_mpi_table()->set_speed(comm, weight_of(rank, round + 1));
        good &= !mcpar_mpi_table()->agree(comm, &a) && a.sum[0] == 1000 * (uint64_t)queues;
    }
    check(good, "%s: %d parts, of which ranks share %d, and each trial of these goes out once", where, parts, queues);
    check(exscans - calls == (parts > 1 ? ROUNDS : 0), "%s: one collective call a round only where there are parts",
          where);
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

static void least(void *comm, int rank, int size, const char *where)
{
    enum { MOST = (1 << 20) + 3 };         /* more than one message takes */
    static uint64_t pair[MOST + 1][2];
    size_t wrong = 0;
    int code;

    for (size_t k = 0; k <= MOST; k++) {   /* the last rank has the least first number; in every third, all have it */
        pair[k][0] = k % 3 ? UINT64_MAX - (uint64_t)rank : k;
        pair[k][1] = k % 5 ? k + (uint64_t)rank : k + 99 - (uint64_t)rank;
    }
    code = mcpar_mpi_table()->least(comm, pair, MOST);
    for (size_t k = 0; k < MOST; k++) {
        uint64_t winner = k % 3 ? (uint64_t)size - 1 : k % 5 ? 0 : (uint64_t)size - 1;

        wrong += pair[k][0] != (k % 3 ? UINT64_MAX - winner : k) || pair[k][1] != (k % 5 ? k + winner : k + 99 - winner);
    }
    wrong += pair[MOST][0] != (MOST % 3 ? UINT64_MAX - (uint64_t)rank : MOST);     /* past the end: untouched */
    check(!code && !wrong, "%s: the least of %d pairs", where, MOST);
}

/* As the caller of a table asks; why tells why not. */
static int usable(const void *comm)
{
    return mcpar_mpi_table()->usable(comm, getpid(), why, sizeof why);
}

static void computes(void *comm, int rank, int size, const char *where)
{
    check(mcpar_mpi_table()->rank(comm) == rank && mcpar_mpi_table()->size(comm) == size, "%s: rank and size", where);
    check(!usable(comm), "%s: usable", where);
    agreements(comm, rank, size, where);
    shares(comm, rank, size, ALL_SHARE, where);
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
