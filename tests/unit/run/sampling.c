/* SPDX-License-Identifier: BSD-3-Clause */
/* sampling.c - the trials of the tests of lib/run, and the serial answer that all others are held against */
#include "sampling.h"
#include "random/dist/distributions.h"
#include "sum/sums.h"

static double work[MCPAR__SUMS_ROOM];      /* for the sums to work in */

struct fake_job job;

/* ---- One answer ---- */

/* Three observables of very different sizes; how long a trial takes depends on the rank that runs it. */
int trial(mcpar_rng *rng, double *values, void *arg)
{
    double x = mcpar_uniform(rng), y = mcpar_normal(rng);

    (void)arg;
    if (fake_here % 3 == 1)
        for (volatile int i = 0; i < 300; i++)
            continue;
    if (values) {
        values[0] = x - 0.5;
        values[1] = y * 1e200;
        values[2] = mcpar_trial_number(rng) % 1000 == 999 ? 5e-324 : x * 1e-150;
    }
    return x * x + y * y < 1.0;
}

int block(mcpar_block *b, void *arg)
{
    const double *x = mcpar_uniforms(b), *y = mcpar_normals(b);

    (void)arg;
    for (size_t i = 0; i < b->n; i++) {
        if (b->values) {
            b->values[0][i] = x[i] - 0.5;
            b->values[1][i] = y[i] * 1e200;
            b->values[2][i] = (b->first + i) % 1000 == 999 ? 5e-324 : x[i] * 1e-150;
        }
        b->hits += x[i] * x[i] + y[i] * y[i] < 1.0;
    }
    return 0;
}

int observe(mcpar *mc)
{
    static const char *const names[] = { "x", "large", "small" };
    static const size_t pairs[][2] = { { 0, 2 }, { 1, 1 } };
    int err = mcpar_observe(mc, 3, names);

    return err ? err : mcpar_observe_pairs(mc, 2, pairs[0]);
}

void read_off(struct fake_process *p)
{
    if (fake_note(p, mcpar_reduce(p->mc, &p->hits)))
        return;
    (void)fake_note(p, mcpar_fingerprint(p->mc, p->print));
    for (size_t k = 0; k < 3 && p->mc->schema.observables; k++) {
        p->diagnosis[k] = (mcpar_diagnosis)MCPAR_DIAGNOSIS_INIT;
        (void)fake_note(p, mcpar_mean(p->mc, k, &p->mean[k]));
        if (mcpar_diagnose(p->mc, k, &p->diagnosis[k]))
            p->diagnosis[k] = (mcpar_diagnosis){ 0 };
    }
    if (p->mc->schema.observables)
        (void)fake_note(p, mcpar_covariance(p->mc, 2, 0, &p->covariance));
}

void sample_all(struct fake_process *p)
{
    const struct sampling *s = p->job->arg;
    uint64_t state = 7, left = s->n;
    int err = s->observe ? observe(p->mc) : 0;

    if (!s->pieces && !err)
        err = mcpar_sample(p->mc, s->n, trial, NULL);
    while (s->pieces && left && !err) {
        uint64_t n = golden_random(&state) % (s->n / 3 + 2);

        n = n > left ? left : n;
        err = golden_random(&state) % 2 ? mcpar_sample(p->mc, n, trial, NULL) : mcpar_sample_block(p->mc, n, block, NULL);
        left -= n;
    }
    (void)fake_note(p, err);
    read_off(p);
}

void same_estimate(const mcpar_estimate *a, const mcpar_estimate *b)
{
    cr_assert(a->trials == b->trials && a->hits == b->hits && a->status == b->status && a->interval == b->interval);
    cr_assert(golden_bits(a->mean) == golden_bits(b->mean) && golden_bits(a->variance) == golden_bits(b->variance) &&
              golden_bits(a->std_error) == golden_bits(b->std_error) && golden_bits(a->lower) == golden_bits(b->lower) &&
              golden_bits(a->upper) == golden_bits(b->upper));
}

static void same_diagnosis(const mcpar_diagnosis *a, const mcpar_diagnosis *b)
{
    cr_assert(a->trials == b->trials && a->doubts == b->doubts && a->minimum_trial == b->minimum_trial &&
              a->maximum_trial == b->maximum_trial);
    cr_assert(golden_bits(a->skewness) == golden_bits(b->skewness) &&
              golden_bits(a->largest_share) == golden_bits(b->largest_share) &&
              golden_bits(a->minimum) == golden_bits(b->minimum) && golden_bits(a->maximum) == golden_bits(b->maximum));
}

