/* SPDX-License-Identifier: BSD-3-Clause */
/* folder.h - a folder of its own for each test that writes files: it runs there, and the folder is removed after it */
#ifndef API_FOLDER_H
#define API_FOLDER_H

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/mcpar-test-XXXXXX";

static inline void folder_enter(void)
{
    cr_assert(mkdtemp(folder) != NULL && chdir(folder) == 0);
}

static inline int folder_discard(const char *path, const struct stat *about, int kind, struct FTW *at)
{
    (void)about, (void)kind, (void)at;
    return remove(path);
}

static inline void folder_leave(void)
{
    cr_assert(chdir("/") == 0 && nftw(folder, folder_discard, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

#endif
