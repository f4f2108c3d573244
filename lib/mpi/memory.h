/* SPDX-License-Identifier: BSD-3-Clause */
/* memory.h - memory that the ranks of a node share
 *
 * It is a memory file without a name (memfd_create of Linux). Nothing is left behind however a rank ends, and it does
 * not need space in /dev/shm. MPI has shared windows for this, but if one rank has no memory for one, Open MPI leaves
 * the other ranks waiting in the call that creates it; and the call that frees a window waits for all ranks, even for
 * those that have exited. */
#ifndef MCPAR__MPI_MEMORY_H
#define MCPAR__MPI_MEMORY_H

#include <mpi.h>
#include <stddef.h>

struct mcpar__memory {
    void *at;                              /* the usable part; NULL if there is no shared memory */
    void *base;                            /* the whole mapping */
    size_t size;
};

/* Collective over `ranks`, the ranks of one node. Either all of them get `bytes` bytes that begin on a cache line, or
 * none does (`at` is then NULL, which is not an error). set_up is called on one rank, with memory that is all zeros,
 * and has returned before any rank returns from here. Returns MPI_SUCCESS, or MPI's error code if the ranks could not
 * agree. */
int mcpar__memory_open(struct mcpar__memory *memory, MPI_Comm ranks, size_t bytes,
                       void (*set_up)(void *at, size_t bytes));

/* Unmaps the memory. Local. */
void mcpar__memory_close(struct mcpar__memory *memory);

#endif
