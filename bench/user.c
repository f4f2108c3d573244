/* SPDX-License-Identifier: BSD-3-Clause */
/* user.c - the trials, as a user writes and compiles them: this file has flags of its own (plain -O2; and the block of
 * darts again with -DNATIVE, at -O3 -march=native -ffp-contract=off) */
#include "bench.h"

#ifdef NATIVE
int user_darts_native(mcpar_block *b, void *arg)
{
    const double *x = mcpar_uniforms(b), *y = mcpar_uniforms(b);

    (void)arg;
    for (size_t i = 0; i < b->n; i++)
        b->hits += x[i] * x[i] + y[i] * y[i] < 1.0;
    return 0;
}
#else
int user_dart(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_uniform(rng), y = mcpar_uniform(rng);

    (void)values;
    (void)arg;
    return x * x + y * y < 1.0;
}

int user_darts_plain(mcpar_block *b, void *arg)
{
    const double *x = mcpar_uniforms(b), *y = mcpar_uniforms(b);

    (void)arg;
    for (size_t i = 0; i < b->n; i++)
        b->hits += x[i] * x[i] + y[i] * y[i] < 1.0;
    return 0;
}

MCPAR_EACH_CPU int user_darts_each_cpu(mcpar_block *b, void *arg)
{
    const double *x = mcpar_uniforms(b), *y = mcpar_uniforms(b);

    (void)arg;
    for (size_t i = 0; i < b->n; i++)
        b->hits += x[i] * x[i] + y[i] * y[i] < 1.0;
    return 0;
}

int user_fused(mcpar_block *b, void *arg)
{
    (void)arg;
    b->hits = mcpar_darts(b);
    return 0;
}

int user_fill(mcpar_block *b, void *arg)
{
    (void)arg;
    (void)mcpar_uniforms(b);
    (void)mcpar_uniforms(b);
    return 0;
}

/* ---- Trials of k draws: a hit is an odd number of draws below 1/2, so p = 1/2 ---- */

static inline int odd(mcpar_rng *rng, int draws)
{
    unsigned low = 0;

    for (int i = 0; i < draws; i++)
        low += mcpar_uniform(rng) < 0.5;
    return low & 1;
}

int user_draw_1(mcpar_rng *rng, double *values, void *arg)
{
    (void)values;
    (void)arg;
    return odd(rng, 1);
}

int user_draw_2(mcpar_rng *rng, double *values, void *arg)
{
    (void)values;
    (void)arg;
    return odd(rng, 2);
}

int user_draw_3(mcpar_rng *rng, double *values, void *arg)
{
    (void)values;
    (void)arg;
    return odd(rng, 3);
}

int user_draw_10(mcpar_rng *rng, double *values, void *arg)
{
    (void)values;
    (void)arg;
    return odd(rng, 10);
}

/* Counts the same hits from the raw words. */
int user_word_10(mcpar_rng *rng, double *values, void *arg)
{
    unsigned low = 0;

    (void)values;
    (void)arg;
    for (int i = 0; i < 10; i++)
        low += mcpar_word(rng) < UINT64_C(1) << 63;
    return low & 1;
}

int user_below_10(mcpar_rng *rng, double *values, void *arg)
{
    unsigned low = 0;

    (void)values;
    (void)arg;
    for (int i = 0; i < 10; i++)
        low += mcpar_below(rng, 6) < 3;
    return low & 1;
}

int user_draw_100(mcpar_rng *rng, double *values, void *arg)
{
    (void)values;
    (void)arg;
    return odd(rng, 100);
}

int user_draw_10000(mcpar_rng *rng, double *values, void *arg)
{
    (void)values;
    (void)arg;
    return odd(rng, 10000);
}

/* Draws until one is below 1/2: 2 on average. A hit is an odd number of draws: p = 2/3. */
int user_draw_geometric(mcpar_rng *rng, double *values, void *arg)
{
    int draws = 1;

    (void)values;
    (void)arg;
    while (mcpar_uniform(rng) >= 0.5)
        draws++;
    return draws & 1;
}

/* Two draws; one trial in a thousand takes 10,000. */
int user_draw_seldom_10000(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_uniform(rng);

    (void)values;
    (void)arg;
    return odd(rng, MCPAR_LIKELY(x >= 0.001) ? 1 : 9999);
}

int user_draw_is_long(mcpar_rng *rng, double *values, void *arg)
{
    (void)values;
    (void)arg;
    return mcpar_uniform(rng) < 0.001;
}

/* The dart with an observable. */
int user_observe(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_uniform(rng), y = mcpar_uniform(rng), r = x * x + y * y;

    (void)arg;
    values[0] = r;
    return r < 1.0;
}
#endif
