/* SPDX-License-Identifier: BSD-3-Clause */
/* version.c - which version of the library the program runs with */
#include <mcpar.h>

const char *mcpar_version(void)
{
    return MCPAR_VERSION;
}

int mcpar_version_number(void)
{
    return MCPAR_VERSION_NUMBER;
}

int mcpar_contract(void)
{
    return MCPAR_CONTRACT;
}
