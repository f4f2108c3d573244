/* SPDX-License-Identifier: BSD-3-Clause */
/* pi.h - the parts of the command mcpar pi: its options (pi_options.c), the run (pi.c) and the output (pi_print.c) */
#ifndef PI_H
#define PI_H

#include "tool.h"

#include <mcpar.h>

#include <stddef.h>

struct pi_words {                          /* what the command line asks for */
    uint64_t trials;                       /* with a goal, the most */
    bool to_goal;
    mcpar_goal goal;                       /* for the hits: pi is 4 times their mean */
    mcpar_options options;
    bool json;
    bool limited;                          /* --trials was given */
    int argc;                              /* the command line, without the name of the tool */
    char **argv;
};

/* Reads the command line. Returns TOOL_DONE, or an exit status. Sets *help if it has printed the help, and there is
 * nothing to run. */
int pi_read(int argc, char **argv, struct pi_words *words, bool *help);

/* The command that goes on with an unfinished run: the same, but for a deadline that is a point in time, because a
 * later run needs another one. If trials is above 0, it takes the place of --trials; if it is too large for that, there
 * is no --trials. NULL: no memory for it. The caller frees it. */
char *pi_again(const struct pi_words *words, double trials);

struct pi_run {                            /* one run and its results */
    mcpar_estimate pi;
    double seconds;
    uint64_t found;                        /* trials that the checkpoint had at the start */
    const char *checkpoint;                /* the name of its file; NULL: none */
    char file[4200];
    bool stopped;
    char why[200];                         /* how far a stopped run got, and why it was stopped */
    bool unmet;                            /* all trials were run, and the goal was not met */
    double needed, more_seconds;           /* about how many trials a goal not met needs in all, and how many seconds
                                              more; NaN: not known */
    const char *backend, *pool, *comm;
    mcpar_options options;
    size_t notes;                          /* that have been printed */
    char fingerprint[MCPAR_FINGERPRINT_SIZE];
};

/* For people, at the start of a run that goes on, and at the end of one that is unfinished, with what to type. */
void pi_print_found(const mcpar *mc, struct pi_run *run);
void pi_print_again(const struct pi_run *run, int ranks, const char *again);

void pi_print_text(const mcpar *mc, const struct pi_words *words, struct pi_run *run);
void pi_print_json(const mcpar *mc, const struct pi_words *words, const struct pi_run *run);

#endif
