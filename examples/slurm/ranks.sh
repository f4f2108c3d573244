#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# ranks.sh - one program on ranks over several nodes:    sbatch slurm/ranks.sh ./particles 100000 200
#
# Submit it where the programs were built. One rank a CPU: a rank of libmcpar runs its trials itself and does not fork.
# srun starts the ranks through PMIx, as Open MPI wants it; srun --mpi=list tells what your Slurm has (MPICH: pmi2). An
# MPI program started by srun without its --mpi, or by another MPI's mpirun, would be that many runs of one rank each.
#SBATCH --job-name=ranks
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=2
#SBATCH --time=10
[ $# -gt 0 ] || { echo "usage: sbatch ranks.sh PROGRAM [ARGUMENT...]" >&2; exit 2; }
exec srun --mpi="${SRUN_MPI:-pmix}" "$@"
