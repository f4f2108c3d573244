/* SPDX-License-Identifier: BSD-3-Clause */
/* hello.c - each rank says who it is, on which host and CPU it runs, and what libmcpar uses there, in rank order
 *
 *     mpirun -n 4 hello
 *
 * If each rank calls printf, the lines come out in any order. Barriers between the calls do not help, because the
 * output takes its own way to mpirun. So each rank writes its line into memory, rank 0 gathers the lines in rank order,
 * and only rank 0 prints.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE                              /* sched_getcpu */
#endif
#include <mcpar_mpi.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LINE = 512 };

/* The CPU that this process is running on. It may change at any time. */
static int this_cpu(void)
{
#ifdef __linux__
    return sched_getcpu();
#else
    return -1;                                   /* not available on this system */
#endif
}

int main(int argc, char **argv)
{
    int rank, size, length;
    char host[MPI_MAX_PROCESSOR_NAME], line[LINE], *lines = NULL;

    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (argc > 1) {
        if (rank == 0) fprintf(stderr, "usage: hello    takes no arguments; try mpirun -n 4 hello\n");
        MPI_Finalize();
        return 2;
    }

    mcpar *mc;
    int err = mcpar_init_mpi(&mc, MPI_COMM_WORLD, NULL);
    if (err) {                                   /* the call is collective: all ranks get the same error */
        if (rank == 0) fprintf(stderr, "hello: %s\n", mcpar_message(mc));
    } else {
        MPI_Get_processor_name(host, &length);
        int at = snprintf(line, LINE, "rank %d of %d, host %s, process %ld, cpu %d", rank, size, host, (long)getpid(),
                          this_cpu());
        static const char *const what[] = { "comm", "pool", "cpu_path" };
        for (int i = 0; i < 3 && at < LINE; i++)
            at += snprintf(line + at, (size_t)(LINE - at), ", %s %s", what[i], mcpar_about(mc, what[i]));

        if (rank == 0 && !(lines = malloc((size_t)size * LINE)))
            MPI_Abort(MPI_COMM_WORLD, 1);        /* the other ranks wait in the gather: end them too */
        MPI_Gather(line, LINE, MPI_CHAR, lines, LINE, MPI_CHAR, 0, MPI_COMM_WORLD);
        for (int i = 0; lines && i < size; i++)
            puts(lines + (size_t)i * LINE);
        free(lines);
    }
    mcpar_finalize(&mc);
    MPI_Finalize();
    return err != 0;
}
