/* SPDX-License-Identifier: BSD-3-Clause */
/* Stops and time limits: the trials that were begun count, and the rest gives the bits of the undisturbed run. */
#include "darts.h"
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

TestSuite(stop, .timeout = 60);

enum { N = 60000 };

static mcpar *handle;                      /* the signal handler's */

static void on_alarm(int signal)
{
    (void)signal;
    mcpar_request_stop(handle);
}

/* Requests a stop from a signal handler after so many microseconds. */
static void stop_after(suseconds_t us)
{
    struct itimerval timer = { { 0, 0 }, { 0, us } };

    (void)signal(SIGALRM, on_alarm);
    cr_assert(setitimer(ITIMER_REAL, &timer, NULL) == 0);
}

static double seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Darts that take 20 microseconds each, but for the last run. */
static volatile int slow = 1;

static int slow_dart(mcpar_rng *rng, double *values, void *arg)
{
    static const struct timespec moment = { 0, 20000 };

    if (slow)
        (void)nanosleep(&moment, NULL);
    return dart(rng, values, arg);
}

static int slow_darts(mcpar_block *b, void *arg)
{
    static const struct timespec moment = { 0, 20000 };

    for (size_t i = 0; slow && i < b->n; i++)
        (void)nanosleep(&moment, NULL);
    return darts(b, arg);
}

static mcpar *open_in(struct place place)
{
    return handle = open_at(place);
}

/* With a limit of time. */
static mcpar *open_with(struct place place, double max_seconds, double deadline)
{
    mcpar_options options = options_for(place);
    mcpar *mc = NULL;

    options.max_seconds = max_seconds;
    options.deadline = deadline;
    MUST(mc, mcpar_init(&mc, &options));
    return mc;
}

static void undisturbed(uint64_t n, char print[MCPAR_FINGERPRINT_SIZE])
{
    mcpar *mc = open_serial();

    MUST(mc, mcpar_sample_block(mc, n, darts, NULL));
    MUST(mc, mcpar_reduce(mc, NULL));
    MUST(mc, mcpar_fingerprint(mc, print));
    MUST(mc, mcpar_finalize(&mc));
}

/* Some trials are held, and that is what a run of that many gives. */
static void expect_part(mcpar *mc, uint64_t asked)
{
    char whole[MCPAR_FINGERPRINT_SIZE], print[MCPAR_FINGERPRINT_SIZE];
    mcpar_estimate e;

    cr_assert_eq(mcpar_asked(mc), asked);
    cr_assert_lt(mcpar_held(mc), asked);
    MUST(mc, mcpar_reduce(mc, &e));
    cr_assert_eq(e.trials, mcpar_held(mc));
    cr_assert_eq(e.status, e.trials ? MCPAR_STATUS_PARTIAL : MCPAR_STATUS_EMPTY, "%d", (int)e.status);
    MUST(mc, mcpar_fingerprint(mc, print));
    undisturbed(e.trials, whole);
    cr_assert_str_eq(print, whole);
    MUST_FAIL(mc, mcpar_sample(mc, 1, dart, NULL), MCPAR_ERR_STATE);
}

/* n = 0 runs the rest. */
static void expect_rest(mcpar *mc, uint64_t asked)
{
    char whole[MCPAR_FINGERPRINT_SIZE], print[MCPAR_FINGERPRINT_SIZE];
    mcpar_estimate e;

    slow = 0;
    MUST(mc, mcpar_sample(mc, 0, slow_dart, NULL));
    slow = 1;
    cr_assert(mcpar_held(mc) == asked && mcpar_asked(mc) == asked);
    MUST(mc, mcpar_reduce(mc, &e));
    cr_assert_eq(e.status, MCPAR_STATUS_COMPLETE);
    MUST(mc, mcpar_fingerprint(mc, print));
    undisturbed(asked, whole);
    cr_assert_str_eq(print, whole);
}

/* ---- Stops ---- */

Test(stop, by_a_signal_handler_while_trials_run)
{
    for (size_t i = 0; i < PLACES; i++)
        for (int block = 0; block < 2; block++) {
            mcpar *mc = open_in(places[i]);
            double start = seconds();

            stop_after(50000);
            MUST_FAIL(mc, block ? mcpar_sample_block(mc, N, slow_darts, NULL) : mcpar_sample(mc, N, slow_dart, NULL),
                      MCPAR_STOPPED);
            cr_expect_lt(seconds() - start, 10);
            MUST_SAY(mc, "a stop was requested");
            cr_assert_gt(mcpar_held(mc), 0);
            expect_part(mc, N);
            mcpar_clear_stop(mc);
            expect_rest(mc, N);
            handle = NULL;                 /* nothing to stop while it goes */
            MUST(mc, mcpar_finalize(&mc));
        }
}

