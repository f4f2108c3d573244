/* SPDX-License-Identifier: BSD-3-Clause */
/* life.h - MPI's life in this process: is it usable, who started it, how it ends
 *
 * The functions with message and room return 0 or a code of enum mcpar_error and then write why. */
#ifndef MCPAR__MPI_LIFE_H
#define MCPAR__MPI_LIFE_H

#include <mcpar.h>
#include <stddef.h>
#include <sys/types.h>

/* May this thread of this process, whose number is `here`, call MPI now? Not collective, does not block. */
int mcpar__mpi_usable(pid_t here, char *message, size_t room);

/* As mcpar__mpi_usable, but starts MPI first if nobody has. What is started here ends at exit: in this process
 * only, and only if every communicator that was opened has been closed in good order. Otherwise MPI is left as it
 * is, so that the launcher sees a rank that left without MPI_Finalize and ends the job; a MPI_Finalize would
 * wait for the others, and they for us. May block until all processes of the job have come here. */
int mcpar__mpi_start(char *message, size_t room);

/* Counts the open communicators. A communicator that broke is never closed in this sense. */
void mcpar__mpi_opened(void);
void mcpar__mpi_closed(void);

/* "Open MPI v4.1.4": one short line, at any time. */
const char *mcpar__mpi_library(char *text, size_t room);

/* Writes that an MPI function failed, with MPI's own words, and returns MCPAR_ERR_COMM. */
int mcpar__mpi_failed(int error, const char *function, char *message, size_t room);

#endif
