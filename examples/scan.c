/* SPDX-License-Identifier: BSD-3-Clause */
/* scan.c - a scan over a parameter that goes on where it was
 *
 * A gambler has 10 coins, wins one with probability p, loses one otherwise, and stops with 0 or 20. How often is he
 * ruined? With r = (1 - p) / p, theory says 1 / (1 + r^-10): from 0.98 for p = 0.40 to 0.50 for p = 0.50.
 *
 * All points are in one checkpoint. Each has a stream of its own, so that their errors are independent, and a tag with
 * its parameter, so that no point is ever taken for another one. A scan that is killed and started again finds the
 * points that were complete, goes on in the middle of the one that was not, and prints the same lines in the end. The
 * exit status is 3 if a time limit (MCPAR_MAX_SECONDS, MCPAR_DEADLINE) stopped it.
 */
#include <inttypes.h>
#include <mcpar.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 11, START = 10, GOAL = 20, UNFINISHED = 3 };

static int ruin(mcpar_rng *rng, double *values, void *arg)
{
    double p = *(const double *)arg;
    int coins = START;

    while (coins > 0 && coins < GOAL)
        coins += mcpar_uniform(rng) < p ? 1 : -1;
    return coins == 0;
}

static double theory(double p)
{
    double r = (1 - p) / p, power = 1;

    for (int i = 0; i < START; i++)
        power *= r;
    return power / (1 + power);
}

/* A whole number from `least` to `most`; 0 for anything else. */
static uint64_t number(const char *text, uint64_t least, uint64_t most)
{
    size_t digits = strspn(text, "0123456789");
    uint64_t n = digits > 0 && digits <= 16 && text[digits] == '\0' ? strtoull(text, NULL, 10) : 0;
    return n >= least && n <= most ? n : 0;
}

/* Point k of the scan: finds what the file has of it, runs the rest and prints it. */
static int run_point(mcpar *mc, int k, uint64_t n)
{
    double p = (40 + k) / 100.0;
    char tag[32];
    mcpar_estimate e;

    snprintf(tag, sizeof tag, "ruin, p = %.2f", p);
    int err = mcpar_reset(mc, (uint32_t)k);
    if (!err) err = mcpar_set_tag(mc, tag);
    if (!err) err = mcpar_reduce(mc, NULL);      /* optional: reads now what mcpar_sample would read later */
    if (!err && mcpar_held(mc) > 0 && mcpar_rank(mc) == 0)
        fprintf(stderr, "scan: %s: found %" PRIu64 " trials\n", tag, mcpar_held(mc));
    if (!err) err = mcpar_sample(mc, n, ruin, &p);
    if (!err) err = mcpar_reduce(mc, &e);
    if (!err && mcpar_rank(mc) == 0) {
        printf("p = %.2f  %.5f, between %.5f and %.5f, theory %.5f\n", p, e.mean, e.lower, e.upper, theory(p));
        fflush(stdout);
    }
    return err;
}

int main(int argc, char **argv)
{
    uint64_t n = argc > 1 ? number(argv[1], 1, 1000000000000) : 1000000;
    mcpar_options options = MCPAR_OPTIONS_INIT;
    mcpar *mc;

    if (n == 0 || argc > 3) {
        fprintf(stderr, "usage: scan [trials [file]]    1000000 trials a point and scan.mcpar if not given\n");
        return 2;
    }
    options.checkpoint = argc > 2 ? argv[2] : "scan.mcpar";
    options.checkpoint_seconds = 1;              /* a minute if not set, which is better for long runs */
    options.tag = "ruin";                        /* a checkpoint needs one; each point sets its own */
    int err = mcpar_init(&mc, &options);
    for (int k = 0; k < POINTS && !err; k++)
        err = run_point(mc, k, n);
    if (err && mcpar_rank(mc) <= 0)
        fprintf(stderr, "scan: %s\n", mcpar_message(mc));
    if (mcpar_finalize(&mc)) {                   /* the last write of the file */
        fprintf(stderr, "scan: %s could not be written\n", options.checkpoint);
        err = MCPAR_ERR_FILE;
    }
    return err == MCPAR_STOPPED ? UNFINISHED : err != 0;
}
