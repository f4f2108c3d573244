/* SPDX-License-Identifier: BSD-3-Clause */
/* test_fork_kill.c - workers killed, stopped and left alone by their parent: the same bits, and nothing is left */
#include "test_fork.h"
#include <fcntl.h>
#include <sys/prctl.h>

static void with_pidfds(void)
{
    share();
}

static int no_pidfd(const char *call)
{
    return strcmp(call, "pidfd_open") ? 0 : ENOSYS;
}

static void without_pidfds(void)
{
    share();
    mcpar__refuse = no_pidfd;
}

/* Both ways in which a kernel lets the parent hear of a death. */
TestSuite(pool_fork_kill, .init = with_pidfds, .timeout = 240);
TestSuite(pool_fork_kill_old_kernel, .init = without_pidfds, .timeout = 240);
#define BOTH(name, body)                         \
    static void body(void);                      \
    Test(pool_fork_kill, name) { body(); }       \
    Test(pool_fork_kill_old_kernel, name) { body(); } \
    static void body(void)

/* ---- Killed by itself at a step ---- */

static struct {
    const char *step;
    int mailbox, nth;                         /* mailbox -1: any */
} plan;

static void kill_at(const char *step, int mailbox)
{
    record(step, mailbox);
    if (!strcmp(step, plan.step) && (plan.mailbox < 0 || plan.mailbox == mailbox) &&
        atomic_fetch_add(&shared->count, 1) == plan.nth) {
        (void)atomic_fetch_add(&shared->deaths, 1);
        (void)kill(getpid(), SIGKILL);
    }
}

static const char *const steps[] = { "started", "waiting", "taken", "run", "slot", "written", "committed", "done" };

BOTH(at_every_step, at_every_step)
{
    struct mcpar__job job = job_of(values_of, &sums);
    struct traces before = traces();
    int deaths = 0;

    mcpar__step = kill_at;
    refer(&job, 3, 6000);
    for (size_t s = 0; s < COUNT(steps); s++)
        for (int mailbox = -1; mailbox < 3; mailbox++)
            for (int nth = 0; nth < 6; nth += nth + 1) {
                plan.step = steps[s];
                plan.mailbox = mailbox;
                plan.nth = nth;
                atomic_store(&shared->count, 0);
                atomic_store(&shared->deaths, 0);
                cr_expect(compare(&job, 3, 3, 6000, 3), "%s, mailbox %d, time %d: %s", steps[s], mailbox, nth,
                          answer.report.text);
                deaths += atomic_load(&shared->deaths);
            }
    cr_expect_gt(deaths, 40, "only %d were killed", deaths);
    expect_no_traces(before);
}

/* The only worker, which nobody helps out. */
BOTH(the_only_worker, the_only_worker)
{
    struct mcpar__job job = job_of(dart, &hits_only);

    mcpar__step = kill_at;
    refer(&job, 0, 5000);
    for (size_t s = 0; s < COUNT(steps); s++) {
        plan.step = steps[s];
        plan.mailbox = -1;
        plan.nth = 1;
        atomic_store(&shared->count, 0);
        cr_expect(compare(&job, 1, 0, 5000, 2), "%s: %s", steps[s], answer.report.text);
    }
}

/* Every second time anybody gets there: dozens of deaths in one run. */
static void kill_every_other(const char *step, int mailbox)
{
    (void)mailbox;
    if (!strcmp(step, plan.step) && atomic_fetch_add(&shared->count, 1) % 2) {
        (void)atomic_fetch_add(&shared->deaths, 1);
        (void)kill(getpid(), SIGKILL);
    }
}

BOTH(every_other_time, every_other_time)
{
    struct mcpar__job job = job_of(values_of, &sums);
    struct traces before = traces();

    mcpar__step = kill_every_other;
    refer(&job, 0, 400);
    for (size_t s = 0; s < COUNT(steps); s++) {
        plan.step = steps[s];
        for (int workers = 1; workers < 9; workers += 3)
            cr_expect(compare(&job, workers, 0, 400, 4), "%s, %d workers: %s", steps[s], workers, answer.report.text);
    }
    cr_expect_gt(atomic_load(&shared->deaths), 100, "only %d were killed", atomic_load(&shared->deaths));
    expect_no_traces(before);
}

