/* SPDX-License-Identifier: BSD-3-Clause */
/* fork_guard.c - a page that forked children find empty */
#include "base/fork_guard.h"
#include <stdint.h>
#include <sys/mman.h>

/* Some CPU emulators ignore all advice but report success, even for the invalid advice -1. */
static bool advised(void *page, size_t size)
{
#ifdef MADV_WIPEONFORK
    return madvise(page, size, -1) != 0 && madvise(page, size, MADV_WIPEONFORK) == 0;
#else
    return (void)page, (void)size, false;
#endif
}

static size_t page_size(void)
{
    long size = sysconf(_SC_PAGESIZE);

    return size > 0 ? (size_t)size : 4096;
}

void mcpar__fork_guard_open(struct mcpar__fork_guard *guard)
{
    unsigned char *page = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    guard->process = getpid();
    guard->mark = NULL;
    if (page == MAP_FAILED)
        return;
    if (!advised(page, page_size())) {
        (void)munmap(page, page_size());
        return;
    }
    *page = 1;
    guard->mark = page;
}

void mcpar__fork_guard_close(struct mcpar__fork_guard *guard)
{
    if (guard->mark)
        (void)munmap((void *)(uintptr_t)guard->mark, page_size());
    guard->mark = NULL;
}
