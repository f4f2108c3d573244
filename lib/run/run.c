/* SPDX-License-Identifier: BSD-3-Clause */
/* run.c - one sampling call, in rounds (parts of its trials): plan a round, run this rank's share, agree with the other
 * ranks, merge; until all trials are done or one fails */
#include "base/clock.h"
#include "base/guard.h"
#include "run/agree.h"
#include "run/checkpoint.h"
#include "run/goal.h"
#include "run/progress.h"
#include "schedule/chunk_queue.h"
#include "schedule/plan.h"

struct run {                               /* what this rank knows while the rounds go on */
    mcpar *mc;
    void *pool;
    struct mcpar__result round;            /* this round's, apart from the rounds before */
    struct mcpar__pace pace;
    struct mcpar__failure failure;         /* of the trial that ended the last round, the same on all ranks */
    const struct mcpar__job *job;
    struct mcpar__goal *goal;              /* NULL: all trials that are missing are run */
    struct mcpar__split split;             /* of the current round, */
    struct mcpar__range part;              /* this rank's of it, or that of its node's ranks; */
    uint64_t first, n;                     /* the round's trials */
    uint64_t reached;                      /* the end of the last trials in it that this rank has taken */
    uint64_t limit_ns;                     /* when it is cut short; 0: never */
    struct mcpar__stops stops;             /* of all ranks, at the end of the round before */
    bool in_round;                         /* the ranks have split it, and have not agreed on its end */
    bool closing;                          /* only the pool is left to close */
    bool telling;                          /* in the callback for progress */
    uint64_t chunk;                        /* trials in a chunk (taken at a time) of a part that ranks share */
};

/* Which digest of job->digest_of: that of the lowest trial held before the call, if it is to be compared, and that of the
 * trial that will be the lowest. */
enum { OLD = MCPAR__DIGEST_OLD, NEW = MCPAR__DIGEST_NEW };

/* Stops the ranks of this node: the round will not count. */
static void halt(const struct run *run)
{
    if (run->split.queue)
        atomic_store(&run->split.queue->halt, 1);
}

enum { TRIAL_FAILED = -1 };

static int run_chunk(void *opened, uint64_t first, uint64_t n, uint64_t *ran)
{
    struct run *run = opened;
    mcpar *mc = run->mc;
    int err = mc->pool->round(run->pool, run->part.first + first, &n, 0, &run->round, &run->failure, &mc->report);

    (void)ran;
    run->reached = run->part.first + first + n;
    /* Only where the ranks of one node share the whole round: else what is held would have gaps. */
    if (run->part.n == run->n && mcpar__stop_due(&mc->stop))
        atomic_store(&run->split.queue->cut, 1);
    return err ? err : run->failure.code ? TRIAL_FAILED : 0;
}

/* Takes and runs chunks of this node's part. What stops this rank stops the others on its queue: after a trial
 * failed, they stop above it; after any other error, at once, because the round will not count. By then all chunks
 * below a failed trial have been taken, and their takers finish them, so the lowest failing trial is found. */
static int take_chunks(struct run *run)
{
    const struct mcpar__split *split = &run->split;
    int err;

    mcpar__queue_fill(split->queue, run->part.n, run->part.n, split->takers);
    /* A request reaches the other ranks at once, not only when this rank has finished its chunk: they would begin
     * others meanwhile. */
    if (run->part.n == run->n)
        mcpar__stop_sets(&run->mc->stop, &split->queue->cut);
    err = mcpar__queue_work(split->queue, &run->chunk, run_chunk, run);
    mcpar__stop_sets(&run->mc->stop, NULL);
    if (err == TRIAL_FAILED)
        mcpar__queue_lower(split->queue, run->failure.trial - run->part.first);
    else if (err)
        halt(run);
    return err == TRIAL_FAILED ? 0 : err;
}

