/* SPDX-License-Identifier: BSD-3-Clause */
/* test_chunk_queue.c - takers of one queue: every trial goes out once, in ascending order, and not above the mark */
#include "schedule/chunk_queue.h"
#include "unit.h"
#include <pthread.h>
#include <stdlib.h>

enum { TAKERS = 8, TRIALS = 200000 };

static struct mcpar__chunk_queue queue;
static _Atomic unsigned char taken[TRIALS];

static void hang_up(uint64_t first, uint64_t n, uint64_t takers)
{
    mcpar__queue_clear(&queue, first);
    mcpar__queue_fill(&queue, first + n, n, takers);
}

Test(queue, an_empty_one_gives_nothing)
{
    uint64_t first, n;

    mcpar__queue_clear(&queue, 7);
    cr_expect_not(mcpar__queue_take(&queue, 1, &first, &n));
    hang_up(7, 0, 1);
    cr_expect_not(mcpar__queue_take(&queue, 1, &first, &n));
    hang_up(7, 1, 1);
    cr_assert(mcpar__queue_take(&queue, 5, &first, &n));
    cr_expect(first == 7 && n == 1);
    cr_expect_not(mcpar__queue_take(&queue, 1, &first, &n));
}

/* What was there before is gone: the cursor, the mark and the halt. */
Test(queue, a_cleared_one_is_as_new)
{
    uint64_t first, n;

    hang_up(0, 100, 1);
    cr_assert(mcpar__queue_take(&queue, 10, &first, &n));
    mcpar__queue_lower(&queue, 3);
    atomic_store(&queue.halt, 1);
    mcpar__queue_clear(&queue, 0);
    cr_expect_not(mcpar__queue_take(&queue, 10, &first, &n), "not before it is filled");
    mcpar__queue_fill(&queue, 100, 100, 1);
    cr_assert(mcpar__queue_take(&queue, 10, &first, &n));
    cr_expect(first == 0 && n == 10);
}

Test(queue, nothing_from_the_lowest_failing_trial_on)
{
    uint64_t first, n;

    hang_up(1000, 100, 1);
    mcpar__queue_lower(&queue, 1020);
    mcpar__queue_lower(&queue, 1050);      /* higher: says nothing new */
    cr_assert(mcpar__queue_take(&queue, 15, &first, &n));
    cr_expect(first == 1000 && n > 0 && n <= 15);
    while (mcpar__queue_take(&queue, 15, &first, &n))
        CHECK(first + n <= 1020, "%llu and %llu more", (unsigned long long)first, (unsigned long long)n);
    cr_expect_eq(first + n, 1020, "all below it");
    mcpar__queue_lower(&queue, 0);
    cr_expect_not(mcpar__queue_take(&queue, 1, &first, &n));
}

Test(queue, nothing_after_a_halt)
{
    uint64_t first, n;

    hang_up(0, 100, 2);
    cr_assert(mcpar__queue_take(&queue, 1, &first, &n));
    atomic_store(&queue.halt, 1);
    cr_expect_not(mcpar__queue_take(&queue, 1, &first, &n));
}

static void *take_all(void *arg)
{
    uint64_t size = *(const uint64_t *)arg, first, n, last = 0, ran = 0;

    while (mcpar__queue_take(&queue, size, &first, &n)) {
        if (n == 0 || n > size || first < last || first + n > TRIALS)
            return NULL;
        for (uint64_t t = first; t < first + n; t++)
            atomic_fetch_add(&taken[t], 1);
        last = first + n;
        ran += n;
        if (ran > TRIALS / 2)              /* one that goes on shrinks and grows */
            size = 1 + size % 7;
    }
    return arg;
}

Test(queue, each_trial_goes_out_once)
{
    static const uint64_t sizes[TAKERS] = { 1, 2, 3, 50, 700, 1, 9, 123 };
    pthread_t thread[TAKERS];
    void *good;

    hang_up(0, TRIALS, TAKERS);
    for (int i = 0; i < TAKERS; i++)
        cr_assert_eq(pthread_create(&thread[i], NULL, take_all, (void *)(uintptr_t)&sizes[i]), 0);
    for (int i = 0; i < TAKERS; i++) {
        cr_assert_eq(pthread_join(thread[i], &good), 0);
        cr_assert_not_null(good, "taker %d got what cannot be", i);
    }
    for (size_t t = 0; t < TRIALS; t++)
        CHECK(atomic_load(&taken[t]) == 1, "trial %zu went out %d times", t, (int)atomic_load(&taken[t]));
}

static void *lower(void *arg)
{
    for (uint64_t t = 1000; t-- > 0;)
        mcpar__queue_lower(&queue, 10 * t + *(const uint64_t *)arg);
    return NULL;
}

Test(queue, the_lowest_of_many_marks_stays)
{
    static const uint64_t last[TAKERS] = { 9, 8, 7, 6, 5, 4, 3, 2 };
    pthread_t thread[TAKERS];

    hang_up(0, TRIALS, TAKERS);
    for (int i = 0; i < TAKERS; i++)
        cr_assert_eq(pthread_create(&thread[i], NULL, lower, (void *)(uintptr_t)&last[i]), 0);
    for (int i = 0; i < TAKERS; i++)
        cr_assert_eq(pthread_join(thread[i], NULL), 0);
    cr_assert_eq(atomic_load(&queue.lowest), 2);
}
