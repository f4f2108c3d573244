/* SPDX-License-Identifier: BSD-3-Clause */
/* One answer: the same trials give the same bits, in whatever form, pieces and pools they are run. */
#include "api.h"
#include <math.h>

TestSuite(answer, .timeout = 30);
TestSuite(trial, .timeout = 30);
TestSuite(stream, .timeout = 30);

enum { TRIALS = 20011 };

/* ---- The programs of the design ---- */

static int dart(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_uniform(rng), y = mcpar_uniform(rng);

    (void)values;
    (void)arg;
    return x * x + y * y < 1.0;
}

static int darts(mcpar_block *b, void *arg)
{
    const double *x = mcpar_uniforms(b), *y = mcpar_uniforms(b);

    (void)arg;
    for (size_t i = 0; i < b->n; i++)
        b->hits += x[i] * x[i] + y[i] * y[i] < 1.0;
    return 0;
}

/* Every kind of draw, four observables, and hits. */
static int sampler(mcpar_rng *rng, double *values, void *arg)
{
    uint64_t bound = *(const uint64_t *)arg, word;

    values[0] = mcpar_uniform(rng);
    word = mcpar_word(rng);
    values[1] = (double)(word >> 11) - 0x1p52;
    values[2] = mcpar_normal(rng) * 1e200;
    values[3] = mcpar_exponential(rng) * 1e-200;
    return mcpar_below(rng, bound) % 3 == 0;
}

static int samplers(mcpar_block *b, void *arg)
{
    uint64_t bound = *(const uint64_t *)arg;
    const double *uniform = mcpar_uniforms(b);
    const uint64_t *word = mcpar_words(b);
    const double *normal = mcpar_normals(b), *exponential = mcpar_exponentials(b);
    const uint64_t *below = mcpar_belows(b, bound);

    for (size_t i = 0; i < b->n; i++) {
        b->values[0][i] = uniform[i];
        b->values[1][i] = (double)(word[i] >> 11) - 0x1p52;
        b->values[2][i] = normal[i] * 1e200;
        b->values[3][i] = exponential[i] * 1e-200;
        b->hits += below[i] % 3 == 0;
    }
    return 0;
}

static uint64_t a_bound = (UINT64_C(1) << 63) + 12345;    /* nearly every other word is refused by Lemire's method */

static void observe(mcpar *mc)
{
    static const char *const names[] = { "uniform", "word", "normal", "exponential" };
    static const size_t pairs[][2] = { { 0, 1 }, { 2, 3 }, { 3, 0 } };

    MUST(mc, mcpar_observe(mc, 4, names));
    MUST(mc, mcpar_observe_pairs(mc, 3, pairs[0]));
}

/* ---- How the same trials are run: in pieces of which sizes; block or not, by turns or always ---- */

enum form { TRIAL, BLOCK, BOTH };

static void run_darts(mcpar *mc, uint64_t n, enum form form, unsigned int turn)
{
    if (form == BLOCK || (form == BOTH && turn % 2))
        MUST(mc, mcpar_sample_block(mc, n, darts, NULL));
    else
        MUST(mc, mcpar_sample(mc, n, dart, NULL));
}

static void run_samplers(mcpar *mc, uint64_t n, enum form form, unsigned int turn)
{
    if (form == BLOCK || (form == BOTH && turn % 2))
        MUST(mc, mcpar_sample_block(mc, n, samplers, &a_bound));
    else
        MUST(mc, mcpar_sample(mc, n, sampler, &a_bound));
}

/* pieces: sizes, the last one takes all that is left; NULL: one. */
static struct outcome answer(struct place place, enum form form, const uint64_t *pieces, size_t n, bool observed)
{
    mcpar *mc = open_at(place);
    uint64_t left = TRIALS;
    struct outcome out;

    if (observed)
        observe(mc);
    for (unsigned int turn = 0; left > 0; turn++) {
        uint64_t piece = pieces && turn < n && pieces[turn] < left ? pieces[turn] : left;

        (observed ? run_samplers : run_darts)(mc, piece, form, turn);
        left -= piece;
        if (turn % 3 == 2)                 /* reading changes nothing */
            MUST(mc, mcpar_reduce(mc, NULL));
    }
    out = outcome_of(mc, observed ? 4 : 0);
    close_handle(mc);
    return out;
}

