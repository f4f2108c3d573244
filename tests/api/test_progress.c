/* SPDX-License-Identifier: BSD-3-Clause */
/* Progress: when the callback is called, what it is told, what it may do; and the ready bar on terminals and in files. */
#include "darts.h"
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <sys/ioctl.h>
#include <unistd.h>

TestSuite(progress, .timeout = 60);

/* ---- The callback ---- */

struct seen {
    mcpar *mc;
    uint64_t calls, lasts, held, stop_at;
    bool bad;
    int busy;
};

static int look(const mcpar_progress *p, void *arg)
{
    struct seen *seen = arg;
    const mcpar_estimate *e = &p->estimate;

    seen->calls++;
    seen->lasts += (uint64_t)p->last;
    seen->bad |= p->size != sizeof *p || p->held < seen->held || p->held > p->asked || p->asked != mcpar_asked(seen->mc) ||
                 p->held != mcpar_held(seen->mc) || !(p->seconds >= 0) || !(p->since >= 0 && p->since <= p->seconds) ||
                 !(p->rate >= 0) || e->trials != p->held || e->hits > e->trials ||
                 e->interval != MCPAR_INTERVAL_MIXTURE ||
                 e->guarantee != (e->trials ? MCPAR_GUARANTEE_ANYTIME : MCPAR_GUARANTEE_NONE) ||
                 (e->trials && !(e->lower <= e->mean && e->mean <= e->upper && e->lower < 0.785398163 && e->upper > 0.785398163));
    seen->held = p->held;
    seen->busy = mcpar_reduce(seen->mc, NULL);
    return seen->stop_at && p->held >= seen->stop_at;
}

static int slow_dart(mcpar_rng *rng, double *values, void *arg)
{
    for (volatile int i = 0; i < 1000; i++)
        continue;
    return dart(rng, values, arg);
}

static mcpar *open_watched(struct place place, struct seen *seen)
{
    mcpar_options options = options_for(place);
    mcpar *mc = NULL;

    options.progress = look;
    options.progress_arg = seen;
    options.progress_seconds = 0.01;
    MUST(mc, mcpar_init(&mc, &options));
    seen->mc = mc;
    return mc;
}

static void fingerprint_of(mcpar *mc, char print[MCPAR_FINGERPRINT_SIZE])
{
    MUST(mc, mcpar_reduce(mc, NULL));
    MUST(mc, mcpar_fingerprint(mc, print));
}

static void undisturbed(uint64_t n, char print[MCPAR_FINGERPRINT_SIZE])
{
    mcpar *mc = open_serial();

    MUST(mc, mcpar_sample_block(mc, n, darts, NULL));
    fingerprint_of(mc, print);
    close_handle(mc);
}

Test(progress, tells_how_far_it_is_and_changes_nothing)
{
    char print[MCPAR_FINGERPRINT_SIZE], whole[MCPAR_FINGERPRINT_SIZE];

    undisturbed(100000, whole);
    for (size_t i = 0; i < PLACES; i++) {
        struct seen seen = { .calls = 0 };
        mcpar *mc = open_watched(places[i], &seen);

        MUST(mc, mcpar_sample(mc, 100000, slow_dart, NULL));
        cr_assert(!seen.bad && seen.lasts == 1 && seen.held == 100000, "place %zu: %llu calls", i,
                  (unsigned long long)seen.calls);
        cr_assert_gt(seen.calls, 2, "place %zu", i);
        cr_assert_eq(seen.busy, MCPAR_ERR_BUSY);
        fingerprint_of(mc, print);
        cr_assert_str_eq(print, whole);
        seen = (struct seen){ .mc = mc };
        MUST(mc, mcpar_sample(mc, 0, dart, NULL));         /* nothing to run, but the call ends */
        cr_assert(!seen.bad && seen.calls == 1 && seen.lasts == 1);
        close_handle(mc);
    }
}

Test(progress, may_stop_the_call)
{
    char print[MCPAR_FINGERPRINT_SIZE], whole[MCPAR_FINGERPRINT_SIZE];

    undisturbed(100000, whole);
    for (size_t i = 0; i < PLACES; i++) {
        struct seen seen = { .stop_at = 1000 };
        mcpar *mc = open_watched(places[i], &seen);

        MUST_FAIL(mc, mcpar_sample(mc, 100000, slow_dart, NULL), MCPAR_STOPPED);
        MUST_SAY(mc, "a stop was requested");
        cr_assert(mcpar_held(mc) >= 1000 && mcpar_held(mc) < 100000 && seen.lasts == 1);
        seen = (struct seen){ .mc = mc };
        MUST(mc, mcpar_sample(mc, 0, dart, NULL));         /* it held for that call only */
        fingerprint_of(mc, print);
        cr_assert_str_eq(print, whole);
        close_handle(mc);
    }
}

