/* round.c - one round as the parent sees it: workers take chunks; what dead ones lost is run again
 *
 * Two phases take turns. First the workers take chunks from the queue until there are no more. When all of them
 * wait, what they have put in their mailboxes is merged, and what the ledger lacks below the mark (the cursor, or the
 * lowest failing trial) is lost. It is run again by direction, a task a worker, until nothing is lacking. A death
 * that looks like the trial's own doing halts the first phase early, so that a trial that always crashes is found
 * before the whole round has crashed. */
#include "base/clock.h"
#include "pool/fork/fork.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define MS UINT64_C(1000000)
#define LOOK_NS (50 * MS)                  /* how often needless workers are looked for */
#define TICK_NS (1000 * MS)                /* and workers that do not get started */
enum { UNBEGUN = 4 };                      /* time before the first worker is ready counts so many times less */
#define SUSPECT_NS (1000 * MS)             /* for a crash, so long the chunks above it may go on */

struct round {
    struct mcpar__fork *pool;
    struct mcpar__chunk_queue *queue;
    struct mcpar__result *into;
    struct mcpar__report *report;
    struct mcpar__failure failure;         /* the lowest so far */
    struct mcpar__tasks tasks;
    uint64_t first, end;
    bool directing;                        /* second phase */
    uint64_t committed;                    /* the progress when the last death was counted; deaths in a row since: */
    int kills;                             /* from outside */
    int false_starts;                      /* by their own doing, before they began */
    int idle;                              /* by their own doing while they waited, or as they could not be reached */
    int hung;                              /* none: killed by us, for they did not get started */
    uint64_t oom;                          /* what the kernel had killed for want of memory at the first kill */
    uint64_t suspect, suspect_ns;          /* the lowest chunk that a worker crashed in, and for how long it is known */
    bool no_workers;                       /* none gets started: the calling thread may run the trials */
    uint64_t mark;                         /* of the last look, */
    int fruitless;                         /* and how many in a row found it there, and nothing to run again */
};

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t lowest(const struct round *round)
{
    return round->failure.code ? round->failure.trial : UINT64_MAX;
}

static void fails(struct round *round, const struct mcpar__failure *failure)
{
    if (failure->trial >= lowest(round))
        return;
    round->failure = *failure;
    mcpar__queue_lower(round->queue, failure->trial);
}

/* ---- What a worker that waits or is dead has done ---- */

static int collect(struct round *round, struct mcpar__worker *worker, uint64_t *trials)
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
            return mcpar__fail(round->report, MCPAR_ERR_WORKERS, "a worker reported a failure that cannot be");
        if (failure.code == MCPAR_ERR_MEMORY)
            worker->short_of_memory = true;
        else
            fails(round, &failure);
    }
    return 0;
}

static int again(struct round *round, struct mcpar__task task)
{
    if (task.n && mcpar__tasks_add(&round->tasks, task))
        return mcpar__fail(round->report, MCPAR_ERR_MEMORY, "for trials to be run again");
    return 0;
}

/* ---- Memory ---- */

/* Of a worker that ended because its memory did not suffice. A process that has worked for some time may have used up
 * what a fresh one finds; one that could not do anything leaves its work to the others. */
static int without_memory(struct round *round, int index)
{
    struct mcpar__fork *pool = round->pool;
    const char *call;

    if (pool->worker[index].served && mcpar__worker_start(pool, index, &call) == 0)
        return 0;
    if (pool->living == 0)
        return mcpar__fail(round->report, MCPAR_ERR_MEMORY, "in the last worker");
    pool->tried = pool->asked;             /* more would have no more of it */
    mcpar__note(round->report, "%d workers: the memory does not suffice for more", pool->living);
    return 0;
}

static int done(struct round *round, int index)
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
    if (!err && worker->task.n && trials == 0 && lowest(round) >= worker->task.first + worker->task.n)
        err = mcpar__fail(round->report, MCPAR_ERR_WORKERS, "a worker did not run what it was told to");
    return err;
}

/* ---- Deaths ---- */

/* Of the signals that end a worker by default, those that nobody sends to it from outside. */
static bool own_doing(int cause)
{
    static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGALRM, SIGVTALRM, SIGPROF, SIGSYS, SIGTRAP,
                                   SIGXFSZ };

    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (cause == signals[i])
            return true;
    return cause == MCPAR__CAUSE_EXIT || cause == MCPAR__CAUSE_LEFT || cause > MCPAR__CAUSE_OWN;
}

