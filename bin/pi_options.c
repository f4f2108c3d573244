/* SPDX-License-Identifier: BSD-3-Clause */
/* pi_options.c - reads the command line of mcpar pi */
#include "pi.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "usage: mcpar pi [OPTION...]\n"
    "\n"
    "Throws darts at the unit square; the fraction that lands in the quarter circle\n"
    "estimates pi / 4. The same seed, stream and number of trials give the same hits\n"
    "and the same fingerprint on any backend.\n"
    "\n"
    "  --trials N       number of darts, also in the form 1e9 or 2.5e6; default: 1e8;\n"
    "                   with --goal, the most, from 1024; default: no limit\n"
    "  --goal rel=X     run until the half width of pi's interval is at most X times\n"
    "                   the estimate; X is from 1e-8 to below 1\n"
    "  --goal abs=X     run until the half width of pi's interval is at most X\n"
    "  --confidence C   confidence level of intervals, above 0 and below 1;\n"
    "                   default: 0.95\n"
    "  --seed S         0 to 2^64 - 2; default: MCPAR_SEED, else the library's\n"
    "  --stream K       0 to 2^24 - 1; default: MCPAR_STREAM, else 0\n"
    "  --backend B      serial, fork, threads or mpi; default: chosen automatically,\n"
    "                   see mcpar(7)\n"
    "  --workers W      worker processes or threads; default: MCPAR_WORKERS, else one\n"
    "                   per CPU; not with serial\n"
    "  --max-seconds T  stop after so many seconds, for example 0.5;\n"
    "                   default: MCPAR_MAX_SECONDS, else no limit\n"
    "  --deadline D     stop at this time: a Unix time in seconds, slurm (60 s before\n"
    "                   the job ends) or slurm:MARGIN\n"
    "  --stop-seconds N kill workers that are still busy so long after a stop;\n"
    "                   default: MCPAR_STOP_SECONDS, else 30\n"
    "  --stuck-seconds N\n"
    "                   replace a worker whose trial runs longer;\n"
    "                   default: MCPAR_STUCK_SECONDS, else 0: never\n"
    "  --checkpoint FILE\n"
    "                   keep the result in FILE, and go on with what it has;\n"
    "                   default: MCPAR_CHECKPOINT, else none\n"
    "  --checkpoint-seconds N\n"
    "                   time between writes; 0: at the end only;\n"
    "                   default: MCPAR_CHECKPOINT_SECONDS, else 60\n"
    "  --part k/K       run part k, from 0, of the K parts that share the trials;\n"
    "                   default: MCPAR_PART, else 0/1; not with --goal\n"
    "  --progress       show on stderr how far the run is: a bar on a terminal,\n"
    "                   otherwise a line a minute\n"
    "  --no-progress    do not; default: only if stderr is a terminal\n"
    "  --json           print one JSON object on one line\n"
    "  --help           show this help\n"
    "\n"
    "The first SIGINT (Ctrl-C), SIGTERM or SIGUSR1 stops the run. A run that is\n"
    "stopped, or whose goal is not met within --trials, prints the estimate so far\n"
    "and exits with status 3. With a checkpoint, the same command (with more --trials\n"
    "if the goal was not met) goes on, on any backend and any number of workers.\n"
    "mcpar merge adds up the checkpoints of the parts.\n";

/* --backend sets two options of the library at once: the pool (where a process runs its trials) and the communicator
 * (which processes take part). */
static const struct backend {
    const char *name;
    int pool, comm;
} backends[] = {
    { "serial", MCPAR_POOL_SERIAL, MCPAR_COMM_SELF },
    { "fork", MCPAR_POOL_FORK, MCPAR_COMM_SELF },
    { "threads", MCPAR_POOL_THREADS, MCPAR_COMM_SELF },
    { "mpi", MCPAR_UNSET, MCPAR_COMM_MPI },
};

