/* SPDX-License-Identifier: BSD-3-Clause */
/* Trials that fail: which of them is told, in which words, and what stays. */
#include "darts.h"
#include "host.h"
#include <math.h>

TestSuite(failure, .timeout = 30);

/* ---- Trials that fail ---- */

/* What nobody declared is not there: a trial that writes to it hears why it crashes. */
WRONG_ON_PURPOSE static int writes_values(mcpar_rng *rng, double *values, void *arg)
{
    values[*(const int *)arg] = mcpar_uniform(rng);
    return 0;
}

WRONG_ON_PURPOSE static int writes_columns(mcpar_block *block, void *arg)
{
    block->values[*(const int *)arg][0] = 1;
    return 0;
}

WRONG_ON_PURPOSE static int writes_elsewhere(mcpar_rng *rng, double *values, void *arg)
{
    (void)values;
    *(volatile int *)arg = mcpar_uniform(rng) < 2;
    return 0;
}

Test(failure, values_without_observables_are_named)
{
    static const char *const names[] = { "a" };
    mcpar *mc = open_at(places[2]);

    for (int k = 0; k < 2000; k += 1999) {
        MUST_FAIL(mc, mcpar_sample(mc, 10, writes_values, &k), MCPAR_ERR_CRASH);
        MUST_SAY(mc, "trial 0, ");
        MUST_SAY(mc, "no observables were declared with mcpar_observe");
        MUST(mc, mcpar_reset(mc, 0));
        MUST_FAIL(mc, mcpar_sample_block(mc, 10, writes_columns, &k), MCPAR_ERR_CRASH);
        MUST_SAY(mc, "no observables were declared with mcpar_observe");
        MUST(mc, mcpar_reset(mc, 0));
    }
    /* Another bad pointer, or the same with observables, is another mistake. */
    MUST_FAIL(mc, mcpar_sample(mc, 10, writes_elsewhere, (void *)(uintptr_t)-4096), MCPAR_ERR_CRASH);
    MUST_SAY(mc, "signal 11");
    cr_assert(!strstr(mcpar_message(mc), "observ"), "%s", mcpar_message(mc));
    MUST(mc, mcpar_reset(mc, 0));
    MUST(mc, mcpar_observe(mc, 1, names));
    MUST_FAIL(mc, mcpar_sample(mc, 10, writes_elsewhere, NULL), MCPAR_ERR_CRASH);
    cr_assert(!strstr(mcpar_message(mc), "observ"), "%s", mcpar_message(mc));
    close_handle(mc);
}

Test(failure, the_failed_trial_can_be_asked_for)
{
    for (size_t p = 0; p < 4; p++) {
        mcpar *mc = open_at(places[p]);
        mcpar_options in_force = MCPAR_OPTIONS_INIT;
        uint64_t stop = 777, seed = 1, trial = 2;
        uint32_t stream = 3;
        mcpar_rng_space space;

        cr_assert(mcpar_failed(NULL, &seed, &stream, &trial) == MCPAR_ERR_ARGUMENT);
        cr_assert(mcpar_failed(mc, &seed, &stream, &trial) == MCPAR_ERR_STATE, "nothing has failed yet");
        MUST(mc, mcpar_reset(mc, 9));
        MUST_FAIL(mc, mcpar_sample(mc, 10000, stop_at, &stop), MCPAR_ERR_TRIAL);
        MUST(mc, mcpar_reduce(mc, NULL));
        MUST_FAIL(mc, mcpar_sample(mc, 10, NULL, NULL), MCPAR_ERR_ARGUMENT);
        cr_assert(mcpar_failed(mc, &seed, &stream, &trial) == 0, "a call that runs nothing forgets nothing");
        MUST(mc, mcpar_options_in_force(mc, &in_force));
        cr_assert(seed == in_force.seed && stream == 9 && trial == 777);
        cr_assert(mcpar_failed(mc, NULL, NULL, NULL) == 0);
        cr_assert(stop_at(mcpar_rng_open(&space, seed, stream, trial), NULL, &stop) == -1,
                  "that trial alone fails, too");
        MUST(mc, mcpar_reset(mc, 0));
        cr_assert(mcpar_failed(mc, &seed, &stream, &trial) == MCPAR_ERR_STATE, "a reset forgets");
        MUST_FAIL(mc, mcpar_sample(mc, 10000, stop_at, &stop), MCPAR_ERR_TRIAL);
        cr_assert(mcpar_failed(mc, NULL, &stream, NULL) == 0 && stream == 0);
        close_handle(mc);
    }
}

