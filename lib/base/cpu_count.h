/* SPDX-License-Identifier: BSD-3-Clause */
/* cpu_count.h - how many CPUs this process may use, and why */
#ifndef MCPAR__CPU_COUNT_H
#define MCPAR__CPU_COUNT_H

struct mcpar__cpu_count {
    int count;                             /* at least 1 */
    int others;                            /* other CPUs online, if affinity allows only one; else 0 */
    char why[200];
};

/* Returns 0, or -1 if there is no memory to read the quotas; *cpus then ignores them. */
int mcpar__cpu_count(struct mcpar__cpu_count *cpus);

/* The CPUs that a cgroup allows, rounded up: the least quota from the group that `membership` (such as
 * /proc/self/cgroup) names up to the root, below `mount`. 0: no limit; -1: no memory. A function of its own, so that
 * tests can pass other files. */
int mcpar__cgroup_cpus(const char *membership, const char *mount);

#endif
