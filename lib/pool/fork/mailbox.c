/* SPDX-License-Identifier: BSD-3-Clause */
/* mailbox.c - the memory that workers and the parent share, and how a worker commits results to it
 *
 * A mailbox has two slots and a word that says which of them counts. A slot holds a tally (hits and sums) and its
 * ledger (the list of trial ranges that the tally holds). A worker writes the slot that does not count, then stores
 * the word. So whenever it is killed, the word names a complete slot, whose ledger and tally hold the same trials. */
#include "pool/fork/fork.h"
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

struct slot {
    uint64_t hits, ranges;
    struct mcpar__range range[MCPAR__RANGES];
    int64_t limb[];
};

/* ---- Mappings ---- */

static size_t slot_size(const struct mcpar__schema *schema)
{
    size_t words = mcpar__words(schema);

    if (words > (SIZE_MAX / 4 - sizeof(struct slot)) / sizeof(int64_t))
        return 0;
    return (sizeof(struct slot) + words * sizeof(int64_t) + MCPAR__LINE - 1) / MCPAR__LINE * MCPAR__LINE;
}

static size_t mailbox_size(const struct mcpar__schema *schema)
{
    return sizeof(struct mcpar__mailbox) + 2 * slot_size(schema) + MCPAR__HANDLER_STACK;
}

void *mcpar__mailbox_stack(struct mcpar__mailbox *mailbox, const struct mcpar__schema *schema)
{
    return (char *)mailbox + mailbox_size(schema) - MCPAR__HANDLER_STACK;
}

static void *map(size_t size)
{
    int flags = MAP_SHARED | MAP_ANONYMOUS;
    void *memory;

#ifdef MAP_NORESERVE
    flags |= MAP_NORESERVE;                /* most limbs (64-bit words of the exact sums) are rarely used */
#endif
    memory = MCPAR__REFUSED("mmap") ? MAP_FAILED : mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

struct mcpar__common *mcpar__common_map(void)
{
    return map(sizeof(struct mcpar__common));
}

void mcpar__common_unmap(struct mcpar__common *common)
{
    if (common)
        (void)munmap(common, sizeof *common);
}

struct mcpar__mailbox *mcpar__mailbox_map(const struct mcpar__schema *schema)
{
    struct mcpar__mailbox *mailbox;

    if (slot_size(schema) == 0) {
        errno = ENOMEM;
        return NULL;
    }
    mailbox = map(mailbox_size(schema));
    if (mailbox)
        mcpar__mailbox_inherit(mailbox, schema, false);
    return mailbox;
}

void mcpar__mailbox_unmap(struct mcpar__mailbox *mailbox, const struct mcpar__schema *schema)
{
    if (mailbox)
        (void)munmap(mailbox, mailbox_size(schema));
}

/* Without it, a worker with a wild pointer can damage other workers' mailboxes; nothing else depends on it. */
void mcpar__mailbox_inherit(struct mcpar__mailbox *mailbox, const struct mcpar__schema *schema, bool yes)
{
#ifdef MADV_DONTFORK
    (void)madvise(mailbox, mailbox_size(schema), yes ? MADV_DOFORK : MADV_DONTFORK);
#else
    (void)mailbox, (void)schema, (void)yes;
#endif
}

void mcpar__mailbox_clear(struct mcpar__mailbox *mailbox)
{
    atomic_store(&mailbox->valid, 0);
    atomic_store(&mailbox->settled, 0);
    atomic_store(&mailbox->ready, 0);
    atomic_store(&mailbox->refusal, MCPAR__REFUSED_NOTHING);
    atomic_store(&mailbox->refusal_errno, 0);
    atomic_store(&mailbox->at, 0);
    atomic_store(&mailbox->cause, MCPAR__CAUSE_UNKNOWN);
    atomic_store(&mailbox->null, 0);
    atomic_store(&mailbox->failed, 0);
}

static struct slot *slot_of(struct mcpar__mailbox *mailbox, const struct mcpar__schema *schema, int which)
{
    return (struct slot *)(void *)((char *)(mailbox + 1) + (which == 2 ? slot_size(schema) : 0));
}

/* ---- The worker's side ---- */

void mcpar__mailbox_commit(struct mcpar__mailbox *mailbox, const struct mcpar__tally *tally,
                        const struct mcpar__ledger *ledger, int index)
{
    int next = atomic_load_explicit(&mailbox->valid, memory_order_relaxed) == 1 ? 2 : 1;
    struct slot *slot = slot_of(mailbox, tally->schema, next);
    size_t words = mcpar__words(tally->schema);

    (void)index;
    slot->hits = tally->hits;
    slot->ranges = ledger->n;
    memcpy(slot->range, ledger->range, ledger->n * sizeof *ledger->range);
    MCPAR__STEP("slot", index);
    if (words)
        memcpy(slot->limb, tally->limb, words * sizeof *tally->limb);
    MCPAR__STEP("written", index);
    atomic_store_explicit(&mailbox->valid, next, memory_order_release);
    MCPAR__STEP("committed", index);
}

void mcpar__mailbox_fail(struct mcpar__mailbox *mailbox, struct mcpar__chunk_queue *queue, const struct mcpar__failure *failure)
{
    mailbox->failure = *failure;
    atomic_store(&mailbox->failed, 1);
    if (failure->code != MCPAR_ERR_MEMORY) /* which is not the trial's fault: another worker may have room */
        mcpar__queue_lower(queue, failure->trial);
}

/* ---- The parent's side ---- */

int mcpar__mailbox_take(struct mcpar__mailbox *mailbox, uint64_t first, uint64_t end, struct mcpar__result *into,
                     uint64_t *trials)
{
    const struct mcpar__schema *schema = into->tally.schema;
    int which = atomic_load_explicit(&mailbox->valid, memory_order_acquire);
    struct mcpar__result from = { 0 };
    struct slot *slot;
    int err;

    *trials = 0;
    if (which == 0)
        return 0;
    slot = slot_of(mailbox, schema, which);
    if (slot->ranges > MCPAR__RANGES)
        return MCPAR_ERR_STATE;
    for (size_t i = 0; i < slot->ranges; i++) {
        struct mcpar__range range = slot->range[i];

        if (range.first < first || range.n == 0 || range.first >= end || range.n > end - range.first)
            return MCPAR_ERR_STATE;
        first = range.first + range.n;
    }
    from.ledger.range = slot->range;
    from.ledger.n = from.ledger.room = (size_t)slot->ranges;
    from.ledger.borrowed = 1;
    from.tally.schema = schema;
    from.tally.hits = slot->hits;
    from.tally.limb = mcpar__limbs(schema) ? slot->limb : NULL;
    err = mcpar__result_merge(into, &from);
    if (err)
        return err;
    *trials = mcpar__ledger_trials(&from.ledger);
    atomic_store(&mailbox->valid, 0);
    return 0;
}

bool mcpar__mailbox_failure(struct mcpar__mailbox *mailbox, struct mcpar__failure *failure)
{
    if (!atomic_load(&mailbox->failed))
        return false;
    *failure = mailbox->failure;
    atomic_store(&mailbox->failed, 0);
    return true;
}
