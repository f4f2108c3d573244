/* SPDX-License-Identifier: BSD-3-Clause */
/* ledger.h - which trials a tally holds: ranges in ascending order, apart from each other */
#ifndef MCPAR__LEDGER_H
#define MCPAR__LEDGER_H

#include <stddef.h>
#include <stdint.h>

struct mcpar__range {
    uint64_t first, n;                     /* n > 0, first + n <= 2^64 - 1 */
};

struct mcpar__ledger {                     /* all zero: empty, growing in memory of its own */
    struct mcpar__range *range;
    size_t n, room;
    int borrowed;                          /* the memory is the caller's and cannot grow */
};

/* 0; MCPAR_ERR_STATE if a trial of it is held already, nothing changed; MCPAR_ERR_MEMORY (no room). */
int mcpar__ledger_add(struct mcpar__ledger *ledger, uint64_t first, uint64_t n);
int mcpar__ledger_merge(struct mcpar__ledger *into, const struct mcpar__ledger *from);

/* Adds to `missing` the parts of [first, first + n) that are not held. */
int mcpar__ledger_missing(const struct mcpar__ledger *ledger, uint64_t first, uint64_t n,
                          struct mcpar__ledger *missing);

uint64_t mcpar__ledger_trials(const struct mcpar__ledger *ledger);
void mcpar__ledger_clear(struct mcpar__ledger *ledger);   /* keeps the memory */
void mcpar__ledger_close(struct mcpar__ledger *ledger);

#endif
