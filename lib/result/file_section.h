/* SPDX-License-Identifier: BSD-3-Clause */
/* file_section.h - the parts of the reader of result files: sections (file_section.c) and what is in them
 * (file_result.c) */
#ifndef MCPAR__FILE_SECTION_H
#define MCPAR__FILE_SECTION_H

#include "result/file.h"

enum mcpar__kind {                         /* the sections of a result, in their order */
    MCPAR__LINE, MCPAR__TAG_, MCPAR__LEDG, MCPAR__HITS, MCPAR__OBSV, MCPAR__PAIR, MCPAR__SUMS, MCPAR__FRST, MCPAR__MERG,
    MCPAR__GOAL,
    MCPAR__KINDS
};

struct mcpar__section {
    char tag[5];
    const uint8_t *at;                     /* NULL: not there */
    size_t n;
};

struct mcpar__reader {
    const uint8_t *start, *at;
    size_t number;                         /* of the result, for messages */
    struct mcpar__report *report;
};

static inline uint64_t mcpar__get(const uint8_t *at, size_t bytes)
{
    uint64_t value = 0;

    for (size_t i = 0; i < bytes; i++)
        value |= (uint64_t)at[i] << 8 * i;
    return value;
}

#define MCPAR__MALFORMED(r, ...) mcpar__fail((r)->report, MCPAR_ERR_FORMAT, __VA_ARGS__)
#define MCPAR__NO_MEMORY(r, what) \
    mcpar__fail((r)->report, MCPAR_ERR_MEMORY, "for the %s of result %zu", what, (r)->number)

/* The next section of those that end at `end`: 0 or MCPAR_ERR_FORMAT. */
int mcpar__next_section(struct mcpar__reader *r, const uint8_t *end, struct mcpar__section *s);

/* MCPAR_ERR_NEWER if no section has this tag, else MCPAR_ERR_FORMAT. */
int mcpar__unexpected(struct mcpar__reader *r, const struct mcpar__section *s);

/* All sections of the result that ends at `end`: each that is needed is there, in order, and has a possible length. */
int mcpar__find_sections(struct mcpar__reader *r, const uint8_t *end, struct mcpar__section section[MCPAR__KINDS]);

/* The result that ends at `end`. *saved is all zero, and to be closed whatever is returned. */
int mcpar__read_result(struct mcpar__reader *r, const uint8_t *end, struct mcpar__saved *saved);

#endif
