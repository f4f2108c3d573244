/* SPDX-License-Identifier: BSD-3-Clause */
/* plain.c - a program that knows nothing of MPI: it includes mcpar.h and is linked to libmcpar alone
 *
 * plain [leave | leave-one | kill-one | fork | atexit-after | atexit | destructor] - prints "result ..." on each rank that is rank 0 of
 * its run, and "error CODE: message" on each rank that fails. */
#include <dlfcn.h>
#include <mcpar.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int victim;

static int trial(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_uniform(rng), y = mcpar_exponential(rng);

    (void)arg;
    if (victim && mcpar_trial_number(rng) > 1000)
        (void)raise(SIGKILL);
    values[0] = x * y;
    values[1] = (x - 0.5) * 1e16;
    return y < x;
}

/* The handlers of all signals before and after: 1 if they are the same. */
static int signals_kept(void)
{
    static struct sigaction kept[32];
    static int again;
    struct sigaction now;
    int same = 1;

    for (int s = 1; s < 32; s++)
        if (!sigaction(s, NULL, again ? &now : &kept[s]) && again)
            same &= now.sa_handler == kept[s].sa_handler;
    again = 1;
    return same;
}

static void say(const char *line)
{
    (void)fputs(line, stdout);
    (void)fflush(stdout);
}

/* ---- A handle that the host ends on its way out: by a function that was registered after MPI was started, and so is
 * called before MPI's own; by one that was registered before, and is called after them; or later still ---- */

static mcpar *left_to_exit, *left_to_destructor;

static void at_exit(void)
{
    (void)mcpar_finalize(&left_to_exit);
}

__attribute__((destructor)) static void destructor(void)
{
    (void)mcpar_finalize(&left_to_destructor);
}

static int failed(mcpar **mc, int code)
{
    char line[1400];

    (void)snprintf(line, sizeof line, "error %d: %s\n", code, mcpar_message(*mc));
    say(line);
    (void)mcpar_finalize(mc);
    return 1;
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "";
    const char *const names[] = { "product", "wide" };
    char print[MCPAR_FINGERPRINT_SIZE] = "", line[400];
    mcpar_estimate e = { 0 }, mean = { 0 };
    uint64_t n = strncmp(mode, "kill", 4) ? 100000 : UINT64_C(1000000000000);
    mcpar *mc;
    int err, rank;

    (void)setvbuf(stdout, NULL, _IOFBF, 4096);
    if (dlsym(RTLD_DEFAULT, "MPI_Init"))
        say("error: this program must not be linked to MPI\n");
    (void)signals_kept();
    (void)atexit(at_exit);
    err = mcpar_init(&mc, NULL);
    if (err)
        return failed(&mc, err);
    rank = mcpar_rank(mc);
    if (!signals_kept())
        say("error: the signals changed\n");
    if (!strcmp(mode, "leave-one") && rank == 1)
        exit(3);
    victim = !strcmp(mode, "kill-one") && rank == 1;
    err = mcpar_observe(mc, 2, names);
    if (!err)
        err = mcpar_sample(mc, n, trial, NULL);
    if (!err)
        err = mcpar_reduce(mc, &e);
    if (!err)
        err = mcpar_mean(mc, 1, &mean);
    if (!err)
        err = mcpar_fingerprint(mc, print);
    if (err)
        return failed(&mc, err);
    (void)snprintf(line, sizeof line, "result %llu of %llu, %a +- %a, %s\n", (unsigned long long)e.hits,
                   (unsigned long long)e.trials, mean.mean, mean.std_error, print);
    if (rank == 0)
        say(line);
    if (!strcmp(mode, "leave"))
        return 0;
    if (!strcmp(mode, "fork") && fork() == 0) {
        (void)mcpar_finalize(&mc);         /* a child that ends as if it were the program */
        exit(0);
    }
    if (!strcmp(mode, "fork"))
        (void)wait(NULL);
    (void)snprintf(line, sizeof line, "ran with comm %s, %d ranks", mcpar_about(mc, "comm"), mcpar_size(mc));
    (void)snprintf(line + strlen(line), sizeof line - strlen(line), ", pool %s\n", mcpar_about(mc, "pool"));
    if (rank == 0)
        say(line);
    if (!strcmp(mode, "atexit-after"))
        (void)atexit(at_exit);             /* the other call finds nothing to do */
    if (!strncmp(mode, "atexit", 6)) {
        left_to_exit = mc;
        return 0;
    }
    if (!strcmp(mode, "destructor")) {
        left_to_destructor = mc;
        return 0;
    }
    return mcpar_finalize(&mc) != 0;
}
