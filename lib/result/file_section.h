/* SPDX-License-Identifier: BSD-3-Clause */
/* file_section.h - the parts of the reader of result files: sections (file_section.c) and what is in them
 * (file_result.c) */
#ifndef MCPAR__FILE_SECTION_H
#define MCPAR__FILE_SECTION_H

#include "result/file.h"
#include "result/section.h"

enum mcpar__kind {                         /* the sections of a result, in their order */
    MCPAR__LINE, MCPAR__TAG_, MCPAR__LEDG, MCPAR__HITS, MCPAR__OBSV, MCPAR__PAIR, MCPAR__SUMS, MCPAR__FRST, MCPAR__MERG,
    MCPAR__PROF, MCPAR__GOAL,
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

const char *mcpar__tag_of(enum mcpar__kind kind);

/* Whether a sum is canonical and one that so many trials can have. */
bool mcpar__possible_sum(const int64_t *limb, size_t limbs, uint64_t trials);

/* The result that ends at `end`. *saved is all zero, and to be closed whatever is returned. */
int mcpar__read_result(struct mcpar__reader *r, const uint8_t *end, struct mcpar__saved *saved);

/* ---- Sections that a result may have or lack, outside of its fingerprint ----
 *
 * To add one: its kind above, at the end, because a result has its sections in that order; its line in the table of
 * file_section.c; its entry in the table of file_extra.c, with these three functions; and what it holds in struct
 * mcpar__saved (file.h), which file.c copies and closes. Then mcpar__as_saved and what takes a saved result
 * (run/merge.c) bring it from the handle and to it. */
struct mcpar__extra {
    enum mcpar__kind kind;

    /* Whether the result has something to write. */
    bool (*has)(const struct mcpar__saved *saved);

    /* The section's content, without its head. Called more than once, to count the bytes first. */
    void (*put)(const struct mcpar__sink *sink, const struct mcpar__saved *saved);

    /* Called once for each result that is read, after all sections before it; s->at is NULL if it is not there. Checks the
     * content: 0, or MCPAR_ERR_FORMAT or MCPAR_ERR_MEMORY with a message. */
    int (*read)(struct mcpar__reader *r, const struct mcpar__section *s, struct mcpar__saved *saved);
};

enum { MCPAR__EXTRAS = 2 };
extern const struct mcpar__extra mcpar__extra[MCPAR__EXTRAS];              /* in the order of their kinds */

/* file_profile.c: section PROF, the profiles of the observables (tally.h) */
bool mcpar__has_profiles(const struct mcpar__saved *saved);
void mcpar__put_profiles(const struct mcpar__sink *sink, const struct mcpar__saved *saved);
int mcpar__read_profiles(struct mcpar__reader *r, const struct mcpar__section *s, struct mcpar__saved *saved);

/* ---- file_goal.c: section GOAL ---- */

bool mcpar__has_goal(const struct mcpar__saved *saved);
void mcpar__put_goal(const struct mcpar__sink *sink, const struct mcpar__saved *saved);
int mcpar__read_goal(struct mcpar__reader *r, const struct mcpar__section *s, struct mcpar__saved *saved);

#endif