/* Deaths are counted in a row, without a trial committed in between. Of workers that all lived when the last death
 * was counted, none counts: one event may have killed them all. */
static bool counts(struct round *round, const struct mcpar__worker *worker)
{
    uint64_t committed = atomic_load(&round->pool->common->committed);

    if (committed != round->committed) {
        round->committed = committed;
        round->kills = round->false_starts = round->idle = round->hung = 0;
    } else if (worker->since < round->pool->deaths) {
        return false;
    }
    round->pool->deaths++;
    return true;
}

/* What may be behind kills, for the person who has to find out. */
static const char *perhaps(const struct round *round, int cause)
{
    if (cause == MCPAR__CAUSE_UNKNOWN)
        return "; the host ignores or reaps its children, so a trial that calls _exit looks the same";
    if (cause == SIGKILL && mcpar__memory_kills() > round->oom)
        return "; the kernel killed processes of this memory cgroup meanwhile: use fewer workers, or less memory";
    return cause == SIGKILL ? "; the kernel does this where memory is short" : "";
}

/* From outside, or as if. Ten in a row end the run. */
static int killed(struct round *round, const struct mcpar__worker *worker, int cause)
{
    char by[80] = "";

    if (!counts(round, worker))
        return 0;
    if (++round->kills == 1)
        round->oom = mcpar__memory_kills();
    if (round->kills < MCPAR__KILLS)
        return 0;
    if (cause != MCPAR__CAUSE_UNKNOWN)
        (void)snprintf(by, sizeof by, ", the last by signal %d (%s)", cause, strsignal(cause));
    return mcpar__fail(round->report, MCPAR_ERR_KILLED, "%d in a row without progress%s%s", MCPAR__KILLS, by,
                       perhaps(round, cause));
}

static int false_start(struct round *round, const struct mcpar__worker *worker, int cause)
{
    static const char *const calls[] = { [MCPAR__REFUSED_PRCTL] = "prctl", [MCPAR__REFUSED_SIGMASK] = "sigprocmask" };
    int refusal = atomic_load(&worker->mailbox->refusal), settled = atomic_load(&worker->mailbox->settled);

    if (!counts(round, worker) || ++round->false_starts < MCPAR__DEATHS)
        return 0;
    if (refusal > 0 && (size_t)refusal < sizeof calls / sizeof *calls)
        return mcpar__fail(round->report, MCPAR_ERR_WORKERS, "%s in a new worker: %s", calls[refusal],
                           strerror(atomic_load(&worker->mailbox->refusal_errno)));
    return mcpar__fail(round->report, settled && round->pool->job->scratch_new ? MCPAR_ERR_SCRATCH : MCPAR_ERR_WORKERS,
                       "%d in a row ended before their first trial, the last by %s", MCPAR__DEATHS,
                       cause > 0 ? strsignal(cause % MCPAR__CAUSE_OWN) : "an exit");
}

/* It had no command, or could not be told one. */
static int idle_death(struct round *round, const struct mcpar__worker *worker)
{
    if (!counts(round, worker) || ++round->idle < MCPAR__KILLS)
        return 0;
    if (worker->unreachable)
        return mcpar__fail(round->report, MCPAR_ERR_WORKERS, "%d in a row could not be told what to do: send: %s",
                           MCPAR__KILLS, strerror(worker->unreachable));
    return mcpar__fail(round->report, MCPAR_ERR_WORKERS, "%d in a row ended while they had nothing to do", MCPAR__KILLS);
}

/* A directed task died with its worker. */
static int lost_task(struct round *round, struct mcpar__task task, int cause, int null)
{
    if (own_doing(cause) && task.n == 1 && ++task.deaths >= MCPAR__DEATHS) {
        fails(round, &(struct mcpar__failure){ cause == MCPAR__CAUSE_LEFT ? MCPAR_ERR_LEFT : MCPAR_ERR_CRASH,
                                               .trial = task.first, .n = 1,
                                               .signal = cause > 0 ? cause % MCPAR__CAUSE_OWN : 0, .null = null });
        return 0;
    }
    if (mcpar__tasks_halve(&round->tasks, task))
        return mcpar__fail(round->report, MCPAR_ERR_MEMORY, "for trials to be run again");
    return 0;
}

