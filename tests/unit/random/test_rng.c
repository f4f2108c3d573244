/* SPDX-License-Identifier: BSD-3-Clause */
/* The draws of one trial: golden vectors, every way to get to a draw, jumps, bounds, and past the last draw. */
#include "unit.h"
#include "random/dist/distributions.h"
#include "random/rng.h"
#include <inttypes.h>

static const uint64_t seeds[] = { 0, 1, MCPAR_SEED_DEFAULT, UINT32_MAX, UINT64_C(1) << 32, UINT64_MAX - 1 };
static const uint32_t streams[] = { 0, 1, 0xffffff };
static const uint64_t trials[] = { 0, 1, UINT32_MAX, UINT64_C(1) << 32, UINT64_MAX - 2, UINT64_MAX - 1 };
static const uint64_t starts[] = { 0, 1, 2, 3, 63, 64, LAST_DRAW / 2 - 50, LAST_DRAW - 101, LAST_DRAW - 100 };

#define EACH(i, table) (size_t i = 0; i < sizeof table / sizeof *table; i++)

static struct mcpar__rng *inside(mcpar_rng *rng)
{
    return (struct mcpar__rng *)(void *)rng;
}

/* Jumps below 2^32 with the public call; past that, a test has to reach inside. */
static void go_to(mcpar_rng *rng, uint64_t draw)
{
    if (draw < LAST_DRAW) {
        cr_assert_eq(mcpar_rng_jump(rng, draw), MCPAR_OK);
    } else {
        cr_assert_eq(mcpar_rng_jump(rng, 0), MCPAR_OK);
        inside(rng)->end_draw = draw;
    }
}

static void golden_draw(const char *line)
{
    uint64_t seed, trial, draw, word;
    uint32_t stream;
    double uniform;
    mcpar_rng_space space;
    mcpar_rng *rng;

    cr_assert_eq(sscanf(line, "draw %" SCNu64 " %" SCNu32 " %" SCNu64 " %" SCNu64 " %" SCNx64 " %la", &seed, &stream,
                        &trial, &draw, &word, &uniform),
                 6, "%s", line);
    rng = mcpar_rng_open(&space, seed, stream, trial);
    go_to(rng, draw);
    cr_expect_eq(mcpar_word(rng), word, "word: %s", line);
    cr_expect_eq(inside(rng)->past_last, draw >= LAST_DRAW, "word: %s", line);
    rng = mcpar_rng_open(&space, seed, stream, trial);
    go_to(rng, draw);
    cr_expect_eq(golden_bits(mcpar_uniform(rng)), golden_bits(uniform), "uniform: %s", line);
    cr_expect_eq(inside(rng)->past_last, draw >= LAST_DRAW, "uniform: %s", line);
    cr_expect_eq(expected_word(seed, stream, trial, draw), word, "the tests' own: %s", line);
}

static void golden_below(const char *line)
{
    uint64_t seed, trial, draw, bound, value;
    uint32_t stream;
    mcpar_rng_space space;
    mcpar_rng *rng;

    cr_assert_eq(sscanf(line, "below %" SCNu64 " %" SCNu32 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64, &seed,
                        &stream, &trial, &draw, &bound, &value),
                 6, "%s", line);
    rng = mcpar_rng_open(&space, seed, stream, trial);
    go_to(rng, draw);
    cr_expect_eq(mcpar_below(rng, bound), value, "%s", line);
    cr_expect_eq(mcpar_word(rng), expected_word(seed, stream, trial, draw + 1), "one draw only: %s", line);
    cr_expect_eq(expected_below(seed, stream, trial, draw, bound), value, "the tests' own: %s", line);
}

Test(rng, golden)
{
    FILE *file = golden_open("draws.txt");
    char line[256];
    int draws = 0, belows = 0;

    cr_assert_not_null(file, "tests/golden/draws.txt is not under $srcdir");
    while (golden_line(file, line, (int)sizeof line))
        if (line[0] == 'd')
            golden_draw(line), draws++;
        else
            golden_below(line), belows++;
    (void)fclose(file);
    cr_assert_geq(draws, 900);
    cr_assert_geq(belows, 400);
}

