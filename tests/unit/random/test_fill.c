/* SPDX-License-Identifier: BSD-3-Clause */
/* Many draws of one trial at once: the same bits as single draws, from any start, for any number, and what follows. */
#include "unit.h"
#include "random/dist/distributions.h"
#include "random/rng.h"

enum form { UNIFORMS, NORMALS, EXPONENTIALS, FORMS };
enum { MOST = 1600, GUARD = 8 };
#define MARK (-7.0)
#define EACH(i, table) (size_t i = 0; i < sizeof table / sizeof *table; i++)

static const char *const names[FORMS] = { "uniform", "normal", "exponential" };

static struct mcpar__rng *inside(mcpar_rng *rng)
{
    return (struct mcpar__rng *)(void *)rng;
}

static double expected(enum form form, uint64_t seed, uint32_t stream, uint64_t trial, uint64_t draw)
{
    uint64_t word = expected_word(seed, stream, trial, draw);

    return form == UNIFORMS ? (double)(word >> 11) / 0x1p53
           : form == NORMALS ? mcpar__normal_of(word) : mcpar__exponential_of(word);
}

static void call(enum form form, mcpar_rng *rng, double *x, size_t n)
{
    if (form == UNIFORMS)
        mcpar_fill_uniforms(rng, x, n);
    else if (form == NORMALS)
        mcpar_fill_normals(rng, x, n);
    else
        mcpar_fill_exponentials(rng, x, n);
}

/* Checks n draws of seed 5, stream 6, trial 7, from draw number `draw` on, where the rng stands. */
static void check_fill(mcpar_rng *rng, enum form form, uint64_t draw, size_t n)
{
    static double out[MOST + 2 * GUARD + 8];
    double *x = out + GUARD + draw % 8;
    uint32_t marked = inside(rng)->past_last;

    CHECK(mcpar__rng_draw(inside(rng)) == draw, "stands at %llu, not %llu",
          (unsigned long long)mcpar__rng_draw(inside(rng)), (unsigned long long)draw);
    for (size_t i = 0; i < n + 2 * GUARD; i++)
        x[(ptrdiff_t)i - GUARD] = MARK;
    call(form, rng, x, n);
    for (size_t i = 0; i < n; i++)
        CHECK(golden_bits(x[i]) == golden_bits(expected(form, 5, 6, 7, draw + i)),
              "%zu %ss from draw %llu: number %zu is %a", n, names[form], (unsigned long long)draw, i, x[i]);
    for (size_t i = 0; i < GUARD; i++)
        CHECK(golden_bits(x[n + i]) == golden_bits(MARK) && golden_bits(*(x - 1 - i)) == golden_bits(MARK),
              "%zu %ss from draw %llu: wrote outside", n, names[form], (unsigned long long)draw);
    CHECK(mcpar__rng_draw(inside(rng)) == draw + n, "%zu %ss from draw %llu: stands at %llu", n, names[form],
          (unsigned long long)draw, (unsigned long long)mcpar__rng_draw(inside(rng)));
    CHECK(inside(rng)->past_last == (marked || (n && draw + n > LAST_DRAW)), "%zu %ss from draw %llu: mark %u", n,
          names[form], (unsigned long long)draw, inside(rng)->past_last);
}

static void check_single(mcpar_rng *rng, unsigned int kind, uint64_t draw)
{
    uint64_t word = expected_word(5, 6, 7, draw);

    switch (kind % 4) {
    case 0:
        CHECK(golden_bits(mcpar_uniform(rng)) == golden_bits(expected(UNIFORMS, 5, 6, 7, draw)), "uniform %llu",
              (unsigned long long)draw);
        break;
    case 1:
        CHECK(mcpar_word(rng) == word, "word %llu", (unsigned long long)draw);
        break;
    case 2:
        CHECK(mcpar_below(rng, 10) == expected_below(5, 6, 7, draw, 10), "below %llu", (unsigned long long)draw);
        break;
    default:
        CHECK(golden_bits(mcpar_normal(rng)) == golden_bits(expected(NORMALS, 5, 6, 7, draw)), "normal %llu",
              (unsigned long long)draw);
    }
}

