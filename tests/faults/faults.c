/* SPDX-License-Identifier: BSD-3-Clause */
/* faults.c - workers and whole jobs are killed, at random and at each step, and the job is started again on other
 * workers: always the fingerprint of the undisturbed serial run, and nothing is left
 *
 * faults FOLDER JOBS WORKERS SEED: so many whole jobs are killed at random, and so many workers. Prints TAP. */
#include "base/clock.h"
#include "base/disk.h"
#include "base/hooks.h"
#include <dirent.h>
#include <errno.h>
#include <mcpar.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { N = 40000, SEATS = 64, PLACES = 6 };

static const int workers_at[PLACES] = { 0, 1, 2, 3, 7, 16 };             /* 0: the serial pool */

static char file[4096], wanted[MCPAR_FINGERPRINT_SIZE];
static uint64_t state;                     /* of the random choices of this test */

static struct {                            /* shared by all processes */
    _Atomic int pid[SEATS];                /* of the worker that was last started in a mailbox */
    _Atomic int started, steps;
} *shared;

static struct {
    const char *step;                      /* the job is killed at step number nth of those that begin like this */
    int nth;
    bool parent;                           /* a worker kills the job; else the process itself */
} plan;

static int tests, failures;

static bool check(bool good, const char *what)
{
    printf("%sok %d - %s\n", good ? "" : "not ", ++tests, what);
    (void)fflush(stdout);
    failures += !good;
    return good;
}

