/* SPDX-License-Identifier: BSD-3-Clause */
/* stop.c - asking a handle to stop. Nothing but atomic loads and stores: signal handlers call it, at any moment. */
#include "run/handle.h"

void mcpar_request_stop(mcpar *mc)
{
    if (mc)
        mcpar__stop_request(&mc->stop);
}

void mcpar_clear_stop(mcpar *mc)
{
    if (mc)
        atomic_store(&mc->stop.requested, 0);
}
