/* SPDX-License-Identifier: BSD-3-Clause */
/* rivals_gsl.c - darts, normals and other distributions by the GNU Scientific Library, if it was found */
#include "bench.h"

#ifdef HAVE_GSL
#include <gsl/gsl_monte_plain.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

static uint64_t darts(const gsl_rng_type *type, uint64_t n)
{
    gsl_rng *rng = gsl_rng_alloc(type);
    uint64_t hits = 0;

    gsl_rng_set(rng, 1);
    for (uint64_t i = 0; i < n; i++) {
        double x = gsl_rng_uniform(rng), y = gsl_rng_uniform(rng);

        hits += x * x + y * y < 1.0;
    }
    gsl_rng_free(rng);
    return hits;
}

static uint64_t mt19937(uint64_t n)
{
    return darts(gsl_rng_mt19937, n);
}

static uint64_t taus2(uint64_t n)
{
    return darts(gsl_rng_taus2, n);
}

static double inside(double *x, size_t dim, void *arg)
{
    (void)dim;
    (void)arg;
    return x[0] * x[0] + x[1] * x[1] < 1.0;
}

static uint64_t plain(uint64_t n)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_monte_plain_state *state = gsl_monte_plain_alloc(2);
    gsl_monte_function function = { inside, 2, NULL };
    double low[2] = { 0, 0 }, high[2] = { 1, 1 }, mean = 0, error;

    gsl_rng_set(rng, 1);
    (void)gsl_monte_plain_integrate(&function, low, high, 2, n, rng, state, &mean, &error);
    gsl_monte_plain_free(state);
    gsl_rng_free(rng);
    return (uint64_t)llround(mean * (double)n);
}

static uint64_t ziggurat(uint64_t n)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    uint64_t hits = 0;

    gsl_rng_set(rng, 1);
    for (uint64_t i = 0; i < n; i++)
        hits += fabs(gsl_ran_gaussian_ziggurat(rng, 1)) < 1;
    gsl_rng_free(rng);
    return hits;
}

#define SHAPE(name, call, limit)                                 \
    static uint64_t name(uint64_t n)                             \
    {                                                            \
        gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);           \
        uint64_t hits = 0;                                       \
                                                                 \
        gsl_rng_set(rng, 1);                                     \
        for (uint64_t i = 0; i < n; i++)                         \
            hits += call <= limit;                               \
        gsl_rng_free(rng);                                       \
        return hits;                                             \
    }                                                            \
    work_fn *const rival_gsl_##name = name;
SHAPE(gamma_2_5, gsl_ran_gamma(rng, 2.5, 1), 2)
SHAPE(gamma_0_5, gsl_ran_gamma(rng, 0.5, 1), 0.2)
SHAPE(poisson_5, gsl_ran_poisson(rng, 5), 4)
SHAPE(poisson_12, gsl_ran_poisson(rng, 12), 11)
SHAPE(poisson_100, gsl_ran_poisson(rng, 100), 99)
SHAPE(binomial_20, gsl_ran_binomial(rng, 0.3, 20), 5)
SHAPE(binomial_100, gsl_ran_binomial(rng, 0.3, 100), 29)

work_fn *const rival_gsl_mt19937 = mt19937;
work_fn *const rival_gsl_taus2 = taus2;
work_fn *const rival_gsl_plain = plain;
work_fn *const rival_gsl_ziggurat = ziggurat;
#else
work_fn *const rival_gsl_mt19937 = NULL;
work_fn *const rival_gsl_taus2 = NULL;
work_fn *const rival_gsl_plain = NULL;
work_fn *const rival_gsl_ziggurat = NULL;
work_fn *const rival_gsl_gamma_2_5 = NULL;
work_fn *const rival_gsl_gamma_0_5 = NULL;
work_fn *const rival_gsl_poisson_5 = NULL;
work_fn *const rival_gsl_poisson_12 = NULL;
work_fn *const rival_gsl_poisson_100 = NULL;
work_fn *const rival_gsl_binomial_20 = NULL;
work_fn *const rival_gsl_binomial_100 = NULL;
#endif
