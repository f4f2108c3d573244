/* SPDX-License-Identifier: BSD-3-Clause */
/* orchestration.c - what the fork pool costs: a short run compared with bare fork, exit and wait; and a round of a
 * long run */
#include "bench.h"
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static uint64_t bare_forks(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        pid_t a = fork(), b;

        if (a == 0)
            _exit(0);
        b = fork();
        if (b == 0)
            _exit(0);
        if (a < 0 || b < 0 || waitpid(a, NULL, 0) != a || waitpid(b, NULL, 0) != b)
            give_up("bare fork, exit and wait failed");
    }
    return n;
}

static uint64_t itself(uint64_t n)
{
    return n;
}

static uint64_t lives(enum mcpar_pool pool, uint64_t n)
{
    const struct task task = { .trial = user_dart, .pool = (int)pool, .workers = 2 };
    uint64_t hits = 0;

    for (uint64_t i = 0; i < n; i++)
        hits += sample_hits(&task, 1000);
    return hits;
}

/* Several calls on one handle, as a sweep or an optimiser makes them; each call still forks its own workers. */
static mcpar *short_handle(void)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;
    mcpar *mc;

    options.pool = MCPAR_POOL_FORK;
    options.workers = 2;
    if (mcpar_init(&mc, &options))
        give_up("no handle");
    return mc;
}

static uint64_t fork_calls(uint64_t n)
{
    static mcpar *mc;                      /* kept by the seat (seat.c), one process for all turns */

    if (!mc)
        mc = short_handle();
    for (uint64_t i = 0; i < n; i++)
        if (mcpar_sample(mc, 1000, user_dart, NULL))
            give_up(mcpar_message(mc));
    return n;
}

static uint64_t bare_fork(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        pid_t pid = fork();

        if (pid == 0)
            _exit(0);
        if (pid < 0 || waitpid(pid, NULL, 0) != pid)
            give_up("bare fork, exit and wait failed");
    }
    return n;
}

/* The same two in a process as large as a Python interpreter with numpy, because a fork copies the page tables. */
static void grow_large(void)
{
    enum { LARGE = 64 << 20, PAGE = 4096 };
    static volatile char *memory;

    if (memory)
        return;
    memory = malloc(LARGE);
    if (!memory)
        give_up("no memory");
    for (size_t i = 0; i < LARGE; i += PAGE)
        memory[i] = 1;
}

static uint64_t large_bare_fork(uint64_t n)
{
    grow_large();
    return bare_fork(n);
}

static uint64_t large_fork_calls(uint64_t n)
{
    grow_large();
    return fork_calls(n);
}

static uint64_t fork_lives(uint64_t n)
{
    return lives(MCPAR_POOL_FORK, n);
}

static uint64_t serial_lives(uint64_t n)
{
    return lives(MCPAR_POOL_SERIAL, n);
}

static uint64_t expected_lives(uint64_t n)
{
    return n * known_hits(1000);
}

static void short_runs(void)
{
    struct seat *seat = seat_fork(NULL), *large = seat_fork(NULL);
    static struct contender c[] = {
        { .name = "bare: 2 x fork, exit, wait", .work = bare_forks, .expected = itself },
        { .name = "fork pool of 2: init to finalize", .work = fork_lives, .expected = expected_lives },
        { .name = "serial pool: init to finalize", .work = serial_lives, .expected = expected_lives },
        { .name = "bare: fork, exit, wait", .work = bare_fork, .expected = itself },
        { .name = "fork pool of 2: a call of 1000 trials", .work = fork_calls, .expected = itself },
        { .name = "64 MiB: bare fork, exit, wait", .work = large_bare_fork, .expected = itself },
        { .name = "64 MiB: a call of 1000 trials", .work = large_fork_calls, .expected = itself },
    };
    enum { RACERS = sizeof c / sizeof *c };

    for (int i = 0; i < RACERS; i++) {
        c[i].seat = i < 5 ? seat : large;
        c[i].by_wall = true;
        c[i].unit = "run";
        c[i].n = 64;
    }
    race(c, RACERS);
    say_contenders(c, RACERS);
    say_bar("fork pool of 2, 1000 trials, init to finalize / bare", median_ratio(&c[1], &c[0]), AT_MOST, 3);
    say_bar("fork pool of 2, a call of 1000 trials / bare fork", median_ratio(&c[4], &c[3]), AT_MOST, 1.5);
    say_bar("the same in a process of 64 MiB", median_ratio(&c[6], &c[5]), AT_MOST, 1.5);
    seat_close(large);
    seat_close(seat);
}

/* ---- A round of a long run: trials that record when they ran ---- */

enum { WORKERS = 2 };
#define TRIAL_SECONDS 20e-6

struct span {
    double start, end;
};
static struct span *spans;                 /* shared with the workers, by trial */

static int timed_trial(mcpar_rng *rng, double *values, void *arg)
{
    struct span *span = &spans[mcpar_trial_number(rng)];
    double start = wall_now(), end = start;

    (void)values;
    (void)arg;
    while (end < start + TRIAL_SECONDS)
        end = wall_now();
    span->start = start;
    span->end = end;
    return mcpar_uniform(rng) < 2;
}

static uint64_t long_run(uint64_t n)
{
    const struct task task = { .trial = timed_trial, .pool = MCPAR_POOL_FORK, .workers = WORKERS };

    return sample_hits(&task, n);
}

static int by_start(const void *a, const void *b)
{
    const struct span *x = a, *y = b;

    return (x->start > y->start) - (x->start < y->start);
}

/* Between the end of a round and the start of the next, no worker runs a trial. */
static void say_rounds(uint64_t n)
{
    double busy = 0, idle = 0, all, end;
    static double gap[MOST_TURNS];
    int gaps = 0;

    qsort(spans, (size_t)n, sizeof *spans, by_start);
    end = spans[0].end;
    for (uint64_t i = 0; i < n; i++) {
        if (spans[i].start - end > 3e-6) {
            idle += spans[i].start - end;
            gap[gaps % MOST_TURNS] = spans[i].start - end;
            gaps++;
        }
        if (spans[i].end > end)
            end = spans[i].end;
        busy += spans[i].end - spans[i].start;
    }
    all = WORKERS * (end - spans[0].start);
    say_value("long run: times when no worker ran a trial", gaps, "");
    if (gaps)
        say_value("long run: how long, median", 1e6 * median(gap, gaps < MOST_TURNS ? gaps : MOST_TURNS), "us");
    say_value("long run: time of that kind", 100 * WORKERS * idle / all, "% of all");
    say_value("long run: worker time outside of trials", 100 * (1 - busy / all), "% of all");
}

void section_orchestration(void)
{
    uint64_t n = (uint64_t)(10 * settings.seconds * WORKERS / TRIAL_SECONDS);
    struct seat *seat;

    say_section("orchestration", "what the fork pool costs, wall time");
    short_runs();
    spans = mmap(NULL, n * sizeof *spans, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (spans == MAP_FAILED)
        give_up("no shared memory");
    seat = seat_fork(NULL);
    if (seat_run(seat, long_run, NULL, n).check != n)
        give_up("the long run lost trials");
    seat_close(seat);
    say_rounds(n);
    (void)munmap(spans, n * sizeof *spans);
}