static void *request(void *mc)
{
    static const struct timespec moment = { 0, 30000000 };

    (void)nanosleep(&moment, NULL);
    mcpar_request_stop(mc);
    return NULL;
}

Test(stop, by_another_thread)
{
    for (size_t i = 0; i < PLACES; i++) {
        mcpar *mc = open_in(places[i]);
        double start = seconds();
        pthread_t thread;

        cr_assert_eq(pthread_create(&thread, NULL, request, mc), 0);
        MUST_FAIL(mc, mcpar_sample(mc, N, slow_dart, NULL), MCPAR_STOPPED);
        cr_expect_lt(seconds() - start, 10);
        (void)pthread_join(thread, NULL);
        expect_part(mc, N);
        mcpar_clear_stop(mc);
        expect_rest(mc, N);
        MUST(mc, mcpar_finalize(&mc));
    }
}

Test(stop, before_the_call_and_until_it_is_cleared)
{
    for (size_t i = 0; i < PLACES; i++) {
        mcpar *mc = open_in(places[i]);

        MUST(mc, mcpar_sample(mc, 1000, dart, NULL));
        mcpar_request_stop(mc);
        MUST(mc, mcpar_sample(mc, 0, dart, NULL));         /* nothing is missing */
        for (int turn = 0; turn < 3; turn++) {
            MUST_FAIL(mc, mcpar_sample(mc, turn ? 0 : 500, dart, NULL), MCPAR_STOPPED);
            cr_assert(mcpar_held(mc) == 1000 && mcpar_asked(mc) == 1500);
            expect_part(mc, 1500);
        }
        MUST(mc, mcpar_reset(mc, 0));
        MUST_FAIL(mc, mcpar_sample(mc, 500, dart, NULL), MCPAR_STOPPED);
        cr_assert_eq(mcpar_held(mc), 0);
        expect_part(mc, 500);
        mcpar_clear_stop(mc);
        expect_rest(mc, 500);
        MUST(mc, mcpar_finalize(&mc));
    }
}

/* Stops its own run from trial 700 on. */
static int stops_itself(mcpar_rng *rng, double *values, void *arg)
{
    if (mcpar_trial_number(rng) >= 700)
        mcpar_request_stop(arg);
    return dart(rng, values, NULL);
}

Test(stop, by_a_trial_of_the_serial_pool_but_not_from_a_worker)
{
    mcpar *mc = open_in(places[0]);

    MUST_FAIL(mc, mcpar_sample(mc, N, stops_itself, mc), MCPAR_STOPPED);
    cr_assert_gt(mcpar_held(mc), 700);
    expect_part(mc, N);
    mcpar_clear_stop(mc);
    expect_rest(mc, N);
    MUST(mc, mcpar_finalize(&mc));
    mc = open_in(places[2]);
    MUST(mc, mcpar_sample(mc, N, stops_itself, mc));
    MUST(mc, mcpar_finalize(&mc));
}

/* Each 100th trial kills its worker the first time. */
static _Atomic unsigned char *killed;

static int deadly(mcpar_rng *rng, double *values, void *arg)
{
    uint64_t trial = mcpar_trial_number(rng);

    if (trial % 100 == 99 && trial < 1000000 && !killed[trial / 100]++)
        (void)kill(getpid(), SIGKILL);
    return slow_dart(rng, values, arg);
}

