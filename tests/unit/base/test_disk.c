/* SPDX-License-Identifier: BSD-3-Clause */
/* Files are read whole and replaced whole: generations, permissions, links, full disks and limits. */
#include "disk.h"
#include <sys/resource.h>
#if defined(__linux__)
#include <sched.h>
#include <sys/mount.h>
#endif

TestSuite(disk, .init = disk_enter, .fini = disk_leave, .timeout = 60);

static const char *step;

/* ---- Reading ---- */

static void assert_reads(const char *path, const char *expected)
{
    uint8_t *bytes;
    size_t n;

    cr_assert_eq(mcpar__disk_read(path, &bytes, &n), 0, "%s", path);
    cr_assert_eq(n, strlen(expected));
    cr_assert(memcmp(bytes, expected, n) == 0, "%s", path);
    free(bytes);
}

static void assert_unread(const char *path, int err)
{
    int before = host_open_files(), found;
    uint8_t *bytes;
    size_t n;

    found = mcpar__disk_read(path, &bytes, &n);
    cr_assert_eq(found, err, "%s: %s", path, strerror(found));
    cr_assert(bytes == NULL && n == 0);
    cr_assert_eq(host_open_files(), before);
}

Test(disk, reads_regular_files)
{
    disk_put("file", "some text");
    disk_put("empty", "");
    cr_assert_eq(symlink("file", "link"), 0);
    assert_reads("file", "some text");
    assert_reads("empty", "");
    assert_reads("link", "some text");
}

Test(disk, reads_files_that_are_longer_than_they_say)
{
    uint8_t *bytes;
    size_t n;

    if (access("/proc/self/maps", R_OK) < 0)
        cr_skip("no /proc");
    cr_assert_eq(mcpar__disk_read("/proc/self/maps", &bytes, &n), 0);
    cr_assert_gt(n, 200);
    cr_assert_eq(bytes[n - 1], '\n');
    free(bytes);
}

Test(disk, does_not_read_what_is_no_file)
{
    cr_assert_eq(mkdir("folder", 0777), 0);
    cr_assert_eq(mkfifo("pipe", 0666), 0);
    cr_assert_eq(symlink("loop", "loop"), 0);
    assert_unread("missing", ENOENT);
    assert_unread("missing/file", ENOENT);
    assert_unread("", ENOENT);
    assert_unread("folder", EISDIR);
    assert_unread("pipe", EINVAL);
    assert_unread("/dev/null", EINVAL);
    assert_unread("loop", ELOOP);
}

Test(disk, does_not_read_huge_files)
{
    disk_put("file", "x");
    if (truncate("file", (off_t)MCPAR__DISK_MOST + 1) < 0)
        cr_skip("no sparse files here");
    assert_unread("file", EFBIG);
}

/* ---- Replacing ---- */

static void assert_replaced(const char *path, const char *text)
{
    int err = disk_replace(path, text, &step);

    cr_assert_eq(err, 0, "%s: %s", step, strerror(err));
    cr_assert_str_eq(step, "");
    cr_assert_str_eq(disk_get(path), text);
}

static void assert_not_replaced(const char *path, int err, const char *at)
{
    int before = host_open_files(), found = disk_replace(path, "new", &step);

    cr_assert_eq(found, err, "%s: %s: %s", path, step, strerror(found));
    cr_assert_str_eq(step, at);
    cr_assert_eq(host_open_files(), before);
}

static void assert_clean(void)
{
    cr_assert_eq(host_entries(".", ".new"), 0);
    cr_assert_eq(host_entries(".", ".old"), 0);
}

Test(disk, keeps_the_generation_before)
{
    assert_replaced("file", "one");
    cr_assert_not(disk_there("file~"));
    assert_replaced("file", "two");
    cr_assert_str_eq(disk_get("file~"), "one");
    assert_replaced("file", "");
    cr_assert_str_eq(disk_get("file~"), "two");
    assert_replaced("file", "four");
    cr_assert_str_eq(disk_get("file~"), "");
    assert_clean();
}

