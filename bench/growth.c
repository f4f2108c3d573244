/* SPDX-License-Identifier: BSD-3-Clause */
/* growth.c - how time and memory grow with trials and with observables */
#include "bench.h"
#include <string.h>
#include <sys/resource.h>

/* ---- Trials ---- */

static uint64_t grown(uint64_t n)
{
    const struct task task = { .block = user_fused, .pool = MCPAR_POOL_FORK, .workers = settings.cpus };

    return sample_hits(&task, n);
}

static uint64_t grown_callback(uint64_t n)
{
    const struct task task = { .trial = user_dart, .pool = MCPAR_POOL_FORK, .workers = settings.cpus };

    return sample_hits(&task, n);
}

/* The peak memory of this process or its largest worker, in KiB. */
static uint64_t most_memory(uint64_t of_workers)
{
    struct rusage usage;

    (void)getrusage(of_workers ? RUSAGE_CHILDREN : RUSAGE_SELF, &usage);
    return (uint64_t)usage.ru_maxrss;
}

static double trials(uint64_t n, work_fn *work, const char *form)
{
    struct seat *seat = seat_fork(NULL);
    struct contender c = { .seat = seat, .work = work, .n = n, .by_wall = true, .unit = "trial" };
    int turns = settings.turns;
    double memory;
    char name[64];

    c.expected = n <= 10000000000 ? known_hits : NULL;
    c.p = 0.78539816339744831;
    c.name = name;
    (void)snprintf(name, sizeof name, "%s, %.0e trials", form, (double)n);
    if (n > 1000000000)
        settings.turns = 1;                /* plus one to warm up */
    race(&c, 1);
    say_contenders(&c, 1);
    settings.turns = turns;
    memory = (double)(seat_run(seat, most_memory, NULL, 0).check + seat_run(seat, most_memory, NULL, 1).check);
    (void)snprintf(name, sizeof name, "%s, %.0e trials: memory", form, (double)n);
    say_value(name, memory, "KiB");
    seat_close(seat);
    return memory;
}

/* ---- Observables ---- */

static size_t observables;                 /* for the seat (a process for contenders, seat.c) forked next */

static int observe_block(mcpar_block *b, void *arg)
{
    const double *x = mcpar_uniforms(b);

    (void)arg;
    for (size_t k = 0; k < observables; k++)
        memcpy(b->values[k], x, b->n * sizeof *x);
    return 0;
}

static int observe_trial(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_uniform(rng);

    (void)arg;
    for (size_t k = 0; k < observables; k++)
        values[k] = x;
    return 0;
}

/* Rounds to whole trials; returns the number of values. */
static uint64_t observed(const struct task *like, uint64_t n)
{
    struct task task = *like;

    task.observables = observables;
    return sample_mean_bits(&task, n / observables);
}

static uint64_t observed_block(uint64_t n)
{
    const struct task task = { .block = observe_block };

    return observed(&task, n);
}

static uint64_t observed_trial(uint64_t n)
{
    const struct task task = { .trial = observe_trial };

    return observed(&task, n);
}

static void observe(size_t n)
{
    struct seat *seat;
    struct contender c[2] = { { .work = observed_block }, { .work = observed_trial, .same = true } };
    char name[2][64];

    observables = n;
    seat = seat_fork(NULL);
    for (int i = 0; i < 2; i++) {
        (void)snprintf(name[i], sizeof name[i], "%s, %zu observables", i ? "callback" : "block", n);
        c[i].name = name[i];
        c[i].seat = seat;
        c[i].n = 4000000;
        c[i].unit = "value";
    }
    race(c, 2);
    say_contenders(c, 2);
    seat_close(seat);
}

void section_growth(void)
{
    uint64_t most = settings.huge ? 1000000000000 : settings.seconds < 0.1 ? 1000000000 : 10000000000;
    double at_million = 0, at_most = 0, callback_million = 0, callback_most = 0;
    char name[80];

    say_section("growth", "fork pool on all CPUs, init to finalize, wall time; memory is that of the process and of "
                "its largest worker");
    for (uint64_t n = 1000; n <= most; n *= 10) {
        at_most = trials(n, grown, "fused");
        if (n == 1000000)
            at_million = at_most;
    }
    for (uint64_t n = 1000; n <= 1000000000; n *= 10) {
        callback_most = trials(n, grown_callback, "callback");
        if (n == 1000000)
            callback_million = callback_most;
    }
    (void)snprintf(name, sizeof name, "fused: memory at %.0e trials / at 1e6", (double)most);
    say_bar(name, at_most / at_million, AT_MOST, 1.02);
    say_bar("callback: memory at 1e9 trials / at 1e6", callback_most / callback_million, AT_MOST, 1.02);
    for (size_t n = 1; n <= 1000; n *= 10)
        observe(n);
}
