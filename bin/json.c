/* SPDX-License-Identifier: BSD-3-Clause */
/* json.c - writes one JSON object to stdout, on one line */
#include "tool.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *separator;

static void key_of(const char *key)
{
    fputs(separator, stdout);
    if (key)
        printf("\"%s\": ", key);
    separator = ", ";
}

const char *tool_digits(double value, char text[TOOL_DIGITS])
{
    for (int digits = 1; digits <= 17; digits++) {
        (void)snprintf(text, TOOL_DIGITS, "%.*g", digits, value);
        if (strtod(text, NULL) == value)   /* true for 17 digits at the latest */
            break;
    }
    return text;
}

void json_begin(void)
{
    putchar('{');
    separator = "";
}

void json_count(const char *key, uint64_t value)
{
    key_of(key);
    printf("%" PRIu64, value);
}

void json_real(const char *key, double value)
{
    key_of(key);
    fputs(isfinite(value) ? tool_digits(value, (char[TOOL_DIGITS]){ 0 }) : "null", stdout);
}

size_t tool_character(const unsigned char *c)
{
    size_t n = c[0] < 0x80 ? 1 : c[0] < 0xc2 ? 0 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : c[0] < 0xf5 ? 4 : 0;

    for (size_t i = 1; i < n; i++)
        if ((c[i] & 0xc0) != 0x80)
            return 0;
    if ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) || (c[0] == 0xf0 && c[1] < 0x90) ||
        (c[0] == 0xf4 && c[1] > 0x8f))
        return 0;
    return n;
}

void json_text(const char *key, const char *value)
{
    key_of(key);
    if (!value) {
        fputs("null", stdout);
        return;
    }
    putchar('"');
    for (const unsigned char *c = (const unsigned char *)value; *c;) {
        size_t n = tool_character(c);
        if (n == 0)
            fputs("\\ufffd", stdout);
        else if (*c == '"' || *c == '\\')
            printf("\\%c", *c);
        else if (*c < 0x20 || *c == 0x7f)
            printf("\\u%04x", *c);
        else if (*c == 0xc2 && c[1] < 0xa0)                /* U+0080 to U+009F control terminals, too */
            printf("\\u%04x", c[1]);
        else
            fwrite(c, 1, n, stdout);
        c += n ? n : 1;
    }
    putchar('"');
}

void json_open(const char *key, char bracket)
{
    key_of(key);
    putchar(bracket);
    separator = "";
}

void json_close(char bracket)
{
    putchar(bracket);
    separator = ", ";
}

void json_end(void)
{
    puts("}");
}