Test(stop, while_workers_die)
{
    mcpar *mc;

    killed = mmap(NULL, 10000, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert(killed != MAP_FAILED);
    mc = open_in(places[3]);
    for (int stops = 0; stops < 5; stops++) {
        stop_after(20000);
        MUST_FAIL(mc, mcpar_sample(mc, stops ? 0 : 1000000, deadly, NULL), MCPAR_STOPPED);
        mcpar_clear_stop(mc);
    }
    cr_assert_gt(mcpar_held(mc), 0);
    expect_part(mc, 1000000);
    expect_rest(mc, 1000000);
    MUST(mc, mcpar_finalize(&mc));
}

/* Requests a stop, and fails. */
static int stops_and_fails(mcpar_rng *rng, double *values, void *arg)
{
    if (mcpar_trial_number(rng) < 700)
        return dart(rng, values, NULL);
    mcpar_request_stop(arg);
    return -3;
}

Test(stop, beside_a_trial_that_fails)
{
    mcpar *mc = open_in(places[0]);
    uint64_t failed = 0;

    MUST_FAIL(mc, mcpar_sample(mc, N, stops_and_fails, mc), MCPAR_ERR_TRIAL);
    MUST_SAY(mc, "trial 700 returned -3");
    MUST(mc, mcpar_failed(mc, NULL, NULL, &failed));
    cr_assert(failed == 700 && mcpar_held(mc) <= 700);
    cr_assert(mcpar_held(mc) == 700 || mcpar_note(mc, 0) != NULL, "it says that trials below could not be run");
    expect_part(mc, N);
    mcpar_clear_stop(mc);
    expect_rest(mc, N);
    MUST(mc, mcpar_finalize(&mc));
}

Test(stop, of_no_handle_and_of_one_that_failed)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;
    mcpar *mc = NULL;

    mcpar_request_stop(NULL);
    mcpar_clear_stop(NULL);
    cr_assert(mcpar_asked(NULL) == 0 && mcpar_held(NULL) == 0);
    options.workers = -7;
    cr_assert_eq(mcpar_init(&mc, &options), MCPAR_ERR_OPTION);
    mcpar_request_stop(mc);
    MUST_FAIL(mc, mcpar_sample(mc, 1, dart, NULL), MCPAR_ERR_OPTION);
    cr_assert(mcpar_asked(mc) == 0 && mcpar_held(mc) == 0);
    MUST(mc, mcpar_finalize(&mc));
}

/* ---- Limits ---- */

Test(stop, after_max_seconds)
{
    for (size_t i = 0; i < PLACES; i++) {
        double start = seconds();
        mcpar *mc = open_with(places[i], 0.1, -1);

        MUST_FAIL(mc, mcpar_sample(mc, UINT64_C(1) << 40, slow_dart, NULL), MCPAR_STOPPED);
        cr_expect(seconds() - start >= 0.1 && seconds() - start < 10);
        MUST_SAY(mc, "the time is up (max_seconds or deadline)");
        cr_assert_gt(mcpar_held(mc), 0);
        expect_part(mc, UINT64_C(1) << 40);
        mcpar_clear_stop(mc);              /* clears no limit */
        MUST_FAIL(mc, mcpar_sample(mc, 0, slow_dart, NULL), MCPAR_STOPPED);
        MUST(mc, mcpar_finalize(&mc));
    }
}

Test(stop, at_a_deadline)
{
    static const double when[] = { -1000, 0.15, 1000 };

    for (size_t i = 0; i < 3; i++) {
        struct timespec now;
        mcpar *mc;

        (void)clock_gettime(CLOCK_REALTIME, &now);
        mc = open_with(places[2], 1000, (double)now.tv_sec + 1e-9 * (double)now.tv_nsec + when[i]);
        if (when[i] > 100) {
            MUST(mc, mcpar_sample(mc, 1000, slow_dart, NULL));
        } else {
            MUST_FAIL(mc, mcpar_sample(mc, UINT64_C(1) << 40, slow_dart, NULL), MCPAR_STOPPED);
            cr_assert_eq(mcpar_held(mc) > 0, when[i] > 0);
            expect_part(mc, UINT64_C(1) << 40);
        }
        MUST(mc, mcpar_finalize(&mc));
    }
}

/* ---- Trials that do not end --------------------------------------------------------------------------------------- */

/* Which trial sleeps, and how often: the count is shared with the workers. */
struct sleeper {
    uint64_t trial;
    volatile int *times;
    int signal;                            /* 0: it sleeps; else it sends itself this signal first */
};

static int sleeps(mcpar_rng *rng, double *values, void *arg)
{
    const struct sleeper *s = arg;

    if (mcpar_trial_number(rng) == s->trial && *s->times > 0) {
        --*s->times;
        if (s->signal)
            (void)raise(s->signal);
        else
            (void)sleep(1000);
    }
    return dart(rng, values, NULL);
}

static struct sleeper sleeper(uint64_t trial, int times, int signal)
{
    struct sleeper s = { trial, mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), signal };

    cr_assert(s.times != MAP_FAILED);
    *s.times = times;
    return s;
}

