/* SPDX-License-Identifier: BSD-3-Clause */
/* dists.c - distributions with parameters: blocks of draws, single draws, and GSL's with mt19937 (a hit is at most a
 * limit) */
#include "bench.h"

struct shape {
    const char *name;
    mcpar_dist_kind kind;
    double a, b, limit, p;                 /* parameters; limit of a hit, and its probability */
    work_fn *const *rival;
    mcpar_dist dist;
};

static struct shape shapes[] = {
    { .name = "gamma 2.5", .kind = MCPAR_DIST_GAMMA, .a = 2.5, .b = 1, .limit = 2, .p = 0.45058404864721976739,
      .rival = &rival_gsl_gamma_2_5 },
    { .name = "gamma 0.5", .kind = MCPAR_DIST_GAMMA, .a = 0.5, .b = 1, .limit = 0.2, .p = 0.47291074313446191487,
      .rival = &rival_gsl_gamma_0_5 },
    { .name = "Poisson 5", .kind = MCPAR_DIST_POISSON, .a = 5, .limit = 4, .p = 0.44049328506521241144,
      .rival = &rival_gsl_poisson_5 },
    { .name = "Poisson 12", .kind = MCPAR_DIST_POISSON, .a = 12, .limit = 11, .p = 0.46159733306361820064,
      .rival = &rival_gsl_poisson_12 },
    { .name = "Poisson 100", .kind = MCPAR_DIST_POISSON, .a = 100, .limit = 99, .p = 0.48670120172085133514,
      .rival = &rival_gsl_poisson_100 },
    { .name = "binomial 20, 0.3", .kind = MCPAR_DIST_BINOMIAL, .a = 20, .b = 0.3, .limit = 5,
      .p = 0.41637082944748138372, .rival = &rival_gsl_binomial_20 },
    { .name = "binomial 100, 0.3", .kind = MCPAR_DIST_BINOMIAL, .a = 100, .b = 0.3, .limit = 29,
      .p = 0.46233973601536235609, .rival = &rival_gsl_binomial_100 },
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static int hits_block(mcpar_block *b, void *arg)
{
    const struct shape *s = arg;
    const double *x = mcpar_draws(b, &s->dist);

    for (size_t i = 0; i < b->n; i++)
        b->hits += x[i] <= s->limit;
    return 0;
}

static int hit_trial(mcpar_rng *rng, double *values, void *arg)
{
    const struct shape *s = arg;

    (void)values;
    return mcpar_draw(rng, &s->dist) <= s->limit;
}

static uint64_t in_blocks(struct shape *s, uint64_t n)
{
    const struct task task = { .block = hits_block, .arg = s };

    return sample_hits(&task, n);
}

static uint64_t by_callback(struct shape *s, uint64_t n)
{
    const struct task task = { .trial = hit_trial, .arg = s };

    return sample_hits(&task, n);
}

/* A work function has no argument but the number. */
#define WORK(i)                                                                         \
    static uint64_t block_##i(uint64_t n)                                               \
    {                                                                                   \
        return in_blocks(&shapes[i], n);                                                \
    }                                                                                   \
    static uint64_t callback_##i(uint64_t n)                                            \
    {                                                                                   \
        return by_callback(&shapes[i], n);                                              \
    }
WORK(0)
WORK(1)
WORK(2)
WORK(3)
WORK(4)
WORK(5)
WORK(6)
static work_fn *const blocks[SHAPES] = { block_0, block_1, block_2, block_3, block_4, block_5, block_6 };
static work_fn *const callbacks[SHAPES] = { callback_0, callback_1, callback_2, callback_3, callback_4, callback_5,
                                            callback_6 };

void section_dists(void)
{
    struct seat *seat;

    for (int i = 0; i < SHAPES; i++)
        if (mcpar_dist_init(&shapes[i].dist, shapes[i].kind, shapes[i].a, shapes[i].b, 0) != 0)
            give_up("%s: parameters", shapes[i].name);
    seat = seat_fork(NULL);
    say_section("dists", "gamma, Poisson and binomial numbers, one core");
    for (int i = 0; i < SHAPES; i++) {
        static struct contender run[3];
        static char name[3][80];
        const size_t n = *shapes[i].rival ? 3 : 2;

        (void)snprintf(name[0], sizeof name[0], "%s, block", shapes[i].name);
        (void)snprintf(name[1], sizeof name[1], "%s, callback", shapes[i].name);
        (void)snprintf(name[2], sizeof name[2], "%s, GSL mt19937", shapes[i].name);
        for (size_t j = 0; j < n; j++)
            run[j] = (struct contender){ .name = name[j], .seat = seat, .p = shapes[i].p, .unit = "number" };
        run[0].work = blocks[i];
        run[1].work = callbacks[i];
        run[2].work = *shapes[i].rival;
        race(run, n);
        say_contenders(run, n);
        if (n == 3) {
            (void)snprintf(name[2], sizeof name[2], "%s: block, times as fast as GSL", shapes[i].name);
            say_bar(name[2], median_ratio(&run[2], &run[0]), AT_LEAST, 2);
        } else {
            say_absent(name[2], "not found");
        }
    }
    seat_close(seat);
}
