/* SPDX-License-Identifier: BSD-3-Clause */
/* resume.c - a run that can be killed at any moment and started again
 *
 * The option checkpoint names a file in which the result is kept while it grows. The program makes the same calls each
 * time it is started. The library runs only the darts that the file does not have, so the last run prints what a single
 * undisturbed run would have printed, to the last bit: kill it as often as you like, start it on other workers, or
 * under mpirun.
 *
 * Ctrl-C, SIGTERM and SIGUSR1 stop the run cleanly, as does a time limit (MCPAR_MAX_SECONDS, MCPAR_DEADLINE). The exit
 * status is then 3: the result so far is valid, and the program should be started again (slurm/requeue.sh does).
 */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <mcpar.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UNFINISHED = 3 };

static mcpar *mc;

static void stop(int number_of_signal)
{
    (void)number_of_signal;
    mcpar_request_stop(mc);                      /* may be called from a signal handler */
}

static void on_signals(void (*handler)(int))
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
}

static int dart(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_uniform(rng), y = mcpar_uniform(rng);
    return x * x + y * y < 1.0;
}

/* A whole number from `least` to `most`; 0 for anything else. */
static uint64_t number(const char *text, uint64_t least, uint64_t most)
{
    size_t digits = strspn(text, "0123456789");
    uint64_t n = digits > 0 && digits <= 16 && text[digits] == '\0' ? strtoull(text, NULL, 10) : 0;
    return n >= least && n <= most ? n : 0;
}

int main(int argc, char **argv)
{
    uint64_t n = argc > 1 ? number(argv[1], 2, 1000000000000000) : 1000000000;
    mcpar_options options = MCPAR_OPTIONS_INIT;
    mcpar_estimate e = { 0 };
    char fingerprint[MCPAR_FINGERPRINT_SIZE];

    if (n == 0 || argc > 3) {
        fprintf(stderr, "usage: resume [darts [file]]    1000000000 darts and resume.mcpar if not given\n");
        return 2;
    }
    options.checkpoint = argc > 2 ? argv[2] : "resume.mcpar";
    options.checkpoint_seconds = 1;              /* a minute if not set, which is better for long runs */
    options.tag = "darts";                       /* names the problem: the library does not know the function */
    int err = mcpar_init(&mc, &options);
    if (!err) {
        on_signals(stop);
        err = mcpar_reduce(mc, NULL);            /* optional: reads now what mcpar_sample would read later */
    }
    if (!err && mcpar_rank(mc) == 0)
        fprintf(stderr, "resume: found %" PRIu64 " darts in %s\n", mcpar_held(mc), options.checkpoint);
    for (size_t i = 0; !err && mcpar_rank(mc) == 0 && mcpar_note(mc, i); i++)
        fprintf(stderr, "resume: %s\n", mcpar_note(mc, i));

    if (!err) err = mcpar_sample(mc, n, dart, NULL);
    int stopped = err == MCPAR_STOPPED;
    if (stopped) err = 0;                        /* the result so far is valid */
    if (!err) err = mcpar_reduce(mc, &e);
    if (!err) err = mcpar_fingerprint(mc, fingerprint);
    if (err && mcpar_rank(mc) <= 0) {
        fprintf(stderr, "resume: %s\n", mcpar_message(mc));
    } else if (mcpar_rank(mc) == 0) {
        if (stopped)
            fprintf(stderr, "resume: %" PRIu64 " of %" PRIu64 " darts: start it again to go on\n", e.trials, n);
        printf("%" PRIu64 " darts, %" PRIu64 " hits: pi = %.8f +- %.8f\n", e.trials, e.hits, 4 * e.mean,
               4 * e.std_error);
        printf("fingerprint %s\n", fingerprint);
    }
    on_signals(SIG_DFL);                         /* no stop may be requested once the handle is gone */
    if (mcpar_finalize(&mc)) {                   /* the last write of the file */
        fprintf(stderr, "resume: %s could not be written\n", options.checkpoint);
        err = MCPAR_ERR_FILE;
    }
    return err ? 1 : stopped ? UNFINISHED : 0;
}
