/* SPDX-License-Identifier: BSD-3-Clause */
/* The options in force: program, environment, defaults, in this order; each variable good and bad; and where each
 * came from. */
#include "unit.h"
#include "run/settings.h"
#include <limits.h>
#include <math.h>
#include <stddef.h>

static struct mcpar__settings s;
static struct mcpar__report report;

static void clean(void)
{
    static const char *const variables[] = { "MCPAR_POOL", "MCPAR_COMM", "MCPAR_WORKERS", "MCPAR_SEED", "MCPAR_STREAM",
                                             "MCPAR_CPU", "MCPAR_DEADLOCK_SECONDS", "MCPAR_MAX_SECONDS",
                                             "MCPAR_DEADLINE", "MCPAR_MPI_LIBRARY", "MCPAR_PART", "MCPAR_CHECKPOINT",
                                             "MCPAR_CHECKPOINT_SECONDS", "MCPAR_STOP_SECONDS", "MCPAR_STUCK_SECONDS",
                                             "MCPAR_BLOCK" };

    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        (void)unsetenv(variables[i]);
}

TestSuite(settings, .init = clean);

static int open_with(const mcpar_options *options, int host_comm)
{
    mcpar__settings_close(&s);
    memset(&s, 0x55, sizeof s);
    memset(&report, 0, sizeof report);
    return mcpar__settings_open(&s, options, host_comm, &report);
}

static mcpar_origin origin_of(const char *option)
{
    for (int i = 0; i < MCPAR__OPTIONS; i++)
        if (!strcmp(mcpar__option_names[i], option))
            return s.origin[i];
    return MCPAR_ORIGIN_UNKNOWN;
}

static void assert_defaults(void)
{
    int cpus = s.cpus.count < MCPAR__MAX_WORKERS ? s.cpus.count : MCPAR__MAX_WORKERS;

    cr_assert_eq(s.in_force.size, sizeof(mcpar_options));
    cr_assert_eq(s.in_force.pool, MCPAR_POOL_AUTO);
    cr_assert_eq(s.in_force.comm, MCPAR_COMM_AUTO);
    cr_assert_eq(s.in_force.workers, cpus);
    cr_assert_eq(s.in_force.stream, 0);
    cr_assert_eq(s.in_force.seed, UINT64_C(271828182845904523));
    cr_assert_eq(golden_bits(s.in_force.confidence), golden_bits(0.95));
    cr_assert_eq(golden_bits(s.in_force.deadlock_seconds), golden_bits(30.0));
    cr_assert_str_eq(s.in_force.tag, "");
    cr_assert(!s.in_force.scratch_new && !s.in_force.scratch_free && !s.in_force.scratch_arg);
}

Test(settings, nothing_set)
{
    mcpar_options unset = MCPAR_OPTIONS_INIT;

    for (int pass = 0; pass < 2; pass++) {
        cr_assert_eq(open_with(pass ? &unset : NULL, 0), 0);
        assert_defaults();
        cr_assert_geq(s.in_force.workers, 1);
        for (int i = 0; i < MCPAR__OPTIONS; i++)
            cr_assert_eq(s.origin[i], MCPAR_ORIGIN_DEFAULT, "%s", mcpar__option_names[i]);
        cr_assert_eq(report.code, 0);
        cr_assert_eq(report.notes, 0);
    }
}

Test(settings, names_of_options_stand_in_order)
{
    static const char *const names[] = { "pool", "comm", "workers", "stream", "seed", "confidence", "tag",
                                          "deadlock_seconds", "max_seconds", "deadline", "part", "parts", "checkpoint",
                                          "checkpoint_seconds", "stop_seconds", "stuck_seconds", "block",
                                          "progress_seconds", "check" };

    cr_assert_eq(MCPAR__OPTIONS, 19);
    for (int i = 0; i < MCPAR__OPTIONS; i++)
        cr_assert_str_eq(mcpar__option_names[i], names[i]);
}

static void *make(void *arg)
{
    return arg;
}

static void end(void *scratch, void *arg)
{
    (void)scratch, (void)arg;
}

