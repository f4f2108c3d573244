/* SPDX-License-Identifier: BSD-3-Clause */
/* serial.c - runs trials one after another in the calling thread: the reference answer */
#include "base/cache_line.h"
#include "base/guard.h"
#include "pool/pool.h"
#include "schedule/chunk_queue.h"
#include <stdlib.h>

struct serial {
    struct mcpar__runner *runner;
    struct mcpar__stop *stop;
    uint64_t size;                         /* trials in a chunk */
    struct mcpar__chunk_queue queue;       /* nobody else takes from it */
    /* of the current round: */
    struct mcpar__tally *into;
    struct mcpar__failure *failure;
    uint64_t until_ns;                     /* of the clock: when it is cut short */
};

enum { FAILED = 1 };

static int serial_open(void **pool, const struct mcpar__job *job, int workers, struct mcpar__report *report)
{
    struct serial *serial = mcpar__cache_lines(1, sizeof *serial);
    MCPAR__GUARD guard = { .left = NULL };
    int err;

    (void)workers;
    *pool = NULL;
    if (!serial)
        return mcpar__fail(report, MCPAR_ERR_MEMORY, "in the serial pool");
    *serial = (struct serial){ .stop = job->stop, .size = 1 };
    mcpar__guard_open(&guard, free, serial);       /* scratch_new may be left by an exception */
    err = mcpar__runner_open(&serial->runner, job);
    mcpar__guard_close(&guard);
    if (!err) {
        *pool = serial;
        return 0;
    }
    free(serial);
    return mcpar__fail(report, err, "in the serial pool");
}

static int run_chunk(void *opened, uint64_t first, uint64_t n, uint64_t *ran)
{
    struct serial *serial = opened;

    (void)ran;
    if (mcpar__runner_run(serial->runner, first, n, serial->into, serial->failure))
        return FAILED;
    if (mcpar__nanoseconds() >= serial->until_ns || mcpar__stop_due(serial->stop))
        atomic_store(&serial->queue.cut, 1);
    return 0;
}

/* In chunks, between which it can end. */
static void run_limited(struct serial *serial, uint64_t first, uint64_t *n, uint64_t limit_ns, struct mcpar__result *into,
                        struct mcpar__failure *failure)
{
    serial->into = &into->tally;
    serial->failure = failure;
    serial->until_ns = mcpar__nanoseconds() + limit_ns;
    mcpar__queue_clear(&serial->queue, first);
    mcpar__queue_fill(&serial->queue, first + *n, *n, 1);
    if (mcpar__stop_due(serial->stop))
        atomic_store(&serial->queue.cut, 1);
    (void)mcpar__queue_work(&serial->queue, &serial->size, run_chunk, serial);
    *n = atomic_load(&serial->queue.cursor) - first;
}

static int serial_round(void *pool, uint64_t first, uint64_t *n, uint64_t limit_ns, struct mcpar__result *into,
                        struct mcpar__failure *failure, struct mcpar__report *report)
{
    struct serial *serial = pool;
    int err = 0;

    if (limit_ns)
        run_limited(serial, first, n, limit_ns, into, failure);
    else
        (void)mcpar__runner_run(serial->runner, first, *n, &into->tally, failure);
    if (failure->code || *n == 0)
        return 0;
    err = mcpar__ledger_add(&into->ledger, first, *n);
    if (err == MCPAR_ERR_STATE)
        return mcpar__fail(report, MCPAR_ERR_WORKERS, "a trial was run twice; this is a bug in libmcpar");
    return err ? mcpar__fail(report, err, "for the ledger of a round") : 0;
}

static int serial_workers(const void *pool)
{
    (void)pool;
    return 1;
}

static bool serial_digest(const void *pool, int which, uint64_t *digest)
{
    return mcpar__runner_digest(((const struct serial *)pool)->runner, which, digest);
}

static void serial_close(void *pool)
{
    struct serial *serial = pool;
    struct mcpar__runner *runner = serial->runner;

    free(serial);
    mcpar__runner_close(runner);           /* last: scratch_free may be left by an exception */
}

uint64_t mcpar__serial_trial(const void *pool, uint64_t *n)
{
    return mcpar__runner_trial(((const struct serial *)pool)->runner, n);
}

const struct mcpar__pool mcpar__pool_serial = { "serial", serial_open, serial_round, serial_workers, serial_close,
                                               NULL, NULL, serial_digest, true };
