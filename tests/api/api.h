/* SPDX-License-Identifier: BSD-3-Clause */
/* api.h - what the api tests share: handles, whole results as bits, and contract v1 once more, in plain scalar C
 *
 * These programs see mcpar.h and the shared library, and nothing of its inside. */
#ifndef API_H
#define API_H

#include <criterion/criterion.h>
#include <mcpar.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Contract v1, written again from its text: Salmon et al., SC 2011, doi 10.1145/2063384.2063405 ---- */

static inline uint64_t scalar_word(uint64_t seed, uint32_t stream, uint64_t trial, uint32_t purpose, uint64_t draw)
{
    uint32_t c[4] = { (uint32_t)trial, (uint32_t)(trial >> 32), (uint32_t)(draw / 2), stream | purpose << 24 };
    uint32_t k[2] = { (uint32_t)seed, (uint32_t)(seed >> 32) };

    for (int round = 0; round < 10; round++) {
        uint64_t p = UINT64_C(0xD2511F53) * c[0], q = UINT64_C(0xCD9E8D57) * c[2];
        uint32_t next[4] = { (uint32_t)(q >> 32) ^ c[1] ^ k[0], (uint32_t)q, (uint32_t)(p >> 32) ^ c[3] ^ k[1],
                             (uint32_t)p };

        memcpy(c, next, sizeof c);
        k[0] += 0x9E3779B9u;
        k[1] += 0xBB67AE85u;
    }
    return draw % 2 ? (uint64_t)c[2] << 32 | c[3] : (uint64_t)c[0] << 32 | c[1];
}

static inline double scalar_uniform(uint64_t seed, uint32_t stream, uint64_t trial, uint64_t draw)
{
    return (double)(scalar_word(seed, stream, trial, 0, draw) >> 11) * 0x1p-53;
}

/* ---- Bits ---- */

