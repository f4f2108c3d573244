/* SPDX-License-Identifier: BSD-3-Clause */
/* Exactness as a user sees it: trials that return hard values out of a table, in every host, pool and cut. */
#include "api.h"
#include "host.h"

#define MUST_IN(e, mc, call)                                                                                 \
    do {                                                                                                     \
        int code_in_ = -1;                                                                                   \
        IN_HOST(e, code_in_ = (call));                                                                       \
        cr_assert(code_in_ == 0, "%s in host %u: %d, %s", #call, (unsigned int)(e), code_in_,                \
                  mcpar_message(mc));                                                                        \
    } while (0)

TestSuite(sums, .timeout = 30);
TestSuite(host, .timeout = 30);

enum { MOST = 8000 };

/* ---- Rows of tests/golden/exact.txt: answers by Python's fractions ---- */

struct row {
    enum { ONE, TWO, HIT, NIST, OTHER } kind;
    char name[64];
    double answer[3];                      /* mean, variance, std_error; of TWO: the covariance */
    size_t n;                              /* trials; 0: too many to run */
    double x[MOST], y[MOST];
    uint64_t hits;
};

static void read_nist(struct row *row)
{
    char path[128], text[256];
    FILE *file;

    (void)snprintf(path, sizeof path, "nist_strd/%s.dat", row->name);
    file = golden_open(path);
    while (fgets(text, sizeof text, file) && strncmp(text, "Data: Y", 7) != 0)
        ;
    cr_assert(fgets(text, sizeof text, file) != NULL);
    while (fscanf(file, "%255s", text) == 1)
        row->x[row->n++] = strtod(text, NULL);
    (void)fclose(file);
    cr_assert(row->n > 0);
}

static bool read_row(FILE *file, struct row *row)
{
    static const char *const kinds[] = { "one", "two", "hit", "nist" };
    static const int numbers[] = { 3, 1, 3, 3 }, residues[] = { 2, 1, 0, 2 };
    static char line[65536];
    char *rest, *word;
    int kind = 0;

    if (!golden_line(file, line, sizeof line))
        return false;
    word = strtok_r(line, " \n", &rest);
    while (kind < OTHER && strcmp(word, kinds[kind]) != 0)
        kind++;
    cr_assert(kind < OTHER);
    row->kind = kind == 0 ? ONE : kind == 1 ? TWO : kind == 2 ? HIT : NIST;
    row->n = 0;
    (void)snprintf(row->name, sizeof row->name, "%s", strtok_r(NULL, " \n", &rest));
    for (int i = 0; i < numbers[kind]; i++)
        row->answer[i] = strtod(strtok_r(NULL, " \n", &rest), NULL);
    for (int i = 0; i < residues[kind]; i++)
        (void)strtok_r(NULL, " \n", &rest);
    if (row->kind == NIST) {
        read_nist(row);
    } else if (row->kind == HIT) {
        uint64_t trials;

        row->hits = strtoull(strtok_r(NULL, " \n", &rest), NULL, 10);
        trials = strtoull(strtok_r(NULL, " \n", &rest), NULL, 10);
        row->n = trials <= MOST ? (size_t)trials : 0;
    } else {
        while ((word = strtok_r(NULL, " \n", &rest))) {
            double x = strtod(word, &word), y = *word == ',' ? strtod(word + 1, &word) : -x;
            uint64_t times = strtoull(word + 1, NULL, 10);

            if (times > MOST - row->n) {
                row->n = 0;
                break;
            }
            for (; times; times--, row->n++) {
                row->x[row->n] = x;
                row->y[row->n] = y;
            }
        }
    }
    return true;
}

/* ---- Trials that return a table, from the end to its beginning; and that see the usual environment ---- */

static bool usual_environment(void)
{
#if defined(__x86_64__)
    return (_mm_getcsr() & ~0x3fu) == 0x1f80;
#else
    return fegetround() == FE_TONEAREST;
#endif
}

static int table(mcpar_rng *rng, double *values, void *arg)
{
    const struct row *row = arg;
    uint64_t i = mcpar_trial_number(rng);

    if (i >= row->n || !usual_environment())
        return -1;
    memcpy(&values[0], &row->x[row->n - 1 - i], sizeof(double));
    memcpy(&values[1], &row->y[row->n - 1 - i], sizeof(double));
    return row->kind == HIT && i < row->hits;
}

