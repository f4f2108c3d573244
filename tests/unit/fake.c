/* SPDX-License-Identifier: BSD-3-Clause */
/* fake.c - the communicator of threads, the pool that shuffles and loses its chunks, and the job that joins them */
#include "fake.h"
#include <stdlib.h>
#include <time.h>

enum { PATIENCE = 20 };                    /* seconds after which a meeting counts as hung */

/* ---- The communicator ---- */

static void fake_delay(struct fake_seat *seat)
{
    struct timespec t = { 0, (long)(golden_random(&seat->state) % 200) * 1000 };

    if (seat->world->delays)
        (void)nanosleep(&t, NULL);
}

/* Waits for the others; the last to come ends the meeting. With the lock held before and after. */
static int fake_wait(struct fake_seat *seat, unsigned int generation)
{
    struct fake_world *w = seat->world;
    struct timespec until;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE;
    while (w->generation == generation && !w->hung)
        if (pthread_cond_timedwait(&w->wake, &w->lock, &until)) {
            w->hung |= w->generation == generation;
            (void)pthread_cond_broadcast(&w->wake);
        }
    return w->generation == generation ? MCPAR_ERR_COMM : 0;
}

static void fake_begin(struct fake_world *w, struct fake_meeting *m, enum fake_kind kind, size_t limbs)
{
    w->kind = kind;
    w->met[kind]++;
    w->limbs = kind == FAKE_ADD ? limbs : w->limbs;
    m->error = kind == w->break_kind && w->met[kind] >= w->break_at ? MCPAR_ERR_COMM : 0;
    memset(&m->agreement.min, 0xff, sizeof m->agreement.min);
    memset(&m->agreement.sum, 0, sizeof m->agreement.sum);
    free(m->limb);
    m->limb = limbs ? calloc(limbs, sizeof *m->limb) : NULL;
    if (kind == FAKE_LEAST && limbs)
        memset(m->limb, 0xff, limbs * sizeof *m->limb);
    m->limbs = limbs;
}

static void fake_lesser(int64_t *into, const int64_t *limb)
{
    uint64_t a[2], b[2];

    memcpy(a, into, sizeof a);
    memcpy(b, limb, sizeof b);
    if (b[0] < a[0] || (b[0] == a[0] && b[1] < a[1]))
        memcpy(into, b, sizeof b);
}

/* One collective call. What each rank brings is put in under the lock. */
static int fake_meet(struct fake_seat *seat, enum fake_kind kind, struct mcpar__agreement *a, int64_t *limb, size_t limbs,
                     struct fake_meeting **result)
{
    struct fake_world *w = seat->world;
    struct fake_meeting *m;
    unsigned int generation;
    int err = 0;

    fake_delay(seat);
    (void)pthread_mutex_lock(&w->lock);
    generation = w->generation;
    m = *result = &w->meeting[generation % 2];
    if (w->arrived == 0)
        fake_begin(w, m, kind, limbs);
    w->confused |= kind != w->kind || limbs != m->limbs;
    for (int i = 0; a && i < MCPAR__AGREE; i++) {
        m->agreement.min[i] = a->min[i] < m->agreement.min[i] ? a->min[i] : m->agreement.min[i];
        m->agreement.sum[i] += a->sum[i];
    }
    for (size_t i = 0; i < limbs && limbs == m->limbs && kind != FAKE_LEAST; i++)
        m->limb[i] += limb[i];
    for (size_t i = 0; i < limbs && limbs == m->limbs && kind == FAKE_LEAST; i += 2)
        fake_lesser(&m->limb[i], &limb[i]);
    if (++w->arrived == w->size) {
        w->arrived = 0;
        w->generation++;
        (void)pthread_cond_broadcast(&w->wake);
    } else {
        err = fake_wait(seat, generation);
    }
    (void)pthread_mutex_unlock(&w->lock);
    fake_delay(seat);
    return err ? err : m->error;
}

