/* SPDX-License-Identifier: BSD-3-Clause */
/* pieces.h - what the tests of the trial loop share: jobs, runs in pieces, and tallies compared */
#ifndef PIECES_H
#define PIECES_H

#include "sum/sums.h"
#include "unit.h"
#include "random/block.h"
#include "random/rng.h"
#include "trial/runner.h"
#include "trial/trial.h"

static double work[MCPAR__SUMS_ROOM] __attribute__((unused));      /* for the sums to work in */

enum { SEED = 20240229, STREAM = 17 };

static char *names[] = { (char[]){ "a" }, (char[]){ "b" }, (char[]){ "c" } };
static size_t pairs[][2] = { { 0, 2 } };
static const struct mcpar__schema hits_only __attribute__((unused)) = { 0, 0, NULL, NULL },
                                  one_value __attribute__((unused)) = { 1, 0, names, NULL },
                                  three_values = { 3, 1, names, pairs };

static inline struct mcpar__job job_of(const struct mcpar__schema *schema, mcpar_trial_fn trial, mcpar_block_fn block,
                                       void *arg)
{
    struct mcpar__job job = { .trial = trial, .block = block, .arg = arg, .seed = SEED, .stream = STREAM, .schema = schema,
                              .digest_of = { UINT64_MAX, UINT64_MAX } };

    return job;
}

/* Runs [first, first + n) in pieces, all by one runner, and makes the tally canonical. */
static inline int run_pieces(const struct mcpar__job *job, uint64_t first, uint64_t n, uint64_t piece,
                             struct mcpar__tally *tally, struct mcpar__failure *failure)
{
    struct mcpar__runner *runner;
    int err = 0;

    cr_assert_eq(mcpar__tally_open(tally, job->schema), 0);
    cr_assert_eq(mcpar__runner_open(&runner, job), 0);
    for (uint64_t done = 0; done < n && !err; done += piece)
        err = mcpar__runner_run(runner, first + done, n - done < piece ? n - done : piece, tally, failure);
    mcpar__runner_close(runner);
    mcpar__tally_canonical(tally);
    return err;
}

static inline void assert_same(const struct mcpar__tally *a, const struct mcpar__tally *b, const char *what, uint64_t at)
{
    CHECK(a->hits == b->hits, "%s %llu: %llu hits, not %llu", what, (unsigned long long)at, (unsigned long long)a->hits,
          (unsigned long long)b->hits);
    for (size_t i = 0; i < mcpar__limbs(a->schema); i++)
        CHECK(a->limb[i] == b->limb[i], "%s %llu: limb %zu", what, (unsigned long long)at, i);
    for (size_t k = 0; k < a->schema->observables; k++)
        CHECK(!memcmp(mcpar__profile_of(a, k), mcpar__profile_of(b, k), sizeof(struct mcpar__profile)), "%s %llu: profile %zu",
              what, (unsigned long long)at, k);
}

static inline void *give(void *arg)
{
    return arg;
}

#endif
