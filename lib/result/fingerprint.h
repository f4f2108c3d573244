/* SPDX-License-Identifier: BSD-3-Clause */
/* fingerprint.h - 128 bits that identify a result; they depend on no time, host, worker, rank or form of the trial */
#ifndef MCPAR__FINGERPRINT_H
#define MCPAR__FINGERPRINT_H

#include "result/ledger.h"
#include "result/tally.h"
#include <mcpar.h>

enum { MCPAR__PRINT = 16, MCPAR__MAX_TAG = 4095, MCPAR__STREAMS = 1 << 24 };

struct mcpar__lineage {                    /* results can be combined only if it and the tallies' schemas agree */
    uint32_t contract, stream;
    uint64_t seed;
    const char *tag;
};

/* As bytes and as text. `tally` must be canonical. */
void mcpar__fingerprint_bytes(uint8_t print[MCPAR__PRINT], const struct mcpar__lineage *lineage,
                              const struct mcpar__ledger *ledger, const struct mcpar__tally *tally);
void mcpar__fingerprint(char text[MCPAR_FINGERPRINT_SIZE], const struct mcpar__lineage *lineage,
                        const struct mcpar__ledger *ledger, const struct mcpar__tally *tally);

/* 64 bits of the SHA-256 of a schema's names and pairs, for ranks to compare. */
uint64_t mcpar__schema_hash(const struct mcpar__schema *schema);

#endif
