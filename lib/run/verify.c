/* SPDX-License-Identifier: BSD-3-Clause */
/* verify.c - checks a trial function: chooses a sample of trials, has the pool run it in two passes, looks for the
 * lowest trial that breaks the rules, and agrees with the other ranks on what was found */
#include "base/clock.h"
#include "base/guard.h"
#include "base/hash.h"
#include "run/job.h"
#include "run/recheck.h"
#include "run/replay.h"
#include "run/verify.h"
#include "schedule/plan.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum {
    RUNS = 16,                             /* of an item in a pass, at most */
    CHECKED = 64,                          /* trials that the option check takes of each call */
    FEW = 8,                               /* items that one worker runs again alone */
    SMALL = 16, LARGE = 1024,              /* trials in a block of the sample: in each, and in the last one */
    VALUES = 131072                        /* most values in a block, unless a single trial has more */
};
#define CHECK_NS UINT64_C(5000000000)      /* no more trials begin after so long, in the first pass of a check */
#define FOREVER_NS UINT64_C(1000000000000000)
#define SECOND_NS UINT64_C(1000000000)

struct checking {                          /* what this rank knows */
    mcpar *mc;
    const struct mcpar__job *job;          /* of the sampling call, or made as for one */
    struct mcpar__recheck recheck;
    size_t items, bytes;                   /* of the sample, and of its memory */
    void *pool;
    struct mcpar__result round;            /* of a pass; says nothing */
    struct mcpar__failure failure;         /* of an item that could not be run to its end */
    bool closing;                          /* only the pool is left to close */
    uint64_t done;                         /* items that both passes ran, on all ranks */
};

/* ---- The sample ---- */

static uint64_t part(uint64_t count, uint64_t k, uint64_t of)
{
    __extension__ typedef unsigned __int128 wide;

    return (uint64_t)((wide)count * k / of);
}

/* The range with trial number `at`, counted over all ranges; *at becomes its place in there. */
static const struct mcpar__range *range_at(const struct mcpar__ledger *among, uint64_t *at)
{
    const struct mcpar__range *range = among->range;

    while (*at >= range->n)
        *at -= (range++)->n;
    return range;
}

/* An item that begins between trials `low` and `high` of all: at `low` the first one, as far up as it can the last
 * one, the others somewhere. */
static struct mcpar__item item_in(const struct mcpar__ledger *among, uint64_t low, uint64_t high, size_t most,
                                  int place)
{
    uint64_t spare = high - low > most ? high - low - most : 0;
    uint64_t at = low + (place == 0 ? 0 : place < 0 ? spare : mcpar__mix(1, low) % (spare + 1));
    const struct mcpar__range *range = range_at(among, &at);
    size_t n = range->n - at < most ? (size_t)(range->n - at) : most;

    return (struct mcpar__item){ .first = range->first + at, .n = n };
}

/* Items of at most `most` trials, from as many parts of all the trials. The first and the last are the first to run,
 * the others come in no order, so that a check that is cut short has seen trials from everywhere. */
static void choose(struct mcpar__item *item, size_t items, const struct mcpar__ledger *among, size_t most)
{
    uint64_t count = mcpar__ledger_trials(among);

    for (size_t k = 0; k < items; k++) {
        size_t to = k == 0 ? 0 : k == items - 1 ? 1 : k + 1;

        item[to] = item_in(among, part(count, k, items), part(count, k + 1, items), most,
                           k == 0 ? 0 : k == items - 1 ? -1 : 1);
    }
    for (size_t k = items; k > 3; k--) {
        size_t with = 2 + (size_t)(mcpar__mix(2, k) % (k - 2));
        struct mcpar__item swapped = item[k - 1];

        item[k - 1] = item[with];
        item[with] = swapped;
    }
}