static int table_block(mcpar_block *b, void *arg)
{
    const struct row *row = arg;

    if (b->first + b->n > row->n || !usual_environment())
        return -1;
    for (size_t i = 0; i < b->n; i++) {
        memcpy(&b->values[0][i], &row->x[row->n - 1 - b->first - i], sizeof(double));
        memcpy(&b->values[1][i], &row->y[row->n - 1 - b->first - i], sizeof(double));
        b->hits += row->kind == HIT && b->first + i < row->hits;
    }
    return 0;
}

static mcpar *open_table(struct place place)
{
    static const char *const names[] = { "x", "y" };
    static const size_t pairs[][2] = { { 1, 0 } };
    mcpar *mc = open_at(place);

    MUST(mc, mcpar_observe(mc, 2, names));
    MUST(mc, mcpar_observe_pairs(mc, 1, pairs[0]));
    return mc;
}

#define MUST_BE(row, what, got, wanted)                                                                      \
    cr_assert(same(got, wanted), "%s: %s is %a instead of %a, host %u, cut %zu", (row)->name, what, got, wanted, e, cut)

/* cut: the trials of the first call */
static void check(mcpar *mc, struct row *row, unsigned int e, size_t cut)
{
    mcpar_estimate hits, x, y;
    double covariance = 0.0;

    MUST_IN(e, mc, mcpar_reset(mc, 0));
    MUST_IN(e, mc, mcpar_sample(mc, cut, table, row));
    MUST_IN(e, mc, mcpar_sample_block(mc, row->n - cut, table_block, row));
    MUST_IN(e, mc, mcpar_reduce(mc, &hits));
    MUST_IN(e, mc, mcpar_mean(mc, 0, &x));
    MUST_IN(e, mc, mcpar_mean(mc, 1, &y));
    MUST_IN(e, mc, mcpar_covariance(mc, 0, 1, &covariance));
    cr_assert(x.trials == row->n && x.trials == y.trials);
    switch (row->kind) {
    case TWO:
        MUST_BE(row, "covariance", covariance, row->answer[0]);
        break;
    case HIT:
        cr_assert(hits.hits == row->hits);
        MUST_BE(row, "mean of hits", hits.mean, row->answer[0]);
        MUST_BE(row, "variance of hits", hits.variance, row->answer[1]);
        MUST_BE(row, "std_error of hits", hits.std_error, row->answer[2]);
        break;
    default:
        MUST_BE(row, "mean", x.mean, row->answer[0]);
        MUST_BE(row, "variance", x.variance, row->answer[1]);
        MUST_BE(row, "std_error", x.std_error, row->answer[2]);
    }
}

static void check_file(struct place place, unsigned int hosts_a_row)
{
    static struct row row;
    FILE *file = golden_open("exact.txt");
    mcpar *mc = open_table(place);
    unsigned int e = 0;
    int rows = 0, sets = 0;

    while (read_row(file, &row)) {
        if (row.n == 0)
            continue;
        for (unsigned int i = 0; i < hosts_a_row; i++, e = (e + 1) % HOSTS)
            check(mc, &row, e, (size_t)e % (row.n + 1));
        e = (e + 5) % HOSTS;
        rows++;
        sets += row.kind == NIST;
    }
    (void)fclose(file);
    close_handle(mc);
    cr_assert(rows > 300 && sets == 8, "%d rows", rows);
}

Test(sums, are_exact_in_every_host, .timeout = 60)
{
    check_file(places[0], 6);
}

Test(sums, are_exact_in_forked_workers, .timeout = 60)
{
    check_file(places[1], 1);
    check_file(places[3], 1);
}

/* ---- Many values over the whole range, cut anyhow, in each host ---- */

static void fill(struct row *row)
{
    uint64_t state = 20;

    (void)snprintf(row->name, sizeof row->name, "range");
    row->kind = OTHER;
    row->n = MOST;
    for (size_t i = 0; i < MOST; i++) {
        uint64_t word = other_random(&state), exponent = i % 3 ? other_random(&state) % 2047 : 1000 + i % 40;

        row->x[i] = from_bits((word & ~(UINT64_C(0x7ff) << 52)) | exponent << 52);
        row->y[i] = i % 2 ? -row->x[i - 1] : from_bits(other_random(&state) >> 12);        /* denormals */
    }
}

