/* SPDX-License-Identifier: BSD-3-Clause */
/* draws.c - what a draw costs in a trial callback, compared with the same callback over stored numbers plus the cost
 * of making the blocks that its draws need */
#include "bench.h"
#include <math.h>

/* ---- The callback over stored numbers ---- */

enum { READY = 16384 };

static double ready[READY];

static void make_ready(void)
{
    uint64_t x = 88172645463325252u;       /* Marsaglia's xorshift64 */

    for (int i = 0; i < READY; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        ready[i] = (double)(x >> 11) * 0x1p-53;
    }
}

/* The numbers of short trials stay in the first-level cache, as the library's do. */
enum { SHORT = 2048 };

#define READY_WORK(name, trial, stride, size)                                                   \
    static uint64_t name(uint64_t n)                                                            \
    {                                                                                           \
        return over_ready_shared(ready, ready + READY, trial, stride, size, n);                 \
    }                                                                                           \
    static uint64_t name##_near(uint64_t n)                                                     \
    {                                                                                           \
        return over_ready_near(ready, ready + READY, trial, stride, size, n);                   \
    }
READY_WORK(ready_1, user_draw_1, 2, SHORT)
READY_WORK(ready_2, user_draw_2, 2, SHORT)
READY_WORK(ready_3, user_draw_3, 4, SHORT)
READY_WORK(ready_100, user_draw_100, 100, SHORT)
static uint64_t ready_10000(uint64_t n)
{
    return over_ready_shared(ready, ready + READY, user_draw_10000, 4, 16, n);
}

static uint64_t ready_geometric(uint64_t n)
{
    return over_ready_anywhere_shared(ready, ready + READY, user_draw_geometric, SHORT, n);
}

static uint64_t ready_geometric_near(uint64_t n)
{
    return over_ready_anywhere_near(ready, ready + READY, user_draw_geometric, SHORT, n);
}

/* Draws per trial over these numbers; the contract gives 2. */
static double ready_draws(void)
{
    uint64_t draws = 0, trials = 0;

    for (size_t at = 0; at < SHORT; at++, trials++)
        for (const double *x = ready + at;; x++) {
            draws++;
            if (*x < 0.5)
                break;
        }
    return (double)draws / (double)trials;
}

/* ---- The callback in the library ---- */

#define DRAW_WORK(name, ...)                                    \
    static uint64_t name(uint64_t n)                            \
    {                                                           \
        const struct task task = { __VA_ARGS__ };               \
                                                                \
        return sample_hits(&task, n);                           \
    }
DRAW_WORK(fill, .block = user_fill)
DRAW_WORK(draw_1, .trial = user_draw_1)
DRAW_WORK(draw_2, .trial = user_draw_2)
DRAW_WORK(draw_3, .trial = user_draw_3)
DRAW_WORK(draw_10, .trial = user_draw_10)
DRAW_WORK(word_10, .trial = user_word_10)
DRAW_WORK(below_10, .trial = user_below_10)
DRAW_WORK(draw_100, .trial = user_draw_100)
DRAW_WORK(draw_geometric, .trial = user_draw_geometric)
DRAW_WORK(draw_seldom, .trial = user_draw_seldom_10000)
DRAW_WORK(is_long, .trial = user_draw_is_long)

/* Computes the answer in another way: opens each trial's stream by hand, on the portable path. Keeps it, as it takes
 * long. */
static uint64_t by_hand(mcpar_trial_fn trial, uint64_t n)
{
    mcpar_rng_space space;
    uint64_t hits = 0;

    for (uint64_t i = 0; i < n; i++)
        hits += (uint64_t)trial(mcpar_rng_open(&space, MCPAR_SEED_DEFAULT, 0, i), NULL, NULL);
    return hits;
}

static uint64_t kept(work_fn *work, uint64_t n)
{
    static struct {
        work_fn *work;
        uint64_t n, hits;
    } answer[16];
    size_t at = 0;

    while (answer[at].work && (answer[at].work != work || answer[at].n != n))
        at++;
    if (!answer[at].work) {
        struct seat *seat = seat_fork("portable");

        answer[at].work = work;
        answer[at].n = n;
        answer[at].hits = seat_run(seat, work, NULL, n).check;
        seat_close(seat);
    }
    return answer[at].hits;
}

