#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# array.sh - many independent jobs, whose results array_sum.sh then adds up
#
#     job=$(sbatch --parsable slurm/array.sh ./pi_pool 1000000)
#     sbatch --dependency=afterok:$job slurm/array_sum.sh
#
# Each task has its own stream. With the same stream, all tasks would throw the same darts, and more tasks would only
# seem to make the error smaller. The program must not choose its stream itself. If a task fails, you can run it again
# alone (sbatch --array=2 ...) and get the same result.
#SBATCH --job-name=array
#SBATCH --array=0-3
#SBATCH --ntasks=1
#SBATCH --time=10
#SBATCH --output=array-%a.out
#SBATCH --open-mode=truncate
[ $# -gt 0 ] || { echo "usage: sbatch array.sh PROGRAM [ARGUMENT...]" >&2; exit 2; }
export MCPAR_STREAM="$SLURM_ARRAY_TASK_ID" MCPAR_WORKERS="${SLURM_CPUS_PER_TASK:-1}"
exec "$@"
