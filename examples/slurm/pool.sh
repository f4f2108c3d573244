#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# pool.sh - one process and its forked workers on the CPUs of one node:    sbatch slurm/pool.sh ./pi_pool 1000000000
#
# No MPI: one task with several CPUs. libmcpar counts the CPUs that the job's affinity and cgroup leave it; some
# clusters set neither, and there all jobs of a node would share all its CPUs. So the number that Slurm gave is said.
#SBATCH --job-name=pool
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=4
#SBATCH --time=10
[ $# -gt 0 ] || { echo "usage: sbatch pool.sh PROGRAM [ARGUMENT...]" >&2; exit 2; }
export MCPAR_WORKERS="${SLURM_CPUS_PER_TASK:-1}"
exec "$@"
