/* SPDX-License-Identifier: BSD-3-Clause */
/* Arguments that are NULL or out of range: the code, its words, and that nothing else happens. */
#include "darts.h"
#include <math.h>

TestSuite(null, .timeout = 30);
TestSuite(range, .timeout = 30);

/* ---- NULL, for every function of the header ---- */

Test(null, handle_is_an_argument_error_of_every_call)
{
    mcpar_options in_force = MCPAR_OPTIONS_INIT;
    char fingerprint[MCPAR_FINGERPRINT_SIZE] = "untouched";
    mcpar_estimate e;
    double covariance;
    mcpar *none = NULL;

    cr_assert(mcpar_init(NULL, NULL) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_init_comm(NULL, NULL, NULL, NULL) == MCPAR_ERR_ARGUMENT);
    none = (mcpar *)(void *)&e;
    cr_assert(mcpar_init_comm(&none, NULL, NULL, NULL) == MCPAR_ERR_ARGUMENT);
    cr_assert(none == NULL || strstr(mcpar_message(none), mcpar_strerror(MCPAR_ERR_ARGUMENT)));
    cr_assert(mcpar_finalize(&none) == 0);
    cr_assert(mcpar_finalize(NULL) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_sample(NULL, 1, dart, NULL) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_sample(NULL, 0, NULL, NULL) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_sample_block(NULL, 1, darts, NULL) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_reduce(NULL, &e) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_reduce(NULL, NULL) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_reset(NULL, 0) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_fingerprint(NULL, fingerprint) == MCPAR_ERR_ARGUMENT);
    cr_assert_str_eq(fingerprint, "untouched");
    cr_assert(mcpar_observe(NULL, 0, NULL) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_observe_pairs(NULL, 0, NULL) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_mean(NULL, 0, &e) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_covariance(NULL, 0, 0, &covariance) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_options_in_force(NULL, &in_force) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_option_origin(NULL, "seed") == MCPAR_ORIGIN_UNKNOWN);
    cr_assert(mcpar_about(NULL, "pool") == NULL);
    cr_assert(mcpar_failed(NULL, NULL, NULL, NULL) == MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_note(NULL, 0) == NULL);
    cr_assert(mcpar_message(NULL) != NULL && mcpar_message(NULL)[0]);
    cr_assert(mcpar_rank(NULL) == -1);
    cr_assert(mcpar_size(NULL) == 0);
    cr_assert(mcpar_workers(NULL) == 0);
}

Test(null, argument_is_a_named_error_and_nothing_is_run)
{
    static const char *const names[] = { "a", NULL };
    mcpar *mc = open_serial();
    mcpar_estimate e;

    MUST_FAIL(mc, mcpar_sample(mc, 100, NULL, NULL), MCPAR_ERR_ARGUMENT);
    MUST_SAY(mc, "NULL");
    MUST_FAIL(mc, mcpar_sample_block(mc, 100, NULL, NULL), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_sample(mc, 0, NULL, NULL), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_observe(mc, 1, NULL), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_observe(mc, 2, names), MCPAR_ERR_ARGUMENT);
    MUST_SAY(mc, "names[1]");
    MUST_FAIL(mc, mcpar_observe_pairs(mc, 1, NULL), MCPAR_ERR_ARGUMENT);
    MUST(mc, mcpar_observe(mc, 1, names));
    MUST(mc, mcpar_sample(mc, 0, dart, NULL));
    MUST(mc, mcpar_reduce(mc, NULL));
    MUST(mc, mcpar_reduce(mc, &e));
    cr_assert(e.trials == 0 && e.status == MCPAR_STATUS_EMPTY);
    MUST_FAIL(mc, mcpar_mean(mc, 0, NULL), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_covariance(mc, 0, 0, NULL), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_fingerprint(mc, NULL), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_options_in_force(mc, NULL), MCPAR_ERR_ARGUMENT);
    cr_assert(mcpar_option_origin(mc, NULL) == MCPAR_ORIGIN_UNKNOWN);
    cr_assert(mcpar_option_origin(mc, "") == MCPAR_ORIGIN_UNKNOWN);
    cr_assert(mcpar_option_origin(mc, "sead") == MCPAR_ORIGIN_UNKNOWN);
    cr_assert(mcpar_about(mc, NULL) == NULL && mcpar_about(mc, "nothing") == NULL && mcpar_about(mc, "") == NULL);
    cr_assert(mcpar_note(mc, SIZE_MAX) == NULL);
    close_handle(mc);
}

/* ---- Numbers out of range ---- */