Test(settings, everything_set_by_the_program_and_the_environment_has_no_say)
{
    int here;
    char tag[] = "price, sigma = 0.2";
    mcpar_options o = { sizeof o, MCPAR_POOL_FORK, MCPAR_COMM_SELF, 3, 77, 88, 0.5, tag, make, end, &here, 7.5, 8.5, 9.5,
                        2, 7, "file", 10.5, NULL, NULL, 14.5, 11.5, 12.5, 13, 1 };

    (void)setenv("MCPAR_POOL", "serial", 1);
    (void)setenv("MCPAR_COMM", "mpi", 1);
    (void)setenv("MCPAR_WORKERS", "5", 1);
    (void)setenv("MCPAR_STREAM", "6", 1);
    (void)setenv("MCPAR_SEED", "7", 1);
    cr_assert_eq(open_with(&o, 0), 0);
    tag[0] = 'X';                          /* it was copied */
    cr_assert(s.in_force.pool == MCPAR_POOL_FORK && s.in_force.comm == MCPAR_COMM_SELF && s.in_force.workers == 3);
    cr_assert(s.in_force.stream == 77 && s.in_force.seed == 88);
    cr_assert_eq(golden_bits(s.in_force.confidence), golden_bits(0.5));
    cr_assert_eq(golden_bits(s.in_force.deadlock_seconds), golden_bits(7.5));
    cr_assert_eq(golden_bits(s.in_force.max_seconds), golden_bits(8.5));
    cr_assert_eq(golden_bits(s.in_force.deadline), golden_bits(9.5));
    cr_assert_str_eq(s.in_force.tag, "price, sigma = 0.2");
    cr_assert(s.in_force.scratch_new == make && s.in_force.scratch_free == end && s.in_force.scratch_arg == &here);
    for (int i = 0; i < MCPAR__OPTIONS; i++)
        cr_assert_eq(s.origin[i], MCPAR_ORIGIN_PROGRAM, "%s", mcpar__option_names[i]);
}

/* ---- Misspelt variables ---- */

static const char *const good_names[] = { "MCPAR_POOL", "MCPAR_COMM", "MCPAR_WORKERS", "MCPAR_STREAM", "MCPAR_SEED",
                                          "MCPAR_DEADLOCK_SECONDS", "MCPAR_MAX_SECONDS", "MCPAR_DEADLINE", "MCPAR_CPU",
                                          "MCPAR_MPI_LIBRARY" };

/* With this variable and no other, the only note asks for `other` (NULL: there is no note), and nothing fails. */
static void assert_noted(const char *name, const char *other)
{
    char note[200] = "";

    (void)setenv(name, "3", 1);
    cr_assert_eq(open_with(NULL, 0), 0, "%s: %s", name, report.text);
    (void)unsetenv(name);
    if (other)
        (void)snprintf(note, sizeof note, "%s is not a setting of this version; did you mean %s?", name, other);
    cr_assert_eq(report.notes, other ? 1 : 0, "%s: %s", name, report.notes ? report.note[0] : "no note");
    cr_assert_str_eq(report.notes ? report.note[0] : "", note);
    assert_defaults();
}

Test(settings, a_misspelt_variable_is_noted)
{
    for (size_t i = 0; i < sizeof good_names / sizeof *good_names; i++) {
        char name[64];
        size_t n = strlen(good_names[i]);

        for (size_t k = strlen("MCPAR_"); k <= n; k++) {
            (void)snprintf(name, sizeof name, "%.*sX%s", (int)k, good_names[i], good_names[i] + k);
            assert_noted(name, good_names[i]);
            if (k == n)
                continue;
            (void)snprintf(name, sizeof name, "%.*s#%s", (int)k, good_names[i], good_names[i] + k + 1);
            assert_noted(name, good_names[i]);
            (void)snprintf(name, sizeof name, "%.*s%s", (int)k, good_names[i], good_names[i] + k + 1);
            assert_noted(name, good_names[i]);
        }
    }
    assert_noted("MCPAR_SEDE", "MCPAR_SEED");
    assert_noted("MCPAR_WOKRER", "MCPAR_WORKERS");
    assert_noted("MCPAR_MAXSECOND", "MCPAR_MAX_SECONDS");
}

