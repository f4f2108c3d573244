/* SPDX-License-Identifier: BSD-3-Clause */
/* Result files whose checksum is right, but whose content no library wrote: each is refused by a named error, nothing
 * is read outside of the bytes, and memory is only asked for if the bytes are there that fill it. */
#include "base/sha256.h"
#include "saved.h"

enum { LINE, TAG, LEDG, HITS, OBSV, PAIR, SUMS, FRST, MERG, PROF, GOAL, PARTS };
enum { SUM = 0, SQUARES = MCPAR__SUM_LIMBS, NEXT = SQUARES + MCPAR__PRODUCT_LIMBS, PRODUCTS = 2 * NEXT,
       LIMBS = PRODUCTS + MCPAR__PRODUCT_LIMBS,
       RESULT = 9 * 12 + 16 + 1 + 32 + 8 + 4 + 8 + 8 * LIMBS + 16 + 32 };    /* bytes */

static const char *const tags[PARTS] = { "LINE", "TAG_", "LEDG", "HITS", "OBSV", "PAIR", "SUMS", "FRST", "MERG", "PROF",
                                         "GOAL" };
enum { PROFILE = 8 * (MCPAR__SUM_LIMBS + 5), CUBES = 8, LOW = CUBES + 8 * MCPAR__SUM_LIMBS, HIGH = LOW + 8,
       LOW_TRIAL = HIGH + 8, HIGH_TRIAL = LOW_TRIAL + 8 };                   /* bytes */

enum { RULE = 0, PILOT = 8, PILOT_HITS = 16, RHO2 = 24, FIRST = 32, MET = 64, END = MET + 32, HITS_NEEDED = END + 8,
       ONE_MET = 48 };                                                      /* bytes; of one precision: */
enum { OBSERVABLE = 0, HALF_WIDTH = 8, RELATIVE = 16, CONFIDENCE = 24 };

#define PROFILED part[PROF].tag = tags[PROF]
#define TO_GOALS part[GOAL].tag = tags[GOAL]
#define ALL PROFILED; TO_GOALS
#define UNDECIDED \
    put64(GOAL, RULE, 0); put64(GOAL, PILOT, 0); put64(GOAL, PILOT_HITS, 0); put64(GOAL, HITS_NEEDED, 0); \
    put64(GOAL, HITS_NEEDED + ONE_MET, 0)

/* A file of results that have these sections (PROF and GOAL only where a test says so): 15 trials, whose values were all 0. */
static struct {
    const char *tag;                       /* NULL: left out */
    uint8_t data[1 << 14];
    size_t n;
    uint64_t says;                         /* the length that it says */
} part[PARTS];
static struct {
    uint32_t version, count;
    int copies;                            /* of the result, on streams of their own */
    const char *tag;
    uint64_t more;                         /* bytes that the result says it has beyond those that it has */
} whole;
static uint8_t bytes[1 << 20], after[64];
static size_t n, after_n;
static struct mcpar__report report;

