/* SPDX-License-Identifier: BSD-3-Clause */
/* store.h - a result file that this process writes: locked, so that no other process writes it, and read once
 *
 * All handles of a process that write the same file share one store, which has the results of all of them and those that
 * it found in the file. */
#ifndef MCPAR__STORE_H
#define MCPAR__STORE_H

#include "base/report.h"
#include "result/file.h"

struct mcpar__store;

/* MCPAR_ERR_ARGUMENT for NULL and for an empty name. */
int mcpar__store_path(const char *path, struct mcpar__report *report);

/* Waits up to ten seconds for the lock, and reads the file if there is one: path, or path~ if that is missing or
 * damaged (then path becomes path.damaged, so that the next write keeps path~). Where the file system has no locks, it
 * goes on without, with a note. Returns 0, or MCPAR_ERR_FILE, MCPAR_ERR_FORMAT, MCPAR_ERR_NEWER or MCPAR_ERR_MEMORY
 * with a message. */
int mcpar__store_open(struct mcpar__store **store, const char *path, struct mcpar__report *report);

/* Does not write. NULL is fine. */
void mcpar__store_close(struct mcpar__store *store, const void *owner);

/* A copy of the result of this lineage, if there is one: *there. Makes `owner` the only one who may put this lineage:
 * MCPAR_ERR_STATE if it is another's, or if it has been used before. Other codes: MCPAR_ERR_MEMORY. */
int mcpar__store_claim(struct mcpar__store *store, const void *owner, const struct mcpar__saved *lineage,
                       struct mcpar__saved *copy, bool *there, struct mcpar__report *report);

/* The owner has taken the result that it claimed, so it can be claimed no more. To put one does the same. */
void mcpar__store_use(struct mcpar__store *store, const struct mcpar__saved *lineage);

/* Puts a copy in the place of the result of the same lineage, or beside the others. 0 or MCPAR_ERR_MEMORY. */
int mcpar__store_put(struct mcpar__store *store, const struct mcpar__saved *saved, struct mcpar__report *report);

/* Writes the file. 0, MCPAR_ERR_FILE or MCPAR_ERR_MEMORY with a message. */
int mcpar__store_write(struct mcpar__store *store, struct mcpar__report *report);

/* Reads a file without locking it, for a merge. Codes as above. */
int mcpar__store_read(const char *path, struct mcpar__file *file, struct mcpar__report *report);

/* The first result of the store, for a note: whether there is one, and what differs from `lineage`. */
struct mcpar__other {
    bool there, seed_differs, stream_differs, tag_differs;
    uint64_t seed;
    char tag[64];                          /* cut off if longer */
};

void mcpar__store_other(struct mcpar__store *store, const struct mcpar__lineage *lineage, struct mcpar__other *other);

/* The lock's descriptor, which forked workers must close; 0: none. */
int mcpar__store_lock(const struct mcpar__store *store);

#endif
