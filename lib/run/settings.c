/* SPDX-License-Identifier: BSD-3-Clause */
/* settings.c - reads options from the program, the environment and the defaults, checks each and records its origin */
#include "base/bits.h"
#include "random/philox/philox.h"
#include "run/settings.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const mcpar__option_names[MCPAR__OPTIONS] = { "pool", "comm", "workers", "stream", "seed", "confidence",
                                                          "tag", "deadlock_seconds", "max_seconds", "deadline", "part", "parts", "checkpoint",
                                                          "checkpoint_seconds", "stop_seconds", "stuck_seconds", "block",
                                                          "progress_seconds", "check" };
/* These lists also give the number of values, and the words that an error message lists. */
static const char *const pool_words[] = { [MCPAR_POOL_AUTO] = "auto", [MCPAR_POOL_SERIAL] = "serial",
                                          [MCPAR_POOL_FORK] = "fork",
                                          [MCPAR_POOL_THREADS] = "threads", NULL };
static const char *const comm_words[] = { [MCPAR_COMM_AUTO] = "auto", [MCPAR_COMM_SELF] = "self",
                                          [MCPAR_COMM_MPI] = "mpi", NULL };
enum { POOLS = sizeof pool_words / sizeof *pool_words - 1, COMMS = sizeof comm_words / sizeof *comm_words - 1 };

/* These compare bits, so that the host's floating-point environment (DAZ, traps) changes no answer and no flag is
 * raised. */
static int is_level(double confidence)
{
    return mcpar__bits_of(confidence) > 0 && mcpar__bits_of(confidence) < UINT64_C(0x3ff0000000000000); /* below 1.0 */
}

static int is_unset(double option)
{
    return mcpar__bits_of(option) == UINT64_C(0xbff0000000000000); /* -1.0 */
}

static int is_seconds(double seconds)
{
    return mcpar__bits_of(seconds) <= UINT64_C(0x412e848000000000);        /* up to 10^6 = MCPAR__MAX_SECONDS */
}

static bool is_limit(double seconds)
{
    return mcpar__bits_of(seconds) > 0 && mcpar__bits_of(seconds) <= UINT64_C(0x41cdcd6500000000); /* 10^9 */
}

static bool is_date(double deadline)
{
    return mcpar__bits_of(deadline) > 0 && mcpar__bits_of(deadline) <= UINT64_C(0x426d1a94a2000000); /* 10^12 */
}

static bool is_slurm(double deadline)
{
    return mcpar__bits_of(deadline) == UINT64_C(0xc000000000000000); /* -2.0 = MCPAR_DEADLINE_SLURM */
}

/* ---- What the environment says ---- */

/* A whole number without sign or space, decimal or 0x. Returns 0, or -1 for anything else. */
static int parse(const char *text, uint64_t most, uint64_t *value)
{
    unsigned base = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16 : 10;
    uint64_t sum = 0;

    if (base == 16)
        text += 2;
    if (!*text)
        return -1;
    for (; *text; text++) {
        static const char digits[] = "0123456789abcdefABCDEF";
        const char *at = strchr(digits, *text);
        unsigned digit = at ? (unsigned)(at - digits) : 99;

        digit = digit > 15 && digit < 22 ? digit - 6 : digit;
        if (digit >= base || sum > (most - digit) / base)
            return -1;
        sum = sum * base + digit;
    }
    *value = sum;
    return 0;
}

/* The variable, NULL if unset. An empty one counts as unset, as a shell's VAR= means. */
static const char *variable(const char *name)
{
    const char *text = getenv(name);

    return text && *text ? text : NULL;
}

static int number(struct mcpar__report *report, const char *name, uint64_t least, uint64_t most, uint64_t *value)
{
    const char *text = variable(name);
    uint64_t got;

    if (!text)
        return 0;
    if (parse(text, most, &got) || got < least) {
        mcpar__fail(report, MCPAR_ERR_ENVIRONMENT, "%s=\"%.200s\" is not a whole number from %llu to %llu", name, text,
                    (unsigned long long)least, (unsigned long long)most);
        return 0;
    }
    *value = got;
    return 1;
}

