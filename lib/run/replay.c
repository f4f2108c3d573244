/* SPDX-License-Identifier: BSD-3-Clause */
/* replay.c - runs one trial, or one block, in the calling thread and tells all about it */
#include "base/guard.h"
#include "run/replay.h"
#include "trial/alone.h"
#include <stdio.h>
#include <string.h>

/* The bits of a double that nobody would take for a value. */
#define MARGIN UINT64_C(0xc5f3a96bd2e4871c)

enum stage { OPENING, RUNNING, CLOSING };

struct replay {
    mcpar *mc;
    struct mcpar__alone *alone;
    struct mcpar__failure failure;         /* if it is left */
    enum stage stage;
};

/* The handle can be used again, and nothing is lost but what the trial itself had in use. */
static void abandon(void *left)
{
    struct replay *replay = left;
    mcpar *mc = replay->mc;
    char what[400];

    if (!mcpar__own(mc))
        return;                            /* a process that the trial forked */
    mcpar__failure_words(mc, &replay->failure, true, what, sizeof what);
    if (replay->stage == RUNNING)
        (void)mcpar__fail(&mc->report, MCPAR_ERR_LEFT, "%s", what);
    else
        (void)mcpar__fail(&mc->report, MCPAR_ERR_LEFT, "%s was left by an exception or longjmp",
                          replay->stage == OPENING ? "scratch_new" : "scratch_free");
    (void)mcpar__end(mc, 0);
    if (replay->stage == RUNNING)
        mcpar__alone_close(replay->alone);
}

void mcpar__stray_words(const struct mcpar__job *job, uint64_t first, size_t n, const struct mcpar__answer *answer,
                        char *what, size_t room)
{
    unsigned long long trial = first, last = first + n - 1;

    if (job->block)
        (void)snprintf(what, room, "the block of trials %llu to %llu writes to values[%zu][%td], but it has %zu %s",
                       trial, last, answer->observable, answer->index, n, n == 1 ? "trial" : "trials");
    else if (answer->index < 0)
        (void)snprintf(what, room, "trial %llu writes to values[%td], which is before its values", trial,
                       answer->index);
    else
        (void)snprintf(what, room, "trial %llu writes to values[%td], but mcpar_observe has declared %zu %s", trial,
                       answer->index, job->schema->observables,
                       job->schema->observables == 1 ? "observable" : "observables");
}

int mcpar__replay(mcpar *mc, const struct mcpar__job *job, uint64_t first, size_t n, int *returned, uint64_t *hits,
                  double *values)
{
    struct replay replay = { .mc = mc, .failure = { .code = MCPAR_ERR_LEFT, .trial = first, .n = n } };
    MCPAR__GUARD guard = { .left = NULL };
    struct mcpar__answer answer;
    char what[400];
    int err;

    mcpar__guard_open(&guard, abandon, &replay);
    err = mcpar__alone_open(&replay.alone, job, n);
    if (err) {
        mcpar__guard_close(&guard);
        return mcpar__fail(&mc->report, err, "to run a trial alone");
    }
    replay.stage = RUNNING;
    mcpar__alone_run(replay.alone, first, n, MARGIN, &answer);
    *returned = answer.returned;
    *hits = answer.hits;
    for (size_t k = 0; values && k < job->schema->observables; k++)
        memcpy(values + k * n, mcpar__alone_values(replay.alone)[k], n * sizeof *values);
    replay.stage = CLOSING;
    mcpar__alone_close(replay.alone);
    mcpar__guard_close(&guard);
    if (answer.strayed) {
        mcpar__stray_words(job, first, n, &answer, what, sizeof what);
        return mcpar__fail(&mc->report, MCPAR_ERR_CHECK, "%s", what);
    }
    if (!answer.failure.code)
        return MCPAR_OK;
    mcpar__failure_words(mc, &answer.failure, true, what, sizeof what);
    return mcpar__fail(&mc->report, answer.failure.code, "%s", what);
}