/* SplitMix64. */
static uint64_t draw(void)
{
    uint64_t z = (state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void sleep_us(uint64_t us)
{
    struct timespec left = { (time_t)(us / 1000000), (long)(us % 1000000) * 1000 };

    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
}

/* ---- The job: the same calls each time ---- */

static void hook(const char *step, int mailbox)
{
    if (!strcmp(step, "started") && mailbox < SEATS) {
        (void)atomic_fetch_add(&shared->started, 1);
        atomic_store(&shared->pid[mailbox], (int)getpid());
    }
    if (plan.step && !strncmp(step, plan.step, strlen(plan.step)) && atomic_fetch_add(&shared->steps, 1) == plan.nth)
        (void)kill(plan.parent ? getppid() : getpid(), SIGKILL);
}

static int trial(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_uniform(rng), y = mcpar_exponential(rng);

    (void)arg;
    for (volatile int i = 0; i < 3000; i++)
        continue;
    values[0] = x * y;
    values[1] = (mcpar_trial_number(rng) % 2 ? -1e300 : 1e300) * x;
    return y < x;
}

static int run(mcpar **mc, int workers, const char *checkpoint, char print[MCPAR_FINGERPRINT_SIZE])
{
    static const char *const names[] = { "product", "wide" };
    mcpar_options options = MCPAR_OPTIONS_INIT;
    int err;

    options.comm = MCPAR_COMM_SELF;
    options.pool = workers ? MCPAR_POOL_FORK : MCPAR_POOL_SERIAL;
    options.workers = workers ? workers : 1;
    options.tag = "faults";
    options.checkpoint = checkpoint;
    options.checkpoint_seconds = 0.004;
    err = mcpar_init(mc, &options);
    err = err ? err : mcpar_observe(*mc, 2, names);
    for (int call = 0; call < 4 && !err; call++)
        err = mcpar_sample(*mc, N / 4, trial, NULL);
    err = err ? err : mcpar_reduce(*mc, NULL);
    return err ? err : mcpar_fingerprint(*mc, print);
}

enum ending { GOOD, WRONG, GAVE_UP, FAILED, WAS_KILLED };

static void job(int workers)
{
    char print[MCPAR_FINGERPRINT_SIZE] = "";
    mcpar *mc = NULL;
    int err = run(&mc, workers, file, print);

    if (err)
        (void)fprintf(stderr, "# %s\n", mcpar_message(mc));
    if (err == MCPAR_ERR_KILLED || err == MCPAR_ERR_WORKERS || err == MCPAR_ERR_CRASH)
        MCPAR__EXIT(mcpar_finalize(&mc) ? FAILED : GAVE_UP);       /* the library has given up, as it may */
    MCPAR__EXIT(err || mcpar_finalize(&mc) ? FAILED : strcmp(print, wanted) ? WRONG : GOOD);
}

static pid_t start(int workers)
{
    pid_t child;

    for (int i = 0; i < SEATS; i++)
        atomic_store(&shared->pid[i], 0);
    atomic_store(&shared->steps, 0);
    (void)fflush(stdout);
    child = fork();
    if (child == 0)
        job(workers);
    if (child < 0)
        abort();
    return child;
}

/* ---- What is left ---- */

/* Workers of a job that was killed become children of this process: they must end soon. */
static bool no_process_is_left(void)
{
    uint64_t until = mcpar__nanoseconds() + UINT64_C(10000000000);

    while (waitpid(-1, NULL, WNOHANG) != -1) {
        if (mcpar__nanoseconds() > until)
            return false;
        sleep_us(500);
    }
    return errno == ECHILD;
}

static bool is_free(void)
{
    char holder[400];
    int fd, err = mcpar__disk_lock(file, 2, &fd, holder, sizeof holder);

    mcpar__disk_unlock(fd);
    return err == 0;
}

static bool there(const char *suffix)
{
    char name[4200];

    (void)snprintf(name, sizeof name, "%s%s", file, suffix);
    return access(name, F_OK) == 0;
}

static void begin_anew(void)
{
    static const char *const suffixes[] = { "", "~", ".new", ".old", ".damaged" };
    char name[4200];

    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        (void)snprintf(name, sizeof name, "%s%s", file, suffixes[i]);
        (void)unlink(name);
    }
}

static struct {
    int jobs, workers, stops, finished, gave_up, bad;
} count;

static enum ending judged(int status)
{
    enum ending ending = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? WAS_KILLED
                         : WIFEXITED(status) && WEXITSTATUS(status) < FAILED ? (enum ending)WEXITSTATUS(status)
                                                                             : FAILED;
    bool clean = no_process_is_left() && is_free() && !there(".damaged");

    if (ending == GOOD)
        clean = clean && !there(".new") && !there(".old");
    if (!clean || ending == WRONG || ending == FAILED) {
        printf("# status %#x, %s\n", (unsigned)status, clean ? "nothing is left" : "something is left");
        count.bad++;
    }
    count.finished += ending == GOOD;
    count.gave_up += ending == GAVE_UP;
    count.jobs += ending == WAS_KILLED;
    return ending;
}

static enum ending ended(pid_t child)
{
    int status;

    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            abort();
    return judged(status);
}

/* Runs what is left, undisturbed. */
static void finish(void)
{
    plan.step = NULL;
    if (ended(start(workers_at[draw() % PLACES])) != GOOD)
        count.bad++;
    begin_anew();
}

/* ---- Whole jobs ---- */

static void jobs_at_random(int kills)
{
    char what[200];
    int restarts = 0;

    memset(&count, 0, sizeof count);
    while (count.jobs < kills) {
        pid_t child = start(workers_at[draw() % PLACES]);

        sleep_us(1000 + draw() % 60000);
        (void)kill(child, SIGKILL);
        if (ended(child) == GOOD)          /* it was faster */
            begin_anew();
        else
            restarts++;
        if (restarts % 5 == 4)
            finish();
    }
    finish();
    (void)snprintf(what, sizeof what, "%d jobs killed at random, %d runs to the end with the serial fingerprint",
                   count.jobs, count.finished);
    check(count.bad == 0 && count.finished > 0, what);
}

static void jobs_at_each_step(int most, int stride)
{
    static const char *const steps[] = { "file", "started", "waiting", "taken", "run", "slot", "written",
                                         "committed", "done" };
    char what[200];

    memset(&count, 0, sizeof count);
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++)
        for (int nth = 0, step = s ? 7 * stride : stride; nth < most; nth += step) {
            plan.step = steps[s];
            plan.nth = nth;
            plan.parent = s > 0;
            (void)ended(start(workers_at[s ? 1 + draw() % (PLACES - 1) : draw() % PLACES]));
            finish();
        }
    (void)snprintf(what, sizeof what,
                   "%d jobs killed at each step of writing the file and of workers, %d runs to the end",
                   count.jobs, count.finished);
    check(count.bad == 0 && count.jobs > 10, what);
}

