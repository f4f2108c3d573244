#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# requeue.sh - one run that is longer than the time limit: the job requeues itself until the program has finished
#
#     sbatch slurm/requeue.sh ./resume 100000000000
#
# 60 seconds before the time limit, Slurm sends SIGUSR1 to this script (B: to the script only), which passes it on. The
# program stops, writes its checkpoint and exits with status 3: valid but unfinished. This is what resume.c does, and
# so does the tool mcpar. The job then goes back into the queue under the same number, and the program goes on from its
# checkpoint. Any other status ends the job: 0 when the run is complete, anything else is an error that a restart would
# not mend. If a node fails or the job is preempted, Slurm requeues it itself (--requeue), and only what was computed
# since the last write of the checkpoint is lost. RESTARTS limits how often the job requeues itself.
#
# For a program of several ranks, start it as in ranks.sh: sbatch slurm/requeue.sh srun --mpi=pmix ./resume ... with
# #SBATCH --ntasks; srun passes SIGUSR1 on to the ranks.
#SBATCH --job-name=requeue
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=4
#SBATCH --time=10
#SBATCH --signal=B:USR1@60
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=requeue-%j.out
[ $# -gt 0 ] || { echo "usage: sbatch requeue.sh PROGRAM [ARGUMENT...]" >&2; exit 2; }
export MCPAR_WORKERS="${SLURM_CPUS_PER_TASK:-1}"

# The program runs in the background, because a shell handles signals only while it waits. SIGTERM comes from scancel, or
# when Slurm requeues the job itself: the program may write its checkpoint, but the job must not requeue itself.
"$@" &
program=$!
ended=
trap 'kill -USR1 "$program" 2>/dev/null' USR1
trap 'ended=yes; kill -TERM "$program" 2>/dev/null' TERM
# A signal also ends the wait, with a status above 128; then wait again for the program.
wait "$program"
status=$?
while [ $status -gt 128 ] && kill -0 "$program" 2>/dev/null; do
    wait "$program"
    status=$?
done

if [ $status -ne 3 ] || [ -n "$ended" ]; then
    exit $status
fi
if [ "${SLURM_RESTART_COUNT:-0}" -ge "${RESTARTS:-1000}" ]; then
    echo "requeue.sh: unfinished after $SLURM_RESTART_COUNT restarts" >&2
    exit 3
fi
exec scontrol requeue "$SLURM_JOB_ID"
