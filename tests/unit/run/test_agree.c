/* SPDX-License-Identifier: BSD-3-Clause */
/* agree.c and mismatch.c by themselves: what all ranks hear when they say the same, differ, fail, or are at another
 * call. Ranks are threads: see fake.h. */
#include "base/hash.h"
#include "sampling.h"
#include <stddef.h>
#include <stdlib.h>

/* ---- The agreement itself ---- */

struct agreement {
    uint64_t arguments[3];
    int code[3], call[3];
};

static void agree(struct fake_process *p)
{
    const struct agreement *a = p->job->arg;
    struct mcpar__agreement extra = { { 0 }, { 0 } };
    int r = p->seat.rank, code;

    extra.min[MCPAR__LEAST_TRIAL] = 100 - (uint64_t)r;
    extra.min[MCPAR__LEAST_GOES_ON - 1] = (uint64_t)r;
    extra.sum[0] = UINT64_MAX;
    extra.sum[MCPAR__AGREE - 1] = 10 + (uint64_t)r;
    p->mc->report.code = 0;
    if (a->code[r])
        (void)mcpar__fail(&p->mc->report, a->code[r], "of rank %d", r);
    code = mcpar__agree(p->mc, &(struct mcpar__said){ .call = (uint64_t)a->call[r], .n = a->arguments[r] }, &extra);
    cr_assert_eq(code, p->mc->report.code);
    (void)fake_note(p, code);
    p->mc->report.code = 0;
    if (extra.min[MCPAR__LEAST_TRIAL] != 98 || extra.min[MCPAR__LEAST_GOES_ON - 1] != 0 || extra.sum[0] != UINT64_MAX - 2 ||
        extra.sum[MCPAR__AGREE - 1] != 33)
        (void)fake_note(p, -1);
}

static void agreed(struct agreement a, int code)
{
    fake_prepare(&job, 3, agree, &a);
    fake_run(&job);
    all_say(1, code, NULL);
    all_say(2, 0, NULL);                   /* finalize; and what was carried along came out right */
}

Test(run, agreements)
{
    agreed((struct agreement){ { 7, 7, 7 }, { 0, 0, 0 }, { 2, 2, 2 } }, 0);
    agreed((struct agreement){ { 0, 0, 0 }, { 0, 0, 0 }, { 3, 3, 3 } }, 0);
    agreed((struct agreement){ { UINT64_MAX, UINT64_MAX, UINT64_MAX }, { 0, 0, 0 }, { 3, 3, 3 } }, 0);
    agreed((struct agreement){ { 7, 7, 8 }, { 0, 0, 0 }, { 2, 2, 2 } }, MCPAR_ERR_MISMATCH);
    agreed((struct agreement){ { 7, 7, 7 }, { 0, 0, 0 }, { 2, 3, 2 } }, MCPAR_ERR_MISMATCH);
    agreed((struct agreement){ { 7, 8, 9 }, { 0, 0, 0 }, { 2, 2, 2 } }, MCPAR_ERR_MISMATCH);
    /* The lowest rank that failed is everybody's, also before a mismatch. */
    agreed((struct agreement){ { 7, 7, 7 }, { 0, MCPAR_ERR_MEMORY, 0 }, { 2, 2, 2 } }, MCPAR_ERR_MEMORY);
    agreed((struct agreement){ { 7, 7, 8 }, { 0, MCPAR_ERR_MEMORY, MCPAR_ERR_OPTION }, { 2, 2, 2 } }, MCPAR_ERR_MEMORY);
    cr_assert_not_null(strstr(job.rank[1].message[1], "of rank 1"), "%s", job.rank[1].message[1]);
    cr_assert_not_null(strstr(job.rank[2].message[1], "rank 1"), "%s", job.rank[2].message[1]);
    agreed((struct agreement){ { 7, 7, 7 }, { MCPAR_ERR_VALUE, 0, MCPAR_ERR_OPTION }, { 2, 2, 2 } }, MCPAR_ERR_VALUE);
}

/* ---- Each thing that a rank says ---- */

