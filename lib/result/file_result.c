/* SPDX-License-Identifier: BSD-3-Clause */
/* file_result.c - the sections of a result in a file to a result, each checked before anything is made of it */
#include "result/file_section.h"
#include <stdlib.h>
#include <string.h>

static int read_lineage(struct mcpar__reader *r, const struct mcpar__section *section, struct mcpar__lineage *lineage)
{
    const uint8_t *at = section[MCPAR__LINE].at;
    size_t n = section[MCPAR__TAG_].n;
    char *tag;

    lineage->contract = (uint32_t)mcpar__get(at, 4);
    lineage->stream = (uint32_t)mcpar__get(at + 4, 4);
    lineage->seed = mcpar__get(at + 8, 8);
    if (lineage->contract > MCPAR_CONTRACT)
        return mcpar__fail(r->report, MCPAR_ERR_NEWER,
                           "result %zu has random numbers of contract %lu, and this library knows contract %d",
                           r->number, (unsigned long)lineage->contract, MCPAR_CONTRACT);
    if (lineage->contract == 0 || lineage->stream >= MCPAR__STREAMS || lineage->seed == MCPAR_SEED_UNSET)
        return MCPAR__MALFORMED(r, "result %zu has contract %lu, stream %lu and seed %llu", r->number,
                                (unsigned long)lineage->contract, (unsigned long)lineage->stream,
                                (unsigned long long)lineage->seed);
    if (n && memchr(section[MCPAR__TAG_].at, 0, n))
        return MCPAR__MALFORMED(r, "the tag of result %zu contains a zero byte", r->number);
    tag = malloc(n + 1);
    lineage->tag = tag;
    if (!tag)
        return MCPAR__NO_MEMORY(r, "tag");
    if (n)
        memcpy(tag, section[MCPAR__TAG_].at, n);
    tag[n] = 0;
    return 0;
}

static int read_ledger(struct mcpar__reader *r, const struct mcpar__section *s, struct mcpar__ledger *ledger)
{
    size_t n = s->n / 16;

    if (n == 0)
        return 0;
    ledger->range = malloc(n * sizeof *ledger->range);
    if (!ledger->range)
        return MCPAR__NO_MEMORY(r, "ranges");
    ledger->room = n;
    for (; ledger->n < n; ledger->n++) {
        const uint8_t *at = s->at + 16 * ledger->n;
        struct mcpar__range now = { mcpar__get(at, 8), mcpar__get(at + 8, 8) }, before;

        if (now.n == 0 || now.n > UINT64_MAX - now.first)
            return MCPAR__MALFORMED(r, "result %zu has a range of %llu trials from %llu", r->number,
                                    (unsigned long long)now.n, (unsigned long long)now.first);
        if (ledger->n > 0) {
            before = ledger->range[ledger->n - 1];
            if (now.first <= before.first + before.n)
                return MCPAR__MALFORMED(r, "result %zu has trials from %llu after trials up to %llu", r->number,
                                        (unsigned long long)now.first,
                                        (unsigned long long)(before.first + before.n - 1));
        }
        ledger->range[ledger->n] = now;
    }
    return 0;
}

static int read_names(struct mcpar__reader *r, const struct mcpar__section *s, struct mcpar__schema *schema)
{
    const char *at = (const char *)s->at, *end = at + s->n;
    size_t n = 0;

    for (size_t i = 0; i < s->n; i++)
        n += s->at[i] == 0;
    if (s->at[s->n - 1])
        return MCPAR__MALFORMED(r, "the last name in result %zu does not end", r->number);
    if (n > MCPAR_MAX_OBSERVABLES)
        return MCPAR__MALFORMED(r, "result %zu has %zu observables", r->number, n);
    schema->name = calloc(n, sizeof *schema->name);
    if (!schema->name)
        return MCPAR__NO_MEMORY(r, "observables");
    for (; at < end; at += strlen(at) + 1) {
        if (strlen(at) > MCPAR__MAX_NAME)
            return MCPAR__MALFORMED(r, "observable %zu of result %zu has a name of %zu bytes", schema->observables,
                                    r->number, strlen(at));
        for (size_t k = 0; k < schema->observables; k++)
            if (!strcmp(schema->name[k], at))
                return MCPAR__MALFORMED(r, "observables %zu and %zu of result %zu have the same name", k,
                                        schema->observables, r->number);
        schema->name[schema->observables] = strdup(at);
        if (!schema->name[schema->observables])
            return MCPAR__NO_MEMORY(r, "observables");
        schema->observables++;
    }
    return 0;
}

