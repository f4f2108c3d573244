/* SPDX-License-Identifier: BSD-3-Clause */
/* Shuffles, choices by weight and random vectors: exact where they can be, fair, and as many draws as mcpar.h says. */
#include "unit.h"
#include "random/block.h"
#include "random/rng.h"
#include <math.h>
#include <mcpar.h>

static uint64_t draws(mcpar_rng *rng)
{
    return mcpar__rng_draw((struct mcpar__rng *)(void *)rng);
}

/* Chi-square of counts against equal chances. With the limits used below, a right library would fail with probability
 * 1e-6 a test with another seed; the seeds are fixed. */
static double square_of(const size_t *count, size_t n, size_t total)
{
    const double expected = (double)total / (double)n;
    double square = 0;

    for (size_t i = 0; i < n; i++)
        square += ((double)count[i] - expected) * ((double)count[i] - expected) / expected;
    return square;
}

Test(vectors, shuffles_are_fair)
{
    enum { N = 120000 };
    size_t count[24] = { 0 }, place[4][4] = { { 0 } };
    mcpar_rng_space space;

    for (uint64_t trial = 0; trial < N; trial++) {
        mcpar_rng *rng = mcpar_rng_open(&space, 1, 0, trial);
        size_t order[4], rank = 0;

        mcpar_permutation(rng, order, 4);
        cr_assert(draws(rng) == 3);
        for (size_t i = 0; i < 4; i++) {
            size_t less = 0;

            CHECK(order[i] < 4, "%zu", order[i]);
            place[i][order[i]]++;
            for (size_t j = i + 1; j < 4; j++) {
                CHECK(order[j] != order[i], "twice");
                less += order[j] < order[i];
            }
            rank = rank * (4 - i) + less;
        }
        count[rank]++;
    }
    cr_assert_lt(square_of(count, 24, N), 72.0);           /* 23 degrees of freedom, 1e-6: 71.0 */
    for (int i = 0; i < 4; i++)
        cr_assert_lt(square_of(place[i], 4, N), 32.0);     /* 3 degrees: 30.7 */
}

Test(vectors, shuffles_move_whole_elements)
{
    static const size_t sizes[] = { 1, 3, 8, 256, 257, 700 };
    static unsigned char bytes[50 * 700];
    mcpar_rng_space space;
    size_t order[50];

    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t n = 0; n <= 50; n += n < 3 ? 1 : 47) {
            mcpar_rng *rng = mcpar_rng_open(&space, 5, 0, s);

            for (size_t i = 0; i < n; i++)
                memset(bytes + i * sizes[s], (int)(i + 1), sizes[s]);
            mcpar_shuffle(rng, bytes, n, sizes[s]);
            cr_assert_eq(draws(rng), n > 1 ? n - 1 : 0);
            mcpar_permutation(mcpar_rng_open(&space, 5, 0, s), order, n);
            for (size_t i = 0; i < n * sizes[s]; i++)
                CHECK(bytes[i] == order[i / sizes[s]] + 1, "size %zu, n %zu, byte %zu", sizes[s], n, i);
        }
}

/* The probability that the table gives to each index, exactly, against the weights. */
static void check_cells(const mcpar_cell *cells, const double *weights, size_t n)
{
    static long double p[2000];
    long double sum = 0;

    for (size_t i = 0; i < n; i++)
        p[i] = 0, sum += (long double)weights[i];
    for (size_t i = 0; i < n; i++) {
        CHECK(cells[i].other < n, "cell %zu", i);
        p[i] += (long double)cells[i].keep * 0x1p-64L / (long double)n;
        p[cells[i].other] += (1 - (long double)cells[i].keep * 0x1p-64L) / (long double)n;
    }
    for (size_t i = 0; i < n; i++) {
        const long double exact = (long double)weights[i] / sum;

        CHECK(fabsl(p[i] - exact) <= 0x1p-50L, "%zu of %zu: %Lg, %Lg", i, n, p[i], exact);
        CHECK(weights[i] > 0 || p[i] == 0, "%zu of %zu has no weight", i, n);
    }
}

