/* SPDX-License-Identifier: BSD-3-Clause */
/* interval.c - what kind of interval an estimate has: in words for people, by name for JSON */
#include "interval.h"

#include <stddef.h>

static const struct kind {
    mcpar_interval interval;
    const char *name, *words;
} kinds[] = {
    { MCPAR_INTERVAL_CLOPPER_PEARSON, "clopper-pearson",
      "exact for a number of trials fixed in advance (Clopper-Pearson)" },
    { MCPAR_INTERVAL_NORMAL, "normal", "holds for many trials, if their number was fixed in advance" },
    { MCPAR_INTERVAL_MIXTURE, "mixture", "holds whenever the run ends (mixture of binomials)" },
    { MCPAR_INTERVAL_INVERSE_BINOMIAL, "inverse-binomial", "exact for a run that ends at a number of hits" },
    { MCPAR_INTERVAL_BETA_BINOMIAL, "beta-binomial", "holds whenever the run ends (confidence sequence)" },
    { MCPAR_INTERVAL_MEAN_SEQUENCE, "mean-sequence",
      "holds for many trials, whenever the run ends (confidence sequence)" },
    { MCPAR_INTERVAL_HALL, "hall", "holds for many trials, if their number was fixed in advance" },
    { MCPAR_INTERVAL_WILSON, "wilson", "about exact for a number of trials fixed in advance (Wilson)" },
    { MCPAR_INTERVAL_JEFFREYS, "jeffreys", "Bayesian, with the prior Beta(1/2, 1/2)" },
    { MCPAR_INTERVAL_STUDENT, "student", "holds for many trials, if their number was fixed in advance" },
    { MCPAR_INTERVAL_HOEFFDING, "hoeffding", "exact for values within bounds" },
    { MCPAR_INTERVAL_MAURER_PONTIL, "maurer-pontil", "exact for values within bounds" },
    { MCPAR_INTERVAL_BOUNDED_MIXTURE, "bounded-mixture", "exact for values within bounds, whenever the run ends" },
};

static const char *const guarantees[] = {
    [MCPAR_GUARANTEE_NONE] = "none",
    [MCPAR_GUARANTEE_EXACT] = "exact",
    [MCPAR_GUARANTEE_ASYMPTOTIC] = "asymptotic",
    [MCPAR_GUARANTEE_ANYTIME] = "anytime",
    [MCPAR_GUARANTEE_ANYTIME_ASYMPTOTIC] = "anytime-asymptotic",
};

static const struct kind *kind_of(const mcpar_estimate *e)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].interval == e->interval)
            return &kinds[i];
    return NULL;
}

bool interval_is_usual(const mcpar_estimate *e)
{
    return e->interval == MCPAR_INTERVAL_CLOPPER_PEARSON || e->interval == MCPAR_INTERVAL_NORMAL ||
           e->interval == MCPAR_INTERVAL_HALL || e->guarantee == MCPAR_GUARANTEE_NONE;
}

const char *interval_words(const mcpar_estimate *e)
{
    const struct kind *kind = kind_of(e);

    return kind ? kind->words : "of a kind that this version of the tool has no words for";
}

void json_interval(const mcpar_estimate *e)
{
    const struct kind *kind = kind_of(e);
    const size_t guarantee = (size_t)e->guarantee;

    json_real("lower", e->lower);
    json_real("upper", e->upper);
    json_real("confidence", e->confidence);
    json_text("interval", kind ? kind->name : NULL);
    json_text("guarantee", guarantee < sizeof guarantees / sizeof *guarantees ? guarantees[guarantee] : NULL);
}
