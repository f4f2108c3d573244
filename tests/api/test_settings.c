/* SPDX-License-Identifier: BSD-3-Clause */
/* Options, the environment, defaults, and what a handle tells of them; versions and texts. */
#include "api.h"
#include <sched.h>
#include <unistd.h>

TestSuite(version, .timeout = 30);
TestSuite(texts, .timeout = 30);

static const char *const variables[] = { "MCPAR_POOL", "MCPAR_COMM", "MCPAR_WORKERS", "MCPAR_SEED", "MCPAR_STREAM" };
static const char *const options_by_name[] = { "pool", "comm", "workers", "seed", "stream", "confidence", "tag",
                                              "deadlock_seconds" };

static void clear_environment(void)
{
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        (void)unsetenv(variables[i]);
}

static mcpar_options in_force(mcpar *mc)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;

    MUST(mc, mcpar_options_in_force(mc, &options));
    cr_assert(options.size == sizeof options);
    return options;
}

static int dart(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_uniform(rng), y = mcpar_uniform(rng);

    (void)values;
    (void)arg;
    return x * x + y * y < 1.0;
}

static int cpus(void)
{
    cpu_set_t set;

    cr_assert(sched_getaffinity(0, sizeof set, &set) == 0);
    return CPU_COUNT(&set);
}

TestSuite(settings, .init = clear_environment, .timeout = 30);

/* ---- Where they come from ---- */

Test(settings, unset_are_the_defaults)
{
    mcpar_options o, unset = MCPAR_OPTIONS_INIT;
    mcpar *mc;

    for (int i = 0; i < 2; i++) {
        MUST(mc, mcpar_init(&mc, i ? &unset : NULL));
        o = in_force(mc);
        cr_assert(o.pool == MCPAR_POOL_FORK && o.comm == MCPAR_COMM_SELF && o.seed == MCPAR_SEED_DEFAULT);
        cr_assert(o.stream == 0 && o.confidence == 0.95 && strcmp(o.tag, "") == 0);
        cr_assert(o.workers >= 1 && o.workers <= cpus(), "%d workers on %d CPUs", o.workers, cpus());
        cr_assert(o.scratch_new == NULL && o.scratch_free == NULL && o.scratch_arg == NULL);
        for (size_t k = 0; k < sizeof options_by_name / sizeof *options_by_name; k++)
            cr_assert(mcpar_option_origin(mc, options_by_name[k]) == MCPAR_ORIGIN_DEFAULT, "%s", options_by_name[k]);
        cr_assert(mcpar_note(mc, 0) == NULL || cpus() == 1, "%s", mcpar_note(mc, 0));
        cr_assert(mcpar_rank(mc) == 0 && mcpar_size(mc) == 1 && mcpar_workers(mc) == o.workers);
        cr_assert_str_eq(mcpar_about(mc, "pool"), "fork");
        cr_assert_str_eq(mcpar_about(mc, "comm"), "self");
        cr_assert(mcpar_about(mc, "cpus")[0] && mcpar_about(mc, "cpu_path")[0] && mcpar_about(mc, "mpi")[0]);
        close_handle(mc);
    }
}

static void set_all(void)
{
    (void)setenv("MCPAR_POOL", "serial", 1);
    (void)setenv("MCPAR_COMM", "self", 1);
    (void)setenv("MCPAR_WORKERS", "3", 1);
    (void)setenv("MCPAR_SEED", "0x123456789abcdef0", 1);
    (void)setenv("MCPAR_STREAM", "16777215", 1);
}

Test(settings, unset_come_from_the_environment)
{
    mcpar_options o;
    mcpar *mc;

    set_all();
    MUST(mc, mcpar_init(&mc, NULL));
    o = in_force(mc);
    cr_assert(o.pool == MCPAR_POOL_SERIAL && o.comm == MCPAR_COMM_SELF && o.workers == 3);
    cr_assert(o.seed == UINT64_C(0x123456789abcdef0) && o.stream == 16777215);
    for (size_t k = 0; k < 5; k++)
        cr_assert(mcpar_option_origin(mc, options_by_name[k]) == MCPAR_ORIGIN_ENVIRONMENT, "%s", options_by_name[k]);
    cr_assert(mcpar_option_origin(mc, "confidence") == MCPAR_ORIGIN_DEFAULT);
    MUST(mc, mcpar_reset(mc, 5));          /* now the program's */
    cr_assert(in_force(mc).stream == 5 && mcpar_option_origin(mc, "stream") == MCPAR_ORIGIN_PROGRAM);
    close_handle(mc);
}

