/* SPDX-License-Identifier: BSD-3-Clause */
/* The generator against its published answers and another implementation; its bulk code, for each kind of CPU, against
 * the generator. */
#include "unit.h"

#if defined(__has_include)
#if __has_include(<Random123/philox.h>)
#include <Random123/philox.h>
#define HAVE_RANDOM123_HEADER 1
#endif
#endif

Test(philox, known_answers_of_random123)
{
    FILE *file = golden_open("kat_vectors");
    char line[256];
    int lines = 0;

    cr_assert_not_null(file, "tests/golden/kat_vectors is not under $srcdir");
    while (golden_line(file, line, (int)sizeof line)) {
        uint32_t c[4], k[2], e[4];
        unsigned int rounds;
        struct mcpar__words w;

        cr_assert_eq(sscanf(line, "philox4x32 %u %x %x %x %x %x %x %x %x %x %x", &rounds, &c[0], &c[1], &c[2], &c[3],
                            &k[0], &k[1], &e[0], &e[1], &e[2], &e[3]),
                     11, "%s", line);
        if (rounds != 10)
            continue;
        w = mcpar__philox((struct mcpar__key){ k[0], k[1], c[3] & 0xffffff }, (uint64_t)c[1] << 32 | c[0], c[2],
                          c[3] >> 24);
        cr_expect_eq(w.word[0], ((uint64_t)e[0] << 32) + e[1], "%s", line);
        cr_expect_eq(w.word[1], ((uint64_t)e[2] << 32) + e[3], "%s", line);
        lines++;
    }
    (void)fclose(file);
    cr_assert_eq(lines, 3);
}

Test(philox, a_key_is_the_seed_low_word_first)
{
    struct mcpar__key key = mcpar__key(UINT64_C(0x0123456789abcdef), 0xabcdef);

    cr_assert_eq(key.low, 0x89abcdef);
    cr_assert_eq(key.high, 0x01234567);
    cr_assert_eq(key.stream, 0xabcdef);
}

Test(philox, the_header_of_random123)
{
#ifdef HAVE_RANDOM123_HEADER
    uint64_t state = 1;

    for (int i = 0; i < 100000; i++) {
        uint64_t seed = golden_random(&state), trial = golden_random(&state), rest = golden_random(&state);
        uint32_t stream = (uint32_t)rest & 0xffffff, purpose = (uint32_t)rest >> 24, block = (uint32_t)(rest >> 32);
        philox4x32_ctr_t c = { { (uint32_t)trial, (uint32_t)(trial >> 32), block, (purpose << 24) + stream } };
        philox4x32_key_t k = { { (uint32_t)seed, (uint32_t)(seed >> 32) } };
        philox4x32_ctr_t r = philox4x32(c, k);
        struct mcpar__words w = mcpar__philox(mcpar__key(seed, stream), trial, block, purpose);

        CHECK(w.word[0] == (((uint64_t)r.v[0] << 32) + r.v[1]) && w.word[1] == (((uint64_t)r.v[2] << 32) + r.v[3]),
              "seed %llu stream %u trial %llu block %u purpose %u", (unsigned long long)seed, stream,
              (unsigned long long)trial, block, purpose);
    }
#else
    cr_skip_test("built without the header of Random123 (librandom123-dev)");
#endif
}

Test(philox, a_unit_is_the_upper_53_bits_in_any_host)
{
    static const struct { uint64_t word; double unit; } edges[] = {
        { 0, 0.0 }, { 2047, 0.0 }, { 2048, 0x1p-53 }, { 4095, 0x1p-53 }, { UINT64_C(1) << 63, 0.5 },
        { (UINT64_C(1) << 63) - 1, 0.5 - 0x1p-53 }, { UINT64_MAX, 1.0 - 0x1p-53 }, { UINT64_MAX - 2047, 1.0 - 0x1p-53 },
        { UINT64_MAX - 2048, 1.0 - 0x1p-52 }
    };

    for (unsigned int host = 0; host < HOSTS; host++)
        for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
            volatile uint64_t word = edges[i].word;
            uint64_t before, after;
            double got;

            host_set(host);
            before = host_state();
            got = mcpar__unit(word);
            after = host_state();
            host_reset();
            CHECK(golden_bits(got) == golden_bits(edges[i].unit), "word %016llx gives %a", (unsigned long long)word,
                  got);
            CHECK(before == after, "host %u: %#llx became %#llx", host, (unsigned long long)before,
                  (unsigned long long)after);
        }
}

/* ---- The generator in bulk ---- */

enum { GUARD = 8, MOST = 600 };
#define MARK (-7.0)
#define WORD_MARK UINT64_C(0x5555555555555555)

static const uint64_t firsts[] = { 0, 1, UINT32_MAX - 20, UINT32_MAX, UINT64_C(1) << 32, UINT64_MAX / 2,
                                   UINT64_MAX - 1 - 600 };
