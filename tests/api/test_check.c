/* SPDX-License-Identifier: BSD-3-Clause */
/* Trial functions that break the rules: mcpar_verify and the option check name them and say what is wrong, on all
 * pools; those that obey pass. */
#include "darts.h"
#include <setjmp.h>
#include <stdatomic.h>
#include <time.h>

TestSuite(check, .timeout = 60);

static const char *const names[] = { "x", "y" };

/* ---- Trials that break a rule ---- */

static int static_counter(mcpar_rng *rng, double *values, void *arg)
{
    static int calls;

    (void)rng, (void)values, (void)arg;
    return calls++ & 1;
}

static int c_library_random(mcpar_rng *rng, double *values, void *arg)
{
    (void)rng, (void)arg;
    values[1] = (double)rand();
    return 0;
}

static int by_the_time(mcpar_rng *rng, double *values, void *arg)
{
    (void)rng, (void)arg;
    values[0] = (double)time(NULL);
    return 0;
}

static int by_the_nanosecond(mcpar_rng *rng, double *values, void *arg)
{
    struct timespec now;

    (void)rng, (void)arg;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    values[0] = (double)now.tv_nsec;
    return 0;
}

static int draws_differ(mcpar_rng *rng, double *values, void *arg)
{
    static int calls;

    (void)values, (void)arg;
    for (int i = calls++ % 3; i > 0; i--)
        (void)mcpar_uniform(rng);
    return 0;
}

static int fails_at_times(mcpar_rng *rng, double *values, void *arg)
{
    static int calls;

    (void)rng, (void)values, (void)arg;
    return calls++ & 1 ? 0 : -1;
}

/* What one trial leaves, another one reads: as with antithetic pairs made by hand. */
static int uses_the_trial_before(mcpar_rng *rng, double *values, void *arg)
{
    static double left;

    (void)arg;
    if (mcpar_trial_number(rng) % 2 == 0)
        left = mcpar_uniform(rng);
    values[0] = 1.0 - left;
    return 0;
}

__attribute__((unused)) static int reads_unset(mcpar_rng *rng, double *values, void *arg)
{
    uint64_t set[8];

    (void)rng, (void)values, (void)arg;
    __asm__ volatile("" : "=m"(set));      /* it is not, but the compiler believes it is */
    return (int)(set[4] >> 63);
}

static int reads_past_values(mcpar_rng *rng, double *values, void *arg)
{
    (void)rng, (void)arg;
    return values[2] > 0.0;
}

static int writes_behind(mcpar_rng *rng, double *values, void *arg)
{
    (void)rng, (void)arg;
    values[2] = 0.0;
    return 0;
}

static int writes_before(mcpar_rng *rng, double *values, void *arg)
{
    (void)arg;
    values[-3] = mcpar_uniform(rng);
    return 0;
}

struct model {
    double mean, sum;
    long n;
};

static int sums_in_arg(mcpar_rng *rng, double *values, void *arg)
{
    struct model *model = arg;

    (void)values;
    model->sum += mcpar_uniform(rng) + model->mean;
    return 0;
}

static int counts_in_arg(mcpar_rng *rng, double *values, void *arg)
{
    struct model *model = arg;

    (void)rng, (void)values;
    model->n++;
    return 0;
}

struct wrong {
    const char *name;
    mcpar_trial_fn trial;
    const char *words;
};

static const struct wrong wrong_trials[] = {
    { "counter", static_counter, "run twice in a row: it keeps something from one call to the next (a static" },
    { "rand", c_library_random, "as observable 1 (y), run twice in a row: it keeps something" },
    { "nanosecond", by_the_nanosecond, "or looks at the time" },
    { "draws", draws_differ, "draws and then " },
    { "fails", fails_at_times, "once failed (" },
    { "before", uses_the_trial_before, ", run in another order in another pass: it depends on the trials that ran" },
#ifndef __SANITIZE_ADDRESS__               /* it arranges the stack, and fills it, in its own way */
    { "unset", reads_unset, "depending on what was in memory before: it reads a variable that it has not set" },
#endif
    { "reads past", reads_past_values, "or past its values" },
    { "behind", writes_behind, "trial 0 writes to values[2], but mcpar_observe has declared 2 observables" },
    { "in front", writes_before, "trial 0 writes to values[-3], which is before its values" },
    { "sum", sums_in_arg, "trial 0 writes to what arg points to: trials must only read it" }
};

/* ---- Blocks that do ---- */

