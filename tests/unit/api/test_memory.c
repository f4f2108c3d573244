/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory that runs out: the n-th allocation of a call fails, alone or with all after it, for every n that there is.
 * Each time: the named error, nothing changed, nothing leaked (under a sanitizer of leaks); and with memory again the very same answer.
 *
 * To be linked with -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=aligned_alloc, so that allocations of the library's
 * (and of this file's), but none of libc's or Criterion's, come through here. */
#include "sum/sums.h"
#include "random/block.h"
#include "run/handle.h"
#include "result/ledger.h"
#include "result/result.h"
#include "run/settings.h"
#include "trial/trial.h"
#include "result/saved.h"
#include "unit.h"
#include "wrapped.h"
#include <stdlib.h>

static double work[MCPAR__SUMS_ROOM];      /* for the sums to work in */

/* ---- The n-th allocation fails ---- */

static long until, made, failed;           /* the next so many are given, a million: all */
static int for_good;

static int refuse(void)
{
    made++;
    if (until > 0) {
        until -= until < 1000000;
        return 0;
    }
    if (!for_good)
        until = 1000000;
    failed++;
    return 1;
}

void *__wrap_malloc(size_t n)
{
    return refuse() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return refuse() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return refuse() ? NULL : __real_realloc(p, n);
}

char *__wrap_strdup(const char *s)
{
    return refuse() ? NULL : __real_strdup(s);
}

void *__wrap_aligned_alloc(size_t line, size_t n)
{
    return refuse() ? NULL : __real_aligned_alloc(line, n);
}

static void fail_after(long n, int good)
{
    until = n;
    for_good = good;
    made = failed = 0;
}

static void give_all(void)
{
    until = 1000000;
    for_good = 0;
}

TestSuite(memory, .init = give_all);

/* Calls attempt(n) with the n-th allocation failing, once and for good, for n = 0, 1, ... until none fails any more.
 * At least `least` of them must be there. attempt checks the code that it gets against `failed`. */
static void each_allocation(void (*attempt)(void), long least)
{
    for (int good = 0; good < 2; good++)
        for (long n = 0;; n++) {
            fail_after(n, good);
            attempt();
            give_all();
            if (!failed) {
                cr_assert_geq(n, least, "only %ld allocations", n);
                break;
            }
            cr_assert_lt(n, 10000);
        }
}

/* Code and failure go together. */
static void told(int err)
{
    cr_assert_eq(err, failed ? MCPAR_ERR_MEMORY : 0, "code %d after %ld failed allocations of %ld", err, failed, made);
}

/* ---- Tally, ledger, result ---- */

static char *names[] = { (char[]){ "a" }, (char[]){ "b" } };
static size_t pairs[][2] = { { 0, 1 } };
static const struct mcpar__schema hits_only = { 0, 0, NULL, NULL }, two_values = { 2, 1, names, pairs };

static void open_tally(void)
{
    struct mcpar__tally tally;
    int err = mcpar__tally_open(&tally, &two_values);

    give_all();
    told(err);
    cr_assert_eq(tally.limb == NULL, failed > 0);
    mcpar__tally_clear(&tally);
    mcpar__tally_close(&tally);
}

Test(memory, tally)
{
    each_allocation(open_tally, 1);
}

static void grow_ledger(void)
{
    struct mcpar__ledger ledger = { 0 };
    uint64_t i = 0;
    int err = 0;

    while (i < 100 && !err)
        err = mcpar__ledger_add(&ledger, 3 * i++, 1);
    give_all();
    told(err);
    cr_assert_eq(ledger.n, err ? i - 1 : 100);
    cr_assert_eq(mcpar__ledger_trials(&ledger), ledger.n, "nothing of it was lost");
    for (; i < 100; i++)
        cr_assert_eq(mcpar__ledger_add(&ledger, 3 * i, 1), 0);
    mcpar__ledger_close(&ledger);
}

Test(memory, ledger)
{
    each_allocation(grow_ledger, 3);
}

static void merge_results(void)
{
    struct mcpar__result a, b;
    double x[2] = { 1.5, 2.5 }, *values[2] = { x, x };
    int64_t before;
    int err;
    long n = until;

    give_all();
    cr_assert_eq(mcpar__result_open(&a, &two_values), 0);
    cr_assert_eq(mcpar__result_open(&b, &two_values), 0);
    for (uint64_t i = 0; i < 40; i++)
        cr_assert_eq(mcpar__ledger_add(i % 2 ? &a.ledger : &b.ledger, 5 * i, 2), 0);
    mcpar__tally_add(&a.tally, values, 0, 2, 1, work);
    mcpar__tally_add(&b.tally, values, 0, 2, 1, work);
    mcpar__tally_canonical(&a.tally);
    mcpar__tally_canonical(&b.tally);
    before = mcpar__sum_of(&a.tally, 0)[33];
    fail_after(n, for_good);
    err = mcpar__result_merge(&a, &b);
    give_all();
    told(err);
    cr_assert_eq(mcpar__ledger_trials(&a.ledger), err ? 40 : 80);
    cr_assert(err ? mcpar__sum_of(&a.tally, 0)[33] == before && a.tally.hits == 1 : a.tally.hits == 2);
    mcpar__result_close(&a);
    mcpar__result_close(&b);
}

Test(memory, merge)
{
    for (int good = 0; good < 2; good++)
        for (long n = 0; n < 5; n++) {
            until = n;
            for_good = good;
            merge_results();
        }
}

static void what_is_missing(void)
{
    struct mcpar__ledger ledger = { 0 }, missing = { 0 };
    long n = until;
    int good = for_good, err;

    give_all();
    for (uint64_t i = 0; i < 30; i++)
        cr_assert_eq(mcpar__ledger_add(&ledger, 3 * i, 1), 0);
    fail_after(n, good);
    err = mcpar__ledger_missing(&ledger, 0, 90, &missing);
    give_all();
    told(err);
    mcpar__ledger_close(&ledger);
    mcpar__ledger_close(&missing);
}

Test(memory, missing)
{
    each_allocation(what_is_missing, 2);
}

/* ---- Result files ---- */

static void read_file(void)
{
    static struct mcpar__report report;
    const char *const golden[] = { "result-v1-hits.mcpar", "result-v1-observables.mcpar", "result-v1-several.mcpar" };
    long n = until, all = 0, lost = 0;
    int good = for_good;

    for (size_t g = 0; g < 3; g++) {
        struct mcpar__file file;
        uint8_t *bytes;
        size_t size;
        int err;

        give_all();
        bytes = saved_golden(golden[g], &size);
        memset(&report, 0, sizeof report);
        fail_after(n, good);
        err = mcpar__file_read(&file, bytes, size, &report);
        told(err);
        lost += failed;
        all = made > all ? made : all;
        give_all();
        cr_assert(err ? file.saved == NULL && file.n == 0 && strstr(report.text, "memory") : file.n > 0);
        mcpar__file_close(&file);
        free(bytes);
    }
    made = all;
    failed = lost;
}

static void write_file(void)
{
    static struct mcpar__report report;
    long n = until;
    int good = for_good, err;
    struct mcpar__file file;
    uint8_t *bytes;
    size_t size;

    give_all();
    file = saved_observables();
    memset(&report, 0, sizeof report);
    fail_after(n, good);
    err = mcpar__file_write(&file, &bytes, &size, &report);
    told(err);
    give_all();
    cr_assert(err ? bytes == NULL && size == 0 && strstr(report.text, "memory") : size > 0);
    free(bytes);
    mcpar__file_close(&file);
}

static void grow_file(void)
{
    struct mcpar__file file = { 0 };
    struct mcpar__saved one;
    long n = until, lost = 0;
    int good = for_good, err = 0;

    give_all();
    for (uint32_t i = 0; i < 20 && !err; i++) {
        saved_open(&one, 1, i, "", 0, NULL, 0, NULL);
        if (i == 8)
            fail_after(n, good);
        err = mcpar__file_grow(&file);
        if (i == 8) {
            told(err);
            lost = failed;
        }
        give_all();
        if (!err)
            mcpar__saved_move(&file.saved[file.n++], &one);
    }
    cr_assert_eq(file.n, err ? 8 : 20);
    for (uint32_t i = 0; i < file.n; i++)
        cr_assert(file.saved[i].lineage.stream == i && file.saved[i].result.tally.schema == &file.saved[i].schema);
    if (err)
        mcpar__saved_close(&one);
    mcpar__file_close(&file);
    failed = lost;
}

Test(memory, files)
{
    each_allocation(read_file, 10);
    each_allocation(write_file, 3);
    each_allocation(grow_file, 1);
}

/* ---- Settings ---- */

static void open_settings(void)
{
    static struct mcpar__settings s;
    static struct mcpar__report report;
    mcpar_options o = MCPAR_OPTIONS_INIT;
    int err;

    memset(&report, 0, sizeof report);
    o.tag = "a tag";
    o.seed = 5;
    err = mcpar__settings_open(&s, &o, 0, &report);
    give_all();
    told(err);
    cr_assert_eq(s.in_force.seed, 5);
    cr_assert(!strcmp(s.in_force.tag, "a tag") || (err && !*s.in_force.tag));
    mcpar__settings_close(&s);
}

Test(memory, settings)
{
    each_allocation(open_settings, 1);
}

/* ---- The runner ---- */

static int made_scratch, freed_scratch;

static void *scratch_new(void *arg)
{
    made_scratch++;
    return arg;
}

static void scratch_free(void *scratch, void *arg)
{
    freed_scratch += scratch == arg;
}

static int trial(mcpar_rng *rng, double *values, void *arg)
{
    (void)arg;
    if (values)
        values[0] = values[1] = mcpar_uniform(rng);
    return mcpar_uniform(rng) < 0.5;
}

/* Takes so many arrays that the list of arrays grows twice, of all kinds. */
static int block(mcpar_block *b, void *arg)
{
    double sum = 0;

    for (int j = 0; j < 8; j++) {
        const double *u = mcpar_uniforms(b), *x = mcpar_normals(b), *e = mcpar_exponentials(b);
        const uint64_t *w = mcpar_words(b), *v = mcpar_belows(b, 10);

        cr_assert(u && x && e && w && v, "never NULL");
        for (size_t i = 0; i < b->n; i++) {
            sum += u[i] + x[i] + e[i];
            b->hits += j == 0 && v[i] < 5 && w[i] < UINT64_MAX;
        }
        *(double *)arg = sum;              /* all of them can be read */
    }
    b->hits += mcpar_darts(b) > b->n;
    return 0;
}

static void open_runner(const struct mcpar__schema *schema, int form)
{
    struct mcpar__job job = { .trial = form ? NULL : trial, .block = form ? block : NULL, .schema = schema, .seed = 1,
                              .scratch_new = scratch_new, .scratch_free = scratch_free, .scratch_arg = &job };
    struct mcpar__runner *runner;
    int err;

    made_scratch = freed_scratch = 0;
    err = mcpar__runner_open(&runner, &job);
    give_all();
    told(err);
    cr_assert_eq(runner == NULL, err != 0);
    mcpar__runner_close(runner);
    cr_assert_eq(made_scratch, freed_scratch);
    cr_assert_eq(made_scratch, err == 0, "not made where the rest failed");
}

static void runner_for_hits(void)
{
    open_runner(&hits_only, 0);
}

static void runner_for_values(void)
{
    open_runner(&two_values, 0);
}

static void block_runner_for_hits(void)
{
    open_runner(&hits_only, 1);
}

static void block_runner_for_values(void)
{
    open_runner(&two_values, 1);
}

Test(memory, runner)
{
    each_allocation(runner_for_hits, 2);
    each_allocation(runner_for_values, 5);
    each_allocation(block_runner_for_hits, 2);
    each_allocation(block_runner_for_values, 5);
}

/* ---- Block arrays ---- */

static uint64_t wanted_hits;

static void run_blocks(void)
{
    double sum = 0;
    struct mcpar__job job = { .block = block, .arg = &sum, .schema = &two_values, .seed = 1 };
    struct mcpar__runner *runner;
    struct mcpar__tally tally;
    struct mcpar__failure f;
    long n = until;
    int good = for_good, err;

    give_all();
    cr_assert_eq(mcpar__runner_open(&runner, &job), 0);
    cr_assert_eq(mcpar__tally_open(&tally, &two_values), 0);
    fail_after(n, good);
    err = mcpar__runner_run(runner, 0, 300, &tally, &f);
    give_all();
    told(err);
    cr_assert(err == 0 || f.code == MCPAR_ERR_MEMORY);
    cr_assert(err || wanted_hits == 0 || tally.hits == wanted_hits);
    wanted_hits = err ? wanted_hits : tally.hits;
    mcpar__tally_clear(&tally);            /* with memory again the same runner does it */
    cr_assert_eq(mcpar__runner_run(runner, 0, 300, &tally, &f), 0);
    cr_assert(wanted_hits == 0 || tally.hits == wanted_hits);
    wanted_hits = tally.hits;
    mcpar__tally_close(&tally);
    mcpar__runner_close(runner);
}

Test(memory, block_arrays)
{
    each_allocation(run_blocks, 40);
}

/* ---- A handle ---- */

static void pi(void)
{
    mcpar_options o = MCPAR_OPTIONS_INIT;
    mcpar *mc = NULL;
    long n = until;
    int err;

    o.pool = MCPAR_POOL_SERIAL;
    o.comm = MCPAR_COMM_SELF;
    o.tag = "t";
    err = mcpar_init(&mc, &o);
    give_all();
    told(err);
    cr_assert_eq(mc == NULL, err && n == 0, "a handle that carries the message, unless there is not even that");
    cr_assert(!mc || !err || strstr(mcpar_message(mc), "memory"));
    cr_assert_not_null(mcpar_message(mc));
    cr_assert_eq(mcpar_finalize(&mc), 0);
}

Test(memory, init)
{
    each_allocation(pi, 2);
}

static const char *const both[] = { "first", "second" };
static const size_t one_pair[][2] = { { 0, 1 } };

static mcpar *open_handle(void)
{
    mcpar_options o = MCPAR_OPTIONS_INIT;
    mcpar *mc;

    o.pool = MCPAR_POOL_SERIAL;
    o.comm = MCPAR_COMM_SELF;
    cr_assert_eq(mcpar_init(&mc, &o), 0);
    return mc;
}

/* A schema that cannot be had leaves the old one as it was: sampled and reduced, both give what they must. */
static void assert_schema(mcpar *mc, size_t observables, size_t kept_pairs)
{
    mcpar_estimate e;
    double c;

    cr_assert_eq(mcpar_sample(mc, 500, trial, NULL), 0);
    cr_assert_eq(mcpar_reduce(mc, &e), 0);
    cr_assert_eq(mc->schema.observables, observables);
    cr_assert_eq(mc->schema.pairs, kept_pairs);
    cr_assert(observables == 0 || strcmp(mc->schema.name[observables - 1], both[1]) == 0);
    cr_assert(kept_pairs == 0 || mcpar_covariance(mc, 0, 1, &c) == 0);
}

static void observe(void)
{
    long n = until;
    int good = for_good, err;
    mcpar *mc;

    give_all();
    mc = open_handle();
    fail_after(n, good);
    err = mcpar_observe(mc, 2, both);
    give_all();
    told(err);
    cr_assert(!err || strstr(mcpar_message(mc), "memory"));
    assert_schema(mc, err ? 0 : 2, 0);
    cr_assert_eq(mcpar_finalize(&mc), 0);
}

static void observe_again(void)
{
    static const char *const others[] = { "third", "second", "x", "y" };
    long n = until;
    int good = for_good, err;
    mcpar *mc;

    give_all();
    mc = open_handle();
    cr_assert_eq(mcpar_observe(mc, 2, both), 0);
    cr_assert_eq(mcpar_observe_pairs(mc, 1, one_pair[0]), 0);
    fail_after(n, good);
    err = mcpar_observe(mc, 2, others);
    give_all();
    told(err);
    cr_assert_str_eq(mc->schema.name[0], err ? "first" : "third");
    assert_schema(mc, 2, err ? 1 : 0);
    cr_assert_eq(mcpar_finalize(&mc), 0);
}

static void observe_pairs(void)
{
    static const size_t others[][2] = { { 0, 0 }, { 1, 0 } };
    long n = until;
    int good = for_good, err;
    mcpar *mc;

    give_all();
    mc = open_handle();
    cr_assert_eq(mcpar_observe(mc, 2, both), 0);
    cr_assert_eq(mcpar_observe_pairs(mc, 1, one_pair[0]), 0);
    fail_after(n, good);
    err = mcpar_observe_pairs(mc, 2, others[0]);
    give_all();
    told(err);
    assert_schema(mc, 2, err ? 1 : 2);
    cr_assert_eq(mcpar_finalize(&mc), 0);
}

Test(memory, observe)
{
    each_allocation(observe, 5);
    each_allocation(observe_again, 5);
    each_allocation(observe_pairs, 3);
}

/* The serial pool, the round's sums, the reduce's message: nothing is counted of what failed, and the answer after all
 * is the one of a run without any shortage. */
static char wanted_print[MCPAR_FINGERPRINT_SIZE];

static void sample_and_reduce(mcpar_block_fn form)
{
    char print[MCPAR_FINGERPRINT_SIZE];
    long n = until;
    int good = for_good, err;
    double sum;
    uint64_t done;
    mcpar *mc;

    give_all();
    mc = open_handle();
    cr_assert_eq(mcpar_observe(mc, 2, both), 0);
    fail_after(n, good);
    err = form ? mcpar_sample_block(mc, 500, form, &sum) : mcpar_sample(mc, 500, trial, NULL);
    cr_assert_eq(err, failed ? MCPAR_ERR_MEMORY : 0);
    cr_assert(!err || strstr(mcpar_message(mc), "memory"));
    if (!err) {
        err = mcpar_reduce(mc, NULL);
        cr_assert_eq(err, failed ? MCPAR_ERR_MEMORY : 0);
    }
    give_all();
    done = mcpar__ledger_trials(&mc->held);
    cr_assert(done <= 500 && (failed || done == 500));
    if (done < 500)
        cr_assert_eq(form ? mcpar_sample_block(mc, 0, form, &sum) : mcpar_sample(mc, 0, trial, NULL), 0);
    if (mc->held.n == 0)                     /* it failed before it began: nothing was asked for */
        cr_assert_eq(form ? mcpar_sample_block(mc, 500, form, &sum) : mcpar_sample(mc, 500, trial, NULL), 0);
    cr_assert_eq(mcpar__ledger_trials(&mc->held), 500);
    cr_assert_eq(mcpar_reduce(mc, NULL), 0);
    cr_assert_eq(mcpar_fingerprint(mc, print), 0);
    if (*wanted_print)
        cr_assert_str_eq(print, wanted_print);
    memcpy(wanted_print, print, sizeof print);
    cr_assert_eq(mcpar_finalize(&mc), 0);
}

static void by_trials(void)
{
    sample_and_reduce(NULL);
}

static void by_blocks(void)
{
    sample_and_reduce(block);
}

Test(memory, sample_and_reduce)
{
    each_allocation(by_trials, 5);
    *wanted_print = 0;
    each_allocation(by_blocks, 40);
}

/* Trials again, one by one or in a check: none is at fault, and with memory all is well. */
static int sums_elsewhere(mcpar_block *b, void *arg)
{
    double sum;

    (void)arg;
    return block(b, &sum);
}

static int again(mcpar *mc, int which)
{
    switch (which) {
    case 0:
        return mcpar_verify(mc, 20, trial, NULL);
    case 1:
        return mcpar_verify_block(mc, 20, sums_elsewhere, NULL);
    case 2:
        return mcpar_replay(mc, 7, trial, NULL, NULL, NULL);
    default:
        return mcpar_replay_block(mc, 7, 20, sums_elsewhere, NULL, NULL, NULL);
    }
}

static int which_again;

static void trials_again(void)
{
    long n = until;
    int good = for_good, err;
    mcpar *mc;

    give_all();
    mc = open_handle();
    cr_assert_eq(mcpar_observe(mc, 2, both), 0);
    if (which_again == 0)
        cr_assert_eq(mcpar_sample(mc, 500, trial, NULL), 0);
    else if (which_again == 1)
        cr_assert_eq(mcpar_sample_block(mc, 500, sums_elsewhere, NULL), 0);
    fail_after(n, good);
    err = again(mc, which_again);
    give_all();
    cr_assert_eq(err, failed ? MCPAR_ERR_MEMORY : 0, "%s", mcpar_message(mc));
    cr_assert_eq(again(mc, which_again), 0, "%s", mcpar_message(mc));
    cr_assert_eq(mcpar_finalize(&mc), 0);
}

Test(memory, trials_again)
{
    for (which_again = 0; which_again < 4; which_again++)
        each_allocation(trials_again, 3);
}