Test(settings, a_variable_like_none_is_nobodys_business)
{
    static const char *const names[] = { "MCPAR_", "MCPAR_TEST_SECONDS", "MCPAR_BUILD", "MCPAR_CC", "MCPAR_POO_S",
                                         "MCPAR_THREADS", "MCPAR_WORKSHOP", "MY_MCPAR_WORKER", "MCPAR", "mcpar_worker",
                                         "MCPAR_A_VERY_LONG_NAME_THAT_A_PROGRAM_HAS_CHOSEN_FOR_ITSELF_ALONE" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_noted(names[i], NULL);
    for (size_t i = 0; i < sizeof good_names / sizeof *good_names; i++) {
        (void)setenv(good_names[i], "", 1); /* counts as unset */
        assert_noted("MCPAR_BUILD", NULL);
    }
    (void)clearenv();
    cr_assert_eq(open_with(NULL, 0), 0);
    cr_assert_eq(report.notes, 0);
}

/* An explicit 0 is not "unset". */
Test(settings, an_explicit_zero_is_a_zero)
{
    mcpar_options o = MCPAR_OPTIONS_INIT;

    (void)setenv("MCPAR_POOL", "serial", 1);
    (void)setenv("MCPAR_COMM", "mpi", 1);
    (void)setenv("MCPAR_STREAM", "6", 1);
    (void)setenv("MCPAR_SEED", "7", 1);
    o.pool = 0;
    o.comm = 0;
    o.stream = 0;
    o.seed = 0;
    o.tag = "";
    cr_assert_eq(open_with(&o, 0), 0);
    cr_assert(s.in_force.pool == MCPAR_POOL_AUTO && s.in_force.comm == MCPAR_COMM_AUTO);
    cr_assert(s.in_force.stream == 0 && s.in_force.seed == 0);
    cr_assert_eq(origin_of("pool"), MCPAR_ORIGIN_PROGRAM);
    cr_assert_eq(origin_of("comm"), MCPAR_ORIGIN_PROGRAM);
    cr_assert_eq(origin_of("stream"), MCPAR_ORIGIN_PROGRAM);
    cr_assert_eq(origin_of("seed"), MCPAR_ORIGIN_PROGRAM);
    cr_assert_eq(origin_of("tag"), MCPAR_ORIGIN_PROGRAM);
    cr_assert_eq(origin_of("workers"), MCPAR_ORIGIN_DEFAULT);
    o.workers = 0;                         /* of which there cannot be 0 */
    cr_assert_eq(open_with(&o, 0), MCPAR_ERR_OPTION);
}

/* ---- The environment ---- */

/* What a variable does: 0 and the option has `value`, or the error quotes it and the option is the default. */
static uint64_t option(const char *name)
{
    if (!strcmp(name, "MCPAR_POOL"))
        return (uint64_t)s.in_force.pool;
    if (!strcmp(name, "MCPAR_COMM"))
        return (uint64_t)s.in_force.comm;
    if (!strcmp(name, "MCPAR_WORKERS"))
        return (uint64_t)s.in_force.workers;
    return !strcmp(name, "MCPAR_STREAM") ? s.in_force.stream : s.in_force.seed;
}

static const char *option_name(const char *variable)
{
    return !strcmp(variable, "MCPAR_POOL")      ? "pool"
           : !strcmp(variable, "MCPAR_COMM")    ? "comm"
           : !strcmp(variable, "MCPAR_WORKERS") ? "workers"
           : !strcmp(variable, "MCPAR_STREAM")  ? "stream"
                                                : "seed";
}

static void good(const char *variable, const char *text, uint64_t value)
{
    clean();
    (void)setenv(variable, text, 1);
    cr_assert_eq(open_with(NULL, 0), 0, "%s=%s: %s", variable, text, report.text);
    cr_assert_eq(option(variable), value, "%s=%s gives %llu", variable, text, (unsigned long long)option(variable));
    for (int i = 0; i < MCPAR__OPTIONS; i++)
        cr_assert_eq(s.origin[i],
                     strcmp(mcpar__option_names[i], option_name(variable)) ? MCPAR_ORIGIN_DEFAULT : MCPAR_ORIGIN_ENVIRONMENT,
                     "%s=%s: origin of %s", variable, text, mcpar__option_names[i]);
}

static void bad(const char *variable, const char *text)
{
    char quoted[300];

    clean();
    (void)setenv(variable, text, 1);
    cr_assert_eq(open_with(NULL, 0), MCPAR_ERR_ENVIRONMENT, "%s=\"%s\"", variable, text);
    (void)snprintf(quoted, sizeof quoted, "%s=\"%.200s", variable, text);
    cr_assert_not_null(strstr(report.text, quoted), "%s", report.text);
    assert_defaults();
    cr_assert_eq(origin_of(option_name(variable)), MCPAR_ORIGIN_DEFAULT);
}

static const char *const numbers[] = { "MCPAR_WORKERS", "MCPAR_STREAM", "MCPAR_SEED" };

Test(settings, words_in_the_environment)
{
    good("MCPAR_POOL", "auto", MCPAR_POOL_AUTO);
    good("MCPAR_POOL", "serial", MCPAR_POOL_SERIAL);
    good("MCPAR_POOL", "fork", MCPAR_POOL_FORK);
    good("MCPAR_POOL", "threads", MCPAR_POOL_THREADS);
    good("MCPAR_COMM", "auto", MCPAR_COMM_AUTO);
    good("MCPAR_COMM", "self", MCPAR_COMM_SELF);
    good("MCPAR_COMM", "mpi", MCPAR_COMM_MPI);
    bad("MCPAR_POOL", "Fork");
    bad("MCPAR_POOL", "fork ");
    bad("MCPAR_POOL", " fork");
    bad("MCPAR_POOL", "forks");
    bad("MCPAR_POOL", "thread");
    bad("MCPAR_POOL", "self");
    bad("MCPAR_POOL", "1");
    bad("MCPAR_COMM", "MPI");
    bad("MCPAR_COMM", "serial");
    bad("MCPAR_COMM", "-1");
}

Test(settings, numbers_in_the_environment)
{
    for (size_t i = 0; i < 3; i++) {
        good(numbers[i], "1", 1);
        good(numbers[i], "0001", 1);
        good(numbers[i], "0x1f", 31);
        good(numbers[i], "0X1F", 31);
        good(numbers[i], "0xabc", 0xabc);
        good(numbers[i], "0xDeF", 0xdef);
        good(numbers[i], "4096", 4096);
        good(numbers[i], "0x1000", 4096);
        good(numbers[i], "09", 9);         /* no octal */
    }
    good("MCPAR_STREAM", "0", 0);
    good("MCPAR_STREAM", "0x0", 0);
    good("MCPAR_STREAM", "16777215", 16777215);
    good("MCPAR_STREAM", "0xffffff", 16777215);
    good("MCPAR_SEED", "0", 0);
    good("MCPAR_SEED", "18446744073709551614", UINT64_MAX - 1);
    good("MCPAR_SEED", "0xfffffffffffffffe", UINT64_MAX - 1);
    good("MCPAR_SEED", "0x00000000000000000000000000000000000001", 1);
}

Test(settings, what_is_no_number)
{
    static const char *const texts[] = { "-1", "+1", " 1", "1 ", "\t1", "1\n", "1.0", "1e3", "0x", "0X", "x1", "0x1g", "1x", "a",
                                         "ff", "0b1", "1,000", "1_000", "one", "99999999999999999999999999999999",
                                         "18446744073709551616", "0x10000000000000000", "0x1ffffffffffffffff", "\xc3\xa9",
                                         "--1", "0x-1", "00x1", "18446744073709551615", "0xffffffffffffffff" };

    for (size_t i = 0; i < 3; i++)
        for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
            bad(numbers[i], texts[t]);
    bad("MCPAR_WORKERS", "0");
    bad("MCPAR_WORKERS", "0x0");
    bad("MCPAR_WORKERS", "4097");
    bad("MCPAR_WORKERS", "0x1001");
    bad("MCPAR_WORKERS", "4294967297");    /* 2^32 + 1 is not 1 */
    bad("MCPAR_STREAM", "16777216");
    bad("MCPAR_STREAM", "0x1000000");
    bad("MCPAR_STREAM", "4294967296");
}

Test(settings, an_empty_variable_counts_as_unset)
{
    (void)setenv("MCPAR_POOL", "", 1);
    (void)setenv("MCPAR_COMM", "", 1);
    (void)setenv("MCPAR_WORKERS", "", 1);
    (void)setenv("MCPAR_STREAM", "", 1);
    (void)setenv("MCPAR_SEED", "", 1);
    (void)setenv("MCPAR_CPU", "", 1);
    cr_assert_eq(open_with(NULL, 0), 0);
    assert_defaults();
    for (int i = 0; i < MCPAR__OPTIONS; i++)
        cr_assert_eq(s.origin[i], MCPAR_ORIGIN_DEFAULT);
}

Test(settings, a_very_long_variable_is_quoted_in_part)
{
    static char text[100000];

    memset(text, '7', sizeof text - 1);
    bad("MCPAR_SEED", text);
    memset(text, 'x', sizeof text - 1);
    bad("MCPAR_POOL", text);
    cr_assert_leq(strlen(report.text), MCPAR__TEXT - 1);
}

Test(settings, the_first_bad_variable_is_told_and_the_good_ones_hold)
{
    (void)setenv("MCPAR_WORKERS", "zero", 1);
    (void)setenv("MCPAR_SEED", "-5", 1);
    (void)setenv("MCPAR_STREAM", "12", 1);
    cr_assert_eq(open_with(NULL, 0), MCPAR_ERR_ENVIRONMENT);
    cr_assert_not_null(strstr(report.text, "MCPAR_WORKERS=\"zero\""), "%s", report.text);
    cr_assert_eq(s.in_force.stream, 12);
    cr_assert_eq(s.in_force.seed, MCPAR_SEED_DEFAULT);
}

Test(settings, with_a_communicator_of_the_hosts_MCPAR_COMM_does_not_count)
{
    (void)setenv("MCPAR_COMM", "self", 1);
    cr_assert_eq(open_with(NULL, 1), 0);
    cr_assert_eq(s.in_force.comm, MCPAR_COMM_AUTO);
    cr_assert_eq(origin_of("comm"), MCPAR_ORIGIN_DEFAULT);
    (void)setenv("MCPAR_COMM", "nonsense", 1);
    cr_assert_eq(open_with(NULL, 1), 0);
}

/* ---- The program ---- */

static void refused(const mcpar_options *o, const char *word)
{
    cr_assert_eq(open_with(o, 0), MCPAR_ERR_OPTION, "%s", word);
    cr_assert_not_null(strstr(report.text, word), "%s", report.text);
    assert_defaults();
    for (int i = 0; i < MCPAR__OPTIONS; i++)
        cr_assert(s.origin[i] == MCPAR_ORIGIN_DEFAULT || strcmp(mcpar__option_names[i], word) != 0 || !strcmp(word, "tag"));
}

#define REFUSED(member, value)                         \
    do {                                               \
        mcpar_options bad_one = MCPAR_OPTIONS_INIT;    \
        bad_one.member = (value);                      \
        refused(&bad_one, #member);                    \
    } while (0)

Test(settings, options_out_of_their_ranges)
{
    static char tag[5000];

    REFUSED(pool, -2);
    REFUSED(pool, 4);
    REFUSED(pool, INT_MIN);
    REFUSED(comm, -2);
    REFUSED(comm, 3);
    REFUSED(comm, INT_MAX);
    REFUSED(workers, 0);
    REFUSED(workers, -2);
    REFUSED(workers, 4097);
    REFUSED(workers, INT_MIN);
    REFUSED(stream, UINT32_C(1) << 24);
    REFUSED(stream, UINT32_MAX - 1);
    REFUSED(confidence, 0.0);
    REFUSED(confidence, -0.0);
    REFUSED(confidence, 1.0);
    REFUSED(confidence, -0.5);
    REFUSED(confidence, 95.0);
    REFUSED(confidence, (double)NAN);
    REFUSED(confidence, -(double)NAN);
    REFUSED(confidence, (double)INFINITY);
    REFUSED(confidence, -(double)INFINITY);
    REFUSED(deadlock_seconds, -0.0);
    REFUSED(deadlock_seconds, -2.0);
    REFUSED(deadlock_seconds, 1000000.5);
    REFUSED(deadlock_seconds, (double)NAN);
    REFUSED(deadlock_seconds, (double)INFINITY);
    memset(tag, 't', sizeof tag - 1);
    REFUSED(tag, tag);
    tag[4096] = 0;
    REFUSED(tag, tag);
}

Test(settings, options_at_the_ends_of_their_ranges)
{
    static char tag[4096];
    mcpar_options o = MCPAR_OPTIONS_INIT;

    memset(tag, 't', sizeof tag - 1);
    o.workers = 4096;
    o.stream = (UINT32_C(1) << 24) - 1;
    o.seed = UINT64_MAX - 1;
    o.confidence = 5e-324;
    o.tag = tag;
    cr_assert_eq(open_with(&o, 0), 0);
    cr_assert(s.in_force.workers == 4096 && s.in_force.stream == 0xffffff && s.in_force.seed == UINT64_MAX - 1);
    cr_assert_eq(golden_bits(s.in_force.confidence), 1);
    cr_assert_eq(strlen(s.in_force.tag), 4095);
    cr_assert_eq(origin_of("confidence"), MCPAR_ORIGIN_PROGRAM);
    o.confidence = 1.0 - 0x1p-53;
    o.workers = 1;
    cr_assert_eq(open_with(&o, 0), 0);
    cr_assert_eq(golden_bits(s.in_force.confidence), golden_bits(1.0 - 0x1p-53));
}

/* ---- Limits of time ---- */

Test(settings, limits_from_the_environment)
{
    cr_assert_eq(open_with(NULL, 0), 0);
    cr_assert_eq(mcpar__limit_ns(&s.in_force), UINT64_MAX);
    (void)setenv("MCPAR_MAX_SECONDS", "90", 1);
    (void)setenv("MCPAR_DEADLINE", "1234567890", 1);
    cr_assert_eq(open_with(NULL, 0), 0);
    cr_assert_eq(golden_bits(s.in_force.max_seconds), golden_bits(90));
    cr_assert_eq(golden_bits(s.in_force.deadline), golden_bits(1234567890));
    cr_assert(s.origin[MCPAR__LIMIT] == MCPAR_ORIGIN_ENVIRONMENT && s.origin[MCPAR__DEADLINE] == MCPAR_ORIGIN_ENVIRONMENT);
    (void)setenv("SLURM_JOB_END_TIME", "2000000000", 1);
    (void)setenv("MCPAR_DEADLINE", "slurm", 1);
    cr_assert_eq(open_with(NULL, 0), 0);
    cr_assert_eq(golden_bits(s.in_force.deadline), golden_bits(1999999940));
    (void)setenv("MCPAR_DEADLINE", "slurm:300", 1);
    cr_assert_eq(open_with(NULL, 0), 0);
    cr_assert_eq(golden_bits(s.in_force.deadline), golden_bits(1999999700));
}

Test(settings, the_end_of_a_slurm_job_by_the_program)
{
    mcpar_options o = MCPAR_OPTIONS_INIT;

    o.deadline = MCPAR_DEADLINE_SLURM;
    cr_assert_eq(open_with(&o, 0), MCPAR_ERR_OPTION);
    cr_assert_not_null(strstr(report.text, "SLURM_JOB_END_TIME is not set"), "%s", report.text);
    (void)setenv("SLURM_JOB_END_TIME", "2000000000", 1);
    (void)setenv("MCPAR_DEADLINE", "nonsense", 1);        /* has no say */
    cr_assert_eq(open_with(&o, 0), 0);
    cr_assert_eq(golden_bits(s.in_force.deadline), golden_bits(1999999940));
    cr_assert_eq(s.origin[MCPAR__DEADLINE], MCPAR_ORIGIN_PROGRAM);
    (void)setenv("SLURM_JOB_END_TIME", "soon", 1);
    cr_assert_eq(open_with(&o, 0), MCPAR_ERR_OPTION);
    cr_assert_not_null(strstr(report.text, "SLURM_JOB_END_TIME=\"soon\""), "%s", report.text);
}

Test(settings, limits_out_of_range)
{
    static const double bad[] = { 0, -0.0, -3, 1.1e12, INFINITY, NAN };
    static const char *const words[] = { "0", "-1", "1.5", "slurm", "slurm:", "slurm:x", "slurm:1000001", "Slurm", "1e9",
                                          "1000000000001" };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mcpar_options o = MCPAR_OPTIONS_INIT;

        o.max_seconds = bad[i];
        cr_assert_eq(open_with(&o, 0), MCPAR_ERR_OPTION);
        cr_assert_not_null(strstr(report.text, "max_seconds"), "%s", report.text);
        cr_assert_eq(mcpar__limit_ns(&s.in_force), UINT64_MAX);
        o = (mcpar_options)MCPAR_OPTIONS_INIT;
        o.deadline = bad[i];
        cr_assert_eq(open_with(&o, 0), MCPAR_ERR_OPTION);
        cr_assert_not_null(strstr(report.text, "deadline"), "%s", report.text);
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        (void)setenv("MCPAR_DEADLINE", words[i], 1);
        cr_assert_eq(open_with(NULL, 0), MCPAR_ERR_ENVIRONMENT, "%s", words[i]);
        cr_assert_eq(mcpar__limit_ns(&s.in_force), UINT64_MAX);
    }
    (void)unsetenv("MCPAR_DEADLINE");
    (void)setenv("MCPAR_MAX_SECONDS", "0", 1);
    cr_assert_eq(open_with(NULL, 0), MCPAR_ERR_ENVIRONMENT);
    cr_assert_not_null(strstr(report.text, "MCPAR_MAX_SECONDS=\"0\""), "%s", report.text);
}

/* ---- Parts, files, and the limits of a trial ---- */

Test(settings, parts_and_files_from_the_environment)
{
    static const char *const bad[] = { "1", "/", "1/", "/2", "2/2", "0/0", "0/1000001", "-1/2", "1.0/2", "0/2/3", "a/b",
                                        "00000000000000000/2" };
    mcpar_options o = MCPAR_OPTIONS_INIT;

    (void)setenv("MCPAR_PART", "2/7", 1);
    (void)setenv("MCPAR_CHECKPOINT", "file", 1);
    cr_assert_eq(open_with(&o, 0), 0, "%s", report.text);
    cr_assert(s.in_force.part == 2 && s.in_force.parts == 7 && !strcmp(s.in_force.checkpoint, "file"));
    cr_assert(origin_of("part") == MCPAR_ORIGIN_ENVIRONMENT && origin_of("parts") == MCPAR_ORIGIN_ENVIRONMENT &&
              origin_of("checkpoint") == MCPAR_ORIGIN_ENVIRONMENT);
    o.part = 0, o.parts = 1;               /* the environment has no say */
    o.checkpoint = "";
    cr_assert_eq(open_with(&o, 0), 0, "%s", report.text);
    cr_assert(s.in_force.part == 0 && s.in_force.parts == 1 && !*s.in_force.checkpoint);
    (void)unsetenv("MCPAR_CHECKPOINT");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        (void)setenv("MCPAR_PART", bad[i], 1);
        cr_assert_eq(open_with(NULL, 0), MCPAR_ERR_ENVIRONMENT, "%s", bad[i]);
        cr_assert_not_null(strstr(report.text, bad[i]), "%s", report.text);
        cr_assert(s.in_force.part == 0 && s.in_force.parts == 1);
    }
}

