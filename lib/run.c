/* run.c - one sampling call: plan a round, run this rank's share, agree, merge; until all trials are in */
#include "handle.h"
#include "plan.h"
#include <stdio.h>
#include <time.h>

struct run {                               /* what this rank knows while the rounds go on */
    mcpar *mc;
    void *pool;
    struct mcpar__result round;            /* of the current round, apart from the complete prefix */
    struct mcpar__pace pace;
    uint64_t weight, total;                /* this rank's speed and the sum over all ranks */
};

static uint64_t now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* A failed trial in words: which, why, and how to look at it. */
static int tell(mcpar *mc, const struct mcpar__failure *f)
{
    const mcpar_options *o = &mc->settings.in_force;
    unsigned long long trial = f->trial, n = f->n;
    char what[400];

    switch (f->code) {
    case MCPAR_ERR_TRIAL:
        if (f->n > 1)
            (void)snprintf(what, sizeof what, "the block of trials %llu to %llu returned %d, but none of its trials does alone",
                           trial, trial + n - 1, f->returned);
        else
            (void)snprintf(what, sizeof what, "trial %llu returned %d", trial, f->returned);
        break;
    case MCPAR_ERR_VALUE:
        (void)snprintf(what, sizeof what, "trial %llu, observable %zu (%.255s)", trial, f->observable,
                       mc->schema.name[f->observable]);
        break;
    case MCPAR_ERR_HITS:
        (void)snprintf(what, sizeof what, "%llu hits in the %llu trials from trial %llu", (unsigned long long)f->hits, n,
                       trial);
        break;
    case MCPAR_ERR_CRASH:
        if (f->signal)
            (void)snprintf(what, sizeof what, "trial %llu, three times alone, by signal %d", trial, f->signal);
        else
            (void)snprintf(what, sizeof what, "trial %llu, three times alone, by an exit", trial);
        break;
    default:
        (void)snprintf(what, sizeof what, "trial %llu", trial);
    }
    return mcpar__fail(&mc->report, f->code, "%s; to run it alone: mcpar_rng_open(&space, %lluu, %luu, %lluu)", what,
                       (unsigned long long)o->seed, (unsigned long)o->stream, trial);
}

/* This rank's share of the round [first, first + n), into run->round. */
static int run_share(struct run *run, uint64_t first, uint64_t n, struct mcpar__failure *failure, uint64_t *ns)
{
    mcpar *mc = run->mc;
    const struct mcpar__ledger *ledger = &run->round.ledger;
    uint64_t before = 0, start;
    struct mcpar__range share;
    int err = 0;

    mcpar__result_clear(&run->round);
    if (mc->size > 1 && mc->comm->before(mc->ranks, run->weight, &before))
        return mcpar__fail(&mc->report, MCPAR_ERR_COMM, "in the shares of a round");
    share = mcpar__share(n, before, run->weight, run->total);
    start = now();
    if (share.n && !mc->report.code)
        err = mc->pool->round(run->pool, first + share.first, share.n, &run->round, failure, &mc->report);
    *ns = now() - start;
    if (err || mc->report.code || share.n == 0)
        return err;
    run->weight = mcpar__weight(share.n, *ns, run->weight);
    if (ledger->n != 1 || ledger->range[0].first != first + share.first || ledger->range[0].n != share.n)
        return mcpar__fail(&mc->report, MCPAR_ERR_WORKERS, "a round came back incomplete; this is a bug of libmcpar");
    return 0;
}

/* A trial failed somewhere: the rank that ran the lowest lets all ranks know why, so that all say the same. */
static int agree_on_failure(mcpar *mc, uint64_t lowest, struct mcpar__failure failure)
{
    enum { WHAT = MCPAR__FREE, WHERE, HITS, TRIALS };
    struct mcpar__agreement a = { { 0 }, { 0 } };
    int here = failure.code && failure.trial == lowest;

    a.min[WHAT] = here ? (uint64_t)failure.code << 32 | (uint32_t)failure.returned : UINT64_MAX;
    a.min[WHERE] = here ? (uint64_t)failure.observable << 32 | (uint32_t)failure.signal : UINT64_MAX;
    a.min[HITS] = here ? failure.hits : UINT64_MAX;
    a.min[TRIALS] = here ? failure.n : UINT64_MAX;
    if (mcpar__agree(mc, MCPAR__ROUND, lowest, &a))
        return mc->report.code;
    failure = (struct mcpar__failure){ .code = (int)(a.min[WHAT] >> 32), .trial = lowest,
                                       .returned = (int)(uint32_t)a.min[WHAT],
                                       .observable = (size_t)(a.min[WHERE] >> 32),
                                       .signal = (int)(uint32_t)a.min[WHERE], .hits = a.min[HITS],
                                       .n = a.min[TRIALS] };
    return tell(mc, &failure);
}

/* One round, and the small collective at its end. All ranks get the same code. */
static int run_round(struct run *run, uint64_t n)
{
    mcpar *mc = run->mc;
    struct mcpar__failure failure = { 0 };
    struct mcpar__agreement a = { { 0 }, { 0 } };
    uint64_t ns = 0, lowest;
    int err = run_share(run, mc->done, n, &failure, &ns), failed = failure.code != 0 && err == failure.code;

    a.min[MCPAR__FREE] = failed && !mc->report.code ? failure.trial : UINT64_MAX;
    a.min[MCPAR__FREE + 1] = ~ns;
    a.sum[0] = run->weight;
    if (mc->size == 1) {                   /* nobody to agree with */
        if (failed)
            return tell(mc, &failure);
        if (mc->report.code)
            return mc->report.code;
    } else if (mcpar__agree(mc, MCPAR__ROUND, n, &a)) {
        return mc->report.code;
    }
    lowest = a.min[MCPAR__FREE];
    if (lowest != UINT64_MAX)
        return agree_on_failure(mc, lowest, failure);
    ns = ~a.min[MCPAR__FREE + 1];
    run->total = mc->size == 1 ? run->weight : a.sum[0];
    run->pace.last_trials = n;
    run->pace.last_ns = ns;
    run->pace.elapsed_ns += ns;
    mcpar__tally_merge(&mc->mine, &run->round.tally);
    mc->done += n;
    return 0;
}

int mcpar__run(mcpar *mc, const struct mcpar__job *job, uint64_t n)
{
    struct run run = { .mc = mc, .weight = 1, .total = (uint64_t)mc->size };
    int err = 0, asked = mc->pool == &mcpar__pool_serial ? 1 : mc->settings.in_force.workers;

    if (n == 0)
        return 0;
    /* A rank that cannot start takes part in the first round with its failure, so that the others hear of it. */
    if (mcpar__result_open(&run.round, &mc->schema))
        (void)mcpar__fail(&mc->report, MCPAR_ERR_MEMORY, "for the sums of a round");
    else if (!mc->pool->open(&run.pool, job, asked, &mc->report))
        mc->workers = mc->pool->workers(run.pool);
    run.pace.lanes = (uint64_t)(mc->size > 1 ? mc->size : asked);  /* the same on all ranks: under MPI one each */
    while (n > 0 && !err) {
        uint64_t size = mcpar__round_size(&run.pace, n);

        err = run_round(&run, size);
        n -= size;
    }
    if (run.pool)
        mc->pool->close(run.pool);
    mcpar__result_close(&run.round);
    mc->partial = err != 0;
    return err;
}
