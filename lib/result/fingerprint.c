/* SPDX-License-Identifier: BSD-3-Clause */
/* fingerprint.c - SHA-256 over canonical little-endian bytes in tagged sections
 *
 * A section is its four-letter tag, the number of its bytes as 64 bits, and the bytes. A section that does not
 * apply is left out, so that later kinds of tally leave old fingerprints alone. The sections, in this order:
 *   LINE  contract u32, stream u32, seed u64
 *   TAG_  the user's tag, if not empty
 *   LEDG  each range of trials held: first u64, number u64
 *   HITS  u64
 *   OBSV  if there are observables: each name, ended by a 0
 *   PAIR  if there are pairs: each pair, two u32
 *   SUMS  if there are observables: each canonical limb as i64, in the order of tally.h */
#include "base/sha256.h"
#include "result/fingerprint.h"
#include <stdio.h>
#include <string.h>

static void add_int(struct mcpar__sha256 *sha, uint64_t value, size_t bytes)
{
    uint8_t little[8];

    for (size_t i = 0; i < bytes; i++)
        little[i] = (uint8_t)(value >> 8 * i);
    mcpar__sha256_add(sha, little, bytes);
}

static void section(struct mcpar__sha256 *sha, const char tag[4], uint64_t bytes)
{
    mcpar__sha256_add(sha, tag, 4);
    add_int(sha, bytes, 8);
}

static void add_schema(struct mcpar__sha256 *sha, const struct mcpar__schema *schema)
{
    uint64_t bytes = 0;

    if (schema->observables == 0)
        return;
    for (size_t k = 0; k < schema->observables; k++)
        bytes += strlen(schema->name[k]) + 1;
    section(sha, "OBSV", bytes);
    for (size_t k = 0; k < schema->observables; k++)
        mcpar__sha256_add(sha, schema->name[k], strlen(schema->name[k]) + 1);
    if (schema->pairs == 0)
        return;
    section(sha, "PAIR", 8 * (uint64_t)schema->pairs);
    for (size_t p = 0; p < schema->pairs; p++) {
        add_int(sha, schema->pair[p][0], 4);
        add_int(sha, schema->pair[p][1], 4);
    }
}

static void add_tally(struct mcpar__sha256 *sha, const struct mcpar__tally *tally)
{
    size_t limbs = mcpar__limbs(tally->schema);

    section(sha, "HITS", 8);
    add_int(sha, tally->hits, 8);
    add_schema(sha, tally->schema);
    if (limbs == 0)
        return;
    section(sha, "SUMS", 8 * (uint64_t)limbs);
    for (size_t i = 0; i < limbs; i++)
        add_int(sha, (uint64_t)tally->limb[i], 8);
}

void mcpar__fingerprint(char text[MCPAR_FINGERPRINT_SIZE], const struct mcpar__lineage *lineage,
                        const struct mcpar__ledger *ledger, const struct mcpar__tally *tally)
{
    static const char hex[] = "0123456789abcdef";
    struct mcpar__sha256 sha;
    uint8_t digest[32];

    mcpar__sha256_start(&sha);
    section(&sha, "LINE", 16);
    add_int(&sha, lineage->contract, 4);
    add_int(&sha, lineage->stream, 4);
    add_int(&sha, lineage->seed, 8);
    if (*lineage->tag) {
        section(&sha, "TAG_", strlen(lineage->tag));
        mcpar__sha256_add(&sha, lineage->tag, strlen(lineage->tag));
    }
    section(&sha, "LEDG", 16 * (uint64_t)ledger->n);
    for (size_t i = 0; i < ledger->n; i++) {
        add_int(&sha, ledger->range[i].first, 8);
        add_int(&sha, ledger->range[i].n, 8);
    }
    add_tally(&sha, tally);
    mcpar__sha256_end(&sha, digest);
    for (size_t i = 0; i < 16; i++) {
        *text++ = hex[digest[i] >> 4];
        *text++ = hex[digest[i] & 15];
    }
    *text = 0;
}

uint64_t mcpar__schema_hash(const struct mcpar__schema *schema)
{
    struct mcpar__sha256 sha;
    uint8_t digest[32];
    uint64_t hash = 0;

    mcpar__sha256_start(&sha);
    add_schema(&sha, schema);
    mcpar__sha256_end(&sha, digest);
    for (size_t i = 0; i < 8; i++)
        hash = hash << 8 | digest[i];
    return hash;
}