/* ---- All at once ---- */

static void kill_all_at_once(const char *step, int mailbox)
{
    record(step, mailbox);
    if (strcmp(step, "taken") || atomic_fetch_add(&shared->count, 1) != plan.nth)
        return;
    for (int i = 0; i < 16; i++)
        if (i != mailbox && atomic_load(&shared->pid[i]))
            (void)kill(atomic_load(&shared->pid[i]), SIGKILL);
    (void)kill(getpid(), SIGKILL);
}

BOTH(all_at_once, all_at_once)
{
    struct mcpar__job job = job_of(values_of, &sums);
    struct traces before = traces();

    mcpar__step = kill_all_at_once;
    refer(&job, 0, 20000);
    for (plan.nth = 0; plan.nth < 200; plan.nth = 2 * plan.nth + 1) {
        atomic_store(&shared->count, 0);
        memset(shared->pid, 0, sizeof shared->pid);
        cr_expect(compare(&job, 16, 0, 20000, 1), "at chunk %d: %s", plan.nth, answer.report.text);
    }
    expect_no_traces(before);
}

/* ---- Again and again ---- */

static void kill_always(const char *step, int mailbox)
{
    (void)mailbox;
    if (!strcmp(step, plan.step))
        (void)kill(getpid(), SIGKILL);
}

BOTH(killed_forever, killed_forever)
{
    static const char *const never[] = { "started", "taken", "run", "written" };
    struct mcpar__job job = job_of(dart, &hits_only);
    struct traces before = traces();

    mcpar__step = kill_always;
    for (size_t i = 0; i < COUNT(never); i++)
        for (int workers = 1; workers < 8; workers += 3) {
            plan.step = never[i];
            cr_expect_not(compare(&job, workers, 0, 1000, 1));
            cr_expect_eq(answer.code, MCPAR_ERR_KILLED, "%s: %d", never[i], answer.code);
            cr_expect(strstr(answer.report.text, "Killed"), "%s", answer.report.text);
        }
    expect_no_traces(before);
}

/* As the kernel does to one that takes too much memory; or an administrator, politely. Never the trial's fault. */
static int killed_trial(mcpar_rng *rng, double *values, void *arg)
{
    if (mcpar_trial_number(rng) == 770) {
        (void)signal(*(int *)arg, SIG_DFL);
        (void)raise(*(int *)arg);
    }
    return dart(rng, values, arg);
}

BOTH(a_trial_that_is_always_killed_is_not_blamed, a_trial_that_is_always_killed_is_not_blamed)
{
    int sent[] = { SIGKILL, SIGTERM };
    struct mcpar__job job = job_of(killed_trial, &hits_only);

    for (size_t i = 0; i < COUNT(sent); i++)
        for (int workers = 1; workers < 8; workers += 3) {
            job.arg = &sent[i];
            cr_expect_not(compare(&job, workers, 0, 1000, 1));
            cr_expect_eq(answer.code, MCPAR_ERR_KILLED);
            cr_expect_eq(answer.failure.code, 0);
        }
}

/* Nine times is not enough to end a run. */
static void kill_nine(const char *step, int mailbox)
{
    (void)mailbox;
    if (!strcmp(step, "taken") && atomic_fetch_add(&shared->count, 1) < 9)
        (void)kill(getpid(), SIGKILL);
}

BOTH(killed_nine_times, killed_nine_times)
{
    struct mcpar__job job = job_of(dart, &hits_only);

    refer(&job, 0, 1000);
    mcpar__step = kill_nine;
    cr_expect(compare(&job, 1, 0, 1000, 1), "%s", answer.report.text);
}

/* ---- From outside, at random moments ---- */

static bool is_child_of(int pid, pid_t parent)
{
    char path[64], line[512];
    const char *after;
    FILE *file;
    int of = -1;

    (void)snprintf(path, sizeof path, "/proc/%d/stat", pid);
    file = fopen(path, "r");
    if (!file)
        return false;
    after = fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
    if (after && strlen(after) > 4 && after[2] != 'Z')
        of = (int)strtol(after + 4, NULL, 10);
    (void)fclose(file);
    return of == parent;
}

