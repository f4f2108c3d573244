/* SPDX-License-Identifier: BSD-3-Clause */
/* Goals: where a run towards a precision ends is found again here by counting, and is the same on any pool, after kills,
 * stops and restarts; what an estimate says of its interval; and goals that are refused. */
#include "darts.h"
#include "folder.h"
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

TestSuite(goal, .timeout = 120);

/* The chance of a hit, and an exponential value. */
static int hit(mcpar_rng *rng, double *values, void *arg)
{
    const double *p = arg;

    if (values)
        values[0] = mcpar_exponential(rng);
    return mcpar_uniform(rng) < *p;
}

static int hit_block(mcpar_block *b, void *arg)
{
    const double *p = arg, *x = mcpar_uniforms(b);

    for (size_t i = 0; i < b->n; i++)
        b->hits += x[i] < *p;
    return 0;
}

static mcpar_goal goal_of(double half_width, double relative, uint64_t most)
{
    mcpar_goal goal = MCPAR_GOAL_INIT;

    goal.half_width = half_width;
    goal.relative = relative;
    goal.most = most;
    return goal;
}

static mcpar_estimate hits_of(mcpar *mc)
{
    mcpar_estimate e;

    MUST(mc, mcpar_reduce(mc, &e));
    return e;
}

/* The fingerprint of a run of just so many trials. */
static void expect_run_of(mcpar *mc, uint64_t n, double p)
{
    char whole[MCPAR_FINGERPRINT_SIZE], print[MCPAR_FINGERPRINT_SIZE];
    mcpar *other = open_serial();

    MUST(other, mcpar_sample(other, n, hit, &p));
    MUST(other, mcpar_reduce(other, NULL));
    MUST(other, mcpar_fingerprint(other, whole));
    MUST(mc, mcpar_fingerprint(mc, print));
    cr_assert_str_eq(print, whole);
    cr_assert(mcpar_asked(mc) == n && mcpar_held(mc) == n);
    close_handle(other);
}

/* ---- A number of hits ---- */

/* The trials up to and with the m-th hit after the first `least` trials, counted one by one. */
static uint64_t trials_to_hit(uint64_t m, uint64_t least, double p)
{
    uint64_t trial = least;

    while (m > 0)
        m -= scalar_uniform(MCPAR_SEED_DEFAULT, 0, trial++, 0) < p;
    return trial;
}

Test(goal, a_relative_goal_of_the_hits_ends_at_a_hit)
{
    static const struct {
        double p, relative;
        uint64_t m;                        /* ESTIMATES: 384, 1,537 and 38,415 at 95 % */
    } cases[] = { { 0.3, 0.1, 384 }, { 0.1, 0.05, 1537 }, { 1e-3, 0.1, 384 }, { 0.1, 0.01, 38415 } };

    for (size_t i = 0; i < PLACES; i++)
        for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
            double p = cases[c].p;
            const uint64_t n = trials_to_hit(cases[c].m, 1024, p);
            const mcpar_goal goal = goal_of(0, cases[c].relative, 10000000);
            mcpar *mc = open_at(places[i]);
            mcpar_estimate e;

            if (c % 2)
                MUST(mc, mcpar_run_block(mc, hit_block, &p, &goal));
            else
                MUST(mc, mcpar_run(mc, hit, &p, &goal));
            e = hits_of(mc);
            cr_assert_eq(e.trials, n, "%zu: %llu, not %llu", c, (unsigned long long)e.trials, (unsigned long long)n);
            cr_assert(e.interval == MCPAR_INTERVAL_INVERSE_BINOMIAL && e.guarantee == MCPAR_GUARANTEE_EXACT);
            cr_assert_eq(e.status, MCPAR_STATUS_COMPLETE);
            cr_assert_lt((e.upper - e.lower) / 2 / e.mean, 1.05 * cases[c].relative);
            expect_run_of(mc, n, p);
            close_handle(mc);
        }
}

/* ---- Looks ---- */

static uint64_t next_look(uint64_t n)
{
    return n + (n / 64 > 0 ? n / 64 : 1);
}

/* At all looks before the end the goal is not met, and at the end it is. */
static void expect_first_look(mcpar_goal goal, double p, uint64_t end)
{
    uint64_t look = goal.least;

    for (; look < end; look = next_look(look)) {
        mcpar *mc = open_serial();

        if (goal.observable != MCPAR_HITS)
            MUST(mc, mcpar_observe(mc, 1, (const char *const[]){ "x" }));
        goal.most = look;
        MUST_FAIL(mc, mcpar_run(mc, hit, &p, &goal), MCPAR_UNMET);
        cr_assert(MCPAR_HAS_RESULT(MCPAR_UNMET) && mcpar_held(mc) == look && mcpar_asked(mc) == look);
        close_handle(mc);
    }
    cr_assert_eq(look, end);
}

