/* SPDX-License-Identifier: BSD-3-Clause */
/* Turning words into uniforms, normals and exponentials with vectors: the code for each kind of CPU gives the frozen
 * bits, for any words, any number of them and any place in memory. */
#include <inttypes.h>

#include "random/dist/distributions.h"
#include "random/dist/quantile.h"
#include "unit.h"

enum { MOST = 4096, GUARD = 8, SHAPES = 3 };
#define MARK (-7.0)
#define TOP (UINT64_C(1) << 63)

struct shape {
    const char *name;
    void (*many)(const uint64_t *restrict w, double *restrict out, size_t n);
    double (*one)(uint64_t w);
};

/* Words that wait until there are enough for a call, so that words of one kind share vectors with those of others. */
struct queue {
    struct shape shape[SHAPES];
    const char *path;
    uint64_t word[MOST];
    size_t n;
};

static void flush(struct queue *queue)
{
    static double out[MOST + GUARD];

    for (size_t s = 0; s < SHAPES; s++) {
        for (size_t i = 0; i < queue->n + GUARD; i++)
            out[i] = MARK;
        queue->shape[s].many(queue->word, out, queue->n);
        for (size_t i = 0; i < queue->n; i++)
            CHECK(golden_bits(out[i]) == golden_bits(queue->shape[s].one(queue->word[i])),
                  "%s: %s of %016" PRIx64 " is %a, not %a", queue->path, queue->shape[s].name, queue->word[i], out[i],
                  queue->shape[s].one(queue->word[i]));
        for (size_t i = 0; i < GUARD; i++)
            CHECK(golden_bits(out[queue->n + i]) == golden_bits(MARK), "%s: number %zu after %zu was written",
                  queue->path, i, queue->n);
    }
    queue->n = 0;
}

static void add(struct queue *queue, uint64_t word)
{
    queue->word[queue->n++] = word;
    if (queue->n == MOST)
        flush(queue);
}

/* Adds a word, its mirror image, and words up to 8 and powers of 2 up to 2^far above and below both. */
static void add_about(struct queue *queue, uint64_t k, int far)
{
    for (uint64_t d = 0; d <= 8; d++) {
        add(queue, k + d);
        add(queue, k - d);
        add(queue, ~(k + d));
        add(queue, ~(k - d));
    }
    for (int s = 4; s <= far; s++)
        for (int less = 0; less < 2; less++) {
            uint64_t d = (UINT64_C(1) << s) - (uint64_t)less;

            add(queue, k + d);
            add(queue, k - d);
            add(queue, ~(k + d));
            add(queue, ~(k - d));
        }
}

static double unit(uint64_t w)
{
    return (double)(w >> 11) / 0x1p53;
}

static struct queue *queue_of(const char *name)
{
    static struct queue queue;
    const struct mcpar__quantile *path = mcpar__quantile_named(name);

    if (!path)
        cr_skip_test("this CPU cannot run it");
    cr_assert_str_eq(path->name, name);
    queue.shape[0] = (struct shape){ "normal", path->shaped[MCPAR__NORMAL], mcpar__normal_of };
    queue.shape[1] = (struct shape){ "exponential", path->shaped[MCPAR__EXPONENTIAL], mcpar__exponential_of };
    queue.shape[2] = (struct shape){ "uniform", path->uniforms, unit };
    queue.path = name;
    return &queue;
}

/* All words at which a row of either table begins or ends. */
static void check_borders(struct queue *queue)
{
    for (int e = 0; e < 64; e++)
        for (uint64_t i = 0; i < 16; i++)
            add_about(queue, (UINT64_C(16) + i) << 59 >> (63 - e) >> 1, 40);
    for (uint64_t i = 0; i < 32; i++)
        add_about(queue, i << 59, 58);
    for (int i = 0; i < 16; i++)           /* only one word in 10^9 tells t2 * t2 from (t * t2) * t */
        add(queue, UINT64_C(0x4bcc149904390bb1));
    for (uint64_t d = 0; d < 5000; d++) {  /* 2 k + 1 rounds up to 2^64, the end of the tables, or not quite */
        add(queue, TOP - 1 - d);
        add(queue, TOP + d);
        add(queue, d);
        add(queue, ~d);
    }
    flush(queue);
}

static void check_random(struct queue *queue)
{
    uint64_t state = 1;

    for (int i = 0; i < 2000000; i++)
        add(queue, golden_random(&state));
    for (int i = 0; i < 2000000; i++) {    /* all octaves equally often, from both ends and from the middle */
        uint64_t k = golden_random(&state) >> 1 >> (i & 63);

        add(queue, i & 64 ? k : ~k);
        add(queue, i & 64 ? TOP + k : TOP - 1 - k);
    }
    flush(queue);
}

