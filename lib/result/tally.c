/* SPDX-License-Identifier: BSD-3-Clause */
/* tally.c - adds trials to a tally, merges tallies, and packs their sums */
#include "result/profile.h"
#include "sum/sums.h"
#include <mcpar.h>
#include <stdlib.h>
#include <string.h>

/* A value adds less than 2^33 to a limb. Sums are made canonical well before they have 2^29 values ("Carries" in
 * exact.h). */
#define LOOSE (UINT64_C(1) << 28)

enum { EACH = MCPAR__SUM_LIMBS + MCPAR__PRODUCT_LIMBS };       /* limbs of an observable */

void mcpar__schema_close(struct mcpar__schema *schema)
{
    for (size_t k = 0; k < schema->observables; k++)
        free(schema->name[k]);
    free(schema->name);
    free(schema->pair);
    *schema = (struct mcpar__schema){ 0 };
}

int mcpar__schema_copy(struct mcpar__schema *to, const struct mcpar__schema *from)
{
    if (from->observables)
        to->name = calloc(from->observables, sizeof *to->name);
    if (from->pairs)
        to->pair = malloc(from->pairs * sizeof *to->pair);
    if ((from->observables && !to->name) || (from->pairs && !to->pair))
        return MCPAR_ERR_MEMORY;
    for (; to->observables < from->observables; to->observables++) {
        to->name[to->observables] = strdup(from->name[to->observables]);
        if (!to->name[to->observables])
            return MCPAR_ERR_MEMORY;
    }
    if (from->pairs)
        memcpy(to->pair, from->pair, from->pairs * sizeof *to->pair);
    to->pairs = from->pairs;
    return 0;
}

size_t mcpar__words(const struct mcpar__schema *schema)
{
    return mcpar__limbs(schema) + schema->observables * (sizeof(struct mcpar__profile) / sizeof(int64_t));
}

size_t mcpar__limbs(const struct mcpar__schema *schema)
{
    return schema->observables * EACH + schema->pairs * MCPAR__PRODUCT_LIMBS;
}

int64_t *mcpar__sum_of(const struct mcpar__tally *tally, size_t observable)
{
    return tally->limb + observable * EACH;
}

int64_t *mcpar__squares_of(const struct mcpar__tally *tally, size_t observable)
{
    return mcpar__sum_of(tally, observable) + MCPAR__SUM_LIMBS;
}

int64_t *mcpar__products_of(const struct mcpar__tally *tally, size_t pair)
{
    return mcpar__sum_of(tally, tally->schema->observables) + pair * MCPAR__PRODUCT_LIMBS;
}

struct mcpar__profile *mcpar__profile_of(const struct mcpar__tally *tally, size_t observable)
{
    return (struct mcpar__profile *)(void *)(tally->limb + mcpar__limbs(tally->schema)) + observable;
}

int mcpar__tally_open(struct mcpar__tally *tally, const struct mcpar__schema *schema)
{
    size_t words = mcpar__words(schema);

    *tally = (struct mcpar__tally){ .schema = schema };
    if (words == 0)
        return 0;
    tally->limb = calloc(words, sizeof *tally->limb);
    return tally->limb ? 0 : MCPAR_ERR_MEMORY;
}

void mcpar__tally_close(struct mcpar__tally *tally)
{
    free(tally->limb);
    *tally = (struct mcpar__tally){ 0 };
}

void mcpar__tally_clear(struct mcpar__tally *tally)
{
    tally->hits = 0;
    tally->loose = 0;
    if (tally->limb)
        memset(tally->limb, 0, mcpar__words(tally->schema) * sizeof *tally->limb);
}

void mcpar__tally_canonical(struct mcpar__tally *tally)
{
    const struct mcpar__schema *schema = tally->schema;

    if (tally->loose == 0)
        return;
    for (size_t k = 0; k < schema->observables; k++) {
        mcpar__canonical(mcpar__sum_of(tally, k), MCPAR__SUM_LIMBS);
        mcpar__canonical(mcpar__squares_of(tally, k), MCPAR__PRODUCT_LIMBS);
        mcpar__canonical(mcpar__profile_of(tally, k)->cubes, MCPAR__SUM_LIMBS);
    }
    for (size_t p = 0; p < schema->pairs; p++)
        mcpar__canonical(mcpar__products_of(tally, p), MCPAR__PRODUCT_LIMBS);
    tally->loose = 0;
}

/* Adds an observable's values of trials [first, first + n). */
static void add_column(struct mcpar__tally *tally, size_t k, const double *values, uint64_t first, size_t n,
                       double *room)
{
    struct mcpar__profile *profile = mcpar__profile_of(tally, k);
    struct mcpar__column column = { .sum = mcpar__sum_of(tally, k), .squares = mcpar__squares_of(tally, k),
                                    .cubes = profile->cubes };

    mcpar__sums_path()->column(&column, values, n, room);
    mcpar__profile_add(profile, &column, values, first, n);
}

void mcpar__tally_add(struct mcpar__tally *tally, double *const *values, uint64_t first, size_t n, uint64_t hits,
                      double *room)
{
    const struct mcpar__schema *schema = tally->schema;
    const struct mcpar__sums *sums = mcpar__sums_path();

    tally->hits += hits;
    if (schema->observables == 0)
        return;
    if (tally->loose > LOOSE)
        mcpar__tally_canonical(tally);
    for (size_t k = 0; k < schema->observables; k++)
        add_column(tally, k, values[k], first, n, room);
    for (size_t p = 0; p < schema->pairs; p++)
        sums->products(mcpar__products_of(tally, p), values[schema->pair[p][0]], values[schema->pair[p][1]], n,
                       room);
    tally->loose += n;
}

