/* signal_save.h - the host's signal handlers, kept over a call that may replace them
 *
 * To load or start an MPI installs handlers: UCX takes HUP, ILL, BUS, FPE and SEGV as soon as it is loaded, Open MPI
 * ABRT, BUS, FPE and SEGV when it starts, MPICH USR1. They are the host's. */
#ifndef MCPAR__SIGKEEP_H
#define MCPAR__SIGKEEP_H

#include <signal.h>

enum { MCPAR__SIGNALS = 31 };              /* the ordinary ones; those above are the threads' own and real-time */

struct mcpar__sigkeep {
    struct sigaction action[MCPAR__SIGNALS + 1];
    int known[MCPAR__SIGNALS + 1];
};

static inline void mcpar__sigkeep(struct mcpar__sigkeep *kept)
{
    for (int s = 1; s <= MCPAR__SIGNALS; s++)
        kept->known[s] = !sigaction(s, NULL, &kept->action[s]);
}

static inline void mcpar__sigrestore(const struct mcpar__sigkeep *kept)
{
    struct sigaction now;

    for (int s = 1; s <= MCPAR__SIGNALS; s++)
        if (kept->known[s] && !sigaction(s, NULL, &now) && now.sa_handler != kept->action[s].sa_handler)
            (void)sigaction(s, &kept->action[s], NULL);
}

#endif
