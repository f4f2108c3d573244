/* SPDX-License-Identifier: BSD-3-Clause */
/* watch.c - detects that all workers wait for locks that nobody will release, and kills for lack of memory
 *
 * A forked process has only the thread that forked. A lock that another thread of the host held stays locked in it for
 * ever. The lock does not show that, so the watch infers it: at every look, all threads of every worker at work wait
 * in a futex call, the workers hardly use the CPU, their descendants do not use it at all, and no trial gets done. A
 * trial that waits for a program, a file or the network waits in another system call. */
#include "pool/fork/fork.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/syscall.h>
#endif

enum { LOOKS = 60, DEEPEST = 32, SPINNING = 50, SLACK_TICKS = 3 };     /* SPINNING: 1/50 of the CPU */
#define LONGEST UINT64_C(1000000000)       /* between two looks */

/* ---- What /proc says about a process ---- */

/* The beginning of a file in /proc, as a string. */
static bool read_text(const char *path, char *text, size_t room)
{
    FILE *file = fopen(path, "re");
    size_t n;

    if (!file)
        return false;
    n = fread(text, 1, room - 1, file);
    text[n] = 0;
    (void)fclose(file);
    return n > 0;
}

static bool is_futex(long call)
{
    static const long calls[] = {
#ifdef SYS_futex
        SYS_futex,
#endif
#ifdef SYS_futex_time64
        SYS_futex_time64,
#endif
#ifdef SYS_futex_waitv
        SYS_futex_waitv,
#endif
        455,                               /* futex_wait of Linux 6.7, the same on all architectures */
    };

    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (call == calls[i])
            return true;
    return false;
}

/* Whether a thread waits for a lock: by its system call or, if that is not readable, by where in the kernel it
 * waits. */
static bool waits(long pid, long tid)
{
    char path[96], text[512], *end;
    long call;

    (void)snprintf(path, sizeof path, "/proc/%ld/task/%ld/syscall", pid, tid);
    if (read_text(path, text, sizeof text)) {
        call = strtol(text, &end, 10);
        return end != text && is_futex(call);
    }
    (void)snprintf(path, sizeof path, "/proc/%ld/task/%ld/wchan", pid, tid);
    return read_text(path, text, sizeof text) && strstr(text, "futex") != NULL;
}

/* Calls `each` for every thread of a process until it returns false. Returns false, too, if it cannot look. */
static bool all_threads(long pid, bool (*each)(long pid, long tid, void *arg), void *arg)
{
    char path[64];
    struct dirent *entry;
    bool all = true, any = false;
    DIR *dir;

    (void)snprintf(path, sizeof path, "/proc/%ld/task", pid);
    dir = opendir(path);
    if (!dir)
        return false;
    while (all && (entry = readdir(dir))) {
        long tid = strtol(entry->d_name, NULL, 10);

        if (tid > 0) {
            any = true;
            all = each(pid, tid, arg);
        }
    }
    (void)closedir(dir);
    return all && any;
}

static bool thread_waits(long pid, long tid, void *arg)
{
    (void)arg;
    return waits(pid, tid);
}

/* The CPU time, in ticks, of a process and of the children it has waited for; false if it is stopped or gone. */
static bool read_cpu(long pid, uint64_t *own, uint64_t *reaped)
{
    unsigned long user, system;
    char path[64], text[1024], state;
    const char *after;
    long children[2];

    (void)snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    after = read_text(path, text, sizeof text) ? strrchr(text, ')') : NULL;
    if (!after || sscanf(after + 1, " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lu %lu %ld %ld", &state, &user, &system,
                         &children[0], &children[1]) != 5)
        return false;
    *own = user + system;
    *reaped = (uint64_t)children[0] + (uint64_t)children[1];
    return state != 'T' && state != 't' && state != 'Z';
}

struct sum {
    uint64_t ticks;
    int depth;
};

static bool descendants(long pid, struct sum *sum);

static bool children_of_thread(long pid, long tid, void *arg)
{
    struct sum *sum = arg;
    char path[96], text[4096], *at = text, *end;
    long child;

    (void)snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", pid, tid);
    if (!read_text(path, text, sizeof text))
        return access(path, R_OK) == 0;    /* no children, or this kernel does not list them */
    while ((child = strtol(at, &end, 10)) > 0 && end != at) {
        uint64_t own, reaped;

        at = end;
        if (read_cpu(child, &own, &reaped))
            sum->ticks += own + reaped;
        if (!descendants(child, sum))
            return false;
    }
    return true;
}

static bool descendants(long pid, struct sum *sum)
{
    bool all;

    if (sum->depth == DEEPEST)
        return false;
    sum->depth++;
    all = all_threads(pid, children_of_thread, sum);
    sum->depth--;
    return all || access("/proc/self/stat", R_OK) == 0;   /* a process that has ended has no threads */
}

