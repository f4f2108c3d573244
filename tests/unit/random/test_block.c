/* SPDX-License-Identifier: BSD-3-Clause */
/* The draws of a block: each array against the contract and against the scalar form, in any mix of forms. */
#include "unit.h"
#include "random/block.h"
#include "random/dist/distributions.h"
#include <mcpar.h>

enum { ROOM = 70 };

static const uint64_t seeds[] = { 0, 1, MCPAR_SEED_DEFAULT, UINT64_MAX - 1, UINT64_MAX };
static const uint32_t streams[] = { 0, 1, 0xffffff };
static const uint64_t firsts[] = { 0, 1, UINT32_MAX - 3, UINT32_MAX, UINT64_C(1) << 32, UINT64_MAX - 1 - ROOM };
static const uint64_t starts[] = { 0, 1, 99, LAST_DRAW / 2 - 10, LAST_DRAW - 42, LAST_DRAW - 41 };
static const uint64_t bounds[] = { 1, 2, 3, 6, (UINT64_C(1) << 63) + 1, UINT64_C(3) << 62, UINT64_MAX, 0 };
static const size_t sizes[] = { 1, 2, 3, 8, 17, 64, ROOM };

#define EACH(i, table) (size_t i = 0; i < sizeof table / sizeof *table; i++)
#define COUNT(table) (sizeof table / sizeof *table)

enum form { UNIFORM, WORD, BELOW, NORMAL, EXPONENTIAL, FORMS };

struct script {                            /* what was drawn, to check it again when the block ends */
    uint64_t seed, first, draw;
    uint32_t stream;
    enum form form;
    uint64_t bound;
    size_t n;
    const void *array;
};

static const void *draw(mcpar_block *block, enum form form, uint64_t bound)
{
    switch (form) {
    case UNIFORM: return mcpar_uniforms(block);
    case WORD: return mcpar_words(block);
    case BELOW: return mcpar_belows(block, bound);
    case NORMAL: return mcpar_normals(block);
    default: return mcpar_exponentials(block);
    }
}

/* The bits of the same number from the scalar form. */
static uint64_t scalar(mcpar_rng *rng, enum form form, uint64_t bound)
{
    switch (form) {
    case UNIFORM: return golden_bits(mcpar_uniform(rng));
    case WORD: return mcpar_word(rng);
    case BELOW: return mcpar_below(rng, bound);
    case NORMAL: return golden_bits(mcpar_normal(rng));
    default: return golden_bits(mcpar_exponential(rng));
    }
}

static uint64_t by_contract(const struct script *s, uint64_t trial)
{
    uint64_t word = expected_word(s->seed, s->stream, trial, s->draw);

    switch (s->form) {
    case UNIFORM: return golden_bits((double)(word >> 11) / 0x1p53);
    case WORD: return word;
    case BELOW: return expected_below(s->seed, s->stream, trial, s->draw, s->bound);
    case NORMAL: return golden_bits(mcpar__normal_of(word));
    default: return golden_bits(mcpar__exponential_of(word));
    }
}

static void check(const struct script *s)
{
    const unsigned char *array = s->array;

    for (size_t i = 0; i < s->n; i++) {
        mcpar_rng_space space;
        mcpar_rng *rng = mcpar_rng_open(&space, s->seed, s->stream, s->first + i);
        uint64_t got;

        memcpy(&got, array + 8 * i, 8);
        CHECK(got == by_contract(s, s->first + i), "form %d, draw %llu, trial %llu + %zu of %zu", s->form,
              (unsigned long long)s->draw, (unsigned long long)s->first, i, s->n);
        CHECK(mcpar_rng_jump(rng, s->draw) == 0 && got == scalar(rng, s->form, s->bound), "not as the scalar form");
    }
}

/* Takes `draws` draws of one block in one form (FORMS: in random forms), and checks all at the end of the block. */
static void run(struct mcpar__block *block, struct script s, enum form form, size_t draws, uint64_t *state)
{
    struct script done[100];

    mcpar__block_start(block, s.first, s.n);
    cr_assert(block->open.n == s.n && block->open.first == s.first && block->open.hits == 0 && block->draw == 0);
    block->draw = s.draw;                  /* public calls get there only one draw at a time */
    for (size_t i = 0; i < draws; i++) {
        s.form = form < FORMS ? form : (enum form)(golden_random(state) % FORMS);
        s.bound = bounds[golden_random(state) % COUNT(bounds)];
        s.array = draw(&block->open, s.form, s.bound);
        CHECK(block->draw == s.draw + 1, "one array is one draw");
        done[i] = s;
        for (size_t j = 0; j < i; j++)
            CHECK(done[j].array != s.array, "draw %zu and draw %zu share an array", j, i);
        s.draw++;
    }
    for (size_t i = 0; i < draws; i++)
        check(&done[i]);
    cr_assert_eq(block->short_of_memory, 0);
}