/* Runs this rank's share of the round [first, first + n) into run->round. */
static int run_share(struct run *run, uint64_t first, uint64_t n, uint64_t *ns)
{
    mcpar *mc = run->mc;
    struct mcpar__failure *failure = &run->failure;
    uint64_t start;
    int err = 0;

    mcpar__result_clear(&run->round);
    run->split = (struct mcpar__split){ .before = 0, .mine = mc->total }; /* the whole round for a single rank */
    if (mc->size > 1 && mc->comm->share(mc->ranks, &run->split))
        (void)mcpar__fail(&mc->report, MCPAR_ERR_COMM, "in the shares of a round");
    run->in_round = mc->size > 1;
    run->reached = first;
    if (mc->report.code) {                 /* now or before: the round will not count */
        halt(run);
        return mc->report.code;
    }
    run->part = mcpar__share(n, run->split.before, run->split.mine, mc->total);
    run->part.first += first;
    start = mcpar__nanoseconds();
    if (run->split.queue) {
        err = take_chunks(run);
    } else if (run->part.n) {
        err = mc->pool->round(run->pool, run->part.first, &run->part.n, run->limit_ns, &run->round, failure, &mc->report);
        run->reached = run->part.first + run->part.n;
    }
    if (run->pool && mc->pool->began && mc->pool->began(run->pool) > start)
        start = mc->pool->began(run->pool);
    *ns = mcpar__nanoseconds() - start;
    if (!err && !failure->code)
        mc->speed = mcpar__speed(mcpar__ledger_trials(&run->round.ledger), *ns, mc->speed);
    return err;
}

/* At the end of a round all ranks agree, including those that failed. */
static int meet(struct run *run, struct mcpar__agreement *a)
{
    mcpar *mc = run->mc;
    int err;

    run->in_round = false;
    if (mc->size == 1)                     /* nobody to agree with */
        return mc->report.code;
    mc->comm->set_speed(mc->ranks, mc->speed);
    a->sum[MCPAR__SUM_SPEEDS] = mc->speed;
    err = mcpar__agree(mc, &(struct mcpar__said){ .call = MCPAR__ROUND, .n = run->n }, a);
    mc->total = a->sum[MCPAR__SUM_SPEEDS];
    return err;
}

/* Says what trial job->digest_of[which] returned, if it is the first one of the round and this rank ran it. */
static void offer_digest(struct run *run, int which, struct mcpar__agreement *a)
{
    const struct mcpar__ledger *ran = &run->round.ledger;
    uint64_t digest;

    if (run->job->digest_of[which] != run->first || ran->n == 0 || ran->range[0].first != run->first)
        return;
    if (run->mc->pool->digest(run->pool, which, &digest)) {
        a->sum[MCPAR__SUM_DIGEST] = digest;
        a->sum[MCPAR__SUM_DIGESTS] = 1;
    }
}

/* Whether the round may have gaps: only a pool that kills workers after a stop leaves any. */
static bool may_lack(mcpar *mc)
{
    return mc->size == 1 && mcpar__stop_due(&mc->stop);
}

/* Runs a round into run->round, and the agreement at its end: what all ranks said is in *a. All ranks get the same
 * code. */
static int run_together(struct run *run, struct mcpar__range round, int digest, struct mcpar__agreement *a)
{
    mcpar *mc = run->mc;
    struct mcpar__failure *failure = &run->failure;
    uint64_t ns = 0;
    int err;

    *failure = (struct mcpar__failure){ 0 };
    *a = (struct mcpar__agreement){ { 0 }, { 0 } };
    run->first = round.first;
    run->n = round.n;
    run->limit_ns = mc->size == 1 ? mcpar__round_limit(&run->pace) : 0;
    err = run_share(run, run->first, run->n, &ns);

    if (mc->report.code || err)
        failure->code = 0;                 /* there is another error, so the round does not count */
    else if (!failure->code)
        offer_digest(run, digest, a);
    a->min[MCPAR__LEAST_TRIAL] = failure->code ? failure->trial : UINT64_MAX;
    a->min[MCPAR__LEAST_NOT_NS] = ~ns;
    a->min[MCPAR__LEAST_NOT_END] = ~run->reached;
    a->min[MCPAR__LEAST_LEFT_NS] = mcpar__stop_left(&mc->stop);
    a->sum[MCPAR__SUM_EDGES] = mcpar__ledger_edges(&run->round.ledger);
    run->stops = mcpar__stops(mc);
    a->sum[MCPAR__SUM_REQUESTED] = run->stops.requested;
    a->sum[MCPAR__SUM_TIMED] = run->stops.timed;
    a->sum[MCPAR__SUM_DUE] = mc->checkpoint.every_ns > 0 ? mcpar__checkpoint_due(mc) : 0;
    a->sum[MCPAR__SUM_ROUND_HITS] = run->round.tally.hits;
    err = meet(run, a);
    if (err) {
        failure->code = 0;
        return err;
    }
    if (a->min[MCPAR__LEAST_TRIAL] != UINT64_MAX) {
        err = mcpar__share_failure(mc, a->min[MCPAR__LEAST_TRIAL], failure);
        return err ? err : failure->code;
    }
    run->stops = (struct mcpar__stops){ a->sum[MCPAR__SUM_REQUESTED], a->sum[MCPAR__SUM_TIMED] };
    round.n = ~a->min[MCPAR__LEAST_NOT_END] - round.first;
    if (may_lack(mc))
        return 0;
    if (a->sum[MCPAR__SUM_EDGES] != mcpar__ledger_edges(&(struct mcpar__ledger){ &round, round.n > 0, 1, 1 }))
        return mcpar__fail(&mc->report, MCPAR_ERR_WORKERS, "a round came back incomplete; this is a bug in libmcpar");
    return 0;
}

