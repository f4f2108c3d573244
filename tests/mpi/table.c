/* SPDX-License-Identifier: BSD-3-Clause */
/* table.c - the table of libmcpar_mpi alone, without libmcpar: table hosted [serialized] | late |
 * own [leave | one-leaves]
 *
 * hosted: over communicators of a host that started MPI; own: MPI started by the table itself. */
#include "table.h"
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

/* ---- hosted ------------------------------------------------------------------------------------------------------ */

static void many(int rank, int size)
{
    enum { AT_ONCE = 6 };
    MPI_Comm world = MPI_COMM_WORLD;
    void *comm[AT_ONCE];
    MPI_Errhandler now;
    int times = size > 2 ? 20 : 200;       /* on few CPUs waiting is slow */
    int code = 0, dups_before = dups, made = dups + splits + split_types, frees_before = frees, kept = shared_maps();

    for (int i = 0; i < times && !code; i++)
        code = opens(&world, i % 2 ? (uint64_t)size : 0);
    check(!code, "opened and closed %d times", times);
    check(dups - dups_before == times, "each time one duplicate is made");
    made = dups + splits + split_types - made;
    check(frees - frees_before == made, "and freed, and what was split off: %d of %d", frees - frees_before, made);
    check(shared_maps() == kept, "and memory");
    for (int i = 0; i < AT_ONCE; i++)
        code |= mcpar_mpi_table()->open(&comm[i], &world, 0, why, sizeof why);
    check(!code, "%d at once", AT_ONCE);
    for (int i = 0; i < AT_ONCE; i += 2)
        computes(comm[i], rank, size, "one of several");
    sums(comm[1], rank, size, "world");
    least(comm[1], rank, size, "world");
    check(shared_maps() - kept == (rank % nodes_of(size) + nodes_of(size) < size ? AT_ONCE : 0),
          "memory is shared where a node has several ranks, and only there");
    for (int i = 0; i < AT_ONCE; i++)
        mcpar_mpi_table()->close(comm[(i + 3) % AT_ONCE]);
    mcpar_mpi_table()->close(NULL);
    check(shared_maps() == kept, "and given back");
    MPI_Comm_get_errhandler(world, &now);
    check(now == MPI_ERRORS_ARE_FATAL, "the host's error handler is as it was");
    MPI_Errhandler_free(&now);
}

static void halves(int rank, int size)
{
    MPI_Comm half, inter;
    void *comm = NULL, *whole = NULL;
    int mine = rank % 2, r, n, code;

    MPI_Comm_split(MPI_COMM_WORLD, mine, size - rank, &half); /* in descending order */
    MPI_Comm_rank(half, &r);
    MPI_Comm_size(half, &n);
    code = mcpar_mpi_table()->open(&whole, &(MPI_Comm){ MPI_COMM_WORLD }, 0, why, sizeof why);
    check(!code && !mcpar_mpi_table()->open(&comm, &half, (uint64_t)n, why, sizeof why), "opened over a half of the ranks");
    MPI_Comm_free(&half);                  /* the host's; ours lives on */
    computes(comm, r, n, "a half");
    computes(whole, rank, size, "the whole beside it");
    mcpar_mpi_table()->close(comm);
    mcpar_mpi_table()->close(whole);
    if (size > 1) {
        MPI_Comm_split(MPI_COMM_WORLD, mine, rank, &half);
        MPI_Intercomm_create(half, 0, MPI_COMM_WORLD, 1 - mine, 5, &inter);
        check(opens(&inter, 0) == MCPAR_ERR_ARGUMENT, "an intercommunicator is refused");
        MPI_Comm_free(&inter);
        MPI_Comm_free(&half);
    }
}

