/* SPDX-License-Identifier: BSD-3-Clause */
/* recheck.h - what a worker does in a check: runs an item (a trial, or a block of a few) again, and compares
 *
 * A check is a job for the pool whose "trials" are items, so that all that a pool can do with a trial that crashes or
 * does not end holds here, too. It has two passes, each with new workers. In the first, each item runs once. In the
 * second, they run in reverse order, each at least twice in a row: a trial in the same and in another environment, a
 * block whole and in pieces. What is found stands in memory that all workers share. */
#ifndef MCPAR__RECHECK_H
#define MCPAR__RECHECK_H

#include "trial/alone.h"
#include <stdatomic.h>

struct mcpar__shot {                       /* what one run of an item gave */
    bool done;
    int code, returned;                    /* of the failure; 0: none */
    uint64_t hits, draws;                  /* draws: UINT64_MAX of a block in pieces */
    uint64_t digest;                       /* of hits and values */
    uint64_t lowest;                       /* of its first trial alone; 0 if that did not run alone */
};

enum mcpar__fault_kind {
    MCPAR__FAULTLESS,
    MCPAR__STRAYS,                         /* writes outside of its values */
    MCPAR__WRITES_ARG,                     /* or to what arg points to */
    MCPAR__KEEPS,                          /* differs when run twice in a row: keeps something in between */
    MCPAR__READS_UNSET,                    /* differs by what was on the stack before, or next to its values */
    MCPAR__SPLITS,                         /* a block differs from its pieces */
    MCPAR__DEPENDS,                        /* differs from pass to pass */
    MCPAR__OTHER                           /* differs from the result in the handle */
};

/* In what two runs differ. */
enum mcpar__field { MCPAR__SAME, MCPAR__IN_CODE, MCPAR__IN_HITS, MCPAR__IN_DRAWS, MCPAR__IN_VALUE, MCPAR__IN_VALUES };

struct mcpar__fault {
    enum mcpar__fault_kind kind;
    enum mcpar__field field;
    struct mcpar__shot was, is;
    uint64_t trial;                        /* MCPAR__IN_VALUE: of this trial, */
    size_t observable;                     /* this one */
    double old, now;
    struct mcpar__answer stray;
    uint64_t first;                        /* of the block that strays, */
    size_t n;                              /* and its trials */
};

struct mcpar__item {
    uint64_t first;                        /* trials [first, first + n); n = 1 for a trial function */
    size_t n;
    struct mcpar__shot one, two;           /* of the two passes */
    struct mcpar__fault fault;
};

struct mcpar__found {                      /* shared memory */
    atomic_bool short_of_memory;           /* so not all could be compared */
    struct mcpar__item item[];
};

struct mcpar__recheck {                    /* the same for all workers of a pass */
    struct mcpar__job job;                 /* of the program's function */
    struct mcpar__found *found;
    size_t longest;                        /* trials in an item at most */
    size_t ran;                            /* of the items: the first pass ran so many, which the second runs */
    bool again;                            /* the second pass */
};

/* The functions of the pool's job; its arg and its scratch_arg are the recheck. */
int mcpar__recheck_run(mcpar_rng *rng, double *values, void *recheck);
void *mcpar__recheck_new(void *recheck);
void mcpar__recheck_free(void *bench, void *recheck);

/* The item that the pool knows as trial `index`. */
struct mcpar__item *mcpar__recheck_item(const struct mcpar__recheck *recheck, uint64_t index);

/* In what the shots differ, without a look at the values. */
enum mcpar__field mcpar__shots_differ(const struct mcpar__shot *a, const struct mcpar__shot *b);

#endif
