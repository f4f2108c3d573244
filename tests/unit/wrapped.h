/* SPDX-License-Identifier: BSD-3-Clause */
/* wrapped.h - allocations that pass through a test, which is linked with -Wl,--wrap for those that it defines: the
 * library calls __wrap_malloc, and __real_malloc is the C library's */
#ifndef WRAPPED_H
#define WRAPPED_H

#include <stddef.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
char *__real_strdup(const char *s);
void *__real_aligned_alloc(size_t line, size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);
void *__wrap_aligned_alloc(size_t line, size_t n);
void __wrap_free(void *p);

#endif