/* Kills a random worker every few ms while there are any, until told to end. */
static pid_t start_killer(unsigned int seed, int workers)
{
    pid_t host = getpid(), pid = fork();

    if (pid != 0)
        return pid;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (atomic_load(&shared->go)) {
        int victim;

        seed = seed * 1664525 + 1013904223;
        sleep_us((long)(seed >> 8) % 4000);
        seed = seed * 1664525 + 1013904223;
        victim = atomic_load(&shared->pid[(seed >> 8) % (unsigned int)workers]);
        if (victim && is_child_of(victim, host) && kill(victim, SIGKILL) == 0)
            (void)atomic_fetch_add(&shared->deaths, 1);
    }
    _exit(0);
}

BOTH(two_hundred_random_kills, two_hundred_random_kills)
{
    static const int workers[] = { 1, 2, 4, 7 };
    struct mcpar__job job = job_of(values_of, &sums);
    struct traces before = traces();
    int runs = 0;

    refer(&job, 0, 120000);
    mcpar__step = record;
    for (; atomic_load(&shared->deaths) < 200; runs++) {
        pid_t killer;

        memset(shared->pid, 0, sizeof shared->pid);
        atomic_store(&shared->go, 1);
        killer = start_killer((unsigned int)runs, workers[runs % 4]);
        cr_expect(compare(&job, workers[runs % 4], 0, 120000, 1 + runs % 5), "run %d: %s", runs, answer.report.text);
        atomic_store(&shared->go, 0);
        cr_assert_eq(waitpid(killer, NULL, 0), killer);
        expect_no_traces(before);
    }
    cr_log_info("%d kills in %d runs", atomic_load(&shared->deaths), runs);
}

/* ---- Stopped ---- */

static void stop_at(const char *step, int mailbox)
{
    record(step, mailbox);
    if (!strcmp(step, plan.step) && mailbox == plan.mailbox && atomic_fetch_add(&shared->count, 1) == plan.nth)
        (void)raise(SIGSTOP);
}

BOTH(stopped_in_a_round_it_delays, stopped_in_a_round_it_delays)
{
    struct mcpar__job job = job_of(dart, &hits_only);
    pid_t waker;

    refer(&job, 0, 1000);
    plan.step = "run";
    plan.mailbox = 0;
    plan.nth = 0;
    mcpar__step = stop_at;
    waker = fork();
    if (waker == 0) {
        for (int i = 0; i < 300; i++) {
            sleep_us(10000);
            if (i > 15 && atomic_load(&shared->pid[0]))
                (void)kill(atomic_load(&shared->pid[0]), SIGCONT);
        }
        _exit(0);
    }
    cr_expect(compare(&job, 2, 0, 1000, 1));
    (void)kill(waker, SIGKILL);
    (void)waitpid(waker, NULL, 0);
}

BOTH(stopped_at_the_end_it_is_killed, stopped_at_the_end_it_is_killed)
{
    struct mcpar__job job = job_of(dart, &hits_only);
    struct traces before = traces();

    refer(&job, 0, 1000);
    plan.step = "waiting";
    plan.mailbox = 1;
    plan.nth = 1;                          /* when the round is over */
    mcpar__step = stop_at;
    cr_expect(compare(&job, 2, 0, 1000, 1));
    expect_no_traces(before);
}

/* A worker that does not come back from scratch_free. */
static void *some_scratch(void *arg)
{
    return arg;
}

static void endless(void *scratch, void *arg)
{
    (void)scratch, (void)arg;
    for (;;)
        sleep_us(1000000);
}

BOTH(endless_at_the_end_it_is_killed, endless_at_the_end_it_is_killed)
{
    struct mcpar__job job = job_of(dart, &hits_only);
    struct traces before = traces();

    refer(&job, 0, 1000);
    job.scratch_new = some_scratch;
    job.scratch_free = endless;
    job.scratch_arg = &job;
    cr_expect(compare(&job, 2, 0, 1000, 1));
    expect_no_traces(before);
}

/* ---- The parent is killed ---- */

static int endless_trial(mcpar_rng *rng, double *values, void *arg)
{
    (void)rng, (void)values, (void)arg;
    (void)atomic_fetch_add(&shared->count, 1);
    for (;;)
        sleep_us(1000000);
    return 0;
}

