/* SPDX-License-Identifier: BSD-3-Clause */
/* plan.c - decides how large a round is, which part of it each rank runs, and how large the chunks of a part are */
#include "schedule/plan.h"

__extension__ typedef unsigned __int128 wide;

#define MS UINT64_C(1000000)
#define SHORTEST (2 * MS)                  /* a chunk should take a part of the round, within these limits, */
#define LONGEST (1000 * MS)
#define FIRST (5 * MS)                     /* the shortest a round should be */
#define SECOND (1000 * MS)                 /* the longest; in long runs, a part of the time spent, */
#define TEN_SECONDS (10 * SECOND)          /* but never more than this */
enum { PART = 200, BESIDES = 20, GROWTH = 4, LEAST = 64 }; /* and at least 20 times as long as handing it in; PART:
                                                              1/200 of the round; GROWTH: at most this factor at a
                                                              time; LEAST: at the end, down to 1/64 */

/* How long the next round should take. Rounds grow fast, because at the end of each some ranks or workers wait for
 * the others. They grow to one second or, in long runs, 1/32 of the time spent so far, but never beyond ten seconds,
 * so that the next chance to stop or to write a checkpoint is near; and no round is planned past a time limit. */
static uint64_t target_ns(const struct mcpar__pace *pace)
{
    uint64_t part = pace->elapsed_ns / 32;
    uint64_t longest = part < SECOND ? SECOND : part < TEN_SECONDS ? part : TEN_SECONDS;
    uint64_t target = pace->elapsed_ns > longest / 4 ? longest : 4 * pace->elapsed_ns;

    if (pace->every_ns > 0 && target > pace->every_ns)
        target = pace->every_ns;
    target = target < FIRST ? FIRST : target;
    return target < pace->left_ns ? target : pace->left_ns;
}

uint64_t mcpar__round_limit(const struct mcpar__pace *pace)
{
    uint64_t target = target_ns(pace);

    if (!pace->may_cut)
        return 0;
    if (pace->last_trials > 0)
        target = target > TEN_SECONDS / 2 ? TEN_SECONDS : 2 * target;
    return target < 1 ? 1 : target;        /* 0 would be none */
}

uint64_t mcpar__round_size(const struct mcpar__pace *pace, uint64_t left)
{
    uint64_t target = target_ns(pace), most, n;

    /* Nobody knows yet what a trial costs, and it may take seconds: plan one for each lane, unless the clock can end
     * the round. */
    if (pace->last_trials == 0) {
        n = pace->may_cut ? left : pace->lanes;
        return n < left ? n : left;
    }
    most = pace->last_trials > UINT64_MAX / 64 ? UINT64_MAX : pace->last_trials * 64;
    {
        wide planned = (wide)pace->last_trials * target / (pace->last_ns ? pace->last_ns : 1);

        n = planned > most ? most : (uint64_t)planned;
    }
    if (n < pace->lanes)
        n = pace->lanes;
    return n >= left - left / 8 ? left : n;        /* no tiny round at the end */
}

struct mcpar__range mcpar__share(uint64_t n, uint64_t before, uint64_t mine, uint64_t total)
{
    uint64_t first = (uint64_t)((wide)n * before / total), end = (uint64_t)((wide)n * (before + mine) / total);
    struct mcpar__range range = { first, end - first };

    return range;
}

uint64_t mcpar__speed(uint64_t trials, uint64_t ns, uint64_t last)
{
    /* In trials per 10^13 ns: keeps three digits for trials of ten seconds, and the sum over 10^5 ranks fits. */
    wide speed = (wide)trials * UINT64_C(10000000000000) / (ns ? ns : 1);
    const uint64_t most = UINT64_C(1) << 46;

    if (trials == 0)
        return last;
    return speed < 1 ? 1 : speed > most ? most : (uint64_t)speed;
}

/* ---- Chunks: integers only, because a worker may run in any floating-point environment ---- */

uint64_t mcpar__chunk(uint64_t size, uint64_t left, uint64_t takers)
{
    uint64_t n = left / (2 * takers) + 1, least = size / LEAST;

    n = n < least ? least : n;             /* smaller chunks cost more than the wait they save */
    n = n < size ? n : size;
    return n < left ? n : left;
}

/* How long a chunk should take. */
static uint64_t aim(uint64_t n, uint64_t ns, uint64_t besides_ns, uint64_t round, uint64_t takers)
{
    uint64_t chunks = round / n / takers + 1;
    uint64_t best = chunks > LONGEST * PART / ns ? LONGEST : chunks * ns / PART;

    if (best < SHORTEST)
        best = SHORTEST;
    return best < BESIDES * besides_ns ? BESIDES * besides_ns : best;
}

/* A chunk that was small because the round ends says nothing about larger ones, so only a full one lets the size
 * grow. One that took too long always lets it shrink. */
uint64_t mcpar__chunk_size(uint64_t size, uint64_t n, uint64_t ns, uint64_t besides_ns, uint64_t round,
                           uint64_t takers)
{
    uint64_t best, over, factor;

    ns = ns ? ns : 1;
    best = aim(n, ns, besides_ns, round, takers);
    over = ns / best;
    factor = best / ns;
    if (over > 0)
        return over < n ? n / (over + 1) : 1;
    if (n == size && n < UINT64_MAX / GROWTH)
        return n * (factor < GROWTH ? factor : GROWTH);
    return size;
}