/* The errno of a command to somebody who is not there any more. */
static bool is_gone(int error)
{
    return error == EPIPE || error == ECONNRESET;
}

/* Whose doing was it, and is that enough to end the run? */
static int judge(struct round *round, const struct mcpar__worker *worker, bool busy, int cause)
{
    bool ready = atomic_load(&worker->mailbox->ready);

    if (cause == MCPAR__CAUSE_LIMIT)
        return mcpar__fail(round->report, MCPAR_ERR_LIMIT,
                           "CPU time; raise it (ulimit -t), or use more workers");
    if (cause == MCPAR__CAUSE_LEFT && !ready)
        return mcpar__fail(round->report, MCPAR_ERR_LEFT, "scratch_new was left by an exception or longjmp");
    if (own_doing(cause) && !ready)
        return false_start(round, worker, cause);
    if (!busy && (own_doing(cause) || (worker->unreachable && !is_gone(worker->unreachable))))
        return idle_death(round, worker);
    if (!own_doing(cause))
        return killed(round, worker, cause);
    if (!round->directing && atomic_load(&worker->mailbox->at) < round->suspect)
        round->suspect = atomic_load(&worker->mailbox->at);
    atomic_store(&round->queue->halt, 1);
    return 0;
}

static int died(struct round *round, int index)
{
    struct mcpar__worker *worker = &round->pool->worker[index];
    int cause = mcpar__worker_bury(round->pool, index), err, error = 0;
    bool ready = atomic_load(&worker->mailbox->ready), busy = worker->busy, condemned = worker->condemned;
    struct mcpar__task task = worker->task;
    const char *call;
    uint64_t trials;

    worker->busy = worker->answered = false;
    if (worker->leaves)
        return 0;                          /* as it said; where it is needed after all, another one is started */
    err = collect(round, worker, &trials);
    if (trials)
        round->kills = round->false_starts = round->idle = round->hung = 0;
    if (!err && !condemned)
        err = judge(round, worker, busy, cause);
    if (!err && busy && task.n && trials == 0)
        err = ready && !condemned ? lost_task(round, task, cause, atomic_load(&worker->mailbox->null)) : again(round, task);
    if (!err && worker->short_of_memory)
        return without_memory(round, index);
    if (!err && !round->failure.code)      /* else the next round needs it, not this one */
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
    return err ? err : without_memory(round, index);
}

/* Everything that the workers have told. */
static int hear(struct round *round)
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

/* Something to do for a worker that waits, if there is anything. */
static int give(struct round *round, struct mcpar__worker *worker)
{
    struct mcpar__chunk_queue *queue = round->queue;
    struct mcpar__command command = { .kind = MCPAR__TAKE, .last = round->end == round->pool->job->end };
    uint64_t below = lowest(round) < round->end ? lowest(round) : round->end;

    worker->task = (struct mcpar__task){ 0 };
    if (round->directing) {
        if (!mcpar__tasks_next(&round->tasks, below, &worker->task))
            return 0;
        command = (struct mcpar__command){ MCPAR__RUN, worker->task.first, worker->task.n, false };
    } else if (atomic_load(&queue->cursor) >= below || atomic_load(&queue->halt)) {
        return 0;
    }
    atomic_store(&worker->mailbox->at, 0);
    worker->unreachable = mcpar__worker_command(worker, &command);
    if (!worker->unreachable) {
        worker->busy = true;
        worker->since = round->pool->deaths;
        return 0;
    }
    if (!is_gone(worker->unreachable))
        mcpar__worker_kill(worker);        /* it is there, but of no use */
    worker->gone = true;
    return again(round, worker->task);
}

static bool unfinished(const struct round *round)
{
    return round->tasks.n > 0 || atomic_load(&round->queue->cursor) < least(lowest(round), round->end);
}

/* To all; at least one worker must be there. *busy: how many are at work, or gone and not yet buried. */
static int give_all(struct round *round, int *busy)
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

