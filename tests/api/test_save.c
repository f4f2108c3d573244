/* SPDX-License-Identifier: BSD-3-Clause */
/* Results that are saved, cut into parts and merged: always the bits of the one undisturbed run, or a named error. */
#include "api.h"
#include "folder.h"
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

enum { N = 20000, OBSERVABLES = 2 };

TestSuite(save, .init = folder_enter, .fini = folder_leave, .timeout = 60);

/* ---- The problem ---- */

static int trial(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_uniform(rng), y = mcpar_uniform(rng), shift = arg ? *(double *)arg : 0.0;

    values[0] = x * y + shift;
    values[1] = (x - 0.5) * 1e200;
    return x * x + y * y < 1.0;
}

static int block(mcpar_block *b, void *arg)
{
    const double *x = mcpar_uniforms(b), *y = mcpar_uniforms(b);
    double shift = arg ? *(double *)arg : 0.0;

    for (size_t i = 0; i < b->n; i++) {
        b->values[0][i] = x[i] * y[i] + shift;
        b->values[1][i] = (x[i] - 0.5) * 1e200;
        b->hits += x[i] * x[i] + y[i] * y[i] < 1.0;
    }
    return 0;
}

static mcpar *open_problem(struct place place, int part, int parts, const char *tag)
{
    static const char *const names[] = { "product", "wide" };
    static const size_t pair[] = { 0, 1 };
    mcpar_options options = options_for(place);
    mcpar *mc = NULL;

    options.seed = 11;
    options.tag = tag;
    if (parts) {
        options.part = part;
        options.parts = parts;
    }
    MUST(mc, mcpar_init(&mc, &options));
    MUST(mc, mcpar_observe(mc, OBSERVABLES, names));
    MUST(mc, mcpar_observe_pairs(mc, 1, pair));
    return mc;
}

static mcpar *open_whole(struct place place)
{
    return open_problem(place, 0, 0, "t");
}

static struct outcome undisturbed(uint64_t n)
{
    mcpar *mc = open_whole(places[0]);
    struct outcome all;

    MUST(mc, mcpar_sample(mc, n, trial, NULL));
    all = outcome_of(mc, OBSERVABLES);
    close_handle(mc);
    return all;
}

static void save(mcpar *mc, const char *path)
{
    MUST(mc, mcpar_reduce(mc, NULL));
    MUST(mc, mcpar_save(mc, path));
}

static void make(const char *path, uint64_t n)
{
    mcpar *mc = open_whole(places[0]);

    MUST(mc, mcpar_sample(mc, n, trial, NULL));
    save(mc, path);
    close_handle(mc);
}

static mcpar_status status_of(mcpar *mc)
{
    mcpar_estimate e;

    MUST(mc, mcpar_reduce(mc, &e));
    return e.status;
}

/* ---- Going on ---- */

/* A run that is saved in the middle goes on in another pool and form, and ends with the bits of the whole. */
Test(save, what_was_saved_goes_on_to_the_same_bits)
{
    const struct outcome part = undisturbed(N / 2), whole = undisturbed(N);

    make("half", N / 2);
    for (size_t i = 0; i < PLACES; i++)
        for (int form = 0; form < 2; form++) {
            mcpar *mc = open_whole(places[i]);
            struct outcome now;

            MUST(mc, mcpar_merge(mc, "half"));
            cr_assert(mcpar_asked(mc) == 0 && mcpar_held(mc) == N / 2);
            cr_assert_eq(status_of(mc), MCPAR_STATUS_AHEAD);
            MUST(mc, form ? mcpar_sample_block(mc, N / 2, block, NULL) : mcpar_sample(mc, N / 2, trial, NULL));
            now = outcome_of(mc, OBSERVABLES);
            MUST_EQUAL(now, part, "place %zu: what was read", i);
            MUST(mc, form ? mcpar_sample_block(mc, N / 2, block, NULL) : mcpar_sample(mc, N / 2, trial, NULL));
            now = outcome_of(mc, OBSERVABLES);
            MUST_EQUAL(now, whole, "place %zu: the whole", i);
            save(mc, "again");
            close_handle(mc);
            mc = open_whole(places[0]);
            MUST(mc, mcpar_merge(mc, "again"));
            MUST(mc, mcpar_sample(mc, N, trial, NULL));
            now = outcome_of(mc, OBSERVABLES);
            MUST_EQUAL(now, whole, "place %zu: saved again", i);
            close_handle(mc);
        }
}