static mcpar_rng *at(mcpar_rng_space *space, uint64_t draw)
{
    mcpar_rng *rng = mcpar_rng_open(space, 5, 6, 7);

    inside(rng)->end_draw = draw;          /* like mcpar_rng_jump, but also past the last draw */
    return rng;
}

/* Every number of draws until vectors and chunks have had all remainders, from even and odd starts. */
static void check_each_number(void)
{
    static const uint64_t starts[] = { 0, 1, 2, 3, 63, LAST_DRAW / 2 - 50, LAST_DRAW / 2 - 51, LAST_DRAW - 2000,
                                       LAST_DRAW - 1999 };
    static const size_t more[] = { 255, 256, 257, 258, 511, 512, 513, 514, 767, 1025, MOST };

    for EACH(s, starts)
        for (enum form form = 0; form < FORMS; form++) {
            for (size_t n = 0; n <= 150; n++) {
                mcpar_rng_space space;
                mcpar_rng *rng = at(&space, starts[s]);

                check_fill(rng, form, starts[s], n);
                check_single(rng, (unsigned int)n, starts[s] + n);
                check_fill(rng, form, starts[s] + n + 1, n % 5);
            }
            for EACH(m, more) {
                mcpar_rng_space space;

                check_fill(at(&space, starts[s]), form, starts[s], more[m]);
            }
        }
}

/* As in a trial of mcpar_sample: some uniforms are ready, and some of these are already taken. */
static void check_ready(void)
{
    static double window[32];

    for (size_t j = 0; j < 32; j++)
        window[j] = expected(UNIFORMS, 5, 6, 7, j);
    for (size_t ready = 0; ready <= 32; ready++)
        for (size_t used = 0; used <= ready; used++)
            for (size_t n = 0; n < 70; n += n < 35 ? 1 : 11)
                for (enum form form = 0; form < FORMS; form++) {
                    mcpar_rng_space space;
                    mcpar_rng *rng = mcpar_rng_open(&space, 5, 6, 1);

                    (void)mcpar_word(rng); /* what it keeps belongs to another trial */
                    mcpar__rng_start(inside(rng), 7, window, ready);
                    for (size_t j = 0; j < used; j++)
                        (void)mcpar_uniform(rng);
                    check_fill(rng, form, used, n);
                    for (unsigned int j = 0; j < 4; j++)
                        check_single(rng, (unsigned int)n + j, used + n + j);
                    mcpar__rng_start(inside(rng), 7, window, ready);
                    check_fill(rng, form, 0, n);
                    mcpar__rng_start(inside(rng), 7, window, ready);    /* with no other draw in between */
                    check_fill(rng, form, 0, 3);
                }
}

static void check_mixed(void)
{
    uint64_t state = 1;

    for (int round = 0; round < 1500; round++) {
        mcpar_rng_space space;
        uint64_t draw = golden_random(&state) % 100;
        mcpar_rng *rng = at(&space, draw);

        for (int i = 0; i < 40; i++) {
            uint64_t what = golden_random(&state) % 8, n = golden_random(&state) >> 40;

            if (what == 0) {
                draw = n;
                cr_assert_eq(mcpar_rng_jump(rng, draw), MCPAR_OK);
            } else if (what < 4) {
                n %= what == 1 ? 300 : 12;
                check_fill(rng, (enum form)(golden_random(&state) % FORMS), draw, n);
                draw += n;
            } else {
                check_single(rng, (unsigned int)n, draw++);
            }
        }
    }
}