enum how { RETURNS, INFINITE, NEGATIVE_INFINITE, NOT_A_NUMBER, SIGNALLING };

struct bad {
    uint64_t trial, also;                  /* fails from `trial` on, each that `also` divides */
    enum how how;
    int returns;
    size_t observable;
};

static double bad_value(enum how how)
{
    static const uint64_t bits[] = { 0, UINT64_C(0x7ff0000000000000), UINT64_C(0xfff0000000000000),
                                     UINT64_C(0x7ff8000000000000), UINT64_C(0xfff0000000000001) };

    return from_bits(bits[how]);
}

static bool is_bad(const struct bad *bad, uint64_t trial)
{
    return trial == bad->trial || (trial > bad->trial && trial % bad->also == 0);
}

static int fail_there(mcpar_rng *rng, double *values, void *arg)
{
    const struct bad *bad = arg;

    values[0] = 1.0;
    if (!is_bad(bad, mcpar_trial_number(rng)))
        return 1;
    if (bad->how == RETURNS)
        return bad->returns;
    values[bad->observable] = bad_value(bad->how);
    return 0;
}

static int fail_there_block(mcpar_block *b, void *arg)
{
    const struct bad *bad = arg;

    b->hits = b->n;
    for (size_t i = 0; i < b->n; i++)
        if (is_bad(bad, b->first + i)) {
            if (bad->how == RETURNS)
                return bad->returns;
            b->values[bad->observable][i] = bad_value(bad->how);
        }
    return 0;
}

static void observe_three(mcpar *mc)
{
    static const char *const names[] = { "one", "two", "three" };

    MUST(mc, mcpar_observe(mc, 3, names));
}

/* The number after the last `words` in the message: the text of the code comes first, and has such words too. */
static uint64_t told(mcpar *mc, const char *words)
{
    const char *at = NULL;

    for (const char *p = mcpar_message(mc); (p = strstr(p, words)); p++)
        at = p;
    cr_assert(at != NULL, "\"%s\" is not in \"%s\"", words, mcpar_message(mc));
    return (uint64_t)strtoll(at + strlen(words), NULL, 10);
}

/* The message says how to run the failing trial alone, and with which numbers: do that, and see it fail alike. */
static void fail_alone(mcpar *mc, struct bad *bad, bool block, int code)
{
    const char *call = block ? "mcpar_replay_block(mc, " : "mcpar_replay(mc, ", *at = strstr(mcpar_message(mc), call);
    unsigned long long seed, trial;
    double values[3] = { 0.0, 0.0, 0.0 };
    unsigned long stream;
    int returned = 0;

    cr_assert(at != NULL, "%s", mcpar_message(mc));
    cr_assert(sscanf(at + strlen(call), block ? "%llu, 1, ...) runs it alone, with seed %llu and stream %lu"
                                              : "%llu, ...) runs it alone, with seed %llu and stream %lu", &trial, &seed,
                     &stream) == 3, "%s", mcpar_message(mc));
    cr_assert(seed == 77 && stream == 5 && trial == bad->trial);
    if (block)
        MUST_FAIL(mc, mcpar_replay_block(mc, trial, 1, fail_there_block, bad, NULL, values), code);
    else
        MUST_FAIL(mc, mcpar_replay(mc, trial, fail_there, bad, &returned, values), code);
    if (bad->how == RETURNS)
        cr_assert(block || returned == bad->returns);
    else
        cr_assert(!isfinite(values[bad->observable]));
}

