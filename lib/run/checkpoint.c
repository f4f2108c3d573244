/* SPDX-License-Identifier: BSD-3-Clause */
/* checkpoint.c - the option checkpoint: reads the file at the start, writes it by the clock */
#include "base/clock.h"
#include "run/checkpoint.h"
#include "run/combine.h"
#include "run/store.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- The name of the file ---- */

enum { PATH = 4096 };

struct name {
    char text[PATH];
    size_t n;
    bool part, bad;
};

static void add(struct name *name, char c)
{
    if (name->n + 1 < PATH)
        name->text[name->n++] = c;
    else
        name->bad = true;
    name->text[name->n] = 0;
}

static void add_text(struct name *name, const char *text)
{
    for (; *text; text++)
        add(name, *text == '/' ? '_' : *text);             /* of a tag */
}

static void add_number(struct name *name, unsigned long number)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%lu", number);
    add_text(name, text);
}

/* %k the part, %t the tag, %r the rank that the launcher gave, %% a percent sign. */
static void expand(struct name *name, const mcpar *mc)
{
    const mcpar_options *o = &mc->settings.in_force;

    *name = (struct name){ .n = 0 };
    for (const char *c = o->checkpoint; *c; c++) {
        if (*c != '%') {
            add(name, *c);
            continue;
        }
        c++;
        if (*c == 'k')
            add_number(name, (unsigned long)o->part);
        else if (*c == 't')
            add_text(name, o->tag);
        else if (*c == 'r')
            add_number(name, (unsigned long)mcpar__launched_rank());
        else if (*c == '%')
            add(name, '%');
        else
            name->bad = true;
        name->part |= *c == 'k';
        if (!*c)
            break;
    }
    if (o->parts > 1 && !name->part) {
        add(name, '.');
        add_number(name, (unsigned long)o->part);
        add(name, '-');
        add_number(name, (unsigned long)o->parts);
    }
}

/* ---- At init and finalize ---- */

void mcpar__checkpoint_open(mcpar *mc)
{
    const mcpar_options *o = &mc->settings.in_force;
    struct name name;

    if (o->parts > 1 && !*o->checkpoint)
        mcpar__note(&mc->report, "this is part %d of %d (from 0): without a checkpoint, save its result with mcpar_save",
                    o->part, o->parts);
    mc->checkpoint.on = *o->checkpoint != 0;
    if (!mc->checkpoint.on || mc->report.code)
        return;
    mc->checkpoint.every_ns = mcpar__nanoseconds_of(&o->checkpoint_seconds);
    mc->checkpoint.next_ns = mcpar__nanoseconds() + mc->checkpoint.every_ns;
    expand(&name, mc);
    if (!*o->tag)
        (void)mcpar__fail(&mc->report, MCPAR_ERR_OPTION, "a checkpoint (%.200s) needs a tag that names the problem: the "
                          "library does not know the trial function or its argument", o->checkpoint);
    else if (name.bad)
        (void)mcpar__fail(&mc->report, MCPAR_ERR_OPTION, "checkpoint is \"%.200s\": after %% there must be k, t, r or %%, "
                          "and the name must be shorter than %d bytes", o->checkpoint, PATH);
    else if (mc->rank == 0)
        (void)mcpar__store_open(&mc->checkpoint.store, name.text, &mc->report);
}

/* ---- Reading ---- */

static void note_others(mcpar *mc, const struct mcpar__saved *mine)
{
    const mcpar_options *o = &mc->settings.in_force;
    struct mcpar__other other;

    mcpar__store_other(mc->checkpoint.store, &mine->lineage, &other);
    if (!other.there)
        return;
    if (other.tag_differs)
        mcpar__note(&mc->report, "the checkpoint has no result of tag \"%.60s\" (it has one of tag \"%.60s\"): a new one",
                    o->tag, other.tag);
    else if (other.seed_differs)
        mcpar__note(&mc->report, "the checkpoint has no result of seed %llu (it has one of seed %llu): a new one",
                    (unsigned long long)o->seed, (unsigned long long)other.seed);
    else if (!other.stream_differs)
        mcpar__note(&mc->report, "the checkpoint has a result of other observables or pairs: a new one beside it");
}

static int adopt(mcpar *mc)
{
    const struct mcpar__said said = mcpar__say(mc, MCPAR__CHECKPOINT);
    struct mcpar__saved saved = { .merges = 0 }, mine = mcpar__as_saved(mc, &mc->mine);
    bool there = false;
    int err;

    mc->checkpoint.goals = 0;
    if (mc->rank == 0 && !mcpar__store_claim(mc->checkpoint.store, mc, &mine, &saved, &there, &mc->report) && !there)
        note_others(mc, &mine);
    err = mcpar__share_saved(mc, &said, &saved, &there);
    if (err || !there) {
        mcpar__saved_close(&saved);
        return err;
    }
    err = mcpar__absorb(mc, &saved, "the checkpoint");
    if (err)
        return err;
    mc->merged.known = mc->merged.n;
    mc->checkpoint.goals = mc->stopping.n;
    mc->unsaved = false;
    if (mc->rank == 0)
        mcpar__store_use(mc->checkpoint.store, &mine);
    return 0;
}

