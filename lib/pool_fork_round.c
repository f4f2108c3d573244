/* pool_fork_round.c - one round as the parent sees it: workers take chunks; what dead ones lost is run again
 *
 * Two phases take turns. First the workers take chunks from the board until there are no more. When all of them
 * wait, what they have put in their seats is merged, and what the ledger lacks below the mark (the cursor, or the
 * lowest failing trial) is lost. It is run again by direction, a task a worker, until nothing is lacking. A death
 * that looks like the trial's own doing halts the first phase early, so that a trial that always crashes is found
 * before the whole round has crashed. */
#define _GNU_SOURCE                        /* strsignal */
#include "pool_fork.h"
#include <signal.h>
#include <string.h>

struct round {
    struct mcpar__fork *pool;
    struct mcpar__board *board;
    struct mcpar__result *into;
    struct mcpar__report *report;
    struct mcpar__failure failure;         /* the lowest so far */
    struct mcpar__tasks tasks;
    uint64_t first, end;
    bool directing;                        /* second phase */
    uint64_t kills, committed;             /* kills from outside in a row, and the progress when it began */
    int false_starts;                      /* workers in a row that died by their own doing before they began */
    uint64_t mark;                         /* of the last look, */
    int fruitless;                         /* and how many in a row found it there, and nothing to run again */
};

static uint64_t lowest(const struct round *round)
{
    return round->failure.code ? round->failure.trial : UINT64_MAX;
}

static void fails(struct round *round, const struct mcpar__failure *failure)
{
    if (failure->trial >= lowest(round))
        return;
    round->failure = *failure;
    mcpar__board_lower(round->board, failure->trial);
}

/* ---- What a worker that waits or is dead has done ---- */

static int collect(struct round *round, struct mcpar__worker *worker, uint64_t *trials)
{
    struct mcpar__failure failure;
    int err = mcpar__seat_take(worker->seat, round->first, round->end, round->into, trials);

    if (err == MCPAR_ERR_MEMORY)
        return mcpar__fail(round->report, err, "for the ledger of a round");
    if (err)
        return mcpar__fail(round->report, MCPAR_ERR_WORKERS, "a worker reported trials that it was not given");
    if (mcpar__seat_failure(worker->seat, &failure)) {
        if (failure.code == 0 || failure.trial < round->first || failure.trial >= round->end)
            return mcpar__fail(round->report, MCPAR_ERR_WORKERS, "a worker reported a failure that cannot be");
        fails(round, &failure);
    }
    return 0;
}

static int done(struct round *round, int index)
{
    struct mcpar__worker *worker = &round->pool->worker[index];
    uint64_t trials;
    int err;

    worker->answered = worker->busy = false;
    err = collect(round, worker, &trials);
    if (!err && worker->task.n && trials == 0 && lowest(round) >= worker->task.first + worker->task.n)
        err = mcpar__fail(round->report, MCPAR_ERR_WORKERS, "a worker did not run what it was told to");
    return err;
}

/* ---- Deaths ---- */

static bool own_doing(int cause)
{
    return cause == MCPAR__CAUSE_EXIT || cause == SIGSEGV || cause == SIGBUS || cause == SIGILL || cause == SIGFPE ||
           cause == SIGABRT;
}

/* At work, and from outside or as if. Ten in a row without a trial committed in between end the run. Workers that
 * had their command when the last one that counted died count as one with it: all may have been killed at once. */
static int killed(struct round *round, const struct mcpar__worker *worker, int cause)
{
    uint64_t committed = atomic_load(&round->pool->common->committed);

    if (committed != round->committed) {
        round->committed = committed;
        round->kills = 0;
    } else if (worker->batch < round->kills) {
        return 0;
    }
    round->kills++;
    if (round->kills < MCPAR__KILLS)
        return 0;
    if (cause == MCPAR__CAUSE_UNKNOWN)
        return mcpar__fail(round->report, MCPAR_ERR_KILLED, "%d in a row without progress", MCPAR__KILLS);
    return mcpar__fail(round->report, MCPAR_ERR_KILLED, "%d in a row without progress, the last by signal %d (%s)",
                       MCPAR__KILLS, cause, strsignal(cause));
}

