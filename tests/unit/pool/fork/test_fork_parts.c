/* SPDX-License-Identifier: BSD-3-Clause */
/* test_fork_parts.c - the parts without processes: commits in a mailbox, and the tasks that run lost trials again */
#include "test_fork.h"

TestSuite(pool_fork_parts, .init = share, .timeout = 20);

/* ---- Tasks ---- */

Test(pool_fork_parts, tasks_come_in_ascending_order)
{
    struct mcpar__tasks tasks = { 0 };
    struct mcpar__task task;
    uint64_t last = 0;

    for (uint64_t i = 0; i < 1000; i++)
        cr_assert_eq(mcpar__tasks_add(&tasks, (struct mcpar__task){ i * 617 % 1000 * 10, 10, 0 }), 0);
    for (uint64_t i = 0; i < 500; i++) {
        cr_assert(mcpar__tasks_next(&tasks, UINT64_MAX, &task));
        cr_assert_eq(task.first, last);
        last += task.n;
    }
    cr_assert(mcpar__tasks_next(&tasks, last + 5, &task));
    cr_expect_eq(task.n, 5, "cut where a trial fails");
    cr_expect_not(mcpar__tasks_next(&tasks, last + 5, &task));
    cr_expect_eq(tasks.n, 0);
    mcpar__tasks_close(&tasks);
}

Test(pool_fork_parts, halves)
{
    struct mcpar__tasks tasks = { 0 };
    struct mcpar__task task;
    int steps = 0;

    /* Down to the trial 777 of a million. */
    cr_assert_eq(mcpar__tasks_add(&tasks, (struct mcpar__task){ 0, 1000000, 0 }), 0);
    for (;; steps++) {
        do
            cr_assert(mcpar__tasks_next(&tasks, UINT64_MAX, &task));
        while (task.first + task.n <= 777);
        cr_assert_leq(task.first, 777);
        if (task.n == 1)
            break;
        cr_assert_eq(mcpar__tasks_halve(&tasks, task), 0);
    }
    cr_expect_leq(steps, 20);
    task.deaths = 2;
    cr_assert_eq(mcpar__tasks_halve(&tasks, task), 0);
    cr_assert(mcpar__tasks_next(&tasks, UINT64_MAX, &task));
    cr_expect(task.first == 777 && task.n == 1 && task.deaths == 2);
    mcpar__tasks_close(&tasks);
}

Test(pool_fork_parts, missing_trials_are_all_given_once)
{
    struct mcpar__ledger held = { 0 }, given = { 0 };
    struct mcpar__tasks tasks = { 0 };
    struct mcpar__task task;
    uint64_t most = 0;

    cr_assert_eq(mcpar__ledger_add(&held, 100, 50), 0);
    cr_assert_eq(mcpar__ledger_add(&held, 151, 9), 0);
    cr_assert_eq(mcpar__ledger_add(&held, 300, 600), 0);
    cr_assert_eq(mcpar__tasks_missing(&tasks, &held, 100, 1000, 4), 0);
    while (mcpar__tasks_next(&tasks, UINT64_MAX, &task)) {
        cr_assert_eq(mcpar__ledger_add(&given, task.first, task.n), 0, "given twice");
        most = task.n > most ? task.n : most;
    }
    cr_expect_leq(most, (1 + 140 + 100) / 8 + 1, "not enough pieces for 4 workers");
    cr_assert_eq(mcpar__ledger_merge(&given, &held), 0, "given although held");
    cr_expect_eq(given.n, 1);
    cr_expect(given.range[0].first == 100 && given.range[0].n == 900);
    cr_assert_eq(mcpar__tasks_missing(&tasks, &given, 100, 1000, 4), 0);
    cr_expect_eq(tasks.n, 0);
    mcpar__tasks_close(&tasks);
    mcpar__ledger_close(&held);
    mcpar__ledger_close(&given);
}

/* ---- Seats ---- */

static struct mcpar__mailbox *mailbox;
static struct mcpar__tally tally;
static struct mcpar__ledger ledger;
static struct mcpar__result into;
static struct mcpar__chunk_queue *queue;

static void commit(uint64_t first, uint64_t n, uint64_t hits)
{
    cr_assert_eq(mcpar__ledger_add(&ledger, first, n), 0);
    tally.hits += hits;
    tally.limb[0] += (int64_t)n;
    mcpar__mailbox_commit(mailbox, &tally, &ledger, 0);
}

