/* SPDX-License-Identifier: BSD-3-Clause */
/* races.c - what several threads of one process do in the library at the same time: the first calls of all, pools of
 * threads, stop requests, checkpoints, progress, and handles that share a file. Always the fingerprint of the serial
 * run. make check runs it as it is; make check-tsan builds it and the library with ThreadSanitizer, which also reports
 * each race.
 *
 * Not a Criterion program, because Criterion cannot run under that sanitizer, and without forks, because the sanitizer
 * does not see from one process into another. Prints TAP. */
#include <mcpar.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { N = 6000, HOSTS = 4, STREAMS = HOSTS };

static char folder[] = "/tmp/mcpar-races-XXXXXX", wanted[STREAMS][MCPAR_FINGERPRINT_SIZE];
static int tests, failures;

static bool check(bool good, const char *what)
{
    printf("%sok %d - %s\n", good ? "" : "not ", ++tests, what);
    (void)fflush(stdout);
    failures += !good;
    return good;
}

static void sleep_us(long us)
{
    struct timespec time = { us / 1000000, us % 1000000 * 1000 };

    (void)nanosleep(&time, NULL);
}

/* ---- Trials ---- */

static int trial(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_normal(rng), y = mcpar_exponential(rng);

    (void)arg;
    for (volatile int i = 0; i < 300; i++)
        continue;
    values[0] = x * y;
    values[1] = (mcpar_trial_number(rng) % 2 ? -1e300 : 1e300) * mcpar_uniform(rng);
    return y < x;
}

static int block(mcpar_block *b, void *arg)
{
    const double *x = mcpar_normals(b), *y = mcpar_exponentials(b), *z = mcpar_uniforms(b);

    (void)arg;
    for (size_t i = 0; i < b->n; i++) {
        b->values[0][i] = x[i] * y[i];
        b->values[1][i] = ((b->first + i) % 2 ? -1e300 : 1e300) * z[i];
        b->hits += y[i] < x[i];
    }
    return 0;
}

static int fails(mcpar_rng *rng, double *values, void *arg)
{
    uint64_t number = mcpar_trial_number(rng);

    (void)values;
    return number % 700 == 699 || number == *(const uint64_t *)arg ? -1 : 0;
}

static int leaves(mcpar_rng *rng, double *values, void *arg)
{
    (void)values;
    if (mcpar_trial_number(rng) == *(const uint64_t *)arg)
        pthread_exit(NULL);
    return 0;
}

/* ---- Handles ---- */

static atomic_int scratches;

static void *scratch_new(void *arg)
{
    (void)arg;
    (void)atomic_fetch_add(&scratches, 1);
    return malloc(1);
}

static void scratch_free(void *scratch, void *arg)
{
    (void)arg;
    (void)atomic_fetch_sub(&scratches, 1);
    free(scratch);
}

static mcpar_options options_for(int workers, uint32_t stream)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;

    options.comm = MCPAR_COMM_SELF;
    options.pool = workers ? MCPAR_POOL_THREADS : MCPAR_POOL_SERIAL;
    options.workers = workers ? workers : 1;
    options.stream = stream;
    options.tag = "races";
    options.checkpoint = "";
    options.scratch_new = scratch_new;
    options.scratch_free = scratch_free;
    return options;
}

static int start(mcpar **mc, const mcpar_options *options)
{
    static const char *const names[] = { "product", "wide" };
    int err = mcpar_init(mc, options);

    return err ? err : mcpar_observe(*mc, 2, names);
}

static int end(mcpar *mc, int err, char print[MCPAR_FINGERPRINT_SIZE])
{
    int last;

    err = err ? err : mcpar_reduce(mc, NULL);
    err = err ? err : mcpar_fingerprint(mc, print);
    if (err && err != MCPAR_STOPPED)
        (void)fprintf(stderr, "# %s\n", mcpar_message(mc));
    last = mcpar_finalize(&mc);
    return err ? err : last;
}

/* In four calls, so that the pool is used again. */
static int whole(const mcpar_options *options, bool blocks, char print[MCPAR_FINGERPRINT_SIZE])
{
    mcpar *mc = NULL;
    int err = start(&mc, options);

    for (int call = 0; call < 4 && !err; call++)
        err = blocks ? mcpar_sample_block(mc, N / 4, block, NULL) : mcpar_sample(mc, N / 4, trial, NULL);
    return end(mc, err, print);
}

