/* SPDX-License-Identifier: BSD-3-Clause */
/* fingerprint.h - what a result is, in 128 bits: no time, host, worker, rank or form of the trial is in it */
#ifndef MCPAR__FINGERPRINT_H
#define MCPAR__FINGERPRINT_H

#include "result/ledger.h"
#include "result/tally.h"
#include <mcpar.h>

enum { MCPAR__PRINT = 16, MCPAR__MAX_TAG = 4095, MCPAR__STREAMS = 1 << 24 };

struct mcpar__lineage {                    /* results combine only within one lineage; the schema is the tally's */
    uint32_t contract, stream;
    uint64_t seed;
    const char *tag;
};

/* As bytes and as text. `tally` must be canonical. */
void mcpar__fingerprint_bytes(uint8_t print[MCPAR__PRINT], const struct mcpar__lineage *lineage,
                              const struct mcpar__ledger *ledger, const struct mcpar__tally *tally);
void mcpar__fingerprint(char text[MCPAR_FINGERPRINT_SIZE], const struct mcpar__lineage *lineage,
                        const struct mcpar__ledger *ledger, const struct mcpar__tally *tally);

/* 64 bits of SHA-256 over the names and pairs of a schema, for agreement between ranks. */
uint64_t mcpar__schema_hash(const struct mcpar__schema *schema);

#endif
