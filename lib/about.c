/* about.c - a line for people on what a handle uses */
#include "handle.h"
#include "philox.h"
#include <stdio.h>
#include <string.h>

static void about_pool(mcpar *mc)
{
    (void)snprintf(mc->about, sizeof mc->about, "%s", mc->pool ? mc->pool->name : "none");
}

static void about_comm(mcpar *mc)
{
    (void)snprintf(mc->about, sizeof mc->about, "%s", mc->comm ? mc->comm->name : "none");
}

static void about_cpus(mcpar *mc)
{
    (void)snprintf(mc->about, sizeof mc->about, "%s", mc->settings.cpus.why);
}

static void about_cpu_path(mcpar *mc)
{
    (void)snprintf(mc->about, sizeof mc->about, "%s", mcpar__philox_path()->name);
}

static void about_mpi(mcpar *mc)
{
    const struct mcpar_comm_table *table = NULL;
    char why[sizeof mc->about] = "";

    if (mcpar__comm_load(&table, why, sizeof why))
        (void)snprintf(mc->about, sizeof mc->about, "%.*s", (int)sizeof mc->about - 1, why);
    else
        (void)table->library(mc->about, sizeof mc->about);
}

static const struct {
    const char *what;
    void (*tell)(mcpar *mc);
} subjects[] = { { "pool", about_pool },
                 { "comm", about_comm },
                 { "cpus", about_cpus },
                 { "cpu_path", about_cpu_path },
                 { "mpi", about_mpi } };

const char *mcpar_about(mcpar *mc, const char *what)
{
    if (!mcpar__own(mc) || !what)
        return NULL;
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
        if (!strcmp(subjects[i].what, what)) {
            subjects[i].tell(mc);
            return mc->about;
        }
    return NULL;
}
