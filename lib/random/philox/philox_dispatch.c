/* SPDX-License-Identifier: BSD-3-Clause */
/* philox_dispatch.c - chooses the generator's code for this CPU */
#include "base/cpu_dispatch.h"
#include "random/philox/philox.h"

MCPAR__DISPATCH(philox)