/* ---- Ways to a draw ---- */

enum form { UNIFORM, WORD, BELOW, NORMAL, EXPONENTIAL, REFILL, REFILL_WORD, REFILL_BELOW, FORMS };

/* Checks that draw number `draw`, taken in this form, is what the contract says. */
static void check_draw(mcpar_rng *rng, enum form form, uint64_t seed, uint32_t stream, uint64_t trial, uint64_t draw)
{
    static const uint64_t bounds[] = { 1, 2, 3, 6, (UINT64_C(1) << 63) + 1, UINT64_MAX, 0 };
    uint64_t word = expected_word(seed, stream, trial, draw), bound = bounds[draw % 7];

    CHECK(mcpar__rng_draw(inside(rng)) == draw, "before form %d stands draw %llu, not %llu", form,
          (unsigned long long)mcpar__rng_draw(inside(rng)), (unsigned long long)draw);
    switch (form) {
    case UNIFORM:
        CHECK(golden_bits(mcpar_uniform(rng)) == golden_bits((double)(word >> 11) / 0x1p53), "uniform %llu",
              (unsigned long long)draw);
        break;
    case REFILL:                           /* what callers that do not inline call */
        CHECK(golden_bits(mcpar_refill(rng)) == golden_bits((double)(word >> 11) / 0x1p53), "refill %llu",
              (unsigned long long)draw);
        break;
    case WORD:
        CHECK(mcpar_word(rng) == word, "word %llu", (unsigned long long)draw);
        break;
    case BELOW:
        CHECK(mcpar_below(rng, bound) == expected_below(seed, stream, trial, draw, bound), "below %llu: %llu",
              (unsigned long long)bound, (unsigned long long)draw);
        break;
    case REFILL_WORD:
        CHECK(mcpar_refill_word(rng) == word, "refill_word %llu", (unsigned long long)draw);
        break;
    case REFILL_BELOW:
        CHECK(mcpar_refill_below(rng, bound) == expected_below(seed, stream, trial, draw, bound),
              "refill_below %llu: %llu", (unsigned long long)bound, (unsigned long long)draw);
        break;
    case NORMAL:
        CHECK(golden_bits(mcpar_normal(rng)) == golden_bits(mcpar__normal_of(word)), "normal %llu",
              (unsigned long long)draw);
        break;
    default:
        CHECK(golden_bits(mcpar_exponential(rng)) == golden_bits(mcpar__exponential_of(word)), "exponential %llu",
              (unsigned long long)draw);
    }
}

/* 100 draws from each start in each form alone, for each seed, stream and trial. */
Test(rng, each_form_alone)
{
    for EACH(s, seeds)
        for EACH(k, streams)
            for EACH(t, trials)
                for EACH(d, starts)
                    for (enum form form = 0; form < FORMS; form++) {
                        mcpar_rng_space space;
                        mcpar_rng *rng = mcpar_rng_open(&space, seeds[s], streams[k], trials[t]);

                        CHECK(rng && mcpar_trial_number(rng) == trials[t] && mcpar_scratch(rng) == NULL, "open");
                        CHECK(starts[d] == 0 || mcpar_rng_jump(rng, starts[d]) == 0, "jump");
                        for (uint64_t j = 0; j < 100; j++)
                            check_draw(rng, form, seeds[s], streams[k], trials[t], starts[d] + j);
                        CHECK(inside(rng)->past_last == 0, "marked before the last draw");
                    }
}

Test(rng, mixed_forms_and_jumps_forward_and_back)
{
    uint64_t state = 1;

    for (int round = 0; round < 3000; round++) {
        uint64_t seed = seeds[golden_random(&state) % 6], trial = trials[golden_random(&state) % 6], draw = 0;
        uint32_t stream = streams[golden_random(&state) % 3];
        mcpar_rng_space space;
        mcpar_rng *rng = mcpar_rng_open(&space, seed, stream, trial);

        for (int i = 0; i < 200; i++, draw++) {
            if (golden_random(&state) % 16 == 0) {
                bool near = golden_random(&state) % 2;

                draw = golden_random(&state) % (near ? 128 : LAST_DRAW - 300);
                CHECK(mcpar_rng_jump(rng, draw) == MCPAR_OK, "jump to %llu", (unsigned long long)draw);
            }
            check_draw(rng, (enum form)(golden_random(&state) % FORMS), seed, stream, trial, draw);
        }
    }
}

