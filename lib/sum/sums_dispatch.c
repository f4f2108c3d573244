/* SPDX-License-Identifier: BSD-3-Clause */
/* sums_dispatch.c - the exact sums by kind of CPU */
#include "base/cpu_dispatch.h"
#include "sum/sums.h"

MCPAR__DISPATCH(sums)
