/* SPDX-License-Identifier: BSD-3-Clause */
/* init.c - makes and ends a handle, and chooses its communicator and its pool */
#include "base/bits.h"
#include "base/hash.h"
#include "run/agree.h"
#include "run/checkpoint.h"
#include "run/combine.h"
#include "run/store.h"
#include <stdlib.h>
#include <string.h>

/* ---- Who takes part ---- */

/* Starts MPI for a program that called mcpar_init, unless the program is linked to MPI and must start it itself. */
static int open_world(mcpar *mc, uint64_t launched, char *why, size_t room)
{
    enum mcpar__host_mpi host = mcpar__host_mpi();
    int err;

    if (host == MCPAR__MPI_LINKED)
        return mcpar__fail(&mc->report, MCPAR_ERR_MPI_STATE,
                           "this program is linked to MPI but has not started it: call MPI_Init first%s",
                           launched ? " (the launcher says more than one process)" : "");
    if (host == MCPAR__MPI_FINALIZED)
        return mcpar__fail(&mc->report, MCPAR_ERR_MPI_STATE, "MPI has been finalized in this process");
    err = mcpar__comm_load(&mc->comm, why, room);
    if (!err)
        err = mc->comm->open(&mc->ranks, NULL, launched, why, room);
    return err ? mcpar__fail(&mc->report, err, "%s", why) : 0;
}

static int open_ranks(mcpar *mc, const struct mcpar_comm_table *table, const void *host)
{
    int wanted = mc->settings.in_force.comm;
    const char *variable = NULL;
    uint64_t launched = mcpar__launched(), strangers = launched ? 0 : mcpar__strangers(&variable);
    char why[MCPAR__TEXT - 64] = "";       /* follows the text of its code */
    int err = 0;

    if (table) {
        if (wanted == MCPAR_COMM_SELF)     /* continues, because the other ranks must hear of it */
            (void)mcpar__fail(&mc->report, MCPAR_ERR_OPTION, "comm is self, but a communicator was given");
        mc->comm = table;
        if (table->abi != MCPAR__COMM_ABI)
            err = mcpar__fail(&mc->report, MCPAR_ERR_MPI_LIBRARY, "libmcpar_mpi has ABI %lu, libmcpar needs %d",
                              (unsigned long)table->abi, MCPAR__COMM_ABI);
        else if ((err = table->open(&mc->ranks, host, 0, why, sizeof why)))
            err = mcpar__fail(&mc->report, err, "%s", why);
    } else if (wanted != MCPAR_COMM_SELF && strangers) {
        err = mcpar__fail(&mc->report, MCPAR_ERR_LAUNCHER,
                          "%s says %llu tasks, but they were started without a PMI, which MPI needs to connect "
                          "them: each would run a full copy. Start them with srun --mpi=pmix (see srun --mpi=list) "
                          "or mpirun, or set MCPAR_COMM=self to run independent copies",
                          variable, (unsigned long long)strangers);
    } else if (wanted == MCPAR_COMM_MPI || (wanted == MCPAR_COMM_AUTO && launched > 1)) {
        err = open_world(mc, launched, why, sizeof why);
    } else {
        mc->comm = &mcpar__comm_self;
        err = mc->comm->open(&mc->ranks, NULL, 0, why, sizeof why);
    }
    if (err) {
        mc->comm = NULL;
        mc->ranks = NULL;
        return err;
    }
    mc->rank = mc->comm->rank(mc->ranks);
    mc->size = mc->comm->size(mc->ranks);
    if (table && mc->size == 1 && strangers)
        mcpar__note(&mc->report,
                    "%s says %llu tasks, but the communicator has one rank: they were started without a PMI", variable,
                    (unsigned long long)strangers);
    mc->speed = 1;
    mc->total = (uint64_t)mc->size;
    return 0;
}

/* ---- Where trials run ---- */

/* Forking after MPI_Init is unsafe if memory is registered with a network card. So under MPI, only a single process
 * whose program asks for the fork pool by name forks. */