/* ---- Workers ---- */

/* Whether the process is a child of the job, and not one that has got its number since. */
static bool is_worker(pid_t worker, pid_t parent)
{
    char name[64], text[512];
    const char *end;
    FILE *about;
    size_t n;
    long ppid = 0;

    (void)snprintf(name, sizeof name, "/proc/%ld/stat", (long)worker);
    about = fopen(name, "r");
    if (!about)
        return false;
    n = fread(text, 1, sizeof text - 1, about);
    (void)fclose(about);
    text[n] = 0;
    end = strrchr(text, ')');
    return end && end[1] && end[2] != 'Z' && sscanf(end + 4, "%ld", &ppid) == 1 && ppid == (long)parent;
}

static bool is_running(pid_t child, int *status)
{
    return waitpid(child, status, WNOHANG) == 0;
}

/* jobs: from time to time the whole job is killed, too. */
static void kill_workers(int kills, bool jobs)
{
    static const int signals[] = { SIGKILL, SIGSEGV, SIGABRT, SIGBUS, SIGSTOP };
    int sent[5] = { 0 };
    char what[300];

    memset(&count, 0, sizeof count);
    while (count.workers < kills) {
        int status = 0, workers = workers_at[1 + draw() % (PLACES - 1)];
        pid_t child = start(workers);

        while (is_running(child, &status)) {
            pid_t worker = atomic_load(&shared->pid[draw() % (unsigned int)workers]);
            size_t which = draw() % 5;

            if (jobs && draw() % 15 == 0)
                (void)kill(child, SIGKILL);
            if (worker > 0 && is_worker(worker, child) && kill(worker, signals[which]) == 0) {
                sent[which]++;
                count.workers += which < 4;
                if (which == 4) {
                    sleep_us(500 + draw() % 5000);
                    if (is_worker(worker, child))
                        (void)kill(worker, SIGCONT);
                }
            }
            sleep_us(500 + draw() % 6000);
        }
        if (judged(status) == GOOD)
            begin_anew();
    }
    finish();
    (void)snprintf(what, sizeof what,
                   "%d workers killed (KILL %d, SEGV %d, ABRT %d, BUS %d), %d stopped and continued, %d jobs killed, "
                   "%d gave up and were started again, %d runs to the end", count.workers, sent[0], sent[1], sent[2],
                   sent[3], sent[4], count.jobs, count.gave_up, count.finished);
    check(count.bad == 0 && count.finished > 0, what);
}

int main(int argc, char **argv)
{
    int jobs = argc > 2 ? atoi(argv[2]) : 10, workers = argc > 3 ? atoi(argv[3]) : 50;
    struct rlimit none = { 0, 0 };
    mcpar *mc;

    state = argc > 4 ? strtoull(argv[4], NULL, 10) : 1;
    (void)snprintf(file, sizeof file, "%s/file", argc > 1 ? argv[1] : ".");
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return 1;
    if (check(run(&mc, 0, "", wanted) == 0, "the undisturbed serial run"))
        (void)mcpar_finalize(&mc);
    mcpar__step = hook;
    jobs_at_random(jobs);
    jobs_at_each_step(jobs < 100 ? 14 : 56, jobs < 100 ? 3 : 1);
    kill_workers(workers - workers / 4, false);
    kill_workers(workers / 4, true);
    printf("1..%d\n", tests);
    return failures != 0;
}