/* ---- Several hosts at the same time ---- */

struct host {
    pthread_t id;
    pthread_barrier_t *all;
    int number, err;
    char print[MCPAR_FINGERPRINT_SIZE];
};

/* Starts body in HOSTS threads, which begin together. */
static bool together(void *(*body)(void *host), struct host host[HOSTS])
{
    pthread_barrier_t all;
    bool good = true;

    (void)pthread_barrier_init(&all, NULL, HOSTS);
    for (int i = 0; i < HOSTS; i++) {
        host[i] = (struct host){ .all = &all, .number = i, .err = -1 };
        if (pthread_create(&host[i].id, NULL, body, &host[i]))
            abort();
    }
    for (int i = 0; i < HOSTS; i++) {
        (void)pthread_join(host[i].id, NULL);
        good = good && host[i].err == 0;
    }
    (void)pthread_barrier_destroy(&all);
    return good;
}

/* The very first calls of the process: whatever the library finds out only once is found out by all of them. */
static void *first_calls(void *arg)
{
    struct host *host = arg;
    mcpar_options options = options_for(host->number, (uint32_t)host->number);

    (void)pthread_barrier_wait(host->all);
    host->err = whole(&options, host->number % 2, host->print);
    return NULL;
}

static bool right(const struct host host[HOSTS])
{
    bool good = true;

    for (int i = 0; i < HOSTS; i++)
        good = good && strcmp(host[i].print, wanted[i]) == 0;
    return good;
}

static void test_first_calls(void)
{
    struct host host[HOSTS];
    bool good = together(first_calls, host);

    for (uint32_t s = 0; s < STREAMS; s++) {
        mcpar_options options = options_for(0, s);

        good = whole(&options, false, wanted[s]) == 0 && good;
    }
    check(good && right(host), "the first calls of the process, by several threads at once");
}

/* ---- One handle ---- */

static void test_pools(void)
{
    bool good = true;

    for (int workers = 1; workers <= 9; workers += 2)
        for (int blocks = 0; blocks < 2; blocks++) {
            mcpar_options options = options_for(workers, 1);
            char print[MCPAR_FINGERPRINT_SIZE] = "";

            good = whole(&options, blocks, print) == 0 && strcmp(print, wanted[1]) == 0 && good;
        }
    check(good && atomic_load(&scratches) == 0, "pools of 1 to 9 threads");
}

static void test_failures(void)
{
    bool good = true;

    for (uint64_t fail = 650; fail < 700; fail += 7)
        for (int workers = 2; workers < 8; workers += 5) {
            mcpar_options options = options_for(workers, 0);
            uint64_t failed = 0;
            mcpar *mc = NULL;
            int err = start(&mc, &options);

            err = err ? err : mcpar_sample(mc, N, fails, &fail);
            good = good && err == MCPAR_ERR_TRIAL && mcpar_failed(mc, NULL, NULL, &failed) == 0 && failed == fail;
            err = mcpar_reset(mc, 0);
            err = err ? err : mcpar_sample(mc, N, leaves, &fail);
            good = good && err == MCPAR_ERR_LEFT;
            good = end(mc, mcpar_reset(mc, 0), (char[MCPAR_FINGERPRINT_SIZE]){ 0 }) == 0 && good;
        }
    check(good, "trials that fail, and trials that end their thread");
}

/* ---- Stops, checkpoints and progress ---- */

static atomic_int looks;

struct stopper {
    mcpar *mc;
    atomic_bool done;
};

static void *stopper(void *arg)
{
    struct stopper *self = arg;
    unsigned int seed = 1;

    while (!atomic_load(&self->done)) {
        sleep_us(200 + rand_r(&seed) % 3000);
        mcpar_request_stop(self->mc);
    }
    return NULL;
}

static int look(const mcpar_progress *progress, void *arg)
{
    (void)arg;
    (void)atomic_fetch_add(&looks, 1);
    return progress->estimate.trials > progress->asked;
}

/* Goes on until all trials are in, while another thread requests stops. */
static int stopped(const mcpar_options *options, uint64_t n, char print[MCPAR_FINGERPRINT_SIZE])
{
    struct stopper self;
    mcpar *mc = NULL;
    pthread_t other;
    int err = start(&mc, options);

    if (err)
        return end(mc, err, print);
    self.mc = mc;
    atomic_init(&self.done, false);
    if (pthread_create(&other, NULL, stopper, &self))
        abort();
    for (err = MCPAR_STOPPED; err == MCPAR_STOPPED; n = 0) {
        mcpar_clear_stop(mc);
        err = mcpar_sample(mc, n, trial, NULL);
    }
    atomic_store(&self.done, true);
    (void)pthread_join(other, NULL);
    return end(mc, err, print);
}

