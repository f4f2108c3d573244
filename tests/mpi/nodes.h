/* SPDX-License-Identifier: BSD-3-Clause */
/* nodes.h - one machine that passes for several: TEST_NODES=n deals the ranks out in turn to n nodes
 *
 * The MPI function that is defined here stands before that of MPI (its profiling interface). For one .c file. */
#ifndef NODES_H
#define NODES_H

#include <mpi.h>
#include <stdlib.h>

static int nodes(void)                     /* 0: what MPI says */
{
    const char *n = getenv("TEST_NODES");

    return n ? atoi(n) : 0;
}

static int split_types, fail_split_type;   /* it then takes part, but says that it failed */

int MPI_Comm_split_type(MPI_Comm comm, int type, int key, MPI_Info info, MPI_Comm *out)
{
    int rank, error;

    split_types++;
    if (nodes() == 0 || type != MPI_COMM_TYPE_SHARED) {
        error = PMPI_Comm_split_type(comm, type, key, info, out);
    } else {
        PMPI_Comm_rank(comm, &rank);
        error = PMPI_Comm_split(comm, rank % nodes(), key, out);
    }
    if (!fail_split_type || error != MPI_SUCCESS)
        return error;
    PMPI_Comm_free(out);
    return MPI_ERR_OTHER;
}

#endif
