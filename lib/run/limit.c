/* SPDX-License-Identifier: BSD-3-Clause */
/* limit.c - times of the options in ns, and when the time of a handle is up (max_seconds and deadline) */
#include "base/bits.h"
#include "base/clock.h"
#include "base/fpenv.h"
#include "run/settings.h"
#include <time.h>

#define SECOND 1e9
#define LONGEST 1e9                        /* seconds; more is no limit */

__attribute__((noinline)) uint64_t mcpar__nanoseconds_of(const double *seconds)
{
    mcpar__fpenv host = mcpar__fpenv_enter();
    volatile double ns = *seconds * SECOND;
    uint64_t whole = (uint64_t)ns;

    if (whole == 0 && mcpar__bits_of(*seconds) != 0)
        whole = 1;
    mcpar__fpenv_leave(host);
    return whole;
}

static bool is_given(double option)
{
    return mcpar__bits_of(option) >> 63 == 0;              /* -1: not */
}

/* From `now` on, in ns; a time that is past is now. */
static uint64_t after(uint64_t now, double seconds)
{
    if (seconds <= 0)
        return now;
    return seconds > LONGEST ? UINT64_MAX : now + (uint64_t)(seconds * SECOND);
}

__attribute__((noinline)) uint64_t mcpar__limit_ns(const mcpar_options *options)
{
    uint64_t now = mcpar__nanoseconds(), least = UINT64_MAX, at;
    mcpar__fpenv host = mcpar__fpenv_enter();
    struct timespec real;

    if (is_given(options->max_seconds))
        least = after(now, options->max_seconds);
    if (is_given(options->deadline)) {
        (void)clock_gettime(CLOCK_REALTIME, &real);
        at = after(now, options->deadline - ((double)real.tv_sec + (double)real.tv_nsec / SECOND));
        least = at < least ? at : least;
    }
    mcpar__fpenv_leave(host);
    return least;
}