static int read_pairs(struct mcpar__reader *r, const struct mcpar__section *s, struct mcpar__schema *schema)
{
    size_t n = s->n / 8;

    if (n == 0)
        return 0;
    schema->pair = malloc(n * sizeof *schema->pair);
    if (!schema->pair)
        return MCPAR__NO_MEMORY(r, "pairs");
    for (; schema->pairs < n; schema->pairs++) {
        const uint8_t *at = s->at + 8 * schema->pairs;
        size_t a = (size_t)mcpar__get(at, 4), b = (size_t)mcpar__get(at + 4, 4);

        if (a >= schema->observables || b >= schema->observables)
            return MCPAR__MALFORMED(r, "pair %zu of result %zu is (%zu, %zu), but there are %zu observables",
                                    schema->pairs, r->number, a, b, schema->observables);
        schema->pair[schema->pairs][0] = a;
        schema->pair[schema->pairs][1] = b;
    }
    return 0;
}

/* Whether a sum is canonical and one that so many trials can have. A double is below 2^1024, a product of two below
 * 2^2048: in the units of exact.h, 2^2098 and 2^4196, which is 2^18 and 2^4 in units of the third limb from the top.
 * What the limbs below that one hold is less than one such unit. Sums within these bounds stay within them when they
 * are merged, so that nothing overflows, whatever a file holds. */
bool mcpar__possible_sum(const int64_t *limb, size_t limbs, uint64_t trials)
{
    __extension__ typedef __int128 wide;
    const int64_t half = INT64_C(1) << 31, *top = limb + limbs - 3;
    const int shift = limbs == MCPAR__SUM_LIMBS ? 18 : 4;
    wide sum, most = (wide)trials << shift;
    size_t lo, hi;

    for (size_t i = 0; i + 1 < limbs; i++)
        if (limb[i] < -half || limb[i] >= half)
            return false;
    if (top[2] > half || top[2] < -half)
        return false;
    sum = top[0] + top[1] * ((wide)1 << 32) + top[2] * ((wide)1 << 64);
    mcpar__window(limb, limbs, &lo, &hi);
    return sum <= most && -sum <= most && (trials || lo == hi);
}

/* The highest limb in use has the sign of the number. */
static bool negative(const int64_t *limb, size_t limbs)
{
    size_t lo, hi;

    mcpar__window(limb, limbs, &lo, &hi);
    return hi > 0 && limb[hi - 1] < 0;
}

static int read_sums(struct mcpar__reader *r, const struct mcpar__section *s, struct mcpar__tally *tally,
                     uint64_t trials)
{
    const struct mcpar__schema *schema = tally->schema;

    for (size_t i = 0; i < mcpar__limbs(schema); i++) {
        uint64_t limb = mcpar__get(s->at + 8 * i, 8);

        memcpy(&tally->limb[i], &limb, sizeof limb);
    }
    for (size_t k = 0; k < schema->observables; k++)
        if (!mcpar__possible_sum(mcpar__sum_of(tally, k), MCPAR__SUM_LIMBS, trials) ||
            !mcpar__possible_sum(mcpar__squares_of(tally, k), MCPAR__PRODUCT_LIMBS, trials) ||
            negative(mcpar__squares_of(tally, k), MCPAR__PRODUCT_LIMBS))
            return MCPAR__MALFORMED(r, "observable %zu of result %zu has sums that no trials add up to", k, r->number);
    for (size_t p = 0; p < schema->pairs; p++)
        if (!mcpar__possible_sum(mcpar__products_of(tally, p), MCPAR__PRODUCT_LIMBS, trials))
            return MCPAR__MALFORMED(r, "pair %zu of result %zu has a sum that no trials add up to", p, r->number);
    return 0;
}