/* Sets the pool and the communicator. Returns false if there is no such backend. */
static bool choose_backend(const char *name, mcpar_options *options)
{
    for (size_t i = 0; i < sizeof backends / sizeof *backends; i++)
        if (strcmp(name, backends[i].name) == 0) {
            options->pool = backends[i].pool;
            options->comm = backends[i].comm;
            return true;
        }
    return false;
}

/* rel=X or abs=X. pi is 4 times the mean of the hits; so is its half width, exactly. */
static bool read_goal(const char *text, mcpar_goal *goal)
{
    double x;

    if (strncmp(text, "rel=", 4) != 0 && strncmp(text, "abs=", 4) != 0)
        return false;
    if (!tool_read_real(text + 4, 1, &x) || x < 1e-8 || x >= 1)
        return false;
    goal->relative = text[0] == 'r' ? x : 0;
    goal->half_width = text[0] == 'a' ? x / 4 : 0;
    return true;
}

/* The times that only worker processes need. */
static int understand_worker_seconds(const char *option, const char *text, const char *backend, double *seconds)
{
    if (!text)
        return TOOL_DONE;
    if (!tool_read_real(text, 1e6, seconds))
        return tool_misuse("pi", "%s '%s' is not a number from 0 to 1e6", option, text);
    if (backend && strcmp(backend, "fork") != 0)
        return tool_misuse("pi", "%s cannot be combined with --backend %s, which has no worker processes", option,
                           backend);
    return TOOL_DONE;
}

/* A Unix time, or the word slurm with or without a margin, which the library reads from the environment. */
static bool read_deadline(const char *text, mcpar_options *options)
{
    uint64_t number;

    if (tool_read_count(text, UINT64_C(1000000000000), &number) && number > 0) {
        options->deadline = (double)number;
        return true;
    }
    if (strcmp(text, "slurm") != 0 &&
        (strncmp(text, "slurm:", 6) != 0 || strspn(text + 6, "0123456789") != strlen(text + 6) ||
         !tool_read_count(text + 6, 1000000, &number)))
        return false;
    return setenv("MCPAR_DEADLINE", text, 1) == 0;
}

/* k/K, where k counts from 0. */
static bool read_part(const char *text, mcpar_options *options)
{
    static const char digits[] = "0123456789";
    size_t n = strspn(text, digits);
    char part[16] = "";
    uint64_t k, parts;

    if (n == 0 || n >= sizeof part || text[n] != '/' || strspn(text + n + 1, digits) != strlen(text + n + 1))
        return false;
    memcpy(part, text, n);
    if (!tool_read_count(text + n + 1, 1000000, &parts) || !tool_read_count(part, 1000000, &k) || k >= parts)
        return false;
    options->part = (int)k;
    options->parts = (int)parts;
    return true;
}

struct texts {                             /* the values of the options; NULL: not given */
    const char *trials, *goal, *confidence, *seed, *stream, *backend, *workers, *max_seconds, *deadline, *checkpoint,
        *checkpoint_seconds, *part, *stop_seconds, *stuck_seconds;
    bool progress, no_progress;
};

/* --trials, --goal and --confidence; the part is known already. */
static int understand_goal(const struct texts *text, struct pi_words *words)
{
    mcpar_options *o = &words->options, part = *o;
    const char *variable = getenv("MCPAR_PART");

    words->limited = text->trials != NULL;
    words->to_goal = text->goal != NULL;
    words->trials = words->to_goal ? UINT64_C(1) << 63 : 100000000;
    words->goal = (mcpar_goal)MCPAR_GOAL_INIT;
    if (text->trials && !tool_read_count(text->trials, UINT64_C(1) << 63, &words->trials))
        return tool_misuse("pi", "--trials '%s' is not a whole number from 0 to 2^63", text->trials);
    if (text->confidence && !tool_read_level(text->confidence, &o->confidence))
        return tool_misuse("pi", "--confidence '%s' is not a number above 0 and below 1", text->confidence);
    if (!text->goal)
        return TOOL_DONE;
    if (!read_goal(text->goal, &words->goal))
        return tool_misuse("pi", "--goal '%s' is neither rel=X nor abs=X with X from 1e-8 to below 1", text->goal);
    words->goal.most = words->trials;
    if (words->goal.most < words->goal.least)
        return tool_misuse("pi", "--trials %" PRIu64 " with --goal is not at least %" PRIu64, words->goal.most,
                           words->goal.least);
    if (!text->part && variable)
        (void)read_part(variable, &part);
    if (part.parts > 1)
        return tool_misuse("pi", "--goal cannot be combined with %s: a part alone cannot tell when it is met",
                           text->part ? "--part" : "MCPAR_PART");
    return TOOL_DONE;
}