Test(goal, other_goals_end_at_the_first_look_that_is_precise_enough)
{
    static const struct {
        double p, half_width, relative;
        size_t observable;
        int interval, guarantee;
    } cases[] = { { 0.3, 0.02, 0, MCPAR_HITS, MCPAR_INTERVAL_BETA_BINOMIAL, MCPAR_GUARANTEE_ANYTIME },
                  { 1e-3, 0.003, 0, MCPAR_HITS, MCPAR_INTERVAL_BETA_BINOMIAL, MCPAR_GUARANTEE_ANYTIME },
                  { 0.9, 0, 0.01, MCPAR_HITS, MCPAR_INTERVAL_BETA_BINOMIAL, MCPAR_GUARANTEE_ANYTIME },
                  { 0.5, 0.05, 0, 0, MCPAR_INTERVAL_MEAN_SEQUENCE, MCPAR_GUARANTEE_ANYTIME_ASYMPTOTIC },
                  { 0.5, 0, 0.06, 0, MCPAR_INTERVAL_MEAN_SEQUENCE, MCPAR_GUARANTEE_ANYTIME_ASYMPTOTIC } };

    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct outcome first = { .hits = { 0 } };
        double p = cases[c].p;
        mcpar_goal goal = goal_of(cases[c].half_width, cases[c].relative, 1000000);

        goal.observable = cases[c].observable;
        for (size_t i = 0; i < PLACES; i++) {
            mcpar *mc = open_at(places[i]);
            struct outcome all;
            mcpar_estimate e;

            if (goal.observable != MCPAR_HITS)
                MUST(mc, mcpar_observe(mc, 1, (const char *const[]){ "x" }));
            MUST(mc, mcpar_run(mc, hit, &p, &goal));
            all = outcome_of(mc, goal.observable != MCPAR_HITS);
            if (i == 0) {
                first = all;
                e = hits_of(mc);
                if (goal.observable != MCPAR_HITS)
                    MUST(mc, mcpar_mean(mc, goal.observable, &e));
                cr_assert(e.interval == (mcpar_interval)cases[c].interval && e.guarantee == (mcpar_guarantee)cases[c].guarantee);
                cr_assert_leq((e.upper - e.lower) / 2, cases[c].half_width > 0 ? cases[c].half_width
                                                                              : cases[c].relative * fabs(e.mean));
                expect_first_look(goal, p, e.trials);
            }
            MUST_EQUAL(all, first, "case %zu, place %zu", c, i);
            close_handle(mc);
        }
    }
}

/* A mean that decides how long the run is makes the intervals of the hits and of other observables anytime ones, too. */
Test(goal, all_estimates_of_the_result_know_of_it)
{
    mcpar_goal goal = goal_of(0.05, 0, 1000000);
    mcpar *mc = open_serial();
    double p = 0.25;
    mcpar_estimate e;

    MUST(mc, mcpar_observe(mc, 1, (const char *const[]){ "x" }));
    goal.observable = 0;
    MUST(mc, mcpar_run(mc, hit, &p, &goal));
    e = hits_of(mc);
    cr_assert(e.interval == MCPAR_INTERVAL_MIXTURE && e.guarantee == MCPAR_GUARANTEE_ANYTIME);
    MUST(mc, mcpar_reset(mc, 0));
    MUST(mc, mcpar_sample(mc, 5000, hit, &p));
    e = hits_of(mc);
    cr_assert_eq(e.interval, MCPAR_INTERVAL_CLOPPER_PEARSON);
    MUST(mc, mcpar_reset(mc, 0));
    goal.observable = MCPAR_HITS;
    MUST(mc, mcpar_run(mc, hit, &p, &goal));
    MUST(mc, mcpar_reduce(mc, NULL));
    MUST(mc, mcpar_mean(mc, 0, &e));
    cr_assert(e.interval == MCPAR_INTERVAL_MEAN_SEQUENCE && e.guarantee == MCPAR_GUARANTEE_ANYTIME_ASYMPTOTIC);
    close_handle(mc);
}

/* Multiplied by a power of two, values lead to the same end, also where their variance is beyond the doubles. */
static int scaled(mcpar_rng *rng, double *values, void *arg)
{
    const double *scale = arg;

    values[0] = (1 + mcpar_uniform(rng)) * *scale;
    return 0;
}

Test(goal, values_of_any_size)
{
    static const double scales[] = { 1, 0x1p-500, 0x1p-520, 0x1p-600, 0x1p500, 0x1p600, 0x1p1022 };
    uint64_t first = 0;

    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
        mcpar_goal goal = goal_of(0, 0.005, 100000);
        double scale = scales[i];
        mcpar *mc = open_serial();
        mcpar_estimate e;

        goal.observable = 0;
        MUST(mc, mcpar_observe(mc, 1, (const char *const[]){ "x" }));
        MUST(mc, mcpar_run(mc, scaled, &scale, &goal));
        first = first ? first : mcpar_held(mc);
        cr_assert_eq(mcpar_held(mc), first, "%a: %llu", scale, (unsigned long long)mcpar_held(mc));
        MUST(mc, mcpar_reduce(mc, NULL));
        MUST(mc, mcpar_mean(mc, 0, &e));
        cr_assert_eq(e.interval, MCPAR_INTERVAL_MEAN_SEQUENCE);
        cr_assert(e.lower < 1.5 * scale && 1.5 * scale < e.upper);
        cr_assert_leq((e.upper - e.lower) / 2, 0.005 * e.mean);
        close_handle(mc);
    }
}

