/* SPDX-License-Identifier: BSD-3-Clause */
/* Every error that needs no MPI: its code, its words, and that nothing else happens. */
#include "api.h"
#include <math.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(null, .timeout = 30);
TestSuite(range, .timeout = 30);
TestSuite(failure, .timeout = 30);
TestSuite(state, .timeout = 30);

static int dart(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_uniform(rng), y = mcpar_uniform(rng);

    (void)arg;
    if (values)
        values[0] = x;
    return x * x + y * y < 1.0;
}

static int darts(mcpar_block *b, void *arg)
{
    const double *x = mcpar_uniforms(b), *y = mcpar_uniforms(b);

    (void)arg;
    for (size_t i = 0; i < b->n; i++)
        b->hits += x[i] * x[i] + y[i] * y[i] < 1.0;
    return 0;
}

/* ---- NULL, for every function of the header ---- */

Test(null, handle_is_an_argument_error_of_every_call)
{
    mcpar_options in_force = MCPAR_OPTIONS_INIT;
    char fingerprint[MCPAR_FINGERPRINT_SIZE] = "untouched";
    mcpar_estimate e;
    double covariance;
    mcpar *none = NULL;

    cr_assert(mcpar_init(NULL, NULL) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_init_comm(NULL, NULL, NULL, NULL) == MCPAR_ERR_ARGUMENT);
    none = (mcpar *)(void *)&e;
    cr_assert(mcpar_init_comm(&none, NULL, NULL, NULL) == MCPAR_ERR_ARGUMENT);
    cr_assert(none == NULL || strstr(mcpar_message(none), mcpar_strerror(MCPAR_ERR_ARGUMENT)));
    cr_assert(mcpar_finalize(&none) == 0);
    cr_assert(mcpar_finalize(NULL) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_sample(NULL, 1, dart, NULL) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_sample(NULL, 0, NULL, NULL) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_sample_block(NULL, 1, darts, NULL) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_reduce(NULL, &e) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_reduce(NULL, NULL) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_reset(NULL, 0) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_fingerprint(NULL, fingerprint) == MCPAR_ERR_ARGUMENT);
    cr_assert_str_eq(fingerprint, "untouched");
    cr_assert(mcpar_observe(NULL, 0, NULL) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_observe_pairs(NULL, 0, NULL) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_mean(NULL, 0, &e) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_covariance(NULL, 0, 0, &covariance) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_options_in_force(NULL, &in_force) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_option_origin(NULL, "seed") == MCPAR_ORIGIN_UNKNOWN);
    cr_assert(mcpar_about(NULL, "pool") == NULL);
    cr_assert(mcpar_failed(NULL, NULL, NULL, NULL) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_note(NULL, 0) == NULL);
    cr_assert(mcpar_message(NULL) != NULL && mcpar_message(NULL)[0]);
    cr_assert(mcpar_rank(NULL) == -1);
    cr_assert(mcpar_size(NULL) == 0);
    cr_assert(mcpar_workers(NULL) == 0);
}

Test(null, argument_is_a_named_error_and_nothing_is_run)
{
    static const char *const names[] = { "a", NULL };
    mcpar *mc = open_serial();
    mcpar_estimate e;

    MUST_FAIL(mc, mcpar_sample(mc, 100, NULL, NULL), MCPAR_ERR_ARGUMENT);
    MUST_SAY(mc, "NULL");
    MUST_FAIL(mc, mcpar_sample_block(mc, 100, NULL, NULL), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_sample(mc, 0, NULL, NULL), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_observe(mc, 1, NULL), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_observe(mc, 2, names), MCPAR_ERR_ARGUMENT);
    MUST_SAY(mc, "names[1]");
    MUST_FAIL(mc, mcpar_observe_pairs(mc, 1, NULL), MCPAR_ERR_ARGUMENT);
    MUST(mc, mcpar_observe(mc, 1, names));
    MUST(mc, mcpar_sample(mc, 0, dart, NULL));
    MUST(mc, mcpar_reduce(mc, NULL));
    MUST(mc, mcpar_reduce(mc, &e));
    cr_assert(e.trials == 0 && e.status == MCPAR_STATUS_EMPTY);
    MUST_FAIL(mc, mcpar_mean(mc, 0, NULL), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_covariance(mc, 0, 0, NULL), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_fingerprint(mc, NULL), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_options_in_force(mc, NULL), MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_option_origin(mc, NULL) == MCPAR_ORIGIN_UNKNOWN);
    cr_assert(mcpar_option_origin(mc, "") == MCPAR_ORIGIN_UNKNOWN);
    cr_assert(mcpar_option_origin(mc, "sead") == MCPAR_ORIGIN_UNKNOWN);
    cr_assert(mcpar_about(mc, NULL) == NULL && mcpar_about(mc, "nothing") == NULL && mcpar_about(mc, "") == NULL);
    cr_assert(mcpar_note(mc, SIZE_MAX) == NULL);
    close_handle(mc);
}

