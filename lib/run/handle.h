/* handle.h - the inside of an mcpar, and the door that every public call goes through */
#ifndef MCPAR__HANDLE_H
#define MCPAR__HANDLE_H

#include "base/fork_guard.h"
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

/* The calls that all ranks make together. */
enum mcpar__call { MCPAR__INIT = 1, MCPAR__SAMPLE, MCPAR__REDUCE, MCPAR__RESET, MCPAR__FINALIZE, MCPAR__ROUND };

/* What a rank says when it makes one, and all ranks must say alike: call, arguments and state. What does not belong to
 * the call is 0. Words of 64 bits and nothing else; no pointers. */
struct mcpar__said {
    uint64_t call;                         /* enum mcpar__call */
    uint64_t n, block;                     /* of sample; block: 1 for the block form */
    uint64_t seed, stream, confidence, tag, version;       /* confidence by its bits, tag by its hash */
    uint64_t observables, pairs, schema;
    uint64_t held, asked;                  /* trials, before the call */
};

/* Opens a public call: MCPAR_ERR_ARGUMENT without a handle, MCPAR_ERR_FORKED, MCPAR_ERR_BUSY, or the code of the
 * failed init. 0: the handle is this call's alone, until mcpar__end, which returns `code`. */
int mcpar__begin(mcpar *mc);
int mcpar__end(mcpar *mc, int code);

/* For calls that only look: is there a handle, and is it this process's? */
int mcpar__own(const mcpar *mc);

/* lib/run/agree.c. All ranks agree that they say the same and that none failed so far; `extra` (NULL: nothing) carries
 * further members, the mins from MCPAR__FREE on below MCPAR__ENDS and all sums. Every rank gets the same code. */
enum { MCPAR__FREE = 3, MCPAR__ENDS = 7 };
int mcpar__agree(mcpar *mc, const struct mcpar__said *said, struct mcpar__agreement *extra);

/* lib/run/mismatch.c. The ranks have not said the same, and all of them know it and come here: MCPAR_ERR_MISMATCH, with a
 * message that tells what the lowest two of those who differ said, the same on all ranks. */
int mcpar__mismatch(mcpar *mc, const struct mcpar__said *said);

/* lib/run/run.c. The trials that were asked for and are missing, in rounds. All ranks have agreed on the call. After a
 * trial has failed, exactly the trials below it are held; after any other error, those of the complete rounds. */
int mcpar__run(mcpar *mc, const struct mcpar__job *job);

/* lib/run/failure.c. All ranks have agreed that trial `lowest` is the lowest that failed in a round. *failure is what failed
 * on this rank, code 0: nothing; afterwards it is that trial's failure, on all ranks. 0 or the code of an agreement
 * that failed. */
int mcpar__share_failure(mcpar *mc, uint64_t lowest, struct mcpar__failure *failure);

/* Its code and message become the call's, and the handle remembers the trial. Returns the code. */
int mcpar__tell_failure(mcpar *mc, const struct mcpar__failure *failure);

#endif
