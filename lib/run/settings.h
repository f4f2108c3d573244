/* SPDX-License-Identifier: BSD-3-Clause */
/* settings.h - the options in force: what the program set, then the environment, then the defaults */
#ifndef MCPAR__SETTINGS_H
#define MCPAR__SETTINGS_H

#include "base/cpu_count.h"
#include "base/report.h"
#include "result/fingerprint.h"            /* limits of streams and tags */
#include <stdbool.h>

enum { MCPAR__MAX_WORKERS = 4096, MCPAR__MAX_SECONDS = 1000000, MCPAR__MAX_LIMIT = 1000000000, MCPAR__SLURM_MARGIN = 60,
       MCPAR__MAX_PARTS = 1000000, MCPAR__MAX_BLOCK = 65536 };

enum mcpar__option {                       /* in the order of mcpar__option_names */
    MCPAR__POOL, MCPAR__COMM, MCPAR__WORKERS, MCPAR__STREAM, MCPAR__SEED, MCPAR__CONFIDENCE, MCPAR__TAG, MCPAR__DEADLOCK,
    MCPAR__LIMIT, MCPAR__DEADLINE, MCPAR__PART, MCPAR__OF_PARTS, MCPAR__CHECKPOINT_FILE,
    MCPAR__CHECKPOINT_EVERY, MCPAR__STOP_WAIT, MCPAR__STUCK,
    MCPAR__BLOCK, MCPAR__PROGRESS_EVERY, MCPAR__CHECK, MCPAR__OPTIONS
};

struct mcpar__settings {
    mcpar_options in_force;
    mcpar_origin origin[MCPAR__OPTIONS];
    char *tag, *checkpoint;                /* what in_force.tag and in_force.checkpoint point to; NULL: "" */
    struct mcpar__cpu_count cpus;
};

extern const char *const mcpar__option_names[MCPAR__OPTIONS];

/* Fills in all settings. On failure (MCPAR_ERR_OPTION, MCPAR_ERR_ENVIRONMENT, MCPAR_ERR_MEMORY, with a message
 * that names the option or quotes the variable) the settings at fault take their defaults, and all are valid.
 * host_comm: the program gave its own communicator, so MCPAR_COMM is ignored. */
int mcpar__settings_open(struct mcpar__settings *settings, const mcpar_options *options, int host_comm,
                         struct mcpar__report *report);
/* Makes a copy of it the tag; NULL stands for "". 0, MCPAR_ERR_MEMORY, or `code` for one that is too long, and the tag
 * stays. */
int mcpar__settings_tag(struct mcpar__settings *settings, const char *tag, int code, struct mcpar__report *report);

void mcpar__settings_close(struct mcpar__settings *settings);

/* limit.c. A time of the options in ns, computed outside the host's floating-point environment; one above 0 does not
 * become 0. */
uint64_t mcpar__nanoseconds_of(const double *seconds);

/* limit.c. When max_seconds from now are over or the deadline is reached, in ns of the clock (clock.h); UINT64_MAX: there
 * is no limit. */
uint64_t mcpar__limit_ns(const mcpar_options *options);

#endif
