/* SPDX-License-Identifier: BSD-3-Clause */
/* Every call to the system fails in turn, or the process is killed there: the file is the old or the new one, and
 * nothing is left behind.
 *
 * To be linked with -Wl,--wrap for each of the calls below, so that those of the library (and of this file), but none
 * of libc's or Criterion's, come through here. */
#include "disk.h"
#include "wrapped.h"
#include <stdarg.h>
#include <sys/file.h>

TestSuite(disk_faults, .init = disk_enter, .fini = disk_leave, .timeout = 120);

/* ---- The n-th call fails ---- */

enum fault { NOTHING, ONCE, FOR_GOOD, KILL };

static struct {
    enum fault fault;
    int error;
    const char *only;                      /* a call by name, "lock": fcntl and flock; NULL: any */
    int interruptible;                     /* only calls that a signal can interrupt */
    long until, made, failed;
    size_t most;                           /* bytes that one write takes; 0: all */
    const char *lost;                      /* a file that somebody removes at the next lock or sync */
    int swapped;                           /* and puts another one in its place */
} plan;

static int refuse(const char *call, int interruptible)
{
    int locks = !strcmp(call, "fcntl") || !strcmp(call, "flock");

    if (plan.fault == NOTHING || (plan.interruptible && !interruptible))
        return 0;
    if (plan.only && strcmp(call, plan.only) && (strcmp(plan.only, "lock") || !locks))
        return 0;
    plan.made++;
    if (plan.made <= plan.until || (plan.fault == ONCE && plan.failed))
        return 0;
    if (plan.fault == KILL)
        (void)kill(getpid(), SIGKILL);
    plan.failed++;
    errno = plan.error;
    return 1;
}

static void others(void)
{
    const char *lost = plan.lost;

    if (!lost)
        return;
    plan.lost = NULL;
    CHECK(remove(lost) == 0, "%s", lost);
    if (plan.swapped)
        disk_put(lost, "theirs");
}

static void fail(enum fault fault, long until, int error)
{
    memset(&plan, 0, sizeof plan);
    plan.error = error;
    plan.until = until;
    plan.fault = fault;
}

static void fail_only(const char *call, int error)
{
    fail(FOR_GOOD, 0, error);
    plan.only = call;
}

static void give_all(void)
{
    plan.fault = NOTHING;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);
ssize_t __real_read(int fd, void *bytes, size_t n);
ssize_t __wrap_read(int fd, void *bytes, size_t n);
ssize_t __real_write(int fd, const void *bytes, size_t n);
ssize_t __wrap_write(int fd, const void *bytes, size_t n);

int __wrap_open(const char *path, int flags, ...)
{
    mode_t mode;
    va_list args;

    va_start(args, flags);
    mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    return refuse("open", 1) ? -1 : __real_open(path, flags, mode);
}

int __wrap_fcntl(int fd, int command, ...)
{
    void *arg;
    va_list args;

    va_start(args, command);
    arg = va_arg(args, void *);
    va_end(args);
    others();
    return refuse("fcntl", 1) ? -1 : __real_fcntl(fd, command, arg);
}

ssize_t __wrap_read(int fd, void *bytes, size_t n)
{
    return refuse("read", 1) ? -1 : __real_read(fd, bytes, n);
}

ssize_t __wrap_write(int fd, const void *bytes, size_t n)
{
    return refuse("write", 1) ? -1 : __real_write(fd, bytes, plan.most && n > plan.most ? plan.most : n);
}

void *__wrap_malloc(size_t n)
{
    return refuse("malloc", 0) ? NULL : __real_malloc(n);
}

void *__wrap_realloc(void *p, size_t n)
{
    return refuse("realloc", 0) ? NULL : __real_realloc(p, n);
}

char *__wrap_strdup(const char *s)
{
    return refuse("strdup", 0) ? NULL : __real_strdup(s);
}

#define WRAP(call, interruptible, parameters, arguments)                  \
    int __real_##call parameters;                                         \
    int __wrap_##call parameters;                                         \
    int __wrap_##call parameters                                          \
    {                                                                     \
        return refuse(#call, interruptible) ? -1 : __real_##call arguments; \
    }
WRAP(flock, 1, (int fd, int operation), (fd, operation))
WRAP(link, 0, (const char *from, const char *to), (from, to))
WRAP(unlink, 0, (const char *path), (path))
WRAP(rename, 0, (const char *from, const char *to), (from, to))
WRAP(stat, 0, (const char *path, struct stat *about), (path, about))
WRAP(lstat, 0, (const char *path, struct stat *about), (path, about))
WRAP(fstat, 0, (int fd, struct stat *about), (fd, about))
WRAP(fchmod, 0, (int fd, mode_t mode), (fd, mode))
WRAP(fchown, 0, (int fd, uid_t user, gid_t group), (fd, user, group))
WRAP(ftruncate, 0, (int fd, off_t n), (fd, n))

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
    others();
    return refuse("fsync", 1) ? -1 : __real_fsync(fd);
}

