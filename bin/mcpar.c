/* SPDX-License-Identifier: BSD-3-Clause */
/* mcpar.c - the command-line tool: runs the command that the user names. Uses only the public header. */
#include "tool.h"

#include <mcpar.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "usage: mcpar COMMAND [OPTION...]\n"
    "\n"
    "  mcpar pi      estimate pi by throwing darts at a square\n"
    "  mcpar show    show the results in a result file\n"
    "  mcpar merge   add up the results of several files, such as the parts of a run\n"
    "  mcpar verify  check whether files are undamaged result files\n"
    "  mcpar info    show the version, the CPUs and the MPI that the library finds\n"
    "\n"
    "  --help        show this help; after a command, show its options\n"
    "  --version     show the version\n"
    "\n"
    "See mcpar(1) for the tool and mcpar(7) for the library.\n";

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    { "pi", tool_pi },
    { "show", tool_show },
    { "merge", tool_merge },
    { "verify", tool_verify },
    { "info", tool_info },
};

int tool_misuse(const char *command, const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "mcpar%s%s: ", command ? " " : "", command ? command : "");
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, " (try 'mcpar%s%s --help')\n", command ? " " : "", command ? command : "");
    return TOOL_MISUSE;
}

int tool_flush(void)
{
    /* fflush reports a failure of the last write; ferror also reports earlier ones. */
    if (fflush(stdout) == 0 && !ferror(stdout))
        return TOOL_DONE;
    fprintf(stderr, "mcpar: cannot write the output: %s\n", strerror(errno));
    return TOOL_FAILED;
}

int main(int argc, char **argv)
{
    /* Do not call setlocale: numbers must be read and written the same way in every locale. */
    if (argc < 2)
        return tool_misuse(NULL, "no command given");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);

    bool want_help = strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0;
    bool want_version = strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0;
    if (!want_help && !want_version)
        return tool_misuse(NULL, argv[1][0] == '-' ? "unknown option '%s'" : "unknown command '%s'", argv[1]);
    if (argc > 2)
        return tool_misuse(NULL, "unexpected '%s' after '%s'", argv[2], argv[1]);
    if (want_help)
        fputs(help, stdout);
    else
        printf("mcpar %s\n", mcpar_version());
    return tool_flush();
}
