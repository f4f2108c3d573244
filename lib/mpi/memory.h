/* SPDX-License-Identifier: BSD-3-Clause */
/* memory.h - memory that the ranks of a node have in common
 *
 * A file of Linux that has no name: nothing is left behind whatever ends a rank, and its room is not that of /dev/shm.
 * MPI's shared windows would do, too, but where one rank finds no room Open MPI leaves the others waiting in the call
 * that makes them, and the call that frees them waits for all ranks, also for those that will not come. */
#ifndef MCPAR__MPI_MEMORY_H
#define MCPAR__MPI_MEMORY_H

#include <mpi.h>
#include <stddef.h>

struct mcpar__memory {
    void *at;                              /* NULL: none */
    void *base;                            /* as mapped */
    size_t size;
};

/* Collective over `ranks`, which are those of a node: all get `bytes` bytes on whole lines of the cache, or none does
 * (then `at` is NULL, and that is no error). set_up is called on one rank, and done before any rank returns; it finds
 * zeros. Gives MPI's error of the agreement. */
int mcpar__memory_open(struct mcpar__memory *memory, MPI_Comm ranks, size_t bytes, void (*set_up)(void *at, size_t bytes));

/* Not collective. */
void mcpar__memory_close(struct mcpar__memory *memory);

#endif
