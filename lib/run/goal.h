/* SPDX-License-Identifier: BSD-3-Clause */
/* goal.h - sampling that ends when an estimate is precise enough (mcpar_run)
 *
 * The trial at which it ends is part of the one answer. So a goal is judged only at fixed numbers of trials (looks), from
 * the exact sums of all trials below and none above, and no round crosses a look. A relative goal of the hits ends at a
 * given number of hits instead: rounds that reach it are given up and run again by halves, until that very trial is
 * found. */
#ifndef MCPAR__GOAL_H
#define MCPAR__GOAL_H

#include "run/handle.h"

struct mcpar__goal {                       /* of the current call; the same on all ranks */
    mcpar_goal of;
    uint64_t hits;                         /* RULE_HITS: the run ends at this hit after the pilot */
    uint64_t look;                         /* it is judged next when all trials below this one are held, and no others */
    uint64_t ceiling;                      /* RULE_HITS: that hit is below this trial; UINT64_MAX: not known */
    double forecast;                       /* of the trials at which it will be met; NaN: none */
    double half_width;                     /* at the last look; NaN: none */
    mcpar_estimate mean;                   /* of the observable, at the last look; no trials: it is about hits */
    bool met, unmet;                       /* unmet: a call before the program was started again did not meet it */
    uint64_t end;                          /* the trials it took */
};

/* Checks the program's goal and copies it: 0, or MCPAR_ERR_ARGUMENT, MCPAR_ERR_STATE with a message. */
int mcpar__goal_open(struct mcpar__goal *goal, mcpar *mc, const mcpar_goal *of);

/* The same for a goal that is not run yet, of which `most` does not matter: about how many trials it takes in all, and how
 * many seconds from here; NaN: not known. One of the pointers may be NULL. */
int mcpar__goal_forecast(mcpar *mc, const mcpar_goal *of, double *trials, double *seconds);

/* What ranks compare: a hash of the goal. */
uint64_t mcpar__goal_hash(const struct mcpar__goal *goal);

/* The program asks for as many trials as the goal allows. There is room for a range more in `wanted`. */
void mcpar__goal_ask(struct mcpar__goal *goal, mcpar *mc);

/* Whether the goal is to be judged now. */
bool mcpar__goal_due(const struct mcpar__goal *goal, const mcpar *mc);

/* Collective if the goal is about an observable: judges the goal, and decides what is still open of how to stop. Sets
 * goal->met, or the next look. */
int mcpar__goal_judge(struct mcpar__goal *goal, mcpar *mc);

/* How many of the missing trials, `missing` > 0 from trial `first` on, the next round may have at most. */
uint64_t mcpar__goal_most(const struct mcpar__goal *goal, const mcpar *mc, uint64_t first, uint64_t missing);

/* A round of n trials from `first` on had so many hits, and lacks so many of its trials. Returns whether they are to be
 * held; if not, the round is to be run again in smaller parts. */
bool mcpar__goal_takes(struct mcpar__goal *goal, mcpar *mc, uint64_t first, uint64_t n, uint64_t hits, uint64_t lacking);

/* After the last round: 0 if the goal is met, and then the trials held are those asked for; MCPAR_UNMET if it is not, and all
 * trials that it allows are held. Notes that, for the program that is started again. */
int mcpar__goal_end(const struct mcpar__goal *goal, mcpar *mc);

#endif