/* As in the trial loop: some draws are ready, as many as it may foresee, and also odd numbers of them. */
Test(rng, ready_draws_then_made_ones)
{
    uint64_t state = 2;

    for (size_t ready = 0; ready <= 32; ready++)
        for (int round = 0; round < 100; round++) {
            static double window[32];
            mcpar_rng_space space;
            struct mcpar__rng *rng = inside(mcpar_rng_open(&space, 5, 6, 7));

            rng->past_last = 1;            /* left by an earlier trial */
            for (size_t j = 0; j < ready; j++)
                window[j] = expected_uniform(5, 6, 8, j);
            (void)mcpar_word(&rng->open);  /* as are numbers it kept */
            mcpar__rng_start(rng, 8, window, ready);
            CHECK(rng->past_last == 0 && mcpar_trial_number(&rng->open) == 8, "not at its start");
            for (uint64_t j = 0; j < 150; j++) {
                enum form form = round < FORMS ? (enum form)round : (enum form)(golden_random(&state) % FORMS);

                check_draw(&rng->open, form, 5, 6, 8, j);
            }
        }
}

/* The inline forms as symbols, for languages that cannot inline. */
Test(rng, the_exported_forms)
{
    double (*volatile uniform)(mcpar_rng *) = mcpar_uniform;
    uint64_t (*volatile word)(mcpar_rng *) = mcpar_word, (*volatile below)(mcpar_rng *, uint64_t) = mcpar_below;
    mcpar_rng_space space;
    mcpar_rng *rng = mcpar_rng_open(&space, 1, 2, 3);

    for (uint64_t j = 0; j < 200; j++)
        switch (j / 50 % 2 * (j % 3)) {
        case 0:
            CHECK(golden_bits(uniform(rng)) == golden_bits(expected_uniform(1, 2, 3, j)), "uniform %llu",
                  (unsigned long long)j);
            break;
        case 1: CHECK(word(rng) == expected_word(1, 2, 3, j), "word %llu", (unsigned long long)j); break;
        default: CHECK(below(rng, 6) == expected_below(1, 2, 3, j, 6), "below %llu", (unsigned long long)j);
        }
}

/* A stream that gave a word makes words ahead, and the inline forms find them. */
Test(rng, words_are_read_inline_once_one_was_taken)
{
    mcpar_rng_space space;
    mcpar_rng *rng = mcpar_rng_open(&space, 1, 2, 3);
    uint64_t j = 0;
    int inlined = 0;

    for (; j < 10; j++) {
        CHECK(rng->words == 0, "no word was taken");
        check_draw(rng, UNIFORM, 1, 2, 3, j);
    }
    for (; j < 1000; j++) {
        inlined += rng->words && rng->next != rng->end;
        check_draw(rng, j % 5 ? j % 2 ? WORD : BELOW : UNIFORM, 1, 2, 3, j);
    }
    cr_assert_geq(inlined, 900);
    cr_assert_eq(mcpar_rng_jump(rng, LAST_DRAW - 45), MCPAR_OK);
    for (j = LAST_DRAW - 45; j < LAST_DRAW; j++)
        check_draw(rng, WORD, 1, 2, 3, j);
    cr_assert_eq(inside(rng)->past_last, 0);
    check_draw(rng, WORD, 1, 2, 3, LAST_DRAW);
    cr_assert_eq(inside(rng)->past_last, 1);
}