/* ---- Numbers out of range ---- */

Test(range, no_trials_at_all)
{
    static const char *const names[] = { "a" };

    for (size_t p = 0; p < 3; p += 2) {
        mcpar *mc = open_at(places[p]);
        mcpar_estimate e;
        double covariance;

        MUST(mc, mcpar_observe(mc, 1, names));
        for (int turn = 0; turn < 2; turn++) {
            if (turn)
                MUST(mc, mcpar_sample_block(mc, 0, darts, NULL));
            MUST(mc, mcpar_reduce(mc, &e));
            cr_assert(e.trials == 0 && e.hits == 0 && isnan(e.mean) && isnan(e.variance) && isnan(e.std_error));
            cr_assert(e.lower == 0.0 && e.upper == 1.0 && e.confidence == 0.95);
            cr_assert(e.guarantee == MCPAR_GUARANTEE_NONE && e.status == MCPAR_STATUS_EMPTY);
            MUST(mc, mcpar_mean(mc, 0, &e));
            cr_assert(isnan(e.mean) && isnan(e.variance) && isnan(e.std_error) && isnan(e.lower) && isnan(e.upper));
            cr_assert(e.guarantee == MCPAR_GUARANTEE_NONE && e.status == MCPAR_STATUS_EMPTY);
            MUST(mc, mcpar_covariance(mc, 0, 0, &covariance));
            cr_assert(isnan(covariance));
        }
        close_handle(mc);
    }
}

Test(range, trial_numbers_past_2_to_the_64)
{
    struct outcome before, after;
    mcpar *mc = open_serial();

    MUST(mc, mcpar_sample(mc, 1000, dart, NULL));
    before = outcome_of(mc, 0);
    MUST_FAIL(mc, mcpar_sample(mc, UINT64_MAX, dart, NULL), MCPAR_ERR_ARGUMENT);
    MUST_SAY(mc, "-1");
    MUST_FAIL(mc, mcpar_sample(mc, (uint64_t)-2000000000, dart, NULL), MCPAR_ERR_ARGUMENT);
    MUST_SAY(mc, "the negative number -2000000000?");
    MUST_FAIL(mc, mcpar_sample(mc, (UINT64_C(1) << 63) + 1, dart, NULL), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_sample_block(mc, UINT64_MAX - 999, darts, NULL), MCPAR_ERR_ARGUMENT);
    after = outcome_of(mc, 0);
    MUST_EQUAL(before, after, "a refused call changed the result");
    close_handle(mc);
}

static int stop_at(mcpar_rng *rng, double *values, void *arg)
{
    const uint64_t *trial = arg;

    (void)values;
    return mcpar_trial_number(rng) >= *trial ? -1 : 1;
}

Test(range, as_many_trials_as_there_are_numbers_start_like_any_others)
{
    for (size_t p = 0; p < 4; p++) {
        uint64_t stop = 12345;
        mcpar *mc = open_at(places[p]);
        mcpar_estimate e;

        MUST_FAIL(mc, mcpar_sample(mc, UINT64_C(1) << 63, stop_at, &stop), MCPAR_ERR_TRIAL);
        MUST_SAY(mc, "trial 12345 ");
        MUST(mc, mcpar_reduce(mc, &e));
        cr_assert(e.trials == 12345 && e.hits == e.trials && e.status == MCPAR_STATUS_PARTIAL);
        MUST_FAIL(mc, mcpar_sample(mc, 1, dart, NULL), MCPAR_ERR_STATE);
        MUST_FAIL(mc, mcpar_sample(mc, UINT64_C(1) << 63, dart, NULL), MCPAR_ERR_ARGUMENT);
        MUST_SAY(mc, "go past 2^64 - 1");
        close_handle(mc);
    }
}

