/* SPDX-License-Identifier: BSD-3-Clause */
/* recheck.c - runs an item of a check, in a worker */
#include "base/bits.h"
#include "base/hash.h"
#include "result/first.h"
#include "run/recheck.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/auxv.h>
#include <sys/syscall.h>
#endif

/* What stands around the values and on the stack: as doubles, about 1.1e77 and -5.3e-70; as integers, large. */
#define FILL UINT64_C(0x4fee6b2f8d1c9a75)
#define OTHER_FILL UINT64_C(0xb18d5ac3e7f09462)

struct bench {                             /* a worker's */
    struct mcpar__alone *alone;
    double *values[2];                     /* of two runs: those of observable k from values[][k * n] on */
    double *row;                           /* of one trial */
};

struct mcpar__item *mcpar__recheck_item(const struct mcpar__recheck *recheck, uint64_t index)
{
    return &recheck->found->item[recheck->again ? recheck->ran - 1 - index : index];
}

/* ---- What arg points to ---- */

enum { STACK = 512, ELSEWHERE = 16, WORD = 8 };

struct watch {
    const unsigned char *at;
    size_t n;
    unsigned char was[STACK];
};

#ifdef __linux__
/* The kernel tells: it looks at the set of signals before it finds that there is no such way to use it. */
static bool is_readable(uintptr_t at)
{
    if (at < WORD)                         /* NULL would be no set */
        return false;
    return syscall(SYS_rt_sigprocmask, ~0, at & ~(uintptr_t)(WORD - 1), NULL, WORD) != -1 || errno != EFAULT;
}

/* Whether it is on the main thread's stack, above this frame. The kernel has put its random bytes at the top. */
static bool is_on_stack(uintptr_t at)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0), top = (uintptr_t)getauxval(AT_RANDOM);

    return here < at && at < top && top - here < UINT64_C(1) << 26;
}
#else
static bool is_readable(uintptr_t at)
{
    (void)at;
    return false;
}

static bool is_on_stack(uintptr_t at)
{
    (void)at;
    return false;
}
#endif

/* Not by memcpy and memcmp, which AddressSanitizer replaces in a program that is built with it, also for this library:
 * it would take what stands between the program's variables for an error. */
__attribute__((no_sanitize_address)) static bool take(unsigned char *to, const volatile unsigned char *from, size_t n)
{
    bool same = true;

    for (size_t i = 0; i < n; i++) {
        unsigned char now = from[i];

        same &= to[i] == now;
        to[i] = now;
    }
    return same;
}

/* arg need not be a pointer at all, and what it points to may be short. So only its first bytes count, or, if it is
 * in a frame of the program's, what stands there above it: while the trial runs, nobody else writes that. */
static void watch_open(struct watch *watch, const void *arg)
{
    uintptr_t at = (uintptr_t)arg, page = (uintptr_t)sysconf(_SC_PAGESIZE);
    int saved = errno;

    watch->at = arg;
    watch->n = 0;
    if (arg && is_readable(at)) {
        watch->n = is_on_stack(at) ? STACK : ELSEWHERE;
        if (watch->n > page - at % page)
            watch->n = page - at % page;
        memset(watch->was, 0, watch->n);
        (void)take(watch->was, arg, watch->n);
    }
    errno = saved;
}

static bool is_written(struct watch *watch)
{
    return !take(watch->was, watch->at, watch->n);
}

/* ---- One run of an item ---- */

enum cut { WHOLE, SINGLES, HALVES };

static size_t piece(const struct mcpar__item *item, enum cut cut, size_t at)
{
    if (cut == WHOLE || item->n < 2)
        return item->n;
    if (cut == SINGLES)
        return 1;
    return at > 0 ? item->n - at : 1 + (size_t)(mcpar__mix(0, item->first) % (item->n - 1));
}

static void note_stray(struct mcpar__item *item, uint64_t first, size_t n, const struct mcpar__answer *answer)
{
    if (answer->strayed && item->fault.kind == MCPAR__FAULTLESS)
        item->fault = (struct mcpar__fault){ .kind = MCPAR__STRAYS, .stray = *answer, .first = first, .n = n };
}

