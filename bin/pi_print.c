/* SPDX-License-Identifier: BSD-3-Clause */
/* pi_print.c - prints the result of mcpar pi, for people or as JSON */
#include "interval.h"
#include "pi.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A part that has no trials, because there are fewer trials than parts, is a part too. */
static const char *status_of(const struct pi_run *run)
{
    if (run->stopped)
        return "stopped";
    if (run->unmet)
        return "unmet";
    if (run->options.parts > 1)
        return "part";
    return run->pi.status == MCPAR_STATUS_AHEAD ? "ahead" : "complete";
}

void pi_print_json(const mcpar *mc, const struct pi_words *words, const struct pi_run *run)
{
    const mcpar_goal *goal = &words->goal;

    json_begin();
    json_count("schema_version", 1);
    json_count("trials", run->pi.trials);
    json_count("hits", run->pi.hits);
    json_count("asked", mcpar_asked(mc));
    json_count("found", run->found);
    json_text("status", status_of(run));
    json_real("goal_rel", words->to_goal && goal->relative > 0 ? goal->relative : (double)NAN);
    json_real("goal_abs", words->to_goal && goal->half_width > 0 ? 4 * goal->half_width : (double)NAN);
    json_real("needed", run->needed);
    json_real("estimate", run->pi.mean);
    json_real("std_error", run->pi.std_error);
    json_interval(&run->pi);
    json_real("seconds", run->seconds);
    json_text("backend", run->backend);
    json_text("pool", run->pool);
    json_text("comm", run->comm);
    json_count("workers", (uint64_t)mcpar_workers(mc));
    json_count("ranks", (uint64_t)mcpar_size(mc));
    json_count("seed", run->options.seed);
    json_count("stream", run->options.stream);
    json_count("contract", (uint64_t)mcpar_contract());
    json_count("part", (uint64_t)run->options.part);
    json_count("parts", (uint64_t)run->options.parts);
    json_text("checkpoint", run->checkpoint);
    json_text("fingerprint", run->fingerprint);
    json_text("version", mcpar_version());
    json_end();
}

static void print_notes(const mcpar *mc, struct pi_run *run)
{
    const char *note;

    for (; (note = mcpar_note(mc, run->notes)); run->notes++)
        fprintf(stderr, "note: %s\n", note);
}

void pi_print_found(const mcpar *mc, struct pi_run *run)
{
    print_notes(mc, run);                  /* they may tell why nothing was found */
    if (run->found > 0)
        printf("found        %" PRIu64 " trials in %s\n", run->found, run->checkpoint);
    fflush(stdout);                        /* the run may take hours; errors are found at its end */
}

void pi_print_again(const struct pi_run *run, int ranks, const char *again)
{
    fputs(run->checkpoint ? "to go on     " : "to meet it   ", stdout);
    if (strcmp(run->comm, "mpi") == 0)
        printf("mpirun -n %d ", ranks);
    printf("%s\n", again);
}

static void print_more(double seconds)
{
    static const struct unit {
        const char *name;
        double seconds;
    } units[] = { { "d", 86400 }, { "h", 3600 }, { "min", 60 }, { "s", 1 } };
    const struct unit *u = units;

    while (seconds < 2 * u->seconds && u->seconds > 1)
        u++;
    printf(", about %.0f %s more", ceil(seconds / u->seconds), u->name);
}

static void print_goal(const mcpar *mc, const struct pi_words *words, const struct pi_run *run)
{
    const mcpar_goal *goal = &words->goal;
    const bool relative = goal->relative > 0;
    const double wanted = relative ? goal->relative : 4 * goal->half_width;
    const double half_width = (run->pi.upper - run->pi.lower) / 2 / (relative ? run->pi.mean : 1);
    char digits[TOOL_DIGITS];

    printf("goal         %s=%s, ", relative ? "rel" : "abs", tool_digits(wanted, digits));
    if (!run->stopped && !run->unmet)
        printf("met after %" PRIu64 " trials\n", mcpar_asked(mc));
    else if (run->pi.hits == 0)
        printf("not met\n");
    else if (half_width <= wanted)         /* it is judged at some numbers of trials only */
        printf("not met when it was last judged; the half width is %.3g%s now\n", half_width, relative ? " of pi" : "");
    else
        printf("not met: the half width is %.3g%s\n", half_width, relative ? " of pi" : "");
    if (run->needed > (double)run->pi.trials) {
        printf("needed       about %.2g trials in all", run->needed);
        if (run->more_seconds >= 0)
            print_more(run->more_seconds);
        putchar('\n');
    }
}

void pi_print_text(const mcpar *mc, const struct pi_words *words, struct pi_run *run)
{
    int workers = mcpar_workers(mc), ranks = mcpar_size(mc);
    char confidence[TOOL_DIGITS];

    if (run->pi.trials == 0)
        printf("pi           no trials, no estimate\n");
    else if (run->pi.trials == 1)
        printf("pi           %.8f, no standard error from one trial\n", run->pi.mean);
    else
        printf("pi           %.8f +- %.8f\n", run->pi.mean, run->pi.std_error);
    printf("interval     %.8f to %.8f, confidence %s\n", run->pi.lower, run->pi.upper,
           tool_digits(run->pi.confidence, confidence));
    if (!interval_is_usual(&run->pi))
        printf("             %s\n", interval_words(&run->pi));
    printf("trials       %" PRIu64 ", hits %" PRIu64 "\n", run->pi.trials, run->pi.hits);
    if (run->stopped)
        printf("stopped      %s\n", run->why);
    if (words->to_goal)
        print_goal(mc, words, run);
    if (strcmp(status_of(run), "ahead") == 0)
        printf("ahead        %" PRIu64 " trials were %s, and the checkpoint has others\n", mcpar_asked(mc),
               words->to_goal ? "needed" : "asked for");
    if (run->options.parts > 1)
        printf("part         %d/%d of %" PRIu64 " trials\n", run->options.part, run->options.parts, mcpar_asked(mc));
    printf("time         %.3f s, %.4g million darts per second\n", run->seconds,
           run->seconds > 0 ? (double)(run->pi.trials - run->found) / run->seconds * 1e-6 : 0);
    printf("ran on       %s: %s pool, %d worker%s; %d rank%s\n", run->backend, run->pool, workers,
           workers == 1 ? "" : "s", ranks, ranks == 1 ? "" : "s");
    printf("seed         %" PRIu64 ", stream %" PRIu32 "\n", run->options.seed, run->options.stream);
    printf("fingerprint  %s\n", run->fingerprint);
    if (run->checkpoint)
        printf("checkpoint   %s\n", run->checkpoint);
    print_notes(mc, run);
    if (strcmp(run->comm, "mpi") == 0 && ranks == 1)
        fprintf(stderr, "note: there is only one rank; to start four, run mpirun -n 4 mcpar pi\n");
}