static int zero(mcpar_rng *rng, double *values, void *arg)
{
    (void)rng;
    values[MCPAR_MAX_OBSERVABLES - 1] = 1.0;
    return *(const int *)arg;
}

Test(range, observables_4096_and_not_one_more, .timeout = 30)
{
    static char text[MCPAR_MAX_OBSERVABLES + 1][8];
    static const char *names[MCPAR_MAX_OBSERVABLES + 1];
    static size_t pairs[MCPAR_MAX_PAIRS + 1][2];
    char long_name[257];
    const char *one[1] = { long_name };
    mcpar *mc = open_at(places[2]);
    mcpar_estimate e;
    double covariance;
    int hit = 1;

    for (size_t k = 0; k <= MCPAR_MAX_OBSERVABLES; k++) {
        (void)snprintf(text[k], sizeof text[k], "o%zu", k);
        names[k] = text[k];
    }
    MUST_FAIL(mc, mcpar_observe(mc, MCPAR_MAX_OBSERVABLES + 1, names), MCPAR_ERR_ARGUMENT);
    MUST_SAY(mc, "4097");
    MUST_FAIL(mc, mcpar_observe(mc, SIZE_MAX, names), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_observe(mc, SIZE_MAX, NULL), MCPAR_ERR_ARGUMENT);
    MUST(mc, mcpar_observe(mc, MCPAR_MAX_OBSERVABLES, names));
    MUST(mc, mcpar_sample(mc, 20, zero, &hit));
    MUST(mc, mcpar_reduce(mc, &e));
    cr_assert(e.hits == 20);
    MUST(mc, mcpar_mean(mc, MCPAR_MAX_OBSERVABLES - 1, &e));
    cr_assert(e.mean == 1.0 && e.variance == 0.0);
    MUST_FAIL(mc, mcpar_mean(mc, MCPAR_MAX_OBSERVABLES, &e), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_mean(mc, SIZE_MAX, &e), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_covariance(mc, 0, MCPAR_MAX_OBSERVABLES, &covariance), MCPAR_ERR_ARGUMENT);
    MUST(mc, mcpar_reset(mc, 0));

    MUST(mc, mcpar_observe(mc, 2, names));
    for (size_t k = 0; k <= MCPAR_MAX_PAIRS; k++)
        pairs[k][0] = k % 2;
    MUST_FAIL(mc, mcpar_observe_pairs(mc, MCPAR_MAX_PAIRS + 1, pairs[0]), MCPAR_ERR_ARGUMENT);
    MUST_SAY(mc, "65537");
    MUST_FAIL(mc, mcpar_observe_pairs(mc, SIZE_MAX, pairs[0]), MCPAR_ERR_ARGUMENT);
    MUST(mc, mcpar_observe_pairs(mc, MCPAR_MAX_PAIRS, pairs[0]));
    MUST(mc, mcpar_observe_pairs(mc, 0, NULL));
    pairs[3][1] = 2;
    MUST_FAIL(mc, mcpar_observe_pairs(mc, 5, pairs[0]), MCPAR_ERR_ARGUMENT);
    MUST_SAY(mc, "pair 3");

    memset(long_name, 'n', 256);
    long_name[256] = 0;
    MUST_FAIL(mc, mcpar_observe(mc, 1, one), MCPAR_ERR_ARGUMENT);
    long_name[255] = 0;
    MUST(mc, mcpar_observe(mc, 1, one));
    names[4] = "o1";
    MUST_FAIL(mc, mcpar_observe(mc, 5, names), MCPAR_ERR_ARGUMENT);
    MUST_SAY(mc, "\"o1\"");
    close_handle(mc);
}

static int xy(mcpar_rng *rng, double *values, void *arg)
{
    (void)arg;
    values[0] = mcpar_uniform(rng);
    values[1] = mcpar_uniform(rng);
    return 0;
}

