/* SPDX-License-Identifier: BSD-3-Clause */
/* efficiency.c - all cores compared with one core and with a plain fork loop; and trials of uneven length */
#include "bench.h"
#include "uneven.h"
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PI_4 0.78539816339744831

/* ---- Even trials ---- */

static _Atomic uint64_t *shared_hits;
static int processes;                      /* for the seat (a process for contenders, seat.c) forked next */

/* A version written by hand: each child runs its part on a stream of its own and adds its hits. It uses the pool's
 * kernel, so that clock rate and memory are loaded alike. */
static uint64_t plain_loop(uint64_t n)
{
    atomic_store(shared_hits, 0);
    for (int i = 0; i < processes; i++) {
        pid_t pid = fork();

        if (pid < 0)
            give_up("no process");
        if (pid == 0) {
            const struct task task = { .block = user_fused, .stream = (uint32_t)i };

            atomic_fetch_add(shared_hits, sample_hits(&task, n / (uint64_t)processes));
            _exit(0);
        }
    }
    for (int i = 0; i < processes; i++)
        (void)wait(NULL);
    return atomic_load(shared_hits);
}

static uint64_t fork_pool(uint64_t n)
{
    const struct task task = { .block = user_fused, .pool = MCPAR_POOL_FORK, .workers = processes };

    return sample_hits(&task, n);
}

static uint64_t fork_pool_callback(uint64_t n)
{
    const struct task task = { .trial = user_dart, .pool = MCPAR_POOL_FORK, .workers = processes };

    return sample_hits(&task, n);
}

static double efficiency(const struct contender *one, const struct contender *all, int cpus)
{
    double e[MOST_TURNS];

    for (int t = 0; t < settings.turns; t++)
        e[t] = one->seconds[t] / (cpus * all->seconds[t]);
    return median(e, settings.turns);
}

/* Turns here are 8 times as long, so that the fixed cost of a run hardly matters. */
static uint64_t long_turn(struct seat *seat, work_fn *work)
{
    uint64_t n = UINT64_C(1) << 20;

    while (n < UINT64_C(1) << 33 && seat_run(seat, work, NULL, n).wall < 6 * settings.seconds)
        n *= 2;
    return n;
}

static void even(int cpus)
{
    struct seat *one, *all;
    static struct contender c[6];
    char name[64];
    double plain, pool, callback;
    uint64_t n, n_callback;

    processes = 1;
    one = seat_fork(NULL);
    processes = cpus;
    all = seat_fork(NULL);
    n = long_turn(one, fork_pool);
    n_callback = long_turn(one, fork_pool_callback);
    c[0] = (struct contender){ .name = "plain loop of forks, 1", .seat = one, .work = plain_loop, .p = PI_4 };
    c[1] = (struct contender){ .name = "plain loop of forks, all", .seat = all, .work = plain_loop, .p = PI_4 };
    c[2] = (struct contender){ .name = "fork pool, 1", .seat = one, .work = fork_pool, .expected = known_hits };
    c[3] = (struct contender){ .name = "fork pool, all", .seat = all, .work = fork_pool, .expected = known_hits };
    c[4] = (struct contender){ .name = "fork pool, callback, 1", .seat = one, .work = fork_pool_callback,
                               .expected = known_hits };
    c[5] = (struct contender){ .name = "fork pool, callback, all", .seat = all, .work = fork_pool_callback,
                               .expected = known_hits };
    for (int i = 0; i < 6; i++) {
        c[i].n = i < 4 ? n : n_callback;
        c[i].by_wall = true;
    }
    race(c, 6);
    printf("  %d workers\n", cpus);
    say_contenders(c, 6);
    plain = efficiency(&c[0], &c[1], cpus);
    pool = efficiency(&c[2], &c[3], cpus);
    callback = efficiency(&c[4], &c[5], cpus);
    (void)snprintf(name, sizeof name, "T1 / (%d T%d), plain loop of forks", cpus, cpus);
    say_value(name, plain, "");
    (void)snprintf(name, sizeof name, "T1 / (%d T%d), fork pool", cpus, cpus);
    if (plain >= 0.97)
        say_bar(name, pool, AT_LEAST, 0.97);
    else
        say_value(name, pool, "(no bar: the plain loop got less than 0.97)");
    (void)snprintf(name, sizeof name, "T1 / (%d T%d), fork pool, callback", cpus, cpus);
    say_value(name, callback, "");
    seat_close(one);
    seat_close(all);
}

/* ---- Uneven trials ---- */

static uint64_t uneven_run(uint64_t n)
{
    const struct task task = { .trial = uneven_trial, .pool = MCPAR_POOL_FORK, .workers = processes };
    double start = wall_now();
    uint64_t hits;

    atomic_store(&uneven->busy_ns, 0);
    atomic_store(&uneven->longest_ns, 0);
    hits = sample_hits(&task, n);
    uneven->makespan = wall_now() - start;
    return hits;
}

/* The ideal makespan: the work of the same run, shared evenly, but never less than the longest trial. */
static double ideal(int workers)
{
    double even_share = 1e-9 * (double)atomic_load(&uneven->busy_ns) / workers;
    double longest = 1e-9 * (double)atomic_load(&uneven->longest_ns);

    return even_share > longest ? even_share : longest;
}

static void uneven_kind(struct seat *seat, enum uneven_kind kind, int cpus)
{
    uint64_t n = (uint64_t)(8 * settings.seconds * cpus / UNEVEN_MEAN_SECONDS), expected;
    double ratio[MOST_TURNS];
    char name[96];

    uneven->kind = kind;
    uneven->loops = 0;
    expected = seat_run(seat, uneven_run, NULL, n).check;
    uneven->loops = UNEVEN_MEAN_SECONDS * clock_hz();
    for (int t = 0; t < settings.turns; t++) {
        if (seat_run(seat, uneven_run, NULL, n).check != expected)
            give_up("uneven trials: another answer");
        ratio[t] = uneven->makespan / ideal(cpus);
    }
    (void)snprintf(name, sizeof name, "%s, pool of %d: makespan / ideal", uneven_name[kind], cpus);
    say_bar(name, median(ratio, settings.turns), AT_MOST, 1.05);
}

void section_efficiency(void)
{
    struct seat *seat;
    int workers = 1;

    say_section("efficiency", "one core and all, wall time");
    shared_hits = mmap(NULL, sizeof *shared_hits, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    uneven_open();
    if (shared_hits == MAP_FAILED)
        give_up("no shared memory");
    if (settings.cpus < 2)
        say_absent("efficiency", "there is one CPU");
    while (workers < settings.cpus) {
        workers = 2 * workers < settings.cpus ? 2 * workers : settings.cpus;
        even(workers);
    }
    processes = settings.cpus > 1 ? settings.cpus : 2;
    seat = seat_fork(NULL);
    for (int kind = 0; kind < UNEVEN_KINDS; kind++)
        uneven_kind(seat, (enum uneven_kind)kind, processes);
    seat_close(seat);
}
