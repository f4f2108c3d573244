/* SPDX-License-Identifier: BSD-3-Clause */
/* tap.h - lines that tests/mpi/mpi.sh collects: every rank checks, rank 0 says what was good, and all say what was
 * not. Works before MPI_Init, after MPI_Finalize and without MPI: the rank is the launcher's word. */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static int tap_failed;

static int tap_rank(void)
{
    const char *r = getenv("OMPI_COMM_WORLD_RANK");

    if (!r)
        r = getenv("PMI_RANK");
    return r ? atoi(r) : 0;
}

/* One write a line, so that the lines of several ranks do not mix. */
__attribute__((format(printf, 2, 3))) static int check(int good, const char *format, ...)
{
    char what[700], line[800];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(what, sizeof what, format, args);
    va_end(args);
    if (!good) {
        tap_failed++;
        (void)snprintf(line, sizeof line, "not ok - %s (rank %d)\n", what, tap_rank());
    } else if (tap_rank() == 0) {
        (void)snprintf(line, sizeof line, "ok - %s\n", what);
    } else {
        return good;
    }
    (void)fputs(line, stdout);
    (void)fflush(stdout);
    return good;
}

/* The last line of rank 0, and the status of each rank: without it a program has ended early. Not a line of each
 * rank: Hydra mixes them. */
static int tap_end(void)
{
    if (tap_rank() == 0)
        (void)printf("end\n");
    (void)fflush(stdout);
    return tap_failed != 0;
}

#endif