static void parent_killed(mcpar_trial_fn trial, bool in_a_round)
{
    enum { WORKERS = 5 };
    struct mcpar__job job = job_of(trial, &hits_only);
    struct mcpar__report report = { 0 };
    int left = WORKERS + 1;
    pid_t host;

    cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0); /* so that the orphans can be waited for */
    memset(shared->pid, 0, sizeof shared->pid);
    atomic_store(&shared->count, 0);
    mcpar__step = record;
    host = fork();
    if (host == 0) {
        struct mcpar__failure failure;
        struct mcpar__result into;
        void *pool;

        if (mcpar__result_open(&into, job.schema) || mcpar__pool_fork.open(&pool, &job, WORKERS, &report))
            _exit(1);
        if (in_a_round)
            (void)mcpar__pool_fork.round(pool, 0, &(uint64_t){ 1000 }, 0, &into, &failure, &report);
        for (;;)
            sleep_us(1000000);
    }
    for (int ready = 0; ready < WORKERS;) {
        sleep_us(1000);
        ready = 0;
        for (int i = 0; i < WORKERS; i++)
            ready += atomic_load(&shared->pid[i]) != 0;
    }
    while (in_a_round && atomic_load(&shared->count) < WORKERS)
        sleep_us(1000);
    (void)kill(host, SIGKILL);
    for (int ms = 0; ms < 1000 && left > 0; ms++) {
        sleep_us(1000);
        while (waitpid(-1, NULL, WNOHANG) > 0)
            left--;
    }
    cr_expect_eq(left, 0, "%d processes outlive the parent by a second", left);
    for (int i = 0; i < WORKERS && left > 0; i++)
        if (waitpid(atomic_load(&shared->pid[i]), NULL, WNOHANG) == 0)
            (void)kill(atomic_load(&shared->pid[i]), SIGKILL);
}

BOTH(workers_die_with_their_parent, workers_die_with_their_parent)
{
    parent_killed(endless_trial, true);
    parent_killed(dart, false);
}

/* ---- Odd trials ---- */

/* Leaves a process behind that holds the worker's end of the socket, and dies. */
static int leaves_a_child(mcpar_rng *rng, double *values, void *arg)
{
    if (mcpar_trial_number(rng) == 50 && atomic_fetch_add(&shared->count, 1) == 0) {
        pid_t pid = fork();

        if (pid == 0) {
            atomic_store(&shared->go, (int)getpid());
            for (;;)
                sleep_us(1000000);
        }
        while (!atomic_load(&shared->go))
            sleep_us(1000);
        (void)raise(SIGKILL);
    }
    return dart(rng, values, arg);
}

BOTH(a_trials_child_does_not_hide_its_death, a_trials_child_does_not_hide_its_death)
{
    struct mcpar__job job = job_of(dart, &hits_only);
    struct traces before = traces();

    refer(&job, 0, 1000);
    job.trial = leaves_a_child;
    cr_expect(compare(&job, 2, 0, 1000, 1), "%s", answer.report.text);
    expect_no_traces(before);
    if (atomic_load(&shared->go))
        (void)kill(atomic_load(&shared->go), SIGKILL);
}

/* It cannot say that it is done any more, but what it committed counts; if it goes on, it is ended. */
static int closes_all(mcpar_rng *rng, double *values, void *arg)
{
    if (mcpar_trial_number(rng) == 50) {
        for (int fd = 3; fd < 1000; fd++)
            (void)close(fd);
        sleep_us(*(int *)arg);
    }
    return dart(rng, values, NULL);
}

BOTH(a_trial_that_closes_the_socket, a_trial_that_closes_the_socket)
{
    struct mcpar__job job = job_of(dart, &hits_only);
    struct traces before = traces();
    int us = 0;

    refer(&job, 0, 200);
    job.trial = closes_all;
    job.arg = &us;
    cr_expect(compare(&job, 2, 0, 200, 1), "%s", answer.report.text);
    us = 100000000;
    cr_expect_not(compare(&job, 2, 0, 200, 1));
    cr_expect_eq(answer.code, MCPAR_ERR_KILLED);
    expect_no_traces(before);
}
