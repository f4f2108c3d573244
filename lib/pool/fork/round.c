/* SPDX-License-Identifier: BSD-3-Clause */
/* round.c - one round as the parent sees it: workers take chunks, and trials that dead workers lost are run again
 *
 * A round is a part of the sampling call's trials, a chunk a few of them that one worker runs at a time. Two phases
 * take turns. First the workers take chunks from the queue until there are no more. When all of them wait, the
 * parent has merged their mailboxes (memory shared with each worker), and trials below the mark (the cursor, or the
 * lowest failing trial) that the ledger (the list of trial ranges held) lacks are lost. In the second phase the
 * parent directs workers to run these again, one task per worker, until none is missing. A death that a trial seems
 * to have caused halts the first phase early, so that a trial that always crashes is found before the whole round
 * has crashed. deaths.c handles deaths; attend.c is what the parent does while all work. */
#include "base/clock.h"
#include "pool/fork/round.h"
#include <string.h>

/* ---- Collecting the results of a worker that waits or is dead ---- */

static int collect(struct mcpar__round *round, struct mcpar__worker *worker, uint64_t *trials)
{
    struct mcpar__failure failure;
    int err = mcpar__mailbox_take(worker->mailbox, round->first, round->end, round->into, trials);

    if (err == MCPAR_ERR_MEMORY)
        return mcpar__fail(round->report, err, "for the ledger of a round");
    if (err)
        return mcpar__fail(round->report, MCPAR_ERR_WORKERS, "a worker reported trials that it was not given");
    worker->served = worker->served || *trials > 0;
    if (mcpar__mailbox_failure(worker->mailbox, &failure)) {
        if (failure.code == 0 || failure.trial < round->first || failure.trial >= round->end)
            return mcpar__fail(round->report, MCPAR_ERR_WORKERS,
                                "a worker reported the failure of a trial that it was not given");
        if (failure.code == MCPAR_ERR_MEMORY)
            worker->short_of_memory = true;
        else
            mcpar__round_fails(round, &failure);
    }
    return 0;
}

static int again(struct mcpar__round *round, struct mcpar__task task)
{
    if (task.n && mcpar__tasks_add(&round->tasks, task))
        return mcpar__fail(round->report, MCPAR_ERR_MEMORY, "for the list of trials to run again");
    return 0;
}

/* ---- Memory ---- */

/* A worker ended because it ran out of memory. If it had run trials before, a fresh process may need less, and replaces
 * it; if it could not run any, it is not replaced, and the others do its work. */
static int without_memory(struct mcpar__round *round, int index)
{
    struct mcpar__fork *pool = round->pool;
    const char *call;

    if (pool->worker[index].served && mcpar__worker_start(pool, index, &call) == 0)
        return 0;
    if (pool->living == 0)
        return mcpar__fail(round->report, MCPAR_ERR_MEMORY, "in the last worker");
    pool->tried = pool->asked;             /* more workers would run out of memory, too */
    mcpar__note(round->report, "%d workers: there is not enough memory for more", pool->living);
    return 0;
}

static int done(struct mcpar__round *round, int index)
{
    struct mcpar__worker *worker = &round->pool->worker[index];
    uint64_t trials;
    int err;

    worker->answered = worker->busy = false;
    worker->leaves = worker->answer.leaves;
    err = collect(round, worker, &trials);
    if (!err && worker->short_of_memory) {
        mcpar__worker_condemn(worker);
        (void)mcpar__worker_bury(round->pool, index);
        err = again(round, worker->task);
        return err ? err : without_memory(round, index);
    }
    if (!err && worker->task.n && trials == 0 && mcpar__lowest(round) >= worker->task.first + worker->task.n)
        err = mcpar__fail(round->report, MCPAR_ERR_WORKERS, "a worker did not run the trials that it was given");
    return err;
}

static int died(struct mcpar__round *round, int index)
{
    struct mcpar__worker *worker = &round->pool->worker[index];
    int cause = mcpar__worker_bury(round->pool, index), err, error = 0;
    bool ready = atomic_load(&worker->mailbox->ready), busy = worker->busy, condemned = worker->condemned;
    bool stuck = worker->stuck;
    struct mcpar__task task = worker->task;
    const char *call;
    uint64_t trials;

    worker->busy = worker->answered = worker->stuck = false;
    if (worker->leaves)
        return 0;                          /* as announced; give_all starts another if one is needed */
    err = collect(round, worker, &trials);
    if (trials)
        round->kills = round->false_starts = round->idle = round->hung = 0;
    if (!err && !condemned)
        err = mcpar__judge(round, worker, busy, cause);
    if (round->given_up)
        return err;
    if (!err && stuck && busy && task.n && trials == 0)
        err = mcpar__lost_task(round, task, MCPAR__CAUSE_STUCK, 0);
    else if (!err && busy && task.n && trials == 0)
        err = ready && !condemned ? mcpar__lost_task(round, task, cause, atomic_load(&worker->mailbox->null)) : again(round, task);
    if (!err && worker->short_of_memory)
        return without_memory(round, index);
    if (!err && !round->failure.code)      /* after a failure, only the next round needs a new one */
        error = mcpar__worker_start(round->pool, index, &call);
    if (error)
        mcpar__note(round->report, "a worker died and could not be replaced: %s: %s", call, strerror(error));
    return err;
}

