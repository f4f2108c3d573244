/* SPDX-License-Identifier: BSD-3-Clause */
/* philox_dispatch.c - the generator's bulk makers by kind of CPU */
#include "base/cpu_dispatch.h"
#include "random/philox/philox.h"

MCPAR__DISPATCH(philox)
