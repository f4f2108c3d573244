/* SPDX-License-Identifier: BSD-3-Clause */
/* section.h - the one place that turns a result into bytes: tagged sections, for the fingerprint and for files
 *
 * A section is its four-letter tag, the number of its bytes as 64 bits, and the bytes. All integers are little-endian.
 * A section that does not apply is left out, so that later kinds of tally leave old fingerprints alone. mcpar-result(5)
 * describes the sections. */
#ifndef MCPAR__SECTION_H
#define MCPAR__SECTION_H

#include "result/fingerprint.h"

struct mcpar__sink {                       /* where the bytes go */
    void (*add)(void *to, const void *bytes, size_t n);
    void *to;
};

void mcpar__put_bytes(const struct mcpar__sink *sink, const void *bytes, size_t n);
void mcpar__put_int(const struct mcpar__sink *sink, uint64_t value, size_t bytes);

/* The head of a section; its bytes follow. */
void mcpar__put_section(const struct mcpar__sink *sink, const char tag[4], uint64_t bytes);

/* Names and pairs: OBSV and PAIR. */
void mcpar__put_schema(const struct mcpar__sink *sink, const struct mcpar__schema *schema);

/* What the fingerprint covers: LINE, TAG_, LEDG, HITS, OBSV, PAIR, SUMS. `tally` must be canonical. */
void mcpar__put_result(const struct mcpar__sink *sink, const struct mcpar__lineage *lineage,
                       const struct mcpar__ledger *ledger, const struct mcpar__tally *tally);

#endif