/* As Linux does, it closes even if it fails. */
int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
    int failed = refuse("close", 1), error = errno, result = __real_close(fd);

    errno = failed ? error : errno;
    return failed ? -1 : result;
}

/* ---- Replacing ---- */

static char older[3000], old[4000], new[5000];
static const char *step;

/* The file has generations, and a group that root must change, so that every step has something to do. */
static void prepare(void)
{
    memset(older, 'a', sizeof older - 1);
    memset(old, 'b', sizeof old - 1);
    memset(new, 'c', sizeof new - 1);
    disk_put("file", old);
    disk_put("file~", older);
    (void)chmod("file", 0640);
    if (geteuid() == 0 && chown("file", 12345, 54321) < 0)
        abort();
}

static void assert_whole(void)
{
    const char *now = disk_get("file"), *before = disk_get("file~");

    CHECK(!strcmp(now, old) || !strcmp(now, new), "%zu bytes of the file", strlen(now));
    CHECK(!strcmp(before, older) || !strcmp(before, old), "%zu bytes of the one before", strlen(before));
}

static void assert_usable(void)
{
    int err = disk_replace("file", "and again", &step);

    CHECK(err == 0, "%s: %s", step, strerror(err));
    CHECK(!strcmp(disk_get("file"), "and again"), "%s", disk_get("file"));
    CHECK(host_entries(".", "file") == 2, "%d files", host_entries(".", "file"));
}

Test(disk_faults, each_call_of_a_replacement)
{
    static const int errors[] = { EIO, ENOSPC, EDQUOT, EROFS };

    for (size_t e = 0; e < sizeof errors / sizeof *errors; e++)
        for (enum fault fault = ONCE; fault <= FOR_GOOD; fault++)
            for (long n = 0;; n++) {
                int files = host_open_files(), err;
                long failed;

                prepare();
                fail(fault, n, errors[e]);
                err = disk_replace("file", new, &step);
                failed = plan.failed;
                give_all();
                CHECK(host_open_files() == files, "call %ld: open files", n);
                assert_whole();
                if (!err)
                    CHECK(!strcmp(disk_get("file"), new), "call %ld", n);
                if (err)
                    CHECK((err == errors[e] || err == ENOMEM) && *step, "call %ld: %s: %s", n, step, strerror(err));
                if (err && strcmp(step, "fsync of the folder"))
                    CHECK(!strcmp(disk_get("file"), old), "call %ld: %s", n, step);
                if (fault == ONCE)
                    CHECK(!disk_there("file.new") && !disk_there("file.old"), "call %ld: %s", n, step);
                assert_usable();
                if (!failed) {
                    cr_assert_geq(n, 22, "only %ld calls", n);
                    break;
                }
            }
}

Test(disk_faults, signals_interrupt_each_call)
{
    for (long n = 0;; n++) {
        int err;

        prepare();
        fail(ONCE, n, EINTR);
        plan.interruptible = 1;
        err = disk_replace("file", new, &step);
        give_all();
        cr_assert_eq(err, 0, "call %ld: %s: %s", n, step, strerror(err));
        cr_assert_str_eq(disk_get("file"), new);
        if (!plan.failed) {
            cr_assert_geq(n, 7, "only %ld calls", n);
            break;
        }
    }
}

Test(disk_faults, killed_at_each_call)
{
    for (long n = 0;; n++) {
        int status;
        pid_t child;

        prepare();
        child = fork();
        cr_assert_geq(child, 0);
        if (child == 0) {
            fail(KILL, n, 0);
            _exit(disk_replace("file", new, &step) != 0);
        }
        cr_assert_eq(waitpid(child, &status, 0), child);
        assert_whole();
        assert_usable();
        if (WIFEXITED(status)) {
            cr_assert_eq(WEXITSTATUS(status), 0);
            cr_assert_geq(n, 22, "only %ld calls", n);
            break;
        }
    }
}