static void choose_pool(mcpar *mc)
{
    int wanted = mc->settings.in_force.pool, started = mc->size > 1 || mcpar__host_mpi() == MCPAR__MPI_STARTED, err;
    char why[MCPAR__TEXT - 64] = "";

    mc->pool = wanted == MCPAR_POOL_SERIAL || (wanted == MCPAR_POOL_AUTO && started) ? &mcpar__pool_serial
               : wanted == MCPAR_POOL_THREADS                                         ? &mcpar__pool_threads
                                                                                      : &mcpar__pool_fork;
    mc->pool_auto = wanted == MCPAR_POOL_AUTO;
    mc->workers = mc->pool == &mcpar__pool_serial ? 1 : mc->settings.in_force.workers;
    if (wanted == MCPAR_POOL_FORK && mc->size > 1) {
        mcpar__fail(&mc->report, MCPAR_ERR_POOL,
                    "pool fork under MPI with %d ranks: forking after MPI_Init is unsafe; leave the pool on auto and "
                    "start one rank per CPU, or set MCPAR_COMM=self for independent runs",
                    mc->size);
    } else if (wanted == MCPAR_POOL_THREADS && (err = mc->comm->threads(mc->ranks, why, sizeof why))) {
        mcpar__fail(&mc->report, err, "pool threads: %s", why);
    } else if (wanted == MCPAR_POOL_AUTO && started && mc->size == 1) {
        mcpar__note(&mc->report, "MPI has been started in this process: pool serial; MCPAR_POOL=fork forks anyway");
    } else if (mc->pool != &mcpar__pool_serial && mc->workers > mc->settings.cpus.count) {
        mcpar__note(&mc->report, "%d workers on %d CPUs", mc->workers, mc->settings.cpus.count);
    } else if (mc->pool != &mcpar__pool_serial && mc->settings.cpus.others &&
               mc->settings.origin[MCPAR__WORKERS] == MCPAR_ORIGIN_DEFAULT) {
        mcpar__note(&mc->report,
                    "1 worker: this thread is bound to one of %d CPUs (by taskset, by OMP_PROC_BIND, or by mpirun: see "
                    "its --bind-to none)", mc->settings.cpus.others + 1);
    }
    mc->settings.in_force.pool = mc->pool == &mcpar__pool_serial    ? MCPAR_POOL_SERIAL
                                 : mc->pool == &mcpar__pool_threads ? MCPAR_POOL_THREADS
                                                                    : MCPAR_POOL_FORK;
    mc->settings.in_force.comm = mc->comm == &mcpar__comm_self ? MCPAR_COMM_SELF : MCPAR_COMM_MPI;
}

/* ---- Init and finalize ---- */

static int agree_on_options(mcpar *mc)
{
    const mcpar_options *o = &mc->settings.in_force;
    struct mcpar__said said = { .call = MCPAR__INIT, .version = MCPAR_VERSION_NUMBER, .seed = o->seed,
                                .stream = o->stream, .confidence = mcpar__bits_of(o->confidence),
                                .part = (uint64_t)(uint32_t)o->parts << 32 | (uint32_t)o->part };

    if (*o->checkpoint)
        said.checkpoint = mcpar__mix(mcpar__text_hash(o->checkpoint), mcpar__bits_of(o->checkpoint_seconds));
    said.tag = mc->tag_hash = mcpar__text_hash(o->tag);
    return mcpar__agree(mc, &said, NULL);
}

struct source {                            /* what a handle is made from; all zero: nothing */
    const struct mcpar_comm_table *table;  /* the program's own communicator, */
    const void *comm;
    bool opens;                            /* or a file */
    const char *path;
    size_t index;                          /* of a result in it */
};

static void open_result(mcpar *mc, const struct source *from)
{
    struct mcpar__saved saved = { .merges = 0 };
    struct mcpar__file file = { 0 };

    if (!mcpar__store_path(from->path, &mc->report) && mc->settings.origin[MCPAR__CHECKPOINT_FILE] == MCPAR_ORIGIN_PROGRAM && *mc->settings.in_force.checkpoint)
        (void)mcpar__fail(&mc->report, MCPAR_ERR_OPTION, "mcpar_open takes no checkpoint: to go on with a checkpoint, make the "
                          "handle with mcpar_init");
    else if (mc->rank == 0 && !mc->report.code && !mcpar__store_read(from->path, &file, &mc->report))
        (void)mcpar__choose(mc, &file, from->path, from->index, &saved);
    mcpar__file_close(&file);
    mc->settings.in_force.checkpoint = "";                 /* nor one of the environment */
    (void)mcpar__become(mc, &saved, from->path, agree_on_options);
}