static void check_failure(struct place place, struct bad bad, bool block)
{
    static const char *const names[] = { "one", "two", "three" };
    mcpar_options options = options_for(place);
    mcpar_estimate e;
    mcpar *mc;
    int code;

    options.seed = 77;
    options.stream = 5;
    MUST(mc, mcpar_init(&mc, &options));
    observe_three(mc);
    code = block ? mcpar_sample_block(mc, 5000, fail_there_block, &bad) : mcpar_sample(mc, 5000, fail_there, &bad);
    cr_assert(code == (bad.how == RETURNS ? MCPAR_ERR_TRIAL : MCPAR_ERR_VALUE), "%d, %s", code, mcpar_message(mc));
    cr_assert(told(mc, "trial ") == bad.trial, "%d workers: %s", place.workers, mcpar_message(mc));
    cr_assert(strncmp(mcpar_message(mc), mcpar_strerror(code), strlen(mcpar_strerror(code))) == 0);
    if (bad.how == RETURNS)
        cr_assert((int)told(mc, "returned ") == bad.returns, "%s", mcpar_message(mc));
    else
        cr_assert(told(mc, "observable ") == bad.observable && strstr(mcpar_message(mc), names[bad.observable]));
    fail_alone(mc, &bad, block, code);
    MUST(mc, mcpar_reduce(mc, &e));
    cr_assert(e.trials == bad.trial && e.hits == e.trials, "%llu trials", (unsigned long long)e.trials);
    cr_assert(e.status == (bad.trial ? MCPAR_STATUS_PARTIAL : MCPAR_STATUS_EMPTY));
    close_handle(mc);
}

Test(failure, names_the_lowest_failing_trial_in_every_pool, .timeout = 60)
{
    static const struct bad bads[] = { { 0, 1, RETURNS, -1, 0 },          { 1, 1, RETURNS, 2, 0 },
                                       { 511, 512, RETURNS, INT32_MAX, 0 }, { 512, 3, RETURNS, INT32_MIN, 0 },
                                       { 1234, 17, INFINITE, 0, 2 },      { 4999, 4999, NEGATIVE_INFINITE, 0, 0 },
                                       { 700, 701, NOT_A_NUMBER, 0, 1 },  { 2047, 2048, SIGNALLING, 0, 1 } };

    for (size_t p = 0; p < PLACES; p++)
        for (size_t b = 0; b < sizeof bads / sizeof *bads; b++) {
            check_failure(places[p], bads[b], false);
            check_failure(places[p], bads[b], true);
        }
}

/* A trial that fails by its return value and one that fails by its value, in one batch: the lower one counts. */
static int two_ways(mcpar_rng *rng, double *values, void *arg)
{
    uint64_t i = mcpar_trial_number(rng), returns = ((const uint64_t *)arg)[0], infinite = ((const uint64_t *)arg)[1];

    if (i == infinite)
        values[2] = HUGE_VAL;
    return i == returns ? -7 : 0;
}

static int two_ways_block(mcpar_block *b, void *arg)
{
    uint64_t returns = ((const uint64_t *)arg)[0], infinite = ((const uint64_t *)arg)[1];

    if (infinite - b->first < b->n)
        b->values[2][infinite - b->first] = HUGE_VAL;
    return returns - b->first < b->n ? -7 : 0;
}