Test(range, pairs_up_to_65536_are_summed, .timeout = 30)
{
    static const char *const names[] = { "x", "y" };
    static size_t pairs[MCPAR_MAX_PAIRS][2];
    mcpar *mc = open_serial(), *few = open_serial();
    struct outcome a, b;

    for (size_t k = 0; k < MCPAR_MAX_PAIRS; k++)
        pairs[k][1] = 1;
    MUST(mc, mcpar_observe(mc, 2, names));
    MUST(mc, mcpar_observe_pairs(mc, MCPAR_MAX_PAIRS, pairs[0]));
    MUST(mc, mcpar_sample(mc, 10, xy, NULL));
    a = outcome_of(mc, 2);
    close_handle(mc);
    MUST(few, mcpar_observe(few, 2, names));
    MUST(few, mcpar_observe_pairs(few, 1, pairs[0]));
    MUST(few, mcpar_sample(few, 10, xy, NULL));
    b = outcome_of(few, 2);
    close_handle(few);
    cr_assert(strcmp(a.fingerprint, b.fingerprint) != 0);
    cr_assert(a.covariance[0][1] == b.covariance[0][1] && b.covariance[0][1] != 0);
}

Test(range, streams_from_0_to_2_to_the_24)
{
    mcpar *mc = open_serial();
    struct outcome before, after;

    MUST(mc, mcpar_sample(mc, 100, dart, NULL));
    before = outcome_of(mc, 0);
    MUST_FAIL(mc, mcpar_reset(mc, 1u << 24), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_reset(mc, UINT32_MAX), MCPAR_ERR_ARGUMENT);
    after = outcome_of(mc, 0);
    MUST_EQUAL(before, after, "a refused reset emptied the handle");
    MUST(mc, mcpar_reset(mc, (1u << 24) - 1));
    close_handle(mc);
}

/* ---- Trials that fail ---- */

/* What nobody declared is not there: a trial that writes to it hears why it crashes. */
static int writes_values(mcpar_rng *rng, double *values, void *arg)
{
    values[*(const int *)arg] = mcpar_uniform(rng);
    return 0;
}

static int writes_columns(mcpar_block *block, void *arg)
{
    block->values[*(const int *)arg][0] = 1;
    return 0;
}

static int writes_elsewhere(mcpar_rng *rng, double *values, void *arg)
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

