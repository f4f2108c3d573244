/* SPDX-License-Identifier: BSD-3-Clause */
/* A good guest: what the library leaves of the host, its processes, files, signals and output.
 *
 * Most of it is shown by hosts: this program run again, as `test_guest --host NAME`, without Criterion's threads and
 * with all that it prints read by the test. A host that is content ends with 0; what it prints is compared. */
#include "api.h"
#include <criterion/options.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fenv.h>
#include <locale.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

#define NEED(condition, ...)                                                                                 \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            (void)fprintf(stderr, "line %d: %s: ", __LINE__, #condition);                                    \
            (void)fprintf(stderr, __VA_ARGS__);                                                              \
            (void)fputc('\n', stderr);                                                                       \
            return 1;                                                                                        \
        }                                                                                                    \
    } while (0)

enum { TRIALS = 3000, SKIP = 77 };

/* ---- What hosts share with their workers, and the trial that all of them run ---- */

static struct {
    _Atomic int handled, once, exits, pids, told;
    _Atomic pid_t pid[64];
} *shared;

static pid_t host;
static volatile char *forbidden;           /* memory that nobody may write */

static int dart(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_uniform(rng), y = mcpar_uniform(rng);

    (void)values;
    if (arg)
        ((void (*)(uint64_t))(uintptr_t)arg)(mcpar_trial_number(rng));
    return x * x + y * y < 1.0;
}

/* Something that a trial does on the side. */
static void *side(void (*what)(uint64_t trial))
{
    return (void *)(uintptr_t)what;
}

static int open_pool(mcpar **mc, int workers)
{
    mcpar_options options = options_for((struct place){ workers ? MCPAR_POOL_FORK : MCPAR_POOL_SERIAL, workers ? workers : 1 });

    return mcpar_init(mc, &options);
}

/* Samples and compares with the serial answer. */
static int good_run(mcpar *mc, uint64_t trials, void *arg)
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

static int run_with(int workers, void *arg)
{
    mcpar *mc;

    NEED(open_pool(&mc, workers) == 0, "%s", mcpar_message(mc));
    if (good_run(mc, TRIALS, arg))
        return 1;
    NEED(mcpar_finalize(&mc) == 0, "finalize");
    return 0;
}

/* ---- Output, input, exit handlers ---- */

static void say_exit(void)
{
    (void)printf("exit\n");
    if (getpid() != host)
        shared->exits++;
}

static int pending_output(void)
{
    (void)setvbuf(stderr, malloc(4096), _IOFBF, 4096);
    (void)atexit(say_exit);
    (void)printf("pending ");
    (void)fprintf(stderr, "[error pending]");
    if (run_with(3, NULL))
        return 1;
    (void)printf("done ");
    NEED(shared->exits == 0, "exit handlers ran in workers");
    (void)fflush(stderr);
    return 0;
}

static void print_x(uint64_t trial)
{
    if (trial % 100 == 0)
        (void)printf("x");
}

static int output_of_trials(void)
{
    (void)printf("pending ");
    return run_with(2, side(print_x));
}

static int rest_of_input(void)
{
    int c = getchar();

    if (run_with(3, NULL))
        return 1;
    for (; c != EOF; c = getchar())
        (void)putchar(c);
    return 0;
}

static void leave_on_7(uint64_t trial)
{
    if (trial == 7)
        exit(3);
}

static int exiting_trial(void)
{
    mcpar *mc;
    int err;

    (void)atexit(say_exit);
    (void)printf("pending ");
    NEED(open_pool(&mc, 2) == 0, "%s", mcpar_message(mc));
    err = mcpar_sample(mc, TRIALS, dart, side(leave_on_7));
    NEED(err == MCPAR_ERR_CRASH && strstr(mcpar_message(mc), "trial 7,"), "%d %s", err, mcpar_message(mc));
    NEED(shared->exits == 0, "exit handlers ran in workers");
    if (good_run(mc, TRIALS, NULL))
        return 1;
    NEED(mcpar_finalize(&mc) == 0, "finalize");
    return 0;
}

static int closed_standard_streams(void)
{
    int out = dup(1), err;

    for (int fd = 0; fd < 3; fd++)
        (void)close(fd);
    err = run_with(3, NULL);
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) != -1)
            err = 2;
    (void)dup2(out, 1);
    (void)dup2(out, 2);
    (void)close(out);
    NEED(err == 0, "%d", err);
    return 0;
}

/* ---- Children and signals ---- */

static void count_signal(int signal)
{
    (void)signal;
    if (getpid() == host)
        shared->handled++;
    else
        shared->told++;
}

static int on_signal(int signal, void (*handler)(int), int flags)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = flags;
    return sigaction(signal, &action, NULL);
}

static void kill_once(uint64_t trial)
{
    if (trial == 1500 && getpid() != host && shared->once++ == 0)
        (void)kill(getpid(), SIGKILL);
}

static int sigchld_ignored(void)
{
    (void)signal(SIGCHLD, SIG_IGN);
    if (run_with(3, NULL) || run_with(3, side(kill_once)))
        return 1;
    NEED(shared->once >= 2, "no worker was killed");
    return signal(SIGCHLD, SIG_DFL) == SIG_IGN ? 0 : 2;
}

static void reap_all(int signal)
{
    int error = errno;

    (void)signal;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    errno = error;
}

static int reaping_handler(void)
{
    (void)on_signal(SIGCHLD, reap_all, SA_RESTART);
    return run_with(3, NULL) || run_with(3, side(kill_once)) || run_with(7, NULL);
}

static atomic_int stop_thread;

