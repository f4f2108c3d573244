/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls at the wrong time, from the wrong process or on a busy handle: the code, and that nothing else happens. */
#include "darts.h"
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(state, .timeout = 30);

/* ---- States ---- */

Test(state, observables_are_named_before_the_first_trial)
{
    static const char *const names[] = { "a" };
    static const size_t pairs[][2] = { { 0, 0 } };
    mcpar *mc = open_serial();

    MUST_FAIL(mc, mcpar_observe_pairs(mc, 1, pairs[0]), MCPAR_ERR_ARGUMENT);    /* none to pair */
    MUST(mc, mcpar_observe(mc, 1, names));
    MUST(mc, mcpar_observe_pairs(mc, 1, pairs[0]));
    MUST(mc, mcpar_observe(mc, 1, names));
    MUST(mc, mcpar_sample(mc, 5, dart, NULL));
    MUST_FAIL(mc, mcpar_observe(mc, 1, names), MCPAR_ERR_STATE);
    MUST_FAIL(mc, mcpar_observe(mc, 0, NULL), MCPAR_ERR_STATE);
    MUST_FAIL(mc, mcpar_observe_pairs(mc, 1, pairs[0]), MCPAR_ERR_STATE);
    MUST(mc, mcpar_reset(mc, 0));
    MUST(mc, mcpar_observe(mc, 0, NULL));
    close_handle(mc);
}

Test(state, what_is_not_combined_is_stale)
{
    static const char *const names[] = { "a" };
    static const size_t pairs[][2] = { { 0, 0 } };
    char fingerprint[MCPAR_FINGERPRINT_SIZE];
    mcpar *mc = open_serial();
    mcpar_estimate e;
    double c;

    MUST(mc, mcpar_observe(mc, 1, names));
    for (int turn = 0; turn < 6; turn++) {
        MUST_FAIL(mc, mcpar_mean(mc, 0, &e), MCPAR_ERR_STALE);
        MUST_FAIL(mc, mcpar_covariance(mc, 0, 0, &c), MCPAR_ERR_STALE);
        MUST_FAIL(mc, mcpar_fingerprint(mc, fingerprint), MCPAR_ERR_STALE);
        MUST(mc, mcpar_reduce(mc, NULL));
        MUST(mc, mcpar_mean(mc, 0, &e));
        MUST(mc, mcpar_covariance(mc, 0, 0, &c));
        MUST(mc, mcpar_fingerprint(mc, fingerprint));
        switch (turn) {
        case 0:
            MUST(mc, mcpar_observe(mc, 1, names));
            break;
        case 1:
            MUST(mc, mcpar_observe_pairs(mc, 1, pairs[0]));
            break;
        case 2:
            MUST(mc, mcpar_sample(mc, 0, dart, NULL));         /* no trial came: still fresh */
            MUST(mc, mcpar_mean(mc, 0, &e));
            MUST(mc, mcpar_sample(mc, 1, dart, NULL));
            break;
        case 3:
            MUST(mc, mcpar_sample(mc, 1000, dart, NULL));
            break;
        default:
            MUST(mc, mcpar_reset(mc, 1));
        }
    }
    close_handle(mc);
}

Test(state, message_is_that_of_the_last_call_that_failed)
{
    mcpar *mc = open_serial();
    mcpar_estimate e;
    char text[1024];

    cr_assert_str_eq(mcpar_message(mc), "");
    MUST_FAIL(mc, mcpar_reset(mc, UINT32_MAX), MCPAR_ERR_ARGUMENT);
    (void)snprintf(text, sizeof text, "%s", mcpar_message(mc));
    MUST(mc, mcpar_sample(mc, 10, dart, NULL));
    MUST(mc, mcpar_reduce(mc, &e));
    cr_assert_str_eq(mcpar_message(mc), text);
    MUST_FAIL(mc, mcpar_observe(mc, 0, NULL), MCPAR_ERR_STATE);
    cr_assert(strcmp(mcpar_message(mc), text) != 0);
    MUST_SAY(mc, mcpar_strerror(MCPAR_ERR_STATE));
    close_handle(mc);
}

Test(state, finalize_ends_a_handle_once)
{
    mcpar *mc = open_serial();

    cr_assert(mcpar_finalize(&mc) == 0 && mc == NULL);
    cr_assert(mcpar_finalize(&mc) == 0 && mc == NULL);
}