static int word(struct mcpar__report *report, const char *name, const char *const words[], int *value)
{
    const char *text = variable(name);
    char all[64] = "";
    size_t n = 0;

    if (!text)
        return 0;
    for (int i = 0; words[i]; i++)
        if (!strcmp(text, words[i])) {
            *value = i;
            return 1;
        }
    for (int i = 0; words[i] && n < sizeof all; i++)
        n += (size_t)snprintf(all + n, sizeof all - n, "%s%s", i ? ", " : "", words[i]);
    mcpar__fail(report, MCPAR_ERR_ENVIRONMENT, "%s=\"%.200s\" is not one of %s", name, text, all);
    return 0;
}

#define DATES UINT64_C(1000000000000)

/* The end of the Slurm job, less a margin in seconds. */
static void slurm_deadline(struct mcpar__settings *s, uint64_t margin, int code, struct mcpar__report *report)
{
    const char *text = variable("SLURM_JOB_END_TIME");
    uint64_t end;

    s->in_force.deadline = -1.0;
    if (!text)
        mcpar__fail(report, code,
                    "the deadline is the end of the Slurm job, but SLURM_JOB_END_TIME is not set: this process runs "
                    "outside of a job, or under a version of Slurm that does not set it; give a time");
    else if (parse(text, DATES, &end) || end <= margin)
        mcpar__fail(report, code, "SLURM_JOB_END_TIME=\"%.200s\" is not a time after the margin of %llu s", text,
                    (unsigned long long)margin);
    else
        s->in_force.deadline = (double)(end - margin);
}

/* A Unix time, slurm, or slurm:MARGIN. */
static void deadline_variable(struct mcpar__settings *s, struct mcpar__report *report)
{
    const char *text = variable("MCPAR_DEADLINE");
    uint64_t value = MCPAR__SLURM_MARGIN;

    if (!text)
        return;
    if (!strcmp(text, "slurm") || (!strncmp(text, "slurm:", 6) && !parse(text + 6, MCPAR__MAX_SECONDS, &value))) {
        slurm_deadline(s, value, MCPAR_ERR_ENVIRONMENT, report);
    } else if (!parse(text, DATES, &value) && value > 0) {
        s->in_force.deadline = (double)value;
    } else {
        mcpar__fail(report, MCPAR_ERR_ENVIRONMENT, "MCPAR_DEADLINE=\"%.200s\" is neither a Unix time in whole seconds nor "
                    "slurm nor slurm:SECONDS", text);
        return;
    }
    s->origin[MCPAR__DEADLINE] = MCPAR_ORIGIN_ENVIRONMENT;
}

/* Two whole numbers, PART/PARTS. */
static void part_variable(struct mcpar__settings *s, struct mcpar__report *report)
{
    const char *text = variable("MCPAR_PART"), *slash = text ? strchr(text, '/') : NULL;
    char part[16] = "";
    uint64_t k, of;

    if (!text)
        return;
    if (slash && slash - text < (ptrdiff_t)sizeof part)
        memcpy(part, text, (size_t)(slash - text));
    if (!slash || parse(slash + 1, MCPAR__MAX_PARTS, &of) || parse(part, MCPAR__MAX_PARTS, &k) || k >= of) {
        mcpar__fail(report, MCPAR_ERR_ENVIRONMENT, "MCPAR_PART=\"%.200s\" is not PART/PARTS, with PART from 0 to PARTS - 1 "
                    "and PARTS from 1 to %d", text, MCPAR__MAX_PARTS);
        return;
    }
    s->in_force.part = (int)k;
    s->in_force.parts = (int)of;
    s->origin[MCPAR__PART] = s->origin[MCPAR__OF_PARTS] = MCPAR_ORIGIN_ENVIRONMENT;
}

