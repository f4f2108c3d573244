/* SPDX-License-Identifier: BSD-3-Clause */
/* section.c - results as tagged sections. In this order:
 *   LINE  contract u32, stream u32, seed u64
 *   TAG_  the user's tag, if not empty
 *   LEDG  each range of trials held: first u64, number u64
 *   HITS  u64
 *   OBSV  if there are observables: each name, ended by a 0
 *   PAIR  if there are pairs: each pair, two u32
 *   SUMS  if there are observables: each canonical limb as i64, in the order of tally.h */
#include "result/section.h"
#include <string.h>

void mcpar__put_bytes(const struct mcpar__sink *sink, const void *bytes, size_t n)
{
    sink->add(sink->to, bytes, n);
}

void mcpar__put_int(const struct mcpar__sink *sink, uint64_t value, size_t bytes)
{
    uint8_t little[8];

    for (size_t i = 0; i < bytes; i++)
        little[i] = (uint8_t)(value >> 8 * i);
    mcpar__put_bytes(sink, little, bytes);
}

void mcpar__put_section(const struct mcpar__sink *sink, const char tag[4], uint64_t bytes)
{
    mcpar__put_bytes(sink, tag, 4);
    mcpar__put_int(sink, bytes, 8);
}

void mcpar__put_schema(const struct mcpar__sink *sink, const struct mcpar__schema *schema)
{
    uint64_t bytes = 0;

    if (schema->observables == 0)
        return;
    for (size_t k = 0; k < schema->observables; k++)
        bytes += strlen(schema->name[k]) + 1;
    mcpar__put_section(sink, "OBSV", bytes);
    for (size_t k = 0; k < schema->observables; k++)
        mcpar__put_bytes(sink, schema->name[k], strlen(schema->name[k]) + 1);
    if (schema->pairs == 0)
        return;
    mcpar__put_section(sink, "PAIR", 8 * (uint64_t)schema->pairs);
    for (size_t p = 0; p < schema->pairs; p++) {
        mcpar__put_int(sink, schema->pair[p][0], 4);
        mcpar__put_int(sink, schema->pair[p][1], 4);
    }
}

static void put_lineage(const struct mcpar__sink *sink, const struct mcpar__lineage *lineage)
{
    size_t tag = strlen(lineage->tag);

    mcpar__put_section(sink, "LINE", 16);
    mcpar__put_int(sink, lineage->contract, 4);
    mcpar__put_int(sink, lineage->stream, 4);
    mcpar__put_int(sink, lineage->seed, 8);
    if (tag == 0)
        return;
    mcpar__put_section(sink, "TAG_", tag);
    mcpar__put_bytes(sink, lineage->tag, tag);
}

static void put_ledger(const struct mcpar__sink *sink, const struct mcpar__ledger *ledger)
{
    mcpar__put_section(sink, "LEDG", 16 * (uint64_t)ledger->n);
    for (size_t i = 0; i < ledger->n; i++) {
        mcpar__put_int(sink, ledger->range[i].first, 8);
        mcpar__put_int(sink, ledger->range[i].n, 8);
    }
}

void mcpar__put_result(const struct mcpar__sink *sink, const struct mcpar__lineage *lineage,
                       const struct mcpar__ledger *ledger, const struct mcpar__tally *tally)
{
    size_t limbs = mcpar__limbs(tally->schema);

    put_lineage(sink, lineage);
    put_ledger(sink, ledger);
    mcpar__put_section(sink, "HITS", 8);
    mcpar__put_int(sink, tally->hits, 8);
    mcpar__put_schema(sink, tally->schema);
    if (limbs == 0)
        return;
    mcpar__put_section(sink, "SUMS", 8 * (uint64_t)limbs);
    for (size_t i = 0; i < limbs; i++)
        mcpar__put_int(sink, (uint64_t)tally->limb[i], 8);
}