Test(answer, hits_are_those_of_a_scalar_loop)
{
    static const uint64_t seeds[] = { 0, 1, MCPAR_SEED_DEFAULT, UINT64_MAX - 1 };
    static const uint32_t streams[] = { 0, 7, (1u << 24) - 1 };
    enum { N = 30000 };

    for (size_t s = 0; s < 4; s++)
        for (size_t t = 0; t < 3; t++) {
            mcpar_options options = options_for(places[t]);
            mcpar_estimate e;
            uint64_t hits = 0;
            mcpar *mc;

            for (uint64_t i = 0; i < N; i++) {
                double x = scalar_uniform(seeds[s], streams[t], i, 0), y = scalar_uniform(seeds[s], streams[t], i, 1);

                hits += x * x + y * y < 1.0;
            }
            options.seed = seeds[s];
            options.stream = streams[t];
            MUST(mc, mcpar_init(&mc, &options));
            MUST(mc, mcpar_sample(mc, N, dart, NULL));
            MUST(mc, mcpar_reduce(mc, &e));
            cr_assert(e.hits == hits && e.trials == N, "%llu hits", (unsigned long long)e.hits);
            cr_assert(e.mean == (double)hits / N && fabs(4 * e.mean - 3.14159) < 8 * 4 * e.std_error);
            close_handle(mc);
        }
}

Test(answer, is_the_same_in_every_pool_and_form, .timeout = 60)
{
    struct outcome hits = answer(places[0], TRIAL, NULL, 0, false);
    struct outcome all = answer(places[0], TRIAL, NULL, 0, true);

    for (size_t p = 0; p < PLACES; p++)
        for (int form = TRIAL; form <= BLOCK; form++) {
            struct outcome other = answer(places[p], (enum form)form, NULL, 0, false);

            MUST_EQUAL(hits, other, "hits: place %zu, form %d", p, form);
            other = answer(places[p], (enum form)form, NULL, 0, true);
            MUST_EQUAL(all, other, "observables: place %zu, form %d", p, form);
        }
}

Test(answer, is_the_same_in_any_number_of_calls, .timeout = 60)
{
    static const uint64_t ones[] = { 1, 1, 1, 1, 1, 1, 1 }, blocks[] = { 511, 512, 513, 1, 1024, 4096 },
                          halves[] = { 10005, 10006 }, rising[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024 };
    static const struct {
        const uint64_t *piece;
        size_t n;
    } cuts[] = { { ones, 7 }, { blocks, 6 }, { halves, 2 }, { rising, 11 } };
    struct outcome hits = answer(places[0], TRIAL, NULL, 0, false);
    struct outcome all = answer(places[0], TRIAL, NULL, 0, true);

    for (size_t c = 0; c < 4; c++)
        for (size_t p = 0; p < PLACES; p += 3)
            for (int form = TRIAL; form <= BOTH; form++) {
                struct outcome other = answer(places[p], (enum form)form, cuts[c].piece, cuts[c].n, false);

                MUST_EQUAL(hits, other, "hits: cut %zu, place %zu, form %d", c, p, form);
                other = answer(places[p], (enum form)form, cuts[c].piece, cuts[c].n, true);
                MUST_EQUAL(all, other, "observables: cut %zu, place %zu, form %d", c, p, form);
            }
}

Test(answer, of_a_thousand_calls_of_one_trial)
{
    mcpar *one = open_serial(), *many = open_serial();
    struct outcome a, b;

    MUST(one, mcpar_sample(one, 1000, dart, NULL));
    for (int i = 0; i < 1000; i++) {
        MUST(many, mcpar_sample(many, 1, dart, NULL));
        MUST(many, mcpar_sample(many, 0, dart, NULL));
    }
    a = outcome_of(one, 0);
    b = outcome_of(many, 0);
    MUST_EQUAL(a, b, "1000 and 1000 * 1");
    close_handle(one);
    close_handle(many);
}

static int one_draw(mcpar_rng *rng, double *values, void *arg)
{
    (void)arg;
    values[0] = mcpar_uniform(rng);
    return values[0] < 0.5;
}

