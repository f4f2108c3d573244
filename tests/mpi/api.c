/* SPDX-License-Identifier: BSD-3-Clause */
/* api.c - the public calls over MPI, in a program that is linked to MPI: api answers | states | before-init | world */
#include "nodes.h"
#include "trials.h"
#include <pthread.h>
#include <unistd.h>

static int rank, size;
static struct answer alone;

static mcpar *made(MPI_Comm comm, const mcpar_options *options)
{
    mcpar *mc;
    int err = mcpar_init_mpi(&mc, comm, options);

    if (err)
        check(0, "mcpar_init_mpi: %s", mcpar_message(mc));
    return mc;
}

/* Samples by pieces, the third of each three as blocks; the answer must be the serial one. */
static void pieces(MPI_Comm comm, const uint64_t *piece, const char *what)
{
    mcpar *mc = made(comm, NULL);
    uint64_t done = 0;
    struct answer a;
    int err = observe(mc);

    for (int i = 0; done < TRIALS && !err; i++) {
        uint64_t n = piece[i] < TRIALS - done ? piece[i] : TRIALS - done;

        err = i % 3 == 2 ? mcpar_sample_block(mc, n, block, NULL) : mcpar_sample(mc, n, trial, NULL);
        done += n;
        if (!err && i % 2)
            err = mcpar_reduce(mc, NULL);  /* in between: changes nothing */
    }
    if (!err)
        err = read_answer(mc, &a);
    check(!err && same(&a, &alone), "%s: the serial answer%s%s", what, err ? ": " : "", err ? mcpar_message(mc) : "");
    if (!err)
        check(!read_answer(mc, &a) && same(&a, &alone), "%s: and again", what);
    check(!mcpar_finalize(&mc) && mc == NULL, "%s: finalized", what);
}

static void several(void)
{
    mcpar_options other = MCPAR_OPTIONS_INIT;
    struct answer a, b, alone_other = serial(5);
    mcpar *one = made(MPI_COMM_WORLD, NULL), *two;
    int err;

    other.stream = 5;
    two = made(MPI_COMM_WORLD, &other);
    err = observe(one) || observe(two) || mcpar_sample(one, TRIALS / 2, trial, NULL) ||
          mcpar_sample(two, TRIALS, trial, NULL) || mcpar_sample(one, TRIALS - TRIALS / 2, trial, NULL) ||
          read_answer(two, &b) || read_answer(one, &a);
    check(!err && same(&a, &alone) && same(&b, &alone_other), "two handles side by side");
    check(!mcpar_finalize(&one), "the first one ends");
    err = mcpar_reset(two, 0) || mcpar_sample_block(two, TRIALS, block, NULL) || read_answer(two, &a);
    check(!err && same(&a, &alone), "the other one, reset to stream 0");
    check(!mcpar_finalize(&two), "and it ends");
}

static void halves(void)
{
    static const uint64_t piece[] = { 100, 200, TRIALS };
    MPI_Comm half;
    mcpar_estimate e;
    mcpar *mc;
    int n;

    MPI_Comm_split(MPI_COMM_WORLD, rank % 2, -rank, &half);
    MPI_Comm_size(half, &n);
    mc = made(half, NULL);
    check(mcpar_size(mc) == n, "a half has its own size");
    if (rank % 2 == 0)                     /* calls of one half are no business of the other's */
        check(!mcpar_sample(mc, 500, trial, NULL) && !mcpar_reduce(mc, &e) && e.trials == 500, "one half samples");
    check(!mcpar_finalize(&mc), "a half is finalized");
    pieces(half, piece, "each half");
    MPI_Comm_free(&half);
}

/* A pool that forks is for one rank alone. */
static void forking(void)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;
    mcpar *mc;
    int err;

    options.pool = MCPAR_POOL_FORK;
    err = mcpar_init_mpi(&mc, MPI_COMM_WORLD, &options);
    if (size > 1) {
        check(err == MCPAR_ERR_POOL, "a fork pool over several ranks: %s", mcpar_message(mc));
    } else {
        struct answer a;

        err = err || observe(mc) || mcpar_sample(mc, TRIALS, trial, NULL) || read_answer(mc, &a);
        check(!err && same(&a, &alone), "a fork pool, by name, on one rank");
    }
    (void)mcpar_finalize(&mc);
}