static int fails(mcpar_rng *rng, double *values, void *arg)
{
    return mcpar_trial_number(rng) == 60000 ? -1 : slow_dart(rng, values, arg);
}

Test(progress, the_last_call_comes_after_a_failure_too)
{
    for (size_t i = 0; i < PLACES; i++) {
        struct seen seen = { .calls = 0 };
        mcpar *mc = open_watched(places[i], &seen);

        MUST_FAIL(mc, mcpar_sample(mc, 100000, fails, NULL), MCPAR_ERR_TRIAL);
        cr_assert(!seen.bad && seen.lasts == 1 && seen.held == 60000, "place %zu: %llu", i, (unsigned long long)seen.held);
        close_handle(mc);
    }
}

static int note_status(const mcpar_progress *p, void *arg)
{
    if (p->last)
        *(mcpar_status *)arg = p->estimate.status;
    return 0;
}

/* What the estimate is of is told as mcpar_reduce tells it. */
Test(progress, the_status_is_that_of_the_reduce)
{
    for (int parts = 1; parts < 3; parts++) {
        mcpar_options options = options_for(places[0]);
        mcpar_status told = MCPAR_STATUS_EMPTY;
        mcpar_estimate e;
        mcpar *mc;

        options.part = 0;
        options.parts = parts;
        options.progress = note_status;
        options.progress_arg = &told;
        MUST(mc, mcpar_init(&mc, &options));
        MUST(mc, mcpar_sample(mc, 1000, dart, NULL));
        MUST(mc, mcpar_reduce(mc, &e));
        cr_assert(told == e.status && e.status == (parts > 1 ? MCPAR_STATUS_PART : MCPAR_STATUS_COMPLETE), "%d", (int)told);
        close_handle(mc);
    }
}

static jmp_buf outside;

static int jumps(const mcpar_progress *p, void *arg)
{
    if (p->last == *(int *)arg)
        longjmp(outside, 1);
    return 0;
}

/* The handle goes on, and no worker or thread is left. */
Test(progress, is_left_by_a_longjmp)
{
#ifdef __GLIBC__
    char print[MCPAR_FINGERPRINT_SIZE], whole[MCPAR_FINGERPRINT_SIZE];

    undisturbed(100000, whole);
    for (volatile size_t i = 0; i < PLACES; i++)
        for (volatile int last = 0; last < 2; last++) {
            mcpar_options options = options_for(places[i]);
            mcpar *volatile mc;
            int when = last;
            mcpar *opened;

            options.progress = jumps;
            options.progress_arg = &when;
            options.progress_seconds = 0.001;
            MUST(opened, mcpar_init(&opened, &options));
            mc = opened;
            if (setjmp(outside) == 0) {
                (void)!mcpar_sample(mc, 100000, slow_dart, NULL);
                cr_assert_fail("it was not left");
            }
            MUST_SAY(mc, "the progress callback was left");
            when = 2;
            MUST(mc, mcpar_sample(mc, 0, dart, NULL));
            fingerprint_of(mc, print);
            cr_assert_str_eq(print, whole);
            close_handle(mc);
        }
#endif
}

Test(progress, an_interval_out_of_range)
{
    static const double bad[] = { 0.0, -0.0, -2.0, 1e7, HUGE_VAL };
    mcpar_options options = options_for(places[0]);
    mcpar *mc;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        options.progress_seconds = bad[i];
        MUST_FAIL(mc, mcpar_init(&mc, &options), MCPAR_ERR_OPTION);
        MUST_SAY(mc, "progress_seconds");
        (void)mcpar_finalize(&mc);
    }
}

/* ---- The bar ---- */

static mcpar_progress at(double seconds, double since, uint64_t held, int last)
{
    mcpar_progress p = { .size = sizeof p, .held = held, .asked = 1000000, .seconds = seconds, .since = since, .rate = 12345,
                         .remaining = 3725, .last = last };

    p.estimate.trials = held;
    p.estimate.hits = held / 2;
    p.estimate.mean = 0.5;
    p.estimate.lower = 0.25;
    p.estimate.upper = 0.75;
    return p;
}

