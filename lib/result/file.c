/* SPDX-License-Identifier: BSD-3-Clause */
/* file.c - the results of a file in memory: room, order, end */
#include "result/file.h"
#include <stdlib.h>
#include <string.h>

const uint8_t mcpar__file_magic[MCPAR__FILE_MAGIC] = { 0x89, 'M', 'C', 'P', 'A', 'R', '\r', '\n' };

void mcpar__saved_close(struct mcpar__saved *saved)
{
    free((char *)(uintptr_t)saved->lineage.tag);
    mcpar__result_close(&saved->result);
    mcpar__schema_close(&saved->schema);
    free(saved->merged);
    memset(saved, 0, sizeof *saved);
}

void mcpar__saved_move(struct mcpar__saved *to, struct mcpar__saved *from)
{
    *to = *from;
    to->result.tally.schema = &to->schema;
    memset(from, 0, sizeof *from);
}

static int copy(struct mcpar__saved *to, const struct mcpar__saved *from)
{
    const struct mcpar__tally *tally = &from->result.tally;

    to->lineage = from->lineage;
    to->lineage.tag = strdup(from->lineage.tag);
    if (!to->lineage.tag || mcpar__schema_copy(&to->schema, &from->schema) ||
        mcpar__result_open(&to->result, &to->schema) || mcpar__ledger_merge(&to->result.ledger, &from->result.ledger))
        return MCPAR_ERR_MEMORY;
    to->result.tally.hits = tally->hits;
    if (tally->limb)
        memcpy(to->result.tally.limb, tally->limb, mcpar__words(&from->schema) * sizeof *tally->limb);
    to->first = from->first;
    to->stopping = from->stopping;
    if (from->merges) {
        to->merged = malloc(from->merges * sizeof *to->merged);
        if (!to->merged)
            return MCPAR_ERR_MEMORY;
        memcpy(to->merged, from->merged, from->merges * sizeof *to->merged);
    }
    to->merges = from->merges;
    return 0;
}

int mcpar__saved_copy(struct mcpar__saved *to, const struct mcpar__saved *from)
{
    int err;

    memset(to, 0, sizeof *to);
    err = copy(to, from);
    if (err)
        mcpar__saved_close(to);
    return err;
}

void mcpar__file_close(struct mcpar__file *file)
{
    for (size_t i = 0; i < file->n; i++)
        mcpar__saved_close(&file->saved[i]);
    free(file->saved);
    *file = (struct mcpar__file){ 0 };
}

int mcpar__file_grow(struct mcpar__file *file)
{
    size_t room = file->room ? 2 * file->room : 4;
    struct mcpar__saved *saved;

    if (file->n < file->room)
        return 0;
    if (room > SIZE_MAX / sizeof *saved)
        return MCPAR_ERR_MEMORY;
    saved = realloc(file->saved, room * sizeof *saved);
    if (!saved)
        return MCPAR_ERR_MEMORY;
    for (size_t i = 0; i < file->n; i++)
        saved[i].result.tally.schema = &saved[i].schema;
    file->saved = saved;
    file->room = room;
    return 0;
}

/* ---- Order ---- */

static int compared(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_schemas(const struct mcpar__schema *a, const struct mcpar__schema *b)
{
    int order = compared(a->observables, b->observables);

    for (size_t k = 0; !order && k < a->observables; k++)
        order = strcmp(a->name[k], b->name[k]);
    if (!order)
        order = compared(a->pairs, b->pairs);
    for (size_t p = 0; !order && p < a->pairs; p++) {
        order = compared(a->pair[p][0], b->pair[p][0]);
        if (!order)
            order = compared(a->pair[p][1], b->pair[p][1]);
    }
    return order;
}

static int compare(const struct mcpar__lineage *a, const struct mcpar__schema *of_a, const struct mcpar__lineage *b,
                   const struct mcpar__schema *of_b)
{
    int order = compared(a->contract, b->contract);

    if (!order)
        order = compared(a->seed, b->seed);
    if (!order)
        order = compared(a->stream, b->stream);
    if (!order)
        order = strcmp(a->tag, b->tag);
    return order ? order : compare_schemas(of_a, of_b);
}

int mcpar__saved_compare(const struct mcpar__saved *a, const struct mcpar__saved *b)
{
    return compare(&a->lineage, &a->schema, &b->lineage, &b->schema);
}

size_t mcpar__file_find(const struct mcpar__file *file, const struct mcpar__lineage *lineage,
                        const struct mcpar__schema *schema)
{
    size_t i = 0;

    while (i < file->n && compare(&file->saved[i].lineage, &file->saved[i].schema, lineage, schema))
        i++;
    return i;
}
