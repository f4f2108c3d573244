/* SPDX-License-Identifier: BSD-3-Clause */
/* Result files: what is written is read again, and both are what tests/golden/make_results.py makes of the same
 * trials. Any byte that is missing or changed is noticed. */
#include "base/sha256.h"
#include "saved.h"

static struct mcpar__report report;

static void start(void)
{
    memset(&report, 0, sizeof report);
}

TestSuite(file, .init = start);

static const struct {
    const char *name;
    struct mcpar__file (*made)(void);
} golden[] = { { "result-v1-hits.mcpar", saved_hits },
               { "result-v1-observables.mcpar", saved_observables },
               { "result-v1-several.mcpar", saved_several },
               { "result-v1-profiles.mcpar", saved_profiles },
               { "result-v1-goals.mcpar", saved_goals } };

enum { GOLDEN = sizeof golden / sizeof *golden };

static void assert_same_result(const struct mcpar__saved *a, const struct mcpar__saved *b)
{
    char print_a[MCPAR_FINGERPRINT_SIZE], print_b[MCPAR_FINGERPRINT_SIZE];
    const struct mcpar__ledger *la = &a->result.ledger, *lb = &b->result.ledger;

    CHECK(!memcmp(&a->stopping, &b->stopping, sizeof a->stopping), "the goals differ");
    cr_assert_eq(mcpar__saved_compare(a, b), 0);
    saved_print(a, print_a);
    saved_print(b, print_b);
    cr_assert_str_eq(print_a, print_b);
    cr_assert_eq(la->n, lb->n);
    cr_assert(la->n == 0 || memcmp(la->range, lb->range, la->n * sizeof *la->range) == 0);
    cr_assert_eq(a->result.tally.hits, b->result.tally.hits);
    cr_assert_eq(a->result.tally.schema, &a->schema);
    cr_assert_eq(a->result.tally.loose, 0);
    for (size_t i = 0; i < mcpar__limbs(&a->schema); i++)
        CHECK(a->result.tally.limb[i] == b->result.tally.limb[i], "limb %zu", i);
    for (size_t k = 0; k < a->schema.observables; k++)
        CHECK(!memcmp(mcpar__profile_of(&a->result.tally, k), mcpar__profile_of(&b->result.tally, k),
                      sizeof(struct mcpar__profile)), "profile %zu", k);
    cr_assert_eq(a->first.known, b->first.known);
    cr_assert(!a->first.known || (a->first.trial == b->first.trial && a->first.digest == b->first.digest));
}

/* Read, and found in `made`, in which they may stand in another order. */
static void assert_same(const struct mcpar__file *read, const struct mcpar__file *made)
{
    cr_assert_eq(read->n, made->n);
    for (size_t i = 0; i < read->n; i++) {
        size_t at = mcpar__file_find(made, &read->saved[i].lineage, &read->saved[i].schema);

        cr_assert_lt(at, made->n);
        assert_same_result(&read->saved[i], &made->saved[at]);
    }
}

Test(file, writes_the_golden_files)
{
    for (size_t g = 0; g < GOLDEN; g++) {
        struct mcpar__file made = golden[g].made();
        uint8_t *bytes, *expected;
        size_t n, wanted;

        expected = saved_golden(golden[g].name, &wanted);
        cr_assert_eq(mcpar__file_write(&made, &bytes, &n, &report), 0);
        cr_assert_eq(n, wanted, "%s: %zu bytes, not %zu", golden[g].name, n, wanted);
        for (size_t i = 0; i < n; i++)
            CHECK(bytes[i] == expected[i], "%s: byte %zu", golden[g].name, i);
        free(bytes);
        free(expected);
        mcpar__file_close(&made);
    }
}

Test(file, reads_the_golden_files)
{
    for (size_t g = 0; g < GOLDEN; g++) {
        struct mcpar__file made = golden[g].made(), read;
        size_t n;
        uint8_t *bytes = saved_golden(golden[g].name, &n);

        cr_assert_eq(mcpar__file_read(&read, bytes, n, &report), 0, "%s", report.text);
        free(bytes);                       /* nothing of it is needed any more */
        assert_same(&read, &made);
        for (size_t i = 1; i < read.n; i++)
            cr_assert_lt(mcpar__saved_compare(&read.saved[i - 1], &read.saved[i]), 0);
        mcpar__file_close(&read);
        mcpar__file_close(&made);
        cr_assert(read.saved == NULL && read.n == 0 && read.room == 0);
    }
}

