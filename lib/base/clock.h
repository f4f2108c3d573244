/* SPDX-License-Identifier: BSD-3-Clause */
/* clock.h - the clock for measurements and limits */
#ifndef MCPAR__CLOCK_H
#define MCPAR__CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds on a clock that never goes backwards. */
static inline uint64_t mcpar__nanoseconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#endif