static const uint64_t seeds[] = { 0, 1, UINT32_MAX, UINT64_C(1) << 32, UINT64_MAX - 1, UINT64_MAX };
static const uint32_t streams[] = { 0, 1, 0xffffff };
static const size_t sizes[] = { 0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 511, 512 };

#define EACH(i, table) (size_t i = 0; i < sizeof table / sizeof *table; i++)

static void assert_guard(const double *out, size_t n)
{
    for (size_t i = 0; i < GUARD; i++)
        CHECK(golden_bits(out[n + i]) == golden_bits(MARK), "number %zu after %zu was written", i, n);
}

static void mark(double *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = MARK;
}

static void check_window(const struct mcpar__philox *path, struct mcpar__key key, uint64_t seed, uint64_t first,
                         size_t n, size_t blocks)
{
    static double out[MOST * 16 + GUARD];

    mark(out, 2 * blocks * n + GUARD);
    path->window(out, key, first, n, blocks);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < 2 * blocks; j++)
            CHECK(golden_bits(out[2 * blocks * i + j]) == golden_bits(expected_uniform(seed, key.stream, first + i, j)),
                  "%s: window of %zu, trial %zu, draw %zu", path->name, n, i, j);
    assert_guard(out, 2 * blocks * n);
    {
        static uint64_t word[MOST * 16 + 1];
        const uint64_t untouched = UINT64_C(0x123456789abcdef);

        word[2 * blocks * n] = untouched;
        path->word_window(word, key, first, n, blocks);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < 2 * blocks; j++)
                CHECK(word[2 * blocks * i + j] == expected_word(seed, key.stream, first + i, j),
                      "%s: word window of %zu, trial %zu, draw %zu", path->name, n, i, j);
        CHECK(word[2 * blocks * n] == untouched, "%s: past the word window", path->name);
    }
}

static void check_sequence(const struct mcpar__philox *path, struct mcpar__key key, uint64_t trial, uint32_t block,
                           uint32_t purpose, size_t blocks)
{
    static double out[2 * MOST + GUARD];

    mark(out, 2 * blocks + GUARD);
    path->sequence(out, key, trial, block, purpose, blocks);
    for (size_t b = 0; b < blocks; b++) {
        struct mcpar__words w = mcpar__philox(key, trial, block + (uint32_t)b, purpose);

        for (size_t j = 0; j < 2; j++)
            CHECK(golden_bits(out[2 * b + j]) == golden_bits((double)(w.word[j] >> 11) / 0x1p53),
                  "%s: sequence of %zu blocks from %u, purpose %u, number %zu", path->name, blocks, block, purpose,
                  2 * b + j);
    }
    assert_guard(out, 2 * blocks);
}

static void check_word_sequence(const struct mcpar__philox *path, struct mcpar__key key, uint64_t trial, uint32_t block,
                                uint32_t purpose, size_t blocks)
{
    static uint64_t out[2 * MOST + GUARD];

    for (size_t i = 0; i < 2 * blocks + GUARD; i++)
        out[i] = WORD_MARK;
    path->word_sequence(out, key, trial, block, purpose, blocks);
    for (size_t b = 0; b < blocks; b++) {
        struct mcpar__words w = mcpar__philox(key, trial, block + (uint32_t)b, purpose);

        for (size_t j = 0; j < 2; j++)
            CHECK(out[2 * b + j] == w.word[j], "%s: %zu blocks of words from %u, purpose %u, number %zu", path->name,
                  blocks, block, purpose, 2 * b + j);
    }
    for (size_t i = 0; i < GUARD; i++)
        CHECK(out[2 * blocks + i] == WORD_MARK, "word %zu after %zu was written", i, 2 * blocks);
}

static void check_columns(const struct mcpar__philox *path, struct mcpar__key key, uint64_t seed, uint64_t first,
                          size_t n, uint32_t block)
{
    static double u[2][MOST + GUARD];
    static uint64_t w[2][MOST + GUARD];

    for (size_t j = 0; j < 2; j++) {
        mark(u[j], n + GUARD);
        for (size_t i = 0; i < n + GUARD; i++)
            w[j][i] = WORD_MARK;
    }
    path->uniforms(u[0], u[1], key, first, n, block);
    path->words(w[0], w[1], key, first, n, block);
    for (size_t j = 0; j < 2; j++) {
        for (size_t i = 0; i < n; i++) {
            uint64_t draw = 2 * (uint64_t)block + j;

            CHECK(w[j][i] == expected_word(seed, key.stream, first + i, draw), "%s: words of %zu, block %u, trial %zu",
                  path->name, n, block, i);
            CHECK(golden_bits(u[j][i]) == golden_bits(expected_uniform(seed, key.stream, first + i, draw)),
                  "%s: uniforms of %zu, block %u, trial %zu", path->name, n, block, i);
        }
        assert_guard(u[j], n);
        for (size_t i = 0; i < GUARD; i++)
            CHECK(w[j][n + i] == WORD_MARK, "word %zu after %zu was written", i, n);
    }
}

