# SPDX-License-Identifier: BSD-3-Clause
# Sourced by the test scripts: TAP by a few functions, and the environment that make gives, for a script run by hand
# (from the source tree, for the build of ./quickstart, or the one in $TOP_BUILD).
TOP_SRC=$(cd "${TOP_SRC:-$(dirname "$0")/..}" && pwd)
: "${TOP_BUILD:=$TOP_SRC/build/main}"
TOP_BUILD=$(cd "$TOP_BUILD" && pwd)
: "${CC:=cc}" "${CXX:=c++}" "${NM:=nm}" "${PKG_CONFIG:=pkg-config}"
tests=0
work=$(mktemp -d "${TMPDIR:-/tmp}/mcpar-test.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

ok()   { tests=$((tests + 1)); echo "ok $tests - $1"; }
nok()  { tests=$((tests + 1)); echo "not ok $tests - $1"; }
skip() { tests=$((tests + 1)); echo "ok $tests - $1 # SKIP $2"; }
note() { sed 's/^/# /'; }
# check DESCRIPTION COMMAND...: the command succeeds; what it printed is shown if it does not
check() {
    what=$1; shift
    if "$@" >"$work/check.out" 2>&1; then ok "$what"; else nok "$what"; note <"$work/check.out"; fi
}
# none DESCRIPTION FILE: the file is empty, its lines are what is wrong
none() { if [ -s "$2" ]; then nok "$1"; note <"$2"; else ok "$1"; fi; }
skip_all() { echo "1..0 # SKIP $1"; exit 0; }
plan() { echo "1..$tests"; }
