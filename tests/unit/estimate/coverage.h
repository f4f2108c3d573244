/* SPDX-License-Identifier: BSD-3-Clause */
/* coverage.h - how often the interval of a mean covers the truth, and how often its status says that all is well: for
 * the test of a few runs and the program of many */
#ifndef TESTS_COVERAGE_H
#define TESTS_COVERAGE_H

#include "estimate/estimate.h"
#include "sum/sums.h"
#include <mcpar.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum coverage_kind { NORMAL, UNIFORM, EXPONENTIAL, LOGNORMAL, PARETO, RARE };

struct coverage_case {
    const char *name;
    enum coverage_kind kind;
    double parameter;                      /* sigma, the exponent of the tail, or the expected number of events */
    size_t n;                              /* values in a run */
    double wanted;                         /* coverage at 95 %, as measured before by another program; 0: shown only */
    double silent;                         /* at least so many of the runs are not doubtful; 0: as it comes */
    bool trusted;                          /* at most .05 of the runs are silent and do not cover */
};

/* What was measured when the interval was chosen (20,000 runs a case, Python), and what DOUBTFUL must do. */
static const struct coverage_case coverage_cases[] = {
    { "normal", NORMAL, 0, 10, .948, 0, false },
    { "normal", NORMAL, 0, 1000, .953, .95, true },
    { "uniform", UNIFORM, 0, 1000, .95, .95, true },
    { "exponential", EXPONENTIAL, 0, 10, .938, 0, true },
    { "exponential", EXPONENTIAL, 0, 1000, .95, .95, true },
    { "lognormal 1", LOGNORMAL, 1, 1000, 0, 0, true },
    { "lognormal 2", LOGNORMAL, 2, 1000, .908, 0, true },
    { "Pareto 3", PARETO, 3, 1000, .941, 0, true },
    { "Pareto 2.1", PARETO, 2.1, 1000, .925, 0, true },
    { "Pareto 1.5", PARETO, 1.5, 1000, .851, 0, false },
    { "events .001", RARE, .001, 1000, 0, 0, true },
    { "events 1", RARE, 1, 1000, 0, 0, true },
    { "events 10", RARE, 10, 1000, 0, 0, true },
    { "events 30", RARE, 30, 1000, 0, 0, true },
    { "events 100", RARE, 100, 1000, 0, 0, true },
    { "lognormal 2", LOGNORMAL, 2, 100000, .937, 0, false },
    { "Pareto 2.1", PARETO, 2.1, 100000, 0, 0, false },
    { "Pareto 1.5", PARETO, 1.5, 100000, 0, 0, false }
};

enum { COVERAGE_CASES = sizeof coverage_cases / sizeof *coverage_cases, COVERAGE_MOST = 100000 };

struct coverage {
    unsigned int covered, silent, wrong;   /* wrong: silent and not covered */
};

static inline double coverage_truth(const struct coverage_case *c)
{
    switch (c->kind) {
    case NORMAL: return 0;
    case UNIFORM: return 0.5;
    case EXPONENTIAL: return 1;
    case LOGNORMAL: return exp(c->parameter * c->parameter / 2);
    case PARETO: return c->parameter / (c->parameter - 1);
    default: return c->parameter / (double)c->n;
    }
}

static inline void coverage_values(const struct coverage_case *c, uint64_t run, double *x)
{
    mcpar_rng_space space;
    mcpar_rng *rng = mcpar_rng_open(&space, 20261127, 0, run);

    if (c->kind == NORMAL || c->kind == LOGNORMAL)
        mcpar_fill_normals(rng, x, c->n);
    else if (c->kind == EXPONENTIAL || c->kind == PARETO)
        mcpar_fill_exponentials(rng, x, c->n);
    else
        mcpar_fill_uniforms(rng, x, c->n);
    for (size_t i = 0; i < c->n && c->kind >= LOGNORMAL; i++)
        x[i] = c->kind == LOGNORMAL ? exp(c->parameter * x[i])
               : c->kind == PARETO  ? exp(x[i] / c->parameter) : x[i] * (double)c->n < c->parameter;
}

/* Runs [first, first + runs) of a case. */
static inline struct coverage coverage_of(const struct coverage_case *c, uint64_t first, unsigned int runs)
{
    static char x_name[] = "x", *name[] = { x_name };
    static const struct mcpar__schema schema = { 1, 0, name, NULL };
    static double work[MCPAR__SUMS_ROOM], x[COVERAGE_MOST];
    double *values[] = { x }, truth = coverage_truth(c);
    struct coverage found = { 0, 0, 0 };
    struct mcpar__tally tally;

    if (mcpar__tally_open(&tally, &schema))
        abort();
    for (unsigned int i = 0; i < runs; i++) {
        mcpar_estimate e;
        bool covered, silent;

        coverage_values(c, first + i, x);
        mcpar__tally_clear(&tally);
        mcpar__tally_add(&tally, values, 0, c->n, 0, work);
        mcpar__tally_canonical(&tally);
        mcpar__estimate_mean(&e, &tally, 0, c->n, 0.95);
        covered = e.lower <= truth && truth <= e.upper;    /* false where there is no interval */
        silent = e.status != MCPAR_STATUS_DOUBTFUL;
        found.covered += covered;
        found.silent += silent;
        found.wrong += silent && !covered;
    }
    mcpar__tally_close(&tally);
    return found;
}

#endif