/* All workers wait: is anything lost, or left? */
static int look(struct round *round, bool *finished)
{
    struct mcpar__chunk_queue *queue = round->queue;
    uint64_t mark = atomic_load(&queue->cursor);

    mark = mark < lowest(round) ? mark : lowest(round);
    if (mcpar__tasks_missing(&round->tasks, &round->into->ledger, round->first, mark,
                              (uint64_t)(round->pool->living ? round->pool->living : 1)))
        return mcpar__fail(round->report, MCPAR_ERR_MEMORY, "for trials to be run again");
    round->directing = round->tasks.n > 0;
    round->suspect = UINT64_MAX;
    round->suspect_ns = 0;
    *finished = !round->directing && (round->failure.code || mark == round->end);
    round->fruitless = round->directing || mark != round->mark ? 0 : round->fruitless + 1;
    round->mark = mark;
    atomic_store(&queue->halt, 0);
    if (!*finished && round->fruitless >= MCPAR__DEATHS)
        return mcpar__fail(round->report, MCPAR_ERR_WORKERS, "workers end again and again, but over no trial");
    return 0;
}

/* ---- While they work ---- */

/* More workers, one at a time, so that the run may end in between. */
static int hire(struct round *round)
{
    struct mcpar__fork *pool = round->pool;

    if (pool->tried == pool->asked || pool->worked_ns < pool->patience_ns)
        return 0;
    while (!mcpar__fork_hire(pool) && pool->tried < pool->asked)
        ;                                  /* what is refused once is most likely refused again: the host hears of it */
    mcpar__fork_note(pool, round->report);
    return 0;
}

/* Workers that have not got through the fork, for a thread of the host may have held a lock at that moment: killed, and
 * replaced. No trial has been begun by them. */
static int end_hung(struct round *round, uint64_t ns)
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
        mcpar__note(round->report, "a worker did not get started, and was killed");
        if (!counts(round, worker) || ++round->hung < MCPAR__DEATHS || others)
            continue;
        if (pool->job->may_be_serial) {
            round->no_workers = true;
            return 0;
        }
        return mcpar__fail(round->report, MCPAR_ERR_WORKERS,
                           "%d in a row did not get started, perhaps for a lock that a thread of the host holds; "
                           "MCPAR_POOL=serial does without them", MCPAR__DEATHS);
    }
    return 0;
}

static void end_from(struct round *round, uint64_t trial)
{
    struct mcpar__fork *pool = round->pool;

    for (int i = 0; i < pool->size; i++) {
        struct mcpar__worker *worker = &pool->worker[i];
        uint64_t at = worker->task.n ? worker->task.first : atomic_load(&worker->mailbox->at);

        if (worker->pid && worker->busy && !worker->gone && !worker->condemned && at >= trial)
            mcpar__worker_condemn(worker);
    }
}

/* Workers whose trials lie above one that failed. A worker takes its chunks in ascending order, so what it took last
 * tells; and it takes no more of them above the mark. After a crash, of which it is not known yet whether it will
 * happen again, those above it have a moment to end: else one that never ends would hide the crash. */
static void end_needless(struct round *round, uint64_t ns)
{
    if (round->failure.code)
        end_from(round, round->failure.trial);
    if (round->suspect == UINT64_MAX)
        return;
    round->suspect_ns += ns;
    if (round->suspect_ns >= SUSPECT_NS)
        end_from(round, round->suspect + 1);
}

static int end_deadlock(struct round *round, uint64_t ns)
{
    struct mcpar__fork *pool = round->pool;

    if (!mcpar__watch_look(pool, ns))
        return 0;
    return mcpar__fail(round->report, MCPAR_ERR_DEADLOCK,
                       "for %llu.%llu s, most likely one that another thread of the host held when they were forked; set "
                       "MCPAR_POOL=serial, or let no such thread be there: after OpenMP, "
                       "omp_pause_resource_all(omp_pause_hard) before sampling; deadlock_seconds = 0 lets them wait",
                       (unsigned long long)(pool->job->deadlock_ns / (1000 * MS)),
                       (unsigned long long)(pool->job->deadlock_ns / (100 * MS) % 10));
}