/* Lengths with every remainder of vectors and of batches, at every place in a cache line, for input and output. */
static void check_sizes(struct queue *queue)
{
    static _Alignas(64) uint64_t word[300 + 8];
    static _Alignas(64) double out[300 + 8 + 2 * GUARD];
    uint64_t state = 2;

    for (size_t n = 0; n <= 300; n += n < 140 ? 1 : 7)
        for (size_t from = 0; from < 8; from++)
            for (size_t to = 0; to < 8; to++)
                for (size_t s = 0; s < SHAPES; s++) {
                    for (size_t i = 0; i < n; i++)
                        word[from + i] = golden_random(&state) >> (i & 3);
                    for (size_t i = 0; i < n + 2 * GUARD; i++)
                        out[to + i] = MARK;
                    queue->shape[s].many(word + from, out + to + GUARD, n);
                    for (size_t i = 0; i < n + 2 * GUARD; i++) {
                        bool inside = i >= GUARD && i < GUARD + n;
                        double wanted = inside ? queue->shape[s].one(word[from + i - GUARD]) : MARK;

                        CHECK(golden_bits(out[to + i]) == golden_bits(wanted),
                              "%s: %zu %ss from %zu to %zu: place %zu is %a", queue->path, n, queue->shape[s].name,
                              from, to, i - GUARD, out[to + i]);
                    }
                }
}

static void check_golden(struct queue *queue)
{
    static uint64_t word[8000];
    static double wanted[2][8000], out[8000];
    FILE *file = golden_open("distributions.txt");
    char line[256];
    size_t n = 0;

    cr_assert_not_null(file, "tests/golden/distributions.txt is not under $srcdir");
    while (n < 8000 && golden_line(file, line, (int)sizeof line)) {
        cr_assert_eq(sscanf(line, "%" SCNx64 " %*a %la %*a %la", &word[n], &wanted[0][n], &wanted[1][n]), 3, "%s",
                     line);
        n++;
    }
    (void)fclose(file);
    cr_assert(n >= 2000 && n < 8000);
    for (size_t s = 0; s < 2; s++) {
        queue->shape[s].many(word, out, n);
        for (size_t i = 0; i < n; i++)
            CHECK(golden_bits(out[i]) == golden_bits(wanted[s][i]), "%s: %s of %016" PRIx64 " is %a, in v1 %a",
                  queue->path, queue->shape[s].name, word[i], out[i], wanted[s][i]);
    }
}

/* Uniforms are made in the host's own environment and must be exact in any, even if it rounds down and x - x is -0. */
static void check_hosts(struct queue *queue)
{
    static const uint64_t word[] = { 0, 1, 0x7ff, 0x800, UINT32_MAX, UINT64_C(1) << 32, TOP - 1, TOP,
                                     UINT64_MAX - 0x7ff, UINT64_MAX };
    enum { N = sizeof word / sizeof *word };
    double out[N];

    for (unsigned int host = 0; host < HOSTS; host++) {
        host_set(host);
        queue->shape[2].many(word, out, N);
        host_reset();
        for (size_t i = 0; i < N; i++)
            CHECK(golden_bits(out[i]) == golden_bits(unit(word[i])), "%s: host %u, uniform of %016" PRIx64 " is %a",
                  queue->path, host, word[i], out[i]);
    }
}

#define PATH_TEST(name)                                 \
    Test(rows, name)                                    \
    {                                                   \
        struct queue *queue = queue_of(#name);          \
                                                        \
        check_golden(queue);                            \
        check_sizes(queue);                             \
        check_borders(queue);                           \
        check_random(queue);                            \
        check_hosts(queue);                             \
    }

PATH_TEST(portable)
PATH_TEST(avx2)
PATH_TEST(avx512)
PATH_TEST(neon)

/* The table installed for other implementations has the same bits as the compiled one. */
Test(rows, the_tables_of_the_contract_page)
{
    FILE *file = golden_open("../../man/contract-v1.txt");
    char line[512], name[16];
    size_t number, expected = 0;
    double c[10];

    cr_assert_not_null(file, "man/contract-v1.txt is not under $srcdir");
    for (; golden_line(file, line, (int)sizeof line); expected++) {
        bool normal = expected < 1024;
        size_t at = normal ? expected : expected - 1024;
        const struct mcpar__row *row = normal ? &mcpar__normal_table[at] : &mcpar__exponential_table[at];
        uint64_t first, second;

        cr_assert_lt(expected, 1024 + 32);
        cr_assert_eq(sscanf(line, "%15s %zu %la %la %la %la %la %la %la %la %la %la", name, &number, &c[0], &c[1],
                            &c[2], &c[3], &c[4], &c[5], &c[6], &c[7], &c[8], &c[9]),
                     12, "%s", line);
        cr_assert_str_eq(name, normal ? "normal" : "exponential");
        cr_assert_eq(number, at);
        cr_expect_eq(golden_bits(c[0]), golden_bits(row->c[0]), "%s", line);
        for (int j = 1; j < 6; j++)
            cr_expect_eq(golden_bits(c[j + 1]), golden_bits(row->c[j]), "%s", line);
        first = golden_bits(c[1]) | golden_bits(c[7]) >> 32;
        second = golden_bits(c[8]) | golden_bits(c[9]) >> 32;
        cr_expect(first == row->packed[0] && second == row->packed[1], "%s", line);
    }
    cr_assert_eq(expected, 1024 + 32);
    (void)fclose(file);
}

Test(rows, what_names_no_path)
{
    cr_assert_null(mcpar__quantile_named(""));
    cr_assert_null(mcpar__quantile_named("AVX2"));
    cr_assert_null(mcpar__quantile_named("avx1024"));
}

/* This code and the generator's exist for the same kinds of CPU. */
Test(rows, there_is_a_path_for_each_of_the_generator)
{
    static const char *const names[] = { "portable", "neon", "avx2", "avx512" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        cr_assert_eq(!mcpar__quantile_named(names[i]), !mcpar__philox_named(names[i]), "%s", names[i]);
}
