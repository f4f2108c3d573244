# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=sh
# Sourced by what runs programs under an MPI launcher on one machine: tests/run, tests/mpi/mpi.sh and ./quickstart.
#
# Open MPI 4 and 5: as root (containers), with more ranks than CPUs, where one process may not read another's memory, and
# without TCP, for which Open MPI 5 looks for a network between the ranks and complains if a machine has none.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe OMPI_MCA_btl_vader_single_copy_mechanism=none
export OMPI_MCA_btl=^tcp
