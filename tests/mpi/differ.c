/* SPDX-License-Identifier: BSD-3-Clause */
/* differ.c - ranks that do not do the same, and ranks of which one fails: one code on all, and nobody waits
 *
 * differ CASE: one case a run, for a case may leave a job that cannot go on. */
#include "nodes.h"
#include "trials.h"
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>

static int rank, size, odd;                /* odd: this is the rank that does something else */
static mcpar *mc;

/* Every rank gets the code, and a message. */
static void all_get(int code, int err, const char *what)
{
    int least, most;
    char text[400];

    (void)snprintf(text, sizeof text, "%s", mcpar_message(mc));
    MPI_Allreduce(&err, &least, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    MPI_Allreduce(&err, &most, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    check(least == code && most == code, "%s: code %d on all ranks, here %d (%s)", what, code, err, text);
    check(strlen(text) > 10, "%s: and a message", what);
}

/* How many ranks have these words in their message? */
static int tell(const char *words)
{
    int has = strstr(mcpar_message(mc), words) != NULL, ranks = 0;

    MPI_Allreduce(&has, &ranks, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    return ranks;
}

static void make(const mcpar_options *options)
{
    int err = mcpar_init_mpi(&mc, MPI_COMM_WORLD, options);

    check(!err, "init");
}

static void goes_on(const char *what)
{
    mcpar_estimate e;

    check(!mcpar_sample(mc, 1000, trial, NULL) && !mcpar_reduce(mc, &e) && e.trials >= 1000,
          "%s: the handle goes on", what);
    check(!mcpar_finalize(&mc), "%s: and ends", what);
}

/* ---- other arguments, other calls -------------------------------------------------------------------------------- */

static void options_differ(void)
{
    char other[40];

    (void)snprintf(other, sizeof other, "; rank %d: ", size - 1);
    for (int i = 0; i < 4; i++) {
        static const char *const what[] = { "seed", "stream", "confidence", "tag" };
        mcpar_options options = MCPAR_OPTIONS_INIT;

        if (odd) {
            options.seed = i == 0 ? 7 : options.seed;
            options.stream = i == 1 ? 7 : options.stream;
            options.confidence = i == 2 ? 0.5 : options.confidence;
            options.tag = i == 3 ? "other" : NULL;
        }
        all_get(MCPAR_ERR_MISMATCH, mcpar_init_mpi(&mc, MPI_COMM_WORLD, &options), what[i]);
        check(tell(what[i]) == size && tell("rank 0: mcpar_init, ") == size && tell(other) == size,
              "%s: all say what differs", what[i]);
        check(tell("may not reach") == 0, "%s: no variable is suspected", what[i]);
        (void)mcpar_finalize(&mc);
        check(mc == NULL, "%s: and it can be freed", what[i]);
    }
    if (!odd)
        (void)setenv("MCPAR_SEED", "7", 1);
    all_get(MCPAR_ERR_MISMATCH, mcpar_init_mpi(&mc, MPI_COMM_WORLD, NULL), "a variable that does not reach a rank");
    check(tell("seed = 7 (MCPAR_SEED); ") == size && tell("MCPAR_SEED may not reach all nodes") == size,
          "a variable that does not reach a rank: all say so");
    (void)mcpar_finalize(&mc);
    (void)unsetenv("MCPAR_SEED");
    make(NULL);
    goes_on("after all that");
}

static void arguments_differ(void)
{
    static const size_t pairs[][2] = { { 0, 1 }, { 1, 1 } };
    int err;

    make(NULL);
    all_get(MCPAR_ERR_MISMATCH, mcpar_sample(mc, odd ? 11 : 10, trial, NULL), "n");
    check(tell("rank 0: mcpar_sample, n = 10; rank ") == size && tell(": n = 11 (n is ") == size,
          "n: all say what differs");
    all_get(MCPAR_ERR_MISMATCH, odd ? mcpar_sample_block(mc, 10, block, NULL) : mcpar_sample(mc, 10, trial, NULL),
            "the kind of trial");
    all_get(MCPAR_ERR_MISMATCH, mcpar_reset(mc, odd ? 3 : 4), "the stream of a reset");
    err = mcpar_observe(mc, odd ? 2 : 1, (const char *const[]){ "a", "b" });
    all_get(MCPAR_ERR_MISMATCH, err ? err : mcpar_sample(mc, 10, trial, NULL), "the number of observables");
    err = mcpar_observe(mc, odd ? 0 : 1, (const char *const[]){ "a" });
    all_get(MCPAR_ERR_MISMATCH, err ? err : mcpar_sample(mc, 10, trial, NULL), "no observables on one rank");
    check(tell("()") == 0 && tell("observables = 0") == size, "none to name: %s", mcpar_message(mc));
    err = mcpar_observe(mc, 2, (const char *const[]){ "a", odd ? "c" : "b" });
    all_get(MCPAR_ERR_MISMATCH, err ? err : mcpar_sample(mc, 10, trial, NULL), "the name of an observable");
    err = mcpar_observe(mc, 2, (const char *const[]){ "a", "b" });
    err = err ? err : mcpar_observe_pairs(mc, 1, pairs[odd ? 0 : 1]);
    all_get(MCPAR_ERR_MISMATCH, err ? err : mcpar_sample(mc, 10, trial, NULL), "the pairs");
    err = mcpar_observe(mc, 0, NULL);
    check(!err, "no observables");
    goes_on("arguments that differ");
}

static void calls_differ(void)
{
    mcpar_estimate e;

    make(NULL);
    all_get(MCPAR_ERR_MISMATCH, odd ? mcpar_reduce(mc, &e) : mcpar_sample(mc, 10, trial, NULL),
            "reduce against sample");
    all_get(MCPAR_ERR_MISMATCH, odd ? mcpar_reset(mc, 0) : mcpar_sample(mc, 10, trial, NULL), "reset against sample");
    all_get(MCPAR_ERR_MISMATCH, odd ? mcpar_reset(mc, 0) : mcpar_reduce(mc, &e), "reset against reduce");
    goes_on("calls that differ");
}

/* One rank has ended its handle, so that of the others can only be ended, and that without it. */
static void finalize_differs(void)
{
    int err;

    make(NULL);
    err = odd ? mcpar_finalize(&mc) : mcpar_sample(mc, 10, trial, NULL);
    check(err == MCPAR_ERR_MISMATCH, "finalize against sample: code %d", err);
    (void)MPI_Barrier(MPI_COMM_WORLD);     /* whoever finalized does not wait for the others to do so */
    if (odd) {
        check(mc == NULL, "the handle is gone");
    } else {
        check(mcpar_sample(mc, 10, trial, NULL) != 0, "no more sampling: %s", mcpar_message(mc));
        (void)mcpar_finalize(&mc);
        check(mc == NULL, "it can be ended without the rank that is gone");
    }
}

/* ---- one rank fails ---------------------------------------------------------------------------------------------- */

static void one_fails_in_init(void)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;
    char named[40];

    (void)snprintf(named, sizeof named, "rank %d", size - 1);
    if (odd)
        options.workers = -7;
    all_get(MCPAR_ERR_OPTION, mcpar_init_mpi(&mc, MPI_COMM_WORLD, &options), "a bad option on one rank");
    check(tell("-7") == size && tell(named) == size - 1, "a bad option: all say what, the others name the rank");
    (void)mcpar_finalize(&mc);
    if (odd)
        (void)setenv("MCPAR_SEED", "12 monkeys", 1);
    all_get(MCPAR_ERR_ENVIRONMENT, mcpar_init_mpi(&mc, MPI_COMM_WORLD, NULL), "a bad variable on one rank");
    check(tell("12 monkeys") == size && tell(named) == size - 1, "a bad variable: all quote, the others name the rank");
    (void)mcpar_finalize(&mc);
    (void)unsetenv("MCPAR_SEED");
}

/* A rank that can have no handle says so to the others. */
static void no_handle(void)
{
    int err = mcpar_init_mpi(odd ? NULL : &mc, MPI_COMM_WORLD, NULL);

    all_get(MCPAR_ERR_ARGUMENT, err, "no address for the handle on one rank");
    check(tell("the address of the handle is NULL") >= size - 1, "no address for the handle: the others say so");
    (void)mcpar_finalize(&mc);
    make(NULL);
    goes_on("no address for the handle");
}

static void one_fails_later(void)
{
    mcpar_estimate e;

    make(NULL);
    all_get(MCPAR_ERR_ARGUMENT, mcpar_sample(mc, 10, odd ? NULL : trial, NULL), "the function is NULL on one rank");
    all_get(MCPAR_ERR_ARGUMENT, mcpar_reset(mc, odd ? UINT32_MAX : 1), "a bad stream on one rank");
    check(!mcpar_sample(mc, 10, trial, NULL), "sampled");
    all_get(MCPAR_ERR_ARGUMENT, mcpar_sample(mc, UINT64_MAX, trial, NULL), "past the last trial");
    check(!mcpar_reduce(mc, &e) && e.trials == 10, "what was sampled is there");
    goes_on("failures");
}

static void *no_scratch(void *arg)
{
    (void)arg;
    return odd ? NULL : &size;
}

static void scratch_fails(void)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;

    options.scratch_new = no_scratch;
    make(&options);
    all_get(MCPAR_ERR_SCRATCH, mcpar_sample(mc, 1000, trial, NULL), "no scratch memory on one rank");
    (void)mcpar_finalize(&mc);
}

/* ---- a trial fails ----------------------------------------------------------------------------------------------- */

struct bad {
    uint64_t first, second, third;
    int returns;                           /* 0: the observable is not finite */
};

static int bad_trial(mcpar_rng *rng, double *values, void *arg)
{
    const struct bad *bad = arg;
    uint64_t t = mcpar_trial_number(rng);
    int fails = t == bad->first || t == bad->second || t == bad->third;

    values[0] = fails && !bad->returns ? (double)NAN : mcpar_uniform(rng);
    return fails ? bad->returns : 0;
}

static int bad_block(mcpar_block *b, void *arg)
{
    const struct bad *bad = arg;

    for (size_t i = 0; i < b->n; i++)
        if (b->first + i == bad->first || b->first + i == bad->second || b->first + i == bad->third)
            return bad->returns;
    return 0;
}

static void trials_fail(void)
{
    static const struct bad bad[] = { { 0, 1, 2, -1 }, { 777, 19999, 9000, -5 }, { 19999, 19998, 19999, 2 },
                                      { 5000, 4999, 15000, 0 } };
    static const uint64_t lowest[] = { 0, 777, 19998, 4999 };
    mcpar_estimate e;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct bad arg = bad[i];
        char named[40];
        int code = arg.returns ? MCPAR_ERR_TRIAL : MCPAR_ERR_VALUE;
        uint64_t failed = UINT64_MAX;

        (void)snprintf(named, sizeof named, "trial %llu", (unsigned long long)lowest[i]);
        make(NULL);
        check(!mcpar_observe(mc, 1, (const char *const[]){ "v" }), "observe");
        all_get(code, mcpar_sample(mc, 20000, bad_trial, &arg), named);
        check(tell(named) == size, "%s is named on all ranks: %s", named, mcpar_message(mc));
        check(tell("mcpar_replay") >= 1 && tell("runs it alone") >= 1, "and how to run it alone");
        check(!mcpar_failed(mc, NULL, NULL, &failed) && failed == lowest[i], "mcpar_failed says so, too");
        check(!mcpar_reduce(mc, &e) && e.status == (lowest[i] ? MCPAR_STATUS_PARTIAL : MCPAR_STATUS_EMPTY) &&
                  e.trials == lowest[i],
              "what came before is a result");
        all_get(MCPAR_ERR_STATE, mcpar_sample(mc, 1, bad_trial, &arg), "more before what is missing");
        if (arg.returns) {
            check(!mcpar_reset(mc, 0), "reset");
            all_get(code, mcpar_sample_block(mc, 20000, bad_block, &arg), "in a block");
            check(tell(named) == size, "%s is named on all ranks: %s", named, mcpar_message(mc));
        }
        check(!mcpar_finalize(&mc), "finalized");
    }
}