#define EXPECTED(name, trial)                                   \
    static uint64_t name##_by_hand(uint64_t n)                  \
    {                                                           \
        return by_hand(trial, n);                               \
    }                                                           \
    static uint64_t name(uint64_t n)                            \
    {                                                           \
        return kept(name##_by_hand, n);                         \
    }
EXPECTED(expected_1, user_draw_1)
EXPECTED(expected_2, user_draw_2)
EXPECTED(expected_3, user_draw_3)
EXPECTED(expected_10, user_draw_10)
EXPECTED(expected_100, user_draw_100)
EXPECTED(expected_geometric, user_draw_geometric)
EXPECTED(expected_seldom, user_draw_seldom_10000)

/* ---- The comparison ---- */

enum {
    FILL, READY_1, NEAR_1, DRAW_1, READY_2, NEAR_2, DRAW_2, READY_3, NEAR_3, DRAW_3,
    DRAW_10, WORD_10, BELOW_10, READY_100, NEAR_100, DRAW_100,
    READY_G, NEAR_G, DRAW_G, READY_L, DRAW_S, N
};

static double against(const struct contender *c, const double *bound, int which)
{
    double ratio[MOST_TURNS];

    for (int t = 0; t < settings.turns; t++)
        ratio[t] = c[which].seconds[t] / bound[t];
    return median(ratio, settings.turns);
}

void section_draws(void)
{
    struct seat *seat;
    static struct contender c[N] = {
        { .name = "2 draws made in a block, not used", .work = fill },
        { .name = "1 draw, ready numbers", .work = ready_1 },
        { .name = "1 draw, ready numbers in the program", .work = ready_1_near },
        { .name = "1 draw", .work = draw_1, .p = 0.5, .expected = expected_1 },
        { .name = "2 draws, ready numbers", .work = ready_2 },
        { .name = "2 draws, ready numbers in the program", .work = ready_2_near },
        { .name = "2 draws", .work = draw_2, .p = 0.5, .expected = expected_2 },
        { .name = "3 draws, ready numbers", .work = ready_3 },
        { .name = "3 draws, ready numbers in the program", .work = ready_3_near },
        { .name = "3 draws", .work = draw_3, .p = 0.5, .expected = expected_3 },
        { .name = "10 draws, uniforms", .work = draw_10, .p = 0.5, .expected = expected_10 },
        { .name = "10 draws, words", .work = word_10, .p = 0.5, .expected = expected_10 },
        { .name = "10 draws, below(6)", .work = below_10, .p = 0.5, .expected = expected_10 },
        { .name = "100 draws, ready numbers", .work = ready_100 },
        { .name = "100 draws, ready numbers in the program", .work = ready_100_near },
        { .name = "100 draws", .work = draw_100, .p = 0.5, .expected = expected_100 },
        { .name = "geometric draws, mean 2, ready numbers", .work = ready_geometric },
        { .name = "geometric draws, ready numbers in the program", .work = ready_geometric_near },
        { .name = "geometric draws, mean 2", .work = draw_geometric, .p = 2.0 / 3, .expected = expected_geometric },
        { .name = "10000 draws, ready numbers", .work = ready_10000 },
        { .name = "2 draws, 1 in 1000 trials 10000", .work = draw_seldom, .p = 0.5, .expected = expected_seldom },
    };
    static const struct {
        int ready, draw;                   /* the entry after `ready` is its copy in the program */
        double blocks, bar;
        const char *name;
    } row[] = {
        { READY_1, DRAW_1, 1, 1.15, "1 draw / (ready numbers + 1 block)" },
        { READY_2, DRAW_2, 1, 1.15, "2 draws / (ready numbers + 1 block)" },
        { READY_3, DRAW_3, 2, 1.15, "3 draws / (ready numbers + 2 blocks)" },
        { READY_100, DRAW_100, 50, 1.15, "100 draws / (ready numbers + 50 blocks)" },
        /* P(k draws) = 2^-k, so that 1, 2, 3, ... blocks are 3 * 4^-b likely: 4/3 on average. */
        { READY_G, DRAW_G, 4.0 / 3, 1.5, "geometric / (ready numbers + blocks)" },
    };
    double bound[MOST_TURNS], seldom, scale;

    say_section("draws", "what draws cost in a trial callback (gcc -O2), one core");
    make_ready();
    scale = 2 / ready_draws();
    seat = seat_fork(NULL);
    for (int i = 0; i < N; i++) {
        c[i].seat = seat;
        c[i].unit = "trial";
        c[i].most = UINT64_C(1) << 22;     /* the answer by hand takes long */
    }
    c[FILL].most = 0;
    c[FILL].n = UINT64_C(1) << 26;
    race(c, N);
    say_contenders(c, N);
    for (size_t r = 0; r < sizeof row / sizeof *row; r++)
        for (int near = 0; near < 2; near++) {
            const struct contender *numbers = &c[row[r].ready + near];
            char name[96];

            for (int t = 0; t < settings.turns; t++)
                bound[t] = numbers->seconds[t] * (row[r].ready == READY_G ? scale : 1) + row[r].blocks * c[FILL].seconds[t];
            if (near) {
                (void)snprintf(name, sizeof name, "%s, these in the program", row[r].name);
                say_value(name, against(c, bound, row[r].draw), "");
            } else {
                say_bar(row[r].name, against(c, bound, row[r].draw), AT_MOST, row[r].bar);
            }
        }
    for (int t = 0; t < settings.turns; t++)
        bound[t] = c[DRAW_10].seconds[t];
    say_bar("10 words / 10 uniforms", against(c, bound, WORD_10), AT_MOST, 1.25);
    say_bar("10 times below(6) / 10 uniforms", against(c, bound, BELOW_10), AT_MOST, 2);
    seldom = (double)seat_run(seat, is_long, NULL, c[DRAW_S].n).check / (double)c[DRAW_S].n;
    for (int t = 0; t < settings.turns; t++)
        bound[t] = (1 - seldom) * (c[READY_2].seconds[t] + c[FILL].seconds[t]) +
                   seldom * (c[READY_L].seconds[t] + 5000 * c[FILL].seconds[t]);
    say_bar("1 in 1000 trials 10000 draws / (ready + blocks)", against(c, bound, DRAW_S), AT_MOST, 1.5);
    seat_close(seat);
}