static int constant_or_rare(mcpar_rng *rng, double *values, void *arg)
{
    const double *p = arg;

    values[0] = mcpar_uniform(rng) < *p ? 1000 : 1;
    return 0;
}

/* Values that do not vary, or hardly ever, meet no goal, and the message does not tell of a short interval. */
Test(goal, what_is_doubtful)
{
    static const double p[] = { 0, 0.0005 };

    for (size_t i = 0; i < 2; i++) {
        mcpar_goal goal = goal_of(100, 0, 3000);
        double chance = p[i];
        mcpar *mc = open_serial();

        goal.observable = 0;
        MUST(mc, mcpar_observe(mc, 1, (const char *const[]){ "x" }));
        MUST_FAIL(mc, mcpar_run(mc, constant_or_rare, &chance, &goal), MCPAR_UNMET);
        MUST_SAY(mc, "doubtful");
        close_handle(mc);
    }
}

/* ---- More trials, other goals ---- */

Test(goal, what_is_held_before_and_added_later)
{
    for (size_t i = 0; i < PLACES; i++) {
        const mcpar_goal loose = goal_of(0, 0.1, 1000000), tight = goal_of(0, 0.05, 1000000);
        double p = 0.2;
        const uint64_t n = trials_to_hit(384, 1024, p), further = trials_to_hit(1537, 1024, p);
        mcpar *mc = open_at(places[i]);
        mcpar_estimate e;

        MUST(mc, mcpar_sample(mc, 1000, hit, &p));         /* fewer than `least`: part of the first look */
        MUST(mc, mcpar_run(mc, hit, &p, &loose));
        cr_assert_eq(mcpar_held(mc), n);
        MUST(mc, mcpar_run(mc, hit, &p, &loose));          /* is met already */
        cr_assert_eq(mcpar_held(mc), n);
        MUST(mc, mcpar_run(mc, hit, &p, &tight));
        e = hits_of(mc);
        cr_assert(e.trials == further && e.interval == MCPAR_INTERVAL_INVERSE_BINOMIAL);
        MUST(mc, mcpar_run(mc, hit, &p, &loose));
        cr_assert_eq(mcpar_held(mc), further);
        MUST(mc, mcpar_sample(mc, 500, hit, &p));
        e = hits_of(mc);
        cr_assert(e.trials == further + 500 && e.interval == MCPAR_INTERVAL_MIXTURE && e.guarantee == MCPAR_GUARANTEE_ANYTIME);
        expect_run_of(mc, further + 500, p);
        close_handle(mc);
    }
}

/* More trials than `least` that another call has sampled all count: then it is a sequence. */
Test(goal, many_trials_held_before_count)
{
    const mcpar_goal goal = goal_of(0, 0.02, 1000000);
    struct outcome first = { .hits = { 0 } };

    for (size_t i = 0; i < PLACES; i++) {
        mcpar *mc = open_at(places[i]);
        struct outcome all;
        double p = 0.2;
        mcpar_estimate e;

        MUST(mc, mcpar_sample(mc, 100000, hit, &p));
        MUST(mc, mcpar_run(mc, hit, &p, &goal));
        e = hits_of(mc);
        cr_assert(e.interval == MCPAR_INTERVAL_BETA_BINOMIAL && e.guarantee == MCPAR_GUARANTEE_ANYTIME);
        cr_assert(e.trials >= 100000 && e.trials < 110000, "%llu", (unsigned long long)e.trials);
        all = outcome_of(mc, 0);
        first = i ? first : all;
        MUST_EQUAL(all, first, "place %zu", i);
        close_handle(mc);
    }
}

/* A goal that is met only after trials were added in between, so that its hit is among them. */
Test(goal, a_hit_among_trials_that_were_sampled)
{
    const mcpar_goal loose = goal_of(0, 0.1, 1000000), tight = goal_of(0, 0.09, 1000000);
    mcpar *mc = open_serial();
    double p = 0.2;
    mcpar_estimate e;

    MUST(mc, mcpar_run(mc, hit, &p, &loose));
    MUST(mc, mcpar_sample(mc, 5000, hit, &p));
    MUST(mc, mcpar_run(mc, hit, &p, &tight));
    e = hits_of(mc);
    cr_assert(e.interval == MCPAR_INTERVAL_BETA_BINOMIAL && e.guarantee == MCPAR_GUARANTEE_ANYTIME);
    cr_assert_leq((e.upper - e.lower) / 2, 0.09 * e.mean);
    close_handle(mc);
}

/* The trials that a goal did not suffice for stay asked for when a looser one is met. */
Test(goal, unmet_then_looser)
{
    const mcpar_goal goals[] = { goal_of(0, 0.1, 100000), goal_of(0, 0.05, 5000), goal_of(0, 0.2, 100000) };
    mcpar *mc = open_serial();
    double p = 0.2;

    MUST(mc, mcpar_run(mc, hit, &p, &goals[0]));
    MUST_FAIL(mc, mcpar_run(mc, hit, &p, &goals[1]), MCPAR_UNMET);
    MUST(mc, mcpar_run(mc, hit, &p, &goals[2]));
    cr_assert_eq(hits_of(mc).status, MCPAR_STATUS_COMPLETE);
    expect_run_of(mc, 5000, p);
    close_handle(mc);
}