/* ---- a trial or scratch_new does not return ----------------------------------------------------------------------- */

static jmp_buf outside;

/* From which trial on they do not return: on the last rank only, or on all of them. */
static uint64_t jumps_from;
static int all_jump;

static int jumps(mcpar_rng *rng, double *values, void *arg)
{
    if (mcpar_trial_number(rng) >= jumps_from && (all_jump || mcpar_trial_number(rng) == jumps_from))
        longjmp(outside, 1);
    return trial(rng, values, arg);
}

static void *scratch_jumps(void *arg)
{
    if (odd)
        longjmp(outside, 1);
    return arg;
}

static void keep_scratch(void *scratch, void *arg)
{
    (void)scratch;
    (void)arg;
}

/* A rank that is out of the call tells the others where they meet: all of them are out, and can go on. */
static void all_are_left(const char *words, const char *what)
{
#ifdef __GLIBC__                           /* elsewhere a jump out of a trial goes unnoticed */
    mcpar_estimate e;
    volatile int err = MCPAR_ERR_LEFT;

    if (setjmp(outside) == 0)
        err = mcpar_sample(mc, 20000, jumps, &mc);
    all_get(MCPAR_ERR_LEFT, err, what);
    check(tell(words) == size, "%s: all ranks say \"%s\": %s", what, words, mcpar_message(mc));
    check(!mcpar_reduce(mc, &e) && e.status != MCPAR_STATUS_COMPLETE && e.trials <= jumps_from,
          "%s: what came before is a result", what);
    all_get(MCPAR_ERR_STATE, mcpar_sample(mc, 1, trial, &mc), "more before what is missing");
#else
    (void)words;
    (void)what;
#endif
}