static void from_environment(struct mcpar__settings *s, int host_comm, struct mcpar__report *report)
{
    mcpar_options *o = &s->in_force;
    const char *cpu = variable("MCPAR_CPU");
    uint64_t value = 0;

    if (cpu && !mcpar__philox_named(cpu))
        mcpar__fail(report, MCPAR_ERR_ENVIRONMENT, "MCPAR_CPU=\"%.200s\" names no code path that this CPU can run",
                    cpu);

    if (o->pool == MCPAR_UNSET && word(report, "MCPAR_POOL", pool_words, &o->pool))
        s->origin[MCPAR__POOL] = MCPAR_ORIGIN_ENVIRONMENT;
    if (o->comm == MCPAR_UNSET && !host_comm && word(report, "MCPAR_COMM", comm_words, &o->comm))
        s->origin[MCPAR__COMM] = MCPAR_ORIGIN_ENVIRONMENT;
    if (o->workers == MCPAR_UNSET && number(report, "MCPAR_WORKERS", 1, MCPAR__MAX_WORKERS, &value)) {
        o->workers = (int)value;
        s->origin[MCPAR__WORKERS] = MCPAR_ORIGIN_ENVIRONMENT;
    }
    if (o->stream == MCPAR_STREAM_UNSET && number(report, "MCPAR_STREAM", 0, MCPAR__STREAMS - 1, &value)) {
        o->stream = (uint32_t)value;
        s->origin[MCPAR__STREAM] = MCPAR_ORIGIN_ENVIRONMENT;
    }
    if (o->seed == MCPAR_SEED_UNSET && number(report, "MCPAR_SEED", 0, UINT64_MAX - 1, &value)) {
        o->seed = value;
        s->origin[MCPAR__SEED] = MCPAR_ORIGIN_ENVIRONMENT;
    }
    if (is_unset(o->deadlock_seconds) && number(report, "MCPAR_DEADLOCK_SECONDS", 0, MCPAR__MAX_SECONDS, &value)) {
        o->deadlock_seconds = (double)value;               /* exact */
        s->origin[MCPAR__DEADLOCK] = MCPAR_ORIGIN_ENVIRONMENT;
    }
    if (is_unset(o->max_seconds) && number(report, "MCPAR_MAX_SECONDS", 1, MCPAR__MAX_LIMIT, &value)) {
        o->max_seconds = (double)value;
        s->origin[MCPAR__LIMIT] = MCPAR_ORIGIN_ENVIRONMENT;
    }
    if (is_unset(o->deadline))
        deadline_variable(s, report);
    else if (is_slurm(o->deadline))
        slurm_deadline(s, MCPAR__SLURM_MARGIN, MCPAR_ERR_OPTION, report);
    if (o->parts == MCPAR_UNSET)
        part_variable(s, report);
    if (!o->checkpoint && variable("MCPAR_CHECKPOINT")) {
        o->checkpoint = variable("MCPAR_CHECKPOINT");
        s->origin[MCPAR__CHECKPOINT_FILE] = MCPAR_ORIGIN_ENVIRONMENT;
    }
    if (is_unset(o->checkpoint_seconds) && number(report, "MCPAR_CHECKPOINT_SECONDS", 0, MCPAR__MAX_SECONDS, &value)) {
        o->checkpoint_seconds = (double)value;
        s->origin[MCPAR__CHECKPOINT_EVERY] = MCPAR_ORIGIN_ENVIRONMENT;
    }
    if (is_unset(o->stop_seconds) && number(report, "MCPAR_STOP_SECONDS", 0, MCPAR__MAX_SECONDS, &value)) {
        o->stop_seconds = (double)value;
        s->origin[MCPAR__STOP_WAIT] = MCPAR_ORIGIN_ENVIRONMENT;
    }
    if (is_unset(o->stuck_seconds) && number(report, "MCPAR_STUCK_SECONDS", 0, MCPAR__MAX_SECONDS, &value)) {
        o->stuck_seconds = (double)value;
        s->origin[MCPAR__STUCK] = MCPAR_ORIGIN_ENVIRONMENT;
    }
    if (o->block == MCPAR_UNSET && number(report, "MCPAR_BLOCK", 1, MCPAR__MAX_BLOCK, &value)) {
        o->block = (int)value;
        s->origin[MCPAR__BLOCK] = MCPAR_ORIGIN_ENVIRONMENT;
    }
    if (o->check == MCPAR_UNSET && number(report, "MCPAR_CHECK", 0, 1, &value)) {
        o->check = (int)value;
        s->origin[MCPAR__CHECK] = MCPAR_ORIGIN_ENVIRONMENT;
    }
}

/* ---- Variables that nobody reads ---- */