static int block_counter(mcpar_block *b, void *arg)
{
    static int calls;

    (void)arg;
    b->values[0][0] = calls++;
    return 0;
}

static int depends_on_n(mcpar_block *b, void *arg)
{
    (void)arg;
    for (size_t i = 0; i < b->n; i++)
        b->values[1][i] = (double)(b->n > 1 && i == b->n - 1);
    return 0;
}

/* A remainder of a loop over four trials at once is forgotten. */
static int forgets_the_rest(mcpar_block *b, void *arg)
{
    const double *x = mcpar_uniforms(b);

    (void)arg;
    for (size_t i = 0; i + 4 <= b->n; i += 4)
        for (size_t j = i; j < i + 4; j++)
            b->hits += x[j] < 0.75;
    return 0;
}

/* It is right up to 1,000 trials. */
static int right_for_short_ones(mcpar_block *b, void *arg)
{
    const double *x = mcpar_uniforms(b);

    (void)arg;
    for (size_t i = 0; i < b->n; i++)
        b->values[0][i] = b->n > 1000 ? x[0] : x[i];
    return 0;
}

static int writes_one_more(mcpar_block *b, void *arg)
{
    (void)arg;
    for (size_t i = 0; i <= b->n; i++)
        b->values[1][i] = 1.0;
    return 0;
}

static int sums_in_arg_block(mcpar_block *b, void *arg)
{
    (void)arg;
    ((struct model *)arg)->sum += (double)b->n;
    return 0;
}

struct wrong_block {
    const char *name;
    mcpar_block_fn block;
    const char *words;
};

static const struct wrong_block wrong_blocks[] = {
    { "counter", block_counter, "as observable 0 (x), run twice in a row: it keeps something" },
    { "n", depends_on_n, "as observable 1 (y), run in smaller blocks: the results of a block function must not" },
    { "rest", forgets_the_rest, "the block of trials 0 to 15 had " },
    { "long", right_for_short_ones, "run in smaller blocks" },
    { "one more", writes_one_more, "the block of trials 0 to 15 writes to values[1][16], but it has 16 trials" },
    { "sum", sums_in_arg_block, "the block of trials 0 to 15 writes to what arg points to" }
};

/* ---- Those that obey ---- */

static int obeys(mcpar_rng *rng, double *values, void *arg)
{
    const struct model *model = arg;

    values[0] = mcpar_normal(rng) + model->mean;
    while (mcpar_uniform(rng) < 0.9)
        values[1] += mcpar_exponential(rng);
    return mcpar_below(rng, 6) == 5;
}

static int obeys_block(mcpar_block *b, void *arg)
{
    const struct model *model = arg;
    const double *x = mcpar_normals(b), *u = mcpar_uniforms(b);
    const uint64_t *d = mcpar_belows(b, 6);

    for (size_t i = 0; i < b->n; i++) {
        b->values[0][i] = x[i] + model->mean;
        b->values[1][i] = u[i] * (double)(b->first + i);
        b->hits += d[i] == 5;
    }
    return 0;
}

/* ---- What arg may be ---- */

static int looks_at_nothing(mcpar_rng *rng, double *values, void *arg)
{
    (void)values, (void)arg;
    return mcpar_uniform(rng) < 0.5;
}

/* Writes to its own scratch memory, which may stand right behind what arg points to. */
static int uses_scratch(mcpar_rng *rng, double *values, void *arg)
{
    double *scratch = mcpar_scratch(rng);

    scratch[0] = mcpar_uniform(rng);
    values[0] = scratch[0] + *(const double *)arg;
    return 0;
}

static void *new_scratch(void *arg)
{
    (void)arg;
    return calloc(3, sizeof(double));
}

static void free_scratch(void *scratch, void *arg)
{
    (void)arg;
    free(scratch);
}

/* ---- On every pool: one test for all, because the first check of a process waits for another second ---- */

static mcpar *open_checked(struct place place, int check)
{
    mcpar_options options = options_for(place);
    mcpar *mc = NULL;

    options.check = check;
    options.scratch_new = new_scratch;
    options.scratch_free = free_scratch;
    MUST(mc, mcpar_init(&mc, &options));
    MUST(mc, mcpar_observe(mc, 2, names));
    return mc;
}

