/* SPDX-License-Identifier: BSD-3-Clause */
/* A job without a cluster: ranks are threads of one process, joined by a communicator that delays, loses and breaks
 * on request, and whose nodes are as the test wants them; and a pool that shuffles its chunks and lets workers die.
 * For the tests of lib/run. */
#ifndef FAKE_H
#define FAKE_H

#include "schedule/chunk_queue.h"
#include "run/agree.h"
#include "schedule/plan.h"
#include "unit.h"
#include <pthread.h>

enum { FAKE_RANKS = 16 };

/* ---- The communicator ---- */

enum fake_kind { FAKE_NONE, FAKE_OPEN, FAKE_AGREE, FAKE_SHARE, FAKE_ADD, FAKE_LEAST };

struct fake_meeting {                      /* what came of one collective call */
    struct mcpar__agreement agreement;
    int64_t *limb;
    size_t limbs;
    int error;
};

struct fake_world {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    int size, arrived;
    unsigned int generation;
    enum fake_kind kind;
    struct fake_meeting meeting[2];        /* by parity: nobody is two ahead */
    int nodes;                             /* of ranks that share memory, dealt out in turn; 0: nobody shares any */
    struct mcpar__chunk_queue queue[2][FAKE_RANKS];              /* by parity of the round, then of each node */
    _Atomic uint64_t speed[2][FAKE_RANKS];
    int hung, confused;                    /* a rank waited in vain; ranks met in different calls */
    uint64_t met[6];                       /* how often, by kind */
    size_t limbs;                          /* of the last sum */
    /* What shall go wrong. */
    int delays;                            /* ranks come at random */
    enum fake_kind break_kind;             /* this kind of meeting fails on all ranks, from number break_at (of 1) on */
    uint64_t break_at;
    int unusable;                          /* rank + 1: that one may not communicate */
    int no_open;                           /* opening fails with this code */
    int opened, closed;
};

struct fake_seat {
    struct fake_world *world;
    int rank;
    uint64_t state;                        /* of its delays */
    uint64_t round;                        /* how often it has shared, */
    uint64_t speed;                        /* and its speed then */
    int single;                            /* it must not have other threads */
};

extern const struct mcpar_comm_table fake_comm;

/* ---- The pool ---- */

struct fake_plan {                         /* set before ranks start, only read by them */
    uint64_t chunk;                        /* at most so many trials in a chunk */
    uint64_t deaths;                       /* of 100 chunks so many die and are run again in halves */
    int lose;                              /* the last chunk of a round never comes back */
    int round_fails;                       /* a round fails with this code */
    int open_fails;
    int on_rank;                           /* the last three: only in the pool that this rank opens; -1: in all */
};

extern struct fake_plan fake_plan;

extern _Thread_local int fake_here;        /* the rank of this thread */

extern const struct mcpar__pool fake_pool;

/* ---- The job ---- */

enum { FAKE_CODES = 12 };

struct fake_job;

struct fake_process {                      /* one rank, and what its calls gave: looked at when all are back */
    struct fake_job *job;
    struct fake_seat seat;
    mcpar_options options;
    int no_handle;                         /* gives no address for one */
    mcpar *mc;
    int codes, code[FAKE_CODES];
    char message[FAKE_CODES][512];
    char print[MCPAR_FINGERPRINT_SIZE];
    mcpar_estimate hits, mean[3];
    mcpar_diagnosis diagnosis[3];
    double covariance;
    uint64_t done;
};

struct fake_job {
    struct fake_world world;
    struct fake_process rank[FAKE_RANKS];
    void (*body)(struct fake_process *p);
    void *arg;
    int pool;                              /* use the fake pool */
};

/* Keeps the code of a call with its message; gives the code. */
int fake_note(struct fake_process *p, int code);

/* A job of so many ranks, each of which will run body between its init and its finalize. */
void fake_prepare(struct fake_job *job, int size, void (*body)(struct fake_process *), void *arg);

/* Runs all ranks to their end. Nobody may have hung, met in different calls or left its communicator open. */
void fake_run(struct fake_job *job);

#endif