/* results.txt is Python's. */
Test(file, fingerprints_of_the_golden_files)
{
    static char line[1 << 16];
    FILE *text = golden_open("results.txt");
    int seen = 0;

    cr_assert(text);
    while (golden_line(text, line, sizeof line)) {
        char name[64], print[MCPAR_FINGERPRINT_SIZE], found[MCPAR_FINGERPRINT_SIZE];
        struct mcpar__file file;
        size_t number, n;
        uint8_t *bytes;

        if (sscanf(line, "result %63s %zu %32s", name, &number, print) != 3)
            continue;
        bytes = saved_golden(name, &n);
        cr_assert_eq(mcpar__file_read(&file, bytes, n, &report), 0, "%s", report.text);
        cr_assert_lt(number, file.n);
        saved_print(&file.saved[number], found);
        cr_assert_str_eq(found, print);
        mcpar__file_close(&file);
        free(bytes);
        seen++;
    }
    (void)fclose(text);
    cr_assert_eq(seen, 14);
}

/* The fingerprint of a stored result is that of its sections as they stand in the file. */
Test(file, a_fingerprint_is_the_hash_of_the_stored_bytes)
{
    static const char *const outside[] = { "FRST", "MERG" };
    struct mcpar__file made = saved_observables();
    char print[MCPAR_FINGERPRINT_SIZE], text[3];
    struct mcpar__sha256 sha;
    uint8_t *bytes, digest[32];
    size_t n, begin = MCPAR__FILE_START + MCPAR__SECTION_HEAD, end = 0;

    cr_assert_eq(mcpar__file_write(&made, &bytes, &n, &report), 0);
    end = n - MCPAR__FILE_SEAL - 2 * (MCPAR__SECTION_HEAD + 0) - 16 - 2 * MCPAR__PRINT;
    cr_assert_eq(memcmp(bytes + end, outside[0], 4), 0);
    cr_assert_eq(memcmp(bytes + end + MCPAR__SECTION_HEAD + 16, outside[1], 4), 0);
    mcpar__sha256_start(&sha);
    mcpar__sha256_add(&sha, bytes + begin, end - begin);
    mcpar__sha256_end(&sha, digest);
    saved_print(&made.saved[0], print);
    for (size_t i = 0; i < MCPAR__PRINT; i++) {
        (void)snprintf(text, sizeof text, "%02x", digest[i]);
        cr_assert_eq(memcmp(print + 2 * i, text, 2), 0);
    }
    free(bytes);
    mcpar__file_close(&made);
}

Test(file, without_results)
{
    struct mcpar__file none = { 0 }, read;
    uint8_t *bytes;
    size_t n;

    cr_assert_eq(mcpar__file_write(&none, &bytes, &n, &report), 0);
    cr_assert_eq(n, MCPAR__FILE_START + MCPAR__FILE_SEAL);
    cr_assert_eq(mcpar__file_read(&read, bytes, n, &report), 0, "%s", report.text);
    cr_assert_eq(read.n, 0);
    mcpar__file_close(&read);
    free(bytes);
}

/* The longest names and tags, many observables, pairs and ranges, sums of all signs and scales. */
Test(file, at_the_limits)
{
    enum { MANY = 300, PAIRS = 700, RANGES = 1000 };
    static char text[MANY][MCPAR__MAX_NAME + 1], tag[MCPAR__MAX_TAG + 1];
    static size_t pair[PAIRS][2];
    static double work[MCPAR__SUMS_ROOM], value[MANY];
    const char *name[MANY];
    double *values[MANY];
    struct mcpar__file made = { 0 }, read;
    struct mcpar__saved *s = saved_new(&made);
    uint64_t state = 1;
    uint8_t *bytes;
    size_t n;

    memset(tag, '\xff', MCPAR__MAX_TAG);
    for (size_t k = 0; k < MANY; k++) {
        memset(text[k], 'a' + (int)(k % 26), MCPAR__MAX_NAME);
        (void)snprintf(text[k], 8, "%07zu", k);
        text[k][7] = '\n';
        name[k] = text[k];
        values[k] = &value[k];
    }
    for (size_t p = 0; p < PAIRS; p++)
        for (size_t i = 0; i < 2; i++)
            pair[p][i] = (size_t)(golden_random(&state) % MANY);
    saved_open(s, 0, 0, tag, MANY, name, PAIRS, pair);
    for (uint64_t i = 0; i < RANGES; i++)
        cr_assert_eq(mcpar__ledger_add(&s->result.ledger, 2 * i, 1), 0);
    for (int i = 0; i < RANGES; i++) {
        for (size_t k = 0; k < MANY; k++)
            value[k] = ldexp((double)(golden_random(&state) >> 11), i - 500) * (k % 2 ? 1 : -1);
        value[0] = DBL_MAX;
        value[1] = -DBL_MAX;
        value[2] = -5e-324;
        mcpar__tally_add(&s->result.tally, values, 2 * (uint64_t)i, 1, 1, work);
    }
    mcpar__tally_canonical(&s->result.tally);
    cr_assert_eq(mcpar__file_write(&made, &bytes, &n, &report), 0);
    cr_assert_eq(mcpar__file_read(&read, bytes, n, &report), 0, "%s", report.text);
    assert_same(&read, &made);
    cr_assert_eq(read.saved[0].schema.pairs, PAIRS);
    mcpar__file_close(&read);
    mcpar__file_close(&made);
    free(bytes);
}