static void *reap_always(void *arg)
{
    (void)arg;
    while (!stop_thread)
        if (waitpid(-1, NULL, 0) < 0)
            (void)usleep(100);
    return NULL;
}

static int reaping_thread(void)
{
    pthread_t thread;
    int err;

    NEED(pthread_create(&thread, NULL, reap_always, NULL) == 0, "thread");
    err = run_with(3, NULL) || run_with(3, side(kill_once));
    stop_thread = 1;
    (void)pthread_join(thread, NULL);
    return err;
}

/* Two children of the host: one has ended before, one ends later. Both stay its own to wait for. */
static int own_children(void)
{
    int pipe_end[2], status = 0;
    pid_t early = fork(), late;
    char c = 0;

    if (early == 0)
        _exit(11);
    NEED(pipe(pipe_end) == 0, "pipe");
    late = fork();
    if (late == 0) {
        (void)close(pipe_end[1]);
        _exit(read(pipe_end[0], &c, 1) == 0 ? 12 : 13);
    }
    if (run_with(3, NULL))
        return 1;
    (void)close(pipe_end[0]);
    (void)close(pipe_end[1]);
    NEED(waitpid(early, &status, 0) == early && WEXITSTATUS(status) == 11, "%d", status);
    NEED(waitpid(late, &status, 0) == late && WEXITSTATUS(status) == 12, "%d", status);
    NEED(waitpid(-1, NULL, 0) == -1 && errno == ECHILD, "a child is left");
    return 0;
}

static void signal_worker(uint64_t trial)
{
    static const int signals[] = { SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGUSR1, SIGUSR2, SIGPIPE };

    pid_t worker = getpid(), other;

    if (trial % 50 != 0 || worker == host)
        return;
    other = fork();                        /* what a worker sends to itself ends it */
    if (other == 0) {
        (void)kill(worker, signals[trial / 50 % 7]);
        _exit(0);
    }
    (void)waitpid(other, NULL, 0);
}

static void interrupt_group(uint64_t trial)
{
    if (trial == 100 && shared->once++ == 0)
        (void)kill(0, SIGINT);
}

static int same_action(const struct sigaction *a, const struct sigaction *b)
{
    for (int s = 1; s < 65; s++)
        if (sigismember(&a->sa_mask, s) != sigismember(&b->sa_mask, s))
            return 0;
    return a->sa_handler == b->sa_handler && a->sa_flags == b->sa_flags;
}

/* Every disposition, the mask, the other stack: as before. Handlers do not run in workers. */
static int signals_as_before(void)
{
    static struct sigaction before[65], after[65];
    static char room[65536];
    stack_t stack = { .ss_sp = room, .ss_size = sizeof room }, found;
    sigset_t mask, mask_after;

    (void)setpgid(0, 0);
    for (int s = 1; s < 32; s++)
        if (s != SIGKILL && s != SIGSTOP && s != SIGSEGV)
            (void)on_signal(s, s % 3 ? count_signal : SIG_IGN, SA_RESTART);
    (void)on_signal(SIGINT, count_signal, 0);
    (void)sigaltstack(&stack, NULL);
    (void)sigemptyset(&mask);
    (void)sigaddset(&mask, SIGUSR2);
    (void)sigaddset(&mask, SIGSEGV);
    (void)sigaddset(&mask, SIGCHLD);
    (void)sigprocmask(SIG_SETMASK, &mask, NULL);
    memset(before, 0, sizeof before);
    memset(after, 0, sizeof after);
    for (int s = 1; s < 65; s++)
        (void)sigaction(s, NULL, &before[s]);
    if (run_with(3, side(signal_worker)) || run_with(3, side(kill_once)))
        return 1;
    NEED(shared->told == 0, "%d handlers ran in workers", shared->told);
    shared->handled = shared->once = 0;
    if (run_with(3, side(interrupt_group)))
        return 1;
    NEED(shared->handled == 1 && shared->told == 0, "%d and %d", shared->handled, shared->told);
    for (int s = 1; s < 65; s++) {
        (void)sigaction(s, NULL, &after[s]);
        NEED(same_action(&before[s], &after[s]), "signal %d: %#x, then %#x", s, (unsigned int)before[s].sa_flags,
             (unsigned int)after[s].sa_flags);
    }
    (void)sigprocmask(SIG_SETMASK, NULL, &mask_after);
    for (int s = 1; s < 65; s++)
        NEED(sigismember(&mask, s) == sigismember(&mask_after, s), "signal %d", s);
    (void)sigaltstack(NULL, &found);
    NEED(found.ss_sp == stack.ss_sp && found.ss_size == stack.ss_size, "stack");
    return 0;
}

static void slow(uint64_t trial)
{
    struct timespec nap = { 0, 1000000 };

    if (trial % 40 == 0)
        (void)nanosleep(&nap, NULL);
}

/* A timer that interrupts every system call of the host, which asks for no restart. */
static int interrupted_all_the_time(void)
{
    const struct itimerval often = { { 0, 300 }, { 0, 300 } }, never = { { 0, 0 }, { 0, 0 } };
    int err;

    (void)on_signal(SIGALRM, count_signal, 0);
    (void)setitimer(ITIMER_REAL, &often, NULL);
    err = run_with(3, side(slow)) || run_with(2, side(kill_once)) || run_with(0, side(slow));
    (void)setitimer(ITIMER_REAL, &never, NULL);
    NEED(err == 0 && shared->handled > 0 && shared->told == 0, "%d", err);
    return 0;
}

