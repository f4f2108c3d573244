#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# allocation.sh - several programs in one allocation, without queueing between them, and side by side if there is room
#
#     sbatch slurm/allocation.sh           or by hand: salloc --nodes=2 --ntasks-per-node=2, then these commands
#
# mpirun also knows the allocation (Open MPI asks Slurm), so it does not need a host file or -n.
#SBATCH --job-name=allocation
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=2
#SBATCH --time=10
mpi=--mpi=${SRUN_MPI:-pmix}

echo "== bricks on all ranks, by mpirun" &&
mpirun ./bricks &&
echo "== nbody on all ranks, by srun" &&
srun "$mpi" ./nbody || exit

# Run two steps at the same time, each on its own node. With --exact, a step gets only the CPUs that it asks for.
srun "$mpi" --nodes=1 --ntasks=2 --exact --output=step-guess.out ./guess 3 &
guess=$!
srun "$mpi" --nodes=1 --ntasks=2 --exact --output=step-particles.out ./particles &
wait $guess && wait $! || exit
echo "== guess and particles, side by side"
cat step-guess.out step-particles.out
