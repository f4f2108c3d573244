/* SPDX-License-Identifier: BSD-3-Clause */
/* agree.c - the agreement that opens every collective call: all ranks compare their calls by hash. No pointer is
 * hashed. */
#include "base/hash.h"
#include "run/agree.h"
#include <stdio.h>
#include <string.h>

_Static_assert(sizeof(struct mcpar__said) % sizeof(uint64_t) == 0, "words only");

static uint64_t hash_of(const struct mcpar__said *said)
{
    uint64_t word[sizeof *said / sizeof(uint64_t)], hash = 0;

    memcpy(word, said, sizeof word);
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        hash = mcpar__mix(hash, word[i]);
    return hash;
}

uint64_t mcpar__text_hash(const char *text)
{
    uint64_t hash = 0;

    for (; *text; text++)
        hash = mcpar__mix(hash, (unsigned char)*text);
    return hash;
}

struct mcpar__said mcpar__say(const mcpar *mc, enum mcpar__call call)
{
    const mcpar_options *o = &mc->settings.in_force;

    return (struct mcpar__said){ .call = call, .seed = o->seed, .stream = o->stream, .tag = mc->tag_hash,
                                 .observables = mc->schema.observables, .pairs = mc->schema.pairs,
                                 .schema = mc->schema_hash, .held = mcpar__ledger_trials(&mc->held),
                                 .ledger = mcpar__ledger_edges(&mc->held), .asked = mc->asked };
}

static int communicate(mcpar *mc, struct mcpar__agreement *a)
{
    char why[256] = "";
    int err = mc->comm->usable(mc->ranks, mc->guard.process, why, sizeof why);

    if (err) {                             /* this rank cannot reach the others, so it returns its own code */
        mc->report.code = 0;
        return mcpar__fail(&mc->report, err, "%s", why);
    }
    err = mc->comm->agree(mc->ranks, a);
    return err ? mcpar__fail(&mc->report, err, "in the agreement that opens the call") : 0;
}

/* All ranks return the failure of the lowest failing rank, with its message, so that a program that prints only on
 * rank 0 still says which variable was wrong on rank 7. The text travels as a sum to which the other ranks add
 * zeros. */
static int share_failure(mcpar *mc, int rank, int code)
{
    int64_t text[MCPAR__TEXT / sizeof(int64_t)] = { 0 };

    if (rank == mc->rank)
        memcpy(text, mc->report.text, sizeof text);
    if (mc->comm->add(mc->ranks, text, sizeof text / sizeof *text))
        text[0] = 0;
    if (rank == mc->rank)
        return code;
    mc->report.code = code;
    (void)snprintf(mc->report.text, sizeof mc->report.text, "%.*s (rank %d)", MCPAR__TEXT - 32, (const char *)text, rank);
    return code;
}

int mcpar__agree(mcpar *mc, const struct mcpar__said *said, struct mcpar__agreement *extra)
{
    struct mcpar__agreement none = { { 0 }, { 0 } }, *a = extra ? extra : &none;
    uint64_t hash = hash_of(said), mine = (uint64_t)mc->rank << 32, none_failed = UINT64_MAX;
    int ends = said->call == MCPAR__FINALIZE, code = mc->report.code, differ, err;

    a->min[MCPAR__LEAST_SAID] = hash;
    a->min[MCPAR__LEAST_NOT_SAID] = ~hash;
    a->min[MCPAR__LEAST_FAILED] = code ? mine | (uint32_t)code : none_failed;
    a->min[MCPAR__LEAST_GOES_ON] = ends ? MCPAR__ENDS
                                   : said->call == MCPAR__ROUND ? MCPAR__IN_A_ROUND : MCPAR__GOES_ON;
    err = communicate(mc, a);
    if (err)
        return err;
    differ = a->min[MCPAR__LEAST_SAID] != ~a->min[MCPAR__LEAST_NOT_SAID];
    if ((a->min[MCPAR__LEAST_GOES_ON] == MCPAR__ENDS && !ends) ||
        (a->min[MCPAR__LEAST_GOES_ON] == MCPAR__IN_A_ROUND && differ))
        mc->broken = MCPAR_ERR_MISMATCH;
    if (a->min[MCPAR__LEAST_FAILED] != none_failed)
        return share_failure(mc, (int)(a->min[MCPAR__LEAST_FAILED] >> 32), (int)(uint32_t)a->min[MCPAR__LEAST_FAILED]);
    if (differ)
        return mcpar__mismatch(mc, said);
    return 0;
}
