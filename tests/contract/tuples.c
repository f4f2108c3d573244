/* SPDX-License-Identifier: BSD-3-Clause */
/* tuples.c - numbers of the library for tests/check-contract: a line for each, as contract.py reads them
 *
 * tuples N prints N of them, and N / 8 of distributions with parameters: each seed, stream, trial, draw and distribution
 * is an edge or at random, by SplitMix64 (Steele, Lea, Flood, OOPSLA 2014), which knows nothing of the library. */
#include <inttypes.h>
#include <math.h>
#include <mcpar.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LAST_DRAW (UINT64_C(1) << 32)

static uint64_t state = 1;

static uint64_t any(void)
{
    uint64_t z = (state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Now and then an edge of 64, 32 and 0 bits, else a number of any length. */
static uint64_t number(void)
{
    static const uint64_t edge[] = { 0, 1, UINT32_MAX, UINT64_C(1) << 32, UINT64_C(1) << 63, UINT64_MAX - 1, UINT64_MAX };
    uint64_t which = any() % 16;

    return which < 7 ? edge[which] : any() >> any() % 64;
}

static uint64_t draw_number(void)
{
    switch (any() % 8) {
    case 0: return LAST_DRAW - 1 - any() % 100;
    case 1: return LAST_DRAW + any() % 60;
    case 2: return any() % LAST_DRAW;
    default: return any() % 300;
    }
}

static uint64_t bound_of(void)
{
    static const uint64_t bound[] = { 0, 1, 2, 6, 52, 1000003, UINT64_C(1) << 32, (UINT64_C(1) << 63) + 1,
                                      UINT64_C(3) << 62, UINT64_MAX };
    uint64_t which = any() % 16;

    return which < 10 ? bound[which] : which < 13 ? UINT64_MAX / 2 + 2 + any() % (UINT64_MAX / 2) : any() >> any() % 64;
}

static uint64_t bits_of(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* Goes to a draw near or below the one that is meant and takes those between, of any kind: none may move another. */
static void go_to(mcpar_rng *rng, uint64_t draw)
{
    uint64_t from = draw < LAST_DRAW ? draw - any() % 8 % (draw + 1) : LAST_DRAW - 1;

    if (mcpar_rng_jump(rng, from) != 0)
        exit(1);
    for (; from < draw; from++)
        switch (any() % 5) {
        case 0: (void)mcpar_word(rng); break;
        case 1: (void)mcpar_below(rng, bound_of()); break;
        case 2: (void)mcpar_normal(rng); break;
        case 3: (void)mcpar_exponential(rng); break;
        default: (void)mcpar_uniform(rng);
        }
}

/* A number of any size between 2^-e and 2^e, positive. */
static double positive(int e)
{
    const uint64_t bits = any();

    return ldexp(1 + (double)(bits >> 12) * 0x1p-52, (int)(bits % (uint64_t)(2 * e)) - e);
}

static double probability(void)
{
    const double p = positive(20) / 0x1p21;

    return any() % 8 == 0 ? (double)(any() % 3) / 2 : any() % 2 ? 1 - p : p;
}

static double any_sign(void)
{
    return any() % 4 ? any() % 2 ? positive(4) : -positive(4) : 0;
}

/* A distribution with parameters in its range, mostly such as are in use. */
static const char *any_dist(mcpar_dist_kind kind, double parameter[3])
{
    double *a = &parameter[0], *b = &parameter[1], *c = &parameter[2];

    *a = *b = *c = 0;
    switch (kind) {
    case MCPAR_DIST_UNIFORM: *a = any_sign(), *b = *a + positive(4); return "uniform";
    case MCPAR_DIST_NORMAL: *a = any_sign(), *b = positive(4); return "normal";
    case MCPAR_DIST_LOGNORMAL: *a = any_sign(), *b = positive(any() % 4 ? 3 : 6); return "lognormal";
    case MCPAR_DIST_EXPONENTIAL: *a = positive(10); return "exponential";
    case MCPAR_DIST_GAMMA: *a = positive(any() % 4 ? 5 : 30), *b = positive(4); return "gamma";
    case MCPAR_DIST_CHI_SQUARE: *a = positive(6); return "chi_square";
    case MCPAR_DIST_BETA: *a = positive(any() % 4 ? 3 : 20), *b = positive(any() % 4 ? 3 : 20); return "beta";
    case MCPAR_DIST_STUDENT: *a = positive(any() % 4 ? 4 : 8); return "student";
    case MCPAR_DIST_POISSON: *a = positive(any() % 4 ? 8 : 45); return "poisson";
    case MCPAR_DIST_BINOMIAL:
        *a = (double)(any() % (UINT64_C(1) << any() % 50)), *b = probability();
        return "binomial";
    case MCPAR_DIST_BERNOULLI: *a = probability(); return "bernoulli";
    case MCPAR_DIST_GEOMETRIC: *a = probability() / 2 + 0x1p-30; return "geometric";
    case MCPAR_DIST_WEIBULL: *a = positive(any() % 4 ? 3 : 9), *b = positive(4); return "weibull";
    case MCPAR_DIST_CAUCHY: *a = any_sign(), *b = positive(4); return "cauchy";
    case MCPAR_DIST_LOGISTIC: *a = any_sign(), *b = positive(4); return "logistic";
    default:
        *a = any_sign(), *b = any() % 4 ? *a + positive(3) : *a, *c = any() % 4 ? *b + positive(3) : *b;
        *c = *c > *a ? *c : *a + 1;
        return "triangular";
    }
}

static int print_dist(void)
{
    uint64_t seed = number(), trial = number(), draw = draw_number();
    uint32_t stream = (uint32_t)(number() & 0xffffff);
    mcpar_rng_space space;
    mcpar_rng *rng = mcpar_rng_open(&space, seed, stream, trial);
    mcpar_dist_kind kind = (mcpar_dist_kind)(1 + any() % MCPAR_DIST_TRIANGULAR);
    double parameter[3];
    const char *name = any_dist(kind, parameter);
    mcpar_dist dist;

    if (!rng || mcpar_dist_init(&dist, kind, parameter[0], parameter[1], parameter[2]) != 0)
        return 1;
    go_to(rng, draw);
    printf("%" PRIu64 " %" PRIu32 " %" PRIu64 " %" PRIu64 " %s,%a,%a,%a 0 %016" PRIx64 "\n", seed, stream, trial, draw,
           name, parameter[0], parameter[1], parameter[2], bits_of(mcpar_draw(rng, &dist)));
    return 0;
}

int main(int argc, char **argv)
{
    long n = argc > 1 ? strtol(argv[1], NULL, 10) : 100;

    for (long i = 0; i < n / 8; i++)
        if (print_dist())
            return 1;
    while (n-- > 0) {
        uint64_t seed = number(), trial = number(), draw = draw_number(), bound = 0, bits;
        uint32_t stream = (uint32_t)(number() & 0xffffff);
        mcpar_rng_space space;
        mcpar_rng *rng = mcpar_rng_open(&space, seed, stream, trial);
        const char *kind;

        if (!rng)
            return 1;
        go_to(rng, draw);
        switch (any() % 5) {
        case 0: kind = "word", bits = mcpar_word(rng); break;
        case 1: kind = "uniform", bits = bits_of(mcpar_uniform(rng)); break;
        case 2: kind = "below", bound = bound_of(), bits = mcpar_below(rng, bound); break;
        case 3: kind = "normal", bits = bits_of(mcpar_normal(rng)); break;
        default: kind = "exponential", bits = bits_of(mcpar_exponential(rng));
        }
        printf("%" PRIu64 " %" PRIu32 " %" PRIu64 " %" PRIu64 " %s %" PRIu64 " %016" PRIx64 "\n", seed, stream, trial, draw,
               kind, bound, bits);
    }
    return ferror(stdout) != 0;
}