void mcpar__tally_merge(struct mcpar__tally *into, const struct mcpar__tally *from)
{
    size_t limbs = mcpar__limbs(into->schema);

    into->hits += from->hits;
    if (limbs == 0)
        return;
    mcpar__tally_canonical(into);
    mcpar__accumulate(into->limb, from->limb, limbs);
    for (size_t k = 0; k < into->schema->observables; k++)
        mcpar__profile_merge(mcpar__profile_of(into, k), mcpar__profile_of(from, k));
    into->loose = 1;
    mcpar__tally_canonical(into);
}

void mcpar__profiles_forget(struct mcpar__tally *tally)
{
    for (size_t k = 0; k < tally->schema->observables; k++)
        *mcpar__profile_of(tally, k) = (struct mcpar__profile){
            .state = MCPAR__PROFILE_SEEN | MCPAR__PROFILE_NO_CUBES | MCPAR__PROFILE_NO_EXTREMES
        };
}

/* ---- Packing ---- */

/* Widens the window from *low to *high, if need be, so that it has all limbs in use of one more accumulator. */
static void widen(const int64_t *limb, size_t limbs, size_t *low, size_t *high)
{
    size_t lo, hi;

    mcpar__window(limb, limbs, &lo, &hi);
    if (lo == hi)
        return;
    if (*low == *high) {
        *low = lo;
        *high = hi;
    }
    *low = lo < *low ? lo : *low;
    *high = hi > *high ? hi : *high;
}

struct mcpar__windows mcpar__tally_windows(const struct mcpar__tally *tally)
{
    struct mcpar__windows w = { 0, 0, 0, 0 };

    for (size_t k = 0; k < tally->schema->observables; k++) {
        widen(mcpar__sum_of(tally, k), MCPAR__SUM_LIMBS, &w.sum_low, &w.sum_high);
        widen(mcpar__profile_of(tally, k)->cubes, MCPAR__SUM_LIMBS, &w.sum_low, &w.sum_high);
        widen(mcpar__squares_of(tally, k), MCPAR__PRODUCT_LIMBS, &w.product_low, &w.product_high);
    }
    for (size_t p = 0; p < tally->schema->pairs; p++)
        widen(mcpar__products_of(tally, p), MCPAR__PRODUCT_LIMBS, &w.product_low, &w.product_high);
    return w;
}

size_t mcpar__packed(const struct mcpar__schema *schema, struct mcpar__windows w)
{
    size_t sums = w.sum_high - w.sum_low, products = w.product_high - w.product_low;

    return schema->observables * (2 * sums + products + 1) + schema->pairs * products;
}

/* What is packed, piece by piece in the order of tally.h, then of the profiles: the window of piece i and its limbs, *n
 * of them. There are 2 * observables + pairs + observables pieces. */
static int64_t *piece_of(const struct mcpar__tally *tally, struct mcpar__windows w, size_t i, size_t *n)
{
    size_t observables = tally->schema->observables, pairs = tally->schema->pairs;

    *n = w.sum_high - w.sum_low;
    if (i >= 2 * observables + pairs)
        return mcpar__profile_of(tally, i - 2 * observables - pairs)->cubes + w.sum_low;
    if (i < 2 * observables && i % 2 == 0)
        return mcpar__sum_of(tally, i / 2) + w.sum_low;
    *n = w.product_high - w.product_low;
    return (i < 2 * observables ? mcpar__squares_of(tally, i / 2) : mcpar__products_of(tally, i - 2 * observables)) +
           w.product_low;
}

static size_t pieces(const struct mcpar__schema *schema)
{
    return 3 * schema->observables + schema->pairs;
}

/* The last of what is packed is how many ranks lack the cubes of each observable. */
void mcpar__tally_pack(const struct mcpar__tally *tally, struct mcpar__windows windows, int64_t *packed)
{
    for (size_t i = 0, n; i < pieces(tally->schema); i++, packed += n) {
        const int64_t *from = piece_of(tally, windows, i, &n);

        memcpy(packed, from, n * sizeof *packed);
    }
    for (size_t k = 0; k < tally->schema->observables; k++)
        *packed++ = (mcpar__profile_of(tally, k)->state & MCPAR__PROFILE_NO_CUBES) != 0;
}

void mcpar__tally_unpack(struct mcpar__tally *tally, struct mcpar__windows windows, const int64_t *packed)
{
    mcpar__tally_clear(tally);
    for (size_t i = 0, n; i < pieces(tally->schema); i++, packed += n) {
        int64_t *to = piece_of(tally, windows, i, &n);

        memcpy(to, packed, n * sizeof *packed);
    }
    for (size_t k = 0; k < tally->schema->observables; k++)
        mcpar__profile_of(tally, k)->state = MCPAR__PROFILE_NO_EXTREMES | (*packed++ > 0 ? MCPAR__PROFILE_NO_CUBES : 0);
    tally->loose = 1;
    mcpar__tally_canonical(tally);
}

void mcpar__extremes_pack(const struct mcpar__tally *tally, uint64_t (*pair)[2])
{
    for (size_t k = 0; k < tally->schema->observables; k++)
        mcpar__profile_pack(mcpar__profile_of(tally, k), pair + 2 * k);
}

void mcpar__extremes_unpack(struct mcpar__tally *tally, uint64_t (*pair)[2])
{
    for (size_t k = 0; k < tally->schema->observables; k++)
        mcpar__profile_unpack(mcpar__profile_of(tally, k), pair + 2 * k);
}
