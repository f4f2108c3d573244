/* SPDX-License-Identifier: BSD-3-Clause */
/* signal_save.h - saves and restores the host's signal handlers around a call that may replace them
 *
 * Loading or starting MPI installs handlers: UCX takes HUP, ILL, BUS, FPE and SEGV when it is loaded, Open MPI takes
 * ABRT, BUS, FPE and SEGV when it starts, and MPICH takes USR1. These signals belong to the host. */
#ifndef MCPAR__SIGNAL_SAVE_H
#define MCPAR__SIGNAL_SAVE_H

#include <signal.h>
#include <stddef.h>

enum { MCPAR__SIGNALS = 31 };              /* the ordinary ones; higher numbers are for threads and real time */

struct mcpar__signal_save {
    struct sigaction action[MCPAR__SIGNALS + 1];
    int known[MCPAR__SIGNALS + 1];
};

static inline void mcpar__signal_save(struct mcpar__signal_save *kept)
{
    for (int s = 1; s <= MCPAR__SIGNALS; s++)
        kept->known[s] = !sigaction(s, NULL, &kept->action[s]);
}

static inline void mcpar__signal_restore(const struct mcpar__signal_save *kept)
{
    struct sigaction now;

    for (int s = 1; s <= MCPAR__SIGNALS; s++)
        if (kept->known[s] && !sigaction(s, NULL, &now) && now.sa_handler != kept->action[s].sa_handler)
            (void)sigaction(s, &kept->action[s], NULL);
}

#endif
