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
    printf("%s\"%s\": ", separator, key);
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

void json_text(const char *key, const char *value)
{
    key_of(key);
    putchar('"');
    for (const char *c = value; *c; c++) {
        unsigned char byte = (unsigned char)*c;
        if (byte == '"' || byte == '\\')
            printf("\\%c", byte);
        else if (byte < 0x20)
            printf("\\u%04x", byte);
        else
            putchar(byte);
    }
    putchar('"');
}

void json_end(void)
{
    puts("}");
}
