/* SPDX-License-Identifier: BSD-3-Clause */
/* test_fork_guard.c - the guard knows itself, its children know that they are not it */
#include "base/fork_guard.h"
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Runs `look` in a child that `make` makes: what it returns, or -1. */
static int in_child(pid_t (*make)(void), int (*look)(struct mcpar__fork_guard *), struct mcpar__fork_guard *guard)
{
    int status = 0;
    pid_t pid = make();

    if (pid == 0)
        _exit(look(guard));
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

static int here(struct mcpar__fork_guard *guard)
{
    return mcpar__fork_guard_here(guard);
}

static int here_in_grandchild(struct mcpar__fork_guard *guard)
{
    return in_child(fork, here, guard);
}

static int here_after_close(struct mcpar__fork_guard *guard)
{
    mcpar__fork_guard_close(guard);
    return mcpar__fork_guard_here(guard);
}

static void looks(struct mcpar__fork_guard *guard)
{
    cr_assert(mcpar__fork_guard_here(guard));
    cr_assert_eq(in_child(fork, here, guard), 0);
    cr_assert_eq(in_child(bare_fork, here, guard), 0);
    cr_assert_eq(in_child(fork, here_in_grandchild, guard), 0);
    cr_assert_eq(in_child(fork, here_after_close, guard), 0);
    cr_assert(mcpar__fork_guard_here(guard), "whatever children did");
    mcpar__fork_guard_close(guard);
}

Test(guard, knows_itself)
{
    struct mcpar__fork_guard guard;

    mcpar__fork_guard_open(&guard);
    looks(&guard);
}

Test(guard, without_a_mark_it_asks_for_the_number)
{
    struct mcpar__fork_guard guard = { getpid(), NULL };

    looks(&guard);
}

static int opens_its_own(struct mcpar__fork_guard *guard)
{
    struct mcpar__fork_guard own;
    int good;

    mcpar__fork_guard_open(&own);
    good = mcpar__fork_guard_here(&own) && !mcpar__fork_guard_here(guard) && in_child(fork, here, &own) == 0;
    mcpar__fork_guard_close(&own);
    return good;
}

Test(guard, a_child_makes_its_own)
{
    struct mcpar__fork_guard guard;

    mcpar__fork_guard_open(&guard);
    cr_assert_eq(in_child(fork, opens_its_own, &guard), 1);
    mcpar__fork_guard_close(&guard);
}

#if defined(__linux__) && defined(__x86_64__)
/* Else every look would still be a system call, and nobody would notice. */
Test(guard, has_a_mark_on_linux)
{
    struct mcpar__fork_guard guard;

    mcpar__fork_guard_open(&guard);
    cr_assert(guard.mark);
    mcpar__fork_guard_close(&guard);
}

/* In 64 MB more than there are now 20,000 pages have no room. */
Test(guard, gives_its_page_back)
{
    unsigned long pages = 0;
    struct mcpar__fork_guard guard;
    struct rlimit limit;
    FILE *file = fopen("/proc/self/statm", "r");

    cr_assert(file && fscanf(file, "%lu", &pages) == 1);
    (void)fclose(file);
    limit.rlim_cur = limit.rlim_max = pages * 4096 + (64u << 20);
    cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
    for (int i = 0; i < 20000; i++) {
        mcpar__fork_guard_open(&guard);
        cr_assert(guard.mark);
        mcpar__fork_guard_close(&guard);
    }
}
#endif
