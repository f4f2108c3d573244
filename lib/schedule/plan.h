/* SPDX-License-Identifier: BSD-3-Clause */
/* plan.h - sizes of rounds (parts of a sampling call), shares (a rank's part of a round) and chunks (what a worker
 * takes at a time)
 *
 * All are pure functions. Those for rounds and shares use only numbers that all ranks agree on. No size affects the
 * answer. */
#ifndef MCPAR__PLAN_H
#define MCPAR__PLAN_H

#include "result/ledger.h"
#include <stdbool.h>
#include <stdint.h>

struct mcpar__pace {                       /* the progress of one sampling call; times of the slowest rank */
    uint64_t lanes;                        /* workers of all ranks */
    uint64_t last_trials, last_ns;         /* the round before; 0: none yet */
    uint64_t elapsed_ns;
    uint64_t left_ns;                      /* until the time is up; UINT64_MAX: no limit */
    uint64_t every_ns;                     /* something is to be done between rounds so often; 0: nothing */
    bool may_cut;                          /* a round that takes longer than planned can be cut short */
};

/* How many of the `left` > 0 trials the next round runs. */
uint64_t mcpar__round_size(const struct mcpar__pace *pace, uint64_t left);

/* How many ns after its start the next round is cut short; 0: never. */
uint64_t mcpar__round_limit(const struct mcpar__pace *pace);

/* The part of [0, n) for a rank of speed `mine`: `before` is the sum of the speeds of lower ranks, `total` > 0 that of
 * all. The parts of all ranks are contiguous, in the order of ranks, and cover [0, n). May be empty (n = 0). */
struct mcpar__range mcpar__share(uint64_t n, uint64_t before, uint64_t mine, uint64_t total);

/* The speed of a rank that ran `trials` in `ns`: its speed, from 1 to 2^46. last: its speed before. */
uint64_t mcpar__speed(uint64_t trials, uint64_t ns, uint64_t last);

/* Trials of the next chunk, when `takers` share the `left` > 0 trials of a round in chunks of about `size`. Chunks get
 * smaller towards the end, so that all takers finish together whatever the trials cost. */
uint64_t mcpar__chunk(uint64_t size, uint64_t left, uint64_t takers);

/* The new chunk size after a chunk of n trials that took ns and cost besides_ns to hand in, in a round of `round`
 * trials shared by `takers`. */
uint64_t mcpar__chunk_size(uint64_t size, uint64_t n, uint64_t ns, uint64_t besides_ns, uint64_t round,
                           uint64_t takers);

#endif
