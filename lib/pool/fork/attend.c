/* SPDX-License-Identifier: BSD-3-Clause */
/* attend.c - what the parent does while workers run: start more, kill those that hang or whose trials no longer
 * count */
#include "base/clock.h"
#include "pool/fork/round.h"
#include <pthread.h>

#define MS UINT64_C(1000000)
#define LOOK_NS (50 * MS)                  /* how often to look for workers whose trials no longer count */
#define TICK_NS (1000 * MS)                /* and for workers that do not get started */
#define STOP_NS (200 * MS)                 /* and to see whether a stop is due */
enum { UNBEGUN = 4 };                      /* time before the first worker is ready counts a quarter */
#define SUSPECT_NS (1000 * MS)             /* how long chunks above a crash may go on */

/* Starts more workers, one per call, so that a short run can end before all of them are forked. */
static int hire(struct mcpar__round *round)
{
    struct mcpar__fork *pool = round->pool;

    if (pool->tried == pool->asked || pool->worked_ns < pool->patience_ns)
        return 0;
    while (!mcpar__fork_hire(pool) && pool->tried < pool->asked)
        ;                                  /* one refusal makes the next likely; fork_note tells the host */
    mcpar__fork_note(pool, round->report);
    return 0;
}

/* Kills workers that do not get past the fork, perhaps because a thread of the host held a lock at that moment. They
 * are replaced; they have not begun any trial. */
static int end_hung(struct mcpar__round *round, uint64_t ns)
{
    struct mcpar__fork *pool = round->pool;
    bool others = false;

    for (int i = 0; i < pool->size; i++)
        others = others || (pool->worker[i].pid && atomic_load(&pool->worker[i].mailbox->settled));
    for (int i = 0; i < pool->size; i++) {
        struct mcpar__worker *worker = &pool->worker[i];

        if (!worker->pid || worker->gone || worker->condemned || atomic_load(&worker->mailbox->settled))
            continue;
        worker->starting_ns += ns;
        if (worker->starting_ns < MCPAR__START_NS)
            continue;
        mcpar__worker_condemn(worker);
        mcpar__note(round->report, "a worker did not get started and was killed");
        if (!mcpar__death_counts(round, worker) || ++round->hung < MCPAR__DEATHS || others)
            continue;
        if (pool->job->may_be_serial) {
            round->no_workers = true;
            return 0;
        }
        return mcpar__fail(round->report, MCPAR_ERR_WORKERS,
                           "%d in a row did not get started, perhaps because a thread of the host holds a lock; "
                           "MCPAR_POOL=serial runs without workers", MCPAR__DEATHS);
    }
    return 0;
}

static void end_from(struct mcpar__round *round, uint64_t trial)
{
    struct mcpar__fork *pool = round->pool;

    for (int i = 0; i < pool->size; i++) {
        struct mcpar__worker *worker = &pool->worker[i];
        uint64_t at = worker->task.n ? worker->task.first : atomic_load(&worker->mailbox->at);

        if (worker->pid && worker->busy && !worker->gone && !worker->condemned && at >= trial)
            mcpar__worker_condemn(worker);
    }
}

/* Kills workers whose trials lie above one that failed. A worker takes its chunks in ascending order, so the last
 * one it took decides; it takes none above the mark. After a crash, nobody knows yet whether it will happen again:
 * chunks above it get a moment to finish, but no more, because a chunk that never ends would hide the crash. */
static void end_needless(struct mcpar__round *round, uint64_t ns)
{
    if (round->failure.code)
        end_from(round, round->failure.trial);
    if (round->suspect == UINT64_MAX)
        return;
    round->suspect_ns += ns;
    if (round->suspect_ns >= SUSPECT_NS)
        end_from(round, round->suspect + 1);
}

/* Kills workers that have been in one chunk for too long: then it is run again in halves, until a trial runs alone. A
 * chunk of several trials is planned to take a second at most, so what takes longer is most likely one of them. */
static void end_stuck(struct mcpar__round *round, uint64_t ns)
{
    struct mcpar__fork *pool = round->pool;

    for (int i = 0; i < pool->size && pool->job->stuck_ns; i++) {
        struct mcpar__worker *worker = &pool->worker[i];
        uint64_t at = worker->task.n ? worker->task.first : atomic_load(&worker->mailbox->at);

        if (!worker->pid || !worker->busy || worker->gone || worker->condemned || !atomic_load(&worker->mailbox->ready))
            continue;
        worker->at_ns = at == worker->at ? worker->at_ns + ns : 0;
        worker->at = at;
        if (worker->at_ns < pool->job->stuck_ns)
            continue;
        worker->stuck = true;
        mcpar__worker_condemn(worker);
        mcpar__note(round->report, "a worker was killed because a trial ran longer than stuck_seconds");
    }
}