/* A looser goal that is met because there are enough hits stays so, also when the rule has changed since. */
Test(goal, looser_then_another_rule_and_once_more, .init = folder_enter, .fini = folder_leave)
{
    const mcpar_goal goals[] = { goal_of(0, 0.1, 100000), goal_of(0, 0.2, 100000), goal_of(0.03, 0, 100000),
                                 goal_of(0, 0.11, 100000) };
    struct outcome a, b;
    double p = 0.2;

    for (int again = 0; again < 2; again++) {
        mcpar_options options = options_for(places[0]);
        mcpar *mc;

        options.tag = "looser";
        options.checkpoint = "file";
        MUST(mc, mcpar_init(&mc, &options));
        for (size_t g = 0; g < 4; g++) {
            MUST(mc, mcpar_run(mc, hit, &p, &goals[g]));
            MUST(mc, mcpar_sample(mc, 100, hit, &p));
        }
        *(again ? &b : &a) = outcome_of(mc, 0);
        cr_assert_eq(mcpar_asked(mc), mcpar_held(mc));
        close_handle(mc);
    }
    MUST_EQUAL(a, b, "once more");
}

Test(goal, unmet_then_more)
{
    for (size_t i = 0; i < PLACES; i++) {
        double p = 0.1;
        mcpar_goal goal = goal_of(0, 0.05, 2000);
        mcpar *mc = open_at(places[i]);
        mcpar_estimate e;

        MUST_FAIL(mc, mcpar_run(mc, hit, &p, &goal), MCPAR_UNMET);
        MUST_SAY(mc, "of the 1537 hits");
        e = hits_of(mc);
        cr_assert(e.trials == 2000 && e.interval == MCPAR_INTERVAL_CLOPPER_PEARSON && e.status == MCPAR_STATUS_COMPLETE);
        expect_run_of(mc, 2000, p);
        MUST_FAIL(mc, mcpar_run(mc, hit, &p, &goal), MCPAR_UNMET);
        goal.most = 1000000;
        MUST(mc, mcpar_run(mc, hit, &p, &goal));
        cr_assert_eq(mcpar_held(mc), trials_to_hit(1537, 1024, p));
        close_handle(mc);
    }
}

/* ---- Failing trials, kills, stops ---- */

struct limits {
    double p;
    uint64_t fails;                        /* from this trial on */
};

static int hit_or_fail(mcpar_rng *rng, double *values, void *arg)
{
    const struct limits *limits = arg;

    return mcpar_trial_number(rng) >= limits->fails ? -7 : hit(rng, values, (void *)&limits->p);
}

Test(goal, a_trial_beyond_the_end_is_never_needed)
{
    for (size_t i = 0; i < PLACES; i++) {
        struct limits limits = { 0.2, 0 };
        const mcpar_goal goal = goal_of(0, 0.1, 1000000);
        const uint64_t n = trials_to_hit(384, 1024, limits.p);
        mcpar *mc = open_at(places[i]);

        for (uint64_t beyond = 0; beyond < 3; beyond++) {
            limits.fails = n + beyond;
            MUST(mc, mcpar_run(mc, hit_or_fail, &limits, &goal));
            MUST(mc, mcpar_reduce(mc, NULL));
            expect_run_of(mc, n, limits.p);
            MUST(mc, mcpar_reset(mc, 0));
        }
        limits.fails = n - 1;
        MUST_FAIL(mc, mcpar_run(mc, hit_or_fail, &limits, &goal), MCPAR_ERR_TRIAL);
        cr_assert_eq(mcpar_held(mc), n - 1);
        limits.fails = UINT64_MAX;
        MUST(mc, mcpar_run(mc, hit_or_fail, &limits, &goal));
        MUST(mc, mcpar_reduce(mc, NULL));
        expect_run_of(mc, n, limits.p);
        close_handle(mc);
    }
}

static uint64_t highest;                   /* trial that was run */

static int hit_and_note(mcpar_rng *rng, double *values, void *arg)
{
    highest = mcpar_trial_number(rng) > highest ? mcpar_trial_number(rng) : highest;
    return hit(rng, values, arg);
}

/* The option check takes trials that the goal needs, also after a stop. */
Test(goal, a_trial_beyond_the_end_is_never_checked)
{
    const mcpar_goal goal = goal_of(0, 0.1, UINT64_C(1) << 40);
    mcpar_options options = options_for(places[0]);
    double p = 0.2;
    mcpar *mc = NULL;

    options.check = 1;
    MUST(mc, mcpar_init(&mc, &options));
    mcpar_request_stop(mc);
    MUST_FAIL(mc, mcpar_run(mc, hit_and_note, &p, &goal), MCPAR_STOPPED);
    mcpar_clear_stop(mc);
    MUST(mc, mcpar_run(mc, hit_and_note, &p, &goal));
    cr_assert_lt(highest, 2 * mcpar_held(mc));
    close_handle(mc);
}

enum { KILLS = 50 };

struct killer {                            /* in shared memory */
    double p;
    atomic_int killed[KILLS];              /* each kills once */
};

static int hit_and_die(mcpar_rng *rng, double *values, void *arg)
{
    struct killer *killer = arg;
    const uint64_t number = mcpar_trial_number(rng), which = number / 90;

    if (number % 90 == 89 && which < KILLS && atomic_exchange(&killer->killed[which], 1) == 0)
        (void)raise(SIGKILL);
    return hit(rng, values, &killer->p);
}

