/* handle.h - the inside of an mcpar, and the door that every public call goes through */
#ifndef MCPAR__HANDLE_H
#define MCPAR__HANDLE_H

#include "comm.h"
#include "fingerprint.h"
#include "maker.h"
#include "pool.h"
#include "settings.h"
#include <stdatomic.h>

enum { MCPAR__SUBJECTS = 5 };              /* of mcpar_about */

struct mcpar {
    struct mcpar__maker maker;             /* a forked child has no part in it */
    atomic_int busy;
    struct mcpar__report report;
    int broken;                            /* the code of a failed init: all that the handle can say */
    struct mcpar__settings settings;

    const struct mcpar_comm_table *comm;
    void *ranks;                           /* the communicator, for the table's functions */
    int rank, size;
    uint64_t weight, total;                /* in rounds: this rank's, by its speed, and the sum over all ranks */
    const struct mcpar__pool *pool;
    int pool_auto;                         /* nobody asked for this pool by name */
    int workers;                           /* as asked for, or as last got */

    struct mcpar__schema schema;
    uint64_t schema_hash;                  /* kept, for ranks agree on it in every call */
    struct mcpar__tally mine;              /* what this rank's part of trials [0, done) adds up to; canonical */
    uint64_t done;                         /* trials of the complete prefix, over all ranks */
    int partial;                           /* the last sampling failed */

    int combined;                          /* `all` holds trials [0, done) of all ranks */
    struct mcpar__tally all;
    struct {
        int code;                          /* 0: no trial failed since the last reset or sampling */
        uint64_t seed, trial;
        uint32_t stream;
    } failed;
    char about[MCPAR__SUBJECTS][1024];     /* a line for each, so that two of them can stand in one printf */
};

/* The calls that all ranks make together; part of their agreement. */
enum mcpar__call { MCPAR__INIT = 1, MCPAR__SAMPLE, MCPAR__REDUCE, MCPAR__RESET, MCPAR__FINALIZE, MCPAR__ROUND };

/* Opens a public call: MCPAR_ERR_ARGUMENT without a handle, MCPAR_ERR_FORKED, MCPAR_ERR_BUSY, or the code of the
 * failed init. 0: the handle is this call's alone, until mcpar__end, which returns `code`. */
int mcpar__begin(mcpar *mc);
int mcpar__end(mcpar *mc, int code);

/* For calls that only look: is there a handle, and is it this process's? */
int mcpar__own(const mcpar *mc);

/* lib/agree.c. All ranks agree that they make this call with these arguments and that none failed so far; `extra`
 * (NULL: nothing) carries further members, the mins from MCPAR__FREE on below MCPAR__ENDS and all sums. Every rank
 * gets the same code. */
enum { MCPAR__FREE = 3, MCPAR__ENDS = 7 };
int mcpar__agree(mcpar *mc, enum mcpar__call call, uint64_t arguments, struct mcpar__agreement *extra);

/* Mixes a value into the hash of a call's arguments. */
uint64_t mcpar__mix(uint64_t hash, uint64_t value);

/* lib/run.c. n more trials, in rounds. All ranks have agreed on the call. */
int mcpar__run(mcpar *mc, const struct mcpar__job *job, uint64_t n);

/* lib/failed.c. A round's lowest failing trial, on which all ranks have agreed: its code, the message on the report.
 * `failure` is what failed on this rank, code 0: nothing. */
int mcpar__failed(mcpar *mc, uint64_t lowest, struct mcpar__failure failure);

#endif