static void shoot(const struct bench *bench, const struct mcpar__recheck *recheck, struct mcpar__item *item,
                  enum cut cut, uint64_t fill, struct mcpar__shot *shot, double *values)
{
    const size_t observables = recheck->job.schema->observables, n = item->n;

    *shot = (struct mcpar__shot){ .done = true };
    for (size_t at = 0; at < n && !shot->code;) {
        size_t some = piece(item, cut, at);
        struct mcpar__answer answer;

        mcpar__alone_run(bench->alone, item->first + at, some, fill, &answer);
        note_stray(item, item->first + at, some, &answer);
        shot->code = answer.failure.code;
        if (shot->code == MCPAR_ERR_MEMORY)
            atomic_store(&recheck->found->short_of_memory, true);
        shot->returned = answer.returned;
        shot->hits += answer.hits;
        shot->draws = some == n ? answer.draws : UINT64_MAX;
        for (size_t k = 0; k < observables; k++)
            memcpy(values + k * n + at, mcpar__alone_values(bench->alone)[k], some * sizeof *values);
        if (at == 0 && some == 1 && !shot->code) {
            for (size_t k = 0; k < observables; k++)
                bench->row[k] = values[k * n];
            shot->lowest = mcpar__digest(answer.hits, bench->row, observables);
        }
        at += some;
    }
    if (!shot->code)
        shot->digest = n == 1 ? shot->lowest : mcpar__digest(shot->hits, values, n * observables);
}

/* ---- Comparing ---- */

enum mcpar__field mcpar__shots_differ(const struct mcpar__shot *a, const struct mcpar__shot *b)
{
    if (a->code != b->code || a->returned != b->returned)
        return a->code || b->code ? MCPAR__IN_CODE : MCPAR__IN_HITS;
    if (a->code)
        return MCPAR__SAME;
    if (a->hits != b->hits)
        return MCPAR__IN_HITS;
    if (a->digest != b->digest)
        return MCPAR__IN_VALUES;
    return a->draws != UINT64_MAX && b->draws != UINT64_MAX && a->draws != b->draws ? MCPAR__IN_DRAWS : MCPAR__SAME;
}

/* Notes a difference between two shots whose values are those of the bench, and its kind. */
static void compare(const struct bench *bench, const struct mcpar__recheck *recheck, struct mcpar__item *item,
                    enum mcpar__fault_kind kind, const struct mcpar__shot *was, const struct mcpar__shot *is)
{
    const size_t observables = recheck->job.schema->observables;
    struct mcpar__fault fault = { .kind = kind, .field = mcpar__shots_differ(was, is), .was = *was, .is = *is };

    for (size_t i = 0; i < item->n && fault.field == MCPAR__IN_VALUES; i++)
        for (size_t k = 0; k < observables && fault.field == MCPAR__IN_VALUES; k++) {
            size_t at = k * item->n + i;

            if (mcpar__bits_of(bench->values[0][at]) != mcpar__bits_of(bench->values[1][at])) {
                fault.field = MCPAR__IN_VALUE;
                fault.trial = item->first + i;
                fault.observable = k;
                fault.old = bench->values[0][at];
                fault.now = bench->values[1][at];
            }
        }
    if (item->fault.kind == MCPAR__FAULTLESS)
        item->fault = fault;
}

static bool differ(const struct mcpar__shot *a, const struct mcpar__shot *b)
{
    return mcpar__shots_differ(a, b) != MCPAR__SAME && a->code != MCPAR_ERR_MEMORY && b->code != MCPAR_ERR_MEMORY;
}

/* A trial runs with two kinds of surroundings. If that makes a difference, more runs tell whether it was the
 * surroundings: what changes from call to call hardly follows them for so long. */