void same_answer(const struct fake_process *a, const struct fake_process *b)
{
    cr_assert_str_eq(a->print, b->print);
    same_estimate(&a->hits, &b->hits);
    for (size_t k = 0; k < 3; k++)
        same_estimate(&a->mean[k], &b->mean[k]), same_diagnosis(&a->diagnosis[k], &b->diagnosis[k]);
    cr_assert_eq(golden_bits(a->covariance), golden_bits(b->covariance));
}

void no_errors(const struct fake_job *all)
{
    for (int r = 0; r < all->world.size; r++)
        for (int i = 0; i < all->rank[r].codes; i++)
            cr_assert_eq(all->rank[r].code[i], 0, "rank %d, call %d: %s", r, i, all->rank[r].message[i]);
}

/* Fingerprint and hits of a sampling straight from the words of the contract. */
static void by_contract(const struct sampling *s, char print[MCPAR_FINGERPRINT_SIZE], uint64_t *hits)
{
    char *names[] = { (char[]){ "x" }, (char[]){ "large" }, (char[]){ "small" } };
    size_t pairs[][2] = { { 0, 2 }, { 1, 1 } };
    const struct mcpar__schema schema = { s->observe ? 3 : 0, s->observe ? 2 : 0, names, pairs };
    const struct mcpar__lineage lineage = { 1, 0, 99, "" };
    struct mcpar__range range = { 0, s->n };
    struct mcpar__ledger ledger = { &range, s->n > 0, 1, 1 };
    struct mcpar__tally tally;

    cr_assert_eq(mcpar__tally_open(&tally, &schema), 0);
    for (uint64_t t = 0; t < s->n; t++) {
        double x = expected_uniform(99, 0, t, 0), y = mcpar__normal_of(expected_word(99, 0, t, 1));
        double v[3] = { x - 0.5, y * 1e200, t % 1000 == 999 ? 5e-324 : x * 1e-150 }, *values[3] = { &v[0], &v[1], &v[2] };

        mcpar__tally_add(&tally, values, t, 1, x * x + y * y < 1.0, work);
    }
    mcpar__tally_canonical(&tally);
    mcpar__fingerprint(print, &lineage, &ledger, &tally);
    *hits = tally.hits;
    mcpar__tally_close(&tally);
}

struct fake_process reference(struct sampling *s)
{
    char print[MCPAR_FINGERPRINT_SIZE];
    uint64_t hits;
    static struct fake_job one;
    struct fake_process *p = &one.rank[0];

    fake_prepare(&one, 1, sample_all, s);
    p->options.pool = MCPAR_POOL_SERIAL;
    p->options.comm = MCPAR_COMM_SELF;
    (void)fake_note(p, mcpar_init(&p->mc, &p->options));
    sample_all(p);
    cr_assert_eq(mcpar__ledger_trials(&p->mc->held), s->n);
    (void)fake_note(p, mcpar_finalize(&p->mc));
    no_errors(&one);
    by_contract(s, print, &hits);
    cr_assert(p->hits.trials == s->n && p->hits.hits == hits);
    cr_assert_str_eq(p->print, print);
    return *p;
}

void as_reference(struct sampling *s, int size, int pool, int delays)
{
    static struct fake_process wanted;

    wanted = reference(s);
    for EACH(i, layouts) {
        fake_prepare(&job, size, sample_all, s);
        job.world.nodes = layouts[i];
        job.pool = pool;
        job.world.delays = delays;
        fake_run(&job);
        no_errors(&job);
        for (int r = 0; r < size; r++) {
            same_answer(&job.rank[r], &wanted);
            cr_assert_eq(job.rank[r].done, s->n);
        }
        if (size <= layouts[i])
            break;                         /* more nodes than ranks are no other layout */
    }
}

void all_say(int call, int code, const char *word)
{
    for (int r = 0; r < job.world.size; r++) {
        cr_assert_gt(job.rank[r].codes, call, "rank %d did not come to call %d", r, call);
        cr_assert_eq(job.rank[r].code[call], code, "rank %d: code %d, %s", r, job.rank[r].code[call],
                     job.rank[r].message[call]);
        if (word)
            cr_assert_not_null(strstr(job.rank[r].message[call], word), "rank %d: %s", r, job.rank[r].message[call]);
    }
}
