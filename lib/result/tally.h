/* SPDX-License-Identifier: BSD-3-Clause */
/* tally.h - what trials add up to: hits and exact sums, one flat array of limbs
 *
 * Layout of the limbs: for each observable its sum (MCPAR__SUM_LIMBS) and its sum of squares
 * (MCPAR__PRODUCT_LIMBS), then for each pair its sum of products. Adding two tallies is adding their limbs, in
 * any order; this is what makes one answer of many workers. */
#ifndef MCPAR__TALLY_H
#define MCPAR__TALLY_H

#include "sum/exact.h"
#include <stddef.h>
#include <stdint.h>

enum { MCPAR__MAX_NAME = 255 };            /* bytes in the name of an observable */

struct mcpar__schema {                     /* what each trial reports; all zero: hits only */
    size_t observables, pairs;
    char **name;                           /* observables of them */
    size_t (*pair)[2];
};

struct mcpar__tally {
    const struct mcpar__schema *schema;
    uint64_t hits;
    uint64_t loose;                        /* values added to each limb since it was canonical */
    int64_t *limb;                         /* mcpar__limbs(schema) of them, NULL if none */
};

void mcpar__schema_close(struct mcpar__schema *schema);

size_t mcpar__limbs(const struct mcpar__schema *schema);
int64_t *mcpar__sum_of(const struct mcpar__tally *tally, size_t observable);
int64_t *mcpar__squares_of(const struct mcpar__tally *tally, size_t observable);
int64_t *mcpar__products_of(const struct mcpar__tally *tally, size_t pair);

/* An empty tally in memory of its own (0 or MCPAR_ERR_MEMORY), and its end. */
int mcpar__tally_open(struct mcpar__tally *tally, const struct mcpar__schema *schema);
void mcpar__tally_close(struct mcpar__tally *tally);

void mcpar__tally_clear(struct mcpar__tally *tally);

/* Adds n trials: values[k][i] is observable k of trial i, all finite. room: as in sums.h; NULL without observables. */
void mcpar__tally_add(struct mcpar__tally *tally, double *const *values, size_t n, uint64_t hits, double *room);

/* The unique form, in which a tally leaves its process and is read. */
void mcpar__tally_canonical(struct mcpar__tally *tally);

/* into += from, both of one schema; leaves `into` canonical. `from` must be canonical. */
void mcpar__tally_merge(struct mcpar__tally *into, const struct mcpar__tally *from);

/* Only the limbs in use travel: all sums in one window of limbs, all sums of products in another. */
struct mcpar__windows {
    size_t sum_low, sum_high, product_low, product_high;
};

struct mcpar__windows mcpar__tally_windows(const struct mcpar__tally *tally);
size_t mcpar__packed(const struct mcpar__schema *schema, struct mcpar__windows windows);
void mcpar__tally_pack(const struct mcpar__tally *tally, struct mcpar__windows windows, int64_t *packed);
void mcpar__tally_unpack(struct mcpar__tally *tally, struct mcpar__windows windows, const int64_t *packed);

#endif