/* Calls of every size up to beyond two batches: the library cuts each of them in its own way. */
Test(answer, of_calls_of_every_size)
{
    static const char *const names[] = { "x" };
    enum { LARGEST = 1100 };
    mcpar *one = open_serial(), *many = open_serial();
    struct outcome a, b;

    MUST(one, mcpar_observe(one, 1, names));
    MUST(many, mcpar_observe(many, 1, names));
    MUST(one, mcpar_sample(one, LARGEST * (LARGEST + 1) / 2, one_draw, NULL));
    for (uint64_t n = 1; n <= LARGEST; n++)
        MUST(many, mcpar_sample(many, n, one_draw, NULL));
    a = outcome_of(one, 1);
    b = outcome_of(many, 1);
    MUST_EQUAL(a, b, "sizes from 1 to %d", LARGEST);
    close_handle(one);
    close_handle(many);
}

Test(answer, long_enough_for_many_rounds, .timeout = 60)
{
    enum { N = 3000000 };
    struct outcome first = { .fingerprint = "" };

    for (size_t p = 0; p < PLACES; p += 2) {
        mcpar *mc = open_at(places[p]);
        struct outcome out;

        MUST(mc, mcpar_sample_block(mc, N, darts, NULL));
        MUST(mc, mcpar_sample(mc, N / 3, dart, NULL));
        out = outcome_of(mc, 0);
        if (p == 0)
            first = out;
        MUST_EQUAL(first, out, "place %zu", p);
        close_handle(mc);
    }
}

/* Trials that cost from nothing to a thousand draws each, and none of them the same number. */
static int uneven(mcpar_rng *rng, double *values, void *arg)
{
    uint64_t n = mcpar_below(rng, 4) == 0 ? mcpar_below(rng, 1000) : mcpar_trial_number(rng) % 20;

    (void)arg;
    for (uint64_t i = 0; i < n; i++)
        values[0] += i % 7 ? mcpar_uniform(rng) : mcpar_normal(rng);
    return n % 2 == 1;
}

Test(answer, of_trials_that_take_any_number_of_draws)
{
    static const char *const names[] = { "sum" };
    struct outcome first = { .fingerprint = "" };

    for (size_t p = 0; p < PLACES; p++) {
        mcpar *mc = open_at(places[p]);
        struct outcome out;

        MUST(mc, mcpar_observe(mc, 1, names));
        for (uint64_t left = 4000, piece = 1 + p * 997; left; left -= piece) {
            piece = piece < left ? piece : left;
            MUST(mc, mcpar_sample(mc, piece, uneven, NULL));
        }
        out = outcome_of(mc, 1);
        if (p == 0)
            first = out;
        MUST_EQUAL(first, out, "place %zu", p);
        close_handle(mc);
    }
}

/* ---- Problems one after another, side by side, and streams ---- */

Test(answer, after_a_reset_is_that_of_a_fresh_handle)
{
    static const uint32_t streams[] = { 5, 0, (1u << 24) - 1, 5 };
    mcpar *used = open_at(places[3]);

    observe(used);
    MUST(used, mcpar_sample(used, 1234, sampler, &a_bound));
    MUST(used, mcpar_reduce(used, NULL));
    for (size_t s = 0; s < 4; s++) {
        mcpar_options options = options_for(places[0]);
        struct outcome a, b;
        mcpar *fresh;

        options.stream = streams[s];
        MUST(fresh, mcpar_init(&fresh, &options));
        observe(fresh);
        MUST(used, mcpar_reset(used, streams[s]));
        a = outcome_of(used, 4);           /* empty, both of them */
        b = outcome_of(fresh, 4);
        MUST_EQUAL(a, b, "stream %zu, no trials", s);
        MUST(fresh, mcpar_sample(fresh, 100 * s, sampler, &a_bound));
        MUST(used, mcpar_sample(used, 100 * s, sampler, &a_bound));
        a = outcome_of(used, 4);
        b = outcome_of(fresh, 4);
        MUST_EQUAL(a, b, "stream %zu", s);
        close_handle(fresh);
    }
    /* After a reset observables can be others; those of before have left nothing. */
    MUST(used, mcpar_reset(used, 3));
    MUST(used, mcpar_observe(used, 0, NULL));
    MUST(used, mcpar_sample(used, 777, dart, NULL));
    {
        mcpar *fresh = open_serial();
        struct outcome a, b;

        MUST(fresh, mcpar_reset(fresh, 3));
        MUST(fresh, mcpar_sample(fresh, 777, dart, NULL));
        a = outcome_of(used, 0);
        b = outcome_of(fresh, 0);
        MUST_EQUAL(a, b, "no observables any more");
        close_handle(fresh);
    }
    close_handle(used);
}

