/* SPDX-License-Identifier: BSD-3-Clause */
/* cpu_count.h - how many CPUs this process may use, and why that many */
#ifndef MCPAR__CPU_COUNT_H
#define MCPAR__CPU_COUNT_H

struct mcpar__cpu_count {
    int count;                             /* at least 1 */
    int others;                            /* CPUs that are online, where affinity leaves one alone; else 0 */
    char why[200];
};

/* 0, or -1 without memory to read the quotas; *cpus is then what it is without them. */
int mcpar__cpu_count(struct mcpar__cpu_count *cpus);

/* The CPUs that a cgroup leaves, rounded up, 0 for no limit, -1 without memory: the least quota on the way from the
 * group that `membership` (as /proc/self/cgroup) names to the root, below `mount`. Apart, so that tests can give the
 * files. */
int mcpar__cgroup_cpus(const char *membership, const char *mount);

#endif
