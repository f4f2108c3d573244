/* SPDX-License-Identifier: BSD-3-Clause */
/* progress_bar.c - a ready callback: a bar on a terminal, a line a minute elsewhere
 *
 * The only place in the library that writes to a stream, because the program asked for it. */
#include <inttypes.h>
#include <math.h>
#include <mcpar.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { LINE = 512, MINUTE = 60, HOUR = 3600, DAY = 86400, NARROW = 20, WIDTH = 80 };

static int width_of(int fd)
{
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    int width = columns ? atoi(columns) : 0;

    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        width = size.ws_col;
    return width < 1 ? WIDTH : width < LINE ? width : LINE - 1;
}

/* Two units at most: 2 d 3 h, 3 h 4 min, 5 min 6 s, 7 s. */
static void say_time(char text[32], double seconds)
{
    unsigned long s;

    if (!(seconds >= 0 && seconds < 1e9)) {
        (void)snprintf(text, 32, "?");
        return;
    }
    s = (unsigned long)(seconds + 0.5);
    if (s < MINUTE)
        (void)snprintf(text, 32, "%lu s", s);
    else if (s < 60 * MINUTE)
        (void)snprintf(text, 32, "%lu min %lu s", s / 60, s % 60);
    else if (s < 24UL * 60 * MINUTE)
        (void)snprintf(text, 32, "%lu h %lu min", s / 3600, s / 60 % 60);
    else
        (void)snprintf(text, 32, "%lu d %lu h", s / 86400, s / 3600 % 24);
}

/* One unit, for what is not known better: about 3 min. */
static void say_about(char text[32], double seconds)
{
    if (seconds < 1.5 * MINUTE)
        (void)snprintf(text, 32, "about %.0f s", seconds);
    else if (seconds < 1.5 * HOUR)
        (void)snprintf(text, 32, "about %.0f min", seconds / MINUTE);
    else if (seconds < 1.5 * DAY)
        (void)snprintf(text, 32, "about %.0f h", seconds / HOUR);
    else if (seconds < 1e9)
        (void)snprintf(text, 32, "about %.0f d", seconds / DAY);
    else
        (void)snprintf(text, 32, "years");
}

/* What is done, from 0 to 1; -1: not known. Where nobody knows how many trials a goal takes, the time left tells about
 * how many they are: trials that were held before the call count, as they do in other runs. */
static double part(const mcpar_progress *p)
{
    double done = (double)p->held, left = p->rate * p->remaining;

    if (p->asked)
        done /= (double)p->asked;
    else if (p->remaining >= 0)
        done = left > 0 ? done / (done + left) : p->remaining > 0 ? p->seconds / (p->seconds + p->remaining) : 1;
    else
        return -1;
    return done > 0.99 && (p->asked ? p->held < p->asked : !p->last) ? 0.99 : done;
}

/* The estimate of the hits; for a goal about an observable, that of its mean. */
static void say_estimate(char *text, size_t room, const mcpar_estimate *e)
{
    bool mean = e->interval == MCPAR_INTERVAL_NORMAL || e->interval == MCPAR_INTERVAL_HALL ||
                e->interval == MCPAR_INTERVAL_STUDENT || e->interval == MCPAR_INTERVAL_MEAN_SEQUENCE;

    text[0] = 0;                           /* perhaps this program has observables and no hits */
    if (e->trials > 0 && (mean ? e->upper >= e->lower : e->hits > 0))
        (void)snprintf(text, room, "%s %.6g [%.6g, %.6g]", mean ? "mean" : "hits", e->mean, e->lower, e->upper);
}

/* What stands behind the bar, as much of it as there is room for: the most important comes first. */
static void say(char *line, size_t room, const mcpar_progress *p)
{
    char piece[5][96] = { "", "", "", "", "" }, time[32];
    const double done = part(p);
    size_t n = 0;

    if (done >= 0)
        (void)snprintf(piece[0], sizeof piece[0], "%.0f %%", 100 * done);
    if (p->asked || p->last)
        say_time(time, p->last ? p->seconds : p->remaining);
    else if (done >= 0)
        say_about(time, p->remaining);
    if (p->asked || p->last || done >= 0)
        (void)snprintf(piece[1], sizeof piece[1], "%s %s", time, p->last ? "in all" : "left");
    say_estimate(piece[2], sizeof piece[2], &p->estimate);
    (void)snprintf(piece[3], sizeof piece[3], "%.3g/s", p->rate);
    if (p->asked)
        (void)snprintf(piece[4], sizeof piece[4], "%.4g of %.4g", (double)p->held, (double)p->asked);
    else
        (void)snprintf(piece[4], sizeof piece[4], "%.4g trials", (double)p->held);
    line[0] = 0;
    for (int i = 0; i < 5; i++) {
        size_t more = strlen(piece[i]) + (n ? 2 : 0);

        if (!piece[i][0] || n + more >= room)
            continue;
        (void)snprintf(line + n, room - n, "%s%s", n ? ", " : "", piece[i]);
        n += more;
    }
}

static void draw_bar(FILE *file, int width, const mcpar_progress *p)
{
    char text[LINE], bar[LINE];
    int most = width > 3 * NARROW ? width / 3 : width > NARROW ? NARROW / 2 : 0;
    const double done = part(p);
    const int filled = done > 0 ? (int)(done * most) : 0;

    say(text, (size_t)(width - most > 4 ? width - most - 3 : width), p);
    for (int i = 0; i < most; i++)
        bar[i] = i < filled ? '#' : '-';
    bar[most] = 0;
    (void)fprintf(file, most ? "\r[%s] %s\033[K%s" : "\r%s%s\033[K%s", bar, text, p->last ? "\n" : "");
}

int mcpar_progress_bar(const mcpar_progress *p, void *stream)
{
    FILE *file = stream ? stream : stderr;
    const char *terminal = getenv("TERM");
    int fd = fileno(file);

    if (fd >= 0 && isatty(fd) && !(terminal && !strcmp(terminal, "dumb"))) {
        if (!p->last || p->since < p->seconds) {           /* a call that was over before the first bar draws none */
            draw_bar(file, width_of(fd), p);
            (void)fflush(file);
        }
    } else if (floor(p->seconds / MINUTE) > floor((p->seconds - p->since) / MINUTE) || (p->last && p->seconds >= MINUTE)) {
        char text[LINE];

        say(text, sizeof text, p);
        (void)fprintf(file, "%s\n", text);
        (void)fflush(file);
    }
    return 0;
}
