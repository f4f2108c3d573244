/* SPDX-License-Identifier: BSD-3-Clause */
/* agree.h - the agreement: a small message that opens every collective call and checks that all ranks make the same one
 *
 * An agreement carries eight numbers whose minimum over the ranks every rank gets, and eight whose sum every rank gets
 * (struct mcpar__agreement). This file names each of them. */
#ifndef MCPAR__AGREE_H
#define MCPAR__AGREE_H

#include "run/handle.h"

/* The calls that all ranks make together. */
enum mcpar__call {
    MCPAR__INIT = 1, MCPAR__SAMPLE, MCPAR__REDUCE, MCPAR__RESET, MCPAR__FINALIZE, MCPAR__SAVE, MCPAR__MERGE, MCPAR__UNPACK,
    MCPAR__OPEN, MCPAR__CHECKPOINT, MCPAR__VERIFY, MCPAR__RUN, MCPAR__LOOK, MCPAR__ROUND
};

/* What a rank says when it makes a call: the call, its arguments and the handle's state. All ranks must say the same.
 * Fields that do not belong to the call are 0. Only 64-bit words, no pointers. */
struct mcpar__said {
    uint64_t call;                         /* enum mcpar__call */
    uint64_t n, block;                     /* of sample and verify; block: 1 for the block form */
    uint64_t goal;                         /* of run, by its hash */
    uint64_t seed, stream, confidence, tag, version;       /* confidence by its bits, tag by its hash */
    uint64_t part;                         /* of a job array: parts << 32 | part */
    uint64_t checkpoint;                   /* the options, by their hash; 0: none */
    uint64_t observables, pairs, schema;
    uint64_t held, ledger, asked;          /* trials, before the call; ledger: which are held, by their hash */
};

/* Minima over all ranks, in every agreement. */
enum {
    MCPAR__LEAST_SAID = 0,                 /* of the hash of what a rank says, */
    MCPAR__LEAST_NOT_SAID = 1,             /* and of its complement, which gives the greatest hash */
    MCPAR__LEAST_FAILED = 2,               /* rank << 32 | code of the lowest rank that failed; UINT64_MAX: none */
    MCPAR__LEAST_GOES_ON = 7               /* of the next three */
};

/* What happens to the handle after this call. If one rank finalizes, the others have nobody left to call with. If
 * one rank was in the middle of a round that another rank had left (by an exception, say), the two no longer count
 * alike. In both cases the handle can no longer be used. */
enum { MCPAR__ENDS = 0, MCPAR__IN_A_ROUND = 1, MCPAR__GOES_ON = 2 };

/* The minima and sums in between belong to the call. MCPAR__SAMPLE, MCPAR__RUN and MCPAR__ROUND: how many ranks want to stop, as in
 * struct mcpar__stops. */
enum { MCPAR__SUM_REQUESTED = 2, MCPAR__SUM_TIMED = 3 };
/* MCPAR__ROUND, at the end of a round (a part of a sampling call): the lowest trial that failed, ~ the longest time, ~ the
 * end of the last trials handed out, the least time left until a limit; the speeds of all ranks, and hashes of the ends
 * of the ranges they ran. */
enum { MCPAR__LEAST_TRIAL = 3, MCPAR__LEAST_NOT_NS = 4, MCPAR__LEAST_NOT_END = 5, MCPAR__LEAST_LEFT_NS = 6 };
enum { MCPAR__SUM_SPEEDS = 0, MCPAR__SUM_EDGES = 1 };
/* The digest of what the round's first trial returned, if it is wanted, by the rank that ran it; and how many did. */
enum { MCPAR__SUM_DIGEST = 4, MCPAR__SUM_DIGESTS = 5 };
/* MCPAR__ROUND and MCPAR__CHECKPOINT: is a write of the checkpoint due? Only rank 0 knows. */
enum { MCPAR__SUM_DUE = 6 };
/* The hits of the round; of MCPAR__SAMPLE and MCPAR__RUN, those that are held. */
enum { MCPAR__SUM_ROUND_HITS = 7 };
/* MCPAR__SAMPLE, MCPAR__RUN: how often rank 0 wants rounds to end, in ns less 1. */
enum { MCPAR__LEAST_EVERY_NS = 3 };
/* MCPAR__SAMPLE, MCPAR__RUN: how many ranks want trials to be checked first. */
enum { MCPAR__SUM_CHECK = 4 };
/* MCPAR__VERIFY, also within a call of sample or run: how many items of the check this rank ran in the first pass, and in both;
 * the lowest trial that breaks the rules. Then, of the answers in the first pass, a hash and its complement. */
enum { MCPAR__LEAST_RAN = 3, MCPAR__LEAST_FAULT = 4, MCPAR__LEAST_DONE = 5 };
enum { MCPAR__LEAST_HASH = 3, MCPAR__LEAST_NOT_HASH = 4 };
/* MCPAR__ROUND again, after a trial failed: the reason, from the rank that ran it. */
enum { MCPAR__WHY_CODE = 3, MCPAR__WHY_PLACE = 4, MCPAR__WHY_HITS = 5, MCPAR__WHY_TRIALS = 6 };
/* MCPAR__REDUCE, MCPAR__LOOK: the window of limbs (64-bit words of the exact sums) in use on any rank (upper ends by their
 * complement), and the hits. */
enum { MCPAR__SUM_LIMB_LOW = 3, MCPAR__SUM_LIMB_HIGH = 4, MCPAR__PRODUCT_LIMB_LOW = 5, MCPAR__PRODUCT_LIMB_HIGH = 6 };
enum { MCPAR__SUM_HITS = 0 };
/* Calls that pass a saved result on from rank 0: whether it has one, and its size in bytes. */
enum { MCPAR__SUM_THERE = 0, MCPAR__SUM_BYTES = 1 };

/* What this rank says of its state when it makes this call. */
struct mcpar__said mcpar__say(const mcpar *mc, enum mcpar__call call);

uint64_t mcpar__text_hash(const char *text);

/* Checks that all ranks say the same and that none has failed; `extra` (NULL: nothing) carries the numbers that
 * belong to the call. Returns the same code on every rank. */
int mcpar__agree(mcpar *mc, const struct mcpar__said *said, struct mcpar__agreement *extra);

/* mismatch.c. Called by all ranks when they have not said the same. Returns MCPAR_ERR_MISMATCH with a message, the
 * same on all ranks, that quotes rank 0 and the lowest rank that differs from it. */
int mcpar__mismatch(mcpar *mc, const struct mcpar__said *said);

/* failure.c. All ranks have agreed that trial `lowest` is the lowest that failed in a round. *failure is this rank's
 * failure (code 0: none) and becomes that trial's failure on all ranks. Returns 0, or the code of an agreement that
 * failed. */
int mcpar__share_failure(mcpar *mc, uint64_t lowest, struct mcpar__failure *failure);

#endif
