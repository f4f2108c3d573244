/* SPDX-License-Identifier: BSD-3-Clause */
/* save.c - the combined result as a file or bytes, and results from files or bytes added to a handle */
#include "run/checkpoint.h"
#include "run/combine.h"
#include "run/store.h"
#include <stdlib.h>
#include <string.h>

/* The rank that writes. Results of other problems that are in the file stay there. */
static void write_result(mcpar *mc, const char *path)
{
    struct mcpar__saved saved = mcpar__as_saved(mc, &mc->all);
    struct mcpar__store *store;

    if (mcpar__store_open(&store, path, &mc->report))
        return;
    if (!mcpar__store_put(store, &saved, &mc->report))
        (void)mcpar__store_write(store, &mc->report);
    mcpar__store_close(store, NULL);
}

int mcpar_save(mcpar *mc, const char *path)
{
    int err = mcpar__begin(mc);
    struct mcpar__said said;

    if (err)
        return err;
    if (!mcpar__store_path(path, &mc->report))
        (void)mcpar__need_combined(mc);
    err = mcpar__checkpoint_adopt(mc);
    if (err)
        return mcpar__end(mc, err);
    said = mcpar__say(mc, MCPAR__SAVE);
    err = mcpar__agree(mc, &said, NULL);
    if (!err && mc->rank == 0)
        write_result(mc, path);
    if (!err)
        err = mcpar__agree(mc, &said, NULL);
    return mcpar__end(mc, err);
}

int mcpar_pack(mcpar *mc, void *bytes, size_t room, size_t *n)
{
    struct mcpar__saved saved;
    struct mcpar__file file = { &saved, 1, 1 };
    uint8_t *packed = NULL;
    size_t size = 0;
    int err = mcpar__begin(mc);

    if (err)
        return err;
    if (!n || (room > 0 && !bytes))
        err = mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "%s is NULL", n ? "bytes" : "n");
    else
        err = mcpar__need_combined(mc);
    if (!err) {
        saved = mcpar__as_saved(mc, &mc->all);
        err = mcpar__file_write(&file, &packed, &size, &mc->report);
    }
    if (!err) {
        *n = size;
        if (room > 0 && room < size)
            err = mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "room is %zu, and %zu bytes are needed", room, size);
        else if (room > 0)
            memcpy(bytes, packed, size);
    }
    free(packed);
    return mcpar__end(mc, err);
}

/* The rest of a call that adds a result: rank 0 has picked it, or failed. */
static int add(mcpar *mc, enum mcpar__call call, struct mcpar__saved *saved, const char *source)
{
    struct mcpar__said said = mcpar__say(mc, call);
    bool there = mc->rank == 0;
    int err = mcpar__share_saved(mc, &said, saved, &there);

    if (err) {
        mcpar__saved_close(saved);
        return err;
    }
    return mcpar__merge(mc, saved, source);
}

int mcpar_merge(mcpar *mc, const char *path)
{
    struct mcpar__saved saved = { .merges = 0 };
    struct mcpar__file file = { 0 };
    int err = mcpar__begin_result(mc);

    if (err)
        return err;
    if (!mcpar__store_path(path, &mc->report) && mc->rank == 0 && !mcpar__store_read(path, &file, &mc->report))
        (void)mcpar__pick(mc, &file, path, &saved);
    mcpar__file_close(&file);
    return mcpar__end(mc, add(mc, MCPAR__MERGE, &saved, path));
}

int mcpar_unpack(mcpar *mc, const void *bytes, size_t n)
{
    struct mcpar__saved saved = { .merges = 0 };
    struct mcpar__file file = { 0 };
    int err = mcpar__begin_result(mc);

    if (err)
        return err;
    if (mc->rank == 0) {
        if (!bytes)
            (void)mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "bytes is NULL");
        else if (!mcpar__file_read(&file, bytes, n, &mc->report))
            (void)mcpar__pick(mc, &file, "the packed result", &saved);
        mcpar__file_close(&file);
    }
    return mcpar__end(mc, add(mc, MCPAR__UNPACK, &saved, "the packed result"));
}

int mcpar_range(mcpar *mc, size_t index, uint64_t *first, uint64_t *n)
{
    int err = mcpar__begin(mc);

    if (err)
        return err;
    if (!first || !n)
        err = mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "%s is NULL", first ? "n" : "first");
    else
        err = mcpar__need_combined(mc);
    if (!err && index >= mc->held.n)
        err = mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "index is %zu, but there are %zu ranges", index, mc->held.n);
    if (!err) {
        *first = mc->held.range[index].first;
        *n = mc->held.range[index].n;
    }
    return mcpar__end(mc, err);
}

int mcpar_set_tag(mcpar *mc, const char *tag)
{
    int err = mcpar__begin(mc);

    if (err)
        return err;
    err = mcpar__need_empty(mc);
    if (!err && mc->checkpoint.on && (!tag || !*tag))
        err = mcpar__fail(&mc->report, MCPAR_ERR_ARGUMENT, "a checkpoint needs a tag that names the problem");
    else if (!err)
        err = mcpar__settings_tag(&mc->settings, tag, MCPAR_ERR_ARGUMENT, &mc->report);
    if (!err) {
        mc->tag_hash = mcpar__text_hash(mc->settings.in_force.tag);
        mc->combined = 0;
        mc->checkpoint.adopted = false;    /* that was another result */
    }
    return mcpar__end(mc, err);
}