/* ---- Parts ---- */

static void make_part(int part, int parts, const char *path)
{
    mcpar *mc = open_problem(places[(size_t)part % PLACES], part, parts, "t");
    mcpar_estimate e;

    MUST(mc, mcpar_sample(mc, N / 4, trial, NULL));        /* two calls: two ranges of each part */
    MUST(mc, mcpar_sample(mc, N - N / 4, trial, NULL));
    cr_assert_eq(mcpar_asked(mc), N);
    MUST(mc, mcpar_reduce(mc, &e));
    cr_assert_eq(e.status, parts > 1 ? MCPAR_STATUS_PART : MCPAR_STATUS_COMPLETE);
    MUST(mc, mcpar_save(mc, path));
    close_handle(mc);
}

static void name(char path[32], int part)
{
    (void)snprintf(path, 32, "part-%d", part);
}

static void merge_all(int parts, int but, struct outcome *whole)
{
    uint64_t state = (uint64_t)parts, first, n;
    mcpar *mc = open_whole(places[2]);
    int order[64];
    char path[32];

    for (int i = 0; i < parts; i++) {
        int j = (int)(other_random(&state) % (uint64_t)(i + 1));

        order[i] = order[j];
        order[j] = i;
    }
    for (int i = 0; i < parts; i++)
        if (order[i] != but) {
            name(path, order[i]);
            MUST(mc, mcpar_merge(mc, path));
            MUST_FAIL(mc, mcpar_merge(mc, path), MCPAR_ERR_OVERLAP);       /* and nothing has changed */
            MUST_SAY(mc, path);
        }
    MUST(mc, mcpar_reduce(mc, NULL));
    if (but < 0) {
        MUST(mc, mcpar_range(mc, 0, &first, &n));
        cr_assert(first == 0 && n == N);
        MUST_FAIL(mc, mcpar_range(mc, 1, &first, &n), MCPAR_ERR_ARGUMENT);
    } else {
        cr_assert_lt(mcpar_held(mc), N);
        if (parts > 1 && but > 0) {
            MUST(mc, mcpar_range(mc, 0, &first, &n));
            cr_assert(first == 0 && n == (uint64_t)(N / 4) * (uint64_t)but / (uint64_t)parts, "%llu", (unsigned long long)n);
        }
    }
    MUST(mc, mcpar_sample(mc, N, trial, NULL));            /* runs what is missing */
    {
        struct outcome now = outcome_of(mc, OBSERVABLES);

        MUST_EQUAL(now, *whole, "%d parts, without %d", parts, but);
    }
    close_handle(mc);
}

Test(save, parts_merged_in_any_order)
{
    static const int cases[] = { 1, 2, 7, 64 };
    struct outcome whole = undisturbed(N);
    char path[32];

    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        for (int k = 0; k < cases[c]; k++) {
            name(path, k);
            make_part(k, cases[c], path);
        }
        merge_all(cases[c], -1, &whole);
        merge_all(cases[c], cases[c] / 2, &whole);
        for (int k = 0; k < cases[c]; k++) {
            name(path, k);
            cr_assert(remove(path) == 0);
        }
    }
}