static int fake_open(void **comm, const void *host, uint64_t expected, char *message, size_t room)
{
    struct fake_seat *seat = (struct fake_seat *)(uintptr_t)host;
    struct fake_meeting *m;
    int err = fake_meet(seat, FAKE_OPEN, NULL, NULL, 0, &m);

    (void)expected;
    *comm = NULL;
    if (!err)
        err = seat->world->no_open;
    if (err) {
        (void)snprintf(message, room, "as the test wants it");
        return err;
    }
    (void)pthread_mutex_lock(&seat->world->lock);
    seat->world->opened++;
    (void)pthread_mutex_unlock(&seat->world->lock);
    *comm = seat;
    return 0;
}

static void fake_close(void *comm)
{
    struct fake_seat *seat = comm;

    if (!seat)
        return;
    (void)pthread_mutex_lock(&seat->world->lock);
    seat->world->closed++;
    (void)pthread_mutex_unlock(&seat->world->lock);
}

static int fake_rank(const void *comm)
{
    return ((const struct fake_seat *)comm)->rank;
}

static int fake_size(const void *comm)
{
    return ((const struct fake_seat *)comm)->world->size;
}

static int fake_usable(const void *comm, pid_t here, char *message, size_t room)
{
    const struct fake_seat *seat = comm;

    (void)here;
    if (seat->world->unusable != seat->rank + 1)
        return 0;
    (void)snprintf(message, room, "not from this thread");
    return MCPAR_ERR_MPI_STATE;
}

static int fake_agree(void *comm, struct mcpar__agreement *agreement)
{
    struct fake_meeting *m;
    int err = fake_meet(comm, FAKE_AGREE, agreement, NULL, 0, &m);

    *agreement = m->agreement;
    return err;
}

static void fake_set_speed(void *comm, uint64_t speed)
{
    struct fake_seat *seat = comm;

    atomic_store(&seat->world->speed[seat->round % 2][seat->rank], speed);
}

/* On one node nobody waits for anybody here, as with MPI: whatever the queues need is between the agreements. */
static int fake_share(void *comm, struct mcpar__split *split)
{
    struct fake_seat *seat = comm;
    struct fake_world *w = seat->world;
    struct fake_meeting *m;
    int nodes = w->nodes ? w->nodes : w->size, node = seat->rank % nodes;
    int err = nodes > 1 ? fake_meet(seat, FAKE_SHARE, NULL, NULL, 0, &m) : 0;
    uint64_t now = seat->round % 2, next = 1 - now;

    *split = (struct mcpar__split){ 0 };
    for (int r = 0; r < w->size; r++) {
        uint64_t speed = atomic_load(&w->speed[now][r]);

        split->before += r % nodes < node ? speed : 0;
        split->mine += r % nodes == node ? speed : 0;
        split->takers += r % nodes == node;
    }
    seat->speed = atomic_load(&w->speed[now][seat->rank]);
    atomic_store(&w->speed[next][seat->rank], seat->speed);
    if (split->takers > 1)
        split->queue = &w->queue[now][node];
    if (split->queue && seat->rank == node)
        mcpar__queue_clear(&w->queue[next][node], 0);
    seat->round++;
    return err;
}

static int fake_add(void *comm, int64_t *limb, size_t n)
{
    struct fake_meeting *m;
    int err = fake_meet(comm, FAKE_ADD, NULL, limb, n, &m);

    if (!err && n && m->limbs == n)
        memcpy(limb, m->limb, n * sizeof *limb);
    return err;
}

static int fake_least(void *comm, uint64_t (*pair)[2], size_t n)
{
    struct fake_meeting *m;
    int err = fake_meet(comm, FAKE_LEAST, NULL, (int64_t *)pair, 2 * n, &m);

    if (!err && n && m->limbs == 2 * n)
        memcpy(pair, m->limb, n * sizeof *pair);
    return err;
}

static const char *fake_library(char *text, size_t room)
{
    (void)snprintf(text, room, "threads of a test");
    return text;
}

