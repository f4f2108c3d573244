/* SPDX-License-Identifier: BSD-3-Clause */
/* file_write.c - results to the bytes of a result file
 *
 * Everything is emitted twice by the same code: to count the bytes, then into memory of that size. */
#include "base/sha256.h"
#include "result/file_section.h"
#include <stdlib.h>
#include <string.h>

struct entry {                             /* a result in its place, with its merges in theirs */
    const struct mcpar__saved *saved;
    uint8_t (*merged)[MCPAR__PRINT];
    size_t merges;
};

struct plan {
    struct entry *entry;
    size_t n;
    uint8_t (*merged)[MCPAR__PRINT];       /* of all entries */
};

/* ---- Where the bytes go ---- */

static void count(void *to, const void *bytes, size_t n)
{
    uint64_t *counted = to;

    (void)bytes;
    *counted += n;
}

static void copy(void *to, const void *bytes, size_t n)
{
    uint8_t **at = to;

    memcpy(*at, bytes, n);
    *at += n;
}

/* ---- The plan: everything in ascending order ---- */

static int by_lineage(const void *a, const void *b)
{
    return mcpar__saved_compare(((const struct entry *)a)->saved, ((const struct entry *)b)->saved);
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, MCPAR__PRINT);
}

/* Sorts, and keeps each once. */
static size_t sort(uint8_t (*print)[MCPAR__PRINT], size_t n)
{
    size_t kept = 0;

    qsort(print, n, sizeof *print, by_bytes);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || memcmp(print[kept - 1], print[i], sizeof *print))
            memmove(print[kept++], print[i], sizeof *print);
    return kept;
}

static void close_plan(struct plan *plan)
{
    free(plan->entry);
    free(plan->merged);
}

static bool open_plan(struct plan *plan, const struct mcpar__file *file)
{
    size_t merges = 0, at = 0;

    for (size_t i = 0; i < file->n; i++)
        merges += file->saved[i].merges;
    plan->n = file->n;
    plan->entry = file->n ? calloc(file->n, sizeof *plan->entry) : NULL;
    plan->merged = merges ? calloc(merges, sizeof *plan->merged) : NULL;
    if ((file->n && !plan->entry) || (merges && !plan->merged))
        return false;
    for (size_t i = 0; i < file->n; i++) {
        const struct mcpar__saved *saved = &file->saved[i];
        struct entry *entry = &plan->entry[i];

        entry->saved = saved;
        if (saved->merges == 0)
            continue;
        entry->merged = plan->merged + at;
        memcpy(entry->merged, saved->merged, saved->merges * sizeof *saved->merged);
        entry->merges = sort(entry->merged, saved->merges);
        at += saved->merges;
    }
    if (file->n)
        qsort(plan->entry, plan->n, sizeof *plan->entry, by_lineage);
    return true;
}

/* ---- The sections ---- */

static void put_extra(const struct mcpar__sink *sink, const struct mcpar__extra *extra, const struct mcpar__saved *saved)
{
    uint64_t bytes = 0;

    extra->put(&(const struct mcpar__sink){ count, &bytes }, saved);
    mcpar__put_section(sink, mcpar__tag_of(extra->kind), bytes);
    extra->put(sink, saved);
}

static void put_entry(const struct mcpar__sink *sink, const struct entry *entry)
{
    const struct mcpar__saved *saved = entry->saved;
    const struct mcpar__ledger *ledger = &saved->result.ledger;

    mcpar__put_result(sink, &saved->lineage, ledger, &saved->result.tally);
    if (saved->first.known && ledger->n > 0 && saved->first.trial == ledger->range[0].first) {
        mcpar__put_section(sink, "FRST", 16);
        mcpar__put_int(sink, saved->first.trial, 8);
        mcpar__put_int(sink, saved->first.digest, 8);
    }
    if (entry->merges) {
        mcpar__put_section(sink, "MERG", entry->merges * sizeof *entry->merged);
        mcpar__put_bytes(sink, entry->merged, entry->merges * sizeof *entry->merged);
    }
    for (size_t i = 0; i < MCPAR__EXTRAS; i++)
        if (mcpar__extra[i].has(saved))
            put_extra(sink, &mcpar__extra[i], saved);
}

static void put_file(const struct mcpar__sink *sink, const struct plan *plan)
{
    mcpar__put_bytes(sink, mcpar__file_magic, sizeof mcpar__file_magic);
    mcpar__put_int(sink, MCPAR__FILE_VERSION, 4);
    mcpar__put_int(sink, plan->n, 4);
    for (size_t i = 0; i < plan->n; i++) {
        uint64_t bytes = 0;

        put_entry(&(const struct mcpar__sink){ count, &bytes }, &plan->entry[i]);
        mcpar__put_section(sink, "RSLT", bytes);
        put_entry(sink, &plan->entry[i]);
    }
}

static void put_seal(const struct mcpar__sink *sink, const uint8_t *bytes, size_t n)
{
    struct mcpar__sha256 sha;
    uint8_t digest[32];

    mcpar__sha256_start(&sha);
    mcpar__sha256_add(&sha, bytes, n);
    mcpar__sha256_end(&sha, digest);
    mcpar__put_section(sink, "SHA2", sizeof digest);
    mcpar__put_bytes(sink, digest, sizeof digest);
}

int mcpar__file_write(const struct mcpar__file *file, uint8_t **bytes, size_t *n, struct mcpar__report *report)
{
    struct plan plan = { 0 };
    uint64_t size = 0;
    uint8_t *at = NULL;

    *bytes = NULL;
    *n = 0;
    if (file->n <= UINT32_MAX && open_plan(&plan, file)) {
        put_file(&(const struct mcpar__sink){ count, &size }, &plan);
        *bytes = at = malloc(size + MCPAR__FILE_SEAL);
    }
    if (at) {
        const struct mcpar__sink sink = { copy, &at };

        put_file(&sink, &plan);
        put_seal(&sink, *bytes, size);
        *n = size + MCPAR__FILE_SEAL;
    }
    close_plan(&plan);
    return at ? 0 : mcpar__fail(report, MCPAR_ERR_MEMORY, "for the bytes of %zu results", file->n);
}
