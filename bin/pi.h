/* SPDX-License-Identifier: BSD-3-Clause */
/* pi.h - the parts of the command mcpar pi: its options (pi_options.c), the run (pi.c) and the output (pi_print.c) */
#ifndef PI_H
#define PI_H

#include "tool.h"

#include <mcpar.h>

#include <stddef.h>

struct pi_words {                          /* what the command line asks for */
    uint64_t trials;
    mcpar_options options;
    bool json;
    char *again;                           /* the command that goes on with a stopped run; NULL: no memory for it */
};

/* Reads the command line. Returns TOOL_DONE, or an exit status. Sets *help if it has printed the help, and there is
 * nothing to run. */
int pi_read(int argc, char **argv, struct pi_words *words, bool *help);

struct pi_run {                            /* one run and its results */
    mcpar_estimate pi;
    double seconds;
    uint64_t found;                        /* trials that the checkpoint had at the start */
    const char *checkpoint;                /* the name of its file; NULL: none */
    char file[4200];
    bool stopped;
    char why[200];                         /* how far a stopped run got, and why it was stopped */
    const char *backend, *pool, *comm;
    mcpar_options options;
    size_t notes;                          /* that have been printed */
    char fingerprint[MCPAR_FINGERPRINT_SIZE];
};

/* For people, at the start of a run that goes on, and at the end of one that was stopped, with what to type. */
void pi_print_found(const mcpar *mc, struct pi_run *run);
void pi_print_again(const struct pi_run *run, int ranks, const char *again);

void pi_print_text(const mcpar *mc, struct pi_run *run);
void pi_print_json(const mcpar *mc, const struct pi_run *run);

#endif
