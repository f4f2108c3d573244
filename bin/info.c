/* SPDX-License-Identifier: BSD-3-Clause */
/* info.c - the command mcpar info: shows the library's versions and what it finds on this machine */
#include "tool.h"

#include <mcpar.h>

#include <stdio.h>
#include <string.h>

static const char help[] =
    "usage: mcpar info [--json]\n"
    "\n"
    "Shows the versions, which code generates the random numbers, how many CPUs this\n"
    "process may use and why, and which MPI would be used. Does not start workers or\n"
    "MPI.\n"
    "\n"
    "  --json   print one JSON object on one line; if no MPI can be used, it says why\n"
    "  --help   show this help\n";

/* A line that begins with "none: " goes on with the reason, which can be very long, so text output has `none`
 * instead. */
static const struct { const char *what, *label, *none; } lines[] = {
    { "cpu_path", "cpu path", NULL },
    { "cpus", "cpus", NULL },
    { "mpi", "mpi", "none: libmcpar_mpi cannot be loaded (mcpar info --json says why)" },
};
enum { LINES = sizeof lines / sizeof *lines };

static const char *line_of(mcpar *mc, size_t i)
{
    const char *line = mcpar_about(mc, lines[i].what);

    return line ? line : "not known";
}

static void print_json(mcpar *mc)
{
    json_begin();
    json_count("schema_version", 1);
    json_text("version", mcpar_version());
    json_count("contract", (uint64_t)mcpar_contract());
    for (size_t i = 0; i < LINES; i++)
        json_text(lines[i].what, line_of(mc, i));
    json_count("workers", (uint64_t)mcpar_workers(mc));
    json_end();
}

static void print_text(mcpar *mc)
{
    printf("%-10s %s\n", "version", mcpar_version());
    printf("%-10s %d\n", "contract", mcpar_contract());
    for (size_t i = 0; i < LINES; i++) {
        const char *line = line_of(mc, i);
        bool none = lines[i].none && strncmp(line, "none: ", strlen("none: ")) == 0;
        printf("%-10s %s\n", lines[i].label, none ? lines[i].none : line);
    }
}

int tool_info(int argc, char **argv)
{
    bool json = false, want_help = false;
    const struct tool_option options[] = { { "--json", &json, NULL }, { "--help", &want_help, NULL },
                                           { "-h", &want_help, NULL }, { NULL, NULL, NULL } };
    int status = tool_read_options(argc, argv, options);
    if (status)
        return status;
    if (want_help) {
        fputs(help, stdout);
        return tool_flush();
    }

    /* Use the self communicator, so that this command also works when MPI is broken: that is when people need it. */
    mcpar_options alone = MCPAR_OPTIONS_INIT;
    alone.comm = MCPAR_COMM_SELF;
    mcpar *mc;
    if (mcpar_init(&mc, &alone)) {
        fprintf(stderr, "mcpar info: %s\n", mcpar_message(mc));
        mcpar_finalize(&mc);
        return TOOL_FAILED;
    }
    (json ? print_json : print_text)(mc);
    mcpar_finalize(&mc);
    return tool_flush();
}
