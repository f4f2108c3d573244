/* SPDX-License-Identifier: BSD-3-Clause */
/* words.c - reads the options and numbers of the command line */
#include "tool.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* The option of that name; the row without a name if there is none. */
static const struct tool_option *find(const struct tool_option *options, const char *word, size_t length)
{
    while (options->name && (strlen(options->name) != length || strncmp(word, options->name, length) != 0))
        options++;
    return options;
}

int tool_read_words(int argc, char **argv, const struct tool_option *options, int *operands)
{
    bool ended = false;

    if (operands)
        *operands = 0;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i], *equals = strchr(word, '=');
        const struct tool_option *option = find(options, word, equals ? (size_t)(equals - word) : strlen(word));

        if (operands && (ended || word[0] != '-')) {
            argv[++*operands] = argv[i];
        } else if (operands && strcmp(word, "--") == 0) {
            ended = true;
        } else if (!option->name) {
            return tool_misuse(argv[0], word[0] == '-' ? "unknown option '%s'" : "unexpected argument '%s'", word);
        } else if (option->flag) {
            if (equals)
                return tool_misuse(argv[0], "option '%s' takes no value", option->name);
            *option->flag = true;
        } else if (equals) {
            *option->value = equals + 1;
        } else if (i + 1 < argc) {
            *option->value = argv[++i];
        } else {
            return tool_misuse(argv[0], "option '%s' needs a value", option->name);
        }
    }
    return TOOL_DONE;
}

int tool_read_options(int argc, char **argv, const struct tool_option *options)
{
    return tool_read_words(argc, argv, options, NULL);
}

/* Sets *value to 10 * *value + digit. Returns false, without a change, if that is above `most`. */
static bool append(uint64_t *value, unsigned int digit, uint64_t most)
{
    if (*value > most / 10 || digit > most - 10 * *value)
        return false;
    *value = 10 * *value + digit;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The syntax is digits [. digits] [e [+|-] digits], with at least one digit before or after the point. Zeros are held
 * back until another digit follows them, so that 2.50e1 is 25 and 1.0 is 1. */
bool tool_read_count(const char *text, uint64_t most, uint64_t *count)
{
    enum { FAR = 1000000 };                /* beyond this exponent, only the number 0 is valid */
    uint64_t value = 0;
    long zeros = 0;                        /* held back: the number read so far is value * 10^zeros */
    long places = 0;                       /* digits after the point */
    bool any = false, point = false;
    const char *c = text;

    for (; is_digit(*c) || (*c == '.' && !point); c++) {
        if (*c == '.') {
            point = true;
            continue;
        }
        any = true;
        places += point;
        if (*c == '0') {
            zeros += value != 0;
            continue;
        }
        for (; zeros > 0; zeros--)
            if (!append(&value, 0, UINT64_MAX))
                return false;
        if (!append(&value, (unsigned int)(*c - '0'), UINT64_MAX))
            return false;
    }
    if (!any)
        return false;

    long exponent = 0;
    if (*c == 'e' || *c == 'E') {
        bool minus = *++c == '-';
        c += *c == '-' || *c == '+';
        if (!is_digit(*c))
            return false;
        for (; is_digit(*c); c++)
            if (exponent < FAR)
                exponent = 10 * exponent + (*c - '0');
        if (minus)
            exponent = -exponent;
    }
    if (*c != '\0')
        return false;

    exponent += zeros - places;
    if (value != 0 && exponent < 0)
        return false;                      /* not an integer */
    for (; value != 0 && exponent > 0; exponent--)
        if (!append(&value, 0, most))
            return false;
    if (value > most)
        return false;
    *count = value;
    return true;
}

bool tool_read_real(const char *text, double most, double *value)
{
    char *end;

    if (!strchr("0123456789.", text[0]) || strspn(text, "0123456789.eE+-") != strlen(text))
        return false;
    *value = strtod(text, &end);
    return end != text && *end == '\0' && *value <= most;
}

bool tool_read_level(const char *text, double *level)
{
    return tool_read_real(text, 1, level) && *level > 0 && *level < 1;
}
