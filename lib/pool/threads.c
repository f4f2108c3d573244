/* SPDX-License-Identifier: BSD-3-Clause */
/* threads.c - runs trials in threads of this process, for trials that are thread-safe
 *
 * The calling thread starts the rounds, watches the clock and merges; it runs no trials itself, so only it talks to other
 * ranks. All threads take chunks from one queue, as worker processes do. A crash of a trial ends the process. */
#include "base/clock.h"
#include "base/guard.h"
#include "pool/pool.h"
#include "schedule/chunk_queue.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#define LOOK_NS UINT64_C(20000000)         /* how often the calling thread looks at the clock and for a stop */
#define SECOND_NS UINT64_C(1000000000)

struct threads;

struct thread {
    _Alignas(MCPAR__LINE) struct threads *pool;
    pthread_t id;
    bool started;
    struct mcpar__runner *runner;
    struct mcpar__result own;              /* of the current round */
    struct mcpar__failure failure;
    uint64_t size;                         /* trials in a chunk; kept from round to round */
    int err;                               /* why it runs no trials: a code, or 0 */
    uint64_t round;                        /* the pool's, when it started */
    bool running, left;                    /* a trial runs; it has ended the thread (pthread_exit) */
};

struct threads {
    struct mcpar__chunk_queue queue;
    const struct mcpar__job *job;
    struct thread *thread;
    int size;                              /* of them, all started */
    int cancel;                            /* the host's cancel state */
    pthread_mutex_t mutex;                 /* for what follows: */
    pthread_cond_t wake, done;             /* the threads; the calling thread */
    uint64_t round;                        /* its number; 0: none yet */
    int busy;                              /* threads that still work in it */
    bool quit;
};

/* ---- In the threads ---- */

enum { FAILED = 1 };

static int run_chunk(void *opened, uint64_t first, uint64_t n, uint64_t *ran)
{
    struct thread *self = opened;
    struct mcpar__failure failure = { 0 };
    int failed;

    self->running = true;
    failed = mcpar__runner_run(self->runner, first, n, &self->own.tally, &failure);
    self->running = false;
    if (failed) {
        self->failure = failure;
        mcpar__queue_lower(&self->pool->queue, failure.trial);
        return FAILED;
    }
    *ran = mcpar__nanoseconds();
    self->err = mcpar__ledger_add(&self->own.ledger, first, n);
    if (self->err)
        atomic_store(&self->pool->queue.halt, 1);
    return self->err;
}

static void hand_in(struct thread *self)
{
    struct threads *pool = self->pool;

    (void)pthread_mutex_lock(&pool->mutex);
    if (--pool->busy == 0)
        (void)pthread_cond_signal(&pool->done);
    (void)pthread_mutex_unlock(&pool->mutex);
}

/* A host function has ended this thread with pthread_exit. */
static void left(void *opened)
{
    struct thread *self = opened;

    self->left = true;
    if (self->running) {
        self->failure = (struct mcpar__failure){ .code = MCPAR_ERR_LEFT };
        self->failure.trial = mcpar__runner_trial(self->runner, &self->failure.n);
        mcpar__queue_lower(&self->pool->queue, self->failure.trial);
    } else {
        self->err = MCPAR_ERR_LEFT;
        atomic_store(&self->pool->queue.halt, 1);
    }
    hand_in(self);
}

/* Waits for the next round. False: there is none. */
static bool next_round(struct thread *self, uint64_t *round)
{
    struct threads *pool = self->pool;
    bool quit;

    (void)pthread_mutex_lock(&pool->mutex);
    while (pool->round == *round && !pool->quit)
        (void)pthread_cond_wait(&pool->wake, &pool->mutex);
    quit = pool->quit;
    *round = pool->round;
    (void)pthread_mutex_unlock(&pool->mutex);
    return !quit;
}