static void trials_left(void)
{
    static const uint64_t from[] = { 0, 5000, 19999 };
    char whole[MCPAR_FINGERPRINT_SIZE];
    mcpar_estimate e;

    make(NULL);
    check(!mcpar_sample(mc, 20000, trial, &mc) && !mcpar_reduce(mc, &e) && !mcpar_fingerprint(mc, whole), "undisturbed");
    check(!mcpar_finalize(&mc), "finalized");
    for (int i = 0; i < 6; i++) {
        char words[60], after[MCPAR_FINGERPRINT_SIZE] = "";

        jumps_from = from[i % 3];
        all_jump = i >= 3;
        (void)snprintf(words, sizeof words, all_jump ? "was left by an exception" : "trial %llu was left",
                       (unsigned long long)jumps_from);
        make(NULL);
        all_are_left(words, words);
#ifdef __GLIBC__
        check(!mcpar_sample(mc, 0, trial, &mc), "what is missing can be run: %s", mcpar_message(mc));
        check(!mcpar_reduce(mc, &e) && e.status == MCPAR_STATUS_COMPLETE && !mcpar_fingerprint(mc, after) &&
                  !strcmp(whole, after), "and the result is the undisturbed one: %s, %s", after, whole);
#endif
        check(!mcpar_finalize(&mc), "finalized");
    }
}