Test(sums, of_values_of_all_scales_do_not_depend_on_host_pool_or_cut, .timeout = 60)
{
    static struct row row;
    struct outcome first = { .fingerprint = "" };

    fill(&row);
    for (unsigned int e = 0; e < HOSTS; e++) {
        struct place place = e % 8 == 7 ? places[1 + e / 8 % 4] : places[0];
        mcpar *mc = open_table(place);
        struct outcome out;
        size_t done = 0;

        for (size_t piece = MOST - 120 * e; done < MOST; done += piece, piece = piece > 9 ? piece / 2 : 1500) {
            piece = piece < MOST - done ? piece : MOST - done;
            if (piece % 2)
                MUST_IN(e, mc, mcpar_sample_block(mc, piece, table_block, &row));
            else
                MUST_IN(e, mc, mcpar_sample(mc, piece, table, &row));
        }
        out = outcome_of(mc, 2);
        if (e == 0)
            first = out;
        MUST_EQUAL(first, out, "host %u", e);
        close_handle(mc);
    }
}

/* ---- Every call leaves the host's environment as it was, and works in it ---- */

static int normals(mcpar_rng *rng, double *values, void *arg)
{
    (void)arg;
    values[0] = mcpar_normal(rng);
    values[1] = mcpar_exponential(rng) + mcpar_uniform(rng);
    return mcpar_below(rng, 2) == 1;
}

static int rude(mcpar_rng *rng, double *values, void *arg)
{
    (void)arg;
    values[0] = mcpar_trial_number(rng) % 2 ? 0x1p-1074 : 0x1p1000;
    values[1] = -1.0;
    host_leave((unsigned int)(mcpar_trial_number(rng) % HOSTS));
    return 0;
}

static int fails(mcpar_rng *rng, double *values, void *arg)
{
    (void)arg;
    host_leave(HOST_FTZ + HOST_DAZ + 1);
    values[0] = mcpar_trial_number(rng) == 3 ? from_bits(UINT64_C(0x7ff0000000000001)) : 0.0;     /* a signalling NaN */
    return 0;
}

/* Results of all calls of a host, as bits. */
struct calls {
    struct outcome out;
    uint64_t draw[4 * 50];
};

static void all_calls(struct calls *calls, unsigned int e, struct place place)
{
    static const char *const names[] = { "normal", "exponential" };
    static const size_t pairs[][2] = { { 0, 1 } };
    char fingerprint[MCPAR_FINGERPRINT_SIZE];
    mcpar_options options = options_for(place), in_force = MCPAR_OPTIONS_INIT;
    mcpar *mc = NULL;
    mcpar_estimate e1, e2;
    double covariance;
    mcpar_rng_space space;
    mcpar_rng *rng = NULL;
    uint64_t word = 0;
    double draw = 0.0;

    options.confidence = 0.999;
    MUST_IN(e, mc, mcpar_init(&mc, &options));
    MUST_IN(e, mc, mcpar_observe(mc, 2, names));
    MUST_IN(e, mc, mcpar_observe_pairs(mc, 1, pairs[0]));
    MUST_IN(e, mc, mcpar_reduce(mc, &e1));
    MUST_IN(e, mc, mcpar_mean(mc, 0, &e1));
    MUST_IN(e, mc, mcpar_sample(mc, 1, normals, NULL));
    MUST_IN(e, mc, mcpar_reduce(mc, &e1));
    MUST_IN(e, mc, mcpar_mean(mc, 0, &e2));
    MUST_IN(e, mc, mcpar_covariance(mc, 0, 1, &covariance));
    cr_assert(covariance != covariance && e1.variance != e1.variance && e2.variance != e2.variance);
    MUST_IN(e, mc, mcpar_sample(mc, 600, normals, NULL));
    MUST_IN(e, mc, mcpar_sample(mc, 600, rude, NULL));
    MUST_IN(e, mc, mcpar_reduce(mc, &e1));
    MUST_IN(e, mc, mcpar_mean(mc, 0, &e2));
    MUST_IN(e, mc, mcpar_mean(mc, 1, &e2));
    MUST_IN(e, mc, mcpar_covariance(mc, 0, 1, &covariance));
    MUST_IN(e, mc, mcpar_fingerprint(mc, fingerprint));
    MUST_IN(e, mc, mcpar_options_in_force(mc, &in_force));
    IN_HOST(e, (void)(mcpar_message(mc), mcpar_note(mc, 0), mcpar_rank(mc), mcpar_size(mc), mcpar_workers(mc)));
    IN_HOST(e, (void)(mcpar_about(mc, "cpus"), mcpar_about(mc, "pool"), mcpar_about(mc, "cpu_path")));
    IN_HOST(e, (void)(mcpar_option_origin(mc, "confidence"), mcpar_strerror(3), mcpar_version()));
    flatten(calls->out.hits, &e1);         /* before outcome_of, which reads again in the usual host */
    calls->out = outcome_of(mc, 2);
    {
        uint64_t in_host[FIELDS];

        flatten(in_host, &e1);
        cr_assert(memcmp(in_host, calls->out.hits, sizeof in_host) == 0, "hits in host %u", e);
        flatten(in_host, &e2);
        cr_assert(memcmp(in_host, calls->out.mean[1], sizeof in_host) == 0, "mean in host %u", e);
        cr_assert(number_bits(covariance) == calls->out.covariance[0][1], "covariance in host %u", e);
        cr_assert_str_eq(fingerprint, calls->out.fingerprint);
    }
    IN_HOST(e, word = (uint64_t)(unsigned int)mcpar_sample(mc, 10, NULL, NULL));
    cr_assert(word == MCPAR_ERR_ARGUMENT);
    MUST_IN(e, mc, mcpar_reset(mc, 1));
    IN_HOST(e, word = (uint64_t)(unsigned int)mcpar_sample(mc, 10, fails, NULL));
    cr_assert(word == MCPAR_ERR_VALUE && strstr(mcpar_message(mc), "trial 3"));
    MUST_IN(e, mc, mcpar_finalize(&mc));

    IN_HOST(e, rng = mcpar_rng_open(&space, 1, 2, 3));
    for (int i = 0; i < 4 * 50; i++) {
        switch (i % 4) {
        case 0:
            IN_HOST(e, draw = mcpar_uniform(rng));
            break;
        case 1:
            IN_HOST(e, draw = mcpar_normal(rng));
            break;
        case 2:
            IN_HOST(e, draw = mcpar_exponential(rng));
            break;
        default:
            IN_HOST(e, word = mcpar_below(rng, 1000));
        }
        calls->draw[i] = i % 4 == 3 ? word : bits_of(draw);
        if (i % 20 == 19)
            IN_HOST(e, word = (uint64_t)(unsigned int)mcpar_rng_jump(rng, (uint64_t)i * 1000));
    }
}