static void trial_again(const struct bench *bench, const struct mcpar__recheck *recheck, struct mcpar__item *item)
{
    static const bool others[] = { false, false, true, false, true, true, true, false, false, true };
    struct mcpar__shot other, more;

    shoot(bench, recheck, item, WHOLE, FILL, &item->two, bench->values[0]);
    shoot(bench, recheck, item, WHOLE, OTHER_FILL, &other, bench->values[1]);
    if (!differ(&item->two, &other))
        return;
    compare(bench, recheck, item, MCPAR__READS_UNSET, &item->two, &other);
    for (size_t i = 0; i < sizeof others / sizeof *others && item->fault.kind == MCPAR__READS_UNSET; i++) {
        shoot(bench, recheck, item, WHOLE, others[i] ? OTHER_FILL : FILL, &more, bench->values[1]);
        if (differ(others[i] ? &other : &item->two, &more))
            item->fault.kind = MCPAR__KEEPS;
    }
}

/* A block runs whole, twice, then trial by trial and in two pieces. */
static void block_again(const struct bench *bench, const struct mcpar__recheck *recheck, struct mcpar__item *item)
{
    static const enum cut cuts[] = { WHOLE, SINGLES, HALVES };
    struct mcpar__shot other;

    shoot(bench, recheck, item, WHOLE, FILL, &item->two, bench->values[0]);
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts && item->fault.kind == MCPAR__FAULTLESS; i++) {
        shoot(bench, recheck, item, cuts[i], FILL, &other, bench->values[1]);
        if (differ(&item->two, &other))
            compare(bench, recheck, item, cuts[i] == WHOLE ? MCPAR__KEEPS : MCPAR__SPLITS, &item->two, &other);
        if (cuts[i] == SINGLES)
            item->two.lowest = other.lowest;
    }
}

int mcpar__recheck_run(mcpar_rng *rng, double *values, void *arg)
{
    const struct mcpar__recheck *recheck = arg;
    const struct bench *bench = mcpar_scratch(rng);
    struct mcpar__item *item = mcpar__recheck_item(recheck, mcpar_trial_number(rng));
    struct watch watch;

    (void)values;
    watch_open(&watch, recheck->job.arg);
    if (!recheck->again)
        shoot(bench, recheck, item, WHOLE, FILL, &item->one, bench->values[0]);
    else if (recheck->job.block)
        block_again(bench, recheck, item);
    else
        trial_again(bench, recheck, item);
    if (is_written(&watch) && item->fault.kind != MCPAR__STRAYS)
        item->fault = (struct mcpar__fault){ .kind = MCPAR__WRITES_ARG };
    return 0;
}

/* ---- A worker's memory ---- */

void mcpar__recheck_free(void *opened, void *recheck)
{
    struct bench *bench = opened;
    struct mcpar__alone *alone = bench->alone;

    (void)recheck;
    free(bench->values[0]);
    free(bench->values[1]);
    free(bench->row);
    free(bench);
    mcpar__alone_close(alone);             /* last, because an exception may leave scratch_free */
}

void *mcpar__recheck_new(void *arg)
{
    const struct mcpar__recheck *recheck = arg;
    size_t values = recheck->job.schema->observables * recheck->longest;
    struct mcpar__alone *alone = NULL;
    struct bench *bench;
    int err = mcpar__alone_open(&alone, &recheck->job, recheck->longest);

    if (err) {
        if (err == MCPAR_ERR_MEMORY)
            atomic_store(&recheck->found->short_of_memory, true);
        return NULL;
    }
    bench = calloc(1, sizeof *bench);
    if (!bench) {
        atomic_store(&recheck->found->short_of_memory, true);
        mcpar__alone_close(alone);
        return NULL;
    }
    bench->alone = alone;
    if (values > 0) {
        bench->values[0] = calloc(values, sizeof(double));
        bench->values[1] = calloc(values, sizeof(double));
        bench->row = calloc(recheck->job.schema->observables, sizeof(double));
        if (!bench->values[0] || !bench->values[1] || !bench->row) {
            atomic_store(&recheck->found->short_of_memory, true);
            mcpar__recheck_free(bench, NULL);
            return NULL;
        }
    }
    return bench;
}