/* More parts than trials: some have nothing to do. */
Test(save, parts_without_trials)
{
    mcpar *all = open_whole(places[0]);
    struct outcome whole = undisturbed(3), now;
    mcpar_estimate e;

    for (int k = 0; k < 7; k++) {
        mcpar *mc = open_problem(places[0], k, 7, "t");

        MUST(mc, mcpar_sample(mc, 3, trial, NULL));
        MUST(mc, mcpar_reduce(mc, &e));
        cr_assert_eq(e.status, e.trials ? MCPAR_STATUS_PART : MCPAR_STATUS_EMPTY);
        MUST(mc, mcpar_save(mc, "part"));
        MUST(all, mcpar_merge(all, "part"));
        close_handle(mc);
    }
    MUST(all, mcpar_sample(all, 3, trial, NULL));
    now = outcome_of(all, OBSERVABLES);
    MUST_EQUAL(now, whole, "7 parts of 3 trials");
    close_handle(all);
}

/* ---- Another problem ---- */

static void refuse(mcpar *mc, const char *words)
{
    MUST_FAIL(mc, mcpar_merge(mc, "half"), MCPAR_ERR_LINEAGE);
    MUST_SAY(mc, words);
    MUST_SAY(mc, "half has ");
    cr_assert_eq(mcpar_held(mc), 0);
    close_handle(mc);
}

Test(save, of_another_problem_is_refused)
{
    static const char *const names[] = { "product", "wider" };
    mcpar_options options = MCPAR_OPTIONS_INIT;
    mcpar *mc;

    make("half", N / 2);
    refuse(open_problem(places[0], 0, 0, "other"), "tag \"t\", and the program has \"other\"");
    options.comm = MCPAR_COMM_SELF;
    options.tag = "t";
    MUST(mc, mcpar_init(&mc, &options));
    refuse(mc, "seed 11, and the program has 271828182845904523");
    options.seed = 11;
    MUST(mc, mcpar_init(&mc, &options));
    MUST(mc, mcpar_reset(mc, 3));
    refuse(mc, "stream 0, and the program has 3");
    MUST(mc, mcpar_init(&mc, &options));
    refuse(mc, "2 observables, and the program has 0");
    MUST(mc, mcpar_init(&mc, &options));
    MUST(mc, mcpar_observe(mc, 2, names));
    refuse(mc, "other names of observables or other pairs");
}

Test(save, of_another_trial_function_is_noticed)
{
    double shift = 1e-9;

    make("half", N / 2);
    for (size_t i = 0; i < PLACES; i++)
        for (int more = 0; more < 2; more++) {
            mcpar *mc = open_whole(places[i]), *other = open_whole(places[i]);
            struct outcome now, whole = undisturbed(more ? N : N / 2);

            MUST(mc, mcpar_merge(mc, "half"));
            MUST_FAIL(mc, mcpar_sample(mc, more ? N : N / 2, trial, &shift), MCPAR_ERR_LINEAGE);
            MUST_SAY(mc, "trial 0 now returns something else");
            cr_assert_eq(mcpar_held(mc), N / 2);
            MUST(mc, mcpar_sample(mc, 0, trial, NULL));    /* with the right one it goes on */
            now = outcome_of(mc, OBSERVABLES);
            MUST_EQUAL(now, whole, "place %zu", i);
            close_handle(mc);
            /* and where both hold trial 0, merging says it */
            MUST(other, mcpar_sample_block(other, 100, block, &shift));
            MUST_FAIL(other, mcpar_merge(other, "half"), MCPAR_ERR_LINEAGE);
            MUST_SAY(other, "trial 0 returned something else for half");
            close_handle(other);
        }
}

/* The trial that is compared fails now: that is what is said, and nothing else is run. */
static int fails(mcpar_rng *rng, double *values, void *arg)
{
    (void)rng, (void)arg;
    values[0] = (double)NAN;
    return 0;
}

Test(save, the_trial_that_is_compared_fails)
{
    make("half", N / 2);
    for (size_t i = 0; i < PLACES; i++) {
        mcpar *mc = open_whole(places[i]);

        MUST(mc, mcpar_merge(mc, "half"));
        MUST_FAIL(mc, mcpar_sample(mc, N, fails, NULL), MCPAR_ERR_VALUE);
        MUST_SAY(mc, "trial 0");
        cr_assert_eq(mcpar_held(mc), N / 2);
        close_handle(mc);
    }
}

