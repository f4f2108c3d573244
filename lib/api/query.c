/* SPDX-License-Identifier: BSD-3-Clause */
/* query.c - read-only questions to a handle: messages, notes, numbers, options, and lines to print */
#include "random/philox/philox.h"
#include "run/handle.h"
#include <stdio.h>
#include <string.h>

enum { LINE = sizeof((struct mcpar *)0)->about[0] };

const char *mcpar_message(const mcpar *mc)
{
    if (!mc)
        return "no handle (is memory short?)";
    return mcpar__own(mc) ? mc->report.text : mcpar_strerror(MCPAR_ERR_FORKED);
}

const char *mcpar_note(const mcpar *mc, size_t index)
{
    return mcpar__own(mc) && index < mc->report.notes ? mc->report.note[index] : NULL;
}

int mcpar_rank(const mcpar *mc)
{
    return mcpar__own(mc) ? mc->rank : -1;
}

int mcpar_size(const mcpar *mc)
{
    return mcpar__own(mc) ? mc->size : 0;
}

int mcpar_workers(const mcpar *mc)
{
    return mcpar__own(mc) ? mc->workers : 0;
}

uint64_t mcpar_asked(const mcpar *mc)
{
    return mcpar__own(mc) ? mc->asked : 0;
}

uint64_t mcpar_held(const mcpar *mc)
{
    return mcpar__own(mc) ? mcpar__ledger_trials(&mc->held) : 0;
}

const char *mcpar_observable(const mcpar *mc, size_t index)
{
    return mcpar__own(mc) && index < mc->schema.observables ? mc->schema.name[index] : NULL;
}

int mcpar_options_in_force(const mcpar *mc, mcpar_options *in_force)
{
    if (!mc || !in_force || in_force->size < sizeof in_force->size || in_force->size > sizeof *in_force)
        return MCPAR_ERR_ARGUMENT;
    if (!mcpar__own(mc))
        return MCPAR_ERR_FORKED;
    {
        size_t size = in_force->size;

        memcpy(in_force, &mc->settings.in_force, size);
        in_force->size = size;
    }
    return MCPAR_OK;
}

mcpar_origin mcpar_option_origin(const mcpar *mc, const char *option)
{
    if (!mcpar__own(mc) || !option)
        return MCPAR_ORIGIN_UNKNOWN;
    for (int i = 0; i < MCPAR__OPTIONS; i++)
        if (!strcmp(option, mcpar__option_names[i]))
            return mc->settings.origin[i];
    return MCPAR_ORIGIN_UNKNOWN;
}

int mcpar_failed(const mcpar *mc, uint64_t *seed, uint32_t *stream, uint64_t *trial)
{
    if (!mc)
        return MCPAR_ERR_ARGUMENT;
    if (!mcpar__own(mc))
        return MCPAR_ERR_FORKED;
    if (!mc->failed.code)
        return MCPAR_ERR_STATE;
    if (seed)
        *seed = mc->failed.seed;
    if (stream)
        *stream = mc->failed.stream;
    if (trial)
        *trial = mc->failed.trial;
    return MCPAR_OK;
}

/* ---- Lines to print ---- */

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
    static const char none[] = "none: ";
    enum { SKIP = sizeof none - 1 };
    const struct mcpar_comm_table *table = NULL;

    (void)mc;
    if (mcpar__comm_load(&table, line + SKIP, LINE - SKIP) == 0)
        (void)table->library(line, LINE);
    else
        memcpy(line, none, SKIP);
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
