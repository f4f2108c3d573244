/* SPDX-License-Identifier: BSD-3-Clause */
/* worker.c - a worker's life: it waits for a command, takes chunks of trials, runs them and commits the results
 *
 * The size of a chunk follows the time it takes, so that taking and committing cost little and a death loses little.
 * Chunks shrink towards the end of the round, so that all workers finish together whatever the trials cost (plan.c). */
#include "base/clock.h"
#include "base/guard.h"
#include "pool/fork/fork.h"
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

struct self {
    struct mcpar__common *common;
    struct mcpar__chunk_queue *queue;
    struct mcpar__mailbox *mailbox;
    int index, socket;
    struct mcpar__runner *runner;
    struct mcpar__tally tally;             /* of this command's trials so far */
    struct mcpar__ledger ledger;
    struct mcpar__range range[MCPAR__RANGES];
    bool has_scratch;                      /* that the host's function frees */
    bool running;                          /* trials */
    bool finished;                         /* the queue has no more chunks */
    uint64_t size;                         /* trials in a chunk; kept from round to round */
};

static _Noreturn void leave(const struct self *self, bool in_order)
{
    if (in_order) {
        if (self->has_scratch)             /* the rest goes with the process; freeing it would copy pages */
            mcpar__runner_close(self->runner);
        mcpar__child_flush();
    }
    MCPAR__EXIT(0);
}

/* A host function was left by an exception or longjmp. No other host code may run in this process, so it exits. A
 * single trial is reported as the failure; for a block the parent finds the trial, as it does after a crash. */
static void left(void *opened)
{
    struct self *self = opened;
    struct mcpar__failure failure = { .code = MCPAR_ERR_LEFT };

    if (mcpar__child_dies(MCPAR__CAUSE_LEFT) && self->running) {
        failure.trial = mcpar__runner_trial(self->runner, &failure.n);
        if (failure.n == 1)
            mcpar__mailbox_fail(self->mailbox, self->queue, &failure);
    }
    MCPAR__EXIT(1);
}

/* ---- Trials ---- */

enum { FAILED = 1, FULL };

/* Before the trials are committed: then the digest of a trial is there when the trial is. */
static void tell_digests(const struct self *self)
{
    for (int i = 0; i < MCPAR__DIGESTS; i++) {
        uint64_t digest;

        if (mcpar__runner_digest(self->runner, i, &digest) && !atomic_load(&self->common->answer[i].known)) {
            atomic_store(&self->common->answer[i].digest, digest);
            atomic_store(&self->common->answer[i].known, true);
        }
    }
}

/* Runs a chunk and commits it. After a failure, the rest of the command need not run. */
static int run(void *opened, uint64_t first, uint64_t n, uint64_t *ran)
{
    struct self *self = opened;
    struct mcpar__failure failure = { 0 };
    int failed;

    atomic_store(&self->mailbox->at, first);
    MCPAR__STEP("taken", self->index);
    self->running = true;
    failed = mcpar__runner_run(self->runner, first, n, &self->tally, &failure);
    self->running = false;
    if (failed) {
        mcpar__mailbox_fail(self->mailbox, self->queue, &failure);
        return FAILED;
    }
    MCPAR__STEP("run", self->index);
    *ran = mcpar__nanoseconds();
    tell_digests(self);
    mcpar__tally_canonical(&self->tally);
    if (mcpar__ledger_add(&self->ledger, first, n))
        leave(self, false);                /* cannot happen; the parent would have the chunk run again */
    mcpar__mailbox_commit(self->mailbox, &self->tally, &self->ledger, self->index);
    (void)atomic_fetch_add(&self->common->committed, n);
    /* A chunk adds at most one range, so this check is enough to make sure that the next chunk can be committed. */
    return self->ledger.n < MCPAR__RANGES ? 0 : FULL;
}

static void obey(struct self *self, const struct mcpar__command *command)
{
    uint64_t ran;

    mcpar__tally_clear(&self->tally);
    mcpar__ledger_clear(&self->ledger);
    self->finished = false;
    if (command->kind == MCPAR__RUN)
        (void)run(self, command->first, command->n, &ran);
    else if (mcpar__queue_work(self->queue, &self->size, run, self) == 0)
        self->finished = atomic_load(&self->queue->cursor) >= atomic_load(&self->queue->end);
}

/* ---- Life ---- */

static void tell(const struct self *self, int code, bool leaves)
{
    struct mcpar__answer answer = { .code = code, .leaves = leaves };
    ssize_t sent;

    do
        sent = send(self->socket, &answer, sizeof answer, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent < 0)
        leave(self, false);                /* the parent is gone, or a trial closed the socket */
}

static void hear(const struct self *self, struct mcpar__command *command)
{
    ssize_t got;

    do
        got = recv(self->socket, command, sizeof *command, 0);
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof *command)
        leave(self, false);                /* the parent is gone */
}

_Noreturn void mcpar__worker_main(const struct mcpar__fork *pool, int index, int socket)
{
    struct self self = { .common = pool->common, .queue = &pool->common->queue, .mailbox = pool->worker[index].mailbox,
                         .index = index, .socket = socket, .size = 1,
                         .has_scratch = pool->job->scratch_free != NULL };
    struct mcpar__command command;
    MCPAR__GUARD guard = { .left = NULL };
    int err;

    mcpar__guard_open(&guard, left, &self);

    self.ledger = (struct mcpar__ledger){ self.range, 0, MCPAR__RANGES, 1 };
    MCPAR__STEP("started", index);
    err = mcpar__tally_open(&self.tally, pool->job->schema);
    if (pool->job->scratch_new)
        atomic_store(&self.mailbox->settled, 1);              /* scratch_new may take long */
    if (!err)
        err = mcpar__runner_open(&self.runner, pool->job);
    if (err) {
        tell(&self, err, false);
        leave(&self, false);
    }
    atomic_store(&self.mailbox->settled, 1);
    atomic_store(&self.mailbox->ready, 1);
    if (atomic_load(&self.common->began) == 0)
        atomic_store(&self.common->began, mcpar__nanoseconds());
    for (;;) {
        MCPAR__STEP("waiting", index);
        hear(&self, &command);
        if (command.kind == MCPAR__QUIT)
            leave(&self, true);
        obey(&self, &command);
        mcpar__child_flush();              /* only what the trials wrote; the host's output was discarded */
        MCPAR__STEP("done", index);
        tell(&self, 0, command.last && self.finished);
        if (command.last && self.finished)
            leave(&self, true);
    }
}