static void failures(int rank, int size)
{
    MPI_Comm world = MPI_COMM_WORLD, null = MPI_COMM_NULL;
    uint64_t other = (uint64_t)size + 1;
    struct mcpar__agreement a = { .min = { 0 } };
    void *comm = NULL;
    int code, made = dups + splits + split_types, freed = frees;

    check(opens(&null, 0) == MCPAR_ERR_ARGUMENT, "MPI_COMM_NULL is refused");
    check(opens(&world, other) == MCPAR_ERR_LAUNCHER && strstr(why, "MCPAR_COMM=self"),
          "another size than the launcher's");
    check(opens(&world, rank == size - 1 ? other : 0) == MCPAR_ERR_LAUNCHER,
          "a size that is wrong for one rank fails on all");
    fail_op = rank == size - 1;
    check(opens(&world, 0) == MCPAR_ERR_COMM, "one rank that cannot prepare fails on all");
    fail_op = 0;
    made = dups + splits + split_types - made;
    check(frees - freed == made, "a failed open frees what it made: %d of %d", frees - freed, made);
    fail_dup = 1;
    check(opens(&world, 0) == MCPAR_ERR_COMM && strstr(why, "MPI_Comm_dup"), "a failed MPI_Comm_dup: %s", why);
    fail_dup = 0;
    code = mcpar_mpi_table()->open(&comm, &world, 0, why, sizeof why);
    fail_allreduce = 1;
    check(!code && mcpar_mpi_table()->agree(comm, &a) == MCPAR_ERR_COMM, "a failed MPI_Allreduce in agree");
    fail_allreduce = 0;
    check(usable(comm) == MCPAR_ERR_COMM && strstr(why, "MPI_Allreduce"),
          "and usable says so: %s", why);
    mcpar_mpi_table()->close(comm);
    code = mcpar_mpi_table()->open(&comm, &world, 0, why, sizeof why);
    fail_allreduce = 1;
    check(!code && mcpar_mpi_table()->add(comm, (int64_t[]){ 1 }, 1) == MCPAR_ERR_COMM, "a failed MPI_Allreduce in add");
    fail_allreduce = 0;
    mcpar_mpi_table()->close(comm);
}

/* A function that fails on some ranks only leaves all of them, or all of a node, with parts of their own. It is called
 * by any rank, by the first of a node, which makes the memory, or by the others, which follow. */
enum who { ANY, MAKER, FOLLOWER };

/* The host may write a byte to a file, and the kernel ends who writes more; or as much as before. */
static void limit_files(int yes)
{
    static struct rlimit kept;
    struct rlimit limit;

    (void)getrlimit(RLIMIT_FSIZE, &limit);
    if (yes)
        kept = limit;
    if (yes || limit.rlim_cur == 1)
        limit.rlim_cur = yes ? 1 : kept.rlim_cur;
    (void)setrlimit(RLIMIT_FSIZE, &limit);
}

static void apart(int rank, int size, const char *function, enum who who, int alone)
{
    MPI_Comm world = MPI_COMM_WORLD;
    int one = who == MAKER ? 0 : size - 1, failing = alone ? rank == one : 1, how = ALL_APART_IN_ORDER;
    void *comm = NULL;
    char where[100];
    int code;

    if (who != ANY)
        how = alone ? one % nodes_of(size) : ALL_APART;
    (void)snprintf(where, sizeof where, "%s fails on %s", function, alone ? "one rank" : "all ranks");
    limit_files(failing && !strcmp(function, "RLIMIT_FSIZE"));
    fails = failing ? function : "";
    fail_split_type = failing && !strcmp(function, "MPI_Comm_split_type");
    code = mcpar_mpi_table()->open(&comm, &world, 0, why, sizeof why);
    limit_files(0);
    fails = "";
    fail_split_type = 0;
    if (check(!code, "%s, and it opens all the same: %s", where, why))
        shares(comm, rank, size, how, where);
    mcpar_mpi_table()->close(comm);
}