Test(answer, common_random_numbers_of_two_handles_at_once)
{
    mcpar *one = open_at(places[2]), *two = open_serial(), *third;
    mcpar_options options = options_for(places[0]);
    struct outcome a, b, c;

    options.seed = 99;
    MUST(third, mcpar_init(&third, &options));
    for (int i = 0; i < 5; i++) {
        MUST(one, mcpar_sample(one, 500, dart, NULL));
        MUST(third, mcpar_sample(third, 500, dart, NULL));
        MUST(two, mcpar_sample(two, 500, dart, NULL));
        a = outcome_of(one, 0);
        b = outcome_of(two, 0);
        c = outcome_of(third, 0);
        MUST_EQUAL(a, b, "turn %d", i);
        cr_assert(strcmp(a.fingerprint, c.fingerprint) != 0);
    }
    close_handle(one);
    close_handle(third);
    close_handle(two);
}

/* A handle that is used inside of another one's trial, in both pools. */
static int nested(mcpar_rng *rng, double *values, void *arg)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;
    mcpar *inner = NULL;
    mcpar_estimate e = { 0 };
    int err;

    (void)arg;
    options.pool = MCPAR_POOL_SERIAL;
    options.seed = mcpar_trial_number(rng);
    err = mcpar_init(&inner, &options);
    if (!err)
        err = mcpar_sample(inner, 100, dart, NULL);
    if (!err)
        err = mcpar_reduce(inner, &e);
    (void)mcpar_finalize(&inner);
    values[0] = (double)e.hits + mcpar_uniform(rng);
    return err ? -err : 0;
}

Test(answer, of_a_run_within_a_trial)
{
    static const char *const names[] = { "inner hits" };
    struct outcome first = { .fingerprint = "" };

    for (size_t p = 0; p < 4; p += 3) {
        mcpar *mc = open_at(places[p]);
        struct outcome out;

        MUST(mc, mcpar_observe(mc, 1, names));
        MUST(mc, mcpar_sample(mc, 60, nested, NULL));
        out = outcome_of(mc, 1);
        if (p == 0)
            first = out;
        MUST_EQUAL(first, out, "place %zu", p);
        close_handle(mc);
    }
}

/* ---- What a trial sees besides its draws ---- */

struct seen {
    uint64_t next, calls;
    bool zeroed;
};

static int look(mcpar_rng *rng, double *values, void *arg)
{
    struct seen *seen = arg;

    if (mcpar_trial_number(rng) != seen->next++)
        return -1;
    seen->calls++;
    seen->zeroed = seen->zeroed && bits_of(values[0]) == 0 && bits_of(values[1]) == 0;
    values[0] = values[1] = -1.0;
    return 0;
}

static int look_without_values(mcpar_rng *rng, double *values, void *arg)
{
    (void)rng;
    (void)arg;
    return values == NULL ? 1 : -1;
}

static int look_block(mcpar_block *b, void *arg)
{
    struct seen *seen = arg;

    if (b->first != seen->next || b->n < 1 || b->hits != 0 || b->scratch != NULL)
        return -1;
    seen->next += b->n;
    seen->calls++;
    for (size_t i = 0; i < b->n; i++)
        for (int k = 0; k < 2; k++) {
            seen->zeroed = seen->zeroed && bits_of(b->values[k][i]) == 0;
            b->values[k][i] = 3.0;
        }
    return 0;
}

static int look_block_without_values(mcpar_block *b, void *arg)
{
    (void)arg;
    b->hits = b->n;
    return b->values == NULL ? 0 : -1;
}