static void tell_pid(uint64_t trial)
{
    (void)trial;
    for (int i = 0; i < shared->pids; i++)
        if (shared->pid[i] == getpid())
            return;
    shared->pid[shared->pids++ % 64] = getpid();
}

static void tell_pid_and_wait(uint64_t trial)
{
    struct timespec nap = { 0, 100000000 };

    tell_pid(trial);
    for (int i = 0; i < 600; i++)
        (void)nanosleep(&nap, NULL);
}

/* The host is killed: its workers do not outlive it by more than a second (here, with a busy machine, by ten). */
static int killed_host(void)
{
    struct timespec nap = { 0, 20000000 };
    pid_t middle = fork();
    int alive = 1;

    if (middle == 0)
        _exit(run_with(3, side(tell_pid_and_wait)) ? 1 : 0);
    for (int i = 0; i < 500 && shared->pids < 3; i++)
        (void)nanosleep(&nap, NULL);
    NEED(shared->pids == 3, "%d workers", shared->pids);
    (void)kill(middle, SIGKILL);
    NEED(waitpid(middle, NULL, 0) == middle, "waitpid");
    for (int i = 0; i < 500 && alive; i++) {
        alive = 0;
        for (int w = 0; w < 3; w++) {
            char path[64], line[512] = "";
            FILE *file;

            (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)shared->pid[w]);
            file = fopen(path, "r");
            if (file) {
                /* a zombie that nobody reaps in this container has ended, too */
                alive += fgets(line, sizeof line, file) && strrchr(line, ')') && !strstr(strrchr(line, ')'), ") Z");
                (void)fclose(file);
            }
        }
        (void)nanosleep(&nap, NULL);
    }
    NEED(alive == 0, "%d workers are left", alive);
    return 0;
}

/* ---- Crashes ---- */

static void crash_segv(uint64_t trial)
{
    if (trial == 700)
        *forbidden = 1;
}

static void crash_abort(uint64_t trial)
{
    if (trial >= 701)
        abort();
}

static void crash_fpe(uint64_t trial)
{
    if (trial % 702 == 700)
        (void)raise(SIGFPE);
}

static void crash_bus(uint64_t trial)
{
    if (trial == 700)
        (void)raise(SIGBUS);
}

static void crash_ill(uint64_t trial)
{
    if (trial == 700)
        __builtin_trap();
}

static void crash_exit(uint64_t trial)
{
    if (trial == 700)
        _exit(0);
}

static void crash_quick_exit(uint64_t trial)
{
    if (trial == 700)
        quick_exit(0);
}

static void crash_exec(uint64_t trial)
{
    if (trial == 700)
        (void)execl("/bin/sh", "sh", "-c", "exit 0", (char *)NULL);
}

static int (*volatile again)(volatile char *above);       /* which compilers do not look through */

static int deep(volatile char *above)
{
    volatile char room[4096];

    room[0] = (char)(above[0] + 1);
    return again(room) + room[0];
}

static void crash_stack(uint64_t trial)
{
    volatile char top = 0;

    again = deep;
    if (trial == 700)
        (void)deep(&top);
}

static const struct {
    void (*side)(uint64_t trial);
    const char *words;
} crashes[] = { { crash_segv, "trial 700," }, { crash_abort, "trial 701," },      { crash_fpe, "trial 700," },
                { crash_bus, "trial 700," },  { crash_ill, "trial 700," },        { crash_exit, "trial 700," },
                { crash_exec, "trial 700," }, { crash_quick_exit, "trial 700," }, { crash_stack, "trial 700," } };

static int crashing_trials(void)
{
    struct rlimit no_core = { 0, 0 }, small_stack = { 1 << 20, RLIM_INFINITY };
    mcpar *mc;

    (void)setrlimit(RLIMIT_CORE, &no_core);
    (void)setrlimit(RLIMIT_STACK, &small_stack);
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++) {
        mcpar_estimate e;
        int err;

        NEED(open_pool(&mc, 1 + (int)i % 3) == 0, "%s", mcpar_message(mc));
        err = mcpar_sample(mc, TRIALS, dart, side(crashes[i].side));
        NEED(err == MCPAR_ERR_CRASH && strstr(mcpar_message(mc), crashes[i].words), "crash %zu: %d, %s", i, err,
             mcpar_message(mc));
        NEED(strstr(mcpar_message(mc), "mcpar_rng_open("), "%s", mcpar_message(mc));
        NEED(mcpar_reduce(mc, &e) == 0 && e.trials == 700u + (i == 1) && e.status == MCPAR_STATUS_PARTIAL, "crash %zu",
             i);
        if (good_run(mc, TRIALS, NULL))    /* and the handle is as good as before */
            return 1;
        NEED(mcpar_finalize(&mc) == 0, "finalize");
    }
    return 0;
}

static void kill_always(uint64_t trial)
{
    if (trial == 1500)
        (void)kill(getpid(), SIGKILL);
}

static void kill_often(uint64_t trial)
{
    if (trial % 300 == 299 && shared->once++ < 9)
        (void)kill(getpid(), SIGKILL);
}

/* Twice is not always: only three deaths of a trial alone blame it. */
static void crash_twice(uint64_t trial)
{
    if (trial == 0 && getpid() != host && shared->once++ < 2)
        abort();
}

static int crashing_twice(void)
{
    struct rlimit no_core = { 0, 0 };

    (void)setrlimit(RLIMIT_CORE, &no_core);
    for (int workers = 1; workers < 4; workers++) {
        shared->once = 0;
        if (run_with(workers, side(crash_twice)))
            return 1;
        NEED(shared->once == 3, "%d runs of the trial", shared->once);
    }
    return 0;
}