/* Two threads that run such a trial at once may spoil each other's run, so that it looks like another mistake. */
static void must_say(mcpar *mc, struct place place, int code, const char *name, const char *words)
{
    bool racing = place.pool == MCPAR_POOL_THREADS && place.workers > 1 && !strstr(words, "writes to");

    cr_assert(code == MCPAR_ERR_CHECK, "%s: %d, %s", name, code, mcpar_message(mc));
    cr_assert(racing || strstr(mcpar_message(mc), words), "%s: \"%s\" is not in %s", name, words, mcpar_message(mc));
    cr_assert(mcpar_failed(mc, NULL, NULL, NULL) == 0);
}

enum { TRIALS = sizeof wrong_trials / sizeof *wrong_trials, BLOCKS = sizeof wrong_blocks / sizeof *wrong_blocks };

/* The option names them before they run. */
static void before(mcpar *mc, struct place place)
{
    struct model model = { 1.0, 0.0, 0 };

    for (size_t i = 0; i < TRIALS; i++) {
        const struct wrong *w = &wrong_trials[i];

        must_say(mc, place, mcpar_sample(mc, 5000, w->trial, &model), w->name, w->words);
        cr_assert(mcpar_asked(mc) == 0 && mcpar_held(mc) == 0, "nothing is asked for");
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        const struct wrong_block *w = &wrong_blocks[i];

        must_say(mc, place, mcpar_sample_block(mc, 5000, w->block, &model), w->name, w->words);
    }
    for (uint64_t n = 1; n < 4; n++) {     /* a single trial is enough */
        MUST_FAIL(mc, mcpar_sample(mc, n, static_counter, NULL), MCPAR_ERR_CHECK);
#ifndef __SANITIZE_ADDRESS__
        MUST_FAIL(mc, mcpar_sample(mc, n, reads_unset, NULL), MCPAR_ERR_CHECK);
#endif
        MUST_FAIL(mc, mcpar_sample_block(mc, n, writes_one_more, NULL), MCPAR_ERR_CHECK);
    }
}

/* mcpar_verify names them after they ran. */
static void after(mcpar *mc, struct place place)
{
    struct model model = { 1.0, 0.0, 0 };
    struct outcome first, then;

    MUST(mc, mcpar_sample(mc, 5000, obeys, &model));
    MUST(mc, mcpar_verify(mc, 200, obeys, &model));
    first = outcome_of(mc, 2);
    for (size_t i = 0; i < TRIALS; i++) {
        const struct wrong *w = &wrong_trials[i];

        must_say(mc, place, mcpar_verify(mc, 64, w->trial, &model), w->name, w->words);
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        const struct wrong_block *w = &wrong_blocks[i];

        must_say(mc, place, mcpar_verify_block(mc, 64, w->block, &model), w->name, w->words);
    }
    then = outcome_of(mc, 2);
    MUST_EQUAL(first, then, "a check has changed the result");
}

/* It is compared with what the result says of its lowest trial. */
static void another_function(mcpar *mc)
{
    struct model model = { 0.5, 0.0, 0 };
    uint64_t trial = 7;

    MUST(mc, mcpar_sample(mc, 100, obeys, &model));
    model.mean = 0.75;
    MUST_FAIL(mc, mcpar_verify(mc, 10, obeys, &model), MCPAR_ERR_CHECK);
    MUST_SAY(mc, "trial 0 returns something else than in the result that the handle holds");
    cr_assert(mcpar_failed(mc, NULL, NULL, &trial) == 0 && trial == 0);
    MUST_FAIL(mc, mcpar_verify_block(mc, 10, obeys_block, &model), MCPAR_ERR_CHECK);
    model.mean = 0.5;
    MUST(mc, mcpar_verify(mc, 10, obeys, &model));
}

static void correct_programs(mcpar *mc, struct place place)
{
    struct model model = { 0.5, 0.0, 0 };
    mcpar *plain = open_checked(place, 0);
    struct outcome a, b;

    MUST(plain, mcpar_sample(plain, 5000, obeys, &model));
    MUST(mc, mcpar_sample(mc, 3, obeys, &model));
    MUST(mc, mcpar_sample(mc, 97, obeys, &model));
    MUST(mc, mcpar_sample(mc, 4900, obeys, &model));
    a = outcome_of(plain, 2);
    b = outcome_of(mc, 2);
    MUST_EQUAL(a, b, "a check has changed the result");
    MUST(mc, mcpar_verify(mc, UINT64_MAX, obeys, &model));
    MUST(plain, mcpar_reset(plain, 1));
    MUST(mc, mcpar_reset(mc, 1));
    MUST(plain, mcpar_sample_block(plain, 20000, obeys_block, &model));
    MUST(mc, mcpar_sample_block(mc, 17, obeys_block, &model));
    MUST(mc, mcpar_sample_block(mc, 20000 - 17, obeys_block, &model));
    a = outcome_of(plain, 2);
    b = outcome_of(mc, 2);
    MUST_EQUAL(a, b, "a check has changed the result of blocks");
    MUST(mc, mcpar_verify_block(mc, UINT64_MAX, obeys_block, &model));
    close_handle(plain);
}