Test(trial, sees_its_number_and_zeroed_values_in_ascending_order)
{
    static const char *const names[] = { "a", "b" };
    struct seen seen = { 0, 0, true };
    mcpar *mc = open_serial();
    mcpar_estimate e;

    MUST(mc, mcpar_sample(mc, 1000, look_without_values, NULL));
    MUST(mc, mcpar_sample_block(mc, 1000, look_block_without_values, NULL));
    MUST(mc, mcpar_reduce(mc, &e));
    cr_assert(e.hits == 2000);
    MUST(mc, mcpar_reset(mc, 0));
    MUST(mc, mcpar_observe(mc, 2, names));
    MUST(mc, mcpar_sample(mc, 5000, look, &seen));
    cr_assert(seen.calls == 5000 && seen.zeroed);
    MUST(mc, mcpar_sample_block(mc, 5000, look_block, &seen));
    cr_assert(seen.next == 10000 && seen.zeroed);
    close_handle(mc);
}

/* The draws of a trial, its opened stream and the scalar form, draw by draw, whichever calls came between. */
static int compare_streams(mcpar_rng *rng, double *values, void *arg)
{
    uint64_t i = mcpar_trial_number(rng), draw = 0;
    mcpar_rng_space space;
    mcpar_rng *own = mcpar_rng_open(&space, 42, 9, i);

    (void)values;
    (void)arg;
    for (; draw < 100; draw++) {
        uint64_t word = scalar_word(42, 9, i, 0, draw), a, b;

        switch ((i + draw) % 7 == 0 ? (int)(draw % 5) : 0) {
        case 0:
            a = bits_of(mcpar_uniform(rng));
            b = bits_of(mcpar_uniform(own));
            if (a != bits_of((double)(word >> 11) * 0x1p-53))
                return -1;
            break;
        case 1:
            a = mcpar_word(rng);
            b = mcpar_word(own);
            if (a != word)
                return -2;
            break;
        case 2:
            a = mcpar_below(rng, 0);
            b = mcpar_below(own, 0);
            if (a != word)
                return -3;
            break;
        case 3:
            a = bits_of(mcpar_normal(rng));
            b = bits_of(mcpar_normal(own));
            break;
        default:
            a = bits_of(mcpar_exponential(rng));
            b = bits_of(mcpar_exponential(own));
        }
        if (a != b)
            return -4;
    }
    return 1;
}

Test(trial, draws_are_those_of_the_opened_stream_and_of_the_contract)
{
    for (size_t p = 0; p < 4; p += 3) {
        mcpar_options options = options_for(places[p]);
        mcpar *mc;

        options.seed = 42;
        options.stream = 9;
        MUST(mc, mcpar_init(&mc, &options));
        MUST(mc, mcpar_sample(mc, 3000, compare_streams, NULL));
        close_handle(mc);
    }
}

static int compare_columns(mcpar_block *b, void *arg)
{
    (void)arg;
    for (uint64_t draw = 0; draw < 12; draw++) {
        const double *uniform = draw % 3 ? NULL : mcpar_uniforms(b);
        const uint64_t *word = draw % 3 == 1 ? mcpar_words(b) : draw % 3 == 2 ? mcpar_belows(b, a_bound) : NULL;

        for (size_t i = 0; i < b->n; i++) {
            mcpar_rng_space space;
            mcpar_rng *rng = mcpar_rng_open(&space, 42, 9, b->first + i);

            if (mcpar_rng_jump(rng, draw))
                return -1;
            if (uniform ? uniform[i] != scalar_uniform(42, 9, b->first + i, draw)
                        : word[i] != (draw % 3 == 1 ? mcpar_word(rng) : mcpar_below(rng, a_bound)))
                return -2;
        }
    }
    return 0;
}

Test(trial, draws_of_a_block_are_those_of_its_trials)
{
    mcpar_options options = options_for(places[2]);
    mcpar *mc;

    options.seed = 42;
    options.stream = 9;
    MUST(mc, mcpar_init(&mc, &options));
    for (uint64_t n = 1; n < 1500; n *= 3)
        MUST(mc, mcpar_sample_block(mc, n, compare_columns, NULL));
    close_handle(mc);
}

/* All arrays of a block stay as they are until it ends, many of them too. */
static int keep_columns(mcpar_block *b, void *arg)
{
    enum { COLUMNS = 100 };
    const double *column[COLUMNS];

    (void)arg;
    for (int j = 0; j < COLUMNS; j++)
        column[j] = j % 5 == 4 ? mcpar_normals(b) : mcpar_uniforms(b);
    for (int j = 0; j < COLUMNS; j++)
        for (size_t i = 0; i < b->n && j % 5 != 4; i++)
            if (column[j][i] != scalar_uniform(MCPAR_SEED_DEFAULT, 0, b->first + i, (uint64_t)j))
                return -1;
    return 0;
}