static int fake_threads(const void *seat, char *why, size_t room)
{
    if (!((const struct fake_seat *)seat)->single)
        return 0;
    (void)snprintf(why, room, "no threads here");
    return MCPAR_ERR_MPI_STATE;
}

const struct mcpar_comm_table fake_comm = {
    MCPAR__COMM_ABI, "fake", fake_open, fake_close, fake_rank, fake_size, fake_usable, fake_agree, fake_set_speed, fake_share,
    fake_add, fake_least, fake_library, fake_threads
};

/* ---- The pool ---- */

struct fake_plan fake_plan = { 50, 0, 0, 0, 0, -1 };

_Thread_local int fake_here;

struct fake_pool {
    const struct mcpar__job *job;
    struct mcpar__runner *runner[3];
    uint64_t state;
    int bad;                               /* what shall go wrong goes wrong here */
};

static void fake_pool_close(void *opened)
{
    struct fake_pool *pool = opened;

    for (int i = 0; pool && i < 3; i++)
        mcpar__runner_close(pool->runner[i]);
    free(pool);
}

static int fake_pool_open(void **opened, const struct mcpar__job *job, int workers, struct mcpar__report *report)
{
    struct fake_pool *pool = calloc(1, sizeof *pool);

    (void)workers;
    *opened = NULL;
    if (!pool)
        return mcpar__fail(report, MCPAR_ERR_MEMORY, "for the fake pool");
    pool->job = job;
    pool->bad = fake_plan.on_rank < 0 || fake_plan.on_rank == fake_here;
    pool->state = (uint64_t)fake_here;
    if (pool->bad && fake_plan.open_fails) {
        fake_pool_close(pool);
        return mcpar__fail(report, fake_plan.open_fails, "as the test wants it");
    }
    for (int i = 0; i < 3; i++) {
        int err = mcpar__runner_open(&pool->runner[i], job);

        if (err) {
            fake_pool_close(pool);
            return mcpar__fail(report, err, "in the fake pool");
        }
    }
    *opened = pool;
    return 0;
}

/* One chunk by one of the runners; a worker that dies leaves nothing of it. */
static int fake_chunk(struct fake_pool *pool, uint64_t first, uint64_t n, struct mcpar__result *into,
                      struct mcpar__failure *lowest)
{
    struct mcpar__failure failure = { 0 };
    struct mcpar__result own;
    int err;

    if (lowest->code && lowest->trial < first)
        return 0;                          /* a lower one is known already */
    if (mcpar__result_open(&own, pool->job->schema))
        return MCPAR_ERR_MEMORY;
    err = mcpar__runner_run(pool->runner[golden_random(&pool->state) % 3], first, n, &own.tally, &failure);
    if (golden_random(&pool->state) % 100 < fake_plan.deaths) {
        mcpar__result_close(&own);
        if (n == 1)
            return fake_chunk(pool, first, n, into, lowest);
        err = fake_chunk(pool, first + n / 2, n - n / 2, into, lowest);
        return err ? err : fake_chunk(pool, first, n / 2, into, lowest);
    }
    if (err && (!lowest->code || failure.trial < lowest->trial))
        *lowest = failure;
    mcpar__tally_canonical(&own.tally);
    err = err ? 0 : mcpar__ledger_add(&own.ledger, first, n);
    if (!err && own.ledger.n)
        err = mcpar__result_merge(into, &own);
    mcpar__result_close(&own);
    return err;
}

static int fake_pool_round(void *opened, uint64_t first, uint64_t *most, uint64_t limit_ns, struct mcpar__result *into,
                           struct mcpar__failure *failure, struct mcpar__report *report)
{
    struct fake_pool *pool = opened;
    uint64_t n = *most = limit_ns ? 1 + golden_random(&pool->state) % *most : *most;
    size_t chunks = (size_t)((n + fake_plan.chunk - 1) / fake_plan.chunk);
    size_t *order = calloc(chunks, sizeof *order);
    int err = 0;