static void scratch_left(void)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;

    options.scratch_new = scratch_jumps;
    options.scratch_free = keep_scratch;
    options.scratch_arg = &options;
    jumps_from = UINT64_MAX;
    make(&options);
    all_are_left("scratch_new was left", "scratch_new is left");
    check(!mcpar_finalize(&mc), "finalized");
}

/* ---- a stop, or a limit of time, on one rank ---------------------------------------------------------------------- */

static int asks(mcpar_rng *rng, double *values, void *arg)
{
    static const struct timespec moment = { 0, 20000 };

    if (odd)
        mcpar_request_stop(mc);
    (void)nanosleep(&moment, NULL);
    return trial(rng, values, arg);
}

static void all_stop(uint64_t least, uint64_t n, const char *what)
{
    unsigned long long held = mcpar_held(mc), most;
    char print[MCPAR_FINGERPRINT_SIZE] = "", whole[MCPAR_FINGERPRINT_SIZE] = "";
    mcpar_estimate e;
    mcpar *other;

    MPI_Allreduce(&held, &most, 1, MPI_UNSIGNED_LONG_LONG, MPI_MAX, MPI_COMM_WORLD);
    check(held == most && held >= least && held < n && mcpar_asked(mc) == n, "%s: %llu of %llu trials are held", what, held,
          (unsigned long long)n);
    check(!mcpar_reduce(mc, &e) && e.trials == held && !mcpar_fingerprint(mc, print), "%s: a result", what);
    check(!mcpar_init_mpi(&other, MPI_COMM_WORLD, NULL) && !mcpar_sample(other, held, trial, NULL) &&
              !mcpar_reduce(other, NULL) && !mcpar_fingerprint(other, whole) && !mcpar_finalize(&other) &&
              !strcmp(print, whole),
          "%s: that of a run of so many trials", what);
    all_get(MCPAR_ERR_STATE, mcpar_sample(mc, 1, trial, NULL), what);
}

