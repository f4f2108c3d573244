/* SPDX-License-Identifier: BSD-3-Clause */
/* handle.h - the inside of an mcpar, and the door that every public call goes through */
#ifndef MCPAR__HANDLE_H
#define MCPAR__HANDLE_H

#include "base/fork_guard.h"
#include "base/stop.h"
#include "comm/comm.h"
#include "pool/pool.h"
#include "result/fingerprint.h"
#include "run/settings.h"
#include <stdatomic.h>

enum { MCPAR__SUBJECTS = 5 };              /* of mcpar_about */

struct mcpar {
    struct mcpar__fork_guard guard;             /* a forked child has no part in it */
    atomic_int busy;
    struct mcpar__report report;
    struct mcpar__stop stop;
    int broken;                            /* the code of a failed init: all that the handle can say */
    struct mcpar__settings settings;

    const struct mcpar_comm_table *comm;
    void *ranks;                           /* the communicator, for the table's functions */
    int rank, size;
    uint64_t speed, total;                /* in rounds: this rank's, by its speed, and the sum over all ranks */
    const struct mcpar__pool *pool;
    int pool_auto;                         /* nobody asked for this pool by name */
    int workers;                           /* as asked for, or as last got */

    struct mcpar__schema schema;
    uint64_t schema_hash;                  /* kept, for ranks agree on it in every call */
    struct mcpar__tally mine;              /* what this rank's part of trials [0, done) adds up to; canonical */
    uint64_t asked;                        /* trials [0, asked) are those that the program has asked for, */
    uint64_t done;                         /* and [0, done) those that all ranks together hold: missing, if fewer */

    int combined;                          /* `all` holds trials [0, done) of all ranks */
    struct mcpar__tally all;
    struct {                               /* the last trial that failed; */
        int code;                          /* 0: none since the last reset or sampling */
        uint32_t stream;
        uint64_t seed, trial;
    } failed;
    char about[MCPAR__SUBJECTS][1024];     /* a line for each, so that two of them can stand in one printf */
};

/* Opens a public call: MCPAR_ERR_ARGUMENT without a handle, MCPAR_ERR_FORKED, MCPAR_ERR_BUSY, or the code of the
 * failed init. 0: the handle is this call's alone, until mcpar__end, which returns `code`. */
int mcpar__begin(mcpar *mc);
int mcpar__end(mcpar *mc, int code);

/* For calls that only look: is there a handle, and is it this process's? */
int mcpar__own(const mcpar *mc);

struct mcpar__stops {                      /* how many ranks want to stop: */
    uint64_t requested, timed;             /* because somebody asked them to, because their time is up */
};

/* What this rank says. */
struct mcpar__stops mcpar__stops(mcpar *mc);

/* lib/run/run.c. The trials that were asked for and are missing, in rounds. All ranks have agreed on the call. After a
 * trial has failed, exactly the trials below it are held; after any other error, those of the complete rounds; after a stop
 * (MCPAR_STOPPED), all that were begun. stops: what all ranks said when the call began. */
int mcpar__run(mcpar *mc, const struct mcpar__job *job, const struct mcpar__stops *stops);

/* Its code and message become the call's, and the handle remembers the trial. Returns the code. */
int mcpar__tell_failure(mcpar *mc, const struct mcpar__failure *failure);

#endif
