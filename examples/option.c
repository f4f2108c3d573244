/* SPDX-License-Identifier: BSD-3-Clause */
/* option.c - observables and their covariance: the price of a European call, with a control variate
 *
 * Each trial draws one price of the stock at maturity. It reports two observables: the discounted payoff, whose mean is
 * wanted, and the discounted stock price, whose mean is known to be today's price. The error of the stock's mean is
 * therefore known, and it predicts part of the error of the payoff's mean, in proportion to their covariance.
 * Subtracting that part gives an error several times smaller from the same trials.
 * (P. Glasserman, Monte Carlo Methods in Financial Engineering, 2003, section 4.1.)
 *
 * The trial calls mcpar_exp, not exp, whose last bit may differ between CPUs; see mcpar_exp(3).
 */
#include <math.h>
#include <mcpar.h>
#include <stdio.h>

struct option {
    double stock, strike, rate, volatility, years;
};

enum { PAYOFF, STOCK, OBSERVABLES };

static int price(mcpar_rng *rng, double *values, void *arg)
{
    const struct option *o = arg;
    double drift = -0.5 * o->volatility * o->volatility * o->years;
    double stock = o->stock * mcpar_exp(drift + o->volatility * sqrt(o->years) * mcpar_normal(rng));
    double strike = o->strike * mcpar_exp(-o->rate * o->years);

    values[STOCK] = stock;
    values[PAYOFF] = stock > strike ? stock - strike : 0.0;
    return stock > strike;                       /* a hit: the option ends in the money */
}

static double black_scholes(const struct option *o)
{
    double spread = o->volatility * sqrt(o->years), strike = o->strike * exp(-o->rate * o->years);
    double d1 = log(o->stock / strike) / spread + 0.5 * spread, d2 = d1 - spread;
    return 0.5 * (o->stock * erfc(-d1 / sqrt(2.0)) - strike * erfc(-d2 / sqrt(2.0)));
}

int main(void)
{
    static const char *const names[OBSERVABLES] = { [PAYOFF] = "payoff", [STOCK] = "stock" };
    static const size_t pairs[] = { PAYOFF, STOCK };
    struct option option = { .stock = 100, .strike = 105, .rate = 0.03, .volatility = 0.2, .years = 1 };
    mcpar *mc;
    mcpar_estimate hits, payoff, stock;
    double covariance = 0;

    int err = mcpar_init(&mc, NULL);
    if (!err) err = mcpar_observe(mc, OBSERVABLES, names);
    if (!err) err = mcpar_observe_pairs(mc, 1, pairs);
    if (!err) err = mcpar_sample(mc, 2000000, price, &option);
    if (!err) err = mcpar_reduce(mc, &hits);
    if (!err) err = mcpar_mean(mc, PAYOFF, &payoff);
    if (!err) err = mcpar_mean(mc, STOCK, &stock);
    if (!err) err = mcpar_covariance(mc, PAYOFF, STOCK, &covariance);
    if (err && mcpar_rank(mc) <= 0) {
        fprintf(stderr, "option: %s\n", mcpar_message(mc));
    } else if (mcpar_rank(mc) == 0) {
        double slope = covariance / stock.variance;
        double controlled = payoff.mean - slope * (stock.mean - option.stock);
        double variance = payoff.variance - slope * covariance;
        printf("plain       %.5f +- %.5f\n", payoff.mean, payoff.std_error);
        printf("controlled  %.5f +- %.5f\n", controlled, sqrt(variance / (double)payoff.trials));
        printf("exact       %.5f\n", black_scholes(&option));
        printf("in the money with probability %.4f to %.4f\n", hits.lower, hits.upper);
    }
    mcpar_finalize(&mc);
    return err != 0;
}
