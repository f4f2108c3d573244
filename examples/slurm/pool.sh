#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# pool.sh - one process and its forked workers on the CPUs of one node:    sbatch slurm/pool.sh ./pi_pool 1000000000
#
# This job does not use MPI: it is one task with several CPUs. By default, libmcpar uses the CPUs that the job's
# affinity and cgroup allow. Some clusters set neither, and all jobs of a node would then use all its CPUs. The script
# therefore passes the number of CPUs that Slurm gave to the task.
#SBATCH --job-name=pool
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=4
#SBATCH --time=10
[ $# -gt 0 ] || { echo "usage: sbatch pool.sh PROGRAM [ARGUMENT...]" >&2; exit 2; }
export MCPAR_WORKERS="${SLURM_CPUS_PER_TASK:-1}"
exec "$@"
