/* SPDX-License-Identifier: BSD-3-Clause */
/* Sizes of rounds, shares and chunks: whatever the numbers, nothing is left out, nothing overflows, and all ranks that
 * know the same plan the same. */
#include "unit.h"
#include "schedule/plan.h"

#define MS UINT64_C(1000000)

static uint64_t any_size(uint64_t *state)
{
    return golden_random(state) >> golden_random(state) % 64;
}

/* ---- Shares ---- */

static void check_shares(uint64_t n, const uint64_t *speed, size_t ranks)
{
    uint64_t total = 0, before = 0, next = 0;

    for (size_t r = 0; r < ranks; r++)
        total += speed[r];
    for (size_t r = 0; r < ranks; r++) {
        struct mcpar__range share = mcpar__share(n, before, speed[r], total);
        struct mcpar__range again = mcpar__share(n, before, speed[r], total);
        long double fair = (long double)n * (long double)speed[r] / (long double)total;

        CHECK(share.first == next, "rank %zu of %zu begins at %llu, not at %llu", r, ranks, (unsigned long long)share.first,
              (unsigned long long)next);
        CHECK(share.first == again.first && share.n == again.n, "pure");
        CHECK((long double)share.n < fair + 1.0L + fair * 0x1p-50L && (long double)share.n > fair - 1.0L - fair * 0x1p-50L,
              "rank %zu gets %llu of %llu, fair were %Lg", r, (unsigned long long)share.n, (unsigned long long)n, fair);
        next = share.first + share.n;
        before += speed[r];
    }
    CHECK(next == n, "%llu of %llu trials", (unsigned long long)next, (unsigned long long)n);
}

Test(plan, shares_are_contiguous_and_complete_for_any_weights)
{
    enum { RANKS = 200 };
    uint64_t state = 1, speed[RANKS];

    for (int round = 0; round < 20000; round++) {
        size_t ranks = 1 + (size_t)(golden_random(&state) % (round % 50 ? 9 : RANKS));

        for (size_t r = 0; r < ranks; r++)
            speed[r] = round % 7 == 0 ? UINT64_C(1) << 32 : 1 + (any_size(&state) >> 32);
        check_shares(any_size(&state), speed, ranks);
        check_shares(round % 2 ? UINT64_MAX - (uint64_t)round : (uint64_t)round, speed, ranks);
    }
}

Test(plan, known_shares)
{
    struct mcpar__range share = mcpar__share(10, 0, 1, 3);

    cr_assert(share.first == 0 && share.n == 3);
    share = mcpar__share(10, 1, 1, 3);
    cr_assert(share.first == 3 && share.n == 3);
    share = mcpar__share(10, 2, 1, 3);
    cr_assert(share.first == 6 && share.n == 4);
    share = mcpar__share(2, 1, 1, 4);
    cr_assert(share.first == 0 && share.n == 1);
    share = mcpar__share(2, 0, 1, 4);
    cr_assert_eq(share.n, 0);
    share = mcpar__share(UINT64_MAX, 0, 1, 1);
    cr_assert(share.first == 0 && share.n == UINT64_MAX);
    share = mcpar__share(UINT64_MAX, 5, 7, 12);
    cr_assert_eq(share.first + share.n, UINT64_MAX);
}

/* ---- Weights ---- */

Test(plan, a_weight_is_a_speed_within_bounds)
{
    uint64_t state = 2;

    for (int round = 0; round < 100000; round++) {
        uint64_t trials = any_size(&state), ns = any_size(&state), last = 1 + any_size(&state) % 1000000;
        uint64_t w = mcpar__speed(trials, ns, last);

        CHECK(w >= 1 && w <= UINT64_MAX / 100000, "100,000 ranks' speeds can be added: %llu in %llu ns: %llu", (unsigned long long)trials, (unsigned long long)ns,
              (unsigned long long)w);
        CHECK(trials > 0 || w == last, "no trials say nothing");
        CHECK(w == mcpar__speed(trials, ns, last), "pure");
        /* Twice as fast never sets its speed less. */
        CHECK(trials == 0 || trials > UINT64_MAX / 2 || mcpar__speed(2 * trials, ns, last) >= w, "monotone");
        CHECK(trials == 0 || ns == 0 || mcpar__speed(trials, ns - ns / 2, last) >= w, "monotone");
    }
    cr_assert_eq(mcpar__speed(0, 0, 17), 17);
    cr_assert_geq(mcpar__speed(UINT64_MAX, 0, 17), UINT64_C(1) << 32);
    cr_assert_eq(mcpar__speed(1, UINT64_MAX, 17), 1);
    cr_assert_eq(mcpar__speed(UINT64_MAX, UINT64_MAX, 17), mcpar__speed(1, 1, 17));
}