Test(disk_faults, writes_that_take_a_few_bytes)
{
    prepare();
    plan.most = 7;
    cr_assert_eq(disk_replace("file", new, &step), 0);
    plan.most = 0;
    cr_assert_str_eq(disk_get("file"), new);
}

/* Without hard links there is no file of the generation before, but the file is replaced all the same. */
Test(disk_faults, no_hard_links)
{
    static const int errors[] = { EPERM, EACCES, EOPNOTSUPP, ENOSYS, EMLINK, EXDEV };

    for (size_t e = 0; e < sizeof errors / sizeof *errors; e++) {
        prepare();
        fail_only("link", errors[e]);
        cr_assert_eq(disk_replace("file", new, &step), 0, "%s", strerror(errors[e]));
        give_all();
        cr_assert_eq(plan.failed, 1);
        cr_assert_str_eq(disk_get("file"), new);
        cr_assert_str_eq(disk_get("file~"), older);
        cr_assert_eq(host_entries(".", "file"), 2);
    }
}

Test(disk_faults, file_systems_that_cannot_sync)
{
    static const int errors[] = { EINVAL, ENOSYS, EOPNOTSUPP };

    for (size_t e = 0; e < sizeof errors / sizeof *errors; e++) {
        prepare();
        fail_only("fsync", errors[e]);
        cr_assert_eq(disk_replace("file", new, &step), 0);
        give_all();
        cr_assert_eq(plan.failed, 2, "of the file and of the folder");
        cr_assert_str_eq(disk_get("file"), new);
    }
}

Test(disk_faults, steps_have_names)
{
    static const struct { const char *call, *step; int error; } cases[] = {
        { "open", "open", EMFILE }, { "write", "write", EDQUOT }, { "fsync", "fsync", EIO },
        { "close", "close", EDQUOT }, { "link", "link", EIO }, { "rename", "rename", EIO } };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        prepare();
        fail_only(cases[i].call, cases[i].error);
        cr_assert_eq(disk_replace("file", new, &step), cases[i].error, "%s", cases[i].call);
        give_all();
        cr_assert_str_eq(step, cases[i].step);
        cr_assert_str_eq(disk_get("file"), old);
        cr_assert_eq(host_entries(".", "file"), 2);
    }
}

/* Two processes that do not take the lock: neither renames the half-written file of the other. */
Test(disk_faults, a_new_file_that_is_not_ours)
{
    prepare();
    memset(&plan, 0, sizeof plan);
    plan.lost = "file.new";
    plan.swapped = 1;
    cr_assert_eq(disk_replace("file", new, &step), ESTALE);
    cr_assert_str_eq(step, "stat");
    cr_assert_str_eq(disk_get("file"), old);
    cr_assert_str_eq(disk_get("file.new"), "theirs");
    assert_usable();
    prepare();
    plan.lost = "file.new";
    plan.swapped = 0;
    cr_assert_eq(disk_replace("file", new, &step), ENOENT);
    cr_assert_str_eq(disk_get("file"), old);
    assert_usable();
}

/* ---- Reading ---- */

Test(disk_faults, each_call_of_a_reading)
{
    uint8_t *bytes;
    size_t n;

    prepare();
    for (enum fault fault = ONCE; fault <= FOR_GOOD; fault++)
        for (long at = 0;; at++) {
            int files = host_open_files(), err;
            long failed;

            fail(fault, at, EIO);
            err = mcpar__disk_read("file", &bytes, &n);
            failed = plan.failed;
            give_all();
            cr_assert_eq(host_open_files(), files);
            if (err)
                cr_assert((err == EIO || err == ENOMEM) && bytes == NULL && n == 0, "call %ld: %s", at, strerror(err));
            else
                cr_assert(n == strlen(old) && memcmp(bytes, old, n) == 0, "call %ld", at);
            free(bytes);
            if (!failed) {
                cr_assert_geq(at, 6, "only %ld calls", at);
                break;
            }
        }
    for (long at = 0;; at++) {
        fail(ONCE, at, EINTR);
        plan.interruptible = 1;
        cr_assert_eq(mcpar__disk_read("file", &bytes, &n), 0, "call %ld", at);
        give_all();
        cr_assert_eq(n, strlen(old));
        free(bytes);
        if (!plan.failed)
            break;
    }
}

/* ---- Locks ---- */