Test(goal, killed_workers)
{
    struct killer *killer = mmap(NULL, sizeof *killer, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    cr_assert(killer != MAP_FAILED);
    for (size_t i = 0; i < PLACES; i++) {
        const mcpar_goal by_hits = goal_of(0, 0.05, 1000000), by_looks = goal_of(0.01, 0, 1000000);
        mcpar *mc, *other;
        struct outcome a, b;

        if (places[i].pool != MCPAR_POOL_FORK)
            continue;
        mc = open_at(places[i]);
        other = open_serial();
        for (int by = 0; by < 2; by++) {
            killer->p = 0.3;
            for (int k = 0; k < KILLS; k++)
                atomic_store(&killer->killed[k], 0);
            MUST(mc, mcpar_run(mc, hit_and_die, killer, by ? &by_looks : &by_hits));
            for (int k = 0; k < KILLS; k++)
                cr_assert_eq(atomic_load(&killer->killed[k]), 1);
            MUST(other, mcpar_run(other, hit, &killer->p, by ? &by_looks : &by_hits));
            a = outcome_of(mc, 0);
            b = outcome_of(other, 0);
            MUST_EQUAL(a, b, "place %zu, goal %d", i, by);
            MUST(mc, mcpar_reset(mc, 0));
            MUST(other, mcpar_reset(other, 0));
        }
        close_handle(mc);
        close_handle(other);
    }
}

struct stopper {
    double p;
    mcpar *mc;
    uint64_t at;
};

static int hit_and_stop(mcpar_rng *rng, double *values, void *arg)
{
    struct stopper *stopper = arg;

    if (mcpar_trial_number(rng) >= stopper->at)
        mcpar_request_stop(stopper->mc);
    return hit(rng, values, &stopper->p);
}

static void on_alarm(int signal)
{
    (void)signal;
}

/* Stopped in the middle, again and again; then it ends where the undisturbed run ends. Trials in workers cannot request a
 * stop, so there the program does, before a call and by its progress. */
static int stop_now(const mcpar_progress *progress, void *arg)
{
    int *calls = arg;

    cr_assert(progress->last || progress->asked == 0, "nobody knows how many trials it takes");
    return --*calls <= 0;
}

Test(goal, stopped_and_gone_on_with)
{
    static const mcpar_goal goals[] = { { sizeof(mcpar_goal), MCPAR_HITS, 0, 0.02, 1024, 10000000 },
                                        { sizeof(mcpar_goal), MCPAR_HITS, 0.004, 0, 1024, 10000000 } };

    (void)signal(SIGALRM, on_alarm);
    for (size_t i = 0; i < PLACES; i++)
        for (size_t g = 0; g < 2; g++) {
            struct stopper stopper = { 0.2, NULL, UINT64_MAX };
            mcpar_options options = options_for(places[i]);
            mcpar *mc, *other = open_serial();
            int calls = 0, err, stops = 0;
            struct outcome a, b;

            options.progress = stop_now;
            options.progress_arg = &calls;
            options.progress_seconds = 1e-9;
            MUST(mc, mcpar_init(&mc, &options));
            if (places[i].pool != MCPAR_POOL_FORK)
                stopper.mc = mc;
            do {
                calls = 2 + stops;
                stopper.at = 1500 + 3000 * (uint64_t)stops;
                err = mcpar_run(mc, hit_and_stop, &stopper, &goals[g]);
                mcpar_clear_stop(mc);
                if (err == MCPAR_STOPPED) {
                    mcpar_estimate e = hits_of(mc);

                    cr_assert(e.status == MCPAR_STATUS_PARTIAL || e.status == MCPAR_STATUS_EMPTY);
                    cr_assert_eq(mcpar_asked(mc), goals[g].most);
                    MUST_FAIL(mc, mcpar_sample(mc, 1, hit, &stopper.p), MCPAR_ERR_STATE);
                }
                cr_assert_lt(++stops, 1000);
            } while (err == MCPAR_STOPPED);
            MUST(mc, err);
            cr_assert_gt(stops, 2);
            MUST(other, mcpar_run(other, hit, &stopper.p, &goals[g]));
            a = outcome_of(mc, 0);
            b = outcome_of(other, 0);
            MUST_EQUAL(a, b, "place %zu, goal %zu", i, g);
            close_handle(mc);
            close_handle(other);
        }
}

static mcpar *alarmed;

static void stop_by_alarm(int signal)
{
    (void)signal;
    mcpar_request_stop(alarmed);
}

/* Some workers are slow, and are killed by the stop. */
static int hit_slowly(mcpar_rng *rng, double *values, void *arg)
{
    if (mcpar_trial_number(rng) % 97 == 13)
        (void)usleep(20000);
    return hit(rng, values, arg);
}

/* Stops that leave gaps do not change the rule by which the run ends. */
Test(goal, stopped_with_gaps)
{
    const mcpar_goal goal = goal_of(0, 0.04, 10000000);
    mcpar_options options = MCPAR_OPTIONS_INIT;
    double p = 0.2;
    const uint64_t n = trials_to_hit(2401, 1024, p);
    int err, stops = 0;
    mcpar_estimate e;

    options.pool = MCPAR_POOL_FORK;
    options.workers = 3;
    options.stop_seconds = 0;
    MUST(alarmed, mcpar_init(&alarmed, &options));
    (void)signal(SIGALRM, stop_by_alarm);
    for (int i = 0; i < 30; i++) {
        (void)ualarm(150000, 0);
        err = mcpar_run(alarmed, hit_slowly, &p, &goal);
        (void)ualarm(0, 0);
        mcpar_clear_stop(alarmed);
        if (err != MCPAR_STOPPED)
            break;
        e = hits_of(alarmed);
        stops += e.trials > 1024 && e.interval == MCPAR_INTERVAL_CLOPPER_PEARSON;
    }
    MUST(alarmed, mcpar_run(alarmed, hit, &p, &goal));
    e = hits_of(alarmed);
    cr_assert_gt(stops, 0);
    cr_assert(e.trials == n && e.interval == MCPAR_INTERVAL_INVERSE_BINOMIAL, "%llu, not %llu",
              (unsigned long long)e.trials, (unsigned long long)n);
    expect_run_of(alarmed, n, p);
    close_handle(alarmed);
}

/* ---- Files ---- */

static mcpar *open_with_file(struct place place)
{
    mcpar_options options = options_for(place);
    mcpar *mc = NULL;

    options.tag = "goal";
    options.checkpoint = "file";
    options.checkpoint_seconds = 1e-9;     /* at the end of each round */
    MUST(mc, mcpar_init(&mc, &options));
    return mc;
}

/* The program: two goals, and some trials more. Before that, goals that the trials do not suffice for. */
static void play(mcpar *mc, mcpar_trial_fn trial, void *arg)
{
    const mcpar_goal loose = goal_of(0, 0.05, 1000000), tight = goal_of(0.006, 0, 1000000);
    const mcpar_goal few[] = { goal_of(0, 0.1, 2000), goal_of(0, 0.05, 2500), goal_of(0, 0.1, 1500) };

    MUST_FAIL(mc, mcpar_run(mc, trial, arg, &few[0]), MCPAR_UNMET);
    MUST(mc, mcpar_sample(mc, 150, trial, arg));
    MUST_FAIL(mc, mcpar_run(mc, trial, arg, &few[1]), MCPAR_UNMET);
    MUST(mc, mcpar_sample(mc, 70, trial, arg));
    MUST_FAIL(mc, mcpar_run(mc, trial, arg, &few[2]), MCPAR_UNMET);
    cr_assert_eq(mcpar_asked(mc), 2570);
    MUST(mc, mcpar_run(mc, trial, arg, &loose));
    MUST(mc, mcpar_sample(mc, 700, trial, arg));
    MUST(mc, mcpar_run(mc, trial, arg, &tight));
    MUST(mc, mcpar_sample(mc, 300, trial, arg));
}

struct doomed {
    double p;
    uint64_t dies;                         /* the process does, at this trial */
    pid_t process;
};

static int hit_or_die_all(mcpar_rng *rng, double *values, void *arg)
{
    const struct doomed *doomed = arg;

    if (mcpar_trial_number(rng) == doomed->dies)
        (void)kill(doomed->process, SIGKILL);
    return hit(rng, values, (void *)&doomed->p);
}

Test(goal, a_killed_job_ends_where_it_would_have, .init = folder_enter, .fini = folder_leave)
{
    static const uint64_t deaths[] = { 100, 1500, 2100, 2400, 2600, 5200, 7777, 8500, 16000, 30000, UINT64_MAX };
    struct doomed doomed = { 0.2, UINT64_MAX, 0 };
    mcpar *mc, *other;
    struct outcome a, b;
    mcpar_options options = options_for(places[0]);

    options.tag = "goal";
    MUST(other, mcpar_init(&other, &options));
    play(other, hit_or_die_all, &doomed);
    b = outcome_of(other, 0);
    for (size_t i = 0; i < sizeof deaths / sizeof *deaths; i++) {
        pid_t child = fork();
        int status;

        cr_assert_geq(child, 0);
        if (child == 0) {
            mc = open_with_file(places[i % PLACES]);
            doomed.process = getpid();
            doomed.dies = deaths[i];
            play(mc, hit_or_die_all, &doomed);
            close_handle(mc);
            _exit(0);
        }
        cr_assert_eq(waitpid(child, &status, 0), child);
        if (deaths[i] < UINT64_MAX)
            cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "%zu: %d", i, status);
        else
            cr_assert_eq(status, 0);
    }
    mc = open_with_file(places[1]);
    play(mc, hit_or_die_all, &doomed);
    a = outcome_of(mc, 0);
    MUST_EQUAL(a, b, "the job that was killed");
    close_handle(mc);
    /* A file remembers what the run was about. */
    options = options_for(places[0]);
    MUST(mc, mcpar_open(&mc, "file", MCPAR_ONLY, &options));
    a = outcome_of(mc, 0);
    MUST_EQUAL(a, b, "the file");
    close_handle(mc);
    close_handle(other);
}

