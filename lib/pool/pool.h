/* SPDX-License-Identifier: BSD-3-Clause */
/* pool.h - how one process runs its trials: a table of functions for each kind of pool
 *
 * A pool lives for one sampling call and runs its rounds, parts of the call's trials, one after another. */
#ifndef MCPAR__POOL_H
#define MCPAR__POOL_H

#include "base/report.h"
#include "result/result.h"
#include "trial/trial.h"

struct mcpar__pool {
    const char *name;                      /* "serial", "fork", "threads" */

    /* Starts the workers, at least one and at most `workers`; if fewer, adds a note to the report. Called once,
     * before the first round. May block. Returns 0, or a code with its message in the report and *pool NULL. */
    int (*open)(void **pool, const struct mcpar__job *job, int workers, struct mcpar__report *report);

    /* Runs trials [first, first + *n), *n > 0, each exactly once, and merges them into `into`, which holds none of
     * them but may hold others; its tally need not be canonical, before or after. Blocks until all are in. After
     * limit_ns (0: no limit) a pool may stop handing out trials: it finishes what it has begun, and sets *n to the
     * number of trials run, at least 1. In a round with a limit it also does so as soon as a stop is due (stop.h), and
     * *n may then be 0; or, if a stop has been due for job->stop_ns, `into` may lack some of the *n trials. The caller sets failure->code to 0. Returns 0 if trials were run. If one of
     * them failed, *failure describes the lowest one that did (code not 0), the caller discards `into`, and may run
     * further rounds of trials below that one. On any other error, returns its code, with its message in the report:
     * the caller discards `into` and may only close the pool. */
    int (*round)(void *pool, uint64_t first, uint64_t *n, uint64_t limit_ns, struct mcpar__result *into,
                 struct mcpar__failure *failure, struct mcpar__report *report);

    /* How many workers there are, or will be when the work needs them. Does not block. */
    int (*workers)(const void *pool);

    /* Ends the workers and leaves nothing behind. Called once, also after a round that failed. May block. */
    void (*close)(void *pool);

    /* Whether no worker could be started after all and the calling thread ran the trials, if the job allows that. NULL:
     * never. Does not block. */
    bool (*in_host)(const void *pool);

    /* When the first worker was ready, in ns of CLOCK_MONOTONIC: the time before says nothing about the cost of trials.
     * NULL: at once. Does not block. */
    uint64_t (*began)(const void *pool);

    /* The digest of what trial job->digest_of[which] returned, if a round began with it. Does not block. */
    bool (*digest)(const void *pool, int which, uint64_t *digest);

    bool cuts;                             /* a round heeds its limit */
};

extern const struct mcpar__pool mcpar__pool_serial, mcpar__pool_fork, mcpar__pool_threads;

/* As mcpar__runner_trial, of the serial pool's runner. */
uint64_t mcpar__serial_trial(const void *pool, uint64_t *n);

#endif
