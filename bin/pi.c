/* SPDX-License-Identifier: BSD-3-Clause */
/* pi.c - the command mcpar pi: the reference workload, darts at the unit square */
#include "pi.h"

#include <inttypes.h>
#include <math.h>
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

/* A message is the text of its code and the detail: how far the run got, and why it was stopped. Of the reason, what is
 * in parentheses has no room on the line; a goal without --trials has no number of trials to compare with. */
static void note_stop(const mcpar *mc, const struct pi_words *words, struct pi_run *run)
{
    const char *reason = strrchr(mcpar_message(mc), ';');
    int n = reason ? (int)strcspn(reason, "(") : 0;

    run->stopped = true;
    n -= n > 0 && reason[n] && reason[n - 1] == ' ';
    (void)snprintf(run->why, sizeof run->why, "%" PRIu64, mcpar_held(mc));
    if (!words->to_goal || words->limited)
        (void)snprintf(run->why + strlen(run->why), sizeof run->why - strlen(run->why), " of %s%" PRIu64,
                       words->to_goal ? "at most " : "", mcpar_asked(mc));
    (void)snprintf(run->why + strlen(run->why), sizeof run->why - strlen(run->why), " trials are held%.*s", n,
                   reason ? reason : "");
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
    err = words->to_goal ? mcpar_run_block(mc, darts, NULL, &words->goal)
                         : mcpar_sample_block(mc, words->trials, darts, NULL);
    if (err == MCPAR_STOPPED) note_stop(mc, words, run);
    run->unmet = err == MCPAR_UNMET;
    if (MCPAR_HAS_RESULT(err)) err = mcpar_reduce(mc, &run->pi);
    run->seconds = now() - start;
    run->needed = run->more_seconds = (double)NAN;
    if (!err && words->to_goal && (run->stopped || run->unmet))
        err = mcpar_forecast(mc, &words->goal, &run->needed, &run->more_seconds);
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
static int print(const mcpar *mc, int err, const struct pi_words *words, struct pi_run *run)
{
    int status = err ? TOOL_FAILED : run->stopped || run->unmet ? TOOL_UNFINISHED : TOOL_DONE;

    if (mcpar_rank(mc) > 0)
        return status;
    if (err) {
        fprintf(stderr, "mcpar pi: %s\n", mc ? mcpar_message(mc) : mcpar_strerror(err));
        return status;
    }
    if (words->json)
        pi_print_json(mc, words, run);
    else
        pi_print_text(mc, words, run);
    return tool_flush() ? TOOL_FAILED : status;
}

/* As --trials, for a goal that was not met within it: with a margin, because the forecast is an estimate. */
static double enough(const struct pi_run *run)
{
    const double least = 2 * (double)run->pi.trials, trials = 1.25 * run->needed;

    return trials > least ? trials : least;
}

/* The end of the handle writes the checkpoint, and only then can another run go on with it. */
static int finish(mcpar **mc, int status, const struct pi_words *words, const struct pi_run *run)
{
    int rank = mcpar_rank(*mc), ranks = mcpar_size(*mc);
    int err = mcpar_finalize(mc);

    if (rank > 0 || (status != TOOL_DONE && status != TOOL_UNFINISHED))
        return status;
    if (err && run->checkpoint) {
        fprintf(stderr, "mcpar pi: the checkpoint %s is not up to date: %s\n", run->checkpoint, mcpar_strerror(err));
        return TOOL_FAILED;
    }
    if (status == TOOL_UNFINISHED && !words->json && (run->checkpoint || run->unmet)) {
        char *again = pi_again(words, run->unmet ? enough(run) : 0);

        if (again)
            pi_print_again(run, ranks, again);
        free(again);
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
        status = print(mc, err, &words, &run);
        running = NULL;
        status = finish(&mc, status, &words, &run);
    }
    return status;
}