/* Checks darts with integers: x and y are multiples of 2^-53, but in double the sum of their squares is rounded twice,
 * as in a user's own x * x + y * y. */
static void check_darts(const struct mcpar__philox *path, struct mcpar__key key, uint64_t seed, uint64_t first,
                        size_t n, uint32_t block)
{
    uint64_t hits = 0;

    for (size_t i = 0; i < n; i++) {
        volatile double x = expected_uniform(seed, key.stream, first + i, 2 * (uint64_t)block);
        volatile double y = expected_uniform(seed, key.stream, first + i, 2 * (uint64_t)block + 1);
        volatile double xx = x * x, yy = y * y;

        hits += xx + yy < 1.0;
    }
    CHECK(path->darts(key, first, n, block) == hits, "%s: %zu darts of block %u", path->name, n, block);
}

static void check_path(const struct mcpar__philox *path)
{
    static const uint32_t blocks[] = { 0, 1, 50, UINT32_MAX / 2 - 1, UINT32_MAX / 2, UINT32_MAX };

    for EACH(s, seeds)
        for EACH(f, firsts)
            for EACH(i, sizes) {
                struct mcpar__key key = mcpar__key(seeds[s], streams[(s + f) % 3]);

                check_window(path, key, seeds[s], firsts[f], sizes[i], (s + f + i) % 9);
                check_columns(path, key, seeds[s], firsts[f], sizes[i], f % 2 ? blocks[i % 6] / 2 : (uint32_t)(i % 2));
                check_columns(path, key, seeds[s], firsts[f], sizes[i], UINT32_MAX / 2);
                check_darts(path, key, seeds[s], firsts[f], sizes[i], f % 2 ? 0 : blocks[i % 6] / 2);
                for (size_t b = 0; b < 6; b++)
                    if (sizes[i] <= 32 && (uint64_t)blocks[b] + sizes[i] <= LAST_DRAW)
                        check_sequence(path, key, firsts[f], blocks[b], b % 2 ? 255 : 0, sizes[i]);
            }
}

/* Sequences of every length that is made in a different way, also across the wrap of block numbers. */
static void check_rows(const struct mcpar__philox *path)
{
    static const uint32_t blocks[] = { 0, 7, UINT32_MAX - 40, UINT32_MAX - 131 };

    for EACH(f, firsts)
        for (size_t n = 0; n < MOST; n += n < 140 ? 1 : 57)
            for EACH(b, blocks) {
                struct mcpar__key key = mcpar__key(seeds[n % 6], streams[f % 3]);

                check_sequence(path, key, firsts[f], blocks[b], n % 2 ? 255 : 3, n);
                check_word_sequence(path, key, firsts[f], blocks[b], n % 2 ? 255 : 0, n);
            }
}

/* Windows of every width, up to those made trial by trial, also of trials on both sides of a multiple of 2^32. */
static void check_windows(const struct mcpar__philox *path)
{
    for (size_t blocks = 1; blocks < 140; blocks++)
        for EACH(f, firsts) {
            size_t most = MOST * 8 / blocks;

            for (size_t n = 1; n <= most && n <= 40; n += n < 5 ? 1 : 7)
                check_window(path, mcpar__key(seeds[n % 6], streams[f % 3]), seeds[n % 6], firsts[f], n, blocks);
        }
}

static void check_named(const char *name)
{
    const struct mcpar__philox *path = mcpar__philox_named(name);

    if (!path)
        cr_skip_test("this CPU cannot run it");
    cr_assert_str_eq(path->name, name);
    check_path(path);
    check_rows(path);
    check_windows(path);
}

Test(philox, portable)
{
    cr_assert_eq(mcpar__philox_named("portable"), &mcpar__philox_portable);
    check_named("portable");
}

Test(philox, avx2)
{
    check_named("avx2");
}

Test(philox, avx512)
{
    check_named("avx512");
}

Test(philox, neon)
{
    check_named("neon");
}

Test(philox, what_names_no_path)
{
    cr_assert_null(mcpar__philox_named(""));
    cr_assert_null(mcpar__philox_named("PORTABLE"));
    cr_assert_null(mcpar__philox_named("avx1024"));
}

Test(philox, the_path_is_the_one_that_is_asked_for)
{
    (void)setenv("MCPAR_CPU", "portable", 1);
    cr_assert_eq(mcpar__philox_path(), &mcpar__philox_portable);
    (void)setenv("MCPAR_CPU", "avx2", 1);
    cr_assert_eq(mcpar__philox_path(), &mcpar__philox_portable, "chosen once");
}

Test(philox, without_a_usable_name_the_best_path_is_taken)
{
    static const char *const names[] = { "avx512", "avx2", "neon", "portable" };
    const struct mcpar__philox *best = NULL;

    (void)setenv("MCPAR_CPU", "nonsense", 1);
    for (size_t i = 0; i < 4 && !best; i++)
        best = mcpar__philox_named(names[i]);
    cr_assert_eq(mcpar__philox_path(), best);
}