static void *work(void *opened)
{
    struct thread *self = opened;
    MCPAR__GUARD guard = { .left = NULL };
    uint64_t round = self->round;

    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    mcpar__guard_open(&guard, left, self);
    while (next_round(self, &round)) {
        if (!self->runner && !self->err)
            self->err = mcpar__runner_open(&self->runner, self->pool->job);
        if (!self->err)
            (void)mcpar__queue_work(&self->pool->queue, &self->size, run_chunk, self);
        else
            atomic_store(&self->pool->queue.halt, 1);
        mcpar__tally_canonical(&self->own.tally);
        hand_in(self);
    }
    mcpar__guard_close(&guard);
    mcpar__runner_close(self->runner);     /* here, because scratch_free belongs to the thread of its scratch_new */
    self->runner = NULL;
    return NULL;
}

/* ---- In the calling thread ---- */

/* All but those that a thread gets for what it does itself. */
static void host_signals(sigset_t *set)
{
    static const int own[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS };

    (void)sigfillset(set);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        (void)sigdelset(set, own[i]);
}

static bool start(struct threads *pool, int index)
{
    struct thread *thread = &pool->thread[index];
    sigset_t blocked, before;

    *thread = (struct thread){ .pool = pool, .size = 1, .round = pool->round };
    if (mcpar__result_open(&thread->own, pool->job->schema))
        return false;
    host_signals(&blocked);
    (void)pthread_sigmask(SIG_BLOCK, &blocked, &before);   /* the thread inherits it */
    thread->started = pthread_create(&thread->id, NULL, work, thread) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!thread->started)
        mcpar__result_close(&thread->own);
    return thread->started;
}

/* Another thread in the place of one that a trial has ended. */
static bool replace(struct threads *pool, int index)
{
    struct thread *thread = &pool->thread[index];

    (void)pthread_join(thread->id, NULL);
    mcpar__result_close(&thread->own);
    mcpar__runner_close(thread->runner);
    return start(pool, index);
}

static void release(struct threads *pool)
{
    (void)pthread_cond_destroy(&pool->wake);
    (void)pthread_cond_destroy(&pool->done);
    (void)pthread_mutex_destroy(&pool->mutex);
    free(pool->thread);
    free(pool);
}

static struct threads *allocate(const struct mcpar__job *job, int workers)
{
    struct threads *pool = mcpar__cache_lines(1, sizeof *pool);
    pthread_condattr_t monotonic;

    if (!pool)
        return NULL;
    *pool = (struct threads){ .job = job };
    pool->thread = mcpar__cache_lines((size_t)workers, sizeof *pool->thread);
    if (!pool->thread) {
        free(pool);
        return NULL;
    }
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&pool->mutex, NULL);
    (void)pthread_cond_init(&pool->wake, NULL);
    (void)pthread_cond_init(&pool->done, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    return pool;
}

static int threads_open(void **opened, const struct mcpar__job *job, int workers, struct mcpar__report *report)
{
    struct threads *pool = allocate(job, workers);

    *opened = NULL;
    if (!pool)
        return mcpar__fail(report, MCPAR_ERR_MEMORY, "for %d threads", workers);
    while (pool->size < workers && start(pool, pool->size))
        pool->size++;
    if (pool->size == 0) {
        release(pool);
        return mcpar__fail(report, MCPAR_ERR_WORKERS, "no thread could be started");
    }
    if (pool->size < workers)
        mcpar__note(report, "%d threads in place of %d: no more could be started", pool->size, workers);
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &pool->cancel);   /* the threads use this thread's memory */
    *opened = pool;
    return 0;
}

static struct timespec in(uint64_t ns)
{
    uint64_t at = mcpar__nanoseconds() + ns;

    return (struct timespec){ (time_t)(at / SECOND_NS), (long)(at % SECOND_NS) };
}

/* How long the calling thread may sleep. */
static uint64_t until_look(const struct threads *pool, uint64_t start, uint64_t limit_ns)
{
    uint64_t spent = mcpar__nanoseconds() - start, left = pool->job->stop ? mcpar__stop_left(pool->job->stop) : UINT64_MAX;
    uint64_t ns = spent < limit_ns ? limit_ns - spent : LOOK_NS;

    ns = ns < LOOK_NS ? ns : LOOK_NS;
    ns = left < ns ? left : ns;
    return ns > 1000 ? ns : 1000;
}

