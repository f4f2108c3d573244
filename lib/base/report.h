/* SPDX-License-Identifier: BSD-3-Clause */
/* report.h - how code below the API reports: a code, the first message of a call, notes */
#ifndef MCPAR__REPORT_H
#define MCPAR__REPORT_H

#include <mcpar.h>

enum { MCPAR__TEXT = 1024, MCPAR__NOTES = 16, MCPAR__NOTE = 240 };

struct mcpar__report {
    int code;                              /* of this call; 0 while nothing failed */
    char text[MCPAR__TEXT];                /* of the last call that failed */
    size_t notes;
    char note[MCPAR__NOTES][MCPAR__NOTE];
};

/* Records the failure unless this call has one already (the first error wins) and returns the call's code, so that a
 * caller can `return mcpar__fail(...)`. The text begins with that of mcpar_strerror. */
int mcpar__fail(struct mcpar__report *report, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Keeps each note once, and drops those beyond MCPAR__NOTES. */
void mcpar__note(struct mcpar__report *report, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
