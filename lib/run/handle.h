/* SPDX-License-Identifier: BSD-3-Clause */
/* handle.h - what an mcpar handle contains, and how every public call begins and ends */
#ifndef MCPAR__HANDLE_H
#define MCPAR__HANDLE_H

#include "base/fork_guard.h"
#include "base/stop.h"
#include "comm/comm.h"
#include "pool/pool.h"
#include "result/fingerprint.h"
#include "result/first.h"
#include "result/stopping.h"
#include "run/settings.h"
#include <stdatomic.h>

enum { MCPAR__SUBJECTS = 5 };              /* of mcpar_about */

enum { MCPAR__MARKS = 5 };

struct mcpar__watcher {
    uint64_t every_ns;                     /* 0: nobody wants to know */
    uint64_t start_ns, next_ns, told_ns;   /* of the call; of the next and the last time it was told, of the clock */
    uint64_t hits;                         /* of all ranks */
    struct {
        uint64_t ns, held;
    } mark[MCPAR__MARKS];                  /* the last times, for the rate; a ring */
    uint64_t marks;
    bool towards_goal;                     /* nobody knows how many trials it takes: */
    double forecast;                       /* about as many; NaN: not known; */
    mcpar_estimate goal;                   /* the mean that it is about, at the last look; no trials: the hits */
};

struct mcpar {
    struct mcpar__fork_guard guard;             /* a forked child cannot use the handle */
    atomic_int busy;
    struct mcpar__report report;
    struct mcpar__stop stop;
    int broken;                            /* the code of a failed init, which every call then returns */
    struct mcpar__settings settings;

    const struct mcpar_comm_table *comm;
    void *ranks;                           /* the communicator, for the table's functions */
    int rank, size;
    uint64_t speed, total;                /* this rank's share of a round is speed / total; total sums over the ranks */
    uint64_t timed_trials, timed_ns;       /* of all ranks, in the last call that ran any */
    const struct mcpar__pool *pool;
    int pool_auto;                         /* the pool was not chosen by name */
    int workers;                           /* as asked for, or as many as there last were */

    struct mcpar__schema schema;
    uint64_t schema_hash, tag_hash;        /* kept, because the ranks compare them in every call */
    uint64_t asked;                        /* the program has asked for trials [0, asked), */
    struct mcpar__ledger wanted;           /* of which this process and its ranks are to run these: all, unless it is a
                                              part of a job array; */
    struct mcpar__ledger held;             /* and all ranks together hold these, also others that were merged */
    struct mcpar__tally mine;              /* the sums over this rank's part of `held`; canonical */
    struct mcpar__stopping stopping;       /* how their number was chosen */
    struct mcpar__watcher watcher;         /* of the current call, for the callback progress */
    bool unfinished;                       /* a sampling failed or was stopped, so the next one runs what is missing; */
    bool towards_goal;                     /* that was mcpar_run, */
    uint64_t asked_before;                 /* before which the program had asked for so many */
    struct mcpar__first first;             /* what the lowest trial held returned, */
    struct mcpar__first check;             /* what a trial returned in the process that saved it: still to be compared */
    struct {                               /* the fingerprints of results that were merged; */
        uint8_t (*print)[MCPAR__PRINT];
        size_t n, known;                   /* the first `known` of them came with the checkpoint */
    } merged;
    bool unsaved;                          /* the checkpoint does not have all that is held */
    struct {
        bool on, adopted;                  /* adopted: what it had of this result is held */
        bool kept;                         /* the store has results that the file does not have */
        struct mcpar__store *store;        /* rank 0's */
        uint64_t goals;                    /* so many records of `stopping`, the first ones, came with it */
        int code;                          /* why the last write failed, on rank 0; 0: it did not */
        uint64_t every_ns, next_ns;        /* when it is written, of the clock */
    } checkpoint;