Test(file, merges_are_kept_once_and_in_order)
{
    struct mcpar__file made = saved_observables(), read;
    uint8_t *bytes;
    size_t n;

    cr_assert_eq(made.saved[0].merges, 4);
    cr_assert_eq(mcpar__file_write(&made, &bytes, &n, &report), 0);
    cr_assert_eq(mcpar__file_read(&read, bytes, n, &report), 0, "%s", report.text);
    cr_assert_eq(read.saved[0].merges, 2);
    cr_assert_lt(memcmp(read.saved[0].merged[0], read.saved[0].merged[1], MCPAR__PRINT), 0);
    cr_assert_eq(made.saved[0].merges, 4, "the writer changes nothing");
    mcpar__file_close(&read);
    mcpar__file_close(&made);
    free(bytes);
}

/* A digest of another trial would make the file unreadable. */
Test(file, a_digest_of_another_trial_is_left_out)
{
    struct mcpar__file made = saved_several(), read;
    uint8_t *bytes;
    size_t n;

    for (size_t i = 0; i < made.n; i++)
        made.saved[i].first = (struct mcpar__first){ 77, 1, true };
    cr_assert_eq(mcpar__file_write(&made, &bytes, &n, &report), 0);
    cr_assert_eq(mcpar__file_read(&read, bytes, n, &report), 0, "%s", report.text);
    for (size_t i = 0; i < read.n; i++)
        cr_assert_not(read.saved[i].first.known);
    mcpar__file_close(&read);
    mcpar__file_close(&made);
    free(bytes);
}

Test(file, results_can_move)
{
    struct mcpar__file file = { 0 };
    struct mcpar__saved one, other;

    for (uint32_t i = 0; i < 50; i++) {    /* the array moves while it grows */
        saved_open(&one, 1, i, "", 2, saved_two, 1, saved_pairs);
        saved_run(&one, i, 2);
        mcpar__saved_move(saved_new(&file), &one);
        cr_assert(one.lineage.tag == NULL && one.schema.observables == 0);
    }
    for (uint32_t i = 0; i < 50; i++) {
        saved_open(&other, 1, i, "", 2, saved_two, 1, saved_pairs);
        saved_run(&other, i, 2);
        cr_assert_eq(mcpar__file_find(&file, &other.lineage, &other.schema), i);
        assert_same_result(&file.saved[i], &other);
        mcpar__saved_close(&other);
    }
    saved_open(&other, 1, 3, "", 2, saved_two, 0, NULL);
    cr_assert_eq(mcpar__file_find(&file, &other.lineage, &other.schema), file.n, "no pairs: another lineage");
    mcpar__saved_close(&other);
    mcpar__file_close(&file);
}

/* Each part of a lineage tells results apart, and the order is one. */
Test(file, results_are_ordered_by_lineage)
{
    static const char *const names[][2] = { { "a", "b" }, { "a", "c" }, { "b", "a" } };
    static size_t pairs[][1][2] = { { { 0, 0 } }, { { 0, 1 } }, { { 1, 0 } } };
    enum { N = 12 };
    static struct mcpar__saved s[N];
    size_t n = 0;

    saved_open(&s[n++], 1, 9, "z", 2, names[2], 1, pairs[2]);
    saved_open(&s[n++], 2, 1, "z", 0, NULL, 0, NULL);
    saved_open(&s[n++], 2, 2, "", 2, names[2], 0, NULL);
    saved_open(&s[n++], 2, 2, "x", 0, NULL, 0, NULL);
    saved_open(&s[n++], 2, 2, "x", 1, names[2], 1, pairs[0]);
    saved_open(&s[n++], 2, 2, "x", 2, names[0], 0, NULL);
    saved_open(&s[n++], 2, 2, "x", 2, names[0], 1, pairs[0]);
    saved_open(&s[n++], 2, 2, "x", 2, names[0], 1, pairs[1]);
    saved_open(&s[n++], 2, 2, "x", 2, names[0], 1, pairs[2]);
    saved_open(&s[n++], 2, 2, "x", 2, names[1], 0, NULL);
    saved_open(&s[n++], 2, 2, "x\xff", 0, NULL, 0, NULL);
    saved_open(&s[n++], 1, 1, "", 0, NULL, 0, NULL);
    s[N - 1].lineage.contract = 2;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            int order = mcpar__saved_compare(&s[i], &s[j]);

            cr_assert_eq((order > 0) - (order < 0), (i > j) - (i < j), "%d and %d", i, j);
        }
    for (size_t i = 0; i < N; i++)
        mcpar__saved_close(&s[i]);
}

