/* SPDX-License-Identifier: BSD-3-Clause */
/* tally.h - what trials add up to: hits and exact sums, in one flat array of limbs (digits of sums, exact.h)
 *
 * Layout of the limbs: for each observable its sum (MCPAR__SUM_LIMBS) and its sum of squares (MCPAR__PRODUCT_LIMBS),
 * then for each pair its sum of products. Tallies are added limb by limb, with the same result in any order; this makes
 * the answers of many workers one answer.
 *
 * Behind the limbs each observable has a profile (struct mcpar__profile): what intervals and diagnoses want to know
 * about how its values are distributed. It is merged just as exactly, but it is no part of the fingerprint, and a
 * result that comes from a file may lack it. */
#ifndef MCPAR__TALLY_H
#define MCPAR__TALLY_H

#include "sum/exact.h"
#include <stddef.h>
#include <stdint.h>

enum { MCPAR__MAX_NAME = 255 };            /* bytes in the name of an observable */

struct mcpar__schema {                     /* what each trial reports; all zero: only hits */
    size_t observables, pairs;
    char **name;                           /* observables of them */
    size_t (*pair)[2];
};

struct mcpar__tally {
    const struct mcpar__schema *schema;
    uint64_t hits;
    uint64_t loose;                        /* values added to each sum since it was canonical */
    int64_t *limb;                         /* mcpar__limbs(schema) of them, then the profiles; NULL if none */
};

enum {                                     /* bits of a profile's state: */
    MCPAR__PROFILE_SEEN = 1,                 /* there are values */
    MCPAR__PROFILE_NO_CUBES = 2,             /* the cube of a value was too large, or is not known */
    MCPAR__PROFILE_NO_EXTREMES = 4           /* not known for all values; they are then 0 */
};

struct mcpar__profile {                    /* of an observable; all zero: no values yet. Words only, without padding */
    int64_t cubes[MCPAR__SUM_LIMBS];       /* the sum of the cubes (sums.h), canonical when the tally is */
    uint64_t state;
    double low, high;                      /* the smallest and the largest value, never -0.0, */
    uint64_t low_trial, high_trial;        /* and the lowest trial that had each */
};

void mcpar__schema_close(struct mcpar__schema *schema);

/* `to` is empty. 0 or MCPAR_ERR_MEMORY; it is to be closed in both cases. */
int mcpar__schema_copy(struct mcpar__schema *to, const struct mcpar__schema *from);

size_t mcpar__limbs(const struct mcpar__schema *schema);

/* The words (of 64 bits) behind tally->limb: the limbs and the profiles. */
size_t mcpar__words(const struct mcpar__schema *schema);
struct mcpar__profile *mcpar__profile_of(const struct mcpar__tally *tally, size_t observable);

int64_t *mcpar__sum_of(const struct mcpar__tally *tally, size_t observable);
int64_t *mcpar__squares_of(const struct mcpar__tally *tally, size_t observable);
int64_t *mcpar__products_of(const struct mcpar__tally *tally, size_t pair);

/* open makes an empty tally with memory of its own, and returns 0 or MCPAR_ERR_MEMORY; close frees it. */
int mcpar__tally_open(struct mcpar__tally *tally, const struct mcpar__schema *schema);
void mcpar__tally_close(struct mcpar__tally *tally);

void mcpar__tally_clear(struct mcpar__tally *tally);

/* Adds trials [first, first + n): values[k][i] is observable k of trial first + i, and must be finite. room: as in
 * sums.h; NULL if there are no observables. In the floating-point environment that sums.h asks for. */
void mcpar__tally_add(struct mcpar__tally *tally, double *const *values, uint64_t first, size_t n, uint64_t hits,
                      double *room);

/* Brings the sums into canonical form (exact.h): before they are read or leave the process. */
void mcpar__tally_canonical(struct mcpar__tally *tally);

/* into += from. Both have the same schema; `from` must be canonical, and `into` becomes canonical. */
void mcpar__tally_merge(struct mcpar__tally *into, const struct mcpar__tally *from);

/* The profiles of a tally that has trials become unknown. */
void mcpar__profiles_forget(struct mcpar__tally *tally);

/* Packing: only the limbs in use are sent. A window is a range of limbs that has all those in use: one window for all
 * sums, of values and of cubes, another for all sums of squares and products. What is packed is to be added over the
 * ranks. Unpacking makes the tally canonical, and its extremes unknown. */
struct mcpar__windows {
    size_t sum_low, sum_high, product_low, product_high;
};

struct mcpar__windows mcpar__tally_windows(const struct mcpar__tally *tally);
size_t mcpar__packed(const struct mcpar__schema *schema, struct mcpar__windows windows);
void mcpar__tally_pack(const struct mcpar__tally *tally, struct mcpar__windows windows, int64_t *packed);
void mcpar__tally_unpack(struct mcpar__tally *tally, struct mcpar__windows windows, const int64_t *packed);

/* Extremes are packed into pairs of numbers, of which the least (in the order of the first number, then of the second)
 * is to be taken over the ranks: two pairs an observable. Unpacking comes after mcpar__tally_unpack. */
void mcpar__extremes_pack(const struct mcpar__tally *tally, uint64_t (*pair)[2]);
void mcpar__extremes_unpack(struct mcpar__tally *tally, uint64_t (*pair)[2]);

#endif
