/* SPDX-License-Identifier: BSD-3-Clause */
/* store.c - result files that this process writes */
#include "base/disk.h"
#include "run/store.h"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATIENCE = 10 };                    /* seconds for a lock */

struct claim {
    struct mcpar__saved lineage;           /* only what identifies it */
    const void *owner;                     /* NULL: it has gone, or goes by another lineage now */
    bool used;                             /* it has taken the result, or put one */
};

struct mcpar__store {
    struct mcpar__store *next;
    pid_t process;                         /* whose it is: a child of it has only a copy */
    size_t users;
    char *path;                            /* as it was given, for messages, */
    char *place;                           /* and from the root: the host may change its folder */
    int lock;
    dev_t device;                          /* of the lock's file, by which paths are told to be the same */
    ino_t inode;
    struct mcpar__file file;
    struct claim *claim;
    size_t claims;
};

/* The stores of this process, so that its handles can share them. */
static struct {
    pthread_mutex_t mutex;
    struct mcpar__store *first;
    _Atomic uint64_t process;              /* whose they are: 2 * its number; 1 more: it is about to begin anew */
} stores = { PTHREAD_MUTEX_INITIALIZER, NULL, 0 };

/* In a child the list is its parent's, and a thread that the child does not have may have held the mutex at the fork.
 * So the first of its threads that comes here begins anew, and others wait for that. */
static void enter(void)
{
    const uint64_t here = 2 * (uint64_t)getpid();
    uint64_t process = atomic_load(&stores.process);

    while (process != here) {
        if (process == here + 1) {
            (void)sched_yield();
            process = atomic_load(&stores.process);
        } else if (atomic_compare_exchange_weak(&stores.process, &process, here + 1)) {
            stores.mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
            stores.first = NULL;
            atomic_store(&stores.process, here);
            process = here;
        }
    }
    (void)pthread_mutex_lock(&stores.mutex);
}

static void leave(void)
{
    (void)pthread_mutex_unlock(&stores.mutex);
}

/* Where the path leads now; NULL: no memory. If nobody can say where this is, it stays as it is. */
static char *from_root(const char *path)
{
    char folder[4096], *place;
    size_t n = *path != '/' && *path && getcwd(folder, sizeof folder) ? strlen(folder) : 0, more = strlen(path) + 1;

    if (n > 0)
        folder[n++] = '/';
    place = malloc(n + more);
    if (place) {
        memcpy(place, folder, n);
        memcpy(place + n, path, more);
    }
    return place;
}

int mcpar__store_path(const char *path, struct mcpar__report *report)
{
    return path && *path ? 0 : mcpar__fail(report, MCPAR_ERR_ARGUMENT, "path is %s", path ? "empty" : "NULL");
}

/* ---- Reading ---- */

/* A message without the text of its code, with which mcpar__fail begins another one. */
static const char *bare(const struct mcpar__report *report)
{
    return report->text + strlen(mcpar_strerror(report->code)) + strlen(": ");
}

/* *number: the errno, 0 if the file could be read. */
static int read_file(const char *path, const char *place, struct mcpar__file *file, int *number,
                     struct mcpar__report *report)
{
    struct mcpar__report own = { 0 };
    uint8_t *bytes;
    size_t n;
    int err;

    *number = mcpar__disk_read(place, &bytes, &n);
    if (*number)
        return mcpar__fail(report, *number == ENOMEM ? MCPAR_ERR_MEMORY : MCPAR_ERR_FILE, "%.400s cannot be read: %s",
                           path, strerror(*number));
    err = mcpar__file_read(file, bytes, n, &own);
    free(bytes);
    return err ? mcpar__fail(report, err, "%.400s: %s", path, bare(&own)) : 0;
}

int mcpar__store_read(const char *path, struct mcpar__file *file, struct mcpar__report *report)
{
    int number;

    return read_file(path, path, file, &number, report);
}

/* The damaged file gets another name: the next write would put it in the place of the good one before it. */
static int set_aside(const char *path, struct mcpar__report *report)
{
    char *file = NULL, *aside = NULL;
    int err = mcpar__disk_beside(path, "", &file);

    if (!err)
        err = mcpar__disk_beside(file, ".damaged", &aside);
    if (!err && rename(file, aside) < 0)
        err = errno;
    free(file);
    free(aside);
    if (err)
        return mcpar__fail(report, err == ENOMEM ? MCPAR_ERR_MEMORY : MCPAR_ERR_FILE,
                           "%.400s is damaged and cannot be renamed to .damaged: %s", path, strerror(err));
    return 0;
}

static const char *last_part(const char *name)
{
    const char *slash = strrchr(name, '/');

    return slash ? slash + 1 : name;
}

