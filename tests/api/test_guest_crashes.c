/* SPDX-License-Identifier: BSD-3-Clause */
/* test_guest_crashes.c - a good guest: trials that crash, are killed or are left, and the handle after that */
#include "guest.h"
#include <fenv.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>

/* ---- Crashes ---- */

static void crash_abort(uint64_t trial)
{
    if (trial >= 701)
        abort();
}

static void crash_fpe(uint64_t trial)
{
    if (trial % 702 == 700)
        (void)raise(SIGFPE);
}

static void crash_bus(uint64_t trial)
{
    if (trial == 700)
        (void)raise(SIGBUS);
}

static void crash_ill(uint64_t trial)
{
    if (trial == 700)
        __builtin_trap();
}

static void crash_exit(uint64_t trial)
{
    if (trial == 700)
        _exit(0);
}

static void crash_quick_exit(uint64_t trial)
{
    if (trial == 700)
        quick_exit(0);
}

static void crash_exec(uint64_t trial)
{
    if (trial == 700)
        (void)execl("/bin/sh", "sh", "-c", "exit 0", (char *)NULL);
}

static int (*volatile again)(volatile char *above);       /* which compilers do not look through */

static int deep(volatile char *above)
{
    volatile char room[4096];

    room[0] = (char)(above[0] + 1);
    return again(room) + room[0];
}

static void crash_stack(uint64_t trial)
{
    volatile char top = 0;

    again = deep;
    if (trial == 700)
        (void)deep(&top);
}

static const struct {
    void (*side)(uint64_t trial);
    const char *words;
} crashes[] = { { crash_segv, "trial 700," }, { crash_abort, "trial 701," },      { crash_fpe, "trial 700," },
                { crash_bus, "trial 700," },  { crash_ill, "trial 700," },        { crash_exit, "trial 700," },
                { crash_exec, "trial 700," }, { crash_quick_exit, "trial 700," }, { crash_stack, "trial 700," } };

static int crashing_trials(void)
{
    struct rlimit no_core = { 0, 0 }, small_stack = { 1 << 20, RLIM_INFINITY };
    mcpar *mc;

    (void)setrlimit(RLIMIT_CORE, &no_core);
    (void)setrlimit(RLIMIT_STACK, &small_stack);
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++) {
        mcpar_estimate e;
        int err;

        NEED(open_pool(&mc, 1 + (int)i % 3) == 0, "%s", mcpar_message(mc));
        err = mcpar_sample(mc, TRIALS, dart, side(crashes[i].side));
        NEED(err == MCPAR_ERR_CRASH && strstr(mcpar_message(mc), crashes[i].words), "crash %zu: %d, %s", i, err,
             mcpar_message(mc));
        NEED(strstr(mcpar_message(mc), "mcpar_replay("), "%s", mcpar_message(mc));
        NEED(mcpar_reduce(mc, &e) == 0 && e.trials == 700u + (i == 1) && e.status == MCPAR_STATUS_PARTIAL, "crash %zu",
             i);
        GOOD(good_run(mc, TRIALS, NULL));  /* and the handle is as good as before */
        NEED(mcpar_finalize(&mc) == 0, "finalize");
    }
    return 0;
}

HOST(crashing_trials, "")

static void kill_always(uint64_t trial)
{
    if (trial == 1500)
        (void)kill(getpid(), SIGKILL);
}

static void kill_often(uint64_t trial)
{
    if (trial % 300 == 299 && shared->once++ < 9)
        (void)kill(getpid(), SIGKILL);
}

/* Twice is not always: only three deaths of a trial alone blame it. */
static void crash_twice(uint64_t trial)
{
    if (trial == 0 && getpid() != host && shared->once++ < 2)
        abort();
}

static int crashing_twice(void)
{
    struct rlimit no_core = { 0, 0 };

    (void)setrlimit(RLIMIT_CORE, &no_core);
    for (int workers = 1; workers < 4; workers++) {
        shared->once = 0;
        GOOD(run_with(workers, side(crash_twice)));
        NEED(shared->once == 3, "%d runs of the trial", shared->once);
    }
    return 0;
}

HOST(crashing_twice, "")

static int killed_workers(void)
{
    mcpar *mc;
    int err;

    for (int workers = 1; workers <= 7; workers += 3) {
        shared->once = 0;
        GOOD(run_with(workers, side(kill_once)));
        NEED(shared->once > 0, "nobody was killed");
        shared->once = 0;
        GOOD(run_with(workers, side(kill_often)));
    }
    NEED(open_pool(&mc, 2) == 0, "%s", mcpar_message(mc));
    err = mcpar_sample(mc, TRIALS, dart, side(kill_always));
    NEED(err == MCPAR_ERR_KILLED, "%d, %s", err, mcpar_message(mc));
    GOOD(good_run(mc, TRIALS, NULL));
    NEED(mcpar_finalize(&mc) == 0, "finalize");
    return 0;
}

HOST(killed_workers, "")

/* ---- Calls that do not return ---- */

static jmp_buf outside;

static void jump(uint64_t trial)
{
    if (trial == 777)
        longjmp(outside, 1);
}

static void *jump_at_once(void *arg)
{
    (void)arg;
    longjmp(outside, 1);
}

