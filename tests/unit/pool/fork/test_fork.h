/* SPDX-License-Identifier: BSD-3-Clause */
/* test_fork.h - what the tests of the fork pool share: trials, runs compared with the serial pool's bits, and
 * the check that nothing was left behind. The hooks need a library compiled with -DMCPAR_HOOKS. */
#ifndef TEST_POOL_FORK_H
#define TEST_POOL_FORK_H

#include "pool/fork/fork.h"
#include "base/clock.h"
#include "host.h"
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- Memory that the test, its workers and its helpers share ---- */

enum { SEATS = 64 };

struct shared {
    _Atomic int pid[SEATS];                /* of the worker that was last started in a mailbox */
    _Atomic int count, deaths, go;
    _Atomic uint64_t number[SEATS];
};

static struct shared *shared;

static void share(void)
{
    struct rlimit none = { 0, 0 };

    (void)setrlimit(RLIMIT_CORE, &none);
    mcpar__hire_at_once = true;            /* the tests look for them in their mailboxes */
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        abort();
}

static inline void sleep_us(long us)
{
    struct timespec left = { us / 1000000, us % 1000000 * 1000 };

    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
}

static inline double seconds(void)
{
    return (double)mcpar__nanoseconds() / 1e9;
}

/* Records which process sits where; the hook of tests that need only that. */
static inline void record(const char *step, int mailbox)
{
    if (!strcmp(step, "started"))
        atomic_store(&shared->pid[mailbox], (int)getpid());
}

/* ---- Trials ---- */

static inline int dart(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_uniform(rng), y = mcpar_uniform(rng);

    (void)values, (void)arg;
    return x * x + y * y < 1.0;
}

static char *names[] = { (char *)"a", (char *)"b", (char *)"c" };
static size_t some_pairs[][2] = { { 0, 1 }, { 2, 0 } };
static struct mcpar__schema sums = { 3, 2, names, some_pairs };
static struct mcpar__schema hits_only __attribute__((unused));

/* Sums that a wrong order, a lost or a doubled trial would show in: all scales and signs. */
static inline int values_of(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_uniform(rng);
    uint64_t trial = mcpar_trial_number(rng);

    (void)arg;
    values[0] = x - 0.5;
    values[1] = (trial % 2 ? -1e300 : 1e300) * x;
    values[2] = trial % 3 ? 1e-300 * x : 5e-324;
    return x < 0.25;
}

static inline struct mcpar__job job_of(mcpar_trial_fn trial, const struct mcpar__schema *schema)
{
    return (struct mcpar__job){ .trial = trial, .seed = 42, .stream = 7, .schema = schema };
}

/* ---- Runs ---- */

struct outcome {
    int code, workers;
    struct mcpar__result sum;              /* of all rounds */
    struct mcpar__failure failure;
    struct mcpar__report report;
};

static inline void run_into(struct outcome *out, const struct mcpar__pool *table, const struct mcpar__job *job,
                            int workers, uint64_t first, uint64_t n, int rounds)
{
    struct mcpar__result part;
    void *pool;

    *out = (struct outcome){ 0 };
    cr_assert_eq(mcpar__result_open(&out->sum, job->schema), 0);
    cr_assert_eq(mcpar__result_open(&part, job->schema), 0);
    out->code = table->open(&pool, job, workers, &out->report);
    if (out->code) {
        cr_assert_null(pool);
        mcpar__result_close(&part);
        return;
    }
    for (int i = 0; i < rounds && !out->code; i++) {
        mcpar__result_clear(&part);
        out->code = table->round(pool, first, &(uint64_t){ n }, 0, &part, &out->failure, &out->report);
        out->code = out->code ? out->code : out->failure.code;
        mcpar__tally_canonical(&part.tally);
        if (!out->code)
            cr_assert_eq(mcpar__result_merge(&out->sum, &part), 0);
        first += n;
    }
    out->workers = table->workers(pool);
    table->close(pool);
    mcpar__result_close(&part);
}

static inline bool same(const struct mcpar__result *a, const struct mcpar__result *b)
{
    size_t words = mcpar__words(a->tally.schema);

    return a->tally.hits == b->tally.hits && a->ledger.n == b->ledger.n &&
           !memcmp(a->ledger.range, b->ledger.range, a->ledger.n * sizeof *a->ledger.range) &&
           (words == 0 || !memcmp(a->tally.limb, b->tally.limb, words * sizeof *a->tally.limb));
}

/* The note of the last run that has such words, or NULL. */
static inline const char *noted(const struct mcpar__report *report, const char *words)
{
    for (size_t i = 0; i < report->notes; i++)
        if (strstr(report->note[i], words))
            return report->note[i];
    return NULL;
}

static inline void drop(struct outcome *out)
{
    mcpar__result_close(&out->sum);
}

static struct outcome reference, answer;

/* The serial answer, which compare holds all others against. The trial must not be one that interferes. */
static inline void refer(const struct mcpar__job *job, uint64_t first, uint64_t n)
{
    drop(&reference);
    run_into(&reference, &mcpar__pool_serial, job, 1, first, n, 1);
    cr_assert_eq(reference.code, 0);
}

/* Runs on the fork pool; true if the answer is the reference's to the last bit. */
static inline bool compare(const struct mcpar__job *job, int workers, uint64_t first, uint64_t n, int rounds)
{
    drop(&answer);
    run_into(&answer, &mcpar__pool_fork, job, workers, first, n / (uint64_t)rounds, rounds);
    return answer.code == 0 && same(&answer.sum, &reference.sum);
}

/* ---- What is left behind ---- */

struct traces {
    int files, mappings;
};

static inline struct traces traces(void)
{
    return (struct traces){ host_open_files(), host_mappings(" rw-s ") };
}

static inline void expect_no_traces(struct traces before)
{
    cr_expect_eq(host_open_files(), before.files, "descriptors: %d, were %d", host_open_files(), before.files);
    cr_expect_eq(host_mappings(" rw-s "), before.mappings, "mappings: %d, were %d", host_mappings(" rw-s "), before.mappings);
    cr_expect(!host_has_child(), "a child is left");
}

#endif