/* For how long nothing but news from a worker is of interest. */
static uint64_t span(const struct round *round)
{
    const struct mcpar__fork *pool = round->pool;
    uint64_t ns = mcpar__watch_every(pool);

    if (pool->tried < pool->asked)
        ns = least(ns, pool->worked_ns >= pool->patience_ns ? 0
                       : (pool->patience_ns - pool->worked_ns) * (atomic_load(&pool->common->began) ? 1 : UNBEGUN));
    if (round->failure.code || round->suspect != UINT64_MAX)
        ns = least(ns, LOOK_NS);
    for (int i = 0; i < pool->size; i++)
        if (pool->worker[i].pid && !atomic_load(&pool->worker[i].mailbox->settled))
            ns = least(ns, least(TICK_NS, MCPAR__START_NS / 4));
    return ns;
}

/* Waits for news, and does what the time asks for. */
static int attend(struct round *round)
{
    struct mcpar__fork *pool = round->pool;
    uint64_t start = mcpar__nanoseconds(), most = span(round), ns;
    int err;

    (void)pthread_setcancelstate(pool->cancel, NULL);      /* everything is in order here */
    mcpar__fork_wait(pool, most);
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    /* While this process was stopped, the others were, too, or could not be heard. */
    ns = mcpar__nanoseconds() - start;
    ns = most == MCPAR__FOREVER ? ns : least(ns, most + LOOK_NS);
    /* A new process takes its time until it works, and it is work that more workers would shorten. */
    pool->worked_ns += atomic_load(&pool->common->began) ? ns : ns / UNBEGUN;
    err = hear(round);
    if (!err)
        err = hire(round);
    if (!err)
        err = end_hung(round, ns);
    if (!err)
        end_needless(round, ns);
    return err ? err : end_deadlock(round, ns);
}

static int run(struct round *round)
{
    bool finished = false;
    int busy = 0, err = 0;

    while (!err && !finished && !round->no_workers) {
        err = give_all(round, &busy);
        if (err)
            break;
        err = busy ? attend(round) : look(round, &finished);
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
        if (!pool->worker[i].pid)          /* could not be replaced in the round before: perhaps now */
            (void)mcpar__worker_start(pool, i, &call);
}

/* ---- Without workers ---- */

static int run_in_host(struct round *round)
{
    struct mcpar__fork *pool = round->pool;
    struct mcpar__ledger missing = { 0 };
    int err = 0;

    if (!pool->serial)
        err = mcpar__pool_serial.open(&pool->serial, pool->job, 1, round->report);
    if (!err && mcpar__ledger_missing(&round->into->ledger, round->first, round->end - round->first, &missing))
        err = mcpar__fail(round->report, MCPAR_ERR_MEMORY, "for trials to be run again");
    for (size_t i = 0; i < missing.n && !err; i++)
        err = mcpar__pool_serial.round(pool->serial, missing.range[i].first, missing.range[i].n, round->into,
                                       &round->failure, round->report);
    mcpar__ledger_close(&missing);
    return err == round->failure.code ? 0 : err;
}

static void give_up_workers(struct round *round)
{
    struct mcpar__fork *pool = round->pool;

    for (int i = 0; i < pool->size; i++)
        if (pool->worker[i].pid) {
            mcpar__worker_condemn(&pool->worker[i]);
            (void)mcpar__worker_bury(pool, i);
            pool->worker[i].busy = false;
        }
    mcpar__note(round->report, "no worker gets started, perhaps for a lock that a thread of the host holds: pool serial");
}

int mcpar__fork_round(void *opened, uint64_t first, uint64_t n, struct mcpar__result *into,
                      struct mcpar__failure *failure, struct mcpar__report *report)
{
    struct mcpar__fork *pool = opened;
    struct round round = { .pool = pool, .queue = &pool->common->queue, .into = into, .report = report, .first = first,
                           .end = first + n, .suspect = UINT64_MAX };
    int err = 0;

    *failure = (struct mcpar__failure){ 0 };
    if (pool->broken)
        return mcpar__fail(report, MCPAR_ERR_WORKERS, "the pool has failed before");
    round.committed = atomic_load(&pool->common->committed);
    if (!pool->serial) {
        set_up(pool, first, n);
        err = run(&round);
        mcpar__tasks_close(&round.tasks);
    }
    if (round.no_workers)
        give_up_workers(&round);
    if (!err && (pool->serial || round.no_workers))
        err = run_in_host(&round);
    if (err) {
        pool->broken = true;
        atomic_store(&round.queue->halt, 1);
        return err;
    }
    *failure = round.failure;
    return failure->code;
}
