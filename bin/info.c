/* info.c - mcpar info: what the library is and what it finds here */
#include "tool.h"

#include <mcpar.h>

#include <stdio.h>

static const char help[] =
    "usage: mcpar info\n"
    "\n"
    "Shows the versions, the code that makes the random numbers, the CPUs that this process may use and\n"
    "why that many, and the MPI that would be used. It starts neither workers nor MPI.\n";

int tool_info(int argc, char **argv)
{
    static const struct { const char *what, *label; } lines[] = {
        { "cpu_path", "cpu path" }, { "cpus", "cpus" }, { "mpi", "mpi" },
    };
    bool want_help = false;
    const struct tool_option options[] = { { "--help", &want_help, NULL }, { "-h", &want_help, NULL },
                                           { NULL, NULL, NULL } };
    int status = tool_read_options(argc, argv, options);
    if (status)
        return status;
    if (want_help) {
        fputs(help, stdout);
        return tool_flush();
    }

    /* Alone, so that this works where MPI does not, which is when it is needed. */
    mcpar_options alone = MCPAR_OPTIONS_INIT;
    alone.comm = MCPAR_COMM_SELF;
    mcpar *mc;
    if (mcpar_init(&mc, &alone)) {
        fprintf(stderr, "mcpar info: %s\n", mcpar_message(mc));
        mcpar_finalize(&mc);
        return TOOL_FAILED;
    }
    printf("%-10s %s\n", "version", mcpar_version());
    printf("%-10s %d\n", "contract", mcpar_contract());
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const char *line = mcpar_about(mc, lines[i].what);
        printf("%-10s %s\n", lines[i].label, line ? line : "not known");
    }
    mcpar_finalize(&mc);
    return tool_flush();
}