Test(rng, a_run_of_uniforms_makes_more_and_more_ahead_but_not_past_the_last)
{
    mcpar_rng_space space;
    mcpar_rng *rng = mcpar_rng_open(&space, 1, 2, 3);

    for (int i = 0; i < 1000; i++)
        (void)mcpar_uniform(rng);
    cr_assert_eq(inside(rng)->ahead, MCPAR__AHEAD / 2);
    cr_assert_eq(mcpar_rng_jump(rng, LAST_DRAW - 5), MCPAR_OK);
    (void)mcpar_uniform(rng);
    cr_assert_eq(inside(rng)->end_draw, LAST_DRAW);
    cr_assert_eq(inside(rng)->past_last, 0);
}

Test(rng, what_cannot_be_opened_or_reached)
{
    mcpar_rng_space space;
    mcpar_rng *rng;

    cr_assert_null(mcpar_rng_open(NULL, 0, 0, 0));
    cr_assert_null(mcpar_rng_open(&space, 0, UINT32_C(1) << 24, 0));
    cr_assert_null(mcpar_rng_open(&space, 0, UINT32_MAX, 0));
    memset(&space, 0xaa, sizeof space);    /* the memory may hold anything */
    rng = mcpar_rng_open(&space, 3, (UINT32_C(1) << 24) - 1, UINT64_MAX);
    cr_assert_not_null(rng);
    cr_assert(mcpar_scratch(rng) == NULL && mcpar_trial_number(rng) == UINT64_MAX && inside(rng)->past_last == 0);
    cr_assert_eq(mcpar_rng_jump(NULL, 0), MCPAR_ERR_ARGUMENT);
    for (uint64_t j = 0; j < 5; j++)
        check_draw(rng, UNIFORM, 3, 0xffffff, UINT64_MAX, j);
    cr_assert_eq(mcpar_rng_jump(rng, LAST_DRAW), MCPAR_ERR_ARGUMENT);
    cr_assert_eq(mcpar_rng_jump(rng, UINT64_MAX), MCPAR_ERR_ARGUMENT);
    check_draw(rng, UNIFORM, 3, 0xffffff, UINT64_MAX, 5);        /* it has not moved */
    cr_assert_eq(mcpar_rng_jump(rng, LAST_DRAW - 1), MCPAR_OK);
    check_draw(rng, WORD, 3, 0xffffff, UINT64_MAX, LAST_DRAW - 1);
}

/* ---- Past the last draw ---- */

Test(rng, past_the_last_draw_the_rng_is_marked_and_goes_on)
{
    static const uint64_t edges[] = { LAST_DRAW, 3 * LAST_DRAW, 5 * LAST_DRAW, 63 * LAST_DRAW };

    for EACH(e, edges)
        for (enum form form = 0; form < FORMS; form++)
            for (uint64_t back = 0; back < 5; back++) {
                mcpar_rng_space space;
                mcpar_rng *rng = mcpar_rng_open(&space, 9, 8, 7);

                if (form == BELOW || form == REFILL_BELOW)    /* their retries would belong to no draw */
                    continue;
                go_to(rng, edges[e] - back);
                for (uint64_t j = edges[e] - back; j < edges[e] + 100; j++) {
                    check_draw(rng, form, 9, 8, 7, j);
                    CHECK(inside(rng)->past_last == (j >= LAST_DRAW), "draw %llu: mark %u", (unsigned long long)j,
                          inside(rng)->past_last);
                }
                cr_assert_eq(mcpar_rng_jump(rng, 0), MCPAR_OK);
                check_draw(rng, form, 9, 8, 7, 0);
                cr_assert_eq(inside(rng)->past_last, 1, "the way back does not undo it");
            }
}

Test(rng, below_past_the_last_draw_ends_and_marks)
{
    mcpar_rng_space space;
    mcpar_rng *rng = mcpar_rng_open(&space, 9, 8, 7);

    cr_assert_eq(mcpar_rng_jump(rng, LAST_DRAW - 1), MCPAR_OK);
    check_draw(rng, BELOW, 9, 8, 7, LAST_DRAW - 1);
    cr_assert_eq(inside(rng)->past_last, 0);
    for (int i = 0; i < 1000; i++)
        CHECK(mcpar_below(rng, 10) < 10, "not below 10");
    cr_assert_eq(inside(rng)->past_last, 1);
}