/* Sets up the handle. A rank that has failed already still takes part in the agreement, so that the others learn of
 * it. */
static int furnish(mcpar *mc, const struct source *from, const mcpar_options *options)
{
    mcpar__fork_guard_open(&mc->guard);
    mc->size = 1;
    mc->schema_hash = mcpar__schema_hash(&mc->schema);
    (void)mcpar__settings_open(&mc->settings, options, from->table != NULL, &mc->report);
    mc->stop.at_ns = UINT64_MAX;
    mc->mine.schema = mc->all.schema = &mc->schema;
    if (open_ranks(mc, from->table, from->comm) == 0 || mc->comm) {
        choose_pool(mc);
        if (from->opens) {
            open_result(mc, from);
        } else {
            mcpar__checkpoint_open(mc);
            (void)agree_on_options(mc);
        }
    }
    mc->broken = mc->report.code;
    if (mc->broken)
        mcpar__checkpoint_close(mc);       /* others can have the file */
    mc->stop.at_ns = mcpar__limit_ns(&mc->settings.in_force);      /* starting MPI may have taken seconds */
    return mc->broken;
}

static void dismantle(mcpar *mc)
{
    mcpar__checkpoint_close(mc);
    if (mc->comm)
        mc->comm->close(mc->ranks);
    mcpar__ledger_close(&mc->wanted);
    mcpar__ledger_close(&mc->held);
    free(mc->merged.print);
    mcpar__tally_close(&mc->mine);
    mcpar__tally_close(&mc->all);
    mcpar__schema_close(&mc->schema);
    mcpar__settings_close(&mc->settings);
    mcpar__fork_guard_close(&mc->guard);
}

/* This rank cannot return a handle, but the others are about to make the collective calls of an init. So it takes part
 * with a static spare handle, which one thread at a time can use. */
static int fail_with_all(int code, const char *why, const struct source *from, const mcpar_options *options)
{
    static struct mcpar spare;
    static atomic_int taken;

    if (atomic_exchange(&taken, 1))
        return code;
    memset(&spare, 0, sizeof spare);
    (void)mcpar__fail(&spare.report, code, "%s", why);
    (void)furnish(&spare, from, options);
    dismantle(&spare);
    atomic_store(&taken, 0);
    return code;
}

static int init(mcpar **out, const struct source *from, const mcpar_options *options)
{
    if (!out)
        return fail_with_all(MCPAR_ERR_ARGUMENT, "the address of the handle is NULL", from, options);
    *out = calloc(1, sizeof **out);
    return *out ? furnish(*out, from, options) : fail_with_all(MCPAR_ERR_MEMORY, "for the handle", from, options);
}

int mcpar_init(mcpar **mc, const mcpar_options *options)
{
    return init(mc, &(struct source){ .table = NULL }, options);
}

int mcpar_open(mcpar **mc, const char *path, size_t index, const mcpar_options *options)
{
    return init(mc, &(struct source){ .opens = true, .path = path, .index = index }, options);
}

int mcpar_init_comm(mcpar **mc, const struct mcpar_comm_table *table, const void *comm, const mcpar_options *options)
{
    if (mc)
        *mc = NULL;
    return table && comm ? init(mc, &(struct source){ .table = table, .comm = comm }, options) : MCPAR_ERR_ARGUMENT;
}

int mcpar_finalize(mcpar **handle)
{
    mcpar *mc = handle ? *handle : NULL;
    int err;

    if (!handle)
        return MCPAR_ERR_ARGUMENT;
    if (!mc)
        return MCPAR_OK;
    err = mcpar__begin(mc);
    if (err == MCPAR_ERR_BUSY || (err == MCPAR_ERR_FORKED && atomic_load(&mc->busy)))
        return err;                        /* in use by its own trial (also in a worker) or another thread */
    if (err == 0) {
        err = mcpar__agree(mc, &(struct mcpar__said){ .call = MCPAR__FINALIZE }, NULL);
        if (err == 0)
            err = mcpar__checkpoint_end(mc);
    } else if (err == mc->broken) {
        err = 0;
    }
    dismantle(mc);
    free(mc);
    *handle = NULL;
    return err;
}