/* All variables of the library. Those that this file does not read are read where they are needed. */
static const char *const variables[] = { "MCPAR_POOL", "MCPAR_COMM", "MCPAR_WORKERS", "MCPAR_STREAM", "MCPAR_SEED",
                                         "MCPAR_DEADLOCK_SECONDS", "MCPAR_MAX_SECONDS", "MCPAR_DEADLINE", "MCPAR_CPU",
                                         "MCPAR_MPI_LIBRARY", "MCPAR_PART", "MCPAR_CHECKPOINT",
                                         "MCPAR_CHECKPOINT_SECONDS", "MCPAR_STOP_SECONDS", "MCPAR_STUCK_SECONDS",
                                         "MCPAR_BLOCK", "MCPAR_CHECK" };

/* Whether at most so many edits turn one word into the other. An edit inserts, deletes or replaces a character, or
 * swaps two neighbours. */
static bool is_near(const char *a, const char *b, int edits)
{
    while (*a && *a == *b)
        a++, b++;
    if (!*a && !*b)
        return true;
    return edits > 0 && ((*a && is_near(a + 1, b, edits - 1)) || (*b && is_near(a, b + 1, edits - 1)) ||
                         (*a && *b && is_near(a + 1, b + 1, edits - 1)) ||
                         (*a && *b && a[0] == b[1] && a[1] == b[0] && is_near(a + 2, b + 2, edits - 1)));
}

/* Returns the variable that the name probably means, or NULL if it is a variable itself or is like none. A short name
 * may differ in one place only, because two edits turn MCPAR_CPU into too many other names. */
static const char *meant(const char *name)
{
    enum { SHORT = sizeof "MCPAR_POOL" - 1 };
    const size_t n = sizeof variables / sizeof *variables;

    for (int edits = 0; edits <= 2; edits++)
        for (size_t i = 0; i < n; i++)
            if ((edits < 2 || strlen(variables[i]) > SHORT) && is_near(name, variables[i], edits))
                return edits > 0 ? variables[i] : NULL;
    return NULL;
}

/* A misspelt variable is not an error: the name may belong to the program or to another version of the library. So only
 * a note asks whether another name was meant. Allocates nothing. */
static void note_misspelt(struct mcpar__report *report)
{
    for (char **entry = environ; entry && *entry; entry++) {
        char name[40];
        size_t n = strcspn(*entry, "=");
        const char *other;

        if (strncmp(*entry, "MCPAR_", 6) != 0 || n >= sizeof name)
            continue;
        memcpy(name, *entry, n);
        name[n] = '\0';
        other = meant(name);
        if (other)
            mcpar__note(report, "%s is not a setting of this version; did you mean %s?", name, other);
    }
}

/* ---- What the program says ---- */

/* Copies the options that the program's header declares; the rest stay unset. */
static void from_program(mcpar_options *o, const mcpar_options *options, struct mcpar__report *report)
{
    if (!options)
        return;
    /* No version of the struct ends in the middle of a pointer. */
    if (options->size < offsetof(mcpar_options, scratch_new) || options->size > sizeof *o ||
        options->size % _Alignof(mcpar_options)) {
        mcpar__fail(report, MCPAR_ERR_OPTION,
                    "options.size is %zu: start from MCPAR_OPTIONS_INIT, in a header no newer than this library, %s",
                    options->size, MCPAR_VERSION);
        return;
    }
    memcpy(o, options, options->size);
    o->size = sizeof *o;
}