/* A speed of a few trials a second is no less a speed: the ratio of two ranks' speeds is that of their speeds. */
Test(plan, slow_trials_are_weighed_as_finely_as_fast_ones)
{
    for (uint64_t ms = 1; ms <= 10000; ms *= 10) {
        double a = (double)mcpar__speed(10, 10 * ms * MS, 1), b = (double)mcpar__speed(10, 15 * ms * MS, 1);

        cr_expect(a / b > 1.4 && a / b < 1.6, "trials of %llu ms and one and a half times that: speeds %g and %g",
                  (unsigned long long)ms, a, b);
    }
}

/* ---- Rounds ---- */

Test(plan, a_round_is_never_empty_nor_more_than_is_left)
{
    uint64_t state = 3;

    for (int round = 0; round < 200000; round++) {
        struct mcpar__pace pace = { 1 + any_size(&state) % 5000, any_size(&state), any_size(&state), any_size(&state),
                                    round % 3 == 1 ? any_size(&state) : UINT64_MAX,
                                    round % 5 == 1 ? any_size(&state) : 0, round % 2 == 1 };
        uint64_t left = any_size(&state), n;

        if (round % 3 == 0)
            left = UINT64_MAX - any_size(&state) % 10;
        if (left == 0)
            left = 1;
        n = mcpar__round_size(&pace, left);
        CHECK(n >= 1 && n <= left, "%llu of %llu", (unsigned long long)n, (unsigned long long)left);
        CHECK(n == mcpar__round_size(&pace, left), "pure");
        CHECK(pace.last_trials == 0 || n == left || pace.last_trials > UINT64_MAX / 64 || n <= 64 * pace.last_trials ||
                  n <= pace.lanes || n >= left - left / 8,
              "it grows by more than 64: %llu after %llu", (unsigned long long)n, (unsigned long long)pace.last_trials);
    }
}

Test(plan, the_first_round_is_small)
{
    struct mcpar__pace pace = { .lanes = 7, .left_ns = UINT64_MAX };

    cr_assert_eq(mcpar__round_size(&pace, UINT64_MAX), 7, "a stop has to wait for its end");
    cr_assert_eq(mcpar__round_size(&pace, 5), 5);
    cr_assert_eq(mcpar__round_size(&pace, 1), 1);
    cr_assert_eq(mcpar__round_limit(&pace), 0);
}

Test(plan, unless_rounds_can_be_cut_short)
{
    struct mcpar__pace pace = { .lanes = 7, .left_ns = UINT64_MAX, .may_cut = true };

    cr_assert_eq(mcpar__round_size(&pace, UINT64_MAX), UINT64_MAX);
    cr_assert_eq(mcpar__round_limit(&pace), 5 * MS);
    pace.last_trials = 1000000;
    pace.last_ns = pace.elapsed_ns = 10 * MS;
    cr_assert_eq(mcpar__round_size(&pace, UINT64_MAX), 4000000);
    cr_assert_eq(mcpar__round_limit(&pace), 80 * MS, "twice what was planned");
    pace.elapsed_ns = 200 * 1000 * MS;
    cr_assert_eq(mcpar__round_limit(&pace), 10000 * MS);
    pace.elapsed_ns = UINT64_MAX;
    cr_assert_eq(mcpar__round_limit(&pace), 10000 * MS);
    pace.may_cut = false;
    cr_assert_eq(mcpar__round_limit(&pace), 0);
}

Test(plan, no_round_is_planned_past_the_end_of_the_time)
{
    struct mcpar__pace pace = { .lanes = 2, .last_trials = 1000000, .last_ns = 1000 * MS, .elapsed_ns = 10000 * MS,
                                .left_ns = 300 * MS };

    cr_assert_eq(mcpar__round_size(&pace, UINT64_MAX), 300000);
    pace.left_ns = 0;
    cr_assert_eq(mcpar__round_size(&pace, UINT64_MAX), 2, "a trial for each lane");
    pace.may_cut = true;
    cr_assert_eq(mcpar__round_limit(&pace), 1, "0 would be none");
    pace.left_ns = 300 * MS;
    cr_assert_eq(mcpar__round_limit(&pace), 600 * MS);
    pace.last_trials = 0;
    pace.left_ns = 2 * MS;
    cr_assert_eq(mcpar__round_limit(&pace), 2 * MS);
}

