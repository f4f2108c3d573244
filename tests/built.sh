# SPDX-License-Identifier: BSD-3-Clause
# Sourced after tap.sh by the scripts that compile programs as a user would: where this build has its libraries, and
# what links to them. Sets libdir_built, flags, MPIEXEC, MPI_CFLAGS, MPI_LIBS.
libdir_built=$TOP_BUILD/lib/.libs
[ -d "$libdir_built" ] || libdir_built=$TOP_BUILD/lib
[ -e "$libdir_built/libmcpar.so" ] || [ -e "$libdir_built/libmcpar.dylib" ] || {
    echo "Bail out! no libmcpar in $libdir_built; name the build: TOP_BUILD=..."
    exit 1
}
# An installed library of another version must not be taken for this one.
flags="-I$TOP_SRC/include -L$libdir_built -Wl,-rpath,$libdir_built"
# By hand: the MPI that mpirun belongs to. make says which one it is, or, with empty variables, that there is none.
if [ -z "${MPIEXEC+set}" ] && [ -e "$libdir_built/libmcpar_mpi.so" ]; then
    MPIEXEC=mpirun MPI_CFLAGS=$(pkg-config --cflags ompi-c) MPI_LIBS=$(pkg-config --libs ompi-c)
fi
: "${MPIEXEC=}" "${MPI_CFLAGS=}" "${MPI_LIBS=}"
export MPIEXEC
