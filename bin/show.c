/* SPDX-License-Identifier: BSD-3-Clause */
/* show.c - the command mcpar show: what is in a result file */
#include "interval.h"
#include "result.h"

#include <inttypes.h>
#include <stdlib.h>

static const char help[] =
    "usage: mcpar show [--confidence C] [--json] FILE\n"
    "\n"
    "Shows each result in a result file, such as a checkpoint: seed, stream and tag,\n"
    "the trials that it holds and the gaps between them, the estimates, the names of\n"
    "the observables, and the fingerprint. Does not change the file.\n"
    "\n"
    "  --confidence C  confidence level of intervals, above 0 and below 1;\n"
    "                  default: 0.95\n"
    "  --json          print one JSON object on one line, with all ranges\n"
    "  --help          show this help\n";

/* ---- Text ---- */

/* Whatever the status is, which says first whether trials are missing. */
static bool doubtful(const struct result *r, size_t observable)
{
    mcpar_diagnosis d = MCPAR_DIAGNOSIS_INIT;

    return mcpar_diagnose(r->mc, observable, &d) == 0 && d.doubts;
}

static void print_kind(const mcpar_estimate *e)
{
    if (!interval_is_usual(e))
        printf("             %s\n", interval_words(e));
}

/* Each observable by the number that it has in a trial's values, and by its name, which can be empty. */
static void print_values(const struct result *r)
{
    mcpar_estimate e;
    char label[32];

    for (size_t k = 0; mcpar_mean(r->mc, k, &e) == 0; k++) {
        (void)snprintf(label, sizeof label, "values[%zu]", k);
        printf("%-12s ", label);
        name_print(stdout, mcpar_observable(r->mc, k));
        if (e.trials == 0)
            printf(": no trials, no estimate\n");
        else if (e.trials == 1)
            printf(": %.8g, no standard error from one trial\n", e.mean);
        else if (e.guarantee == MCPAR_GUARANTEE_NONE)
            printf(": %.8g in all trials, no interval\n", e.mean);
        else
            printf(": %.8g +- %.3g, interval %.8g to %.8g%s\n", e.mean, e.std_error, e.lower, e.upper,
                   doubtful(r, k) ? ", doubtful" : "");
        print_kind(&e);
    }
}

static void print_text(const struct result *r, size_t index)
{
    struct trials_list gaps = result_gaps(r);
    char confidence[TOOL_DIGITS];

    printf("%sresult       %zu\n", index ? "\n" : "", index);
    printf("seed         %" PRIu64 ", stream %" PRIu32 "\n", r->options.seed, r->options.stream);
    printf("tag          ");
    name_print(stdout, r->options.tag);
    printf("\ntrials       %" PRIu64 ", hits %" PRIu64 "\n", r->hits.trials, r->hits.hits);
    printf("ranges       ");
    trials_print(&r->held);
    printf("\ngaps         ");
    trials_print(&gaps);
    putchar('\n');
    if (r->hits.trials == 0)
        printf("mean         no trials, no estimate\n");
    else if (r->hits.trials == 1)
        printf("mean         %.8f, no standard error from one trial\n", r->hits.mean);
    else
        printf("mean         %.8f +- %.8f\n", r->hits.mean, r->hits.std_error);
    printf("interval     %.8f to %.8f, confidence %s\n", r->hits.lower, r->hits.upper,
           tool_digits(r->hits.confidence, confidence));
    print_kind(&r->hits);
    print_values(r);
    printf("fingerprint  %s\n", r->fingerprint);
    free(gaps.at);
}

/* ---- JSON ---- */

static void json_trials(const char *key, const struct trials_list *list)
{
    json_open(key, '[');
    for (size_t i = 0; i < list->n; i++) {
        json_open(NULL, '[');
        json_count(NULL, list->at[i].first);
        json_count(NULL, list->at[i].last);
        json_close(']');
    }
    json_close(']');
}

static void json_estimate(const mcpar_estimate *e)
{
    json_real("mean", e->mean);
    json_real("std_error", e->std_error);
    json_interval(e);
}

static void print_json(const struct result *r)
{
    struct trials_list gaps = result_gaps(r);
    mcpar_estimate e;

    json_open(NULL, '{');
    json_count("seed", r->options.seed);
    json_count("stream", r->options.stream);
    json_text("tag", r->options.tag);
    json_count("trials", r->hits.trials);
    json_count("hits", r->hits.hits);
    json_trials("ranges", &r->held);
    json_trials("gaps", &gaps);
    json_estimate(&r->hits);
    json_open("values", '[');
    for (size_t k = 0; mcpar_mean(r->mc, k, &e) == 0; k++) {
        json_open(NULL, '{');
        json_text("name", mcpar_observable(r->mc, k));
        json_estimate(&e);
        json_close('}');
    }
    json_close(']');
    json_text("fingerprint", r->fingerprint);
    json_close('}');
    free(gaps.at);
}

/* ---- The file ---- */

static int show(const char *path, double confidence, bool json)
{
    struct result result;
    size_t index = 0;
    int err = result_open_at(&result, path, index, confidence);

    if (json && (!err || err == MCPAR_ERR_ARGUMENT)) {
        json_begin();
        json_count("schema_version", 1);
        json_text("file", path);
        json_open("results", '[');
    }
    while (!err) {
        if (json)
            print_json(&result);
        else
            print_text(&result, index);
        result_close(&result);
        err = result_open_at(&result, path, ++index, confidence);
    }
    if (err != MCPAR_ERR_ARGUMENT) {
        fprintf(stderr, "mcpar show: %s\n", result_message(&result, err));
        result_close(&result);
        return TOOL_FAILED;
    }
    result_close(&result);
    if (json) {
        json_close(']');
        json_text("version", mcpar_version());
        json_end();
    } else if (index == 0) {
        printf("no results\n");
    }
    return tool_flush();
}

int tool_show(int argc, char **argv)
{
    bool json = false, want_help = false;
    const char *level = NULL;
    double confidence = -1;                /* the library's */
    const struct tool_option options[] = { { "--confidence", NULL, &level }, { "--json", &json, NULL },
                                           { "--help", &want_help, NULL }, { "-h", &want_help, NULL },
                                           { NULL, NULL, NULL } };
    int files, status = tool_read_words(argc, argv, options, &files);

    if (status)
        return status;
    if (want_help) {
        fputs(help, stdout);
        return tool_flush();
    }
    if (files == 0)
        return tool_misuse("show", "no file given");
    if (files > 1)
        return tool_misuse("show", "unexpected argument '%s' after the file", argv[2]);
    if (!*argv[1])
        return tool_misuse("show", "the name of the file is empty");
    if (level && !tool_read_level(level, &confidence))
        return tool_misuse("show", "--confidence '%s' is not a number above 0 and below 1", level);
    return show(argv[1], confidence, json);
}
