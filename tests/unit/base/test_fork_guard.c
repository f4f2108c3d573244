/* test_fork_guard.c - the maker knows itself, its children know that they are not it */
#include "base/fork_guard.h"
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Runs `look` in a child that `make` makes: what it returns, or -1. */
static int in_child(pid_t (*make)(void), int (*look)(struct mcpar__maker *), struct mcpar__maker *maker)
{
    int status = 0;
    pid_t pid = make();

    if (pid == 0)
        _exit(look(maker));
    cr_assert_gt(pid, 0);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* No handler of the C library's runs in such a child. */
static pid_t bare_fork(void)
{
#ifdef SYS_fork
    return (pid_t)syscall(SYS_fork);
#else
    return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
#endif
}

static int here(struct mcpar__maker *maker)
{
    return mcpar__maker_here(maker);
}

static int here_in_grandchild(struct mcpar__maker *maker)
{
    return in_child(fork, here, maker);
}

static int here_after_close(struct mcpar__maker *maker)
{
    mcpar__maker_close(maker);
    return mcpar__maker_here(maker);
}

static void looks(struct mcpar__maker *maker)
{
    cr_assert(mcpar__maker_here(maker));
    cr_assert_eq(in_child(fork, here, maker), 0);
    cr_assert_eq(in_child(bare_fork, here, maker), 0);
    cr_assert_eq(in_child(fork, here_in_grandchild, maker), 0);
    cr_assert_eq(in_child(fork, here_after_close, maker), 0);
    cr_assert(mcpar__maker_here(maker), "whatever children did");
    mcpar__maker_close(maker);
}

Test(maker, knows_itself)
{
    struct mcpar__maker maker;

    mcpar__maker_open(&maker);
    looks(&maker);
}

Test(maker, without_a_mark_it_asks_for_the_number)
{
    struct mcpar__maker maker = { getpid(), NULL };

    looks(&maker);
}

static int opens_its_own(struct mcpar__maker *maker)
{
    struct mcpar__maker own;
    int good;

    mcpar__maker_open(&own);
    good = mcpar__maker_here(&own) && !mcpar__maker_here(maker) && in_child(fork, here, &own) == 0;
    mcpar__maker_close(&own);
    return good;
}

Test(maker, a_child_makes_its_own)
{
    struct mcpar__maker maker;

    mcpar__maker_open(&maker);
    cr_assert_eq(in_child(fork, opens_its_own, &maker), 1);
    mcpar__maker_close(&maker);
}

#if defined(__linux__) && defined(__x86_64__)
/* Else every look would still be a system call, and nobody would notice. */
Test(maker, has_a_mark_on_linux)
{
    struct mcpar__maker maker;

    mcpar__maker_open(&maker);
    cr_assert(maker.mark);
    mcpar__maker_close(&maker);
}

/* In 64 MB more than there are now 20,000 pages have no room. */
Test(maker, gives_its_page_back)
{
    unsigned long pages = 0;
    struct mcpar__maker maker;
    struct rlimit limit;
    FILE *file = fopen("/proc/self/statm", "r");

    cr_assert(file && fscanf(file, "%lu", &pages) == 1);
    (void)fclose(file);
    limit.rlim_cur = limit.rlim_max = pages * 4096 + (64u << 20);
    cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
    for (int i = 0; i < 20000; i++) {
        mcpar__maker_open(&maker);
        cr_assert(maker.mark);
        mcpar__maker_close(&maker);
    }
}
#endif