static bool stopping(const struct run *run)
{
    return run->stops.requested + run->stops.timed > 0;
}

/* The lowest trial of what was read is run once more, and must return what it returned when the result was made. */
static int check_first(struct run *run)
{
    mcpar *mc = run->mc;
    struct mcpar__agreement a;
    int err;

    /* On a busy machine the round may be cut before a worker has taken the trial. */
    do
        err = run_together(run, (struct mcpar__range){ mc->check.trial, 1 }, OLD, &a);
    while (!err && a.sum[MCPAR__SUM_DIGESTS] == 0 && !stopping(run));
    if (err || a.sum[MCPAR__SUM_DIGESTS] == 0)         /* 0: stopped before */
        return err;
    if (a.sum[MCPAR__SUM_DIGEST] != mc->check.digest)
        return mcpar__fail(&mc->report, MCPAR_ERR_LINEAGE,
                           "trial %llu now returns something else than in the result that was read: has the trial "
                           "function or its argument changed?", (unsigned long long)mc->check.trial);
    mc->check.known = false;
    return 0;
}

/* The round's trials are held from now on. If the process is alone, they may have gaps; with several ranks they have none,
 * and there is room, because all must have known that before the round. */
static int hold(struct run *run, struct mcpar__range round)
{
    mcpar *mc = run->mc;
    const struct mcpar__ledger *ran = &run->round.ledger;
    int err;

    if (mc->size > 1)
        return mcpar__ledger_add(&mc->held, round.first, round.n);
    err = mcpar__ledger_reserve(&mc->held, ran->n);
    for (size_t i = 0; i < ran->n && !err; i++)
        err = mcpar__ledger_add(&mc->held, ran->range[i].first, ran->range[i].n);
    return err;
}

/* Runs one round of at most n of the trials that are missing, from the lowest on. All ranks get the same code. */
static int run_round(struct run *run, uint64_t n)
{
    mcpar *mc = run->mc;
    const uint64_t first = mcpar__missing(mc).first;
    struct mcpar__range round = { first, run->goal ? mcpar__goal_most(run->goal, mc, first, n) : n };
    struct mcpar__agreement a;
    int err;

    if (mcpar__ledger_reserve(&mc->held, 1))
        (void)mcpar__fail(&mc->report, MCPAR_ERR_MEMORY, "for the list of trials held");
    err = run_together(run, round, NEW, &a);
    if (err)
        return err;
    round.n = ~a.min[MCPAR__LEAST_NOT_END] - round.first;
    n = mc->size == 1 ? mcpar__ledger_trials(&run->round.ledger) : round.n;
    run->pace.last_trials = n;
    run->pace.last_ns = ~a.min[MCPAR__LEAST_NOT_NS];
    run->pace.elapsed_ns += run->pace.last_ns;
    run->pace.left_ns = a.min[MCPAR__LEAST_LEFT_NS];
    mc->timed_trials = (run->pace.elapsed_ns > run->pace.last_ns ? mc->timed_trials : 0) + n;
    mc->timed_ns = run->pace.elapsed_ns;
    if (run->goal && !mcpar__goal_takes(run->goal, mc, round.first, round.n, a.sum[MCPAR__SUM_ROUND_HITS], round.n - n))
        return 0;
    err = hold(run, round);
    if (err)
        return mcpar__fail(&mc->report, err, "for the list of trials held");
    mcpar__tally_canonical(&run->round.tally);
    mcpar__tally_merge(&mc->mine, &run->round.tally);
    mc->unsaved |= n > 0;
    if (n > 0 && mc->held.range[0].first != mc->first.trial)
        mc->first.known = false;
    if (n > 0 && mc->held.range[0].first == round.first)
        mc->first = (struct mcpar__first){ round.first, a.sum[MCPAR__SUM_DIGEST], a.sum[MCPAR__SUM_DIGESTS] > 0 };
    mc->watcher.hits += a.sum[MCPAR__SUM_ROUND_HITS];
    if (a.sum[MCPAR__SUM_DUE] > 0)
        mcpar__checkpoint_write(mc);
    return 0;
}

