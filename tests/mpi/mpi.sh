# SPDX-License-Identifier: BSD-3-Clause
# Sourced by tests/mpi/*.test: programs under the launcher, their lines (tap.h) made into TAP. By hand: MPIEXEC=mpirun
# TOP_BUILD=... tests/mpi/table.test
: "${TOP_SRC:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${MPIEXEC=mpirun}"
. "$TOP_SRC/tests/tap.sh"
programs=$TOP_BUILD/tests/mpi
. "$TOP_SRC/tests/mpi-env.sh"
unset TEST_NODES MCPAR_POOL MCPAR_COMM MCPAR_WORKERS MCPAR_SEED MCPAR_STREAM MCPAR_MPI_LIBRARY
unset OMPI_COMM_WORLD_SIZE OMPI_COMM_WORLD_RANK PMI_SIZE PMI_RANK PMIX_RANK SLURM_STEP_NUM_TASKS

# need PROGRAM...: what cannot be tested is skipped as a whole
need() {
    [ -n "$MPIEXEC" ] && command -v "${MPIEXEC%% *}" >/dev/null 2>&1 ||
        skip_all "no MPI launcher (MPIEXEC='$MPIEXEC')"
    for program; do
        [ -x "$programs/$program" ] || skip_all "$programs/$program is not built (configure --with-mpi)"
    done
}

# flavor LAUNCHER: whose it is
flavor() {
    case $($1 --version 2>&1) in
    *'Open MPI'* | *OpenRTE* | *PRRTE*) echo openmpi ;;
    *HYDRA*) echo mpich ;;
    *) echo other ;;
    esac
}

# launch SECONDS N COMMAND...: under the launcher, N 0: without one; its words in $work/out and $work/err, its end in
# $status (124 or 137: it had to be ended)
launch() {
    limit=$1 ranks=$2; shift 2
    if [ "$ranks" -eq 0 ]; then set -- "$@"; else set -- $MPIEXEC -n "$ranks" "$@"; fi
    status=0
    timeout -k 3 "$limit" "$@" </dev/null >"$work/out" 2>"$work/err" || status=$?
}

shown() { tail -n 30 "$work/out" "$work/err" | note; }

# checked TITLE N PROGRAM ARGUMENT...: each line of the program is a test, and so is its good end: status 0, its last
# line, and nothing on stderr
checked() {
    title=$1 n=$2 program=$3; shift 3
    launch 120 "$n" "$programs/$program" "$@"
    while IFS= read -r line; do
        case $line in
        'ok - '*) ok "$title: ${line#ok - }" ;;
        'not ok - '*) nok "$title: ${line#not ok - }" ;;
        end) ;;
        *) echo "# $line" ;;
        esac
    done <"$work/out"
    that "$title: a good end, in silence" in_silence
    that "$title: to the last line" says 1 '^end$'
}

# that DESCRIPTION CONDITION...: a condition on what launch left
that() {
    what=$1; shift
    if "$@"; then ok "$what"; else nok "$what (status $status)"; shown; fi
}
ended() { [ "$status" -ne 124 ] && [ "$status" -ne 137 ]; }
failed() { [ "$status" -ne 0 ] && [ "$status" -ne 124 ]; }
in_silence() { [ "$status" -eq 0 ] && [ ! -s "$work/err" ]; }
# says N WORDS: just N lines have them; N any: at least one
says() {
    lines=$(cat "$work/out" "$work/err" | grep -c -e "$2")
    case $1 in any) [ "$lines" -gt 0 ] ;; *) [ "$lines" -eq "$1" ] ;; esac
}
