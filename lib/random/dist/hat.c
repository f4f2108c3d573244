/* SPDX-License-Identifier: BSD-3-Clause */
/* hat.c - counts by table or by transformed rejection */
#include "random/dist/hat.h"
#include "base/elementary.h"
#include "random/dist/loops.h"

/* The candidate before it is rounded down. us is the exact distance of the word from the nearer end. */
static inline double candidate(const struct mcpar__hat *hat, double us, uint64_t w)
{
    const double u = 0.5 - us;

    return (hat->two_a / us + hat->b) * (w >> 63 ? u : -u) + hat->centre;
}

static inline double distance(uint64_t w)
{
    return mcpar__open(w ^ mcpar__upper(w));
}

/* Whether it is accepted without a logarithm. */
static inline bool surely(const struct mcpar__hat *hat, double us, double v)
{
    return us >= 0.07 && v <= hat->accept;
}

static bool accepted(const struct mcpar__hat *hat, mcpar__log_probability of, double us, double v, double x, double *k)
{
    if ((us < 0.013 && v > us) || !(x >= 0.0 && x < hat->last + 1.0))
        return false;
    *k = mcpar__floor(x);
    return surely(hat, us, v)
           || mcpar__log(v * hat->alpha / (hat->a / (us * us) + hat->b)) <= of(hat, *k) - hat->mode_log;
}

/* Seven standard deviations to either side, at steps of at least 1. Between steps of more than 1, a straight line errs
 * by at most an eighth of the second difference, which is taken half as large again. The numbers have 24 bits. */
void mcpar__squeeze_fill(struct mcpar__dist *d, mcpar__log_probability of, double mode, double spread)
{
    const struct mcpar__hat *hat = &d->u.hat;
    struct mcpar__squeeze *squeeze = &d->u.squeeze;
    const double step = mcpar__floor(14.0 * spread / MCPAR__SQUEEZE) + 1.0, from = mode - mcpar__floor(7.0 * spread);
    double f[MCPAR__SQUEEZE + 1], most = 0.0, bend = 0.0;
    int n = 0;

    squeeze->first = from > 0.0 ? from : 0.0;
    squeeze->per_step = 1.0 / step;
    for (double k = squeeze->first; n <= MCPAR__SQUEEZE && k <= hat->last; k += step, n++) {
        f[n] = mcpar__exp(of(hat, k) - hat->mode_log);
        squeeze->f[n] = (float)f[n];
        most = f[n] > most ? f[n] : most;
    }
    for (int i = 1; i + 1 < n; i++) {
        const double second = f[i - 1] - 2.0 * f[i] + f[i + 1], size = second < 0.0 ? -second : second;

        bend = size > bend ? size : bend;
    }
    squeeze->f[n] = 0.0f;
    squeeze->steps = n - 1;
    squeeze->guard = (step > 1.0 ? bend * 0.1875 : 0.0) + 1e-6 * most;
}

/* Like accepted(), and with its answer, but mostly without logarithms. x < 2^51 is known where t is in range. */
static inline bool accepted_by_squeeze(const struct mcpar__dist *d, mcpar__log_probability of, double us, double v,
                                       double x, double *k)
{
    const struct mcpar__hat *hat = &d->u.hat;
    const struct mcpar__squeeze *squeeze = &d->u.squeeze;

    if (us >= 0.013 && x >= squeeze->first) {
        const double whole = mcpar__floor(x), t = (whole - squeeze->first) * squeeze->per_step;

        if (surely(hat, us, v)) {
            *k = whole;
            return true;
        }
        if (t < squeeze->steps) {
            const int at = (int)t;
            const double low = (double)squeeze->f[at], f = low + (t - (double)at) * ((double)squeeze->f[at + 1] - low);
            const double height = v * hat->alpha / (hat->a / (us * us) + hat->b);

            *k = whole;
            if (height <= f - squeeze->guard)
                return true;
            if (height > f + squeeze->guard)
                return false;
        }
    }
    return accepted(hat, of, us, v, x, k);
}

/* Attempt i > 0 has pair i of the further words, attempt 0 the draw's word and the even word of pair 0. */
static double again(const struct mcpar__dist *d, mcpar__log_probability of, const struct mcpar__site *at)
{
    const struct mcpar__hat *hat = &d->u.hat;
    double k;

    for (uint32_t i = 1; i < MCPAR__PAIRS; i++) {
        const struct mcpar__words pair = mcpar__further(at, i);
        const double us = distance(pair.word[0]), v = mcpar__open(pair.word[1]), x = candidate(hat, us, pair.word[0]);

        if (d->how == MCPAR__BY_SQUEEZE ? accepted_by_squeeze(d, of, us, v, x, &k) : accepted(hat, of, us, v, x, &k))
            return k;
    }
    return mcpar__floor(hat->np);
}

double mcpar__count_one(const struct mcpar__dist *d, mcpar__log_probability of, const struct mcpar__site *at,
                        uint64_t w)
{
    const struct mcpar__hat *hat = &d->u.hat;
    double us, v, x, k;

    if (d->how < MCPAR__BY_SQUEEZE)
        return mcpar__table_value(&d->u.table, d->how == MCPAR__BY_GUIDE ? d->u.table.guide[w >> 56] : 0, w);
    us = distance(w);
    v = mcpar__open(mcpar__further(at, 0).word[0]);
    x = candidate(hat, us, w);
    if (d->how == MCPAR__BY_SQUEEZE ? accepted_by_squeeze(d, of, us, v, x, &k) : accepted(hat, of, us, v, x, &k))
        return k;
    return again(d, of, at);
}

void mcpar__count_many(const struct mcpar__dist *d, mcpar__log_probability of, const struct mcpar__many *many,
                       const uint64_t *w, double *out, size_t n)
{
    const struct mcpar__hat *hat = &d->u.hat;
    uint64_t even[MCPAR__CHUNK], odd[MCPAR__CHUNK], verdict[MCPAR__CHUNK];

    if (d->how < MCPAR__BY_SQUEEZE) {
        mcpar__table_values(&d->u.table, w, out, n);
        return;
    }
    mcpar__further_words(many, 0, even, odd, n);
    mcpar__loops_path()->count(hat, &d->u.squeeze, w, even, out, verdict, n);
    for (size_t i = 0; i < n; i++)
        if (verdict[i] != MCPAR__ACCEPTED) {
            const double us = distance(w[i]);

            if (verdict[i] == MCPAR__REJECTED
                || !accepted(hat, of, us, mcpar__open(even[i]), candidate(hat, us, w[i]), &out[i])) {
                const struct mcpar__site at = mcpar__site_of(many, i);

                out[i] = again(d, of, &at);
            }
        }
}
