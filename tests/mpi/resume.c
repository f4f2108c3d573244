/* SPDX-License-Identifier: BSD-3-Clause */
/* resume.c - results in files and bytes, and checkpoints, on any ranks: what one job wrote, another one goes on with
 *
 * resume CASE FILE [N]: one case a run. */
#include "nodes.h"
#include "trials.h"
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

enum { HALF = TRIALS / 2 };

static int rank, size, odd;                /* odd: this is the rank that does something else */
static const char *file;
static uint64_t number;                    /* the third argument */
static bool pooled;                        /* without MPI, in the fork pool */
static struct answer whole, half;          /* the serial answers */
static mcpar *mc;

/* ---- Handles ---- */

static mcpar_options tagged(const char *checkpoint)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;

    options.tag = "resume";
    options.checkpoint = checkpoint;
    return options;
}

static int make(mcpar **out, const mcpar_options *options)
{
    mcpar_options own = *options;

    if (!pooled)
        return mcpar_init_mpi(out, MPI_COMM_WORLD, options);
    own.comm = MCPAR_COMM_SELF;
    own.pool = MCPAR_POOL_FORK;
    own.workers = 3;
    return mcpar_init(out, &own);
}

/* What one process alone finds, in the calling thread. */
static struct answer alone(uint64_t n)
{
    mcpar_options options = tagged("");
    struct answer a = { .covariance = 0 };
    mcpar *own;
    int err;

    options.comm = MCPAR_COMM_SELF;
    options.pool = MCPAR_POOL_SERIAL;
    err = mcpar_init(&own, &options);
    err = err ? err : observe(own);
    err = err ? err : mcpar_sample(own, n, trial, NULL);
    err = err ? err : read_answer(own, &a);
    check(!err, "the serial answer: %s", mcpar_message(own));
    (void)mcpar_finalize(&own);
    return a;
}

static void must(mcpar *one, int err, const char *what)
{
    check(err == 0, "%s: %s", what, err ? mcpar_message(one) : "done");
}

static void must_be(mcpar *one, const struct answer *wanted, const char *what)
{
    struct answer a;
    int err = read_answer(one, &a);

    check(!err && same(&a, wanted), "%s: the serial bits: %s, %s", what, err ? mcpar_message(one) : a.print,
          wanted->print);
}

/* Every rank gets the code, and a message. */
static void all_get(int code, int err, const char *what)
{
    int both[2] = { err, -err }, most[2];
    char text[400];

    (void)snprintf(text, sizeof text, "%s", mcpar_message(mc));
    MPI_Allreduce(both, most, 2, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    check(most[0] == code && most[1] == -code, "%s: code %d on all ranks, here %d (%s)", what, code, err,
          code ? text : "");
}

/* ---- One job ---- */

static void save_and_read(void)
{
    mcpar_options options = tagged("");
    static uint8_t bytes[1 << 16];
    mcpar *two = NULL;
    size_t n = 0;

    must(mc, make(&mc, &options), "init");
    must(mc, observe(mc), "observe");
    must(mc, mcpar_sample(mc, HALF, trial, NULL), "sample");
    must_be(mc, &half, "half of it");
    must(mc, mcpar_save(mc, file), "save");
    must(mc, mcpar_pack(mc, bytes, sizeof bytes, &n), "pack");

    must(two, make(&two, &options), "init");
    must(two, observe(two), "observe");
    must(two, mcpar_merge(two, file), "merge");
    must(two, mcpar_sample(two, HALF, trial, NULL), "sample what is there");
    must_be(two, &half, "merged");
    must(two, mcpar_sample_block(two, TRIALS - HALF, block, NULL), "sample the rest, in blocks");
    must_be(two, &whole, "merged, and the rest");
    must(two, mcpar_save(two, file), "save in its place");
    must(two, mcpar_reset(two, 0), "reset");
    must(two, mcpar_unpack(two, rank == 0 ? bytes : NULL, rank == 0 ? n : 0), "unpack");
    must(two, mcpar_sample(two, TRIALS, trial, NULL), "sample all");
    must_be(two, &whole, "unpacked, and the rest");
    must(two, mcpar_finalize(&two), "finalize");
    must(mc, mcpar_finalize(&mc), "finalize");
}

/* mcpar_open has no communicator of the program: the launcher says how many there are. */
static void open_it(void)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;

    must(mc, mcpar_open(&mc, file, MCPAR_ONLY, NULL), "open");
    check(mcpar_size(mc) == size && mcpar_held(mc) == TRIALS && mcpar_asked(mc) == TRIALS, "all ranks have it");
    must_be(mc, &whole, "opened");
    must(mc, mcpar_finalize(&mc), "finalize");
    options.tag = odd ? "another" : NULL;
    all_get(MCPAR_ERR_LINEAGE, mcpar_open(&mc, file, MCPAR_ONLY, &options),
            "open with another tag on one rank");
    (void)mcpar_finalize(&mc);
    all_get(MCPAR_ERR_FILE, mcpar_open(&mc, "no/such/file", MCPAR_ONLY, NULL), "open what is not there");
    (void)mcpar_finalize(&mc);
    all_get(MCPAR_ERR_ARGUMENT, mcpar_open(&mc, odd ? NULL : file, MCPAR_ONLY, NULL),
            "open without a path on one rank");
    (void)mcpar_finalize(&mc);
    all_get(MCPAR_ERR_ARGUMENT, mcpar_open(&mc, file, 1, NULL), "open another index");
    (void)mcpar_finalize(&mc);
}

/* ---- One rank fails, or differs ---- */

