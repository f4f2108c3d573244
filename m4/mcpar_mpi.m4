# mcpar_mpi.m4 - SPDX-License-Identifier: BSD-3-Clause
#
# MCPAR_MPI
# ---------
# Finds the MPI that libmcpar_mpi is built with, and its launcher for the tests: --with-mpi[=yes|no|openmpi|mpich|auto],
# --enable-mpi, MPICC, MPI_CFLAGS, MPI_LIBS, MPIEXEC. Sets and substitutes MPI_FLAVOR (openmpi, mpich, other, none),
# MPI_CFLAGS, MPI_LIBS and MPIEXEC, and the shell variables want_mpi and have_mpi. --with-mpi and --enable-mpi mean the
# same.
AC_DEFUN([MCPAR_MPI], [
AC_ARG_VAR([MPICC], [the MPI compiler that provides MPI's flags (called with -show only; it compiles nothing)])
AC_ARG_VAR([MPI_CFLAGS], [compiler flags for MPI, instead of those from MPICC or pkg-config])
AC_ARG_VAR([MPI_LIBS], [linker flags for MPI, instead of those from MPICC or pkg-config])
AC_ARG_VAR([MPIEXEC], [the program that starts MPI programs in the tests; must accept -n N])
AC_ARG_WITH([mpi], [AS_HELP_STRING([--with-mpi@<:@=MPI@:>@],
  [build libmcpar_mpi: yes, no, openmpi, mpich, or auto (if an MPI is found) @<:@auto@:>@])])
AC_ARG_ENABLE([mpi], [AS_HELP_STRING([--enable-mpi, --disable-mpi], [the same as --with-mpi, --without-mpi])])
AS_CASE([$with_mpi:$enable_mpi],
  [:|auto:|:auto|auto:auto], [want_mpi=auto],
  [no:|no:no|:no|auto:no], [want_mpi=no],
  [yes:|yes:yes|:yes|auto:yes], [want_mpi=yes],
  [openmpi:|openmpi:yes|mpich:|mpich:yes], [want_mpi=$with_mpi],
  [no:yes|yes:no|openmpi:no|mpich:no],
    [AC_MSG_ERROR([--with-mpi=$with_mpi and --enable-mpi=$enable_mpi contradict each other])],
  [AC_MSG_ERROR([--with-mpi takes yes, no, auto, openmpi or mpich, --enable-mpi yes or no])])

# Prefer the mpicc in PATH to pkg-config: "module load" on a cluster selects it together with mpirun, and it knows the
# run path. Only its flags are used. The compiler and linker are always CC, the one compiler that libtool knows.
AS_CASE([$want_mpi],
  [no], [mpi_places=],
  [openmpi], [mpi_places="mpicc.openmpi mpicc pkg-config:ompi-c pkg-config:ompi"],
  [mpich], [mpi_places="mpicc.mpich mpicc pkg-config:mpich"],
  [mpi_places="mpicc pkg-config:ompi-c pkg-config:ompi pkg-config:mpich"])
AS_IF([test $want_mpi != no && test -n "$MPICC"], [mpi_places=$MPICC])
AS_IF([test $want_mpi != no && test -n "$MPI_CFLAGS$MPI_LIBS"], [mpi_places=given])
have_mpi=no MPI_FLAVOR=none
save_CFLAGS=$CFLAGS save_LIBS=$LIBS given_CFLAGS=$MPI_CFLAGS given_LIBS=$MPI_LIBS
for place in $mpi_places; do
  AC_MSG_CHECKING([for MPI by $place])
  MPI_CFLAGS=$given_CFLAGS MPI_LIBS=$given_LIBS
  AS_CASE([$place],
    [given], [],
    [pkg-config:*], [
      module=${place#pkg-config:}
      MPI_CFLAGS=`${PKG_CONFIG:-false} --cflags $module 2>/dev/null` || MPI_CFLAGS=
      MPI_LIBS=`${PKG_CONFIG:-false} --libs $module 2>/dev/null` || MPI_LIBS=],
    [for word in `$place -show 2>/dev/null`; do
       AS_CASE([$word],
         [-I*|-D*|-isystem*], [MPI_CFLAGS="$MPI_CFLAGS $word"],
         [-Wl,*|-Xlinker|-l*|-L*|-pthread|-rpath|--enable-new-dtags], [MPI_LIBS="$MPI_LIBS $word"],
         [-O*|-g*|-f*|-m*|-W*|*cc|*clang], [],
         [-*|/*], [MPI_LIBS="$MPI_LIBS $word"])
     done])
  CFLAGS="$save_CFLAGS $MPI_CFLAGS" LIBS="$MPI_LIBS $save_LIBS"
  AS_CASE([$want_mpi], [openmpi], [mpi_must="OPEN_MPI"], [mpich], [mpi_must="MPICH_VERSION"], [mpi_must="MPI_VERSION"])
  AC_LINK_IFELSE([AC_LANG_SOURCE([[#include <mpi.h>
#ifndef $mpi_must
#error another MPI
#endif
int main(int argc, char **argv) { return MPI_Init(&argc, &argv); }]])], [have_mpi=yes])
  AS_IF([test $have_mpi = yes], [
    MPI_FLAVOR=other
    AC_COMPILE_IFELSE([AC_LANG_SOURCE([[#include <mpi.h>
#ifndef OPEN_MPI
#error
#endif]])], [MPI_FLAVOR=openmpi])
    AC_COMPILE_IFELSE([AC_LANG_SOURCE([[#include <mpi.h>
#ifndef MPICH_VERSION
#error
#endif]])], [MPI_FLAVOR=mpich])])
  AC_MSG_RESULT([$have_mpi])
  AS_IF([test $have_mpi = yes], [break])
done
CFLAGS=$save_CFLAGS LIBS=$save_LIBS
AS_IF([test $have_mpi = no], [MPI_CFLAGS= MPI_LIBS= MPIEXEC=])
AS_IF([test $have_mpi = no && test $want_mpi != no && test $want_mpi != auto],
  [AC_MSG_ERROR([MPI ($want_mpi) was requested but not found; set MPICC=... (config.log shows what was tried)])])

# The launcher of another MPI would silently start N programs of one rank each. So look first for the launcher's
# MPI-specific name, and in the folder of the MPI compiler.
AS_IF([test $have_mpi = yes], [
  mpi_compiler=`command -v $place 2>/dev/null`
  mpi_path=`AS_DIRNAME(["${mpi_compiler:-/}"])`$PATH_SEPARATOR$PATH
  AS_CASE([$MPI_FLAVOR],
    [openmpi], [AC_PATH_PROGS([MPIEXEC], [mpirun.openmpi mpirun mpiexec], [], [$mpi_path])],
    [mpich], [AC_PATH_PROGS([MPIEXEC], [mpirun.mpich mpiexec.mpich mpiexec.hydra mpiexec mpirun], [], [$mpi_path])],
    [AC_PATH_PROGS([MPIEXEC], [mpiexec mpirun], [], [$mpi_path])])])
AC_SUBST([MPI_FLAVOR])
])
