/* SPDX-License-Identifier: BSD-3-Clause */
/* kinds.h - the table of distributions with parameters: one line each
 *
 * The distributions of shapes.h turn a word into a number and know nothing else. Those of this table have parameters
 * and may need further words (dist.h). To add one, write NAME.c on the model of weibull.c or, with rejection, of
 * poisson.c; add a line at the end below, MCPAR_DIST_NAME to mcpar.h, and the file to Makefile.am. man/mcpar_dist.3
 * describes it for users, and man/mcpar-contract.7 defines its bits.
 *
 * A file that includes this one first defines KIND(NAME, name, parameters), which is undefined at the end. The order is
 * that of mcpar_dist_kind, whose values never change. */
KIND(UNIFORM, uniform, 2)
KIND(NORMAL, normal, 2)
KIND(LOGNORMAL, lognormal, 2)
KIND(EXPONENTIAL, exponential, 1)
KIND(GAMMA, gamma, 2)
KIND(CHI_SQUARE, chi_square, 1)
KIND(BETA, beta, 2)
KIND(STUDENT, student, 1)
KIND(POISSON, poisson, 1)
KIND(BINOMIAL, binomial, 2)
KIND(BERNOULLI, bernoulli, 1)
KIND(GEOMETRIC, geometric, 1)
KIND(WEIBULL, weibull, 2)
KIND(CAUCHY, cauchy, 2)
KIND(LOGISTIC, logistic, 2)
KIND(TRIANGULAR, triangular, 3)
#undef KIND
