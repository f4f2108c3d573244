/* SPDX-License-Identifier: BSD-3-Clause */
/* How often the intervals of means cover the truth, and what is told where they do not: enough runs of each case that
 * is not long to tell Hall's interval from Student's. The program coverage, by hand, does more.
 *
 * The numbers are fixed, so the test passes always or never. Had they been drawn anew, each comparison would fail by
 * chance with a probability below 4e-6 (4.5 standard errors). */
#include "coverage.h"
#include "unit.h"

enum { BEFORE = 20000 };                   /* runs behind the figures of the table */

static unsigned int runs_of(const struct coverage_case *c)
{
    return c->n <= 10 ? 20000 : 2000;
}

/* The largest number of runs that is no news if the share was measured as `rate`. */
static double above(double rate, unsigned int runs)
{
    return runs * (rate + 4.5 * sqrt(rate * (1 - rate) * (1.0 / runs + 1.0 / BEFORE))) + 1;
}

static double below(double rate, unsigned int runs)
{
    return runs - above(1 - rate, runs);
}

Test(coverage, of_the_table)
{
    for (size_t i = 0; i < COVERAGE_CASES; i++) {
        const struct coverage_case *c = &coverage_cases[i];
        unsigned int runs = runs_of(c);
        struct coverage found;

        if (c->n > 1000)
            continue;
        found = coverage_of(c, 0, runs);
        cr_expect(c->wanted <= 0 || (found.covered >= below(c->wanted, runs) && found.covered <= above(c->wanted, runs)),
                  "%s, %zu: %u of %u covered", c->name, c->n, found.covered, runs);
        cr_expect(c->silent <= 0 || found.silent >= below(c->silent, runs), "%s, %zu: %u of %u silent", c->name, c->n,
                  found.silent, runs);
        cr_expect(!c->trusted || found.wrong <= above(.05, runs), "%s, %zu: %u of %u silent and not covered", c->name,
                  c->n, found.wrong, runs);
    }
}
