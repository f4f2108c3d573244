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

enum { LINE = 512, MINUTE = 60, NARROW = 20, WIDTH = 80 };

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

static double part(const mcpar_progress *p)
{
    return p->asked ? (double)p->held / (double)p->asked : 1.0;
}

/* What stands behind the bar, as much of it as there is room for: the most important comes first. */
static void say(char *line, size_t room, const mcpar_progress *p)
{
    char piece[5][96], left[32];
    size_t n = 0;

    say_time(left, p->last ? p->seconds : p->remaining);
    (void)snprintf(piece[0], sizeof piece[0], "%.0f %%", 100 * (p->held < p->asked && part(p) > 0.99 ? 0.99 : part(p)));
    (void)snprintf(piece[1], sizeof piece[1], "%s %s", left, p->last ? "in all" : "left");
    (void)snprintf(piece[2], sizeof piece[2], "hits %.6g [%.6g, %.6g]", p->estimate.mean, p->estimate.lower, p->estimate.upper);
    (void)snprintf(piece[3], sizeof piece[3], "%.3g/s", p->rate);
    (void)snprintf(piece[4], sizeof piece[4], "%.4g of %.4g", (double)p->held, (double)p->asked);
    line[0] = 0;
    for (int i = 0; i < 5; i++) {
        size_t more = strlen(piece[i]) + (n ? 2 : 0);

        if (i == 2 && (p->estimate.trials == 0 || p->estimate.hits == 0))
            continue;                      /* perhaps this program has observables and no hits */
        if (n + more >= room)
            continue;
        (void)snprintf(line + n, room - n, "%s%s", n ? ", " : "", piece[i]);
        n += more;
    }
}

static void draw_bar(FILE *file, int width, const mcpar_progress *p)
{
    char text[LINE], bar[LINE];
    int most = width > 3 * NARROW ? width / 3 : width > NARROW ? NARROW / 2 : 0, filled;

    say(text, (size_t)(width - most > 4 ? width - most - 3 : width), p);
    filled = (int)(part(p) * most);
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
