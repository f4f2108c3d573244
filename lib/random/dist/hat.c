/* SPDX-License-Identifier: BSD-3-Clause */
/* hat.c - counts by table or by transformed rejection */
#include "random/dist/hat.h"
#include "base/elementary.h"

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

/* Attempt i > 0 has pair i of the further words, attempt 0 the draw's word and the even word of pair 0. */
static double again(const struct mcpar__hat *hat, mcpar__log_probability of, const struct mcpar__site *at)
{
    double k;

    for (uint32_t i = 1; i < MCPAR__PAIRS; i++) {
        const struct mcpar__words pair = mcpar__further(at, i);
        const double us = distance(pair.word[0]);

        if (accepted(hat, of, us, mcpar__open(pair.word[1]), candidate(hat, us, pair.word[0]), &k))
            return k;
    }
    return mcpar__floor(hat->np);
}

double mcpar__count_one(const struct mcpar__dist *d, mcpar__log_probability of, const struct mcpar__site *at, uint64_t w)
{
    const struct mcpar__hat *hat = &d->u.hat;
    double us, k;

    if (d->how != MCPAR__BY_HAT)
        return mcpar__table_value(&d->u.table, d->how == MCPAR__BY_GUIDE ? d->u.table.guide[w >> 56] : 0, w);
    us = distance(w);
    return accepted(hat, of, us, mcpar__open(mcpar__further(at, 0).word[0]), candidate(hat, us, w), &k)
               ? k : again(hat, of, at);
}

void mcpar__count_many(const struct mcpar__dist *d, mcpar__log_probability of, const struct mcpar__many *many,
                       const uint64_t *w, double *out, size_t n)
{
    const struct mcpar__hat *hat = &d->u.hat;
    uint64_t even[MCPAR__CHUNK], odd[MCPAR__CHUNK];
    double us[MCPAR__CHUNK], x[MCPAR__CHUNK], v[MCPAR__CHUNK];
    unsigned char sure[MCPAR__CHUNK];

    if (d->how != MCPAR__BY_HAT) {
        mcpar__table_values(&d->u.table, w, out, n);
        return;
    }
    mcpar__further_words(many, 0, even, odd, n);
    for (size_t i = 0; i < n; i++) {
        us[i] = distance(w[i]);
        v[i] = mcpar__open(even[i]);
        x[i] = candidate(hat, us[i], w[i]);
        out[i] = mcpar__floor(x[i]);       /* means nothing for a small us, but then it is not sure */
        sure[i] = surely(hat, us[i], v[i]);
    }
    for (size_t i = 0; i < n; i++)
        if (!sure[i] && !accepted(hat, of, us[i], v[i], x[i], &out[i])) {
            const struct mcpar__site at = mcpar__site_of(many, i);

            out[i] = again(hat, of, &at);
        }
}