Test(settings, explicit_0_is_explicit_0)
{
    mcpar_options options = MCPAR_OPTIONS_INIT, o;
    char tag[] = "a tag";
    mcpar *mc;

    set_all();
    options.pool = MCPAR_POOL_AUTO;
    options.comm = MCPAR_COMM_AUTO;
    options.workers = 1;
    options.seed = 0;
    options.stream = 0;
    options.confidence = 0.5;
    options.tag = tag;
    options.deadlock_seconds = 0.0;
    options.scratch_arg = &mc;
    MUST(mc, mcpar_init(&mc, &options));
    memset(tag, 'x', sizeof tag - 1);      /* it was copied */
    memset(&options, 0, sizeof options);
    o = in_force(mc);
    /* An explicit auto is no serial, and what auto came to is told. */
    cr_assert(o.pool == MCPAR_POOL_FORK && o.comm == MCPAR_COMM_SELF && o.workers == 1 && o.seed == 0 && o.stream == 0);
    cr_assert(o.confidence == 0.5 && strcmp(o.tag, "a tag") == 0 && o.scratch_arg == &mc);
    cr_assert(o.deadlock_seconds == 0.0);
    for (size_t k = 0; k < sizeof options_by_name / sizeof *options_by_name; k++)
        cr_assert(mcpar_option_origin(mc, options_by_name[k]) == MCPAR_ORIGIN_PROGRAM, "%s", options_by_name[k]);
    close_handle(mc);
}

Test(settings, of_the_environment_decide_the_result)
{
    char from_environment[MCPAR_FINGERPRINT_SIZE], from_program[MCPAR_FINGERPRINT_SIZE];
    mcpar_options options = MCPAR_OPTIONS_INIT;
    mcpar *mc;

    set_all();
    MUST(mc, mcpar_init(&mc, NULL));
    MUST(mc, mcpar_sample(mc, 1000, dart, NULL));
    MUST(mc, mcpar_reduce(mc, NULL));
    MUST(mc, mcpar_fingerprint(mc, from_environment));
    close_handle(mc);
    clear_environment();
    options.seed = UINT64_C(0x123456789abcdef0);
    options.stream = 16777215;
    MUST(mc, mcpar_init(&mc, &options));
    MUST(mc, mcpar_sample(mc, 1000, dart, NULL));
    MUST(mc, mcpar_reduce(mc, NULL));
    MUST(mc, mcpar_fingerprint(mc, from_program));
    close_handle(mc);
    cr_assert_str_eq(from_environment, from_program);
}

/* ---- Good and bad ---- */

static const struct {
    const char *variable, *text;
} bad_variables[] = {
    { "MCPAR_POOL", "thread" }, { "MCPAR_POOL", "Serial" }, { "MCPAR_POOL", "fork " }, { "MCPAR_POOL", "1" },
    { "MCPAR_COMM", "MPI" }, { "MCPAR_COMM", "openmpi" }, { "MCPAR_COMM", " self" },
    { "MCPAR_WORKERS", "0" }, { "MCPAR_WORKERS", "-1" }, { "MCPAR_WORKERS", "4097" }, { "MCPAR_WORKERS", "1.5" },
    { "MCPAR_WORKERS", "4x" }, { "MCPAR_WORKERS", "99999999999999999999" }, { "MCPAR_WORKERS", "two" },
    { "MCPAR_WORKERS", " 2" }, { "MCPAR_WORKERS", "+2" },
    { "MCPAR_SEED", "18446744073709551615" }, { "MCPAR_SEED", "18446744073709551616" }, { "MCPAR_SEED", "-1" },
    { "MCPAR_SEED", "0x" }, { "MCPAR_SEED", "0x1g" }, { "MCPAR_SEED", "abc" }, { "MCPAR_SEED", "1e9" },
    { "MCPAR_SEED", "0xffffffffffffffff" }, { "MCPAR_SEED", "1 2" },
    { "MCPAR_STREAM", "16777216" }, { "MCPAR_STREAM", "-1" }, { "MCPAR_STREAM", "0x1000000" }, { "MCPAR_STREAM", "%n%s" }
};