struct mcpar__stops mcpar__stops(mcpar *mc)
{
    return (struct mcpar__stops){ mcpar__stop_requested(&mc->stop), mcpar__stop_left(&mc->stop) == 0 };
}

static int stopped(const struct run *run)
{
    mcpar *mc = run->mc;

    return mcpar__fail(&mc->report, MCPAR_STOPPED, "%llu of %s%llu trials are held; %s",
                       (unsigned long long)mcpar__ledger_trials(&mc->held), run->goal ? "at most " : "",
                       (unsigned long long)mc->asked,
                       run->stops.requested ? "a stop was requested" : "the time is up (max_seconds or deadline)");
}

/* Whether there is nothing left to run. */
static bool done(const struct run *run)
{
    return (run->goal && (run->goal->met || run->goal->unmet)) || mcpar__missing(run->mc).n == 0;
}

/* Judges the goal wherever that is due. All ranks get the same code. */
static int judge(struct run *run)
{
    int err = 0;

    while (run->goal && mcpar__goal_due(run->goal, run->mc) && !err) {
        err = mcpar__goal_judge(run->goal, run->mc);
        if (mcpar__missing(run->mc).n == 0)
            break;
    }
    if (run->goal) {
        run->mc->watcher.forecast = run->goal->forecast;
        run->mc->watcher.goal = run->goal->mean;
    }
    return err;
}

static int run_rounds(struct run *run)
{
    mcpar *mc = run->mc;
    int err = mc->check.known ? check_first(run) : 0;

    while (!done(run) && !err && !stopping(run)) {
        err = run_round(run, mcpar__round_size(&run->pace, mcpar__missing(mc).n));
        if (!err)
            err = judge(run);
        run->telling = true;
        mc->stop.by_call |= !err && !done(run) && mcpar__watcher_tell(&mc->watcher, mc, false);
        run->telling = false;
    }
    return err || done(run) ? err : stopped(run);
}

/* The lowest trial that is missing; UINT64_MAX: none is. */
static uint64_t next(const mcpar *mc)
{
    struct mcpar__range missing = mcpar__missing(mc);

    return missing.n > 0 ? missing.first : UINT64_MAX;
}

/* How many trials the lowest gap has below this one. */
static uint64_t below(const mcpar *mc, uint64_t trial)
{
    struct mcpar__range missing = mcpar__missing(mc);

    return missing.n < trial - missing.first ? missing.n : trial - missing.first;
}

/* After a failure, the handle must hold every trial below the failing one, whatever the sizes of the rounds were.
 * The sums of the failed round cannot be separated by trial, so its trials below the failing one run once more. If
 * one of them fails only now, it does not behave the same each time; then it is the lowest failing trial, and those
 * below it run again, but only a few times. */
static void hold_below(struct run *run)
{
    enum { TIMES = 4 };
    mcpar *mc = run->mc;
    struct mcpar__failure lowest = run->failure;

    for (int failed = 0; failed < TIMES && next(mc) < lowest.trial && !done(run);) {
        if (run_round(run, below(mc, lowest.trial)) && !run->failure.code)
            break;
        if (run->failure.code) {
            lowest = run->failure;
            failed++;
        } else if (stopping(run) || judge(run)) {
            break;
        }
    }
    if (done(run)) {                       /* the goal is met below that trial, which was never needed */
        run->failure.code = 0;
        return;
    }
    if (next(mc) < lowest.trial) {
        mcpar__note(&mc->report, "trials %llu to %llu, below the one that failed, could not be run again%s%s",
                    (unsigned long long)next(mc), (unsigned long long)lowest.trial - 1, mc->report.code ? ": " : "",
                    mc->report.code ? mc->report.text : "");
        mc->report.code = 0;
    }
    run->failure = lowest;
}

/* The other ranks wait at the end of a round, or soon will. They learn of the failure there, so that all ranks leave
 * the call together. */
static void tell_others(struct run *run)
{
    mcpar *mc = run->mc;
    struct mcpar__agreement a = { { 0 }, { 0 } };

    if (mc->size == 1 || run->closing)     /* when closing, the last round is over */
        return;
    if (run->in_round) {
        mcpar__stop_sets(&mc->stop, NULL);
        halt(run);
        (void)meet(run, &a);
    } else if (mc->check.known) {          /* left before the first round: it takes part with its failure */
        (void)check_first(run);
    } else {
        (void)run_round(run, mcpar__round_size(&run->pace, mcpar__missing(mc).n));
    }
}

/* Runs when an exception, longjmp or a cancellation leaves the call in this process: ends the workers, keeps what was
 * sampled before, and releases the handle for further calls. */
