/* SPDX-License-Identifier: BSD-3-Clause */
/* Locks between processes: exclusion, who holds it, waiting, death of the holder. */
#include "disk.h"
#include "base/clock.h"

TestSuite(disk_lock, .init = disk_enter, .fini = disk_leave, .timeout = 60);

static char holder[400];

/* ---- Another process that holds the lock ---- */

static int to_parent[2], to_child[2];
static pid_t child;

static void start_holder(const char *path)
{
    char c;

    cr_assert(pipe(to_parent) == 0 && pipe(to_child) == 0);
    child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        char nobody[64];
        int fd;

        (void)close(to_child[1]);
        c = mcpar__disk_lock(path, 0, &fd, nobody, sizeof nobody) ? 'n' : 'y';
        if (write(to_parent[1], &c, 1) != 1 || read(to_child[0], &c, 1) != 1)
            _exit(1);
        mcpar__disk_unlock(fd);
        _exit(0);
    }
    (void)close(to_parent[1]);
    (void)close(to_child[0]);
    cr_assert(read(to_parent[0], &c, 1) == 1 && c == 'y');
}

static void end_holder(int with)
{
    int status;

    if (with)
        cr_assert_eq(kill(child, with), 0);
    else
        cr_assert_eq(write(to_child[1], "x", 1), 1);
    cr_assert_eq(waitpid(child, &status, 0), child);
    (void)close(to_parent[0]);
    (void)close(to_child[1]);
}

static int try(const char *path, int seconds)
{
    int fd, before = host_open_files(), err = mcpar__disk_lock(path, seconds, &fd, holder, sizeof holder);

    if (err) {
        cr_assert_eq(fd, -1);
        cr_assert_eq(host_open_files(), before);
    } else {
        cr_assert_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
        cr_assert_str_eq(holder, "");
        mcpar__disk_unlock(fd);
    }
    return err;
}

Test(disk_lock, excludes_and_says_who)
{
    char host[256] = "", expected[400];

    start_holder("file");
    cr_assert_eq(try("file", 0), EAGAIN);
    cr_assert_eq(gethostname(host, sizeof host - 1), 0);
    (void)snprintf(expected, sizeof expected, "host %s, process %ld", host, (long)child);
    cr_assert_str_eq(holder, expected);
    cr_assert_eq(try("another file", 0), 0);
    end_holder(0);
    cr_assert_eq(try("file", 0), 0);
    cr_assert(disk_there("file.lock"), "it stays");
    cr_assert_not(disk_there("file"));
}

Test(disk_lock, death_frees_it)
{
    start_holder("file");
    cr_assert_eq(try("file", 0), EAGAIN);
    end_holder(SIGKILL);
    cr_assert_eq(try("file", 0), 0);
}

Test(disk_lock, waits_as_long_as_it_is_told_to)
{
    uint64_t begin, ns;

    start_holder("file");
    begin = mcpar__nanoseconds();
    cr_assert_eq(try("file", 0), EAGAIN);
    cr_assert_lt(mcpar__nanoseconds() - begin, 500000000);
    cr_assert_eq(try("file", -5), EAGAIN);
    begin = mcpar__nanoseconds();
    cr_assert_eq(try("file", 1), EAGAIN);
    ns = mcpar__nanoseconds() - begin;
    cr_assert(ns >= 1000000000 && ns < 1250000000, "%g seconds", (double)ns / 1e9);
    end_holder(0);
}

Test(disk_lock, gets_it_when_it_becomes_free)
{
    uint64_t begin = mcpar__nanoseconds();
    pid_t ender;

    start_holder("file");
    ender = fork();
    if (ender == 0) {
        (void)usleep(300000);
        _exit(kill(child, SIGKILL) != 0);
    }
    cr_assert_eq(try("file", 20), 0);
    cr_assert_lt(mcpar__nanoseconds() - begin, UINT64_C(5000000000));
    cr_assert_eq(waitpid(ender, NULL, 0), ender);
    cr_assert_eq(waitpid(child, NULL, 0), child);
}

static void interrupt(int signal)
{
    (void)signal;
}

Test(disk_lock, signals_do_not_change_how_long_it_waits)
{
    struct sigaction action = { .sa_handler = interrupt };
    struct itimerval every = { { 0, 500 }, { 0, 500 } }, never = { { 0, 0 }, { 0, 0 } };
    uint64_t begin, ns;

    start_holder("file");
    cr_assert_eq(sigaction(SIGALRM, &action, NULL), 0);
    cr_assert_eq(setitimer(ITIMER_REAL, &every, NULL), 0);
    begin = mcpar__nanoseconds();
    cr_assert_eq(try("file", 1), EAGAIN);
    ns = mcpar__nanoseconds() - begin;
    cr_assert_eq(setitimer(ITIMER_REAL, &never, NULL), 0);
    cr_assert(ns >= 1000000000 && ns < 1250000000, "%g seconds", (double)ns / 1e9);
    end_holder(0);
}

