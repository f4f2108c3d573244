/* SPDX-License-Identifier: BSD-3-Clause */
/* mcpar_mpi.h - libmcpar in a program that has started MPI itself
 *
 *     MPI_Init(&argc, &argv);
 *     mcpar_init_mpi(&mc, MPI_COMM_WORLD, NULL);
 *
 * Link with pkg-config --libs mcpar-mpi. Everything else is as in mcpar.h. A program that does not use MPI itself
 * needs only mcpar.h: mcpar_init detects the launcher and loads libmcpar_mpi at run time. See mcpar_init(3).
 */
#ifndef MCPAR_MPI_H
#define MCPAR_MPI_H

#include <mcpar.h>
#include <mpi.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Returns the table that libmcpar_mpi passes to libmcpar. Its contents are private to the two. Static storage. */
MCPAR_API const struct mcpar_comm_table *mcpar_mpi_table(void);

/* Works like mcpar_init, but on a duplicate of comm, which must be an intracommunicator. Collective over comm. MPI must
 * be initialized and not finalized, and its thread level must allow this thread to call MPI; otherwise the call returns
 * MCPAR_ERR_MPI_STATE. The program finalizes MPI itself, after mcpar_finalize. The option comm must be unset, auto or
 * MPI. */
MCPAR_API MCPAR_USE_RESULT MCPAR_INLINE int mcpar_init_mpi(mcpar **mc, MPI_Comm comm, const mcpar_options *options);

#ifndef MCPAR_NO_INLINE
MCPAR_INLINE int mcpar_init_mpi(mcpar **mc, MPI_Comm comm, const mcpar_options *options)
{
    return mcpar_init_comm(mc, mcpar_mpi_table(), &comm, options);
}
#endif

#ifdef __cplusplus
}
#endif
#endif
