/* SPDX-License-Identifier: BSD-3-Clause */
/* temme.c - quantiles of Beta distributions with two large parameters */
#include "base/elementary.h"
#include "estimate/deviance.h"

/* N. M. Temme, "Asymptotic inversion of the incomplete
 * beta function", J. Comput. Appl. Math. 41 (1992) 145, section 3 (with nu = a + b):
 *
 *     I_x(a, b) = Phi(eta0 sqrt nu),  -eta^2/2 = x0 log(x/x0) + y0 log((1-x)/y0),
 *     eta = eta0 + eps1/nu + eps2/nu^2 + ...,  eps1 = log(g)/eta0,
 *
 * g = eta / tau, tau = (x - x0)/sqrt(x0 y0) = eta (1 + b1 eta + b2 eta^2 + b3 eta^3 ...).
 * Putting the series into the differential equation for eta(eta0) gives, at eta0 = 0,
 * eps2 = 4 b1 b2 - 5/3 b1^3 - 2 b3. How it varies with eta0 changes the result by less than 1e-12.
 *
 * If z is less than `reach` times the standard deviation, both series are used directly. */
double mcpar__temme(double a, double b, double nu, double z, double reach)
{
    const double x0 = a / nu, y0 = b / nu, product = x0 * y0, root = __builtin_sqrt(product);
    const double a3 = (y0 - x0) / root;
    const double a4 = (1.0 - 3.0 * product) / product;
    const double a5 = (y0 - x0) * (1.0 - 2.0 * product) / (product * root);
    const double b1 = a3 * (1.0 / 3);
    const double b2 = 2.5 * b1 * b1 - 0.25 * a4;
    const double b3 = 2.0 * b1 * b2 + 3.0 * b1 * b1 * b1 - a4 * b1 + a5 * 0.2;
    const double eps2 = 4.0 * b1 * b2 - b1 * b1 * b1 * (5.0 / 3) - 2.0 * b3;
    const double root_nu = __builtin_sqrt(nu);
    const double eta0 = -z / root_nu;
    const int near = z < reach * root_nu * root;
    double eps1;

    if (near) {
        const double log2_term = b2 - 0.5 * b1 * b1;
        const double log3_term = b3 - b1 * b2 + b1 * b1 * b1 * (1.0 / 3);
        eps1 = -(b1 + eta0 * (log2_term + eta0 * log3_term));
    } else {
        const double tau = -mcpar__at_deviance(a, b, z).w * x0 / root;
        eps1 = mcpar__log(eta0 / tau) / eta0;
    }
    const double eta = eta0 + (eps1 + eps2 / nu) / nu;
    if (near)
        return -eta * (1.0 + eta * (b1 + eta * (b2 + eta * b3))) * root / x0;
    return mcpar__at_deviance(a, b, -eta * root_nu).w;
}
