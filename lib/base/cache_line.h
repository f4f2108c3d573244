/* SPDX-License-Identifier: BSD-3-Clause */
/* cache_line.h - memory in whole lines of the cache, so that no vector in it crosses from one to the next */
#ifndef MCPAR__CACHE_LINE_H
#define MCPAR__CACHE_LINE_H

#include <stdint.h>
#include <stdlib.h>

enum { MCPAR__LINE = 64 };                 /* bytes, on most CPUs of today */

/* n elements rounded up to whole lines, n > 0: as malloc, to be given to free. */
static inline void *mcpar__cache_lines(size_t n, size_t size)
{
    if (n > (SIZE_MAX - MCPAR__LINE) / size)
        return NULL;
    return aligned_alloc(MCPAR__LINE, (n * size + MCPAR__LINE - 1) / MCPAR__LINE * MCPAR__LINE);
}

#endif
