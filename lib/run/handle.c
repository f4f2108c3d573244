/* handle.c - the door of every public call, and what can be asked of a handle without going in */
#include "run/handle.h"
#include <string.h>

int mcpar__own(const mcpar *mc)
{
    return mc && mcpar__fork_guard_here(&mc->guard);
}

int mcpar__begin(mcpar *mc)
{
    if (!mc)
        return MCPAR_ERR_ARGUMENT;
    if (!mcpar__own(mc))
        return MCPAR_ERR_FORKED;
    if (atomic_exchange(&mc->busy, 1))
        return MCPAR_ERR_BUSY;
    mc->report.code = 0;
    return mc->broken ? mcpar__end(mc, mc->broken) : 0;
}

int mcpar__end(mcpar *mc, int code)
{
    atomic_store(&mc->busy, 0);
    return code;
}

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