static int read_tally(struct mcpar__reader *r, const struct mcpar__section *section, struct mcpar__tally *tally,
                      const struct mcpar__schema *schema, uint64_t trials)
{
    uint64_t hits = mcpar__get(section[MCPAR__HITS].at, 8);

    if (hits > trials)
        return MCPAR__MALFORMED(r, "result %zu has %llu hits in %llu trials", r->number, (unsigned long long)hits,
                                (unsigned long long)trials);
    if (section[MCPAR__SUMS].n != 8 * mcpar__limbs(schema))
        return MCPAR__MALFORMED(r, "section SUMS of result %zu has %zu bytes, but its observables need %zu", r->number,
                                section[MCPAR__SUMS].n, 8 * mcpar__limbs(schema));
    if (mcpar__tally_open(tally, schema))
        return MCPAR__NO_MEMORY(r, "sums");
    tally->hits = hits;
    return read_sums(r, &section[MCPAR__SUMS], tally, trials);
}

static int read_first(struct mcpar__reader *r, const struct mcpar__section *s, const struct mcpar__ledger *ledger,
                      struct mcpar__first *first)
{
    if (!s->at)
        return 0;
    *first = (struct mcpar__first){ mcpar__get(s->at, 8), mcpar__get(s->at + 8, 8), true };
    if (ledger->n == 0 || ledger->range[0].first != first->trial)
        return MCPAR__MALFORMED(r, "section FRST of result %zu is about trial %llu, which is not the lowest",
                                r->number, (unsigned long long)first->trial);
    return 0;
}

static int read_merged(struct mcpar__reader *r, const struct mcpar__section *s, struct mcpar__saved *saved)
{
    size_t n = s->n / MCPAR__PRINT;

    if (n == 0)
        return 0;
    for (size_t i = 1; i < n; i++)
        if (memcmp(s->at + (i - 1) * MCPAR__PRINT, s->at + i * MCPAR__PRINT, MCPAR__PRINT) >= 0)
            return MCPAR__MALFORMED(r, "fingerprint %zu in section MERG of result %zu is out of order", i, r->number);
    saved->merged = malloc(s->n);
    if (!saved->merged)
        return MCPAR__NO_MEMORY(r, "merges");
    memcpy(saved->merged, s->at, s->n);
    saved->merges = n;
    return 0;
}

int mcpar__read_result(struct mcpar__reader *r, const uint8_t *end, struct mcpar__saved *saved)
{
    struct mcpar__section section[MCPAR__KINDS] = { 0 };
    struct mcpar__ledger *ledger = &saved->result.ledger;
    int err = mcpar__find_sections(r, end, section);

    if (!err)
        err = read_lineage(r, section, &saved->lineage);
    if (!err)
        err = read_ledger(r, &section[MCPAR__LEDG], ledger);
    if (!err && section[MCPAR__OBSV].at)
        err = read_names(r, &section[MCPAR__OBSV], &saved->schema);
    if (!err)
        err = read_pairs(r, &section[MCPAR__PAIR], &saved->schema);
    if (!err)
        err = read_tally(r, section, &saved->result.tally, &saved->schema, mcpar__ledger_trials(ledger));
    if (!err)
        err = read_first(r, &section[MCPAR__FRST], ledger, &saved->first);
    if (!err)
        err = read_merged(r, &section[MCPAR__MERG], saved);
    for (size_t i = 0; i < MCPAR__EXTRAS && !err; i++)
        err = mcpar__extra[i].read(r, &section[mcpar__extra[i].kind], saved);
    return err;
}
