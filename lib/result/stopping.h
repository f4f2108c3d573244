/* SPDX-License-Identifier: BSD-3-Clause */
/* stopping.h - how the number of trials of a result was chosen, if that was by looking at the result (mcpar_run)
 *
 * An interval for a fixed number of trials covers the truth less often than it says where the number depends on what was
 * seen. So a result that was sampled towards a goal remembers it, also in files, until it is reset. What a result holds
 * does not depend on this record, and it is no part of the fingerprint. */
#ifndef MCPAR__STOPPING_H
#define MCPAR__STOPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mcpar__rule {
    MCPAR__RULE_OPEN = 0,                  /* not decided yet, or the goal is about a mean */
    MCPAR__RULE_HITS = 1,                  /* the run ends at a given number of hits */
    MCPAR__RULE_SEQUENCE = 2               /* it ends when the interval of a confidence sequence is short enough */
};

struct mcpar__precision {                  /* what a goal asks for; all zero: nothing */
    uint64_t observable;                   /* UINT64_MAX: the hits */
    double half_width, relative, confidence;       /* one of the first two is 0 */
};

struct mcpar__met {                        /* a goal that was met, or that was not met within the trials it allowed */
    struct mcpar__precision goal;
    uint64_t end, hits;                    /* the trials it took, and how many hits after the pilot it needed; 0: it did not
                                              count hits; MCPAR__NOT_MET */
};

#define MCPAR__NOT_MET UINT64_MAX

enum { MCPAR__MOST_MET = 20 };

struct mcpar__stopping {                   /* all zero: the number of trials was not chosen by looking */
    uint64_t rule;                         /* enum mcpar__rule */
    uint64_t pilot, pilot_hits;            /* the first trials, by which the rule was decided: not in the interval */
    double rho2;                           /* the tuning of the sequences for means; 0: none yet */
    struct mcpar__precision first;         /* the first goal, which the sequences are tuned to */
    uint64_t n;                            /* goals that were met or not, the last one last; if there were more, these
                                              are the last ones */
    struct mcpar__met met[MCPAR__MOST_MET];
};

void mcpar__stopping_add(struct mcpar__stopping *stopping, const struct mcpar__met *met);

/* Whether a goal was met. */
bool mcpar__stopping_any_met(const struct mcpar__stopping *stopping);

/* As 64-bit words, doubles by their bits, for files: all but n, then the goals that were met or not. Returns how many
 * words. */
enum { MCPAR__STOPPING_WORDS = 8, MCPAR__MET_WORDS = 6,
       MCPAR__MOST_STOPPING_WORDS = MCPAR__STOPPING_WORDS + MCPAR__MOST_MET * MCPAR__MET_WORDS };
size_t mcpar__stopping_words(const struct mcpar__stopping *stopping, uint64_t word[MCPAR__MOST_STOPPING_WORDS]);

/* The other way round; false if no run can have left such a record with a result of these trials, the first `prefix` of
 * them without a gap, of these hits and observables. */
bool mcpar__stopping_read(struct mcpar__stopping *stopping, const uint64_t *word, size_t words, uint64_t trials,
                          uint64_t prefix, uint64_t hits, uint64_t observables);

#endif
