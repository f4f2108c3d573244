/* SPDX-License-Identifier: BSD-3-Clause */
/* loops_dispatch.c - chooses this CPU's loops */
#include "base/cpu_dispatch.h"
#include "random/dist/loops.h"

MCPAR__DISPATCH(loops)