Test(disk, any_way_to_write_the_name)
{
    char path[128];

    cr_assert_eq(mkdir("folder", 0777), 0);
    assert_replaced("folder/file", "one");
    assert_replaced("./folder/../folder//file", "two");
    cr_assert_str_eq(disk_get("folder/file~"), "one");
    (void)snprintf(path, sizeof path, "%s/folder/file", disk_folder);
    assert_replaced(path, "three");
    cr_assert_str_eq(disk_get("folder/file~"), "two");
    cr_assert_eq(host_entries("folder", "file"), 2);
}

Test(disk, keeps_permissions)
{
    static const mode_t modes[] = { 0600, 0640, 0664, 0444, 0666, 0755 };
    struct stat about;

    (void)umask(027);
    assert_replaced("file", "new");
    cr_assert_eq(stat("file", &about), 0);
    cr_assert_eq(about.st_mode & 07777, 0640, "as the umask has it");
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        cr_assert_eq(chmod("file", modes[i]), 0);
        assert_replaced("file", "again");
        cr_assert_eq(stat("file", &about), 0);
        cr_assert_eq(about.st_mode & 07777, modes[i]);
        cr_assert_eq(stat("file~", &about), 0);
        cr_assert_eq(about.st_mode & 07777, modes[i]);
    }
}

Test(disk, root_keeps_the_owner)
{
    struct stat about;

    disk_put("file", "theirs");
    if (chown("file", 12345, 54321) < 0)
        cr_skip("only root can give files away");
    cr_assert_eq(chmod("file", 0660), 0);
    assert_replaced("file", "still theirs");
    cr_assert_eq(stat("file", &about), 0);
    cr_assert(about.st_uid == 12345 && about.st_gid == 54321 && (about.st_mode & 0777) == 0660);
}

/* A user who may write to the folder, but is not in the group of the file. */
Test(disk, a_group_that_cannot_be_kept_gets_no_more_than_all_others)
{
    struct stat about;

    disk_put("file", "theirs");
    if (chown("file", 12345, 54321) < 0)
        cr_skip("only root can give files away");
    cr_assert_eq(chmod("file", 0664), 0);
    cr_assert_eq(chmod(".", 0777), 0);
    cr_assert(setegid(65534) == 0 && seteuid(65534) == 0);
    assert_replaced("file", "mine");
    cr_assert_eq(stat("file", &about), 0);
    cr_assert(seteuid(0) == 0 && setegid(0) == 0);
    cr_assert_eq(about.st_uid, 65534);
    cr_assert_eq(about.st_mode & 0777, 0644);
}

Test(disk, symbolic_links_stay)
{
    static const char *const links[] = { "folder/near", "far", "chain", "absolute", "./absolute" };
    char target[128];

    cr_assert_eq(mkdir("folder", 0777), 0);
    disk_put("folder/file", "one");
    (void)snprintf(target, sizeof target, "%s/folder/file", disk_folder);
    cr_assert_eq(symlink("file", "folder/near"), 0);
    cr_assert_eq(symlink("folder/file", "far"), 0);
    cr_assert_eq(symlink("folder/near", "chain"), 0);
    cr_assert_eq(symlink(target, "absolute"), 0);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        struct stat about;

        assert_replaced(links[i], links[i]);
        cr_assert_eq(lstat(links[i], &about), 0);
        cr_assert(S_ISLNK(about.st_mode));
        cr_assert_str_eq(disk_get("folder/file"), links[i]);
    }
    cr_assert_str_eq(disk_get("folder/file~"), "absolute");
    cr_assert_eq(symlink("folder/to be made", "dangling"), 0);
    assert_replaced("dangling", "made");
    cr_assert_str_eq(disk_get("folder/to be made"), "made");
    cr_assert_eq(symlink("loop", "loop"), 0);
    assert_not_replaced("loop", ELOOP, "open");
    assert_clean();
}

Test(disk, names_beside_a_file)
{
    char *name;

    cr_assert_eq(symlink("folder/file", "link"), 0);
    cr_assert_eq(mcpar__disk_beside("link", "~", &name), 0);
    cr_assert_str_eq(name, "folder/file~");
    free(name);
    cr_assert_eq(mcpar__disk_beside("plain", ".lock", &name), 0);
    cr_assert_str_eq(name, "plain.lock");
    free(name);
    cr_assert_eq(symlink("loop", "loop"), 0);
    cr_assert_eq(mcpar__disk_beside("loop", "~", &name), ELOOP);
    cr_assert_null(name);
}

