/* SPDX-License-Identifier: BSD-3-Clause */
/* test_guest_traces.c - a good guest: nothing is left, printed or changed; threads, and less than was asked for */
#include "guest.h"
#include <locale.h>
#include <pthread.h>
#include <sys/stat.h>

/* ---- Nothing is left, nothing is printed, nothing is changed ---- */

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
    int before[3] = { 0 }, after[3], files = host_open_files();
    int named = host_entries("/dev/shm", "mcpar") + host_entries("/tmp", "mcpar.");

    (void)setrlimit(RLIMIT_CORE, &no_core);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 16; i++)
            GOOD(uses(i));
        for (int k = 0; k < 2; k++)
            after[k] = host_entries(folders[k], "");
        after[2] = host_mappings("");
        if (round == 0)
            memcpy(before, after, sizeof before);
    }
    for (int k = 0; k < 3; k++)
        NEED(before[k] == after[k], "%s: %d, then %d", k < 2 ? folders[k] : "mappings", before[k], after[k]);
    shared->once = 0;
    GOOD(run_with(2, side(see_no_files)));
    NEED(shared->once > 0 && shared->told == 0, "%d files with names are in use", shared->told);
    NEED(host_entries("/dev/shm", "mcpar") + host_entries("/tmp", "mcpar.") == named, "files are left");
    NEED(before[0] == files, "%d open files, then %d", files, before[0]);
    NEED(!host_has_child(), "a child is left");
    return 0;
}

HOST(nothing_left, "")

static int nothing_printed(void)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;
    struct rlimit no_core = { 0, 0 };
    mcpar *mc = NULL;

    (void)setrlimit(RLIMIT_CORE, &no_core);
    for (int i = 0; i < 4; i++)
        GOOD(uses(i));
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

HOST(nothing_printed, "")

extern char **environ;

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
        GOOD(uses(i));
    NEED(getcwd(folder_after, sizeof folder_after) && strcmp(folder, folder_after) == 0, "%s", folder_after);
    NEED(hash_of_environment() == hash, "environment");
    NEED(umask(0) == 027, "umask");
    for (int r = 0; r < 16; r++) {
        (void)getrlimit((__rlimit_resource_t)r, &limit_after);
        NEED(limit_after.rlim_cur == limit[r].rlim_cur && limit_after.rlim_max == limit[r].rlim_max, "limit %d", r);
    }
    return 0;
}

HOST(host_as_before, "")

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
    GOOD(run_with(2, NULL));
    GOOD(uses(1));
    NEED(strcmp(before, setlocale(LC_ALL, NULL)) == 0, "%s", setlocale(LC_ALL, NULL));
    NEED(localeconv()->decimal_point[0] == (comma ? ',' : '.'), "%s", localeconv()->decimal_point);
    return 0;
}

HOST(foreign_locale, "")

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
    GOOD(good_run(mc, TRIALS, NULL));
    NEED(!noted(mc, "thread"), "noted without threads");
    for (int i = 0; i < 2; i++)
        NEED(pthread_create(&thread[i], NULL, allocate_always, NULL) == 0, "thread");
    for (int i = 0; i < 5; i++)
        GOOD(good_run(mc, TRIALS, NULL));
    NEED(noted(mc, "thread"), "not noted");
    stop_thread = 1;
    for (int i = 0; i < 2; i++)
        (void)pthread_join(thread[i], NULL);
    NEED(mcpar_finalize(&mc) == 0, "finalize");
    return 0;
}

HOST(host_with_threads, "")

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
    GOOD(good_run(mc, TRIALS, side(slow)));  /* long enough to want all workers */
    NEED(mcpar_workers(mc) == 3, "%d workers", mcpar_workers(mc));
    (void)snprintf(note, sizeof note, "3 workers instead of 16");
    NEED(noted(mc, note), "not noted");
    shared->once = 0;
    GOOD(good_run(mc, TRIALS, side(kill_once)));
    limit.rlim_cur = 1;
    NEED(setrlimit(RLIMIT_NPROC, &limit) == 0, "setrlimit");
    err = mcpar_sample(mc, 10, dart, NULL);
    NEED(err == MCPAR_ERR_WORKERS, "%d, %s", err, mcpar_message(mc));
    limit.rlim_cur = 4;
    NEED(setrlimit(RLIMIT_NPROC, &limit) == 0, "setrlimit");
    GOOD(good_run(mc, TRIALS, NULL));
    NEED(mcpar_finalize(&mc) == 0, "finalize");
    return 0;
}

HOST(few_processes, "")

static int few_files(void)
{
    struct rlimit limit;
    mcpar *mc;
    int err, open_before;

    NEED(open_pool(&mc, 16) == 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0, "%s", mcpar_message(mc));
    open_before = host_open_files();
    limit.rlim_cur = 10;
    NEED(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
    GOOD(good_run(mc, TRIALS, side(slow)));  /* long enough to want all workers */
    NEED(mcpar_workers(mc) >= 1 && mcpar_workers(mc) < 16, "%d workers", mcpar_workers(mc));
    NEED(noted(mc, "workers instead of 16"), "not noted");
    shared->once = 0;
    GOOD(good_run(mc, TRIALS, side(kill_once)));
    limit.rlim_cur = 3;
    NEED(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
    err = mcpar_sample(mc, 10, dart, NULL);
    NEED(err == MCPAR_ERR_WORKERS, "%d, %s", err, mcpar_message(mc));
    limit.rlim_cur = 10;
    NEED(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
    NEED(host_open_files() == open_before, "%d files, then %d", open_before, host_open_files());
    NEED(mcpar_finalize(&mc) == 0, "finalize");
    return 0;
}

HOST(few_files, "")
