/* SPDX-License-Identifier: BSD-3-Clause */
/* alone.h - runs a trial or a block by itself, apart from sampling: to replay it, or to compare what it returns
 *
 * It sees what it sees in a worker: its stream, its scratch memory, values that are 0, the same floating-point
 * environment. Its numbers are not made ahead with those of other trials, and there is a margin around its values, to
 * find out whether it writes there. */
#ifndef MCPAR__ALONE_H
#define MCPAR__ALONE_H

#include "trial/trial.h"

struct mcpar__answer {
    struct mcpar__failure failure;         /* code 0: none; a block is not searched for the trial that fails */
    uint64_t hits;                         /* of a block; of a trial, what it returned if that is 0 or 1, else 0 */
    uint64_t draws;                        /* that each trial took */
    int returned;
    bool strayed;                          /* it wrote outside of its values: as if to column[observable][index], */
    size_t observable;                     /* or, a trial function, to values[index] */
    ptrdiff_t index;
};

struct mcpar__alone;

/* Makes room for blocks of at most `longest` trials (1 for a trial function) and calls scratch_new. Uses of the job
 * only the functions, arg, seed, stream, schema and the scratch callbacks. Returns 0, or MCPAR_ERR_MEMORY or
 * MCPAR_ERR_SCRATCH with *alone NULL. */
int mcpar__alone_open(struct mcpar__alone **alone, const struct mcpar__job *job, size_t longest);

/* Runs trials [first, first + n). A trial function takes one at a time: n = 1. `fill` is what stands in the margin and,
 * as far as that is easy, on the stack that the function is going to use. */
void mcpar__alone_run(struct mcpar__alone *alone, uint64_t first, size_t n, uint64_t fill,
                      struct mcpar__answer *answer);

/* The values after a run: those of observable k are column[k][0] to column[k][n - 1]. */
double *const *mcpar__alone_values(const struct mcpar__alone *alone);

/* Calls scratch_free and frees it; it may be NULL. */
void mcpar__alone_close(struct mcpar__alone *alone);

#endif