Test(host, finds_its_environment_and_the_same_bits_after_every_call, .timeout = 60)
{
    static struct calls first, other;

    all_calls(&first, 0, places[0]);
    for (unsigned int e = 1; e < HOSTS; e++) {
        all_calls(&other, e, places[e % 4]);
        MUST_EQUAL(first.out, other.out, "host %u", e);
        cr_assert(memcmp(first.draw, other.draw, sizeof first.draw) == 0, "draws in host %u", e);
    }
}

/* Options that are compared as doubles: no trap, no flag, and one answer in every host. */
Test(host, finds_its_environment_after_bad_options)
{
    static const uint64_t bad[] = { UINT64_C(0x7ff8000000000000), UINT64_C(0x7ff0000000000001),
                                    UINT64_C(0x7ff0000000000000), UINT64_C(0xfff0000000000000), 0,
                                    UINT64_C(0x8000000000000000), UINT64_C(0x3ff0000000000000),
                                    UINT64_C(0xbff0000000000001), UINT64_C(0x8000000000000001) };

    for (unsigned int e = 0; e < HOSTS; e++)
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            mcpar_options options = options_for(places[0]);
            int code = 0;
            mcpar *mc;

            memcpy(&options.confidence, &bad[i], sizeof bad[i]);
            IN_HOST(e, code = mcpar_init(&mc, &options));
            cr_assert(code == MCPAR_ERR_OPTION && strstr(mcpar_message(mc), "confidence"), "host %u: %d", e, code);
            IN_HOST(e, code = mcpar_finalize(&mc));
            cr_assert(code == 0);
        }
}

/* The smallest confidence and the largest below 1 are confidences, whatever the host flushes. */
Test(host, may_ask_for_any_confidence_between_0_and_1)
{
    static const uint64_t fine[] = { 1, UINT64_C(0x3fefffffffffffff), UINT64_C(0x0010000000000000) };

    for (unsigned int e = 0; e < HOSTS; e++)
        for (size_t i = 0; i < 3; i++) {
            mcpar_options options = options_for(places[0]);
            mcpar_estimate estimate;
            mcpar *mc;

            memcpy(&options.confidence, &fine[i], sizeof fine[i]);
            MUST_IN(e, mc, mcpar_init(&mc, &options));
            MUST_IN(e, mc, mcpar_reduce(mc, &estimate));
            cr_assert(bits_of(estimate.confidence) == fine[i]);
            cr_assert(estimate.lower == 0.0 && estimate.upper == 1.0);
            MUST_IN(e, mc, mcpar_finalize(&mc));
        }
}
