/* SPDX-License-Identifier: BSD-3-Clause */
/* calls.c - each call to the system that the library makes fails in turn, once and for good, in a program that uses the
 * public calls one after the other, on each pool
 *
 * calls FOLDER STRIDE [POOL [FIRST]]: every STRIDE-th call to the system. Prints TAP.
 *
 * Whatever fails: a public call does what it should or returns a code with a message; the same call then succeeds when
 * the system works again, and in the end there is the fingerprint of the undisturbed serial run. Nothing hangs, and no
 * memory, mapping, descriptor, thread, process, lock or temporary file is left.
 *
 * Linked with -Wl,--wrap for each of the calls below: those of the library come through here. Each attempt is a process
 * of its own. */
#include "base/disk.h"
#include "base/hooks.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mcpar.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "unit/wrapped.h"

enum { N = 3000, SECONDS = 40, CALLS = 64 };

/* ---- What fails ---- */

enum fault { NOTHING, ONCE, FOR_GOOD };

static struct {                            /* shared with the workers */
    _Atomic long made, failed;             /* calls to the system so far */
    _Atomic int armed;                     /* enum fault */
    long nth;
    enum fault fault;
    bool workers;                          /* in workers, not in the host */
    char during[32];                       /* the public call */
    char name[32], place[32];              /* the call to the system that failed; in which public call */
    char why[600];                         /* what was wrong */
    _Atomic int codes[CALLS];              /* how often a public call has returned which code */
} *plan;

static pid_t host;
static _Atomic long blocks, maps;          /* of memory, not yet freed; mappings */

static bool refuse(const char *call, int error)
{
    bool here = !plan->workers == (getpid() == host);

    if (!here || atomic_load(&plan->armed) == NOTHING)
        return false;
    if (atomic_load(&plan->failed) == 0) {
        if (atomic_fetch_add(&plan->made, 1) != plan->nth)
            return false;
        (void)snprintf(plan->name, sizeof plan->name, "%s", call);
        memcpy(plan->place, plan->during, sizeof plan->place);
    } else if (plan->fault == ONCE || strcmp(call, plan->name)) {
        return false;
    }
    (void)atomic_fetch_add(&plan->failed, 1);
    errno = error;
    return true;
}

static void *counted(void *p)
{
    if (p)
        (void)atomic_fetch_add(&blocks, 1);
    return p;
}

void *__wrap_malloc(size_t n)
{
    return refuse("malloc", ENOMEM) ? NULL : counted(__real_malloc(n));
}

void *__wrap_calloc(size_t n, size_t size)
{
    return refuse("calloc", ENOMEM) ? NULL : counted(__real_calloc(n, size));
}

void *__wrap_realloc(void *p, size_t n)
{
    void *q = refuse("realloc", ENOMEM) ? NULL : __real_realloc(p, n);

    return p ? q : counted(q);
}

char *__wrap_strdup(const char *s)
{
    return refuse("strdup", ENOMEM) ? NULL : counted(__real_strdup(s));
}

void *__wrap_aligned_alloc(size_t line, size_t n)
{
    return refuse("aligned_alloc", ENOMEM) ? NULL : counted(__real_aligned_alloc(line, n));
}

void __wrap_free(void *p)
{
    if (p)
        (void)atomic_fetch_sub(&blocks, 1);
    __real_free(p);
}

void *__real_mmap(void *at, size_t n, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t n, int prot, int flags, int fd, off_t offset);
int __real_munmap(void *at, size_t n);
int __wrap_munmap(void *at, size_t n);

void *__wrap_mmap(void *at, size_t n, int prot, int flags, int fd, off_t offset)
{
    void *p = refuse("mmap", ENOMEM) ? MAP_FAILED : __real_mmap(at, n, prot, flags, fd, offset);

    if (p != MAP_FAILED)
        (void)atomic_fetch_add(&maps, 1);
    return p;
}

int __wrap_munmap(void *at, size_t n)
{
    int err = __real_munmap(at, n);

    if (!err)
        (void)atomic_fetch_sub(&maps, 1);
    return err;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);