/* The last draw does not mark the rng, the next one does. Numbers go on across all borders of reserved purposes. */
static void check_past_the_last(void)
{
    static const uint64_t edges[] = { LAST_DRAW, 3 * LAST_DRAW, 5 * LAST_DRAW };
    static const size_t sizes[] = { 1, 2, 3, 15, 16, 17, 64, 300 };

    for EACH(e, edges)
        for EACH(s, sizes)
            for (uint64_t back = 0; back <= 300; back += back < 20 ? 1 : 20)
                for (enum form form = 0; form < FORMS; form++) {
                    mcpar_rng_space space;
                    mcpar_rng *rng = at(&space, edges[e] - back);

                    check_fill(rng, form, edges[e] - back, sizes[s]);
                    check_fill(rng, form, edges[e] - back + sizes[s], 20);
                    cr_assert_eq(mcpar_rng_jump(rng, 0), MCPAR_OK);
                    check_fill(rng, form, 0, 20);
                }
}

static void check_word_sequence(const char *name)
{
    static const uint32_t blocks[] = { 0, 1, UINT32_MAX / 2 - 1, UINT32_MAX - 700 };
    static uint64_t out[2 * 600 + GUARD];
    const struct mcpar__philox *path = mcpar__philox_named(name);
    struct mcpar__key key = mcpar__key(UINT64_MAX - 1, 0xfffffe);

    for EACH(b, blocks)
        for (size_t n = 0; n <= 600; n += n < 140 ? 1 : 23) {
            uint32_t purpose = n % 2 ? 255 : 0;
            uint64_t trial = UINT32_MAX - 1 + n % 4;

            for (size_t i = 0; i < 2 * n + GUARD; i++)
                out[i] = i;
            path->word_sequence(out, key, trial, blocks[b], purpose, n);
            for (size_t i = 0; i < 2 * n; i++)
                CHECK(out[i] == mcpar__philox(key, trial, blocks[b] + (uint32_t)(i / 2), purpose).word[i % 2],
                      "%s: %zu blocks from %u, purpose %u: word %zu", name, n, blocks[b], purpose, i);
            for (size_t i = 0; i < GUARD; i++)
                CHECK(out[2 * n + i] == 2 * n + i, "%s: word %zu after %zu blocks was written", name, i, n);
        }
}

/* Each test is a process of its own, so each can choose its kind of CPU. */
#define PATH_TEST(which)                                                \
    Test(fill, which)                                                   \
    {                                                                   \
        if (!mcpar__philox_named(#which))                               \
            cr_skip_test("this CPU cannot run it");                     \
        (void)setenv("MCPAR_CPU", #which, 1);                           \
        cr_assert_str_eq(mcpar__philox_path()->name, #which);           \
        check_word_sequence(#which);                                    \
        check_each_number();                                            \
        check_ready();                                                  \
        check_mixed();                                                  \
        check_past_the_last();                                          \
    }

PATH_TEST(portable)
PATH_TEST(avx2)
PATH_TEST(avx512)
PATH_TEST(neon)

Test(fill, the_same_bits_in_any_host_and_its_environment_comes_back)
{
    static double x[400];

    for (unsigned int host = 0; host < HOSTS; host++)
        for (enum form form = 0; form < FORMS; form++) {
            mcpar_rng_space space;
            mcpar_rng *rng = at(&space, host);
            uint64_t before, after;

            host_set(host);
            before = host_state();
            call(form, rng, x, 400);
            after = host_state();
            host_reset();
            CHECK(before == after, "host %u: %#llx became %#llx", host, (unsigned long long)before,
                  (unsigned long long)after);
            for (size_t i = 0; i < 400; i++)
                CHECK(golden_bits(x[i]) == golden_bits(expected(form, 5, 6, 7, host + i)), "host %u, %s %zu", host,
                      names[form], i);
        }
}

Test(fill, nothing_is_taken_for_no_numbers)
{
    for (enum form form = 0; form < FORMS; form++) {
        mcpar_rng_space space;
        mcpar_rng *rng = mcpar_rng_open(&space, 5, 6, 7);

        call(form, rng, NULL, 0);
        check_single(rng, 0, 0);
        call(form, rng, NULL, 0);
        check_single(rng, 0, 1);
    }
}