Test(settings, parts_out_of_range)
{
    static const int bad[][2] = { { 0, -1 }, { 0, 0 }, { 0, -2 }, { -1, 3 }, { 3, 3 }, { 0, 1000001 }, { INT_MIN, INT_MAX } };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mcpar_options o = MCPAR_OPTIONS_INIT;

        o.part = bad[i][0];
        o.parts = bad[i][1];
        cr_assert_eq(open_with(&o, 0), MCPAR_ERR_OPTION, "%d of %d", o.part, o.parts);
        cr_assert_not_null(strstr(report.text, "parts"), "%s", report.text);
        cr_assert(s.in_force.part == 0 && s.in_force.parts == 1);
    }
}

/* Options of a double, an integer in the environment, and the range that all of them have. */
static const struct {
    const char *member, *variable;
    size_t at;
    double unset;
} spans[] = { { "checkpoint_seconds", "MCPAR_CHECKPOINT_SECONDS", offsetof(mcpar_options, checkpoint_seconds), 60 },
              { "stop_seconds", "MCPAR_STOP_SECONDS", offsetof(mcpar_options, stop_seconds), 30 },
              { "stuck_seconds", "MCPAR_STUCK_SECONDS", offsetof(mcpar_options, stuck_seconds), 0 } };

static double *span(mcpar_options *o, size_t which)
{
    return (double *)(void *)((char *)o + spans[which].at);
}