/* What such a host prints must not get into the file. */
Test(disk_lock, of_a_host_that_has_closed_its_streams)
{
    int status;

    child = fork();
    if (child == 0) {
        const char *step;
        int fd, probe, err;

        (void)close(0);
        (void)close(1);
        (void)close(2);
        err = mcpar__disk_lock("file", 0, &fd, holder, sizeof holder);
        probe = open("probe", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        _exit(err || fd < 3 || probe != 0 || disk_replace("file", "text", &step) != 0);
    }
    cr_assert(waitpid(child, &status, 0) == child && status == 0);
    cr_assert_str_eq(disk_get("file"), "text");
}

Test(disk_lock, two_opens_of_one_process)
{
    int fd;

    cr_assert_eq(mcpar__disk_lock("file", 0, &fd, holder, sizeof holder), 0);
    cr_assert_eq(try("file", 0), EAGAIN);
    cr_assert(strstr(holder, "process "));
    mcpar__disk_unlock(fd);
    cr_assert_eq(try("file", 0), 0);
    mcpar__disk_unlock(-1);
}

/* A child that closes its copy frees nothing, and one that keeps it does not hold the lock. */
Test(disk_lock, copies_in_children)
{
    int fd, status, hold[2];
    char c;
    pid_t keeper;

    cr_assert_eq(mcpar__disk_lock("file", 0, &fd, holder, sizeof holder), 0);
    child = fork();
    if (child == 0) {
        (void)close(fd);
        _exit(0);
    }
    cr_assert(waitpid(child, &status, 0) == child && status == 0);
    cr_assert_eq(try("file", 0), EAGAIN);
    cr_assert_eq(pipe(hold), 0);
    keeper = fork();
    if (keeper == 0) {
        (void)close(hold[1]);
        _exit(read(hold[0], &c, 1) != 0);
    }
    mcpar__disk_unlock(fd);
    cr_assert_eq(try("file", 0), 0);
    (void)close(hold[0]);
    (void)close(hold[1]);
    cr_assert(waitpid(keeper, &status, 0) == keeper);
}

Test(disk_lock, a_link_and_its_file_have_one_lock)
{
    cr_assert_eq(mkdir("folder", 0777), 0);
    cr_assert_eq(symlink("folder/file", "link"), 0);
    start_holder("link");
    cr_assert(disk_there("folder/file.lock") && !disk_there("link.lock"));
    cr_assert_eq(try("folder/file", 0), EAGAIN);
    end_holder(0);
}

Test(disk_lock, text_of_others)
{
    char small[6];
    FILE *lock;
    int fd;

    start_holder("file");
    lock = fopen("file.lock", "w");        /* the lock is not the text */
    cr_assert_not_null(lock);
    (void)fclose(lock);
    cr_assert_eq(try("file", 0), EAGAIN);
    cr_assert_str_eq(holder, "another process");
    disk_put("file.lock", "a\033[2Jb\xff, c\nsecond line, and more of it, so that it is longer than "
             "what the library writes there, whatever the name of this host may be: a long one, of many parts, say\n");
    cr_assert_eq(try("file", 0), EAGAIN);
    cr_assert_str_eq(holder, "a?[2Jb?, c");
    cr_assert_eq(mcpar__disk_lock("file", 0, &fd, small, sizeof small), EAGAIN);
    cr_assert_str_eq(small, "a?[2J");
    cr_assert_eq(mcpar__disk_lock("file", 0, &fd, NULL, 0), EAGAIN);
    end_holder(0);
    cr_assert_eq(mcpar__disk_lock("file", 0, &fd, NULL, 0), 0);
    cr_assert(strncmp(disk_get("file.lock"), "host ", 5) == 0 && !strstr(disk_get("file.lock"), "many parts"));
    mcpar__disk_unlock(fd);
}

Test(disk_lock, what_cannot_be_locked)
{
    cr_assert_eq(mkdir("a.lock", 0777), 0);
    cr_assert_eq(mkfifo("b.lock", 0666), 0);
    cr_assert_eq(symlink("elsewhere", "c.lock"), 0);
    cr_assert_eq(symlink("loop", "loop"), 0);
    cr_assert_eq(try("a", 0), EISDIR);
    cr_assert_eq(try("b", 0), EINVAL);
    cr_assert_eq(try("c", 0), ELOOP);
    cr_assert_not(disk_there("elsewhere"));
    cr_assert_eq(try("loop", 0), ELOOP);
    cr_assert_eq(try("missing/file", 0), ENOENT);
    cr_assert_eq(try("", 0), ENOENT);
    cr_assert_not(disk_there(".lock"));
}
