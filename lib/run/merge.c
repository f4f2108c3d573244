/* SPDX-License-Identifier: BSD-3-Clause */
/* merge.c - a result that was saved is added to what a handle holds
 *
 * Rank 0 has read it. All ranks get all of it, so that all check the same things and come to the same answer; its tally
 * counts on rank 0 only. */
#include "run/combine.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mcpar__saved mcpar__as_saved(const mcpar *mc, const struct mcpar__tally *tally)
{
    const mcpar_options *o = &mc->settings.in_force;

    /* The schema of the tally stays the handle's, which is the same one. */
    return (struct mcpar__saved){ .lineage = { MCPAR_CONTRACT, o->stream, o->seed, o->tag }, .schema = mc->schema,
                                  .result = { mc->held, *tally }, .first = mc->first,
                                  .stopping = mc->stopping, .merged = mc->merged.print,
                                  .merges = mc->merged.n };
}

/* ---- To all ranks ---- */

/* Room for n bytes in whole limbs, all zero; NULL: none. */
static int64_t *limbs_for(size_t n, size_t *limbs)
{
    *limbs = n / sizeof(int64_t) + (n % sizeof(int64_t) > 0);
    return calloc(*limbs + 1, sizeof(int64_t));
}

/* The bytes travel as a sum to which the other ranks add zeros. */
static int pass_on(mcpar *mc, const struct mcpar__said *said, const uint8_t *bytes, size_t n, struct mcpar__file *file)
{
    size_t limbs;
    int64_t *limb = limbs_for(n, &limbs);
    int err;

    if (!limb)
        (void)mcpar__fail(&mc->report, MCPAR_ERR_MEMORY, "for a result of %zu bytes", n);
    else if (bytes)
        memcpy(limb, bytes, n);
    err = mcpar__agree(mc, said, NULL);
    if (!err && mc->comm->add(mc->ranks, limb, limbs))
        err = mcpar__fail(&mc->report, MCPAR_ERR_COMM, "in passing on a result");
    if (!err && mc->rank > 0)
        (void)mcpar__file_read(file, (const uint8_t *)limb, n, &mc->report);
    free(limb);
    return err ? err : mcpar__agree(mc, said, NULL);
}

int mcpar__share_saved(mcpar *mc, const struct mcpar__said *said, struct mcpar__saved *saved, bool *there)
{
    struct mcpar__agreement a = { { 0 }, { 0 } };
    struct mcpar__file file = { saved, 1, 1 };
    uint8_t *bytes = NULL;
    size_t n = 0;
    int err;

    if (mc->rank == 0 && *there && mc->size > 1 && !mc->report.code)
        (void)mcpar__file_write(&file, &bytes, &n, &mc->report);
    a.sum[MCPAR__SUM_BYTES] = n;
    a.sum[MCPAR__SUM_THERE] = mc->rank == 0 && *there;
    err = mcpar__agree(mc, said, &a);
    *there = a.sum[MCPAR__SUM_THERE] > 0;
    if (!err && *there && mc->size > 1) {
        file = (struct mcpar__file){ 0 };
        err = pass_on(mc, said, bytes, (size_t)a.sum[MCPAR__SUM_BYTES], &file);
        if (!err && mc->rank > 0)
            mcpar__saved_move(saved, &file.saved[0]);
        mcpar__file_close(&file);
    }
    free(bytes);
    return err;
}

/* ---- Is it of the same problem? ---- */

static void name_difference(char text[256], const mcpar *mc, const struct mcpar__saved *saved)
{
    const mcpar_options *o = &mc->settings.in_force;

    if (saved->lineage.seed != o->seed)
        (void)snprintf(text, 256, "seed %" PRIu64 ", and the program has %" PRIu64, saved->lineage.seed, o->seed);
    else if (saved->lineage.stream != o->stream)
        (void)snprintf(text, 256, "stream %lu, and the program has %lu", (unsigned long)saved->lineage.stream,
                       (unsigned long)o->stream);
    else if (strcmp(saved->lineage.tag, o->tag) != 0)
        (void)snprintf(text, 256, "tag \"%.80s\", and the program has \"%.80s\"", saved->lineage.tag, o->tag);
    else if (saved->schema.observables != mc->schema.observables)
        (void)snprintf(text, 256, "%zu observables, and the program has %zu", saved->schema.observables,
                       mc->schema.observables);
    else
        (void)snprintf(text, 256, "other names of observables or other pairs");
}

static bool is_mine(const mcpar *mc, const struct mcpar__saved *saved)
{
    const struct mcpar__saved mine = mcpar__as_saved(mc, &mc->mine);

    return mcpar__saved_compare(&mine, saved) == 0;
}

int mcpar__pick(mcpar *mc, struct mcpar__file *file, const char *source, struct mcpar__saved *saved)
{
    char text[256] = "";

    for (size_t i = 0; i < file->n; i++)
        if (is_mine(mc, &file->saved[i])) {
            mcpar__saved_move(saved, &file->saved[i]);
            return 0;
        }
    if (file->n == 0)
        return mcpar__fail(&mc->report, MCPAR_ERR_LINEAGE, "%s has no result in it", source);
    name_difference(text, mc, &file->saved[0]);
    return mcpar__fail(&mc->report, MCPAR_ERR_LINEAGE, "%s has %s%s", source, text,
                       file->n > 1 ? "; its other results differ, too" : "");
}

