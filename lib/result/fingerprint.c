/* SPDX-License-Identifier: BSD-3-Clause */
/* fingerprint.c - SHA-256 over the sections of a result (section.h) */
#include "base/sha256.h"
#include "result/section.h"

static void hash(void *sha, const void *bytes, size_t n)
{
    mcpar__sha256_add(sha, bytes, n);
}

void mcpar__fingerprint_bytes(uint8_t print[MCPAR__PRINT], const struct mcpar__lineage *lineage,
                              const struct mcpar__ledger *ledger, const struct mcpar__tally *tally)
{
    struct mcpar__sha256 sha;
    const struct mcpar__sink sink = { hash, &sha };
    uint8_t digest[32];

    mcpar__sha256_start(&sha);
    mcpar__put_result(&sink, lineage, ledger, tally);
    mcpar__sha256_end(&sha, digest);
    for (size_t i = 0; i < MCPAR__PRINT; i++)
        print[i] = digest[i];
}

void mcpar__fingerprint(char text[MCPAR_FINGERPRINT_SIZE], const struct mcpar__lineage *lineage,
                        const struct mcpar__ledger *ledger, const struct mcpar__tally *tally)
{
    static const char hex[] = "0123456789abcdef";
    uint8_t print[MCPAR__PRINT];

    mcpar__fingerprint_bytes(print, lineage, ledger, tally);
    for (size_t i = 0; i < MCPAR__PRINT; i++) {
        *text++ = hex[print[i] >> 4];
        *text++ = hex[print[i] & 15];
    }
    *text = 0;
}

uint64_t mcpar__schema_hash(const struct mcpar__schema *schema)
{
    struct mcpar__sha256 sha;
    const struct mcpar__sink sink = { hash, &sha };
    uint8_t digest[32];
    uint64_t result = 0;

    mcpar__sha256_start(&sha);
    mcpar__put_schema(&sink, schema);
    mcpar__sha256_end(&sha, digest);
    for (size_t i = 0; i < 8; i++)
        result = result << 8 | digest[i];
    return result;
}
