/* SPDX-License-Identifier: BSD-3-Clause */
/* init_mpi.c - the inline function of mcpar_mpi.h as a symbol (Fortran, ctypes, -O0), in a file of its own:
 * nothing else of libmcpar_mpi knows libmcpar */
#define MCPAR_NO_INLINE
#include <mcpar_mpi.h>

/* The shared library is also loaded by a libmcpar that is linked into a program, or loaded RTLD_LOCAL, and then does
 * not see it. A weak reference would not pull it out of libmcpar.a, so in a static library it is an ordinary one. */
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
            *mc = NULL;                    /* a handle with a message could only be made by libmcpar */
        return MCPAR_ERR_MPI_LIBRARY;
    }
    return mcpar_init_comm(mc, mcpar_mpi_table(), &comm, options);
}
