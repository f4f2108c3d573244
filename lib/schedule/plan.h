/* SPDX-License-Identifier: BSD-3-Clause */
/* plan.h - sizes of rounds, shares and chunks: pure functions; those of rounds and shares of numbers that all ranks
 * agree on
 *
 * None of these sizes touches the answer. */
#ifndef MCPAR__PLAN_H
#define MCPAR__PLAN_H

#include "result/ledger.h"
#include <stdbool.h>
#include <stdint.h>

struct mcpar__pace {                       /* of one sampling call; the times are those of the slowest rank */
    uint64_t lanes;                        /* workers of all ranks */
    uint64_t last_trials, last_ns;         /* the round before; 0: none yet */
    uint64_t elapsed_ns;
    uint64_t left_ns;                      /* until the time is up; UINT64_MAX: no limit */
    bool may_cut;                          /* a round that takes longer than planned can be cut short */
};

/* Trials of the next round, of `left` > 0. */
uint64_t mcpar__round_size(const struct mcpar__pace *pace, uint64_t left);

/* When the next round is cut short, in ns from its start; 0: never. */
uint64_t mcpar__round_limit(const struct mcpar__pace *pace);

/* The part of [0, n) that belongs to speed `mine` after `before`, of `total` > 0: the parts of all ranks are
 * contiguous, in the order of ranks, and leave nothing out. May be empty (n = 0). */
struct mcpar__range mcpar__share(uint64_t n, uint64_t before, uint64_t mine, uint64_t total);

/* The speed of a rank that ran `trials` in `ns`: its speed, from 1 to 2^46. last: its speed before. */
uint64_t mcpar__speed(uint64_t trials, uint64_t ns, uint64_t last);

/* Trials of the next chunk where `takers` share the `left` > 0 that a round still has, each in steps of about `size`:
 * smaller towards the end, so that all end together whatever the trials cost. */
uint64_t mcpar__chunk(uint64_t size, uint64_t left, uint64_t takers);

/* The size from now on, after a chunk of n trials that took ns and cost besides_ns to hand in, in a round of so many
 * trials that so many share. */
uint64_t mcpar__chunk_size(uint64_t size, uint64_t n, uint64_t ns, uint64_t besides_ns, uint64_t round,
                           uint64_t takers);

#endif