Test(disk, more_than_can_be_read_is_not_written)
{
    disk_put("file", "old");
    cr_assert_eq(mcpar__disk_replace("file", (const uint8_t *)"", MCPAR__DISK_MOST + 1, &step), EFBIG);
    cr_assert_str_eq(disk_get("file"), "old");
    cr_assert_eq(host_entries(".", "file"), 1);
}

Test(disk, never_replaces_what_is_no_file)
{
    struct stat about;

    cr_assert_eq(mkdir("folder", 0777), 0);
    cr_assert_eq(mkfifo("pipe", 0666), 0);
    cr_assert_eq(symlink("pipe", "link"), 0);
    assert_not_replaced("folder", EISDIR, "open");
    assert_not_replaced("folder/", EISDIR, "open");
    assert_not_replaced("pipe", EINVAL, "open");
    assert_not_replaced("link", EINVAL, "open");
    assert_not_replaced("", ENOENT, "open");
    assert_not_replaced("missing/file", ENOENT, "open");
    disk_put("file", "a file");
    assert_not_replaced("file/file", ENOTDIR, "open");
    cr_assert(lstat("pipe", &about) == 0 && S_ISFIFO(about.st_mode));
    cr_assert_str_eq(disk_get("file"), "a file");
    assert_clean();
}

Test(disk, names_that_are_too_long)
{
    char name[400];

    memset(name, 'n', sizeof name);
    name[253] = 0;                         /* with .new and .old it is */
    assert_not_replaced(name, ENAMETOOLONG, "open");
    name[253] = 'n';
    name[399] = 0;
    assert_not_replaced(name, ENAMETOOLONG, "open");
}

Test(disk, what_killed_processes_left)
{
    struct stat new, before;

    disk_put("file", "old");
    disk_put("file.new", "half a fi");
    disk_put("file.old", "left");
    assert_replaced("file", "new");
    cr_assert_str_eq(disk_get("file~"), "old");
    assert_clean();
    disk_put("elsewhere", "not to be touched");
    cr_assert_eq(symlink("elsewhere", "file.new"), 0);
    assert_replaced("file", "newer");
    cr_assert_str_eq(disk_get("elsewhere"), "not to be touched");
    assert_clean();
    /* killed between the two renames: both names mean one file */
    cr_assert_eq(unlink("file~"), 0);
    cr_assert_eq(link("file", "file~"), 0);
    assert_replaced("file", "newest");
    cr_assert_str_eq(disk_get("file~"), "newer");
    assert_clean();
    cr_assert(stat("file", &new) == 0 && stat("file~", &before) == 0 && new.st_ino != before.st_ino);
}

Test(disk, a_folder_in_the_place_of_the_new_file)
{
    disk_put("file", "old");
    cr_assert_eq(mkdir("file.new", 0777), 0);
    cr_assert_neq(disk_replace("file", "new", &step), 0);
    cr_assert_str_eq(step, "open");
    cr_assert_str_eq(disk_get("file"), "old");
}

Test(disk, a_folder_in_the_place_of_the_generation_before)
{
    disk_put("file", "old");
    cr_assert_eq(mkdir("file~", 0777), 0);
    cr_assert_neq(disk_replace("file", "new", &step), 0);
    cr_assert_str_eq(step, "rename");
    cr_assert_str_eq(disk_get("file"), "old");
    assert_clean();
}

Test(disk, a_folder_that_may_not_be_written)
{
    int err;

    cr_assert_eq(mkdir("folder", 0777), 0);
    disk_put("folder/file", "old");
    cr_assert_eq(chmod("folder", 0555), 0);
    cr_assert_eq(chmod(".", 0777), 0);
    if (geteuid() == 0)
        cr_assert(setegid(65534) == 0 && seteuid(65534) == 0);
    err = disk_replace("folder/file", "new", &step);
    if (getuid() == 0)
        cr_assert(seteuid(0) == 0 && setegid(0) == 0);
    cr_assert_eq(chmod("folder", 0777), 0);
    cr_assert_eq(err, EACCES);
    cr_assert_str_eq(step, "open");
    cr_assert_str_eq(disk_get("folder/file"), "old");
    cr_assert_eq(host_entries("folder", "file"), 1);
}

