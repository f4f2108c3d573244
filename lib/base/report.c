/* SPDX-License-Identifier: BSD-3-Clause */
/* report.c - codes, messages, notes */
#include "base/report.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *mcpar_strerror(int code)
{
    switch (code) {
#define TEXT(name, value, text) \
    case name:                  \
        return text;
        MCPAR_ERRORS(TEXT)
#undef TEXT
    default:
        return "unknown error code";
    }
}

int mcpar__fail(struct mcpar__report *report, int code, const char *format, ...)
{
    va_list args;
    int n;

    if (report->code)
        return report->code;
    report->code = code;
    n = snprintf(report->text, sizeof report->text, "%s: ", mcpar_strerror(code));
    va_start(args, format);
    if (n > 0 && (size_t)n < sizeof report->text)
        (void)vsnprintf(report->text + n, sizeof report->text - (size_t)n, format, args);
    va_end(args);
    return code;
}

void mcpar__note(struct mcpar__report *report, const char *format, ...)
{
    char note[MCPAR__NOTE];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(note, sizeof note, format, args);
    va_end(args);
    for (size_t i = 0; i < report->notes; i++)
        if (!strcmp(report->note[i], note))
            return;
    if (report->notes < MCPAR__NOTES)
        memcpy(report->note[report->notes++], note, sizeof note);
}