/* Each goal is a little tighter, and trials are sampled in between. */
static void play_many(mcpar *mc, mcpar_trial_fn trial, void *arg)
{
    for (int i = 0; i < 20; i++) {
        const double tighter = 1 + 0.1 * i;
        const mcpar_goal goal = i % 2 ? goal_of(0, 0.1 / tighter, 1000000) : goal_of(0.03 / tighter, 0, 1000000);

        MUST(mc, mcpar_run(mc, trial, arg, &goal));
        MUST(mc, mcpar_sample(mc, 100, trial, arg));
    }
}

Test(goal, many_goals_and_once_more, .init = folder_enter, .fini = folder_leave)
{
    struct outcome a, b;
    double p = 0.2;

    for (int again = 0; again < 2; again++) {
        mcpar *mc = open_with_file(places[0]);

        play_many(mc, hit, &p);
        *(again ? &b : &a) = outcome_of(mc, 0);
        cr_assert_eq(mcpar_asked(mc), mcpar_held(mc));
        close_handle(mc);
    }
    MUST_EQUAL(a, b, "once more");
}

Test(goal, a_file_shows_the_interval_of_the_goal, .init = folder_enter, .fini = folder_leave)
{
    const mcpar_goal goal = goal_of(0, 0.05, 1000000);
    mcpar *mc = open_serial(), *other;
    mcpar_options options = options_for(places[0]);
    double p = 0.2;
    mcpar_estimate e;

    MUST(mc, mcpar_run(mc, hit, &p, &goal));
    MUST(mc, mcpar_reduce(mc, NULL));
    MUST(mc, mcpar_save(mc, "saved"));
    MUST(other, mcpar_open(&other, "saved", MCPAR_ONLY, &options));
    e = hits_of(other);
    cr_assert_eq(e.interval, MCPAR_INTERVAL_INVERSE_BINOMIAL);
    MUST(other, mcpar_run(other, hit, &p, &goal));         /* met: nothing runs */
    cr_assert_eq(mcpar_held(other), e.trials);
    close_handle(other);
    other = open_serial();
    MUST(other, mcpar_merge(other, "saved"));
    e = hits_of(other);
    cr_assert_eq(e.interval, MCPAR_INTERVAL_INVERSE_BINOMIAL);
    close_handle(other);
    close_handle(mc);
}