static void open_block(struct mcpar__block *block, uint64_t seed, uint32_t stream)
{
    cr_assert_eq(mcpar__block_open(block, mcpar__key(seed, stream), ROOM), 0);
}

Test(block, each_form_alone)
{
    uint64_t state = 1;

    for EACH(s, seeds)
        for EACH(f, firsts) {
            struct mcpar__block block;
            uint32_t stream = streams[(s + f) % 3];

            open_block(&block, seeds[s], stream);
            for EACH(d, starts)
                for (enum form form = 0; form < FORMS; form++) {
                    size_t size = sizes[(s + f + d) % 7];
                    struct script script = { seeds[s], firsts[f], starts[d], stream, form, 0, size, NULL };

                    run(&block, script, form, 41, &state);
                }
            mcpar__block_close(&block);
        }
}

Test(block, mixed_forms_and_sizes_one_block_after_the_other)
{
    uint64_t state = 2;

    for (int round = 0; round < 60; round++) {
        struct mcpar__block block;
        uint64_t seed = seeds[golden_random(&state) % 5];
        uint32_t stream = streams[golden_random(&state) % 3];

        open_block(&block, seed, stream);
        for (int i = 0; i < 8; i++) {
            struct script script = { seed, firsts[golden_random(&state) % 6], starts[golden_random(&state) % 6], stream,
                                     UNIFORM, 0, 1 + golden_random(&state) % ROOM, NULL };

            run(&block, script, FORMS, golden_random(&state) % 41, &state);
        }
        mcpar__block_close(&block);
    }
}

Test(block, arrays_are_kept_from_block_to_block)
{
    struct mcpar__block block;
    size_t arrays;

    open_block(&block, 1, 2);
    for (int pass = 0; pass < 2; pass++) {
        mcpar__block_start(&block, 0, ROOM);
        for (int i = 0; i < 20; i++)
            (void)mcpar_uniforms(&block.open);
        arrays = pass ? arrays : block.arrays;
    }
    cr_assert_eq(block.arrays, arrays);
    cr_assert_eq(arrays, 20, "two draws come of one block of the generator, and take an array each");
    mcpar__block_close(&block);
}

Test(block, darts_are_two_uniforms)
{
    struct mcpar__block block;

    open_block(&block, 4, 5);
    for (uint64_t before = 0; before < 6; before++)
        for EACH(i, sizes)
            for EACH(f, firsts) {
                uint64_t hits = 0;
                const double *next;

                mcpar__block_start(&block, firsts[f], sizes[i]);
                for (uint64_t j = 0; j < before; j++)
                    (void)draw(&block.open, (enum form)((j + f) % FORMS), 10);
                for (size_t t = 0; t < sizes[i]; t++) {
                    volatile double x = expected_uniform(4, 5, firsts[f] + t, before);
                    volatile double y = expected_uniform(4, 5, firsts[f] + t, before + 1), xx = x * x, yy = y * y;

                    hits += xx + yy < 1.0;
                }
                CHECK(mcpar_darts(&block.open) == hits, "%zu darts after %llu draws", sizes[i],
                      (unsigned long long)before);
                CHECK(block.open.hits == 0, "they are the caller's to count");
                next = mcpar_uniforms(&block.open);
                for (size_t t = 0; t < sizes[i]; t++)
                    CHECK(golden_bits(next[t]) == golden_bits(expected_uniform(4, 5, firsts[f] + t, before + 2)),
                          "the draw after the darts");
            }
    mcpar__block_close(&block);
}

Test(block, the_same_bits_in_any_host_and_its_environment_comes_back)
{
    for (unsigned int host = 0; host < HOSTS; host++) {
        struct mcpar__block block;

        open_block(&block, 11, 12);
        mcpar__block_start(&block, 13, ROOM);
        for (uint64_t j = 0; j < 50; j++) {
            struct script s = { 11, 13, j, 12, (enum form)(j % FORMS), 1000, ROOM, NULL };
            uint64_t before, after;

            host_set(host);
            before = host_state();
            s.array = draw(&block.open, s.form, s.bound);
            after = host_state();
            host_reset();
            check(&s);
            CHECK(before == after, "host %u, form %d: %#llx became %#llx", host, s.form, (unsigned long long)before,
                  (unsigned long long)after);
        }
        mcpar__block_close(&block);
    }
}

Test(block, a_closed_block_holds_nothing)
{
    struct mcpar__block block;

    open_block(&block, 1, 2);
    mcpar__block_start(&block, 0, 3);
    (void)mcpar_normals(&block.open);
    mcpar__block_close(&block);
    cr_assert_null(block.array);
    cr_assert_null(block.spare);
    cr_assert_eq(block.arrays, 0);
    mcpar__block_close(&block);            /* again, with nothing to do */
}