/* ---- a stop while one rank is in a long trial: the others begin no more ---- */

static double begun, requested;            /* when this rank began its last trial, and asked for the stop */
static int runs;

static double seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void on_alarm(int signal)
{
    (void)signal;
    requested = seconds();
    mcpar_request_stop(mc);
}

static int naps(mcpar_rng *rng, double *values, void *arg)
{
    struct itimerval soon = { { 0, 0 }, { 0, 100000 } };
    struct timespec moment = { 0, 500000000 };

    begun = seconds();
    if (odd && ++runs == 2) {              /* the first round has one trial for each rank */
        moment = (struct timespec){ 2, 0 };
        (void)setitimer(ITIMER_REAL, &soon, NULL);
    }
    while (nanosleep(&moment, &moment) < 0)
        ;
    return trial(rng, values, arg);
}

static void stop_in_a_long_trial(void)
{
    runs = 0;
    begun = requested = 0;
    (void)signal(SIGALRM, on_alarm);
    make(NULL);
    all_get(MCPAR_STOPPED, mcpar_sample(mc, 1000000, naps, NULL), "a stop in a long trial");
    MPI_Bcast(&requested, 1, MPI_DOUBLE, size - 1, MPI_COMM_WORLD);
    check(begun < requested + 0.3, "the last trial began %.1f s after the request", begun - requested);
    check(!mcpar_finalize(&mc), "finalized");
    (void)signal(SIGALRM, SIG_DFL);
}

static void one_stops(void)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;
    mcpar_estimate e;

    make(NULL);
    all_get(MCPAR_STOPPED, mcpar_sample(mc, 1000000, asks, NULL), "a stop in a trial");
    check(tell("a stop was requested") == size, "all say so: %s", mcpar_message(mc));
    all_stop(1, 1000000, "a stop in a trial");
    all_get(MCPAR_STOPPED, mcpar_sample(mc, 0, trial, NULL), "it is in force");
    mcpar_clear_stop(mc);
    check(!mcpar_sample(mc, 0, trial, NULL) && !mcpar_reduce(mc, &e) && e.trials == 1000000 &&
              e.status == MCPAR_STATUS_COMPLETE,
          "the rest is run");
    check(!mcpar_reset(mc, 0), "reset");
    if (odd)
        mcpar_request_stop(mc);
    all_get(MCPAR_STOPPED, mcpar_sample(mc, 5000, trial, NULL), "a stop before the call");
    all_stop(0, 5000, "a stop before the call");
    check(!mcpar_finalize(&mc), "finalized");

    if (nodes() == 0)                      /* other nodes learn of it at the end of the round */
        stop_in_a_long_trial();

    if (odd)
        options.max_seconds = 0.3;
    make(&options);
    all_get(MCPAR_STOPPED, mcpar_sample(mc, UINT64_C(1) << 50, trial, NULL), "a limit on one rank");
    check(tell("the time is up") == size, "all say so: %s", mcpar_message(mc));
    all_stop(0, UINT64_C(1) << 50, "a limit on one rank");         /* 0: many ranks on few CPUs may need that long to begin */
    check(!mcpar_finalize(&mc), "finalized");
}

/* ---- checks of trials -------------------------------------------------------------------------------------------- */

static int counts(mcpar_rng *rng, double *values, void *arg)
{
    static int calls;

    (void)rng, (void)values, (void)arg;
    return calls++ & 1;
}

/* Only a rank whose arg is not 0 writes too far, from trial 30 on. */
static int strays_here(mcpar_rng *rng, double *values, void *arg)
{
    if (*(const int *)arg && mcpar_trial_number(rng) >= 30)
        values[2] = 1.0;
    return 0;
}

/* The ranks have different arguments, as with mathematical functions that round differently. */
static int answers_differ(mcpar_rng *rng, double *values, void *arg)
{
    values[0] = mcpar_uniform(rng) + (mcpar_trial_number(rng) >= 20 ? *(const double *)arg : 0.0);
    return 0;
}

