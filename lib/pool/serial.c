/* SPDX-License-Identifier: BSD-3-Clause */
/* serial.c - trials one after another in the calling thread: the reference answer */
#include "pool/pool.h"

static int serial_open(void **pool, const struct mcpar__job *job, int workers, struct mcpar__report *report)
{
    struct mcpar__runner *runner;
    int err = mcpar__runner_open(&runner, job);

    (void)workers;
    *pool = runner;
    return err ? mcpar__fail(report, err, "in the serial pool") : 0;
}

static int serial_round(void *pool, uint64_t first, uint64_t *n, uint64_t limit_ns, struct mcpar__result *into,
                        struct mcpar__failure *failure, struct mcpar__report *report)
{
    int err = mcpar__runner_run(pool, first, *n, &into->tally, failure);

    (void)limit_ns;
    if (failure->code)
        return 0;
    if (!err)
        err = mcpar__ledger_add(&into->ledger, first, *n);
    if (err == MCPAR_ERR_STATE)
        return mcpar__fail(report, MCPAR_ERR_WORKERS, "a trial was given twice; this is a bug of libmcpar");
    return err ? mcpar__fail(report, err, "for the ledger of a round") : 0;
}

static int serial_workers(const void *pool)
{
    (void)pool;
    return 1;
}

static void serial_close(void *pool)
{
    mcpar__runner_close(pool);
}

const struct mcpar__pool mcpar__pool_serial = { "serial", serial_open, serial_round, serial_workers, serial_close,
                                               NULL, NULL, false };
