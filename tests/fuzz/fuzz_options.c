/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_options.c - arbitrary options and MCPAR_ variables: each init is refused by a code with a message, or gives a
 * handle whose options are in their ranges and that samples. libFuzzer; make fuzz */
#include <mcpar.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char *const variables[] = { "MCPAR_POOL", "MCPAR_WORKERS", "MCPAR_STREAM", "MCPAR_SEED",
                                         "MCPAR_DEADLOCK_SECONDS", "MCPAR_MAX_SECONDS", "MCPAR_DEADLINE", "MCPAR_PART",
                                         "MCPAR_CHECKPOINT", "MCPAR_CHECKPOINT_SECONDS", "MCPAR_CPU",
                                         "SLURM_JOB_END_TIME", "MCPAR_SEEDS" };
enum { VARIABLES = sizeof variables / sizeof *variables, LATER = 64 };

/* Files are written in a folder of its own. */
static char folder[64];

static void clean(void)
{
    char command[128];

    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    (void)!system(command);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    (void)snprintf(folder, sizeof folder, "/tmp/mcpar-fuzz.XXXXXX");
    if (!mkdtemp(folder))
        abort();
    (void)atexit(clean);
    return 0;
}

static void must(bool good)
{
    if (!good)
        abort();
}

struct input {
    const uint8_t *at;
    size_t left;
};

static void take(struct input *in, void *to, size_t n)
{
    size_t some = n < in->left ? n : in->left;

    memset(to, 0, n);
    memcpy(to, in->at, some);
    in->at += some;
    in->left -= some;
}

/* A text up to the next 0; of names of files only what stays in the folder. */
static char *take_text(struct input *in, bool path)
{
    size_t n = strnlen((const char *)in->at, in->left), start = path ? strlen(folder) + 1 : 0;
    char *text = malloc(start + n + 1);

    must(text != NULL);
    if (path)
        (void)snprintf(text, start + 1, "%s/", folder);
    if (n > 0)
        memcpy(text + start, in->at, n);
    text[start + n] = 0;
    for (size_t i = start; path && i < start + n; i++)
        text[i] = text[i] == '/' ? '_' : text[i];
    in->at += n + (n < in->left);
    in->left -= n + (n < in->left);
    return text;
}

static int dart(mcpar_rng *rng, double *values, void *arg)
{
    (void)values;
    (void)arg;
    return mcpar_uniform(rng) < 0.5;
}

static void use(mcpar *mc)
{
    mcpar_options o = MCPAR_OPTIONS_INIT;
    mcpar_estimate e;
    int err;

    must(mcpar_options_in_force(mc, &o) == 0);
    must(o.stream < 1u << 24 && o.seed != UINT64_MAX && o.workers >= 1 && o.workers <= 4096);
    must(o.confidence > 0 && o.confidence < 1 && o.tag && strlen(o.tag) <= 4095 && o.checkpoint);
    must(o.parts >= 1 && o.parts <= 1000000 && o.part >= 0 && o.part < o.parts);
    must(o.deadlock_seconds >= 0 && o.deadlock_seconds <= 1e6);
    must(o.checkpoint_seconds >= 0 && o.checkpoint_seconds <= 1e6);
    if (o.pool != MCPAR_POOL_SERIAL)
        return;
    err = mcpar_sample(mc, 1000, dart, NULL);
    must(MCPAR_HAS_RESULT(err) || err == MCPAR_ERR_LINEAGE);
    must(mcpar_reduce(mc, &e) == 0 && e.trials <= 1000 && mcpar_asked(mc) == 1000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct input in = { data, n };
    union {
        mcpar_options options;
        uint8_t bytes[sizeof(mcpar_options) + LATER];      /* of a program that was compiled with a later version */
    } program;
    uint32_t set = 0, size = 0, given = 0;
    char *tag, *checkpoint;
    mcpar *mc = NULL;
    int err;

    take(&in, &set, sizeof set);
    take(&in, &size, 1);
    take(&in, &given, 1);
    memset(&program, 0, sizeof program);
    program.options = (mcpar_options)MCPAR_OPTIONS_INIT;
    if (given & 1)
        take(&in, &program, sizeof program);
    tag = take_text(&in, false);
    checkpoint = take_text(&in, true);
    for (int i = 0; i < VARIABLES; i++)
        if (set & 1u << i) {
            char *value = take_text(&in, !strcmp(variables[i], "MCPAR_CHECKPOINT"));

            must(setenv(variables[i], value, 1) == 0);
            free(value);
        } else {
            (void)unsetenv(variables[i]);
        }
    program.options.size = given & 2 ? size : sizeof program.options;
    if (program.options.size > sizeof program)
        program.options.size = sizeof program;
    program.options.comm = MCPAR_COMM_SELF;
    program.options.tag = given & 4 ? NULL : tag;
    program.options.checkpoint = given & 8 ? checkpoint : NULL;
    program.options.scratch_new = NULL;
    program.options.scratch_free = NULL;
    (void)setenv("MCPAR_COMM", "self", 1);                 /* where the options are too short to say so */
    err = mcpar_init(&mc, given & 16 ? NULL : &program.options);
    must(mc != NULL && mcpar_message(mc) != NULL);
    if (err)
        must(*mcpar_message(mc) && mcpar_sample(mc, 1, dart, NULL) == err);
    else
        use(mc);
    (void)mcpar_finalize(&mc);                             /* the checkpoint's folder may be gone */
    must(mc == NULL);
    free(tag);
    free(checkpoint);
    return 0;
}