/* A handle that could not be made says why, and refuses everything else. */
static void check_broken(mcpar *mc, int code)
{
    static const char *const names[] = { "a" };
    char message[1024], fingerprint[MCPAR_FINGERPRINT_SIZE];
    mcpar_options options = MCPAR_OPTIONS_INIT;
    mcpar_estimate e;
    double c;

    cr_assert(mc != NULL);
    (void)snprintf(message, sizeof message, "%s", mcpar_message(mc));
    MUST_FAIL(mc, mcpar_sample(mc, 1, dart, NULL), code);
    MUST_FAIL(mc, mcpar_sample(mc, 0, NULL, NULL), code);
    MUST_FAIL(mc, mcpar_sample_block(mc, 1, NULL, NULL), code);
    MUST_FAIL(mc, mcpar_reduce(mc, &e), code);
    MUST_FAIL(mc, mcpar_reset(mc, 0), code);
    MUST_FAIL(mc, mcpar_observe(mc, 1, names), code);
    MUST_FAIL(mc, mcpar_observe_pairs(mc, 0, NULL), code);
    MUST_FAIL(mc, mcpar_mean(mc, 0, &e), code);
    MUST_FAIL(mc, mcpar_covariance(mc, 0, 0, &c), code);
    MUST_FAIL(mc, mcpar_fingerprint(mc, fingerprint), code);
    cr_assert(mcpar_options_in_force(mc, &options) == 0 || options.size == sizeof options);
    (void)mcpar_about(mc, "pool");
    (void)mcpar_about(mc, "comm");
    (void)mcpar_about(mc, "cpus");
    (void)mcpar_note(mc, 0);
    (void)mcpar_workers(mc);
    cr_assert_str_eq(mcpar_message(mc), message);
    close_handle(mc);
}

Test(settings, bad_variables_are_quoted)
{
    for (size_t i = 0; i < sizeof bad_variables / sizeof *bad_variables; i++) {
        char quoted[256];
        mcpar *mc = NULL;

        clear_environment();
        (void)setenv(bad_variables[i].variable, bad_variables[i].text, 1);
        MUST_FAIL(mc, mcpar_init(&mc, NULL), MCPAR_ERR_ENVIRONMENT);
        (void)snprintf(quoted, sizeof quoted, "%s=\"%s\"", bad_variables[i].variable, bad_variables[i].text);
        MUST_SAY(mc, quoted);
        MUST_SAY(mc, mcpar_strerror(MCPAR_ERR_ENVIRONMENT));
        check_broken(mc, MCPAR_ERR_ENVIRONMENT);
    }
}

Test(settings, a_bad_variable_that_does_not_count_does_no_harm)
{
    mcpar_options options = options_for(places[0]);
    mcpar *mc;

    options.seed = 1;
    options.stream = 1;
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        (void)setenv(variables[i], "nonsense", 1);
    MUST(mc, mcpar_init(&mc, &options));
    close_handle(mc);
}

Test(settings, an_empty_variable_is_unset_and_a_long_one_fits_the_message)
{
    static char text[100000];
    mcpar *mc = NULL;

    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        (void)setenv(variables[i], "", 1);
    MUST(mc, mcpar_init(&mc, NULL));
    for (size_t k = 0; k < 5; k++)
        cr_assert(mcpar_option_origin(mc, options_by_name[k]) == MCPAR_ORIGIN_DEFAULT);
    close_handle(mc);
    memset(text, '9', sizeof text - 1);
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        clear_environment();
        (void)setenv(variables[i], text, 1);
        MUST_FAIL(mc, mcpar_init(&mc, NULL), MCPAR_ERR_ENVIRONMENT);
        MUST_SAY(mc, variables[i]);
        close_handle(mc);
    }
}

Test(settings, edges_of_variables_are_good)
{
    mcpar *mc;

    (void)setenv("MCPAR_WORKERS", "4096", 1);
    (void)setenv("MCPAR_SEED", "18446744073709551614", 1);
    (void)setenv("MCPAR_STREAM", "0xffffff", 1);
    MUST(mc, mcpar_init(&mc, NULL));
    cr_assert(in_force(mc).workers == 4096 && in_force(mc).seed == UINT64_MAX - 1 && in_force(mc).stream == 0xffffff);
    close_handle(mc);
    (void)setenv("MCPAR_SEED", "0", 1);
    (void)setenv("MCPAR_WORKERS", "0x1", 1);
    MUST(mc, mcpar_init(&mc, NULL));
    cr_assert(in_force(mc).seed == 0 && in_force(mc).workers == 1);
    close_handle(mc);
}

