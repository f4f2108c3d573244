/* SPDX-License-Identifier: BSD-3-Clause */
/* rivals.c - darts: the library compared with what a scientist would write instead, on one core and on two */
#include "bench.h"

#define PI_4 0.78539816339744831

static uint64_t fused(uint64_t n)
{
    const struct task task = { .block = user_fused };

    return sample_hits(&task, n);
}

static uint64_t callback(uint64_t n)
{
    const struct task task = { .trial = user_dart };

    return sample_hits(&task, n);
}

static uint64_t forked(uint64_t n)
{
    const struct task task = { .block = user_fused, .pool = MCPAR_POOL_FORK, .workers = 2 };

    return sample_hits(&task, n);
}

static uint64_t forked_callback(uint64_t n)
{
    const struct task task = { .trial = user_dart, .pool = MCPAR_POOL_FORK, .workers = 2 };

    return sample_hits(&task, n);
}

/* Compares two cores with two cores. */
static void compare(const struct contender *rival, const struct contender *by_fused,
                    const struct contender *by_callback)
{
    double times = median_ratio(rival, by_fused);
    char name[96];

    (void)snprintf(name, sizeof name, "%s, times as fast as %s", by_fused->name, rival->name);
    if (rival->work && rival->work == rival_gsl_mt19937)
        say_bar(name, times, AT_LEAST, 24);
    else if (rival->remote && !rival->by_wall && rival->remote[0] == 't')
        say_bar(name, times, AT_LEAST, 500);
    else
        say_value(name, times, "");
    (void)snprintf(name, sizeof name, "%s, times as fast as %s", by_callback->name, rival->name);
    say_value(name, median_ratio(rival, by_callback), "");
}

void section_rivals(void)
{
    struct seat *seat = seat_fork(NULL), *python = seat_python("darts.py", "plain"),
                *numpy = seat_python("darts.py", "numpy"), *pool = seat_python("darts.py", "pool"),
                *mpi4py = seat_mpi(settings.python, "darts_mpi.py"), *mpi = seat_mpi(settings.mpi_bench, "--seat");
    const struct contender all[] = {
        { .name = "mcpar fused", .seat = seat, .work = fused, .expected = known_hits },
        { .name = "mcpar callback", .seat = seat, .work = callback, .expected = known_hits },
        { .name = "mcpar fused, fork pool of 2", .seat = seat, .work = forked, .expected = known_hits,
          .by_wall = true },
        { .name = "mcpar callback, fork pool of 2", .seat = seat, .work = forked_callback, .expected = known_hits,
          .by_wall = true },
        { .name = "rand", .seat = seat, .work = rival_rand },
        { .name = "rand_r", .seat = seat, .work = rival_rand_r },
        { .name = "drand48_r", .seat = seat, .work = rival_drand48_r },
        { .name = "GSL mt19937", .seat = seat, .work = rival_gsl_mt19937 },
        { .name = "GSL taus2", .seat = seat, .work = rival_gsl_taus2 },
        { .name = "gsl_monte_plain, mt19937", .seat = seat, .work = rival_gsl_plain },
        { .name = "Random123 philox4x32, scalar", .seat = seat, .work = rival_random123, .expected = known_hits },
        { .name = "Python loop", .seat = python, .remote = "loop" },
        { .name = "numpy, vectorised, PCG64", .seat = numpy, .remote = "vector" },
        { .name = "numpy, a tutorial's loop", .seat = numpy, .remote = "tutorial" },
        { .name = "multiprocessing.Pool(2), Python loop", .seat = pool, .remote = "pool", .by_wall = true },
        { .name = "mpi4py on 2 ranks, numpy, vectorised", .seat = mpi4py, .remote = "vector", .by_wall = true },
        { .name = "mpi4py on 2 ranks, a tutorial's loop", .seat = mpi4py, .remote = "tutorial", .by_wall = true },
        { .name = "textbook MPI C on 2 ranks, drand48", .seat = mpi, .remote = "drand48", .by_wall = true },
        { .name = "textbook MPI C on 2 ranks, rand", .seat = mpi, .remote = "rand", .by_wall = true },
        { .name = "mcpar fused on 2 ranks", .seat = mpi, .remote = "fused", .expected = known_hits, .by_wall = true },
        { .name = "mcpar callback on 2 ranks", .seat = mpi, .remote = "callback", .expected = known_hits,
          .by_wall = true },
    };
    enum { FUSED, CALLBACK, FORKED, FORKED_CALLBACK, ALL = sizeof all / sizeof *all };
    static struct contender c[ALL];
    size_t n = 0;

    say_section("rivals", "darts against what is used today; compiled -O3 -march=native");
    for (size_t i = 0; i < ALL; i++) {
        if (!all[i].seat || !(all[i].work || all[i].remote)) {
            say_absent(all[i].name, all[i].remote ? "it does not start" : "not found when the bench was compiled");
            continue;
        }
        c[n] = all[i];
        c[n++].p = PI_4;
    }
    race(c, n);
    say_contenders(c, n);
    for (size_t i = FORKED_CALLBACK + 1; i < n; i++)
        if (!c[i].expected || c[i].work)   /* libmcpar on 2 ranks is not a rival */
            compare(&c[i], &c[c[i].by_wall ? FORKED : FUSED], &c[c[i].by_wall ? FORKED_CALLBACK : CALLBACK]);
    seat_close(seat);
    seat_close(python);
    seat_close(numpy);
    seat_close(pool);
    seat_close(mpi4py);
    seat_close(mpi);
}