Test(state, lines_about_a_handle_stand_side_by_side)
{
    static const char *const what[] = { "pool", "comm", "cpus", "cpu_path", "mpi" };
    const char *line[5], *again;
    char copy[5][1024];
    mcpar *mc = open_at(places[2]);

    for (int i = 0; i < 5; i++) {
        line[i] = mcpar_about(mc, what[i]);
        cr_assert(line[i] && *line[i]);
        (void)snprintf(copy[i], sizeof copy[i], "%s", line[i]);
    }
    for (int i = 0; i < 5; i++)
        cr_assert_str_eq(line[i], copy[i], "%s was overwritten", what[i]);
    again = mcpar_about(mc, "cpus");
    cr_assert_str_eq(again, copy[2]);
    close_handle(mc);
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

/* The message says how to open the stream of the failing trial: do that, and see it fail alike. */
static void fail_alone(mcpar *mc, struct bad *bad)
{
    const char *at = strstr(mcpar_message(mc), "mcpar_rng_open(&space, ");
    unsigned long long seed, trial;
    double values[3] = { 0.0, 0.0, 0.0 };
    mcpar_rng_space space;
    unsigned long stream;
    int returned;

    cr_assert(at != NULL, "%s", mcpar_message(mc));
    cr_assert(sscanf(at, "mcpar_rng_open(&space, %lluu, %luu, %lluu)", &seed, &stream, &trial) == 3);
    cr_assert(seed == 77 && stream == 5 && trial == bad->trial);
    returned = fail_there(mcpar_rng_open(&space, seed, (uint32_t)stream, trial), values, bad);
    cr_assert(bad->how == RETURNS ? returned == bad->returns : !isfinite(values[bad->observable]));
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
    fail_alone(mc, &bad);
    MUST(mc, mcpar_reduce(mc, &e));
    cr_assert(e.trials == bad.trial && e.hits == e.trials, "%llu trials", (unsigned long long)e.trials);
    cr_assert(e.status == MCPAR_STATUS_PARTIAL);
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

/* ---- States ---- */

Test(state, observables_are_named_before_the_first_trial)
{
    static const char *const names[] = { "a" };
    static const size_t pairs[][2] = { { 0, 0 } };
    mcpar *mc = open_serial();

    MUST_FAIL(mc, mcpar_observe_pairs(mc, 1, pairs[0]), MCPAR_ERR_ARGUMENT);    /* none to pair */
    MUST(mc, mcpar_observe(mc, 1, names));
    MUST(mc, mcpar_observe_pairs(mc, 1, pairs[0]));
    MUST(mc, mcpar_observe(mc, 1, names));
    MUST(mc, mcpar_sample(mc, 5, dart, NULL));
    MUST_FAIL(mc, mcpar_observe(mc, 1, names), MCPAR_ERR_STATE);
    MUST_FAIL(mc, mcpar_observe(mc, 0, NULL), MCPAR_ERR_STATE);
    MUST_FAIL(mc, mcpar_observe_pairs(mc, 1, pairs[0]), MCPAR_ERR_STATE);
    MUST(mc, mcpar_reset(mc, 0));
    MUST(mc, mcpar_observe(mc, 0, NULL));
    close_handle(mc);
}

Test(state, what_is_not_combined_is_stale)
{
    static const char *const names[] = { "a" };
    static const size_t pairs[][2] = { { 0, 0 } };
    char fingerprint[MCPAR_FINGERPRINT_SIZE];
    mcpar *mc = open_serial();
    mcpar_estimate e;
    double c;

    MUST(mc, mcpar_observe(mc, 1, names));
    for (int turn = 0; turn < 6; turn++) {
        MUST_FAIL(mc, mcpar_mean(mc, 0, &e), MCPAR_ERR_STALE);
        MUST_FAIL(mc, mcpar_covariance(mc, 0, 0, &c), MCPAR_ERR_STALE);
        MUST_FAIL(mc, mcpar_fingerprint(mc, fingerprint), MCPAR_ERR_STALE);
        MUST(mc, mcpar_reduce(mc, NULL));
        MUST(mc, mcpar_mean(mc, 0, &e));
        MUST(mc, mcpar_covariance(mc, 0, 0, &c));
        MUST(mc, mcpar_fingerprint(mc, fingerprint));
        switch (turn) {
        case 0:
            MUST(mc, mcpar_observe(mc, 1, names));
            break;
        case 1:
            MUST(mc, mcpar_observe_pairs(mc, 1, pairs[0]));
            break;
        case 2:
            MUST(mc, mcpar_sample(mc, 0, dart, NULL));         /* no trial came: still fresh */
            MUST(mc, mcpar_mean(mc, 0, &e));
            MUST(mc, mcpar_sample(mc, 1, dart, NULL));
            break;
        case 3:
            MUST(mc, mcpar_sample(mc, 1000, dart, NULL));
            break;
        default:
            MUST(mc, mcpar_reset(mc, 1));
        }
    }
    close_handle(mc);
}

Test(state, message_is_that_of_the_last_call_that_failed)
{
    mcpar *mc = open_serial();
    mcpar_estimate e;
    char text[1024];

    cr_assert_str_eq(mcpar_message(mc), "");
    MUST_FAIL(mc, mcpar_reset(mc, UINT32_MAX), MCPAR_ERR_ARGUMENT);
    (void)snprintf(text, sizeof text, "%s", mcpar_message(mc));
    MUST(mc, mcpar_sample(mc, 10, dart, NULL));
    MUST(mc, mcpar_reduce(mc, &e));
    cr_assert_str_eq(mcpar_message(mc), text);
    MUST_FAIL(mc, mcpar_observe(mc, 0, NULL), MCPAR_ERR_STATE);
    cr_assert(strcmp(mcpar_message(mc), text) != 0);
    MUST_SAY(mc, mcpar_strerror(MCPAR_ERR_STATE));
    close_handle(mc);
}

Test(state, finalize_ends_a_handle_once)
{
    mcpar *mc = open_serial();

    cr_assert(mcpar_finalize(&mc) == 0 && mc == NULL);
    cr_assert(mcpar_finalize(&mc) == 0 && mc == NULL);
}

/* ---- Handles in use ---- */

struct in_use {
    mcpar *mc;
    int codes[12], n;
    bool message_kept;
};

static void call_all(struct in_use *u)
{
    static const char *const names[] = { "a" };
    static const size_t pairs[][2] = { { 0, 0 } };
    char fingerprint[MCPAR_FINGERPRINT_SIZE], text[1024];
    mcpar *copy = u->mc;
    mcpar_estimate e;
    double c;

    (void)snprintf(text, sizeof text, "%s", mcpar_message(copy));
    u->n = 0;
    u->codes[u->n++] = mcpar_sample(copy, 1, dart, NULL);
    u->codes[u->n++] = mcpar_sample_block(copy, 1, darts, NULL);
    u->codes[u->n++] = mcpar_sample(copy, 1, NULL, NULL);
    u->codes[u->n++] = mcpar_reduce(copy, &e);
    u->codes[u->n++] = mcpar_reset(copy, 0);
    u->codes[u->n++] = mcpar_observe(copy, 1, names);
    u->codes[u->n++] = mcpar_observe_pairs(copy, 1, pairs[0]);
    u->codes[u->n++] = mcpar_mean(copy, 0, &e);
    u->codes[u->n++] = mcpar_covariance(copy, 0, 0, &c);
    u->codes[u->n++] = mcpar_fingerprint(copy, fingerprint);
    u->message_kept = strcmp(text, mcpar_message(copy)) == 0;
    u->codes[u->n++] = mcpar_finalize(&copy);      /* in a child of the host it frees */
}

static bool all_are(const struct in_use *u, int wanted)
{
    for (int i = 0; i < u->n; i++)
        if (u->codes[i] != wanted)
            return false;
    return u->n > 0;
}

static int meddle(mcpar_rng *rng, double *values, void *arg)
{
    struct in_use *u = arg;

    (void)values;
    if (mcpar_trial_number(rng) == 40)
        call_all(u);
    return 1;
}

Test(state, handle_is_busy_for_its_own_trial)
{
    struct in_use u = { .mc = open_serial() };
    mcpar_estimate e;

    MUST_FAIL(u.mc, mcpar_reset(u.mc, UINT32_MAX), MCPAR_ERR_ARGUMENT);      /* a message to keep */
    MUST(u.mc, mcpar_sample(u.mc, 100, meddle, &u));
    cr_assert(all_are(&u, MCPAR_ERR_BUSY), "%d %d", u.codes[0], u.codes[10]);
    cr_assert(u.message_kept);
    MUST(u.mc, mcpar_reduce(u.mc, &e));
    cr_assert(e.trials == 100 && e.hits == 100);
    close_handle(u.mc);
}

static _Atomic int *runs;                  /* of trials, in all workers */

static int meddle_in_worker(mcpar_rng *rng, double *values, void *arg)
{
    struct in_use u = { .mc = arg };

    (void)values;
    ++*runs;
    if (mcpar_trial_number(rng) % 10 == 0) {
        u.n = 0;
        call_all(&u);
        if (!all_are(&u, MCPAR_ERR_FORKED))
            return -1 - u.codes[0];
        if (mcpar_rank(arg) != -1 || mcpar_size(arg) != 0 || mcpar_workers(arg) != 0 || mcpar_note(arg, 0))
            return -100;
    }
    return 1;
}

Test(state, handle_belongs_to_the_process_that_made_it_not_to_a_worker)
{
    mcpar *mc = open_at(places[3]);
    mcpar_estimate e;

    runs = mmap(NULL, sizeof *runs, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert((void *)runs != MAP_FAILED);
    for (int i = 0; i < 3; i++)
        MUST(mc, mcpar_sample(mc, 1000, meddle_in_worker, mc));
    cr_assert(*runs == 3000, "%d runs of 3000 trials: workers died, and what they did was run again", *runs);
    MUST(mc, mcpar_reduce(mc, &e));
    cr_assert(e.trials == 3000 && e.hits == 3000);
    close_handle(mc);
}

struct shared {
    mcpar *mc;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int inside, go_on;
    struct in_use u;
};

static int wait_inside(mcpar_rng *rng, double *values, void *arg)
{
    struct shared *s = arg;

    (void)values;
    if (mcpar_trial_number(rng) != 7)
        return 0;
    (void)pthread_mutex_lock(&s->lock);
    s->inside = 1;
    (void)pthread_cond_broadcast(&s->changed);
    while (!s->go_on)
        (void)pthread_cond_wait(&s->changed, &s->lock);
    (void)pthread_mutex_unlock(&s->lock);
    return 0;
}

static void *other_thread(void *arg)
{
    struct shared *s = arg;

    (void)pthread_mutex_lock(&s->lock);
    while (!s->inside)
        (void)pthread_cond_wait(&s->changed, &s->lock);
    call_all(&s->u);
    s->go_on = 1;
    (void)pthread_cond_broadcast(&s->changed);
    (void)pthread_mutex_unlock(&s->lock);
    return NULL;
}

Test(state, handle_is_busy_for_another_thread, .timeout = 20)
{
    static struct shared s = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
    mcpar_estimate e;
    pthread_t thread;

    s.mc = s.u.mc = open_serial();
    cr_assert(pthread_create(&thread, NULL, other_thread, &s) == 0);
    MUST(s.mc, mcpar_sample(s.mc, 10, wait_inside, &s));
    (void)pthread_join(thread, NULL);
    cr_assert(all_are(&s.u, MCPAR_ERR_BUSY) && s.u.message_kept);
    MUST(s.mc, mcpar_reduce(s.mc, &e));
    cr_assert(e.trials == 10);
    close_handle(s.mc);
}

/* ---- A forked child of the host ---- */

static int child_status(void (*run)(mcpar *mc), mcpar *mc)
{
    pid_t pid = fork();
    int status = 0;

    if (pid == 0) {
        run(mc);
        _exit(99);
    }
    cr_assert(pid > 0 && waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void child_calls_all(mcpar *mc)
{
    struct in_use u = { .mc = mc };
    mcpar_options in_force = MCPAR_OPTIONS_INIT;

    if (mcpar_options_in_force(mc, &in_force) != MCPAR_ERR_FORKED)
        _exit(1);
    if (mcpar_rank(mc) != -1 || mcpar_size(mc) != 0 || mcpar_workers(mc) != 0 || mcpar_note(mc, 0) ||
        mcpar_about(mc, "pool") || mcpar_option_origin(mc, "seed") != MCPAR_ORIGIN_UNKNOWN)
        _exit(2);
    if (!strstr(mcpar_message(mc), mcpar_strerror(MCPAR_ERR_FORKED)))
        _exit(3);
    call_all(&u);                          /* its finalize frees */
    _exit(u.n == 11 && all_are(&u, MCPAR_ERR_FORKED) ? MCPAR_ERR_FORKED : 4);
}

static void child_makes_its_own(mcpar *mc)
{
    mcpar_options options = options_for(places[2]);
    mcpar_estimate e;
    mcpar *own;

    (void)mc;
    if (mcpar_init(&own, &options) || mcpar_sample(own, 1000, dart, NULL) || mcpar_reduce(own, &e))
        _exit(5);
    _exit(e.trials == 1000 && mcpar_finalize(&own) == 0 ? 0 : 6);
}

Test(state, handle_of_the_parent_is_refused_in_a_child_and_untouched)
{
    for (size_t p = 0; p < 3; p += 2) {
        mcpar *mc = open_at(places[p]);
        struct outcome before, after;
        int code;

        MUST(mc, mcpar_sample(mc, 1000, dart, NULL));
        before = outcome_of(mc, 0);
        code = child_status(child_calls_all, mc);
        cr_assert(code == MCPAR_ERR_FORKED, "the child ended with %d", code);
        code = child_status(child_makes_its_own, mc);
        cr_assert(code == 0, "the child ended with %d", code);
        after = outcome_of(mc, 0);
        MUST_EQUAL(before, after, "the child changed the parent's handle");
        MUST(mc, mcpar_sample(mc, 1000, dart, NULL));
        close_handle(mc);
    }
}
