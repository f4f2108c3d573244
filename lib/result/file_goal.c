/* SPDX-License-Identifier: BSD-3-Clause */
/* file_goal.c - section GOAL of a result that was sampled towards a goal: its record of that (stopping.h), as words */
#include "result/file_section.h"

bool mcpar__has_goal(const struct mcpar__saved *saved)
{
    return saved->stopping.first.confidence != 0;
}

void mcpar__put_goal(const struct mcpar__sink *sink, const struct mcpar__saved *saved)
{
    uint64_t word[MCPAR__MOST_STOPPING_WORDS];
    const size_t words = mcpar__stopping_words(&saved->stopping, word);

    for (size_t i = 0; i < words; i++)
        mcpar__put_int(sink, word[i], 8);
}

int mcpar__read_goal(struct mcpar__reader *r, const struct mcpar__section *s, struct mcpar__saved *saved)
{
    const struct mcpar__ledger *ledger = &saved->result.ledger;
    const uint64_t prefix = ledger->n > 0 && ledger->range[0].first == 0 ? ledger->range[0].n : 0;
    uint64_t word[MCPAR__MOST_STOPPING_WORDS];

    if (!s->at)
        return 0;
    for (size_t i = 0; i < s->n / 8; i++)
        word[i] = mcpar__get(s->at + 8 * i, 8);
    if (!mcpar__stopping_read(&saved->stopping, word, s->n / 8, mcpar__ledger_trials(ledger), prefix,
                              saved->result.tally.hits, saved->schema.observables))
        return MCPAR__MALFORMED(r, "section GOAL of result %zu is not what a goal leaves for its trials", r->number);
    return 0;
}
