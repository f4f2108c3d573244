/* SPDX-License-Identifier: BSD-3-Clause */
/* mismatch.c - when the ranks made different calls, reports which rank made which, in the same words on all ranks
 *
 * The agreement compares only hashes, so that a call that succeeds sends no more than that. After a mismatch, all ranks
 * come here, whatever they called: rank 0 sends what it said, the ranks find the lowest rank that differs from it, and
 * that rank sends what it said. */
#include "base/fpenv.h"
#include "run/agree.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct letter {                            /* it travels as a sum to which the other ranks add zeros */
    struct mcpar__said said;
    uint64_t seed_from, stream_from;       /* the mcpar_origin of the options most often set by variables */
    char tag[64], names[128];              /* cut off if longer */
};

enum { LIMBS = sizeof(struct letter) / sizeof(int64_t) };

_Static_assert(sizeof(struct letter) == LIMBS * sizeof(int64_t), "a letter is whole limbs");

struct text {
    char *at;
    size_t room, n;
};

static void add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *text, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(text->at + text->n, text->room - text->n, format, args);
    va_end(args);
    if (n > 0)
        text->n = (size_t)n < text->room - text->n ? text->n + (size_t)n : text->room - 1;
}

/* ---- The exchange ---- */

static void write_letter(struct letter *letter, const mcpar *mc, const struct mcpar__said *said)
{
    struct text names = { letter->names, sizeof letter->names, 0 };

    *letter = (struct letter){ .said = *said, .seed_from = (uint64_t)mc->settings.origin[MCPAR__SEED],
                               .stream_from = (uint64_t)mc->settings.origin[MCPAR__STREAM] };
    (void)snprintf(letter->tag, sizeof letter->tag, "%.*s", (int)sizeof letter->tag - 1, mc->settings.in_force.tag);
    for (size_t k = 0; k < mc->schema.observables && names.n + 1 < names.room; k++)
        add(&names, "%s%s", k ? ", " : "", mc->schema.name[k]);
}

/* All ranks get what rank `writer` said. */
static int pass_on(mcpar *mc, int writer, const struct mcpar__said *said, struct letter *letter)
{
    int64_t limb[LIMBS] = { 0 };
    int err;

    if (mc->rank == writer) {
        write_letter(letter, mc, said);
        memcpy(limb, letter, sizeof limb);
    }
    err = mc->comm->add(mc->ranks, limb, LIMBS);
    memcpy(letter, limb, sizeof limb);
    letter->tag[sizeof letter->tag - 1] = letter->names[sizeof letter->names - 1] = 0;
    return err;
}

static int exchange(mcpar *mc, const struct mcpar__said *said, struct letter letter[2], int *other)
{
    struct mcpar__agreement a = { { 0 }, { 0 } };
    int err = pass_on(mc, 0, said, &letter[0]);

    a.min[0] = memcmp(said, &letter[0].said, sizeof *said) ? (uint64_t)mc->rank : UINT64_MAX;
    if (!err)
        err = mc->comm->agree(mc->ranks, &a);
    if (err || a.min[0] >= (uint64_t)mc->size)
        return MCPAR_ERR_COMM;
    *other = (int)a.min[0];
    return pass_on(mc, *other, said, &letter[1]);
}

/* ---- In words ---- */

static const char *name_of(const struct mcpar__said *said)
{
    static const char *const names[] = { [MCPAR__INIT] = "mcpar_init",      [MCPAR__SAMPLE] = "mcpar_sample",
                                         [MCPAR__REDUCE] = "mcpar_reduce",  [MCPAR__RESET] = "mcpar_reset",
                                         [MCPAR__FINALIZE] = "mcpar_finalize", [MCPAR__SAVE] = "mcpar_save",
                                         [MCPAR__MERGE] = "mcpar_merge",    [MCPAR__UNPACK] = "mcpar_unpack",
                                         [MCPAR__OPEN] = "mcpar_open",
                                         [MCPAR__CHECKPOINT] = "a call that reads or writes the checkpoint",
                                         [MCPAR__VERIFY] = "mcpar_verify",
                                         [MCPAR__RUN] = "mcpar_run",
                                         [MCPAR__LOOK] = "a look of mcpar_run",
                                         [MCPAR__ROUND] = "a round of mcpar_sample" };

    if (said->call == MCPAR__SAMPLE && said->block)
        return "mcpar_sample_block";
    if (said->call == MCPAR__VERIFY && said->block)
        return "mcpar_verify_block";
    if (said->call == MCPAR__RUN && said->block)
        return "mcpar_run_block";
    return said->call >= MCPAR__INIT && said->call <= MCPAR__ROUND ? names[said->call] : "another call";
}

/* Adds ", NAME = NUMBER" if the number differs from the other rank's, or `anyway`. */
static void number(struct text *text, const char *name, uint64_t mine, uint64_t others, int anyway)
{
    if (mine != others || anyway)
        add(text, ", %s = %llu", name, (unsigned long long)mine);
}

