/* pool_fork.c - trials in worker processes that live through one sampling call: opening and closing them */
#define _GNU_SOURCE
#include "pool_fork.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ORDERLY_NS UINT64_C(2000000000)    /* for a worker to end by itself when it is told to */
enum { LOOK_MS = 100 };

static void fork_close(void *opened);

/* Threads of this process; 1 if that cannot be told. */
static unsigned long threads(void)
{
    struct stat tasks;

    return stat("/proc/self/task", &tasks) == 0 && tasks.st_nlink > 2 ? (unsigned long)tasks.st_nlink - 2 : 1;
}

static struct mcpar__fork *allocate(const struct mcpar__job *job, int workers)
{
    struct mcpar__fork *pool = calloc(1, sizeof *pool);

    if (!pool)
        return NULL;
    pool->job = job;
    pool->worker = calloc((size_t)workers, sizeof *pool->worker);
    pool->poll = calloc((size_t)workers, 2 * sizeof *pool->poll);
    if (pool->worker && pool->poll)
        return pool;
    fork_close(pool);
    return NULL;
}

static int fork_open(void **opened, const struct mcpar__job *job, int workers, struct mcpar__report *report)
{
    const char *call = "mmap", *failed = NULL;
    struct mcpar__fork *pool;
    int error = 0;

    *opened = NULL;
    if (workers < 1)
        return mcpar__fail(report, MCPAR_ERR_WORKERS, "%d workers asked for", workers);
    if (threads() > 1)
        mcpar__note(report, "the host has threads: a trial in a forked worker must take no lock that they may hold");
    pool = allocate(job, workers);
    if (!pool)
        return mcpar__fail(report, MCPAR_ERR_MEMORY, "for %d workers", workers);
    pool->common = mcpar__common_map();
    if (!pool->common) {
        error = errno;
        fork_close(pool);
        return mcpar__fail(report, MCPAR_ERR_WORKERS, "%s: %s", call, strerror(error));
    }
    for (int i = 0; i < workers; i++) {
        struct mcpar__worker *worker = &pool->worker[pool->seats];
        int err;

        worker->socket = worker->pidfd = -1;
        err = mcpar__worker_start(pool, pool->seats, &call);
        if (err) {
            error = err;
            failed = call;
        } else {
            pool->seats++;
        }
    }
    if (pool->seats < workers)             /* the seat that was mapped for a worker that is not */
        mcpar__seat_unmap(pool->worker[pool->seats].seat, job->schema);
    if (pool->seats == 0) {
        fork_close(pool);
        return mcpar__fail(report, MCPAR_ERR_WORKERS, "%s: %s", failed, strerror(error));
    }
    if (failed)
        mcpar__note(report, "%d workers instead of %d: %s: %s", pool->seats, workers, failed, strerror(error));
    *opened = pool;
    return 0;
}

static int fork_workers(const void *opened)
{
    const struct mcpar__fork *pool = opened;

    return pool->living;
}

/* Buries those that have ended, for at most so long. */
static void await_ends(struct mcpar__fork *pool, uint64_t ns)
{
    uint64_t start = mcpar__nanoseconds();

    while (pool->living > 0 && mcpar__nanoseconds() - start < ns) {
        mcpar__fork_wait(pool, LOOK_MS);
        for (int i = 0; i < pool->seats; i++)
            if (pool->worker[i].pid && pool->worker[i].gone)
                (void)mcpar__worker_bury(pool, i);
    }
}

static void fork_close(void *opened)
{
    static const struct mcpar__command quit = { .kind = MCPAR__QUIT };
    struct mcpar__fork *pool = opened;

    if (pool->common)
        atomic_store(&pool->common->board.halt, 1);
    for (int i = 0; i < pool->seats; i++)
        if (pool->worker[i].pid)
            (void)mcpar__worker_command(&pool->worker[i], &quit);
    await_ends(pool, ORDERLY_NS);
    for (int i = 0; i < pool->seats; i++)
        if (pool->worker[i].pid)
            mcpar__worker_kill(&pool->worker[i]);
    await_ends(pool, UINT64_MAX);          /* a killed process ends */
    for (int i = 0; i < pool->seats; i++)
        mcpar__seat_unmap(pool->worker[i].seat, pool->job->schema);
    mcpar__common_unmap(pool->common);
    free(pool->worker);
    free(pool->poll);
    free(pool);
}

const struct mcpar__pool mcpar__pool_fork = { "fork", fork_open, mcpar__fork_round, fork_workers, fork_close };
