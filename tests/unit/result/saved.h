/* SPDX-License-Identifier: BSD-3-Clause */
/* saved.h - results to save, from trials that tests/golden/make_results.py has too, and the golden files */
#ifndef TESTS_SAVED_H
#define TESTS_SAVED_H

#include "result/file.h"
#include "sum/sums.h"
#include "unit.h"
#include <math.h>

enum { SAVED_MOST = 2 };                   /* observables */

static inline uint64_t saved_hit(uint64_t i)
{
    return i % 3 == 0;
}

static inline void saved_values(uint64_t i, double values[SAVED_MOST])
{
    uint64_t j = i % 10007;

    values[0] = ldexp((double)(j * 7919 % 1009) - 504, (int)(j % 61) - 30);
    values[1] = ldexp((double)(j * j % 251 + 1), -(int)(j * 13 % 1060));
}

static inline char *saved_copy(const char *text)
{
    size_t n = strlen(text) + 1;
    char *copy = malloc(n);

    CHECK(copy, "memory");
    return memcpy(copy, text, n);
}

/* A result without trials. */
static inline void saved_open(struct mcpar__saved *saved, uint64_t seed, uint32_t stream, const char *tag, size_t names,
                              const char *const *name, size_t pairs, size_t (*pair)[2])
{
    memset(saved, 0, sizeof *saved);
    saved->lineage = (struct mcpar__lineage){ MCPAR_CONTRACT, stream, seed, saved_copy(tag) };
    saved->schema.observables = names;
    saved->schema.pairs = pairs;
    if (names)
        saved->schema.name = malloc(names * sizeof *saved->schema.name);
    for (size_t k = 0; k < names; k++)
        saved->schema.name[k] = saved_copy(name[k]);
    if (pairs) {
        saved->schema.pair = malloc(pairs * sizeof *saved->schema.pair);
        memcpy(saved->schema.pair, pair, pairs * sizeof *pair);
    }
    CHECK(mcpar__result_open(&saved->result, &saved->schema) == 0, "memory");
}

/* Runs trials, and leaves the tally canonical. */
static inline void saved_run(struct mcpar__saved *saved, uint64_t first, uint64_t n)
{
    static double work[MCPAR__SUMS_ROOM];
    double value[SAVED_MOST], *values[SAVED_MOST] = { &value[0], &value[1] };

    CHECK(mcpar__ledger_add(&saved->result.ledger, first, n) == 0, "ledger");
    for (uint64_t i = first; i - first < n; i++) {
        saved_values(i, value);
        mcpar__tally_add(&saved->result.tally, values, i, 1, saved_hit(i), work);
    }
    mcpar__tally_canonical(&saved->result.tally);
    saved->first.trial = saved->result.ledger.range[0].first;
    saved_values(saved->first.trial, value);
    saved->first.digest = mcpar__digest(saved_hit(saved->first.trial), value, saved->schema.observables);
    saved->first.known = true;
}

/* As if it had been read from a file of version 1 without section PROF. */
static inline void saved_forget(struct mcpar__saved *saved)
{
    if (saved->result.ledger.n)
        mcpar__profiles_forget(&saved->result.tally);
}

static inline void saved_print(const struct mcpar__saved *saved, char text[MCPAR_FINGERPRINT_SIZE])
{
    mcpar__fingerprint(text, &saved->lineage, &saved->result.ledger, &saved->result.tally);
}

/* Remembers a merge. */
static inline void saved_merged(struct mcpar__saved *saved, const struct mcpar__saved *other)
{
    saved->merged = realloc(saved->merged, (saved->merges + 1) * sizeof *saved->merged);
    CHECK(saved->merged, "memory");
    mcpar__fingerprint_bytes(saved->merged[saved->merges++], &other->lineage, &other->result.ledger,
                             &other->result.tally);
}

/* The bytes of a golden file, malloc'd. */
static inline uint8_t *saved_golden(const char *name, size_t *n)
{
    FILE *file = golden_open(name);
    uint8_t *bytes = malloc(1 << 16);

    CHECK(file && bytes, "%s", name);
    *n = fread(bytes, 1, 1 << 16, file);
    CHECK(*n > 0 && *n < 1 << 16, "%s", name);
    (void)fclose(file);
    return bytes;
}

static inline struct mcpar__saved *saved_new(struct mcpar__file *file)
{
    CHECK(mcpar__file_grow(file) == 0, "memory");
    return &file->saved[file->n++];
}

static const char *const saved_two[2] = { "payoff", "d\xc3\xa9lai" }, *const saved_nameless[1] = { "" };
static size_t saved_pairs[2][2] = { { 0, 1 }, { 1, 1 } };

/* What result-v1-hits.mcpar, result-v1-observables.mcpar and result-v1-several.mcpar hold. */
static inline struct mcpar__file saved_hits(void)
{
    struct mcpar__file file = { 0 };
    struct mcpar__saved *s = saved_new(&file);

    saved_open(s, MCPAR_SEED_DEFAULT, 0, "", 0, NULL, 0, NULL);
    saved_run(s, 0, 1);
    s->result.ledger.range[0].n = 1000000000;
    s->result.tally.hits = 785402345;
    return file;
}

