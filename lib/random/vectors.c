/* SPDX-License-Identifier: BSD-3-Clause */
/* vectors.c - random vectors: several draws each, as many as mcpar.h says */
#include "base/fpenv.h"
#include "random/rng.h"
#include <math.h>      /* sqrt, which every CPU rounds correctly, and NAN */

static double square_of(const double *x, size_t n)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum = sum + x[i] * x[i];
    return sum;
}

static void divide(double *x, size_t n, double by)
{
    for (size_t i = 0; i < n; i++)
        x[i] = x[i] / by;
}

void mcpar_direction(mcpar_rng *rng, double *x, size_t n)
{
    const mcpar__fpenv host = mcpar__fpenv_enter();

    mcpar_fill_normals(rng, x, n);
    divide(x, n, sqrt(square_of(x, n)));
    mcpar__fpenv_leave(host);
}

/* F. Barthe, O. Guedon, S. Mendelson, A. Naor, "A probabilistic approach to the geometry of the l_p^n-ball", Ann.
 * Probab. 33 (2005) 480: normals divided by the root of their squares plus twice an exponential. */
void mcpar_ball(mcpar_rng *rng, double *x, size_t n)
{
    const mcpar__fpenv host = mcpar__fpenv_enter();

    mcpar_fill_normals(rng, x, n);
    divide(x, n, sqrt(square_of(x, n) + 2.0 * mcpar_exponential(rng)));
    mcpar__fpenv_leave(host);
}

/* Cholesky's factor, row by row. A pivot within rounding of 0 gives a column of zeros. */
static int factor_of(size_t n, const double *covariance, double *factor)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            const double c = covariance[i * n + j];
            double *l = factor + i * n, rest = c;

            if (c - c != 0.0 || covariance[j * n + i] != c)
                return MCPAR_ERR_ARGUMENT;
            if (j > i) {
                l[j] = 0.0;
                continue;
            }
            for (size_t k = 0; k < j; k++)
                rest = rest - l[k] * factor[j * n + k];
            if (j < i) {
                const double pivot = factor[j * n + j];
                const double slack = (double)n * 0x1p-50 * sqrt(covariance[i * n + i]) * sqrt(covariance[j * n + j]);

                if (!(pivot > 0.0) && !(rest <= slack && rest >= -slack))
                    return MCPAR_ERR_ARGUMENT;
                l[j] = pivot > 0.0 ? rest / pivot : 0.0;
            } else {
                const double slack = (double)n * 0x1p-50 * c;

                if (!(rest >= -slack))
                    return MCPAR_ERR_ARGUMENT;
                l[j] = rest > slack ? sqrt(rest) : 0.0;
            }
        }
    return MCPAR_OK;
}

int mcpar_factor(size_t n, const double *covariance, double *factor)
{
    mcpar__fpenv host;
    int err;

    if (!covariance || !factor || !n || n > SIZE_MAX / n / sizeof(double))
        return MCPAR_ERR_ARGUMENT;
    host = mcpar__fpenv_enter();
    err = factor_of(n, covariance, factor);
    for (size_t i = 0; err && i < n * n; i++)
        factor[i] = (double)NAN;
    mcpar__fpenv_leave(host);
    return err;
}

/* From the last element down, so that x can hold the normals until they are used. */
void mcpar_multinormal(mcpar_rng *rng, size_t n, const double *mean, const double *factor, double *x)
{
    const mcpar__fpenv host = mcpar__fpenv_enter();

    mcpar_fill_normals(rng, x, n);
    for (size_t i = n; i-- > 0;) {
        double sum = factor[i * n] * x[0];

        for (size_t k = 1; k <= i; k++)
            sum = sum + factor[i * n + k] * x[k];
        x[i] = mean ? mean[i] + sum : sum;
    }
    mcpar__fpenv_leave(host);
}

/* Each count is binomial given those before it. counts[i] first holds the sum of the weights from i on. */
void mcpar_multinomial(mcpar_rng *rng, double n, size_t k, const double *weights, double *counts)
{
    const mcpar__fpenv host = mcpar__fpenv_enter();
    double sum = 0.0, left = n;
    bool good = true;

    for (size_t i = k; i-- > 0;) {
        good &= weights[i] >= 0.0;
        counts[i] = sum = sum + weights[i];
    }
    good &= sum > 0.0 && sum - sum == 0.0;
    for (size_t i = 0; i + 1 < k; i++) {
        const double rest = counts[i];

        counts[i] = mcpar_binomial(rng, good ? left : -1.0, rest > 0.0 ? weights[i] / rest : 0.0);
        left = left - counts[i];
    }
    if (k)
        counts[k - 1] = good && n >= 0.0 && n <= 1e15 && n == (double)(uint64_t)n ? left : (double)NAN;
    mcpar__fpenv_leave(host);
}