static void written(FILE *file, char *text, size_t room)
{
    size_t n;

    cr_assert(fflush(file) == 0 && fseek(file, 0, SEEK_SET) == 0);
    n = fread(text, 1, room - 1, file);
    text[n] = 0;
    cr_assert(fclose(file) == 0);
}

/* Outside of terminals: a line when a minute is over. */
Test(progress, bar_in_a_file)
{
    FILE *file = tmpfile();
    char text[1000];
    double seconds = 0;
    int lines = 0;

    cr_assert(file != NULL);
    for (; seconds < 150; seconds += 0.7) {
        mcpar_progress p = at(seconds + 0.7, 0.7, 250000, 0);

        cr_assert_eq(mcpar_progress_bar(&p, file), 0);
    }
    {
        mcpar_progress p = at(151, 1, 1000000, 1);

        cr_assert_eq(mcpar_progress_bar(&p, file), 0);
    }
    written(file, text, sizeof text);
    for (const char *c = text; *c; c++)
        lines += *c == '\n';
    cr_assert_eq(lines, 3, "%s", text);
    cr_assert(strstr(text, "25 %, 1 h 2 min left, hits 0.5 [0.25, 0.75], 1.23e+04/s, 2.5e+05 of 1e+06\n"), "%s", text);
    cr_assert(strstr(text, "100 %, 2 min 31 s in all"), "%s", text);
    cr_assert(strchr(text, '\r') == NULL && strchr(text, 27) == NULL);
    file = tmpfile();
    for (int last = 0; last < 2; last++) { /* a short call says nothing */
        mcpar_progress p = at(10 + last, 1, 500000, last);

        cr_assert_eq(mcpar_progress_bar(&p, file), 0);
    }
    written(file, text, sizeof text);
    cr_assert_str_empty(text);
}

