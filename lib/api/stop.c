/* SPDX-License-Identifier: BSD-3-Clause */
/* stop.c - asking a handle to stop. Nothing but an atomic store: signal handlers call it, at any moment. */
#include "run/handle.h"

void mcpar_request_stop(mcpar *mc)
{
    if (mc)
        atomic_store(&mc->stop.requested, 1);
}

void mcpar_clear_stop(mcpar *mc)
{
    if (mc)
        atomic_store(&mc->stop.requested, 0);
}