Test(state, lines_about_a_handle_stand_side_by_side)
{
    static const char *const what[] = { "pool", "comm", "cpus", "cpu_path", "mpi" };
    const char *line[5], *again;
    char copy[5][1024];
    mcpar *mc = open_at(places[2]);

    for (int i = 0; i < 5; i++) {
        line[i] = mcpar_about(mc, what[i]);
        cr_assert(line[i] && *line[i]);
        (void)snprintf(copy[i], sizeof copy[i], "%s", line[i]);
    }
    for (int i = 0; i < 5; i++)
        cr_assert_str_eq(line[i], copy[i], "%s was overwritten", what[i]);
    again = mcpar_about(mc, "cpus");
    cr_assert_str_eq(again, copy[2]);
    close_handle(mc);
}

/* ---- Handles in use ---- */

struct in_use {
    mcpar *mc;
    int codes[12], n;
    bool message_kept;
};

static void call_all(struct in_use *u)
{
    static const char *const names[] = { "a" };
    static const size_t pairs[][2] = { { 0, 0 } };
    char fingerprint[MCPAR_FINGERPRINT_SIZE], text[1024];
    mcpar *copy = u->mc;
    mcpar_estimate e;
    double c;

    (void)snprintf(text, sizeof text, "%s", mcpar_message(copy));
    u->n = 0;
    u->codes[u->n++] = mcpar_sample(copy, 1, dart, NULL);
    u->codes[u->n++] = mcpar_sample_block(copy, 1, darts, NULL);
    u->codes[u->n++] = mcpar_sample(copy, 1, NULL, NULL);
    u->codes[u->n++] = mcpar_reduce(copy, &e);
    u->codes[u->n++] = mcpar_reset(copy, 0);
    u->codes[u->n++] = mcpar_observe(copy, 1, names);
    u->codes[u->n++] = mcpar_observe_pairs(copy, 1, pairs[0]);
    u->codes[u->n++] = mcpar_mean(copy, 0, &e);
    u->codes[u->n++] = mcpar_covariance(copy, 0, 0, &c);
    u->codes[u->n++] = mcpar_fingerprint(copy, fingerprint);
    u->message_kept = strcmp(text, mcpar_message(copy)) == 0;
    u->codes[u->n++] = mcpar_finalize(&copy);      /* in a child of the host it frees */
}

static bool all_are(const struct in_use *u, int wanted)
{
    for (int i = 0; i < u->n; i++)
        if (u->codes[i] != wanted)
            return false;
    return u->n > 0;
}

static int meddle(mcpar_rng *rng, double *values, void *arg)
{
    struct in_use *u = arg;

    (void)values;
    if (mcpar_trial_number(rng) == 40)
        call_all(u);
    return 1;
}

Test(state, handle_is_busy_for_its_own_trial)
{
    struct in_use u = { .mc = open_serial() };
    mcpar_estimate e;

    MUST_FAIL(u.mc, mcpar_reset(u.mc, UINT32_MAX), MCPAR_ERR_ARGUMENT);      /* a message to keep */
    MUST(u.mc, mcpar_sample(u.mc, 100, meddle, &u));
    cr_assert(all_are(&u, MCPAR_ERR_BUSY), "%d %d", u.codes[0], u.codes[10]);
    cr_assert(u.message_kept);
    MUST(u.mc, mcpar_reduce(u.mc, &e));
    cr_assert(e.trials == 100 && e.hits == 100);
    close_handle(u.mc);
}

static _Atomic int *runs;                  /* of trials, in all workers */

static int meddle_in_worker(mcpar_rng *rng, double *values, void *arg)
{
    struct in_use u = { .mc = arg };

    (void)values;
    ++*runs;
    if (mcpar_trial_number(rng) % 10 == 0) {
        u.n = 0;
        call_all(&u);
        if (!all_are(&u, MCPAR_ERR_FORKED))
            return -1 - u.codes[0];
        if (mcpar_rank(arg) != -1 || mcpar_size(arg) != 0 || mcpar_workers(arg) != 0 || mcpar_note(arg, 0))
            return -100;
    }
    return 1;
}