static void on_terminal(unsigned short columns, const mcpar_progress *p, char *text, size_t room)
{
    struct winsize size = { .ws_row = 24, .ws_col = columns };
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    size_t n = 0;
    FILE *file;

    cr_assert(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    file = fdopen(open(ptsname(master), O_RDWR | O_NOCTTY), "w");
    cr_assert(file != NULL && ioctl(master, TIOCSWINSZ, &size) == 0);
    cr_assert_eq(mcpar_progress_bar(p, file), 0);
    (void)fputs(".\a", file);              /* so that there is something to read, and an end of it */
    (void)fflush(file);
    while (n == 0 || text[n - 1] != '\a') { /* a terminal may hand it over in pieces */
        ssize_t some = read(master, text + n, room - n);

        cr_assert_gt(some, 0);
        n += (size_t)some;
    }
    text[n - 1] = 0;
    (void)fclose(file);
    (void)close(master);
}

Test(progress, bar_on_a_terminal)
{
    mcpar_progress p = at(10, 1, 500000, 0), last = at(11, 1, 1000000, 1), only = at(0.1, 0.1, 1000000, 1);
    char text[1000];

    (void)setenv("TERM", "xterm", 1);
    on_terminal(100, &p, text, sizeof text);
    cr_assert_str_eq(text, "\r[################-----------------] 50 %, 1 h 2 min left, hits 0.5 [0.25, 0.75], 1.23e+04/s\033[K.");
    on_terminal(100, &last, text, sizeof text);
    cr_assert(strstr(text, "] 100 %, 11 s in all") && strstr(text, "\n."), "%s", text);
    on_terminal(100, &only, text, sizeof text);
    cr_assert_str_eq(text, ".", "a call that was over at once draws nothing");
    for (unsigned short columns = 1; columns < 300; columns++) {
        size_t n;

        on_terminal(columns, &p, text, sizeof text);
        n = strcspn(text + 1, "\033");
        cr_assert(text[0] == '\r' && n <= columns, "%zu characters in %d columns: %s", n, columns, text);
    }
    /* a terminal that does not know its width: COLUMNS, or 80; very wide ones */
    for (int columns = -1; columns < 1000; columns += 100) {
        char value[16];
        size_t n, most = columns < 1 ? 80 : columns > 511 ? 511 : (size_t)columns;

        (void)snprintf(value, sizeof value, "%d", columns);
        (void)setenv("COLUMNS", value, 1);
        on_terminal(0, &p, text, sizeof text);
        n = strcspn(text + 1, "\033");
        cr_assert(n <= most && n + 10 > (most < 99 ? most : 99), "%zu characters in %d columns: %s", n, columns, text);
    }
    (void)unsetenv("COLUMNS");
    on_terminal(999, &p, text, sizeof text);
    cr_assert_leq(strcspn(text + 1, "\033"), 511);
    (void)setenv("TERM", "dumb", 1);
    on_terminal(80, &p, text, sizeof text);
    cr_assert_str_eq(text, ".");
}

/* Observables without hits, an end that is not known, and no trials. */
Test(progress, bar_of_other_runs)
{
    mcpar_progress p = at(60.5, 1, 500000, 0);
    FILE *file = tmpfile();
    char text[1000];

    p.estimate.hits = 0;
    p.remaining = (double)NAN;
    cr_assert_eq(mcpar_progress_bar(&p, file), 0);
    p.asked = p.held = p.estimate.trials = 0;
    p.remaining = 172800 + 7200;
    cr_assert_eq(mcpar_progress_bar(&p, file), 0);
    p.held = 999999, p.asked = 1000000;
    p.remaining = 0.4;
    cr_assert_eq(mcpar_progress_bar(&p, file), 0);
    written(file, text, sizeof text);
    cr_assert_str_eq(text, "50 %, ? left, 1.23e+04/s, 5e+05 of 1e+06\n0 %, about 2 d left, 1.23e+04/s, 0 trials\n"
                           "99 %, 0 s left, 1.23e+04/s, 1e+06 of 1e+06\n");
}

/* ---- Towards a goal: nobody knows how many trials it takes ---- */

static mcpar_progress towards(double held, double rate, double remaining)
{
    mcpar_progress p = at(60.5, 1, (uint64_t)held, 0);

    p.asked = 0;
    p.rate = rate;
    p.remaining = remaining;
    return p;
}

static void expect_line(const mcpar_progress *p, const char *line)
{
    FILE *file = tmpfile();
    char text[1000];

    cr_assert(file != NULL);
    cr_assert_eq(mcpar_progress_bar(p, file), 0);
    written(file, text, sizeof text);
    cr_assert_str_eq(text, line);
}

Test(progress, line_of_a_goal)
{
    static const struct {
        double remaining;
        const char *says;
    } times[] = { { 0, "99 %, about 0 s left" }, { 89.4, "53 %, about 89 s left" },
                  { 100, "50 %, about 2 min left" }, { 5390, "2 %, about 90 min left" },
                  { 7200, "1 %, about 2 h left" }, { 129599, "0 %, about 36 h left" },
                  { 864000, "0 %, about 10 d left" }, { 1e12, "0 %, years left" },
                  { HUGE_VAL, "0 %, years left" } };
    mcpar_progress p = towards(1000, 10, (double)NAN);
    char line[200];

    expect_line(&p, "hits 0.5 [0.25, 0.75], 10/s, 1000 trials\n");
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        p.remaining = times[i].remaining;
        (void)snprintf(line, sizeof line, "%s, hits 0.5 [0.25, 0.75], 10/s, 1000 trials\n", times[i].says);
        expect_line(&p, line);
    }
    p = towards(1000, 0, 60.5);            /* no trial lately */
    expect_line(&p, "50 %, about 60 s left, hits 0.5 [0.25, 0.75], 0/s, 1000 trials\n");
    p = towards(1000, 10, 300);            /* stopped */
    p.last = 1;
    expect_line(&p, "25 %, 1 min 1 s in all, hits 0.5 [0.25, 0.75], 10/s, 1000 trials\n");
    p.remaining = (double)NAN;
    expect_line(&p, "1 min 1 s in all, hits 0.5 [0.25, 0.75], 10/s, 1000 trials\n");
    p = towards(1000, 10, 0);              /* met */
    p.last = 1;
    p.asked = 1000;
    expect_line(&p, "100 %, 1 min 1 s in all, hits 0.5 [0.25, 0.75], 10/s, 1000 of 1000\n");
}

