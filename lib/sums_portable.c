/* sums_portable.c - the exact sums by integers: the reference of the vector paths */
#include "sums.h"
#include "sums_digits.h"

static void column(int64_t *sum, int64_t *squares, const double *x, size_t n)
{
    mcpar__add_column(sum, squares, x, n);
}

const struct mcpar__sums mcpar__sums_portable = { "portable", mcpar__first_nonfinite, column, mcpar__product_add };