Test(failure, of_two_kinds_is_the_lower_one)
{
    static uint64_t cases[][2] = { { 30, 20 }, { 20, 30 }, { 20, 20 }, { 600, 20 }, { 20, 600 } };

    for (size_t p = 0; p < 4; p += 3)
        for (size_t c = 0; c < 5; c++)
            for (int block = 0; block < 2; block++) {
                uint64_t lower = cases[c][0] < cases[c][1] ? cases[c][0] : cases[c][1];
                int wanted = cases[c][1] < cases[c][0] ? MCPAR_ERR_VALUE : MCPAR_ERR_TRIAL;
                mcpar *mc = open_at(places[p]);

                observe_three(mc);
                if (block)
                    MUST_FAIL(mc, mcpar_sample_block(mc, 1000, two_ways_block, cases[c]), wanted);
                else
                    MUST_FAIL(mc, mcpar_sample(mc, 1000, two_ways, cases[c]), wanted);
                cr_assert(told(mc, "trial ") == lower, "case %zu: %s", c, mcpar_message(mc));
                close_handle(mc);
            }
}

static int too_many_hits(mcpar_block *b, void *arg)
{
    uint64_t from = *(const uint64_t *)arg;

    b->hits = b->first + b->n > from ? b->n + 1 : b->n;
    return 0;
}

static int only_in_company(mcpar_block *b, void *arg)
{
    (void)arg;
    return b->n > 1 ? 3 : 0;
}

Test(failure, of_a_block_names_its_trial_too)
{
    for (size_t p = 0; p < 4; p++) {
        uint64_t from = 1500;
        mcpar *mc = open_at(places[p]);

        MUST_FAIL(mc, mcpar_sample_block(mc, 4000, too_many_hits, &from), MCPAR_ERR_HITS);
        cr_assert(told(mc, "from trial ") == 1500, "%s", mcpar_message(mc));
        MUST(mc, mcpar_reset(mc, 0));
        from = 0;
        MUST_FAIL(mc, mcpar_sample_block(mc, 4000, too_many_hits, &from), MCPAR_ERR_HITS);
        cr_assert(told(mc, "from trial ") == 0);
        MUST(mc, mcpar_reset(mc, 0));
        MUST_FAIL(mc, mcpar_sample_block(mc, 4000, only_in_company, NULL), MCPAR_ERR_TRIAL);
        MUST_SAY(mc, "block");
        close_handle(mc);
    }
}

Test(failure, leaves_a_valid_result_that_goes_on_to_the_same_bits, .timeout = 30)
{
    struct outcome whole, out;
    mcpar *mc = open_serial();

    MUST(mc, mcpar_sample(mc, 200000, dart, NULL));
    whole = outcome_of(mc, 0);
    close_handle(mc);
    for (size_t p = 0; p < PLACES; p += 2) {
        uint64_t stop = 150000;
        mcpar_estimate e;

        mc = open_at(places[p]);
        MUST(mc, mcpar_sample(mc, 1000, dart, NULL));
        MUST_FAIL(mc, mcpar_sample(mc, 199000, stop_at, &stop), MCPAR_ERR_TRIAL);
        MUST_FAIL(mc, mcpar_mean(mc, 0, &e), MCPAR_ERR_STALE);
        MUST(mc, mcpar_reduce(mc, &e));
        cr_assert(e.status == MCPAR_STATUS_PARTIAL && e.trials == 150000);
        MUST_FAIL(mc, mcpar_sample(mc, 1, dart, NULL), MCPAR_ERR_STATE);
        MUST_SAY(mc, "n = 0");
        /* What is held counts the hits of stop_at: start over, and fail with darts. */
        MUST(mc, mcpar_reset(mc, 0));
        MUST(mc, mcpar_reduce(mc, &e));
        cr_assert(e.status == MCPAR_STATUS_EMPTY);
        MUST(mc, mcpar_sample(mc, 1000, dart, NULL));
        stop = 0;
        MUST_FAIL(mc, mcpar_sample(mc, 199000, stop_at, &stop), MCPAR_ERR_TRIAL);
        MUST_SAY(mc, "trial 1000 ");
        MUST(mc, mcpar_sample(mc, 0, dart, NULL));
        out = outcome_of(mc, 0);
        MUST_EQUAL(whole, out, "place %zu", p);
        close_handle(mc);
    }
}