/* The file is missing or damaged: reads the one before it, if there is one. */
static int read_before(struct mcpar__store *store, bool missing, const char *damage, struct mcpar__report *report)
{
    struct mcpar__report own = { 0 };
    char *before;
    int number = mcpar__disk_beside(store->place, "~", &before), err;

    if (number)
        return mcpar__fail(report, number == ENOMEM ? MCPAR_ERR_MEMORY : MCPAR_ERR_FILE, "%.400s cannot be read: %s",
                           store->path, strerror(number));
    err = read_file(before, before, &store->file, &number, &own);
    if (err == MCPAR_ERR_MEMORY || (err == MCPAR_ERR_NEWER && missing) || (err == MCPAR_ERR_FILE && number != ENOENT)) {
        (void)mcpar__fail(report, err, "%s", bare(&own));
    } else if (err) {                      /* nothing to go on from: a new file, if there is none */
        err = missing ? 0 : mcpar__fail(report, MCPAR_ERR_FORMAT, "%s", damage);
    } else {
        err = missing ? 0 : set_aside(store->place, report);
        if (!err)
            mcpar__note(report, "%.100s is %s: went on from the generation before, %.60s", store->path,
                        missing ? "missing" : "damaged (now .damaged)", last_part(before));
    }
    free(before);
    return err;
}

/* The file, or the one before it if this one is missing or damaged. */
static int read_either(struct mcpar__store *store, struct mcpar__report *report)
{
    struct mcpar__report own = { 0 };
    int number, err = read_file(store->path, store->place, &store->file, &number, &own);

    if (err == MCPAR_ERR_FORMAT || number == ENOENT)
        return read_before(store, number == ENOENT, bare(&own), report);
    return err ? mcpar__fail(report, err, "%s", bare(&own)) : 0;
}

/* ---- Opening ---- */

static void destroy(struct mcpar__store *store)
{
    for (size_t i = 0; i < store->claims; i++)
        mcpar__saved_close(&store->claim[i].lineage);
    free(store->claim);
    mcpar__file_close(&store->file);
    mcpar__disk_unlock(store->lock);
    free(store->path);
    free(store->place);
    free(store);
}

/* The store of that file in this process; NULL: none. 0 or ENOMEM. */
static int find(const char *path, struct mcpar__store **out)
{
    struct stat about;
    char *name;
    struct mcpar__store *store = NULL;
    int err = mcpar__disk_beside(path, ".lock", &name);

    *out = NULL;
    if (err)
        return err == ENOMEM ? err : 0;    /* what else is wrong with the name is said by its use */
    if (stat(name, &about) == 0)
        for (store = stores.first; store; store = store->next)
            if (store->device == about.st_dev && store->inode == about.st_ino)
                break;
    free(name);
    *out = store;
    return 0;
}

static int make(struct mcpar__store **out, const char *path, struct mcpar__report *report)
{
    struct mcpar__store *store = calloc(1, sizeof *store);
    char holder[256] = "";
    struct stat about;
    int err;

    *out = NULL;
    if (!store)
        return mcpar__fail(report, MCPAR_ERR_MEMORY, "for the results of %.400s", path);
    store->lock = -1;
    store->process = getpid();
    store->path = strdup(path);
    store->place = from_root(path);
    err = store->path && store->place ? mcpar__disk_lock(path, PATIENCE, &store->lock, holder, sizeof holder) : ENOMEM;
    if (err == ENOLCK) {
        mcpar__note(report, "the file system of %.120s has no locks: only one process may write it at a time", path);
        err = 0;
    }
    if (!err && fstat(store->lock, &about) < 0)
        err = errno;
    if (err == EAGAIN) {
        err = mcpar__fail(report, MCPAR_ERR_FILE, "%.400s is being written by another process (%s)", path, holder);
    } else if (err) {
        err = mcpar__fail(report, err == ENOMEM ? MCPAR_ERR_MEMORY : MCPAR_ERR_FILE, "%.400s.lock cannot be locked: %s",
                          path, strerror(err));
    } else {
        store->device = about.st_dev;
        store->inode = about.st_ino;
        err = read_either(store, report);
    }
    if (err) {
        destroy(store);
        return err;
    }
    store->users = 1;
    store->next = stores.first;
    stores.first = store;
    *out = store;
    return 0;
}

int mcpar__store_open(struct mcpar__store **out, const char *path, struct mcpar__report *report)
{
    int err = 0;

    enter();
    if (find(path, out))
        err = mcpar__fail(report, MCPAR_ERR_MEMORY, "for the results of %.400s", path);
    else if (*out)
        (*out)->users++;
    else
        err = make(out, path, report);
    leave();
    return err;
}

void mcpar__store_close(struct mcpar__store *store, const void *owner)
{
    if (!store)
        return;
    if (store->process != getpid()) {      /* a copy in a child: it only closes the descriptor */
        if (store->users > 0 && --store->users == 0)
            (void)close(store->lock);      /* the lock stays its parent's */
        return;
    }
    enter();
    for (size_t i = 0; i < store->claims; i++)
        if (store->claim[i].owner == owner)
            store->claim[i].owner = NULL;
    if (--store->users == 0) {
        for (struct mcpar__store **at = &stores.first; *at; at = &(*at)->next)
            if (*at == store) {
                *at = store->next;
                break;
            }
        destroy(store);
    }
    leave();
}

int mcpar__store_lock(const struct mcpar__store *store)
{
    return store && store->lock > 0 ? store->lock : 0;
}