static int left_by_longjmp(void)
{
    int upward = fesetround(FE_UPWARD), before = host_open_files();
    mcpar_estimate estimate;
    volatile int workers;
    mcpar *volatile mc;
    mcpar *opened;
    uint64_t trial;

    for (workers = 0; workers < 4; workers++) {
        NEED(open_pool(&opened, workers) == 0, "%s", mcpar_message(opened));
        mc = opened;
        if (setjmp(outside) == 0) {
            int err = mcpar_sample(mc, TRIALS, dart, side(jump));

            NEED(workers && err == MCPAR_ERR_LEFT, "%d", err);
        } else {
            NEED(getpid() == host && workers == 0, "the host's code runs in a worker");
        }
        NEED(upward == 0 && fegetround() == FE_UPWARD, "the floating-point environment");
        NEED(strstr(mcpar_message(mc), "trial 777 was left by an exception or longjmp"), "%s", mcpar_message(mc));
        NEED(mcpar_failed(mc, NULL, NULL, &trial) == 0 && trial == 777, "failed");
        NEED(mcpar_reduce(mc, &estimate) == 0, "%s", mcpar_message(mc));
        NEED(estimate.status == (estimate.trials ? MCPAR_STATUS_PARTIAL : MCPAR_STATUS_EMPTY), "status %d",
             estimate.status);
        NEED(workers ? estimate.trials == 777 : estimate.trials < 777, "%d trials", (int)estimate.trials);
        /* what is missing can be had */
        NEED(mcpar_sample(mc, 0, dart, NULL) == 0 && mcpar_reduce(mc, &estimate) == 0, "%s", mcpar_message(mc));
        NEED(estimate.trials == TRIALS && estimate.status == MCPAR_STATUS_COMPLETE, "%d trials", (int)estimate.trials);
        GOOD(good_run(mc, TRIALS, NULL));
        opened = mc;
        NEED(mcpar_finalize(&opened) == 0, "finalize");
    }
    NEED(host_open_files() == before, "a file is left");
    NEED(!host_has_child(), "a child is left");
    return 0;
}

HOST(left_by_longjmp, "")

static int scratch_left_by_longjmp(void)
{
    mcpar *volatile mc;
    mcpar *opened;

    for (int pool = MCPAR_POOL_SERIAL; pool <= MCPAR_POOL_FORK; pool++) {
        mcpar_options options = options_for((struct place){ pool, 2 });

        options.scratch_new = jump_at_once;
        NEED(mcpar_init(&opened, &options) == 0, "%s", mcpar_message(opened));
        mc = opened;
        if (setjmp(outside) == 0)
            NEED(mcpar_sample(mc, TRIALS, dart, NULL) == MCPAR_ERR_LEFT, "%s", mcpar_message(mc));
        NEED(getpid() == host && strstr(mcpar_message(mc), "scratch_new was left"), "%s", mcpar_message(mc));
        opened = mc;
        NEED(mcpar_finalize(&opened) == 0, "finalize");
    }
    return 0;
}

HOST(scratch_left_by_longjmp, "")

static void *make_byte(void *arg)
{
    (void)arg;
    return malloc(1);
}

static void free_and_jump(void *scratch, void *arg)
{
    (void)arg;
    free(scratch);
    longjmp(outside, 1);
}

/* All trials are in by then, on both pools. */
static int scratch_free_left_by_longjmp(void)
{
    mcpar *volatile mc;
    mcpar *opened;

    for (int pool = MCPAR_POOL_SERIAL; pool <= MCPAR_POOL_FORK; pool++) {
        mcpar_options options = options_for((struct place){ pool, 2 });
        mcpar_estimate e;

        options.scratch_new = make_byte;
        options.scratch_free = free_and_jump;
        NEED(mcpar_init(&opened, &options) == 0, "%s", mcpar_message(opened));
        mc = opened;
        if (setjmp(outside) == 0)
            NEED(mcpar_sample(mc, TRIALS, dart, NULL) == 0 && pool == MCPAR_POOL_FORK, "%s", mcpar_message(mc));
        else
            NEED(pool == MCPAR_POOL_SERIAL && strstr(mcpar_message(mc), "scratch_free was left"), "%s", mcpar_message(mc));
        NEED(getpid() == host, "a worker got out");
        NEED(mcpar_reduce(mc, &e) == 0 && e.trials == TRIALS && e.status == MCPAR_STATUS_COMPLETE, "%s", mcpar_message(mc));
        opened = mc;
        NEED(mcpar_finalize(&opened) == 0, "finalize");
    }
    return 0;
}

HOST(scratch_free_left_by_longjmp, "")

static void nap(uint64_t trial)
{
    (void)trial;
    (void)poll(NULL, 0, 1);                /* where a thread is cancelled */
    if (getpid() == host)
        shared->once = 1;
}

static void *sample_on(void *mc)
{
    (void)!mcpar_sample(mc, 1000000, dart, side(nap));
    return NULL;
}

static void *sample_and_wait(void *mc)
{
    int state, was = mcpar_sample(mc, 100, dart, NULL);

    (void)pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
    return was == 0 && state == PTHREAD_CANCEL_ENABLE ? mc : NULL;
}

static int cancelled(void)
{
    mcpar *mc;

#if defined(__SANITIZE_ADDRESS__)
    return SKIP;                           /* it takes the stack of a cancelled thread for still in use */
#endif
    for (int workers = 0; workers < 4; workers++) {
        pthread_t thread;
        void *end;

        NEED(open_pool(&mc, workers) == 0, "%s", mcpar_message(mc));
        NEED(pthread_create(&thread, NULL, sample_on, mc) == 0, "thread");
        (void)poll(NULL, 0, 100);
        (void)pthread_cancel(thread);
        NEED(pthread_join(thread, &end) == 0 && end == PTHREAD_CANCELED, "not cancelled");
        NEED(!host_has_child(), "%d workers: a child is left", workers);
        GOOD(good_run(mc, TRIALS, NULL));
        NEED(pthread_create(&thread, NULL, sample_and_wait, mc) == 0 && pthread_join(thread, &end) == 0 && end == mc,
             "the state of cancellation");
        NEED(mcpar_finalize(&mc) == 0, "finalize");
    }
    return 0;
}

HOST(cancelled, "")