static int false_start(struct round *round, int cause)
{
    if (++round->false_starts < MCPAR__DEATHS)
        return 0;
    return mcpar__fail(round->report, round->pool->job->scratch_new ? MCPAR_ERR_SCRATCH : MCPAR_ERR_WORKERS,
                       "a worker ends before its first trial, by %s", cause > 0 ? strsignal(cause) : "an exit");
}

/* A directed task died with its worker. */
static int lost_task(struct round *round, struct mcpar__task task, int cause, int null)
{
    if (own_doing(cause) && task.n == 1 && ++task.deaths >= MCPAR__DEATHS) {
        fails(round, &(struct mcpar__failure){ MCPAR_ERR_CRASH, .trial = task.first, .n = 1,
                                               .signal = cause > 0 ? cause : 0, .null = null });
        return 0;
    }
    if (mcpar__tasks_halve(&round->tasks, task))
        return mcpar__fail(round->report, MCPAR_ERR_MEMORY, "for trials to be run again");
    return 0;
}

static int again(struct round *round, struct mcpar__task task)
{
    if (task.n && mcpar__tasks_add(&round->tasks, task))
        return mcpar__fail(round->report, MCPAR_ERR_MEMORY, "for trials to be run again");
    return 0;
}

static int died(struct round *round, int index)
{
    struct mcpar__worker *worker = &round->pool->worker[index];
    int cause = mcpar__worker_bury(round->pool, index), err, error = 0;
    bool ready = atomic_load(&worker->seat->ready), busy = worker->busy;
    struct mcpar__task task = worker->task;
    const char *call;
    uint64_t trials;

    worker->busy = worker->answered = false;
    err = collect(round, worker, &trials);
    if (trials) {
        round->kills = 0;
        round->false_starts = 0;
    }
    if (!err && busy && !own_doing(cause))
        err = killed(round, worker, cause);
    else if (!err && busy && ready)
        atomic_store(&round->board->halt, 1);
    else if (!err && own_doing(cause) && !ready)
        err = false_start(round, cause);
    if (!err && busy && task.n && trials == 0)
        err = ready ? lost_task(round, task, cause, atomic_load(&worker->seat->null)) : again(round, task);
    if (!err)
        error = mcpar__worker_start(round->pool, index, &call);
    if (error)
        mcpar__note(round->report, "a worker died and could not be replaced: %s: %s", call, strerror(error));
    return err;
}

/* A worker says that it could not start: it leaves by itself, and the others do its work. */
static int retire(struct round *round, int index)
{
    struct mcpar__worker *worker = &round->pool->worker[index];
    int code = worker->answer.code, err = worker->busy ? again(round, worker->task) : 0;

    worker->busy = worker->answered = false;
    (void)mcpar__worker_bury(round->pool, index);
    if (code != MCPAR_ERR_MEMORY)
        return mcpar__fail(round->report, code, "scratch_new returned NULL in a worker");
    if (round->pool->living == 0)
        return mcpar__fail(round->report, code, "in the last worker");
    mcpar__note(round->report, "%d workers: the memory does not suffice for more", round->pool->living);
    return err;
}

/* Everything that the workers have told. */
static int hear(struct round *round)
{
    struct mcpar__fork *pool = round->pool;
    int err = 0;

    for (int i = 0; i < pool->seats && !err; i++) {
        struct mcpar__worker *worker = &pool->worker[i];

        if (worker->pid && worker->answered)
            err = worker->answer.code ? retire(round, i) : done(round, i);
        if (worker->pid && worker->gone && !err)
            err = died(round, i);
    }
    return err;
}

/* ---- Work ---- */