Test(settings, seconds_of_files_and_stops)
{
    static const double bad[] = { -0.5, -2, 1000000.5, INFINITY, NAN };
    static const char *const words[] = { "-1", "1.5", "1000001", "x" };

    for (size_t w = 0; w < sizeof spans / sizeof *spans; w++) {
        mcpar_options o = MCPAR_OPTIONS_INIT;

        cr_assert_eq(open_with(NULL, 0), 0);
        cr_assert_eq(golden_bits(*span(&s.in_force, w)), golden_bits(spans[w].unset), "%s", spans[w].member);
        (void)setenv(spans[w].variable, "7", 1);
        cr_assert_eq(open_with(NULL, 0), 0);
        cr_assert_eq(golden_bits(*span(&s.in_force, w)), golden_bits(7), "%s", spans[w].member);
        cr_assert_eq(origin_of(spans[w].member), MCPAR_ORIGIN_ENVIRONMENT);
        *span(&o, w) = 0.25;
        cr_assert_eq(open_with(&o, 0), 0);
        cr_assert_eq(golden_bits(*span(&s.in_force, w)), golden_bits(0.25), "%s", spans[w].member);
        cr_assert_eq(origin_of(spans[w].member), MCPAR_ORIGIN_PROGRAM);
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            (void)setenv(spans[w].variable, words[i], 1);
            cr_assert_eq(open_with(NULL, 0), MCPAR_ERR_ENVIRONMENT, "%s", words[i]);
            cr_assert_not_null(strstr(report.text, spans[w].variable), "%s", report.text);
        }
        (void)unsetenv(spans[w].variable);
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            *span(&o, w) = bad[i];
            cr_assert_eq(open_with(&o, 0), MCPAR_ERR_OPTION);
            cr_assert_not_null(strstr(report.text, spans[w].member), "%s", report.text);
            cr_assert_eq(golden_bits(*span(&s.in_force, w)), golden_bits(spans[w].unset), "%s", spans[w].member);
        }
    }
}

