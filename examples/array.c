/* SPDX-License-Identifier: BSD-3-Clause */
/* array.c - one run divided among the tasks of a job array, without MPI
 *
 *     ./array 0 4 1000000              part 0 of 4, at any time and on any machine; the same for parts 1, 2 and 3
 *     ./array merge 4 1000000          adds up what is there
 *
 * All parts have the same seed and stream. Part k runs trials n k / K to n (k + 1) / K - 1 and saves them in the file
 * array-K-k.mcpar. Merged in any order, they give the bits of a single run. A part that failed leaves a gap, which
 * the merge names; run that part again alone. Under Slurm, with #SBATCH --array=0-3:
 *
 *     ./array $SLURM_ARRAY_TASK_ID 4 1000000
 *
 * Each trial reports the distance of a point in a unit square from a corner. The mean is (sqrt(2) + asinh(1)) / 3, which
 * is 0.765196.
 */
#include <inttypes.h>
#include <math.h>
#include <mcpar.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PARTS = 100000, UNFINISHED = 3 };

static int distance(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_uniform(rng), y = mcpar_uniform(rng);
    values[0] = sqrt(x * x + y * y);
    return 0;
}

/* A whole number from `least` to `most`; UINT64_MAX for anything else. */
static uint64_t number(const char *text, uint64_t least, uint64_t most)
{
    size_t digits = strspn(text, "0123456789");
    uint64_t n = digits > 0 && digits <= 16 && text[digits] == '\0' ? strtoull(text, NULL, 10) : UINT64_MAX;
    return n >= least && n <= most ? n : UINT64_MAX;
}

static void name_file(char name[64], int part, int parts)
{
    snprintf(name, 64, "array-%d-%d.mcpar", parts, part);
}

static int open_handle(mcpar **mc, mcpar_options *options)
{
    options->tag = "distance from the corner of a square";
    int err = mcpar_init(mc, options);
    return err ? err : mcpar_observe(*mc, 1, (const char *const[]){ "distance" });
}

static int print_result(mcpar *mc)
{
    char fingerprint[MCPAR_FINGERPRINT_SIZE];
    mcpar_estimate e;
    int err = mcpar_mean(mc, 0, &e);
    if (!err) err = mcpar_fingerprint(mc, fingerprint);
    if (!err && mcpar_rank(mc) == 0)
        printf("%" PRIu64 " trials: mean %.8f +- %.8f\nfingerprint %s\n", e.trials, e.mean, e.std_error, fingerprint);
    return err;
}

/* ---- One part ---- */

static int run_part(mcpar **mc, int part, int parts, uint64_t n)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;
    char name[64];

    options.part = part;
    options.parts = parts;
    name_file(name, part, parts);
    int err = open_handle(mc, &options);
    if (!err) err = mcpar_sample(*mc, n, distance, NULL);      /* n is that of all parts together */
    if (!err) err = mcpar_reduce(*mc, NULL);
    if (!err) err = mcpar_save(*mc, name);
    return err ? err : print_result(*mc);
}

/* ---- All parts ---- */

/* The first trial of a part, as the library divides n trials: floor(n * part / parts), without overflow. */
static uint64_t first_of(uint64_t part, uint64_t parts, uint64_t n)
{
    return n / parts * part + n % parts * part / parts;
}

static void name_gap(uint64_t parts, uint64_t n, uint64_t first, uint64_t end)
{
    printf("missing: trials %" PRIu64 " to %" PRIu64 ", of part", first, end - 1);
    for (uint64_t k = 0; k < parts; k++)
        if (first_of(k, parts, n) < end && first_of(k + 1, parts, n) > first)
            printf(" %" PRIu64, k);
    printf("\n");
}

/* Goes through the ranges that are held, and prints what lies between them. Returns whether there are gaps. */
static int name_gaps(mcpar *mc, int parts, uint64_t n)
{
    uint64_t first, trials, end = 0;
    int gaps = 0;

    for (size_t i = 0; mcpar_range(mc, i, &first, &trials) == 0; i++) {
        if (first > end) {
            name_gap((uint64_t)parts, n, end, first);
            gaps = 1;
        }
        end = first + trials;
    }
    if (end < n) {
        name_gap((uint64_t)parts, n, end, n);
        gaps = 1;
    }
    return gaps;
}

static int merge_parts(mcpar **mc, int parts, uint64_t n, int *gaps)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;
    char name[64];
    int err = open_handle(mc, &options);

    for (int part = 0; part < parts && !err; part++) {
        name_file(name, part, parts);
        err = mcpar_merge(*mc, name);
        if (err == MCPAR_ERR_FILE) {             /* usually: it is not there */
            fprintf(stderr, "array: %s\n", mcpar_message(*mc));
            err = 0;
        }
    }
    if (!err) err = mcpar_reduce(*mc, NULL);
    if (!err) err = print_result(*mc);
    if (!err) *gaps = name_gaps(*mc, parts, n);
    return err;
}

int main(int argc, char **argv)
{
    int merge = argc > 1 && !strcmp(argv[1], "merge");
    uint64_t parts = argc > 2 ? number(argv[2], 1, MOST_PARTS) : UINT64_MAX;
    uint64_t part = argc > 1 && !merge && parts <= MOST_PARTS ? number(argv[1], 0, parts - 1) : 0;
    uint64_t n = argc > 3 ? number(argv[3], 2, 1000000000000000) : 10000000;
    mcpar *mc = NULL;
    int gaps = 0;

    if (argc < 3 || argc > 4 || parts == UINT64_MAX || part == UINT64_MAX || n == UINT64_MAX) {
        fprintf(stderr, "usage: array PART PARTS [trials], array merge PARTS [trials]    10000000 trials if not given\n");
        return 2;
    }
    int err = merge ? merge_parts(&mc, (int)parts, n, &gaps) : run_part(&mc, (int)part, (int)parts, n);
    if (err && mcpar_rank(mc) <= 0)
        fprintf(stderr, "array: %s\n", mcpar_message(mc));
    mcpar_finalize(&mc);
    return err ? 1 : gaps ? UNFINISHED : 0;
}