static void abandon(void *left)
{
    struct run *run = left;
    mcpar *mc = run->mc;
    const struct mcpar__pool *table = mc->pool;
    void *pool = run->pool;

    if (!mcpar__own(mc))
        return;                            /* a process that a trial forked */
    mc->report.code = 0;
    if (run->pool && !run->telling && mc->pool == &mcpar__pool_serial) {
        run->failure = (struct mcpar__failure){ .code = MCPAR_ERR_LEFT };
        run->failure.trial = mcpar__serial_trial(run->pool, &run->failure.n);
        (void)mcpar__tell_failure(mc, run->job, &run->failure);
    } else {
        (void)mcpar__fail(&mc->report, MCPAR_ERR_LEFT, "%s was left by an exception, longjmp or pthread_cancel",
                          run->telling ? "the progress callback" : run->closing ? "scratch_free" : mc->pool == &mcpar__pool_serial ? "scratch_new" : "sampling");
    }
    tell_others(run);
    if (!run->closing)
        mcpar__result_close(&run->round);
    (void)mcpar__end(mc, 0);
    if (pool)                              /* last, because scratch_free may be left, too */
        table->close(pool);
}

/* Starts the pool, runs the rounds and ends the pool. */
static int run_pool(struct run *run)
{
    mcpar *mc = run->mc;
    const struct mcpar__job *job = run->job;
    int err, wanted = mc->pool == &mcpar__pool_serial ? 1 : mc->settings.in_force.workers;

    run->closing = false;
    /* A rank that cannot start takes part in the first round with its failure, so that the others hear of it. */
    if (mcpar__result_open(&run->round, &mc->schema))
        (void)mcpar__fail(&mc->report, MCPAR_ERR_MEMORY, "for the sums of a round");
    else if (!mc->pool->open(&run->pool, job, wanted, &mc->report))
        mc->workers = mc->pool->workers(run->pool);
    err = run_rounds(run);
    if (run->failure.code) {
        if (run->failure.trial != job->digest_of[OLD])
            hold_below(run);
        err = run->failure.code ? mcpar__tell_failure(mc, run->job, &run->failure) : 0;
    }
    run->closing = true;
    mcpar__result_close(&run->round);
    if (run->pool) {
        const struct mcpar__pool *table = mc->pool;
        void *pool = run->pool;

        mc->workers = table->workers(pool); /* fewer, if some could not be started */
        if (table->in_host && table->in_host(pool)) {      /* no worker starts in the next call either */
            mc->pool = &mcpar__pool_serial;
            mc->settings.in_force.pool = MCPAR_POOL_SERIAL;
        }
        run->pool = NULL;
        table->close(pool);
    }
    return err;
}

int mcpar__run(mcpar *mc, const struct mcpar__job *job, struct mcpar__goal *goal, const struct mcpar__together *all)
{
    struct run run = { .mc = mc, .job = job, .goal = goal, .chunk = 1, .stops = all->stops, .closing = true };
    MCPAR__GUARD guard = { .left = NULL };
    int err = 0;

    run.pace.lanes = (uint64_t)mc->size;    /* the same on all ranks: under MPI one per rank */
    if (mc->size == 1 && mc->pool != &mcpar__pool_serial)
        run.pace.lanes = (uint64_t)mc->settings.in_force.workers;
    run.pace.left_ns = mc->size == 1 ? mcpar__stop_left(&mc->stop) : UINT64_MAX;
    run.pace.every_ns = all->every_ns;
    run.pace.may_cut = mc->size == 1 && mc->pool->cuts;    /* ranks would have to agree on where to cut */
    mcpar__watcher_open(&mc->watcher, mc, all->hits);
    mc->watcher.towards_goal = goal != NULL;
    mcpar__guard_open(&guard, abandon, &run);
    err = judge(&run);
    if (!err && !done(&run))
        err = stopping(&run) ? stopped(&run) : run_pool(&run);         /* on all ranks */
    else if (!err && mc->check.known && !stopping(&run))
        err = run_pool(&run);              /* only to compare */
    if (goal && !err)
        err = mcpar__goal_end(goal, mc);
    mc->stop.by_call = false;
    mcpar__guard_close(&guard);
    return err;
}

void mcpar__run_told(mcpar *mc)
{
    struct run run = { .mc = mc, .closing = true, .telling = true };
    MCPAR__GUARD guard = { .left = NULL };

    mcpar__guard_open(&guard, abandon, &run);
    (void)mcpar__watcher_tell(&mc->watcher, mc, true);
    mcpar__guard_close(&guard);
}