Test(settings, sizes_of_blocks)
{
    static const int bad[] = { 0, -2, 65537, INT_MIN, INT_MAX };
    static const char *const words[] = { "0", "-1", "65537", "x" };
    mcpar_options o = MCPAR_OPTIONS_INIT;

    (void)setenv("MCPAR_BLOCK", "65536", 1);
    cr_assert_eq(open_with(NULL, 0), 0);
    cr_assert(s.in_force.block == 65536 && origin_of("block") == MCPAR_ORIGIN_ENVIRONMENT);
    o.block = 1;
    cr_assert_eq(open_with(&o, 0), 0);
    cr_assert(s.in_force.block == 1 && origin_of("block") == MCPAR_ORIGIN_PROGRAM);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        (void)setenv("MCPAR_BLOCK", words[i], 1);
        cr_assert_eq(open_with(NULL, 0), MCPAR_ERR_ENVIRONMENT, "%s", words[i]);
        cr_assert_not_null(strstr(report.text, "MCPAR_BLOCK"), "%s", report.text);
    }
    (void)unsetenv("MCPAR_BLOCK");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        o.block = bad[i];
        cr_assert_eq(open_with(&o, 0), MCPAR_ERR_OPTION);
        cr_assert_not_null(strstr(report.text, "block is "), "%s", report.text);
    }
}

