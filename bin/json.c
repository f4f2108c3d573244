/* json.c - writes one JSON object on one line of stdout */
#include "tool.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static const char *separator;

static void key_of(const char *key)
{
    printf("%s\"%s\": ", separator, key);
    separator = ", ";
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
    if (isfinite(value))
        printf("%.17g", value);
    else
        fputs("null", stdout);
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