static void refused(const mcpar_options *options, const char *words)
{
    mcpar *mc = NULL;

    MUST_FAIL(mc, mcpar_init(&mc, options), MCPAR_ERR_OPTION);
    MUST_SAY(mc, words);
    check_broken(mc, MCPAR_ERR_OPTION);
}

Test(settings, bad_options_are_named)
{
    static const int pools[] = { -2, 4, INT32_MAX, INT32_MIN }, workers[] = { 0, -2, 4097, INT32_MAX, INT32_MIN };
    static const double levels[] = { 0.0, 1.0, -0.5, 2.0, -1e300 };
    const mcpar_options unset = MCPAR_OPTIONS_INIT;
    static char tag[4097];
    mcpar_options o;
    mcpar *mc;

    for (size_t i = 0; i < 4; i++) {
        o = unset;
        o.pool = pools[i];
        refused(&o, "pool");
        o = unset;
        o.comm = pools[i];
        refused(&o, "comm");
    }
    for (size_t i = 0; i < 5; i++) {
        o = unset;
        o.workers = workers[i];
        refused(&o, "workers");
        o = unset;
        o.confidence = levels[i];
        refused(&o, "confidence");
    }
    o = unset;
    o.stream = 1u << 24;
    refused(&o, "stream");
    o.stream = UINT32_MAX - 1;
    refused(&o, "stream");
    memset(tag, 't', 4096);
    o = unset;
    o.tag = tag;
    refused(&o, "tag");
    tag[4095] = 0;
    MUST(mc, mcpar_init(&mc, &o));
    cr_assert_str_eq(in_force(mc).tag, tag);
    close_handle(mc);
}

Test(settings, the_first_error_of_a_call_wins)
{
    mcpar_options o = MCPAR_OPTIONS_INIT;

    o.pool = 17;
    o.workers = 0;
    o.confidence = 7.0;
    (void)setenv("MCPAR_SEED", "nonsense", 1);
    refused(&o, "pool is 17");
}

/* ---- Sizes: programs of an older and of a newer header ---- */

Test(settings, of_other_sizes)
{
    static const size_t bad[] = { 0, 1, 8, offsetof(mcpar_options, tag), sizeof(mcpar_options) + 1, SIZE_MAX };
    union {
        mcpar_options options;
        char room[2 * sizeof(mcpar_options)];
    } mine;
    const mcpar_options unset = MCPAR_OPTIONS_INIT;
    mcpar_options o = unset;
    mcpar *mc;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        o.size = bad[i];
        refused(&o, "size");
    }
    /* Of a header that had no scratch memory yet: what lies behind is not read. */
    o = unset;
    o.size = offsetof(mcpar_options, scratch_new);
    o.seed = 5;
    o.scratch_new = (void *(*)(void *))(uintptr_t)1;
    MUST(mc, mcpar_init(&mc, &o));
    cr_assert(in_force(mc).seed == 5 && in_force(mc).scratch_new == NULL);
    /* And what lies behind is not written. */
    memset(&mine, 0x5a, sizeof mine);
    mine.options.size = offsetof(mcpar_options, stream);
    MUST(mc, mcpar_options_in_force(mc, &mine.options));
    cr_assert(mine.options.size == offsetof(mcpar_options, stream));
    for (size_t i = offsetof(mcpar_options, stream); i < sizeof mine; i++)
        cr_assert(mine.room[i] == 0x5a);
    mine.options.size = 0;
    MUST_FAIL(mc, mcpar_options_in_force(mc, &mine.options), MCPAR_ERR_ARGUMENT);
    close_handle(mc);
}

/* ---- Notes ---- */

static bool noted(mcpar *mc, const char *words)
{
    const char *note;

    for (size_t i = 0; (note = mcpar_note(mc, i)); i++)
        if (strstr(note, words))
            return true;
    return false;
}

Test(settings, one_cpu_by_affinity_is_noted_where_there_are_more)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;
    cpu_set_t one;
    size_t first = 0;
    mcpar *mc;

    if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
        cr_skip("there is one CPU");
    cr_assert_eq(sched_getaffinity(0, sizeof one, &one), 0);
    while (!CPU_ISSET(first, &one))
        first++;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    cr_assert_eq(sched_setaffinity(0, sizeof one, &one), 0);
    MUST(mc, mcpar_init(&mc, &options));
    cr_assert(noted(mc, "1 worker: ") && noted(mc, "--bind-to none"));
    close_handle(mc);
    options.workers = 1;                   /* who says 1 need not be told */
    MUST(mc, mcpar_init(&mc, &options));
    cr_assert(mcpar_note(mc, 0) == NULL);
    close_handle(mc);
    options.workers = MCPAR_UNSET;
    options.pool = MCPAR_POOL_SERIAL;
    MUST(mc, mcpar_init(&mc, &options));
    cr_assert(mcpar_note(mc, 0) == NULL);
    close_handle(mc);
}

