/* SPDX-License-Identifier: BSD-3-Clause */
/* agree.h - what the ranks agree on: the small message that opens every collective call
 *
 * An agreement has eight numbers of which every rank gets the least, and eight of which every rank gets the sum
 * (struct mcpar__agreement). Here each of them has its name. */
#ifndef MCPAR__AGREE_H
#define MCPAR__AGREE_H

#include "run/handle.h"

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

/* Least over all ranks, in every agreement. */
enum {
    MCPAR__LEAST_SAID = 0,                 /* the hash of what a rank says, */
    MCPAR__LEAST_NOT_SAID = 1,             /* and its complement, so that the greatest hash is known, too */
    MCPAR__LEAST_FAILED = 2,               /* rank << 32 | code of the lowest rank that failed; UINT64_MAX: none */
    MCPAR__LEAST_GOES_ON = 7               /* the least of the next three */
};

/* How the handle goes on after a call of this kind. A rank that ends it leaves nobody to call with; and a rank that was in
 * the middle of a round while another one had left it (by an exception, say) no longer counts as that one does. */
enum { MCPAR__ENDS = 0, MCPAR__IN_A_ROUND = 1, MCPAR__GOES_ON = 2 };

/* Those in between belong to the call. MCPAR__SAMPLE and MCPAR__ROUND: how many ranks want to stop, as struct mcpar__stops
 * has it. MCPAR__ROUND, at the end of a round: the lowest trial that failed, ~ the longest time, ~ the end of the last
 * trials that were handed out, the least time that is left; the speeds of all ranks, hashes of the ends of what they
 * ran. */
enum { MCPAR__SUM_REQUESTED = 2, MCPAR__SUM_TIMED = 3 };
enum { MCPAR__LEAST_TRIAL = 3, MCPAR__LEAST_NOT_NS = 4, MCPAR__LEAST_NOT_END = 5, MCPAR__LEAST_LEFT_NS = 6 };
enum { MCPAR__SUM_SPEEDS = 0, MCPAR__SUM_EDGES = 1 };
/* MCPAR__ROUND again, where a trial failed: why, from the rank that ran it. */
enum { MCPAR__WHY_CODE = 3, MCPAR__WHY_PLACE = 4, MCPAR__WHY_HITS = 5, MCPAR__WHY_TRIALS = 6 };
/* MCPAR__REDUCE: the windows of limbs that any rank uses (the highest by their complement), and the hits. */
enum { MCPAR__SUM_LIMB_LOW = 3, MCPAR__SUM_LIMB_HIGH = 4, MCPAR__PRODUCT_LIMB_LOW = 5, MCPAR__PRODUCT_LIMB_HIGH = 6 };
enum { MCPAR__SUM_HITS = 0 };

/* All ranks agree that they say the same and that none failed so far; `extra` (NULL: nothing) carries the numbers that
 * belong to the call. Every rank gets the same code. */
int mcpar__agree(mcpar *mc, const struct mcpar__said *said, struct mcpar__agreement *extra);

/* mismatch.c. The ranks have not said the same, and all of them know it and come here: MCPAR_ERR_MISMATCH, with a
 * message that tells what the lowest two of those who differ said, the same on all ranks. */
int mcpar__mismatch(mcpar *mc, const struct mcpar__said *said);

/* failure.c. All ranks have agreed that trial `lowest` is the lowest that failed in a round. *failure is what failed
 * on this rank, code 0: nothing; afterwards it is that trial's failure, on all ranks. 0 or the code of an agreement
 * that failed. */
int mcpar__share_failure(mcpar *mc, uint64_t lowest, struct mcpar__failure *failure);

#endif
