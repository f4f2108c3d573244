/* SPDX-License-Identifier: BSD-3-Clause */
/* race.c - contenders take turns; prints medians, ratios turn by turn, and bars, as a table and as JSON, one object
 * a line */
#include "bench.h"
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char *section_now = "";

void give_up(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)fprintf(stderr, "bench: ");
    (void)vfprintf(stderr, format, args);
    (void)fprintf(stderr, "\n");
    va_end(args);
    exit(1);
}

/* ---- The race ---- */

/* Rejects wrong answers. If only the probability of a hit is known, the limit is 6 standard errors, so that a correct
 * contender fails once in 5 * 10^8 turns. */
static void check(struct contender *c, size_t i, uint64_t got)
{
    struct contender *me = &c[i];

    if (me->expected && got != me->expected(me->n))
        give_up("%s: %" PRIu64 " of %" PRIu64 ", expected %" PRIu64, me->name, got, me->n, me->expected(me->n));
    if (me->p > 0) {
        double n = (double)me->n, off = fabs((double)got - n * me->p);

        if (off > 6 * sqrt(n * me->p * (1 - me->p)) + 1)
            give_up("%s: %" PRIu64 " of %" PRIu64 ", expected about %.0f", me->name, got, me->n, n * me->p);
    }
    if (me->check && got != me->check)
        give_up("%s: %" PRIu64 " after %" PRIu64 " for the same trials", me->name, got, me->check);
    if (me->same && i > 0 && me->n == c[i - 1].n && got != c[i - 1].check)
        give_up("%s: %" PRIu64 ", but %s: %" PRIu64, me->name, got, c[i - 1].name, c[i - 1].check);
}

static double seconds_of(const struct contender *c, const struct turn *turn)
{
    return c->by_wall ? turn->wall : turn->cpu;
}

/* Doubles n until a turn takes about as long as it should, which also warms up. */
static void find_n(struct contender *c, size_t i)
{
    struct contender *me = &c[i];
    bool given = me->n > 0;

    for (me->n = given ? me->n : 1024;; me->n *= 2) {
        struct turn turn = seat_run(me->seat, me->work, me->remote, me->n);

        if (given || seconds_of(me, &turn) > 0.7 * settings.seconds ||
            2 * me->n > (me->most ? me->most : UINT64_MAX / 2)) {
            check(c, i, turn.check);
            if (!(me->p > 0))
                me->check = turn.check;
            return;
        }
    }
}

void race(struct contender *c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        find_n(c, i);
    for (int t = 0; t < settings.turns; t++)
        for (size_t i = 0; i < n; i++) {
            struct turn turn = seat_run(c[i].seat, c[i].work, c[i].remote, c[i].n);

            check(c, i, turn.check);
            c[i].seconds[t] = seconds_of(&c[i], &turn) / (double)c[i].n;
            c[i].cycles[t] = c[i].seconds[t] * turn.hz;
        }
}

/* ---- Figures ---- */

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

double median(const double *x, int n)
{
    double sorted[MOST_TURNS];

    memcpy(sorted, x, (size_t)n * sizeof *x);
    qsort(sorted, (size_t)n, sizeof *sorted, compare);
    return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

double median_seconds(const struct contender *c)
{
    return median(c->seconds, settings.turns);
}

double median_cycles(const struct contender *c)
{
    return median(c->cycles, settings.turns);
}

double median_ratio(const struct contender *a, const struct contender *b)
{
    double ratio[MOST_TURNS];

    for (int t = 0; t < settings.turns; t++)
        ratio[t] = a->seconds[t] / b->seconds[t];
    return median(ratio, settings.turns);
}

/* ---- Output ---- */

/* The bench chooses all names, so they need no escapes in JSON. */
static void json(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void json(const char *format, ...)
{
    va_list args;

    if (!settings.json)
        return;
    va_start(args, format);
    (void)vfprintf(settings.json, format, args);
    va_end(args);
    (void)fflush(settings.json);
}

void say_section(const char *section, const char *title)
{
    section_now = section;
    printf("\n%s: %s\n", section, title);
    (void)fflush(stdout);
}

void say_contenders(const struct contender *c, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *unit = c[i].unit ? c[i].unit : "dart";
        double s = median_seconds(&c[i]), least = c[i].seconds[0], most = least;

        for (int t = 1; t < settings.turns; t++) {
            least = fmin(least, c[i].seconds[t]);
            most = fmax(most, c[i].seconds[t]);
        }
        printf("  %-44s %11.4g M%s/s %10.4g ns %10.4g cycles/%s\n", c[i].name, 1e-6 / s, unit, 1e9 * s,
               median_cycles(&c[i]), unit);
        json("{\"kind\": \"contender\", \"section\": \"%s\", \"name\": \"%s\", \"unit\": \"%s\", \"n\": %" PRIu64
             ", \"turns\": %d, \"seconds\": %.6e, \"least\": %.6e, \"most\": %.6e, \"cycles\": %.6e}\n",
             section_now, c[i].name, unit, c[i].n, settings.turns, s, least, most, median_cycles(&c[i]));
    }
    (void)fflush(stdout);
}

void say_value(const char *name, double value, const char *unit)
{
    printf("  %-44s %11.4g %s\n", name, value, unit);
    json("{\"kind\": \"value\", \"section\": \"%s\", \"name\": \"%s\", \"value\": %.6e, \"unit\": \"%s\"}\n",
         section_now, name, value, unit);
    (void)fflush(stdout);
}

void say_bar(const char *name, double value, enum sense sense, double bar)
{
    bool met = sense == AT_MOST ? value <= bar : value >= bar;

    const char *words = sense == AT_MOST ? "at most" : "at least";

    printf("  %-4s %-60s %9.4g  (%s %g)\n", met ? "met" : "MISS", name, value, words, bar);
    json("{\"kind\": \"bar\", \"section\": \"%s\", \"name\": \"%s\", \"value\": %.6e, \"sense\": \"%s\", \"bar\": %g, "
         "\"met\": %s}\n", section_now, name, value, words, bar, met ? "true" : "false");
    (void)fflush(stdout);
}

void say_absent(const char *name, const char *why)
{
    printf("  %-44s absent: %s\n", name, why);
    json("{\"kind\": \"absent\", \"section\": \"%s\", \"name\": \"%s\", \"why\": \"%s\"}\n", section_now, name, why);
}
