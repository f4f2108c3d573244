/* SPDX-License-Identifier: BSD-3-Clause */
/* result.h - the results in result files, for the commands that read them: show, merge and verify */
#ifndef RESULT_H
#define RESULT_H

#include "tool.h"

#include <mcpar.h>

#include <stddef.h>
#include <stdio.h>

struct trials {                            /* trials first to last */
    uint64_t first, last;
};

struct trials_list {                       /* in order, and apart from each other */
    struct trials *at;
    size_t n;
};

struct result {                            /* one result of a file */
    mcpar *mc;
    mcpar_options options;                 /* the tag there belongs to mc */
    mcpar_estimate hits;
    struct trials_list held;
    char fingerprint[MCPAR_FINGERPRINT_SIZE];
};

/* Opens a result of a file, counted from 0, and reads all of the above. Returns 0; MCPAR_ERR_ARGUMENT if the file has
 * no result of that number; or another code, whose message is result_message. Close it in each case. */
int result_open(struct result *result, const char *path, size_t index);

/* The same, with estimates at another confidence level; -1 stands for the library's. */
int result_open_at(struct result *result, const char *path, size_t index, double confidence);

/* Counts the results of a file, of which at least *n are there, with few openings: each of them reads the whole file.
 * Returns 0 or a code. */
int result_count(const char *path, size_t *n);

/* Reads all of the above again from result->mc, after something has been added to it. Returns 0 or a code. */
int result_read(struct result *result);

void result_close(struct result *result);
const char *result_message(const struct result *result, int err);

/* Trials below the last one held that are not held. The caller frees the list. */
struct trials_list result_gaps(const struct result *result);

/* Whether both have the same seed, stream and tag. */
bool result_same_names(const struct result *a, const struct result *b);

/* Makes room for one more element after the n-th. Ends the tool if there is no memory. */
void *tool_more(void *list, size_t n, size_t size);

/* Prints the first few ranges, and how many more there are; "none" for none. */
void trials_print(const struct trials_list *list);

/* Prints seed, stream and tag. */
void result_print_names(FILE *to, const struct result *result);

/* Prints a tag or the name of an observable in double quotes, without control characters and bytes that are not UTF-8,
 * so that none can control the terminal. */
void name_print(FILE *to, const char *name);

#endif