/* The pilot of the goal about the hits ends where, or after, the goal about the mean was met. */
Test(goal, a_mean_then_the_hits_in_a_file, .init = folder_enter, .fini = folder_leave)
{
    for (int early = 0; early < 2; early++) {
        mcpar_goal mean = goal_of(0.2, 0, 1000000);
        const mcpar_goal hits = goal_of(0, 0.1, 1000000);
        mcpar *mc = open_serial(), *other;
        mcpar_options options = options_for(places[0]);
        struct outcome a, b;
        double p = 0.2;

        mean.observable = 0;
        mean.least = early ? 300 : 1024;
        MUST(mc, mcpar_observe(mc, 1, (const char *const[]){ "x" }));
        MUST(mc, mcpar_run(mc, hit, &p, &mean));
        cr_assert(early ? mcpar_held(mc) < 1024 : mcpar_held(mc) == 1024);
        MUST(mc, mcpar_run(mc, hit, &p, &hits));
        a = outcome_of(mc, 1);
        MUST(mc, mcpar_save(mc, "saved"));
        MUST(other, mcpar_open(&other, "saved", MCPAR_ONLY, &options));
        b = outcome_of(other, 1);
        MUST_EQUAL(a, b, "%d", early);
        close_handle(other);
        close_handle(mc);
    }
}

/* ---- Forecasts ---- */

Test(goal, a_forecast_is_near_what_it_takes)
{
    static const struct {
        double p, half_width, relative;
    } cases[] = { { 0.2, 0, 0.02 }, { 0.9, 0, 0.002 }, { 0.3, 0.003, 0 } };
    mcpar *mc = open_serial();

    for (size_t c = 0; c < 3; c++) {
        mcpar_goal goal = goal_of(cases[c].half_width, cases[c].relative, 0);
        double p = cases[c].p, trials = 0, seconds = -1;

        MUST(mc, mcpar_reset(mc, 0));
        MUST_FAIL(mc, mcpar_forecast(mc, &goal, &trials, &seconds), MCPAR_ERR_STALE);
        MUST(mc, mcpar_sample(mc, 1000, hit, &p));
        MUST(mc, mcpar_reduce(mc, NULL));
        MUST(mc, mcpar_forecast(mc, &goal, &trials, &seconds));
        MUST(mc, mcpar_forecast(mc, &goal, &trials, NULL));
        MUST(mc, mcpar_forecast(mc, &goal, NULL, &seconds));
        MUST_FAIL(mc, mcpar_forecast(mc, &goal, NULL, NULL), MCPAR_ERR_ARGUMENT);
        cr_assert(seconds > 0 && seconds < 60);
        goal.most = 100000000;
        MUST(mc, mcpar_run(mc, hit, &p, &goal));
        cr_assert(trials > 0.7 * (double)mcpar_held(mc) && trials < 1.4 * (double)mcpar_held(mc), "%g of %llu", trials,
                  (unsigned long long)mcpar_held(mc));
    }
    {
        const mcpar_goal goal = goal_of(0, 0.1, 0);
        double p = 0, trials = 0;

        MUST(mc, mcpar_reset(mc, 0));
        MUST(mc, mcpar_sample(mc, 1000, hit, &p));
        MUST(mc, mcpar_reduce(mc, NULL));
        MUST(mc, mcpar_forecast(mc, &goal, &trials, NULL));
        cr_assert(isnan(trials));
    }
    close_handle(mc);
}

