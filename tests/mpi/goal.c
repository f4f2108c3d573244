/* SPDX-License-Identifier: BSD-3-Clause */
/* goal.c - runs towards goals on any ranks: they end where the serial run ends, also after stops, after a trial
 * that leaves the call, and after a rank was killed; and goals that differ between ranks
 *
 * goal CASE [FILE [N]]: one case a run. */
#include "nodes.h"
#include "trials.h"
#include <setjmp.h>
#include <signal.h>
#include <unistd.h>

static const struct {
    const char *name;
    mcpar_goal goal;
} goals[] = { { "hits, relative", { sizeof(mcpar_goal), MCPAR_HITS, 0, 0.03, 1024, 10000000 } },
              { "hits, absolute", { sizeof(mcpar_goal), MCPAR_HITS, 0.008, 0, 1024, 10000000 } },
              { "a mean, relative", { sizeof(mcpar_goal), 0, 0, 0.03, 1024, 10000000 } },
              { "a mean, absolute", { sizeof(mcpar_goal), 0, 0.012, 0, 500, 10000000 } },
              { "unmet", { sizeof(mcpar_goal), MCPAR_HITS, 0, 0.03, 1024, 5000 } } };
enum { GOALS = sizeof goals / sizeof *goals };

static int rank, size, odd;                /* odd: this is the rank that does something else */
static const char *file;
static uint64_t number;                    /* the third argument */
static struct answer alone[GOALS];         /* what one process finds, in the calling thread */
static mcpar *mc;

static void make(const char *checkpoint)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;

    options.tag = "goal";
    options.checkpoint = checkpoint;
    options.checkpoint_seconds = 0.01;
    check(!mcpar_init_mpi(&mc, MPI_COMM_WORLD, &options) && !observe(mc), "init: %s", mcpar_message(mc));
}

static int code_of(size_t g)
{
    return strcmp(goals[g].name, "unmet") ? 0 : MCPAR_UNMET;
}

static void find_alone(void)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;
    mcpar *own;

    options.tag = "goal";
    options.comm = MCPAR_COMM_SELF;
    options.pool = MCPAR_POOL_SERIAL;
    check(!mcpar_init(&own, &options) && !observe(own), "a handle of its own");
    for (size_t g = 0; g < GOALS; g++) {
        int err = mcpar_run(own, trial, NULL, &goals[g].goal);

        check(err == code_of(g) && !read_answer(own, &alone[g]), "alone: %s: %llu trials", goals[g].name,
              (unsigned long long)alone[g].hits.trials);
        check(!mcpar_reset(own, 0), "reset");
    }
    check(!mcpar_finalize(&own), "finalized");
}

/* Where many ranks share few CPUs, each agreement takes a while: then two goals are enough. */
static int left_out(size_t g)
{
    return size > 4 && g != 0 && g != 3;
}

static void must_be(size_t g, const char *what)
{
    struct answer a;
    int err = read_answer(mc, &a);

    check(!err && same(&a, &alone[g]), "%s: %s: the serial bits: %s, %llu trials", what, goals[g].name,
          err ? mcpar_message(mc) : a.print, (unsigned long long)a.hits.trials);
}