/* ---- Files ---- */

Test(save, without_a_reduce_or_a_path)
{
    mcpar *mc = open_whole(places[0]);
    uint64_t first, n;
    size_t size;

    MUST_FAIL(mc, mcpar_save(mc, "a"), MCPAR_ERR_STALE);
    MUST(mc, mcpar_reduce(mc, NULL));
    MUST_FAIL(mc, mcpar_save(mc, NULL), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_save(mc, ""), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_merge(mc, NULL), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_merge(mc, ""), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_unpack(mc, NULL, 5), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_range(mc, 0, NULL, &n), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_range(mc, 0, &first, NULL), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_range(mc, 0, &first, &n), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_pack(mc, NULL, 0, NULL), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_pack(mc, NULL, 5, &size), MCPAR_ERR_ARGUMENT);
    MUST(mc, mcpar_sample(mc, 10, trial, NULL));
    MUST_FAIL(mc, mcpar_save(mc, "a"), MCPAR_ERR_STALE);
    MUST_FAIL(mc, mcpar_pack(mc, NULL, 0, &size), MCPAR_ERR_STALE);
    MUST_FAIL(mc, mcpar_range(mc, 0, &first, &n), MCPAR_ERR_STALE);
    MUST_FAIL(mc, mcpar_set_tag(mc, "other"), MCPAR_ERR_STATE);
    cr_assert(access("a", F_OK) < 0);
    close_handle(mc);
    cr_assert(mcpar_save(NULL, "a") == MCPAR_ERR_ARGUMENT && mcpar_merge(NULL, "a") == MCPAR_ERR_ARGUMENT &&
              mcpar_pack(NULL, NULL, 0, &size) == MCPAR_ERR_ARGUMENT && mcpar_unpack(NULL, "", 0) == MCPAR_ERR_ARGUMENT &&
              mcpar_range(NULL, 0, &first, &n) == MCPAR_ERR_ARGUMENT && mcpar_set_tag(NULL, "") == MCPAR_ERR_ARGUMENT);
}

Test(save, no_file_and_not_a_result_file)
{
    mcpar *mc = open_whole(places[0]);
    FILE *file = fopen("notes", "w");
    char text[16] = "";

    cr_assert(file != NULL && fputs("my notes", file) >= 0 && fclose(file) == 0);
    MUST(mc, mcpar_reduce(mc, NULL));
    MUST_FAIL(mc, mcpar_merge(mc, "absent"), MCPAR_ERR_FILE);
    MUST_SAY(mc, "absent");
    MUST_SAY(mc, "No such file");
    MUST_FAIL(mc, mcpar_merge(mc, "notes"), MCPAR_ERR_FORMAT);
    MUST_SAY(mc, "notes");
    MUST_FAIL(mc, mcpar_save(mc, "notes"), MCPAR_ERR_FORMAT);
    MUST_FAIL(mc, mcpar_save(mc, "no/folder"), MCPAR_ERR_FILE);
    MUST_SAY(mc, "no/folder");
    MUST_FAIL(mc, mcpar_save(mc, "."), MCPAR_ERR_FILE);
    file = fopen("notes", "r");
    cr_assert(file != NULL && fgets(text, sizeof text, file) && fclose(file) == 0);
    cr_assert_str_eq(text, "my notes");
    close_handle(mc);
}

