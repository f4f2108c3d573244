/* SPDX-License-Identifier: BSD-3-Clause */
/* How many CPUs: the files of cgroups version 1 and 2 in a folder of the test's, and the affinity mask. */
#include "unit.h"
#include "base/cpu_count.h"
#include <errno.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[256], membership[300];

static void make_folder(void)
{
    const char *tmp = getenv("TMPDIR");

    (void)snprintf(folder, sizeof folder, "%s/mcpar-cpus.XXXXXX", tmp && *tmp ? tmp : "/tmp");
    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(membership, sizeof membership, "%s/self", folder);
}

static void remove_folder(void)
{
    char command[400];

    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    cr_assert_eq(system(command), 0);
}

static void put(const char *path, const char *text)
{
    char whole[600];
    FILE *file;

    (void)snprintf(whole, sizeof whole, "%s%s", folder, path);
    for (char *slash = whole + strlen(folder) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = 0;
        cr_assert(mkdir(whole, 0700) == 0 || errno == EEXIST);
        *slash = '/';
    }
    file = fopen(whole, "w");
    cr_assert_not_null(file, "%s", whole);
    (void)fputs(text, file);
    (void)fclose(file);
}

static int cpus(void)
{
    return mcpar__cgroup_cpus(membership, folder);
}

TestSuite(cpus, .init = make_folder, .fini = remove_folder);

Test(cpus, no_membership_file_or_an_empty_one_is_no_limit)
{
    cr_assert_eq(cpus(), 0);
    put("/self", "");
    cr_assert_eq(cpus(), 0);
}

Test(cpus, version_2)
{
    static const struct { const char *max; int cpus; } cases[] = {
        { "max 100000\n", 0 }, { "100000 100000\n", 1 }, { "150000 100000\n", 2 }, { "200000 100000\n", 2 },
        { "200001 100000\n", 3 }, { "1000 100000\n", 1 }, { "1 100000\n", 1 }, { "50000 50000\n", 1 }, { "6400000 100000", 64 },
        { "", 0 }, { "\n", 0 }, { "max\n", 0 }, { "100000\n", 0 }, { "100000 \n", 0 }, { "100000 0\n", 0 },
        { "0 100000\n", 0 }, { "-1 100000\n", 0 }, { "100000 -5\n", 0 }, { "junk junk\n", 0 }, { "100000 junk\n", 0 },
        { " 100000 100000\n", 1 }, { "9223372036854775807 100000\n", 0 }, { "99999999999999999999999 100000\n", 0 },
        { "9223372036854775807 9223372036854775807\n", 1 }, { "2 9223372036854775807\n", 1 },
        { "9223372036854775807 9223372036854775806\n", 2 }
    };

    put("/self", "0::/job\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put("/job/cpu.max", cases[i].max);
        if (strcmp(cases[i].max, " 100000 100000\n") == 0)
            cr_assert(cpus() >= 0);        /* the kernel writes no such thing: no crash is enough */
        else
            cr_assert_eq(cpus(), cases[i].cpus, "cpu.max is \"%s\": %d", cases[i].max, cpus());
    }
}

Test(cpus, the_least_quota_on_the_way_to_the_root_binds)
{
    put("/self", "0::/a/b/c\n");
    cr_assert_eq(cpus(), 0);
    put("/a/b/c/cpu.max", "max 100000\n");
    cr_assert_eq(cpus(), 0);
    put("/a/b/cpu.max", "400000 100000\n");
    cr_assert_eq(cpus(), 4);
    put("/a/cpu.max", "800000 100000\n");
    cr_assert_eq(cpus(), 4);
    put("/a/b/c/cpu.max", "600000 100000\n");
    cr_assert_eq(cpus(), 4);
    put("/a/cpu.max", "300000 100000\n");
    cr_assert_eq(cpus(), 3);
    put("/a/b/c/cpu.max", "200000 100000\n");
    cr_assert_eq(cpus(), 2);
    put("/cpu.max", "100000 100000\n");    /* as a container's namespace shows its own */
    cr_assert_eq(cpus(), 1);
}

