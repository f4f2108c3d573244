/* SPDX-License-Identifier: BSD-3-Clause */
/* functions_dispatch.c - chooses this CPU's code for arrays of elementary functions */
#include "base/cpu_dispatch.h"
#include "math/functions.h"
#include <mcpar.h>

MCPAR__DISPATCH(functions)

void mcpar_exp_array(double *y, const double *x, size_t n)
{
    mcpar__functions_path()->exp(y, x, n);
}

void mcpar_log_array(double *y, const double *x, size_t n)
{
    mcpar__functions_path()->log(y, x, n);
}

void mcpar_pow_array(double *z, const double *x, const double *y, size_t n)
{
    mcpar__functions_path()->pow(z, x, y, n);
}

void mcpar_sin_array(double *y, const double *x, size_t n)
{
    mcpar__functions_path()->sin(y, x, n);
}

void mcpar_cos_array(double *y, const double *x, size_t n)
{
    mcpar__functions_path()->cos(y, x, n);
}