static int killed_workers(void)
{
    mcpar *mc;
    int err;

    for (int workers = 1; workers <= 7; workers += 3) {
        shared->once = 0;
        if (run_with(workers, side(kill_once)))
            return 1;
        NEED(shared->once > 0, "nobody was killed");
        shared->once = 0;
        if (run_with(workers, side(kill_often)))
            return 1;
    }
    NEED(open_pool(&mc, 2) == 0, "%s", mcpar_message(mc));
    err = mcpar_sample(mc, TRIALS, dart, side(kill_always));
    NEED(err == MCPAR_ERR_KILLED, "%d, %s", err, mcpar_message(mc));
    if (good_run(mc, TRIALS, NULL))
        return 1;
    NEED(mcpar_finalize(&mc) == 0, "finalize");
    return 0;
}

/* ---- Nothing is left, nothing is printed, nothing is changed ---- */

/* Files of a folder, those with a name that has `word` in it. */
static int entries_with(const char *folder, const char *word)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    int n = 0;

    while (dir && (entry = readdir(dir)))
        n += strstr(entry->d_name, word) != NULL;
    if (dir)
        (void)closedir(dir);
    return n;
}

static int entries(const char *folder)
{
    return entries_with(folder, "");
}

/* In a worker: nothing that is mapped has a name. (Others put files there, too, so that counting them says little.) */
static void see_no_files(uint64_t trial)
{
    char line[4096];
    FILE *file;

    if (trial % 1000 != 0 || getpid() == host)
        return;
    file = fopen("/proc/self/maps", "r");
    while (file && fgets(line, sizeof line, file))
        if (strstr(line, "/dev/shm/"))
            shared->told++;
    if (file)
        (void)fclose(file);
    shared->once++;
}

static int mappings(void)
{
    FILE *file = fopen("/proc/self/maps", "r");
    int n = 0;

    for (int c; file && (c = getc(file)) != EOF;)
        n += c == '\n';
    if (file)
        (void)fclose(file);
    return n;
}

static int uses(int i)
{
    static const char *const names[] = { "a", "b" };
    static const size_t pairs[][2] = { { 0, 1 } };
    mcpar_options bad = MCPAR_OPTIONS_INIT;
    int workers = i % 4;
    mcpar *mc;

    NEED(open_pool(&mc, workers) == 0, "%s", mcpar_message(mc));
    NEED(mcpar_observe(mc, 2, names) == 0 && mcpar_observe_pairs(mc, 1, pairs[0]) == 0, "%s", mcpar_message(mc));
    NEED(mcpar_sample(mc, 500, dart, NULL) == 0 && mcpar_sample(mc, 500, dart, NULL) == 0, "%s", mcpar_message(mc));
    if (workers) {
        shared->once = 0;
        NEED(mcpar_sample(mc, TRIALS, dart, side(kill_once)) == 0, "%s", mcpar_message(mc));
        NEED(mcpar_reset(mc, 0) == 0 && mcpar_sample(mc, 800, dart, side(crash_segv)) == MCPAR_ERR_CRASH, "%s",
             mcpar_message(mc));
    }
    (void)mcpar_about(mc, "cpus");
    NEED(mcpar_reduce(mc, NULL) == 0 && mcpar_finalize(&mc) == 0, "%s", mcpar_message(mc));
    bad.workers = 0;
    NEED(mcpar_init(&mc, &bad) == MCPAR_ERR_OPTION && mcpar_finalize(&mc) == 0, "bad option");
    return 0;
}

static int nothing_left(void)
{
    static const char *const folders[] = { "/proc/self/fd", "/proc/self/task" };
    struct rlimit no_core = { 0, 0 };
    int before[3] = { 0 }, after[3], files = entries("/proc/self/fd");
    int named = entries_with("/dev/shm", "mcpar") + entries_with("/tmp", "mcpar.");

    (void)setrlimit(RLIMIT_CORE, &no_core);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 16; i++)
            if (uses(i))
                return 1;
        for (int k = 0; k < 2; k++)
            after[k] = entries(folders[k]);
        after[2] = mappings();
        if (round == 0)
            memcpy(before, after, sizeof before);
    }
    for (int k = 0; k < 3; k++)
        NEED(before[k] == after[k], "%s: %d, then %d", k < 2 ? folders[k] : "mappings", before[k], after[k]);
    shared->once = 0;
    if (run_with(2, side(see_no_files)))
        return 1;
    NEED(shared->once > 0 && shared->told == 0, "%d files with names are in use", shared->told);
    NEED(entries_with("/dev/shm", "mcpar") + entries_with("/tmp", "mcpar.") == named, "files are left");
    NEED(before[0] == files, "%d open files, then %d", files, before[0]);
    NEED(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "a child is left");
    return 0;
}

static int nothing_printed(void)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;
    struct rlimit no_core = { 0, 0 };
    mcpar *mc = NULL;

    (void)setrlimit(RLIMIT_CORE, &no_core);
    for (int i = 0; i < 4; i++)
        if (uses(i))
            return 1;
    (void)setenv("MCPAR_SEED", "nonsense", 1);
    NEED(mcpar_init(&mc, NULL) == MCPAR_ERR_ENVIRONMENT && mcpar_finalize(&mc) == 0, "environment");
    (void)unsetenv("MCPAR_SEED");
    options.comm = MCPAR_COMM_MPI;
    (void)setenv("MCPAR_MPI_LIBRARY", "/nowhere", 1);
    NEED(mcpar_init(&mc, &options) == MCPAR_ERR_MPI_LIBRARY, "%s", mcpar_message(mc));
    (void)mcpar_about(mc, "mpi");
    (void)mcpar_finalize(&mc);
    (void)mcpar_finalize(NULL);
    return 0;
}