/* Makes an option out of its range an error, and unsets it. */
static void check(struct mcpar__settings *s, struct mcpar__report *report)
{
    mcpar_options *o = &s->in_force;

    if (o->pool < MCPAR_UNSET || o->pool >= POOLS) {
        mcpar__fail(report, MCPAR_ERR_OPTION, "pool is %d, which is not a value of enum mcpar_pool", o->pool);
        o->pool = MCPAR_UNSET;
    }
    if (o->comm < MCPAR_UNSET || o->comm >= COMMS) {
        mcpar__fail(report, MCPAR_ERR_OPTION, "comm is %d, which is not a value of enum mcpar_comm", o->comm);
        o->comm = MCPAR_UNSET;
    }
    if (o->workers != MCPAR_UNSET && (o->workers < 1 || o->workers > MCPAR__MAX_WORKERS)) {
        mcpar__fail(report, MCPAR_ERR_OPTION, "workers is %d, not from 1 to %d", o->workers, MCPAR__MAX_WORKERS);
        o->workers = MCPAR_UNSET;
    }
    if (o->stream != MCPAR_STREAM_UNSET && o->stream >= MCPAR__STREAMS) {
        mcpar__fail(report, MCPAR_ERR_OPTION, "stream is %lu, not from 0 to %d", (unsigned long)o->stream,
                    MCPAR__STREAMS - 1);
        o->stream = MCPAR_STREAM_UNSET;
    }
    if (!is_unset(o->confidence) && !is_level(o->confidence)) {
        mcpar__fail(report, MCPAR_ERR_OPTION, "confidence is not between 0 and 1, both excluded");
        o->confidence = -1.0;
    }
    if (!is_unset(o->deadlock_seconds) && !is_seconds(o->deadlock_seconds)) {
        mcpar__fail(report, MCPAR_ERR_OPTION, "deadlock_seconds is not from 0 to %d", MCPAR__MAX_SECONDS);
        o->deadlock_seconds = -1.0;
    }
    if (!is_unset(o->max_seconds) && !is_limit(o->max_seconds)) {
        mcpar__fail(report, MCPAR_ERR_OPTION, "max_seconds is not above 0 and at most 10^9");
        o->max_seconds = -1.0;
    }
    if (!is_unset(o->deadline) && !is_slurm(o->deadline) && !is_date(o->deadline)) {
        mcpar__fail(report, MCPAR_ERR_OPTION, "deadline is neither a Unix time in seconds nor MCPAR_DEADLINE_SLURM");
        o->deadline = -1.0;
    }
    if (!is_unset(o->checkpoint_seconds) && !is_seconds(o->checkpoint_seconds)) {
        mcpar__fail(report, MCPAR_ERR_OPTION, "checkpoint_seconds is not from 0 to %d", MCPAR__MAX_SECONDS);
        o->checkpoint_seconds = -1.0;
    }
    if (!is_unset(o->stop_seconds) && !is_seconds(o->stop_seconds)) {
        mcpar__fail(report, MCPAR_ERR_OPTION, "stop_seconds is not from 0 to %d", MCPAR__MAX_SECONDS);
        o->stop_seconds = -1.0;
    }
    if (!is_unset(o->stuck_seconds) && !is_seconds(o->stuck_seconds)) {
        mcpar__fail(report, MCPAR_ERR_OPTION, "stuck_seconds is not from 0 to %d", MCPAR__MAX_SECONDS);
        o->stuck_seconds = -1.0;
    }
    if (o->block != MCPAR_UNSET && (o->block < 1 || o->block > MCPAR__MAX_BLOCK)) {
        mcpar__fail(report, MCPAR_ERR_OPTION, "block is %d, not from 1 to %d", o->block, MCPAR__MAX_BLOCK);
        o->block = MCPAR_UNSET;
    }
    if (o->check < MCPAR_UNSET || o->check > 1) {
        mcpar__fail(report, MCPAR_ERR_OPTION, "check is %d, neither 0 nor 1", o->check);
        o->check = MCPAR_UNSET;
    }
    if (!is_unset(o->progress_seconds) && (!is_seconds(o->progress_seconds) || mcpar__bits_of(o->progress_seconds) == 0)) {
        mcpar__fail(report, MCPAR_ERR_OPTION, "progress_seconds is not above 0 and at most %d", MCPAR__MAX_SECONDS);
        o->progress_seconds = -1.0;
    }
    if (o->parts == MCPAR_UNSET ? o->part != MCPAR_UNSET
                                : o->parts < 1 || o->parts > MCPAR__MAX_PARTS || o->part < 0 || o->part >= o->parts) {
        mcpar__fail(report, MCPAR_ERR_OPTION,
                    "part is %d and parts is %d: parts must be from 1 to %d, and part from 0 to parts - 1", o->part,
                    o->parts, MCPAR__MAX_PARTS);
        o->part = o->parts = MCPAR_UNSET;
    }
}

