/* SPDX-License-Identifier: BSD-3-Clause */
/* tool.h - the parts of the command-line tool: its commands, reading the command line, and JSON output */
#ifndef TOOL_H
#define TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The exit statuses. */
enum { TOOL_DONE = 0, TOOL_FAILED = 1, TOOL_MISUSE = 2, TOOL_UNFINISHED = 3 };

/* The commands. argv[0] is the name of the command. Each function returns an exit status. */
int tool_pi(int argc, char **argv);
int tool_info(int argc, char **argv);
int tool_show(int argc, char **argv);
int tool_merge(int argc, char **argv);
int tool_verify(int argc, char **argv);

/* Prints one line on stderr that says what is wrong and how to get help. command is NULL if no command was recognised.
 * Returns TOOL_MISUSE. */
int tool_misuse(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Flushes stdout. Returns TOOL_DONE, or TOOL_FAILED after printing a line on stderr (on a full disk, for example). */
int tool_flush(void);

/* ---- The command line (words.c) ---------------------------------------------------------------------- */

/* An option of a command: either a flag, or an option whose value is the next word or follows '='. */
struct tool_option {
    const char *name;                      /* with its dashes; NULL ends the table */
    bool *flag;                            /* for a flag: is set to true */
    const char **value;                    /* otherwise: is set to the value; the last one wins */
};

/* Reads all words after argv[0]. Returns TOOL_DONE, or TOOL_MISUSE if a word is not in the table. */
int tool_read_options(int argc, char **argv, const struct tool_option *options);

/* As above, for a command that takes operands, too: moves them to argv[1] to argv[*operands]. All words after -- are
 * operands. */
int tool_read_words(int argc, char **argv, const struct tool_option *options, int *operands);

/* Reads an integer written as 12, 1e9 or 2.5e6. The conversion is exact and never goes through a double. Returns false
 * if this is not an integer or is above `most`. */
bool tool_read_count(const char *text, uint64_t most, uint64_t *count);

/* Reads a number from 0 to `most`, in decimal digits. */
bool tool_read_real(const char *text, double most, double *value);

/* Reads a confidence level, which is above 0 and below 1. */
bool tool_read_level(const char *text, double *level);

/* ---- JSON, one object on one line (json.c) ------------------------------------------------------------ */

/* Writes the shortest decimal number that reads back as this double. Returns text. */
enum { TOOL_DIGITS = 32 };
const char *tool_digits(double value, char text[TOOL_DIGITS]);

/* The number of bytes of the UTF-8 character at c; 0 if it is none (RFC 3629). */
size_t tool_character(const unsigned char *c);

void json_begin(void);
void json_count(const char *key, uint64_t value);          /* for all: key is NULL in a list */
void json_real(const char *key, double value);             /* as in tool_digits; NaN and infinity become null */
void json_text(const char *key, const char *value);        /* what is not UTF-8 becomes U+FFFD; NULL becomes null */
void json_open(const char *key, char bracket);             /* an object or list inside; key is NULL in a list */
void json_close(char bracket);
void json_end(void);

#endif
