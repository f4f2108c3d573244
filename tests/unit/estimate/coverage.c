/* SPDX-License-Identifier: BSD-3-Clause */
/* coverage.c - prints how often the intervals of means cover the truth: coverage [RUNS [CASE]], by hand */
#include "coverage.h"
#include <stdio.h>

int main(int argc, char **argv)
{
    unsigned int runs = argc > 1 ? (unsigned int)strtoul(argv[1], NULL, 10) : 20000;
    size_t from = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : 0, end = argc > 2 ? from + 1 : COVERAGE_CASES;

    printf("%u runs of each, nominal .95; wrong: silent (not DOUBTFUL) and not covered\n", runs);
    printf("%-14s %7s  %7s %7s %7s %7s  %s\n", "values", "n", "covered", "before", "silent", "wrong",
           "covered if silent");
    for (size_t i = from; i < end && i < COVERAGE_CASES; i++) {
        const struct coverage_case *c = &coverage_cases[i];
        struct coverage found = coverage_of(c, 0, runs);
        double silent = found.silent;

        printf("%-14s %7zu  %7.4f %7.3f %7.4f %7.4f  %.4f\n", c->name, c->n, found.covered / (double)runs, c->wanted,
               silent / runs, found.wrong / (double)runs, silent > 0 ? 1 - found.wrong / silent : (double)NAN);
        (void)fflush(stdout);
    }
    return 0;
}
