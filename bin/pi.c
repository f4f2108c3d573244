/* SPDX-License-Identifier: BSD-3-Clause */
/* pi.c - the command mcpar pi: the reference workload, darts at the unit square */
#include "tool.h"

#include <mcpar.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char help[] =
    "usage: mcpar pi [OPTION...]\n"
    "\n"
    "Throws darts at the unit square; the fraction that lands in the quarter circle estimates pi / 4.\n"
    "The same seed, stream and number of trials give the same hits and the same fingerprint on any backend.\n"
    "\n"
    "  --trials N     number of darts, also in the form 1e9 or 2.5e6; default: 1e8\n"
    "  --seed S       0 to 2^64 - 2; default: MCPAR_SEED, else the library's default\n"
    "  --stream K     0 to 2^24 - 1; default: MCPAR_STREAM, else 0\n"
    "  --backend B    serial, fork or mpi; default: chosen automatically, see mcpar(7)\n"
    "  --workers W    worker processes of the fork pool; default: MCPAR_WORKERS, else one per CPU; not with serial\n"
    "  --json         print one JSON object on one line\n"
    "  --help         show this help\n";

/* --backend sets two options of the library at once: the pool (where a process runs its trials) and the communicator
 * (which processes take part). */
static const struct backend {
    const char *name;
    int pool, comm;
} backends[] = {
    { "serial", MCPAR_POOL_SERIAL, MCPAR_COMM_SELF },
    { "fork", MCPAR_POOL_FORK, MCPAR_COMM_SELF },
    { "mpi", MCPAR_UNSET, MCPAR_COMM_MPI },
};

struct run {                               /* how one run was made, and its results */
    mcpar_estimate pi;
    double seconds;
    const char *backend, *pool, *comm;
    mcpar_options options;
    char fingerprint[MCPAR_FINGERPRINT_SIZE];
};

