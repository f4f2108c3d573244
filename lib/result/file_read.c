/* SPDX-License-Identifier: BSD-3-Clause */
/* file_read.c - the bytes of a result file to results
 *
 * The seal is looked at first: bytes that are not what was written are truncated or damaged, and nothing more is made
 * of them. Sealed bytes can still be anything, because anyone can compute a checksum, so everything is checked.
 * Memory is asked for only after the section that fills it was found to be there in full. */
#include "base/sha256.h"
#include "result/file_section.h"
#include <stdlib.h>
#include <string.h>

/* ---- The start and the seal ---- */

static int foreign(const uint8_t *bytes, size_t n, struct mcpar__report *report)
{
    if (n == 0)
        return mcpar__fail(report, MCPAR_ERR_FORMAT, "there are no bytes in it");
    if (n < MCPAR__FILE_MAGIC && memcmp(bytes, mcpar__file_magic, n) == 0)
        return mcpar__fail(report, MCPAR_ERR_FORMAT, "truncated: only %zu bytes are there", n);
    if (n > 6 && memcmp(bytes + 1, mcpar__file_magic + 1, 5) == 0)
        return mcpar__fail(report, MCPAR_ERR_FORMAT, "its first bytes were changed, as by a transfer in text mode");
    return mcpar__fail(report, MCPAR_ERR_FORMAT, "it does not begin as result files do");
}

static bool sealed(const uint8_t *bytes, size_t n)
{
    static const uint8_t head[MCPAR__SECTION_HEAD] = { 'S', 'H', 'A', '2', 32 };
    const uint8_t *seal = bytes + n - MCPAR__FILE_SEAL;
    struct mcpar__sha256 sha;
    uint8_t digest[32];

    if (n < MCPAR__FILE_START + MCPAR__FILE_SEAL || memcmp(seal, head, sizeof head))
        return false;
    mcpar__sha256_start(&sha);
    mcpar__sha256_add(&sha, bytes, n - MCPAR__FILE_SEAL);
    mcpar__sha256_end(&sha, digest);
    return memcmp(seal + sizeof head, digest, sizeof digest) == 0;
}

/* How many bytes the lengths ask for, at least. */
static uint64_t asked_for(const uint8_t *bytes, size_t n)
{
    size_t at = MCPAR__FILE_START;

    while (at < n && n - at >= MCPAR__SECTION_HEAD) {
        uint64_t length = mcpar__get(bytes + at + 4, 8);
        bool last = memcmp(bytes + at, "SHA2", 4) == 0;

        at += MCPAR__SECTION_HEAD;
        if (length > n - at)
            return length > UINT64_MAX - at - MCPAR__FILE_SEAL ? UINT64_MAX
                                                               : at + length + (last ? 0 : MCPAR__FILE_SEAL);
        at += (size_t)length;
        if (last)
            return at;
    }
    return (uint64_t)at + MCPAR__FILE_SEAL;
}

static int check_seal(const uint8_t *bytes, size_t n, struct mcpar__report *report)
{
    uint64_t version, wanted;

    if (n < MCPAR__FILE_MAGIC || memcmp(bytes, mcpar__file_magic, MCPAR__FILE_MAGIC))
        return foreign(bytes, n, report);
    if (n >= MCPAR__FILE_START + MCPAR__FILE_SEAL && sealed(bytes, n)) {
        version = mcpar__get(bytes + MCPAR__FILE_MAGIC, 4);
        if (version > MCPAR__FILE_VERSION)
            return mcpar__fail(report, MCPAR_ERR_NEWER, "its format is version %llu, and this library reads version %d",
                               (unsigned long long)version, MCPAR__FILE_VERSION);
        return version == 0 ? mcpar__fail(report, MCPAR_ERR_FORMAT, "its format is version 0") : 0;
    }
    wanted = asked_for(bytes, n);
    if (wanted > n)
        return mcpar__fail(report, MCPAR_ERR_FORMAT,
                           "truncated: %zu bytes are there, but its lengths ask for at least %llu", n,
                           (unsigned long long)wanted);
    if (wanted < n)
        return mcpar__fail(report, MCPAR_ERR_FORMAT, "damaged: %zu bytes are there, but it ends after %llu", n,
                           (unsigned long long)wanted);
    return mcpar__fail(report, MCPAR_ERR_FORMAT, "damaged: its checksum does not match its %zu bytes", n);
}

/* ---- The file ---- */

/* The smallest result has LINE, LEDG and HITS. */
enum { SMALLEST = 4 * MCPAR__SECTION_HEAD + 16 + 8 };

static int read_results(struct mcpar__reader *r, const uint8_t *end, struct mcpar__file *file)
{
    uint64_t results = mcpar__get(r->start + MCPAR__FILE_MAGIC + 4, 4);
    struct mcpar__section s;
    int err = 0;

    if (results > (size_t)(end - r->at) / SMALLEST)
        return MCPAR__MALFORMED(r, "%llu results do not fit into its %zu bytes", (unsigned long long)results,
                                (size_t)(end - r->start) + MCPAR__FILE_SEAL);
    if (results) {
        file->saved = calloc((size_t)results, sizeof *file->saved);
        if (!file->saved)
            return mcpar__fail(r->report, MCPAR_ERR_MEMORY, "for %llu results", (unsigned long long)results);
    }
    file->room = (size_t)results;
    while (file->n < results) {
        err = mcpar__next_section(r, end, &s);
        if (!err && strcmp(s.tag, "RSLT"))
            err = mcpar__unexpected(r, &s);
        if (err)
            return err;
        r->number = file->n++;
        r->at = s.at;
        err = mcpar__read_result(r, s.at + s.n, &file->saved[r->number]);
        if (err)
            return err;
        if (r->number && mcpar__saved_compare(&file->saved[r->number - 1], &file->saved[r->number]) >= 0)
            return MCPAR__MALFORMED(r, "results %zu and %zu have the same lineage or are out of order", r->number - 1,
                                    r->number);
    }
    if (r->at == end)
        return 0;
    err = mcpar__next_section(r, end, &s);
    return err ? err : mcpar__unexpected(r, &s);
}

int mcpar__file_read(struct mcpar__file *file, const uint8_t *bytes, size_t n, struct mcpar__report *report)
{
    struct mcpar__reader r = { bytes, NULL, 0, report };
    int err = check_seal(bytes, n, report);

    *file = (struct mcpar__file){ 0 };
    if (err)
        return err;
    r.at = bytes + MCPAR__FILE_START;
    err = read_results(&r, bytes + n - MCPAR__FILE_SEAL, file);
    if (err)
        mcpar__file_close(file);
    return err;
}
