#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# allocation.sh - several programs in one allocation: no queueing between them, and side by side where there is room
#
#     sbatch slurm/allocation.sh           or by hand: salloc --nodes=2 --ntasks-per-node=2, then these commands
#
# mpirun knows the allocation too (Open MPI asks Slurm): it needs no host file and no -n.
#SBATCH --job-name=allocation
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=2
#SBATCH --time=10
mpi=--mpi=${SRUN_MPI:-pmix}

echo "== bricks on all ranks, by mpirun" &&
mpirun ./bricks &&
echo "== nbody on all ranks, by srun" &&
srun "$mpi" ./nbody || exit

# Two steps at once, each on a node of its own. --exact: a step gets the CPUs that it asks for and leaves the others.
srun "$mpi" --nodes=1 --ntasks=2 --exact --output=step-guess.out ./guess 3 &
guess=$!
srun "$mpi" --nodes=1 --ntasks=2 --exact --output=step-particles.out ./particles &
wait $guess && wait $! || exit
echo "== guess and particles, side by side"
cat step-guess.out step-particles.out