/* Wakes the threads and waits until all have handed in. first: the lowest trial; at the limit, one has been taken. */
static void run(struct threads *pool, uint64_t first, uint64_t limit_ns)
{
    uint64_t start = mcpar__nanoseconds();

    (void)pthread_mutex_lock(&pool->mutex);
    pool->round++;
    pool->busy = pool->size;
    (void)pthread_cond_broadcast(&pool->wake);
    while (pool->busy > 0) {
        struct timespec at;

        if (limit_ns == 0) {
            (void)pthread_cond_wait(&pool->done, &pool->mutex);
            continue;
        }
        at = in(until_look(pool, start, limit_ns));
        (void)pthread_cond_timedwait(&pool->done, &pool->mutex, &at);
        if (mcpar__stop_due(pool->job->stop) ||
            (mcpar__nanoseconds() - start >= limit_ns && atomic_load(&pool->queue.cursor) > first))
            atomic_store(&pool->queue.cut, 1);
    }
    (void)pthread_mutex_unlock(&pool->mutex);
}

/* What the threads hand in: their results, the lowest failure, or another error. */
static int gather(struct threads *pool, struct mcpar__result *into, struct mcpar__failure *failure,
                  struct mcpar__report *report)
{
    for (int i = 0; i < pool->size; i++) {
        struct thread *thread = &pool->thread[i];

        if (thread->err)
            return mcpar__fail(report, thread->err, thread->err == MCPAR_ERR_LEFT ? "scratch_new ended its thread"
                                                                                  : "in a thread of the pool");
        if (thread->failure.code && (!failure->code || thread->failure.trial < failure->trial))
            *failure = thread->failure;
    }
    for (int i = 0; i < pool->size && !failure->code; i++) {
        int err = mcpar__result_merge(into, &pool->thread[i].own);

        if (err)
            return err == MCPAR_ERR_STATE
                       ? mcpar__fail(report, MCPAR_ERR_WORKERS, "a trial was run twice; this is a bug in libmcpar")
                       : mcpar__fail(report, err, "for the ledger of a round");
    }
    return 0;
}

static int threads_round(void *opened, uint64_t first, uint64_t *n, uint64_t limit_ns, struct mcpar__result *into,
                         struct mcpar__failure *failure, struct mcpar__report *report)
{
    struct threads *pool = opened;
    int err;

    *failure = (struct mcpar__failure){ 0 };
    for (int i = 0; i < pool->size; i++) {
        if (pool->thread[i].left && !replace(pool, i))
            return mcpar__fail(report, MCPAR_ERR_WORKERS, "a trial has ended a thread, and no other could be started");
        mcpar__result_clear(&pool->thread[i].own);
        pool->thread[i].failure.code = 0;
    }
    mcpar__queue_clear(&pool->queue, first);
    mcpar__queue_fill(&pool->queue, first + *n, *n, (uint64_t)pool->size);
    run(pool, first, limit_ns);
    err = gather(pool, into, failure, report);
    if (!err && !failure->code && atomic_load(&pool->queue.cut))
        *n = atomic_load(&pool->queue.cursor) - first;
    return err;
}

static int threads_workers(const void *pool)
{
    return ((const struct threads *)pool)->size;
}

static bool threads_digest(const void *opened, int which, uint64_t *digest)
{
    const struct threads *pool = opened;

    for (int i = 0; i < pool->size; i++)
        if (pool->thread[i].runner && mcpar__runner_digest(pool->thread[i].runner, which, digest))
            return true;
    return false;
}

static void threads_close(void *opened)
{
    struct threads *pool = opened;
    int cancel = pool->cancel;

    (void)pthread_mutex_lock(&pool->mutex);
    pool->quit = true;
    (void)pthread_cond_broadcast(&pool->wake);
    (void)pthread_mutex_unlock(&pool->mutex);
    for (int i = 0; i < pool->size; i++) {
        if (pool->thread[i].started)
            (void)pthread_join(pool->thread[i].id, NULL);
        mcpar__result_close(&pool->thread[i].own);
        mcpar__runner_close(pool->thread[i].runner);       /* NULL, unless its thread was left */
    }
    release(pool);
    (void)pthread_setcancelstate(cancel, NULL);
}

const struct mcpar__pool mcpar__pool_threads = { "threads", threads_open, threads_round, threads_workers, threads_close,
                                                NULL, NULL, threads_digest, true };
