/* SPDX-License-Identifier: BSD-3-Clause */
/* tool.h - the rooms of the command-line tool: commands, words and numbers of the command line, output */
#ifndef TOOL_H
#define TOOL_H

#include <stdbool.h>
#include <stdint.h>

/* The exit statuses. */
enum { TOOL_DONE = 0, TOOL_FAILED = 1, TOOL_MISUSE = 2 };

/* The commands: argv[0] is the name of the command. Each returns an exit status. */
int tool_pi(int argc, char **argv);
int tool_info(int argc, char **argv);

/* One line on stderr that names the culprit and says where help is. command NULL: none was recognised.
 * Returns TOOL_MISUSE. */
int tool_misuse(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes out what stdout still holds. TOOL_DONE, or TOOL_FAILED with a line on stderr (a full disk). */
int tool_flush(void);

/* ---- The command line (words.c) ---------------------------------------------------------------------- */

/* An option of a command: a flag, or a value that follows as the next word or after '='. */
struct tool_option {
    const char *name;                      /* with its dashes; the table ends with NULL */
    bool *flag;                            /* a flag: set to true */
    const char **value;                    /* else: the word of the command line; the last one wins */
};

/* Reads all words after argv[0]. Anything that is not in the table is misuse. TOOL_DONE or TOOL_MISUSE. */
int tool_read_options(int argc, char **argv, const struct tool_option *options);

/* Reads an integer of at most `most`, written as 12, 1e9 or 2.5e6: exactly, never through a double. */
bool tool_read_count(const char *text, uint64_t most, uint64_t *count);

/* ---- JSON, one object on one line (json.c) ------------------------------------------------------------ */

/* The shortest decimal number that reads back as this double. Returns text. */
enum { TOOL_DIGITS = 32 };
const char *tool_digits(double value, char text[TOOL_DIGITS]);

void json_begin(void);
void json_count(const char *key, uint64_t value);
void json_real(const char *key, double value);             /* by tool_digits; NaN and infinity become null */
void json_text(const char *key, const char *value);
void json_end(void);

#endif