Test(state, handle_belongs_to_the_process_that_made_it_not_to_a_worker)
{
    mcpar *mc = open_at(places[3]);
    mcpar_estimate e;

    runs = mmap(NULL, sizeof *runs, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert((void *)runs != MAP_FAILED);
    for (int i = 0; i < 3; i++)
        MUST(mc, mcpar_sample(mc, 1000, meddle_in_worker, mc));
    cr_assert(*runs == 3000, "%d runs of 3000 trials: workers died, and what they did was run again", *runs);
    MUST(mc, mcpar_reduce(mc, &e));
    cr_assert(e.trials == 3000 && e.hits == 3000);
    close_handle(mc);
}

struct shared {
    mcpar *mc;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int inside, go_on;
    struct in_use u;
};

static int wait_inside(mcpar_rng *rng, double *values, void *arg)
{
    struct shared *s = arg;

    (void)values;
    if (mcpar_trial_number(rng) != 7)
        return 0;
    (void)pthread_mutex_lock(&s->lock);
    s->inside = 1;
    (void)pthread_cond_broadcast(&s->changed);
    while (!s->go_on)
        (void)pthread_cond_wait(&s->changed, &s->lock);
    (void)pthread_mutex_unlock(&s->lock);
    return 0;
}

static void *other_thread(void *arg)
{
    struct shared *s = arg;

    (void)pthread_mutex_lock(&s->lock);
    while (!s->inside)
        (void)pthread_cond_wait(&s->changed, &s->lock);
    call_all(&s->u);
    s->go_on = 1;
    (void)pthread_cond_broadcast(&s->changed);
    (void)pthread_mutex_unlock(&s->lock);
    return NULL;
}

Test(state, handle_is_busy_for_another_thread, .timeout = 20)
{
    static struct shared s = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
    mcpar_estimate e;
    pthread_t thread;

    s.mc = s.u.mc = open_serial();
    cr_assert(pthread_create(&thread, NULL, other_thread, &s) == 0);
    MUST(s.mc, mcpar_sample(s.mc, 10, wait_inside, &s));
    (void)pthread_join(thread, NULL);
    cr_assert(all_are(&s.u, MCPAR_ERR_BUSY) && s.u.message_kept);
    MUST(s.mc, mcpar_reduce(s.mc, &e));
    cr_assert(e.trials == 10);
    close_handle(s.mc);
}

/* ---- A forked child of the host ---- */

static int child_status(void (*run)(mcpar *mc), mcpar *mc)
{
    pid_t pid = fork();
    int status = 0;

    if (pid == 0) {
        run(mc);
        _exit(99);
    }
    cr_assert(pid > 0 && waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void child_calls_all(mcpar *mc)
{
    struct in_use u = { .mc = mc };
    mcpar_options in_force = MCPAR_OPTIONS_INIT;

    if (mcpar_options_in_force(mc, &in_force) != MCPAR_ERR_FORKED)
        _exit(1);
    if (mcpar_rank(mc) != -1 || mcpar_size(mc) != 0 || mcpar_workers(mc) != 0 || mcpar_note(mc, 0) ||
        mcpar_about(mc, "pool") || mcpar_option_origin(mc, "seed") != MCPAR_ORIGIN_UNKNOWN)
        _exit(2);
    if (!strstr(mcpar_message(mc), mcpar_strerror(MCPAR_ERR_FORKED)))
        _exit(3);
    call_all(&u);                          /* its finalize frees */
    _exit(u.n == 11 && all_are(&u, MCPAR_ERR_FORKED) ? MCPAR_ERR_FORKED : 4);
}

static void child_makes_its_own(mcpar *mc)
{
    mcpar_options options = options_for(places[2]);
    mcpar_estimate e;
    mcpar *own;

    (void)mc;
    if (mcpar_init(&own, &options) || mcpar_sample(own, 1000, dart, NULL) || mcpar_reduce(own, &e))
        _exit(5);
    _exit(e.trials == 1000 && mcpar_finalize(&own) == 0 ? 0 : 6);
}

Test(state, handle_of_the_parent_is_refused_in_a_child_and_untouched)
{
    for (size_t p = 0; p < 3; p += 2) {
        mcpar *mc = open_at(places[p]);
        struct outcome before, after;
        int code;

        MUST(mc, mcpar_sample(mc, 1000, dart, NULL));
        before = outcome_of(mc, 0);
        code = child_status(child_calls_all, mc);
        cr_assert(code == MCPAR_ERR_FORKED, "the child ended with %d", code);
        code = child_status(child_makes_its_own, mc);
        cr_assert(code == 0, "the child ended with %d", code);
        after = outcome_of(mc, 0);
        MUST_EQUAL(before, after, "the child changed the parent's handle");
        MUST(mc, mcpar_sample(mc, 1000, dart, NULL));
        close_handle(mc);
    }
}
