/* SPDX-License-Identifier: BSD-3-Clause */
/* verify.c - the command mcpar verify: whether result files are undamaged */
#include "result.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char help[] =
    "usage: mcpar verify [--all] FILE...\n"
    "\n"
    "Reads each file completely and checks its format and its checksum. Prints the\n"
    "fingerprints of the first 100 results. If a file is missing or damaged, says\n"
    "what is wrong with it, and whether FILE~, the generation before, is good. Does\n"
    "not change the files.\n"
    "\n"
    "  --all    print the fingerprints of all results, which takes minutes if there\n"
    "           are thousands\n"
    "  --help   show this help\n"
    "\n"
    "Exits with status 0 if all files are good, and with 1 if one of them is not.\n";

enum { FEW = 100 };

/* Opens the first results, up to `most`. Each opening reads and checks the whole file, so the others are only counted.
 * *results: how many there are. */
static int check(const char *path, bool print, size_t most, size_t *results, char why[1024])
{
    struct result r;
    int err;

    for (*results = 0; !(err = result_open(&r, path, *results)) && *results < most; ++*results) {
        if (print) {
            printf("result       %zu: ", *results);
            result_print_names(stdout, &r);
            printf(", %" PRIu64 " trial%s\nfingerprint  %s\n", r.hits.trials, r.hits.trials == 1 ? "" : "s",
                   r.fingerprint);
        }
        result_close(&r);
    }
    (void)snprintf(why, 1024, "%s", result_message(&r, err));
    result_close(&r);
    if (!err) {
        err = result_count(path, results);
        (void)snprintf(why, 1024, "%s: %s", path, mcpar_strerror(err));
        if (!err && print)
            printf("more         %zu result%s, whose fingerprints --all prints\n", *results - most,
                   *results - most == 1 ? "" : "s");
    }
    return err == MCPAR_ERR_ARGUMENT ? 0 : err;
}

/* The generation before, for a file that cannot be used. */
static void tell_of_backup(const char *path)
{
    size_t results, room = strlen(path) + 2;
    char *before = malloc(room), why[1024];
    struct stat about;

    if (!before)
        return;
    (void)snprintf(before, room, "%s~", path);
    if (stat(before, &about) < 0)
        fprintf(stderr, "mcpar verify: there is no %s\n", before);
    else if (check(before, false, FEW, &results, why))
        fprintf(stderr, "mcpar verify: %s is no better: %s\n", before, why);
    else
        fprintf(stderr, "mcpar verify: %s, the generation before, is good and has %zu result%s\n", before, results,
                results == 1 ? "" : "s");
    free(before);
}

/* The first result can only be opened if the whole file is good, so nothing is printed about a bad one. */
static int verify(const char *path, size_t most)
{
    char why[1024];
    size_t results;

    if (check(path, true, most, &results, why)) {
        fprintf(stderr, "mcpar verify: %s\n", why);
        tell_of_backup(path);
        return TOOL_FAILED;
    }
    printf("good         %s, %zu result%s\n", path, results, results == 1 ? "" : "s");
    return TOOL_DONE;
}

int tool_verify(int argc, char **argv)
{
    bool all = false, want_help = false;
    const struct tool_option options[] = { { "--all", &all, NULL }, { "--help", &want_help, NULL },
                                           { "-h", &want_help, NULL },
                                           { NULL, NULL, NULL } };
    int files, status = tool_read_words(argc, argv, options, &files);

    if (status)
        return status;
    if (want_help) {
        fputs(help, stdout);
        return tool_flush();
    }
    if (files == 0)
        return tool_misuse("verify", "no file given");
    for (int i = 1; i <= files; i++)
        if (!*argv[i])
            return tool_misuse("verify", "the name of a file is empty");
    for (int i = 1; i <= files; i++)
        if (verify(argv[i], all ? SIZE_MAX : FEW))
            status = TOOL_FAILED;
    return tool_flush() ? TOOL_FAILED : status;
}
