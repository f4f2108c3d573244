#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# ranks.sh - one program on the ranks of several nodes:    sbatch slurm/ranks.sh ./particles 100000 200
#
# Submit it from the folder where you built the programs. Use one rank per CPU: a rank of libmcpar runs its trials
# itself and does not fork. srun starts the ranks through PMIx, as Open MPI requires. srun --mpi=list shows what your
# Slurm supports (for MPICH: pmi2). If you start an MPI program with srun but without the right --mpi, or with the
# mpirun of another MPI, you get that many separate runs of one rank each.
#SBATCH --job-name=ranks
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=2
#SBATCH --time=10
[ $# -gt 0 ] || { echo "usage: sbatch ranks.sh PROGRAM [ARGUMENT...]" >&2; exit 2; }
exec srun --mpi="${SRUN_MPI:-pmix}" "$@"