Test(range, no_trials_at_all)
{
    static const char *const names[] = { "a" };

    for (size_t p = 0; p < 3; p += 2) {
        mcpar *mc = open_at(places[p]);
        mcpar_estimate e;
        double covariance;

        MUST(mc, mcpar_observe(mc, 1, names));
        for (int turn = 0; turn < 2; turn++) {
            if (turn)
                MUST(mc, mcpar_sample_block(mc, 0, darts, NULL));
            MUST(mc, mcpar_reduce(mc, &e));
            cr_assert(e.trials == 0 && e.hits == 0 && isnan(e.mean) && isnan(e.variance) && isnan(e.std_error));
            cr_assert(e.lower == 0.0 && e.upper == 1.0 && e.confidence == 0.95);
            cr_assert(e.guarantee == MCPAR_GUARANTEE_NONE && e.status == MCPAR_STATUS_EMPTY);
            MUST(mc, mcpar_mean(mc, 0, &e));
            cr_assert(isnan(e.mean) && isnan(e.variance) && isnan(e.std_error) && isnan(e.lower) && isnan(e.upper));
            cr_assert(e.guarantee == MCPAR_GUARANTEE_NONE && e.status == MCPAR_STATUS_EMPTY);
            MUST(mc, mcpar_covariance(mc, 0, 0, &covariance));
            cr_assert(isnan(covariance));
        }
        close_handle(mc);
    }
}

Test(range, trial_numbers_past_2_to_the_64)
{
    struct outcome before, after;
    mcpar *mc = open_serial();

    MUST(mc, mcpar_sample(mc, 1000, dart, NULL));
    before = outcome_of(mc, 0);
    MUST_FAIL(mc, mcpar_sample(mc, UINT64_MAX, dart, NULL), MCPAR_ERR_ARGUMENT);
    MUST_SAY(mc, "-1");
    MUST_FAIL(mc, mcpar_sample(mc, (uint64_t)-2000000000, dart, NULL), MCPAR_ERR_ARGUMENT);
    MUST_SAY(mc, "the negative number -2000000000?");
    MUST_FAIL(mc, mcpar_sample(mc, (UINT64_C(1) << 63) + 1, dart, NULL), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_sample_block(mc, UINT64_MAX - 999, darts, NULL), MCPAR_ERR_ARGUMENT);
    after = outcome_of(mc, 0);
    MUST_EQUAL(before, after, "a refused call changed the result");
    close_handle(mc);
}

Test(range, as_many_trials_as_there_are_numbers_start_like_any_others)
{
    for (size_t p = 0; p < 4; p++) {
        uint64_t stop = 12345;
        mcpar *mc = open_at(places[p]);
        mcpar_estimate e;

        MUST_FAIL(mc, mcpar_sample(mc, UINT64_C(1) << 63, stop_at, &stop), MCPAR_ERR_TRIAL);
        MUST_SAY(mc, "trial 12345 ");
        MUST(mc, mcpar_reduce(mc, &e));
        cr_assert(e.trials == 12345 && e.hits == e.trials && e.status == MCPAR_STATUS_PARTIAL);
        MUST_FAIL(mc, mcpar_sample(mc, 1, dart, NULL), MCPAR_ERR_STATE);
        MUST_FAIL(mc, mcpar_sample(mc, UINT64_C(1) << 63, dart, NULL), MCPAR_ERR_ARGUMENT);
        MUST_SAY(mc, "go past 2^64 - 1");
        close_handle(mc);
    }
}

static int zero(mcpar_rng *rng, double *values, void *arg)
{
    (void)rng;
    values[MCPAR_MAX_OBSERVABLES - 1] = 1.0;
    return *(const int *)arg;
}

