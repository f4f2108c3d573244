/* SPDX-License-Identifier: BSD-3-Clause */
/* SHA-256 against FIPS 180-4's examples, and the fingerprint against the same bytes hashed by Python's hashlib. */
#include "unit.h"
#include "result/fingerprint.h"
#include "base/sha256.h"

static void hex(const uint8_t digest[32], char text[65])
{
    for (size_t i = 0; i < 32; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

static void assert_sha(const void *data, size_t n, const char *expected)
{
    struct mcpar__sha256 sha;
    uint8_t digest[32];
    char text[65];

    mcpar__sha256_start(&sha);
    mcpar__sha256_add(&sha, data, n);
    mcpar__sha256_end(&sha, digest);
    hex(digest, text);
    cr_assert_str_eq(text, expected, "%zu bytes", n);
}

/* NIST, "Cryptographic Standards and Guidelines: examples with intermediate values", and the empty message. */
Test(fingerprint, sha256_examples_of_nist)
{
    static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    static const char long_one[] = "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
                                   "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";

    assert_sha("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_sha("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_sha(two_blocks, 56, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    assert_sha(long_one, 112, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
}

Test(fingerprint, sha256_of_a_million_a)
{
    struct mcpar__sha256 sha;
    uint8_t digest[32];
    char text[65], part[1009];
    size_t left = 1000000;

    memset(part, 'a', sizeof part);
    mcpar__sha256_start(&sha);
    while (left > 0) {
        size_t n = left < sizeof part ? left : sizeof part;

        mcpar__sha256_add(&sha, part, n);
        left -= n;
    }
    mcpar__sha256_end(&sha, digest);
    hex(digest, text);
    cr_assert_str_eq(text, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* Lengths around which the padding needs one more block. */
Test(fingerprint, sha256_around_the_end_of_a_block)
{
    static const struct { size_t n; const char *digest; } cases[] = {
        { 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318" },
        { 56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a" },
        { 63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34" },
        { 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb" },
        { 119, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb" },
        { 120, "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c" }
    };
    char a[120];

    memset(a, 'a', sizeof a);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_sha(a, cases[i].n, cases[i].digest);
}

Test(fingerprint, sha256_in_any_parts)
{
    uint8_t data[300], whole[32], parts[32];
    uint64_t state = 1;

    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)golden_random(&state);
    for (size_t n = 0; n <= sizeof data; n++) {
        struct mcpar__sha256 sha;
        size_t done = 0;

        mcpar__sha256_start(&sha);
        mcpar__sha256_add(&sha, data, n);
        mcpar__sha256_end(&sha, whole);
        mcpar__sha256_start(&sha);
        while (done < n) {
            size_t part = (size_t)(golden_random(&state) % (n - done + 1));

            mcpar__sha256_add(&sha, data + done, part);
            done += part;
        }
        mcpar__sha256_end(&sha, parts);
        CHECK(memcmp(whole, parts, 32) == 0, "%zu bytes", n);
    }
}

/* ---- The fingerprint ---- */

static char *names[] = { (char[]){ "payoff" }, (char[]){ "a longer name" } }, *x[] = { (char[]){ "x" } };
static size_t pairs[][2] = { { 0, 1 }, { 1, 1 }, { 1, 0 } };
static struct mcpar__range ranges[] = { { 0, 1000 }, { 5000, 1 }, { UINT64_MAX - 9, 9 } }, range[] = { { 0, 77 } };

static struct mcpar__tally filled(const struct mcpar__schema *schema, uint64_t hits)
{
    struct mcpar__tally tally;

    cr_assert_eq(mcpar__tally_open(&tally, schema), 0);
    tally.hits = hits;
    for (size_t i = 0; i < mcpar__limbs(schema); i++) {
        uint64_t v = (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15) + 7;

        memcpy(&tally.limb[i], &v, sizeof v);
    }
    return tally;
}

static void assert_print(const struct mcpar__lineage *lineage, struct mcpar__range *r, size_t n,
                         const struct mcpar__schema *schema, uint64_t hits, const char *expected)
{
    struct mcpar__ledger ledger = { r, n, n, 1 };
    struct mcpar__tally tally = filled(schema, hits);
    char text[MCPAR_FINGERPRINT_SIZE + 1];

    text[MCPAR_FINGERPRINT_SIZE] = 'g';
    mcpar__fingerprint(text, lineage, &ledger, &tally);
    cr_assert_str_eq(text, expected);
    cr_assert_eq(text[MCPAR_FINGERPRINT_SIZE], 'g');
    mcpar__tally_close(&tally);
}

Test(fingerprint, known_answers)
{
    const struct mcpar__schema none = { 0, 0, NULL, NULL }, one = { 1, 0, x, NULL }, two = { 2, 3, names, pairs };

    assert_print(&(struct mcpar__lineage){ 1, 0, MCPAR_SEED_DEFAULT, "" }, NULL, 0, &none, 0,
                 "0ab37b6978461b5b54b31f94392927f8");
    assert_print(&(struct mcpar__lineage){ 1, 0xffffff, UINT64_MAX - 1, "tag: \xc3\xa9" }, ranges, 3, &none,
                 (UINT64_C(1) << 63) + 5, "453fb91218de452fa6ff694cc6c7aad1");
    assert_print(&(struct mcpar__lineage){ 1, 3, 5, "" }, range, 1, &one, 12, "6b3d3a5bd25aba3730e3335040c45bae");
    assert_print(&(struct mcpar__lineage){ 1, 3, 5, "t" }, range, 1, &two, 12, "bef383b01015d92c59183ae36c9f83db");
}

/* Everything that belongs to a result changes its fingerprint. */
Test(fingerprint, every_part_counts)
{
    enum { VARIANTS = 16 };
    static char seen[VARIANTS][MCPAR_FINGERPRINT_SIZE];

    for (int v = 0; v < VARIANTS; v++) {
        char a[] = "a", b[] = "bc", *name[] = { a, b };
        size_t pair[1][2] = { { 0, 1 } };
        struct mcpar__range r[2] = { { 0, 10 }, { 20, 5 } };
        struct mcpar__ledger ledger = { r, 2, 2, 1 };
        struct mcpar__lineage lineage = { 1, 2, 3, "tag" };
        struct mcpar__schema schema = { 2, 1, name, pair };
        struct mcpar__tally tally;

        switch (v) {
        case 1: lineage.contract = 2; break;
        case 2: lineage.stream = 3; break;
        case 3: lineage.seed = 4; break;
        case 4: lineage.tag = "tah"; break;
        case 5: lineage.tag = ""; break;
        case 6: r[0].first = 1; break;
        case 7: r[1].n = 6; break;
        case 8: ledger.n = 1; break;
        case 9: a[0] = 'A'; break;
        case 10: b[1] = 0; break;
        case 11: pair[0][1] = 0; break;
        case 12: pair[0][0] = 1; break;
        default: break;
        }
        tally = filled(&schema, v == 13 ? 8 : 9);
        if (v == 14)
            tally.limb[0]++;
        if (v == 15)
            tally.limb[mcpar__limbs(&schema) - 1]++;
        mcpar__fingerprint(seen[v], &lineage, &ledger, &tally);
        mcpar__tally_close(&tally);
        cr_assert_eq(strspn(seen[v], "0123456789abcdef"), MCPAR_FINGERPRINT_SIZE - 1);
        for (int w = 0; w < v; w++)
            cr_assert_str_neq(seen[v], seen[w], "variants %d and %d", v, w);
    }
}

Test(fingerprint, the_hash_of_a_schema)
{
    const struct mcpar__schema none = { 0, 0, NULL, NULL }, two = { 2, 3, names, pairs }, first = { 1, 0, names, NULL };

    cr_assert_eq(mcpar__schema_hash(&none), UINT64_C(0xe3b0c44298fc1c14));
    cr_assert_eq(mcpar__schema_hash(&two), UINT64_C(0x81beca9213bd3c58));
    cr_assert_neq(mcpar__schema_hash(&first), mcpar__schema_hash(&two));
}