Test(vectors, choices_have_their_weights)
{
    static double weights[2000];
    static mcpar_cell cells[2000];
    static const size_t sizes[] = { 1, 2, 3, 10, 1000, 2000 };
    static const double bad[][2] = { { -1, 2 }, { 0, 0 }, { NAN, 1 }, { INFINITY, 1 }, { DBL_MAX, DBL_MAX } };
    uint64_t state = 1;
    mcpar_rng_space space;

    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int kind = 0; kind < 6; kind++) {
            const size_t n = sizes[s];

            for (size_t i = 0; i < n; i++)
                switch (kind) {
                case 0: weights[i] = 1; break;
                case 1: weights[i] = 1 / (double)(i + 1); break;
                case 2: weights[i] = i == n / 2; break;
                case 3: weights[i] = exp(-0.3 * (double)i); break;
                case 4: weights[i] = (double)(golden_random(&state) % 3); break;
                default: weights[i] = ldexp(1, (int)(golden_random(&state) % 200) - 1000); break;
                }
            weights[0] += kind == 4;
            cr_assert_eq(mcpar_choice_init(cells, weights, n), 0, "%zu, %d", n, kind);
            check_cells(cells, weights, n);
        }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_assert_eq(mcpar_choice_init(cells, bad[i], 2), MCPAR_ERR_ARGUMENT, "%zu", i);
        for (uint64_t t = 0; t < 20; t++)
            cr_assert_eq(mcpar_choice(mcpar_rng_open(&space, 1, 1, t), cells, 2), 0);
    }
    cr_assert_eq(mcpar_choice_init(cells, weights, 0), MCPAR_ERR_ARGUMENT);
    cr_assert_eq(mcpar_choice_init(NULL, weights, 1), MCPAR_ERR_ARGUMENT);
    cr_assert_eq(mcpar_choice_init(cells, NULL, 1), MCPAR_ERR_ARGUMENT);
}

Test(vectors, choices_in_blocks_are_single_ones)
{
    enum { N = 64000 };
    const double weights[] = { 4, 1, 0, 2, 1 };
    static const size_t eighths[] = { 4, 1, 0, 2, 1 };
    size_t count[5] = { 0 };
    struct mcpar__block block;
    const uint64_t *column;
    mcpar_cell cells[5];
    double square = 0;

    cr_assert_eq(mcpar_choice_init(cells, weights, 5), 0);
    cr_assert_eq(mcpar__block_open(&block, mcpar__key(3, 0), N), 0);
    mcpar__block_start(&block, 10, N);
    column = mcpar_choices(&block.open, cells, 5);
    cr_assert_eq(block.draw, 1);
    for (uint64_t i = 0; i < N; i++) {
        mcpar_rng_space space;
        mcpar_rng *rng = mcpar_rng_open(&space, 3, 0, 10 + i);

        CHECK(mcpar_choice(rng, cells, 5) == column[i] && draws(rng) == 1, "trial %llu", (unsigned long long)i);
        count[column[i]]++;
    }
    mcpar__block_close(&block);
    cr_assert_eq(count[2], 0);
    for (int i = 0; i < 5; i++)
        if (eighths[i]) {
            const double expected = (double)(N / 8 * eighths[i]), off = (double)count[i] - expected;

            square += off * off / expected;
        }
    cr_assert_lt(square, 32.0);                            /* 3 degrees: 30.7 */
}

Test(vectors, directions_and_balls)
{
    enum { N = 32000 };
    mcpar_rng_space space;

    for (size_t n = 1; n <= 20; n = n < 4 ? n + 1 : 2 * n) {
        size_t octant[16] = { 0 }, shell[16] = { 0 }, height[16] = { 0 };

        for (uint64_t t = 0; t < N; t++) {
            mcpar_rng *rng = mcpar_rng_open(&space, 2, 0, t);
            double x[20], square = 0, radius = 0;
            size_t signs = 0;

            mcpar_direction(rng, x, n);
            cr_assert(draws(rng) == n);
            for (size_t i = 0; i < n; i++)
                square += x[i] * x[i];
            CHECK(fabs(square - 1) < 4e-15, "%zu: %a", n, square);
            if (n == 1)
                CHECK(x[0] == 1 || x[0] == -1, "%a", x[0]);
            for (size_t i = 0; i < n && i < 4; i++)
                signs = 2 * signs + (x[i] < 0);
            octant[signs]++;
            if (n == 3)                                    /* Archimedes: the height is uniform */
                height[(size_t)(8 * (x[2] + 1))]++;
            rng = mcpar_rng_open(&space, 2, 1, t);
            mcpar_ball(rng, x, n);
            cr_assert(draws(rng) == n + 1);
            for (size_t i = 0; i < n; i++)
                radius += x[i] * x[i];
            radius = pow(sqrt(radius), (double)n);         /* uniform in (0, 1) */
            CHECK(radius <= 1 + 1e-14, "%zu: %a", n, radius);
            shell[radius < 1 ? (size_t)(16 * radius) : 15]++;
        }
        cr_assert_lt(square_of(octant, n < 4 ? (size_t)1 << n : 16, N), 57.0, "%zu", n);   /* 15 degrees: 56.5 */
        cr_assert_lt(square_of(shell, 16, N), 57.0, "%zu", n);
        if (n == 3)
            cr_assert_lt(square_of(height, 16, N), 57.0);
    }
}