/* A worker reports that it could not start: it exits by itself, and the others do its work. */
static int retire(struct mcpar__round *round, int index)
{
    struct mcpar__worker *worker = &round->pool->worker[index];
    int code = worker->answer.code, err = worker->busy ? again(round, worker->task) : 0;

    worker->busy = worker->answered = false;
    (void)mcpar__worker_bury(round->pool, index);
    if (code != MCPAR_ERR_MEMORY)
        return mcpar__fail(round->report, code, "scratch_new returned NULL in a worker");
    return err ? err : without_memory(round, index);
}

/* Handles all answers and deaths since the last wait. */
int mcpar__round_hear(struct mcpar__round *round)
{
    struct mcpar__fork *pool = round->pool;
    int err = 0;

    for (int i = 0; i < pool->size && !err; i++) {
        struct mcpar__worker *worker = &pool->worker[i];

        if (worker->pid && (worker->answered || worker->gone))
            mcpar__watch_reset(pool);
        if (worker->pid && worker->answered)
            err = worker->answer.code ? retire(round, i) : done(round, i);
        if (worker->pid && worker->gone && !err)
            err = died(round, i);
    }
    return err;
}

/* ---- Work ---- */

/* Gives a waiting worker something to do, if there is anything. */
static int give(struct mcpar__round *round, struct mcpar__worker *worker)
{
    struct mcpar__chunk_queue *queue = round->queue;
    struct mcpar__command command = { .kind = MCPAR__TAKE, .last = round->end == round->pool->job->end };
    uint64_t below = mcpar__lowest(round) < round->end ? mcpar__lowest(round) : round->end;

    worker->task = (struct mcpar__task){ 0 };
    worker->at = UINT64_MAX;
    if (round->given_up)
        return 0;
    if (round->directing) {
        if (!mcpar__tasks_next(&round->tasks, below, &worker->task))
            return 0;
        command = (struct mcpar__command){ MCPAR__RUN, worker->task.first, worker->task.n, false };
    } else if (atomic_load(&queue->cursor) >= below || atomic_load(&queue->halt) || atomic_load(&queue->cut)) {
        return 0;
    }
    atomic_store(&worker->mailbox->at, 0);
    worker->unreachable = mcpar__worker_command(worker, &command);
    if (!worker->unreachable) {
        worker->busy = true;
        worker->since = round->pool->deaths;
        return 0;
    }
    if (!mcpar__is_gone(worker->unreachable))
        mcpar__worker_kill(worker);        /* it lives, but cannot be reached */
    worker->gone = true;
    return again(round, worker->task);
}

static bool unfinished(const struct mcpar__round *round)
{
    if (round->given_up)
        return false;
    return round->tasks.n > 0 || (!atomic_load(&round->queue->cut) &&
                                  atomic_load(&round->queue->cursor) < mcpar__least(mcpar__lowest(round), round->end));
}

/* Gives work to all, and starts a worker if none is left. *busy: how many are at work, or gone and not yet buried. */
static int give_all(struct mcpar__round *round, int *busy)
{
    struct mcpar__fork *pool = round->pool;
    const char *call;
    int err = 0, present = 0;

    for (int i = 0; i < pool->size; i++)
        present += pool->worker[i].pid && !pool->worker[i].leaves;
    if (present == 0 && (round->directing || !atomic_load(&round->queue->halt)) && unfinished(round)) {
        if (pool->worker[0].pid)           /* it has left */
            (void)mcpar__worker_bury(pool, 0);
        err = mcpar__worker_start(pool, 0, &call);
    }
    if (err)
        return mcpar__fail(round->report, MCPAR_ERR_WORKERS, "none is left, and %s: %s", call, strerror(err));
    atomic_store(&round->queue->takers, (uint64_t)(pool->living + pool->asked - pool->tried));
    *busy = 0;
    for (int i = 0; i < pool->size && !err; i++) {
        struct mcpar__worker *worker = &pool->worker[i];

        if (worker->pid && !worker->busy && !worker->gone && !worker->leaves)
            err = give(round, worker);
        *busy += worker->pid && !worker->leaves && (worker->busy || worker->gone);
    }
    return err;
}

