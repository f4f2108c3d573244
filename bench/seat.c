/* SPDX-License-Identifier: BSD-3-Clause */
/* seat.c - seats: a seat is a process in which contenders run
 *
 * libmcpar chooses its CPU path once per process, so contenders on different paths need processes of their own to take
 * turns. A seat reads lines "work n" and answers "wall cpu hz check". Work is the address of a function in a fork of
 * this process, a name in a script. */
#include "bench.h"
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct seat {
    pid_t pid;
    FILE *to, *from;
    struct seat *next;
};
static struct seat *seats;                 /* all open seats: a new one must not keep their pipes open */

/* ---- in the forked seat ---- */

static void serve(FILE *in, FILE *out)
{
    uintptr_t address;
    uint64_t n;

    while (fscanf(in, "%" SCNxPTR " %" SCNu64, &address, &n) == 2) {
        work_fn *work = (work_fn *)address;
        double before = clock_hz(), wall = wall_now(), cpu = cpu_now();
        uint64_t check = work(n);

        cpu = cpu_now() - cpu;
        wall = wall_now() - wall;
        (void)fprintf(out, "%.9f %.9f %.6e %" PRIu64 "\n", wall, cpu, (before + clock_hz()) / 2, check);
        (void)fflush(out);
    }
}

/* ---- in the bench ---- */

static struct seat *seat_new(const char *cpu_path, char *const argv[])
{
    struct seat *seat = calloc(1, sizeof *seat);
    int down[2], up[2];

    if (!seat || pipe(down) || pipe(up))
        give_up("no memory or no pipe for a seat");
    (void)fflush(NULL);
    seat->pid = fork();
    if (seat->pid < 0)
        give_up("no process for a seat");
    if (seat->pid == 0) {
        (void)close(down[1]);
        (void)close(up[0]);
        for (const struct seat *other = seats; other; other = other->next) {
            (void)close(fileno(other->to));
            (void)close(fileno(other->from));
        }
        if (argv) {
            (void)dup2(down[0], 0);
            (void)dup2(up[1], 1);
            (void)close(down[0]);
            (void)close(up[1]);
            (void)execvp(argv[0], argv);
            _exit(127);
        }
        if (cpu_path)
            (void)setenv("MCPAR_CPU", cpu_path, 1);
        serve(fdopen(down[0], "r"), fdopen(up[1], "w"));
        _exit(0);
    }
    (void)close(down[0]);
    (void)close(up[1]);
    seat->to = fdopen(down[1], "w");
    seat->from = fdopen(up[0], "r");
    if (!seat->to || !seat->from)
        give_up("no memory for a seat");
    seat->next = seats;
    seats = seat;
    return seat;
}

struct seat *seat_fork(const char *cpu_path)
{
    return seat_new(cpu_path, NULL);
}

struct seat *seat_command(char *const argv[])
{
    struct seat *seat;
    char line[64];

    (void)signal(SIGPIPE, SIG_IGN);
    seat = seat_new(NULL, argv);
    if (fgets(line, sizeof line, seat->from))
        return seat;                       /* "ready" */
    seat_close(seat);
    return NULL;
}

struct seat *seat_python(const char *script, const char *kind)
{
    char path[4096], word[32], python[4096];
    char *argv[] = { python, path, word, NULL };

    if (!settings.scripts || !settings.python)
        return NULL;
    (void)snprintf(python, sizeof python, "%s", settings.python);
    (void)snprintf(path, sizeof path, "%s/%s", settings.scripts, script);
    (void)snprintf(word, sizeof word, "%s", kind);
    return seat_command(argv);
}

struct seat *seat_mpi(const char *program, const char *argument)
{
    enum { WORDS = 32 };
    char words[4096], path[4096], name[4096], *argv[WORDS + 3], *rest = NULL;
    size_t n = 0;
    bool script = strstr(argument, ".py") != NULL;

    if (!settings.mpirun || !program || (script && !settings.scripts))
        return NULL;
    (void)snprintf(words, sizeof words, "%s", settings.mpirun);
    for (char *word = strtok_r(words, " ", &rest); word && n < WORDS; word = strtok_r(NULL, " ", &rest))
        argv[n++] = word;
    (void)snprintf(name, sizeof name, "%s", program);
    (void)snprintf(path, sizeof path, "%s%s%s", script ? settings.scripts : "", script ? "/" : "", argument);
    argv[n++] = name;
    argv[n++] = path;
    argv[n] = NULL;
    return seat_command(argv);
}

void seat_close(struct seat *seat)
{
    struct seat **at = &seats;

    if (!seat)
        return;
    while (*at != seat)
        at = &(*at)->next;
    *at = seat->next;
    (void)fclose(seat->to);
    (void)fclose(seat->from);
    (void)waitpid(seat->pid, NULL, 0);
    free(seat);
}

struct turn seat_run(struct seat *seat, work_fn *work, const char *remote, uint64_t n)
{
    struct turn turn = { 0 };
    double hz = 0;

    if (remote) {
        (void)fprintf(seat->to, "%s %" PRIu64 "\n", remote, n);
        hz = clock_hz();
    } else {
        (void)fprintf(seat->to, "%" PRIxPTR " %" PRIu64 "\n", (uintptr_t)work, n);
    }
    (void)fflush(seat->to);
    if (fscanf(seat->from, "%lf %lf %lf %" SCNu64, &turn.wall, &turn.cpu, &turn.hz, &turn.check) != 4)
        give_up("a contender ended its process%s%s", remote ? ": " : "", remote ? remote : "");
    if (remote)
        turn.hz = (hz + clock_hz()) / 2;
    return turn;
}
