/* SPDX-License-Identifier: BSD-3-Clause */
/* rerun.h - trials that dead workers lost; the parent directs workers to run them again */
#ifndef MCPAR__RERUN_H
#define MCPAR__RERUN_H

#include "result/ledger.h"

struct mcpar__task {                       /* trials that the parent names; n = 0: the worker takes chunks itself */
    uint64_t first, n;
    int deaths;                            /* of its only trial, by its own doing */
};

struct mcpar__tasks {                      /* in ascending order, apart from each other; all zero: empty */
    struct mcpar__task *task;
    size_t n, room;
};

int mcpar__tasks_add(struct mcpar__tasks *tasks, struct mcpar__task task); /* 0 or MCPAR_ERR_MEMORY */
bool mcpar__tasks_next(struct mcpar__tasks *tasks, uint64_t below, struct mcpar__task *task);
void mcpar__tasks_close(struct mcpar__tasks *tasks);

/* Adds a task whose worker died: in halves, or unchanged if it is a single trial. */
int mcpar__tasks_halve(struct mcpar__tasks *tasks, struct mcpar__task task);

/* Adds the trials of [first, end) that are not held: each range at least in halves, and enough pieces for all
 * workers. */
int mcpar__tasks_missing(struct mcpar__tasks *tasks, const struct mcpar__ledger *held, uint64_t first, uint64_t end,
                         uint64_t workers);

#endif
