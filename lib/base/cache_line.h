/* SPDX-License-Identifier: BSD-3-Clause */
/* cache_line.h - memory in whole cache lines, so that no vector in it crosses from one line to the next */
#ifndef MCPAR__CACHE_LINE_H
#define MCPAR__CACHE_LINE_H

#include <stdint.h>
#include <stdlib.h>

enum { MCPAR__LINE = 64 };                 /* bytes, on most CPUs */

/* Like malloc, for n > 0 elements, rounded up to whole lines. Release with free. */
static inline void *mcpar__cache_lines(size_t n, size_t size)
{
    if (n > (SIZE_MAX - MCPAR__LINE) / size)
        return NULL;
    return aligned_alloc(MCPAR__LINE, (n * size + MCPAR__LINE - 1) / MCPAR__LINE * MCPAR__LINE);
}

#endif