/* A file has one result of each stream and tag; saving one leaves the others; the one before is PATH~. */
Test(save, several_results_in_a_file)
{
    mcpar *mc = open_whole(places[0]);
    struct outcome kept[3], now;

    for (uint32_t s = 0; s < 3; s++) {
        MUST(mc, mcpar_reset(mc, s));
        if (s == 2)
            MUST(mc, mcpar_set_tag(mc, "second"));
        MUST(mc, mcpar_sample(mc, 1000 + s, trial, NULL));
        kept[s] = outcome_of(mc, OBSERVABLES);
        MUST(mc, mcpar_save(mc, "scan"));
    }
    cr_assert(access("scan~", F_OK) == 0);
    for (uint32_t s = 0; s < 3; s++) {
        MUST(mc, mcpar_reset(mc, s));
        MUST(mc, mcpar_set_tag(mc, s == 2 ? "second" : "t"));
        MUST(mc, mcpar_merge(mc, "scan"));
        MUST(mc, mcpar_sample(mc, 1000 + s, trial, NULL));
        now = outcome_of(mc, OBSERVABLES);
        MUST_EQUAL(now, kept[s], "stream %lu", (unsigned long)s);
    }
    MUST(mc, mcpar_reset(mc, 9));
    MUST_FAIL(mc, mcpar_merge(mc, "scan"), MCPAR_ERR_LINEAGE);
    MUST_SAY(mc, "its other results differ, too");
    close_handle(mc);
}

/* ---- Bytes ---- */

Test(save, packed_and_unpacked)
{
    struct outcome whole = undisturbed(N), now;
    unsigned char *bytes;
    size_t n, again;
    mcpar *mc = open_whole(places[2]);

    MUST(mc, mcpar_sample(mc, N / 2, trial, NULL));
    MUST(mc, mcpar_reduce(mc, NULL));
    MUST(mc, mcpar_pack(mc, NULL, 0, &n));
    bytes = calloc(n + 1, 1);
    cr_assert(bytes != NULL && n > 0);
    again = 0;
    MUST_FAIL(mc, mcpar_pack(mc, bytes, n - 1, &again), MCPAR_ERR_ARGUMENT);
    cr_assert(again == n && bytes[0] == 0);
    MUST(mc, mcpar_pack(mc, bytes, n, &again));
    cr_assert_eq(again, n);
    close_handle(mc);
    mc = open_whole(places[3]);
    bytes[n / 2] ^= 4;
    MUST_FAIL(mc, mcpar_unpack(mc, bytes, n), MCPAR_ERR_FORMAT);
    bytes[n / 2] ^= 4;
    MUST_FAIL(mc, mcpar_unpack(mc, bytes, n - 1), MCPAR_ERR_FORMAT);
    MUST_FAIL(mc, mcpar_unpack(mc, bytes, 0), MCPAR_ERR_FORMAT);
    MUST(mc, mcpar_unpack(mc, bytes, n));
    MUST_FAIL(mc, mcpar_unpack(mc, bytes, n), MCPAR_ERR_OVERLAP);
    MUST(mc, mcpar_sample(mc, N, trial, NULL));
    now = outcome_of(mc, OBSERVABLES);
    MUST_EQUAL(now, whole, "unpacked and gone on");
    free(bytes);
    close_handle(mc);
}

/* ---- A handle from a file ---- */

static mcpar *open_file(struct place place, const char *path)
{
    mcpar_options options = options_for(place);
    mcpar *mc = NULL;

    MUST(mc, mcpar_open(&mc, path, MCPAR_ONLY, &options));
    return mc;
}

Test(save, opened_as_a_handle_that_goes_on)
{
    const struct outcome part = undisturbed(N / 2), whole = undisturbed(N);
    struct outcome now;

    make("half", N / 2);
    (void)setenv("MCPAR_SEED", "5", 1);    /* has no say */
    (void)setenv("MCPAR_CHECKPOINT", "none", 1);
    for (size_t i = 0; i < PLACES; i++) {
        mcpar *mc = open_file(places[i], "half");
        mcpar_options options = MCPAR_OPTIONS_INIT;

        cr_assert(mcpar_asked(mc) == N / 2 && mcpar_held(mc) == N / 2);
        cr_assert(!strcmp(mcpar_observable(mc, 0), "product") && !strcmp(mcpar_observable(mc, 1), "wide") &&
                  mcpar_observable(mc, 2) == NULL && mcpar_observable(NULL, 0) == NULL);
        MUST(mc, mcpar_options_in_force(mc, &options));
        cr_assert(options.seed == 11 && options.stream == 0 && !strcmp(options.tag, "t"));
        cr_assert(mcpar_option_origin(mc, "seed") == MCPAR_ORIGIN_FILE && mcpar_option_origin(mc, "tag") == MCPAR_ORIGIN_FILE);
        now = outcome_of(mc, OBSERVABLES);
        MUST_EQUAL(now, part, "place %zu: as it was", i);
        MUST(mc, mcpar_sample(mc, N - N / 2, trial, NULL));
        now = outcome_of(mc, OBSERVABLES);
        MUST_EQUAL(now, whole, "place %zu: gone on", i);
        close_handle(mc);
    }
    cr_assert(access("none", F_OK) < 0);
}