static int understand(const struct texts *text, struct pi_words *words)
{
    mcpar_options *o = &words->options;
    uint64_t stream, workers;

    if (text->seed && !tool_read_count(text->seed, UINT64_MAX - 1, &o->seed))
        return tool_misuse("pi", "--seed '%s' is not a whole number from 0 to 2^64 - 2", text->seed);
    if (text->stream && !tool_read_count(text->stream, (1 << 24) - 1, &stream))
        return tool_misuse("pi", "--stream '%s' is not a whole number from 0 to 2^24 - 1", text->stream);
    if (text->stream)
        o->stream = (uint32_t)stream;
    if (text->workers && (!tool_read_count(text->workers, 4096, &workers) || workers == 0))
        return tool_misuse("pi", "--workers '%s' is not a whole number from 1 to 4096", text->workers);
    if (text->workers)
        o->workers = (int)workers;
    if (text->backend && !choose_backend(text->backend, o))
        return tool_misuse("pi", "--backend '%s' is not serial, fork, threads or mpi", text->backend);
    if (o->pool == MCPAR_POOL_SERIAL && o->workers > 1)
        return tool_misuse("pi", "--workers %d cannot be combined with --backend serial, which has one worker",
                           o->workers);
    if (text->max_seconds && (!tool_read_real(text->max_seconds, 1e9, &o->max_seconds) || o->max_seconds == 0))
        return tool_misuse("pi", "--max-seconds '%s' is not a number above 0 and at most 1e9", text->max_seconds);
    if (text->deadline && !read_deadline(text->deadline, o))
        return tool_misuse("pi", "--deadline '%s' is neither a Unix time in whole seconds nor slurm nor slurm:MARGIN",
                           text->deadline);
    o->checkpoint = text->checkpoint;
    if (text->checkpoint_seconds && !tool_read_real(text->checkpoint_seconds, 1e6, &o->checkpoint_seconds))
        return tool_misuse("pi", "--checkpoint-seconds '%s' is not a number from 0 to 1e6", text->checkpoint_seconds);
    const char *checkpoint = text->checkpoint ? text->checkpoint : getenv("MCPAR_CHECKPOINT");
    if (text->checkpoint_seconds && (!checkpoint || !*checkpoint))
        return tool_misuse("pi", "--checkpoint-seconds needs --checkpoint");
    if (text->part && !read_part(text->part, o))
        return tool_misuse("pi", "--part '%s' is not k/K with a whole number k from 0 to K - 1 and K at most 1e6",
                           text->part);
    int status = understand_goal(text, words);
    if (!status)
        status = understand_worker_seconds("--stop-seconds", text->stop_seconds, text->backend, &o->stop_seconds);
    if (!status)
        status = understand_worker_seconds("--stuck-seconds", text->stuck_seconds, text->backend, &o->stuck_seconds);
    if (status)
        return status;
    if (text->progress && text->no_progress)
        return tool_misuse("pi", "--progress cannot be combined with --no-progress");
    if (text->progress || (!text->no_progress && isatty(STDERR_FILENO)))
        o->progress = mcpar_progress_bar;
    return TOOL_DONE;
}

/* ---- The command that goes on ---- */

