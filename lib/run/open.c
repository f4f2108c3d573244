/* SPDX-License-Identifier: BSD-3-Clause */
/* open.c - a handle is made from a result that was saved */
#include "run/combine.h"
#include <stdio.h>
#include <string.h>

/* Which of the options that identify a result the program has set; the environment is not asked. */
static bool is_set(const mcpar *mc, enum mcpar__option option)
{
    return mc->settings.origin[option] == MCPAR_ORIGIN_PROGRAM;
}

static bool fits(const mcpar *mc, const struct mcpar__saved *saved)
{
    const mcpar_options *o = &mc->settings.in_force;

    return (!is_set(mc, MCPAR__SEED) || saved->lineage.seed == o->seed) &&
           (!is_set(mc, MCPAR__STREAM) || saved->lineage.stream == o->stream) &&
           (!is_set(mc, MCPAR__TAG) || !strcmp(saved->lineage.tag, o->tag));
}

/* The first few results, in words. */
static void list(char text[512], const struct mcpar__file *file)
{
    size_t n = 0;

    text[0] = 0;
    for (size_t i = 0; i < file->n && n < 400; i++) {
        const struct mcpar__lineage *l = &file->saved[i].lineage;

        n += (size_t)snprintf(text + n, 512 - n, "%sseed %llu, stream %lu, tag \"%.40s\"", i ? "; " : "",
                              (unsigned long long)l->seed, (unsigned long)l->stream, l->tag);
        if (i + 1 < file->n && n >= 400)
            (void)snprintf(text + n, 512 - n, "; ...");
    }
}

int mcpar__choose(mcpar *mc, struct mcpar__file *file, const char *source, size_t index, struct mcpar__saved *saved)
{
    size_t found = 0, at = file->n;
    char text[512];

    for (size_t i = 0; i < file->n; i++)
        if (fits(mc, &file->saved[i])) {
            if (found == index || (index == SIZE_MAX && found == 0))
                at = i;
            found++;
        }
    list(text, file);
    if (found == 0)
        return mcpar__fail(&mc->report, MCPAR_ERR_LINEAGE, "%.200s has no result that fits the program's options; it has %s",
                           source, file->n ? text : "none at all");
    if (index == SIZE_MAX && found > 1)
        return mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "%.200s has several results that fit: choose one by options or "
                           "by its index: %s", source, text);
    if (at == file->n)
        return mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "index is %zu, and %.200s has %zu results that fit", index, source,
                           found);
    mcpar__saved_move(saved, &file->saved[at]);
    return 0;
}

/* Options and observables as the result has them. */
static void take_lineage(mcpar *mc, const struct mcpar__saved *saved)
{
    static const enum mcpar__option options[] = { MCPAR__SEED, MCPAR__STREAM, MCPAR__TAG };
    struct mcpar__schema schema = { 0 }, before = mc->schema;

    mc->settings.in_force.seed = saved->lineage.seed;
    mc->settings.in_force.stream = saved->lineage.stream;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (!is_set(mc, options[i]))
            mc->settings.origin[options[i]] = MCPAR_ORIGIN_FILE;
    if (mcpar__settings_tag(&mc->settings, saved->lineage.tag, MCPAR_ERR_OPTION, &mc->report))
        return;
    if (mcpar__schema_copy(&schema, &saved->schema))
        (void)mcpar__fail(&mc->report, MCPAR_ERR_MEMORY, "for the names of observables");
    else if (!mcpar__install(mc, &schema))
        schema = before;                   /* empty */
    mcpar__schema_close(&schema);
}

int mcpar__become(mcpar *mc, struct mcpar__saved *saved, const char *source, int (*agree)(mcpar *mc))
{
    const struct mcpar__said said = { .call = MCPAR__OPEN };
    bool there = mc->rank == 0;
    int err = mcpar__share_saved(mc, &said, saved, &there);

    if (!err) {
        if (!fits(mc, saved))              /* it fits those of rank 0 */
            (void)mcpar__fail(&mc->report, MCPAR_ERR_LINEAGE, "the options of this rank do not fit the result "
                              "that rank 0 has chosen");
        take_lineage(mc, saved);
        if (mcpar__ledger_reserve(&mc->wanted, 1))
            (void)mcpar__fail(&mc->report, MCPAR_ERR_MEMORY, "for the list of trials asked for");
        err = agree(mc);
    }
    if (err) {
        mcpar__saved_close(saved);
        return err;
    }
    err = mcpar__absorb(mc, saved, source);
    if (err)
        return err;
    mcpar__ask(mc, mcpar__ledger_end(&mc->held));
    return 0;
}