/* Something to do for a worker that waits, if there is anything. */
static int give(struct round *round, struct mcpar__worker *worker)
{
    struct mcpar__board *board = round->board;
    struct mcpar__command command = { .kind = MCPAR__TAKE };
    uint64_t below = lowest(round) < round->end ? lowest(round) : round->end;

    worker->task = (struct mcpar__task){ 0 };
    worker->batch = round->kills;
    if (round->directing) {
        if (!mcpar__tasks_next(&round->tasks, below, &worker->task))
            return 0;
        command = (struct mcpar__command){ MCPAR__RUN, worker->task.first, worker->task.n };
    } else if (atomic_load(&board->cursor) >= below || atomic_load(&board->halt)) {
        return 0;
    }
    worker->busy = mcpar__worker_command(worker, &command);
    if (worker->busy)
        return 0;
    worker->gone = true;
    return again(round, worker->task);
}

/* To all; at least one worker must be there. *busy: how many are at work, or gone and not yet buried. */
static int give_all(struct round *round, int *busy)
{
    struct mcpar__fork *pool = round->pool;
    const char *call;
    int err = pool->living ? 0 : mcpar__worker_start(pool, 0, &call);

    if (err)
        return mcpar__fail(round->report, MCPAR_ERR_WORKERS, "none is left, and %s: %s", call, strerror(err));
    atomic_store(&round->board->takers, (uint64_t)pool->living);
    *busy = 0;
    for (int i = 0; i < pool->seats && !err; i++) {
        struct mcpar__worker *worker = &pool->worker[i];

        if (worker->pid && !worker->busy && !worker->gone)
            err = give(round, worker);
        *busy += worker->pid && (worker->busy || worker->gone);
    }
    return err;
}

/* All workers wait: is anything lost, or left? */
static int look(struct round *round, bool *finished)
{
    struct mcpar__board *board = round->board;
    uint64_t mark = atomic_load(&board->cursor);

    mark = mark < lowest(round) ? mark : lowest(round);
    if (mcpar__tasks_missing(&round->tasks, &round->into->ledger, round->first, mark, (uint64_t)round->pool->living))
        return mcpar__fail(round->report, MCPAR_ERR_MEMORY, "for trials to be run again");
    round->directing = round->tasks.n > 0;
    *finished = !round->directing && (round->failure.code || mark == round->end);
    round->fruitless = round->directing || mark != round->mark ? 0 : round->fruitless + 1;
    round->mark = mark;
    atomic_store(&board->halt, 0);
    if (!*finished && round->fruitless >= MCPAR__DEATHS)
        return mcpar__fail(round->report, MCPAR_ERR_WORKERS, "workers end again and again, but over no trial");
    return 0;
}

static int run(struct round *round)
{
    bool finished = false;
    int busy = 0, err = 0;

    while (!err && !finished) {
        err = give_all(round, &busy);
        if (err)
            break;
        if (busy) {
            mcpar__fork_wait(round->pool, -1);
            err = hear(round);
        } else {
            err = look(round, &finished);
        }
    }
    return err;
}

static void set_up(struct mcpar__fork *pool, uint64_t first, uint64_t n)
{
    struct mcpar__board *board = &pool->common->board;
    const char *call;

    mcpar__board_clear(board, first);
    mcpar__board_fill(board, first + n, n, (uint64_t)pool->seats);
    for (int i = 0; i < pool->seats; i++)
        if (!pool->worker[i].pid)          /* could not be replaced in the round before: perhaps now */
            (void)mcpar__worker_start(pool, i, &call);
}

int mcpar__fork_round(void *opened, uint64_t first, uint64_t n, struct mcpar__result *into,
                      struct mcpar__failure *failure, struct mcpar__report *report)
{
    struct mcpar__fork *pool = opened;
    struct round round = { .pool = pool, .board = &pool->common->board, .into = into, .report = report, .first = first,
                           .end = first + n };
    int err;

    *failure = (struct mcpar__failure){ 0 };
    if (pool->broken)
        return mcpar__fail(report, MCPAR_ERR_WORKERS, "the pool has failed before");
    round.committed = atomic_load(&pool->common->committed);
    set_up(pool, first, n);
    err = run(&round);
    mcpar__tasks_close(&round.tasks);
    if (err) {
        pool->broken = true;
        atomic_store(&round.board->halt, 1);
        return err;
    }
    *failure = round.failure;
    return failure->code;
}
