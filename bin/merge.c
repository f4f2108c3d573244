/* SPDX-License-Identifier: BSD-3-Clause */
/* merge.c - the command mcpar merge: adds up the results of several files
 *
 * Results with the same seed, stream, tag, observables and pairs form a group, whose handle adds them up. The output
 * file is written only after everything has been read and checked. */
#include "result.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char help[] =
    "usage: mcpar merge -o OUT FILE...\n"
    "\n"
    "Adds up the results in the files: results of the same seed, stream, tag,\n"
    "observables and pairs become one result in OUT. Lists what each file contributed\n"
    "and which trials are missing. If two files hold the same trial, says which\n"
    "trials and which files, and writes nothing.\n"
    "\n"
    "  -o OUT   the file to write; it may exist if it is a result file and no trial\n"
    "           in it is lost. Other results in it stay as they are.\n"
    "  --help   show this help\n"
    "\n"
    "Exits with status 0 if no trials are missing below the last one, with 3 if OUT\n"
    "was written and some are missing, and with 1 if OUT was not written.\n";

struct part {                              /* what one file contributed to a group */
    const char *file;
    struct trials_list held;
};

struct group {
    struct result sum;
    struct part *part;
    size_t parts;
};

struct groups {
    struct group *at;
    size_t n;
};

/* A result as bytes, for another handle. Freed by the caller; NULL: *err says why. */
static void *pack(struct result *r, size_t *n, int *err)
{
    void *bytes = NULL;

    *err = mcpar_reduce(r->mc, NULL);
    if (!*err) *err = mcpar_pack(r->mc, NULL, 0, n);
    if (!*err && !(bytes = malloc(*n)))
        *err = MCPAR_ERR_MEMORY;
    if (!*err) *err = mcpar_pack(r->mc, bytes, *n, n);
    if (*err) {
        free(bytes);
        bytes = NULL;
    }
    return bytes;
}

static int failed(const struct result *r, int err)
{
    fprintf(stderr, "mcpar merge: %s\n", result_message(r, err));
    return TOOL_FAILED;
}

/* ---- Which trials are where ---- */

/* The lowest trials that are in both. Returns false if there are none. */
static bool common(const struct trials_list *a, const struct trials_list *b, struct trials *both)
{
    for (size_t i = 0, j = 0; i < a->n && j < b->n;) {
        struct trials x = a->at[i], y = b->at[j];

        if (x.first <= y.last && y.first <= x.last) {
            both->first = x.first > y.first ? x.first : y.first;
            both->last = x.last < y.last ? x.last : y.last;
            return true;
        }
        if (x.last < y.first)
            i++;
        else
            j++;
    }
    return false;
}

/* The lowest range of `some` that is not completely in `all`. Returns false if there is none. */
static bool lost(const struct trials_list *some, const struct trials_list *all, struct trials *range)
{
    size_t j = 0;

    for (size_t i = 0; i < some->n; i++) {
        while (j < all->n && all->at[j].last < some->at[i].first)
            j++;
        if (j == all->n || some->at[i].first < all->at[j].first || some->at[i].last > all->at[j].last) {
            *range = some->at[i];
            return true;
        }
    }
    return false;
}

static int refuse_overlap(const struct group *g, const struct result *r, const char *file)
{
    struct trials both;

    for (size_t i = 0; i < g->parts; i++)
        if (common(&g->part[i].held, &r->held, &both)) {
            fprintf(stderr, "mcpar merge: %s: trials %" PRIu64 " to %" PRIu64 " are in %s and in %s; nothing was "
                    "written\n", mcpar_strerror(MCPAR_ERR_OVERLAP), both.first, both.last, g->part[i].file, file);
            return TOOL_FAILED;
        }
    return failed(&g->sum, MCPAR_ERR_OVERLAP);
}

/* The lowest trial of both is the same, and returned different things. */
static int refuse_function(const struct group *g, const struct result *r, const char *file)
{
    const struct trials lowest = { r->held.at[0].first, r->held.at[0].first };
    const struct trials_list lowest_list = { (struct trials[]){ lowest }, 1 };
    const char *other = g->part[0].file;
    struct trials both;

    for (size_t i = 0; i < g->parts; i++)
        if (common(&g->part[i].held, &lowest_list, &both))
            other = g->part[i].file;
    fprintf(stderr, "mcpar merge: %s: trial %" PRIu64 " returned something else for %s than for %s: was the trial "
            "function or its argument another one? Nothing was written\n", mcpar_strerror(MCPAR_ERR_LINEAGE),
            lowest.first, file, other);
    return TOOL_FAILED;
}

