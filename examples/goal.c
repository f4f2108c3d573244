/* SPDX-License-Identifier: BSD-3-Clause */
/* goal.c - as precise as you want: a run that ends at a precision, within a time limit, and goes on where it was
 *
 * Percolation: each site of a 16 x 16 rhombus of the triangular lattice is open with probability 1/2. How often is the
 * upper edge connected with the lower edge by open sites? Either that is so, or the left edge is connected with the
 * right edge by closed sites, and never both (the game of Hex has no draw). So the exact answer is 1/2.
 *
 * The run ends when the interval of the answer is as short as asked for: three digits, if not said otherwise. If the
 * time limit comes first, the program prints what it has and how long the rest will take, and exits with status 3.
 * Start it again, and it goes on, and ends at the same trial as a run without a limit. If the trials that it may run do
 * not suffice, the exit status is 4. The checkpoint also serves a second run that is to be more precise.
 */
#include <inttypes.h>
#include <math.h>
#include <mcpar.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIDE = 16, UNFINISHED = 3, IMPRECISE = 4 };

/* The sites of a row are the bits of a number. A hit: the water that enters in row 0 reaches the last row. */
static int crosses(mcpar_rng *rng, double *values, void *arg)
{
    uint64_t open[SIDE + 2] = { 0 }, wet[SIDE + 2] = { 0 };      /* a dry row above and one below */
    int rises = 1;

    for (int row = 1; row <= SIDE; row++)
        open[row] = mcpar_word(rng) >> (64 - SIDE);
    wet[1] = open[1];
    while (rises) {
        rises = 0;
        for (int row = 1; row <= SIDE; row++) {
            uint64_t before = wet[row], above = wet[row - 1], below = wet[row + 1];

            wet[row] |= open[row] & (before << 1 | before >> 1 | above | above >> 1 | below | below << 1);
            rises |= wet[row] != before;
        }
    }
    return wet[SIDE] != 0;
}

/* A number above 0 and at most `most`; 0 for anything else. */
static double number(const char *text, double most)
{
    char *end;
    double x = strtod(text, &end);
    return end != text && *end == '\0' && x > 0 && x <= most ? x : 0;
}

/* What is still to be done. */
static void tell_rest(mcpar *mc, const mcpar_goal *goal, int err)
{
    double trials, seconds;

    if (mcpar_forecast(mc, goal, &trials, &seconds) == 0 && !isnan(trials)) {
        fprintf(stderr, "goal: it takes about %.2g trials in all", trials);
        if (!isnan(seconds))
            fprintf(stderr, ", %.2g more seconds at this speed", seconds);
        fprintf(stderr, "\n");
    }
    fprintf(stderr, "goal: start it again%s to go on\n", err == MCPAR_UNMET ? " with more trials" : "");
}

int main(int argc, char **argv)
{
    mcpar_goal goal = MCPAR_GOAL_INIT;
    mcpar_options options = MCPAR_OPTIONS_INIT;
    mcpar *mc;
    mcpar_estimate e = { 0 };
    char fingerprint[MCPAR_FINGERPRINT_SIZE];
    double most = argc > 3 ? floor(number(argv[3], 1e15)) : 1e12;

    goal.relative = argc > 1 ? number(argv[1], 0.5) : 0.001;
    goal.most = (uint64_t)most;
    options.max_seconds = argc > 2 ? number(argv[2], 1e9) : 3600;
    if (goal.relative < 1e-8 || options.max_seconds <= 0 || goal.most < goal.least || argc > 4) {
        fprintf(stderr, "usage: goal [relative error [seconds [trials]]]    0.001, 3600 and 1e12 if not given\n");
        return 2;
    }
    options.checkpoint = "goal.mcpar";
    options.checkpoint_seconds = 1;              /* a minute if not set, which is better for long runs */
    options.tag = "crossing 16 x 16, p = 1/2";   /* names the problem: the library does not know the function */
    int err = mcpar_init(&mc, &options);
    if (!err) err = mcpar_run(mc, crosses, NULL, &goal);

    int result = err;                            /* may be MCPAR_STOPPED or MCPAR_UNMET: the result is valid */
    if (MCPAR_HAS_RESULT(err)) {
        if (err && mcpar_rank(mc) == 0)
            fprintf(stderr, "goal: %s\n", mcpar_message(mc));
        err = mcpar_reduce(mc, &e);
        if (!err) err = mcpar_fingerprint(mc, fingerprint);
    }
    if (err && mcpar_rank(mc) <= 0) {
        fprintf(stderr, "goal: %s\n", mcpar_message(mc));
    } else if (mcpar_rank(mc) == 0) {
        if (result)
            tell_rest(mc, &goal, result);
        printf("%.6f, between %.6f and %.6f, %" PRIu64 " trials\n", e.mean, e.lower, e.upper, e.trials);
        printf("fingerprint %s\n", fingerprint);
    }
    if (mcpar_finalize(&mc)) {                   /* the last write of the file */
        fprintf(stderr, "goal: %s could not be written\n", options.checkpoint);
        err = MCPAR_ERR_FILE;
    }
    return err ? 1 : result == MCPAR_STOPPED ? UNFINISHED : result == MCPAR_UNMET ? IMPRECISE : 0;
}