Test(trial, arrays_of_a_block_stay_until_it_ends)
{
    mcpar *mc = open_serial();

    MUST(mc, mcpar_sample_block(mc, 2000, keep_columns, NULL));
    close_handle(mc);
}

/* ---- Scratch memory ---- */

struct scratch_arg {
    int made, freed;
};

static void *make_scratch(void *arg)
{
    struct scratch_arg *count = arg;

    count->made++;
    return calloc(1, sizeof(uint64_t));
}

static void free_scratch(void *scratch, void *arg)
{
    struct scratch_arg *count = arg;

    count->freed++;
    free(scratch);
}

static int use_scratch(mcpar_rng *rng, double *values, void *arg)
{
    uint64_t *calls = mcpar_scratch(rng);

    (void)values;
    (void)arg;
    return calls ? (*calls += mcpar_trial_number(rng)) % 2 == 0 || 1 : -1;
}

static int use_scratch_block(mcpar_block *b, void *arg)
{
    uint64_t *calls = b->scratch;

    (void)arg;
    if (!calls)
        return -1;
    *calls += b->n;
    b->hits = b->n;
    return 0;
}

static void *no_scratch(void *arg)
{
    (void)arg;
    return NULL;
}

Test(trial, has_scratch_memory_of_its_worker)
{
    for (size_t p = 0; p < 4; p += 3) {
        mcpar_options options = options_for(places[p]);
        struct scratch_arg count = { 0, 0 };
        mcpar_estimate e;
        mcpar *mc;

        options.scratch_new = make_scratch;
        options.scratch_free = free_scratch;
        options.scratch_arg = &count;
        MUST(mc, mcpar_init(&mc, &options));
        MUST(mc, mcpar_sample(mc, 2000, use_scratch, NULL));
        MUST(mc, mcpar_sample_block(mc, 2000, use_scratch_block, NULL));
        MUST(mc, mcpar_reduce(mc, &e));
        cr_assert(e.hits == 4000);
        close_handle(mc);
        cr_assert(count.made == count.freed && count.made == (p == 0 ? 2 : 0), "%d made, %d freed", count.made,
                  count.freed);
        options.scratch_free = NULL;
        options.scratch_new = no_scratch;
        MUST(mc, mcpar_init(&mc, &options));
        MUST_FAIL(mc, mcpar_sample(mc, 10, use_scratch, NULL), MCPAR_ERR_SCRATCH);
        MUST_FAIL(mc, mcpar_sample_block(mc, 0, use_scratch_block, NULL), MCPAR_ERR_SCRATCH);
        MUST(mc, mcpar_reduce(mc, &e));
        cr_assert(e.trials == 0);
        close_handle(mc);
    }
}

/* ---- The stream of any trial ---- */

__extension__ typedef unsigned __int128 wide;

/* Lemire's method as the contract has it, in its plain form. */
static uint64_t scalar_below(uint64_t seed, uint32_t stream, uint64_t trial, uint64_t draw, uint64_t bound)
{
    uint64_t word = scalar_word(seed, stream, trial, 0, draw);

    for (uint32_t retry = 0;; retry++) {
        wide product = (wide)word * bound;

        if (bound == 0)
            return word;
        if ((uint64_t)product >= (0 - bound) % bound)
            return (uint64_t)(product >> 64);
        /* word `retry` of counter (trial, draw, purpose 1, 2, ...), two words each */
        word = scalar_word(seed, stream, trial, 1 + retry / 2, 2 * draw + retry % 2);
    }
}