int __real_close(int fd);
int __wrap_close(int fd);

int __wrap_open(const char *path, int flags, ...)
{
    mode_t mode;
    va_list args;

    va_start(args, flags);
    mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    return refuse("open", EMFILE) ? -1 : __real_open(path, flags, mode);
}

int __wrap_fcntl(int fd, int command, ...)
{
    void *arg;
    va_list args;

    va_start(args, command);
    arg = va_arg(args, void *);
    va_end(args);
    return refuse("fcntl", command == F_DUPFD_CLOEXEC ? EMFILE : ENOLCK) ? -1 : __real_fcntl(fd, command, arg);
}

/* Linux closes the descriptor even then. */
int __wrap_close(int fd)
{
    int err = __real_close(fd);

    return refuse("close", EIO) ? -1 : err;
}

#define WRAP(type, call, error, failed, parameters, arguments)     \
    type __real_##call parameters;                                 \
    type __wrap_##call parameters;                                 \
    type __wrap_##call parameters                                  \
    {                                                              \
        return refuse(#call, error) ? failed : __real_##call arguments; \
    }
WRAP(ssize_t, read, EIO, -1, (int fd, void *bytes, size_t n), (fd, bytes, n))
WRAP(ssize_t, write, ENOSPC, -1, (int fd, const void *bytes, size_t n), (fd, bytes, n))
WRAP(int, fsync, EIO, -1, (int fd), (fd))
WRAP(int, rename, EACCES, -1, (const char *from, const char *to), (from, to))
WRAP(int, link, EPERM, -1, (const char *from, const char *to), (from, to))
WRAP(int, unlink, EACCES, -1, (const char *path), (path))
WRAP(int, stat, EACCES, -1, (const char *path, struct stat *about), (path, about))
WRAP(int, lstat, EACCES, -1, (const char *path, struct stat *about), (path, about))
WRAP(int, fstat, EIO, -1, (int fd, struct stat *about), (fd, about))
WRAP(int, fchmod, EPERM, -1, (int fd, mode_t mode), (fd, mode))
WRAP(int, fchown, EPERM, -1, (int fd, uid_t user, gid_t group), (fd, user, group))
WRAP(int, flock, ENOLCK, -1, (int fd, int operation), (fd, operation))
WRAP(int, ftruncate, EIO, -1, (int fd, off_t length), (fd, length))
WRAP(pid_t, fork, EAGAIN, -1, (void), ())
WRAP(int, socketpair, EMFILE, -1, (int domain, int type, int protocol, int end[2]), (domain, type, protocol, end))
WRAP(int, poll, ENOMEM, -1, (struct pollfd *fd, nfds_t n, int ms), (fd, n, ms))
WRAP(int, ppoll, ENOMEM, -1, (struct pollfd *fd, nfds_t n, const struct timespec *time, const sigset_t *mask),
     (fd, n, time, mask))
WRAP(ssize_t, send, ENOBUFS, -1, (int fd, const void *bytes, size_t n, int flags), (fd, bytes, n, flags))
WRAP(ssize_t, recv, ENOMEM, -1, (int fd, void *bytes, size_t n, int flags), (fd, bytes, n, flags))
WRAP(int, madvise, EINVAL, -1, (void *at, size_t n, int advice), (at, n, advice))
WRAP(int, sigaltstack, ENOMEM, -1, (const stack_t *new, stack_t *old), (new, old))
WRAP(char *, getcwd, ENOENT, NULL, (char *path, size_t n), (path, n))
WRAP(int, pthread_create, EAGAIN, EAGAIN, (pthread_t *id, const pthread_attr_t *how, void *(*body)(void *), void *arg),
     (id, how, body, arg))
WRAP(FILE *, fopen, EMFILE, NULL, (const char *path, const char *mode), (path, mode))
WRAP(DIR *, opendir, EMFILE, NULL, (const char *path), (path))

/* ---- The program ---- */

static bool right;                         /* nothing was wrong so far */

static void wrong(const char *format, ...)
{
    va_list args;

    if (!right)
        return;
    right = false;
    va_start(args, format);
    (void)vsnprintf(plan->why, sizeof plan->why, format, args);
    va_end(args);
}

static int trial(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_uniform(rng), y = mcpar_exponential(rng);

    (void)arg;
    values[0] = x * y;
    values[1] = (mcpar_trial_number(rng) % 2 ? -1e300 : 1e300) * x;
    return y < x;
}

static int block(mcpar_block *b, void *arg)
{
    const double *x = mcpar_uniforms(b), *y = mcpar_exponentials(b);

    (void)arg;
    for (size_t i = 0; i < b->n; i++) {
        b->values[0][i] = x[i] * y[i];
        b->values[1][i] = ((b->first + i) % 2 ? -1e300 : 1e300) * x[i];
        b->hits += y[i] < x[i];
    }
    return 0;
}

static void begin(const char *during)
{
    (void)snprintf(plan->during, sizeof plan->during, "%s", during);
    atomic_store(&plan->armed, plan->fault);
}

/* The public call is over, and the system works again. True: the call must be made again. */
static bool again(mcpar *mc, int err)
{
    atomic_store(&plan->armed, NOTHING);
    if (err >= 0 && err < CALLS)
        (void)atomic_fetch_add(&plan->codes[err], 1);
    if (err == 0)
        return false;
    if (atomic_load(&plan->failed) == 0)
        wrong("code %d, though nothing has failed: %s", err, mcpar_message(mc));
    else if (err != MCPAR_ERR_MEMORY && err != MCPAR_ERR_FILE && err != MCPAR_ERR_WORKERS)
        wrong("code %d: %s", err, mcpar_message(mc));
    else if (mc && strlen(mcpar_message(mc)) < 10)
        wrong("code %d without a message: \"%s\"", err, mcpar_message(mc));
    if (!mc && err != MCPAR_ERR_MEMORY)
        wrong("code %d and no handle", err);
    return right;
}

#define TRY(mc, call, expression)                                                            \
    do {                                                                                     \
        begin(call);                                                                         \
        if (again(mc, (expression)) && (expression) != 0)                                    \
            wrong("again, when all works, the call fails: %s", mcpar_message(mc));           \
        if (!right)                                                                          \
            goto end;                                                                        \
    } while (0)

/* Once more what is missing, or all of it if nothing was asked for. */
#define SAMPLE(mc, call, function, n)                                                        \
    do {                                                                                     \
        uint64_t asked_ = mcpar_asked(mc);                                                   \
        begin(call);                                                                         \
        if (again(mc, function(mc, n, RUNS_##function, NULL)) &&                             \
            function(mc, mcpar_asked(mc) > asked_ ? 0 : n, RUNS_##function, NULL) != 0)      \
            wrong("again, when all works, the call fails: %s", mcpar_message(mc));           \
        if (!right)                                                                          \
            goto end;                                                                        \
    } while (0)
#define RUNS_mcpar_sample trial
#define RUNS_mcpar_sample_block block

static mcpar_options options_for(int pool, uint32_t stream, const char *checkpoint)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;

    options.comm = MCPAR_COMM_SELF;
    options.pool = pool;
    options.workers = pool == MCPAR_POOL_SERIAL ? 1 : 2;
    options.stream = stream;
    options.tag = "calls";
    options.checkpoint = checkpoint;
    options.checkpoint_seconds = 0;
    return options;
}

static const char *const names[] = { "product", "wide" };
static const size_t pair[] = { 0, 1 };

static void open_handle(mcpar **mc, const char *call, const mcpar_options *options, const char *path)
{
    int err;

    begin(call);
    err = path ? mcpar_open(mc, path, MCPAR_ONLY, options) : mcpar_init(mc, options);
    if (again(*mc, err)) {
        (void)mcpar_finalize(mc);
        err = path ? mcpar_open(mc, path, MCPAR_ONLY, options) : mcpar_init(mc, options);
        if (err)
            wrong("again, when all works, the call fails: %s", mcpar_message(*mc));
    }
}

static void close_handle(mcpar **mc)
{
    int err;

    begin("finalize");
    err = mcpar_finalize(mc);
    atomic_store(&plan->armed, NOTHING);
    if (err && (atomic_load(&plan->failed) == 0 || (err != MCPAR_ERR_FILE && err != MCPAR_ERR_MEMORY)))
        wrong("finalize: code %d", err);
    if (*mc)
        wrong("finalize leaves the handle");
}

struct prints {
    char first[MCPAR_FINGERPRINT_SIZE], second[MCPAR_FINGERPRINT_SIZE], opened[MCPAR_FINGERPRINT_SIZE];
    char restarted[MCPAR_FINGERPRINT_SIZE];
};

/* The files are in the working directory: "part", of the second half of stream 2, is there; "checkpoint" and "saved"
 * are made. */
static void program(int pool, struct prints *prints)
{
    mcpar_options options = options_for(pool, 1, "checkpoint"), opening = options_for(pool, 1, "");
    static uint8_t bytes[1 << 16];
    mcpar_estimate e;
    mcpar *mc = NULL, *other = NULL;
    size_t n = 0;

    open_handle(&mc, "init", &options, NULL);
    if (!right)
        goto end;
    TRY(mc, "observe", mcpar_observe(mc, 2, names));
    TRY(mc, "observe_pairs", mcpar_observe_pairs(mc, 1, pair));
    SAMPLE(mc, "sample", mcpar_sample, N / 2);
    SAMPLE(mc, "sample_block", mcpar_sample_block, N / 2);
    TRY(mc, "reduce", mcpar_reduce(mc, &e));
    if (e.trials != N || e.status != MCPAR_STATUS_COMPLETE)
        wrong("reduce: %llu trials, status %d", (unsigned long long)e.trials, (int)e.status);
    TRY(mc, "fingerprint", mcpar_fingerprint(mc, prints->first));
    TRY(mc, "save", mcpar_save(mc, "saved"));
    TRY(mc, "pack", mcpar_pack(mc, bytes, sizeof bytes, &n));
    TRY(mc, "reset", mcpar_reset(mc, 2));
    TRY(mc, "merge", mcpar_merge(mc, "part"));
    SAMPLE(mc, "sample", mcpar_sample, N);
    TRY(mc, "reduce", mcpar_reduce(mc, &e));
    TRY(mc, "fingerprint", mcpar_fingerprint(mc, prints->second));
    TRY(mc, "save", mcpar_save(mc, "saved"));
    TRY(mc, "reset", mcpar_reset(mc, 1));
    opening.stream = 1;
    open_handle(&other, "open", &opening, "saved");
    if (!right)
        goto end;
    TRY(other, "reset", mcpar_reset(other, 1));
    TRY(other, "unpack", mcpar_unpack(other, bytes, n));
    SAMPLE(other, "sample", mcpar_sample, 2 * N);
    TRY(other, "reduce", mcpar_reduce(other, &e));
    TRY(other, "fingerprint", mcpar_fingerprint(other, prints->opened));
end:
    close_handle(&other);
    close_handle(&mc);
}

/* In a file of its own: it may have another name, too, if its replacement failed half-way. */
static void damage(const char *path)
{
    char bytes[1 << 16];
    FILE *file = __real_fopen(path, "r");
    size_t n = file ? fread(bytes, 1, sizeof bytes, file) : 0;

    if (file)
        (void)fclose(file);
    if (n <= 50 || remove(path) < 0)
        wrong("%s cannot be damaged", path);
    bytes[50] ^= 1;
    file = __real_fopen(path, "w");
    if (!file || fwrite(bytes, 1, n, file) != n || fclose(file))
        wrong("%s cannot be damaged", path);
}

/* The program is started again, and its file is damaged or gone: it goes on from the one before, if there is one. */
static void program_again(int pool, struct prints *prints)
{
    mcpar_options options = options_for(pool, 1, "checkpoint");
    bool before = access("checkpoint~", F_OK) == 0, said = false;
    mcpar *mc = NULL;

    if (before && plan->nth % 2)
        damage("checkpoint");
    else if (before && remove("checkpoint") < 0)
        wrong("the checkpoint cannot be removed");
    open_handle(&mc, "init again", &options, NULL);
    if (!right)
        goto end;
    for (size_t i = 0; mcpar_note(mc, i); i++)
        said = said || strstr(mcpar_note(mc, i), "went on from");
    if (before && !said)
        wrong("began anew, though there is the file before");
    TRY(mc, "observe", mcpar_observe(mc, 2, names));
    TRY(mc, "observe_pairs", mcpar_observe_pairs(mc, 1, pair));
    SAMPLE(mc, "sample again", mcpar_sample, N);
    TRY(mc, "reduce again", mcpar_reduce(mc, NULL));
    TRY(mc, "fingerprint", mcpar_fingerprint(mc, prints->restarted));
end:
    close_handle(&mc);
}

/* ---- What is left ---- */

static int entries(const char *folder)
{
    DIR *list = opendir(folder);
    int n = 0;

    if (!list)
        return -1;
    while (readdir(list))
        n++;
    (void)closedir(list);
    return n;
}

static void is_free(const char *path)
{
    char holder[400];
    int fd = -1, err = mcpar__disk_lock(path, 1, &fd, holder, sizeof holder);

    if (err)
        wrong("the lock of %s is held: %s", path, holder);
    else
        mcpar__disk_unlock(fd);
}

/* Temporary files; if they could not be removed, they may stay. */
static void no_other_file(void)
{
    DIR *list = opendir(".");
    const struct dirent *entry;

    while (list && (entry = readdir(list))) {
        const char *dot = strrchr(entry->d_name, '.');

        if (dot && dot != entry->d_name && strcmp(entry->d_name, "..") && strcmp(dot, ".lock") &&
            strcmp(dot, ".damaged") && strcmp(plan->name, "unlink") && strcmp(plan->name, "rename"))
            wrong("the file %s is left", entry->d_name);
    }
    if (list)
        (void)closedir(list);
}

static void remove_files(void)
{
    static const char *const files[] = { "checkpoint", "saved" };
    static const char *const suffixes[] = { "", "~", ".lock", ".new", ".old", ".damaged" };
    char name[64];

    for (size_t f = 0; f < sizeof files / sizeof *files; f++)
        for (size_t s = 0; s < sizeof suffixes / sizeof *suffixes; s++) {
            (void)snprintf(name, sizeof name, "%s%s", files[f], suffixes[s]);
            (void)unlink(name);
        }
}

static struct prints wanted;

/* One attempt, in a process of its own. Exits with 0: all was right. */
static void attempt(int pool)
{
    struct prints prints;
    int descriptors, threads;
    siginfo_t info;

    memset(&prints, 0, sizeof prints);
    host = getpid();
    right = true;
    (void)alarm(SECONDS);
    descriptors = entries("/proc/self/fd");
    threads = entries("/proc/self/task");
    program(pool, &prints);
    if (right)
        program_again(pool, &prints);
    if (right && memcmp(&prints, &wanted, sizeof prints))
        wrong("other fingerprints: %s %s %s %s", prints.first, prints.second, prints.opened, prints.restarted);
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD)
        wrong("a child is left");
    if (entries("/proc/self/fd") != descriptors)
        wrong("%d descriptors in place of %d", entries("/proc/self/fd"), descriptors);
    if (entries("/proc/self/task") != threads)
        wrong("a thread is left");
    if (atomic_load(&blocks) != 0)
        wrong("%ld blocks of memory are left", atomic_load(&blocks));
    if (atomic_load(&maps) != 0)
        wrong("%ld mappings are left", atomic_load(&maps));
    no_other_file();
    is_free("checkpoint");
    is_free("saved");
    MCPAR__EXIT(!right);
}

/* ---- All attempts ---- */

static int tests, failures;

static bool check(bool good, const char *what)
{
    printf("%sok %d - %s\n", good ? "" : "not ", ++tests, what);
    (void)fflush(stdout);
    failures += !good;
    return good;
}

/* Returns whether all was right; *failed: whether any call was made to fail. */
static bool one(int pool, long nth, enum fault fault, bool workers, bool *failed)
{
    int status = 0;
    pid_t child;

    remove_files();
    atomic_store(&plan->made, 0);
    atomic_store(&plan->failed, 0);
    atomic_store(&plan->armed, NOTHING);
    plan->nth = nth;
    plan->fault = fault;
    plan->workers = workers;
    plan->why[0] = plan->name[0] = plan->place[0] = 0;
    (void)fflush(stdout);
    child = fork();
    if (child == 0)
        attempt(pool);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    *failed = atomic_load(&plan->failed) > 0;
    if (child < 0)
        abort();
    if (status == 0)
        return true;
    printf("# call %ld, %s, %s in %s%s: %s\n", nth, plan->name, fault == ONCE ? "once" : "for good", plan->place,
           workers ? " (workers)" : "",
           WIFSIGNALED(status) ? WTERMSIG(status) == SIGALRM ? "hangs" : strsignal(WTERMSIG(status)) : plan->why);
    (void)fflush(stdout);
    return false;
}

static void each(int pool, const char *name, enum fault fault, bool workers, long first, long stride)
{
    char what[200];
    long n, bad = 0, runs = 0;
    bool failed = true;

    for (n = first; failed && bad < 20; n += stride, runs++)
        bad += !one(pool, n, fault, workers, &failed);
    (void)snprintf(what, sizeof what, "%s, %s: %ld of %ld calls fail %s", name, workers ? "workers" : "the host",
                   runs - 1, atomic_load(&plan->made), fault == ONCE ? "once" : "for good");
    check(bad == 0 && runs > 1, what);
}

/* The second half of stream 2, and the answers. */
static void prepare(void)
{
    mcpar_options options = options_for(MCPAR_POOL_SERIAL, 2, "");
    mcpar *mc = NULL;
    int err;

    options.part = 1;
    options.parts = 2;
    err = mcpar_init(&mc, &options);
    err = err ? err : mcpar_observe(mc, 2, names);
    err = err ? err : mcpar_observe_pairs(mc, 1, pair);
    err = err ? err : mcpar_sample(mc, N, trial, NULL);
    err = err ? err : mcpar_reduce(mc, NULL);
    err = err ? err : mcpar_save(mc, "part");
    check(err == 0 && mcpar_finalize(&mc) == 0, "the part");
    right = true;
    plan->fault = NOTHING;
    program(MCPAR_POOL_SERIAL, &wanted);
    program_again(MCPAR_POOL_SERIAL, &wanted);
    check(right && *wanted.first && *wanted.second && *wanted.opened && !strcmp(wanted.first, wanted.restarted),
          *plan->why ? plan->why : "undisturbed");
}

int main(int argc, char **argv)
{
    static const char *const pools[] = { "serial", "fork", "threads" };
    long stride = argc > 2 ? atol(argv[2]) : 1, first = argc > 4 ? atol(argv[4]) : 0;
    struct rlimit none = { 0, 0 };

    (void)setrlimit(RLIMIT_CORE, &none);
    plan = __real_mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (plan == MAP_FAILED || (argc > 1 && chdir(argv[1])))
        return 1;
    host = getpid();
    prepare();
    atomic_store(&blocks, 0);
    atomic_store(&maps, 0);
    for (int p = 0; p < 3; p++) {
        if (argc > 3 && strcmp(argv[3], pools[p]))
            continue;
        for (int workers = 0; workers < (p == 1 ? 2 : 1); workers++) {
            each(p + 1, pools[p], ONCE, workers, first, stride);
            each(p + 1, pools[p], FOR_GOOD, workers, first, stride);
        }
    }
    for (int code = 0; code < CALLS; code++)
        if (atomic_load(&plan->codes[code]))
            printf("# %d times code %d, %s\n", atomic_load(&plan->codes[code]), code, mcpar_strerror(code));
    printf("1..%d\n", tests);
    return failures != 0;
}
