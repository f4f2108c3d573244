/* SPDX-License-Identifier: BSD-3-Clause */
/* loops_portable.c - loops for any CPU: the compiler makes of a vector of 8 what the target has */
#define TARGET
#define PATH mcpar__loops_portable
#define NAME "portable"
#include "random/dist/loops_vector.h"
