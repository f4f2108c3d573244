/* query.c - a line for people on what a handle uses */
#include "random/philox/philox.h"
#include "run/handle.h"
#include <stdio.h>
#include <string.h>

enum { LINE = sizeof((struct mcpar *)0)->about[0] };

static void about_pool(mcpar *mc, char line[LINE])
{
    (void)snprintf(line, LINE, "%s", mc->pool ? mc->pool->name : "none");
}

static void about_comm(mcpar *mc, char line[LINE])
{
    (void)snprintf(line, LINE, "%s", mc->comm ? mc->comm->name : "none");
}

static void about_cpus(mcpar *mc, char line[LINE])
{
    (void)snprintf(line, LINE, "%s", mc->settings.cpus.why);
}

static void about_cpu_path(mcpar *mc, char line[LINE])
{
    (void)mc;
    (void)snprintf(line, LINE, "%s", mcpar__philox_path()->name);
}

static void about_mpi(mcpar *mc, char line[LINE])
{
    const struct mcpar_comm_table *table = NULL;

    (void)mc;
    if (mcpar__comm_load(&table, line, LINE) == 0)
        (void)table->library(line, LINE);
}

static const struct {
    const char *what;
    void (*tell)(mcpar *mc, char line[LINE]);
} subjects[MCPAR__SUBJECTS] = { { "pool", about_pool },
                                { "comm", about_comm },
                                { "cpus", about_cpus },
                                { "cpu_path", about_cpu_path },
                                { "mpi", about_mpi } };

const char *mcpar_about(mcpar *mc, const char *what)
{
    if (!mcpar__own(mc) || !what)
        return NULL;
    for (size_t i = 0; i < MCPAR__SUBJECTS; i++)
        if (!strcmp(subjects[i].what, what)) {
            subjects[i].tell(mc, mc->about[i]);
            return mc->about[i];
        }
    return NULL;
}