static const struct {
    enum mcpar__call call;
    size_t at;                             /* in struct mcpar__said */
    const char *words;                     /* in the message; # stands for the number of the rank that says 6, not 5 */
} things[] = {
    { MCPAR__SAMPLE, offsetof(struct mcpar__said, n), "rank 0: mcpar_sample, n = 5; rank #: n = 6 (n is" },
    { MCPAR__ROUND, offsetof(struct mcpar__said, n), "rank 0: a round of mcpar_sample, n = 5; rank #: n = 6" },
    { MCPAR__INIT, offsetof(struct mcpar__said, seed), "seed = 5 (the program); rank #: seed = 6 (the program)" },
    { MCPAR__INIT, offsetof(struct mcpar__said, stream), "stream = 5 (the default); rank #: stream = 6" },
    { MCPAR__RESET, offsetof(struct mcpar__said, stream), "rank 0: mcpar_reset, stream = 5; rank #: stream = 6" },
    { MCPAR__INIT, offsetof(struct mcpar__said, confidence), "rank 0: mcpar_init, confidence = " },
    { MCPAR__INIT, offsetof(struct mcpar__said, tag), "rank 0: mcpar_init, tag = \"\"; rank #: tag = \"\"" },
    { MCPAR__INIT, offsetof(struct mcpar__said, version), "rank 0: mcpar_init, version = 5; rank #: version = 6" },
    { MCPAR__REDUCE, offsetof(struct mcpar__said, observables), "observables = 5; rank #: observables = 6" },
    { MCPAR__REDUCE, offsetof(struct mcpar__said, pairs), "mcpar_reduce, pairs = 5; rank #: pairs = 6" },
    { MCPAR__SAMPLE, offsetof(struct mcpar__said, schema), "its observables or pairs; rank #: other observables" },
    { MCPAR__REDUCE, offsetof(struct mcpar__said, held), "mcpar_reduce, trials held = 5; rank #: trials held = 6" },
    { MCPAR__REDUCE, offsetof(struct mcpar__said, ledger), "mcpar_reduce, its trials held; rank #: other trials held" },
    { MCPAR__INIT, offsetof(struct mcpar__said, part), "rank 0: mcpar_init, part 5 of 0; rank #: part 6 of 0" },
    { MCPAR__REDUCE, offsetof(struct mcpar__said, asked), "asked for before = 5; rank #: trials asked for" }
};

struct saying {
    size_t thing;
    int odd;                               /* the rank that says something else; -1: nobody does */
};

static void say(struct fake_process *p)
{
    const struct saying *s = p->job->arg;
    struct mcpar__said said = { .call = things[s->thing].call };

    *(uint64_t *)(void *)((char *)&said + things[s->thing].at) = p->seat.rank == s->odd ? 6 : 5;
    p->mc->report.code = 0;
    (void)fake_note(p, mcpar__agree(p->mc, &said, NULL));
}

Test(run, every_single_thing_that_is_said_counts)
{
    for EACH(i, things)
        for (int odd = -1; odd < 3; odd++) {
            struct saying s = { i, odd };
            char words[200];

            fake_prepare(&job, 3, say, &s);
            fake_run(&job);
            all_say(1, odd < 0 ? 0 : MCPAR_ERR_MISMATCH, NULL);
            for (int r = 0; r < 3; r++)
                cr_assert_str_eq(job.rank[r].message[1], job.rank[0].message[1]);
            if (odd <= 0)                  /* rank 0 tells its own first */
                continue;
            (void)snprintf(words, sizeof words, "%s", things[i].words);
            if (strchr(words, '#'))
                *strchr(words, '#') = (char)('0' + odd);
            all_say(1, MCPAR_ERR_MISMATCH, words);
        }
}

/* ---- Ranks that have left ---- */

/* One rank finalizes (fake.h does that after this) while the others agree on a reset. */
static void agree_on_a_reset(struct fake_process *p)
{
    if (p->seat.rank == *(const int *)p->job->arg)
        return;
    p->mc->report.code = 0;
    (void)fake_note(p, mcpar__agree(p->mc, &(struct mcpar__said){ .call = MCPAR__RESET }, NULL));
    (void)fake_note(p, mcpar__begin(p->mc));
}

