# SPDX-License-Identifier: BSD-3-Clause
# Sourced after tap.sh and built.sh by the tests of the examples, in the folder where these have been compiled.

# run_page NAME LEAST: runs the sessions of mcpar-examples(7) that are marked for tests/examples/NAME, at least LEAST
# commands. In what is printed ... stands for anything within a line. $PAGE: another page, to break it on purpose.
run_page() {
    mkdir "$work/bin" "$work/page"
    mpirun=$(command -v "${MPIEXEC%% *}") && [ -n "$MPIEXEC" ] && {
        case $MPIEXEC in *' '*) options=${MPIEXEC#* } ;; *) options= ;; esac
        printf '#!/bin/sh\nexec timeout -k 3 60 "%s" %s "$@"\n' "$mpirun" "$options" >"$work/bin/mpirun"
        chmod +x "$work/bin/mpirun"
    }
    awk -v dir="$work/page" -v mark="text tests/examples/$1 runs it" '
        /^\.\\" example: / { marked = substr($0, 14) == mark; next }
        /^\.Bd / && marked { inside = 1; marked = 0; next }
        /^\.Ed/ { inside = 0 }
        inside && /^\$ / { n++; printf "" > (dir "/" n ".expected")
                           print substr($0, 3) > (dir "/" n ".command"); next }
        inside { print > (dir "/" n ".expected") }' "${PAGE:-$TOP_SRC/man/mcpar-examples.7}"
    n=0
    while n=$((n + 1)) && [ -e "$work/page/$n.command" ]; do
        command=$(cat "$work/page/$n.command")
        case $command in
        *mpirun* | *./farm*) [ -n "$MPIEXEC" ] || { skip "the page: $command" "no MPI"; continue; } ;;
        python3*) command -v python3 >/dev/null || { skip "the page: $command" "no python3"; continue; } ;;
        esac
        PATH=$work/bin:$PATH timeout -k 3 60 sh "$work/page/$n.command" >"$work/printed" 2>&1 </dev/null
        status=$?
        if [ $status -eq 0 ] && page_fits "$work/page/$n.expected" "$work/printed" >"$work/differs"; then
            ok "the page: $command"
        else
            nok "the page: $command (status $status)"
            cat "$work/differs" "$work/printed" | note
        fi
    done
    [ $n -gt "$2" ] || nok "the page has sessions"
}
# What is written becomes a regular expression for each line.
page_fits() {
    awk 'NR == FNR { gsub(/[][\\.*^$+?(){}|]/, "\\\\&"); gsub(/\\\.\\\.\\\./, ".*"); want[++n] = "^" $0 "$"; next }
         $0 !~ want[FNR] { print "printed: " $0; bad = 1 }
         END { exit bad || FNR != n }' "$1" "$2"
}