/* ---- Whole numbers below a bound ---- */

/* Chi-square of a sample over `cells` equally likely values. */
static double chi_square(const uint64_t *count, size_t cells, double n)
{
    double sum = 0, each = n / (double)cells;

    for (size_t i = 0; i < cells; i++)
        sum += ((double)count[i] - each) * ((double)count[i] - each) / each;
    return sum;
}

/* The seeds are fixed; a good generator would fail each check with probability 10^-6 (quantiles of chi-square with 2
 * and 9 degrees of freedom). Without rejections, one value in three would be twice as frequent for the first bound. */
Test(rng, below_is_unbiased)
{
    enum { N = 200000 };
    const uint64_t three_quarters = UINT64_C(3) << 62, half = (UINT64_C(1) << 63) + 1;
    uint64_t third[3] = { 0 }, tenth[10] = { 0 }, sixth[3] = { 0 }, halves[3] = { 0 };

    for (uint64_t i = 0; i < N; i++) {
        mcpar_rng_space space;
        mcpar_rng *rng = mcpar_rng_open(&space, 20240229, 3, i);
        uint64_t v = mcpar_below(rng, three_quarters);

        CHECK(v < three_quarters, "%llu", (unsigned long long)v);
        third[v % 3]++;
        v = mcpar_below(rng, 10);
        CHECK(v < 10, "%llu", (unsigned long long)v);
        tenth[v]++;
        v = mcpar_below(rng, half);
        CHECK(v < half, "%llu", (unsigned long long)v);
        halves[v / (half / 3 + 1)]++;
        v = mcpar_below(rng, 3);
        CHECK(v < 3, "%llu", (unsigned long long)v);
        sixth[v]++;
    }
    cr_assert_lt(chi_square(third, 3, N), 27.64);
    cr_assert_lt(chi_square(tenth, 10, N), 44.82);
    cr_assert_lt(chi_square(halves, 3, N), 27.64);
    cr_assert_lt(chi_square(sixth, 3, N), 27.64);
}

/* ---- Any host ---- */

Test(rng, the_same_bits_in_any_host_and_its_environment_comes_back)
{
    for (unsigned int host = 0; host < HOSTS; host++)
        for (enum form form = 0; form < FORMS; form++) {
            mcpar_rng_space space;
            mcpar_rng *rng = mcpar_rng_open(&space, 11, 12, 13);

            inside(rng)->worded = form == REFILL;    /* uniforms with their words */
            for (uint64_t j = 0; j < 200; j++) {
                uint64_t got, wanted, word = expected_word(11, 12, 13, j);
                uint64_t before, after;

                host_set(host);
                before = host_state();
                switch (form) {
                case WORD: got = mcpar_word(rng); break;
                case REFILL_WORD: got = mcpar_refill_word(rng); break;
                case REFILL_BELOW: got = mcpar_refill_below(rng, 1000); break;
                case BELOW: got = mcpar_below(rng, 1000); break;
                case NORMAL: got = golden_bits(mcpar_normal(rng)); break;
                case EXPONENTIAL: got = golden_bits(mcpar_exponential(rng)); break;
                default: got = golden_bits(mcpar_uniform(rng));
                }
                after = host_state();
                host_reset();
                switch (form) {
                case WORD: case REFILL_WORD: wanted = word; break;
                case BELOW: case REFILL_BELOW: wanted = expected_below(11, 12, 13, j, 1000); break;
                case NORMAL: wanted = golden_bits(mcpar__normal_of(word)); break;
                case EXPONENTIAL: wanted = golden_bits(mcpar__exponential_of(word)); break;
                default: wanted = golden_bits((double)(word >> 11) / 0x1p53);
                }
                CHECK(got == wanted, "host %u, form %d, draw %llu", host, form, (unsigned long long)j);
                CHECK(before == after, "host %u, form %d: %#llx became %#llx", host, form, (unsigned long long)before,
                      (unsigned long long)after);
            }
        }
}
