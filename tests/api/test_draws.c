/* SPDX-License-Identifier: BSD-3-Clause */
/* What a trial sees: its number, its draws and columns, scratch memory; and the stream of any trial. */
#include "api.h"

TestSuite(trial, .timeout = 30);
TestSuite(stream, .timeout = 30);

static uint64_t a_bound = (UINT64_C(1) << 63) + 12345;    /* nearly every other word is refused by Lemire's method */

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