/* arg need not be a pointer, and what it points to may be short. */
static void arguments(mcpar *mc, struct place place)
{
    static const uintptr_t numbers[] = { 0, 1, 8, 4095, (uintptr_t)-1, (uintptr_t)-4096 };
    double *heap = malloc(sizeof *heap);
    struct model *model = calloc(1, sizeof *model), here = { 0.0, 0.0, 0 };

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        MUST(mc, mcpar_sample(mc, 100, looks_at_nothing, (void *)numbers[i]));
    *heap = 0.25;
    MUST(mc, mcpar_sample(mc, 100, uses_scratch, heap));
    MUST_FAIL(mc, mcpar_sample(mc, 100, sums_in_arg, model), MCPAR_ERR_CHECK);
    MUST_SAY(mc, "writes to what arg points to");
    if (place.pool != MCPAR_POOL_THREADS) {        /* a thread has another stack */
        MUST_FAIL(mc, mcpar_sample(mc, 100, counts_in_arg, &here), MCPAR_ERR_CHECK);
        MUST_SAY(mc, "writes to what arg points to");
    }
    free(model);
    free(heap);
}

static int crashes(mcpar_rng *rng, double *values, void *arg)
{
    (void)values;
    if (mcpar_trial_number(rng) >= *(const uint64_t *)arg)
        abort();
    return 0;
}

/* Trials that fail each time are left to the sampling, which names the lowest. */
static void failures(mcpar *mc, struct place place)
{
    uint64_t from = 1234, trial = 0;

    MUST_FAIL(mc, mcpar_sample(mc, 5000, stop_at, &from), MCPAR_ERR_TRIAL);
    cr_assert(mcpar_failed(mc, NULL, NULL, &trial) == 0 && trial == from);
    if (place.pool != MCPAR_POOL_FORK)
        return;
    MUST(mc, mcpar_reset(mc, 0));
    MUST_FAIL(mc, mcpar_sample(mc, 5000, crashes, &from), MCPAR_ERR_CRASH);
    cr_assert(mcpar_failed(mc, NULL, NULL, &trial) == 0 && trial == from);
    MUST(mc, mcpar_reset(mc, 0));
    MUST(mc, mcpar_sample(mc, 100, looks_at_nothing, NULL));
    from = 50;
    MUST_FAIL(mc, mcpar_verify(mc, 100, crashes, &from), MCPAR_ERR_CRASH);
}

static void stops(mcpar *mc)
{
    MUST(mc, mcpar_sample(mc, 100, looks_at_nothing, NULL));
    mcpar_request_stop(mc);
    MUST_FAIL(mc, mcpar_verify(mc, 100, looks_at_nothing, NULL), MCPAR_STOPPED);
    MUST_FAIL(mc, mcpar_sample(mc, 100, looks_at_nothing, NULL), MCPAR_STOPPED);
    mcpar_clear_stop(mc);
    MUST(mc, mcpar_sample(mc, 0, looks_at_nothing, NULL));
    MUST(mc, mcpar_verify(mc, 100, looks_at_nothing, NULL));
}

static void all(struct place place)
{
    mcpar *mc = open_checked(place, 1);

    before(mc, place);
    after(mc, place);
    MUST(mc, mcpar_reset(mc, 0));
    another_function(mc);
    MUST(mc, mcpar_reset(mc, 0));
    correct_programs(mc, place);
    MUST(mc, mcpar_reset(mc, 0));
    arguments(mc, place);
    MUST(mc, mcpar_reset(mc, 0));
    failures(mc, place);
    MUST(mc, mcpar_reset(mc, 0));
    stops(mc);
    close_handle(mc);
}

Test(check, on_the_serial_pool)
{
    all((struct place){ MCPAR_POOL_SERIAL, 1 });
}

Test(check, on_the_fork_pool)
{
    all((struct place){ MCPAR_POOL_FORK, 1 });
}