Test(settings, more_workers_than_cpus_are_noted_and_work)
{
    struct place place = { MCPAR_POOL_FORK, cpus() + 1 };
    mcpar_options options = options_for(place);
    char words[32];
    mcpar *mc;

    (void)snprintf(words, sizeof words, "%d workers", place.workers);
    MUST(mc, mcpar_init(&mc, &options));
    cr_assert(noted(mc, words));
    MUST(mc, mcpar_sample(mc, 10000, dart, NULL));
    MUST(mc, mcpar_sample(mc, 10000, dart, NULL));
    cr_assert(mcpar_workers(mc) == place.workers);
    /* Criterion has a thread, which is noted, too. */
    cr_assert(mcpar_note(mc, 1) == NULL || (noted(mc, "threads") && mcpar_note(mc, 2) == NULL));
    close_handle(mc);
    mc = open_serial();
    cr_assert(mcpar_note(mc, 0) == NULL && mcpar_workers(mc) == 1);
    cr_assert_str_eq(mcpar_about(mc, "pool"), "serial");
    close_handle(mc);
}

Test(settings, default_workers_respect_affinity)
{
    cpu_set_t all, one;
    size_t cpu = 0;
    mcpar *mc;

    cr_assert(sched_getaffinity(0, sizeof all, &all) == 0);
    while (!CPU_ISSET(cpu, &all))
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    cr_assert(sched_setaffinity(0, sizeof one, &one) == 0);
    MUST(mc, mcpar_init(&mc, NULL));
    cr_assert(mcpar_workers(mc) == 1 && in_force(mc).workers == 1);
    cr_assert(strstr(mcpar_about(mc, "cpus"), "1") != NULL);
    close_handle(mc);
}

/* ---- Launchers that say one process, or that the program does not listen to ---- */

Test(settings, communicator_self_unless_a_launcher_says_more_than_one)
{
    static const char *const sizes[] = { "1", "0", "", "-4", "four", "4x" };
    mcpar_options options = MCPAR_OPTIONS_INIT;
    mcpar *mc;

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        (void)setenv("OMPI_COMM_WORLD_SIZE", sizes[i], 1);
        (void)setenv("PMI_SIZE", sizes[i], 1);
        MUST(mc, mcpar_init(&mc, NULL));
        cr_assert(mcpar_size(mc) == 1);
        cr_assert_str_eq(mcpar_about(mc, "comm"), "self");
        close_handle(mc);
    }
    (void)setenv("OMPI_COMM_WORLD_SIZE", "4", 1);
    options.comm = MCPAR_COMM_SELF;
    MUST(mc, mcpar_init(&mc, &options));
    cr_assert(mcpar_size(mc) == 1);
    close_handle(mc);
    (void)setenv("MCPAR_COMM", "self", 1);
    MUST(mc, mcpar_init(&mc, NULL));
    cr_assert(mcpar_size(mc) == 1);
    close_handle(mc);
    (void)unsetenv("OMPI_COMM_WORLD_SIZE");
    (void)setenv("SLURM_STEP_NUM_TASKS", "8", 1);      /* srun without PMIx */
    (void)unsetenv("PMIX_RANK");
    (void)unsetenv("MCPAR_COMM");
    MUST(mc, mcpar_init(&mc, NULL));
    cr_assert(mcpar_size(mc) == 1);
    close_handle(mc);
}

Test(settings, a_launcher_without_a_library_for_mpi_is_an_error)
{
    mcpar *mc = NULL;

    (void)setenv("OMPI_COMM_WORLD_SIZE", "4", 1);
    (void)setenv("MCPAR_MPI_LIBRARY", "/nowhere/libmcpar_mpi.so", 1);
    MUST_FAIL(mc, mcpar_init(&mc, NULL), MCPAR_ERR_MPI_LIBRARY);
    MUST_SAY(mc, "/nowhere/libmcpar_mpi.so");
    MUST_SAY(mc, "MCPAR_COMM=self");
    check_broken(mc, MCPAR_ERR_MPI_LIBRARY);
}

/* ---- Versions and texts ---- */