static inline struct mcpar__file saved_observables(void)
{
    static const struct mcpar__range range[3] = { { 0, 1000 }, { 5000, 1 }, { UINT64_MAX - 9, 9 } };
    const char *tag = "barrier = 2 \xc3\xa9";
    struct mcpar__file file = { 0 };
    struct mcpar__saved *s = saved_new(&file), late;

    saved_open(s, 5, 0xffffff, tag, 2, saved_two, 2, saved_pairs);
    for (size_t i = 0; i < 3; i++)
        saved_run(s, range[i].first, range[i].n);
    saved_forget(s);
    for (size_t i = 1; i < 3; i++) {
        saved_open(&late, 5, 0xffffff, tag, 2, saved_two, 2, saved_pairs);
        saved_run(&late, range[i].first, range[i].n);
        saved_merged(s, &late);
        saved_merged(s, &late);            /* a writer keeps each once */
        mcpar__saved_close(&late);
    }
    return file;
}

static inline struct mcpar__file saved_several(void)
{
    struct mcpar__file file = { 0 };
    struct mcpar__saved *s;

    saved_open(saved_new(&file), UINT64_MAX - 1, 0, "", 0, NULL, 0, NULL);
    saved_run(&file.saved[0], 0, 1);
    s = saved_new(&file);
    saved_open(s, 7, 0, "", 0, NULL, 0, NULL);
    saved_run(s, 10, 300);
    s->first.known = false;
    s = saved_new(&file);
    saved_open(s, 7, 2, "r = 1", 0, NULL, 0, NULL);
    s = saved_new(&file);
    saved_open(s, 7, 1, "r = 10", 2, saved_two, 0, NULL);
    saved_run(s, 0, 100);
    s = saved_new(&file);
    saved_open(s, 7, 1, "r = 1", 1, saved_nameless, 0, NULL);
    saved_run(s, 0, 100);
    s = saved_new(&file);
    saved_open(s, 7, 1, "r = 1", 0, NULL, 0, NULL);
    saved_run(s, 0, 100);
    for (size_t i = 0; i < file.n; i++)
        saved_forget(&file.saved[i]);
    return file;
}

/* What result-v1-profiles.mcpar holds: results with all there is to know of the values, without their extremes, and with
 * nothing of it. */
static inline struct mcpar__file saved_profiles(void)
{
    static const struct mcpar__range range[3] = { { UINT64_MAX - 9, 9 }, { 5000, 1 }, { 0, 1000 } };
    struct mcpar__file file = { 0 };
    struct mcpar__saved *s = saved_new(&file);
    struct mcpar__profile *p;

    saved_open(s, 5, 0xffffff, "barrier = 2 \xc3\xa9", 2, saved_two, 2, saved_pairs);
    for (size_t i = 0; i < 3; i++)
        saved_run(s, range[i].first, range[i].n);
    s = saved_new(&file);
    saved_open(s, 7, 1, "r = 1", 1, saved_nameless, 0, NULL);
    saved_run(s, 0, 100);
    p = mcpar__profile_of(&s->result.tally, 0);
    p->state |= MCPAR__PROFILE_NO_EXTREMES;
    p->low = p->high = 0;
    p->low_trial = p->high_trial = 0;
    s = saved_new(&file);
    saved_open(s, 7, 1, "r = 10", 2, saved_two, 0, NULL);
    saved_run(s, 0, 100);
    saved_forget(s);
    return file;
}

/* What result-v1-goals.mcpar holds: results of runs towards goals, by each rule, with none, one and two of them met. */
static inline struct mcpar__file saved_goals(void)
{
    const struct mcpar__precision by_hits = { UINT64_MAX, 0, 0.25, 0.95 }, by_width = { UINT64_MAX, 0.125, 0, 0.95 };
    struct mcpar__precision by_mean = by_width;
    struct mcpar__file file = { 0 };
    struct mcpar__saved *s = saved_new(&file);

    by_mean.observable = 0;
    saved_open(s, 7, 0, "", 0, NULL, 0, NULL);
    saved_run(s, 0, 300);
    s->stopping = (struct mcpar__stopping){ .rule = MCPAR__RULE_SEQUENCE, .rho2 = 0.0625, .first = by_width };
    s = saved_new(&file);
    saved_open(s, 7, 1, "r = 1", 0, NULL, 0, NULL);
    saved_run(s, 0, 300);
    s->stopping = (struct mcpar__stopping){ .rule = MCPAR__RULE_HITS, .pilot = 100, .pilot_hits = 34, .rho2 = 0.015625,
                                            .first = by_hits };
    mcpar__stopping_add(&s->stopping, &(struct mcpar__met){ by_hits, 220, 40 });
    s = saved_new(&file);
    saved_open(s, 7, 1, "r = 1", 1, saved_nameless, 0, NULL);
    saved_run(s, 0, 300);
    s->stopping = (struct mcpar__stopping){ .rho2 = 0.5, .first = by_mean };
    for (int i = 0; i < 2; i++)
        mcpar__stopping_add(&s->stopping, &(struct mcpar__met){ by_mean, 300, 0 });
    return file;
}

#endif
