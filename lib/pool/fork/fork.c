/* SPDX-License-Identifier: BSD-3-Clause */
/* fork.c - opens and closes the fork pool, whose worker processes live through one sampling call */
#include "base/clock.h"
#include "base/cpu_dispatch.h"
#include "pool/fork/fork.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define ORDERLY_NS UINT64_C(2000000000)    /* how long a worker may take to exit when told to quit */
#define LOOK_NS UINT64_C(100000000)

static void fork_close(void *opened);

static struct mcpar__fork *allocate(const struct mcpar__job *job, int workers)
{
    struct mcpar__fork *pool = calloc(1, sizeof *pool);

    if (!pool)
        return NULL;
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &pool->cancel);   /* enabled only while it waits for workers */
    pool->job = job;
    pool->asked = workers;
    pool->worker = calloc((size_t)workers, sizeof *pool->worker);
    pool->poll = calloc((size_t)workers, 2 * sizeof *pool->poll);
    if (pool->worker && pool->poll)
        return pool;
    pool->asked = 0;                       /* no mailboxes to look through */
    fork_close(pool);
    return NULL;
}

/* Starts one worker. The others are started when the work has taken three times as long as forking one: about what a
 * worker costs in all, from its fork to its burial. */
static bool first_worker(struct mcpar__fork *pool)
{
    uint64_t start = mcpar__nanoseconds();

    while (pool->tried < pool->asked && (pool->size == 0 || MCPAR__HIRE_AT_ONCE))
        (void)mcpar__fork_hire(pool);
    pool->patience_ns = 3 * (mcpar__nanoseconds() - start);
    return pool->size > 0;
}

void mcpar__fork_note(const struct mcpar__fork *pool, struct mcpar__report *report)
{
    if (pool->threaded)
        mcpar__note(report, "the host has threads: a trial in a forked worker must not take a lock that they may hold");
    if (pool->tried == pool->asked && pool->size < pool->asked)
        mcpar__note(report, "%d workers instead of %d: %s: %s", pool->size, pool->asked, pool->refused.call,
                    strerror(pool->refused.error));
}

static int fork_open(void **opened, const struct mcpar__job *job, int workers, struct mcpar__report *report)
{
    struct mcpar__fork *pool;

    *opened = NULL;
    if (workers < 1)
        return mcpar__fail(report, MCPAR_ERR_WORKERS, "%d workers asked for", workers);
    (void)mcpar__cpu_kind();               /* decided once here, and not again in each worker */
    pool = allocate(job, workers);
    if (!pool)
        return mcpar__fail(report, MCPAR_ERR_MEMORY, "for %d workers", workers);
    pool->common = mcpar__common_map();
    if (!pool->common) {
        pool->refused.call = "mmap";
        pool->refused.error = errno;
    }
    if (!pool->common || !first_worker(pool)) {
        const char *call = pool->refused.call;
        int error = pool->refused.error;

        fork_close(pool);
        return mcpar__fail(report, MCPAR_ERR_WORKERS, "%s: %s", call, strerror(error));
    }
    mcpar__fork_note(pool, report);
    *opened = pool;
    return 0;
}

/* Counts workers that have not been needed yet, too: nothing says that they cannot be started. */
static int fork_workers(const void *opened)
{
    const struct mcpar__fork *pool = opened;

    int n = pool->asked - pool->tried;

    for (int i = 0; i < pool->size; i++)
        n += pool->worker[i].pid || pool->worker[i].leaves;
    return pool->serial ? 1 : n;
}

static bool fork_in_host(const void *opened)
{
    const struct mcpar__fork *pool = opened;

    return pool->serial != NULL;
}

static uint64_t fork_began(const void *opened)
{
    const struct mcpar__fork *pool = opened;

    return atomic_load(&pool->common->began);
}

static bool fork_digest(const void *opened, int which, uint64_t *digest)
{
    const struct mcpar__fork *pool = opened;

    if (pool->serial && mcpar__pool_serial.digest(pool->serial, which, digest))
        return true;
    *digest = atomic_load(&pool->common->answer[which].digest);
    return atomic_load(&pool->common->answer[which].known);
}

/* Buries workers as they end, for at most ns. */
static void await_ends(struct mcpar__fork *pool, uint64_t ns)
{
    uint64_t start = mcpar__nanoseconds();

    while (pool->living > 0 && mcpar__nanoseconds() - start < ns) {
        mcpar__fork_wait(pool, LOOK_NS);
        for (int i = 0; i < pool->size; i++)
            if (pool->worker[i].pid && pool->worker[i].gone)
                (void)mcpar__worker_bury(pool, i);
    }
}

static void fork_close(void *opened)
{
    static const struct mcpar__command quit = { .kind = MCPAR__QUIT };
    struct mcpar__fork *pool = opened;
    int cancel;

    if (pool->serial)
        mcpar__pool_serial.close(pool->serial);
    if (pool->common)
        atomic_store(&pool->common->queue.halt, 1);
    for (int i = 0; i < pool->size; i++)
        if (pool->worker[i].busy)          /* its trials no longer count */
            mcpar__worker_condemn(&pool->worker[i]);
        else if (pool->worker[i].pid && !pool->worker[i].leaves)
            (void)mcpar__worker_command(&pool->worker[i], &quit);
    await_ends(pool, ORDERLY_NS);
    for (int i = 0; i < pool->size; i++)
        if (pool->worker[i].pid)
            mcpar__worker_kill(&pool->worker[i]);
    await_ends(pool, UINT64_MAX);          /* a killed process ends */
    for (int i = 0; i < pool->asked; i++)  /* also those whose workers could not be forked */
        mcpar__mailbox_unmap(pool->worker[i].mailbox, pool->job->schema);
    mcpar__common_unmap(pool->common);
    if (pool->expected)
        mcpar__child_forget(pool);
    cancel = pool->cancel;
    free(pool->worker);
    free(pool->poll);
    free(pool);
    (void)pthread_setcancelstate(cancel, NULL);
}

const struct mcpar__pool mcpar__pool_fork = { "fork", fork_open, mcpar__fork_round, fork_workers, fork_close,
                                             fork_in_host, fork_began, fork_digest, true };
