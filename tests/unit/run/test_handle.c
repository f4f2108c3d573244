/* SPDX-License-Identifier: BSD-3-Clause */
/* handle.c by itself: who may open a call and when; and that a handle frees all that it has, whatever could not be had.
 *
 * To be linked with -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=aligned_alloc,--wrap=free */
#include "run/handle.h"
#include "unit.h"
#include "wrapped.h"
#include <stdlib.h>

/* ---- Allocations of the library, and the one that is refused ---- */

enum { MOST = 1024 };

static void *live[MOST];                   /* what was allocated and not freed */
static long until = -1, made;              /* allocation number `until` fails; -1: none */
static int counting;

static int refused(void)
{
    return counting && made++ == until;
}

static void *keep(void *p)
{
    for (int i = 0; counting && p && i < MOST; i++)
        if (!live[i]) {
            live[i] = p;
            break;
        }
    return p;
}

static void forget(const void *p)
{
    for (int i = 0; p && i < MOST; i++)
        if (live[i] == p)
            live[i] = NULL;
}

static int alive(void)
{
    int n = 0;

    for (int i = 0; i < MOST; i++)
        n += live[i] != NULL;
    return n;
}

void *__wrap_malloc(size_t n)
{
    return refused() ? NULL : keep(__real_malloc(n));
}

void *__wrap_calloc(size_t n, size_t size)
{
    return refused() ? NULL : keep(__real_calloc(n, size));
}

void *__wrap_realloc(void *p, size_t n)
{
    void *moved;

    if (refused())
        return NULL;
    forget(p);
    moved = __real_realloc(p, n);
    return keep(moved ? moved : p);
}

char *__wrap_strdup(const char *s)
{
    return refused() ? NULL : keep(__real_strdup(s));
}

void *__wrap_aligned_alloc(size_t line, size_t n)
{
    return refused() ? NULL : keep(__real_aligned_alloc(line, n));
}

void __wrap_free(void *p)
{
    forget(p);
    __real_free(p);
}

/* ---- A whole life ---- */

static int trial(mcpar_rng *rng, double *values, void *arg)
{
    (void)arg;
    values[0] = values[1] = mcpar_uniform(rng);
    return 0;
}

/* The first code that is not 0. Whatever happens, the handle is finalized. */
static int live_through(mcpar **mc)
{
    static const char *const names[] = { "a", "b" };
    static const size_t pairs[][2] = { { 0, 1 } };
    mcpar_options options = MCPAR_OPTIONS_INIT;
    int err, end;

    options.pool = MCPAR_POOL_SERIAL;
    options.comm = MCPAR_COMM_SELF;
    options.tag = "a tag";
    err = mcpar_init(mc, &options);
    err = err ? err : mcpar_observe(*mc, 2, names);
    err = err ? err : mcpar_observe_pairs(*mc, 1, pairs[0]);
    err = err ? err : mcpar_sample(*mc, 100, trial, NULL);
    err = err ? err : mcpar_reduce(*mc, NULL);
    err = err ? err : mcpar_reset(*mc, 1);
    err = err ? err : mcpar_sample(*mc, 10, trial, NULL);
    end = mcpar_finalize(mc);
    return err ? err : end;
}

Test(handle, frees_all_that_it_has_whatever_could_not_be_had)
{
    long all;
    mcpar *mc;

    counting = 1;
    cr_assert_eq(live_through(&mc), 0);
    cr_assert_eq(alive(), 0, "%d are left of a life without failures", alive());
    all = made;
    cr_assert_gt(all, 5, "only %ld allocations", all);
    for (until = 0; until < all; until++) {
        int err;

        made = 0;
        err = live_through(&mc);
        cr_assert_eq(err, MCPAR_ERR_MEMORY, "allocation %ld of %ld: code %d", until, all, err);
        cr_assert_null(mc);
        cr_assert_eq(alive(), 0, "allocation %ld of %ld: %d are left", until, all, alive());
    }
    counting = 0;
}

/* ---- The door ---- */

static mcpar *opened(void)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;
    mcpar *mc;

    options.pool = MCPAR_POOL_SERIAL;
    options.comm = MCPAR_COMM_SELF;
    cr_assert_eq(mcpar_init(&mc, &options), 0);
    return mc;
}

Test(handle, none_opens_no_call)
{
    cr_assert_eq(mcpar__begin(NULL), MCPAR_ERR_ARGUMENT);
    cr_assert_not(mcpar__own(NULL));
}

Test(handle, is_one_calls_alone_until_it_ends)
{
    mcpar *mc = opened();

    (void)mcpar__fail(&mc->report, MCPAR_ERR_OPTION, "of an earlier call");
    cr_assert_eq(mcpar__begin(mc), 0);
    cr_assert_eq(mc->report.code, 0, "a call begins without the failure of the one before");
    cr_assert_not_null(strstr(mcpar_message(mc), "of an earlier call"), "but the message stays");
    for (int i = 0; i < 3; i++)
        cr_assert_eq(mcpar__begin(mc), MCPAR_ERR_BUSY);
    cr_assert(mcpar__own(mc), "to look is allowed all the same");
    cr_assert_eq(mcpar_finalize(&mc), MCPAR_ERR_BUSY);
    cr_assert_not_null(mc);
    cr_assert_eq(mcpar__end(mc, MCPAR_ERR_VALUE), MCPAR_ERR_VALUE, "the code of the call passes through");
    cr_assert_eq(mcpar__begin(mc), 0);
    cr_assert_eq(mcpar__end(mc, 0), 0);
    cr_assert_eq(mcpar_finalize(&mc), 0);
}

/* A broken handle gives its code in every call, is never busy for that, and can be finalized. */
Test(handle, is_broken_for_good)
{
    mcpar *mc = opened();

    mc->broken = MCPAR_ERR_COMM;
    for (int i = 0; i < 3; i++)
        cr_assert_eq(mcpar__begin(mc), MCPAR_ERR_COMM);
    cr_assert_eq(mcpar_reset(mc, 0), MCPAR_ERR_COMM);
    cr_assert(mcpar__own(mc));
    cr_assert_eq(mcpar_finalize(&mc), 0);
    cr_assert_null(mc);
}

/* A child has no part in it, in a call or between two; the parent does not notice. */
Test(handle, belongs_to_the_process_that_made_it)
{
    for (int busy = 0; busy < 2; busy++) {
        mcpar *mc = opened();
        int status;
        pid_t child;

        cr_assert_eq(busy ? mcpar__begin(mc) : 0, 0);
        child = fork();
        if (child == 0)
            _exit(mcpar__own(mc) ? 1 : mcpar__begin(mc) != MCPAR_ERR_FORKED ? 2 : 0);
        cr_assert_eq(waitpid(child, &status, 0), child);
        cr_assert_eq(status, 0, "busy %d: %#x", busy, (unsigned int)status);
        cr_assert(mcpar__own(mc));
        cr_assert_eq(busy ? mcpar__end(mc, 0) : mcpar__begin(mc), 0);
        cr_assert_eq(mcpar__end(mc, 0), 0);
        cr_assert_eq(mcpar_finalize(&mc), 0);
    }
}