/* Every rank gets the code. */
static void all_get(int code, int err, const char *what)
{
    int both[2] = { err, -err }, most[2];

    MPI_Allreduce(both, most, 2, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    check(most[0] == code && most[1] == -code, "%s: code %d on all ranks, here %d (%s)", what, code, err,
          err ? mcpar_message(mc) : "");
}

/* ---- One job ---- */

static void run_all(void)
{
    make("");
    for (size_t g = 0; g < GOALS; g++) {
        if (left_out(g))
            continue;
        all_get(code_of(g), mcpar_run(mc, trial, NULL, &goals[g].goal), goals[g].name);
        must_be(g, "trials");
        check(!mcpar_reset(mc, 0), "reset");
        all_get(code_of(g), mcpar_run_block(mc, block, NULL, &goals[g].goal), goals[g].name);
        must_be(g, "blocks");
        check(!mcpar_reset(mc, 0), "reset");
    }
    check(!mcpar_finalize(&mc), "finalized");
}

static uint64_t stops_at;

static int stops(mcpar_rng *rng, double *values, void *arg)
{
    if (mcpar_trial_number(rng) >= stops_at)            /* on the ranks that come so far */
        mcpar_request_stop(mc);
    return trial(rng, values, arg);
}

static void stop_often(void)
{
    make("");
    for (size_t g = 0; g < GOALS; g++) {
        int err, times = 0;

        if (left_out(g))
            continue;
        stops_at = 100;
        do {
            err = mcpar_run(mc, stops, NULL, &goals[g].goal);
            mcpar_clear_stop(mc);
            stops_at += 2000;
        } while (err == MCPAR_STOPPED && ++times < 1000);
        all_get(code_of(g), err, "stopped again and again");
        check(times > 0, "%d stops", times);
        must_be(g, "stopped again and again");
        check(!mcpar_reset(mc, 0), "reset");
    }
    check(!mcpar_finalize(&mc), "finalized");
}

static jmp_buf outside;
static uint64_t jumps_at;

static int jumps(mcpar_rng *rng, double *values, void *arg)
{
    if (mcpar_trial_number(rng) == jumps_at)
        longjmp(outside, 1);
    return trial(rng, values, arg);
}

static void leave(void)
{
#ifdef __GLIBC__                           /* elsewhere a jump out of a trial goes unnoticed */
    make("");
    for (size_t g = 0; g < GOALS; g++)
        for (volatile int i = size > 4 ? 2 : 0; i < 3 && !left_out(g); i++) {
            volatile int err = MCPAR_ERR_LEFT;

            jumps_at = i == 0 ? 0 : i == 1 ? 1024 : 2500;
            if (setjmp(outside) == 0)
                err = mcpar_run(mc, jumps, NULL, &goals[g].goal);
            all_get(MCPAR_ERR_LEFT, err, "left");
            all_get(code_of(g), mcpar_run(mc, trial, NULL, &goals[g].goal), "after that");
            must_be(g, "after that");
            check(!mcpar_reset(mc, 0), "reset");
        }
    check(!mcpar_finalize(&mc), "finalized");
#endif
}

static void differ(void)
{
    mcpar_goal goal = goals[0].goal;

    make("");
    if (odd)
        goal.relative = 0.02;
    all_get(size > 1 ? MCPAR_ERR_MISMATCH : 0, mcpar_run(mc, trial, NULL, &goal), "another goal on one rank");
    if (size > 1)
        check(strstr(mcpar_message(mc), "another goal") != NULL, "it says so: %s", mcpar_message(mc));
    check(!mcpar_reset(mc, 0), "reset");
    goal = goals[0].goal;
    if (odd)
        goal.most = 0;
    all_get(MCPAR_ERR_ARGUMENT, mcpar_run(mc, trial, NULL, &goal), "a goal that is not possible on one rank");
    if (size > 1) {
        all_get(MCPAR_ERR_MISMATCH,
                odd ? mcpar_sample(mc, 10, trial, NULL) : mcpar_run(mc, trial, NULL, &goals[0].goal), "run against sample");
        check(strstr(mcpar_message(mc), "mcpar_run") != NULL, "it says so: %s", mcpar_message(mc));
    }
    all_get(0, mcpar_run(mc, trial, NULL, &goals[0].goal), "the same goal");
    must_be(0, "after all that");
    check(!mcpar_finalize(&mc), "finalized");
}

/* ---- Jobs that go on, and end badly ---- */

static int dies(mcpar_rng *rng, double *values, void *arg)
{
    for (volatile int i = 0; i < 5000; i++)
        continue;
    if (number && mcpar_trial_number(rng) == number)
        (void)raise(SIGKILL);
    return trial(rng, values, arg);
}

static void job(void)
{
    make(file);
    all_get(0, mcpar_run(mc, dies, NULL, &goals[1].goal), "the job");
    must_be(1, "the job");
    check(!mcpar_finalize(&mc), "finalized");
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } cases[] = { { "all", run_all }, { "stop", stop_often }, { "left", leave }, { "differ", differ }, { "job", job } };

    (void)setvbuf(stdout, NULL, _IOFBF, 4096);
    file = argc > 2 ? argv[2] : "";
    number = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    MPI_Init(NULL, NULL);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    odd = rank == size - 1;
    find_alone();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (argc > 1 && !strcmp(argv[1], cases[i].name))
            cases[i].run();
    MPI_Finalize();
    return tap_end();
}
