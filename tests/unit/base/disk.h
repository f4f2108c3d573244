/* SPDX-License-Identifier: BSD-3-Clause */
/* disk.h of the tests - a folder of each test's own, small files in it, and what is in them */
#ifndef TESTS_DISK_H
#define TESTS_DISK_H

#include "base/disk.h"
#include "unit.h"
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>

static char disk_folder[64];

static inline void disk_enter(void)
{
    (void)snprintf(disk_folder, sizeof disk_folder, "%s/mcpar-disk.XXXXXX", P_tmpdir);
    if (!mkdtemp(disk_folder) || chdir(disk_folder) < 0)
        abort();
}

static inline void disk_leave(void)
{
    char command[128];

    if (chdir("/") < 0)
        abort();
    (void)snprintf(command, sizeof command, "rm -rf %s", disk_folder);
    if (system(command) != 0)
        abort();
}

static inline void disk_put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0, "%s", path);
}

/* The content, "" for an empty file, "(none)" if there is no file. */
static inline const char *disk_get(const char *path)
{
    static char text[4][1 << 16];
    static unsigned int turn;
    char *now = text[turn++ % 4];
    FILE *file = fopen(path, "r");
    size_t n;

    if (!file)
        return "(none)";
    n = fread(now, 1, sizeof text[0] - 1, file);
    now[n] = 0;
    (void)fclose(file);
    return now;
}

static inline int disk_there(const char *path)
{
    struct stat about;

    return lstat(path, &about) == 0;
}

static inline int disk_replace(const char *path, const char *text, const char **step)
{
    return mcpar__disk_replace(path, (const uint8_t *)text, strlen(text), step);
}

#endif
