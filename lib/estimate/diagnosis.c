/* SPDX-License-Identifier: BSD-3-Clause */
/* diagnosis.c - what the values of an observable look like, and whether to trust the error of their mean */
#include "estimate/diagnosis.h"
#include "base/fpenv.h"
#include "estimate/skewness.h"
#include <math.h>

/* The interval after Hall is off where skewness / sqrt(n) is large, and no estimate of a variance is good that one
 * trial dominates. tests/unit/estimate/coverage.c tells what comes of these limits. */
static const double most_skewed = 0.2, most_of_one = 0.1;

static const mcpar_diagnosis nothing = { .size = sizeof(mcpar_diagnosis), .skewness = NAN, .largest_share = NAN,
                                         .minimum = NAN, .maximum = NAN, .minimum_trial = UINT64_MAX,
                                         .maximum_trial = UINT64_MAX };

static unsigned int doubts(const mcpar_diagnosis *d, bool varies)
{
    unsigned int bits = 0;

    if (d->trials < 2)
        return 0;                          /* there is no error to be trusted or not */
    if (!varies)
        return MCPAR_DOUBT_CONSTANT;
    if (fabs(d->skewness) > most_skewed * sqrt((double)d->trials))         /* false where it is not known */
        bits |= MCPAR_DOUBT_SKEWED;
    if (d->largest_share > most_of_one)
        bits |= MCPAR_DOUBT_DOMINATED;
    return bits;
}

mcpar_diagnosis mcpar__diagnose(const struct mcpar__tally *tally, size_t observable, uint64_t trials)
{
    const struct mcpar__profile *p = mcpar__profile_of(tally, observable);
    const int64_t *sum = mcpar__sum_of(tally, observable), *squares = mcpar__squares_of(tally, observable);
    mcpar_diagnosis d = nothing;
    mcpar__fpenv host = mcpar__fpenv_enter();

    d.trials = trials;
    if (trials > 0 && !(p->state & MCPAR__PROFILE_NO_CUBES))
        d.skewness = mcpar__skewness(sum, squares, p->cubes, trials);
    if (trials > 0 && !(p->state & MCPAR__PROFILE_NO_EXTREMES)) {
        double low = mcpar__deviation_share(sum, squares, p->low, trials);
        double high = mcpar__deviation_share(sum, squares, p->high, trials);

        d.largest_share = low > high ? low : high;
        d.minimum = p->low;
        d.maximum = p->high;
        d.minimum_trial = p->low_trial;
        d.maximum_trial = p->high_trial;
    }
    d.doubts = doubts(&d, mcpar__varies(sum, squares, trials));
    mcpar__fpenv_leave(host);
    return d;
}

unsigned int mcpar__doubts_of(const struct mcpar__tally *tally, size_t observable, uint64_t trials)
{
    return mcpar__diagnose(tally, observable, trials).doubts;
}