/* Appends a word as a shell reads it. There is room. */
static char *append(char *end, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+%@";
    bool quoted = !*word || word[strspn(word, plain)];

    *end++ = ' ';
    if (quoted)
        *end++ = '\'';
    for (; *word; word++) {
        if (*word == '\'') {
            memcpy(end, "'\\''", 4);
            end += 4;
        } else {
            *end++ = *word;
        }
    }
    if (quoted)
        *end++ = '\'';
    *end = '\0';
    return end;
}

/* Whether a word is this option, with its value in the same word or in the next one. */
static bool is_option(const char *word, const char *name)
{
    size_t n = strlen(name);

    return strncmp(word, name, n) == 0 && (!word[n] || word[n] == '=');
}

/* With two digits, as people write it: 2.7e10. */
static void write_trials(char text[32], double trials)
{
    char *e;

    (void)snprintf(text, 32, "%.1e", trials);
    e = strchr(text, 'e') + 1;
    memmove(e, e + strspn(e, "+0"), strlen(e + strspn(e, "+0")) + 1);
}

char *pi_again(const struct pi_words *words, double trials)
{
    static const char start[] = "mcpar pi";
    char **argv = words->argv, number[32] = "";
    size_t room = sizeof start + sizeof " --trials " + sizeof number;

    for (int i = 1; i < words->argc; i++)
        room += 4 * strlen(argv[i]) + 3;
    char *line = malloc(room), *end = line;
    if (!line)
        return NULL;
    memcpy(line, start, sizeof start);
    end += sizeof start - 1;
    for (int i = 1; i < words->argc; i++) {
        bool drop = is_option(argv[i], "--deadline") && words->options.deadline > 0;

        if (drop || (trials > 0 && is_option(argv[i], "--trials"))) {
            i += !strchr(argv[i], '=');
            continue;
        }
        end = append(end, argv[i]);
    }
    if (trials > 0 && trials < 9e18) {
        write_trials(number, trials);
        end = append(append(end, "--trials"), number);
    }
    return line;
}

int pi_read(int argc, char **argv, struct pi_words *words, bool *help_wanted)
{
    struct texts text = { .trials = NULL };
    const struct tool_option table[] = {
        { "--trials", NULL, &text.trials },   { "--goal", NULL, &text.goal },
        { "--confidence", NULL, &text.confidence }, { "--seed", NULL, &text.seed },
        { "--stream", NULL, &text.stream },   { "--backend", NULL, &text.backend },
        { "--workers", NULL, &text.workers }, { "--max-seconds", NULL, &text.max_seconds },
        { "--deadline", NULL, &text.deadline }, { "--checkpoint", NULL, &text.checkpoint },
        { "--checkpoint-seconds", NULL, &text.checkpoint_seconds }, { "--part", NULL, &text.part },
        { "--stop-seconds", NULL, &text.stop_seconds }, { "--stuck-seconds", NULL, &text.stuck_seconds },
        { "--progress", &text.progress, NULL }, { "--no-progress", &text.no_progress, NULL },
        { "--json", &words->json, NULL },
        { "--help", help_wanted, NULL },      { "-h", help_wanted, NULL },
        { NULL, NULL, NULL },
    };
    int status = tool_read_options(argc, argv, table);

    if (status)
        return status;
    if (*help_wanted) {
        fputs(help, stdout);
        return tool_flush();
    }
    words->options = (mcpar_options)MCPAR_OPTIONS_INIT;
    words->options.tag = "pi";
    words->argc = argc;
    words->argv = argv;
    status = understand(&text, words);

    /* Choose the serial pool here, unless the environment chooses a pool. With "auto", the library would add a note
     * that it uses the serial pool under MPI, and this user did not ask about pools. */
    const char *pool = getenv("MCPAR_POOL");
    if (words->options.comm == MCPAR_COMM_MPI && (!pool || !*pool))
        words->options.pool = MCPAR_POOL_SERIAL;
    return status;
}
