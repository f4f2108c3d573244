/* SPDX-License-Identifier: BSD-3-Clause */
/* file.h - result files: any number of results, each of another lineage, as bytes (mcpar-result(5))
 *
 * Bytes only: base/disk.h reads and writes files. The same results always give the same bytes, in whatever order they
 * stand in memory. */
#ifndef MCPAR__FILE_H
#define MCPAR__FILE_H

#include "base/report.h"
#include "result/fingerprint.h"
#include "result/first.h"
#include "result/result.h"
#include "result/stopping.h"

struct mcpar__saved {                      /* a result as files hold it */
    struct mcpar__lineage lineage;         /* its tag is memory of its own */
    struct mcpar__schema schema;
    struct mcpar__result result;           /* the tally is canonical, and its schema is the one above */
    struct mcpar__first first;             /* written only if it is about the lowest trial held */
    struct mcpar__stopping stopping;       /* written if there was a goal */
    uint8_t (*merged)[MCPAR__PRINT];       /* fingerprints of the results that were merged into it, in any order */
    size_t merges;
};

struct mcpar__file {                       /* all zero: no results */
    struct mcpar__saved *saved;            /* no two have the same lineage (contract, seed, stream, tag, schema) */
    size_t n, room;
};

/* 0; MCPAR_ERR_FORMAT, MCPAR_ERR_NEWER or MCPAR_ERR_MEMORY with a message, and then *file is empty. The bytes may be
 * anything: all that is returned has been checked, and never is more memory asked for than the bytes justify. */
int mcpar__file_read(struct mcpar__file *file, const uint8_t *bytes, size_t n, struct mcpar__report *report);

/* The bytes are malloc'd. 0 or MCPAR_ERR_MEMORY with a message, and then *bytes is NULL. */
int mcpar__file_write(const struct mcpar__file *file, uint8_t **bytes, size_t *n, struct mcpar__report *report);

/* Makes room for one result more behind the others. 0 or MCPAR_ERR_MEMORY, nothing changed. */
int mcpar__file_grow(struct mcpar__file *file);

/* The index of the result of a lineage, or file->n. */
size_t mcpar__file_find(const struct mcpar__file *file, const struct mcpar__lineage *lineage,
                        const struct mcpar__schema *schema);

void mcpar__file_close(struct mcpar__file *file);

/* A tally points to its schema, so a struct mcpar__saved cannot simply be assigned. *from is empty afterwards. */
void mcpar__saved_move(struct mcpar__saved *to, struct mcpar__saved *from);
void mcpar__saved_close(struct mcpar__saved *saved);

/* A copy with memory of its own: 0, or MCPAR_ERR_MEMORY and *to empty. */
int mcpar__saved_copy(struct mcpar__saved *to, const struct mcpar__saved *from);

/* The order of results in a file; 0: they are of the same lineage. */
int mcpar__saved_compare(const struct mcpar__saved *a, const struct mcpar__saved *b);

/* ---- What the reader and the writer share ---- */

enum {
    MCPAR__FILE_VERSION = 1,
    MCPAR__FILE_MAGIC = 8,                 /* bytes */
    MCPAR__FILE_START = 16,                /* with the version and the number of results */
    MCPAR__SECTION_HEAD = 12,
    MCPAR__FILE_SEAL = 44                  /* the section SHA2 */
};

/* As in PNG files: not text, and it shows a transfer that changes the ends of lines or the eighth bit. */
extern const uint8_t mcpar__file_magic[MCPAR__FILE_MAGIC];

#endif