Test(stream, of_any_trial_at_any_draw_is_the_contract)
{
    static const uint64_t draws[] = { 0, 1, 2, 3, 127, 128, (UINT64_C(1) << 31) - 1, UINT64_C(1) << 31,
                                      (UINT64_C(1) << 32) - 2, (UINT64_C(1) << 32) - 1 };
    static const uint64_t bounds[] = { 0, 1, 2, 3, 10, (UINT64_C(1) << 63) + 1, UINT64_MAX,
                                       UINT64_C(0xaaaaaaaaaaaaaaab) };
    uint64_t state = 1;

    for (int n = 0; n < 2000; n++) {
        uint64_t seed = other_random(&state), trial = n % 9 ? other_random(&state) : UINT64_MAX;
        uint32_t stream = (uint32_t)(other_random(&state) >> 40);
        uint64_t draw = n % 2 ? draws[n % 10] : other_random(&state) >> 32;
        mcpar_rng_space space;
        mcpar_rng *rng;

        memset(&space, 0xa5, sizeof space);
        rng = mcpar_rng_open(&space, seed, stream, trial);
        cr_assert(rng != NULL && mcpar_trial_number(rng) == trial && mcpar_scratch(rng) == NULL);
        cr_assert(mcpar_uniform(rng) == scalar_uniform(seed, stream, trial, 0));
        cr_assert(mcpar_word(rng) == scalar_word(seed, stream, trial, 0, 1));
        cr_assert(mcpar_rng_jump(rng, draw) == 0);
        for (uint64_t j = draw; j < draw + 20 && j < UINT64_C(1) << 32; j++)
            switch (n % 3) {
            case 0:
                cr_assert(mcpar_uniform(rng) == scalar_uniform(seed, stream, trial, j));
                break;
            case 1:
                cr_assert(mcpar_word(rng) == scalar_word(seed, stream, trial, 0, j));
                break;
            default:
                cr_assert(mcpar_below(rng, bounds[j % 8]) == scalar_below(seed, stream, trial, j, bounds[j % 8]));
            }
        cr_assert(mcpar_rng_jump(rng, UINT64_C(1) << 32) == MCPAR_ERR_ARGUMENT);
        cr_assert(mcpar_rng_jump(rng, UINT64_MAX) == MCPAR_ERR_ARGUMENT);
        if (draw + 21 < UINT64_C(1) << 32)
            cr_assert(mcpar_word(rng) == scalar_word(seed, stream, trial, 0, draw + 20), "a refused jump moved");
    }
}

Test(stream, that_does_not_exist_is_refused)
{
    mcpar_rng_space space;

    cr_assert(mcpar_rng_open(NULL, 1, 1, 1) == NULL);
    cr_assert(mcpar_rng_open(&space, 1, 1u << 24, 1) == NULL);
    cr_assert(mcpar_rng_open(&space, 1, UINT32_MAX, 1) == NULL);
    cr_assert(mcpar_rng_jump(NULL, 0) == MCPAR_ERR_ARGUMENT);
}

/* Past the last draw the numbers go on, so that loops end; but the trial is refused. */
struct overdraw {
    uint64_t over;
    int form;
};

static int overdraw(mcpar_rng *rng, double *values, void *arg)
{
    const struct overdraw *o = arg;
    uint64_t over = o->over;

    (void)values;
    if (mcpar_trial_number(rng) < 100)
        return 0;
    if (mcpar_rng_jump(rng, (UINT64_C(1) << 32) - 10))
        return -1;
    for (uint64_t j = 0; j < 10 + over; j++) {
        double x = o->form == 0 ? mcpar_uniform(rng) : (double)(mcpar_word(rng) >> 11) * 0x1p-53;

        if (!(x >= 0.0 && x < 1.0))
            return -2;
    }
    return 0;
}

Test(stream, ends_after_2_to_the_32_draws)
{
    for (size_t p = 0; p < 4; p += 3)
        for (uint64_t i = 0; i < 6; i++) {
            struct overdraw o = { i / 2, (int)(i % 2) };
            mcpar *mc = open_at(places[p]);

            MUST_FAIL(mc, mcpar_sample(mc, 1000, overdraw, &o), o.over ? MCPAR_ERR_DRAWS : 0);
            if (o.over)
                MUST_SAY(mc, "trial 100;");
            close_handle(mc);
        }
}

Test(stream, inline_and_exported_draws_are_the_same)
{
    mcpar_rng_space a, b;
    mcpar_rng *one = mcpar_rng_open(&a, 1, 2, 3), *two = mcpar_rng_open(&b, 1, 2, 3);
    double (*volatile exported)(mcpar_rng *) = mcpar_uniform;

    for (int i = 0; i < 1000; i++) {
        double x = mcpar_uniform(one);

        cr_assert(x == exported(two));
    }
}