Test(save, opened_with_gaps)
{
    struct outcome whole = undisturbed(N), now;
    mcpar *mc = open_whole(places[0]);
    char path[32];

    for (int k = 0; k < 7; k += 2) {
        name(path, k);
        make_part(k, 7, path);
        MUST(mc, mcpar_merge(mc, path));
    }
    save(mc, "gaps");
    close_handle(mc);
    for (size_t i = 0; i < PLACES; i++) {
        mc = open_file(places[i], "gaps");
        cr_assert_eq(status_of(mc), MCPAR_STATUS_PARTIAL);
        MUST(mc, mcpar_sample_block(mc, 0, block, NULL));
        now = outcome_of(mc, OBSERVABLES);
        MUST_EQUAL(now, whole, "place %zu", i);
        close_handle(mc);
    }
}

Test(save, opened_one_of_several)
{
    mcpar_options options = options_for(places[0]);
    mcpar *mc = open_whole(places[0]);

    for (uint32_t s = 0; s < 3; s++) {
        MUST(mc, mcpar_reset(mc, s));
        MUST(mc, mcpar_sample(mc, 1000 + s, trial, NULL));
        save(mc, "scan");
    }
    close_handle(mc);
    MUST_FAIL(mc, mcpar_open(&mc, "scan", MCPAR_ONLY, &options), MCPAR_ERR_ARGUMENT);
    MUST_SAY(mc, "scan has several results that fit");
    MUST_SAY(mc, "seed 11, stream 2, tag \"t\"");
    (void)mcpar_finalize(&mc);
    for (uint32_t s = 0; s < 3; s++) {
        MUST(mc, mcpar_open(&mc, "scan", s, &options));
        cr_assert_eq(mcpar_held(mc), 1000 + s);
        close_handle(mc);
        options.stream = s;
        MUST(mc, mcpar_open(&mc, "scan", MCPAR_ONLY, &options));
        cr_assert_eq(mcpar_held(mc), 1000 + s);
        cr_assert_eq(mcpar_option_origin(mc, "stream"), MCPAR_ORIGIN_PROGRAM);
        close_handle(mc);
        options.stream = MCPAR_STREAM_UNSET;
    }
    MUST_FAIL(mc, mcpar_open(&mc, "scan", 3, &options), MCPAR_ERR_ARGUMENT);
    MUST_SAY(mc, "index is 3, and scan has 3 results");
    (void)mcpar_finalize(&mc);
    options.seed = 12;
    MUST_FAIL(mc, mcpar_open(&mc, "scan", 0, &options), MCPAR_ERR_LINEAGE);
    MUST_SAY(mc, "no result that fits");
    (void)mcpar_finalize(&mc);
    options.seed = MCPAR_SEED_UNSET;
    MUST_FAIL(mc, mcpar_open(&mc, "absent", 0, &options), MCPAR_ERR_FILE);
    (void)mcpar_finalize(&mc);
    MUST_FAIL(mc, mcpar_open(&mc, NULL, 0, &options), MCPAR_ERR_ARGUMENT);
    (void)mcpar_finalize(&mc);
    options.checkpoint = "file";
    options.tag = "t";
    MUST_FAIL(mc, mcpar_open(&mc, "scan", 0, &options), MCPAR_ERR_OPTION);
    (void)mcpar_finalize(&mc);
    cr_assert_eq(mcpar_open(NULL, "scan", 0, NULL), MCPAR_ERR_ARGUMENT);
}