static void open_seat(void)
{
    struct mcpar__common *common = mcpar__common_map();

    mailbox = mcpar__mailbox_map(&sums);
    cr_assert(common && mailbox);
    queue = &common->queue;
    cr_assert_eq(mcpar__tally_open(&tally, &sums), 0);
    cr_assert_eq(mcpar__result_open(&into, &sums), 0);
    mcpar__mailbox_clear(mailbox);
}

Test(pool_fork_parts, what_was_committed_last_is_taken_once)
{
    uint64_t trials;

    open_seat();
    cr_expect_eq(mcpar__mailbox_take(mailbox, 0, 100, &into, &trials), 0);
    cr_expect_eq(trials, 0);
    commit(0, 10, 3);
    commit(20, 5, 1);
    commit(30, 5, 1);
    cr_expect_eq(mcpar__mailbox_take(mailbox, 0, 100, &into, &trials), 0);
    cr_expect_eq(trials, 20);
    cr_expect_eq(into.tally.hits, 5);
    cr_expect_eq(into.tally.limb[0], 20);
    cr_expect_eq(into.ledger.n, 3);
    cr_expect_eq(mcpar__mailbox_take(mailbox, 0, 100, &into, &trials), 0);
    cr_expect_eq(trials, 0);
}

Test(pool_fork_parts, what_cannot_be_is_refused)
{
    uint64_t trials;

    open_seat();
    commit(10, 10, 3);
    cr_expect_eq(mcpar__mailbox_take(mailbox, 11, 100, &into, &trials), MCPAR_ERR_STATE, "below the round");
    cr_expect_eq(mcpar__mailbox_take(mailbox, 0, 19, &into, &trials), MCPAR_ERR_STATE, "above the round");
    cr_expect_eq(into.ledger.n, 0);
    cr_expect_eq(mcpar__mailbox_take(mailbox, 10, 20, &into, &trials), 0);
    mcpar__mailbox_commit(mailbox, &tally, &ledger, 0);
    cr_expect_eq(mcpar__mailbox_take(mailbox, 10, 20, &into, &trials), MCPAR_ERR_STATE, "counted twice");
    cr_expect_eq(into.tally.hits, 3);
}

/* A copy of what a killed worker leaves behind at each step of its second commit. */
static void look(const char *step, int index)
{
    struct mcpar__result now;
    uint64_t trials;
    int valid = atomic_load(&mailbox->valid);

    (void)index;
    if (!valid)
        return;                            /* the first commit */
    cr_assert_eq(mcpar__result_open(&now, &sums), 0);
    cr_assert_eq(mcpar__mailbox_take(mailbox, 0, 100, &now, &trials), 0);
    atomic_store(&mailbox->valid, valid);
    cr_expect_eq(trials, now.tally.hits, "%s", step);
    cr_expect_eq(trials, (uint64_t)now.tally.limb[0], "%s", step);
    mcpar__result_close(&now);
    (void)atomic_fetch_add(&shared->count, 1);
}

Test(pool_fork_parts, at_every_step_a_commit_is_whole)
{
    open_seat();
    mcpar__step = look;
    for (uint64_t i = 0; i < 20; i++)
        commit(2 * i, 1, 1);
    cr_expect_geq(atomic_load(&shared->count), 58);
}

Test(pool_fork_parts, a_failure_lowers_the_mark_and_is_told_once)
{
    struct mcpar__failure failure = { MCPAR_ERR_TRIAL, .trial = 70, .returned = -5 }, told;

    open_seat();
    atomic_store(&queue->lowest, UINT64_MAX);
    cr_expect_not(mcpar__mailbox_failure(mailbox, &told));
    mcpar__mailbox_fail(mailbox, queue, &failure);
    cr_expect_eq(atomic_load(&queue->lowest), 70);
    mcpar__queue_lower(queue, 80);
    cr_expect_eq(atomic_load(&queue->lowest), 70);
    cr_expect(mcpar__mailbox_failure(mailbox, &told));
    cr_expect_eq(told.returned, -5);
    cr_expect_not(mcpar__mailbox_failure(mailbox, &told));
}

/* Sizes that do not fit are an error, not a small mapping. */
Test(pool_fork_parts, a_schema_beyond_all_memory)
{
    struct mcpar__schema vast = { SIZE_MAX / 1024 / 202, 0, NULL, NULL };

    cr_expect_null(mcpar__mailbox_map(&vast));
    cr_expect_eq(errno, ENOMEM);
}
