/* SPDX-License-Identifier: BSD-3-Clause */
/* result.c - the results in result files */
#include "result.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void *tool_more(void *list, size_t n, size_t size)
{
    /* Doubling at the powers of 2 keeps the number of copies small. */
    if (n & (n - 1))
        return list;
    size_t room = n ? 2 * n : 1;
    list = room <= SIZE_MAX / size ? realloc(list, room * size) : NULL;
    if (!list) {
        fputs("mcpar: out of memory\n", stderr);
        exit(TOOL_FAILED);
    }
    return list;
}

static void add_trials(struct trials_list *list, uint64_t first, uint64_t last)
{
    list->at = tool_more(list->at, list->n, sizeof *list->at);
    list->at[list->n++] = (struct trials){ first, last };
}

/* ---- Opening ---- */

/* Nothing is run and nothing is shared with other processes, whatever the environment says. */
static mcpar_options alone(void)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;

    options.comm = MCPAR_COMM_SELF;
    options.pool = MCPAR_POOL_SERIAL;
    options.workers = 1;
    options.part = 0;
    options.parts = 1;
    options.checkpoint = "";
    return options;
}

/* The code of mcpar_open. */
static int try_open(const char *path, size_t index)
{
    mcpar_options options = alone();
    mcpar *mc;
    int err = mcpar_open(&mc, path, index, &options);

    mcpar_finalize(&mc);
    return err;
}

/* With no option that chooses, every result of a file fits. So MCPAR_ERR_LINEAGE for a number that no result can have
 * means that the file has none. */
static bool has_none(const char *path)
{
    return try_open(path, SIZE_MAX - 1) == MCPAR_ERR_LINEAGE;
}

int result_count(const char *path, size_t *n)
{
    size_t end = *n;                       /* *n results are there; in the end, result number `end` is not */
    int err;

    while (!(err = try_open(path, end))) {
        *n = end + 1;
        end = 2 * *n;
    }
    while (*n < end && err == MCPAR_ERR_ARGUMENT) {
        size_t middle = *n + (end - *n) / 2;
        int found = try_open(path, middle);

        if (!found)
            *n = middle + 1;
        else if (found == MCPAR_ERR_ARGUMENT)
            end = middle;
        else
            err = found;
    }
    return err == MCPAR_ERR_ARGUMENT ? 0 : err;
}

int result_read(struct result *result)
{
    uint64_t first, n;
    int err = mcpar_reduce(result->mc, &result->hits);

    result->options = (mcpar_options)MCPAR_OPTIONS_INIT;
    result->held.n = 0;
    if (!err) err = mcpar_options_in_force(result->mc, &result->options);
    if (!err) err = mcpar_fingerprint(result->mc, result->fingerprint);
    while (!err) {
        err = mcpar_range(result->mc, result->held.n, &first, &n);
        if (!err)
            add_trials(&result->held, first, first + n - 1);
    }
    return err == MCPAR_ERR_ARGUMENT ? 0 : err;            /* the range after the last one */
}

int result_open(struct result *result, const char *path, size_t index)
{
    return result_open_at(result, path, index, -1);
}

int result_open_at(struct result *result, const char *path, size_t index, double confidence)
{
    mcpar_options options = alone();
    int err;

    options.confidence = confidence;
    *result = (struct result){ .mc = NULL };
    err = mcpar_open(&result->mc, path, index, &options);
    if (err == MCPAR_ERR_LINEAGE && index == 0 && has_none(path))
        return MCPAR_ERR_ARGUMENT;
    return err ? err : result_read(result);
}

void result_close(struct result *result)
{
    mcpar_finalize(&result->mc);
    free(result->held.at);
    result->held = (struct trials_list){ NULL, 0 };
}

const char *result_message(const struct result *result, int err)
{
    return result->mc ? mcpar_message(result->mc) : mcpar_strerror(err);
}

/* ---- What it holds ---- */

struct trials_list result_gaps(const struct result *result)
{
    struct trials_list gaps = { NULL, 0 };
    uint64_t next = 0;

    for (size_t i = 0; i < result->held.n; i++) {
        if (result->held.at[i].first > next)
            add_trials(&gaps, next, result->held.at[i].first - 1);
        next = result->held.at[i].last + 1;                /* trials are below 2^64 - 1 */
    }
    return gaps;
}

bool result_same_names(const struct result *a, const struct result *b)
{
    return a->options.seed == b->options.seed && a->options.stream == b->options.stream &&
           strcmp(a->options.tag, b->options.tag) == 0;
}

/* ---- For people ---- */

void trials_print(const struct trials_list *list)
{
    enum { FEW = 4 };

    if (list->n == 0)
        fputs("none", stdout);
    for (size_t i = 0; i < list->n && i < FEW; i++) {
        printf("%s%" PRIu64, i ? ", " : "", list->at[i].first);
        if (list->at[i].last > list->at[i].first)
            printf(" to %" PRIu64, list->at[i].last);
    }
    if (list->n > FEW)
        printf(" and %zu more", list->n - FEW);
}

void result_print_names(FILE *to, const struct result *result)
{
    fprintf(to, "seed %" PRIu64 ", stream %" PRIu32 ", tag ", result->options.seed, result->options.stream);
    name_print(to, result->options.tag);
}

void name_print(FILE *to, const char *name)
{
    putc('"', to);
    for (const unsigned char *c = (const unsigned char *)name; *c;) {
        size_t n = tool_character(c);
        bool control = *c < 0x20 || *c == 0x7f || (*c == 0xc2 && c[1] < 0xa0);     /* U+0080 to U+009F, too */
        if (*c == '"' || *c == '\\')
            putc('\\', to);
        if (n == 0 || control)
            for (size_t i = 0; i == 0 || i < n; i++)
                fprintf(to, "\\x%02x", c[i]);
        else
            fwrite(c, 1, n, to);
        c += n ? n : 1;
    }
    putc('"', to);
}
