/* SPDX-License-Identifier: BSD-3-Clause */
/* pool.h - where one process runs its trials: a table of functions for each kind
 *
 * A pool lives for one sampling call and runs its rounds one after another. */
#ifndef MCPAR__POOL_H
#define MCPAR__POOL_H

#include "base/report.h"
#include "result/result.h"
#include "trial/trial.h"

struct mcpar__pool {
    const char *name;                      /* "serial", "fork" */

    /* Starts the workers, at least one and at most `workers`; fewer than asked is noted on the report. Called
     * once, before the first round. May block. 0 or a code with its message on the report; *pool NULL then. */
    int (*open)(void **pool, const struct mcpar__job *job, int workers, struct mcpar__report *report);

    /* Runs trials [first, first + *n), *n > 0, each exactly once, and merges them into `into`, which holds none of
     * them, but may hold others; its tally need not be canonical, before or after. Blocks until all are in. After
     * limit_ns (0: no limit) a pool may hand out no more of them: it finishes what it has begun, and *n becomes the
     * number of trials that were run, at least 1; or, in a round with a limit, as soon as a stop is due (stop.h), and *n
     * may then be 0. failure->code is 0 before. Returns 0 if trials were run; if one of
     * them failed, failure->code is not 0 afterwards, *failure describes the lowest that did, `into` is to be thrown
     * away, and further rounds may follow, of trials below that one. For any other error, returns its code, with its
     * message on the report: `into` is to be thrown away, and only close may follow. */
    int (*round)(void *pool, uint64_t first, uint64_t *n, uint64_t limit_ns, struct mcpar__result *into,
                 struct mcpar__failure *failure, struct mcpar__report *report);

    /* How many workers there are, or will be when the work needs them. Does not block. */
    int (*workers)(const void *pool);

    /* Ends the workers and leaves nothing behind. Called once, also after a round that failed. May block. */
    void (*close)(void *pool);

    /* Whether workers could not be had after all, and the calling thread has run the trials; a job allows that. NULL:
     * no. Does not block. */
    bool (*in_host)(const void *pool);

    /* When the first worker was ready to work, in ns of CLOCK_MONOTONIC: what was before tells nothing about trials.
     * NULL: at once. Does not block. */
    uint64_t (*began)(const void *pool);

    bool cuts;                             /* a round heeds its limit */
};

extern const struct mcpar__pool mcpar__pool_serial, mcpar__pool_fork;

/* As mcpar__runner_trial, of the serial pool's runner. */
uint64_t mcpar__serial_trial(const void *pool, uint64_t *n);

#endif
