/* SPDX-License-Identifier: BSD-3-Clause */
/* SHA-256 against the published answers (FIPS 180-4 examples, NIST CAVP), in whole and in pieces. */
#include "base/sha256.h"
#include "unit.h"

static const char *hex(const uint8_t digest[32])
{
    static char text[65];

    for (int i = 0; i < 32; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
    return text;
}

static const char *sum_of(const void *data, size_t n)
{
    struct mcpar__sha256 sha;
    uint8_t digest[32];

    mcpar__sha256_start(&sha);
    mcpar__sha256_add(&sha, data, n);
    mcpar__sha256_end(&sha, digest);
    return hex(digest);
}

static const struct {
    const char *message, *digest;
} published[] = {
    { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    { "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
};

Test(sha256, gives_the_published_answers)
{
    for (size_t i = 0; i < sizeof published / sizeof *published; i++)
        cr_assert_str_eq(sum_of(published[i].message, strlen(published[i].message)), published[i].digest);
}

Test(sha256, of_a_million_letters)
{
    struct mcpar__sha256 sha;
    char letters[1000];
    uint8_t digest[32];

    memset(letters, 'a', sizeof letters);
    mcpar__sha256_start(&sha);
    for (int i = 0; i < 1000; i++)
        mcpar__sha256_add(&sha, letters, sizeof letters);
    mcpar__sha256_end(&sha, digest);
    cr_assert_str_eq(hex(digest), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* Every length around the ends of blocks, cut in two at every place: the padding needs one block or two. */
Test(sha256, does_not_depend_on_the_pieces)
{
    uint8_t data[200], digest[32];
    char whole[65];

    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(37 * i + 11);
    for (size_t n = 0; n <= sizeof data; n++) {
        (void)snprintf(whole, sizeof whole, "%s", sum_of(data, n));
        for (size_t cut = 0; cut <= n; cut++) {
            struct mcpar__sha256 sha;

            mcpar__sha256_start(&sha);
            mcpar__sha256_add(&sha, data, cut);
            mcpar__sha256_add(&sha, data + cut, n - cut);
            mcpar__sha256_end(&sha, digest);
            CHECK(strcmp(hex(digest), whole) == 0, "%zu bytes cut at %zu", n, cut);
        }
    }
}
