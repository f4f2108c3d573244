/* SPDX-License-Identifier: BSD-3-Clause */
/* shapes.h - the table of distributions: one line each
 *
 * A distribution is a shape that a word of the generator takes: one word, one double. To add one, write NAME.h on the
 * model of exponential.h, add its line below, and name the file in Makefile.am. This is what is made from the line:
 *   distributions.h          MCPAR__NAME of enum mcpar__shape, and the function mcpar__NAME_of
 *   quantile_vector.h        the code for each kind of CPU
 *   rng.c, fill.c, block.c   the public calls mcpar_NAME, mcpar_fill_NAMEs and mcpar_NAMEs
 *   trial/single.c           the numbers that are made ahead for trials that ask for this shape
 * As for any public call, mcpar.h declares these calls, libmcpar.map lists them and man/mcpar_uniform.3 describes them.
 *
 * Not in the table are words and uniforms, which the generator makes itself (random/philox), and mcpar_below, which
 * takes a bound and may need further words.
 *
 * A file that includes this one defines SHAPE(NAME, name), which each line then expands, and which is undefined at the
 * end. quantile_vector.h defines none: it gets the formulas. */
#include "random/dist/normal.h"
#include "random/dist/exponential.h"
#undef SHAPE
