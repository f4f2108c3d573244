/* SPDX-License-Identifier: BSD-3-Clause */
/* guest.c - the hosts' side of the tests of a good guest, and the main that runs either tests or one host */
#include "guest.h"
#include <criterion/options.h>
#include <sys/mman.h>

struct guest_shared *shared;
pid_t host;
volatile char *forbidden;
atomic_int stop_thread;

static struct guest_host *hosts;

/* ---- Runs ---- */

int dart(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_uniform(rng), y = mcpar_uniform(rng);

    (void)values;
    if (arg)
        ((void (*)(uint64_t))(uintptr_t)arg)(mcpar_trial_number(rng));
    return x * x + y * y < 1.0;
}

void *side(void (*what)(uint64_t trial))
{
    return (void *)(uintptr_t)what;
}

int open_pool(mcpar **mc, int workers)
{
    mcpar_options options = options_for((struct place){ workers ? MCPAR_POOL_FORK : MCPAR_POOL_SERIAL, workers ? workers : 1 });

    return mcpar_init(mc, &options);
}

int good_run(mcpar *mc, uint64_t trials, void *arg)
{
    char got[MCPAR_FINGERPRINT_SIZE], wanted[MCPAR_FINGERPRINT_SIZE];
    mcpar *serial;
    int err;

    NEED(mcpar_reset(mc, 0) == 0, "%s", mcpar_message(mc));
    err = mcpar_sample(mc, trials, dart, arg);
    NEED(err == 0, "%s", mcpar_message(mc));
    NEED(mcpar_reduce(mc, NULL) == 0 && mcpar_fingerprint(mc, got) == 0, "%s", mcpar_message(mc));
    NEED(open_pool(&serial, 0) == 0 && mcpar_sample(serial, trials, dart, NULL) == 0, "%s", mcpar_message(serial));
    NEED(mcpar_reduce(serial, NULL) == 0 && mcpar_fingerprint(serial, wanted) == 0, "%s", mcpar_message(serial));
    NEED(mcpar_finalize(&serial) == 0, "finalize");
    NEED(strcmp(got, wanted) == 0, "%s instead of %s", got, wanted);
    return 0;
}

int run_with(int workers, void *arg)
{
    mcpar *mc;

    NEED(open_pool(&mc, workers) == 0, "%s", mcpar_message(mc));
    GOOD(good_run(mc, TRIALS, arg));
    NEED(mcpar_finalize(&mc) == 0, "finalize");
    return 0;
}

/* ---- On the side ---- */

void kill_once(uint64_t trial)
{
    if (trial == 1500 && getpid() != host && shared->once++ == 0)
        (void)kill(getpid(), SIGKILL);
}

void crash_segv(uint64_t trial)
{
    if (trial == 700)
        *forbidden = 1;
}

void slow(uint64_t trial)
{
    struct timespec nap = { 0, 1000000 };

    if (trial % 40 == 0)
        (void)nanosleep(&nap, NULL);
}

void count_signal(int signal)
{
    (void)signal;
    if (getpid() == host)
        shared->handled++;
    else
        shared->told++;
}

int on_signal(int signal, void (*handler)(int), int flags)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = flags;
    return sigaction(signal, &action, NULL);
}

/* ---- Hosts ---- */

void guest_add(struct guest_host *one)
{
    one->next = hosts;
    hosts = one;
}

static int be_host(const char *name)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    forbidden = mmap(NULL, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    NEED((void *)shared != MAP_FAILED && (const volatile void *)forbidden != MAP_FAILED, "%s", strerror(errno));
    host = getpid();
    for (const struct guest_host *one = hosts; one; one = one->next)
        if (strcmp(one->name, name) == 0)
            return one->run();
    NEED(0, "there is no host %s", name);
}

void guest_check(const char *name, const char *wanted)
{
    char self[4096], command[4400], got[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    size_t n;
    FILE *pipe;
    int status;

    cr_assert(length > 0);
    self[length] = 0;
    /* Criterion starts its tests by a variable that a host must not find. */
    (void)snprintf(command, sizeof command,
                   "exec 2>&1 </dev/null; unset BXFI_MAP; printf 'all that was put in' | '%s' --host %s", self, name);
    pipe = popen(command, "r");
    cr_assert(pipe != NULL);
    n = fread(got, 1, sizeof got - 1, pipe);
    got[n] = 0;
    status = pclose(pipe);
    if (WIFEXITED(status) && WEXITSTATUS(status) == SKIP)
        cr_skip("%s cannot be set up here", name);
    /* The shell that runs the host exits with 128 plus the number of the signal that ended it. */
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) < 128, "host %s was ended by a signal (%s), after this: %s", name,
              strsignal(WIFEXITED(status) ? WEXITSTATUS(status) - 128 : WTERMSIG(status)), got);
    cr_assert(WEXITSTATUS(status) == 0, "host %s failed: %s", name, got[0] ? got : "it exited by itself");
    cr_assert_str_eq(got, wanted, "%s printed \"%s\"", name, got);
}

int main(int argc, char *argv[])
{
    struct criterion_test_set *tests;
    int failed = 0;

    if (argc == 3 && strcmp(argv[1], "--host") == 0)
        return be_host(argv[2]);
    tests = criterion_initialize();
    if (criterion_handle_args(argc, argv, true))
        failed = !criterion_run_all_tests(tests);
    criterion_finalize(tests);
    return failed;
}
