/* SPDX-License-Identifier: BSD-3-Clause */
/* file_profile.c - section PROF of a result: the profile of each observable (tally.h), in the order of OBSV
 *
 *   u64 flags: 1: the sum of cubes is not that of all trials; 2: the extremes are not known
 *   68 i64: the canonical limbs of the sum of cubes
 *   u64, u64: the bits of the smallest and of the largest value
 *   u64, u64: the lowest trial that had the smallest, and the lowest that had the largest value
 * mcpar-result(5) describes it. A result in which nothing is known of any observable, as in files of libraries that did
 * not know this section, is written without it. */
#include "result/file_section.h"
#include "result/profile.h"
#include "sum/sums_digits.h"
#include <string.h>

enum { NO_CUBES = 1, NO_EXTREMES = 2, WORDS = MCPAR__SUM_LIMBS + 5 };

static uint64_t flags_of(const struct mcpar__profile *profile)
{
    return (profile->state & MCPAR__PROFILE_NO_CUBES ? NO_CUBES : 0) |
           (profile->state & MCPAR__PROFILE_NO_EXTREMES ? NO_EXTREMES : 0);
}

bool mcpar__has_profiles(const struct mcpar__saved *saved)
{
    const struct mcpar__tally *tally = &saved->result.tally;

    for (size_t k = 0; saved->result.ledger.n && k < tally->schema->observables; k++)
        if (flags_of(mcpar__profile_of(tally, k)) != (NO_CUBES | NO_EXTREMES))
            return true;
    return false;
}

void mcpar__put_profiles(const struct mcpar__sink *sink, const struct mcpar__saved *saved)
{
    const struct mcpar__tally *tally = &saved->result.tally;

    for (size_t k = 0; k < tally->schema->observables; k++) {
        const struct mcpar__profile *p = mcpar__profile_of(tally, k);

        mcpar__put_int(sink, flags_of(p), 8);
        for (size_t i = 0; i < MCPAR__SUM_LIMBS; i++)
            mcpar__put_int(sink, (uint64_t)p->cubes[i], 8);
        mcpar__put_int(sink, mcpar__bits_of(p->low), 8);
        mcpar__put_int(sink, mcpar__bits_of(p->high), 8);
        mcpar__put_int(sink, p->low_trial, 8);
        mcpar__put_int(sink, p->high_trial, 8);
    }
}

/* ---- Reading ---- */

static void get(void *to, const uint8_t *at)
{
    uint64_t value = mcpar__get(at, 8);

    memcpy(to, &value, sizeof value);
}

static bool holds(const struct mcpar__ledger *ledger, uint64_t trial)
{
    size_t low = 0, high = ledger->n;      /* by bisection: a hostile file may have many of both */

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (ledger->range[middle].first <= trial)
            low = middle;
        else
            high = middle;
    }
    return trial >= ledger->range[low].first && trial - ledger->range[low].first < ledger->range[low].n;
}

static bool finite(double value)
{
    return mcpar__exponent_of(value) != 0x7ff && mcpar__bits_of(value) != UINT64_C(1) << 63;
}

static bool possible(const struct mcpar__profile *p, uint64_t flags, const struct mcpar__ledger *ledger)
{
    const uint64_t low = mcpar__key_of(p->low), high = mcpar__key_of(p->high);
    const uint64_t all = mcpar__bits_of(p->low) | mcpar__bits_of(p->high) | p->low_trial | p->high_trial;

    if (flags > (NO_CUBES | NO_EXTREMES) ||
        !mcpar__possible_sum(p->cubes, MCPAR__SUM_LIMBS, mcpar__ledger_trials(ledger)))
        return false;
    if (flags & NO_EXTREMES)
        return all == 0;
    return finite(p->low) && finite(p->high) && low <= high && holds(ledger, p->low_trial) &&
           holds(ledger, p->high_trial) && (low < high) == (p->low_trial != p->high_trial);
}

static uint64_t read_profile(struct mcpar__profile *p, const uint8_t *at)
{
    const uint64_t flags = mcpar__get(at, 8);
    const uint8_t *ends = at + 8 + 8 * MCPAR__SUM_LIMBS;

    for (size_t i = 0; i < MCPAR__SUM_LIMBS; i++)
        get(&p->cubes[i], at + 8 + 8 * i);
    get(&p->low, ends);
    get(&p->high, ends + 8);
    get(&p->low_trial, ends + 16);
    get(&p->high_trial, ends + 24);
    p->state = MCPAR__PROFILE_SEEN | (flags & NO_CUBES ? MCPAR__PROFILE_NO_CUBES : 0) |
               (flags & NO_EXTREMES ? MCPAR__PROFILE_NO_EXTREMES : 0);
    return flags;
}

int mcpar__read_profiles(struct mcpar__reader *r, const struct mcpar__section *s, struct mcpar__saved *saved)
{
    struct mcpar__tally *tally = &saved->result.tally;
    const struct mcpar__ledger *ledger = &saved->result.ledger;
    size_t observables = tally->schema->observables;

    if (!s->at && ledger->n)
        mcpar__profiles_forget(tally);
    if (!s->at)
        return 0;
    if (s->n != 8 * WORDS * observables || ledger->n == 0)
        return MCPAR__MALFORMED(r, "section PROF of result %zu has %zu bytes for %zu observables and %llu trials",
                                r->number, s->n, observables, (unsigned long long)mcpar__ledger_trials(ledger));
    for (size_t k = 0; k < observables; k++) {
        struct mcpar__profile *p = mcpar__profile_of(tally, k);
        uint64_t flags = read_profile(p, s->at + 8 * WORDS * k);

        if (!possible(p, flags, ledger))
            return MCPAR__MALFORMED(r, "observable %zu of result %zu has cubes or extremes that no trials have", k,
                                    r->number);
    }
    if (!mcpar__has_profiles(saved))       /* there is one way to write a result */
        return MCPAR__MALFORMED(r, "section PROF of result %zu says that nothing is known", r->number);
    return 0;
}
