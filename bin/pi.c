/* SPDX-License-Identifier: BSD-3-Clause */
/* pi.c - the command mcpar pi: the reference workload, darts at the unit square */
#include "pi.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int darts(mcpar_block *block, void *arg)
{
    (void)arg;
    block->hits = mcpar_darts(block);
    return 0;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* mcpar_about's line begins with the name of the pool or communicator that "auto" has chosen. */
static bool in_use(mcpar *mc, const char *what, const char *word)
{
    const char *line = mcpar_about(mc, what);
    return line && strncmp(line, word, strlen(word)) == 0;
}

/* ---- Stops ---- */

static mcpar *volatile running;
static volatile time_t stopped_at;         /* when the first signal came, in seconds of the clock; 0: not yet */

/* The first signal stops the run. A terminal, a launcher and timeout(1) may each send it, so a second signal ends the
 * process only if it comes some seconds later. */
static void on_stop(int number)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    if (!stopped_at) {
        stopped_at = t.tv_sec ? t.tv_sec : 1;
        mcpar_request_stop(running);
    } else if (t.tv_sec > stopped_at + 1) {
        signal(number, SIG_DFL);
        raise(number);
    }
}

/* Signals that are ignored, as under nohup, stay ignored. */
static void catch_stops(mcpar *mc)
{
    static const int stops[] = { SIGINT, SIGTERM, SIGUSR1 };
    struct sigaction action = { .sa_handler = on_stop, .sa_flags = SA_RESTART }, before;

    running = mc;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
        if (sigaction(stops[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(stops[i], &action, NULL);
}

/* ---- The run ---- */

/* A message is the text of its code and the detail: how far the run got, and why it was stopped. */
static void note_stop(const mcpar *mc, struct pi_run *run)
{
    const char *message = mcpar_message(mc), *text = mcpar_strerror(MCPAR_STOPPED);
    size_t n = strlen(text);

    run->stopped = true;
    if (strncmp(message, text, n) == 0 && strncmp(message + n, ": ", 2) == 0)
        message += n + 2;
    snprintf(run->why, sizeof run->why, "%s", message);
}

/* The first call that needs the result reads the checkpoint. A reduce does nothing else yet. */
static int read_checkpoint(mcpar *mc, bool json, struct pi_run *run)
{
    int err = mcpar_options_in_force(mc, &run->options);
    const char *name = run->options.checkpoint;

    if (err || !*name)
        return err;
    /* The library has not said which file it is. It appends the part to a name without %k; other patterns stay. */
    bool append = run->options.parts > 1 && !strstr(name, "%k");
    (void)snprintf(run->file, sizeof run->file, append ? "%s.%d-%d" : "%s", name, run->options.part,
                   run->options.parts);
    run->checkpoint = run->file;
    signal(SIGPIPE, SIG_IGN);              /* if nobody reads the output, the checkpoint is written all the same */
    err = mcpar_reduce(mc, NULL);
    run->found = mcpar_held(mc);
    if (!err && !json && mcpar_rank(mc) == 0)
        pi_print_found(mc, run);
    return err;
}

static int run_darts(mcpar *mc, const struct pi_words *words, struct pi_run *run)
{
    int err = read_checkpoint(mc, words->json, run);
    if (err)
        return err;
    double start = now();
    err = mcpar_sample_block(mc, words->trials, darts, NULL);
    if (err == MCPAR_STOPPED) note_stop(mc, run);
    if (MCPAR_HAS_RESULT(err)) err = mcpar_reduce(mc, &run->pi);
    run->seconds = now() - start;
    if (!err) err = mcpar_fingerprint(mc, run->fingerprint);
    if (!err) err = mcpar_options_in_force(mc, &run->options);
    if (err)
        return err;

    /* The fraction of hits estimates pi / 4; multiplying by 4 is exact. */
    run->pi.mean *= 4, run->pi.std_error *= 4, run->pi.lower *= 4, run->pi.upper *= 4;
    run->pool = in_use(mc, "pool", "fork") ? "fork" : in_use(mc, "pool", "threads") ? "threads" : "serial";
    run->comm = in_use(mc, "comm", "mpi") ? "mpi" : "self";
    run->backend = strcmp(run->comm, "mpi") == 0 ? "mpi" : run->pool;
    return 0;
}

/* All ranks know the result or the failure, so only rank 0 prints. A process without a rank prints too. */
static int print(const mcpar *mc, int err, struct pi_run *run, bool json)
{
    int status = err ? TOOL_FAILED : run->stopped ? TOOL_UNFINISHED : TOOL_DONE;

    if (mcpar_rank(mc) > 0)
        return status;
    if (err) {
        fprintf(stderr, "mcpar pi: %s\n", mc ? mcpar_message(mc) : mcpar_strerror(err));
        return status;
    }
    if (json)
        pi_print_json(mc, run);
    else
        pi_print_text(mc, run);
    return tool_flush() ? TOOL_FAILED : status;
}

/* The end of the handle writes the checkpoint, and only then can another run go on with it. */
static int finish(mcpar **mc, int status, const struct pi_words *words, const struct pi_run *run)
{
    int rank = mcpar_rank(*mc), ranks = mcpar_size(*mc);
    int err = mcpar_finalize(mc);

    if (rank > 0 || !run->checkpoint || (status != TOOL_DONE && status != TOOL_UNFINISHED))
        return status;
    if (err) {
        fprintf(stderr, "mcpar pi: the checkpoint %s is not up to date: %s\n", run->checkpoint, mcpar_strerror(err));
        return TOOL_FAILED;
    }
    if (status == TOOL_UNFINISHED && !words->json && words->again) {
        pi_print_again(run, ranks, words->again);
        return tool_flush() ? TOOL_FAILED : status;
    }
    return status;
}

int tool_pi(int argc, char **argv)
{
    struct pi_words words = { .trials = 0 };
    struct pi_run run = { .options = MCPAR_OPTIONS_INIT };
    bool help = false;
    mcpar *mc;
    int status = pi_read(argc, argv, &words, &help);

    if (!status && !help) {
        int err = mcpar_init(&mc, &words.options);
        if (!err) {
            catch_stops(mc);
            err = run_darts(mc, &words, &run);
        }
        status = print(mc, err, &run, words.json);
        running = NULL;
        status = finish(&mc, status, &words, &run);
    }
    free(words.again);
    return status;
}