Test(version, of_header_and_library_agree)
{
    char text[64];

    (void)snprintf(text, sizeof text, "%d.%d.%d", MCPAR_VERSION_MAJOR, MCPAR_VERSION_MINOR, MCPAR_VERSION_PATCH);
    cr_assert_str_eq(MCPAR_VERSION, text);
    cr_assert_str_eq(mcpar_version(), MCPAR_VERSION);
    cr_assert(mcpar_version_number() == MCPAR_VERSION_NUMBER);
    cr_assert(mcpar_contract() == MCPAR_CONTRACT && MCPAR_CONTRACT == 1);
    cr_assert(MCPAR_VERSION_AT_LEAST(MCPAR_VERSION_MAJOR, MCPAR_VERSION_MINOR, MCPAR_VERSION_PATCH));
    cr_assert(MCPAR_VERSION_AT_LEAST(0, 0, 1) && MCPAR_VERSION_AT_LEAST(MCPAR_VERSION_MAJOR, 0, 0));
    cr_assert(!MCPAR_VERSION_AT_LEAST(MCPAR_VERSION_MAJOR, MCPAR_VERSION_MINOR, MCPAR_VERSION_PATCH + 1));
    cr_assert(!MCPAR_VERSION_AT_LEAST(MCPAR_VERSION_MAJOR, MCPAR_VERSION_MINOR + 1, 0));
    cr_assert(!MCPAR_VERSION_AT_LEAST(MCPAR_VERSION_MAJOR + 1, 0, 0));
}

/* Codes are never used again for another meaning: this list may only grow. */
#define FROZEN(name, value) { name, value }
static const int frozen[][2] = {
    FROZEN(MCPAR_OK, 0), FROZEN(MCPAR_ERR_ARGUMENT, 1), FROZEN(MCPAR_ERR_OPTION, 2), FROZEN(MCPAR_ERR_ENVIRONMENT, 3),
    FROZEN(MCPAR_ERR_MEMORY, 4), FROZEN(MCPAR_ERR_STATE, 5), FROZEN(MCPAR_ERR_BUSY, 6), FROZEN(MCPAR_ERR_FORKED, 7),
    FROZEN(MCPAR_ERR_STALE, 8), FROZEN(MCPAR_ERR_TRIAL, 9), FROZEN(MCPAR_ERR_VALUE, 10), FROZEN(MCPAR_ERR_HITS, 11),
    FROZEN(MCPAR_ERR_DRAWS, 12), FROZEN(MCPAR_ERR_CRASH, 13), FROZEN(MCPAR_ERR_KILLED, 14),
    FROZEN(MCPAR_ERR_WORKERS, 15), FROZEN(MCPAR_ERR_SCRATCH, 16), FROZEN(MCPAR_ERR_POOL, 17),
    FROZEN(MCPAR_ERR_COMM, 18), FROZEN(MCPAR_ERR_MPI_LIBRARY, 19), FROZEN(MCPAR_ERR_MPI_STATE, 20),
    FROZEN(MCPAR_ERR_LAUNCHER, 21), FROZEN(MCPAR_ERR_MISMATCH, 22),
    FROZEN(MCPAR_ERR_DEADLOCK, 32), FROZEN(MCPAR_ERR_LIMIT, 33)
};

Test(texts, of_all_codes_are_there_and_differ)
{
    static const int codes[] = {
#define CODE(name, value, text) name,
        MCPAR_ERRORS(CODE)
#undef CODE
    };
    enum { CODES = sizeof codes / sizeof *codes };
    static const int unknown[] = { -1, 1000, INT32_MAX, INT32_MIN };

    for (size_t i = 0; i < CODES; i++) {
        cr_assert(mcpar_strerror(codes[i]) != NULL && mcpar_strerror(codes[i])[0]);
        for (size_t j = 0; j < i; j++)
            cr_assert(codes[i] != codes[j] && strcmp(mcpar_strerror(codes[i]), mcpar_strerror(codes[j])) != 0);
        for (size_t j = 0; j < 4; j++)
            cr_assert(strcmp(mcpar_strerror(codes[i]), mcpar_strerror(unknown[j])) != 0);
    }
    for (size_t j = 0; j < 4; j++)
        cr_assert(mcpar_strerror(unknown[j]) != NULL && mcpar_strerror(unknown[j])[0]);
    for (size_t i = 0; i < sizeof frozen / sizeof *frozen; i++)
        cr_assert(frozen[i][0] == frozen[i][1]);
}