Test(vectors, factors)
{
    static const struct { size_t n; int err; double c[9]; } cases[] = {
        { 1, 0, { 4 } }, { 1, 0, { 0 } }, { 2, 0, { 4, 2, 2, 3 } }, { 2, 0, { 1, 1, 1, 1 } }, { 2, 0, { 0, 0, 0, 2 } },
        { 3, 0, { 1, 0.5, 0.25, 0.5, 2, -0.1, 0.25, -0.1, 0.7 } }, { 3, 0, { 2, 2, 2, 2, 2, 2, 2, 2, 5 } },
        { 2, 0, { 1e300, 1e300, 1e300, 1e300 } }, { 2, 0, { 0.1, 0.03, 0.03, 0.009 } },
        { 1, 1, { -1 } }, { 2, 1, { 1, 2, 2, 1 } }, { 2, 1, { 1, 0.5, 0.4, 1 } }, { 2, 1, { 0, 1, 1, 5 } },
        { 2, 1, { NAN, 0, 0, 1 } }, { 2, 1, { 1, NAN, NAN, 1 } }, { 1, 1, { INFINITY } },
        { 3, 1, { 1, 0.9, -0.9, 0.9, 1, 0.9, -0.9, 0.9, 1 } },
    };
    double f[9];

    for (size_t t = 0; t < sizeof cases / sizeof *cases; t++) {
        const size_t n = cases[t].n;
        const int err = mcpar_factor(n, cases[t].c, f);

        cr_assert_eq(err, cases[t].err ? MCPAR_ERR_ARGUMENT : 0, "%zu", t);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                double c = 0;

                for (size_t k = 0; k < n; k++)
                    c += f[i * n + k] * f[j * n + k];
                if (err)
                    CHECK(isnan(f[i * n + j]), "%zu", t);
                else
                    CHECK(fabs(c - cases[t].c[i * n + j]) <= 4e-15 * (fabs(cases[t].c[0]) + fabs(c)), "%zu: %g", t, c);
            }
    }
    cr_assert_eq(mcpar_factor(0, f, f), MCPAR_ERR_ARGUMENT);
    cr_assert_eq(mcpar_factor(1, NULL, f), MCPAR_ERR_ARGUMENT);
    cr_assert_eq(mcpar_factor(1, f, NULL), MCPAR_ERR_ARGUMENT);
}

Test(vectors, multinormals)
{
    enum { N = 40000 };
    const double c[9] = { 1, 0.5, 0.25, 0.5, 2, -0.1, 0.25, -0.1, 0.7 }, mean[3] = { 10, -5, 0 };
    double f[9], sum[3] = { 0 }, product[9] = { 0 };
    mcpar_rng_space space;

    cr_assert_eq(mcpar_factor(3, c, f), 0);
    for (uint64_t t = 0; t < N; t++) {
        mcpar_rng *rng = mcpar_rng_open(&space, 6, 0, t);
        double x[3], z[3], y[3];

        mcpar_multinormal(rng, 3, mean, f, x);
        cr_assert(draws(rng) == 3);
        rng = mcpar_rng_open(&space, 6, 0, t);
        mcpar_fill_normals(rng, z, 3);
        mcpar_multinormal(mcpar_rng_open(&space, 6, 0, t), 3, NULL, f, y);
        CHECK(x[0] == 10 + f[0] * z[0] && y[0] == f[0] * z[0], "%a", x[0]);
        for (int i = 0; i < 3; i++) {
            CHECK(fabs(x[i] - mean[i] - y[i]) < 1e-14, "%g", x[i]);
            sum[i] += y[i];
            for (int j = 0; j < 3; j++)
                product[3 * i + j] += y[i] * y[j];
        }
    }
    for (int i = 0; i < 3; i++) {                          /* five standard errors: 6e-7 each, 15 of them */
        cr_expect(fabs(sum[i] / N) < 5 * sqrt(c[4 * i] / N));
        for (int j = 0; j < 3; j++)
            cr_expect(fabs(product[3 * i + j] / N - c[3 * i + j])
                      < 5 * sqrt((c[4 * i] * c[4 * j] + c[3 * i + j] * c[3 * i + j]) / N));
    }
}