static void without_shared_memory(int rank, int size)
{
    static const struct {
        const char *function;
        enum who who;
    } bad[] = { { "MPI_Comm_split_type", ANY }, { "MPI_Group_translate_ranks", ANY }, { "MPI_Comm_split", ANY },
                { "memfd_create", MAKER },      { "posix_fallocate", MAKER },         { "mmap", MAKER },
                { "RLIMIT_FSIZE", MAKER },
                { "mmap", FOLLOWER },           { "readlink", FOLLOWER },             { "the file", FOLLOWER },
                { "the size", FOLLOWER },       { "the token", FOLLOWER },            { "MPI_Bcast", FOLLOWER } };
    MPI_Comm world = MPI_COMM_WORLD;
    struct mcpar__split split;
    void *comm = NULL;
    int code;

    for (size_t i = 0; i < 2 * sizeof bad / sizeof *bad; i++)
        if (size <= 3 || i / 2 % 4 == 0)   /* one of each kind: many ranks on few CPUs wait long for each other */
            apart(rank, size, bad[i / 2].function, bad[i / 2].who, (int)(i % 2));
    for (int left = 0; left <= (size > 1) + 1; left++) {
        allreduces_left = left;
        check(opens(&world, 0) == MCPAR_ERR_COMM && strstr(why, "MPI_Allreduce"), "agreement %d in open fails: %s",
              left, why);
        allreduces_left = -1;
    }
    if (size == 1)
        return;
    fail_split_type = 1;
    code = mcpar_mpi_table()->open(&comm, &world, 0, why, sizeof why);
    fail_split_type = 0;
    fails = "MPI_Exscan";
    check(!code && mcpar_mpi_table()->share(comm, &split) == MCPAR_ERR_COMM, "a failed MPI_Exscan in share");
    fails = "";
    check(usable(comm) == MCPAR_ERR_COMM && strstr(why, "MPI_Exscan"),
          "and usable says so: %s", why);
    mcpar_mpi_table()->close(comm);
}

static void *second_thread(void *comm)
{
    MPI_Comm world = MPI_COMM_WORLD;
    int level;

    MPI_Query_thread(&level);
    if (level < MPI_THREAD_SERIALIZED) {
        check(usable(comm) == MCPAR_ERR_MPI_STATE && strstr(why, "MPI_THREAD_"),
              "under FUNNELED another thread may not: %s", why);
        check(opens(&world, 0) == MCPAR_ERR_MPI_STATE, "nor open");
    } else {
        check(!usable(comm), "under SERIALIZED another thread may");
        check(!opens(&world, 0), "and open");
    }
    return NULL;
}

static void in_child(void *comm)
{
    MPI_Comm world = MPI_COMM_WORLD;
    int status = 1, before = dups + frees + allreduces;
    pid_t pid = fork();

    if (pid == 0) {
        int good = usable(comm) == MCPAR_ERR_FORKED && mcpar_mpi_table()->open(&comm, &world, 0, why, sizeof why) &&
                   mcpar_mpi_table()->open(&comm, NULL, 0, why, sizeof why) == MCPAR_ERR_MPI_STATE;
        mcpar_mpi_table()->close(comm);
        _exit(!good || dups + frees + allreduces != before);
    }
    (void)waitpid(pid, &status, 0);
    check(status == 0, "in a child nothing of MPI is called");
}

static int hosted(int wanted)
{
    MPI_Comm world = MPI_COMM_WORLD;
    pthread_t thread;
    void *comm = NULL;
    char name[100] = "";
    int rank, size, level;

    quiet_finalize = 1;
    check(strlen(mcpar_mpi_table()->library(name, sizeof name)) > 4 && !strpbrk(name, ",\r\n\t") && !strstr(name, "  "),
          "the library names itself before MPI_Init: %s", name);
    check(!strcmp(mcpar_mpi_table()->library(name, 5), name) && strlen(name) == 4, "and in little room: %s", name);
    check(opens(&world, 0) == MCPAR_ERR_MPI_STATE && strstr(why, "MPI_Init"), "before MPI_Init: %s", why);
    MPI_Init_thread(NULL, NULL, wanted, &level);
    MPI_Comm_rank(world, &rank);
    MPI_Comm_size(world, &size);
    check(!mcpar_mpi_table()->open(&comm, NULL, (uint64_t)size, why, sizeof why), "a started MPI is taken as it is: all processes");
    computes(comm, rank, size, "all processes");
    many(rank, size);
    halves(rank, size);
    failures(rank, size);
    without_shared_memory(rank, size);
    pthread_create(&thread, NULL, second_thread, comm);
    pthread_join(thread, NULL);
    in_child(comm);
    mcpar_mpi_table()->close(comm);
    MPI_Finalize();
    check(opens(&world, 0) == MCPAR_ERR_MPI_STATE, "over the host's communicator after MPI_Finalize");
    check(opens(NULL, 0) == MCPAR_ERR_MPI_STATE, "over all processes after MPI_Finalize");
    return tap_end();
}

