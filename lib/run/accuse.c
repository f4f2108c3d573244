/* SPDX-License-Identifier: BSD-3-Clause */
/* accuse.c - says in words which rule a trial breaks, and what is probably wrong */
#include "run/replay.h"
#include "run/verify.h"
#include <stdio.h>

uint64_t mcpar__trial_at_fault(const struct mcpar__item *item)
{
    if (item->fault.kind == MCPAR__STRAYS)
        return item->fault.first;
    return item->fault.field == MCPAR__IN_VALUE ? item->fault.trial : item->first;
}

/* "returned 1 and then 0" */
static void tell_field(const mcpar *mc, const struct mcpar__fault *f, bool block, char *what, size_t room)
{
    switch (f->field) {
    case MCPAR__IN_CODE:
        (void)snprintf(what, room, "once %s%s%s and once %s%s%s", f->was.code ? "failed (" : "succeeded",
                       f->was.code ? mcpar_strerror(f->was.code) : "", f->was.code ? ")" : "",
                       f->is.code ? "failed (" : "succeeded", f->is.code ? mcpar_strerror(f->is.code) : "",
                       f->is.code ? ")" : "");
        break;
    case MCPAR__IN_HITS:
        (void)snprintf(what, room, block ? "had %llu hits and then %llu" : "returned %llu and then %llu",
                       (unsigned long long)f->was.hits, (unsigned long long)f->is.hits);
        break;
    case MCPAR__IN_DRAWS:
        (void)snprintf(what, room, "took %llu draws and then %llu", (unsigned long long)f->was.draws,
                       (unsigned long long)f->is.draws);
        break;
    case MCPAR__IN_VALUE:
        (void)snprintf(what, room, "reported %.17g and then %.17g as observable %zu (%.255s)", f->old, f->now,
                       f->observable, mc->schema.name[f->observable]);
        break;
    default:
        (void)snprintf(what, room, "reported some values and then others");
    }
}

static const char *why(enum mcpar__fault_kind kind)
{
    switch (kind) {
    case MCPAR__KEEPS:
        return ", run twice in a row: it keeps something from one call to the next (a static or global variable, "
               "rand(), what arg points to) or looks at the time";
    case MCPAR__READS_UNSET:
        return ", depending on what was in memory before: it reads a variable that it has not set, or past its values";
    case MCPAR__SPLITS:
        return ", run in smaller blocks: the results of a block function must not depend on how trials are split into "
               "blocks";
    default:
        return ", run in another order in another pass: it depends on the trials that ran before it, on the time or "
               "the process, or on memory that it has not set";
    }
}

int mcpar__accuse(mcpar *mc, const struct mcpar__job *job, const struct mcpar__item *item)
{
    const struct mcpar__fault *f = &item->fault;
    const bool block = job->block != NULL;
    struct mcpar__report *report = &mc->report;
    unsigned long long trial = mcpar__trial_at_fault(item);
    char what[700], who[80];

    if (block && (f->kind != MCPAR__OTHER && f->field != MCPAR__IN_VALUE))
        (void)snprintf(who, sizeof who, "the block of trials %llu to %llu", trial, trial + item->n - 1);
    else
        (void)snprintf(who, sizeof who, "trial %llu", trial);
    switch (f->kind) {
    case MCPAR__STRAYS:
        mcpar__stray_words(job, f->first, f->n, &f->stray, what, sizeof what);
        return mcpar__fail(report, MCPAR_ERR_CHECK, "%s", what);
    case MCPAR__WRITES_ARG:
        return mcpar__fail(report, MCPAR_ERR_CHECK,
                           "%s writes to what arg points to: trials must only read it. Report numbers as observables, "
                           "and take memory to work in from scratch_new", who);
    case MCPAR__OTHER:
        return mcpar__fail(report, MCPAR_ERR_CHECK,
                           "%s returns something else than in the result that the handle holds: has the trial function "
                           "or its argument changed?", who);
    default:
        tell_field(mc, f, block, what, sizeof what);
        return mcpar__fail(report, MCPAR_ERR_CHECK, "%s %s%s", who, what, why(f->kind));
    }
}