Test(plan, rounds_take_four_times_the_time_spent_to_a_second_and_then_a_32nd_of_it_to_ten_seconds)
{
    struct mcpar__pace pace = { .lanes = 1, .last_trials = 1000000, .last_ns = 1000 * MS,
                                .left_ns = UINT64_MAX };   /* a microsecond each */

    pace.elapsed_ns = 0;
    cr_assert_eq(mcpar__round_size(&pace, UINT64_MAX), 5000);
    pace.elapsed_ns = 100 * MS;
    cr_assert_eq(mcpar__round_size(&pace, UINT64_MAX), 400000);
    pace.elapsed_ns = 250 * MS;
    cr_assert_eq(mcpar__round_size(&pace, UINT64_MAX), 1000000);
    pace.elapsed_ns = UINT64_MAX;          /* of which four times as much does not overflow */
    cr_assert_eq(mcpar__round_size(&pace, UINT64_MAX), 10000000);
    pace.elapsed_ns = 86400 * 1000 * MS;
    cr_assert_eq(mcpar__round_size(&pace, UINT64_MAX), 10000000, "ten seconds, also after a day");
    pace.last_trials = 100000;
    pace.last_ns = MS;
    cr_assert_eq(mcpar__round_size(&pace, UINT64_MAX), 6400000, "but at most 64 times as many as before");
    pace.last_trials = 1000000;
    pace.last_ns = 1000 * MS;
    pace.elapsed_ns = 320 * 1000 * MS;
    cr_assert_eq(mcpar__round_size(&pace, UINT64_MAX), 10000000);
    pace.elapsed_ns = 160 * 1000 * MS;
    cr_assert_eq(mcpar__round_size(&pace, UINT64_MAX), 5000000);
    pace.elapsed_ns = 32 * 1000 * MS;
    cr_assert_eq(mcpar__round_size(&pace, UINT64_MAX), 1000000);
    pace.last_ns = 0;                      /* a clock that stood still */
    cr_assert_eq(mcpar__round_size(&pace, UINT64_MAX), 64000000);
    pace.last_ns = 1000 * MS;
    pace.last_trials = UINT64_C(1) << 62;  /* of which 64 times as many are too many to count */
    cr_assert_eq(mcpar__round_size(&pace, UINT64_MAX), UINT64_C(1) << 62);
    pace.last_trials = 1000000;
    pace.last_ns = UINT64_MAX;
    pace.lanes = 5;
    cr_assert_eq(mcpar__round_size(&pace, UINT64_MAX), 5, "a trial for each lane");
    cr_assert_eq(mcpar__round_size(&pace, 3), 3);
}

/* The last round is not a dwarf: what would leave less than an eighth takes all. */
Test(plan, no_dwarf_at_the_end)
{
    struct mcpar__pace pace = { .lanes = 1, .last_trials = 1000, .last_ns = MS, .elapsed_ns = 4 * 1000 * MS,
                                .left_ns = UINT64_MAX };

    cr_assert_eq(mcpar__round_size(&pace, 64000), 64000);
    cr_assert_eq(mcpar__round_size(&pace, 64001), 64001);
    cr_assert_eq(mcpar__round_size(&pace, 73000), 73000);
    cr_assert_eq(mcpar__round_size(&pace, 74000), 64000);
}

/* How many rounds a run of n trials has that take so many ns each. */
static int rounds_of(uint64_t n, uint64_t each)
{
    struct mcpar__pace pace = { .lanes = 2, .left_ns = UINT64_MAX };
    int rounds = 0;

    for (; n > 0; rounds++) {
        uint64_t some = mcpar__round_size(&pace, n);

        n -= some;
        pace.last_trials = some;
        pace.last_ns = some * each / pace.lanes;
        pace.elapsed_ns += pace.last_ns;
        CHECK(pace.last_ns <= 1000 * MS || (pace.last_ns <= pace.elapsed_ns / 16 && pace.last_ns <= 11500 * MS),
              "a round of %llu ms after %llu",
              (unsigned long long)(pace.last_ns / MS), (unsigned long long)(pace.elapsed_ns / MS));
    }
    return rounds;
}

/* Somebody waits at the end of each: there are few, in short runs and in long ones. */
Test(plan, few_rounds)
{
    int second = rounds_of(50000, 40000), ten = rounds_of(500000, 40000), hours = rounds_of(1800000000, 40000);

    cr_expect(second >= 4 && second <= 6, "%d rounds in one second", second);
    cr_expect(ten >= 12 && ten <= 16, "%d rounds in ten seconds", ten);
    cr_expect(hours >= 3600 && hours <= 3800, "%d rounds in ten hours", hours);
}

