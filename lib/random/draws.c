/* SPDX-License-Identifier: BSD-3-Clause */
/* draws.c - draws from distributions with parameters: single, in a block, and many of one trial */
#include "base/fpenv.h"
#include "random/block.h"
#include "random/dist/dist.h"
#include "random/rng.h"

static const struct mcpar__dist *inside(const mcpar_dist *dist)
{
    return (const struct mcpar__dist *)(const void *)dist;
}

int mcpar_dist_init(mcpar_dist *dist, mcpar_dist_kind kind, double a, double b, double c)
{
    mcpar__fpenv host;
    bool good;

    if (!dist)
        return MCPAR_ERR_ARGUMENT;
    host = mcpar__fpenv_enter();
    good = mcpar__dist_prepare((struct mcpar__dist *)(void *)dist, (uint32_t)kind, a, b, c, true);
    mcpar__fpenv_leave(host);
    return good ? MCPAR_OK : MCPAR_ERR_ARGUMENT;
}

/* Takes the next draw: stores where its further words are, and returns its word. */
static uint64_t take(mcpar_rng *open, struct mcpar__site *at)
{
    const struct mcpar__rng *rng = (const struct mcpar__rng *)(const void *)open;

    *at = (struct mcpar__site){ rng->key, rng->trial, mcpar__rng_draw(rng) };
    return mcpar_word(open);
}

double mcpar_draw(mcpar_rng *rng, const mcpar_dist *dist)
{
    struct mcpar__site at;
    const uint64_t word = take(rng, &at);
    const mcpar__fpenv host = mcpar__fpenv_enter();
    const double x = mcpar__dist_one(inside(dist), &at, word);

    mcpar__fpenv_leave(host);
    return x;
}

static double once(mcpar_rng *rng, mcpar_dist_kind kind, double a, double b, double c)
{
    struct mcpar__site at;
    struct mcpar__dist d;
    const uint64_t word = take(rng, &at);
    const mcpar__fpenv host = mcpar__fpenv_enter();
    double x;

    (void)mcpar__dist_prepare(&d, (uint32_t)kind, a, b, c, false);
    x = mcpar__dist_one(&d, &at, word);
    mcpar__fpenv_leave(host);
    return x;
}

const double *mcpar_draws(mcpar_block *open, const mcpar_dist *dist)
{
    struct mcpar__block *block = (struct mcpar__block *)(void *)open;
    const struct mcpar__many many = { { block->key, open->first, block->draw }, false };
    const uint64_t *word = mcpar_words(open);
    double *out = mcpar__block_take(block);
    const mcpar__fpenv host = mcpar__fpenv_enter();

    mcpar__dist_many(inside(dist), many, word, out, open->n);
    mcpar__fpenv_leave(host);
    return out;
}

void mcpar_fill_draws(mcpar_rng *open, const mcpar_dist *dist, double *x, size_t n)
{
    struct mcpar__rng *rng = (struct mcpar__rng *)(void *)open;
    const mcpar__fpenv host = mcpar__fpenv_enter();
    uint64_t word[MCPAR__CHUNK + 2], draw;

    while (n && (draw = mcpar__rng_draw(rng)) < MCPAR__MOST_DRAWS) {
        const struct mcpar__many many = { { rng->key, rng->trial, draw }, true };
        const uint64_t left = MCPAR__MOST_DRAWS - draw;
        const size_t odd = draw & 1;
        size_t taken = n < MCPAR__CHUNK ? n : MCPAR__CHUNK;

        taken = taken < left ? taken : (size_t)left;
        mcpar__philox_path()->word_sequence(word, rng->key, rng->trial, (uint32_t)(draw / 2), MCPAR__DRAWS,
                                            (odd + taken + 1) / 2);
        mcpar__dist_many(inside(dist), many, word + odd, x, taken);
        mcpar__rng_pass(rng, taken);
        x += taken;
        n -= taken;
    }
    mcpar__fpenv_leave(host);
    while (n--)                            /* past the last draw: each marks the rng, and speed does not matter */
        *x++ = mcpar_draw(open, dist);
}

double mcpar_lognormal(mcpar_rng *rng, double mu, double sigma)
{
    return once(rng, MCPAR_DIST_LOGNORMAL, mu, sigma, 0);
}

double mcpar_gamma(mcpar_rng *rng, double shape, double scale)
{
    return once(rng, MCPAR_DIST_GAMMA, shape, scale, 0);
}

double mcpar_chi_square(mcpar_rng *rng, double degrees)
{
    return once(rng, MCPAR_DIST_CHI_SQUARE, degrees, 0, 0);
}

double mcpar_beta(mcpar_rng *rng, double a, double b)
{
    return once(rng, MCPAR_DIST_BETA, a, b, 0);
}

double mcpar_student(mcpar_rng *rng, double degrees)
{
    return once(rng, MCPAR_DIST_STUDENT, degrees, 0, 0);
}

double mcpar_poisson(mcpar_rng *rng, double mean)
{
    return once(rng, MCPAR_DIST_POISSON, mean, 0, 0);
}

double mcpar_binomial(mcpar_rng *rng, double n, double p)
{
    return once(rng, MCPAR_DIST_BINOMIAL, n, p, 0);
}

double mcpar_bernoulli(mcpar_rng *rng, double p)
{
    return once(rng, MCPAR_DIST_BERNOULLI, p, 0, 0);
}

double mcpar_geometric(mcpar_rng *rng, double p)
{
    return once(rng, MCPAR_DIST_GEOMETRIC, p, 0, 0);
}

double mcpar_weibull(mcpar_rng *rng, double shape, double scale)
{
    return once(rng, MCPAR_DIST_WEIBULL, shape, scale, 0);
}

double mcpar_cauchy(mcpar_rng *rng, double median, double scale)
{
    return once(rng, MCPAR_DIST_CAUCHY, median, scale, 0);
}

double mcpar_logistic(mcpar_rng *rng, double mean, double scale)
{
    return once(rng, MCPAR_DIST_LOGISTIC, mean, scale, 0);
}

double mcpar_triangular(mcpar_rng *rng, double low, double mode, double high)
{
    return once(rng, MCPAR_DIST_TRIANGULAR, low, mode, high);
}
