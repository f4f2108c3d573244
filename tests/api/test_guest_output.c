/* SPDX-License-Identifier: BSD-3-Clause */
/* test_guest_output.c - a good guest: output and exit handlers happen once, and in the host */
#include "guest.h"
#include <fcntl.h>
#include <pthread.h>

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
    GOOD(run_with(3, NULL));
    (void)printf("done ");
    NEED(shared->exits == 0, "exit handlers ran in workers");
    (void)fflush(stderr);
    return 0;
}

HOST(pending_output, "[error pending]pending done exit\n")

static void print_x(uint64_t trial)
{
    if (trial % 100 == 0)
        (void)printf("x");
}

static int output_of_trials(void)
{
    (void)printf("pending ");
    GOOD(run_with(2, side(print_x)));
    return 0;
}

HOST(output_of_trials, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxpending ")

static int rest_of_input(void)
{
    int c = getchar();

    GOOD(run_with(3, NULL));
    for (; c != EOF; c = getchar())
        (void)putchar(c);
    return 0;
}

HOST(rest_of_input, "all that was put in")

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
    GOOD(good_run(mc, TRIALS, NULL));
    NEED(mcpar_finalize(&mc) == 0, "finalize");
    return 0;
}

HOST(exiting_trial, "pending exit\n")

static int closed_standard_streams(void)
{
    int out = dup(1), err, taken = 0;

    /* What a check says is kept until there is a descriptor to write it to. */
    (void)setvbuf(stderr, malloc(4096), _IOFBF, 4096);
    for (int fd = 0; fd < 3; fd++)
        (void)close(fd);
    err = run_with(3, NULL);
    for (int fd = 0; fd < 3; fd++)
        taken += fcntl(fd, F_GETFD) != -1;
    (void)dup2(out, 1);
    (void)dup2(out, 2);
    (void)close(out);
    NEED(err == 0, "a run without standard streams");
    NEED(taken == 0, "%d of descriptors 0 to 2 are in use", taken);
    (void)fflush(stderr);
    return 0;
}

HOST(closed_standard_streams, "")

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
    GOOD(run_with(3, side(write_line)));
    rewind(table);
    while (fgets(line, sizeof line, table)) {
        header += !strcmp(line, "header\n");
        lines += !strncmp(line, "line ", 5);
    }
    NEED(header == 1 && lines == TRIALS / 100, "%d headers, %d lines", header, lines);
    return 0;
}

HOST(other_streams, "")

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

#if defined(__SANITIZE_ADDRESS__)
    return SKIP;                           /* its own locks, which that thread may hold at the fork, stay locked */
#endif
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

HOST(exit_list_in_use, "")

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

HOST(registered_between_calls, "exit\nexit\nexit\n")
