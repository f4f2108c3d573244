/* SPDX-License-Identifier: BSD-3-Clause */
/* mpi_bench.h - between the files of mpi_bench */
#ifndef MPI_BENCH_H
#define MPI_BENCH_H

#include "bench.h"

extern int rank, size;

mcpar *opened(size_t observables);         /* at most 64 */
uint64_t sampled(uint64_t n, mcpar_trial_fn trial, mcpar_block_fn block);      /* the hits, on every rank */
void serve(void);                          /* orders of bench, until there are no more */

#endif
