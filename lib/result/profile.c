/* SPDX-License-Identifier: BSD-3-Clause */
/* profile.c - the extremes of an observable: smallest and largest value, each with the lowest trial that had it
 *
 * What is kept depends only on the set of trials, so that merges in any order give the same words. Values are compared
 * by integers, because results are merged in the host's floating-point environment, which may flush denormals. */
#include "result/profile.h"
#include <string.h>

_Static_assert(sizeof(struct mcpar__profile) == (MCPAR__SUM_LIMBS + 5) * sizeof(int64_t), "words without padding");

/* The index of the first of the values that is equal; there is one. The inner loop has no exit, so that compilers can
 * use vectors. */
static size_t find(const double *values, size_t n, double value)
{
    enum { BLOCK = 16 };
    size_t i = 0;

    for (; n - i >= BLOCK; i += BLOCK) {
        unsigned int found = 0;

        for (size_t j = i; j < i + BLOCK; j++)
            found |= values[j] >= value && values[j] <= value;
        if (found)
            break;
    }
    while (i + 1 < n && !(values[i] >= value && values[i] <= value))
        i++;
    return i;
}

/* Is a value of trials that begin with `first` beyond an extreme, or could it be its equal of a lower trial? */
static bool before(uint64_t key, uint64_t first, uint64_t other, uint64_t trial)
{
    return key < other || (key == other && first < trial);
}

static bool lower(const struct mcpar__profile *profile, double value, uint64_t first)
{
    return before(mcpar__key_of(value), first, mcpar__key_of(profile->low), profile->low_trial);
}

static bool higher(const struct mcpar__profile *profile, double value, uint64_t first)
{
    return before(~mcpar__key_of(value), first, ~mcpar__key_of(profile->high), profile->high_trial);
}

static void set_low(struct mcpar__profile *profile, double value, uint64_t trial)
{
    if (!(profile->state & MCPAR__PROFILE_SEEN) || lower(profile, value, trial)) {
        profile->low = value;
        profile->low_trial = trial;
    }
}

static void set_high(struct mcpar__profile *profile, double value, uint64_t trial)
{
    if (!(profile->state & MCPAR__PROFILE_SEEN) || higher(profile, value, trial)) {
        profile->high = value;
        profile->high_trial = trial;
    }
}

/* The trial of an extreme is looked for only if it may be a new one. */
void mcpar__profile_add(struct mcpar__profile *profile, const struct mcpar__column *column, const double *values,
                      uint64_t first, size_t n)
{
    bool seen = profile->state & MCPAR__PROFILE_SEEN;

    if (n == 0)
        return;
    if (column->overflow)
        profile->state |= MCPAR__PROFILE_NO_CUBES;
    if (!(profile->state & MCPAR__PROFILE_NO_EXTREMES)) {
        if (!seen || lower(profile, column->low, first))
            set_low(profile, column->low, first + find(values, n, column->low));
        if (!seen || higher(profile, column->high, first))
            set_high(profile, column->high, first + find(values, n, column->high));
    }
    profile->state |= MCPAR__PROFILE_SEEN;
}

void mcpar__profile_merge(struct mcpar__profile *into, const struct mcpar__profile *from)
{
    mcpar__accumulate(into->cubes, from->cubes, MCPAR__SUM_LIMBS);
    if ((into->state | from->state) & MCPAR__PROFILE_NO_EXTREMES) {
        into->low = into->high = 0;
        into->low_trial = into->high_trial = 0;
    } else if (from->state & MCPAR__PROFILE_SEEN) {
        set_low(into, from->low, from->low_trial);
        set_high(into, from->high, from->high_trial);
    }
    into->state |= from->state;
}

/* ---- Packing ---- */

/* Keys 0 and UINT64_MAX belong to NaNs, so that they can mean something else: the least of all says that extremes are
 * not known, the greatest that there are no values. */
static double value_of(uint64_t key)
{
    uint64_t bits = key >> 63 ? key ^ UINT64_C(1) << 63 : ~key;
    double value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

void mcpar__profile_pack(const struct mcpar__profile *profile, uint64_t pair[2][2])
{
    uint64_t none = profile->state & MCPAR__PROFILE_NO_EXTREMES ? 0 : UINT64_MAX;

    pair[0][0] = pair[0][1] = pair[1][0] = pair[1][1] = none;
    if (none == 0 || !(profile->state & MCPAR__PROFILE_SEEN))
        return;
    pair[0][0] = mcpar__key_of(profile->low);
    pair[0][1] = profile->low_trial;
    pair[1][0] = ~mcpar__key_of(profile->high);
    pair[1][1] = profile->high_trial;
}

void mcpar__profile_unpack(struct mcpar__profile *profile, uint64_t pair[2][2])
{
    profile->state &= MCPAR__PROFILE_NO_CUBES;
    if (pair[0][0] == UINT64_MAX)
        return;
    profile->state |= MCPAR__PROFILE_SEEN;
    if (pair[0][0] == 0) {
        profile->state |= MCPAR__PROFILE_NO_EXTREMES;
        return;
    }
    profile->low = value_of(pair[0][0]);
    profile->low_trial = pair[0][1];
    profile->high = value_of(~pair[1][0]);
    profile->high_trial = pair[1][1];
}
