/* SPDX-License-Identifier: BSD-3-Clause */
/* life.h - the life of MPI in this process: whether it can be used, who started it, and how it ends
 *
 * Functions that take message and room return 0, or a code of enum mcpar_error after writing the reason to message. */
#ifndef MCPAR__MPI_LIFE_H
#define MCPAR__MPI_LIFE_H

#include <mcpar.h>
#include <stddef.h>
#include <sys/types.h>

/* Whether this thread may call MPI now. here: the id of this process. Local; does not block. */
int mcpar__mpi_usable(pid_t here, char *message, size_t room);

/* Whether MPI has been started with a level that allows other threads that do not call MPI. */
int mcpar__mpi_threads(char *message, size_t room);

/* As mcpar__mpi_usable, but first starts MPI if it has not been started. If MPI is started here, it is finalized at
 * exit: only in this process, and only if all communicators have been closed and none of them was broken. Otherwise MPI
 * is not finalized, so that the launcher sees a rank that exits without MPI_Finalize and ends the job; MPI_Finalize
 * would wait for the other ranks while they wait for this one. May block until all processes of the job have called
 * this. */
int mcpar__mpi_start(char *message, size_t room);

/* These count the open communicators. A communicator on which a collective call failed counts as open forever. */
void mcpar__mpi_opened(void);
void mcpar__mpi_closed(void);

/* Writes one short line such as "Open MPI v4.1.4" and returns it. Works at any time. */
const char *mcpar__mpi_library(char *text, size_t room);

/* Writes that an MPI function failed, with MPI's own error text, and returns MCPAR_ERR_COMM. */
int mcpar__mpi_failed(int error, const char *function, char *message, size_t room);

#endif