static uint64_t hash_of_environment(void)
{
    uint64_t hash = 1;

    for (char **p = environ; *p; p++) {
        hash = hash * 31 + (uint64_t)(uintptr_t)*p;
        for (const char *c = *p; *c; c++)
            hash = hash * 31 + (unsigned char)*c;
    }
    return hash;
}

static int host_as_before(void)
{
    char folder[4096], folder_after[4096];
    struct rlimit limit[16], limit_after;
    mode_t mask = umask(027);
    uint64_t hash = hash_of_environment();

    (void)mask;
    NEED(chdir("/tmp") == 0 && getcwd(folder, sizeof folder), "folder");
    for (int r = 0; r < 16; r++)
        (void)getrlimit((__rlimit_resource_t)r, &limit[r]);
    for (int i = 0; i < 4; i++)
        if (uses(i))
            return 1;
    NEED(getcwd(folder_after, sizeof folder_after) && strcmp(folder, folder_after) == 0, "%s", folder_after);
    NEED(hash_of_environment() == hash, "environment");
    NEED(umask(0) == 027, "umask");
    for (int r = 0; r < 16; r++) {
        (void)getrlimit((__rlimit_resource_t)r, &limit_after);
        NEED(limit_after.rlim_cur == limit[r].rlim_cur && limit_after.rlim_max == limit[r].rlim_max, "limit %d", r);
    }
    return 0;
}

/* Makes a locale with a decimal comma (those of the system are mostly not installed), and takes it. */
static bool take_comma(void)
{
    char folder[] = "/tmp/mcpar-locale.XXXXXX", command[512];
    bool taken;

    if (!mkdtemp(folder))
        return false;
    (void)snprintf(command, sizeof command,
                   "cd %s && printf 'LC_NUMERIC\ndecimal_point \",\"\nthousands_sep \".\"\ngrouping 3;3\n"
                   "END LC_NUMERIC\n' >source && localedef -c -i source -f ANSI_X3.4-1968 %s/comma >log 2>&1",
                   folder, folder);
    (void)setenv("LOCPATH", folder, 1);
    taken = system(command) >= 0 && setlocale(LC_NUMERIC, "comma");
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) == 0 && taken;
}

/* In a language with a decimal comma, where it can be made; the numbers of messages are those of C. */
static int foreign_locale(void)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;
    bool comma = take_comma();
    mcpar *mc = NULL;
    char before[512];

    NEED(comma || setlocale(LC_ALL, "C.UTF-8") || setlocale(LC_ALL, "C"), "no locale");
    (void)snprintf(before, sizeof before, "%s", setlocale(LC_ALL, NULL));
    options.confidence = 2.5;
    NEED(mcpar_init(&mc, &options) == MCPAR_ERR_OPTION, "%s", mcpar_message(mc));
    NEED(!strstr(mcpar_message(mc), "2,5"), "%s", mcpar_message(mc));
    (void)mcpar_finalize(&mc);
    if (run_with(2, NULL) || uses(1))
        return 1;
    NEED(strcmp(before, setlocale(LC_ALL, NULL)) == 0, "%s", setlocale(LC_ALL, NULL));
    NEED(localeconv()->decimal_point[0] == (comma ? ',' : '.'), "%s", localeconv()->decimal_point);
    return 0;
}

/* ---- Threads, and less than was asked for ---- */

static bool noted(mcpar *mc, const char *words)
{
    const char *note;

    for (size_t i = 0; (note = mcpar_note(mc, i)); i++)
        if (strstr(note, words))
            return true;
    return false;
}

static void *allocate_always(void *arg)
{
    (void)arg;
    while (!stop_thread)
        free(malloc(100));
    return NULL;
}

static int host_with_threads(void)
{
    pthread_t thread[2];
    mcpar *mc;

    NEED(open_pool(&mc, 3) == 0, "%s", mcpar_message(mc));
    if (good_run(mc, TRIALS, NULL))
        return 1;
    NEED(!noted(mc, "thread"), "noted without threads");
    for (int i = 0; i < 2; i++)
        NEED(pthread_create(&thread[i], NULL, allocate_always, NULL) == 0, "thread");
    for (int i = 0; i < 5; i++)
        if (good_run(mc, TRIALS, NULL))
            return 1;
    NEED(noted(mc, "thread"), "not noted");
    stop_thread = 1;
    for (int i = 0; i < 2; i++)
        (void)pthread_join(thread[i], NULL);
    NEED(mcpar_finalize(&mc) == 0, "finalize");
    return 0;
}

static int few_processes(void)
{
    struct rlimit limit = { 4, 4 };
    char note[64];
    mcpar *mc;
    int err;

    if (getuid() == 0 && (setgid(54321) != 0 || setuid(54321) != 0))
        return SKIP;
    NEED(open_pool(&mc, 16) == 0, "%s", mcpar_message(mc));
    if (setrlimit(RLIMIT_NPROC, &limit) != 0 || getuid() != 54321)
        return SKIP;                       /* of a user with other processes nothing can be said */
    if (good_run(mc, TRIALS, side(slow)))  /* long enough to want all workers */
        return 1;
    NEED(mcpar_workers(mc) == 3, "%d workers", mcpar_workers(mc));
    (void)snprintf(note, sizeof note, "3 workers instead of 16");
    NEED(noted(mc, note), "not noted");
    shared->once = 0;
    if (good_run(mc, TRIALS, side(kill_once)))
        return 1;
    limit.rlim_cur = 1;
    NEED(setrlimit(RLIMIT_NPROC, &limit) == 0, "setrlimit");
    err = mcpar_sample(mc, 10, dart, NULL);
    NEED(err == MCPAR_ERR_WORKERS, "%d, %s", err, mcpar_message(mc));
    limit.rlim_cur = 4;
    NEED(setrlimit(RLIMIT_NPROC, &limit) == 0, "setrlimit");
    if (good_run(mc, TRIALS, NULL))
        return 1;
    NEED(mcpar_finalize(&mc) == 0, "finalize");
    return 0;
}

