/* SPDX-License-Identifier: BSD-3-Clause */
/* shapes.h - the table of distributions: one line each
 *
 * A distribution is a shape of a draw: it turns one word of the generator into one double. To add one, write NAME.h on
 * the model of exponential.h, add a line for it below, and name the file in Makefile.am. The line makes:
 *   distributions.h          MCPAR__NAME of enum mcpar__shape, and the function mcpar__NAME_of
 *   quantile_vector.h        the code for each kind of CPU
 *   rng.c, fill.c, block.c   the public calls mcpar_NAME, mcpar_fill_NAMEs and mcpar_NAMEs
 *   trial/single.c           the numbers made ahead for trials that ask for this shape
 * As with any public call, mcpar.h declares these, libmcpar.map lists them and man/mcpar_uniform.3 describes them.
 *
 * Words and uniforms are not in the table, because the generator itself makes them (random/philox). Nor is mcpar_below,
 * which takes a bound and may need further words.
 *
 * A file that includes this one first defines SHAPE(NAME, name), which every line expands and which is undefined at the
 * end. quantile_vector.h does not define it, and so gets the formulas. */
#include "random/dist/normal.h"
#include "random/dist/exponential.h"
#undef SHAPE