Test(run, a_rank_that_finalizes_breaks_the_handles_of_the_others)
{
    for (int gone = 0; gone < 3; gone++) {
        fake_prepare(&job, 3, agree_on_a_reset, &gone);
        fake_run(&job);
        all_say(1, MCPAR_ERR_MISMATCH, NULL);
        for (int r = 0; r < 3; r++)
            if (r != gone) {
                cr_assert_not_null(strstr(job.rank[r].message[1], "mcpar_finalize"), "%s", job.rank[r].message[1]);
                cr_assert_eq(job.rank[r].code[2], MCPAR_ERR_MISMATCH);
                cr_assert_eq(job.rank[r].code[3], 0, "it can be finalized");
            }
    }
}

/* One rank is at another call while the others are in a round: an exception has taken it out. */
static void agree_on_a_round(struct fake_process *p)
{
    int out = p->seat.rank == *(const int *)p->job->arg;
    struct mcpar__said said = { .n = 7 };

    p->mc->report.code = 0;
    said.call = out ? MCPAR__REDUCE : MCPAR__ROUND;
    (void)fake_note(p, mcpar__agree(p->mc, &said, NULL));
    (void)fake_note(p, mcpar__begin(p->mc));
    p->mc->report.code = 0;
}

Test(run, a_rank_that_left_a_round_breaks_all_handles)
{
    for (int out = 0; out < 3; out++) {
        fake_prepare(&job, 3, agree_on_a_round, &out);
        fake_run(&job);
        for (int r = 0; r < 3; r++) {
            int code = job.rank[r].code[1];

            cr_assert(code == MCPAR_ERR_MISMATCH || code == MCPAR_ERR_LEFT, "rank %d: %s", r, job.rank[r].message[1]);
            cr_assert_eq(job.rank[r].code[2], code, "rank %d: later calls give the same code", r);
            cr_assert_eq(job.rank[r].code[3], 0, "rank %d: it can be finalized", r);
        }
    }
}

/* ---- Communication ---- */

static void agree_once(struct fake_process *p)
{
    p->mc->report.code = 0;
    if (*(const int *)p->job->arg)
        p->job->world.unusable = p->job->world.size == 1;
    (void)mcpar__fail(&p->mc->report, MCPAR_ERR_OPTION, "before");
    (void)fake_note(p, mcpar__agree(p->mc, &(struct mcpar__said){ .call = MCPAR__RESET }, NULL));
    p->job->world.unusable = 0;
}

/* What keeps a rank from communicating is its code, whatever failed before; what breaks in the message comes after. */
Test(run, an_agreement_that_cannot_be_made)
{
    for (int unusable = 0; unusable < 2; unusable++) {
        uint64_t met = unusable ? 2 : 3;   /* init, and finalize; the call itself only if it may communicate */

        fake_prepare(&job, 1, agree_once, &unusable);
        fake_run(&job);
        all_say(1, unusable ? MCPAR_ERR_MPI_STATE : MCPAR_ERR_OPTION, unusable ? "not from this thread" : "before");
        cr_assert_eq(job.world.met[FAKE_AGREE], met, "%d agreements", (int)job.world.met[FAKE_AGREE]);
    }
    for (int size = 1; size < 4; size++) {
        struct saying s = { 0, -1 };

        fake_prepare(&job, size, say, &s);
        job.world.break_kind = FAKE_AGREE;
        job.world.break_at = 2;
        fake_run(&job);
        all_say(1, MCPAR_ERR_COMM, "in the agreement");
    }
}

/* ---- Hashes ---- */

/* No two of many small argument lists may mix to the same hash. */
static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

Test(run, mixed_arguments_are_told_apart)
{
    enum { SIDE = 200 };
    static uint64_t hash[SIDE * SIDE];

    for (uint64_t i = 0; i < SIDE; i++)
        for (uint64_t j = 0; j < SIDE; j++)
            hash[i * SIDE + j] = mcpar__mix(mcpar__mix(0, i), j);
    qsort(hash, SIDE * SIDE, sizeof *hash, by_value);
    for (size_t i = 1; i < SIDE * SIDE; i++)
        CHECK(hash[i] != hash[i - 1], "a collision");
}
