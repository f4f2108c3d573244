/* SPDX-License-Identifier: BSD-3-Clause */
/* sums_dispatch.c - chooses the code of the exact sums for this CPU */
#include "base/cpu_dispatch.h"
#include "sum/sums.h"

MCPAR__DISPATCH(sums)