/* After stop_seconds the workers still in a trial are killed; what they had not handed in is missing, and is run later. */
Test(stop, a_trial_that_does_not_end_holds_a_stop_up_for_stop_seconds)
{
    for (size_t i = 1; i < PLACES; i++) {
        struct sleeper s = sleeper(500, 1, 0);
        mcpar_options options = options_for(places[i]);
        double start = seconds();
        uint64_t first, n;
        mcpar_estimate e;
        mcpar *mc;

        if (places[i].pool != MCPAR_POOL_FORK)
            continue;
        options.max_seconds = 0.2;
        options.stop_seconds = 0.3;
        MUST(mc, mcpar_init(&mc, &options));
        MUST_FAIL(mc, mcpar_sample(mc, UINT64_C(1) << 40, sleeps, &s), MCPAR_STOPPED);
        cr_assert_lt(seconds() - start, 5);
        MUST(mc, mcpar_reduce(mc, &e));
        cr_assert_eq(e.status, MCPAR_STATUS_PARTIAL);
        cr_assert_eq(e.trials, mcpar_held(mc));
        for (size_t k = 0; mcpar_range(mc, k, &first, &n) == 0; k++)
            cr_assert(500 < first || 500 >= first + n, "trial 500 is held");
        MUST(mc, mcpar_finalize(&mc));
        (void)munmap((void *)(uintptr_t)s.times, sizeof(int));
    }
}

Test(stop, what_was_missing_after_it_is_run_later)
{
    struct sleeper s = sleeper(500, 1, 0);
    mcpar_options options = options_for(places[3]);
    mcpar *mc;

    options.stop_seconds = 0;
    MUST(mc, mcpar_init(&mc, &options));
    handle = mc;
    stop_after(300000);
    MUST_FAIL(mc, mcpar_sample(mc, N, sleeps, &s), MCPAR_STOPPED);
    cr_assert_lt(mcpar_held(mc), N);
    mcpar_clear_stop(mc);
    expect_rest(mc, N);
    MUST(mc, mcpar_finalize(&mc));
}

/* The trial is killed, runs again in halves and alone, and is named after the third time; what is below it is held. */
Test(stop, a_stuck_trial_is_named)
{
    for (size_t i = 1; i < PLACES; i++) {
        struct sleeper s = sleeper(500, 1000, 0);
        mcpar_options options = options_for(places[i]);
        uint64_t trial;
        mcpar *mc;

        if (places[i].pool != MCPAR_POOL_FORK || places[i].workers > 4)
            continue;
        options.stuck_seconds = 0.1;
        MUST(mc, mcpar_init(&mc, &options));
        MUST_FAIL(mc, mcpar_sample(mc, N, sleeps, &s), MCPAR_ERR_STUCK);
        MUST_SAY(mc, "trial 500, run alone three times, took longer than stuck_seconds");
        MUST(mc, mcpar_failed(mc, NULL, NULL, &trial));
        cr_assert(trial == 500 && mcpar_held(mc) == 500, "%llu held", (unsigned long long)mcpar_held(mc));
        *s.times = 0;
        expect_rest(mc, N);
        MUST(mc, mcpar_finalize(&mc));
        (void)munmap((void *)(uintptr_t)s.times, sizeof(int));
    }
}

/* A worker that stops itself, or a trial that is stuck once or twice: killed, run again, and all is well. */
Test(stop, a_trial_that_is_stuck_once_is_run_again)
{
    static const int signals[] = { 0, SIGSTOP };

    for (size_t k = 0; k < 2; k++) {
        struct sleeper s = sleeper(700, 2, signals[k]);
        mcpar_options options = options_for(places[2]);
        bool noted = false;
        mcpar *mc;

        options.stuck_seconds = 0.1;
        MUST(mc, mcpar_init(&mc, &options));
        MUST(mc, mcpar_sample(mc, N, sleeps, &s));
        for (size_t i = 0; mcpar_note(mc, i); i++)
            noted |= strstr(mcpar_note(mc, i), "stuck_seconds") != NULL;
        cr_assert(noted && *s.times == 0);
        expect_rest(mc, N);
        MUST(mc, mcpar_finalize(&mc));
    }
}

/* ---- Sizes of blocks ---------------------------------------------------------------------------------------------- */

static int sized_darts(mcpar_block *b, void *arg)
{
    return b->n > *(size_t *)arg ? -1 : darts(b, NULL);
}

Test(stop, blocks_are_no_longer_than_the_option_says)
{
    static const size_t most[] = { 1, 7, 512, 65536 };

    for (size_t i = 0; i < PLACES; i++)
        for (size_t k = 0; k < sizeof most / sizeof *most; k++) {
            mcpar_options options = options_for(places[i]);
            char whole[MCPAR_FINGERPRINT_SIZE], print[MCPAR_FINGERPRINT_SIZE];
            size_t n = most[k];
            mcpar *mc;

            options.block = (int)n;
            MUST(mc, mcpar_init(&mc, &options));
            MUST(mc, mcpar_sample_block(mc, N, sized_darts, &n));
            MUST(mc, mcpar_reduce(mc, NULL));
            MUST(mc, mcpar_fingerprint(mc, print));
            undisturbed(N, whole);
            cr_assert_str_eq(print, whole);
            MUST(mc, mcpar_finalize(&mc));
        }
}