static void note_program(struct mcpar__settings *s)
{
    const mcpar_options *o = &s->in_force;
    int set[MCPAR__OPTIONS] = { o->pool != MCPAR_UNSET, o->comm != MCPAR_UNSET, o->workers != MCPAR_UNSET,
                                o->stream != MCPAR_STREAM_UNSET, o->seed != MCPAR_SEED_UNSET, is_level(o->confidence),
                                o->tag != NULL, is_seconds(o->deadlock_seconds), is_limit(o->max_seconds),
                                !is_unset(o->deadline), o->part != MCPAR_UNSET, o->parts != MCPAR_UNSET,
                                o->checkpoint != NULL, is_seconds(o->checkpoint_seconds),
                                is_seconds(o->stop_seconds), is_seconds(o->stuck_seconds), o->block != MCPAR_UNSET,
                                is_seconds(o->progress_seconds), o->check != MCPAR_UNSET };

    for (int i = 0; i < MCPAR__OPTIONS; i++)
        s->origin[i] = set[i] ? MCPAR_ORIGIN_PROGRAM : MCPAR_ORIGIN_DEFAULT;
}

static void defaults(struct mcpar__settings *s)
{
    mcpar_options *o = &s->in_force;

    if (o->pool == MCPAR_UNSET)
        o->pool = MCPAR_POOL_AUTO;
    if (o->comm == MCPAR_UNSET)
        o->comm = MCPAR_COMM_AUTO;
    if (o->workers == MCPAR_UNSET)
        o->workers = s->cpus.count < MCPAR__MAX_WORKERS ? s->cpus.count : MCPAR__MAX_WORKERS;
    if (o->stream == MCPAR_STREAM_UNSET)
        o->stream = 0;
    if (o->seed == MCPAR_SEED_UNSET)
        o->seed = MCPAR_SEED_DEFAULT;
    if (is_unset(o->confidence))
        o->confidence = 0.95;
    if (is_unset(o->deadlock_seconds))
        o->deadlock_seconds = 30.0;
    if (o->parts == MCPAR_UNSET) {
        o->part = 0;
        o->parts = 1;
    }
    if (is_unset(o->checkpoint_seconds))
        o->checkpoint_seconds = 60.0;
    if (is_unset(o->stop_seconds))
        o->stop_seconds = 30.0;
    if (is_unset(o->stuck_seconds))
        o->stuck_seconds = 0.0;
    if (is_unset(o->progress_seconds))
        o->progress_seconds = 1.0;
    if (o->check == MCPAR_UNSET)
        o->check = 0;
}

int mcpar__settings_tag(struct mcpar__settings *s, const char *tag, int code, struct mcpar__report *report)
{
    size_t n = tag ? strnlen(tag, MCPAR__MAX_TAG + 1) : 0;
    char *copy = NULL;

    if (n > MCPAR__MAX_TAG)
        return mcpar__fail(report, code, "tag is longer than %d bytes", MCPAR__MAX_TAG);
    if (n > 0) {
        copy = malloc(n + 1);
        if (!copy)
            return mcpar__fail(report, MCPAR_ERR_MEMORY, "for the tag");
        memcpy(copy, tag, n);
        copy[n] = 0;
    }
    free(s->tag);
    s->tag = copy;
    s->in_force.tag = copy ? copy : "";
    return 0;
}

/* The strings become the handle's own. */
static void copy_texts(struct mcpar__settings *s, struct mcpar__report *report)
{
    const char *tag = s->in_force.tag, *checkpoint = s->in_force.checkpoint;

    s->in_force.checkpoint = "";
    if (checkpoint && *checkpoint) {
        s->checkpoint = strdup(checkpoint);
        if (s->checkpoint)
            s->in_force.checkpoint = s->checkpoint;
        else
            mcpar__fail(report, MCPAR_ERR_MEMORY, "for the name of the checkpoint");
    }

    s->in_force.tag = "";
    (void)mcpar__settings_tag(s, tag, MCPAR_ERR_OPTION, report);
}

int mcpar__settings_open(struct mcpar__settings *s, const mcpar_options *options, int host_comm,
                         struct mcpar__report *report)
{
    *s = (struct mcpar__settings){ .in_force = MCPAR_OPTIONS_INIT };
    if (mcpar__cpu_count(&s->cpus))
        mcpar__fail(report, MCPAR_ERR_MEMORY, "for the names of cgroups");
    from_program(&s->in_force, options, report);
    check(s, report);
    note_program(s);
    from_environment(s, host_comm, report);
    note_misspelt(report);
    defaults(s);
    copy_texts(s, report);
    return report->code;
}

void mcpar__settings_close(struct mcpar__settings *s)
{
    free(s->tag);
    free(s->checkpoint);
    s->tag = s->checkpoint = NULL;
}
