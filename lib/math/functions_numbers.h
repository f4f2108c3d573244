/* SPDX-License-Identifier: BSD-3-Clause */
/* functions_numbers.h - constants of the elementary functions
 *
 * Made by lib/math/make_functions.py: do not edit. functions_vector.h says what they are for. */
#ifndef MCPAR__FUNCTIONS_NUMBERS_H
#define MCPAR__FUNCTIONS_NUMBERS_H

#define LOG_START UINT64_C(0x3fe60aaaaaaaaaab)
#define N_OVER_LN2 0x1.71547652b82fep+7

/* log 2: k LN2_0 is a multiple of 2^-42 below 2^10 */
#define LN2_0 0x1.62e42fefa3800p-1
#define LN2_1 0x1.ef35793c76730p-45

/* log 2 / 128: k LN2_N0 is exact for k below 2^18 */
#define LN2_N0 0x1.62e42fefc0000p-8
#define LN2_N1 -0x1.c610ca86c3899p-44

/* pi / 2: n PI_2_0 and n PI_2_1 are exact for n up to 2^14 */
#define TWO_OVER_PI 0x1.45f306dc9c883p-1
#define PI_2_0 0x1.921fb54444000p+0
#define PI_2_1 -0x1.2e7b967670000p-40
#define PI_2_2 -0x1.9d747f23e32edp-79

/* pi / 2 as two doubles */
#define PI_2_HIGH 0x1.921fb54442d18p+0
#define PI_2_LOW 0x1.1a62633145c07p-54

/* exp r = 1 + r + r^2 EXP, |r| <= log(2) / 256; its error: 2^-63.7 of the result */
#define EXP_0 0x1.fffffffffff58p-2
#define EXP_1 0x1.5555555555525p-3
#define EXP_2 0x1.55555accc1ca7p-5
#define EXP_3 0x1.11111430bcc06p-7

/* log(1 + r) = r + r^2 LOG, |r| <= 0.003881; its error: 2^-63.1 of the result */
#define LOG_0 -0x1.0000000000000p-1
#define LOG_1 0x1.5555555555556p-2
#define LOG_2 -0x1.ffffffff739e9p-3
#define LOG_3 0x1.999999991cd14p-3
#define LOG_4 -0x1.5556d07a7c72bp-3
#define LOG_5 0x1.24939a292da37p-3

/* log(1 + r) = r - r^2 / 2 + r^3 POW; its error: 2^-71.6 of the result */
#define POW_0 0x1.5555555555555p-2
#define POW_1 -0x1.0000000000001p-2
#define POW_2 0x1.999999999999bp-3
#define POW_3 -0x1.55555554a6a31p-3
#define POW_4 0x1.24924923f3789p-3
#define POW_5 -0x1.000161de9a457p-3
#define POW_6 0x1.c71ef52d56641p-4

/* sin r = r - r^3 / 6 + r^5 SIN(r^2), |r| <= pi / 4; its error: 2^-64.3 of the result */
#define SIN_0 0x1.1111111111111p-7
#define SIN_1 -0x1.a01a01a019ed6p-13
#define SIN_2 0x1.71de3a550cb5fp-19
#define SIN_3 -0x1.ae6455342226dp-26
#define SIN_4 0x1.61225b39932c3p-33
#define SIN_5 -0x1.ab93fa646995ap-41

/* cos r = 1 - r^2 / 2 + r^4 COS(r^2), |r| <= pi / 4; its error: 2^-60.0 of the result */
#define COS_0 0x1.5555555555555p-5
#define COS_1 -0x1.6c16c16c16967p-10
#define COS_2 0x1.a01a019f4eafap-16
#define COS_3 -0x1.27e4fa17d9864p-22
#define COS_4 0x1.1eeb68e8b2372p-29
#define COS_5 -0x1.907da304ce77bp-37

#endif