Test(check, on_the_fork_pool_with_several_workers)
{
    all((struct place){ MCPAR_POOL_FORK, 3 });
}

Test(check, in_a_thread)
{
    all((struct place){ MCPAR_POOL_THREADS, 1 });
}

Test(check, in_several_threads)
{
    all((struct place){ MCPAR_POOL_THREADS, 2 });
}

/* A counter of calls whose numbers look right for two trials if two threads take turns: trial 0 then makes call 0 in the
 * first pass, and calls 3 and 5 in the second one, which begins with trial 1. */
static atomic_int slow_calls;

static int counts_slowly(mcpar_rng *rng, double *values, void *arg)
{
    static const struct timespec moment = { 0, 5000000 };
    const int call = atomic_fetch_add(&slow_calls, 1);

    (void)rng, (void)values, (void)arg;
    (void)nanosleep(&moment, NULL);
    return call < 2 ? call : !(call & 1);
}

Test(check, threads_that_take_turns_hide_nothing)
{
    mcpar *mc = open_checked((struct place){ MCPAR_POOL_THREADS, 2 }, 1);

    for (int turn = 0; turn < 20; turn++) {
        atomic_store(&slow_calls, 0);
        MUST_FAIL(mc, mcpar_sample(mc, 2, counts_slowly, NULL), MCPAR_ERR_CHECK);
    }
    close_handle(mc);
}

/* ---- What needs a process of its own ---- */

Test(check, the_time_in_seconds)
{
    mcpar *mc = open_checked(places[1], 1);

    MUST_FAIL(mc, mcpar_sample(mc, 100, by_the_time, NULL), MCPAR_ERR_CHECK);
    MUST_SAY(mc, "trial 0 reported some values and then others, run in another order");
    MUST_SAY(mc, "on the time");
    close_handle(mc);
}

static jmp_buf out;

static int leaves(mcpar_rng *rng, double *values, void *arg)
{
    (void)values;
    if (mcpar_trial_number(rng) == *(const uint64_t *)arg)
        longjmp(out, 1);
    return 0;
}

Test(check, a_trial_that_is_left_leaves_the_handle_usable)
{
    mcpar *mc = open_checked(places[0], 1);
    uint64_t from = 99;

    if (setjmp(out) == 0) {
        (void)!mcpar_sample(mc, 100, leaves, &from);
        cr_assert_fail("it came back");
    }
    MUST_SAY(mc, "trial 99 was left by an exception or longjmp");
    MUST(mc, mcpar_sample(mc, 99, leaves, &from));
    from = 0;
    if (setjmp(out) == 0) {
        (void)!mcpar_verify(mc, 100, leaves, &from);
        cr_assert_fail("it came back");
    }
    MUST_SAY(mc, "trial 0 was left by an exception or longjmp");
    close_handle(mc);
}

Test(check, refused)
{
    mcpar_options options = options_for(places[0]);
    mcpar *mc = open_serial();

    cr_assert(mcpar_verify(NULL, 1, dart, NULL) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_verify_block(NULL, 1, darts, NULL) == MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_verify(mc, 1, dart, NULL), MCPAR_ERR_STATE);
    MUST(mc, mcpar_sample(mc, 10, dart, NULL));
    MUST_FAIL(mc, mcpar_verify(mc, 0, dart, NULL), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_verify(mc, 1, NULL, NULL), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_verify_block(mc, 1, NULL, NULL), MCPAR_ERR_ARGUMENT);
    close_handle(mc);
    options.check = 2;
    MUST_FAIL(mc, mcpar_init(&mc, &options), MCPAR_ERR_OPTION);
    MUST_SAY(mc, "check is 2, neither 0 nor 1");
    (void)mcpar_finalize(&mc);
    (void)setenv("MCPAR_CHECK", "yes", 1);
    options.check = MCPAR_UNSET;
    MUST_FAIL(mc, mcpar_init(&mc, &options), MCPAR_ERR_ENVIRONMENT);
    (void)mcpar_finalize(&mc);
    (void)setenv("MCPAR_CHECK", "1", 1);
    MUST(mc, mcpar_init(&mc, &options));
    cr_assert(mcpar_option_origin(mc, "check") == MCPAR_ORIGIN_ENVIRONMENT);
    MUST_FAIL(mc, mcpar_sample(mc, 10, static_counter, NULL), MCPAR_ERR_CHECK);
    close_handle(mc);
}
