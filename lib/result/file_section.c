/* SPDX-License-Identifier: BSD-3-Clause */
/* file_section.c - takes the bytes of a result file apart into sections */
#include "result/file_section.h"
#include <string.h>

/* The sections of a result in their order. A section has a number of items of `unit` bytes. */
static const struct {
    char tag[5];
    bool needed;
    uint64_t unit, least, most;
} format[MCPAR__KINDS] = {
    [MCPAR__LINE] = { "LINE", true, 16, 1, 1 },
    [MCPAR__TAG_] = { "TAG_", false, 1, 1, MCPAR__MAX_TAG },
    [MCPAR__LEDG] = { "LEDG", true, 16, 0, UINT64_MAX },
    [MCPAR__HITS] = { "HITS", true, 8, 1, 1 },
    [MCPAR__OBSV] = { "OBSV", false, 1, 1, (uint64_t)MCPAR_MAX_OBSERVABLES * (MCPAR__MAX_NAME + 1) },
    [MCPAR__PAIR] = { "PAIR", false, 8, 1, MCPAR_MAX_PAIRS },
    [MCPAR__SUMS] = { "SUMS", false, 8, 1, UINT64_MAX },
    [MCPAR__FRST] = { "FRST", false, 16, 1, 1 },
    [MCPAR__MERG] = { "MERG", false, MCPAR__PRINT, 1, UINT64_MAX },
    [MCPAR__PROF] = { "PROF", false, sizeof(struct mcpar__profile), 1, MCPAR_MAX_OBSERVABLES },
    [MCPAR__GOAL] = { "GOAL", false, 8, MCPAR__STOPPING_WORDS, MCPAR__MOST_STOPPING_WORDS }
};

int mcpar__next_section(struct mcpar__reader *r, const uint8_t *end, struct mcpar__section *s)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    size_t left = (size_t)(end - r->at), place = (size_t)(r->at - r->start);
    uint64_t n;

    if (left < MCPAR__SECTION_HEAD)
        return MCPAR__MALFORMED(r, "%zu bytes at byte %zu are no section", left, place);
    memcpy(s->tag, r->at, 4);
    s->tag[4] = 0;
    if (strspn(s->tag, letters) != 4)
        return MCPAR__MALFORMED(r, "no section begins at byte %zu", place);
    n = mcpar__get(r->at + 4, 8);
    left -= MCPAR__SECTION_HEAD;
    if (n > left)
        return MCPAR__MALFORMED(r, "section %s at byte %zu has %llu bytes, but %zu are left", s->tag, place,
                                (unsigned long long)n, left);
    s->at = r->at + MCPAR__SECTION_HEAD;
    s->n = (size_t)n;
    r->at = s->at + n;
    return 0;
}

const char *mcpar__tag_of(enum mcpar__kind kind)
{
    return format[kind].tag;
}

static enum mcpar__kind kind_of(const char *tag)
{
    int kind = 0;

    while (kind < MCPAR__KINDS && strcmp(format[kind].tag, tag))
        kind++;
    return (enum mcpar__kind)kind;
}

int mcpar__unexpected(struct mcpar__reader *r, const struct mcpar__section *s)
{
    size_t place = (size_t)(s->at - r->start) - MCPAR__SECTION_HEAD;

    if (kind_of(s->tag) == MCPAR__KINDS && strcmp(s->tag, "RSLT") && strcmp(s->tag, "SHA2"))
        return mcpar__fail(r->report, MCPAR_ERR_NEWER, "section %s at byte %zu is not known to this library", s->tag,
                           place);
    return MCPAR__MALFORMED(r, "section %s at byte %zu does not belong there", s->tag, place);
}

int mcpar__find_sections(struct mcpar__reader *r, const uint8_t *end, struct mcpar__section section[MCPAR__KINDS])
{
    int err, next = 0;

    while (r->at < end) {
        struct mcpar__section s;
        enum mcpar__kind kind;

        err = mcpar__next_section(r, end, &s);
        if (err)
            return err;
        kind = kind_of(s.tag);
        if ((int)kind < next || kind == MCPAR__KINDS)
            return mcpar__unexpected(r, &s);
        if (s.n % format[kind].unit || s.n / format[kind].unit < format[kind].least ||
            s.n / format[kind].unit > format[kind].most)
            return MCPAR__MALFORMED(r, "section %s of result %zu has %zu bytes", s.tag, r->number, s.n);
        section[kind] = s;
        next = (int)kind + 1;
    }
    for (int kind = 0; kind < MCPAR__KINDS; kind++)
        if (format[kind].needed && !section[kind].at)
            return MCPAR__MALFORMED(r, "result %zu has no section %s", r->number, format[kind].tag);
    if (!section[MCPAR__OBSV].at != !section[MCPAR__SUMS].at || (section[MCPAR__PAIR].at && !section[MCPAR__OBSV].at))
        return MCPAR__MALFORMED(r, "result %zu has observables without sums, or sums or pairs without observables",
                                r->number);
    return 0;
}
