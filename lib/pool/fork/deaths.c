/* SPDX-License-Identifier: BSD-3-Clause */
/* deaths.c - a worker has died: was a trial to blame, and what does the round do about it? */
#include "pool/fork/round.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* Whether the worker caused its own death: by exit, or by a fatal signal that nobody sends from outside. */
static bool own_doing(int cause)
{
    static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGALRM, SIGVTALRM, SIGPROF, SIGSYS, SIGTRAP,
                                   SIGXFSZ };

    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (cause == signals[i])
            return true;
    return cause == MCPAR__CAUSE_EXIT || cause == MCPAR__CAUSE_LEFT || cause > MCPAR__CAUSE_OWN;
}

/* Counts deaths in a row, with no trial committed in between. The death of a worker that was already alive at the last
 * counted death does not count: one event may have killed them all. */
bool mcpar__death_counts(struct mcpar__round *round, const struct mcpar__worker *worker)
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

/* A hint for the user: what may have killed the workers. */
static const char *perhaps(const struct mcpar__round *round, int cause)
{
    if (cause == MCPAR__CAUSE_UNKNOWN)
        return "; the host ignores or reaps its children, so a trial that calls _exit looks the same";
    if (cause == SIGKILL && mcpar__memory_kills() > round->oom)
        return "; the kernel has killed processes of this memory cgroup: use fewer workers or less memory";
    return cause == SIGKILL ? "; the kernel does this when memory runs out" : "";
}

/* A worker was killed from outside, or so it seems. Ten such kills in a row end the run. */
static int killed(struct mcpar__round *round, const struct mcpar__worker *worker, int cause)
{
    char by[80] = "";

    if (!mcpar__death_counts(round, worker))
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

static int false_start(struct mcpar__round *round, const struct mcpar__worker *worker, int cause)
{
    static const char *const calls[] = { [MCPAR__REFUSED_PRCTL] = "prctl", [MCPAR__REFUSED_SIGMASK] = "sigprocmask" };
    int refusal = atomic_load(&worker->mailbox->refusal), settled = atomic_load(&worker->mailbox->settled);

    if (!mcpar__death_counts(round, worker) || ++round->false_starts < MCPAR__DEATHS)
        return 0;
    if (refusal > 0 && (size_t)refusal < sizeof calls / sizeof *calls)
        return mcpar__fail(round->report, MCPAR_ERR_WORKERS, "%s in a new worker: %s", calls[refusal],
                           strerror(atomic_load(&worker->mailbox->refusal_errno)));
    return mcpar__fail(round->report, settled && round->pool->job->scratch_new ? MCPAR_ERR_SCRATCH : MCPAR_ERR_WORKERS,
                       "%d in a row ended before their first trial, the last by %s", MCPAR__DEATHS,
                       cause > 0 ? strsignal(cause % MCPAR__CAUSE_OWN) : "an exit");
}

/* A worker died that had no command or could not be sent one. */
static int idle_death(struct mcpar__round *round, const struct mcpar__worker *worker)
{
    if (!mcpar__death_counts(round, worker) || ++round->idle < MCPAR__KILLS)
        return 0;
    if (worker->unreachable)
        return mcpar__fail(round->report, MCPAR_ERR_WORKERS, "%d in a row could not be sent a command: send: %s",
                           MCPAR__KILLS, strerror(worker->unreachable));
    return mcpar__fail(round->report, MCPAR_ERR_WORKERS, "%d in a row ended while idle", MCPAR__KILLS);
}

/* A worker died while it ran the task that the parent had given it. */
int mcpar__lost_task(struct mcpar__round *round, struct mcpar__task task, int cause, int null)
{
    bool blamed = own_doing(cause) || cause == MCPAR__CAUSE_STUCK;

    if (blamed && task.n == 1 && ++task.deaths >= MCPAR__DEATHS) {
        mcpar__round_fails(round, &(struct mcpar__failure){ cause == MCPAR__CAUSE_LEFT    ? MCPAR_ERR_LEFT
                                               : cause == MCPAR__CAUSE_STUCK ? MCPAR_ERR_STUCK : MCPAR_ERR_CRASH,
                                               .trial = task.first, .n = 1,
                                               .signal = cause > 0 ? cause % MCPAR__CAUSE_OWN : 0, .null = null });
        return 0;
    }
    if (mcpar__tasks_halve(&round->tasks, task))
        return mcpar__fail(round->report, MCPAR_ERR_MEMORY, "for the list of trials to run again");
    return 0;
}

enum death {
    AT_LIMIT,                              /* of its CPU time */
    SCRATCH_LEFT,                          /* scratch_new was left by an exception or longjmp */
    FALSE_START,                           /* by its own doing, before it was ready */
    IDLE,                                  /* by its own doing without a command, or it could not be sent one */
    KILLED,                                /* from outside, or so it seems */
    CRASHED                                /* by its own doing, over trials */
};

static enum death classify(const struct mcpar__worker *worker, bool busy, int cause)
{
    bool ready = atomic_load(&worker->mailbox->ready);

    if (cause == MCPAR__CAUSE_LIMIT)
        return AT_LIMIT;
    if (!ready && cause == MCPAR__CAUSE_LEFT)
        return SCRATCH_LEFT;
    if (!ready && own_doing(cause))
        return FALSE_START;
    if (!busy && (own_doing(cause) || (worker->unreachable && !mcpar__is_gone(worker->unreachable))))
        return IDLE;
    return own_doing(cause) ? CRASHED : KILLED;
}

int mcpar__judge(struct mcpar__round *round, const struct mcpar__worker *worker, bool busy, int cause)
{
    switch (classify(worker, busy, cause)) {
    case AT_LIMIT:
        return mcpar__fail(round->report, MCPAR_ERR_LIMIT, "CPU time; raise it (ulimit -t) or use more workers");
    case SCRATCH_LEFT:
        return mcpar__fail(round->report, MCPAR_ERR_LEFT, "scratch_new was left by an exception or longjmp");
    case FALSE_START:
        return false_start(round, worker, cause);
    case IDLE:
        return idle_death(round, worker);
    case KILLED:
        return killed(round, worker, cause);
    case CRASHED:
        break;
    }
    /* The queue halts until a second run has shown whether these trials crash again. */
    if (!round->directing && atomic_load(&worker->mailbox->at) < round->suspect)
        round->suspect = atomic_load(&worker->mailbox->at);
    atomic_store(&round->queue->halt, 1);
    return 0;
}