Test(cpus, in_the_root_group)
{
    put("/self", "0::/\n");
    cr_assert_eq(cpus(), 0);
    put("/cpu.max", "500000 100000\n");
    cr_assert_eq(cpus(), 5);
    put("/self", "0::/");
    cr_assert_eq(cpus(), 5);
}

Test(cpus, version_1)
{
    static const char *const lines[] = { "4:cpu,cpuacct:/job\n", "4:cpu:/job\n", "4:cpuacct,cpu:/job\n",
                                         "4:foo,cpu,bar:/job\n" };
    static const char *const others[] = { "4:cpuacct:/job\n", "4:cpuset:/job\n", "1:name=systemd:/job\n", "4:cp:/job\n",
                                          "4:xcpu:/job\n", "4:cpus,cpuset:/job\n" };

    put("/cpu/job/cpu.cfs_quota_us", "250000\n");
    put("/cpu/job/cpu.cfs_period_us", "100000\n");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        put("/self", lines[i]);
        cr_assert_eq(cpus(), 3, "%s", lines[i]);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        put("/self", others[i]);
        cr_assert_eq(cpus(), 0, "%s", others[i]);
    }
    put("/self", lines[0]);
    put("/cpu/job/cpu.cfs_quota_us", "-1\n");
    cr_assert_eq(cpus(), 0);
    put("/cpu/cpu.cfs_quota_us", "100000\n");
    cr_assert_eq(cpus(), 0, "no period");
    put("/cpu/cpu.cfs_period_us", "100000\n");
    cr_assert_eq(cpus(), 1, "of the group above");
}

Test(cpus, both_versions_at_once)
{
    put("/self", "12:pids:/x\n3:cpu,cpuacct:/v1\n1:name=systemd:/x\n0::/v2\n");
    put("/cpu/v1/cpu.cfs_quota_us", "300000\n");
    put("/cpu/v1/cpu.cfs_period_us", "100000\n");
    cr_assert_eq(cpus(), 3);
    put("/v2/cpu.max", "200000 100000\n");
    cr_assert_eq(cpus(), 2);
    put("/v2/cpu.max", "700000 100000\n");
    cr_assert_eq(cpus(), 3);
}

Test(cpus, garbage_in_the_membership_file)
{
    static const char *const texts[] = { "\n", ":\n", "::\n", "0:\n", "0::\n", "0::job\n", "nonsense\n", ":::::\n",
                                         "0::/a:b/c\n", "0::/../../..\n", "0::////\n" };
    char *line = malloc(20000);

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        put("/self", texts[i]);
        cr_assert_eq(cpus(), 0, "%s", texts[i]);
    }
    memset(line, 'x', 19999);              /* a group longer than any path, without an end of line */
    memcpy(line, "0::/", 4);
    line[19999] = 0;
    put("/self", line);
    cr_assert_eq(cpus(), 0);
    free(line);
    put("/a:b/cpu.max", "200000 100000\n");
    put("/self", "0::/a:b\n");
    cr_assert_eq(cpus(), 2, "a colon in the group's name");
}

Test(cpus, what_this_process_may_use)
{
    struct mcpar__cpu_count got;
    cpu_set_t all, one;
    size_t first = 0;
    int count;
    char text[64];

    cr_assert_eq(sched_getaffinity(0, sizeof all, &all), 0);
    count = CPU_COUNT(&all);
    mcpar__cpu_count(&got);
    cr_assert(got.count >= 1 && got.count <= count, "%d of %d", got.count, count);
    cr_assert(count == 1 || got.others == 0);
    (void)snprintf(text, sizeof text, "%d: ", got.count);
    cr_assert_eq(strncmp(got.why, text, strlen(text)), 0, "%s", got.why);
    while (!CPU_ISSET(first, &all))
        first++;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    cr_assert_eq(sched_setaffinity(0, sizeof one, &one), 0);
    mcpar__cpu_count(&got);
    cr_assert_eq(got.count, 1, "%s", got.why);
    cr_assert_eq(got.others, (int)sysconf(_SC_NPROCESSORS_ONLN) - 1);
    cr_assert_not_null(strstr(got.why, "affinity"), "%s", got.why);
}
