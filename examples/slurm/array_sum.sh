#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# array_sum.sh - adds up the results of the tasks of array.sh. Darts and hits are integers, so nothing is rounded.
#SBATCH --job-name=array-sum
#SBATCH --ntasks=1
#SBATCH --time=1
set -- array-*.out
[ -e "$1" ] || { echo "array_sum.sh: there is no array-*.out here" >&2; exit 1; }
awk '/ hits: pi = / { tasks++; darts += $1; hits += $3 }
     END { if (!darts) { print "no task has a result" > "/dev/stderr"; exit 1 }
           p = hits / darts
           printf "%d tasks, %d darts, %d hits: pi = %.8f +- %.8f\n", tasks, darts, hits,
               4 * p, 4 * sqrt(p * (1 - p) / (darts - 1)) }
    ' "$@"
