/* SPDX-License-Identifier: BSD-3-Clause */
/* darts.c - darts on one core: the forms of the library's API, and its CPU paths compared with what the CPU can
 * issue */
#include "bench.h"
#include <math.h>
#include <string.h>

#define DARTS_WORK(name, ...)                                   \
    static uint64_t name(uint64_t n)                            \
    {                                                           \
        const struct task task = { __VA_ARGS__ };               \
                                                                \
        return sample_hits(&task, n);                           \
    }
DARTS_WORK(fused, .block = user_fused)
DARTS_WORK(plain, .block = user_darts_plain)
DARTS_WORK(each_cpu, .block = user_darts_each_cpu)
DARTS_WORK(native, .block = user_darts_native)
DARTS_WORK(callback, .trial = user_dart)

/* ---- The forms ---- */

void section_darts(void)
{
    struct seat *seat = seat_fork(NULL);
    static struct contender c[] = {
        { .name = "fused (mcpar_darts)", .work = fused },
        { .name = "block, gcc -O2", .work = plain },
        { .name = "block, gcc -O2, MCPAR_EACH_CPU", .work = each_cpu },
        { .name = "block, gcc -O3 -march=native", .work = native },
        { .name = "trial callback, gcc -O2", .work = callback },
    };
    enum { FUSED, PLAIN, EACH, NATIVE, CALLBACK, N };

    say_section("darts", "the README's darts on one core, serial pool, the library's own choice of CPU path");
    for (int i = 0; i < N; i++) {
        c[i].seat = seat;
        c[i].expected = known_hits;
    }
    race(c, N);
    say_contenders(c, N);
    say_bar("block -O3 -march=native / fused", median_ratio(&c[FUSED], &c[NATIVE]), AT_LEAST, 0.90);
    if (NO_EACH_CPU)
        say_absent("MCPAR_EACH_CPU", "this mcpar.h does not have it");
    say_bar("block -O2 with MCPAR_EACH_CPU / fused", median_ratio(&c[FUSED], &c[EACH]), AT_LEAST, 0.88);
    say_bar("block plain -O2 / fused", median_ratio(&c[FUSED], &c[PLAIN]), AT_LEAST, 0.50);
    say_bar("trial callback -O2 / fused", median_ratio(&c[FUSED], &c[CALLBACK]), AT_LEAST, 0.18);
    seat_close(seat);
}

/* ---- The CPU paths ---- */

/* A line of bench/count's output: the instructions in the kernel's loop, and how many darts they make. */
struct count {
    char path[16];
    double darts, all, vector, multiply, swap, mix;
};

static bool counted(const char *path, struct count *count)
{
    FILE *file = settings.counts ? fopen(settings.counts, "r") : NULL;
    bool found = false;

    while (file && !found &&
           fscanf(file, "%15s %lf %lf %lf %lf %lf %lf", count->path, &count->darts, &count->all, &count->vector,
                  &count->multiply, &count->swap, &count->mix) == 7)
        found = !strcmp(count->path, path);
    if (file)
        (void)fclose(file);
    return found;
}

/* Cycles per instruction of a kind, as measured in this race; 0 if it was not measured. */
static double cycles_of(const struct contender *c, size_t n, const char *path, const char *kind)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(streams[i].path, path) && !strcmp(streams[i].kind, kind) && c[i].seat)
            return median_cycles(&c[i]) * (double)c[i].n / (double)c[i].check;
    return 0;
}

/* Vector instructions per dart, as the kernel's source needs them. See README, "The bound". */
static double plain_instructions(const char *path)
{
    return !strcmp(path, "avx512") ? 549.0 / 64 : 497.0 / 16;
}

/* Cycles per dart that these take at the rate at which this CPU issues such instructions. */
static double plain_bound(const struct contender *c, size_t n, const char *path)
{
    double round = cycles_of(c, n, path, "round"), bound = plain_instructions(path) * round;
    char name[64];

    (void)snprintf(name, sizeof name, "%s: vector instructions a cycle, in plain rounds", path);
    say_value(name, 1 / round, "");
    (void)snprintf(name, sizeof name, "%s: vector instructions a dart, plain kernel", path);
    say_value(name, plain_instructions(path), "");
    (void)snprintf(name, sizeof name, "%s: issue bound", path);
    say_value(name, bound, "cycles/dart");
    return bound;
}