    if (!order)
        return mcpar__fail(report, MCPAR_ERR_MEMORY, "for the fake pool");
    if (pool->bad && fake_plan.round_fails)
        err = mcpar__fail(report, fake_plan.round_fails, "as the test wants it");
    for (size_t i = 0; i < chunks; i++) {
        size_t j = (size_t)(golden_random(&pool->state) % (i + 1));

        order[i] = order[j];
        order[j] = i;
    }
    for (size_t i = 0; i < chunks && !err; i++) {
        uint64_t at = order[i] * fake_plan.chunk;

        if (pool->bad && fake_plan.lose && order[i] + 1 == chunks)
            continue;
        err = fake_chunk(pool, first + at, n - at < fake_plan.chunk ? n - at : fake_plan.chunk, into, failure);
        if (err)
            (void)mcpar__fail(report, err, "in the fake pool");
    }
    free(order);
    return err;
}

static int fake_pool_workers(const void *pool)
{
    (void)pool;
    return 3;
}

static bool fake_pool_digest(const void *opened, int which, uint64_t *digest)
{
    const struct fake_pool *pool = opened;

    for (int i = 0; i < 3; i++)
        if (mcpar__runner_digest(pool->runner[i], which, digest))
            return true;
    return false;
}

const struct mcpar__pool fake_pool = { "fake", fake_pool_open, fake_pool_round, fake_pool_workers, fake_pool_close,
                                       NULL, NULL, fake_pool_digest, true };

/* ---- The job ---- */

int fake_note(struct fake_process *p, int code)
{
    if (p->codes < FAKE_CODES) {
        p->code[p->codes] = code;
        (void)snprintf(p->message[p->codes], sizeof p->message[0], "%s", mcpar_message(p->mc));
        p->codes++;
    }
    return code;
}

static void *fake_main(void *arg)
{
    struct fake_process *p = arg;

    fake_here = p->seat.rank;
    if (fake_note(p, mcpar_init_comm(p->no_handle ? NULL : &p->mc, &fake_comm, &p->seat, &p->options)) == 0) {
        if (p->job->pool)
            p->mc->pool = &fake_pool;
        p->job->body(p);
        p->done = mcpar__ledger_trials(&p->mc->held);
    }
    (void)fake_note(p, mcpar_finalize(&p->mc));
    return NULL;
}

void fake_prepare(struct fake_job *job, int size, void (*body)(struct fake_process *), void *arg)
{
    memset(job, 0, sizeof *job);
    job->body = body;
    job->arg = arg;
    job->world.size = size;
    (void)pthread_mutex_init(&job->world.lock, NULL);
    (void)pthread_cond_init(&job->world.wake, NULL);
    for (int r = 0; r < size; r++) {
        job->rank[r].job = job;
        job->rank[r].seat = (struct fake_seat){ &job->world, r, (uint64_t)r * 1000, 0, 0, 0 };
        for (int i = 0; i < 2; i++) {
            mcpar__queue_clear(&job->world.queue[i][r], 0);
            atomic_store(&job->world.speed[i][r], 1);
        }
        job->rank[r].options = (mcpar_options)MCPAR_OPTIONS_INIT;
        job->rank[r].options.seed = 99;
        if (size == 1)                     /* as auto is with more */
            job->rank[r].options.pool = MCPAR_POOL_SERIAL;
    }
}

void fake_run(struct fake_job *job)
{
    pthread_t thread[FAKE_RANKS];

    for (int r = 0; r < job->world.size; r++)
        cr_assert_eq(pthread_create(&thread[r], NULL, fake_main, &job->rank[r]), 0);
    for (int r = 0; r < job->world.size; r++)
        cr_assert_eq(pthread_join(thread[r], NULL), 0);
    for (int m = 0; m < 2; m++)
        free(job->world.meeting[m].limb);
    cr_assert(!job->world.hung, "a rank waited in vain: \"%s\", \"%s\"", job->rank[0].message[0], job->rank[1].message[0]);
    cr_assert(!job->world.confused, "ranks met in different calls");
    cr_assert_eq(job->world.opened, job->world.closed);
}