/* A program of an older header knows fewer members at the end; what lies behind them is not the library's to read. */
Test(settings, sizes_of_older_and_newer_headers)
{
    int here = 0;
    mcpar_options o = { sizeof o, MCPAR_UNSET, MCPAR_UNSET, 2, 5, 6, 0.9, "old", make, end, &here, 7.5, 8.5, 9.5,
                        2, 7, "file", 10.5, NULL, NULL, 14.5, 11.5, 12.5, 13, 1 };
    const size_t old = offsetof(mcpar_options, scratch_new);
    char *exact = malloc(old);

    o.size = old;
    memcpy(exact, &o, old);                /* nothing is read past it: a sanitizer would see */
    cr_assert_eq(open_with((const mcpar_options *)(void *)exact, 0), 0);
    free(exact);
    cr_assert_eq(s.in_force.size, sizeof(mcpar_options));
    cr_assert(s.in_force.workers == 2 && s.in_force.stream == 5 && s.in_force.seed == 6);
    cr_assert_str_eq(s.in_force.tag, "old");
    cr_assert(!s.in_force.scratch_new && !s.in_force.scratch_free && !s.in_force.scratch_arg);
    static const size_t sizes[] = { 0, 1, sizeof(size_t), offsetof(mcpar_options, scratch_new) - 1, sizeof o + 1, sizeof o + 8,
                                    offsetof(mcpar_options, checkpoint) + 1, offsetof(mcpar_options, parts), SIZE_MAX };

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        o.size = sizes[i];
        cr_assert_eq(open_with(&o, 0), MCPAR_ERR_OPTION, "size %zu", sizes[i]);
        cr_assert_not_null(strstr(report.text, "MCPAR_OPTIONS_INIT"), "%s", report.text);
        assert_defaults();
    }
}