/* The host finalizes MPI under an open communicator: some MPIs complain of what is left, but nothing worse. */
static int late(void)
{
    MPI_Comm world = MPI_COMM_WORLD;
    void *comm = NULL;

    quiet_finalize = 1;
    MPI_Init(NULL, NULL);
    check(!mcpar_mpi_table()->open(&comm, &world, 0, why, sizeof why), "opened");
    MPI_Finalize();
    check(usable(comm) == MCPAR_ERR_MPI_STATE && strstr(why, "finalized"), "not usable: %s", why);
    mcpar_mpi_table()->close(comm);
    return tap_end();
}

/* ---- own --------------------------------------------------------------------------------------------------------- */

static void handler(int signal)
{
    (void)signal;
}

/* Remembers the handlers of all signals, then compares. */
static void signals(int compare)
{
    static struct sigaction kept[32];
    struct sigaction now;
    int good = 1;

    for (int s = 1; s < 32; s++)
        if (!sigaction(s, NULL, compare ? &now : &kept[s]) && compare)
            good &= now.sa_handler == kept[s].sa_handler;
    if (compare)
        check(good, "the host's signals are as they were");
}

static int own(const char *end)
{
    void *comm = NULL, *other = NULL;
    uint64_t expected = 0;
    int status = 1;
    pid_t pid;

    if (getenv("EXPECTED"))
        expected = strtoull(getenv("EXPECTED"), NULL, 10);
    quiet_finalize = 0;
    signal(SIGFPE, handler);
    signal(SIGUSR1, handler);
    signals(0);
    if (mcpar_mpi_table()->open(&comm, NULL, expected, why, sizeof why) == MCPAR_ERR_LAUNCHER) {
        printf("launcher: %s\n", why);
        return 3;
    }
    if (!check(comm != NULL, "MPI is started by the table"))
        return 1;
    signals(1);
    computes(comm, tap_rank(), expected ? (int)expected : 1, "own");
    check(!mcpar_mpi_table()->open(&other, NULL, expected, why, sizeof why), "a second one");
    mcpar_mpi_table()->close(comm);
    computes(other, tap_rank(), expected ? (int)expected : 1, "the second");
    if (!strcmp(end, "leave")) {
        (void)tap_end();
        return 0;                          /* without close: the launcher must not take this for a good end */
    }
    if (!strcmp(end, "one-leaves")) {
        struct mcpar__agreement a = { .min = { 0 } };

        if (tap_rank() == 1)
            exit(3);
        (void)mcpar_mpi_table()->agree(other, &a);
        puts("past");
        return 0;
    }
    mcpar_mpi_table()->close(other);
    check(!opens(NULL, expected), "and one after all were closed");
    pid = fork();
    if (pid == 0)
        exit(0);                           /* runs the exit functions */
    (void)waitpid(pid, &status, 0);
    check(status == 0, "a child that exits does not finalize MPI");
    return tap_end();
}

int main(int argc, char **argv)
{
    first_process = getpid();
    (void)setvbuf(stdout, NULL, _IOFBF, 4096);
    if (argc > 1 && !strcmp(argv[1], "hosted"))
        return hosted(argc > 2 ? MPI_THREAD_SERIALIZED : MPI_THREAD_FUNNELED);
    if (argc > 1 && !strcmp(argv[1], "late"))
        return late();
    return own(argc > 2 ? argv[2] : "");
}