static void test_stops(void)
{
    bool good = true;

    for (int workers = 0; workers < 5; workers += 2) {
        mcpar_options options = options_for(workers, 2);
        char print[MCPAR_FINGERPRINT_SIZE] = "";

        options.progress = look;
        options.progress_seconds = 0.001;
        good = stopped(&options, N, print) == 0 && strcmp(print, wanted[2]) == 0 && good;
        options.checkpoint = "stopped";
        options.checkpoint_seconds = 0.002;
        good = stopped(&options, N, print) == 0 && strcmp(print, wanted[2]) == 0 && good;
        good = stopped(&options, N, print) == 0 && strcmp(print, wanted[2]) == 0 && good;  /* all is in the file */
        good = unlink("stopped") == 0 && good;
    }
    check(good && atomic_load(&looks) > 0, "stop requests by another thread, with progress and a checkpoint");
}

static void *limited(void *arg)
{
    struct host *host = arg;
    mcpar_options options = options_for(2, (uint32_t)host->number);
    char file[32];

    (void)snprintf(file, sizeof file, "limited%d", host->number);
    (void)pthread_barrier_wait(host->all);
    options.checkpoint = file;
    options.checkpoint_seconds = 0;
    options.max_seconds = 0.004;
    options.progress = look;
    options.progress_seconds = 0.001;
    do {
        host->err = whole(&options, false, host->print);
        options.max_seconds += 0.001;      /* under a sanitizer the first ones may be too short for a single trial */
    } while (host->err == MCPAR_STOPPED);
    return NULL;
}

static void test_limits(void)
{
    struct host host[HOSTS];
    bool good = together(limited, host);

    check(good && right(host), "several handles that start again from their files whenever their time is over");
}

/* ---- Files ---- */

static void *sharing(void *arg)
{
    struct host *host = arg;
    mcpar_options options = options_for(host->number, (uint32_t)host->number);

    (void)pthread_barrier_wait(host->all);
    options.checkpoint = "shared";
    options.checkpoint_seconds = 0.001;
    host->err = stopped(&options, N, host->print);
    return NULL;
}

static void test_shared(void)
{
    struct host host[HOSTS];
    bool good = together(sharing, host);

    check(good && right(host), "several handles that are stopped again and again and have one checkpoint");
}

static void *saving(void *arg)
{
    struct host *host = arg;
    mcpar_options options = options_for(host->number, (uint32_t)host->number);
    mcpar *mc = NULL, *again = NULL;
    int err = start(&mc, &options);

    (void)pthread_barrier_wait(host->all);
    err = err ? err : mcpar_sample(mc, N, trial, NULL);
    err = err ? err : mcpar_reduce(mc, NULL);
    for (int i = 0; i < 5 && !err; i++)
        err = mcpar_save(mc, "saved");
    host->err = end(mc, err, host->print);
    err = start(&again, &options);
    err = err ? err : mcpar_merge(again, "saved");
    err = end(again, err, host->print);
    host->err = host->err ? host->err : err;
    return NULL;
}

static void test_files(void)
{
    struct host host[HOSTS];
    bool good = together(saving, host);

    check(good && right(host), "several handles save to one file and merge from it");
}

int main(void)
{
    static const char *const files[] = { "stopped", "limited0", "limited1", "limited2", "limited3", "shared",
                                         "saved" }, *const suffixes[] = { "", "~", ".lock" };
    char name[64];

    if (!mkdtemp(folder) || chdir(folder))
        return 1;
    test_first_calls();
    test_pools();
    test_failures();
    test_stops();
    test_limits();
    test_shared();
    test_files();
    check(atomic_load(&scratches) == 0, "all scratch memory was freed");
    for (size_t f = 0; f < sizeof files / sizeof *files; f++)
        for (size_t s = 0; s < sizeof suffixes / sizeof *suffixes; s++) {
            (void)snprintf(name, sizeof name, "%s%s", files[f], suffixes[s]);
            (void)unlink(name);
        }
    check(chdir("/") == 0 && rmdir(folder) == 0, "no other files are left");
    printf("1..%d\n", tests);
    return failures != 0;
}