static inline uint64_t bits_of(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double from_bits(uint64_t bits)
{
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

/* The same number to the last bit, or both NaN. */
static inline bool same(double a, double b)
{
    return bits_of(a) == bits_of(b) || (a != a && b != b);
}

/* ---- Handles ---- */

struct place {                             /* where trials run */
    int pool, workers;
};

static const struct place places[] = { { MCPAR_POOL_SERIAL, 1 }, { MCPAR_POOL_FORK, 1 }, { MCPAR_POOL_FORK, 2 },
                                       { MCPAR_POOL_FORK, 3 },   { MCPAR_POOL_FORK, 7 }, { MCPAR_POOL_FORK, 16 },
                                       { MCPAR_POOL_THREADS, 1 }, { MCPAR_POOL_THREADS, 3 } };
enum { PLACES = sizeof places / sizeof *places };

static inline mcpar_options options_for(struct place place)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;

    options.pool = place.pool;
    options.comm = MCPAR_COMM_SELF;
    options.workers = place.workers;
    return options;
}

#define MUST(mc, call)                                                                                       \
    do {                                                                                                     \
        int code_ = (call);                                                                                  \
        cr_assert(code_ == 0, "%s: %d, %s", #call, code_, mcpar_message(mc));                                \
    } while (0)

#define MUST_FAIL(mc, call, wanted)                                                                          \
    do {                                                                                                     \
        int code_ = (call);                                                                                  \
        cr_assert(code_ == (wanted), "%s: %d instead of %d, %s", #call, code_, (int)(wanted),                \
                  mcpar_message(mc));                                                                        \
    } while (0)

#define MUST_SAY(mc, words) \
    cr_assert(strstr(mcpar_message(mc), words) != NULL, "\"%s\" is not in \"%s\"", words, mcpar_message(mc))

static inline mcpar *open_at(struct place place)
{
    mcpar_options options = options_for(place);
    mcpar *mc = NULL;

    MUST(mc, mcpar_init(&mc, &options));
    cr_assert(mc != NULL);
    return mc;
}

static inline mcpar *open_serial(void)
{
    return open_at(places[0]);
}

static inline void close_handle(mcpar *mc)
{
    cr_assert(mcpar_finalize(&mc) == 0);
    cr_assert(mc == NULL);
}

/* ---- Whole results ---- */

enum { MOST_OBSERVABLES = 8, FIELDS = 11, FIGURES = 8 };

struct outcome {                           /* all that can be read, as integers: memcmp compares */
    char fingerprint[MCPAR_FINGERPRINT_SIZE + 7];
    uint64_t hits[FIELDS], mean[MOST_OBSERVABLES][FIELDS], covariance[MOST_OBSERVABLES][MOST_OBSERVABLES];
    uint64_t diagnosis[MOST_OBSERVABLES][FIGURES];
};

static inline uint64_t number_bits(double x)
{
    return x != x ? UINT64_MAX : bits_of(x);    /* one NaN is like another */
}

static inline void flatten(uint64_t field[FIELDS], const mcpar_estimate *e)
{
    const uint64_t all[FIELDS] = { e->trials, e->hits, number_bits(e->mean), number_bits(e->variance),
                                   number_bits(e->std_error), number_bits(e->lower), number_bits(e->upper),
                                   number_bits(e->confidence), (uint64_t)e->interval, (uint64_t)e->guarantee,
                                   (uint64_t)e->status };

    memcpy(field, all, sizeof all);
}

static inline void flatten_diagnosis(uint64_t field[FIGURES], const mcpar_diagnosis *d)
{
    const uint64_t all[FIGURES] = { d->trials, d->doubts, number_bits(d->skewness), number_bits(d->largest_share),
                                    number_bits(d->minimum), number_bits(d->maximum), d->minimum_trial,
                                    d->maximum_trial };

    memcpy(field, all, sizeof all);
}

/* Reduces and reads everything: n observables; those covariances that were not asked for stay 0. */
static inline struct outcome outcome_of(mcpar *mc, size_t n)
{
    struct outcome all;
    mcpar_estimate e;

    memset(&all, 0, sizeof all);
    MUST(mc, mcpar_reduce(mc, &e));
    flatten(all.hits, &e);
    MUST(mc, mcpar_fingerprint(mc, all.fingerprint));
    for (size_t k = 0; k < n; k++) {
        mcpar_diagnosis d = MCPAR_DIAGNOSIS_INIT;

        MUST(mc, mcpar_mean(mc, k, &e));
        flatten(all.mean[k], &e);
        MUST(mc, mcpar_diagnose(mc, k, &d));
        flatten_diagnosis(all.diagnosis[k], &d);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double covariance = 0.0;

            if (mcpar_covariance(mc, i, j, &covariance) == 0)
                all.covariance[i][j] = number_bits(covariance);
        }
    return all;
}

#define MUST_EQUAL(a, b, ...)                                                                                \
    do {                                                                                                     \
        cr_assert(strcmp((a).fingerprint, (b).fingerprint) == 0, __VA_ARGS__);                               \
        cr_assert(memcmp(&(a), &(b), sizeof(a)) == 0, __VA_ARGS__);                                          \
    } while (0)

/* ---- Files of known answers ---- */

static inline FILE *golden_open(const char *name)
{
    const char *folder = getenv("srcdir");
    char path[4096];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/tests/golden/%s", folder ? folder : ".", name);
    file = fopen(path, "r");
    cr_assert(file != NULL, "%s cannot be opened", path);
    return file;
}

/* The next line that is no comment; false at the end. */
static inline bool golden_line(FILE *file, char *line, int size)
{
    while (fgets(line, size, file))
        if (line[0] != '#' && line[0] != '\n')
            return true;
    return false;
}

/* SplitMix64 (Steele, Lea, Flood, OOPSLA 2014), for numbers that depend on nothing of ours. */
static inline uint64_t other_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

#endif