/* A goal for an observable shows its mean, also where there are no hits. */
Test(progress, line_of_a_goal_for_a_mean)
{
    mcpar_progress p = towards(1000, 10, 100);

    p.estimate.hits = 0;
    p.estimate.mean = -2;
    p.estimate.lower = -3;
    p.estimate.upper = -1;
    p.estimate.interval = MCPAR_INTERVAL_MEAN_SEQUENCE;
    expect_line(&p, "50 %, about 2 min left, mean -2 [-3, -1], 10/s, 1000 trials\n");
    p.estimate.interval = MCPAR_INTERVAL_NORMAL;
    expect_line(&p, "50 %, about 2 min left, mean -2 [-3, -1], 10/s, 1000 trials\n");
    p.estimate.lower = p.estimate.upper = (double)NAN;
    expect_line(&p, "50 %, about 2 min left, 10/s, 1000 trials\n");
}

Test(progress, bar_of_a_goal_on_a_terminal)
{
    mcpar_progress known = towards(1e6, 1e4, 300), unknown = towards(1e6, 1e4, (double)NAN);
    char text[1000];

    (void)setenv("TERM", "xterm", 1);
    on_terminal(100, &known, text, sizeof text);
    cr_assert_str_eq(text, "\r[########-------------------------] 25 %, about 5 min left, hits 0.5 [0.25, 0.75], 1e+04/s\033[K.");
    on_terminal(100, &unknown, text, sizeof text);
    cr_assert_str_eq(text, "\r[---------------------------------] hits 0.5 [0.25, 0.75], 1e+04/s, 1e+06 trials\033[K.");
    on_terminal(24, &known, text, sizeof text);
    cr_assert_str_eq(text, "\r[##--------] 25 %\033[K.");
    on_terminal(24, &unknown, text, sizeof text);
    cr_assert_str_eq(text, "\r[----------] 1e+04/s\033[K.");
    for (unsigned short columns = 1; columns < 300; columns++)
        for (int i = 0; i < 2; i++) {
            on_terminal(columns, i ? &known : &unknown, text, sizeof text);
            cr_assert(text[0] == '\r' && strcspn(text + 1, "\033") <= columns, "%d columns: %s", columns, text);
            cr_assert(!strstr(text, " of ") && !strstr(text, "nan") && (i || !strchr(text, '%')), "%s", text);
        }
}

/* What mcpar_run tells: nothing of how many trials it takes before it knows it, and that is at the end, unless it is
 * stopped. */
struct told {
    uint64_t calls, asked, held;
    double remaining, forecast;            /* of the trials: the first one */
    bool knew, stop;
};

static int note_goal(const mcpar_progress *p, void *arg)
{
    struct told *told = arg;

    told->calls++;
    told->knew |= !p->last && p->asked != 0;
    told->asked = p->asked;
    told->held = p->held;
    told->remaining = p->remaining;
    if (told->forecast == 0 && p->remaining > 0)
        told->forecast = (double)p->held + p->rate * p->remaining;
    return told->stop;
}

Test(progress, what_a_goal_tells)
{
    for (size_t i = 0; i < PLACES; i++)
        for (int end = 0; end < 3; end++) {            /* met, stopped, not met */
            struct told told = { .stop = end == 1 };
            mcpar_options options = options_for(places[i]);
            mcpar_goal goal = MCPAR_GOAL_INIT;
            mcpar *mc;

            goal.relative = end == 0 ? 0.01 : 1e-5;
            goal.most = end == 2 ? 20000 : 1000000000;
            options.progress = note_goal;
            options.progress_arg = &told;
            options.progress_seconds = 1e-9;
            MUST(mc, mcpar_init(&mc, &options));
            if (end)
                MUST_FAIL(mc, mcpar_run(mc, dart, NULL, &goal), end == 1 ? MCPAR_STOPPED : MCPAR_UNMET);
            else
                MUST(mc, mcpar_run(mc, dart, NULL, &goal));
            cr_assert(!told.knew && told.calls > 1 && told.held == mcpar_held(mc));
            cr_assert_eq(told.asked, end == 1 ? 0 : mcpar_held(mc));
            cr_assert(end != 0 || (told.forecast > 0.7 * (double)told.held && told.forecast < 1.4 * (double)told.held),
                      "%g of %llu", told.forecast, (unsigned long long)told.held);
            cr_assert(end == 1 ? !(told.remaining <= 0) : told.remaining == 0, "end %d: %g", end, told.remaining);
            close_handle(mc);
        }
}
