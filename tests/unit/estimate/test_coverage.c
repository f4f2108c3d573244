/* SPDX-License-Identifier: BSD-3-Clause */
/* How often the intervals of means cover the truth, and what is told where they do not: a few hundred runs of each case
 * that is not long. The program coverage, by hand, does thousands.
 *
 * The numbers are fixed, so the test passes always or never. Had they been drawn anew, each comparison would fail by
 * chance with a probability below 4e-6 (4.5 standard errors). */
#include "coverage.h"
#include "unit.h"

enum { RUNS = 400 };

/* The largest share of the runs that is no news if the true one is `rate`. */
static double above(double rate)
{
    return rate + 4.5 * sqrt(rate * (1 - rate) / RUNS) + 1.0 / RUNS;
}

static double below(double rate)
{
    return 1 - above(1 - rate);
}

Test(coverage, of_the_table)
{
    for (size_t i = 0; i < COVERAGE_CASES; i++) {
        const struct coverage_case *c = &coverage_cases[i];
        struct coverage found;

        if (c->n > 1000)
            continue;
        found = coverage_of(c, 0, RUNS);
        cr_expect(c->wanted <= 0 || found.covered >= below(c->wanted) * RUNS, "%s, %zu: %u of %d covered", c->name,
                  c->n, found.covered, RUNS);
        cr_expect(c->wanted <= 0 || found.covered <= above(c->wanted) * RUNS, "%s, %zu: %u of %d covered", c->name,
                  c->n, found.covered, RUNS);
        cr_expect(c->silent <= 0 || found.silent >= below(c->silent) * RUNS, "%s, %zu: %u of %d silent", c->name, c->n,
                  found.silent, RUNS);
        cr_expect(!c->trusted || found.wrong <= above(.05) * RUNS, "%s, %zu: %u of %d silent and not covered", c->name,
                  c->n, found.wrong, RUNS);
    }
}