static int answers(void)
{
    static const uint64_t whole[] = { TRIALS }, bits[] = { 1, 0, 2, 1, 1, 7, 4095, 4097, 1, 10000, TRIALS };
    MPI_Errhandler handler;
    mcpar *mc;
    int level;

    MPI_Init_thread(NULL, NULL, getenv("MCPAR_POOL") ? MPI_THREAD_FUNNELED : MPI_THREAD_SINGLE, &level);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    alone = serial(0);
    mc = made(MPI_COMM_WORLD, NULL);
    check(mcpar_rank(mc) == rank && mcpar_size(mc) == size, "rank and size");
    check(!mcpar_finalize(&mc), "a handle that samples nothing");
    pieces(MPI_COMM_WORLD, whole, "in one call");
    pieces(MPI_COMM_WORLD, bits, "in pieces");
    pieces(MPI_COMM_SELF, bits, "over MPI_COMM_SELF");
    several();
    halves();
    forking();
    MPI_Comm_get_errhandler(MPI_COMM_WORLD, &handler);
    check(handler == MPI_ERRORS_ARE_FATAL, "the host's error handler is as it was");
    MPI_Finalize();
    return tap_end();
}

/* ---- states of MPI ----------------------------------------------------------------------------------------------- */

static void refused(MPI_Comm comm, int code, const char *what)
{
    mcpar *mc = NULL;
    int err = mcpar_init_mpi(&mc, comm, NULL);

    check(err == code && mc, "%s: %s", what, mcpar_message(mc));
    check(mcpar_finalize(&mc) == 0, "%s: finalized all the same", what);
}

static void *forbidden(void *handle)
{
    mcpar *mc = handle;
    mcpar_estimate e;

    refused(MPI_COMM_WORLD, MCPAR_ERR_MPI_STATE, "from a thread that the level forbids");
    check(mcpar_sample(mc, 10, trial, NULL) == MCPAR_ERR_MPI_STATE, "sample from there: %s", mcpar_message(mc));
    check(mcpar_reduce(mc, &e) == MCPAR_ERR_MPI_STATE, "reduce from there");
    return NULL;
}

static int states(void)
{
    mcpar_estimate e;
    pthread_t thread;
    mcpar *mc;
    int level;

    refused(MPI_COMM_WORLD, MCPAR_ERR_MPI_STATE, "before MPI_Init");
    MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level);
    refused(MPI_COMM_NULL, MCPAR_ERR_ARGUMENT, "MPI_COMM_NULL");
    mc = made(MPI_COMM_WORLD, NULL);
    if (level < MPI_THREAD_SERIALIZED) {
        pthread_create(&thread, NULL, forbidden, mc);
        pthread_join(thread, NULL);
    }
    check(!mcpar_sample(mc, 10, trial, NULL) && !mcpar_reduce(mc, &e) && e.trials == 10, "and the handle goes on");
    check(!mcpar_finalize(&mc), "finalized");
    mc = made(MPI_COMM_WORLD, NULL);
    MPI_Finalize();
    check(mcpar_sample(mc, 10, trial, NULL) == MCPAR_ERR_MPI_STATE, "a handle after MPI_Finalize: %s",
          mcpar_message(mc));
    (void)mcpar_finalize(&mc);
    check(mc == NULL, "and it can be freed");
    refused(MPI_COMM_WORLD, MCPAR_ERR_MPI_STATE, "after MPI_Finalize");
    return tap_end();
}

/* mcpar_init in a program that is linked to MPI: MPI is this program's to start. */
static int plain_init(int started)
{
    struct answer a;
    mcpar *mc;
    int err;

    if (started) {
        MPI_Init(NULL, NULL);
        alone = serial(0);
    }
    err = mcpar_init(&mc, NULL);
    if (!started) {
        check(err == MCPAR_ERR_MPI_STATE && strstr(mcpar_message(mc), "MPI_Init"), "%s", mcpar_message(mc));
    } else {
        check(!err, "mcpar_init over a started MPI: %s, %d ranks", mcpar_about(mc, "comm"), mcpar_size(mc));
        err = err || observe(mc) || mcpar_sample(mc, TRIALS, trial, NULL) || read_answer(mc, &a);
        check(!err && same(&a, &alone), "the serial answer");
    }
    check(!mcpar_finalize(&mc), "finalized");
    if (started)
        MPI_Finalize();
    return tap_end();
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "answers";

    (void)setvbuf(stdout, NULL, _IOFBF, 4096);
    if (!strcmp(what, "states"))
        return states();
    if (!strcmp(what, "before-init"))
        return plain_init(0);
    if (!strcmp(what, "world"))
        return plain_init(1);
    return answers();
}