    int combined;                          /* `all` is the sum of `mine` over all ranks */
    struct mcpar__tally all;
    struct {                               /* the last trial that failed; */
        int code;                          /* 0: none since the last reset or sampling */
        uint32_t stream;
        uint64_t seed, trial;
    } failed;
    char about[MCPAR__SUBJECTS][1024];     /* a line for each subject, so that one printf can use two */
};

/* Opens a public call: MCPAR_ERR_ARGUMENT without a handle, MCPAR_ERR_FORKED, MCPAR_ERR_BUSY, or the code of the
 * failed init. After 0, no other call can use the handle until mcpar__end, which returns `code`. */
int mcpar__begin(mcpar *mc);
int mcpar__end(mcpar *mc, int code);

/* What calls need, or fail for: a result that the last reduce combined (MCPAR_ERR_STALE), and a handle without trials
 * (MCPAR_ERR_STATE). */
int mcpar__need_combined(mcpar *mc);
int mcpar__need_empty(mcpar *mc);

/* MCPAR_ERR_STATE, because trials of an earlier call are missing. call: what runs them with n = 0. */
int mcpar__fail_unfinished(mcpar *mc, const char *call);

/* What an estimate of the result is of: its status, which is empty or complete as it comes. */
void mcpar__tell_status(const mcpar *mc, mcpar_estimate *e);

/* For calls that only look: true if there is a handle and this process made it. */
int mcpar__own(const mcpar *mc);

struct mcpar__stops {                      /* how many ranks want to stop: */
    uint64_t requested, timed;             /* because a stop was requested, because their time is up */
};

/* What this rank says. */
struct mcpar__stops mcpar__stops(mcpar *mc);

struct mcpar__together {                   /* what all ranks together say at the beginning of a call */
    struct mcpar__stops stops;
    uint64_t hits;                         /* that they hold */
    uint64_t every_ns;                     /* how often rounds must end, at least; 0: that is left to the plan */
};

/* How often rank 0 wants rounds to end: for the checkpoint, and to tell of the progress. 0: never; other ranks, too. */
uint64_t mcpar__every_ns(const mcpar *mc);

/* Makes *next the schema of the empty handle, with tallies to match; if that fails (MCPAR_ERR_MEMORY), changes nothing. What
 * was the schema before is the caller's to close. */
int mcpar__install(mcpar *mc, struct mcpar__schema *next);

/* The program asks for n trials more, of which this process runs its share. There is room for a range more in `wanted`. */
void mcpar__ask(mcpar *mc, uint64_t n);

/* The lowest trials that are wanted and not held; n = 0: none. The same on all ranks. */
struct mcpar__range mcpar__missing(const mcpar *mc);

/* lib/run/run.c. Runs the trials that are wanted and missing, in rounds. All ranks have agreed on the call, and there is
 * room for one range more in `held`. After a trial has failed, the handle holds all wanted trials below it and no others
 * of this call; after any other error, those of complete rounds; after a stop (MCPAR_STOPPED), all that were begun.
 * goal: where it ends before (goal.h); NULL: nowhere. all: what all ranks said when the call began. */
struct mcpar__goal;
int mcpar__run(mcpar *mc, const struct mcpar__job *job, struct mcpar__goal *goal, const struct mcpar__together *all);

/* Tells the callback progress that the call is about to return; after all that the ranks do together, because it may
 * leave the call. */
void mcpar__run_told(mcpar *mc);

/* failure.c. Makes the failure the call's code and message, and remembers the trial in the handle. Returns the code. */
int mcpar__tell_failure(mcpar *mc, const struct mcpar__job *job, const struct mcpar__failure *failure);

/* What happened, without the text of the code. alone: the trial or block was run by itself, not in a sampling. */
void mcpar__failure_words(const mcpar *mc, const struct mcpar__failure *failure, bool alone, char *what, size_t room);

/* Remembers the trial for mcpar_failed. */
void mcpar__failed_at(mcpar *mc, int code, uint64_t trial);

#endif
