/* SPDX-License-Identifier: BSD-3-Clause */
/* init_mpi.c - the inline function of mcpar_mpi.h as a symbol, for Fortran, ctypes and -O0. It has a file of its own
 * because nothing else in libmcpar_mpi depends on libmcpar. */
#define MCPAR_NO_INLINE
#include <mcpar_mpi.h>

/* If libmcpar is linked into the program statically, or was loaded with RTLD_LOCAL, the shared libmcpar_mpi cannot see
 * its symbols, so the reference is weak. In a static libmcpar_mpi it must be an ordinary one, because a weak reference
 * does not make the linker take the function from libmcpar.a. */
#if defined(__PIC__) && !defined(__PIE__)
#pragma weak mcpar_init_comm
#define REACHABLE (mcpar_init_comm != NULL)
#else
#define REACHABLE 1
#endif

int mcpar_init_mpi(mcpar **mc, MPI_Comm comm, const mcpar_options *options)
{
    if (!REACHABLE) {
        if (mc)
            *mc = NULL;                    /* only libmcpar could make a handle with a message */
        return MCPAR_ERR_MPI_LIBRARY;
    }
    return mcpar_init_comm(mc, mcpar_mpi_table(), &comm, options);
}
