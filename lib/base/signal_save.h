/* SPDX-License-Identifier: BSD-3-Clause */
/* signal_save.h - the host's signal handlers, kept over a call that may replace them
 *
 * To load or start an MPI installs handlers: UCX takes HUP, ILL, BUS, FPE and SEGV as soon as it is loaded, Open MPI
 * ABRT, BUS, FPE and SEGV when it starts, MPICH USR1. They are the host's. */
#ifndef MCPAR__SIGNAL_SAVE_H
#define MCPAR__SIGNAL_SAVE_H

#include <signal.h>
#include <stddef.h>

enum { MCPAR__SIGNALS = 31 };              /* the ordinary ones; those above are the threads' own and real-time */

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
