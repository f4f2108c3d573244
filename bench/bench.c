/* SPDX-License-Identifier: BSD-3-Clause */
/* bench.c - the main program: chooses sections and how long they run (bench/run calls it; you can also run it by
 * hand) */
#include "bench.h"
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct settings settings = { .seconds = 0.15, .turns = 7 };

static const struct {
    const char *name;
    void (*run)(void);
} sections[] = {
    { "darts", section_darts }, { "paths", section_paths }, { "draws", section_draws }, { "sums", section_sums },
    { "normals", section_normals }, { "dists", section_dists }, { "functions", section_functions },
    { "rivals", section_rivals },
    { "orchestration", section_orchestration }, { "efficiency", section_efficiency }, { "growth", section_growth },
};
enum { SECTIONS = sizeof sections / sizeof *sections };

static int usage(void)
{
    (void)fprintf(stderr, "usage: bench [-q] [-H] [-s seconds] [-t turns] [-j file] [-c counts] [-d scripts]\n"
                          "             [-p python] [-m mpirun -b mpi_bench] [section ...]\nsections:");
    for (int i = 0; i < SECTIONS; i++)
        (void)fprintf(stderr, " %s", sections[i].name);
    (void)fprintf(stderr, "\n");
    return 2;
}

static bool wanted(const char *name, char *const list[])
{
    if (!*list)
        return true;
    for (; *list; list++)
        if (!strcmp(name, *list))
            return true;
    return false;
}

static bool known_section(const char *name)
{
    for (int i = 0; i < SECTIONS; i++)
        if (!strcmp(name, sections[i].name))
            return true;
    return false;
}

int main(int argc, char **argv)
{
    int option;

    while ((option = getopt(argc, argv, "qHs:t:j:c:d:p:m:b:")) != -1)
        switch (option) {
        case 'q':
            settings.seconds = 0.03;
            settings.turns = 3;
            break;
        case 'H':
            settings.huge = true;
            break;
        case 's':
            settings.seconds = atof(optarg);
            break;
        case 't':
            settings.turns = atoi(optarg);
            break;
        case 'j':
            settings.json = fopen(optarg, "w");
            if (!settings.json)
                give_up("%s cannot be written", optarg);
            break;
        case 'c':
            settings.counts = optarg;
            break;
        case 'd':
            settings.scripts = optarg;
            break;
        case 'p':
            settings.python = optarg;
            break;
        case 'm':
            settings.mpirun = optarg;
            break;
        case 'b':
            settings.mpi_bench = optarg;
            break;
        default:
            return usage();
        }
    if (settings.turns < 1 || settings.turns > MOST_TURNS || !(settings.seconds > 0 && settings.seconds < 60))
        return usage();
    for (int i = optind; i < argc; i++)
        if (!known_section(argv[i]))
            return usage();
    {
        cpu_set_t set;

        settings.cpus = sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);
    }
    for (int i = 0; i < SECTIONS; i++)
        if (wanted(sections[i].name, argv + optind))
            sections[i].run();
    return 0;
}
