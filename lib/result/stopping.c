/* SPDX-License-Identifier: BSD-3-Clause */
/* stopping.c - the record of the goals of a run, and the same to 64-bit words and back, checked */
#include "result/stopping.h"
#include <float.h>
#include <string.h>

_Static_assert(offsetof(struct mcpar__stopping, n) == 8 * MCPAR__STOPPING_WORDS &&
                   sizeof(struct mcpar__met) == 8 * MCPAR__MET_WORDS,
               "words only, in the order of the structs");

void mcpar__stopping_add(struct mcpar__stopping *s, const struct mcpar__met *met)
{
    if (s->n == MCPAR__MOST_MET)
        memmove(&s->met[0], &s->met[1], --s->n * sizeof s->met[0]);
    s->met[s->n++] = *met;
}

bool mcpar__stopping_any_met(const struct mcpar__stopping *s)
{
    for (uint64_t i = 0; i < s->n; i++)
        if (s->met[i].hits != MCPAR__NOT_MET)
            return true;
    return false;
}

size_t mcpar__stopping_words(const struct mcpar__stopping *s, uint64_t word[MCPAR__MOST_STOPPING_WORDS])
{
    memcpy(word, s, 8 * MCPAR__STOPPING_WORDS);
    memcpy(word + MCPAR__STOPPING_WORDS, s->met, s->n * sizeof s->met[0]);
    return MCPAR__STOPPING_WORDS + s->n * MCPAR__MET_WORDS;
}

static bool possible(const struct mcpar__precision *p, uint64_t observables)
{
    const double width = p->half_width + p->relative;

    return (p->observable == UINT64_MAX || p->observable < observables) && p->half_width >= 0 && p->relative >= 0 &&
           (p->half_width == 0 || p->relative == 0) && width > 0 && width <= DBL_MAX && p->confidence > 0 &&
           p->confidence < 1;
}

bool mcpar__stopping_read(struct mcpar__stopping *s, const uint64_t *word, size_t words, uint64_t trials, uint64_t prefix,
                          uint64_t hits, uint64_t observables)
{
    uint64_t end = 0;

    *s = (struct mcpar__stopping){ 0 };
    if (words < MCPAR__STOPPING_WORDS || words > MCPAR__MOST_STOPPING_WORDS ||
        (words - MCPAR__STOPPING_WORDS) % MCPAR__MET_WORDS)
        return false;
    s->n = (words - MCPAR__STOPPING_WORDS) / MCPAR__MET_WORDS;
    memcpy(s, word, 8 * MCPAR__STOPPING_WORDS);
    memcpy(s->met, word + MCPAR__STOPPING_WORDS, s->n * sizeof s->met[0]);
    if (s->rule > MCPAR__RULE_SEQUENCE || s->pilot > prefix || s->pilot_hits > s->pilot || s->pilot_hits > hits ||
        (s->rule == MCPAR__RULE_OPEN && s->pilot > 0) || hits - s->pilot_hits > trials - s->pilot ||
        !(s->rho2 >= 0 && s->rho2 <= DBL_MAX) || !possible(&s->first, observables))
        return false;
    for (uint64_t i = 0; i < s->n; i++) {
        const struct mcpar__met *met = &s->met[i];

        const uint64_t needed = met->hits == MCPAR__NOT_MET ? 0 : met->hits;

        /* A goal about a mean may have been met before the end of the pilot, which is of the first goal about hits. */
        if (!possible(&met->goal, observables) || met->end == 0 || met->end < end || met->end > prefix ||
            (needed > 0 && (s->rule == MCPAR__RULE_OPEN || met->end <= s->pilot)) ||
            (needed > 0 && needed > met->end - s->pilot) || needed > hits - s->pilot_hits)
            return false;
        end = met->end;
    }
    return true;
}
