/* SPDX-License-Identifier: BSD-3-Clause */
/* rerun.c - runs the trials of dead workers again, in ever smaller pieces; the ledger (the ranges held) shows which
 *
 * Halving a chunk of n trials finds the one that ends its process after log2(n) deaths and clears all others. */
#include "pool/fork/fork.h"
#include <stdlib.h>
#include <string.h>

int mcpar__tasks_add(struct mcpar__tasks *tasks, struct mcpar__task task)
{
    size_t at = tasks->n;

    if (tasks->n == tasks->room) {
        size_t room = tasks->room ? 2 * tasks->room : 16;
        struct mcpar__task *more;

        if (room > SIZE_MAX / sizeof *more)
            return MCPAR_ERR_MEMORY;
        more = realloc(tasks->task, room * sizeof *more);
        if (!more)
            return MCPAR_ERR_MEMORY;
        tasks->task = more;
        tasks->room = room;
    }
    while (at > 0 && tasks->task[at - 1].first > task.first)
        at--;
    memmove(tasks->task + at + 1, tasks->task + at, (tasks->n - at) * sizeof task);
    tasks->task[at] = task;
    tasks->n++;
    return 0;
}

/* Lowest first: the run reports the lowest failing trial, and those above it need not run. */
bool mcpar__tasks_next(struct mcpar__tasks *tasks, uint64_t below, struct mcpar__task *task)
{
    if (tasks->n > 0 && tasks->task[0].first >= below)
        tasks->n = 0;
    if (tasks->n == 0)
        return false;
    *task = tasks->task[0];
    tasks->n--;
    memmove(tasks->task, tasks->task + 1, tasks->n * sizeof *task);
    if (task->n > below - task->first)
        task->n = below - task->first;
    return true;
}

void mcpar__tasks_close(struct mcpar__tasks *tasks)
{
    free(tasks->task);
    *tasks = (struct mcpar__tasks){ 0 };
}

int mcpar__tasks_halve(struct mcpar__tasks *tasks, struct mcpar__task task)
{
    uint64_t half = task.n / 2;
    int err;

    if (half == 0)
        return mcpar__tasks_add(tasks, task);
    err = mcpar__tasks_add(tasks, (struct mcpar__task){ task.first, half, 0 });
    return err ? err : mcpar__tasks_add(tasks, (struct mcpar__task){ task.first + half, task.n - half, 0 });
}

int mcpar__tasks_missing(struct mcpar__tasks *tasks, const struct mcpar__ledger *held, uint64_t first, uint64_t end,
                         uint64_t workers)
{
    struct mcpar__ledger missing = { 0 };
    int err = end > first ? mcpar__ledger_missing(held, first, end - first, &missing) : 0;
    uint64_t most = mcpar__ledger_trials(&missing) / (2 * workers) + 1;

    for (size_t i = 0; i < missing.n && !err; i++) {
        struct mcpar__range range = missing.range[i];
        uint64_t half = range.n - range.n / 2, piece = half < most ? half : most;

        for (uint64_t done = 0; done < range.n && !err; done += piece) {
            if (piece > range.n - done)
                piece = range.n - done;
            err = mcpar__tasks_add(tasks, (struct mcpar__task){ range.first + done, piece, 0 });
        }
    }
    mcpar__ledger_close(&missing);
    return err;
}