static int note_forecast(const mcpar_progress *progress, void *arg)
{
    double *least = arg;

    if (!progress->last && !(progress->remaining >= 0))
        *least = -1;
    return 0;
}

/* A goal about a mean has one, too, if goals about the hits were met before. */
Test(goal, the_progress_has_forecasts)
{
    mcpar_goal goals[] = { goal_of(0, 0.1, 1000000), goal_of(0, 0.03, 1000000), goal_of(0.02, 0, 1000000) };
    mcpar_options options = options_for(places[0]);
    double p = 0.3, least = 0;
    mcpar *mc = NULL;

    options.progress = note_forecast;
    options.progress_arg = &least;
    options.progress_seconds = 1e-9;
    MUST(mc, mcpar_init(&mc, &options));
    MUST(mc, mcpar_observe(mc, 1, (const char *const[]){ "x" }));
    goals[1].observable = goals[2].observable = 0;
    MUST(mc, mcpar_run(mc, hit, &p, &goals[0]));
    for (size_t g = 1; g < 3; g++) {
        least = 0;
        MUST(mc, mcpar_run(mc, hit, &p, &goals[g]));
        cr_assert_geq(least, 0, "goal %zu", g);
    }
    close_handle(mc);
}

/* ---- Refused ---- */

Test(goal, what_is_refused)
{
    static const struct {
        mcpar_goal goal;
        const char *says;
    } cases[] = { { { sizeof(mcpar_goal), MCPAR_HITS, 0, 0, 1024, 10000 }, "either half_width or relative" },
                  { { sizeof(mcpar_goal), MCPAR_HITS, 0.1, 0.1, 1024, 10000 }, "either half_width or relative" },
                  { { sizeof(mcpar_goal), MCPAR_HITS, -0.1, 0, 1024, 10000 }, "half_width" },
                  { { sizeof(mcpar_goal), MCPAR_HITS, INFINITY, 0, 1024, 10000 }, "half_width" },
                  { { sizeof(mcpar_goal), MCPAR_HITS, NAN, 0, 1024, 10000 }, "half_width" },
                  { { sizeof(mcpar_goal), MCPAR_HITS, 0, 1, 1024, 10000 }, "relative" },
                  { { sizeof(mcpar_goal), MCPAR_HITS, 0, 1e-9, 1024, 10000 }, "relative" },
                  { { sizeof(mcpar_goal), MCPAR_HITS, 0, NAN, 1024, 10000 }, "relative" },
                  { { sizeof(mcpar_goal), MCPAR_HITS, 0.1, 0, 1024, 0 }, "most of the goal is not set" },
                  { { sizeof(mcpar_goal), MCPAR_HITS, 0.1, 0, 1024, UINT64_MAX }, "above 2^63" },
                  { { sizeof(mcpar_goal), MCPAR_HITS, 0.1, 0, 0, 10000 }, "least" },
                  { { sizeof(mcpar_goal), MCPAR_HITS, 0.1, 0, 1024, 1000 }, "least" },
                  { { sizeof(mcpar_goal), 0, 0.1, 0, 1024, 10000 }, "observable 0" },
                  { { 8, MCPAR_HITS, 0.1, 0, 1024, 10000 }, "MCPAR_GOAL_INIT" } };
    mcpar *mc = open_serial();
    mcpar_options options = options_for(places[0]);
    mcpar_goal goal = goal_of(0.1, 0, 10000);
    struct limits limits = { 0.5, 100 };
    double p = 0.5;

    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        MUST_FAIL(mc, mcpar_run(mc, hit, &p, &cases[c].goal), MCPAR_ERR_ARGUMENT);
        MUST_SAY(mc, cases[c].says);
        cr_assert(mcpar_asked(mc) == 0 && mcpar_held(mc) == 0);
    }
    MUST_FAIL(mc, mcpar_run(mc, hit, &p, NULL), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_run(mc, NULL, &p, &goal), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_run_block(mc, NULL, &p, &goal), MCPAR_ERR_ARGUMENT);
    cr_assert_eq(mcpar_run(NULL, hit, &p, &goal), MCPAR_ERR_ARGUMENT);
    cr_assert_eq(mcpar_forecast(NULL, &goal, &p, &p), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_sample(mc, 1000, hit_or_fail, &limits), MCPAR_ERR_TRIAL);
    MUST_FAIL(mc, mcpar_run(mc, hit, &p, &goal), MCPAR_ERR_STATE);
    MUST_SAY(mc, "n = 0");
    close_handle(mc);
    options.part = 0;
    options.parts = 2;
    MUST(mc, mcpar_init(&mc, &options));
    MUST_FAIL(mc, mcpar_run(mc, hit, &p, &goal), MCPAR_ERR_STATE);
    MUST_SAY(mc, "part 0 of 2");
    close_handle(mc);
}