static void set(uint8_t *at, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static void put32(int kind, size_t at, uint64_t value)
{
    set(part[kind].data + at, value, 4);
}

static void put64(int kind, size_t at, uint64_t value)
{
    set(part[kind].data + at, value, 8);
}

static void limb(size_t at, int64_t value)
{
    put64(SUMS, 8 * at, (uint64_t)value);
}

static void fill(int kind, const void *data, size_t size)
{
    memcpy(part[kind].data, data, size);
    part[kind].n = part[kind].says = size;
}

static void size(int kind, size_t to)
{
    part[kind].n = part[kind].says = to;
}

static void real(int kind, size_t at, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    put64(kind, at, bits);
}

static void precision(size_t at, uint64_t observable, double half_width, double relative, double confidence)
{
    put64(GOAL, at + OBSERVABLE, observable);
    real(GOAL, at + HALF_WIDTH, half_width);
    real(GOAL, at + RELATIVE, relative);
    real(GOAL, at + CONFIDENCE, confidence);
}

static void good(void)
{
    static const size_t sizes[PARTS] = { 16, 1, 32, 8, 4, 8, 8 * LIMBS, 16, 32, 2 * PROFILE, MET + 2 * ONE_MET };

    memset(part, 0, sizeof part);
    for (int k = 0; k < PARTS; k++) {
        part[k].tag = tags[k];
        size(k, sizes[k]);
    }
    put32(LINE, 0, 1);
    put32(LINE, 4, 2);
    put64(LINE, 8, 3);
    fill(TAG, "t", 1);
    put64(LEDG, 8, 10);
    put64(LEDG, 16, 20);
    put64(LEDG, 24, 5);
    put64(HITS, 0, 9);
    fill(OBSV, "a\0b", 4);
    put32(PAIR, 4, 1);
    put64(FRST, 8, 77);
    part[MERG].data[31] = 1;
    part[PROF].tag = part[GOAL].tag = NULL;
    put64(GOAL, RULE, 1);
    put64(GOAL, PILOT, 4);
    put64(GOAL, PILOT_HITS, 2);
    precision(FIRST, UINT64_MAX, 0, 0.25, 0.95);
    for (size_t at = 0; at < 2 * ONE_MET; at += ONE_MET) {
        precision(MET + at, 1, 0.125, 0, 0.95);
        put64(GOAL, END + at, 10);
        put64(GOAL, HITS_NEEDED + at, 3);
    }
    whole.version = 1;
    whole.count = 1;
    whole.copies = 1;
    whole.tag = "RSLT";
    whole.more = 0;
    after_n = 0;
    report.code = 0;
}

static void add(const void *data, size_t size)
{
    cr_assert_lt(size, sizeof bytes - n);
    memcpy(bytes + n, data, size);
    n += size;
}

static void add_head(const char *tag, uint64_t length)
{
    uint8_t little[8];

    set(little, length, 8);
    add(tag, 4);
    add(little, 8);
}

static void seal(void)
{
    struct mcpar__sha256 sha;
    uint8_t digest[32];

    mcpar__sha256_start(&sha);
    mcpar__sha256_add(&sha, bytes, n);
    mcpar__sha256_end(&sha, digest);
    add_head("SHA2", 32);
    add(digest, 32);
}

static void assemble(void)
{
    uint64_t length = 0;
    uint8_t little[8];

    n = 0;
    add("\x89MCPAR\r\n", 8);
    set(little, whole.version, 4);
    set(little + 4, whole.count, 4);
    add(little, 8);
    for (int k = 0; k < PARTS; k++)
        length += part[k].tag ? 12 + part[k].n : 0;
    for (int i = 0; i < whole.copies; i++) {
        if (i > 0)
            put32(LINE, 4, (uint64_t)2 + (unsigned int)i);
        add_head(whole.tag, length + whole.more);
        for (int k = 0; k < PARTS; k++)
            if (part[k].tag) {
                add_head(part[k].tag, part[k].says);
                add(part[k].data, part[k].n);
            }
    }
    add(after, after_n);
    seal();
}

/* Reads a copy that ends where a sanitizer sees a byte too much. What is taken is written again as it was: there is one
 * way to write results. */
static int reads(void)
{
    uint8_t *exact = malloc(n), *again;
    struct mcpar__file file;
    size_t written;
    int err;

    CHECK(exact, "memory");
    memcpy(exact, bytes, n);
    report.code = 0;
    err = mcpar__file_read(&file, exact, n, &report);
    if (err) {
        CHECK(file.saved == NULL && file.n == 0 && file.room == 0, "not empty");
    } else {
        CHECK(mcpar__file_write(&file, &again, &written, &report) == 0, "memory");
        CHECK(written == n && memcmp(again, bytes, n) == 0, "written again as %zu bytes, not %zu", written, n);
        free(again);
    }
    mcpar__file_close(&file);
    free(exact);
    return err;
}

#define REFUSED(code, words, edit)                                                         \
    do {                                                                                   \
        int err_;                                                                          \
        good();                                                                            \
        edit;                                                                              \
        assemble();                                                                        \
        err_ = reads();                                                                    \
        cr_assert_eq(err_, code, "%s: code %d", #edit, err_);                              \
        cr_assert(strstr(report.text, words), "%s: %s", #edit, report.text);               \
    } while (0)

#define TAKEN(edit)                                                                        \
    do {                                                                                   \
        good();                                                                            \
        edit;                                                                              \
        assemble();                                                                        \
        cr_assert_eq(reads(), 0, "%s: %s", #edit, report.text);                            \
    } while (0)

Test(hostile, what_is_right_is_taken)
{
    TAKEN((void)0);
    TAKEN(part[TAG].tag = NULL);
    TAKEN(part[FRST].tag = NULL);
    TAKEN(part[MERG].tag = NULL);
    TAKEN(part[PAIR].tag = NULL; size(SUMS, 8 * PRODUCTS));
    TAKEN(part[OBSV].tag = part[PAIR].tag = part[SUMS].tag = NULL);
    TAKEN(size(LEDG, 0); part[FRST].tag = NULL; put64(HITS, 0, 0));
    TAKEN(whole.count = 3; whole.copies = 3);
    TAKEN(put32(LINE, 4, 0xffffff); put64(LINE, 8, UINT64_MAX - 1); put64(HITS, 0, 15));
    TAKEN(put64(LEDG, 16, 11); put64(LEDG, 24, UINT64_MAX - 11));
    TAKEN(fill(OBSV, "\0b", 3));
}

Test(hostile, start)
{
    REFUSED(MCPAR_ERR_NEWER, "version 2, and this library reads version 1", whole.version = 2);
    REFUSED(MCPAR_ERR_NEWER, "version 4294967295", whole.version = UINT32_MAX);
    REFUSED(MCPAR_ERR_FORMAT, "version 0", whole.version = 0);
    REFUSED(MCPAR_ERR_FORMAT, "4294967295 results do not fit", whole.count = UINT32_MAX);
    REFUSED(MCPAR_ERR_FORMAT, "are no section", whole.count = 2);
    REFUSED(MCPAR_ERR_FORMAT, "section RSLT at byte 16 does not belong", whole.count = 0);
    REFUSED(MCPAR_ERR_FORMAT, "does not belong there", whole.copies = 2);
    REFUSED(MCPAR_ERR_FORMAT, "section LINE at byte 16 does not belong", whole.tag = "LINE");
    REFUSED(MCPAR_ERR_NEWER, "section LOOK at byte 16 is not known", whole.tag = "LOOK");
    REFUSED(MCPAR_ERR_FORMAT, "no section begins at byte 16", whole.tag = "rslt");
    REFUSED(MCPAR_ERR_FORMAT, "section RSLT at byte 16 has", whole.more = 1);
    REFUSED(MCPAR_ERR_FORMAT, "has 18446744073709551615 bytes", whole.more = UINT64_MAX - RESULT);
    REFUSED(MCPAR_ERR_FORMAT, "section RSLT at byte 16 has", whole.more = UINT64_MAX / 2);
}

Test(hostile, behind_the_results)
{
    static const uint8_t newer[12] = "MORE", known[12] = "LINE";

    REFUSED(MCPAR_ERR_NEWER, "section MORE", memcpy(after, newer, after_n = 12));
    REFUSED(MCPAR_ERR_FORMAT, "section LINE", memcpy(after, known, after_n = 12));
    REFUSED(MCPAR_ERR_FORMAT, "1 bytes at byte", after_n = 1);
}

Test(hostile, order_and_kinds_of_sections)
{
    for (int k = 0; k < PARTS; k++) {
        char words[64];

        (void)snprintf(words, sizeof words, "section %s at byte", tags[k]);
        if (k + 1 < PARTS)                 /* twice */
            REFUSED(MCPAR_ERR_FORMAT, words, ALL; part[k + 1] = part[k]);
        REFUSED(MCPAR_ERR_NEWER, "section NEW_ at byte", ALL; part[k].tag = "NEW_");
        REFUSED(MCPAR_ERR_FORMAT, "no section begins", ALL; part[k].tag = "\x01\x02\x03\x04");
        REFUSED(MCPAR_ERR_FORMAT, "section SHA2 at byte", ALL; part[k].tag = "SHA2");
        REFUSED(MCPAR_ERR_FORMAT, words, ALL; part[k].says = UINT64_MAX);
        REFUSED(MCPAR_ERR_FORMAT, words, ALL; part[k].says = UINT64_MAX - 11);
        REFUSED(MCPAR_ERR_FORMAT, words, ALL; part[k].says = INT64_MAX);
    }
    REFUSED(MCPAR_ERR_FORMAT, "section LEDG at byte",
            part[LEDG].tag = "HITS"; part[HITS].tag = "LEDG"; size(LEDG, 8); size(HITS, 16));
    REFUSED(MCPAR_ERR_FORMAT, "has no section LINE", part[LINE].tag = NULL);
    REFUSED(MCPAR_ERR_FORMAT, "has no section LEDG", part[LEDG].tag = NULL);
    REFUSED(MCPAR_ERR_FORMAT, "has no section HITS", part[HITS].tag = NULL);
    REFUSED(MCPAR_ERR_FORMAT, "without", part[SUMS].tag = NULL);
    REFUSED(MCPAR_ERR_FORMAT, "without", part[OBSV].tag = NULL);
    REFUSED(MCPAR_ERR_FORMAT, "without", part[OBSV].tag = NULL; part[SUMS].tag = NULL);
}

Test(hostile, lengths)
{
    REFUSED(MCPAR_ERR_FORMAT, "section LINE of result 0 has 15 bytes", size(LINE, 15));
    REFUSED(MCPAR_ERR_FORMAT, "section LINE of result 0 has 32 bytes", size(LINE, 32));
    REFUSED(MCPAR_ERR_FORMAT, "section TAG_ of result 0 has 0 bytes", size(TAG, 0));
    REFUSED(MCPAR_ERR_FORMAT, "section TAG_ of result 0 has 4096 bytes",
            memset(part[TAG].data, 't', 4096); size(TAG, 4096));
    TAKEN(memset(part[TAG].data, 't', 4095); size(TAG, 4095));
    REFUSED(MCPAR_ERR_FORMAT, "section LEDG of result 0 has 24 bytes", size(LEDG, 24));
    REFUSED(MCPAR_ERR_FORMAT, "section HITS of result 0 has 0 bytes", size(HITS, 0));
    REFUSED(MCPAR_ERR_FORMAT, "section HITS of result 0 has 16 bytes", size(HITS, 16));
    REFUSED(MCPAR_ERR_FORMAT, "section OBSV of result 0 has 0 bytes", size(OBSV, 0));
    REFUSED(MCPAR_ERR_FORMAT, "section PAIR of result 0 has 0 bytes", size(PAIR, 0));
    REFUSED(MCPAR_ERR_FORMAT, "section PAIR of result 0 has 12 bytes", size(PAIR, 12));
    REFUSED(MCPAR_ERR_FORMAT, "section SUMS of result 0 has 4300 bytes", size(SUMS, 8 * LIMBS - 4));
    REFUSED(MCPAR_ERR_FORMAT, "its observables need 4304", size(SUMS, 8 * LIMBS - 8));
    REFUSED(MCPAR_ERR_FORMAT, "its observables need 4304", size(SUMS, 8 * LIMBS + 8));
    REFUSED(MCPAR_ERR_FORMAT, "its observables need 3232", part[PAIR].tag = NULL);
    REFUSED(MCPAR_ERR_FORMAT, "section FRST of result 0 has 8 bytes", size(FRST, 8));
    REFUSED(MCPAR_ERR_FORMAT, "section MERG of result 0 has 0 bytes", size(MERG, 0));
    REFUSED(MCPAR_ERR_FORMAT, "section MERG of result 0 has 31 bytes", size(MERG, 31));
    REFUSED(MCPAR_ERR_FORMAT, "are no section", part[MERG].says = 16; part[MERG].n = 17);
}

Test(hostile, lineage)
{
    REFUSED(MCPAR_ERR_FORMAT, "contract 0", put32(LINE, 0, 0));
    REFUSED(MCPAR_ERR_NEWER, "contract 2, and this library knows contract 1", put32(LINE, 0, 2));
    REFUSED(MCPAR_ERR_NEWER, "contract 4294967295", put32(LINE, 0, UINT32_MAX));
    REFUSED(MCPAR_ERR_FORMAT, "stream 16777216", put32(LINE, 4, 1 << 24));
    REFUSED(MCPAR_ERR_FORMAT, "stream 4294967295", put32(LINE, 4, UINT32_MAX));
    REFUSED(MCPAR_ERR_FORMAT, "seed 18446744073709551615", put64(LINE, 8, UINT64_MAX));
    REFUSED(MCPAR_ERR_FORMAT, "zero byte", fill(TAG, "a\0b", 3));
    REFUSED(MCPAR_ERR_FORMAT, "zero byte", fill(TAG, "a", 2));
    REFUSED(MCPAR_ERR_FORMAT, "results 0 and 1", whole.count = 2; whole.copies = 2; put32(LINE, 4, 3));
    REFUSED(MCPAR_ERR_FORMAT, "results 0 and 1", whole.count = 2; whole.copies = 2; put32(LINE, 4, 4));
}

Test(hostile, ledger)
{
    REFUSED(MCPAR_ERR_FORMAT, "range of 0 trials from 20", put64(LEDG, 24, 0));
    REFUSED(MCPAR_ERR_FORMAT, "range of 0 trials from 0", put64(LEDG, 8, 0));
    REFUSED(MCPAR_ERR_FORMAT, "range of 18446744073709551596 trials", put64(LEDG, 24, UINT64_MAX - 19));
    REFUSED(MCPAR_ERR_FORMAT, "range of 1 trials from 18446744073709551615",
            put64(LEDG, 16, UINT64_MAX); put64(LEDG, 24, 1));
    REFUSED(MCPAR_ERR_FORMAT, "trials from 10 after trials up to 9", put64(LEDG, 16, 10));
    REFUSED(MCPAR_ERR_FORMAT, "trials from 5 after trials up to 9", put64(LEDG, 16, 5));
    REFUSED(MCPAR_ERR_FORMAT, "trials from 0 after trials up to 9", put64(LEDG, 16, 0));
    REFUSED(MCPAR_ERR_FORMAT, "trials from 20 after trials up to 109", put64(LEDG, 0, 100); put64(FRST, 0, 100));
    REFUSED(MCPAR_ERR_FORMAT, "16 hits in 15 trials", put64(HITS, 0, 16));
    REFUSED(MCPAR_ERR_FORMAT, "1 hits in 0 trials", size(LEDG, 0); part[FRST].tag = NULL; put64(HITS, 0, 1));
}

Test(hostile, names_and_pairs)
{
    char name[600];

    memset(name, 'n', sizeof name);
    REFUSED(MCPAR_ERR_FORMAT, "last name in result 0 does not end", fill(OBSV, "a\0b", 3));
    REFUSED(MCPAR_ERR_FORMAT, "last name in result 0 does not end", fill(OBSV, "a", 1));
    REFUSED(MCPAR_ERR_FORMAT, "observables 0 and 1 of result 0 have the same name", fill(OBSV, "a\0a", 4));
    REFUSED(MCPAR_ERR_FORMAT, "observables 0 and 1 of result 0 have the same name", fill(OBSV, "\0", 2));
    REFUSED(MCPAR_ERR_FORMAT, "observable 1 of result 0 has a name of 256 bytes",
            name[0] = 'a'; name[1] = name[258] = 0; fill(OBSV, name, 259); name[258] = 'n');
    TAKEN(name[257] = 0; fill(OBSV, name, 258); name[257] = 'n');
    REFUSED(MCPAR_ERR_FORMAT, "pair 0 of result 0 is (0, 2), but there are 2", put32(PAIR, 4, 2));
    REFUSED(MCPAR_ERR_FORMAT, "pair 0 of result 0 is (4294967295, 1)", put32(PAIR, 0, UINT32_MAX));
    REFUSED(MCPAR_ERR_FORMAT, "4097 observables", size(OBSV, 4097); memset(part[OBSV].data, 0, 4097));
}

/* 15 trials: sums below 15 * 2^18 and 15 * 2^4 in units of the third limb from the top. */
Test(hostile, sums)
{
    static const struct { size_t at, limbs; int shift; } sum[] = {
        { SUM, MCPAR__SUM_LIMBS, 18 }, { SQUARES, MCPAR__PRODUCT_LIMBS, 4 }, { NEXT, MCPAR__SUM_LIMBS, 18 },
        { NEXT + MCPAR__SUM_LIMBS, MCPAR__PRODUCT_LIMBS, 4 }, { PRODUCTS, MCPAR__PRODUCT_LIMBS, 4 } };
    const int64_t half = INT64_C(1) << 31;

    for (size_t i = 0; i < sizeof sum / sizeof *sum; i++) {
        const char *words = sum[i].at == PRODUCTS ? "pair 0 of result 0 has a sum that no trials"
                            : sum[i].at < NEXT    ? "observable 0 of result 0 has sums that no trials"
                                                  : "observable 1 of result 0 has sums that no trials";
        const size_t third = sum[i].at + sum[i].limbs - 3;
        const int64_t most = INT64_C(15) << sum[i].shift;
        const bool squares = sum[i].limbs == MCPAR__PRODUCT_LIMBS && sum[i].at != PRODUCTS;

        for (size_t k = sum[i].at; k < sum[i].at + sum[i].limbs - 1; k++) {
            REFUSED(MCPAR_ERR_FORMAT, words, limb(k, half));
            REFUSED(MCPAR_ERR_FORMAT, words, limb(k, -half - 1));
            REFUSED(MCPAR_ERR_FORMAT, words, limb(k, INT64_MAX));
            REFUSED(MCPAR_ERR_FORMAT, words, limb(k, INT64_MIN));
            if (k < third)
                TAKEN(limb(k, half - 1));
            if (k < third && !squares)
                TAKEN(limb(k, -half));
            if (squares)
                REFUSED(MCPAR_ERR_FORMAT, words, limb(k, -1));
        }
        TAKEN(limb(third, most));
        REFUSED(MCPAR_ERR_FORMAT, words, limb(third, most + 1));
        if (!squares)
            TAKEN(limb(third, -most));
        REFUSED(MCPAR_ERR_FORMAT, words, limb(third, -most - 1));
        REFUSED(MCPAR_ERR_FORMAT, words, limb(third + 1, 1));
        REFUSED(MCPAR_ERR_FORMAT, words, limb(third + 2, 1));
        REFUSED(MCPAR_ERR_FORMAT, words, limb(third + 2, -1));
        REFUSED(MCPAR_ERR_FORMAT, words, limb(third + 2, INT64_MAX));
        REFUSED(MCPAR_ERR_FORMAT, words, limb(third + 2, INT64_MIN));
        REFUSED(MCPAR_ERR_FORMAT, words, size(LEDG, 0); part[FRST].tag = NULL; put64(HITS, 0, 0); limb(sum[i].at, 1));
        /* so many trials that only the form of the digit is wrong */
        TAKEN(put64(LEDG, 24, UINT64_C(1) << 63); limb(third + 1, half - 1));
        REFUSED(MCPAR_ERR_FORMAT, words, put64(LEDG, 24, UINT64_C(1) << 63); limb(third + 1, half));
    }
}

Test(hostile, first_and_merges)
{
    REFUSED(MCPAR_ERR_FORMAT, "about trial 1, which is not the lowest", put64(FRST, 0, 1));
    REFUSED(MCPAR_ERR_FORMAT, "about trial 20", put64(FRST, 0, 20));
    REFUSED(MCPAR_ERR_FORMAT, "about trial 0", size(LEDG, 0); put64(HITS, 0, 0));
    REFUSED(MCPAR_ERR_FORMAT, "fingerprint 1 in section MERG of result 0", part[MERG].data[31] = 0);
    REFUSED(MCPAR_ERR_FORMAT, "fingerprint 1 in section MERG of result 0", part[MERG].data[0] = 1);
}

/* An observable's smallest and largest value, and the trials that had them. */
static void extremes(double low, uint64_t low_trial, double high, uint64_t high_trial)
{
    uint64_t bits[2];

    memcpy(&bits[0], &low, 8);
    memcpy(&bits[1], &high, 8);
    put64(PROF, LOW, bits[0]);
    put64(PROF, HIGH, bits[1]);
    put64(PROF, LOW_TRIAL, low_trial);
    put64(PROF, HIGH_TRIAL, high_trial);
}

Test(hostile, profiles)
{
    static const char *const words = "observable 0 of result 0 has cubes or extremes";

    TAKEN(PROFILED);
    TAKEN(PROFILED; put64(PROF, 0, 1));
    TAKEN(PROFILED; put64(PROF, 0, 2); put64(PROF, PROFILE, 3));
    TAKEN(PROFILED; put64(PROF, CUBES, 5); put64(PROF, CUBES + 8, UINT64_MAX));
    TAKEN(PROFILED; extremes(-DBL_MAX, 24, DBL_MAX, 9));
    TAKEN(PROFILED; extremes(5e-324, 20, 5e-324, 20));
    REFUSED(MCPAR_ERR_FORMAT, "says that nothing is known", PROFILED; put64(PROF, 0, 3); put64(PROF, PROFILE, 3));
    REFUSED(MCPAR_ERR_FORMAT, "584 bytes for 2 observables", PROFILED; size(PROF, PROFILE));
    REFUSED(MCPAR_ERR_FORMAT, "has 1752 bytes for 2", PROFILED; size(PROF, 3 * PROFILE));
    REFUSED(MCPAR_ERR_FORMAT, "section PROF of result 0 has 1167 bytes", PROFILED; size(PROF, 2 * PROFILE - 1));
    REFUSED(MCPAR_ERR_FORMAT, "section PROF of result 0 has 0 bytes", PROFILED; size(PROF, 0));
    REFUSED(MCPAR_ERR_FORMAT, "and 0 trials", PROFILED; size(LEDG, 0); put64(HITS, 0, 0); part[FRST].tag = NULL);
    REFUSED(MCPAR_ERR_FORMAT, "for 0 observables",
            PROFILED; part[OBSV].tag = part[PAIR].tag = part[SUMS].tag = NULL);
    REFUSED(MCPAR_ERR_FORMAT, words, PROFILED; put64(PROF, 0, 4));
    REFUSED(MCPAR_ERR_FORMAT, words, PROFILED; put64(PROF, 0, UINT64_MAX));
    REFUSED(MCPAR_ERR_FORMAT, words, PROFILED; put64(PROF, CUBES, UINT64_C(1) << 31));
    REFUSED(MCPAR_ERR_FORMAT, words, PROFILED; put64(PROF, CUBES + 8 * (MCPAR__SUM_LIMBS - 1), 1));
    REFUSED(MCPAR_ERR_FORMAT, words, PROFILED; put64(PROF, 0, 2); put64(PROF, LOW, 1));
    REFUSED(MCPAR_ERR_FORMAT, words, PROFILED; put64(PROF, 0, 2); put64(PROF, HIGH_TRIAL, 1));
    REFUSED(MCPAR_ERR_FORMAT, words, PROFILED; extremes(1, 0, 0, 1));
    REFUSED(MCPAR_ERR_FORMAT, words, PROFILED; extremes(0, 0, 1, 0));
    REFUSED(MCPAR_ERR_FORMAT, words, PROFILED; extremes(1, 0, 1, 1));
    REFUSED(MCPAR_ERR_FORMAT, words, PROFILED; extremes(-0.0, 0, 1, 1));
    REFUSED(MCPAR_ERR_FORMAT, words, PROFILED; extremes(-1, 0, -0.0, 1));
    REFUSED(MCPAR_ERR_FORMAT, words, PROFILED; extremes(-HUGE_VAL, 0, 1, 1));
    REFUSED(MCPAR_ERR_FORMAT, words, PROFILED; extremes(0, 0, (double)NAN, 1));
    REFUSED(MCPAR_ERR_FORMAT, words, PROFILED; extremes(0, 10, 1, 1));
    REFUSED(MCPAR_ERR_FORMAT, words, PROFILED; extremes(0, 0, 1, 25));
    REFUSED(MCPAR_ERR_FORMAT, words, PROFILED; extremes(0, 19, 1, 1));
    REFUSED(MCPAR_ERR_FORMAT, "observable 1 of result 0", PROFILED; put64(PROF, PROFILE, 4));
}

Test(hostile, goals)
{
    static const char *const words = "section GOAL of result 0 is not";
    static const double wrong[] = { -1, HUGE_VAL, (double)NAN };

    TAKEN(TO_GOALS);
    TAKEN(ALL);
    TAKEN(TO_GOALS; size(GOAL, MET));
    TAKEN(TO_GOALS; size(GOAL, MET + ONE_MET));
    TAKEN(TO_GOALS; put64(GOAL, RULE, 2); real(GOAL, RHO2, DBL_MAX));
    TAKEN(TO_GOALS; UNDECIDED);
    REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; UNDECIDED; put64(GOAL, PILOT, 1));
    REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; UNDECIDED; put64(GOAL, HITS_NEEDED + ONE_MET, 1));
    TAKEN(TO_GOALS; put64(GOAL, HITS_NEEDED, 6); put64(GOAL, END, 5); put64(GOAL, HITS_NEEDED, 1));
    TAKEN(TO_GOALS; precision(FIRST, 0, 5e-324, 0, 5e-324));
    TAKEN(TO_GOALS; put64(GOAL, HITS_NEEDED, 0); put64(GOAL, END, 4));
    TAKEN(TO_GOALS; put64(GOAL, HITS_NEEDED, 0); put64(GOAL, END, 1));
    TAKEN(TO_GOALS; put64(GOAL, HITS_NEEDED, UINT64_MAX); put64(GOAL, END, 1));
    REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; put64(GOAL, HITS_NEEDED, 0); put64(GOAL, END, 0));
    REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; put64(GOAL, HITS_NEEDED, UINT64_MAX); put64(GOAL, END, 0));
    REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; put64(GOAL, HITS_NEEDED, UINT64_MAX); put64(GOAL, END, 11));
    REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; put64(GOAL, END, 3));
    REFUSED(MCPAR_ERR_FORMAT, "section GOAL of result 0 has 56 bytes", TO_GOALS; size(GOAL, MET - 8));
    REFUSED(MCPAR_ERR_FORMAT, "section GOAL of result 0 has 0 bytes", TO_GOALS; size(GOAL, 0));
    REFUSED(MCPAR_ERR_FORMAT, "section GOAL of result 0 has 65 bytes", TO_GOALS; size(GOAL, MET + 1));
    REFUSED(MCPAR_ERR_FORMAT, "section GOAL of result 0 has 12400 bytes", TO_GOALS; size(GOAL, MET + 257 * ONE_MET));
    REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; size(GOAL, MET + 8));
    REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; put64(GOAL, RULE, 3));
    REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; put64(GOAL, RULE, UINT64_MAX));
    REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; put64(GOAL, PILOT, 11));
    REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; put64(GOAL, PILOT, UINT64_MAX));
    REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; put64(GOAL, PILOT_HITS, 5));
    REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; put64(HITS, 0, 1));
    REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; put64(HITS, 0, 14); put64(GOAL, PILOT, 10); put64(GOAL, PILOT_HITS, 8));
    REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; put64(GOAL, END, 11));
    REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; put64(GOAL, END, 4));
    REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; put64(GOAL, END + ONE_MET, 9));
    REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; put64(GOAL, HITS_NEEDED, 7));
    REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; put64(GOAL, HITS_NEEDED, 8); put64(GOAL, PILOT, 0));
    REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; put64(LEDG, 0, 1); part[FRST].tag = NULL);
    for (size_t i = 0; i < 3; i++) {
        REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; real(GOAL, RHO2, wrong[i]));
        for (size_t at = FIRST; at < MET + 2 * ONE_MET; at += at == FIRST ? MET - FIRST : ONE_MET) {
            REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; precision(at, 0, wrong[i], 0, 0.95));
            REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; precision(at, 0, 0, wrong[i], 0.95));
            REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; precision(at, 0, 0.5, 0, wrong[i]));
            REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; precision(at, 0, 0.5, 0.5, 0.95));
            REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; precision(at, 0, 0, 0, 0.95));
            REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; precision(at, 0, 0.5, 0, 1));
            REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; precision(at, 0, 0.5, 0, 0));
            REFUSED(MCPAR_ERR_FORMAT, words, TO_GOALS; precision(at, 2, 0.5, 0, 0.95));
        }
    }
}

