/* SPDX-License-Identifier: BSD-3-Clause */
/* ledger.h - the list of the trials that a tally holds: ranges in ascending order, with gaps between them */
#ifndef MCPAR__LEDGER_H
#define MCPAR__LEDGER_H

#include <stddef.h>
#include <stdint.h>

struct mcpar__range {
    uint64_t first, n;                     /* n > 0, first + n <= 2^64 - 1 */
};

struct mcpar__ledger {                     /* all zero: empty, will allocate memory of its own */
    struct mcpar__range *range;
    size_t n, room;
    int borrowed;                          /* the memory is the caller's and cannot grow */
};

/* Return 0, MCPAR_ERR_STATE if a trial is already held, or MCPAR_ERR_MEMORY; on errors, the ledger does not change. */
int mcpar__ledger_add(struct mcpar__ledger *ledger, uint64_t first, uint64_t n);
int mcpar__ledger_merge(struct mcpar__ledger *into, const struct mcpar__ledger *from);

/* Makes room for that many more ranges, so that as many further calls of mcpar__ledger_add do not run out of memory: 0 or
 * MCPAR_ERR_MEMORY. */
int mcpar__ledger_reserve(struct mcpar__ledger *ledger, size_t more);

/* How many trials are wanted and not held. */
uint64_t mcpar__ledger_lacking(const struct mcpar__ledger *wanted, const struct mcpar__ledger *held);

/* The lowest range of trials that are wanted and not held; n = 0: there are none. */
struct mcpar__range mcpar__ledger_gap(const struct mcpar__ledger *wanted, const struct mcpar__ledger *held);

/* Adds the parts of [first, first + n) that are not held to `missing`. Returns 0 or MCPAR_ERR_MEMORY. */
int mcpar__ledger_missing(const struct mcpar__ledger *ledger, uint64_t first, uint64_t n,
                          struct mcpar__ledger *missing);

/* A hash of the trials held, which is the sum of the hashes of any ranges that cover each of them once: of each range,
 * that of its end less that of its beginning, so that inner ends cancel beginnings. If a trial is missing or there twice,
 * some do not cancel, and the sums differ with probability 1 - 2^-64. */
uint64_t mcpar__ledger_edges(const struct mcpar__ledger *ledger);

/* One past the last trial held; 0: none is. */
uint64_t mcpar__ledger_end(const struct mcpar__ledger *ledger);

uint64_t mcpar__ledger_trials(const struct mcpar__ledger *ledger);
void mcpar__ledger_clear(struct mcpar__ledger *ledger);   /* keeps the memory */
void mcpar__ledger_close(struct mcpar__ledger *ledger);

#endif