/* ---- Groups ---- */

/* MCPAR_ERR_LINEAGE of unpack has two reasons: other observables or pairs, or another trial function. The group's
 * result fits into an empty handle of the same observables. Empties r's handle. */
static bool same_observables(struct group *g, struct result *r)
{
    size_t n = 0;
    int err = mcpar_reset(r->mc, r->options.stream);
    void *bytes = err ? NULL : pack(&g->sum, &n, &err);

    if (!err) err = mcpar_unpack(r->mc, bytes, n);
    free(bytes);
    return !err;
}

/* Tries to add a result to the group it belongs to. Returns the code of mcpar_unpack, with *found set to the group;
 * *found is NULL if it belongs to none. MCPAR_ERR_LINEAGE with a group means another trial function. */
static int try_groups(struct groups *groups, struct result *r, const void *bytes, size_t n, struct group **found)
{
    for (size_t i = 0; i < groups->n; i++) {
        struct group *g = &groups->at[i];
        int err;

        if (!result_same_names(&g->sum, r))
            continue;
        err = mcpar_unpack(g->sum.mc, bytes, n);
        if (err == MCPAR_ERR_LINEAGE && !same_observables(g, r))
            continue;
        *found = g;
        return err;
    }
    *found = NULL;
    return 0;
}

/* A new group takes the result's handle. It is emptied first, so that the file keeps the fingerprint of each result
 * that was merged, also of the first one. */
static int new_group(struct groups *groups, struct result *r, const void *bytes, size_t n, struct group **found)
{
    int err = mcpar_reset(r->mc, r->options.stream);

    if (!err) err = mcpar_unpack(r->mc, bytes, n);
    if (err)
        return err;
    groups->at = tool_more(groups->at, groups->n, sizeof *groups->at);
    *found = &groups->at[groups->n++];
    **found = (struct group){ .sum = { .mc = r->mc, .options = r->options }, .part = NULL };
    r->mc = NULL;
    return 0;
}

static int add_result(struct groups *groups, struct result *r, const char *file)
{
    struct group *g = NULL;
    size_t n = 0;
    int err;
    void *bytes = pack(r, &n, &err);

    if (err)
        return failed(r, err);
    err = try_groups(groups, r, bytes, n, &g);
    if (!g)
        err = new_group(groups, r, bytes, n, &g);
    free(bytes);
    if (!g)
        return failed(r, err);
    if (err == MCPAR_ERR_OVERLAP)
        return refuse_overlap(g, r, file);
    if (err == MCPAR_ERR_LINEAGE)
        return refuse_function(g, r, file);
    if (err)
        return failed(&g->sum, err);
    g->part = tool_more(g->part, g->parts, sizeof *g->part);
    g->part[g->parts++] = (struct part){ file, r->held };
    r->held = (struct trials_list){ NULL, 0 };
    return TOOL_DONE;
}

/* Calls `use` with each result of a file. Returns TOOL_DONE, or a status after a message. */
static int each_result(const char *file, int (*use)(struct groups *, struct result *, const char *),
                       struct groups *groups)
{
    struct result r;
    int err, status = TOOL_DONE;

    for (size_t index = 0; !status; index++) {
        err = result_open(&r, file, index);
        if (!err)
            status = use(groups, &r, file);
        else if (err != MCPAR_ERR_ARGUMENT)
            status = failed(&r, err);
        result_close(&r);
        if (err)
            break;
    }
    return status;
}

/* ---- The output ---- */

/* Saving replaces the result of the same group in OUT: refused if that would lose trials. */
static int keeps_result(struct groups *groups, struct result *old, const char *out)
{
    struct group *g;
    struct trials range;
    size_t n = 0;
    int err;
    void *bytes = pack(old, &n, &err);

    if (err)
        return failed(old, err);
    err = try_groups(groups, old, bytes, n, &g);
    free(bytes);
    if (!g || old->held.n == 0)
        return TOOL_DONE;
    if (err == MCPAR_ERR_LINEAGE)
        return refuse_function(g, old, out);
    if (err && err != MCPAR_ERR_OVERLAP)
        return failed(&g->sum, err);
    if (lost(&old->held, &g->sum.held, &range)) {
        fprintf(stderr, "mcpar merge: %s holds trials %" PRIu64 " to %" PRIu64 " of ", out, range.first, range.last);
        result_print_names(stderr, old);
        fprintf(stderr, ", which would be lost: name it as a FILE too, or choose another OUT\n");
        return TOOL_FAILED;
    }
    return TOOL_DONE;
}