static const char *from(uint64_t origin, const char *variable)
{
    if (origin == MCPAR_ORIGIN_ENVIRONMENT)
        return variable;
    return origin == MCPAR_ORIGIN_PROGRAM ? "the program" : "the default";
}

/* Adds what this rank said, where the other rank said something else. */
static void tell(struct text *text, int rank, const struct letter *letter, const struct letter *other)
{
    const struct mcpar__said *m = &letter->said, *o = &other->said;
    int other_call = strcmp(name_of(m), name_of(o)) != 0;
    int other_names = m->schema != o->schema && strcmp(letter->names, other->names) != 0;
    size_t start;

    add(text, "rank %d: ", rank);
    start = text->n;
    if (rank == 0 || other_call)
        add(text, "%s", name_of(m));
    if (m->call == MCPAR__SAMPLE || m->call == MCPAR__VERIFY || m->call == MCPAR__ROUND)
        number(text, "n", m->n, o->n, other_call);
    if (m->goal != o->goal && !other_call)
        add(text, ", %s goal", rank ? "another" : "its");
    if (m->seed != o->seed && !other_call)
        add(text, ", seed = %llu (%s)", (unsigned long long)m->seed, from(letter->seed_from, "MCPAR_SEED"));
    if (m->stream != o->stream && m->call == MCPAR__INIT && !other_call)
        add(text, ", stream = %llu (%s)", (unsigned long long)m->stream, from(letter->stream_from, "MCPAR_STREAM"));
    else if (!other_call)
        number(text, "stream", m->stream, o->stream, 0);
    if (m->confidence != o->confidence && !other_call) {
        double confidence;

        memcpy(&confidence, &m->confidence, sizeof confidence);
        add(text, ", confidence = %.15g", confidence);
    }
    if (m->tag != o->tag && !other_call)
        add(text, ", tag = \"%s\"", letter->tag);
    if (m->checkpoint != o->checkpoint && !other_call)
        add(text, ", %s checkpoint or checkpoint_seconds", rank ? "another" : "its");
    if (m->part != o->part && !other_call)
        add(text, ", part %llu of %llu", (unsigned long long)(uint32_t)m->part, (unsigned long long)(m->part >> 32));
    if (!other_call) {
        number(text, "version", m->version, o->version, 0);
        number(text, "trials held", m->held, o->held, 0);
        if (m->ledger != o->ledger && m->held == o->held)
            add(text, ", %s trials held", rank ? "other" : "its");
        number(text, "trials asked for before", m->asked, o->asked, 0);
        number(text, "observables", m->observables, o->observables, other_names);
        if (other_names)
            add(text, m->observables ? " (%s)" : "%s", letter->names);
        else if (m->schema != o->schema && m->pairs == o->pairs)
            add(text, ", %s observables or pairs", rank ? "other" : "its");
        number(text, "pairs", m->pairs, o->pairs, 0);
    }
    if (text->n > start + 1 && text->at[start] == ',') {   /* no call was named, so no comma either */
        memmove(text->at + start, text->at + start + 2, text->n - start - 1);
        text->n -= 2;
    }
}

/* Whether the value comes from the environment on exactly one of the two ranks. */
static bool by_variable(uint64_t from, uint64_t others)
{
    return (from == MCPAR_ORIGIN_ENVIRONMENT) != (others == MCPAR_ORIGIN_ENVIRONMENT);
}

/* Adds the most likely cause. */
static void advise(struct text *text, const struct letter letter[2])
{
    const struct mcpar__said *a = &letter[0].said, *b = &letter[1].said;
    const char *variable = NULL;

    if (a->call != b->call)
        return;
    if (a->call == MCPAR__SAMPLE && a->n != b->n)
        add(text, " (n is the number of trials of all ranks together)");
    if (a->call != MCPAR__INIT)
        return;
    if (a->seed != b->seed && by_variable(letter[0].seed_from, letter[1].seed_from))
        variable = "MCPAR_SEED";
    else if (a->stream != b->stream && by_variable(letter[0].stream_from, letter[1].stream_from))
        variable = "MCPAR_STREAM";
    if (variable)
        add(text, " (%s may not reach all nodes: see -x of Open MPI's mpirun, -genv of MPICH's, --export of srun)",
            variable);
}

int mcpar__mismatch(mcpar *mc, const struct mcpar__said *said)
{
    char words[MCPAR__TEXT];
    struct text text = { words, sizeof words, 0 };
    struct letter letter[2] = { { .seed_from = 0 }, { .seed_from = 0 } };
    mcpar__fpenv host;
    int other;

    if (exchange(mc, said, letter, &other))
        return mcpar__fail(&mc->report, MCPAR_ERR_MISMATCH, "this rank called %s", name_of(said));
    host = mcpar__fpenv_enter();           /* tell prints a confidence level */
    tell(&text, 0, &letter[0], &letter[1]);
    add(&text, "; ");
    tell(&text, other, &letter[1], &letter[0]);
    advise(&text, letter);
    mcpar__fpenv_leave(host);
    return mcpar__fail(&mc->report, MCPAR_ERR_MISMATCH, "%s", words);
}