/* ---- A full disk ---- */

Test(disk, a_full_disk)
{
#if defined(__linux__) && defined(CLONE_NEWNS)
    static char large[40000], larger[50000];

    memset(large, 'x', sizeof large - 1);
    memset(larger, 'y', sizeof larger - 1);
    cr_assert_eq(mkdir("disk", 0777), 0);
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("small", "disk", "tmpfs", 0, "size=64k") < 0)
        cr_skip("no disk can be mounted here");
    assert_replaced("disk/file", "small");
    assert_replaced("disk/file", large);
    cr_assert_eq(disk_replace("disk/file", larger, &step), ENOSPC);
    cr_assert_str_eq(step, "write");
    cr_assert_str_eq(disk_get("disk/file"), large);
    cr_assert_str_eq(disk_get("disk/file~"), "small");
    cr_assert_eq(host_entries("disk", "file"), 2);
    cr_assert_eq(umount("disk"), 0);
#else
    cr_skip("no disk can be mounted here");
#endif
}

/* ---- A limit on the size of files ---- */

static volatile sig_atomic_t signals;

static void count(int signal)
{
    (void)signal;
    signals++;
}

static void limit(rlim_t bytes)
{
    struct rlimit size;

    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &size), 0);
    size.rlim_cur = bytes;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &size), 0);
}

Test(disk, a_limit_on_the_size_of_files)
{
    static char large[20000];
    sigset_t set, before, after;

    memset(large, 'x', sizeof large - 1);
    disk_put("file", "old");
    limit(10000);
    cr_assert_eq(sigprocmask(SIG_SETMASK, NULL, &before), 0);
    cr_assert_eq(disk_replace("file", large, &step), EFBIG, "and the process still runs");
    cr_assert_str_eq(step, "write");
    cr_assert_eq(sigprocmask(SIG_SETMASK, NULL, &after), 0);
    for (int s = 1; s < 32; s++)
        cr_assert_eq(sigismember(&before, s), sigismember(&after, s), "signal %d", s);
    cr_assert_str_eq(disk_get("file"), "old");
    assert_clean();

    cr_assert_neq(signal(SIGXFSZ, count), SIG_ERR);
    cr_assert_eq(disk_replace("file", large, &step), EFBIG);
    cr_assert_eq(signals, 0, "the host's handler does not hear of it");

    /* one that the host waits for stays */
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGXFSZ);
    cr_assert_eq(sigprocmask(SIG_BLOCK, &set, NULL), 0);
    cr_assert_eq(raise(SIGXFSZ), 0);
    cr_assert_eq(disk_replace("file", large, &step), EFBIG);
    cr_assert(sigpending(&after) == 0 && sigismember(&after, SIGXFSZ) == 1);
    cr_assert_eq(sigprocmask(SIG_UNBLOCK, &set, NULL), 0);
    cr_assert_eq(signals, 1);
    limit(RLIM_INFINITY);
    assert_replaced("file", large);
}

/* ---- Signals ---- */

Test(disk, signals_all_the_time)
{
    static char large[30000];
    struct sigaction action = { .sa_handler = count };
    struct itimerval every = { { 0, 100 }, { 0, 100 } }, never = { { 0, 0 }, { 0, 0 } };
    uint8_t *bytes;
    size_t n;

    memset(large, 'x', sizeof large - 1);
    cr_assert_eq(sigaction(SIGALRM, &action, NULL), 0);
    cr_assert_eq(setitimer(ITIMER_REAL, &every, NULL), 0);
    for (int i = 0; i < 100; i++) {
        int err = disk_replace("file", large, &step);

        CHECK(err == 0, "%s: %s", step, strerror(err));
        CHECK(mcpar__disk_read("file", &bytes, &n) == 0 && n == sizeof large - 1, "read");
        free(bytes);
    }
    cr_assert_eq(setitimer(ITIMER_REAL, &never, NULL), 0);
    assert_clean();
}