static int check_out(struct groups *groups, const char *out)
{
    struct stat about;

    if (stat(out, &about) < 0 && errno == ENOENT)
        return TOOL_DONE;
    return each_result(out, keeps_result, groups);
}

static int save(struct groups *groups, const char *out)
{
    const char *note;

    for (size_t i = 0; i < groups->n; i++) {
        struct result *sum = &groups->at[i].sum;
        int err = mcpar_save(sum->mc, out);

        if (err) {
            (void)failed(sum, err);
            if (i > 0)
                fprintf(stderr, "mcpar merge: %zu of %zu results were written\n", i, groups->n);
            return TOOL_FAILED;
        }
        for (size_t k = 0; i == 0 && (note = mcpar_note(sum->mc, k)); k++)
            fprintf(stderr, "note: %s\n", note);
    }
    return TOOL_DONE;
}

static uint64_t trials_of(const struct trials_list *list)
{
    uint64_t n = 0;

    for (size_t i = 0; i < list->n; i++)
        n += list->at[i].last - list->at[i].first + 1;
    return n;
}

/* Returns whether trials are missing. */
static bool print_group(const struct group *g)
{
    struct trials_list gaps = result_gaps(&g->sum);
    bool missing = gaps.n > 0;

    printf("result       ");
    result_print_names(stdout, &g->sum);
    putchar('\n');
    for (size_t i = 0; i < g->parts; i++) {
        printf("from         %s: %" PRIu64 " trials, ", g->part[i].file, trials_of(&g->part[i].held));
        trials_print(&g->part[i].held);
        putchar('\n');
    }
    printf("trials       %" PRIu64 ", hits %" PRIu64 "\n", g->sum.hits.trials, g->sum.hits.hits);
    printf("gaps         ");
    trials_print(&gaps);
    printf("\nfingerprint  %s\n", g->sum.fingerprint);
    free(gaps.at);
    return missing;
}

static int merge(struct groups *groups, const char *out, char **files, int n)
{
    bool missing = false;
    int status = TOOL_DONE;

    for (int i = 0; i < n && !status; i++)
        status = each_result(files[i], add_result, groups);
    if (!status && groups->n == 0) {
        fprintf(stderr, "mcpar merge: there are no results in the files; nothing was written\n");
        status = TOOL_FAILED;
    }
    for (size_t i = 0; i < groups->n && !status; i++) {
        int err = result_read(&groups->at[i].sum);
        if (err)
            status = failed(&groups->at[i].sum, err);
    }
    if (!status) status = check_out(groups, out);
    if (!status) status = save(groups, out);
    if (status)
        return status;
    for (size_t i = 0; i < groups->n; i++)
        missing |= print_group(&groups->at[i]);
    printf("written      %s\n", out);
    status = tool_flush();
    return status ? status : missing ? TOOL_UNFINISHED : TOOL_DONE;
}

int tool_merge(int argc, char **argv)
{
    const char *out = NULL;
    bool want_help = false;
    const struct tool_option options[] = { { "-o", NULL, &out }, { "--help", &want_help, NULL },
                                           { "-h", &want_help, NULL }, { NULL, NULL, NULL } };
    struct groups groups = { NULL, 0 };
    int files, status = tool_read_words(argc, argv, options, &files);

    if (status)
        return status;
    if (want_help) {
        fputs(help, stdout);
        return tool_flush();
    }
    if (!out || !*out)
        return tool_misuse("merge", out ? "the name after -o is empty" : "no output given: -o OUT");
    if (files == 0)
        return tool_misuse("merge", "no file given");
    for (int i = 1; i <= files; i++)
        if (!*argv[i])
            return tool_misuse("merge", "the name of a file is empty");
    status = merge(&groups, out, argv + 1, files);
    for (size_t i = 0; i < groups.n; i++) {
        for (size_t k = 0; k < groups.at[i].parts; k++)
            free(groups.at[i].part[k].held.at);
        free(groups.at[i].part);
        result_close(&groups.at[i].sum);
    }
    free(groups.at);
    return status;
}