Test(vectors, multinomials)
{
    enum { N = 40000 };
    const double weights[4] = { 1, 0, 2, 1 };              /* of 2: each pair of categories */
    static const struct { double n; double w[3]; } bad[] = {
        { -1, { 1, 1, 1 } }, { 1.5, { 1, 1, 1 } }, { NAN, { 1, 1, 1 } }, { 2e15, { 1, 1, 1 } }, { 5, { -1, 1, 1 } },
        { 5, { 0, 0, 0 } }, { 5, { NAN, 1, 1 } }, { 5, { 1, 1, INFINITY } },
    };
    size_t seen[9] = { 0 };
    mcpar_rng_space space;
    double x[4], square = 0;

    for (uint64_t t = 0; t < N; t++) {
        mcpar_rng *rng = mcpar_rng_open(&space, 7, 0, t);

        mcpar_multinomial(rng, 2, 4, weights, x);
        cr_assert(draws(rng) == 3);
        CHECK(x[1] == 0 && x[0] + x[2] + x[3] == 2 && x[0] >= 0 && x[2] >= 0 && x[3] >= 0, "%g %g %g", x[0], x[2], x[3]);
        seen[(size_t)(3 * x[0] + x[2])]++;
    }
    for (size_t i = 0; i < 9; i++) {
        const double a = (double)(i / 3), b = (double)(i % 3), c = 2 - a - b;
        const double p = c < 0 ? 0 : 2 / (tgamma(a + 1) * tgamma(b + 1) * tgamma(c + 1)) * pow(0.25, a + c) * pow(0.5, b);

        if (p == 0)
            cr_assert_eq(seen[i], 0);
        else
            square += ((double)seen[i] - N * p) * ((double)seen[i] - N * p) / (N * p);
    }
    cr_assert_lt(square, 37.0);                            /* 5 degrees: 35.9 */
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mcpar_rng *rng = mcpar_rng_open(&space, 7, 0, 0);

        mcpar_multinomial(rng, bad[i].n, 3, bad[i].w, x);
        cr_assert(isnan(x[0]) && isnan(x[1]) && isnan(x[2]) && draws(rng) == 2, "%zu", i);
    }
    mcpar_multinomial(mcpar_rng_open(&space, 7, 0, 0), 9, 1, weights, x);
    cr_assert_eq(x[0], 9);
    mcpar_multinomial(mcpar_rng_open(&space, 7, 0, 0), 1e15, 4, weights, x);
    cr_assert(fabs(x[2] - 5e14) < 2e8 && x[0] + x[2] + x[3] == 1e15);
}

static uint64_t everything(void)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    const double c[9] = { 1, 0.5, 0.25, 0.5, 2, -0.1, 0.25, -0.1, 0.7 }, weights[5] = { 0.1, 5, 0, 2, 1e-3 };
    double f[9], x[200];
    mcpar_rng_space space;
    mcpar_cell cells[5];
    size_t order[200];

    cr_assert_eq(mcpar_factor(3, c, f), 0);
    cr_assert_eq(mcpar_choice_init(cells, weights, 5), 0);
    for (uint64_t t = 0; t < 200; t++) {
        mcpar_rng *rng = mcpar_rng_open(&space, 8, 1, t);
        const size_t n = 1 + t;

        mcpar_permutation(rng, order, n);
        for (size_t i = 0; i < n; i++)
            hash = (hash ^ order[i]) * UINT64_C(0x100000001b3);
        hash = (hash ^ mcpar_choice(rng, cells, 5)) * UINT64_C(0x100000001b3);
        mcpar_direction(rng, x, n);
        hash = (hash ^ golden_bits(x[n - 1])) * UINT64_C(0x100000001b3);
        mcpar_ball(rng, x, n);
        hash = (hash ^ golden_bits(x[n / 2])) * UINT64_C(0x100000001b3);
        mcpar_multinormal(rng, 3, c, f, x);
        hash = (hash ^ golden_bits(x[2])) * UINT64_C(0x100000001b3);
        mcpar_multinomial(rng, 1000 * (double)t, 5, weights, x);
        hash = (hash ^ golden_bits(x[3])) * UINT64_C(0x100000001b3);
    }
    return hash;
}

Test(vectors, bits_are_frozen)
{
    const uint64_t hash = everything();

    cr_expect_eq(hash, UINT64_C(0xcdd3b37222a1ec10), "hash %016llx", (unsigned long long)hash);
    fesetround(FE_DOWNWARD);                               /* as in any host */
    cr_expect_eq(everything(), hash);
    cr_expect_eq(fegetround(), FE_DOWNWARD);
    fesetround(FE_TONEAREST);
}