/* Whole runs: the rounds end, and not after too many. */
Test(plan, any_run_ends)
{
    uint64_t state = 4;

    for (int round = 0; round < 2000; round++) {
        struct mcpar__pace pace = { .lanes = 1 + golden_random(&state) % 100, .left_ns = UINT64_MAX };
        uint64_t left = 1 + any_size(&state), each = 1 + any_size(&state) % 1000, rounds = 0;

        if (left == 0)
            left = UINT64_MAX;
        while (left > 0 && rounds < 200) {
            uint64_t n = mcpar__round_size(&pace, left);
            __extension__ unsigned __int128 ns = (__extension__ (unsigned __int128)n) * each / pace.lanes;

            left -= n;
            rounds++;
            pace.last_trials = n;
            pace.last_ns = ns > UINT64_MAX / 4 ? UINT64_MAX / 4 : (uint64_t)ns;
            pace.elapsed_ns += pace.last_ns;
            CHECK(rounds < 3 || n >= pace.lanes || left == 0, "a round of %llu for %llu lanes", (unsigned long long)n,
                  (unsigned long long)pace.lanes);
        }
        CHECK(rounds == 200 || left == 0, "it ended");
        CHECK(rounds < 200 || pace.elapsed_ns > 60 * 1000 * MS, "200 rounds in %llu ms", (unsigned long long)(pace.elapsed_ns / MS));
    }
}

/* ---- Chunks ---- */

Test(plan, a_chunk_is_never_empty_nor_more_than_is_left)
{
    uint64_t state = 5;

    for (int i = 0; i < 200000; i++) {
        uint64_t left = any_size(&state), size = 1 + any_size(&state) / 2, takers = 1 + any_size(&state) % 5000, n;

        left = left ? left : UINT64_MAX;
        n = mcpar__chunk(size, left, takers);
        CHECK(n >= 1 && n <= left && n <= size, "%llu of %llu, size %llu", (unsigned long long)n,
              (unsigned long long)left, (unsigned long long)size);
        CHECK(n == size || n == left || n >= size / 64, "a dwarf");
        CHECK(n <= size / 64 || n <= left / (2 * takers) + 1, "more than half of what one taker may expect");
    }
}

/* The chunks of one taker, of trials of so many ns each: how many of a round of n, and how long the longest takes. */
static uint64_t chunks_of(uint64_t n, uint64_t each, uint64_t besides, uint64_t takers, uint64_t *longest)
{
    uint64_t size = 1, chunks = 0;

    *longest = 0;
    for (uint64_t left = n; left > 0; chunks++) {
        uint64_t some = mcpar__chunk(size, left, takers), ns = some * each;

        size = mcpar__chunk_size(size, some, ns, besides, n, takers);
        CHECK(size > 0, "a chunk of nothing");
        left -= some;
        *longest = ns > *longest ? ns : *longest;
    }
    return chunks;
}

Test(plan, chunks_take_a_part_of_the_round_within_limits)
{
    uint64_t longest, chunks = chunks_of(50000000, 20, 1000, 1, &longest);

    cr_expect(longest >= 2 * MS && longest <= 8 * MS, "a round of one second: up to %llu ns",
              (unsigned long long)longest);
    cr_expect(chunks > 150 && chunks < 600, "%llu chunks", (unsigned long long)chunks);
    (void)chunks_of(500000, 20, 1000, 1, &longest);
    cr_expect(longest >= MS && longest <= 4 * MS, "of 10 ms: up to %llu ns", (unsigned long long)longest);
    (void)chunks_of(UINT64_C(3600000000), 1000, 1000, 1, &longest);
    cr_expect(longest >= 500 * MS && longest <= 1000 * MS, "of one hour: up to %llu ns", (unsigned long long)longest);
    (void)chunks_of(50000000, 20, MS, 1, &longest);
    cr_expect(longest >= 10 * MS && longest <= 40 * MS, "where handing in takes a ms: up to %llu ns",
              (unsigned long long)longest);
    chunks = chunks_of(1000, 10 * MS, 1000, 1, &longest);
    cr_expect(longest >= 10 * MS && longest <= 200 * MS && chunks > 50, "slow trials: up to %llu ns",
              (unsigned long long)longest);
}

Test(plan, sizes_of_chunks_after_one)
{
    cr_expect_eq(mcpar__chunk_size(100, 100, 1000, 10, 1000000, 1), 400, "it grows by steps");
    cr_expect_eq(mcpar__chunk_size(100, 100, MS, 10, 1000, 1), 200, "to the aim");
    cr_expect_eq(mcpar__chunk_size(100, 50, 1000, 10, 1000000, 1), 100, "a small one says nothing about a larger one");
    cr_expect_eq(mcpar__chunk_size(100, 50, 10 * MS, 10, 1000, 1), 8, "one that took long says all");
    cr_expect_eq(mcpar__chunk_size(100, 1, 10000 * MS, 10, 1000, 1), 1);
    cr_expect_eq(mcpar__chunk_size(7, 7, 0, 0, 1000, 3), 28, "a clock that stood still");
    cr_expect_geq(mcpar__chunk_size(UINT64_MAX / 2, UINT64_MAX / 2, 1, 0, UINT64_MAX, 1), UINT64_MAX / 2);
}