static void one_fails(void)
{
    mcpar_options options = tagged("");
    int err;

    must(mc, make(&mc, &options), "init");
    must(mc, observe(mc), "observe");
    all_get(MCPAR_ERR_FILE, mcpar_merge(mc, "no/such/file"), "merge what is not there");
    all_get(MCPAR_ERR_ARGUMENT, mcpar_merge(mc, odd ? NULL : file), "merge without a path on one rank");
    all_get(MCPAR_ERR_FORMAT, mcpar_unpack(mc, "no result", 9), "unpack what is no result");
    all_get(MCPAR_ERR_STALE, mcpar_save(mc, file), "save before reduce");
    must(mc, mcpar_sample(mc, HALF, trial, NULL), "sample");
    must_be(mc, &half, "half of it");
    all_get(MCPAR_ERR_FILE, mcpar_save(mc, "no/such/file"), "save where there is no folder");
    all_get(MCPAR_ERR_ARGUMENT, mcpar_save(mc, odd ? "" : file), "save without a path on one rank");
    all_get(MCPAR_ERR_OVERLAP, mcpar_merge(mc, file), "merge what is held");
    must(mc, mcpar_reset(mc, 0), "reset");
    must(mc, mcpar_set_tag(mc, odd ? "another" : "resume"), "another tag on one rank");
    if (size > 1) {
        all_get(MCPAR_ERR_MISMATCH, mcpar_merge(mc, file), "merge with another tag on one rank");
        all_get(MCPAR_ERR_MISMATCH, mcpar_sample(mc, 10, trial, NULL), "sample with another tag on one rank");
    }
    must(mc, mcpar_set_tag(mc, "resume"), "the same tag");
    if (size > 1)
        all_get(MCPAR_ERR_MISMATCH, odd ? mcpar_reset(mc, 0) : mcpar_merge(mc, file), "merge against reset");
    must(mc, mcpar_merge(mc, file), "merge");
    must(mc, mcpar_sample(mc, TRIALS, trial, NULL), "sample");
    must_be(mc, &whole, "after all that");
    must(mc, mcpar_finalize(&mc), "finalize");

    for (int what = 0; what < 3 && size > 1; what++) {
        options = tagged("checkpoint/of/nobody");
        if (odd)
            options.checkpoint = what == 0 ? "" : what == 1 ? "other" : options.checkpoint;
        if (odd && what == 2)
            options.checkpoint_seconds = 1;
        err = make(&mc, &options);
        /* rank 0 cannot open its own either, and says so first */
        all_get(MCPAR_ERR_FILE, err, "a checkpoint in no folder");
        (void)mcpar_finalize(&mc);
        options = tagged(file);
        if (odd)
            options.checkpoint = what == 0 ? "" : what == 1 ? "other" : options.checkpoint;
        if (odd && what == 2)
            options.checkpoint_seconds = 1;
        all_get(MCPAR_ERR_MISMATCH, make(&mc, &options), "another checkpoint, or other seconds, on one rank");
        (void)mcpar_finalize(&mc);
    }
}

/* ---- Jobs that go on, and end badly ---- */

static int slow(mcpar_rng *rng, double *values, void *arg)
{
    for (volatile int i = 0; i < 5000; i++)
        continue;
    if (number && mcpar_trial_number(rng) == number)
        (void)raise(SIGKILL);
    return trial(rng, values, arg);
}

static void job(void)
{
    mcpar_options options = tagged(file);
    char text[128];

    options.checkpoint_seconds = 0.01;
    must(mc, make(&mc, &options), "init");
    must(mc, observe(mc), "observe");
    must(mc, mcpar_reduce(mc, NULL), "reduce");
    (void)snprintf(text, sizeof text, "%llu trials were there", (unsigned long long)mcpar_held(mc));
    must(mc, 0, text);
    must(mc, mcpar_sample(mc, HALF, slow, NULL), "sample");
    must(mc, mcpar_sample(mc, TRIALS - HALF, slow, NULL), "sample");
    must_be(mc, &whole, "the job");
    must(mc, mcpar_finalize(&mc), "finalize");
}

/* Asks for `number` of the trials, so that jobs can go on one after another. */
static void some(void)
{
    mcpar_options options = tagged(file);
    struct answer wanted = alone(number);

    must(mc, make(&mc, &options), "init");
    must(mc, observe(mc), "observe");
    must(mc, mcpar_sample(mc, number / 3, trial, NULL), "sample");
    must(mc, mcpar_sample(mc, number - number / 3, trial, NULL), "sample");
    must_be(mc, &wanted, "so far");
    must(mc, mcpar_finalize(&mc), "finalize");
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } cases[] = { { "save", save_and_read }, { "open", open_it }, { "fail", one_fails }, { "job", job },
                  { "some", some } };
    const char *name = argc > 1 ? argv[1] : "";

    (void)setvbuf(stdout, NULL, _IOFBF, 4096);
    pooled = !strncmp(name, "pool-", 5);
    name += pooled ? 5 : 0;
    file = argc > 2 ? argv[2] : "";
    number = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    if (!pooled) {
        MPI_Init(NULL, NULL);
        MPI_Comm_rank(MPI_COMM_WORLD, &rank);
        MPI_Comm_size(MPI_COMM_WORLD, &size);
    } else {
        size = 1;
    }
    odd = rank == size - 1;
    half = alone(HALF);
    whole = alone(TRIALS);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (!strcmp(name, cases[i].name))
            cases[i].run();
    if (!pooled)
        MPI_Finalize();
    return tap_end();
}