int mcpar__checkpoint_adopt(mcpar *mc)
{
    int err;

    if (!mc->checkpoint.on || mc->checkpoint.adopted)
        return 0;
    err = adopt(mc);
    mc->checkpoint.adopted = !err;
    return err;
}

int mcpar__begin_result(mcpar *mc)
{
    int err = mcpar__begin(mc);

    if (err)
        return err;
    err = mcpar__checkpoint_adopt(mc);
    return err ? mcpar__end(mc, err) : 0;
}

/* ---- Writing ---- */

uint64_t mcpar__checkpoint_due(const mcpar *mc)
{
    return mc->checkpoint.store && mcpar__nanoseconds() >= mc->checkpoint.next_ns;
}

/* The code and message of the call, which is not to end with those of its checkpoint. */
struct call {
    int code;
    char text[MCPAR__TEXT];
};

static void put_by(struct call *call, struct mcpar__report *report)
{
    call->code = report->code;
    memcpy(call->text, report->text, sizeof call->text);
    report->code = 0;
}

static void put_back(const struct call *call, struct mcpar__report *report)
{
    report->code = call->code;
    memcpy(report->text, call->text, sizeof call->text);
}

void mcpar__checkpoint_keep(mcpar *mc)
{
    const struct mcpar__said said = mcpar__say(mc, MCPAR__CHECKPOINT);
    struct mcpar__tally all = { 0 };
    struct call call;
    int err;

    if (!mc->checkpoint.on || !mc->checkpoint.adopted || !mc->unsaved)
        return;
    put_by(&call, &mc->report);
    if (mcpar__tally_open(&all, &mc->schema))
        (void)mcpar__fail(&mc->report, MCPAR_ERR_MEMORY, "for the sums of the checkpoint");
    err = mcpar__combine(mc, MCPAR__CHECKPOINT, &all);
    if (!err && mc->rank == 0) {
        struct mcpar__saved saved = mcpar__as_saved(mc, &all);

        mc->checkpoint.kept |= !mcpar__store_put(mc->checkpoint.store, &saved, &mc->report);
    }
    if (!err)
        err = mc->size > 1 ? mcpar__agree(mc, &said, NULL) : mc->report.code;
    mc->unsaved = err != 0;                /* the same on all ranks */
    mc->checkpoint.code = err;
    if (err)
        mcpar__note(&mc->report, "the checkpoint could not take the result so far: %.150s", mc->report.text);
    mcpar__tally_close(&all);
    put_back(&call, &mc->report);
}

static void write_file(mcpar *mc)
{
    struct mcpar__report own = { 0 };

    if (!mc->checkpoint.store || !mc->checkpoint.kept)
        return;
    mc->checkpoint.code = mcpar__store_write(mc->checkpoint.store, &own);
    if (mc->checkpoint.code)
        mcpar__note(&mc->report, "the checkpoint could not be written and is tried again later: %.150s", own.text);
    else
        mc->checkpoint.kept = false;
    mc->checkpoint.next_ns = mcpar__nanoseconds() + mc->checkpoint.every_ns;
}

void mcpar__checkpoint_write(mcpar *mc)
{
    mcpar__checkpoint_keep(mc);
    write_file(mc);
}

int mcpar__checkpoint_settle(mcpar *mc, bool now)
{
    struct mcpar__said said = mcpar__say(mc, MCPAR__CHECKPOINT);
    struct mcpar__agreement a = { { 0 }, { 0 } };
    struct call call;
    int err;

    if (!mc->checkpoint.on)
        return 0;
    put_by(&call, &mc->report);            /* a trial that failed is no failure of this agreement */
    a.sum[MCPAR__SUM_DUE] = mcpar__checkpoint_due(mc);
    err = mc->size > 1 && !now ? mcpar__agree(mc, &said, &a) : 0;
    if (!err || call.code)
        put_back(&call, &mc->report);
    if (!err && (now || a.sum[MCPAR__SUM_DUE] > 0))
        mcpar__checkpoint_write(mc);
    return err;
}

int mcpar__checkpoint_end(mcpar *mc)
{
    mcpar__checkpoint_write(mc);
    mc->checkpoint.kept = false;           /* if that failed, it is told and not tried again */
    return mc->checkpoint.code;
}

void mcpar__checkpoint_close(mcpar *mc)
{
    if (mcpar__own(mc))
        write_file(mc);                    /* what earlier streams left, if the ranks could not end together */
    mcpar__store_close(mc->checkpoint.store, mc);
    mc->checkpoint.store = NULL;
}