/* ---- Truncated, damaged ---- */

static int reads(const uint8_t *bytes, size_t n)
{
    uint8_t *exact = malloc(n ? n : 1);    /* so that a sanitizer sees a byte too much */
    struct mcpar__file file;
    int err;

    CHECK(exact, "memory");
    memcpy(exact, bytes, n);
    report.code = 0;
    err = mcpar__file_read(&file, exact, n, &report);
    if (err)
        CHECK(file.saved == NULL && file.n == 0 && file.room == 0, "not empty");
    mcpar__file_close(&file);
    free(exact);
    return err;
}

Test(file, every_truncation_is_refused)
{
    for (size_t g = 0; g < GOLDEN; g++) {
        size_t n;
        uint8_t *bytes = saved_golden(golden[g].name, &n);

        for (size_t part = 0; part < n; part++) {
            CHECK(reads(bytes, part) == MCPAR_ERR_FORMAT, "%s: %zu bytes", golden[g].name, part);
            if (part > 0)
                CHECK(strstr(report.text, ": truncated: "), "%zu bytes: %s", part, report.text);
        }
        cr_assert_eq(reads(bytes, n), 0);
        free(bytes);
    }
}

Test(file, a_truncated_file_says_how_much_is_missing)
{
    size_t n;
    uint8_t *bytes = saved_golden("result-v1-hits.mcpar", &n);
    char wanted[256];

    (void)reads(bytes, n - 50);            /* within its only result */
    (void)snprintf(wanted, sizeof wanted, "%s: truncated: %zu bytes are there, but its lengths ask for at least %zu",
                   mcpar_strerror(MCPAR_ERR_FORMAT), n - 50, n);
    cr_assert_str_eq(report.text, wanted);
    (void)reads(bytes, n - 1);
    cr_assert(strstr(report.text, "ask for at least 176"), "%s", report.text);
    free(bytes);
}

Test(file, every_flipped_bit_is_refused)
{
    for (size_t g = 0; g < GOLDEN; g++) {
        size_t n;
        uint8_t *bytes = saved_golden(golden[g].name, &n);

        /* of a long file every 13th, each in another place of its byte, because the whole is hashed for each */
        for (size_t bit = 0; bit < 8 * n; bit += n > 6000 ? 13 : 1) {
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            CHECK(reads(bytes, n) == MCPAR_ERR_FORMAT, "%s: bit %zu", golden[g].name, bit);
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        cr_assert_eq(reads(bytes, n), 0);
        free(bytes);
    }
}

Test(file, more_bytes_are_refused)
{
    size_t n;
    uint8_t *bytes = saved_golden("result-v1-several.mcpar", &n);

    bytes[n] = 0;
    cr_assert_eq(reads(bytes, n + 1), MCPAR_ERR_FORMAT);
    cr_assert(strstr(report.text, "damaged: 5665 bytes are there, but it ends after 5664"), "%s", report.text);
    memcpy(bytes + n, bytes, n);
    cr_assert_eq(reads(bytes, 2 * n), MCPAR_ERR_FORMAT);
    free(bytes);
}

Test(file, other_files_are_refused)
{
    static const char *const others[] = { "", "\x89PNG\r\n\x1a\n and so on", "{\"pi\": 3.14}\n", "\x89MCPAR\n\n",
                                          "\x09MCPAR\r\n" };
    static const char *const told[] = { "no bytes", "does not begin", "does not begin", "text mode", "text mode" };

    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        cr_assert_eq(reads((const uint8_t *)others[i], strlen(others[i])), MCPAR_ERR_FORMAT);
        cr_assert(strstr(report.text, told[i]), "%s", report.text);
    }
}

/* ---- The digest of a trial ---- */

Test(file, digests_know_the_hit_and_every_bit_of_the_values)
{
    double x[2] = { 1.5, -0.0 };
    uint64_t seen[5], again[5];

    for (unsigned int e = 0; e < HOSTS; e++) {
        IN_HOST(e, again[0] = mcpar__digest(0, NULL, 0); again[1] = mcpar__digest(1, NULL, 0);
                again[2] = mcpar__digest(1, x, 1); again[3] = mcpar__digest(1, x, 2); x[1] = 0.0;
                again[4] = mcpar__digest(1, x, 2); x[1] = -0.0);
        if (e == 0)
            memcpy(seen, again, sizeof seen);
        cr_assert_arr_eq(seen, again, sizeof seen);
    }
    cr_assert_eq(seen[1], UINT64_C(0xa63f41d436a19f7c), "as in results.txt");
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < i; j++)
            cr_assert_neq(seen[i], seen[j]);
}