static int darts(mcpar_block *block, void *arg)
{
    (void)arg;
    block->hits = mcpar_darts(block);
    return 0;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The first word of mcpar_about's line says which pool or communicator "auto" has chosen. */
static bool in_use(mcpar *mc, const char *what, const char *word)
{
    const char *line = mcpar_about(mc, what);
    return line && strncmp(line, word, strlen(word)) == 0;
}

static int run_darts(mcpar *mc, uint64_t trials, struct run *run)
{
    double start = now();
    int err = mcpar_sample_block(mc, trials, darts, NULL);
    if (!err) err = mcpar_reduce(mc, &run->pi);
    run->seconds = now() - start;
    if (!err) err = mcpar_fingerprint(mc, run->fingerprint);
    if (!err) err = mcpar_options_in_force(mc, &run->options);
    if (err)
        return err;

    /* The fraction of hits estimates pi / 4; multiplying by 4 is exact. */
    run->pi.mean *= 4, run->pi.std_error *= 4, run->pi.lower *= 4, run->pi.upper *= 4;
    run->pool = in_use(mc, "pool", "fork") ? "fork" : "serial";
    run->comm = in_use(mc, "comm", "mpi") ? "mpi" : "self";
    run->backend = strcmp(run->comm, "mpi") == 0 ? "mpi" : run->pool;
    return 0;
}

static void print_json(const mcpar *mc, const struct run *run)
{
    json_begin();
    json_count("schema_version", 1);
    json_count("trials", run->pi.trials);
    json_count("hits", run->pi.hits);
    json_real("estimate", run->pi.mean);
    json_real("std_error", run->pi.std_error);
    json_real("lower", run->pi.lower);
    json_real("upper", run->pi.upper);
    json_real("confidence", run->pi.confidence);
    json_real("seconds", run->seconds);
    json_text("backend", run->backend);
    json_text("pool", run->pool);
    json_text("comm", run->comm);
    json_count("workers", (uint64_t)mcpar_workers(mc));
    json_count("ranks", (uint64_t)mcpar_size(mc));
    json_count("seed", run->options.seed);
    json_count("stream", run->options.stream);
    json_count("contract", (uint64_t)mcpar_contract());
    json_text("fingerprint", run->fingerprint);
    json_text("version", mcpar_version());
    json_end();
}

static void print_text(const mcpar *mc, const struct run *run)
{
    int workers = mcpar_workers(mc), ranks = mcpar_size(mc);
    const char *note;
    char confidence[TOOL_DIGITS];

    printf("pi           %.8f +- %.8f\n", run->pi.mean, run->pi.std_error);
    printf("interval     %.8f to %.8f, confidence %s\n", run->pi.lower, run->pi.upper,
           tool_digits(run->pi.confidence, confidence));
    printf("trials       %" PRIu64 ", hits %" PRIu64 "\n", run->pi.trials, run->pi.hits);
    printf("time         %.3f s, %.4g million darts per second\n", run->seconds,
           run->seconds > 0 ? (double)run->pi.trials / run->seconds * 1e-6 : 0);
    printf("ran on       %s: %s pool, %d worker%s; %d rank%s\n", run->backend, run->pool, workers,
           workers == 1 ? "" : "s", ranks, ranks == 1 ? "" : "s");
    printf("seed         %" PRIu64 ", stream %" PRIu32 "\n", run->options.seed, run->options.stream);
    printf("fingerprint  %s\n", run->fingerprint);
    for (size_t i = 0; (note = mcpar_note(mc, i)); i++)
        fprintf(stderr, "note: %s\n", note);
    if (strcmp(run->comm, "mpi") == 0 && ranks == 1)
        fprintf(stderr, "note: there is only one rank; to start four, run mpirun -n 4 mcpar pi\n");
}

/* Sets the pool and the communicator. Returns false if there is no such backend. */
static bool choose_backend(const char *name, mcpar_options *options)
{
    for (size_t i = 0; i < sizeof backends / sizeof *backends; i++)
        if (strcmp(name, backends[i].name) == 0) {
            options->pool = backends[i].pool;
            options->comm = backends[i].comm;
            return true;
        }
    return false;
}

int tool_pi(int argc, char **argv)
{
    const char *trials_word = "1e8", *seed_word = NULL, *stream_word = NULL, *backend = NULL, *workers_word = NULL;
    bool json = false, want_help = false;
    const struct tool_option words[] = {
        { "--trials", NULL, &trials_word },   { "--seed", NULL, &seed_word },
        { "--stream", NULL, &stream_word },   { "--backend", NULL, &backend },
        { "--workers", NULL, &workers_word }, { "--json", &json, NULL },
        { "--help", &want_help, NULL },       { "-h", &want_help, NULL },
        { NULL, NULL, NULL },
    };
    int status = tool_read_options(argc, argv, words);
    if (status)
        return status;
    if (want_help) {
        fputs(help, stdout);
        return tool_flush();
    }

    mcpar_options options = MCPAR_OPTIONS_INIT;
    uint64_t trials, stream, workers;
    options.tag = "pi";
    if (!tool_read_count(trials_word, UINT64_C(1) << 63, &trials))
        return tool_misuse("pi", "--trials '%s' is not a whole number from 0 to 2^63", trials_word);
    if (seed_word && !tool_read_count(seed_word, UINT64_MAX - 1, &options.seed))
        return tool_misuse("pi", "--seed '%s' is not a whole number from 0 to 2^64 - 2", seed_word);
    if (stream_word && !tool_read_count(stream_word, (1 << 24) - 1, &stream))
        return tool_misuse("pi", "--stream '%s' is not a whole number from 0 to 2^24 - 1", stream_word);
    if (stream_word)
        options.stream = (uint32_t)stream;
    if (workers_word && (!tool_read_count(workers_word, 4096, &workers) || workers == 0))
        return tool_misuse("pi", "--workers '%s' is not a whole number from 1 to 4096", workers_word);
    if (workers_word)
        options.workers = (int)workers;
    if (backend && !choose_backend(backend, &options))
        return tool_misuse("pi", "--backend '%s' is not serial, fork or mpi", backend);
    if (options.pool == MCPAR_POOL_SERIAL && options.workers > 1)
        return tool_misuse("pi", "--workers %d cannot be combined with --backend serial, which has one worker",
                           options.workers);
    /* Choose the serial pool here, unless the environment chooses a pool. With "auto", the library would add a note
     * that it uses the serial pool under MPI, and this user did not ask about pools. */
    const char *pool = getenv("MCPAR_POOL");
    if (options.comm == MCPAR_COMM_MPI && (!pool || !*pool))
        options.pool = MCPAR_POOL_SERIAL;

    mcpar *mc;
    struct run run = { .options = MCPAR_OPTIONS_INIT };
    int err = mcpar_init(&mc, &options);
    if (!err) err = run_darts(mc, trials, &run);

    /* All ranks know the result or the failure, so only rank 0 prints. A process without a rank prints too. */
    status = err ? TOOL_FAILED : TOOL_DONE;
    if (mcpar_rank(mc) <= 0) {
        if (err)
            fprintf(stderr, "mcpar pi: %s\n", mc ? mcpar_message(mc) : mcpar_strerror(err));
        else if (json)
            print_json(mc, &run);
        else
            print_text(mc, &run);
        if (!err) status = tool_flush();
    }
    mcpar_finalize(&mc);
    return status;
}