/* ---- Results ---- */

static int copy_found(struct mcpar__store *store, const struct mcpar__saved *lineage, struct mcpar__saved *copy, bool *there)
{
    size_t at = mcpar__file_find(&store->file, &lineage->lineage, &lineage->schema);

    *there = at < store->file.n;
    return *there ? mcpar__saved_copy(copy, &store->file.saved[at]) : 0;
}

static int add_claim(struct mcpar__store *store, const void *owner, const struct mcpar__saved *lineage)
{
    struct mcpar__saved bare = { .lineage = lineage->lineage, .schema = lineage->schema };
    struct claim *claim = realloc(store->claim, (store->claims + 1) * sizeof *claim);

    if (!claim)
        return MCPAR_ERR_MEMORY;
    for (size_t i = 0; i < store->claims; i++)
        claim[i].lineage.result.tally.schema = &claim[i].lineage.schema;
    store->claim = claim;
    if (mcpar__saved_copy(&claim[store->claims].lineage, &bare))
        return MCPAR_ERR_MEMORY;
    claim[store->claims].used = false;
    claim[store->claims++].owner = owner;
    return 0;
}

/* NULL: nobody has claimed it. */
static struct claim *find_claim(struct mcpar__store *store, const struct mcpar__saved *lineage)
{
    for (size_t i = 0; i < store->claims; i++)
        if (mcpar__saved_compare(&store->claim[i].lineage, lineage) == 0)
            return &store->claim[i];
    return NULL;
}

int mcpar__store_claim(struct mcpar__store *store, const void *owner, const struct mcpar__saved *lineage,
                       struct mcpar__saved *copy, bool *there, struct mcpar__report *report)
{
    struct claim *claim;
    int err = 0;

    enter();
    *there = false;
    claim = find_claim(store, lineage);
    if (claim && (claim->used || (claim->owner && claim->owner != owner)))
        err = mcpar__fail(report, MCPAR_ERR_STATE,
                          "seed %llu, stream %lu, tag \"%.100s\" is in %.200s already for another estimation of this "
                          "process: give each its own tag or stream", (unsigned long long)lineage->lineage.seed,
                          (unsigned long)lineage->lineage.stream, lineage->lineage.tag, store->path);
    else if (claim)
        claim->owner = owner;              /* an attempt before this one has failed */
    if (!err && (copy_found(store, lineage, copy, there) || (!claim && add_claim(store, owner, lineage)))) {
        if (*there)
            mcpar__saved_close(copy);
        *there = false;
        err = mcpar__fail(report, MCPAR_ERR_MEMORY, "for the result in %.400s", store->path);
    }
    leave();
    return err;
}

void mcpar__store_use(struct mcpar__store *store, const struct mcpar__saved *lineage)
{
    struct claim *claim;

    enter();
    claim = find_claim(store, lineage);
    if (claim)
        claim->used = true;
    leave();
}

void mcpar__store_other(struct mcpar__store *store, const struct mcpar__lineage *lineage, struct mcpar__other *other)
{
    *other = (struct mcpar__other){ .there = false };
    enter();
    if (store->file.n > 0) {
        const struct mcpar__lineage *first = &store->file.saved[0].lineage;

        *other = (struct mcpar__other){ true, first->seed != lineage->seed, first->stream != lineage->stream,
                                        strcmp(first->tag, lineage->tag) != 0, first->seed, "" };
        (void)snprintf(other->tag, sizeof other->tag, "%s", first->tag);
    }
    leave();
}

int mcpar__store_put(struct mcpar__store *store, const struct mcpar__saved *saved, struct mcpar__report *report)
{
    struct mcpar__saved copy;
    struct claim *claim;
    int err;

    enter();
    err = mcpar__saved_copy(&copy, saved);
    if (!err) {
        size_t at = mcpar__file_find(&store->file, &saved->lineage, &saved->schema);

        claim = find_claim(store, saved);
        if (claim)
            claim->used = true;

        if (at < store->file.n) {
            mcpar__saved_close(&store->file.saved[at]);
        } else {
            err = mcpar__file_grow(&store->file);
            store->file.n += !err;
        }
        if (err)
            mcpar__saved_close(&copy);
        else
            mcpar__saved_move(&store->file.saved[at], &copy);
    }
    leave();
    return err ? mcpar__fail(report, MCPAR_ERR_MEMORY, "for the result in %.400s", store->path) : 0;
}

int mcpar__store_write(struct mcpar__store *store, struct mcpar__report *report)
{
    const char *step = "";
    uint8_t *bytes;
    size_t n;
    int err;

    enter();
    err = mcpar__file_write(&store->file, &bytes, &n, report);
    if (!err) {
        int number = mcpar__disk_replace(store->place, bytes, n, &step);

        if (number)
            err = mcpar__fail(report, number == ENOMEM ? MCPAR_ERR_MEMORY : MCPAR_ERR_FILE,
                              "%.400s cannot be written (%s): %s", store->path, step, strerror(number));
        free(bytes);
    }
    leave();
    return err;
}