/* The lowest trials that both hold. */
static struct mcpar__range shared(const struct mcpar__ledger *a, const struct mcpar__ledger *b)
{
    for (size_t i = 0, j = 0; i < a->n && j < b->n;) {
        uint64_t first = a->range[i].first > b->range[j].first ? a->range[i].first : b->range[j].first;
        uint64_t end_a = a->range[i].first + a->range[i].n, end_b = b->range[j].first + b->range[j].n;
        uint64_t end = end_a < end_b ? end_a : end_b;

        if (first < end)
            return (struct mcpar__range){ first, end - first };
        if (end_a <= end_b)
            i++;
        else
            j++;
    }
    return (struct mcpar__range){ 0, 0 };
}

static int check(mcpar *mc, const struct mcpar__saved *saved, const char *source)
{
    struct mcpar__range twice = shared(&mc->held, &saved->result.ledger);
    char text[256];

    if (!is_mine(mc, saved)) {
        name_difference(text, mc, saved);
        return mcpar__fail(&mc->report, MCPAR_ERR_LINEAGE, "%s has %s", source, text);
    }
    if (saved->first.known && mc->first.known && saved->first.trial == mc->first.trial &&
        saved->first.digest != mc->first.digest)
        return mcpar__fail(&mc->report, MCPAR_ERR_LINEAGE,
                           "trial %" PRIu64 " returned something else for %s than here: was the trial function or its "
                           "argument another one?", mc->first.trial, source);
    if (twice.n > 0)
        return mcpar__fail(&mc->report, MCPAR_ERR_OVERLAP, "trials %" PRIu64 " to %" PRIu64 " of %s are held already",
                           twice.first, twice.first + twice.n - 1, source);
    return 0;
}

/* ---- Taking it ---- */

static bool was_merged_before(const mcpar *mc, const uint8_t print[MCPAR__PRINT])
{
    for (size_t i = 0; i < mc->merged.known; i++)
        if (!memcmp(mc->merged.print[i], print, MCPAR__PRINT))
            return true;
    return false;
}

/* Room for that many more. */
static int reserve_merged(mcpar *mc, size_t more)
{
    uint8_t (*print)[MCPAR__PRINT];

    if (more > SIZE_MAX / sizeof *print - mc->merged.n)
        return MCPAR_ERR_MEMORY;
    print = realloc(mc->merged.print, (mc->merged.n + more) * sizeof *print);
    if (!print)
        return MCPAR_ERR_MEMORY;
    mc->merged.print = print;
    return 0;
}

static void take(mcpar *mc, struct mcpar__saved *saved)
{
    const struct mcpar__ledger *ledger = &saved->result.ledger;

    for (size_t i = 0; i < ledger->n; i++) /* there is room */
        (void)mcpar__ledger_add(&mc->held, ledger->range[i].first, ledger->range[i].n);
    if (mc->rank == 0)
        mcpar__tally_merge(&mc->mine, &saved->result.tally);
    if (mc->stopping.first.confidence == 0)      /* else the first goal counts */
        mc->stopping = saved->stopping;
    for (size_t i = 0; i < saved->merges; i++)
        memcpy(mc->merged.print[mc->merged.n++], saved->merged[i], MCPAR__PRINT);
    if (saved->first.known) {
        mc->check = saved->first;
        if (mc->held.range[0].first == saved->first.trial)
            mc->first = saved->first;
    }
    if (mc->first.known && mc->first.trial != mc->held.range[0].first)
        mc->first.known = false;
    mc->combined = 0;
    mc->unsaved = true;
}

/* print: to be remembered as that of a result that was merged; NULL: not. */
static int add(mcpar *mc, struct mcpar__saved *saved, const char *source, const uint8_t *print)
{
    const struct mcpar__said said = mcpar__say(mc, MCPAR__MERGE);
    int err = check(mc, saved, source);    /* the same on all ranks */

    if (!err) {
        if (reserve_merged(mc, saved->merges + 1) || mcpar__ledger_reserve(&mc->held, saved->result.ledger.n))
            (void)mcpar__fail(&mc->report, MCPAR_ERR_MEMORY, "for the trials of %s", source);
        err = mcpar__agree(mc, &said, NULL);
    }
    if (!err && saved->result.ledger.n > 0) {
        take(mc, saved);
        if (print)
            memcpy(mc->merged.print[mc->merged.n++], print, MCPAR__PRINT);
    }
    mcpar__saved_close(saved);
    return err;
}

int mcpar__absorb(mcpar *mc, struct mcpar__saved *saved, const char *source)
{
    return add(mc, saved, source, NULL);
}

int mcpar__merge(mcpar *mc, struct mcpar__saved *saved, const char *source)
{
    uint8_t print[MCPAR__PRINT];

    mcpar__fingerprint_bytes(print, &saved->lineage, &saved->result.ledger, &saved->result.tally);
    if (!is_mine(mc, saved) || !was_merged_before(mc, print))
        return add(mc, saved, source, print);
    mcpar__note(&mc->report, "%.150s is in the checkpoint already; it was not merged again", source);
    mcpar__saved_close(saved);
    return 0;
}
