/* SPDX-License-Identifier: BSD-3-Clause */
/* failure.c by itself: what is told of each kind of failure, and that all ranks hear of the lowest the same. Ranks are
 * threads: see fake.h. */
#include "sampling.h"

/* ---- In words ---- */

static const struct {
    struct mcpar__failure failure;
    int observables;
    const char *words;                     /* between the text of the code and how to run it alone */
} told[] = {
    { { .code = MCPAR_ERR_TRIAL, .trial = 0, .returned = 2 }, 0, "trial 0 returned 2" },
    { { .code = MCPAR_ERR_TRIAL, .trial = 7, .returned = INT32_MIN, .n = 1 }, 0, "trial 7 returned -2147483648" },
    { { .code = MCPAR_ERR_TRIAL, .trial = 64, .returned = -1, .n = 32 }, 0,
      "the block of trials 64 to 95 returned -1, but none of its trials does alone" },
    { { .code = MCPAR_ERR_VALUE, .trial = UINT64_MAX, .observable = 1 }, 1,
      "trial 18446744073709551615, observable 1 (large)" },
    { { .code = MCPAR_ERR_HITS, .trial = 9, .hits = 33, .n = 32 }, 0, "33 hits in the 32 trials from trial 9" },
    { { .code = MCPAR_ERR_CRASH, .trial = 9, .signal = 11 }, 0, "trial 9, run alone three times, by signal 11" },
    { { .code = MCPAR_ERR_CRASH, .trial = 9 }, 0, "trial 9, run alone three times, by an exit" },
    { { .code = MCPAR_ERR_CRASH, .trial = 9, .signal = 11, .null = 1 }, 0,
      "trial 9, run alone three times, by signal 11 at a null pointer: values is NULL because no observables were declared "
      "with mcpar_observe" },
    { { .code = MCPAR_ERR_CRASH, .trial = 9, .signal = 11, .null = 1 }, 1, "trial 9, run alone three times, by signal 11" },
    { { .code = MCPAR_ERR_LEFT, .trial = 9, .n = 1 }, 0, "trial 9 was left by an exception or longjmp" },
    { { .code = MCPAR_ERR_LEFT, .trial = 9, .n = 3 }, 0, "the block of trials 9 to 11 was left by an exception or longjmp" },
    { { .code = MCPAR_ERR_DRAWS, .trial = 9 }, 0, "trial 9" }
};

static int block_of_some(mcpar_block *block, void *arg)
{
    (void)block, (void)arg;
    return 0;
}

static const struct mcpar__job sampled = { .arg = NULL }, sampled_block = { .block = block_of_some };

static void tell(struct fake_process *p)
{
    size_t i = *(const size_t *)p->job->arg;
    uint64_t seed = 0, trial_number = 0;
    uint32_t stream = 0;

    if (told[i].observables)
        (void)observe(p->mc);
    p->mc->report.code = 0;
    cr_assert_eq(mcpar_failed(p->mc, &seed, &stream, &trial_number), MCPAR_ERR_STATE, "none has failed yet");
    (void)fake_note(p, mcpar__tell_failure(p->mc, told[i].failure.n > 1 ? &sampled_block : &sampled, &told[i].failure));
    cr_assert_eq(mcpar_failed(p->mc, &seed, &stream, &trial_number), 0);
    cr_assert(seed == 99 && stream == 3 && trial_number == told[i].failure.trial);
    p->mc->report.code = 0;
}

Test(failure, is_told_with_its_code_its_words_and_how_to_run_it_alone)
{
    for EACH(i, told) {
        unsigned long long first = told[i].failure.trial, n = told[i].failure.n;
        char words[MCPAR__TEXT], call[80];
        size_t at = i;

        fake_prepare(&job, 1, tell, &at);
        job.rank[0].options.stream = 3;
        fake_run(&job);
        if (n > 1)
            (void)snprintf(call, sizeof call, "mcpar_replay_block(mc, %llu, %llu, ...)", first, n);
        else
            (void)snprintf(call, sizeof call, "mcpar_replay(mc, %llu, ...)", first);
        (void)snprintf(words, sizeof words, "%s: %s; %s runs it alone, with seed 99 and stream 3",
                       mcpar_strerror(told[i].failure.code), told[i].words, call);
        all_say(1, told[i].failure.code, NULL);
        cr_assert_str_eq(job.rank[0].message[1], words);
    }
}

/* ---- On all ranks ---- */

struct sharing {
    struct mcpar__failure of[3];           /* what each rank has; code 0: nothing */
    uint64_t lowest;
    struct mcpar__failure got[3];          /* and what it has then */
    int code[3];
};

static void share(struct fake_process *p)
{
    struct sharing *s = p->job->arg;
    int r = p->seat.rank;

    (void)observe(p->mc);
    p->mc->report.code = 0;
    s->got[r] = s->of[r];
    s->code[r] = mcpar__share_failure(p->mc, s->lowest, &s->got[r]);
    (void)fake_note(p, s->code[r] ? s->code[r] : mcpar__tell_failure(p->mc, &sampled, &s->got[r]));
    p->mc->report.code = 0;
}

static int alike(const struct mcpar__failure *a, const struct mcpar__failure *b)
{
    return a->code == b->code && a->trial == b->trial && a->returned == b->returned && a->observable == b->observable &&
           a->hits == b->hits && a->n == b->n && a->signal == b->signal;
}

/* Each kind of failure is the lowest, on each rank in turn, while the rank after it has a higher one, or none. */
Test(failure, of_the_lowest_trial_is_known_to_all_ranks)
{
    for EACH(i, told)
        for (int where = 0; where < 3; where++)
            for (int other = 0; other < 2; other++) {
                struct sharing s = { .lowest = told[i].failure.trial };

                if (told[i].failure.null || s.lowest == UINT64_MAX)
                    continue;              /* of processes and numbers that ranks do not have */
                s.of[where] = told[i].failure;
                if (other)
                    s.of[(where + 1) % 3] = (struct mcpar__failure){ .code = MCPAR_ERR_TRIAL, .trial = s.lowest + 1,
                                                                     .returned = 1234, .hits = 1, .n = 2 };
                fake_prepare(&job, 3, share, &s);
                fake_run(&job);
                all_say(1, told[i].failure.code, told[i].words);
                for (int r = 0; r < 3; r++) {
                    cr_assert_eq(s.code[r], 0);
                    cr_assert(alike(&s.got[r], &told[i].failure), "failure %zu of rank %d on rank %d", i, where, r);
                    cr_assert_str_eq(job.rank[r].message[1], job.rank[0].message[1]);
                }
            }
}

Test(failure, alone_is_not_shared)
{
    struct sharing s = { .of = { told[2].failure }, .lowest = 64 };

    fake_prepare(&job, 1, share, &s);
    fake_run(&job);
    cr_assert(s.code[0] == 0 && alike(&s.got[0], &told[2].failure));
    cr_assert_eq(job.world.met[FAKE_AGREE], 2, "init and finalize, and no message between them");
}

Test(failure, that_cannot_be_shared_gives_the_code_of_the_communication)
{
    struct sharing s = { .of = { told[1].failure }, .lowest = 7 };

    fake_prepare(&job, 3, share, &s);
    job.world.break_kind = FAKE_AGREE;
    job.world.break_at = 2;
    fake_run(&job);
    all_say(1, MCPAR_ERR_COMM, "in the agreement");
}
