/* SPDX-License-Identifier: BSD-3-Clause */
/* ratio.c - the ratio of the means of two observables
 *
 * With R = Sx / Sy, the first-order error of R is that of the mean of (x - R y) / mean(y): the delta method. The mean
 * of x - R y is 0, so the sum of squares is Sxx - 2 R Sxy + R^2 Syy = D / Sy^2 with
 *
 *     D = Sxx Sy^2 - 2 Sx Sy Sxy + Sx^2 Syy,   std_error^2 = n / (n - 1) * D / Sy^4.
 *
 * Where x is nearly R y, which is when a ratio is worth it, D loses most of its digits. So it is computed from
 * integers: the exact sums to 500 binary digits, which is all of them unless values of one observable differ by a
 * factor of 10^100.
 */
#include "estimate/ratio.h"

#include <math.h>

#include "base/bits.h"
#include "base/fpenv.h"
#include "estimate/bigint.h"
#include "estimate/estimate.h"
#include "estimate/interval.h"
#include "estimate/moments.h"

/* Bits of a sum that are kept, and of a sum of squares. D then has at most 36 of the 72 words of a mcpar__bigint. */
enum { SUM_BITS = 512, SQUARE_BITS = 1088 };

struct sums {
    mcpar__bigint x, y, xx, xy, yy;
};

/* x 2^e. */
static double times_power(double x, int e)
{
    for (; e > 1000; e -= 1000)
        x *= 0x1p1000;
    for (; e < -1000; e += 1000)
        x *= 0x1p-1000;
    return x * mcpar__double_of((uint64_t)(e + 1023) << 52);
}

/* The magnitude as the result times 2^*exponent; *exponent is even. Overwrites a. */
static double leading(mcpar__bigint *a, int *exponent)
{
    int up = 63 - (int)mcpar__bigint_bits(a);

    up -= up % 2 != 0;
    mcpar__bigint_scale(a, up);
    *exponent = -up;
    return a->used ? (double)a->word[0] : 0.0;
}

/* How many of the last bits of an observable's sums go. */
static int surplus(const mcpar__bigint *sum, const mcpar__bigint *squares)
{
    const int of_sum = (int)mcpar__bigint_bits(sum) - SUM_BITS;
    const int of_squares = ((int)mcpar__bigint_bits(squares) - SQUARE_BITS + 1) / 2;
    const int most = of_sum > of_squares ? of_sum : of_squares;

    return most > 0 ? most : 0;
}

/* r = a * b * c */
static void product(mcpar__bigint *r, const mcpar__bigint *a, const mcpar__bigint *b, const mcpar__bigint *c)
{
    mcpar__bigint two;

    mcpar__bigint_multiply(&two, b, c);
    mcpar__bigint_multiply(r, a, &two);
}

static double std_error(struct sums *s, uint64_t n)
{
    const int x_surplus = surplus(&s->x, &s->xx), y_surplus = surplus(&s->y, &s->yy);
    const double count = (double)n;
    mcpar__bigint d, term;
    int d_exponent, y_exponent;
    double d_top, y_top;

    mcpar__bigint_scale(&s->x, -x_surplus);
    mcpar__bigint_scale(&s->y, -y_surplus);
    mcpar__bigint_scale(&s->xx, -2 * x_surplus);
    mcpar__bigint_scale(&s->xy, -x_surplus - y_surplus);
    mcpar__bigint_scale(&s->yy, -2 * y_surplus);

    product(&d, &s->xx, &s->y, &s->y);
    product(&term, &s->xy, &s->x, &s->y);
    mcpar__bigint_subtract(&d, &term);
    mcpar__bigint_subtract(&d, &term);
    product(&term, &s->yy, &s->x, &s->x);
    term.negative = term.used > 0;         /* d -= -term */
    mcpar__bigint_subtract(&d, &term);
    if (d.used == 0 || d.negative)         /* negative by rounding only: by Cauchy's inequality D is not */
        return 0.0;
    d_top = leading(&d, &d_exponent);
    y_top = leading(&s->y, &y_exponent);
    return times_power(__builtin_sqrt(count / (count - 1.0) * d_top) / y_top / y_top,
                       d_exponent / 2 - 2 * y_exponent + x_surplus - y_surplus);
}

static void of_sums(mcpar_estimate *e, const struct mcpar__tally *tally, size_t x, size_t y, const int64_t *products,
                    uint64_t n, double confidence)
{
    const int64_t *sum_x = mcpar__sum_of(tally, x), *sum_y = mcpar__sum_of(tally, y);
    const double mean_y = mcpar__mean(sum_y, n), size = mean_y < 0.0 ? -mean_y : mean_y;
    struct sums s;

    mcpar__bigint_set_digits(&s.x, sum_x, MCPAR__SUM_LIMBS);
    mcpar__bigint_set_digits(&s.y, sum_y, MCPAR__SUM_LIMBS);
    mcpar__bigint_set_digits(&s.xx, mcpar__squares_of(tally, x), MCPAR__PRODUCT_LIMBS);
    mcpar__bigint_set_digits(&s.yy, mcpar__squares_of(tally, y), MCPAR__PRODUCT_LIMBS);
    mcpar__bigint_set_digits(&s.xy, products, MCPAR__PRODUCT_LIMBS);
    if (s.y.used == 0)
        return;
    e->mean = mcpar__mean(sum_x, n) / mean_y;
    if (n < 2)
        return;
    e->std_error = std_error(&s, n);
    e->variance = e->std_error * e->std_error * (double)n;
    if (!(e->std_error > 0.0))             /* one ratio in all trials says nothing about how far it may be off */
        return;
    if (mcpar__student_t(n, confidence) * mcpar__std_error(sum_y, mcpar__squares_of(tally, y), n) < size) {
        mcpar__student_interval(e->mean, e->std_error, n, confidence, &e->lower, &e->upper);
        e->guarantee = MCPAR_GUARANTEE_ASYMPTOTIC;
    } else {                               /* the denominator may be 0, and the ratio anything */
        e->lower = -(double)INFINITY;
        e->upper = (double)INFINITY;
    }
}

int mcpar__estimate_ratio(mcpar_estimate *e, const struct mcpar__tally *tally, size_t x, size_t y, uint64_t trials,
                          double confidence)
{
    const struct mcpar__schema *schema = tally->schema;
    const int64_t *products = x == y ? mcpar__squares_of(tally, x) : NULL;
    mcpar_estimate empty = { .trials = trials, .hits = tally->hits, .mean = NAN, .variance = NAN, .std_error = NAN,
                             .lower = NAN, .upper = NAN, .confidence = confidence };

    for (size_t p = 0; p < schema->pairs && !products; p++) {
        const size_t *pair = schema->pair[p];

        if ((pair[0] == x && pair[1] == y) || (pair[0] == y && pair[1] == x))
            products = mcpar__products_of(tally, p);
    }
    if (!products)
        return MCPAR_ERR_ARGUMENT;
    *e = empty;
    e->interval = MCPAR_INTERVAL_STUDENT;
    e->guarantee = MCPAR_GUARANTEE_NONE;
    e->status = trials ? MCPAR_STATUS_COMPLETE : MCPAR_STATUS_EMPTY;
    if (trials) {
        mcpar__fpenv host = mcpar__fpenv_enter();

        of_sums(e, tally, x, y, products, trials, confidence);
        mcpar__fpenv_leave(host);
    }
    return 0;
}