static int few_files(void)
{
    struct rlimit limit;
    mcpar *mc;
    int err, open_before;

    NEED(open_pool(&mc, 16) == 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0, "%s", mcpar_message(mc));
    open_before = entries("/proc/self/fd");
    limit.rlim_cur = 10;
    NEED(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
    if (good_run(mc, TRIALS, side(slow)))  /* long enough to want all workers */
        return 1;
    NEED(mcpar_workers(mc) >= 1 && mcpar_workers(mc) < 16, "%d workers", mcpar_workers(mc));
    NEED(noted(mc, "workers instead of 16"), "not noted");
    shared->once = 0;
    if (good_run(mc, TRIALS, side(kill_once)))
        return 1;
    limit.rlim_cur = 3;
    NEED(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
    err = mcpar_sample(mc, 10, dart, NULL);
    NEED(err == MCPAR_ERR_WORKERS, "%d, %s", err, mcpar_message(mc));
    limit.rlim_cur = 10;
    NEED(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
    NEED(entries("/proc/self/fd") == open_before, "%d files, then %d", open_before, entries("/proc/self/fd"));
    NEED(mcpar_finalize(&mc) == 0, "finalize");
    return 0;
}

/* ---- Streams, and programs that trials run ---- */

static FILE *table;

static void write_line(uint64_t trial)
{
    if (trial % 100 == 0 && getpid() != host)
        (void)fprintf(table, "line %d\n", (int)trial);
}

/* What the host has pending is written once, and what trials write is all there. */
static int other_streams(void)
{
    char line[100];
    int header = 0, lines = 0;

    table = tmpfile();
    NEED(table != NULL, "tmpfile");
    (void)fprintf(table, "header\n");
    if (run_with(3, side(write_line)))
        return 1;
    rewind(table);
    while (fgets(line, sizeof line, table)) {
        header += !strcmp(line, "header\n");
        lines += !strncmp(line, "line ", 5);
    }
    NEED(header == 1 && lines == TRIALS / 100, "%d headers, %d lines", header, lines);
    return 0;
}

static void run_programs(uint64_t trial)
{
    static const int mortal[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1 };
    int status;
    pid_t child;

    if (trial % 1000 != 500)
        return;
    if (system("yes | head -1 >/dev/null; kill -TERM $$") == 0)
        shared->told++;                    /* it survived */
    for (size_t i = 0; i < sizeof mortal / sizeof *mortal; i++) {
        child = fork();
        if (child == 0) {
            (void)pause();
            _exit(0);
        }
        (void)kill(child, mortal[i]);
        if (waitpid(child, &status, 0) != child || !WIFSIGNALED(status) || WTERMSIG(status) != mortal[i])
            shared->told++;
    }
    shared->once++;
}

static int programs_of_trials(void)
{
    if (run_with(2, side(run_programs)))
        return 1;
    NEED(shared->told == 0 && shared->once == 3, "%d survived, %d trials", shared->told, shared->once);
    return 0;
}

static void raise_term(uint64_t trial)
{
    if (trial == 7)
        (void)raise(SIGTERM);
}

/* A guard that raises a signal and returns must not lose its work in silence; what the host ignores stays ignored. */
static int signal_of_its_own(void)
{
    mcpar *mc;
    int err;

    NEED(open_pool(&mc, 2) == 0, "%s", mcpar_message(mc));
    err = mcpar_sample(mc, TRIALS, dart, side(raise_term));
    NEED(err == MCPAR_ERR_CRASH && strstr(mcpar_message(mc), "trial 7,"), "%d %s", err, mcpar_message(mc));
    NEED(strstr(mcpar_message(mc), "signal 15"), "%s", mcpar_message(mc));
    (void)signal(SIGTERM, SIG_IGN);
    if (good_run(mc, TRIALS, side(raise_term)))
        return 1;
    NEED(mcpar_finalize(&mc) == 0, "finalize");
    return 0;
}

/* ---- A lock that a thread of the host holds at the fork ---- */

extern int __cxa_atexit(void (*function)(void *), void *arg, void *object);
extern void __cxa_finalize(void *object);

static void nothing(void *arg)
{
    (void)arg;
}

/* As loading and unloading plugins does. */
static void *register_always(void *arg)
{
    static char object;

    (void)arg;
    while (!stop_thread)
        if (__cxa_atexit(nothing, NULL, &object) == 0)
            __cxa_finalize(&object);
    return NULL;
}

static int exit_list_in_use(void)
{
    pthread_t thread;
    mcpar *mc;

    NEED(open_pool(&mc, 2) == 0, "%s", mcpar_message(mc));
    NEED(pthread_create(&thread, NULL, register_always, NULL) == 0, "thread");
    for (int i = 0; i < 1000; i++)
        NEED(mcpar_sample(mc, 100, dart, NULL) == 0, "%s", mcpar_message(mc));
    for (size_t i = 0; mcpar_note(mc, i); i++)
        NEED(!strstr(mcpar_note(mc, i), "did not get started"), "%s", mcpar_note(mc, i));
    stop_thread = 1;
    (void)pthread_join(thread, NULL);
    NEED(mcpar_finalize(&mc) == 0, "finalize");
    return 0;
}

static void leave_on_8(uint64_t trial)
{
    if (trial == 8)
        quick_exit(0);
}

/* Whatever was registered before a call does not run in its workers; in the host all of it does, and nothing else. */
static int registered_between_calls(void)
{
    mcpar *mc;

    NEED(open_pool(&mc, 2) == 0, "%s", mcpar_message(mc));
    for (int i = 0; i < 3; i++) {
        (void)atexit(say_exit);
        (void)at_quick_exit(say_exit);
        NEED(mcpar_reset(mc, 0) == 0 && mcpar_sample(mc, TRIALS, dart, side(leave_on_7)) == MCPAR_ERR_CRASH, "%s",
             mcpar_message(mc));
        NEED(mcpar_reset(mc, 0) == 0 && mcpar_sample(mc, TRIALS, dart, side(leave_on_8)) == MCPAR_ERR_CRASH, "%s",
             mcpar_message(mc));
    }
    NEED(shared->exits == 0, "exit handlers ran in workers");
    NEED(mcpar_finalize(&mc) == 0, "finalize");
    return 0;
}

/* ---- Calls that do not return ---- */

static jmp_buf outside;

static void jump(uint64_t trial)
{
    if (trial == 777)
        longjmp(outside, 1);
}

static void *jump_at_once(void *arg)
{
    (void)arg;
    longjmp(outside, 1);
}

static int left_by_longjmp(void)
{
    int upward = fesetround(FE_UPWARD), before = entries("/proc/self/fd");
    mcpar_estimate estimate;
    volatile int workers;
    mcpar *volatile mc;
    mcpar *opened;
    uint64_t trial;

    for (workers = 0; workers < 4; workers++) {
        NEED(open_pool(&opened, workers) == 0, "%s", mcpar_message(opened));
        mc = opened;
        if (setjmp(outside) == 0) {
            int err = mcpar_sample(mc, TRIALS, dart, side(jump));

            NEED(workers && err == MCPAR_ERR_LEFT, "%d", err);
        } else {
            NEED(getpid() == host && workers == 0, "the host's code runs in a worker");
        }
        NEED(upward == 0 && fegetround() == FE_UPWARD, "the floating-point environment");
        NEED(strstr(mcpar_message(mc), "trial 777 was left by an exception or longjmp"), "%s", mcpar_message(mc));
        NEED(mcpar_failed(mc, NULL, NULL, &trial) == 0 && trial == 777, "failed");
        NEED(mcpar_reduce(mc, &estimate) == 0, "%s", mcpar_message(mc));
        NEED(estimate.status == MCPAR_STATUS_PARTIAL, "status %d", estimate.status);
        NEED(workers ? estimate.trials == 777 : estimate.trials < 777, "%d trials", (int)estimate.trials);
        /* what is missing can be had */
        NEED(mcpar_sample(mc, 0, dart, NULL) == 0 && mcpar_reduce(mc, &estimate) == 0, "%s", mcpar_message(mc));
        NEED(estimate.trials == TRIALS && estimate.status == MCPAR_STATUS_COMPLETE, "%d trials", (int)estimate.trials);
        if (good_run(mc, TRIALS, NULL))
            return 1;
        opened = mc;
        NEED(mcpar_finalize(&opened) == 0, "finalize");
    }
    NEED(entries("/proc/self/fd") == before, "a file is left");
    NEED(waitpid(-1, NULL, 0) == -1 && errno == ECHILD, "a child is left");
    return 0;
}

static int scratch_left_by_longjmp(void)
{
    mcpar *volatile mc;
    mcpar *opened;

    for (int pool = MCPAR_POOL_SERIAL; pool <= MCPAR_POOL_FORK; pool++) {
        mcpar_options options = options_for((struct place){ pool, 2 });

        options.scratch_new = jump_at_once;
        NEED(mcpar_init(&opened, &options) == 0, "%s", mcpar_message(opened));
        mc = opened;
        if (setjmp(outside) == 0)
            NEED(mcpar_sample(mc, TRIALS, dart, NULL) == MCPAR_ERR_LEFT, "%s", mcpar_message(mc));
        NEED(getpid() == host && strstr(mcpar_message(mc), "scratch_new was left"), "%s", mcpar_message(mc));
        opened = mc;
        NEED(mcpar_finalize(&opened) == 0, "finalize");
    }
    return 0;
}

static void *make_byte(void *arg)
{
    (void)arg;
    return malloc(1);
}

static void free_and_jump(void *scratch, void *arg)
{
    (void)arg;
    free(scratch);
    longjmp(outside, 1);
}

/* All trials are in by then, on both pools. */
static int scratch_free_left_by_longjmp(void)
{
    mcpar *volatile mc;
    mcpar *opened;

    for (int pool = MCPAR_POOL_SERIAL; pool <= MCPAR_POOL_FORK; pool++) {
        mcpar_options options = options_for((struct place){ pool, 2 });
        mcpar_estimate e;

        options.scratch_new = make_byte;
        options.scratch_free = free_and_jump;
        NEED(mcpar_init(&opened, &options) == 0, "%s", mcpar_message(opened));
        mc = opened;
        if (setjmp(outside) == 0)
            NEED(mcpar_sample(mc, TRIALS, dart, NULL) == 0 && pool == MCPAR_POOL_FORK, "%s", mcpar_message(mc));
        else
            NEED(pool == MCPAR_POOL_SERIAL && strstr(mcpar_message(mc), "scratch_free was left"), "%s", mcpar_message(mc));
        NEED(getpid() == host, "a worker got out");
        NEED(mcpar_reduce(mc, &e) == 0 && e.trials == TRIALS && e.status == MCPAR_STATUS_COMPLETE, "%s", mcpar_message(mc));
        opened = mc;
        NEED(mcpar_finalize(&opened) == 0, "finalize");
    }
    return 0;
}

static void nap(uint64_t trial)
{
    (void)trial;
    (void)poll(NULL, 0, 1);                /* where a thread is cancelled */
    if (getpid() == host)
        shared->once = 1;
}

static void *sample_on(void *mc)
{
    (void)!mcpar_sample(mc, 1000000, dart, side(nap));
    return NULL;
}

static void *sample_and_wait(void *mc)
{
    int state, was = mcpar_sample(mc, 100, dart, NULL);

    (void)pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
    return was == 0 && state == PTHREAD_CANCEL_ENABLE ? mc : NULL;
}

static int cancelled(void)
{
    mcpar *mc;

    for (int workers = 0; workers < 4; workers++) {
        pthread_t thread;
        void *end;

        NEED(open_pool(&mc, workers) == 0, "%s", mcpar_message(mc));
        NEED(pthread_create(&thread, NULL, sample_on, mc) == 0, "thread");
        (void)poll(NULL, 0, 100);
        (void)pthread_cancel(thread);
        NEED(pthread_join(thread, &end) == 0 && end == PTHREAD_CANCELED, "not cancelled");
        NEED(waitpid(-1, NULL, 0) == -1 && errno == ECHILD, "%d workers: a child is left", workers);
        if (good_run(mc, TRIALS, NULL))
            return 1;
        NEED(pthread_create(&thread, NULL, sample_and_wait, mc) == 0 && pthread_join(thread, &end) == 0 && end == mc,
             "the state of cancellation");
        NEED(mcpar_finalize(&mc) == 0, "finalize");
    }
    return 0;
}

/* ---- Running hosts ---- */

static const struct {
    const char *name;
    int (*run)(void);
} hosts[] = { { "pending_output", pending_output },
              { "output_of_trials", output_of_trials },
              { "rest_of_input", rest_of_input },
              { "exiting_trial", exiting_trial },
              { "closed_standard_streams", closed_standard_streams },
              { "sigchld_ignored", sigchld_ignored },
              { "reaping_handler", reaping_handler },
              { "reaping_thread", reaping_thread },
              { "own_children", own_children },
              { "signals_as_before", signals_as_before },
              { "interrupted_all_the_time", interrupted_all_the_time },
              { "killed_host", killed_host },
              { "crashing_trials", crashing_trials },
              { "crashing_twice", crashing_twice },
              { "killed_workers", killed_workers },
              { "nothing_left", nothing_left },
              { "nothing_printed", nothing_printed },
              { "host_as_before", host_as_before },
              { "foreign_locale", foreign_locale },
              { "host_with_threads", host_with_threads },
              { "few_processes", few_processes },
              { "few_files", few_files },
              { "other_streams", other_streams },
              { "programs_of_trials", programs_of_trials },
              { "signal_of_its_own", signal_of_its_own },
              { "exit_list_in_use", exit_list_in_use },
              { "registered_between_calls", registered_between_calls },
              { "left_by_longjmp", left_by_longjmp },
              { "scratch_left_by_longjmp", scratch_left_by_longjmp },
              { "scratch_free_left_by_longjmp", scratch_free_left_by_longjmp },
              { "cancelled", cancelled } };

static int be_host(const char *name)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    forbidden = mmap(NULL, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if ((void *)shared == MAP_FAILED || (const volatile void *)forbidden == MAP_FAILED)
        return 98;
    host = getpid();
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        if (strcmp(hosts[i].name, name) == 0)
            return hosts[i].run();
    return 99;
}

/* Runs a host, which prints exactly `wanted` to stdout and stderr together. */
static void check_host(const char *name, const char *wanted)
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
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s ended with %#x and said: %s", name, (unsigned int)status,
              got);
    cr_assert_str_eq(got, wanted, "%s printed \"%s\"", name, got);
}

#define HOST(name, wanted)                    \
    Test(guest, name, .timeout = 60)          \
    {                                         \
        check_host(#name, wanted);            \
    }

HOST(pending_output, "[error pending]pending done exit\n")
HOST(output_of_trials, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxpending ")
HOST(rest_of_input, "all that was put in")
HOST(exiting_trial, "pending exit\n")
HOST(closed_standard_streams, "")
HOST(sigchld_ignored, "")
HOST(reaping_handler, "")
HOST(reaping_thread, "")
HOST(own_children, "")
HOST(signals_as_before, "")
HOST(interrupted_all_the_time, "")
HOST(killed_host, "")
HOST(crashing_trials, "")
HOST(crashing_twice, "")
HOST(killed_workers, "")
HOST(nothing_left, "")
HOST(nothing_printed, "")
HOST(host_as_before, "")
HOST(foreign_locale, "")
HOST(host_with_threads, "")
HOST(few_processes, "")
HOST(few_files, "")
HOST(other_streams, "")
HOST(programs_of_trials, "")
HOST(signal_of_its_own, "")
HOST(exit_list_in_use, "")
HOST(registered_between_calls, "exit\nexit\nexit\n")
HOST(left_by_longjmp, "")
HOST(scratch_left_by_longjmp, "")
HOST(cancelled, "")

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