/* Makes a sample of about n of the trials. Returns 0, or a code with its message. */
static int open_sample(struct checking *c, const struct mcpar__ledger *among, uint64_t n)
{
    struct mcpar__recheck *recheck = &c->recheck;
    const size_t observables = c->mc->schema.observables, large = c->job->block && n >= SMALL;
    size_t most = c->job->block && c->job->longest ? c->job->longest : LARGE, small;
    uint64_t count = mcpar__ledger_trials(among), items;

    n = n < count ? n : count;
    if (observables > 0 && most > VALUES / observables)
        most = VALUES / observables;
    most = c->job->block ? most : 1;
    small = most < SMALL ? most : SMALL;
    items = (n + small - 1) / small;
    if (items <= SIZE_MAX / sizeof *recheck->found->item / 2) {
        c->bytes = sizeof *recheck->found + ((size_t)items + 1) * sizeof *recheck->found->item;
        recheck->found = mmap(NULL, c->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    }
    if (!recheck->found || recheck->found == MAP_FAILED) {
        recheck->found = NULL;
        return mcpar__fail(&c->mc->report, MCPAR_ERR_MEMORY, "for a sample of %llu trials", (unsigned long long)n);
    }
    choose(recheck->found->item, (size_t)items, among, small);
    recheck->longest = small;
    if (large) {                           /* such a block is of the size that sampling uses */
        recheck->found->item[items++] = item_in(among, 0, count, most, 0);
        recheck->longest = most;
    }
    c->items = (size_t)items;
    return 0;
}

static void close_sample(struct checking *c)
{
    if (c->recheck.found)
        (void)munmap(c->recheck.found, c->bytes);
    c->recheck.found = NULL;
}

/* ---- Passes ---- */

/* Has new workers run the first n items. Trials that fail do not fail the pass; *failure is for those that crash, do
 * not end, or leave. */
static int run_pass(struct checking *c, size_t items, uint64_t limit_ns)
{
    static const struct mcpar__schema nothing = { 0 };
    const struct mcpar__job job = { .trial = mcpar__recheck_run, .arg = &c->recheck, .schema = &nothing,
                                    .scratch_new = mcpar__recheck_new, .scratch_free = mcpar__recheck_free,
                                    .scratch_arg = &c->recheck, .deadlock_ns = c->job->deadlock_ns,
                                    .stop_ns = c->job->stop_ns, .stuck_ns = RUNS * c->job->stuck_ns,
                                    .stop = c->job->stop, .end = items,
                                    .digest_of = { UINT64_MAX, UINT64_MAX }, .lock = c->job->lock,
                                    .may_be_serial = c->job->may_be_serial };
    mcpar *mc = c->mc;
    const struct mcpar__pool *table = mc->pool;
    /* Threads that run few trials can hide from each other what a trial keeps: 0 and 1 in one, then 0 and 1 in the
     * other, are 0 and 0 for each if their turns alternate. */
    const bool alone = table == &mcpar__pool_serial || (c->recheck.again && items < FEW);
    uint64_t n = items;
    void *pool;
    int err = 0;

    if (items == 0 || mcpar__stop_due(&mc->stop))
        return 0;
    c->closing = false;
    if (mcpar__result_open(&c->round, &nothing))
        err = mcpar__fail(&mc->report, MCPAR_ERR_MEMORY, "to check trials");
    if (!err)
        err = table->open(&c->pool, &job, alone ? 1 : mc->settings.in_force.workers, &mc->report);
    if (!err)
        err = table->round(c->pool, 0, &n, limit_ns, &c->round, &c->failure, &mc->report);
    if (err == MCPAR_ERR_SCRATCH && atomic_load(&c->recheck.found->short_of_memory)) {
        mc->report.code = 0;
        err = mcpar__fail(&mc->report, MCPAR_ERR_MEMORY, "to check trials");
    }
    if (c->failure.code) {                 /* index of an item: becomes its trials */
        const struct mcpar__item *item = mcpar__recheck_item(&c->recheck, c->failure.trial);

        c->failure.trial = item->first;
        c->failure.n = item->n;
    }
    c->closing = true;
    mcpar__result_close(&c->round);
    pool = c->pool;
    c->pool = NULL;
    if (pool)
        table->close(pool);
    return err;
}

/* The first check of a process waits until the clock shows another second, so that trials that take their randomness
 * from time(2) are found. Not each check: a program may have many handles, and a trial may have some of its own. */
static void next_second(mcpar *mc)
{
    static atomic_bool waited;
    uint64_t start = mcpar__nanoseconds();
    time_t now = time(NULL);

    if (atomic_exchange(&waited, true))
        return;
    while (time(NULL) == now && mcpar__nanoseconds() - start < 2 * SECOND_NS && !mcpar__stop_due(&mc->stop))
        (void)nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
}

static int run_passes(struct checking *c, uint64_t limit_ns)
{
    struct mcpar__recheck *recheck = &c->recheck;
    int err = run_pass(c, c->items, limit_ns);

    while (recheck->ran < c->items && recheck->found->item[recheck->ran].one.done)
        recheck->ran++;
    if (err || c->failure.code)
        return err;
    next_second(c->mc);
    recheck->again = true;
    return run_pass(c, recheck->ran, FOREVER_NS);
}

/* ---- The verdict ---- */

/* Compares the passes, and the lowest trial with what is held. */
static void judge(const mcpar *mc, struct mcpar__item *item)
{
    const struct mcpar__first *first = &mc->first;
    struct mcpar__fault *fault = &item->fault;

    if (fault->kind != MCPAR__FAULTLESS || !item->one.done || !item->two.done || item->one.code == MCPAR_ERR_MEMORY ||
        item->two.code == MCPAR_ERR_MEMORY)
        return;
    fault->field = mcpar__shots_differ(&item->one, &item->two);
    fault->was = item->one;
    fault->is = item->two;
    if (fault->field != MCPAR__SAME)
        fault->kind = MCPAR__DEPENDS;
    else if (first->known && mc->held.n > 0 && first->trial == mc->held.range[0].first && first->trial == item->first &&
             item->two.lowest != 0 && item->two.lowest != first->digest)
        fault->kind = MCPAR__OTHER;
}

/* The lowest trial at fault. That the result is of another function counts last: a trial that breaks another rule
 * explains it, too. */
static const struct mcpar__item *lowest_fault(struct checking *c)
{
    const struct mcpar__item *lowest = NULL;

    for (size_t i = 0; i < c->items; i++) {
        struct mcpar__item *item = &c->recheck.found->item[i];
        bool other;

        judge(c->mc, item);
        if (item->fault.kind == MCPAR__FAULTLESS)
            continue;
        other = item->fault.kind == MCPAR__OTHER;
        if (!lowest || (lowest->fault.kind == MCPAR__OTHER && !other) ||
            (!other && mcpar__trial_at_fault(item) < mcpar__trial_at_fault(lowest)))
            lowest = item;
    }
    return lowest;
}

/* ---- With the other ranks ---- */

static struct mcpar__said saying(const struct checking *c)
{
    return (struct mcpar__said){ .call = MCPAR__VERIFY, .block = c->job->block != NULL, .n = c->items };
}

/* Between the verdicts of ranks that all found nothing: do they have the same answers? */
static int compare_ranks(struct checking *c, size_t items)
{
    mcpar *mc = c->mc;
    const struct mcpar__said said = saying(c);
    struct mcpar__agreement a = { { 0 }, { 0 } };
    int64_t *digest = calloc(items ? items : 1, sizeof *digest);
    uint64_t lowest = UINT64_MAX, hash = 0;
    int err;

    if (!digest)
        (void)mcpar__fail(&mc->report, MCPAR_ERR_MEMORY, "to compare the ranks");
    for (size_t i = 0; i < items && digest; i++) {
        const struct mcpar__shot *shot = &c->recheck.found->item[i].one;
        uint64_t all = mcpar__mix(mcpar__mix(shot->digest, shot->draws), (uint64_t)shot->code);

        hash = mcpar__mix(hash, all);
        memcpy(digest + i, &all, sizeof all);
    }
    a.min[MCPAR__LEAST_HASH] = hash;
    a.min[MCPAR__LEAST_NOT_HASH] = ~hash;
    err = mcpar__agree(mc, &said, &a);
    if (err || a.min[MCPAR__LEAST_HASH] == ~a.min[MCPAR__LEAST_NOT_HASH]) {
        free(digest);
        return err;
    }
    for (size_t i = 0; i < items && mc->rank > 0; i++)
        digest[i] = 0;
    if (mc->comm->add(mc->ranks, digest, items))
        (void)mcpar__fail(&mc->report, MCPAR_ERR_COMM, "to compare the ranks");
    for (size_t i = 0; i < items; i++) {
        const struct mcpar__item *item = &c->recheck.found->item[i];
        uint64_t mine = mcpar__mix(mcpar__mix(item->one.digest, item->one.draws), (uint64_t)item->one.code);

        if (memcmp(&mine, digest + i, sizeof mine) != 0 && item->first < lowest)
            lowest = item->first;
    }
    free(digest);
    a = (struct mcpar__agreement){ .min = { [MCPAR__LEAST_FAULT] = lowest } };
    err = mcpar__agree(mc, &said, &a);
    if (err)
        return err;
    mcpar__failed_at(mc, MCPAR_ERR_CHECK, a.min[MCPAR__LEAST_FAULT]);
    if (lowest == a.min[MCPAR__LEAST_FAULT] && lowest != UINT64_MAX)
        (void)mcpar__fail(&mc->report, MCPAR_ERR_CHECK,
                          "trial %llu has another answer on rank %d than on rank 0: do all ranks have the same "
                          "program, the same arguments, and mathematical functions that give the same bits?",
                          (unsigned long long)lowest, mc->rank);
    return mcpar__agree(mc, &said, NULL);
}

/* Of all ranks, the lowest trial at fault counts. */
static int agree_on_fault(struct checking *c, const struct mcpar__item *fault)
{
    mcpar *mc = c->mc;
    const struct mcpar__said said = saying(c);
    struct mcpar__agreement a = { { 0 }, { 0 } };
    uint64_t lowest = fault ? mcpar__trial_at_fault(fault) : UINT64_MAX;
    int err;

    for (size_t i = 0; i < c->recheck.ran; i++)
        c->done += c->recheck.found->item[i].two.done;
    a.min[MCPAR__LEAST_RAN] = c->recheck.ran;
    a.min[MCPAR__LEAST_FAULT] = lowest;
    a.min[MCPAR__LEAST_DONE] = c->done;
    err = mc->size > 1 ? mcpar__agree(mc, &said, &a) : mc->report.code;
    if (err)
        return err;
    c->done = a.min[MCPAR__LEAST_DONE];
    if (a.min[MCPAR__LEAST_FAULT] == UINT64_MAX)
        return mc->size > 1 ? compare_ranks(c, (size_t)a.min[MCPAR__LEAST_RAN]) : 0;
    mcpar__failed_at(mc, MCPAR_ERR_CHECK, a.min[MCPAR__LEAST_FAULT]);
    if (fault && lowest == a.min[MCPAR__LEAST_FAULT])
        (void)mcpar__accuse(mc, c->job, fault);
    return mc->size > 1 ? mcpar__agree(mc, &said, NULL) : mc->report.code;
}

/* ---- The whole ---- */

/* Runs when an exception, longjmp or a cancellation leaves the call in this process. The other ranks wait for the
 * agreement, or soon will, and learn of it there. */
static void abandon(void *left)
{
    struct checking *c = left;
    mcpar *mc = c->mc;
    const struct mcpar__pool *table = mc->pool;
    void *pool = c->pool;
    char what[400];

    if (!mcpar__own(mc))
        return;                            /* a process that a trial forked */
    mc->report.code = 0;
    if (pool && table == &mcpar__pool_serial) {
        uint64_t n;
        const struct mcpar__item *item = mcpar__recheck_item(&c->recheck, mcpar__serial_trial(pool, &n));
        struct mcpar__failure failure = { .code = MCPAR_ERR_LEFT, .trial = item->first, .n = item->n };

        mcpar__failed_at(mc, MCPAR_ERR_LEFT, item->first);
        mcpar__failure_words(mc, &failure, true, what, sizeof what);
        (void)mcpar__fail(&mc->report, MCPAR_ERR_LEFT, "%s", what);
    } else {
        (void)mcpar__fail(&mc->report, MCPAR_ERR_LEFT, "%s was left by an exception, longjmp or pthread_cancel",
                          c->closing                     ? "scratch_free"
                          : table == &mcpar__pool_serial ? "scratch_new"
                                                         : "a check of trials");
    }
    if (mc->size > 1) {
        const struct mcpar__said said = saying(c);

        (void)mcpar__agree(mc, &said, NULL);
    }
    if (!c->closing)
        mcpar__result_close(&c->round);
    (void)mcpar__end(mc, 0);
    if (pool)                              /* before its memory goes, and last, because scratch_free may be left, too */
        table->close(pool);
    close_sample(c);
}

/* Checks n of these trials. A trial that could not be run to its end is an error if `strict`; else only a note, because
 * the sampling that follows will tell. */
static int check(struct checking *c, const struct mcpar__ledger *among, uint64_t n, uint64_t limit_ns, bool strict)
{
    MCPAR__GUARD guard = { .left = NULL };
    mcpar *mc = c->mc;
    const struct mcpar__item *fault = NULL;
    int err;

    c->recheck.job = mcpar__trial_job(mc, c->job->trial, c->job->block, c->job->arg);
    c->closing = true;
    mcpar__guard_open(&guard, abandon, c);
    if (!open_sample(c, among, n))
        (void)run_passes(c, limit_ns);
    mcpar__guard_close(&guard);
    if (!mc->report.code)
        fault = lowest_fault(c);
    if (!mc->report.code && !fault && atomic_load(&c->recheck.found->short_of_memory))
        (void)mcpar__fail(&mc->report, MCPAR_ERR_MEMORY, "to check trials");
    if (!mc->report.code && !fault && c->failure.code) {
        char what[400];

        mcpar__failure_words(mc, &c->failure, true, what, sizeof what);
        if (strict)
            (void)mcpar__fail(&mc->report, c->failure.code, "%s", what);
        else
            mcpar__note(&mc->report, "check: %s: %s", mcpar_strerror(c->failure.code), what);
    }
    err = agree_on_fault(c, fault);
    close_sample(c);
    return err;
}

int mcpar__verify(mcpar *mc, const struct mcpar__job *job, uint64_t n)
{
    struct checking c = { .mc = mc, .job = job };
    int err = check(&c, &mc->held, n, FOREVER_NS, true);

    if (!err && c.done < c.items)
        err = mcpar__fail(&mc->report, MCPAR_STOPPED, "%llu of %zu %s were checked", (unsigned long long)c.done,
                          c.items, job->block ? "blocks" : "trials");
    return err;
}

int mcpar__check(mcpar *mc, const struct mcpar__job *job, uint64_t n, uint64_t end)
{
    const mcpar_options *o = &mc->settings.in_force;
    struct mcpar__range add = mcpar__share(n, (uint64_t)o->part, 1, (uint64_t)o->parts), range[2];
    const struct mcpar__ledger added = { &add, add.n > 0, 1, 1 };
    struct mcpar__ledger among = { range, 0, 2, 1 };
    struct checking c = { .mc = mc, .job = job };

    add.first += mc->asked;
    range[0] = mcpar__missing(mc);
    if (end < range[0].first + range[0].n)
        range[0].n = end > range[0].first ? end - range[0].first : 0;
    among.n += range[0].n > 0;
    range[among.n] = mcpar__ledger_gap(&added, &mc->held);
    among.n += range[among.n].n > 0;
    return among.n > 0 ? check(&c, &among, CHECKED, CHECK_NS, false) : 0;
}