Test(disk_faults, each_call_of_a_lock)
{
    char holder[400];
    int fd;

    for (enum fault fault = ONCE; fault <= FOR_GOOD; fault++)
        for (int e = 0; e < 2; e++)
            for (long at = 0;; at++) {
                int files = host_open_files(), err;
                long failed;

                fail(fault, at, e ? EIO : EINTR);
                plan.interruptible = !e;
                if (!e && fault == FOR_GOOD)
                    plan.fault = ONCE;     /* a signal for ever is a wait for ever */
                err = mcpar__disk_lock("file", 0, &fd, holder, sizeof holder);
                failed = plan.failed;
                give_all();
                cr_assert(e || !err, "call %ld: %s", at, strerror(err));
                if (err)
                    cr_assert(fd == -1 && (err == EIO || err == ENOMEM || err == EAGAIN), "%s", strerror(err));
                mcpar__disk_unlock(fd);
                cr_assert_eq(host_open_files(), files);
                cr_assert_eq(mcpar__disk_lock("file", 0, &fd, holder, sizeof holder), 0, "call %ld left a lock", at);
                mcpar__disk_unlock(fd);
                if (!failed) {
                    cr_assert_geq(at, e ? 7 : 2, "only %ld calls", at);
                    break;
                }
            }
}

/* The lock would be one on a file without a name, which the next process does not see. */
Test(disk_faults, the_file_of_a_lock_is_removed_before_it_is_locked)
{
    char holder[400];
    int one, other;

    memset(&plan, 0, sizeof plan);
    plan.lost = "file.lock";
    cr_assert_eq(mcpar__disk_lock("file", 5, &one, holder, sizeof holder), 0);
    cr_assert(disk_there("file.lock"));
    cr_assert_eq(mcpar__disk_lock("file", 0, &other, holder, sizeof holder), EAGAIN);
    mcpar__disk_unlock(one);
}

/* Kernels before 3.15. */
Test(disk_faults, locks_of_old_kernels)
{
    char holder[400];
    int one, other;

    fail_only("fcntl", EINVAL);
    cr_assert_eq(mcpar__disk_lock("file", 0, &one, holder, sizeof holder), 0);
    cr_assert_eq(mcpar__disk_lock("file", 0, &other, holder, sizeof holder), EAGAIN);
    cr_assert(strstr(holder, ", process "));
    mcpar__disk_unlock(one);
    cr_assert_eq(mcpar__disk_lock("file", 0, &other, holder, sizeof holder), 0);
    mcpar__disk_unlock(other);
    give_all();
    cr_assert_eq(plan.failed, 5);          /* three locks and two unlocks */
}

/* Nobody holds the lock, so nobody is waited for. */
Test(disk_faults, a_locked_file_that_cannot_be_looked_at)
{
    static const char *const calls[] = { "fstat", "lstat" };
    char holder[400];
    time_t start = time(NULL);
    int fd, files = host_open_files();

    for (size_t i = 0; i < 2; i++) {
        fail_only(calls[i], EIO);
        cr_assert_eq(mcpar__disk_lock("file", 100, &fd, holder, sizeof holder), EIO, "%s", calls[i]);
        cr_assert_eq(plan.failed, 1);
        give_all();
        cr_assert_eq(mcpar__disk_lock("file", 0, &fd, holder, sizeof holder), 0);
        mcpar__disk_unlock(fd);
    }
    cr_assert(time(NULL) - start < 50 && host_open_files() == files);
}

/* Network file systems that are mounted without locks: the descriptor is there, and nobody waits. */
Test(disk_faults, file_systems_without_locks)
{
    static const int errors[] = { ENOLCK, ENOSYS, ENOTSUP, EOPNOTSUPP };
    char holder[400];
    int one, other, files = host_open_files();

    for (size_t e = 0; e < sizeof errors / sizeof *errors; e++) {
        fail_only("lock", errors[e]);      /* of both kinds */
        cr_assert_eq(mcpar__disk_lock("file", 5, &one, holder, sizeof holder), ENOLCK);
        cr_assert(one >= 0 && !*holder && strstr(disk_get("file.lock"), ", process "));
        cr_assert_eq(mcpar__disk_lock("file", 5, &other, holder, sizeof holder), ENOLCK);
        mcpar__disk_unlock(one);
        mcpar__disk_unlock(other);
        fail_only("fcntl", errors[e]);     /* it has the other kind */
        cr_assert_eq(mcpar__disk_lock("file", 0, &one, holder, sizeof holder), 0);
        cr_assert_eq(mcpar__disk_lock("file", 0, &other, holder, sizeof holder), EAGAIN);
        mcpar__disk_unlock(one);
        give_all();
    }
    cr_assert_eq(host_open_files(), files);
}
