/* SPDX-License-Identifier: BSD-3-Clause */
/* sampling.h - what the tests of lib/run share: trials over several ranks (fake.h), and the serial answer to them */
#ifndef SAMPLING_H
#define SAMPLING_H

#include "fake.h"

static const int sizes[] __attribute__((unused)) = { 1, 2, 3, 5, 8 };
static const int layouts[] __attribute__((unused)) = { 0, 1, 2, 3 };       /* nodes; 0: a rank each, without a queue */

#define EACH(i, table) (size_t i = 0; i < sizeof table / sizeof *table; i++)

extern struct fake_job job;

struct sampling {
    uint64_t n;
    int observe, pieces;                   /* 0: one call; else calls of random sizes, by trial and by block */
};

/* The trial and its block form: hits, and three observables of very different sizes, which observe declares. */
int trial(mcpar_rng *rng, double *values, void *arg);
int block(mcpar_block *b, void *arg);
int observe(mcpar *mc);

/* Bodies of ranks: a whole struct sampling, which is the job's arg; and only the reading of its result. */
void sample_all(struct fake_process *p);
void read_off(struct fake_process *p);

/* The serial pool on communicator self: the reference, which is the contract's answer itself. */
struct fake_process reference(struct sampling *s);

/* All ranks, in each layout, give the reference's answer. pool: that of fake.h, or the one that they choose. */
void as_reference(struct sampling *s, int size, int pool, int delays);
void same_answer(const struct fake_process *a, const struct fake_process *b);
void same_estimate(const mcpar_estimate *a, const mcpar_estimate *b);

void no_errors(const struct fake_job *all);

/* Call number `call` gave this code on all ranks of the job, with this word in the message (NULL: any). */
void all_say(int call, int code, const char *word);

#endif