/* ---- The watch ---- */

uint64_t mcpar__watch_every(const struct mcpar__fork *pool)
{
    uint64_t every = pool->job->deadlock_ns / LOOKS;

    if (!pool->threaded || pool->job->deadlock_ns == 0)
        return MCPAR__FOREVER;
    return every < LONGEST ? every + 1 : LONGEST;
}

void mcpar__watch_reset(struct mcpar__fork *pool)
{
    pool->watch.stuck_ns = 0;
}

/* Whether a worker and its descendants have been idle since the wait began; when it begins, notes their CPU time. */
static bool idles(struct mcpar__worker *worker, uint64_t stuck_ns)
{
    uint64_t own, reaped, spent, may;
    struct sum others = { 0, 0 };

    if (!read_cpu(worker->pid, &own, &reaped) || !descendants(worker->pid, &others))
        return false;
    if (stuck_ns == 0) {
        worker->cpu.own = own;
        worker->cpu.others = reaped + others.ticks;
        return true;
    }
    spent = own - worker->cpu.own;
    /* Waiting for some locks uses a little CPU, because the waiter wakes up regularly to look (Python's GIL). */
    may = stuck_ns / 1000000 * (uint64_t)sysconf(_SC_CLK_TCK) / 1000 / SPINNING + SLACK_TICKS;
    return spent <= may && reaped + others.ticks == worker->cpu.others;
}

/* Whether all workers at work wait for a lock. This check is cheap and mostly says no, so it comes first. */
static bool all_wait(struct mcpar__fork *pool)
{
    bool any = false;

    for (int i = 0; i < pool->size; i++) {
        const struct mcpar__worker *worker = &pool->worker[i];

        if (!worker->pid || !worker->busy)
            continue;
        any = true;
        if (worker->gone || !all_threads(worker->pid, thread_waits, NULL))
            return false;
    }
    return any;
}

bool mcpar__watch_look(struct mcpar__fork *pool, uint64_t ns)
{
    uint64_t committed = atomic_load(&pool->common->committed);
    bool idle;

    if (mcpar__watch_every(pool) == MCPAR__FOREVER)
        return false;
    pool->watch.since_ns += ns;
    if (pool->watch.since_ns < mcpar__watch_every(pool))
        return false;
    ns = pool->watch.since_ns;
    pool->watch.since_ns = 0;
    if (committed != pool->watch.committed) {
        pool->watch.committed = committed;
        pool->watch.stuck_ns = 0;
        return false;
    }
    idle = all_wait(pool);
    for (int i = 0; i < pool->size && idle; i++)
        if (pool->worker[i].pid && pool->worker[i].busy)
            idle = idles(&pool->worker[i], pool->watch.stuck_ns);
    if (!idle)
        pool->watch.stuck_ns = 0;
    else
        pool->watch.stuck_ns += pool->watch.stuck_ns == 0 ? 1 : ns;
    return pool->watch.stuck_ns > pool->job->deadlock_ns;
}

/* ---- Memory ---- */

/* The number after a word that begins a line. */
static uint64_t number_after(const char *text, const char *word)
{
    const char *at = text;

    while ((at = strstr(at, word))) {
        if (at == text || at[-1] == '\n')
            return strtoull(at + strlen(word), NULL, 10);
        at++;
    }
    return 0;
}

/* The path in a line of /proc/self/cgroup: that of cgroup v2 ("0::") or of v1's memory controller. */
static bool cgroup(const char *lines, const char *mark, char *path, size_t room)
{
    const char *at = strstr(lines, mark);
    size_t n;

    if (!at)
        return false;
    at += strlen(mark);
    n = strcspn(at, "\n");
    if (n >= room)
        return false;
    memcpy(path, at, n);
    path[n] = 0;
    return true;
}

uint64_t mcpar__memory_kills(void)
{
    char lines[2048], own[512], path[640], text[2048];

    if (!read_text("/proc/self/cgroup", lines, sizeof lines))
        return 0;
    if (cgroup(lines, ":memory:", own, sizeof own)) {
        (void)snprintf(path, sizeof path, "/sys/fs/cgroup/memory%s/memory.oom_control", own);
        if (read_text(path, text, sizeof text) || read_text("/sys/fs/cgroup/memory/memory.oom_control", text, sizeof text))
            return number_after(text, "oom_kill ");
    }
    if (!cgroup(lines, "0::", own, sizeof own))
        return 0;
    (void)snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.events", own);
    return read_text(path, text, sizeof text) ? number_after(text, "oom_kill ") : 0;
}