/* All workers wait: finds the trials that were lost, and whether the round is finished. */
static int look(struct mcpar__round *round, bool *finished)
{
    struct mcpar__chunk_queue *queue = round->queue;
    uint64_t mark = atomic_load(&queue->cursor);

    *finished = round->given_up;
    if (round->given_up)
        return 0;
    mark = mark < mcpar__lowest(round) ? mark : mcpar__lowest(round);
    if (mcpar__tasks_missing(&round->tasks, &round->into->ledger, round->first, mark,
                              (uint64_t)(round->pool->living ? round->pool->living : 1)))
        return mcpar__fail(round->report, MCPAR_ERR_MEMORY, "for the list of trials to run again");
    round->directing = round->tasks.n > 0;
    round->suspect = UINT64_MAX;
    round->suspect_ns = 0;
    *finished = !round->directing && (round->failure.code || mark == round->end || atomic_load(&queue->cut));
    round->fruitless = round->directing || mark != round->mark ? 0 : round->fruitless + 1;
    round->mark = mark;
    atomic_store(&queue->halt, 0);
    if (!*finished && round->fruitless >= MCPAR__DEATHS)
        return mcpar__fail(round->report, MCPAR_ERR_WORKERS, "workers keep dying, but not because of any one trial");
    return 0;
}

static int run(struct mcpar__round *round)
{
    bool finished = false;
    int busy = 0, err = 0;

    while (!err && !finished && !round->no_workers) {
        err = give_all(round, &busy);
        if (err)
            break;
        err = busy ? mcpar__attend(round) : look(round, &finished);
    }
    return err;
}

static void set_up(struct mcpar__fork *pool, uint64_t first, uint64_t n)
{
    struct mcpar__chunk_queue *queue = &pool->common->queue;
    const char *call;

    mcpar__queue_clear(queue, first);
    mcpar__queue_fill(queue, first + n, n, (uint64_t)(pool->living + pool->asked - pool->tried));
    mcpar__watch_reset(pool);
    for (int i = 0; i < pool->size; i++)
        if (!pool->worker[i].pid)          /* the last round could not replace it; this one may */
            (void)mcpar__worker_start(pool, i, &call);
}

/* ---- Without workers ---- */

static int run_in_host(struct mcpar__round *round)
{
    struct mcpar__fork *pool = round->pool;
    struct mcpar__ledger missing = { 0 };
    int err;

    err = mcpar__pool_serial.open(&pool->serial, pool->job, 1, round->report);
    if (round->limit_ns)                   /* the round was planned for them */
        round->end = mcpar__least(round->end, mcpar__most(atomic_load(&round->queue->cursor), round->first + 1));
    if (!err && mcpar__ledger_missing(&round->into->ledger, round->first, round->end - round->first, &missing))
        err = mcpar__fail(round->report, MCPAR_ERR_MEMORY, "for the list of trials to run again");
    for (size_t i = 0; i < missing.n && !err && !round->failure.code; i++)
        err = mcpar__pool_serial.round(pool->serial, missing.range[i].first, &missing.range[i].n, 0, round->into,
                                       &round->failure, round->report);
    mcpar__ledger_close(&missing);
    return err;
}

static void give_up_workers(struct mcpar__round *round)
{
    struct mcpar__fork *pool = round->pool;

    for (int i = 0; i < pool->size; i++)
        if (pool->worker[i].pid) {
            mcpar__worker_condemn(&pool->worker[i]);
            (void)mcpar__worker_bury(pool, i);
            pool->worker[i].busy = false;
        }
    mcpar__note(round->report,
                "no worker gets started, perhaps because a thread of the host holds a lock: pool serial");
}

int mcpar__fork_round(void *opened, uint64_t first, uint64_t *n, uint64_t limit_ns, struct mcpar__result *into,
                      struct mcpar__failure *failure, struct mcpar__report *report)
{
    struct mcpar__fork *pool = opened;
    struct mcpar__round round = { .pool = pool, .queue = &pool->common->queue, .into = into, .report = report, .first = first,
                           .end = first + *n, .limit_ns = limit_ns, .start_ns = mcpar__nanoseconds(),
                           .suspect = UINT64_MAX };
    int err;

    *failure = (struct mcpar__failure){ 0 };
    if (pool->broken)
        return mcpar__fail(report, MCPAR_ERR_WORKERS, "the pool has already failed");
    if (pool->serial)
        return mcpar__pool_serial.round(pool->serial, first, n, limit_ns, into, failure, report);
    round.committed = round.before = atomic_load(&pool->common->committed);
    set_up(pool, first, *n);
    err = run(&round);
    mcpar__tasks_close(&round.tasks);
    if (round.no_workers)
        give_up_workers(&round);
    if (!err && round.no_workers)
        err = run_in_host(&round);
    if (err) {
        pool->broken = true;
        atomic_store(&round.queue->halt, 1);
        return err;
    }
    if (atomic_load(&round.queue->cut))
        round.end = mcpar__least(round.end, atomic_load(&round.queue->cursor));
    *n = round.end - first;
    *failure = round.failure;
    return 0;
}
