/* SPDX-License-Identifier: BSD-3-Clause */
/* trial.h - the trial loop, the only place that calls the user's trial functions
 *
 * A runner is what one worker needs to run trials: buffers for the random numbers and values, and the user's scratch
 * memory. It does not depend on workers, ranks or rounds. */
#ifndef MCPAR__TRIAL_H
#define MCPAR__TRIAL_H

#include "base/stop.h"
#include "result/tally.h"
#include <mcpar.h>
#include <stdbool.h>

enum { MCPAR__DIGEST_OLD, MCPAR__DIGEST_NEW, MCPAR__DIGESTS };

struct mcpar__job {                        /* what one sampling call runs; it does not change during the call */
    mcpar_trial_fn trial;                  /* exactly one of these two is not NULL */
    mcpar_block_fn block;
    void *arg;
    uint64_t seed;
    uint32_t stream;
    const struct mcpar__schema *schema;
    void *(*scratch_new)(void *scratch_arg);
    void (*scratch_free)(void *scratch, void *scratch_arg);
    void *scratch_arg;
    uint64_t deadlock_ns;                  /* the fork pool ends the run if all workers have waited for locks for this
                                              long; 0: never */
    uint64_t stop_ns;                      /* after a stop, the fork pool kills workers still in a trial so much later */
    uint64_t stuck_ns;                     /* a worker of the fork pool in one chunk for so long is killed; 0: never */
    size_t longest;                        /* trials in a block at most; 0: as the library likes */
    uint64_t end;                          /* one past the call's last trial, where its last round ends; 0: unknown */
    struct mcpar__stop *stop;              /* NULL: the call cannot be stopped */
    uint64_t digest_of[MCPAR__DIGESTS];    /* trials whose answer is kept as a digest (first.h); UINT64_MAX: none */
    int lock;                              /* a descriptor that worker processes close, because it holds a lock of this
                                              process; 0: none */
    bool may_be_serial;                    /* if no worker can be started, the calling thread may run the trials */
};

struct mcpar__failure {                    /* why a trial failed; no pointers, so that it can be in shared memory */
    int code;                              /* 0: no trial failed */
    uint64_t trial;                        /* the lowest trial that failed */
    int returned;                          /* MCPAR_ERR_TRIAL: what the trial returned */
    size_t observable;                     /* MCPAR_ERR_VALUE: the observable that is not finite */
    uint64_t hits, n;                      /* MCPAR_ERR_HITS: the hits of a block of n trials; MCPAR_ERR_TRIAL: n > 1 if
                                              a block failed but none of its trials fails alone */
    int signal;                            /* MCPAR_ERR_CRASH: the signal, or 0 for an exit */
    int null;                              /* MCPAR_ERR_CRASH: the trial used a null pointer */
};

struct mcpar__runner;

/* Makes a runner and calls scratch_new. Returns 0, or MCPAR_ERR_MEMORY or MCPAR_ERR_SCRATCH with *runner NULL. */
int mcpar__runner_open(struct mcpar__runner **runner, const struct mcpar__job *job);

/* Runs trials [first, first + n) and adds them to `into`. Returns 0, or failure->code with *failure describing the
 * lowest trial that failed; `into` then holds only part of the range, and the caller discards it. Saves the host's
 * floating-point environment and restores it. */
int mcpar__runner_run(struct mcpar__runner *runner, uint64_t first, uint64_t n, struct mcpar__tally *into,
                      struct mcpar__failure *failure);

/* The digest of what trial job->digest_of[which] returned, if it was the first trial of a range that has been run. */
bool mcpar__runner_digest(const struct mcpar__runner *runner, int which, uint64_t *digest);

/* Returns the trial that is running or ran last. In a block, this is its first trial, and *n is the number of trials;
 * otherwise *n is 1. */
uint64_t mcpar__runner_trial(const struct mcpar__runner *runner, uint64_t *n);

/* Calls scratch_free and frees the runner, which may be NULL. */
void mcpar__runner_close(struct mcpar__runner *runner);

#endif
