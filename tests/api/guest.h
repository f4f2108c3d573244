/* SPDX-License-Identifier: BSD-3-Clause */
/* guest.h - hosts for the tests of a good guest: what the library leaves of the host, its processes, files, signals
 * and output
 *
 * A host is this program run again, as `test_guest_signals --host NAME`, without Criterion's threads. The test reads all
 * that it prints. A host that finds nothing wrong returns 0. A check that fails prints its file, line and expression, and
 * the test shows them. */
#ifndef API_GUEST_H
#define API_GUEST_H

#include "api.h"
#include "host.h"
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <time.h>

#define NEED(condition, ...)                                                                                 \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            (void)fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition);                            \
            (void)fprintf(stderr, __VA_ARGS__);                                                              \
            (void)fputc('\n', stderr);                                                                       \
            return 1;                                                                                        \
        }                                                                                                    \
    } while (0)

/* A call that has said itself which check failed: adds from where it was called. */
#define GOOD(call) NEED((call) == 0, "called from here")

enum { TRIALS = 3000, SKIP = 77 };

/* ---- What a host shares with its workers ---- */

struct guest_shared {
    _Atomic int handled, once, exits, pids, told;
    _Atomic pid_t pid[64];
};

extern struct guest_shared *shared;
extern pid_t host;
extern volatile char *forbidden;           /* memory that nobody may write */
extern atomic_int stop_thread;             /* threads of the host end when it is set */

/* ---- Runs ---- */

/* The trial that all hosts run. arg: NULL, or what it does on the side (see side). */
int dart(mcpar_rng *rng, double *values, void *arg);
void *side(void (*what)(uint64_t trial));

/* 0 workers: the serial pool. */
int open_pool(mcpar **mc, int workers);

/* Samples and compares with the serial answer; run_with opens and finalizes a handle for it. */
int good_run(mcpar *mc, uint64_t trials, void *arg);
int run_with(int workers, void *arg);

/* ---- Things to do on the side, and signals ---- */

void kill_once(uint64_t trial);            /* a worker kills itself at trial 1500, if none has before */
void crash_segv(uint64_t trial);           /* trial 700 writes to forbidden memory */
void slow(uint64_t trial);                 /* a nap every 40 trials */
void count_signal(int signal);             /* a handler; counts in `handled` in the host, in `told` in workers */
int on_signal(int signal, void (*handler)(int), int flags);

/* ---- Hosts as tests ---- */

struct guest_host {
    const char *name;
    int (*run)(void);
    struct guest_host *next;
};

void guest_add(struct guest_host *one);
void guest_check(const char *name, const char *wanted);

/* Makes a host of the function of this name, and a test that runs it. The host prints exactly `wanted`, to stdout and
 * stderr together. */
#define HOST(name, wanted)                                                                                   \
    __attribute__((constructor)) static void add_##name(void)                                                \
    {                                                                                                        \
        static struct guest_host one = { #name, name, NULL };                                                \
        guest_add(&one);                                                                                     \
    }                                                                                                        \
    Test(guest, name, .timeout = 60)                                                                         \
    {                                                                                                        \
        guest_check(#name, wanted);                                                                          \
    }

#endif