static int block_differs(mcpar_block *b, void *arg)
{
    (void)arg;
    b->hits = b->n > 5;
    return 0;
}

static jmp_buf left_check;

static int leaves_check(mcpar_rng *rng, double *values, void *arg)
{
    (void)values;
    if (*(const int *)arg && mcpar_trial_number(rng) == 7)
        longjmp(left_check, 1);
    return 0;
}

static void failed_at(uint64_t wanted, const char *what)
{
    uint64_t trial = UINT64_MAX;

    check(!mcpar_failed(mc, NULL, NULL, &trial) && trial == wanted, "%s: trial %llu on all ranks, here %llu", what,
          (unsigned long long)wanted, (unsigned long long)trial);
}

/* check: only one rank asks for it, and all do it. */
static void checks(void)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;
    const int here = odd, nowhere = 0;
    const double added = odd ? 1e-15 : 0.0;
    volatile int err;

    options.check = odd;
    make(&options);
    err = observe(mc);
    check(!err, "observables");
    all_get(MCPAR_ERR_CHECK, mcpar_sample(mc, 1000, counts, NULL), "a static variable");
    failed_at(0, "a static variable");
    check(tell("run twice in a row: it keeps something") == size, "a static variable: all say so");
    all_get(MCPAR_ERR_CHECK, mcpar_sample(mc, 40, strays_here, (void *)(uintptr_t)&here), "values on one rank");
    check(tell("trial 30 writes to values[2], but") == size, "values on one rank: all say so: %s", mcpar_message(mc));
    failed_at(30, "values on one rank");
    all_get(MCPAR_ERR_CHECK, mcpar_sample_block(mc, 1000, block_differs, NULL), "a block");
    check(tell("the block of trials 0 to 15 had 1 hits and then 0, run in smaller blocks") == size,
          "a block: all say so");
    if (size > 1) {
        all_get(MCPAR_ERR_CHECK, mcpar_sample(mc, 40, answers_differ, (void *)(uintptr_t)&added), "answers of ranks");
        check(tell("trial 20 has another answer on rank") == size, "answers of ranks: all say so: %s",
              mcpar_message(mc));
        failed_at(20, "answers of ranks");
    }
#ifdef __GLIBC__                           /* elsewhere a jump out of a trial goes unnoticed */
    if (setjmp(left_check) == 0)
        err = mcpar_sample(mc, 40, leaves_check, (void *)(uintptr_t)&here);
    else
        err = MCPAR_ERR_LEFT;
    all_get(MCPAR_ERR_LEFT, err, "a trial that is left in a check");
    check(tell("trial 7 was left by an exception or longjmp") == size, "a trial that is left in a check: all say so");
#endif
    check(mcpar_asked(mc) == 0, "nothing was asked for");
    check(!mcpar_sample(mc, 1000, trial, NULL), "a trial that obeys: %s", mcpar_message(mc));
    check(!mcpar_verify(mc, 100, trial, NULL), "and afterwards: %s", mcpar_message(mc));
    check(!mcpar_verify_block(mc, 1000, block, NULL), "its block, too: %s", mcpar_message(mc));
    if (size > 1) {
        all_get(MCPAR_ERR_MISMATCH, mcpar_verify(mc, odd ? 11 : 10, trial, NULL), "n of verify");
        check(tell("rank 0: mcpar_verify, n = 10") == size, "n of verify: all say what differs");
    }
    err = mcpar_sample(mc, 100, leaves_check, (void *)(uintptr_t)&nowhere);
    check(!err, "another trial: %s", mcpar_message(mc));
    goes_on("after checks");
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } cases[] = { { "options", options_differ },  { "arguments", arguments_differ }, { "calls", calls_differ },
                  { "finalize", finalize_differs }, { "init", one_fails_in_init },   { "later", one_fails_later },
                  { "handle", no_handle },
                  { "scratch", scratch_fails },   { "trials", trials_fail },
                  { "left", trials_left },
                  { "unscratched", scratch_left },     { "stop", one_stops }, { "check", checks } };

    (void)setvbuf(stdout, NULL, _IOFBF, 4096);
    MPI_Init(NULL, NULL);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    odd = rank == size - 1;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (argc > 1 && !strcmp(argv[1], cases[i].name))
            cases[i].run();
    MPI_Finalize();
    return tap_end();
}