/* Sealed bytes at random: never a crash. The first bytes are right, so that more than the start is looked at. */
Test(hostile, random_changes_under_a_good_seal)
{
    uint64_t state = 4;
    size_t taken = 0, refused = 0;

    for (int i = 0; i < 10000; i++) {
        int changes = 1 + (int)(golden_random(&state) % 3);

        good();
        part[SUMS].tag = part[OBSV].tag = part[PAIR].tag = i % 2 ? NULL : part[SUMS].tag;
        if (i % 2 == 0) {
            part[OBSV].tag = tags[OBSV];
            part[PAIR].tag = tags[PAIR];
            part[PROF].tag = i % 4 ? NULL : tags[PROF];
        }
        assemble();
        n -= MCPAR__FILE_SEAL;
        for (int c = 0; c < changes; c++) {
            size_t at = 8 + (size_t)(golden_random(&state) % (i % 4 ? 200 : n - 8));

            bytes[at % n] = (uint8_t)(golden_random(&state) >> golden_random(&state) % 64);
        }
        if (i % 7 == 0)
            n -= (size_t)(golden_random(&state) % 40);
        seal();
        *(reads() ? &refused : &taken) += 1;
    }
    cr_assert(taken > 100 && refused > 1000, "%zu taken, %zu refused", taken, refused);
}