/* The kernel as compiled: its instructions, and how long they take if none waits for another. */
static void say_own(const struct contender *c, size_t n, const struct count *count, double fused, double replay)
{
    static const char *const kind[] = { "multiply", "swap", "mix" };
    const double of_kind[] = { count->multiply, count->swap, count->mix };
    char name[64];

    (void)snprintf(name, sizeof name, "%s: vector instructions a dart, as built", count->path);
    say_value(name, count->vector / count->darts, "");
    for (int i = 0; i < 3; i++) {
        double each = cycles_of(c, n, count->path, kind[i]);

        (void)snprintf(name, sizeof name, "%s: %s, cycles for those of a dart", count->path, kind[i]);
        if (each > 0)
            say_value(name, of_kind[i] / count->darts * each, "");
    }
    (void)snprintf(name, sizeof name, "%s: own instructions without waiting", count->path);
    say_value(name, replay, "cycles/dart");
    (void)snprintf(name, sizeof name, "%s fused / own instructions without waiting", count->path);
    say_value(name, fused / replay, "");
}

static bool path_runs(const char *path)
{
    for (size_t i = 0; i < streams_n; i++)
        if (!strcmp(streams[i].path, path))
            return stream_runs(&streams[i]);
    return !strcmp(path, "portable");
}

void section_paths(void)
{
    static const char *const path[] = { "avx512", "avx2", "portable" };
    static const char *const name[3][3] = {
        { "avx512: fused", "avx512: block, gcc -O2, MCPAR_EACH_CPU", "avx512: trial callback" },
        { "avx2: fused", "avx2: block, gcc -O2, MCPAR_EACH_CPU", "avx2: trial callback" },
        { "portable: fused", "portable: block, gcc -O2, MCPAR_EACH_CPU", "portable: trial callback" } };
    static work_fn *const work[] = { fused, each_cpu, callback };
    static struct contender c[MOST];
    struct seat *seat[3] = { NULL };
    size_t n = 0, first;
    size_t fused_at[3] = { 0 }, replay_at[3] = { 0 };

    say_section("paths", "each CPU path (MCPAR_CPU) against the number of instructions that this CPU issues");
    for (; n < streams_n; n++) {
        if (!stream_runs(&streams[n]))
            continue;
        if (!seat[0])
            seat[0] = seat_fork("avx512");
        c[n] = (struct contender){ .name = streams[n].kind, .seat = seat[0], .work = streams[n].run, .unit = "loop" };
    }
    for (const struct stream *r = replays; r->run; r++)
        for (int p = 0; p < 3; p++)
            if (!strcmp(path[p], r->path) && stream_runs(r) && seat[0]) {
                replay_at[p] = n;
                c[n++] = (struct contender){ .name = r->kind, .seat = seat[0], .work = r->run, .unit = "loop" };
            }
    first = n;
    for (int p = 0; p < 3; p++) {
        if (!path_runs(path[p])) {
            say_absent(path[p], "not on this CPU");
            continue;
        }
        if (!seat[p])
            seat[p] = seat_fork(path[p]);
        fused_at[p] = n;
        for (int w = 0; w < 3; w++)
            c[n++] = (struct contender){ .name = name[p][w], .seat = seat[p], .work = work[w], .expected = known_hits };
    }
    race(c, n);
    say_contenders(c + first, n - first);
    for (int p = 0; p < 3; p++) {
        struct count count;
        char what[64];
        double least;

        if (!fused_at[p])
            continue;
        if (!strcmp(path[p], "portable")) {
            say_bar("portable fused, cycles a dart", median_cycles(&c[fused_at[p]]), AT_MOST, 30);
            continue;
        }
        least = plain_bound(c, first, path[p]);
        (void)snprintf(what, sizeof what, "%s fused / issue bound", path[p]);
        say_bar(what, median_cycles(&c[fused_at[p]]) / least, AT_MOST, 1.10);
        if (counted(path[p], &count) && replay_at[p])
            say_own(c, first, &count, median_cycles(&c[fused_at[p]]), median_cycles(&c[replay_at[p]]) / count.darts);
        else
            say_absent(path[p], "its instructions are not known (bench/count wants objdump)");
    }
    for (int p = 0; p < 3; p++)
        seat_close(seat[p]);
}