Test(settings, seconds_until_a_deadlock)
{
    mcpar_options o = MCPAR_OPTIONS_INIT;

    (void)setenv("MCPAR_DEADLOCK_SECONDS", "12", 1);
    cr_assert_eq(open_with(&o, 0), 0);
    cr_assert_eq(golden_bits(s.in_force.deadlock_seconds), golden_bits(12.0));
    cr_assert_eq(s.origin[MCPAR__DEADLOCK], MCPAR_ORIGIN_ENVIRONMENT);
    o.deadlock_seconds = 0.0;              /* never: not unset */
    cr_assert_eq(open_with(&o, 0), 0);
    cr_assert_eq(golden_bits(s.in_force.deadlock_seconds), 0);
    cr_assert_eq(s.origin[MCPAR__DEADLOCK], MCPAR_ORIGIN_PROGRAM);
    o.deadlock_seconds = 1e6;
    cr_assert_eq(open_with(&o, 0), 0);
    o.deadlock_seconds = -1.0;
    (void)setenv("MCPAR_DEADLOCK_SECONDS", "1.5", 1);
    cr_assert_eq(open_with(&o, 0), MCPAR_ERR_ENVIRONMENT);
    (void)setenv("MCPAR_DEADLOCK_SECONDS", "1000001", 1);
    cr_assert_eq(open_with(&o, 0), MCPAR_ERR_ENVIRONMENT);
    (void)unsetenv("MCPAR_DEADLOCK_SECONDS");
}

Test(settings, the_first_bad_option_is_told)
{
    mcpar_options o = MCPAR_OPTIONS_INIT;

    o.comm = 17;
    o.workers = 0;
    (void)setenv("MCPAR_SEED", "x", 1);
    cr_assert_eq(open_with(&o, 0), MCPAR_ERR_OPTION);
    cr_assert_not_null(strstr(report.text, "comm is 17"), "%s", report.text);
}

/* A host that traps invalid operations must get the error for a NaN, not SIGFPE, and its flags must stay. */
Test(settings, bad_confidence_in_any_host)
{
    for (unsigned int host = 0; host < HOSTS; host++) {
        mcpar_options o = MCPAR_OPTIONS_INIT, least = MCPAR_OPTIONS_INIT;
        uint64_t before, after;
        int err;

        o.confidence = (double)NAN;
        least.confidence = 5e-324;
        host_set(host);
        before = host_state();
        err = open_with(&o, 0);
        after = host_state();
        host_reset();
        cr_assert_eq(err, MCPAR_ERR_OPTION);
        cr_assert_eq(before, after, "host %u: %#llx became %#llx", host, (unsigned long long)before,
                     (unsigned long long)after);
        host_set(host);
        err = open_with(&least, 0);
        host_reset();
        cr_assert_eq(err, 0, "host %u: 5e-324 is above 0", host);
    }
}

Test(settings, a_code_for_the_CPU_that_does_not_run_here)
{
    (void)setenv("MCPAR_CPU", "abacus", 1);
    cr_assert_eq(open_with(NULL, 0), MCPAR_ERR_ENVIRONMENT);
    cr_assert_not_null(strstr(report.text, "MCPAR_CPU=\"abacus\""), "%s", report.text);
    (void)setenv("MCPAR_CPU", "portable", 1);
    cr_assert_eq(open_with(NULL, 0), 0);
}
