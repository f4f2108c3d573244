/* SPDX-License-Identifier: BSD-3-Clause */
/* pi.h - the parts of the command mcpar pi: what it is to run (pi_options.c), the run (pi.c), its output (pi_print.c) */
#ifndef PI_H
#define PI_H

#include "tool.h"

#include <mcpar.h>

struct pi_words {                          /* the command line, understood */
    uint64_t trials;
    mcpar_options options;
    bool json;
};

/* Returns TOOL_DONE, or an exit status. *help is set if the help has been printed and nothing is to be run. */
int pi_read(int argc, char **argv, struct pi_words *words, bool *help);

struct pi_run {                            /* how one run was made, and its results */
    mcpar_estimate pi;
    double seconds;
    bool stopped;
    char why[200];                         /* it was stopped */
    const char *backend, *pool, *comm;
    mcpar_options options;
    char fingerprint[MCPAR_FINGERPRINT_SIZE];
};

void pi_print_text(const mcpar *mc, const struct pi_run *run);
void pi_print_json(const mcpar *mc, const struct pi_run *run);

#endif