/* After a stop, trials that have been begun may end, but not take forever. */
static void end_stopped(struct mcpar__round *round, uint64_t ns)
{
    struct mcpar__fork *pool = round->pool;

    if (!mcpar__stop_due(pool->job->stop))
        return;
    round->stopping_ns += ns;
    if (round->stopping_ns < pool->job->stop_ns || round->given_up || round->failure.code)
        return;
    round->given_up = true;
    for (int i = 0; i < pool->size; i++)
        if (pool->worker[i].pid && pool->worker[i].busy && !pool->worker[i].gone) {
            mcpar__worker_condemn(&pool->worker[i]);
            mcpar__note(round->report, "after a stop, workers still in a trial were killed (stop_seconds); what they had not "
                        "handed in is missing");
        }
}

static int end_deadlock(struct mcpar__round *round, uint64_t ns)
{
    struct mcpar__fork *pool = round->pool;

    if (!mcpar__watch_look(pool, ns))
        return 0;
    return mcpar__fail(round->report, MCPAR_ERR_DEADLOCK,
                       "for %llu.%llu s, most likely one that another thread of the host held when they were forked; set "
                       "MCPAR_POOL=serial, or end the host's other threads before sampling (after OpenMP: call "
                       "omp_pause_resource_all(omp_pause_hard)); deadlock_seconds = 0 turns this check off",
                       (unsigned long long)(pool->job->deadlock_ns / (1000 * MS)),
                       (unsigned long long)(pool->job->deadlock_ns / (100 * MS) % 10));
}

/* Ends the round when its time is up or a stop is due: the chunks handed out by then still count. Unless it is a stop,
 * at least one trial per worker is done first, so that all workers get work where trials are long. */
static void cut_short(struct mcpar__round *round)
{
    const struct mcpar__fork *pool = round->pool;

    if (round->limit_ns && (mcpar__stop_due(pool->job->stop) ||
                            (mcpar__nanoseconds() - round->start_ns >= round->limit_ns &&
                             atomic_load(&pool->common->committed) - round->before >= (uint64_t)pool->asked)))
        atomic_store(&round->queue->cut, 1);
}

/* How long to wait before the next look at the clock. */
static uint64_t until_cut(const struct mcpar__round *round)
{
    uint64_t spent = mcpar__nanoseconds() - round->start_ns;
    struct mcpar__stop *stop = round->pool->job->stop;
    uint64_t ns = spent < round->limit_ns ? round->limit_ns - spent : spent / 8;

    return stop ? mcpar__least(mcpar__least(ns, STOP_NS), mcpar__stop_left(stop)) : ns;
}

/* How long the parent may wait for news from a worker before something else falls due. */
static uint64_t span(const struct mcpar__round *round)
{
    const struct mcpar__fork *pool = round->pool;
    uint64_t ns = mcpar__watch_every(pool);

    if (pool->tried < pool->asked)
        ns = mcpar__least(ns, pool->worked_ns >= pool->patience_ns ? 0
                       : (pool->patience_ns - pool->worked_ns) * (atomic_load(&pool->common->began) ? 1 : UNBEGUN));
    if (round->failure.code || round->suspect != UINT64_MAX)
        ns = mcpar__least(ns, LOOK_NS);
    if (round->limit_ns && !atomic_load(&round->queue->cut))
        ns = mcpar__least(ns, until_cut(round));
    for (int i = 0; i < pool->size; i++)
        if (pool->worker[i].pid && !atomic_load(&pool->worker[i].mailbox->settled))
            ns = mcpar__least(ns, mcpar__least(TICK_NS, MCPAR__START_NS / 4));
    if (pool->job->stuck_ns)
        ns = mcpar__least(ns, mcpar__most(mcpar__least(pool->job->stuck_ns / 4, TICK_NS), MS));
    if (pool->job->stop)
        ns = mcpar__least(ns, mcpar__stop_due(pool->job->stop) ? LOOK_NS : STOP_NS);
    return ns;
}

/* Waits for news from the workers, then does what is due by the clock. */
int mcpar__attend(struct mcpar__round *round)
{
    struct mcpar__fork *pool = round->pool;
    uint64_t start = mcpar__nanoseconds(), most = span(round), ns;
    int err;

    (void)pthread_setcancelstate(pool->cancel, NULL);      /* the pool is consistent here */
    mcpar__fork_wait(pool, most);
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    /* Time during which this process was stopped does not count: the workers were stopped, too, or could not be
     * heard. */
    ns = mcpar__nanoseconds() - start;
    ns = most == MCPAR__FOREVER ? ns : mcpar__least(ns, most + LOOK_NS);
    /* Until the first worker is ready, most of the time is start-up, which more workers would not shorten. */
    pool->worked_ns += atomic_load(&pool->common->began) ? ns : ns / UNBEGUN;
    err = mcpar__round_hear(round);
    if (!err)
        err = hire(round);
    if (!err)
        err = end_hung(round, ns);
    if (!err)
        end_needless(round, ns);
    if (!err)
        end_stuck(round, ns);
    cut_short(round);
    if (!err)
        end_stopped(round, ns);
    return err ? err : end_deadlock(round, ns);
}