Test(range, observables_4096_and_not_one_more, .timeout = 30)
{
    static char text[MCPAR_MAX_OBSERVABLES + 1][8];
    static const char *names[MCPAR_MAX_OBSERVABLES + 1];
    static size_t pairs[MCPAR_MAX_PAIRS + 1][2];
    char long_name[257];
    const char *one[1] = { long_name };
    mcpar *mc = open_at(places[2]);
    mcpar_estimate e;
    double covariance;
    int hit = 1;

    for (size_t k = 0; k <= MCPAR_MAX_OBSERVABLES; k++) {
        (void)snprintf(text[k], sizeof text[k], "o%zu", k);
        names[k] = text[k];
    }
    MUST_FAIL(mc, mcpar_observe(mc, MCPAR_MAX_OBSERVABLES + 1, names), MCPAR_ERR_ARGUMENT);
    MUST_SAY(mc, "4097");
    MUST_FAIL(mc, mcpar_observe(mc, SIZE_MAX, names), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_observe(mc, SIZE_MAX, NULL), MCPAR_ERR_ARGUMENT);
    MUST(mc, mcpar_observe(mc, MCPAR_MAX_OBSERVABLES, names));
    MUST(mc, mcpar_sample(mc, 20, zero, &hit));
    MUST(mc, mcpar_reduce(mc, &e));
    cr_assert(e.hits == 20);
    MUST(mc, mcpar_mean(mc, MCPAR_MAX_OBSERVABLES - 1, &e));
    cr_assert(e.mean == 1.0 && e.variance == 0.0);
    MUST_FAIL(mc, mcpar_mean(mc, MCPAR_MAX_OBSERVABLES, &e), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_mean(mc, SIZE_MAX, &e), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_covariance(mc, 0, MCPAR_MAX_OBSERVABLES, &covariance), MCPAR_ERR_ARGUMENT);
    MUST(mc, mcpar_reset(mc, 0));

    MUST(mc, mcpar_observe(mc, 2, names));
    for (size_t k = 0; k <= MCPAR_MAX_PAIRS; k++)
        pairs[k][0] = k % 2;
    MUST_FAIL(mc, mcpar_observe_pairs(mc, MCPAR_MAX_PAIRS + 1, pairs[0]), MCPAR_ERR_ARGUMENT);
    MUST_SAY(mc, "65537");
    MUST_FAIL(mc, mcpar_observe_pairs(mc, SIZE_MAX, pairs[0]), MCPAR_ERR_ARGUMENT);
    MUST(mc, mcpar_observe_pairs(mc, MCPAR_MAX_PAIRS, pairs[0]));
    MUST(mc, mcpar_observe_pairs(mc, 0, NULL));
    pairs[3][1] = 2;
    MUST_FAIL(mc, mcpar_observe_pairs(mc, 5, pairs[0]), MCPAR_ERR_ARGUMENT);
    MUST_SAY(mc, "pair 3");

    memset(long_name, 'n', 256);
    long_name[256] = 0;
    MUST_FAIL(mc, mcpar_observe(mc, 1, one), MCPAR_ERR_ARGUMENT);
    long_name[255] = 0;
    MUST(mc, mcpar_observe(mc, 1, one));
    names[4] = "o1";
    MUST_FAIL(mc, mcpar_observe(mc, 5, names), MCPAR_ERR_ARGUMENT);
    MUST_SAY(mc, "\"o1\"");
    close_handle(mc);
}

static int xy(mcpar_rng *rng, double *values, void *arg)
{
    (void)arg;
    values[0] = mcpar_uniform(rng);
    values[1] = mcpar_uniform(rng);
    return 0;
}

Test(range, pairs_up_to_65536_are_summed, .timeout = 30)
{
    static const char *const names[] = { "x", "y" };
    static size_t pairs[MCPAR_MAX_PAIRS][2];
    mcpar *mc = open_serial(), *few = open_serial();
    struct outcome a, b;

    for (size_t k = 0; k < MCPAR_MAX_PAIRS; k++)
        pairs[k][1] = 1;
    MUST(mc, mcpar_observe(mc, 2, names));
    MUST(mc, mcpar_observe_pairs(mc, MCPAR_MAX_PAIRS, pairs[0]));
    MUST(mc, mcpar_sample(mc, 10, xy, NULL));
    a = outcome_of(mc, 2);
    close_handle(mc);
    MUST(few, mcpar_observe(few, 2, names));
    MUST(few, mcpar_observe_pairs(few, 1, pairs[0]));
    MUST(few, mcpar_sample(few, 10, xy, NULL));
    b = outcome_of(few, 2);
    close_handle(few);
    cr_assert(strcmp(a.fingerprint, b.fingerprint) != 0);
    cr_assert(a.covariance[0][1] == b.covariance[0][1] && b.covariance[0][1] != 0);
}

Test(range, streams_from_0_to_2_to_the_24)
{
    mcpar *mc = open_serial();
    struct outcome before, after;

    MUST(mc, mcpar_sample(mc, 100, dart, NULL));
    before = outcome_of(mc, 0);
    MUST_FAIL(mc, mcpar_reset(mc, 1u << 24), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_reset(mc, UINT32_MAX), MCPAR_ERR_ARGUMENT);
    after = outcome_of(mc, 0);
    MUST_EQUAL(before, after, "a refused reset emptied the handle");
    MUST(mc, mcpar_reset(mc, (1u << 24) - 1));
    close_handle(mc);
}
