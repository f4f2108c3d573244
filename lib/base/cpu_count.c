/* SPDX-License-Identifier: BSD-3-Clause */
/* cpu_count.c - counts CPUs from affinity and cgroup quotas (version 2, and version 1 as containers mount it) */
#include "base/cpu_count.h"
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH = 4096 };

/* On the heap, because the caller's stack may be small. */
struct words {
    char line[PATH], path[PATH];
};

static int affinity(void)
{
#ifdef __linux__
    for (int cpus = 1024; cpus <= 1 << 20; cpus *= 2) {
        cpu_set_t *set = CPU_ALLOC((size_t)cpus);
        size_t size = CPU_ALLOC_SIZE((size_t)cpus);
        int err, count = 0;

        if (!set)
            return 0;
        err = sched_getaffinity(0, size, set);
        if (!err)
            count = CPU_COUNT_S(size, set);
        CPU_FREE(set);
        if (!err)
            return count;                  /* an error means that the kernel has more CPUs than the set holds */
    }
#endif
    return 0;
}

static int read_line(const char *path, char *line, size_t room)
{
    FILE *file = fopen(path, "re");
    int got = file && fgets(line, (int)room, file) != NULL;

    if (file)
        (void)fclose(file);
    return got;
}

/* "quota period" in microseconds, rounded up to CPUs; 0: no limit. */
static int quota_cpus(const char *quota, const char *period)
{
    char *end;
    long long q = strtoll(quota, &end, 10), p;

    if (end == quota || q <= 0)
        return 0;                          /* "max", or -1 in version 1 */
    p = strtoll(period, &end, 10);
    if (end == period || p <= 0 || q / p >= 1 << 20)
        return 0;
    return (int)(q / p + (q % p != 0));
}

static int group_cpus(char path[PATH], const char *mount, const char *group, int version)
{
    char line[128], period[128];
    const char *space;

    if (version == 2) {
        if (snprintf(path, PATH, "%s%s/cpu.max", mount, group) >= PATH || !read_line(path, line, sizeof line))
            return 0;
        space = strchr(line, ' ');
        return space ? quota_cpus(line, space + 1) : 0;
    }
    if (snprintf(path, PATH, "%s/cpu%s/cpu.cfs_quota_us", mount, group) >= PATH ||
        !read_line(path, line, sizeof line))
        return 0;
    if (snprintf(path, PATH, "%s/cpu%s/cpu.cfs_period_us", mount, group) >= PATH ||
        !read_line(path, period, sizeof period))
        return 0;
    return quota_cpus(line, period);
}

/* The least limit of a group and all groups above it, because a quota applies to everything below it. */
static int least_above(char path[PATH], const char *mount, char *group, int version)
{
    int least = 0;

    for (;;) {
        int cpus = group_cpus(path, mount, group, version);
        char *slash = strrchr(group, '/');

        if (cpus && (!least || cpus < least))
            least = cpus;
        if (!*group || !slash)
            return least;
        *slash = 0;
    }
}

int mcpar__cgroup_cpus(const char *membership, const char *mount)
{
    struct words *words = malloc(sizeof *words);
    FILE *file;
    int least = 0;

    if (!words)
        return -1;
    file = fopen(membership, "re");
    while (file && fgets(words->line, sizeof words->line, file)) {  /* hierarchy:controllers:/group */
        char *controllers = strchr(words->line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
        int version, cpus;

        if (!group)
            continue;
        *group++ = 0;
        controllers++;
        group[strcspn(group, "\n")] = 0;
        version = *controllers ? 1 : 2;
        if (version == 1 && strcmp(controllers, "cpu") && strncmp(controllers, "cpu,", 4) &&
            !strstr(controllers, ",cpu,") && !(strlen(controllers) > 4 && !strcmp(controllers + strlen(controllers) - 4, ",cpu")))
            continue;
        if (!strcmp(group, "/"))
            *group = 0;
        cpus = least_above(words->path, mount, group, version);
        if (cpus && (!least || cpus < least))
            least = cpus;
    }
    if (file)
        (void)fclose(file);
    free(words);
    return least;
}

int mcpar__cpu_count(struct mcpar__cpu_count *cpus)
{
    int quota = mcpar__cgroup_cpus("/proc/self/cgroup", "/sys/fs/cgroup"), allowed = affinity();
    long online = sysconf(_SC_NPROCESSORS_ONLN);

    cpus->others = allowed == 1 && online > 1 && online < 1 << 20 ? (int)online - 1 : 0;
    cpus->count = allowed > 0 ? allowed : online > 0 && online < 1 << 20 ? (int)online : 1;
    if (quota > 0 && quota < cpus->count) {
        (void)snprintf(cpus->why, sizeof cpus->why, "%d: the cgroup's quota leaves %d of the %d CPUs of the affinity mask",
                       quota, quota, cpus->count);
        cpus->count = quota;
    } else {
        (void)snprintf(cpus->why, sizeof cpus->why, "%d: the CPUs of the affinity mask, of %ld online%s", cpus->count,
                       online, quota > 0 ? "; the cgroup's quota leaves more" : "; no cgroup quota");
    }
    return quota < 0 ? -1 : 0;
}
